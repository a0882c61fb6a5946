/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file
 *  Bounds by transformation: p = p(q), q any number. Private to the layer.
 *
 *  Between two bounds p, or its logarithm where orders of magnitude count and both bounds
 *  have one sign, is a logistic function of q; behind one bound it is an exponential;
 *  without bounds p = q.
 */
#ifndef XBAR_CALIBRATE_BOUND_H
#define XBAR_CALIBRATE_BOUND_H

#include "calibrate/fit.h"

/** Is the start inside the bounds? */
bool xbar_bound_holds(const xbar_fit_parameter *p, double value);

/** p(q) and dp/dq (may be NULL). */
double xbar_bound_value(const xbar_fit_parameter *p, double q, double *slope);

/** Does the value stand at an end, as far as a search may go: -1 at min, 1 at max, else 0?
 *  At one of two bounds is within a thousandth of their distance (of their logarithms'),
 *  at a single one within a millionth of where the search began. */
int xbar_bound_end(const xbar_fit_parameter *p, double value);

/** The q of a value inside the bounds. */
double xbar_bound_inverse(const xbar_fit_parameter *p, double value);

#endif
