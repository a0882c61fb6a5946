/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "calibrate/discrepancy.h"

#include <math.h>

enum { N_RATIOS = 65, N_HALVINGS = 60 };

/* -2 ln likelihood of the residuals up to a constant, at the best common size, for errors
 * of shape sqrt(a^2 scale^2 + b^2 value^2); the parameters' share is left out, which the
 * size makes up for. */
static double misfit(const xbar_residual *r, size_t n, double a, double b)
{
    double square = 0.0;
    double logs = 0.0;
    for (size_t k = 0; k < n; k++) {
        double shape = hypot(a * r[k].scale, b * r[k].value);
        if (!(shape > 0.0))
            return (double)INFINITY;
        square += (r[k].error / shape) * (r[k].error / shape);
        logs += 2.0 * log(shape);
    }
    return square > 0.0 ? logs + (double)n * log(square / (double)n) : 0.0;
}

/* How many of them lie within the 90 % interval at that size. */
static size_t count_inside(const xbar_residual *r, size_t n, double a, double b)
{
    size_t inside = 0;
    for (size_t k = 0; k < n; k++) {
        double shape = hypot(a * r[k].scale, b * r[k].value);
        double deviation = sqrt(shape * shape + r[k].variance);
        inside += fabs(r[k].error) <= XBAR_NINETY_PERCENT * deviation;
    }
    return inside;
}

void xbar_discrepancy_fit(double d[2], const xbar_residual *r, size_t n)
{
    double least = (double)INFINITY;
    double a = 1.0;
    double b = 0.0;
    for (int k = 0; k < N_RATIOS; k++) {
        /* from all scale to all value, evenly in the logarithm between */
        double ratio = k == 0 ? 0.0 : pow(10.0, -4.0 + 8.0 * (k - 1) / (N_RATIOS - 3));
        double x = k == N_RATIOS - 1 ? 0.0 : 1.0;
        double y = k == N_RATIOS - 1 ? 1.0 : ratio;
        double m = misfit(r, n, x, y);
        if (m < least) {
            least = m;
            a = x;
            b = y;
        }
    }
    /* the usual small step up: the next of n + 1 is to lie inside as well */
    const double wanted = fmin((double)n, ceil(0.9 * ((double)n + 1.0)));
    double low = 0.0;
    double high = 1.0;
    for (size_t k = 0; k < n; k++) {
        double shape = hypot(a * r[k].scale, b * r[k].value);
        if (shape > 0.0)
            high = fmax(high, fabs(r[k].error) / shape);
    }
    for (int k = 0; k < N_HALVINGS; k++) {
        double middle = low > 0.0 ? sqrt(low * high) : 0.5 * high;
        if ((double)count_inside(r, n, a * middle, b * middle) >= wanted)
            high = middle;
        else
            low = middle;
    }
    d[0] = a * high;
    d[1] = b * high;
}
