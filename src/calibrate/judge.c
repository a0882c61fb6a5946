/* SPDX-License-Identifier: GPL-3.0-or-later */
/* With J the weighted Jacobian, its columns brought to unit length (J = A S), and
 * A = U diag(s) V^T:
 *
 *     covariance = factor S^-1 V diag(1/s^2) V^T S^-1
 *
 * A direction of V whose s is nothing beside the largest leaves no trace in the data: it
 * is named, left out of the covariance, and the parameters that have a part in it are not
 * identifiable. */
#include "calibrate/judge.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <gsl/gsl_linalg.h>

#include "core/memory.h"

/* Jacobians may be differences, good to some 1e-8: what is smaller is their noise. */
static const double least_strength = 1e-7;
/* A smaller part in a direction moves a parameter by less than its own uncertainty. */
static const double least_share = 0.03;

typedef struct spectrum {
    gsl_matrix *a, *v;
    gsl_vector *s, *work;
    double *length; /* [n_parameters], of J's columns */
} spectrum;

static void spectrum_clear(spectrum *t)
{
    gsl_matrix_free(t->a);
    gsl_matrix_free(t->v);
    gsl_vector_free(t->s);
    gsl_vector_free(t->work);
    free(t->length);
}

static size_t count_rows(const xbar_fit_problem *p)
{
    size_t n = p->n_data;
    for (size_t j = 0; j < p->n_parameters; j++)
        n += p->parameters[j].prior_deviation > 0.0;
    return n;
}

static xbar_status spectrum_init(spectrum *t, const xbar_fit_problem *p,
                                 xbar_error *err)
{
    *t = (spectrum){
        .a = gsl_matrix_calloc(count_rows(p), p->n_parameters),
        .v = gsl_matrix_calloc(p->n_parameters, p->n_parameters),
        .s = gsl_vector_calloc(p->n_parameters),
        .work = gsl_vector_calloc(p->n_parameters),
    };
    XBAR_TRY(xbar_doubles_new(&t->length, p->n_parameters, "covariance", err));
    if (!t->a || !t->v || !t->s || !t->work)
        return xbar_fail(err, XBAR_ERR_MEMORY, "no memory for a covariance");
    return XBAR_OK;
}

/* J with all weights, priors below the data. */
static void fill(spectrum *t, const xbar_fit_result *r, const xbar_fit_problem *p,
                 const double *weight)
{
    const size_t n = p->n_parameters;
    for (size_t k = 0; k < p->n_data; k++)
        for (size_t j = 0; j < n; j++)
            gsl_matrix_set(t->a, k, j, sqrt(weight[k]) * r->jacobian[k * n + j]);
    size_t k = p->n_data;
    for (size_t j = 0; j < n; j++)
        if (p->parameters[j].prior_deviation > 0.0)
            gsl_matrix_set(t->a, k++, j, 1.0 / p->parameters[j].prior_deviation);
    for (size_t j = 0; j < n; j++) {
        gsl_vector_view column = gsl_matrix_column(t->a, j);
        double sum = 0.0;
        for (k = 0; k < t->a->size1; k++)
            sum = hypot(sum, gsl_vector_get(&column.vector, k));
        t->length[j] = sum;
        if (sum > 0.0)
            gsl_vector_scale(&column.vector, 1.0 / sum);
    }
}

static xbar_status note_direction(xbar_fit_result *r, const spectrum *t, size_t m,
                                  double strength, xbar_error *err)
{
    xbar_fit_direction *d = &r->directions[r->n_directions];
    d->strength = strength;
    XBAR_TRY(xbar_doubles_new(&d->share, r->n_parameters, "directions", err));
    r->n_directions++;
    for (size_t j = 0; j < r->n_parameters; j++) {
        d->share[j] = gsl_matrix_get(t->v, j, m);
        if (fabs(d->share[j]) > least_share)
            r->standard_error[j] = (double)INFINITY;
    }
    return XBAR_OK;
}

static void add_direction(xbar_fit_result *r, const spectrum *t, size_t m,
                          double variance)
{
    const size_t n = r->n_parameters;
    for (size_t j = 0; j < n; j++)
        for (size_t k = 0; k < n; k++)
            if (t->length[j] > 0.0 && t->length[k] > 0.0)
                r->covariance[j * n + k] += variance * gsl_matrix_get(t->v, j, m) /
                                            t->length[j] * gsl_matrix_get(t->v, k, m) /
                                            t->length[k];
}

static xbar_status read_spectrum(xbar_fit_result *r, const spectrum *t, double factor,
                                 xbar_error *err)
{
    const size_t n = r->n_parameters;
    const double largest = gsl_vector_get(t->s, 0);
    for (size_t m = 0; m < n; m++) {
        double s = gsl_vector_get(t->s, m);
        if (s > least_strength * largest && largest > 0.0)
            add_direction(r, t, m, factor / (s * s));
        else
            XBAR_TRY(note_direction(r, t, m, largest > 0.0 ? s / largest : 0.0, err));
    }
    for (size_t j = 0; j < n; j++)
        if (!isinf(r->standard_error[j]))
            r->standard_error[j] = sqrt(r->covariance[j * n + j]);
    r->condition = largest / gsl_vector_get(t->s, n - 1);
    return XBAR_OK;
}

xbar_status xbar_judge(xbar_fit_result *r, const xbar_fit_problem *p,
                       const double *weight, double factor, xbar_error *err)
{
    spectrum t;
    xbar_status status = spectrum_init(&t, p, err);
    if (status == XBAR_OK) {
        fill(&t, r, p, weight);
        if (gsl_linalg_SV_decomp_jacobi(t.a, t.v, t.s) != 0)
            status = xbar_fail(err, XBAR_ERR_CONVERGENCE,
                               "the Jacobian at the estimate has no singular values");
    }
    if (status == XBAR_OK)
        status = read_spectrum(r, &t, factor, err);
    spectrum_clear(&t);
    return status;
}

double xbar_fit_correlation(const xbar_fit_result *r, size_t j, size_t k)
{
    if (isinf(r->standard_error[j]) || isinf(r->standard_error[k]))
        return (double)NAN;
    return r->covariance[j * r->n_parameters + k] /
           (r->standard_error[j] * r->standard_error[k]);
}
