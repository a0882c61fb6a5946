/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file
 *  The model's own error, from residuals of data that the fit did not see. Private to the
 *  layer.
 */
#ifndef XBAR_CALIBRATE_DISCREPANCY_H
#define XBAR_CALIBRATE_DISCREPANCY_H

#include <stddef.h>

#include "analytical/fitted.h"

/** One residual. */
typedef struct xbar_residual {
    double error;    /* prediction less measured */
    double scale;    /* the largest of its run */
    double value;    /* the prediction */
    double variance; /* the parameters' share of it */
    size_t unit;     /* residuals of one unit may be alike; counted from 0 */
    const double *x; /* [XBAR_N_SWELL]; NULL: not known */
} xbar_residual;

/** Powers of what the errors' size follows, from the logarithms of each run's rms error,
 *  held near 0 where the runs say little of them (ridge regression; Hoerl, Kennard,
 *  Technometrics 12:55, 1970).
 *  @param r  [n], runs together: residuals with one unit and one x */
void xbar_discrepancy_swell(xbar_swell *s, const xbar_residual *r, size_t n);

/** d_0, d_1 of  variance = d_0^2 scale^2 + d_1^2 value^2 + the parameters' share:  their
 *  ratio by the likelihood of normal errors, their size so that 90 % of these residuals lie
 *  within 1.645 deviations. So the interval holds what it says for errors of any
 *  distribution that later data share (Vovk et al., Algorithmic Learning in a Random World,
 *  2005: split-conformal prediction). Units whose errors differ in size tell that size the
 *  less well the fewer they are: it grows by what Student's t has over the normal.
 *  @param r  [n], n >= 1, units together */
void xbar_discrepancy_fit(double d[2], const xbar_residual *r, size_t n);

/** The standard deviation of an output at that error. */
double xbar_discrepancy_deviation(const double d[2], const xbar_residual *r);

/** Deviations that 90 % of normal errors lie within. */
#define XBAR_NINETY_PERCENT 1.6448536269514722

#endif
