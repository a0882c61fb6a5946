/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file
 *  Slabs and tiles as the loops walk them, and the solution of a slab's rows. For the
 *  sources of isa.h; private to nodal.
 *
 * A line with segments of rho ohm, cells g_k to ground and r_k amperes into its nodes is
 * eliminated from one end on with the conductance s_k that node k sees behind it:
 *
 *     s_k = g_k + s_{k-1} / (1 + rho s_{k-1})      m_k = 1 / (1 + rho s_k)
 *     y_k = r_k + m_{k-1} y_{k-1}
 *     x_k = m_k (rho y_k + x_{k+1}),   behind the last node: x = y / s
 *
 * Only sums of positive terms: each factor is right to the last digits however unequal
 * cells and wires are (no g/wire digits lost as in pivots wire + wire + g - wire^2/d),
 * and rho = 0, an ideal wire, is the limit itself. Nodes added behind the last one, as
 * padding, change nothing: no current flows to them. Where the segment behind k is cut,
 * m_k holds -1/s_k. */
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

/* Wires that are cut, or rows of ideal wire, take a few operations more. */
static inline bool is_special(const xbar_tiles *t)
{
    return t->row_cut || t->col_cut || t->row_ohm != 1.0f;
}

ALWAYS_INLINE lanes forward_factor(lanes m, bool special)
{
    return special ? positive(m) : m;
}

/* Elimination along the rows of a tile whose right-hand sides are a, a vector for each
 * column; y goes to lane_work. */
ALWAYS_INLINE void rows_eliminate(xbar_tiles *t, int half, size_t slab, size_t tile,
                                  bool special, const lanes a[TILE], lanes *y_behind,
                                  lanes *m_behind)
{
    const float *ma = t->ma + (slab * t->n_tiles + tile) * CELLS;
    float *work = t->lane_work[half] + tile * CELLS;
    lanes y = *y_behind, m = *m_behind;
    UNROLL
    for (int j = 0; j < TILE; j++) {
        y = a[j] + m * y;
        m = forward_factor(load(ma + j * TILE), special);
        store(work + j * TILE, y);
    }
    *y_behind = y;
    *m_behind = m;
}

/* And back: x, a vector for each column. x_next: of the column to the right; behind the
 * last column, y times row_last. */
ALWAYS_INLINE void rows_return(const xbar_tiles *t, int half, size_t slab, size_t tile,
                               bool special, lanes *x_next, lanes x[TILE])
{
    const float *ma = t->ma + (slab * t->n_tiles + tile) * CELLS;
    const float *work = t->lane_work[half] + tile * CELLS;
    const lanes rho = all(t->row_ohm);
    lanes v = *x_next;
    UNROLL
    for (int j = TILE - 1; j >= 0; j--) {
        lanes m = load(ma + j * TILE), y = load(work + j * TILE);
        if (special)
            v = positive(m) * (rho * y + v) + positive(-m) * y;
        else
            v = m * y + m * v;
        x[j] = v;
    }
    *x_next = v;
}

/* nodes += the hat functions' sums over a fine row. */
static inline void restrict_row(const xbar_axis *a, float *nodes, const float *fine)
{
    for (size_t j = 0; j < a->n_fine; j += 8) {
        size_t k = (j >> a->shift);
        float near = 0.0f, far = 0.0f;
        for (size_t l = j; l < j + 8; l++) { /* beyond the row there is room, 0 */
            float part = fine[l] * a->share[l];
            far += part;
            near += fine[l] - part;
        }
        nodes[k] += near;
        if (k + 1 < a->n_nodes)
            nodes[k + 1] += far;
    }
}

#endif
