/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file
 *  The curves that device laws are made of, each with its slope, finite for every finite
 *  argument. The subcircuits of models/ spell the same ones in SPICE. Private to the
 *  layer.
 *
 *  Beyond an argument of 80 (5.5e34) exp and sinh go on along their tangent, so that a
 *  solver's wildest step neither overflows nor meets a slope of 0.
 */
#ifndef XBAR_DEVICE_CURVE_H
#define XBAR_DEVICE_CURVE_H

#include <math.h>
#include <stdbool.h>

#define XBAR_A_MAX 80.0

/** A value and its derivative by the argument. */
typedef struct xbar_curve {
    double y, dy;
} xbar_curve;

static inline xbar_curve xbar_exp(double a)
{
    double inside = fmin(a, XBAR_A_MAX);
    double y = exp(inside);
    return (xbar_curve){y * (1.0 + (a - inside)), y};
}

/** e^a - 1 */
static inline xbar_curve xbar_rise(double a)
{
    double inside = fmin(a, XBAR_A_MAX);
    double slope = exp(inside);
    return (xbar_curve){expm1(inside) + (a - inside) * slope, slope};
}

static inline xbar_curve xbar_sinh(double a)
{
    double inside = fmax(-XBAR_A_MAX, fmin(XBAR_A_MAX, a));
    double slope = cosh(inside);
    return (xbar_curve){sinh(inside) + (a - inside) * slope, slope};
}

/** u^a for u > 0, else 0: what lies beyond a threshold. Level from u = 1e10 on. */
static inline xbar_curve xbar_beyond(double u, double a)
{
    const double u_max = 1e10;
    if (!(u > 0.0))
        return (xbar_curve){0.0, 0.0};
    if (u >= u_max)
        return (xbar_curve){pow(u_max, a), 0.0};
    double y = pow(u, a);
    return (xbar_curve){y, a * y / u};
}

/** 1/(1 + exp(-a)) */
static inline xbar_curve xbar_logistic(double a)
{
    double e = exp(-fabs(a));
    double y = a >= 0.0 ? 1.0 / (1.0 + e) : e / (1.0 + e);
    return (xbar_curve){y, e / ((1.0 + e) * (1.0 + e))};
}

/** ln(1 + exp(a)) */
static inline xbar_curve xbar_softplus(double a)
{
    return (xbar_curve){fmax(a, 0.0) + log1p(exp(-fabs(a))), xbar_logistic(a).y};
}

/** (a + sqrt(a^2 + d^2)) / 2: max(a, 0) with its corner rounded over d. */
static inline xbar_curve xbar_positive(double a, double d)
{
    double root = hypot(a, d);
    double y = a > 0.0 ? 0.5 * (a + root) : 0.5 * d * d / (root - a);
    return (xbar_curve){y, root > 0.0 ? y / root : 0.5};
}

/** exp(-exp(u)): a step down from 1 to 0 round u = 0, TEAM's window. Level beyond u = 40,
 *  where it is 0 to any double. */
static inline xbar_curve xbar_step_down(double u)
{
    double inner = exp(fmin(u, 40.0));
    double y = exp(-inner);
    return (xbar_curve){y, u < 40.0 ? -inner * y : 0.0};
}

/** x within [lower, upper], and 1 inside, 0 beyond. */
static inline xbar_curve xbar_inside(double x, double lower, double upper)
{
    if (x < lower)
        return (xbar_curve){lower, 0.0};
    if (x > upper)
        return (xbar_curve){upper, 0.0};
    return (xbar_curve){x, 1.0};
}

/** The one-sided window: 1, and within `edge` of the bound a ramp down to 0, for motion
 *  towards it. `room` is how far away the bound is, negative beyond it; dy is by room. */
static inline xbar_curve xbar_ramp(double room, double edge)
{
    if (room <= 0.0)
        return (xbar_curve){0.0, 0.0};
    if (room >= edge)
        return (xbar_curve){1.0, 0.0};
    return (xbar_curve){room / edge, 1.0 / edge};
}

/** A value with its derivatives by voltage and state. */
typedef struct xbar_slopes {
    double y, dv, dx;
} xbar_slopes;

/** The same rate, dying out towards the bound it moves to. */
static inline xbar_slopes xbar_stopped(xbar_slopes rate, double x, double lower,
                                       double upper, double edge)
{
    bool up = rate.y > 0.0;
    xbar_curve w = xbar_ramp(up ? upper - x : x - lower, edge);
    return (xbar_slopes){w.y * rate.y, w.y * rate.dv,
                         w.y * rate.dx + (up ? -w.dy : w.dy) * rate.y};
}

#endif
