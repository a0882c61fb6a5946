/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "calibrate/calibrate.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "calibrate/bound.h"
#include "calibrate/cover.h"
#include "calibrate/discrepancy.h"
#include "core/clock.h"
#include "core/memory.h"

/* A parameter that is unknown by this many times itself is not fitted; nor is one that
 * alone makes up so much of a direction without a trace. */
static const double hopeless = 10.0;
static const double alone = 0.99;

/* Beyond this relative error the Jacobian alone is not believed. */
static const double poor_error = 0.3;

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

/* What is free goes into the fit, the rest stands at its start. */
static void take_free(work *w)
{
    const xbar_subject *s = w->s;
    for (size_t k = 0; k < s->n_parameters; k++)
        w->all[k] = s->parameters[k].initial;
    for (size_t k = 0; k < w->c->n_free; k++) {
        const xbar_subject_parameter *p = &s->parameters[w->c->which[k]];
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
    take_free(w);
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
        .rounding = w->s->rounding,
        .with = w,
    };
}

/* ---- what the data cannot tell -------------------------------------------------------- */

/* By how many times its own size a parameter is unknown: where it leaves no trace alone,
 * or beside others none that counts. A pair of which only the sum is known is not meant:
 * the two are named together. */
static double ignorance(const xbar_calibration *c, const xbar_subject *s, size_t k)
{
    const xbar_fit_result *f = &c->fit;
    for (size_t n = 0; n < f->n_directions; n++)
        if (fabs(f->directions[n].share[k]) > alone)
            return (double)INFINITY;
    const xbar_subject_parameter *p = &s->parameters[c->which[k]];
    const double at = f->estimate[k];
    /* one of those that are known together only, and run away as far as it may */
    if (isinf(f->standard_error[k]) && (fabs(at - p->min) < 1e-3 * fabs(p->min) ||
                                        fabs(at - p->max) < 1e-3 * fabs(p->max)))
        return (double)INFINITY;
    const double size = fmax(fabs(at), fabs(p->initial));
    return isinf(f->standard_error[k]) ? 0.0 : f->standard_error[k] / size;
}

/* Stays at its start from now on. */
static void hold(xbar_calibration *c, size_t k)
{
    c->is_free[c->which[k]] = false;
    c->is_held[c->which[k]] = true;
    c->n_free--;
    c->n_held++;
    memmove(c->which + k, c->which + k + 1, (c->n_free - k) * sizeof *c->which);
}

/* Holds all that leave no trace, else the one of which least is known: without it others
 * may be known well. @return was there any? */
static bool hold_some(work *w)
{
    xbar_calibration *c = w->c;
    double times[XBAR_MAX_FREE] = {0.0};
    size_t worst = 0;
    for (size_t k = 0; k < c->n_free; k++) {
        times[k] = ignorance(c, w->s, k);
        worst = times[k] > times[worst] ? k : worst;
    }
    const double most = times[worst];
    if (!(most > hopeless))
        return false;
    for (size_t k = c->n_free; k-- > 0;)
        if (isinf(most) ? isinf(times[k]) : k == worst)
            hold(c, k);
    take_free(w);
    return true;
}

/* Fits, and again without what the data turn out not to tell. */
static xbar_status fit_free(work *w, const xbar_fit_options *o, xbar_error *err)
{
    const double start_s = xbar_clock_s();
    xbar_fit_options left = *o;
    want(w, false);
    for (;;) {
        const xbar_fit_problem problem = problem_of(w);
        XBAR_TRY(xbar_fit(&w->c->fit, &problem, &left, err));
        left.max_seconds = o->max_seconds - (xbar_clock_s() - start_s);
        if (o->max_seconds > 0.0 && !(left.max_seconds > 0.0))
            return XBAR_OK; /* what has been found stands */
        if (o->max_seconds <= 0.0)
            left.max_seconds = 0.0;
        if (!hold_some(w))
            return XBAR_OK;
        xbar_fit_clear(&w->c->fit);
        if (w->c->n_free == 0)
            return xbar_fail(err, XBAR_ERR_INPUT,
                             "%s: the data tell none of its free parameters",
                             w->s->model);
    }
}

static void take_estimates(xbar_calibration *c, const xbar_subject *s)
{
    for (size_t k = 0; k < s->n_parameters; k++)
        c->value[k] = s->parameters[k].initial;
    for (size_t k = 0; k < s->n_parameters; k++)
        c->standard_error[k] = c->is_held[k] ? (double)INFINITY : 0.0;
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
        const double h = xbar_fit_step(problem.rounding) * fmax(fabs(q), 1e-2);
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

/* The model's own error, and how often intervals with it hold (cover.h).
 * c->deviation is the parameters' share. */
static xbar_status find_discrepancy(xbar_calibration *c, const work *w,
                                    const double *jacobian, xbar_error *err)
{
    const xbar_subject *s = w->s;
    double *residual = NULL;
    double *weight = NULL;
    xbar_status status = xbar_doubles_new(&residual, s->n_data, "residuals", err);
    if (status == XBAR_OK)
        status = xbar_doubles_new(&weight, s->n_data, "weights", err);
    for (size_t n = 0; n < s->n_data && status == XBAR_OK; n++) {
        residual[n] = c->predicted[n] - s->measured[n];
        weight[n] = w->weight[n] * (c->n_free > 0 ? c->fit.robust_weight[n] : 1.0);
    }
    const xbar_cover cover = {.n_data = s->n_data,
                              .n_units = s->n_units,
                              .n_free = c->n_free,
                              .residual = residual,
                              .predicted = c->predicted,
                              .scale = s->scale,
                              .deviation = c->deviation,
                              .jacobian = jacobian,
                              .weight = weight,
                              .unit = s->unit,
                              .quarter = c->quarter,
                              .swell = s->swell};
    if (status == XBAR_OK)
        status = xbar_cover_discrepancy(c->discrepancy, &c->swell, &cover, err);
    if (status == XBAR_OK)
        status = xbar_cover_measure(&c->covered, &cover, err);
    free(weight);
    free(residual);
    return status;
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
    c->covered = (double)NAN;
    if (status == XBAR_OK && c->is_split)
        status = find_discrepancy(c, w, jacobian, err);
    free(jacobian);
    XBAR_TRY(status);
    for (size_t n = 0; n < s->n_data; n++) {
        const double factor =
            s->swell ? xbar_swell_factor(&c->swell, s->swell + n * XBAR_N_SWELL) : 1.0;
        const double own =
            hypot(c->discrepancy[0] * s->scale[n], c->discrepancy[1] * c->predicted[n]);
        c->deviation[n] = hypot(c->deviation[n], factor * own);
    }
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
    XBAR_TRY(xbar_array_new(&memory, n, sizeof *c->is_held, "parameters", err));
    c->is_held = memory;
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
        status = xbar_calibration_split(out, s, options->seed, err);
    if (status == XBAR_OK)
        status = work_init(&w, out, s, err);
    if (status == XBAR_OK && out->n_free > 0)
        status = fit_free(&w, &options->fit, err);
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
    free(c->is_held);
    free(c->which);
    free(c->profile);
    free(c->role);
    free(c->quarter);
    free(c->predicted);
    free(c->deviation);
    xbar_fit_clear(&c->fit);
    *c = (xbar_calibration){0};
}
