/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The nodes of a block of 8 x 8 cells from the ports at its sides (spread.h): what
 * merge_leaf.c did, backwards, with inputs in the lanes where blocks were. */
#include "nodal/isa.h"
#include "nodal/spread.h"

#define SIDE XBAR_MERGE_SIDE
#define LANES ((size_t)XBAR_SPREAD_LANES)

enum { WIDE = XBAR_WIDTH / 2, CELLS = SIDE * SIDE, STEP = 2 * WIDE };
typedef double vec __attribute__((vector_size(8 * WIDE)));

static inline vec load(const double *p)
{
    return *(const vec *)__builtin_assume_aligned(p, 8 * WIDE);
}

static inline void store(double *p, vec v)
{
    *(vec *)__builtin_assume_aligned(p, 8 * WIDE) = v;
}

/* ---- two blocks' shared ports ---- */

/* Registers hold so many. */
enum { ROWS = WIDE == 8 ? 8 : 4 };

/* Ports p0 to p0 + rows - 1 of n_shared, which with rows is a constant here. */
static inline __attribute__((always_inline)) void
pass_some(vec x[][2], const uint8_t *name, const double *share, const int n_shared,
          const int n_ports, const int p0, const int rows)
{
    vec sum[8][2];
    const double *row[8];
#pragma GCC unroll 8
    for (int p = 0; p < rows; p++) {
        const int before = p0 + p;
        sum[p][0] = sum[p][1] = (vec){0};
        row[p] = share + before * (n_shared - 1 + n_ports) - before * (before - 1) / 2;
    }
    for (int j = 0; j < n_ports; j++) {
        const vec *port = x[name[n_shared + j]];
#pragma GCC unroll 8
        for (int p = 0; p < rows; p++) {
            const double own = row[p][n_shared - 1 - p0 - p + j];
            sum[p][0] += own * port[0];
            sum[p][1] += own * port[1];
        }
    }
#pragma GCC unroll 8
    for (int p = rows - 1; p >= 0; p--) {
#pragma GCC unroll 8
        for (int q = p0 + p + 1; q < n_shared; q++) {
            const double own = row[p][q - p0 - p - 1];
            sum[p][0] += own * x[name[q]][0];
            sum[p][1] += own * x[name[q]][1];
        }
        x[name[p0 + p]][0] = sum[p][0];
        x[name[p0 + p]][1] = sum[p][1];
    }
}

static inline __attribute__((always_inline)) void
pass_block(vec x[][2], const uint8_t *name, const double *share, const int n_shared,
           const int n_ports)
{
    const int rows = n_shared < ROWS ? n_shared : ROWS;
    for (int p0 = n_shared - rows; p0 >= 0; p0 -= rows)
        pass_some(x, name, share, n_shared, n_ports, p0, rows);
}

/* All blocks of a level. @param share  of its first one */
static void pass_level(vec x[][2], const uint8_t *name, const double *share,
                       int n_shared, int n_ports, int n_blocks)
{
    const int shares = n_shared * (n_shared - 1) / 2 + n_shared * n_ports;
    for (int b = 0; b < n_blocks; b++) {
        switch (n_shared) {
        case 1:
            pass_block(x, name, share, 1, 6);
            break;
        case 2:
            pass_block(x, name, share, 2, n_ports);
            break;
        case 4:
            pass_block(x, name, share, 4, n_ports);
            break;
        default:
            pass_block(x, name, share, 8, n_ports);
        }
        name += n_shared + n_ports;
        share += shares;
    }
}

/* ---- cells ---- */

/* A cell's bit node, then its word node. */
static inline void pass_cell(double *word, double *bit, vec x[][2], const uint8_t *name,
                             const double *share)
{
    const vec *left = x[name[XBAR_LEFT]], *right = x[name[XBAR_RIGHT]];
    const vec *top = x[name[XBAR_TOP]], *bottom = x[name[XBAR_BOTTOM]];
    for (int h = 0; h < 2; h++) {
        const vec sum = share[3] * left[h] + share[4] * right[h] + share[5] * top[h] +
                        share[6] * bottom[h];
        store(bit + h * WIDE, sum);
        store(word + h * WIDE,
              share[0] * left[h] + share[1] * right[h] + share[2] * sum);
    }
}

void XBAR_ISA(xbar_spread_leaf)(const xbar_spread_strip *to, size_t block,
                                const xbar_spread_paths *paths, const double *shares,
                                const double *const side[XBAR_N_SIDES])
{
    /* the order of the ports of the first of two side by side */
    static const xbar_side order[XBAR_N_SIDES] = {XBAR_RIGHT, XBAR_LEFT, XBAR_TOP,
                                                  XBAR_BOTTOM};
    for (size_t from = 0; from < to->n; from += STEP) {
        vec x[XBAR_SPREAD_NODES][2];
        const uint8_t *name = paths->name;
        const double *share = shares + XBAR_MERGE_LEAF_SHARES;
        for (int s = 0; s < XBAR_N_SIDES; s++)
            for (size_t k = 0; k < SIDE; k++)
                for (size_t h = 0; h < 2; h++)
                    x[s * SIDE + (int)k][h] =
                        load(side[order[s]] + k * LANES + from + h * WIDE);
        for (int level = XBAR_MERGE_LEVELS - 1; level >= 0; level--) {
            const int n_shared = paths->n_shared[level],
                      n_ports = paths->n_ports[level];
            const int n_blocks = CELLS >> (level + 1);
            share -= n_blocks * (n_shared * (n_shared - 1) / 2 + n_shared * n_ports);
            pass_level(x, name, share, n_shared, n_ports, n_blocks);
            name += n_blocks * (n_shared + n_ports);
        }
        for (size_t k = 0; k < CELLS; k++) {
            const size_t at =
                (paths->row[k] * to->width + block * SIDE + paths->col[k]) * LANES +
                from;
            pass_cell(to->volt[XBAR_WORD] + at, to->volt[XBAR_BIT] + at, x,
                      name + 4 * k, shares + XBAR_MERGE_CELL_SHARES * k);
        }
    }
}
