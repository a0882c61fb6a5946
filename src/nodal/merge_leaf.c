/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Blocks of 8 x 8 cells from single cells (merge.h), one block in each lane: two cells
 * side by side, two such pairs one above the other, and so on, six times. */
#include <string.h>

#include "nodal/isa.h"
#include "nodal/merge.h"
#include "nodal/transpose.h"

#define SIDE XBAR_MERGE_SIDE

enum { WIDE = XBAR_TRANSPOSE, CELLS = SIDE * SIDE };
typedef xbar_transpose_vec vec;
typedef int64_t mask __attribute__((vector_size(8 * WIDE)));

static inline vec load(const double *p)
{
    return *(const vec *)__builtin_assume_aligned(p, 8 * WIDE);
}

static inline void store(double *p, vec v)
{
    *(vec *)__builtin_assume_aligned(p, 8 * WIDE) = v;
}

/* 1/v, 0 where v is 0: a node to which nothing is connected. */
static inline vec inverse(vec v)
{
    const mask some = v > (vec){0};
    const vec safe = (vec)(((mask)v & some) | ((mask)((vec){0} + 1.0) & ~some));
    return (vec)((mask)(1.0 / safe) & some);
}

/* ---- cells ---- */

/* What a cell's two nodes are connected to: the cell between them, half a segment (or a
 * terminal) to each side, ground. */
enum { CELL = XBAR_N_SIDES, WORD_GROUND, BIT_GROUND, N_PARTS };

/* A line's conductance towards lower (end 0) or higher numbers at node k of n.
 * Beyond its last node the line goes on without resistance to a terminal there. */
static double towards(const double *const port[2], size_t line, size_t k, size_t n,
                      int end, double segment, bool is_cut)
{
    if (end == 0 && k == 0)
        return port[0][line];
    if (k >= n)
        return port[1][line] > 0.0 ? XBAR_MERGE_HELD : 0.0;
    if (end == 1 && k + 1 == n)
        return port[1][line];
    return is_cut ? 0.0 : 2.0 * segment;
}

static double to_ground(const double *const ground[2], size_t line, size_t k, size_t n)
{
    return (k == 0 ? ground[0][line] : 0.0) + (k + 1 == n ? ground[1][line] : 0.0);
}

/* Any cell, also where lines end or are cut, or beyond the array. */
static void take_cell(double *part, const xbar_merge_array *a, size_t i, size_t j)
{
    const size_t m = a->n_rows, n = a->n_cols;
    for (int k = 0; k < N_PARTS; k++)
        part[k * CELLS * WIDE] = 0.0;
    for (int end = 0; i < m && end < 2; end++) {
        bool is_cut = a->row_cut && j < n && j + (size_t)end > 0 &&
                      a->row_cut[i * n + j + (size_t)end - 1];
        part[(XBAR_LEFT + end) * CELLS * WIDE] =
            towards(a->port + XBAR_LEFT, i, j, n, end, a->row_siemens, is_cut);
        part[WORD_GROUND * CELLS * WIDE] = to_ground(a->ground + XBAR_LEFT, i, j, n);
    }
    for (int end = 0; j < n && end < 2; end++) {
        bool is_cut = a->col_cut && i < m && i + (size_t)end > 0 &&
                      a->col_cut[(i + (size_t)end - 1) * n + j];
        part[(XBAR_TOP + end) * CELLS * WIDE] =
            towards(a->port + XBAR_TOP, j, i, m, end, a->col_siemens, is_cut);
        part[BIT_GROUND * CELLS * WIDE] = to_ground(a->ground + XBAR_TOP, j, i, m);
    }
    if (i < m && j < n)
        part[CELL * CELLS * WIDE] = a->g[i * n + j];
}

/* A block into one lane. @param part  [N_PARTS][CELLS][WIDE] */
static void take_block(double *part, const xbar_merge_shapes *s,
                       const xbar_merge_array *a, size_t i, size_t j)
{
    bool is_inside = i > 0 && j > 0 && i + SIDE < a->n_rows && j + SIDE < a->n_cols &&
                     !a->row_cut && !a->col_cut;
    for (size_t k = 0; k < CELLS; k++) {
        if (!is_inside) {
            take_cell(part + k * WIDE, a, i + s->row[k], j + s->col[k]);
            continue;
        }
        for (size_t side = 0; side < XBAR_N_SIDES; side++)
            part[(side * CELLS + k) * WIDE] =
                2.0 * (side < XBAR_TOP ? a->row_siemens : a->col_siemens);
        part[(CELL * CELLS + k) * WIDE] =
            a->g[(i + s->row[k]) * a->n_cols + j + s->col[k]];
        part[(WORD_GROUND * CELLS + k) * WIDE] = 0.0;
        part[(BIT_GROUND * CELLS + k) * WIDE] = 0.0;
    }
}

/* A cell's four ports, without its word and its bit node.
 * @param[out] shares  of the word node in its left and right port and the bit node, of
 *                     that in the four ports; or NULL */
static void start_cell(vec *to, vec *shares, const double *part, int which)
{
    vec y[N_PARTS];
    for (int k = 0; k < N_PARTS; k++)
        y[k] = load(part + k * CELLS * WIDE);
    /* the word node, from left, right, bit node and ground */
    const vec word = inverse(y[XBAR_LEFT] + y[XBAR_RIGHT] + y[CELL] + y[WORD_GROUND]);
    const vec left = y[XBAR_LEFT] * word, right = y[XBAR_RIGHT] * word;
    const vec ground = y[WORD_GROUND] * word;
    vec at[XBAR_N_SIDES] = {left * y[CELL], right * y[CELL], y[XBAR_TOP],
                            y[XBAR_BOTTOM]};
    const vec bit_ground = y[BIT_GROUND] + ground * y[CELL];
    /* the bit node, from all four sides and ground */
    const vec bit = inverse(at[XBAR_LEFT] + at[XBAR_RIGHT] + at[XBAR_TOP] +
                            at[XBAR_BOTTOM] + bit_ground);
    if (shares) {
        shares[0] = left;
        shares[1] = right;
        shares[2] = y[CELL] * word;
        for (int k = 0; k < XBAR_N_SIDES; k++)
            shares[3 + k] = at[k] * bit;
    }
    const int first = which == 0 ? XBAR_RIGHT : XBAR_LEFT; /* the shared port */
    const int port[XBAR_N_SIDES] = {first, XBAR_LEFT + XBAR_RIGHT - first, XBAR_TOP,
                                    XBAR_BOTTOM};
    for (int k = 0; k < XBAR_N_SIDES; k++) {
        const vec share = at[port[k]] * bit;
        to[5 * k] = share * bit_ground;
        for (int l = k + 1; l < XBAR_N_SIDES; l++)
            to[4 * k + l] = share * at[port[l]];
    }
    to[1] += left * y[XBAR_RIGHT];
    to[which == 0 ? 5 : 0] += left * y[WORD_GROUND];
    to[which == 0 ? 0 : 5] += right * y[WORD_GROUND];
    to[4] = (vec){0};
}

/* ---- two blocks into one ---- */

/* n_shared is a constant where this is called.
 * @return behind the shares that were written, if any were wanted */
static inline __attribute__((always_inline)) vec *join(vec *to, vec *shares,
                                                       const vec *from,
                                                       const xbar_merge_shape *s,
                                                       const int n_shared)
{
    const int n = s->n_ports, n_child = s->n_child;
    const vec *other = from + n_child * n_child;
    vec c[8][8], v[8][XBAR_MERGE_PORTS], ground[8], one_by_sum[8];
    for (int p = 0; p < n_shared; p++) {
        ground[p] = from[p * n_child + p] + other[p * n_child + p];
        for (int q = p + 1; q < n_shared; q++)
            c[p][q] = from[p * n_child + q] + other[p * n_child + q];
        for (int j = 0; j < n; j++)
            v[p][j] = from[s->pivot[j] + p * n_child];
    }
    for (int p = 0; p < n_shared; p++) {
        vec sum = ground[p];
        for (int q = p + 1; q < n_shared; q++)
            sum += c[p][q];
        for (int j = 0; j < n; j++)
            sum += v[p][j];
        one_by_sum[p] = inverse(sum);
        for (int q = p + 1; q < n_shared; q++) {
            const vec share = c[p][q] * one_by_sum[p];
            ground[q] += share * ground[p];
            for (int r = q + 1; r < n_shared; r++)
                c[q][r] += share * c[p][r];
            for (int j = 0; j < n; j++)
                v[q][j] += share * v[p][j];
        }
    }
    for (int p = 0; shares && p < n_shared; p++) {
        for (int q = p + 1; q < n_shared; q++)
            *shares++ = c[p][q] * one_by_sum[p];
        for (int j = 0; j < n; j++)
            *shares++ = v[p][j] * one_by_sum[p];
    }
    const int16_t *pair = s->pair;
    for (int i = 0; i < n; i++) {
        vec share[8];
        vec own = from[s->own[i]];
        for (int p = 0; p < n_shared; p++) {
            share[p] = v[p][i] * one_by_sum[p];
            own += share[p] * ground[p];
        }
        to[i * n + i] = own;
        for (int j = i + 1; j < n; j++) {
            vec sum = from[*pair++];
            for (int p = 0; p < n_shared; p++)
                sum += share[p] * v[p][j];
            to[i * n + j] = sum;
        }
    }
    to[n] = (vec){0};
    return shares;
}

static vec *join_level(vec *to, vec *shares, const vec *from,
                       const xbar_merge_shape shape[2], int n_blocks)
{
    for (int b = 0; b < n_blocks; b++) {
        const xbar_merge_shape *s = &shape[b % 2];
        switch (s->n_shared) {
        case 1:
            shares = join(to, shares, from, s, 1);
            break;
        case 2:
            shares = join(to, shares, from, s, 2);
            break;
        case 4:
            shares = join(to, shares, from, s, 4);
            break;
        default:
            shares = join(to, shares, from, s, 8);
        }
        to += s->n_ports * s->n_ports;
        from += 2 * s->n_child * s->n_child;
    }
    return shares;
}

/* Shares from lanes to blocks, one behind the other. */
static void collect(double *to, const vec *from)
{
    _Static_assert(XBAR_MERGE_LEAF_SHARES % WIDE == 0, "whole pieces");
    for (size_t k = 0; k < XBAR_MERGE_LEAF_SHARES; k += WIDE) {
        vec t[WIDE];
#pragma GCC unroll 8
        for (size_t i = 0; i < WIDE; i++)
            t[i] = from[k + i];
        xbar_transpose(t);
#pragma GCC unroll 8
        for (size_t lane = 0; lane < WIDE; lane++)
            *(vec *)__builtin_assume_aligned(to + lane * XBAR_MERGE_LEAF_SHARES + k,
                                             8 * WIDE) = t[lane];
    }
}

void XBAR_ISA(xbar_merge_leaves)(double *room, double *shares,
                                 const xbar_merge_shapes *s, const xbar_merge_array *a,
                                 const size_t (*at)[2], size_t n)
{
    vec *half[2] = {(vec *)__builtin_assume_aligned(room, 64),
                    (vec *)__builtin_assume_aligned(room + 1024 * WIDE, 64)};
    double *part = (double *)half[1];
    vec *const strewn =
        (vec *)__builtin_assume_aligned(room + XBAR_MERGE_LEAF_ROOM * WIDE, 64);
    vec *kept = shares ? strewn : NULL;
    _Static_assert(N_PARTS * CELLS <= XBAR_MERGE_LEAF_ROOM - 1024,
                   "room for the parts");
    for (size_t lane = 0; lane < WIDE; lane++) {
        const size_t *where = at[lane < n ? lane : n - 1];
        take_block(part + lane, s, a, where[0] * SIDE, where[1] * SIDE);
    }
    for (int k = 0; k < CELLS; k++)
        start_cell(half[0] + 16 * k, kept ? kept + XBAR_MERGE_CELL_SHARES * k : NULL,
                   part + k * WIDE, k % 2);
    if (kept)
        kept += XBAR_MERGE_CELL_SHARES * CELLS;
    for (int level = 0; level < XBAR_MERGE_LEVELS; level++)
        kept = join_level(half[(level + 1) % 2], kept, half[level % 2], s->level[level],
                          CELLS >> (level + 1));
    if (shares)
        collect(shares, strewn);
}
