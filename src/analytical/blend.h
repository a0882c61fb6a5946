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
 *      A = (Phi' X Phi)^-1 Phi' X,   B = (Psi' Y Psi)^-1 Psi' Y   (A Phi = 1, B Psi = 1)
 *
 *  gives C and D back exactly, whatever X and Y are. They say how R goes between the
 *  functions: X = diag |sum_j R_ij|, Y = diag |sum_i R_ij|, the strengths of rows and
 *  columns, which come with k = 0 and l = 0, of a matrix x_i y_j (smooth function of i and
 *  j) leave only what is rough in i and in j at once. The Boolean sum of two projections:
 *  Gordon, SIAM J. Numer. Anal. 8(1), 1971, doi:10.1137/0708019.
 *
 *  Where something like R is known (detours.h), its moments E over the smooth functions
 *  say more of how its rows go, blocks of cells and all: then
 *
 *      X = E E' + S S' + X_0/100,   S = X_0 Phi
 *
 *  with X_0 the strengths' matrix, and E and S of unit columns; Y likewise.
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
    double *basis;     /* [n_rows or n_cols, the larger][2 XBAR_BLEND_MODES]: scratch */
    double *right;     /* [2 XBAR_BLEND_MODES][n_cols]: scratch */
} xbar_blend;

/** @return XBAR_OK, XBAR_ERR_MEMORY; clear it after a failure as well */
xbar_status xbar_blend_init(xbar_blend *f, size_t n_rows, size_t n_cols,
                            xbar_error *err);
void xbar_blend_clear(xbar_blend *f);

/** The functions' shares in an input: a_k = sum_i A_ik V_i, least squares with the rows'
 *  strengths.
 *  @param[out] a         [n_rows][XBAR_BLEND_MODES], the transposed A
 *  @param      strength  [n_rows] */
void xbar_blend_shares(const xbar_blend *f, double *a, const double *strength);

/** h += the blend.
 *  @param[in,out] h  [n_rows][n_cols]
 *  @param forward    C, [xbar_blend_modes(n_rows)][n_cols]
 *  @param adjoint    D, [xbar_blend_modes(n_cols)][n_rows]
 *  @param rows, cols E of rows and of columns, [n_rows][XBAR_BLEND_MODES] and
 *                    [n_cols][XBAR_BLEND_MODES]; NULL: not known */
void xbar_blend_add(xbar_blend *f, double *h, const double *forward,
                    const double *adjoint, const double *rows, const double *cols);

#endif
