/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "calibrate/calibrate.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "calibrate/bound.h"
#include "calibrate/discrepancy.h"
#include "core/clock.h"
#include "core/memory.h"
#include "core/random.h"

const char *const xbar_role_name[XBAR_N_ROLES] = {"fit", "discrepancy", "held out"};

/* A quarter each for the discrepancy and the check; with fewer units than this neither
 * would say anything. */
enum { UNITS_TO_SPLIT = 8 };

/* Beyond this relative error the Jacobian alone is not believed. */
static const double poor_error = 0.3;

/* ---- what is free --------------------------------------------------------------------- */

xbar_status xbar_calibration_free(bool *is_free, const xbar_subject *s,
                                  const char *names, xbar_error *err)
{
    for (size_t k = 0; k < s->n_parameters; k++)
        is_free[k] = !names && s->parameters[k].is_usual;
    for (const char *at = names; at;) {
        char name[32] = "";
        const char *comma = strchr(at, ',');
        size_t length = comma ? (size_t)(comma - at) : strlen(at);
        memcpy(name, at, length < sizeof name ? length : sizeof name - 1);
        size_t k = xbar_subject_find(s, name);
        if (k == s->n_parameters || *name == '\0') {
            char known[700] = "";
            size_t used = 0;
            for (k = 0; k < s->n_parameters && used + 40 < sizeof known; k++) {
                memcpy(known + used, k > 0 ? ", " : "", k > 0 ? 2 : 0);
                used += k > 0 ? 2 : 0;
                size_t n = strlen(s->parameters[k].name);
                memcpy(known + used, s->parameters[k].name, n + 1);
                used += n;
            }
            return xbar_fail(
                err, XBAR_ERR_INPUT, "--free: %s has no parameter \"%s\": want %s",
                s->model, name, known[0] != '\0' ? known : "none: it has no constants");
        }
        if (is_free[k])
            return xbar_fail(err, XBAR_ERR_INPUT, "--free: %s is there twice", name);
        is_free[k] = true;
        at = comma ? comma + 1 : NULL;
    }
    return XBAR_OK;
}

/* ---- the split ------------------------------------------------------------------------ */

/* A shuffle by the seed: the first half is fitted, then the discrepancy's quarter. */
static xbar_status split(xbar_calibration *c, const xbar_subject *s, uint64_t seed,
                         xbar_error *err)
{
    const size_t n = s->n_units;
    void *memory = NULL;
    XBAR_TRY(xbar_array_new(&memory, n, sizeof *c->role, "roles", err));
    c->role = memory;
    c->is_split = n >= UNITS_TO_SPLIT;
    if (!c->is_split)
        return XBAR_OK;
    XBAR_TRY(xbar_array_new(&memory, n, sizeof(size_t), "roles", err));
    size_t *order = memory;
    for (size_t k = 0; k < n; k++)
        order[k] = k;
    for (size_t k = n - 1; k > 0; k--) {
        double u = xbar_uniform(seed, XBAR_STREAM_CALIBRATION, 1, (uint32_t)k);
        size_t other = (size_t)(u * (double)(k + 1));
        size_t kept = order[k];
        order[k] = order[other];
        order[other] = kept;
    }
    for (size_t k = 0; k < n; k++)
        c->role[order[k]] = k < n / 2           ? XBAR_ROLE_FIT
                            : k < n / 2 + n / 4 ? XBAR_ROLE_DISCREPANCY
                                                : XBAR_ROLE_HELD_OUT;
    free(order);
    return XBAR_OK;
}

/* ---- the fit -------------------------------------------------------------------------- */

/* What the residuals' function sees. */
typedef struct work {
    const xbar_subject *s;
    xbar_calibration *c;
    bool *is_wanted;  /* [n_units] */
    double *all;      /* [n_parameters] */
    double *y;        /* [n_data] */
    double *jacobian; /* [n_data][n_parameters] of the subject */
    double *weight;   /* [n_data] */
    xbar_fit_parameter parameters[XBAR_MAX_FREE];
} work;

static void work_clear(work *w)
{
    free(w->is_wanted);
    free(w->all);
    free(w->y);
    free(w->jacobian);
    free(w->weight);
}

static bool is_used(const xbar_subject *s, size_t n)
{
    return isfinite(s->noise[n]);
}

static xbar_status residuals(double *r, double *jacobian, const double *p,
                             const void *with, xbar_error *err)
{
    const work *w = with;
    const xbar_subject *s = w->s;
    const size_t m = w->c->n_free;
    for (size_t k = 0; k < m; k++)
        w->all[w->c->which[k]] = p[k];
    XBAR_TRY(s->predict(s, w->y, jacobian ? w->jacobian : NULL, w->all, w->c->is_free,
                        w->is_wanted, err));
    for (size_t n = 0; n < s->n_data; n++) {
        bool counts = is_used(s, n) && w->is_wanted[s->unit[n]];
        r[n] = counts ? w->y[n] - s->measured[n] : 0.0;
        for (size_t k = 0; jacobian && k < m; k++)
            jacobian[n * m + k] =
                counts ? w->jacobian[n * s->n_parameters + w->c->which[k]] : 0.0;
    }
    return XBAR_OK;
}

static xbar_status work_init(work *w, xbar_calibration *c, const xbar_subject *s,
                             xbar_error *err)
{
    void *memory = NULL;
    *w = (work){.s = s, .c = c};
    XBAR_TRY(xbar_array_new(&memory, s->n_units, sizeof *w->is_wanted, "units", err));
    w->is_wanted = memory;
    XBAR_TRY(xbar_doubles_new(&w->all, s->n_parameters, "parameters", err));
    XBAR_TRY(xbar_doubles_new(&w->y, s->n_data, "predictions", err));
    XBAR_TRY(xbar_doubles_new(&w->jacobian,
                              s->has_jacobian ? s->n_data * s->n_parameters : 0,
                              "Jacobian", err));
    XBAR_TRY(xbar_doubles_new(&w->weight, s->n_data, "weights", err));
    for (size_t k = 0; k < s->n_parameters; k++)
        w->all[k] = s->parameters[k].initial;
    for (size_t k = 0; k < c->n_free; k++) {
        const xbar_subject_parameter *p = &s->parameters[c->which[k]];
        w->parameters[k] = (xbar_fit_parameter){
            .name = p->name,
            .initial = p->initial,
            .min = p->min,
            .max = p->max,
            .from = p->from,
            .to = p->to,
            .is_log = p->is_log,
        };
    }
    return XBAR_OK;
}

static void want(work *w, bool everything)
{
    for (size_t k = 0; k < w->s->n_units; k++)
        w->is_wanted[k] = everything || w->c->role[k] == XBAR_ROLE_FIT;
    for (size_t n = 0; n < w->s->n_data; n++) {
        double a = w->s->noise[n];
        bool counts = is_used(w->s, n) && w->is_wanted[w->s->unit[n]];
        w->weight[n] = counts ? 1.0 / (a * a) : 0.0;
    }
}

static xbar_fit_problem problem_of(const work *w)
{
    return (xbar_fit_problem){
        .parameters = w->parameters,
        .n_parameters = w->c->n_free,
        .n_data = w->s->n_data,
        .weight = w->weight,
        .residuals = residuals,
        .has_jacobian = w->s->has_jacobian,
        .with = w,
    };
}

static void take_estimates(xbar_calibration *c, const xbar_subject *s)
{
    for (size_t k = 0; k < s->n_parameters; k++)
        c->value[k] = s->parameters[k].initial;
    for (size_t k = 0; k < c->n_free; k++) {
        c->value[c->which[k]] = c->fit.estimate[k];
        c->standard_error[c->which[k]] = c->fit.standard_error[k];
        for (size_t l = 0; l < c->n_free; l++)
            c->covariance[c->which[k] * s->n_parameters + c->which[l]] =
                c->fit.covariance[k * c->n_free + l];
    }
}

/* Intervals by profile where the Jacobian is poor. */
static xbar_status profiles(xbar_calibration *c, const work *w, double max_seconds,
                            xbar_error *err)
{
    const double end_s = xbar_clock_s() + max_seconds;
    const xbar_fit_problem problem = problem_of(w);
    for (size_t k = 0; k < c->n_free; k++) {
        double *at = c->profile + 2 * k;
        at[0] = at[1] = (double)NAN;
        double share = c->fit.standard_error[k] / fabs(c->fit.estimate[k]);
        /* an error without end is known already */
        if (!(share > poor_error && isfinite(share)) || c->n_free < 2 ||
            !c->fit.converged || !(c->fit.sigma > 0.0))
            continue;
        double left_s = max_seconds > 0.0 ? end_s - xbar_clock_s() : 0.0;
        if (left_s < 0.0)
            continue;
        XBAR_TRY(
            xbar_fit_profile(&at[0], &at[1], &problem, &c->fit, k, 0.9, left_s, err));
    }
    return XBAR_OK;
}

/* ---- predictions and what they are worth ---------------------------------------------- */

/* J C J^T of one datum. */
static double parameter_variance(const xbar_calibration *c, const double *row)
{
    double sum = 0.0;
    for (size_t k = 0; k < c->n_free; k++)
        for (size_t l = 0; l < c->n_free; l++)
            sum += row[k] * c->fit.covariance[k * c->n_free + l] * row[l];
    return fmax(sum, 0.0);
}

/* The Jacobian over all data at the estimate. */
static xbar_status whole_jacobian(double *jacobian, const work *w, xbar_error *err)
{
    const xbar_calibration *c = w->c;
    const xbar_fit_problem problem = problem_of(w);
    const size_t m = c->n_free;
    double *up = NULL;
    double *down = NULL;
    double p[XBAR_MAX_FREE];
    XBAR_TRY(xbar_doubles_new(&up, w->s->n_data, "predictions", err));
    xbar_status status = xbar_doubles_new(&down, w->s->n_data, "predictions", err);
    if (status == XBAR_OK && w->s->has_jacobian)
        status = residuals(up, jacobian, c->fit.estimate, w, err);
    for (size_t k = 0; k < m && !w->s->has_jacobian && status == XBAR_OK; k++) {
        memcpy(p, c->fit.estimate, m * sizeof *p);
        const double q = xbar_bound_inverse(&problem.parameters[k], p[k]);
        const double h = 6e-6 * fmax(fabs(q), 1e-2);
        const double above = xbar_bound_value(&problem.parameters[k], q + h, NULL);
        const double below = xbar_bound_value(&problem.parameters[k], q - h, NULL);
        p[k] = above;
        status = residuals(up, NULL, p, w, err);
        p[k] = below;
        if (status == XBAR_OK)
            status = residuals(down, NULL, p, w, err);
        for (size_t n = 0; n < w->s->n_data; n++) {
            double d = (up[n] - down[n]) / (above - below);
            jacobian[n * m + k] = isfinite(d) ? d : 0.0;
        }
    }
    free(down);
    free(up);
    return status;
}

static void count_errors(xbar_calibration *c, const xbar_subject *s)
{
    size_t n_covered[XBAR_N_ROLES] = {0};
    double squares[XBAR_N_ROLES] = {0.0};
    for (size_t k = 0; k < s->n_units; k++)
        c->errors[c->role[k]].n_units++;
    for (size_t n = 0; n < s->n_data; n++) {
        xbar_errors *e = &c->errors[c->role[s->unit[n]]];
        if (!is_used(s, n) || isnan(c->predicted[n]))
            continue;
        double error = fabs(c->predicted[n] - s->measured[n]);
        if (s->measured[n] != 0.0) {
            e->mean += error / fabs(s->measured[n]);
            e->worst = fmax(e->worst, error / fabs(s->measured[n]));
        }
        squares[c->role[s->unit[n]]] += error * error / (s->scale[n] * s->scale[n]);
        e->n_data++;
        n_covered[c->role[s->unit[n]]] +=
            error <= XBAR_NINETY_PERCENT * c->deviation[n];
    }
    for (int k = 0; k < XBAR_N_ROLES; k++) {
        xbar_errors *e = &c->errors[k];
        const double count = (double)e->n_data;
        e->covered = c->is_split ? (double)n_covered[k] / count : (double)NAN;
        e->mean /= count;
        e->rms = sqrt(squares[k] / count);
    }
}

static xbar_status find_discrepancy(xbar_calibration *c, const xbar_subject *s,
                                    xbar_error *err)
{
    void *memory = NULL;
    XBAR_TRY(
        xbar_array_new(&memory, s->n_data, sizeof(xbar_residual), "residuals", err));
    xbar_residual *r = memory;
    size_t n = 0;
    for (size_t k = 0; k < s->n_data; k++)
        if (c->role[s->unit[k]] == XBAR_ROLE_DISCREPANCY && is_used(s, k) &&
            !isnan(c->predicted[k]))
            r[n++] =
                (xbar_residual){c->predicted[k] - s->measured[k], s->scale[k],
                                c->predicted[k], c->deviation[k] * c->deviation[k]};
    if (n > 0)
        xbar_discrepancy_fit(c->discrepancy, r, n);
    free(r);
    return XBAR_OK;
}

static xbar_status predict_all(xbar_calibration *c, work *w, xbar_error *err)
{
    const xbar_subject *s = w->s;
    double *jacobian = NULL;
    want(w, true);
    memcpy(w->all, c->value, s->n_parameters * sizeof *w->all);
    XBAR_TRY(
        s->predict(s, c->predicted, NULL, c->value, c->is_free, w->is_wanted, err));
    XBAR_TRY(xbar_doubles_new(&jacobian, s->n_data * c->n_free, "Jacobian", err));
    xbar_status status = whole_jacobian(jacobian, w, err);
    for (size_t n = 0; n < s->n_data && status == XBAR_OK; n++)
        c->deviation[n] = sqrt(parameter_variance(c, jacobian + n * c->n_free));
    free(jacobian);
    XBAR_TRY(status);
    if (c->is_split)
        XBAR_TRY(find_discrepancy(c, s, err));
    for (size_t n = 0; n < s->n_data; n++)
        c->deviation[n] =
            hypot(c->deviation[n], hypot(c->discrepancy[0] * s->scale[n],
                                         c->discrepancy[1] * c->predicted[n]));
    count_errors(c, s);
    return XBAR_OK;
}

/* ---- all of it ------------------------------------------------------------------------ */

static xbar_status room(xbar_calibration *c, const xbar_subject *s, const char *names,
                        xbar_error *err)
{
    const size_t n = s->n_parameters;
    void *memory = NULL;
    *c = (xbar_calibration){.n_parameters = n};
    XBAR_TRY(xbar_array_new(&memory, n, sizeof *c->is_free, "parameters", err));
    c->is_free = memory;
    XBAR_TRY(xbar_array_new(&memory, n, sizeof *c->which, "parameters", err));
    c->which = memory;
    XBAR_TRY(xbar_calibration_free(c->is_free, s, names, err));
    for (size_t k = 0; k < n; k++)
        if (c->is_free[k])
            c->which[c->n_free++] = k;
    XBAR_TRY(xbar_doubles_new(&c->value, n, "parameters", err));
    XBAR_TRY(xbar_doubles_new(&c->standard_error, n, "parameters", err));
    XBAR_TRY(xbar_doubles_new(&c->covariance, n * n, "covariance", err));
    XBAR_TRY(xbar_doubles_new(&c->profile, 2 * c->n_free, "profiles", err));
    XBAR_TRY(xbar_doubles_new(&c->predicted, s->n_data, "predictions", err));
    return xbar_doubles_new(&c->deviation, s->n_data, "predictions", err);
}

xbar_status xbar_calibrate(xbar_calibration *out, const xbar_subject *s,
                           const xbar_calibration_options *options, xbar_error *err)
{
    const double start = xbar_clock_s();
    work w = {.s = s};
    xbar_status status = room(out, s, options->free, err);
    if (status == XBAR_OK && out->n_free > XBAR_MAX_FREE)
        status = xbar_fail(err, XBAR_ERR_INPUT, "%zu free parameters: want at most %d",
                           out->n_free, XBAR_MAX_FREE);
    if (status == XBAR_OK)
        status = split(out, s, options->seed, err);
    if (status == XBAR_OK)
        status = work_init(&w, out, s, err);
    if (status == XBAR_OK && out->n_free > 0) {
        want(&w, false);
        const xbar_fit_problem problem = problem_of(&w);
        status = xbar_fit(&out->fit, &problem, &options->fit, err);
    }
    if (status == XBAR_OK)
        take_estimates(out, s);
    if (status == XBAR_OK && out->n_free > 0)
        status = profiles(out, &w, options->fit.max_seconds, err);
    if (status == XBAR_OK)
        status = predict_all(out, &w, err);
    work_clear(&w);
    out->seconds = xbar_clock_s() - start;
    if (status != XBAR_OK)
        xbar_calibration_clear(out);
    return status;
}

void xbar_calibration_clear(xbar_calibration *c)
{
    free(c->value);
    free(c->standard_error);
    free(c->covariance);
    free(c->is_free);
    free(c->which);
    free(c->profile);
    free(c->role);
    free(c->predicted);
    free(c->deviation);
    xbar_fit_clear(&c->fit);
    *c = (xbar_calibration){0};
}
