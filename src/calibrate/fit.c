/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Starts, searches, reweighting, and the judgement at the end. */
#include "calibrate/fit.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <gsl/gsl_qrng.h>
#include <gsl/gsl_sort.h>
#include <gsl/gsl_statistics.h>

#include "calibrate/bound.h"
#include "calibrate/judge.h"
#include "calibrate/search.h"
#include "core/clock.h"
#include "core/memory.h"
#include "core/random.h"

const char *const xbar_loss_name[XBAR_N_LOSSES] = {"squares", "huber", "cauchy"};

/* Where a loss leaves the squares, in deviations: 95 % efficient on normal residuals
 * (Holland, Welsch, Commun. Stat. A 6:813, 1977). */
static const double loss_width[XBAR_N_LOSSES] = {0.0, 1.345, 2.385};

enum { MAX_REWEIGHTINGS = 50, POINTS_A_START = 16, MAX_ITERATIONS = 200 };

/* ---- the losses ----------------------------------------------------------------------- */

/* psi(u)/u for a residual of u deviations, and psi'(u). */
static double loss_weight(xbar_loss loss, double u, double *slope)
{
    const double c = loss_width[loss];
    if (loss == XBAR_LOSS_HUBER) {
        *slope = fabs(u) <= c;
        return fabs(u) <= c ? 1.0 : c / fabs(u);
    }
    if (loss == XBAR_LOSS_CAUCHY) {
        double e = 1.0 + (u / c) * (u / c);
        *slope = (1.0 - (u / c) * (u / c)) / (e * e);
        return 1.0 / e;
    }
    *slope = 1.0;
    return 1.0;
}

/* The deviation of the weighted residuals by their median, which outliers do not move. */
static double robust_sigma(const xbar_fit_problem *p, const double *r,
                           const double *weight, double *scratch)
{
    if (p->is_absolute)
        return 1.0;
    size_t n = 0;
    for (size_t k = 0; k < p->n_data; k++)
        if (weight[k] > 0.0)
            scratch[n++] = fabs(r[k]) * sqrt(weight[k]);
    gsl_sort(scratch, 1, n);
    double median = n > 0 ? gsl_stats_median_from_sorted_data(scratch, 1, n) : 0.0;
    /* the median of abs(z) is 0.6745; degrees of freedom as for squares */
    double rest = (double)n / fmax(1.0, (double)n - (double)p->n_parameters);
    return median / 0.674489750196082 * sqrt(rest);
}

/* ---- one fit -------------------------------------------------------------------------- */

typedef struct fit {
    const xbar_fit_problem *p;
    xbar_fit_options o;
    double *own;    /* [n_data], the problem's weights */
    double *weight; /* [n_data], with the loss's */
    double *scratch;
    double sigma; /* that the loss counts in */
    xbar_search s;
    xbar_fit_result *out;
} fit;

static xbar_status fit_init(fit *f, xbar_fit_result *out, const xbar_fit_problem *p,
                            const xbar_fit_options *o, xbar_error *err)
{
    *f = (fit){.p = p, .out = out};
    if (o)
        f->o = *o;
    const size_t n = p->n_data;
    const size_t m = p->n_parameters;
    *out = (xbar_fit_result){.n_parameters = m, .n_data = n};
    XBAR_TRY(xbar_doubles_new(&f->own, n, "weights", err));
    XBAR_TRY(xbar_doubles_new(&f->weight, n, "weights", err));
    XBAR_TRY(xbar_doubles_new(&f->scratch, n, "weights", err));
    XBAR_TRY(xbar_doubles_new(&out->estimate, m, "estimates", err));
    XBAR_TRY(xbar_doubles_new(&out->standard_error, m, "estimates", err));
    XBAR_TRY(xbar_doubles_new(&out->covariance, m * m, "covariance", err));
    XBAR_TRY(xbar_doubles_new(&out->residual, n, "residuals", err));
    XBAR_TRY(xbar_doubles_new(&out->jacobian, n * m, "Jacobian", err));
    XBAR_TRY(xbar_doubles_new(&out->robust_weight, n, "weights", err));
    void *memory = NULL;
    XBAR_TRY(xbar_array_new(&memory, m, sizeof *out->directions, "directions", err));
    out->directions = memory;
    for (size_t k = 0; k < n; k++) {
        f->own[k] = f->weight[k] = p->weight ? p->weight[k] : 1.0;
        out->robust_weight[k] = 1.0;
    }
    f->s = (xbar_search){
        .problem = p,
        .weight = f->weight,
        .max_iterations = f->o.max_iterations ? f->o.max_iterations : MAX_ITERATIONS,
        .deadline_s = f->o.max_seconds > 0.0 ? xbar_clock_s() + f->o.max_seconds
                                             : (double)INFINITY,
        .tolerance = f->o.tolerance > 0.0 ? f->o.tolerance : 1e-10,
        .cost_tolerance = f->o.cost_tolerance > 0.0 ? f->o.cost_tolerance : 1e-15,
    };
    return XBAR_OK;
}

static void fit_done(fit *f)
{
    free(f->own);
    free(f->weight);
    free(f->scratch);
}

/* Weights from residuals, a fit, and again until the estimates stand. */
static xbar_status reweigh(fit *f, double *p, xbar_error *err)
{
    const size_t m = f->p->n_parameters;
    double before[XBAR_MAX_FREE];
    for (size_t round = 0; round < MAX_REWEIGHTINGS; round++) {
        if (xbar_search_is_late(&f->s))
            break;
        double cost = 0.0;
        XBAR_TRY(xbar_search_cost(&cost, &f->s, p, f->out->residual, err));
        f->sigma = robust_sigma(f->p, f->out->residual, f->own, f->scratch);
        for (size_t k = 0; k < f->p->n_data && f->sigma > 0.0; k++) {
            double slope = 0.0;
            double u = f->out->residual[k] * sqrt(f->own[k]) / f->sigma;
            f->out->robust_weight[k] = loss_weight(f->o.loss, u, &slope);
            f->weight[k] = f->own[k] * f->out->robust_weight[k];
        }
        memcpy(before, p, m * sizeof *p);
        XBAR_TRY(xbar_search_run(&f->s, p, err));
        bool stands = true;
        for (size_t j = 0; j < m; j++)
            stands = stands && fabs(p[j] - before[j]) <= 1e-8 * fabs(p[j]);
        if (stands)
            return XBAR_OK;
    }
    f->s.converged = false;
    return XBAR_OK;
}

/* ---- several starts ------------------------------------------------------------------- */

static double place(const xbar_fit_parameter *o, double share)
{
    if (!(o->to > o->from))
        return o->initial;
    if (o->is_log && o->from * o->to > 0.0)
        return o->from * pow(o->to / o->from, share);
    return o->from + (o->to - o->from) * share;
}

/* Many points of a shifted Sobol sequence, of which the least costly are kept.
 * @param[out] starts  [n_starts][n_parameters]; @return in *n how many have an answer */
static xbar_status design(fit *f, double *starts, size_t *n, xbar_error *err)
{
    const size_t m = f->p->n_parameters;
    double cost[256];
    double at[XBAR_MAX_FREE];
    double u[XBAR_MAX_FREE];
    *n = 0;
    gsl_qrng *sequence = gsl_qrng_alloc(gsl_qrng_sobol, (unsigned)m);
    if (!sequence)
        return xbar_fail(err, XBAR_ERR_MEMORY, "no memory for a design");
    xbar_status status = XBAR_OK;
    for (size_t k = 0; k < POINTS_A_START * f->o.n_starts && status == XBAR_OK; k++) {
        if (xbar_search_is_late(&f->s))
            break;
        double c = 0.0;
        gsl_qrng_get(sequence, u);
        for (size_t j = 0; j < m; j++) {
            double shift =
                xbar_uniform(f->o.seed, XBAR_STREAM_CALIBRATION, 0, (uint32_t)j);
            at[j] = place(&f->p->parameters[j], fmod(u[j] + shift, 1.0));
            if (!xbar_bound_holds(&f->p->parameters[j], at[j]))
                at[j] = f->p->parameters[j].initial;
        }
        status = xbar_search_cost(&c, &f->s, at, f->out->residual, err);
        if (status != XBAR_OK || !isfinite(c))
            continue;
        size_t to = *n < f->o.n_starts ? (*n)++ : f->o.n_starts;
        while (to > 0 && cost[to - 1] > c) {
            if (to < f->o.n_starts) {
                cost[to] = cost[to - 1];
                memcpy(starts + to * m, starts + (to - 1) * m, m * sizeof *starts);
            }
            to--;
        }
        if (to < f->o.n_starts) {
            cost[to] = c;
            memcpy(starts + to * m, at, m * sizeof *starts);
        }
    }
    gsl_qrng_free(sequence);
    return status;
}

/* Follows every start; the least costly end is the estimate. */
static xbar_status follow(fit *f, const double *starts, size_t n, xbar_error *err)
{
    const size_t m = f->p->n_parameters;
    double p[XBAR_MAX_FREE];
    xbar_search best = f->s;
    for (size_t k = 0; k < n && !xbar_search_is_late(&f->s); k++) {
        memcpy(p, starts + k * m, m * sizeof *p);
        XBAR_TRY(xbar_search_run(&f->s, p, err));
        /* a hair better is the same minimum, and the first has the say */
        if (f->s.cost < best.cost * (1.0 - 1e-9)) {
            best = f->s;
            memcpy(f->out->estimate, p, m * sizeof *p);
        }
    }
    best.n_calls = f->s.n_calls;
    best.n_iterations = f->s.n_iterations;
    f->s = best;
    return XBAR_OK;
}

static xbar_status run_all(fit *f, xbar_error *err)
{
    const size_t m = f->p->n_parameters;
    double *starts = NULL;
    size_t n = 0;
    xbar_status status = XBAR_OK;
    if (f->o.n_starts > 0) {
        status = xbar_doubles_new(&starts, f->o.n_starts * m, "starts", err);
        if (status == XBAR_OK)
            status = design(f, starts, &n, err);
    }
    for (size_t j = 0; j < m; j++)
        f->out->estimate[j] = f->p->parameters[j].initial;
    if (status == XBAR_OK)
        status = xbar_search_run(&f->s, f->out->estimate, err);
    if (status == XBAR_ERR_INPUT &&
        n > 0) { /* no answer at `initial`: the design's best */
        memcpy(f->out->estimate, starts, m * sizeof *starts);
        status = xbar_search_run(&f->s, f->out->estimate, err);
    }
    if (status == XBAR_OK)
        status = follow(f, starts, n, err);
    if (status == XBAR_OK && f->o.loss != XBAR_LOSS_SQUARES)
        status = reweigh(f, f->out->estimate, err);
    free(starts);
    return status;
}

/* ---- the end -------------------------------------------------------------------------- */

/* sigma, and what (J^T W J)^-1 is multiplied by. For a loss psi on normal residuals that
 * is sigma^2 mean(psi^2) / mean(psi')^2 (Huber, Robust Statistics, 1981, section 7.6). */
static double scale_of(fit *f)
{
    double square = 0.0;
    double psi2 = 0.0;
    double slopes = 0.0;
    size_t n = 0;
    for (size_t k = 0; k < f->p->n_data; k++) {
        double r2 = f->own[k] * f->out->residual[k] * f->out->residual[k];
        double u = f->sigma > 0.0 ? sqrt(r2) / f->sigma : 0.0;
        double slope = 0.0;
        double psi = u * loss_weight(f->o.loss, u, &slope);
        square += r2;
        psi2 += psi * psi;
        slopes += slope;
        n += f->own[k] > 0.0;
    }
    double freedom = fmax(1.0, (double)n - (double)f->p->n_parameters);
    if (f->o.loss == XBAR_LOSS_SQUARES) {
        f->out->sigma = f->p->is_absolute ? 1.0 : sqrt(square / freedom);
        return f->out->sigma * f->out->sigma;
    }
    f->out->sigma = f->sigma;
    double mean_slope = slopes / (double)n;
    return f->sigma * f->sigma * (psi2 / freedom) / (mean_slope * mean_slope);
}

static xbar_status finish(fit *f, xbar_error *err)
{
    xbar_fit_result *r = f->out;
    XBAR_TRY(xbar_search_cost(&r->cost, &f->s, r->estimate, r->residual, err));
    XBAR_TRY(xbar_search_jacobian(r->jacobian, &f->s, r->estimate, err));
    r->converged = f->s.converged;
    r->n_calls = f->s.n_calls;
    r->n_iterations = f->s.n_iterations;
    r->method = f->s.method ? f->s.method : "";
    for (size_t k = 0; k < r->n_data; k++)
        r->robust_weight[k] = f->own[k] > 0.0 ? f->weight[k] / f->own[k] : 1.0;
    return xbar_judge(r, f->p, f->own, scale_of(f), err);
}

static xbar_status check(const xbar_fit_problem *p, const xbar_fit_options *o,
                         xbar_error *err)
{
    if (p->n_parameters < 1 || p->n_parameters > XBAR_MAX_FREE)
        return xbar_fail(err, XBAR_ERR_INPUT,
                         "%zu free parameters: want 1 to %d of them", p->n_parameters,
                         XBAR_MAX_FREE);
    if (p->n_data < p->n_parameters)
        return xbar_fail(err, XBAR_ERR_INPUT,
                         "%zu data for %zu free parameters: want at least as many",
                         p->n_data, p->n_parameters);
    if (o && o->n_starts > 256)
        return xbar_fail(err, XBAR_ERR_INPUT, "%zu starts: want at most 256",
                         o->n_starts);
    for (size_t j = 0; j < p->n_parameters; j++) {
        const xbar_fit_parameter *q = &p->parameters[j];
        if (!xbar_bound_holds(q, q->initial))
            return xbar_fail(err, XBAR_ERR_INPUT, "%s begins at %g: want %g to %g",
                             q->name, q->initial, q->min, q->max);
    }
    return XBAR_OK;
}

xbar_status xbar_fit(xbar_fit_result *out, const xbar_fit_problem *p,
                     const xbar_fit_options *options, xbar_error *err)
{
    *out = (xbar_fit_result){0};
    XBAR_TRY(check(p, options, err));
    fit f;
    xbar_status status = fit_init(&f, out, p, options, err);
    if (status == XBAR_OK)
        status = run_all(&f, err);
    if (status == XBAR_OK)
        status = finish(&f, err);
    fit_done(&f);
    if (status != XBAR_OK)
        xbar_fit_clear(out);
    return status;
}

void xbar_fit_clear(xbar_fit_result *r)
{
    free(r->estimate);
    free(r->standard_error);
    free(r->covariance);
    free(r->residual);
    free(r->jacobian);
    free(r->robust_weight);
    for (size_t k = 0; k < r->n_directions; k++)
        free(r->directions[k].share);
    free(r->directions);
    *r = (xbar_fit_result){0};
}
