/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file
 *  Currents that are known to be right, at any size.
 *
 *  Voltages in 113 bits; what Kirchhoff's law leaves over at each node, r, in 113 bits as
 *  well, by code that shares nothing with the solver under test; corrections from wherever
 *  they are to be had. They need not be trusted, because of what r says at the end: a
 *  current r at a node raises no voltage below 0 and leaves through the terminals as a
 *  whole (K is an M-matrix: the maximum principle), so it changes all outputs together by
 *  at most |r|, and
 *
 *      sum over the columns of |I - I_exact|  <=  sum over the nodes of |r|.
 */
#ifndef XBAR_BENCH_NODAL_EXACT_H
#define XBAR_BENCH_NODAL_EXACT_H

#include "arrays.h"

typedef struct bench_exact {
    double *i_out; /* A, [n] */
    double most;   /* A, the largest */
    double bound;  /* A: none of them is further off */
} bench_exact;

/** Input 0 of the array.
 *  @param[out] e  to be cleared, after a failure as well
 *  @return XBAR_OK; XBAR_ERR_CONVERGENCE (the bound did not come down to 1e-15 of the
 *          largest output); XBAR_ERR_MEMORY */
xbar_status bench_exact_init(bench_exact *e, const bench_array *a, xbar_error *err);
void bench_exact_clear(bench_exact *e);

/** How far off some outputs are, bound included. */
typedef struct bench_error {
    double largest;  /* as a share of the largest output */
    double relative; /* of an output above 1e-6 of the largest, as a share of itself */
} bench_error;

bench_error bench_exact_compare(const bench_exact *e, size_t n, const double *i_out);

/** Right as the outputs are meant to be: to 1e-10 of the largest, and to 1e-8 of itself. */
bool bench_is_right(bench_error e);

#endif
