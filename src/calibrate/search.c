/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Levenberg and Marquardt's method first; where that stops without a minimum, or on a
 * plateau where a parameter has lost all its influence, the same with geodesic
 * acceleration (Transtrum, Sethna, Phys. Rev. E 83:036701, 2011), then with other lengths
 * of a step, and a double dogleg: from where the one before stood, or from the start again
 * if that was a plateau. */
#include "calibrate/search.h"

#include <math.h>
#include <stdlib.h>

#include <gsl/gsl_blas.h>
#include <gsl/gsl_errno.h>
#include <gsl/gsl_multifit_nlinear.h>

#include "calibrate/bound.h"
#include "core/clock.h"
#include "core/memory.h"

double xbar_fit_step(double rounding)
{
    return rounding > 0.0 ? cbrt(rounding) : 6e-6;
}

/* What GSL's callbacks see. Residuals of data, then one for each prior. */
typedef struct walk {
    xbar_search *s;
    size_t n_priors;
    double *p, *slope; /* [n_parameters] */
    double *r;         /* [n_data] */
    double *jacobian;  /* [n_data][n_parameters] */
    bool is_lost;
    xbar_status status;
    xbar_error *err;
} walk;

/* Nothing is larger; its square is a number still. */
static const double nowhere = 1e120;

static void step_into(walk *w, const gsl_vector *q)
{
    const xbar_fit_problem *f = w->s->problem;
    for (size_t j = 0; j < f->n_parameters; j++)
        w->p[j] =
            xbar_bound_value(&f->parameters[j], gsl_vector_get(q, j), &w->slope[j]);
}

static int residuals_at(const gsl_vector *q, void *with, gsl_vector *out)
{
    walk *w = with;
    const xbar_fit_problem *f = w->s->problem;
    step_into(w, q);
    w->s->n_calls++;
    w->status = f->residuals(w->r, NULL, w->p, f->with, w->err);
    if (w->status != XBAR_OK)
        return GSL_EFAILED;
    for (size_t k = 0; k < f->n_data; k++) {
        double r = sqrt(w->s->weight[k]) * w->r[k];
        gsl_vector_set(out, k, fabs(r) < nowhere ? r : nowhere);
    }
    size_t k = f->n_data;
    for (size_t j = 0; j < f->n_parameters; j++) {
        const xbar_fit_parameter *o = &f->parameters[j];
        if (o->prior_deviation > 0.0)
            gsl_vector_set(out, k++, (w->p[j] - o->prior_mean) / o->prior_deviation);
    }
    return GSL_SUCCESS;
}

static int slopes_at(const gsl_vector *q, void *with, gsl_matrix *out)
{
    walk *w = with;
    const xbar_fit_problem *f = w->s->problem;
    step_into(w, q);
    w->s->n_calls++;
    w->status = f->residuals(w->r, w->jacobian, w->p, f->with, w->err);
    if (w->status != XBAR_OK)
        return GSL_EFAILED;
    for (size_t k = 0; k < f->n_data; k++)
        for (size_t j = 0; j < f->n_parameters; j++) {
            double d = sqrt(w->s->weight[k]) * w->jacobian[k * f->n_parameters + j] *
                       w->slope[j];
            gsl_matrix_set(out, k, j, isfinite(d) ? d : 0.0);
        }
    size_t k = f->n_data;
    for (size_t j = 0; j < f->n_parameters; j++) {
        const xbar_fit_parameter *o = &f->parameters[j];
        if (o->prior_deviation <= 0.0)
            continue;
        for (size_t i = 0; i < f->n_parameters; i++)
            gsl_matrix_set(out, k, i, i == j ? w->slope[j] / o->prior_deviation : 0.0);
        k++;
    }
    return GSL_SUCCESS;
}

/* ---- one method ----------------------------------------------------------------------- */

typedef struct method {
    const char *name;
    const gsl_multifit_nlinear_trs *const *trs;
    const gsl_multifit_nlinear_scale *const *scale;
} method;

static const method methods[] = {
    {"Levenberg-Marquardt", &gsl_multifit_nlinear_trs_lm,
     &gsl_multifit_nlinear_scale_more},
    {"Levenberg-Marquardt with geodesic acceleration",
     &gsl_multifit_nlinear_trs_lmaccel, &gsl_multifit_nlinear_scale_more},
    {"Levenberg's method", &gsl_multifit_nlinear_trs_lm,
     &gsl_multifit_nlinear_scale_levenberg},
    {"double dogleg", &gsl_multifit_nlinear_trs_ddogleg,
     &gsl_multifit_nlinear_scale_more},
};
enum { N_METHODS = sizeof methods / sizeof *methods };

bool xbar_search_is_late(const xbar_search *s)
{
    return xbar_clock_s() > s->deadline_s;
}

/* Was the last step nothing beside where it led? */
static bool is_short(const gsl_multifit_nlinear_workspace *work, double tolerance)
{
    for (size_t j = 0; j < work->x->size; j++)
        if (!(fabs(gsl_vector_get(work->dx, j)) <=
              tolerance * fabs(gsl_vector_get(work->x, j))))
            return false;
    return true;
}

/* Iterates until a step changes nothing that counts, or no step is found any more: at a
 * minimum, rounding ends it that way. */
static void iterate(walk *w, gsl_multifit_nlinear_workspace *work)
{
    xbar_search *s = w->s;
    double last = gsl_blas_dnrm2(work->f);
    size_t n_still = 0;
    s->converged = false;
    for (size_t n = 0; n < s->max_iterations && !xbar_search_is_late(s); n++) {
        int status = gsl_multifit_nlinear_iterate(work);
        s->n_iterations++;
        double now = gsl_blas_dnrm2(work->f);
        if (w->status != XBAR_OK)
            return;
        if (status == GSL_ENOPROG) {
            s->converged = now < nowhere;
            return;
        }
        if (status != GSL_SUCCESS)
            return;
        /* twice in a row, as one short step may be a mere change of the region */
        bool is_still =
            is_short(work, s->tolerance) || fabs(last - now) <= s->cost_tolerance * now;
        n_still = is_still ? n_still + 1 : 0;
        if (n_still == 2 || now == 0.0) {
            s->converged = now < nowhere;
            return;
        }
        last = now;
    }
}

/* The lengths of the Jacobian's columns. */
static void lengths(double *length, const gsl_multifit_nlinear_workspace *work)
{
    for (size_t j = 0; j < work->J->size2; j++) {
        gsl_vector_const_view column = gsl_matrix_const_column(work->J, j);
        length[j] = gsl_blas_dnrm2(&column.vector);
    }
}

/* Where one of them is a millionth of what it was, the search has gone over an edge. */
static bool is_plateau(const double *first, const double *last, size_t n)
{
    for (size_t j = 0; j < n; j++)
        if (last[j] < 1e-6 * first[j])
            return true;
    return false;
}

/* @param start  where this method begins
 *  @param best  the best q so far, and its cost's square root; replaced by a better one */
static xbar_status try_method(walk *w, const method *m, const gsl_vector *start,
                              gsl_vector *best, double *norm)
{
    double first[XBAR_MAX_FREE] = {0.0};
    double last[XBAR_MAX_FREE] = {0.0};
    const xbar_fit_problem *f = w->s->problem;
    gsl_multifit_nlinear_parameters options = gsl_multifit_nlinear_default_parameters();
    options.trs = *m->trs;
    options.scale = *m->scale;
    options.solver = gsl_multifit_nlinear_solver_svd;
    options.fdtype = GSL_MULTIFIT_NLINEAR_CTRDIFF;
    options.h_df = xbar_fit_step(f->rounding);
    gsl_multifit_nlinear_fdf fdf = {
        .f = residuals_at,
        .df = f->has_jacobian ? slopes_at : NULL,
        .n = f->n_data + w->n_priors,
        .p = f->n_parameters,
        .params = w,
    };
    gsl_multifit_nlinear_workspace *work =
        gsl_multifit_nlinear_alloc(gsl_multifit_nlinear_trust, &options, fdf.n, fdf.p);
    if (!work)
        return xbar_fail(w->err, XBAR_ERR_MEMORY, "no memory for a fit");
    w->is_lost = false;
    if (gsl_multifit_nlinear_init(start, &fdf, work) == GSL_SUCCESS) {
        lengths(first, work);
        iterate(w, work);
        lengths(last, work);
        w->is_lost = is_plateau(first, last, f->n_parameters);
    }
    double reached = gsl_blas_dnrm2(work->f);
    if (w->status == XBAR_OK && reached <= *norm) {
        *norm = reached;
        gsl_vector_memcpy(best, work->x);
        w->s->method = m->name;
    }
    gsl_multifit_nlinear_free(work);
    return w->status;
}

/* ---- the search ----------------------------------------------------------------------- */

static size_t count_priors(const xbar_fit_problem *f)
{
    size_t n = 0;
    for (size_t j = 0; j < f->n_parameters; j++)
        n += f->parameters[j].prior_deviation > 0.0;
    return n;
}

static void walk_clear(walk *w)
{
    free(w->p);
    free(w->slope);
    free(w->r);
    free(w->jacobian);
}

static xbar_status walk_init(walk *w, xbar_search *s, xbar_error *err)
{
    const xbar_fit_problem *f = s->problem;
    *w = (walk){.s = s, .n_priors = count_priors(f), .err = err};
    XBAR_TRY(xbar_doubles_new(&w->p, f->n_parameters, "fit", err));
    XBAR_TRY(xbar_doubles_new(&w->slope, f->n_parameters, "fit", err));
    XBAR_TRY(xbar_doubles_new(&w->r, f->n_data, "fit", err));
    return xbar_doubles_new(&w->jacobian, f->n_data * f->n_parameters, "fit", err);
}

xbar_status xbar_search_run(xbar_search *s, double *p, xbar_error *err)
{
    const xbar_fit_problem *f = s->problem;
    walk w;
    gsl_vector *start = NULL;
    gsl_vector *best = NULL;
    double norm = (double)INFINITY;
    xbar_status status = walk_init(&w, s, err);
    if (status != XBAR_OK)
        goto done;
    start = gsl_vector_alloc(f->n_parameters);
    best = gsl_vector_alloc(f->n_parameters);
    if (!start || !best) {
        status = xbar_fail(err, XBAR_ERR_MEMORY, "no memory for a fit");
        goto done;
    }
    for (size_t j = 0; j < f->n_parameters; j++)
        gsl_vector_set(start, j, xbar_bound_inverse(&f->parameters[j], p[j]));
    bool is_found = false;
    for (size_t m = 0; m < N_METHODS && !is_found && status == XBAR_OK; m++) {
        if (m > 0 && xbar_search_is_late(s))
            break;
        status = try_method(&w, &methods[m], w.is_lost || m == 0 ? start : best, best,
                            &norm);
        is_found = s->converged && !w.is_lost;
    }
    if (status == XBAR_OK && !(norm < nowhere))
        status = xbar_fail(err, XBAR_ERR_INPUT,
                           "the model has no answer where the fit begins");
    s->cost = norm * norm;
    for (size_t j = 0; j < f->n_parameters; j++)
        p[j] = xbar_bound_value(&f->parameters[j], gsl_vector_get(best, j), NULL);
done:
    gsl_vector_free(best);
    gsl_vector_free(start);
    walk_clear(&w);
    return status;
}

xbar_status xbar_search_cost(double *cost, xbar_search *s, const double *p, double *r,
                             xbar_error *err)
{
    const xbar_fit_problem *f = s->problem;
    *cost = (double)INFINITY;
    s->n_calls++;
    XBAR_TRY(f->residuals(r, NULL, p, f->with, err));
    double sum = 0.0;
    for (size_t k = 0; k < f->n_data; k++)
        sum += s->weight[k] * r[k] * r[k];
    for (size_t j = 0; j < f->n_parameters; j++) {
        const xbar_fit_parameter *o = &f->parameters[j];
        double off = o->prior_deviation > 0.0
                         ? (p[j] - o->prior_mean) / o->prior_deviation
                         : 0.0;
        sum += off * off;
    }
    *cost = isnan(sum) ? (double)INFINITY : sum;
    return XBAR_OK;
}

/* A central difference where both sides are inside the bounds, in q. */
static xbar_status difference(double *jacobian, xbar_search *s, const double *p,
                              size_t j, double *there, double *up, double *down,
                              xbar_error *err)
{
    const xbar_fit_problem *f = s->problem;
    const xbar_fit_parameter *o = &f->parameters[j];
    const double q = xbar_bound_inverse(o, p[j]);
    double *const r[] = {up, down};
    double at[2];
    for (int way = 0; way < 2; way++) {
        double h = xbar_fit_step(f->rounding) * fmax(fabs(q), 1e-2);
        at[way] = xbar_bound_value(o, way == 0 ? q + h : q - h, NULL);
        for (size_t k = 0; k < f->n_parameters; k++)
            there[k] = k == j ? at[way] : p[k];
        s->n_calls++;
        XBAR_TRY(f->residuals(r[way], NULL, there, f->with, err));
    }
    for (size_t k = 0; k < f->n_data; k++) {
        double d = (up[k] - down[k]) / (at[0] - at[1]);
        jacobian[k * f->n_parameters + j] = isfinite(d) ? d : 0.0;
    }
    return XBAR_OK;
}

xbar_status xbar_search_jacobian(double *jacobian, xbar_search *s, const double *p,
                                 xbar_error *err)
{
    const xbar_fit_problem *f = s->problem;
    double *there = NULL;
    double *up = NULL;
    double *down = NULL;
    xbar_status status = xbar_doubles_new(&there, f->n_parameters, "fit", err);
    if (status == XBAR_OK)
        status = xbar_doubles_new(&up, f->n_data, "fit", err);
    if (status == XBAR_OK)
        status = xbar_doubles_new(&down, f->n_data, "fit", err);
    if (status == XBAR_OK && f->has_jacobian) {
        s->n_calls++;
        status = f->residuals(up, jacobian, p, f->with, err);
    }
    for (size_t j = 0; !f->has_jacobian && j < f->n_parameters && status == XBAR_OK;
         j++)
        status = difference(jacobian, s, p, j, there, up, down, err);
    free(down);
    free(up);
    free(there);
    return status;
}
