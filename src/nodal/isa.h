/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file
 *  The sources with loops over cells (factor, cycle, conjugate, smooth, balance, kernel)
 *  are compiled once for each vector width (core/isa.h); kernels.c chooses among them at run
 *  time. The arithmetic and its order are the same in all, but for fused multiply-adds and
 *  rough numbers (lanes.h) where the machine has them.
 *  Private to nodal.
 */
#ifndef XBAR_NODAL_ISA_H
#define XBAR_NODAL_ISA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/isa.h"

struct xbar_balance;
struct xbar_tiles;

/* What they do: struct xbar_kernel in tiles.h. */
void XBAR_ISA(xbar_tiles_factor)(struct xbar_tiles *t, int half, const double *g);
void XBAR_ISA(xbar_tiles_columns)(struct xbar_tiles *t, int half);
double XBAR_ISA(xbar_tiles_parts)(const struct xbar_tiles *t, float *part, float *next,
                                  float *weight);
void XBAR_ISA(xbar_tiles_inward)(struct xbar_tiles *t, int half);
void XBAR_ISA(xbar_tiles_middle)(struct xbar_tiles *t, const float *y);
void XBAR_ISA(xbar_tiles_outward)(struct xbar_tiles *t, int half);
void XBAR_ISA(xbar_tiles_finish)(struct xbar_tiles *t, int half);
void XBAR_ISA(xbar_smooth_solve)(struct xbar_tiles *t);
double XBAR_ISA(xbar_smooth_add)(struct xbar_tiles *t);
void XBAR_ISA(xbar_balance_take)(struct xbar_balance *b, int half);
void XBAR_ISA(xbar_balance_meet)(struct xbar_balance *b, int half);
void XBAR_ISA(xbar_conjugate_reduce)(struct xbar_tiles *t, int half);
void XBAR_ISA(xbar_conjugate_direct)(struct xbar_tiles *t, int half);
void XBAR_ISA(xbar_conjugate_move)(struct xbar_tiles *t, int half);
double XBAR_ISA(xbar_conjugate_across)(const struct xbar_tiles *t);
void XBAR_ISA(xbar_knots_gather)(struct xbar_tiles *t, int half);
void XBAR_ISA(xbar_knots_lay)(struct xbar_tiles *t, int half);

struct xbar_merge_array;
struct xbar_merge_shapes;
void XBAR_ISA(xbar_merge_leaves)(double *room, double *shares,
                                 const struct xbar_merge_shapes *s,
                                 const struct xbar_merge_array *a,
                                 const size_t (*at)[2], size_t n);
void XBAR_ISA(xbar_merge_eliminate)(double *v, double *ground,
                                    const double *const *from, size_t q,
                                    size_t n_shared, size_t n_strips);
void XBAR_ISA(xbar_merge_sum)(double *to, const double *a, const double *b);
void XBAR_ISA(xbar_merge_add)(double *to, size_t to_stride, const double *const *from,
                              const double *vi, const double *vj, size_t stride,
                              size_t n_tiles, size_t n_pivots);
void XBAR_ISA(xbar_merge_ground)(double *to, const double *from, const double *vi,
                                 const double *ground, size_t n_pivots);

struct xbar_spread_look;
struct xbar_spread_ahead;
void XBAR_ISA(xbar_spread_join)(double *volt, size_t panel, const uint32_t *group,
                                const double *v, size_t n_shared, size_t n_strips,
                                size_t n, struct xbar_spread_ahead *ahead);
void XBAR_ISA(xbar_spread_leaf)(double *word, double *bit, size_t row,
                                const double *shares, const double *const side[4],
                                size_t n, struct xbar_spread_ahead *ahead);
void XBAR_ISA(xbar_spread_look)(struct xbar_spread_look *look, size_t panel, size_t r,
                                size_t c, const double *word, const double *bit,
                                size_t row, size_t n);
void XBAR_ISA(xbar_spread_put)(double *const v_row[8], double *const v_col[8],
                               double *const i_cell[8], size_t at, const double *word,
                               const double *bit, const double *g, size_t n_cols);

#endif
