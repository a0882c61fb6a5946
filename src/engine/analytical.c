/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The fast models (analytical/model.h) as an engine: currents out of the columns, and how
 * sure a calibrated model is of them. It has no node voltages, and does not know what the
 * rows' terminals carry: NaN stands there.
 *
 * The variance of an output has two parts (fitted.h): the model's own error, and what the
 * constants' covariance C = L L' makes of it,
 *
 *      sum_k (I(constants + h L_k) - I(constants))^2 / h^2
 *
 * over the columns L_k, with h = 1 unless that leaves the constants' limits: the change of
 * an output over one standard deviation, in independent directions. A twin of the model
 * stands ready for each, prepared once a state. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analytical/feature.h"
#include "core/clock.h"
#include "core/memory.h"
#include "engine/adapters.h"

/* A way to leave the constants' estimates. */
typedef struct twin {
    void *self;
    double constants[XBAR_MAX_CONSTANTS];
    double h;
} twin;

typedef struct analytical {
    const xbar_crossbar *c;
    xbar_fitted fitted;
    bool is_calibrated; /* knows its error */
    void *model;
    twin *twins;
    size_t n_twins;
    bool twins_are_ready; /* for the present state */
    double *state, *conductance;
    double features[XBAR_N_FEATURES];
    double *shifted; /* A, [n_cols] */
    char method[128];
} analytical;

static void analytical_close(void *self)
{
    analytical *e = self;
    if (!e)
        return;
    for (size_t k = 0; k < e->n_twins; k++)
        e->fitted.model->close(e->twins[k].self);
    e->fitted.model->close(e->model);
    free(e->twins);
    free(e->state);
    free(e->conductance);
    free(e->shifted);
    free(e);
}

/* C = L L', columns of a pivot that is 0 but for rounding left 0.
 *   l  out, [n][n] */
static void split_covariance(double *l, const double *c, size_t n)
{
    const double rounding = 1e-12;
    memset(l, 0, n * n * sizeof *l);
    for (size_t j = 0; j < n; j++) {
        double pivot = c[j * n + j];
        for (size_t k = 0; k < j; k++)
            pivot -= l[j * n + k] * l[j * n + k];
        if (!(pivot > rounding * c[j * n + j]))
            continue;
        l[j * n + j] = sqrt(pivot);
        for (size_t i = j + 1; i < n; i++) {
            double sum = c[i * n + j];
            for (size_t k = 0; k < j; k++)
                sum -= l[i * n + k] * l[j * n + k];
            l[i * n + j] = sum / l[j * n + j];
        }
    }
}

/* Constants h times a direction away, the largest of 1, -1, 1/2, -1/2 ... that is inside
 * the limits. */
static void set_constants(twin *t, const xbar_fitted *f, const double *direction)
{
    const size_t n = f->model->n_constants;
    bool is_inside = false;
    for (t->h = 1.0; !is_inside && fabs(t->h) > 1e-6;
         t->h *= t->h > 0.0 ? -1.0 : -0.5) {
        is_inside = true;
        for (size_t k = 0; k < n; k++) {
            const xbar_constant *q = &f->model->constants[k];
            double x = f->constants[k] + t->h * direction[k * n];
            t->constants[k] = x;
            is_inside &= direction[k * n] == 0.0 || (x > q->min && x < q->max);
        }
        if (is_inside)
            return;
    }
    memcpy(t->constants, f->constants, n * sizeof *t->constants);
}

static xbar_status open_twins(analytical *e, xbar_error *err)
{
    const xbar_model *model = e->fitted.model;
    const size_t n = model->n_constants;
    double l[XBAR_MAX_CONSTANTS * XBAR_MAX_CONSTANTS];
    void *memory = NULL;
    if (!e->is_calibrated)
        return XBAR_OK;
    XBAR_TRY(xbar_array_new(&memory, n, sizeof(twin), "model", err));
    e->twins = memory;
    split_covariance(l, e->fitted.covariance, n);
    for (size_t k = 0; k < n; k++) {
        if (l[k * n + k] == 0.0)
            continue;
        twin *t = &e->twins[e->n_twins];
        set_constants(t, &e->fitted, l + k);
        XBAR_TRY(model->open(&t->self, e->c, err));
        e->n_twins++;
    }
    return XBAR_OK;
}

static xbar_status analytical_open(void **self, const xbar_crossbar *c,
                                   const xbar_engine_settings *settings,
                                   xbar_error *err)
{
    *self = NULL;
    void *memory = NULL;
    XBAR_TRY(xbar_array_new(&memory, 1, sizeof(analytical), "analytical engine", err));
    analytical *e = memory;
    const size_t n_cells = c->n_rows * c->n_cols;
    e->c = c;
    e->fitted = settings && settings->analytical
                    ? *settings->analytical
                    : xbar_fitted_default(xbar_model_at(0));
    e->is_calibrated = e->fitted.discrepancy[0] > 0.0 || e->fitted.discrepancy[1] > 0.0;
    snprintf(e->method, sizeof e->method, "model %s, %s", e->fitted.model->name,
             e->is_calibrated ? "calibrated" : "not calibrated");
    xbar_status status = xbar_doubles_new(&e->state, n_cells, "cells", err);
    if (status == XBAR_OK)
        status = xbar_doubles_new(&e->conductance, n_cells, "cells", err);
    if (status == XBAR_OK)
        status = xbar_doubles_new(&e->shifted, c->n_cols, "currents", err);
    if (status == XBAR_OK)
        status = e->fitted.model->open(&e->model, c, err);
    if (status == XBAR_OK)
        status = open_twins(e, err);
    if (status != XBAR_OK) {
        analytical_close(e);
        return status;
    }
    *self = e;
    return XBAR_OK;
}

static const char *analytical_method(void *self)
{
    return ((const analytical *)self)->method;
}

static xbar_status analytical_set_state(void *self, const double *state,
                                        const double *conductance, xbar_error *err)
{
    analytical *e = self;
    const size_t size = e->c->n_rows * e->c->n_cols * sizeof(double);
    memcpy(e->state, state, size);
    memcpy(e->conductance, conductance, size);
    e->twins_are_ready = false;
    if (e->fitted.has_region || e->is_calibrated)
        xbar_features_state(e->features, e->c, e->conductance);
    return e->fitted.model->prepare(e->model, e->state, e->conductance,
                                    e->fitted.constants, err);
}

/* variances += what the constants' covariance makes of the outputs. */
static xbar_status add_covariance(analytical *e, const xbar_stimulus *in,
                                  const double *i_out, double *variance,
                                  xbar_error *err)
{
    const xbar_model *model = e->fitted.model;
    for (size_t k = 0; k < e->n_twins && !e->twins_are_ready; k++)
        XBAR_TRY(model->prepare(e->twins[k].self, e->state, e->conductance,
                                e->twins[k].constants, err));
    e->twins_are_ready = true;
    for (size_t k = 0; k < e->n_twins; k++) {
        const twin *t = &e->twins[k];
        XBAR_TRY(model->predict(t->self, in, 1, e->shifted, err));
        for (size_t j = 0; j < e->c->n_cols; j++) {
            double change = (e->shifted[j] - i_out[j]) / t->h;
            variance[j] += change * change;
        }
    }
    return XBAR_OK;
}

static xbar_status find_std(analytical *e, const xbar_stimulus *in, xbar_result *r,
                            xbar_error *err)
{
    double d[2];
    double x[XBAR_N_SWELL];
    double scale = 0.0;
    if (!r->i_out_std || !e->is_calibrated)
        return XBAR_OK;
    xbar_swell_of(x, e->features);
    for (size_t k = 0; k < 2; k++)
        d[k] = e->fitted.discrepancy[k] * xbar_swell_factor(&e->fitted.swell, x);
    for (size_t j = 0; j < e->c->n_cols; j++)
        scale = fmax(scale, fabs(r->i_out[j]));
    for (size_t j = 0; j < e->c->n_cols; j++) {
        double own = d[1] * r->i_out[j];
        r->i_out_std[j] = d[0] * d[0] * scale * scale + own * own;
    }
    XBAR_TRY(add_covariance(e, in, r->i_out, r->i_out_std, err));
    for (size_t j = 0; j < e->c->n_cols; j++)
        r->i_out_std[j] = sqrt(r->i_out_std[j]);
    return XBAR_OK;
}

static void find_outcome(analytical *e, xbar_result *r)
{
    const xbar_fitted *f = &e->fitted;
    r->outcome = XBAR_DONE;
    const xbar_cell *cell = &e->c->cell;
    const bool is_ohmic = cell->device->is_ohmic && !cell->selector && !cell->access;
    if (!f->has_region && !is_ohmic) {
        r->outcome = XBAR_OUTSIDE;
        xbar_fail(&r->error, XBAR_ERR_ENGINE,
                  "cells that are not ohmic (%s), and a model that is not calibrated",
                  cell->device->name);
    }
    if (!f->has_region)
        return;
    if (xbar_fitted_covers(f, e->features))
        return;
    r->outcome = XBAR_OUTSIDE;
    for (size_t k = 0; k < XBAR_N_FEATURES; k++) {
        xbar_fitted one = *f; /* the region in this feature alone */
        for (size_t l = 0; l < XBAR_N_FEATURES; l++)
            if (l != k) {
                one.region_min[l] = -INFINITY;
                one.region_max[l] = INFINITY;
            }
        if (!xbar_fitted_covers(&one, e->features)) {
            xbar_fail(&r->error, XBAR_ERR_ENGINE,
                      "outside the calibrated region: %s = %g; want %g to %g",
                      xbar_feature_name[k], e->features[k], f->region_min[k],
                      f->region_max[k]);
            return;
        }
    }
}

/* What follows for terminals: those that sense carry i_out, open ones nothing; of others
 * nothing is known. */
static void fill_terminals(const xbar_crossbar *c, const xbar_stimulus *in,
                           xbar_result *r)
{
    for (int side = 0; side < XBAR_N_SIDES; side++)
        for (size_t k = 0; k < xbar_side_lines(c, (xbar_side)side); k++)
            if (isnan(in->volt[side][k]))
                r->i_terminal[side][k] = 0.0;
    for (size_t j = 0; j < c->n_cols; j++) {
        xbar_side sense = xbar_col_source(c, in, j);
        if (sense == XBAR_N_SIDES || r->i_out[j] == 0.0)
            r->i_out[j] = 0.0; /* never -0 */
        if (sense != XBAR_N_SIDES)
            r->i_terminal[sense][j] = r->i_out[j] == 0.0 ? 0.0 : -r->i_out[j];
    }
}

static xbar_status solve_one(analytical *e, const xbar_stimulus *in, xbar_result *r)
{
    XBAR_TRY(e->fitted.model->predict(e->model, in, 1, r->i_out, &r->error));
    if (e->fitted.has_region || e->is_calibrated)
        xbar_features_input(e->features, e->c, in);
    XBAR_TRY(find_std(e, in, r, &r->error));
    fill_terminals(e->c, in, r);
    find_outcome(e, r);
    return XBAR_OK;
}

static xbar_status analytical_solve(void *self, const xbar_stimulus *in, size_t n,
                                    xbar_result *out, xbar_error *err)
{
    analytical *e = self;
    for (size_t l = 0; l < n; l++) {
        double start = xbar_clock_s();
        xbar_result_blank(&out[l], e->c);
        xbar_status status = solve_one(e, &in[l], &out[l]);
        if (status != XBAR_OK) {
            xbar_error why = out[l].error;
            xbar_result_blank(&out[l], e->c);
            if (status == XBAR_ERR_MEMORY)
                return xbar_fail(err, status, "%s", why.text);
            out[l].error = why;
            out[l].outcome =
                status == XBAR_ERR_CONVERGENCE ? XBAR_NOT_CONVERGED : XBAR_FAILED;
        }
        out[l].wall_time_s = xbar_clock_s() - start;
    }
    return XBAR_OK;
}

const xbar_engine xbar_engine_analytical = {
    .name = "analytical",
    .what = "a fast model, calibrated or not: columns' currents, no node voltages",
    .is_slow = 0,
    .open = analytical_open,
    .set_state = analytical_set_state,
    .solve = analytical_solve,
    .close = analytical_close,
    .method = analytical_method,
};
