/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file
 *  Cells that are not ohmic: what Newton's method takes, as times an ohmic array's time.
 */
#ifndef XBAR_BENCH_NODAL_LAW_H
#define XBAR_BENCH_NODAL_LAW_H

#include "measure.h"

typedef struct bench_law {
    bench_timing linear, sinh; /* a state and an input, in turn */
    double
        apart; /* outputs from those by direct solutions, as a share of the largest */
    double residual; /* Kirchhoff's, as a share of the largest current */
    size_t n_newton, n_corrections;
} bench_law;

/** i = g v0 sinh(v / v0), v0 = 0.25 V, the array's inputs raised to 1 V: checked, then
 *  timed beside ohmic cells of the same g.
 *  @return also XBAR_ERR_CONVERGENCE where an output is more than 1e-10 of the largest
 *          off */
xbar_status bench_law_time(bench_law *t, size_t n, bench_cells cells, double tolerance,
                           double enough_s, xbar_error *err);

#endif
