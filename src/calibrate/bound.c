/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "calibrate/bound.h"

#include <math.h>

/* A logistic function goes no nearer to its ends, and so never stands on them; */
static const double far = 30.0;
/* exp of more has no digits left to square. */
static const double farthest = 300.0;

bool xbar_bound_holds(const xbar_fit_parameter *p, double value)
{
    return isfinite(value) && value > p->min && value < p->max;
}

/* Does the logarithm of abs(p) go between its bounds? */
static bool is_logarithmic(const xbar_fit_parameter *p)
{
    return p->is_log && isfinite(p->min) && isfinite(p->max) && p->min * p->max > 0.0;
}

/* A logistic step from a to b, and its slope. The share is counted from the nearer end,
 * so that neither bound loses digits. */
static double logistic(double a, double b, double q, double *slope)
{
    double at = fmax(-far, fmin(far, q));
    double e = exp(-fabs(at));
    double small = (b - a) * e / (1.0 + e);
    *slope = (b - a) * e / ((1.0 + e) * (1.0 + e));
    return at < 0.0 ? a + small : b - small;
}

double xbar_bound_value(const xbar_fit_parameter *p, double q, double *slope)
{
    double rise = 1.0;
    double value = q;
    if (is_logarithmic(p)) {
        double sign = p->min > 0.0 ? 1.0 : -1.0;
        value = sign * exp(logistic(log(fabs(p->min)), log(fabs(p->max)), q, &rise));
        rise *= value;
    } else if (isfinite(p->min) && isfinite(p->max)) {
        value = logistic(p->min, p->max, q, &rise);
    } else if (isfinite(p->min)) {
        rise = exp(fmin(q, farthest));
        value = p->min + rise;
    } else if (isfinite(p->max)) {
        rise = exp(fmin(-q, farthest));
        value = p->max - rise;
    }
    if (slope)
        *slope = rise;
    return value;
}

double xbar_bound_inverse(const xbar_fit_parameter *p, double value)
{
    if (is_logarithmic(p))
        return log(log(value / p->min) / log(p->max / value));
    if (isfinite(p->min) && isfinite(p->max))
        return log((value - p->min) / (p->max - value));
    if (isfinite(p->min))
        return log(value - p->min);
    if (isfinite(p->max))
        return -log(p->max - value);
    return value;
}

int xbar_bound_end(const xbar_fit_parameter *p, double value)
{
    const double share = 1e-3;
    const double part = 1e-6;
    if (isfinite(p->min) && isfinite(p->max)) {
        const double most = log(1.0 / share - 1.0);
        const double q = xbar_bound_inverse(p, value);
        return (q >= most) - (q <= -most);
    }
    if (isfinite(p->min))
        return -(value - p->min <= part * fabs(p->initial - p->min));
    return isfinite(p->max) && p->max - value <= part * fabs(p->max - p->initial);
}
