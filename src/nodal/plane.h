/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file
 *  Sums and maxima over a plane of numbers. In lanes of their own, so that no order of
 *  the additions is given up and the compiler can still use vectors. Private to the layer.
 */
#ifndef XBAR_NODAL_PLANE_H
#define XBAR_NODAL_PLANE_H

#include <math.h>
#include <stddef.h>

enum { XBAR_LANES = 8 };

/** The largest |x|; NaN is passed over. */
static inline double xbar_largest(size_t n, const double *x)
{
    double top[XBAR_LANES] = {0};
    size_t k = 0;
    for (; k + XBAR_LANES <= n; k += XBAR_LANES)
        for (size_t m = 0; m < XBAR_LANES; m++) {
            double a = fabs(x[k + m]);
            top[m] = a > top[m] ? a : top[m];
        }
    for (; k < n; k++)
        top[0] = fmax(top[0], fabs(x[k]));
    for (size_t m = 1; m < XBAR_LANES; m++)
        top[0] = fmax(top[0], top[m]);
    return top[0];
}

/** The sum of x y. */
static inline double xbar_product(size_t n, const double *x, const double *y)
{
    double sum[XBAR_LANES] = {0};
    size_t k = 0;
    for (; k + XBAR_LANES <= n; k += XBAR_LANES)
        for (size_t m = 0; m < XBAR_LANES; m++)
            sum[m] += x[k + m] * y[k + m];
    for (; k < n; k++)
        sum[0] += x[k] * y[k];
    for (size_t m = 1; m < XBAR_LANES; m++)
        sum[0] += sum[m];
    return sum[0];
}

#endif
