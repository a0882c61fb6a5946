/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file
 *  The same network by CHOLMOD: sparse Cholesky after a minimum degree order (AMD).
 *
 *  Chen, Davis, Hager, Rajamanickam, ACM TOMS 35(3), 2008, doi:10.1145/1391989.1391995.
 */
#ifndef XBAR_BENCH_NODAL_CHOLMOD_H
#define XBAR_BENCH_NODAL_CHOLMOD_H

#include "arrays.h"

typedef struct bench_cholmod {
    double analyse_s, factor_s, solve_s;
} bench_cholmod;

/** One analysis, factorisation and solution of input 0; filling the matrix is not timed.
 *  @param[out] i_out  A, [n]
 *  @return XBAR_OK, XBAR_ERR_MEMORY, XBAR_ERR_ENGINE */
xbar_status bench_cholmod_run(bench_cholmod *t, const bench_array *a, double *i_out,
                              xbar_error *err);

/** "3.0.14"; static. */
const char *bench_cholmod_version(void);

#endif
