/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file
 *  What a fit's predictions will be off by once it has more runs, before any is made.
 *  Private to the layer.
 *
 *  SPICE has no noise: what a fit leaves is the model's own error. Part of it looks like
 *  noise; the rest is that other constants p + eta(x) suit each place x of the array's,
 *  the state's and the input's features best, with eta a Gaussian process of variance D
 *  and correlation k(x, x'). Least squares over runs c, each with the information
 *  M_c = J^T W J, makes of that
 *
 *      estimate - p = M^-1 (sum_c M_c eta(x_c) + noise),   M = sum_c M_c,
 *
 *  so at targets t the mean square of the predictions' errors, in units of W, is
 *
 *      V = tr T [M^-1 (sigma^2 M + Q) M^-1 + D] - 2 tr M^-1 U,   T = sum_t T_t,
 *      Q = sum_cc' M_c D M_c' k(x_c, x_c'),   U = sum_ct M_c D T_t k(x_c, x_t)
 *
 *  with T_t the target's information a datum (after Sacks, Ylvisaker, Ann. Stat. 6:1122,
 *  1978: designs for models that are only nearly right). With D = 0 that is I-optimality
 *  (Fedorov, Theory of Optimal Experiments, 1972). A run can make V larger: many small
 *  arrays pull the constants away from what large ones want.
 */
#ifndef XBAR_CALIBRATE_GAIN_H
#define XBAR_CALIBRATE_GAIN_H

#include "analytical/fitted.h"
#include "core/status.h"

/** A run, made or thought of. */
typedef struct xbar_site {
    double feature[XBAR_N_FEATURES];
    size_t n_outputs;
    double *information; /* J^T W J, [n_free][n_free] */
    double *score;       /* J^T W residual, [n_free]; NULL where only thought of */
} xbar_site;

/** All there is to know; borrowed. */
typedef struct xbar_outlook {
    size_t n_free;
    const double *value; /* [n_free]: the estimates */
    const double *width; /* [n_free]: deviations that are taken for granted */
    double sigma;        /* of the fit's residuals, in units of W */
    const xbar_site *made;
    size_t n_made;
    const xbar_site *candidates; /* the targets as well */
    size_t n_candidates;
} xbar_outlook;

typedef struct xbar_gain xbar_gain;

/** @return XBAR_OK or XBAR_ERR_MEMORY */
xbar_status xbar_gain_new(xbar_gain **out, const xbar_outlook *o, xbar_error *err);
void xbar_gain_free(xbar_gain *g);

/** V as things stand, or with one candidate more (n_candidates: none). */
double xbar_gain_variance(const xbar_gain *g, size_t candidate);

/** That candidate is to be made. */
void xbar_gain_take(xbar_gain *g, size_t candidate);

/** The deviation of constants from place to place, as a share of themselves. */
double xbar_gain_drift(const xbar_gain *g);

#endif
