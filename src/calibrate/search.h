/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file
 *  From one start to the nearest minimum, at fixed weights. Private to the layer.
 */
#ifndef XBAR_CALIBRATE_SEARCH_H
#define XBAR_CALIBRATE_SEARCH_H

#include "calibrate/fit.h"

typedef struct xbar_search {
    const xbar_fit_problem *problem;
    const double *weight; /* [n_data], the problem's and the loss's together */
    size_t max_iterations;
    double tolerance, cost_tolerance;
    double deadline_s; /* by xbar_clock_s; INFINITY: none */
    /* found; counts go on from what they hold */
    size_t n_iterations, n_calls;
    bool converged;
    const char *method;
    double cost;
} xbar_search;

/** @param[in,out] p  [n_parameters], inside the bounds: the start, then the minimum
 *  @return XBAR_OK, converged or not; XBAR_ERR_INPUT (no answer at the start);
 *          XBAR_ERR_MEMORY; what the residuals returned */
xbar_status xbar_search_run(xbar_search *s, double *p, xbar_error *err);

/** The cost at p; INFINITY where the model has no answer.
 *  @param r  [n_data] of scratch: the residuals */
xbar_status xbar_search_cost(double *cost, xbar_search *s, const double *p, double *r,
                             xbar_error *err);

/** dr/dp at p, [n_data][n_parameters], by the problem's Jacobian or by differences. */
xbar_status xbar_search_jacobian(double *jacobian, xbar_search *s, const double *p,
                                 xbar_error *err);

/** Is the time over? */
bool xbar_search_is_late(const xbar_search *s);

#endif
