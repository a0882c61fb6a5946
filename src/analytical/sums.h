/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file
 *  Sums and means. Private to the layer.
 */
#ifndef XBAR_ANALYTICAL_SUMS_H
#define XBAR_ANALYTICAL_SUMS_H

#include <stddef.h>

/** In partial sums, which do not wait for each other. */
static inline double xbar_sum_of(const double *x, size_t n)
{
    enum { LANES = 8 };
    double sum[LANES] = {0.0};
    size_t k = 0;
    for (; k + LANES <= n; k += LANES)
        for (size_t l = 0; l < LANES; l++)
            sum[l] += x[k + l];
    for (; k < n; k++)
        sum[0] += x[k];
    for (size_t l = 1; l < LANES; l++)
        sum[0] += sum[l];
    return sum[0];
}

/** @param n  > 0 */
static inline double xbar_mean_of(const double *x, size_t n)
{
    return xbar_sum_of(x, n) / (double)n;
}

#endif
