/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file
 *  Sums and maxima over a plane of numbers. In lanes of their own, so that no order of
 *  the additions is given up and the compiler can still use vectors. Private to the layer.
 */
#ifndef XBAR_NODAL_PLANE_H
#define XBAR_NODAL_PLANE_H

#include <math.h>
#include <stddef.h>
#include <string.h>

enum { XBAR_LANES = 8 };
typedef double xbar_two __attribute__((vector_size(16)));

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

/** Two sums in one pass: of x y, and of x x. */
typedef struct xbar_sums {
    double xy, xx;
} xbar_sums;

static inline xbar_sums xbar_products(size_t n, const double *x, const double *y)
{
    enum { PAIRS = XBAR_LANES / 2 };
    xbar_two xy[PAIRS] = {0}, xx[PAIRS] = {0};
    size_t k = 0;
    for (; k + XBAR_LANES <= n; k += XBAR_LANES)
        for (size_t m = 0; m < PAIRS; m++) {
            xbar_two a, b;
            memcpy(&a, x + k + 2 * m, sizeof a);
            memcpy(&b, y + k + 2 * m, sizeof b);
            xy[m] += a * b;
            xx[m] += a * a;
        }
    for (; k < n; k++) {
        xy[0][0] += x[k] * y[k];
        xx[0][0] += x[k] * x[k];
    }
    for (size_t m = 1; m < PAIRS; m++) {
        xy[0] += xy[m];
        xx[0] += xx[m];
    }
    return (xbar_sums){xy[0][0] + xy[0][1], xx[0][0] + xx[0][1]};
}

#endif
