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

enum { N_DOUBLINGS = 20, N_HALVINGS = 8 };

/* The problem without one parameter. */
typedef struct held {
    const xbar_fit_problem *whole;
    size_t which;
    double value;
    xbar_fit_parameter parameters[XBAR_MAX_FREE];
    double last[XBAR_MAX_FREE]; /* where the others stood: the next start */
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

/* From the estimate outwards, doubling, then halving, in q. */
static xbar_status one_side(double *end, held *h, const xbar_fit_result *r, double step,
                            double limit, xbar_error *err)
{
    const xbar_fit_parameter *own = &h->whole->parameters[h->which];
    const double start = xbar_bound_inverse(own, r->estimate[h->which]);
    double inside = start;
    double outside = start;
    double cost = 0.0;
    for (size_t k = 0, n = 0; k < h->whole->n_parameters; k++)
        if (k != h->which)
            h->last[n++] = r->estimate[k];
    for (size_t k = 0; k < N_DOUBLINGS && xbar_clock_s() < h->deadline_s;
         k++, step *= 2.0) {
        outside = start + step;
        h->value = xbar_bound_value(own, outside, NULL);
        if (!xbar_bound_holds(own, h->value)) {
            *end = step > 0.0 ? own->max : own->min;
            return XBAR_OK;
        }
        XBAR_TRY(held_cost(&cost, h, err));
        if (cost > limit)
            break;
        inside = outside;
    }
    if (cost <= limit) {
        *end = step > 0.0 ? own->max : own->min;
        return XBAR_OK;
    }
    for (size_t k = 0; k < N_HALVINGS && xbar_clock_s() < h->deadline_s; k++) {
        if (fabs(outside - inside) <= 1e-3 * fabs(outside - start))
            break;
        double middle = 0.5 * (inside + outside);
        h->value = xbar_bound_value(own, middle, NULL);
        XBAR_TRY(held_cost(&cost, h, err));
        if (cost > limit)
            outside = middle;
        else
            inside = middle;
    }
    *end = xbar_bound_value(own, inside, NULL);
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
    double step = 0.5 * r->standard_error[parameter] / fabs(slope);
    if (!(step > 1e-6 && step < 1.0)) /* in q; of a bounded one 1 is much */
        step =
            isfinite(own->min) || isfinite(own->max) ? 0.1 : fmax(0.1 * fabs(q), 1e-6);
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
    if (xbar_clock_s() > h.deadline_s)
        *low = *high = (double)NAN;
    if (*low > *high) { /* p falls with q */
        double other = *low;
        *low = *high;
        *high = other;
    }
    return XBAR_OK;
}
