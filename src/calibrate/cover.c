/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "calibrate/cover.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include <gsl/gsl_eigen.h>

#include "calibrate/discrepancy.h"
#include "calibrate/fit.h"
#include "core/memory.h"

/* Of the fitted units: each unit, of many each twentieth, is predicted by the others. */
enum { N_FOLDS = 20 };

/* Directions that a Jacobian leaves weaker than this (squared, beside the strongest) are
 * not gone along. */
static const double least_eigenvalue = 1e-10;

/* What the fits to parts of the data are made of. */
typedef struct parts {
    const xbar_cover *c;
    double *m, *g; /* of each unit: J^T W J, J^T W r */
    size_t *fold;  /* [n_units] */
    bool *is_in;   /* [n_units] */
    xbar_residual *pool;
    size_t n_pool;
    gsl_matrix *a, *v;
    gsl_vector *e;
    gsl_eigen_symmv_workspace *work;
} parts;

static void parts_clear(parts *p)
{
    free(p->m);
    free(p->g);
    free(p->fold);
    free(p->is_in);
    free(p->pool);
    gsl_matrix_free(p->a);
    gsl_matrix_free(p->v);
    gsl_vector_free(p->e);
    gsl_eigen_symmv_free(p->work);
}

static void add_up_units(parts *p)
{
    const xbar_cover *c = p->c;
    const size_t m = c->n_free;
    for (size_t n = 0; n < c->n_data; n++) {
        const double *row = c->jacobian + n * m;
        double *matrix = p->m + c->unit[n] * m * m;
        double *vector = p->g + c->unit[n] * m;
        if (!(c->weight[n] > 0.0) || isnan(c->residual[n]))
            continue;
        for (size_t k = 0; k < m; k++) {
            const double w = c->weight[n] * row[k];
            vector[k] += w * c->residual[n];
            for (size_t l = 0; l < m; l++)
                matrix[k * m + l] += w * row[l];
        }
    }
}

/* Folds take turns through each quarter's units, even ones in even quarters: two quarters
 * that are fitted together are neighbours. */
static void deal_folds(parts *p)
{
    size_t n_dealt[XBAR_N_QUARTERS] = {0};
    for (size_t k = 0; k < p->c->n_units; k++)
        p->fold[k] = (2 * n_dealt[p->c->quarter[k]]++ + p->c->quarter[k] % 2) % N_FOLDS;
}

static xbar_status parts_init(parts *p, const xbar_cover *c, xbar_error *err)
{
    const size_t m = c->n_free;
    void *memory = NULL;
    *p = (parts){.c = c};
    XBAR_TRY(xbar_doubles_new(&p->m, c->n_units * m * m, "coverage", err));
    XBAR_TRY(xbar_doubles_new(&p->g, c->n_units * m, "coverage", err));
    XBAR_TRY(xbar_array_new(&memory, c->n_units, sizeof *p->fold, "coverage", err));
    p->fold = memory;
    XBAR_TRY(xbar_array_new(&memory, c->n_units, sizeof *p->is_in, "coverage", err));
    p->is_in = memory;
    XBAR_TRY(xbar_array_new(&memory, c->n_data, sizeof *p->pool, "coverage", err));
    p->pool = memory;
    add_up_units(p);
    deal_folds(p);
    if (m == 0)
        return XBAR_OK;
    p->a = gsl_matrix_alloc(m, m);
    p->v = gsl_matrix_alloc(m, m);
    p->e = gsl_vector_alloc(m);
    p->work = gsl_eigen_symmv_alloc(m);
    if (!p->a || !p->v || !p->e || !p->work)
        return xbar_fail(err, XBAR_ERR_MEMORY, "no memory for a coverage");
    return XBAR_OK;
}

/* From the estimate to the fit of the units that are in. @param[out] step  [n_free] */
static void refit(double *step, parts *p)
{
    const size_t m = p->c->n_free;
    double g[XBAR_MAX_FREE] = {0.0};
    double scale[XBAR_MAX_FREE];
    double a[XBAR_MAX_FREE * XBAR_MAX_FREE] = {0.0};
    memset(step, 0, m * sizeof *step);
    if (m == 0)
        return;
    for (size_t u = 0; u < p->c->n_units; u++) {
        for (size_t k = 0; p->is_in[u] && k < m; k++)
            g[k] += p->g[u * m + k];
        for (size_t k = 0; p->is_in[u] && k < m * m; k++)
            a[k] += p->m[u * m * m + k];
    }
    for (size_t k = 0; k < m; k++)
        scale[k] = a[k * m + k] > 0.0 ? 1.0 / sqrt(a[k * m + k]) : 0.0;
    for (size_t k = 0; k < m; k++)
        for (size_t l = 0; l < m; l++)
            gsl_matrix_set(p->a, k, l, scale[k] * a[k * m + l] * scale[l]);
    if (gsl_eigen_symmv(p->a, p->e, p->v, p->work) != 0)
        return;
    const double least = least_eigenvalue * gsl_vector_max(p->e);
    for (size_t d = 0; d < m; d++) {
        const double e = gsl_vector_get(p->e, d);
        double along = 0.0;
        for (size_t k = 0; k < m; k++)
            along += gsl_matrix_get(p->v, k, d) * scale[k] * g[k];
        for (size_t k = 0; e > least && k < m; k++)
            step[k] -= scale[k] * gsl_matrix_get(p->v, k, d) * along / e;
    }
}

/* The residual of a datum a step away from the estimate. */
static xbar_residual residual_at(const xbar_cover *c, size_t n, const double *step)
{
    double more = 0.0;
    for (size_t k = 0; k < c->n_free; k++)
        more += c->jacobian[n * c->n_free + k] * step[k];
    return (xbar_residual){.error = c->residual[n] + more,
                           .scale = c->scale[n],
                           .value = c->predicted[n] + more,
                           .variance = c->deviation[n] * c->deviation[n],
                           .unit = c->unit[n],
                           .x = c->swell ? c->swell + n * XBAR_N_SWELL : NULL};
}

static bool says_something(const xbar_cover *c, size_t n)
{
    return c->weight[n] > 0.0 && !isnan(c->residual[n]);
}

/* Which turn a unit has when the quarters have moved on by so many. */
static size_t turn(const xbar_cover *c, size_t unit, size_t shift)
{
    return (c->quarter[unit] + shift) % XBAR_N_QUARTERS;
}

/* The fitted units' constants, but for one fold (N_FOLDS: all). */
static void refit_without(double *step, parts *p, size_t shift, size_t fold)
{
    for (size_t u = 0; u < p->c->n_units; u++)
        p->is_in[u] = turn(p->c, u, shift) < 2 && p->fold[u] != fold;
    refit(step, p);
}

/* Where the error is larger, so is its measure. */
static void swell(xbar_residual *r, const xbar_swell *s)
{
    const double factor = r->x ? xbar_swell_factor(s, r->x) : 1.0;
    r->scale *= factor;
    r->value *= factor;
}

/* The model's own error in one turn of the quarters, whose fit is `step` away: from all
 * but the held-out quarter, each datum as a fit without it has it. */
static void find_discrepancy(double d[2], xbar_swell *s, parts *p, size_t shift,
                             const double *step)
{
    const xbar_cover *c = p->c;
    double without[N_FOLDS][XBAR_MAX_FREE];
    for (size_t fold = 0; fold < N_FOLDS; fold++)
        refit_without(without[fold], p, shift, fold);
    p->n_pool = 0;
    for (size_t n = 0; n < c->n_data; n++) {
        const size_t part = turn(c, c->unit[n], shift);
        if (part < 3 && says_something(c, n))
            p->pool[p->n_pool++] =
                residual_at(c, n, part == 2 ? step : without[p->fold[c->unit[n]]]);
    }
    d[0] = d[1] = 0.0;
    *s = (xbar_swell){.power = {0.0}};
    if (p->n_pool == 0)
        return;
    xbar_discrepancy_swell(s, p->pool, p->n_pool);
    for (size_t k = 0; k < p->n_pool; k++)
        swell(&p->pool[k], s);
    xbar_discrepancy_fit(d, p->pool, p->n_pool);
}

xbar_status xbar_cover_discrepancy(double d[2], xbar_swell *s, const xbar_cover *c,
                                   xbar_error *err)
{
    parts p;
    const double step[XBAR_MAX_FREE] = {0.0};
    xbar_status status = parts_init(&p, c, err);
    if (status == XBAR_OK)
        find_discrepancy(d, s, &p, 0, step);
    parts_clear(&p);
    return status;
}

xbar_status xbar_cover_measure(double *covered, const xbar_cover *c, xbar_error *err)
{
    parts p;
    double step[XBAR_MAX_FREE] = {0.0};
    size_t n_data = 0;
    size_t n_covered = 0;
    xbar_status status = parts_init(&p, c, err);
    for (size_t shift = 0; shift < XBAR_N_QUARTERS && status == XBAR_OK; shift++) {
        double d[2];
        xbar_swell s;
        if (shift > 0)
            refit_without(step, &p, shift, N_FOLDS);
        find_discrepancy(d, &s, &p, shift, step);
        for (size_t n = 0; n < c->n_data; n++) {
            if (turn(c, c->unit[n], shift) != 3 || !says_something(c, n))
                continue;
            xbar_residual r = residual_at(c, n, step);
            swell(&r, &s);
            n_data++;
            n_covered += fabs(r.error) <=
                         XBAR_NINETY_PERCENT * xbar_discrepancy_deviation(d, &r);
        }
    }
    *covered = n_data > 0 ? (double)n_covered / (double)n_data : (double)NAN;
    parts_clear(&p);
    return status;
}
