/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the estimates are worth: predictions of all data, how far each may be off, and how
 * far they are. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "calibrate/bound.h"
#include "calibrate/cover.h"
#include "calibrate/discrepancy.h"
#include "calibrate/work.h"
#include "core/memory.h"

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
static xbar_status whole_jacobian(double *jacobian, const xbar_work *w, xbar_error *err)
{
    const xbar_calibration *c = w->c;
    const xbar_fit_problem problem = xbar_work_problem(w);
    const size_t m = c->n_free;
    double *up = NULL;
    double *down = NULL;
    double p[XBAR_MAX_FREE];
    XBAR_TRY(xbar_doubles_new(&up, w->s->n_data, "predictions", err));
    xbar_status status = xbar_doubles_new(&down, w->s->n_data, "predictions", err);
    if (status == XBAR_OK && w->s->has_jacobian)
        status = xbar_work_residuals(up, jacobian, c->fit.estimate, w, err);
    for (size_t k = 0; k < m && !w->s->has_jacobian && status == XBAR_OK; k++) {
        memcpy(p, c->fit.estimate, m * sizeof *p);
        const double q = xbar_bound_inverse(&problem.parameters[k], p[k]);
        const double h = xbar_fit_step(problem.rounding) * fmax(fabs(q), 1e-2);
        const double above = xbar_bound_value(&problem.parameters[k], q + h, NULL);
        const double below = xbar_bound_value(&problem.parameters[k], q - h, NULL);
        p[k] = above;
        status = xbar_work_residuals(up, NULL, p, w, err);
        p[k] = below;
        if (status == XBAR_OK)
            status = xbar_work_residuals(down, NULL, p, w, err);
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
        if (!xbar_work_is_used(s, n) || isnan(c->predicted[n]))
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
static xbar_status find_discrepancy(xbar_calibration *c, const xbar_work *w,
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

xbar_status xbar_worth(xbar_calibration *c, xbar_work *w, xbar_error *err)
{
    const xbar_subject *s = w->s;
    double *jacobian = NULL;
    xbar_work_want(w, true);
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
