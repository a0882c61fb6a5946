/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Five-point formulas: Abramowitz and Stegun, Handbook of Mathematical Functions, 1964,
 * table 25.2. */
#include "nodal/differences.h"

#include <math.h>

/* Where the point stands among the five, and 12 h times the derivative as a sum. */
enum { POINTS = 5, N_PLACES = 3 };
typedef struct place {
    int point;
    double factor[POINTS];
} place;
static const place first = {0, {-25, 48, -36, 16, -3}};
static const place middle = {2, {1, -8, 0, 8, -1}};
static const place last = {4, {3, -16, 36, -48, 25}};

/* All five within the allowed range. */
static const place *choose(double x, double h, double lower, double upper)
{
    if (x - 2.0 * h < lower)
        return &first;
    return x + 2.0 * h > upper ? &last : &middle;
}

/* ---- states -------------------------------------------------------------------------- */

/* Steps: a small share of what changes a current by itself, found by a tiny step, and of
 * a state's range, or, of a state that has no bounds, of itself. */
static const double tiny = 1e-7;
static const double small_share = 1e-4;
static const double small_change = 1e-3;

static double choose_step(double span, double i, double i_moved)
{
    double change = fabs(i_moved - i) / (tiny * span);
    double own = change > 0.0 ? fabs(i) / change : (double)INFINITY;
    return fmax(fmin(small_share * span, small_change * own), tiny * span);
}

void xbar_differences_state(const xbar_cell *c, size_t n, double *didx, const double *v,
                            const double *x, double *work)
{
    xbar_state_range r[XBAR_MAX_STATES] = {{.lower = 0.0, .upper = (double)INFINITY}};
    double *here = work;
    double *there = work + n;
    double *moved = work + 2 * n;
    double *step = work + 3 * n;
    if (c->device->ranges)
        c->device->ranges(r, c->parameters);
    const double lower = r[0].lower;
    const double upper = r[0].upper;
    const double span = upper - lower;

    xbar_cell_current(c, n, here, NULL, v, x);
    for (size_t k = 0; k < n; k++) {
        step[k] = isfinite(span) ? span : x[k];
        moved[k] = x[k] + (x[k] < upper - 0.5 * step[k] ? tiny : -tiny) * step[k];
    }
    xbar_cell_current(c, n, there, NULL, v, moved);
    for (size_t k = 0; k < n; k++) {
        step[k] = choose_step(step[k], here[k], there[k]);
        didx[k] = 0.0;
    }
    for (int p = 0; p < POINTS; p++) {
        for (size_t k = 0; k < n; k++) {
            const place *at = choose(x[k], step[k], lower, upper);
            moved[k] = x[k] + (p - at->point) * step[k];
            if (moved[k] == 0.0 && x[k] > 0.0) /* 0 would be no cell */
                moved[k] = XBAR_LEAST_STATE;
        }
        xbar_cell_current(c, n, there, NULL, v, moved);
        for (size_t k = 0; k < n; k++) {
            const place *at = choose(x[k], step[k], lower, upper);
            didx[k] += at->factor[p] * (there[k] - here[k]);
        }
    }
    for (size_t k = 0; k < n; k++)
        didx[k] = x[k] > 0.0 ? didx[k] / (12.0 * step[k]) : 0.0;
}

/* ---- parameters ---------------------------------------------------------------------- */

/* What size of a change matters: the value, or, where that is small or 0, a hundredth of
 * what the parameter sets have, or else of its range. */
static double scale_of(const xbar_device *device, size_t k, double value)
{
    const xbar_parameter *q = &device->parameters[k];
    double typical = 0.0;
    for (const xbar_parameter_set *s = device->sets; s->name; s++) {
        double p[XBAR_MAX_PARAMETERS];
        xbar_device_parameters(p, device, s);
        typical = fmax(typical, fabs(p[k]));
    }
    if (typical == 0.0)
        typical = fmin(q->max - q->min, 1.0);
    return fmax(fabs(value), 0.01 * typical);
}

double xbar_differences_parameter(const xbar_cell *c, bool of_selector, size_t k,
                                  xbar_of_cell *f, void *with)
{
    enum { STEPS = 6 };
    const xbar_device *device = of_selector ? c->selector : c->device;
    const xbar_parameter *q = &device->parameters[k];
    if (q->number != XBAR_NUMBER_REAL)
        return (double)NAN;
    xbar_cell moved = *c;
    double *p = of_selector ? &moved.selector_parameters[k] : &moved.parameters[k];
    const double value = *p;
    const double here = f(c, with);
    double h = 0.01 * fmin(scale_of(device, k, value), 0.25 * (q->max - q->min));
    double before = 0.0;
    double best = 0.0;
    double least = (double)INFINITY; /* difference between neighbours so far */
    for (int s = 0; s < STEPS && h > 0.0; s++, h *= 0.125) {
        const place *at = choose(value, h, q->min, q->max);
        double sum = 0.0;
        for (int m = 0; m < POINTS; m++) {
            *p = value + (m - at->point) * h;
            sum += at->factor[m] * (f(&moved, with) - here);
        }
        sum /= 12.0 * h;
        if (s > 0 && fabs(sum - before) <= least) {
            least = fabs(sum - before);
            best = sum;
        }
        if (least == 0.0)
            break;
        before = sum;
    }
    return best;
}
