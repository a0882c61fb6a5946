/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file
 *  Resistances between two ends, as the drift models share them. Private to the layer.
 */
#ifndef XBAR_DEVICE_RESISTANCE_H
#define XBAR_DEVICE_RESISTANCE_H

#include "device/curve.h"

/** How a resistance goes from r_0 at x = 0 to r_1 at x = 1. */
enum { XBAR_RESISTANCE_LINEAR = 0, XBAR_RESISTANCE_EXPONENTIAL = 1 };

/** Ohm, and its slope by x. */
static inline xbar_curve xbar_resistance(double x, double r_0, double r_1, double how)
{
    if (how == XBAR_RESISTANCE_LINEAR)
        return (xbar_curve){r_0 + (r_1 - r_0) * x, r_1 - r_0};
    double lambda = log(r_1 / r_0);
    double r = r_0 * exp(lambda * x);
    return (xbar_curve){r, lambda * r};
}

/** The x at which it is r; not limited to 0..1. */
static inline double xbar_resistance_inverse(double r, double r_0, double r_1,
                                             double how)
{
    if (how == XBAR_RESISTANCE_LINEAR)
        return (r - r_0) / (r_1 - r_0);
    return log(r / r_0) / log(r_1 / r_0);
}

/** i = v/r with its slopes by v and by the x that r depends on. */
static inline xbar_slopes xbar_ohmic(double v, xbar_curve r)
{
    return (xbar_slopes){v / r.y, 1.0 / r.y, -v / r.y * (r.dy / r.y)};
}

#endif
