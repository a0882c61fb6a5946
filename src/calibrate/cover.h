/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file
 *  How large a model's own error is, and how often intervals with it hold: each from data
 *  that had no part in what is held against them.
 *
 *  The units of the data stand in four quarters. Two are fitted, the third finds the
 *  model's own error, the fourth says how often intervals hold. A quarter of a few runs
 *  says little, so
 *
 *      what the error is found from are the residuals of the third quarter and those of
 *      the fitted ones as well, each predicted by a fit to the other fitted units;
 *      how often intervals hold is measured four times, every quarter having its turn at
 *      every part, so that each unit is held out once.
 *
 *  None of those fits is made anew: a step of Gauss and Newton from the estimate, with the
 *  units' own J^T W J and J^T W r, is what they come to for a model that is linear over the
 *  errors of its parameters (as in Rousseeuw, Leroy, Robust Regression, 1987, chapter 6,
 *  for one datum). Private to the layer.
 */
#ifndef XBAR_CALIBRATE_COVER_H
#define XBAR_CALIBRATE_COVER_H

#include <stddef.h>

#include "analytical/fitted.h"
#include "core/status.h"

enum { XBAR_N_QUARTERS = 4 };

/** Predictions at the estimate, which the quarters 0 and 1 gave. All borrowed. */
typedef struct xbar_cover {
    size_t n_data, n_units, n_free;
    const double *residual;  /* A, [n_data]: prediction less measured */
    const double *predicted; /* A, [n_data] */
    const double *scale;     /* A, [n_data] */
    const double
        *deviation; /* A, [n_data]: of the prediction, by the parameters alone */
    const double *jacobian; /* [n_data][n_free] */
    const double *weight;   /* [n_data]; 0: says nothing */
    const size_t *unit;     /* [n_data] */
    const size_t *quarter;  /* [n_units] */
    const double *swell;    /* [n_data][XBAR_N_SWELL], or NULL */
} xbar_cover;

/** d and s of fitted.h for the estimate. @return XBAR_OK or XBAR_ERR_MEMORY */
xbar_status xbar_cover_discrepancy(double d[2], xbar_swell *s, const xbar_cover *c,
                                   xbar_error *err);

/** The share of all data within their 90 % interval while they were held out.
 *  @return XBAR_OK or XBAR_ERR_MEMORY */
xbar_status xbar_cover_measure(double *covered, const xbar_cover *c, xbar_error *err);

#endif
