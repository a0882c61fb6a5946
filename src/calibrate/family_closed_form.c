/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Closed forms: work once a state, then all its inputs. Their constants act through the
 * whole of it, so derivatives are differences (fit.h takes them). */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "analytical/model.h"
#include "calibrate/family.h"
#include "core/memory.h"

typedef struct closed_form {
    const xbar_model *model;
    const xbar_runs *r;
    void **opened; /* [n_files] */
} closed_form;

static bool any_wanted(const xbar_subject *s, const xbar_runs *r,
                       const xbar_runs_state *state, const bool *is_wanted)
{
    for (size_t k = state->first; k < state->first + state->n; k++)
        if (is_wanted[s->unit[r->first_datum[k]]])
            return true;
    return false;
}

/* What the model does not cover, with the file that has it. */
static xbar_status blame(const closed_form *f, size_t file, xbar_status status,
                         const xbar_error *why, xbar_error *err)
{
    const char *path = f->r->files[file].path;
    return xbar_fail(err, status, "%s%s%s: %s", path ? path : "", path ? ": " : "",
                     f->model->name, why->text);
}

static xbar_status predict(const xbar_subject *s, double *y, double *jacobian,
                           const double *p, const bool *is_free, const bool *is_wanted,
                           xbar_error *err)
{
    (void)jacobian;
    (void)is_free;
    const closed_form *f = s->self;
    const xbar_runs *r = f->r;
    for (size_t n = 0; n < s->n_data; n++)
        y[n] = NAN;
    for (size_t k = 0; k < r->n_states; k++) {
        const xbar_runs_state *state = &r->states[k];
        if (!any_wanted(s, r, state, is_wanted))
            continue;
        void *opened = f->opened[state->file];
        xbar_error why = {.text = ""};
        xbar_status status =
            f->model->prepare(opened, state->state, state->conductance, p, &why);
        if (status == XBAR_OK)
            status = f->model->predict(opened, r->stimuli + state->first, state->n,
                                       y + state->first_datum, &why);
        if (status != XBAR_OK && status != XBAR_ERR_CONVERGENCE)
            return blame(f, state->file, status, &why, err);
        for (size_t n = 0; n < state->n * state->crossbar->n_cols; n++)
            if (status != XBAR_OK || !is_wanted[s->unit[state->first_datum + n]])
                y[state->first_datum + n] = NAN;
    }
    return XBAR_OK;
}

static void close_self(xbar_subject *s)
{
    closed_form *f = s->self;
    for (size_t k = 0; f && f->opened && k < f->r->n_files; k++)
        f->model->close(f->opened[k]);
    if (f)
        free(f->opened);
    free(f);
}

static xbar_status refuse_model(const char *name, xbar_error *err)
{
    char known[200] = "";
    size_t used = 0;
    for (size_t k = 0; xbar_model_at(k); k++) {
        int n = snprintf(known + used, sizeof known - used, "%s%s", k > 0 ? ", " : "",
                         xbar_model_at(k)->name);
        used += n > 0 && (size_t)n < sizeof known - used ? (size_t)n : 0;
    }
    return xbar_fail(err, XBAR_ERR_INPUT, "no model %.60s: want %s or array", name,
                     known);
}

xbar_status xbar_family_closed_form_check(const char *model, xbar_error *err)
{
    return xbar_model_find(model) ? XBAR_OK : refuse_model(model, err);
}

static void add_constants(xbar_subject *s, const xbar_model *model)
{
    for (size_t k = 0; k < model->n_constants; k++) {
        const xbar_constant *c = &model->constants[k];
        xbar_subject_parameter *p = xbar_subject_add(s, c->name, c->unit, c->initial);
        p->min = c->min;
        p->max = c->max;
        p->from = p->to = c->initial;
        p->is_usual = true;
    }
}

xbar_status xbar_family_closed_form(xbar_subject *s, const char *model,
                                    const xbar_runs *r, xbar_error *err)
{
    /* cells that are not ohmic: single precision, sums of many */
    *s = (xbar_subject){.family = "closed form", .predict = predict, .rounding = 1e-9};
    const xbar_model *m = xbar_model_find(model);
    if (!m)
        return refuse_model(model, err);
    s->model = m->name;
    void *memory = NULL;
    XBAR_TRY(xbar_array_new(&memory, 1, sizeof(closed_form), "model", err));
    closed_form *f = memory;
    s->self = f;
    s->close = close_self;
    *f = (closed_form){.model = m, .r = r};
    XBAR_TRY(xbar_array_new(&memory, r->n_files, sizeof *f->opened, "models", err));
    f->opened = memory;
    for (size_t k = 0; k < r->n_files; k++) {
        xbar_error why = {.text = ""};
        xbar_status status = m->open(&f->opened[k], r->files[k].crossbar, &why);
        if (status != XBAR_OK)
            return blame(f, k, status, &why, err);
    }
    add_constants(s, m);
    return xbar_subject_runs(s, r, err);
}
