/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Perfect wires: the product that the closed forms end with, and nothing before it. */
#include "forms.h"

#include <stdlib.h>

#include "analytical/gains.h"
#include "core/memory.h"

typedef struct ideal {
    const xbar_crossbar *c;
    const double *g;
} ideal;

static xbar_status open_form(void **self, const xbar_crossbar *c, xbar_error *err)
{
    void *memory = NULL;
    *self = NULL;
    XBAR_TRY(xbar_array_new(&memory, 1, sizeof(ideal), "ideal", err));
    ((ideal *)memory)->c = c;
    *self = memory;
    return XBAR_OK;
}

static xbar_status prepare(void *self, const double *g, xbar_error *err)
{
    (void)err;
    ((ideal *)self)->g = g;
    return XBAR_OK;
}

static void predict(void *self, size_t n, const double *v_in, double *i_out)
{
    const ideal *s = self;
    for (size_t l = 0; l < n; l++)
        xbar_weighted_rows(i_out + l * s->c->n_cols, s->c->n_rows, s->c->n_cols, s->g,
                           v_in + l * s->c->n_rows);
}

const xbar_closed_form bench_ideal = {
    .name = "ideal",
    .what = "I = G' V",
    .source = "Ohm and Kirchhoff",
    .open = open_form,
    .prepare = prepare,
    .predict = predict,
    .close = free,
};
