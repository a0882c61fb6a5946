/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file
 *  All modes of a line: K v = lambda M v, both tridiagonal and symmetric, M positive
 *  definite, no neighbours uncoupled. Private to the layer.
 *
 *  Each lambda by bisection: of the pivots of K - lambda M as many are negative as there
 *  are modes below lambda (Sylvester's law of inertia; Barth, Martin, Wilkinson, Numer.
 *  Math. 9:386, 1967). Each v from the pivots taken from both ends, joined where what is
 *  left over is least (Dhillon, Parlett, Linear Algebra Appl. 387:1, 2004). n^2 steps in
 *  all, where a library for full matrices takes n^3.
 */
#ifndef XBAR_NODAL_MODES_H
#define XBAR_NODAL_MODES_H

#include "core/status.h"

#include <stddef.h>

/** Tridiagonal and symmetric, borrowed: [n] and [n - 1]. */
typedef struct xbar_band {
    const double *diagonal, *beside;
} xbar_band;

/** @param[out] lambda  [n], rising
 *  @param[out] v       [n][n]: v + q n is the mode of lambda[q], with v' M v = 1
 *  @param      n       at least 1
 *  @return XBAR_OK or XBAR_ERR_MEMORY */
xbar_status xbar_modes_find(double *lambda, double *v, size_t n, xbar_band k,
                            xbar_band m, xbar_error *err);

#endif
