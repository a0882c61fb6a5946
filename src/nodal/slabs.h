/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file
 *  Slabs and tiles as the loops walk them, and the solution of a slab's rows. For the
 *  sources of isa.h; private to nodal.
 *
 * A line with segments of rho ohm, cells g_k to ground and r_k amperes into its nodes is
 * eliminated from one end on with the conductance s_k that node k sees behind it:
 *
 *     s_k = g_k + s_{k-1} / (1 + rho s_{k-1})
 *     n_k = rho s_k / (1 + rho s_k)                m_k = 1 - n_k
 *     y_k = r_k + m_{k-1} y_{k-1}
 *     x_k = m_k (rho y_k + x_{k+1}),   behind the last node: x = y / s
 *
 * Only sums of positive terms: each factor is right to the last digits however unequal
 * cells and wires are (no g/wire digits lost as in pivots wire + wire + g - wire^2/d),
 * and rho = 0, an ideal wire, is the limit itself. Nodes added behind the last one, as
 * padding, change nothing: no current flows to them.
 *
 * What is kept is n_k, and not m_k, which is 1 where cells conduct much less than wires:
 * all that a node takes from its neighbour's voltage stands in n_k's digits. A voltage's
 * last digits are worth a wire's conductance in current, so the last solve of a
 * correction writes x = X + d with one X for eight nodes,
 *
 *     d_k = m_k rho y_k - n_k X + m_k d_{k+1},
 *
 * and rounds what changes within eight nodes alone.
 *
 * Special lines (is_special) keep m_k, and -1/s_k where the segment behind k is cut. */
#ifndef XBAR_NODAL_SLABS_H
#define XBAR_NODAL_SLABS_H

#include "nodal/coarse.h"
#include "nodal/lanes.h"

/* Where sixteen vectors fit into registers; elsewhere it would only take long to compile. */
#if XBAR_WIDTH == 16
#define UNROLL _Pragma("GCC unroll 16")
#else
#define UNROLL _Pragma("GCC unroll 1")
#endif

#define ALWAYS_INLINE static inline __attribute__((always_inline))

/* A register's share of a vector: loops that carry one from node to node go over a tile
 * once for each share, or it would be carried through memory. */
ALWAYS_INLINE piece piece_of(const lanes *v, size_t lane)
{
    return *(const piece *)((const float *)v + lane);
}

ALWAYS_INLINE void put_piece(lanes *v, size_t lane, piece share)
{
    *(piece *)((float *)v + lane) = share;
}

ALWAYS_INLINE piece load_piece(const float *p)
{
    return *(const piece *)p;
}

static inline size_t at_most(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* Which of the 16 segments behind a row's or column's node are cut, as lanes. */
static inline mask cut_mask(const uint8_t *cut, size_t start, size_t step, size_t n)
{
    mask m = {0};
    for (size_t k = 0; k < n; k++)
        if (cut[start + k * step])
            m[k] = -1;
    return m;
}

/* ---- the slabs of a half, from its end of the columns to the middle ---- */

static inline size_t half_slabs(const xbar_tiles *t, int half)
{
    return half == XBAR_UPPER ? t->n_upper : t->n_slabs - t->n_upper;
}

static inline size_t inward_slab(const xbar_tiles *t, int half, size_t k)
{
    return half == XBAR_UPPER ? k : t->n_slabs - 1 - k;
}

/* Row k of a slab, counted inwards. */
static inline int inward_row(int half, int k)
{
    return half == XBAR_UPPER ? k : TILE - 1 - k;
}

/* 1 in the lanes of a tile that are columns, 0 in its padding. */
static inline lanes real_lanes(const xbar_tiles *t, size_t tile)
{
    return load(t->real + tile * TILE);
}

/* Wires that are cut, rows of ideal wire, and nodes whose cells conduct much better than
 * their wires, so that m has the digits that matter: a few operations more. */
static inline bool is_special(const xbar_tiles *t)
{
    return t->row_cut || t->col_cut || t->row_ohm != 1.0f || t->is_steep;
}

/* m of the elimination, from what is kept; 0 behind a cut. */
ALWAYS_INLINE lanes forward_factor(lanes kept, bool special)
{
    return special ? positive(kept) : 1.0f - kept;
}

/* x_k from y_k and x_{k+1}. */
ALWAYS_INLINE lanes way_back(lanes kept, lanes rho_y, lanes y, lanes next, bool special)
{
    if (special)
        return positive(kept) * (rho_y + next) + positive(-kept) * y;
    const lanes m = 1.0f - kept;
    return m * rho_y + m * next;
}

/* d_k likewise. */
ALWAYS_INLINE lanes fine_way_back(lanes n, lanes rho_y, lanes base, lanes next)
{
    lanes m = 1.0f - n;
    lanes own = m * rho_y - n * base;
    return own + m * next;
}

/* base + d, with as much as there is room for in base: an error-free sum (Knuth, The Art
 * of Computer Programming 2, 4.2.2, theorem B). */
ALWAYS_INLINE void rebase(lanes *base, lanes *d)
{
    lanes sum = *base + *d, other = sum - *base;
    lanes rest = (*base - (sum - other)) + (*d - other);
    *base = sum;
    *d = rest;
}

/* Elimination along the rows of a tile whose right-hand sides are a, a vector for each
 * column; y goes to lane_work. */
ALWAYS_INLINE void rows_eliminate(xbar_tiles *t, int half, size_t slab, size_t tile,
                                  bool special, const lanes a[TILE], lanes *y_behind,
                                  lanes *m_behind)
{
    const float *na = t->na + (slab * t->n_tiles + tile) * CELLS;
    float *work = t->lane_work[half] + tile * CELLS;
    if (special) {
        for (int j = 0; j < TILE; j++) {
            *y_behind = a[j] + *m_behind * *y_behind;
            *m_behind = forward_factor(load(na + j * TILE), true);
            store(work + j * TILE, *y_behind);
        }
        return;
    }
    for (size_t lane = 0; lane < TILE; lane += XBAR_WIDTH) {
        piece y = piece_of(y_behind, lane), m = piece_of(m_behind, lane);
        UNROLL
        for (int j = 0; j < TILE; j++) {
            y = piece_of(&a[j], lane) + m * y;
            m = 1.0f - load_piece(na + j * TILE + lane);
            *(piece *)(work + j * TILE + lane) = y;
        }
        put_piece(y_behind, lane, y);
        put_piece(m_behind, lane, m);
    }
}

/* And back: x, a vector for each column. x_next: of the column to the right; behind the
 * last column, y times row_last. */
ALWAYS_INLINE void rows_return(const xbar_tiles *t, int half, size_t slab, size_t tile,
                               bool special, lanes *x_next, lanes x[TILE])
{
    const float *na = t->na + (slab * t->n_tiles + tile) * CELLS;
    const float *work = t->lane_work[half] + tile * CELLS;
    if (special) {
        const lanes rho = all(t->row_ohm);
        for (int j = TILE - 1; j >= 0; j--) {
            lanes n = load(na + j * TILE), y = load(work + j * TILE);
            *x_next = way_back(n, rho * y, y, *x_next, true);
            x[j] = *x_next;
        }
        return;
    }
    for (size_t lane = 0; lane < TILE; lane += XBAR_WIDTH) {
        piece v = piece_of(x_next, lane);
        UNROLL
        for (int j = TILE - 1; j >= 0; j--) {
            const piece m = 1.0f - load_piece(na + j * TILE + lane);
            v = ahead(m * load_piece(work + j * TILE + lane)) + m * v;
            put_piece(&x[j], lane, v);
        }
        put_piece(x_next, lane, v);
    }
}

/* The base halfway through its nodes: distances from there are half as long, and what
 * single precision rounds of them. d: of those behind, from the base before; v: of the
 * last of them. */
ALWAYS_INLINE void centre(lanes *base, lanes *v, lanes d[XBAR_BASE / 2])
{
    const lanes way = *v;
    rebase(base, v);
    UNROLL
    for (int k = 0; k < XBAR_BASE / 2; k++)
        d[k] = (d[k] - way) + *v;
}

/* What is done about bases before node k of a tile on the way back, from 15 to 0. */
ALWAYS_INLINE void move_base(int k, lanes *base, lanes *v, lanes d[TILE])
{
    if (k % XBAR_BASE == XBAR_BASE - 1)
        rebase(base, v);
    if (k % XBAR_BASE == XBAR_BASE / 2 - 1)
        centre(base, v, d + k + 1);
}

/* The same, as the last solve of a correction: d, for bases of their own in each row. */
ALWAYS_INLINE void rows_return_finely(const xbar_tiles *t, int half, size_t slab,
                                      size_t tile, lanes *base, lanes *d_next,
                                      lanes d[TILE])
{
    const float *na = t->na + (slab * t->n_tiles + tile) * CELLS;
    const float *work = t->lane_work[half] + tile * CELLS;
    float *bases = t->base_u + tile * (TILE / XBAR_BASE) * t->height + slab * TILE;
    lanes v = *d_next;
    UNROLL
    for (int j = TILE - 1; j >= 0; j--) {
        move_base(j, base, &v, d);
        v = fine_way_back(load(na + j * TILE), load(work + j * TILE), *base, v);
        d[j] = v;
        if (j % XBAR_BASE == 0)
            store(bases + (size_t)j / XBAR_BASE * t->height, *base);
    }
    *d_next = v;
}

static inline float sum_of_half(half_lanes v)
{
    v += __builtin_shufflevector(v, v, 4, 5, 6, 7, 0, 1, 2, 3);
    v += __builtin_shufflevector(v, v, 2, 3, 0, 1, 6, 7, 4, 5);
    v += __builtin_shufflevector(v, v, 1, 0, 3, 2, 5, 4, 7, 6);
    return v[0];
}

/* nodes += the hat functions' sums over a fine row. */
static inline void restrict_row(const xbar_axis *a, float *nodes, const float *fine)
{
    for (size_t j = 0; j < a->n_fine; j += 8) { /* beyond the row there is room, 0 */
        const size_t k = j >> a->shift;
        const half_lanes whole = *(const half_lanes *)(fine + j);
        const half_lanes part = whole * *(const half_lanes *)(a->share + j);
        nodes[k] += sum_of_half(whole - part);
        if (k + 1 < a->n_nodes)
            nodes[k + 1] += sum_of_half(part);
    }
}

#endif
