/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file
 *  The shortest sneak paths, one by one: from word line i over a cell to bit line k, over
 *  another to word line m, and from there to bit line j,
 *
 *      T_ij = sum_(m != i) sum_(k != j)
 *                 beta_ik g_ik  Z_k(i,m)  g_mk  Z_m(k,j)  g_mj t_mj
 *
 *  with Z_k(i,m) the voltage at row m of bit line k per ampere put in at row i, Z_m
 *  likewise along word line m. Lines carry the loads of shares.h, equation C, and where a
 *  path uses a cell its line is taken without it: then no path is counted that W has, and
 *  none twice.
 *
 *  These are the last terms of the answer in which each cell still counts by itself; in
 *  all longer paths cells average out (blend.h), here not where arrays are small and few
 *  rows are driven.
 *
 *  Lines are ladders, so that Z falls off from node to node by ratios (strip.h), and what
 *  sixteen rows do to everything is one pass over the array in single precision: six
 *  operations a cell and row. By reciprocity columns may be driven instead, if there are
 *  fewer.
 *  Private to the layer.
 */
#ifndef XBAR_ANALYTICAL_DETOURS_H
#define XBAR_ANALYTICAL_DETOURS_H

#include "analytical/blend.h"
#include "analytical/dressed.h"

typedef struct xbar_detours xbar_detours;

/** Does it pay, at so many lines? */
bool xbar_detours_pay(size_t n_rows, size_t n_cols);

/** @param[out] out  yours. @return XBAR_OK, XBAR_ERR_MEMORY */
xbar_status xbar_detours_new(xbar_detours **out, size_t n_rows, size_t n_cols,
                             xbar_error *err);
void xbar_detours_free(xbar_detours *d);

/** To be filled before xbar_detours_add. */
xbar_dressed *xbar_detours_rows(xbar_detours *d);
xbar_dressed *xbar_detours_cols(xbar_detours *d);

/** h += T, and what T does to the smooth functions.
 *  @param[in,out] h     S, [n_rows][n_cols]
 *  @param[out] rows     sum_j T_ij psi_l(j), [n_rows][XBAR_BLEND_MODES]
 *  @param[out] cols     sum_i T_ij phi_k(i), [n_cols][XBAR_BLEND_MODES]
 *  @param      f        the functions */
void xbar_detours_add(xbar_detours *d, double *h, double *rows, double *cols,
                      const xbar_blend *f);

#endif
