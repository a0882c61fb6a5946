/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file
 *  The uniform array mode by mode: shapes down the bit lines in which its two families of
 *  lines come apart.
 *
 *  A bit line of n equal segments, open at the top and grounded through bottom_ohm, is
 *  the matrix T / col_ohm with T tridiagonal (-1, 2, -1) but for its ends. T has the
 *  orthonormal eigenvectors
 *
 *      x_i = const cos((i + 1/2) theta),  i = 0 at the top,   mu = 2 - 2 cos theta,
 *      cos((n - 1/2) theta) = 2 (bottom_ohm / col_ohm) sin(theta/2) sin(n theta)
 *
 *  With bottom_ohm = col_ohm that is theta = (2p-1) pi / (2n+1), the double sine series
 *  of the uniform array (Kirchhoff's equations of a grid, diagonalised; e.g. Buzbee,
 *  Golub, Nielson, SIAM J. Numer. Anal. 7(4), 1970, doi:10.1137/0707049). A current of
 *  that shape meets, a cell, the resistance col_ohm / mu. So for a shape p of the drive
 *  each word line is a ladder of cells g in series with `ohm[p]`, and the shape stays the
 *  same from column to column.
 *  Private to the layer.
 */
#ifndef XBAR_ANALYTICAL_MODES_H
#define XBAR_ANALYTICAL_MODES_H

#include <stddef.h>

#include "core/status.h"

typedef struct xbar_modes {
    size_t n_rows, n_modes;
    double *shape; /* 1, [n_rows][n_modes]: columns orthonormal, the smoothest first */
    double *ohm;   /* ohm, [n_modes]: col_ohm / mu */
} xbar_modes;

/** @param n_modes  how many; those beyond n_rows, which do not exist, are 0
 *  @return XBAR_OK, XBAR_ERR_MEMORY; clear it after a failure as well */
xbar_status xbar_modes_init(xbar_modes *m, size_t n_rows, size_t n_modes,
                            double col_ohm, double bottom_ohm, xbar_error *err);
void xbar_modes_clear(xbar_modes *m);

/** The word line's voltage along the columns, 1 V behind left_ohm.
 *  @param[out] word     V, n_cols of them, `stride` apart
 *  @param      siemens  of each cell with its share of the bit line: g / (1 + g ohm[p]) */
void xbar_modes_word(double *word, size_t n_cols, size_t stride, double siemens,
                     double row_ohm, double left_ohm);

#endif
