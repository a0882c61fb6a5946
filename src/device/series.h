/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file
 *  Two branches in series between two nodes: how the voltage divides. Private to the
 *  layer.
 */
#ifndef XBAR_DEVICE_SERIES_H
#define XBAR_DEVICE_SERIES_H

#include <stddef.h>

#include "device/curve.h"

/** n at a time at most. */
enum { XBAR_SERIES_BLOCK = 64 };

/** The currents of n branches, rising functions of their voltage that vanish at 0 V.
 *  @param[out] i, didv  [n] */
typedef void xbar_branch(const void *with, size_t n, double *i, double *didv,
                         const double *v);

typedef struct xbar_series {
    xbar_branch *upper, *lower;
    const void *with_upper, *with_lower; /* borrowed */
} xbar_series;

/** Solves i_upper(v - u) = i_lower(u) for u, to rounding: Newton's iteration, kept within
 *  a bracket that halves where it does not converge.
 *  @param[out] u        V, [n]: across the lower branch, between 0 and v
 *  @param[out] i        A, [n]: through both
 *  @param[out] g_upper, g_lower  S, [n]: di/dv of each
 *  @param      n        at most XBAR_SERIES_BLOCK */
void xbar_series_solve(const xbar_series *s, size_t n, double *u, double *i,
                       double *g_upper, double *g_lower, const double *v);

/** di/dv of the two in series. */
double xbar_series_slope(double g_upper, double g_lower);

/** The voltage u over an element behind a resistor:  u + ohm f(u) = v.
 *  @param f     a rising function that vanishes at 0, with its slope
 *  @param ohm   >= 0
 *  Bracketed and solved as above. */
double xbar_series_resistor(double v, double ohm,
                            xbar_curve (*f)(double u, const void *with),
                            const void *with);

#endif
