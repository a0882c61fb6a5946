/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file
 *  A matrix R, [n_rows][n_cols], from what it does to a few smooth functions on either
 *  side: the smooth part of an array's answer from a few exact solutions.
 *
 *  With phi_k(i) = cos(pi k (i+1/2)/n_rows), psi_l(j) = cos(pi l (j+1/2)/n_cols) and
 *
 *      C = Phi' R     [K][n_cols]    K inputs that are smooth, all columns' currents
 *      D = Psi' R'    [L][n_rows]    L outputs that are smooth, all rows' parts in them
 *
 *  the blend
 *
 *      R ~ A' C + D' B - A' (C Psi) B
 *
 *      A = (Phi' X Phi)^-1 Phi' X,   X = diag |sum_j R_ij|   (A Phi = 1)
 *      B = (Psi' Y Psi)^-1 Psi' Y,   Y = diag |sum_i R_ij|   (B Psi = 1)
 *
 *  gives C and D back exactly, and of a matrix x_i y_j (smooth function of i and j)
 *  leaves only what is rough in i and in j at once. X and Y, the strengths of rows and
 *  columns, come with k = 0 and l = 0. The Boolean sum of two projections: Gordon, SIAM J.
 *  Numer. Anal. 8(1), 1971, doi:10.1137/0708019.
 *  Private to the layer.
 */
#ifndef XBAR_ANALYTICAL_BLEND_H
#define XBAR_ANALYTICAL_BLEND_H

#include <stddef.h>

#include "core/status.h"

enum { XBAR_BLEND_MODES = 4 }; /* K and L at most */

/** How many functions there are for n lines. */
static inline size_t xbar_blend_modes(size_t n)
{
    return n < XBAR_BLEND_MODES ? n : XBAR_BLEND_MODES;
}

typedef struct xbar_blend {
    size_t n_rows, n_cols;
    double *phi, *psi; /* 1, [n_rows][XBAR_BLEND_MODES], [n_cols][XBAR_BLEND_MODES] */
    double *a, *b;     /* the same sizes: scratch */
    double *right;     /* [2 XBAR_BLEND_MODES][n_cols]: scratch */
} xbar_blend;

/** @return XBAR_OK, XBAR_ERR_MEMORY; clear it after a failure as well */
xbar_status xbar_blend_init(xbar_blend *f, size_t n_rows, size_t n_cols,
                            xbar_error *err);
void xbar_blend_clear(xbar_blend *f);

/** h += the blend.
 *  @param[in,out] h  [n_rows][n_cols]
 *  @param forward    C, [xbar_blend_modes(n_rows)][n_cols]
 *  @param adjoint    D, [xbar_blend_modes(n_cols)][n_rows] */
void xbar_blend_add(xbar_blend *f, double *h, const double *forward,
                    const double *adjoint);

#endif
