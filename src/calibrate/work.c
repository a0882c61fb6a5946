/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "calibrate/work.h"

#include <math.h>
#include <stdlib.h>

#include "core/memory.h"

void xbar_work_clear(xbar_work *w)
{
    free(w->is_wanted);
    free(w->all);
    free(w->y);
    free(w->jacobian);
    free(w->weight);
}

bool xbar_work_is_used(const xbar_subject *s, size_t n)
{
    return isfinite(s->noise[n]);
}

xbar_status xbar_work_residuals(double *r, double *jacobian, const double *p,
                                const void *with, xbar_error *err)
{
    const xbar_work *w = with;
    const xbar_subject *s = w->s;
    const size_t m = w->c->n_free;
    for (size_t k = 0; k < m; k++)
        w->all[w->c->which[k]] = p[k];
    XBAR_TRY(s->predict(s, w->y, jacobian ? w->jacobian : NULL, w->all, w->c->is_free,
                        w->is_wanted, err));
    for (size_t n = 0; n < s->n_data; n++) {
        bool counts = xbar_work_is_used(s, n) && w->is_wanted[s->unit[n]];
        r[n] = counts ? w->y[n] - s->measured[n] : 0.0;
        for (size_t k = 0; jacobian && k < m; k++)
            jacobian[n * m + k] =
                counts ? w->jacobian[n * s->n_parameters + w->c->which[k]] : 0.0;
    }
    return XBAR_OK;
}

/* What is free goes into the fit, the rest stands at its start. */
void xbar_work_take_free(xbar_work *w)
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

xbar_status xbar_work_init(xbar_work *w, xbar_calibration *c, const xbar_subject *s,
                           xbar_error *err)
{
    void *memory = NULL;
    *w = (xbar_work){.s = s, .c = c};
    XBAR_TRY(xbar_array_new(&memory, s->n_units, sizeof *w->is_wanted, "units", err));
    w->is_wanted = memory;
    XBAR_TRY(xbar_doubles_new(&w->all, s->n_parameters, "parameters", err));
    XBAR_TRY(xbar_doubles_new(&w->y, s->n_data, "predictions", err));
    XBAR_TRY(xbar_doubles_new(&w->jacobian,
                              s->has_jacobian ? s->n_data * s->n_parameters : 0,
                              "Jacobian", err));
    XBAR_TRY(xbar_doubles_new(&w->weight, s->n_data, "weights", err));
    xbar_work_take_free(w);
    return XBAR_OK;
}

void xbar_work_want(xbar_work *w, bool everything)
{
    for (size_t k = 0; k < w->s->n_units; k++)
        w->is_wanted[k] = everything || w->c->role[k] == XBAR_ROLE_FIT;
    for (size_t n = 0; n < w->s->n_data; n++) {
        double a = w->s->noise[n];
        bool counts = xbar_work_is_used(w->s, n) && w->is_wanted[w->s->unit[n]];
        w->weight[n] = counts ? 1.0 / (a * a) : 0.0;
    }
}

xbar_fit_problem xbar_work_problem(const xbar_work *w)
{
    return (xbar_fit_problem){
        .parameters = w->parameters,
        .n_parameters = w->c->n_free,
        .n_data = w->s->n_data,
        .weight = w->weight,
        .residuals = xbar_work_residuals,
        .has_jacobian = w->s->has_jacobian,
        .rounding = w->s->rounding,
        .with = w,
    };
}
