/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file
 *  How the state of Yakopcic's models moves: Yakopcic, Taha, Subramanyam, Pino, Rogers, IEEE
 *  TCAD 32(8), 2013, doi:10.1109/TCAD.2013.2252057. Private to the devices.
 */
#ifndef XBAR_DEVICE_YAKOPCIC_H
#define XBAR_DEVICE_YAKOPCIC_H

#include <math.h>
#include <stdbool.h>

#include "device/curve.h"

/** g(v): a_p (e^v - e^v_p) above v_p, -a_n (e^-v - e^v_n) below -v_n, else 0; 1/s. */
static inline xbar_curve xbar_yakopcic_drive(double v, double a_p, double a_n,
                                             double v_p, double v_n)
{
    const xbar_curve e = xbar_exp(fabs(v));
    if (v > v_p)
        return (xbar_curve){a_p * (e.y - exp(v_p)), a_p * e.dy};
    if (v < -v_n)
        return (xbar_curve){-a_n * (e.y - exp(v_n)), a_n * e.dy};
    return (xbar_curve){0.0, 0.0};
}

/** f(x) of the motion up: e^(-alpha (x - from)) w, w = (from - x)/(1 - from) + 1, where
 *  x >= from; else 1. 0 <= x <= 1 */
static inline xbar_curve xbar_yakopcic_up(double x, double alpha, double from)
{
    if (x < from)
        return (xbar_curve){1.0, 0.0};
    const double e = exp(-alpha * (x - from));
    const double w = (from - x) / (1.0 - from) + 1.0;
    return (xbar_curve){e * w, -e * (alpha * w + 1.0 / (1.0 - from))};
}

/** f(x) of the motion down: e^(alpha (x - from)) x/from where x <= from; else 1. */
static inline xbar_curve xbar_yakopcic_down(double x, double alpha, double from)
{
    if (x > from)
        return (xbar_curve){1.0, 0.0};
    const double e = exp(alpha * (x - from));
    const double w = x / from;
    return (xbar_curve){e * w, e * (alpha * w + 1.0 / from)};
}

#endif
