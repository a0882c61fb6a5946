/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The model `modes`, not calibrated, as a form. Its state's work waits for an input; here
 * an input of 0 V is part of the state. */
#include "forms.h"

#include <stdlib.h>
#include <string.h>

#include "analytical/model.h"
#include "core/memory.h"

enum { GROUP = 8 }; /* inputs that the model is given together */

typedef struct adapter {
    const xbar_model *model;
    void *self;
    const xbar_crossbar *c;
    double constants[XBAR_MAX_CONSTANTS];
    xbar_stimulus in[GROUP];
    double *scratch; /* A, [n_cols] */
} adapter;

static void close_form(void *self)
{
    adapter *s = self;
    if (!s)
        return;
    s->model->close(s->self);
    for (size_t l = 0; l < GROUP; l++)
        xbar_stimulus_clear(&s->in[l]);
    free(s->scratch);
    free(s);
}

static xbar_status allocate(adapter *s, xbar_error *err)
{
    const xbar_crossbar *c = s->c;
    for (size_t k = 0; k < s->model->n_constants; k++)
        s->constants[k] = s->model->constants[k].initial;
    for (size_t l = 0; l < GROUP; l++) {
        XBAR_TRY(xbar_stimulus_init(&s->in[l], c, err));
        memset(s->in[l].volt[XBAR_BOTTOM], 0, c->n_cols * sizeof(double));
    }
    XBAR_TRY(xbar_doubles_new(&s->scratch, c->n_cols, "currents", err));
    return s->model->open(&s->self, c, err);
}

static xbar_status open_form(void **self, const xbar_crossbar *c, xbar_error *err)
{
    *self = NULL;
    void *memory = NULL;
    XBAR_TRY(xbar_array_new(&memory, 1, sizeof(adapter), "model", err));
    adapter *s = memory;
    s->model = xbar_model_find("modes");
    s->c = c;
    xbar_status status = allocate(s, err);
    if (status != XBAR_OK) {
        close_form(s);
        return status;
    }
    *self = s;
    return XBAR_OK;
}

static xbar_status prepare(void *self, const double *g, xbar_error *err)
{
    adapter *s = self;
    memset(s->in[0].volt[XBAR_LEFT], 0, s->c->n_rows * sizeof(double));
    XBAR_TRY(s->model->prepare(s->self, g, g, s->constants, err));
    return s->model->predict(s->self, s->in, 1, s->scratch, err);
}

static void predict(void *self, size_t n, const double *v_in, double *i_out)
{
    adapter *s = self;
    const size_t n_rows = s->c->n_rows;
    for (size_t first = 0; first < n; first += GROUP) {
        size_t group = n - first < GROUP ? n - first : GROUP;
        for (size_t l = 0; l < group; l++)
            memcpy(s->in[l].volt[XBAR_LEFT], v_in + (first + l) * n_rows,
                   n_rows * sizeof *v_in);
        /* whatever this refuses, prepare has refused */
        (void)s->model->predict(s->self, s->in, group, i_out + first * s->c->n_cols,
                                NULL);
    }
}

const xbar_closed_form bench_modes = {
    .name = "modes",
    .what = "the model modes, not calibrated",
    .source = "src/analytical",
    .open = open_form,
    .prepare = prepare,
    .predict = predict,
    .close = close_form,
};
