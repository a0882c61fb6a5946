/* SPDX-License-Identifier: GPL-3.0-or-later */
/* F(u) = i_lower(u) - i_upper(v - u) rises and changes sign between u = 0 and u = v, so a
 * bracket is at hand from the beginning. Newton alone would creep: on an exponential it
 * moves by one decay length a step. */
#include "device/series.h"

#include <float.h>
#include <math.h>
#include <stdbool.h>

enum { MAX_STEPS = 200 }; /* halvings of any voltage down to rounding, and some */

double xbar_series_slope(double g_upper, double g_lower)
{
    double sum = g_upper + g_lower;
    if (!(sum > 0.0))
        return 0.0;
    /* the larger one divides: no product of two large slopes overflows */
    return g_upper > g_lower ? g_lower * (g_upper / sum) : g_upper * (g_lower / sum);
}

/* What one cell's search knows. */
typedef struct search {
    double low, high; /* F(low) <= 0 <= F(high) */
    double last;      /* size of the last step */
    bool done;
} search;

/* One step of the search; u is moved. */
static void advance(search *s, double *u, double f, double slope, double v)
{
    if (f < 0.0)
        s->low = *u;
    else
        s->high = *u;
    double next = slope > 0.0 ? *u - f / slope : (double)NAN;
    bool good = next > s->low && next < s->high && fabs(next - *u) <= 0.5 * s->last;
    double middle = s->low + 0.5 * (s->high - s->low);
    if (!good) {
        /* Newton's own last word, where its step is below what u resolves, or what it was
         * made of: behind a step as small as this a next one would be next to nothing,
         * were it not for the rounding of a branch's end, whose potential may be far more
         * than u. To halve a bracket then would lead away from here, and take 50 steps. */
        static const double settled = 1e-9;
        if (next == *u || f == 0.0 ||
            s->last <= settled * fmin(fabs(*u), fabs(v - *u))) {
            s->done = true;
            return;
        }
        next = middle;
    }
    s->last = fabs(next - *u);
    s->done = s->last <= DBL_EPSILON * fmin(fabs(next), fabs(v - next));
    if (next == *u || !(s->high - s->low > 0.0) || middle <= s->low ||
        middle >= s->high)
        s->done = true;
    *u = next;
}

double xbar_series_resistor(double v, double ohm,
                            xbar_curve (*f)(double u, const void *with),
                            const void *with)
{
    if (ohm == 0.0 || v == 0.0)
        return v;
    search s = {fmin(v, 0.0), fmax(v, 0.0), fabs(v), false};
    xbar_curve i = f(0.0, with);
    double u = v / (1.0 + ohm * i.dy);
    for (int step = 0; step < MAX_STEPS && !s.done; step++) {
        i = f(u, with);
        /* in amperes, so that no term overflows where f does not */
        advance(&s, &u, i.y - (v - u) / ohm, i.dy + 1.0 / ohm, v);
    }
    return u;
}

void xbar_series_solve(const xbar_series *s, size_t n, double *u, double *i,
                       double *g_upper, double *g_lower, const double *v)
{
    search state[XBAR_SERIES_BLOCK];
    double v_upper[XBAR_SERIES_BLOCK];
    double i_upper[XBAR_SERIES_BLOCK];
    double zero[XBAR_SERIES_BLOCK] = {0.0};
    s->upper(s->with_upper, n, i_upper, g_upper, zero);
    s->lower(s->with_lower, n, i, g_lower, zero);
    for (size_t k = 0; k < n; k++) {
        state[k] = (search){fmin(v[k], 0.0), fmax(v[k], 0.0), fabs(v[k]), v[k] == 0.0};
        double sum = g_upper[k] + g_lower[k];
        u[k] = sum > 0.0 ? v[k] * (g_upper[k] / sum) : 0.5 * v[k];
    }
    bool all_done = false;
    for (int step = 0; step <= MAX_STEPS; step++) {
        for (size_t k = 0; k < n; k++)
            v_upper[k] = v[k] - u[k];
        s->upper(s->with_upper, n, i_upper, g_upper, v_upper);
        s->lower(s->with_lower, n, i, g_lower, u);
        if (all_done)
            break;
        all_done = true;
        for (size_t k = 0; k < n; k++) {
            if (!state[k].done)
                advance(&state[k], &u[k], i[k] - i_upper[k], g_upper[k] + g_lower[k],
                        v[k]);
            all_done = all_done && state[k].done;
        }
    }
    /* The branch with the larger voltage knows it to more digits. */
    for (size_t k = 0; k < n; k++)
        if (fabs(v_upper[k]) > fabs(u[k]))
            i[k] = i_upper[k];
}
