/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "calibrate/calibrate.h"

#include <math.h>
#include <stdlib.h>

#include "calibrate/bound.h"
#include "calibrate/work.h"
#include "core/clock.h"
#include "core/memory.h"

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
    XBAR_TRY(xbar_array_new(&memory, c->n_free, sizeof *c->end, "parameters", err));
    c->end = memory;
    XBAR_TRY(xbar_doubles_new(&c->profile, 2 * c->n_free, "profiles", err));
    XBAR_TRY(xbar_doubles_new(&c->predicted, s->n_data, "predictions", err));
    return xbar_doubles_new(&c->deviation, s->n_data, "predictions", err);
}

static void take_estimates(xbar_calibration *c, const xbar_work *w)
{
    const xbar_subject *s = w->s;
    for (size_t k = 0; k < s->n_parameters; k++)
        c->value[k] = s->parameters[k].initial;
    for (size_t k = 0; k < s->n_parameters; k++)
        c->standard_error[k] = c->is_held[k] ? (double)INFINITY : 0.0;
    for (size_t k = 0; k < c->n_free; k++) {
        c->value[c->which[k]] = c->fit.estimate[k];
        c->end[k] = xbar_bound_end(&w->parameters[k], c->fit.estimate[k]);
        c->standard_error[c->which[k]] = c->fit.standard_error[k];
        for (size_t l = 0; l < c->n_free; l++)
            c->covariance[c->which[k] * s->n_parameters + c->which[l]] =
                c->fit.covariance[k * c->n_free + l];
    }
}

xbar_status xbar_calibrate(xbar_calibration *out, const xbar_subject *s,
                           const xbar_calibration_options *options, xbar_error *err)
{
    const double start = xbar_clock_s();
    xbar_work w = {.s = s};
    xbar_status status = room(out, s, options->free, err);
    if (status == XBAR_OK && out->n_free > XBAR_MAX_FREE)
        status = xbar_fail(err, XBAR_ERR_INPUT, "%zu free parameters: want at most %d",
                           out->n_free, XBAR_MAX_FREE);
    if (status == XBAR_OK)
        status = xbar_calibration_split(out, s, options->seed, err);
    if (status == XBAR_OK)
        status = xbar_work_init(&w, out, s, err);
    if (status == XBAR_OK && out->n_free > 0)
        status = xbar_estimate(&w, &options->fit, err);
    if (status == XBAR_OK)
        take_estimates(out, &w);
    if (status == XBAR_OK && out->n_free > 0)
        status = xbar_estimate_profiles(out, &w, options, err);
    if (status == XBAR_OK)
        status = xbar_worth(out, &w, err);
    xbar_work_clear(&w);
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
    free(c->end);
    free(c->profile);
    free(c->role);
    free(c->quarter);
    free(c->predicted);
    free(c->deviation);
    xbar_fit_clear(&c->fit);
    *c = (xbar_calibration){0};
}
