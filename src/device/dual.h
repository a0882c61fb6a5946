/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file
 *  Values that carry their derivatives, for laws too long to differentiate on paper:
 *  forward differentiation, exact to rounding. Private to the layer.
 */
#ifndef XBAR_DEVICE_DUAL_H
#define XBAR_DEVICE_DUAL_H

#include "device/curve.h"

/** A value and its derivatives by up to four variables. */
enum { XBAR_DUALS = 4 };
typedef struct xbar_dual {
    double y, d[XBAR_DUALS];
} xbar_dual;

static inline xbar_dual dual_constant(double y)
{
    return (xbar_dual){.y = y};
}

static inline xbar_dual dual_variable(double y, int which)
{
    xbar_dual a = {.y = y};
    a.d[which] = 1.0;
    return a;
}

/** f(a), given f and its slope there. */
static inline xbar_dual dual_of(xbar_curve f, xbar_dual a)
{
    xbar_dual out = {.y = f.y};
    for (int k = 0; k < XBAR_DUALS; k++)
        out.d[k] = f.dy * a.d[k];
    return out;
}

static inline xbar_dual dual_add(xbar_dual a, xbar_dual b)
{
    a.y += b.y;
    for (int k = 0; k < XBAR_DUALS; k++)
        a.d[k] += b.d[k];
    return a;
}

static inline xbar_dual dual_sub(xbar_dual a, xbar_dual b)
{
    a.y -= b.y;
    for (int k = 0; k < XBAR_DUALS; k++)
        a.d[k] -= b.d[k];
    return a;
}

static inline xbar_dual dual_mul(xbar_dual a, xbar_dual b)
{
    xbar_dual out = {.y = a.y * b.y};
    for (int k = 0; k < XBAR_DUALS; k++)
        out.d[k] = a.d[k] * b.y + a.y * b.d[k];
    return out;
}

static inline xbar_dual dual_div(xbar_dual a, xbar_dual b)
{
    xbar_dual out = {.y = a.y / b.y};
    for (int k = 0; k < XBAR_DUALS; k++)
        out.d[k] = (a.d[k] - out.y * b.d[k]) / b.y;
    return out;
}

/** factor a */
static inline xbar_dual dual_scale(double factor, xbar_dual a)
{
    return dual_of((xbar_curve){factor * a.y, factor}, a);
}

/** a + c */
static inline xbar_dual dual_shift(xbar_dual a, double c)
{
    a.y += c;
    return a;
}

static inline xbar_dual dual_sqrt(xbar_dual a)
{
    double root = sqrt(a.y);
    return dual_of((xbar_curve){root, 0.5 / root}, a);
}

static inline xbar_dual dual_exp(xbar_dual a)
{
    return dual_of(xbar_exp(a.y), a);
}

static inline xbar_dual dual_tanh(xbar_dual a)
{
    double t = tanh(a.y);
    return dual_of((xbar_curve){t, 1.0 - t * t}, a);
}

#endif
