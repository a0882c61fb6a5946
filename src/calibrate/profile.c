/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Profile likelihood (Venzon, Moolgavkar, Appl. Stat. 37:87, 1988): the cost with one
 * parameter held, minimised over the others, until it has risen by sigma^2 chi^2_1. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <gsl/gsl_cdf.h>

#include "calibrate/bound.h"
#include "calibrate/fit.h"
#include "core/clock.h"
#include "core/memory.h"

enum { N_DOUBLINGS = 20, N_TRIES = 60 };

/* To what share of its distance from the estimate an end is found. */
#define END_SHARE (1.0 / 256.0)

/* The problem without one parameter. */
typedef struct held {
    const xbar_fit_problem *whole;
    size_t which;
    double value;
    xbar_fit_parameter parameters[XBAR_MAX_FREE];
    double last[XBAR_MAX_FREE]; /* where the others stand: the next start */
    double deadline_s;
    double *jacobian; /* [n_data][n_parameters] of the whole; NULL: none */
} held;

static void fill_in(double *p, const held *h, const double *others)
{
    for (size_t j = 0, k = 0; j < h->whole->n_parameters; j++)
        p[j] = j == h->which ? h->value : others[k++];
}

static xbar_status held_residuals(double *r, double *jacobian, const double *p,
                                  const void *with, xbar_error *err)
{
    const held *h = with;
    const size_t n = h->whole->n_parameters;
    double all[XBAR_MAX_FREE];
    fill_in(all, h, p);
    XBAR_TRY(h->whole->residuals(r, jacobian ? h->jacobian : NULL, all, h->whole->with,
                                 err));
    for (size_t k = 0; jacobian && k < h->whole->n_data; k++)
        for (size_t j = 0, to = 0; j < n; j++)
            if (j != h->which)
                jacobian[k * (n - 1) + to++] = h->jacobian[k * n + j];
    return XBAR_OK;
}

/* The least cost with the parameter at h->value. */
static xbar_status held_cost(double *cost, held *h, xbar_error *err)
{
    const size_t n = h->whole->n_parameters - 1;
    xbar_fit_problem rest = *h->whole;
    for (size_t k = 0; k < n; k++)
        h->parameters[k].initial = h->last[k];
    rest.parameters = h->parameters;
    rest.n_parameters = n;
    rest.residuals = held_residuals;
    rest.with = h;
    const xbar_fit_options options = {
        .max_iterations = 20, .tolerance = 1e-6, .cost_tolerance = 1e-6};
    xbar_fit_result r;
    XBAR_TRY(xbar_fit(&r, &rest, &options, err));
    *cost = r.cost;
    const xbar_fit_parameter *own = &h->whole->parameters[h->which];
    if (own->prior_deviation > 0.0) {
        double off = (h->value - own->prior_mean) / own->prior_deviation;
        *cost += off * off;
    }
    memcpy(h->last, r.estimate, n * sizeof *h->last);
    xbar_fit_clear(&r);
    return XBAR_OK;
}

/* Whether the cost at q, the others sought from where they stood at the last place that
 * was inside, is within the limit; there the others are kept. Where the model has no answer
 * it is not. */
static xbar_status is_within(bool *within, held *h, double q, double limit,
                             xbar_error *err)
{
    double kept[XBAR_MAX_FREE];
    double cost = (double)INFINITY;
    memcpy(kept, h->last, sizeof kept);
    h->value = xbar_bound_value(&h->whole->parameters[h->which], q, NULL);
    xbar_error why = {0};
    const xbar_status status = held_cost(&cost, h, &why);
    if (status != XBAR_OK && status != XBAR_ERR_INPUT)
        return xbar_fail(err, status, "%s", why.text);
    *within = status == XBAR_OK && cost <= limit;
    if (!*within)
        memcpy(h->last, kept, sizeof kept);
    return XBAR_OK;
}

/* From the estimate outwards, in q, each step begun where the others ended in the last:
 * steps double until one goes too far, then halve. An end is believed when it is seen from
 * close by as well: in a bent valley of the cost the others lose their way in a large step
 * and not in a small one, and the way goes on. */
static xbar_status one_side(double *end, held *h, const xbar_fit_result *r, double step,
                            double limit, xbar_error *err)
{
    const xbar_fit_parameter *own = &h->whole->parameters[h->which];
    const double start = xbar_bound_inverse(own, r->estimate[h->which]);
    const double bound = step > 0.0 ? own->max : own->min;
    double inside = start;
    double outside = start;
    bool has_end = false, is_seen_close = false;
    size_t n_doublings = 0; /* in a row */
    for (size_t k = 0, n = 0; k < h->whole->n_parameters; k++)
        if (k != h->which)
            h->last[n++] = r->estimate[k];
    size_t n_tries = 0;
    for (; n_tries < N_TRIES && xbar_clock_s() < h->deadline_s; n_tries++) {
        bool within = false;
        if (has_end && fabs(outside - inside) <= END_SHARE * fabs(outside - start)) {
            if (is_seen_close)
                break;
            step = outside - inside;
            is_seen_close = true;
        } else if (has_end) {
            step = 0.5 * (outside - inside);
            is_seen_close = false;
        } else {
            step *= 2.0;
            if (++n_doublings > N_DOUBLINGS)
                break;
        }
        const double q = inside + step;
        if (q == inside || !xbar_bound_holds(own, xbar_bound_value(own, q, NULL)))
            break;
        XBAR_TRY(is_within(&within, h, q, limit, err));
        if (within) {
            has_end = has_end && !is_seen_close;
            inside = q;
        } else {
            has_end = true;
            n_doublings = 0;
            outside = q;
        }
    }
    /* nothing beside the estimate could be judged, or the way has not been gone to its end */
    if ((has_end && inside == start) || (!has_end && n_tries == N_TRIES))
        *end = (double)NAN;
    else
        *end = has_end ? xbar_bound_value(own, inside, NULL) : bound;
    return XBAR_OK;
}

xbar_status xbar_fit_profile(double *low, double *high, const xbar_fit_problem *p,
                             const xbar_fit_result *r, size_t parameter, double level,
                             double max_seconds, xbar_error *err)
{
    held h = {.whole = p, .which = parameter};
    h.deadline_s = max_seconds > 0.0 ? xbar_clock_s() + max_seconds : (double)INFINITY;
    const double limit = r->cost + r->sigma * r->sigma * gsl_cdf_chisq_Pinv(level, 1.0);
    for (size_t j = 0, k = 0; j < p->n_parameters; j++)
        if (j != parameter)
            h.parameters[k++] = p->parameters[j];
    if (p->n_parameters < 2)
        return xbar_fail(err, XBAR_ERR_INPUT, "a profile wants two parameters or more");
    double slope = 1.0;
    const xbar_fit_parameter *own = &p->parameters[parameter];
    double q = xbar_bound_inverse(own, r->estimate[parameter]);
    (void)xbar_bound_value(own, q, &slope);
    double step = 0.25 * r->standard_error[parameter] / fabs(slope);
    if (!(step > 1e-6 && step < 1.0)) /* in q; of a bounded one 1 is much */
        step = isfinite(own->min) || isfinite(own->max) ? 0.05
                                                        : fmax(0.05 * fabs(q), 1e-6);
    xbar_status status = XBAR_OK;
    if (p->has_jacobian)
        status =
            xbar_doubles_new(&h.jacobian, p->n_data * p->n_parameters, "Jacobian", err);
    if (status == XBAR_OK)
        status = one_side(high, &h, r, step, limit, err);
    if (status == XBAR_OK)
        status = one_side(low, &h, r, -step, limit, err);
    free(h.jacobian);
    XBAR_TRY(status);
    if (xbar_clock_s() > h.deadline_s || isnan(*low) || isnan(*high))
        *low = *high = (double)NAN;
    if (*low > *high) { /* p falls with q */
        double other = *low;
        *low = *high;
        *high = other;
    }
    return XBAR_OK;
}
