/* SPDX-License-Identifier: GPL-3.0-or-later */
/* An engine as a form: currents of lines only, no planes. */
#include "forms.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/memory.h"
#include "engine/engine.h"

enum { GROUP = 8 }; /* inputs that an engine is given together */

typedef struct adapter {
    const xbar_engine *engine;
    void *self;
    const xbar_crossbar *c;
    xbar_stimulus in[GROUP];
    xbar_result out[GROUP];
} adapter;

static void close_form(void *self)
{
    adapter *s = self;
    if (!s)
        return;
    if (s->self)
        s->engine->close(s->self);
    for (size_t l = 0; l < GROUP; l++) {
        xbar_stimulus_clear(&s->in[l]);
        free(s->out[l].i_out);
        for (int side = 0; side < XBAR_N_SIDES; side++)
            free(s->out[l].i_terminal[side]);
    }
    free(s);
}

static xbar_status allocate(adapter *s, xbar_error *err)
{
    const xbar_crossbar *c = s->c;
    for (size_t l = 0; l < GROUP; l++) {
        XBAR_TRY(xbar_stimulus_init(&s->in[l], c, err));
        memset(s->in[l].volt[XBAR_BOTTOM], 0, c->n_cols * sizeof(double));
        XBAR_TRY(xbar_doubles_new(&s->out[l].i_out, c->n_cols, "currents", err));
        for (int side = 0; side < XBAR_N_SIDES; side++)
            XBAR_TRY(xbar_doubles_new(&s->out[l].i_terminal[side],
                                      xbar_side_lines(c, (xbar_side)side), "currents",
                                      err));
    }
    return s->engine->open(&s->self, c, NULL, err);
}

static xbar_status open_engine(void **self, const char *name, const xbar_crossbar *c,
                               xbar_error *err)
{
    *self = NULL;
    const xbar_engine *engine = xbar_engine_find(name);
    if (!engine)
        return xbar_fail(err, XBAR_ERR_INPUT, "no engine %s", name);
    void *memory = NULL;
    XBAR_TRY(xbar_array_new(&memory, 1, sizeof(adapter), "engine", err));
    adapter *s = memory;
    s->engine = engine;
    s->c = c;
    xbar_status status = allocate(s, err);
    if (status != XBAR_OK) {
        close_form(s);
        return status;
    }
    *self = s;
    return XBAR_OK;
}

static xbar_status open_nodal(void **self, const xbar_crossbar *c, xbar_error *err)
{
    return open_engine(self, "nodal", c, err);
}

static xbar_status open_spice(void **self, const xbar_crossbar *c, xbar_error *err)
{
    return open_engine(self, "spice", c, err);
}

static xbar_status prepare(void *self, const double *g, xbar_error *err)
{
    adapter *s = self;
    return s->engine->set_state(s->self, g, g, err);
}

static void predict(void *self, size_t n, const double *v_in, double *i_out)
{
    adapter *s = self;
    const size_t n_rows = s->c->n_rows;
    const size_t n_cols = s->c->n_cols;
    for (size_t first = 0; first < n; first += GROUP) {
        size_t group = n - first < GROUP ? n - first : GROUP;
        for (size_t l = 0; l < group; l++)
            memcpy(s->in[l].volt[XBAR_LEFT], v_in + (first + l) * n_rows,
                   n_rows * sizeof *v_in);
        xbar_status status = s->engine->solve(s->self, s->in, group, s->out, NULL);
        for (size_t l = 0; l < group; l++)
            for (size_t j = 0; j < n_cols; j++)
                i_out[(first + l) * n_cols + j] =
                    status == XBAR_OK && s->out[l].outcome == XBAR_DONE
                        ? s->out[l].i_out[j]
                        : (double)NAN;
    }
}

const xbar_closed_form bench_nodal = {
    .name = "nodal",
    .what = "the engine nodal",
    .source = "src/nodal",
    .open = open_nodal,
    .prepare = prepare,
    .predict = predict,
    .close = close_form,
};

const xbar_closed_form bench_spice = {
    .name = "spice",
    .what = "the engine spice: libngspice, kept alive from input to input",
    .source = "ngspice",
    .open = open_spice,
    .prepare = prepare,
    .predict = predict,
    .close = close_form,
};
