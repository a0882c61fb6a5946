/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "analytical/uniform.h"

#include <stdlib.h>

#include "analytical/gains.h"
#include "analytical/modes.h"
#include "core/memory.h"

typedef struct uniform {
    const xbar_crossbar *c;
    xbar_modes modes; /* all of them */
    double *whole; /* 1, [n_rows]: sum_i of a shape, its share in a column's current */
    double *out;   /* S, [n_modes][n_cols]: column currents per volt of each shape */
    double *drive; /* V, [n_modes]: scratch */
} uniform;

static void close_form(void *self)
{
    uniform *s = self;
    if (!s)
        return;
    xbar_modes_clear(&s->modes);
    free(s->whole);
    free(s->out);
    free(s->drive);
    free(s);
}

static xbar_status check_equal(const xbar_crossbar *c, xbar_side side, xbar_error *err)
{
    const double *ohm = c->terminal_ohm[side];
    for (size_t line = 1; line < xbar_side_lines(c, side); line++)
        if (ohm[line] != ohm[0])
            return xbar_fail(err, XBAR_ERR_INPUT,
                             "the uniform array has equal terminals: %s 0 has %g ohm, "
                             "%s %zu has %g",
                             xbar_side_name[side], ohm[0], xbar_side_name[side], line,
                             ohm[line]);
    return XBAR_OK;
}

static xbar_status allocate(uniform *s, xbar_error *err)
{
    const xbar_crossbar *c = s->c;
    XBAR_TRY(xbar_doubles_new(&s->whole, c->n_rows, "modes", err));
    XBAR_TRY(xbar_doubles_new(&s->out, c->n_rows * c->n_cols, "modes", err));
    XBAR_TRY(xbar_doubles_new(&s->drive, c->n_rows, "modes", err));
    return xbar_modes_init(&s->modes, c->n_rows, c->n_rows, c->col_ohm,
                           c->terminal_ohm[XBAR_BOTTOM][0], err);
}

/* A shape's sum over its rows; by Kirchhoff's law also what its last row puts through the
 * terminal. Of the two the one in which nothing cancels. */
static void sum_shapes(uniform *s)
{
    const size_t n = s->c->n_rows;
    const double bottom_ohm = s->c->terminal_ohm[XBAR_BOTTOM][0];
    const double *last = s->modes.shape + (n - 1) * n;
    for (size_t i = 0; i < n; i++)
        for (size_t p = 0; p < n; p++)
            s->whole[p] += s->modes.shape[i * n + p];
    for (size_t p = 0; bottom_ohm > s->c->col_ohm && p < n; p++)
        s->whole[p] = last[p] * s->modes.ohm[p] / bottom_ohm;
}

static xbar_status open_form(void **self, const xbar_crossbar *c, xbar_error *err)
{
    *self = NULL;
    XBAR_TRY(xbar_closed_form_check(c, err));
    XBAR_TRY(check_equal(c, XBAR_LEFT, err));
    XBAR_TRY(check_equal(c, XBAR_BOTTOM, err));
    void *memory = NULL;
    XBAR_TRY(xbar_array_new(&memory, 1, sizeof(uniform), "closed form", err));
    uniform *s = memory;
    s->c = c;
    xbar_status status = allocate(s, err);
    if (status != XBAR_OK) {
        close_form(s);
        return status;
    }
    sum_shapes(s);
    *self = s;
    return XBAR_OK;
}

static xbar_status prepare(void *self, const double *g, xbar_error *err)
{
    uniform *s = self;
    const xbar_crossbar *c = s->c;
    for (size_t k = 1; k < c->n_rows * c->n_cols; k++)
        if (g[k] != g[0])
            return xbar_fail(err, XBAR_ERR_INPUT,
                             "the uniform array has equal cells: (0,0) has %g S, "
                             "(%zu,%zu) has %g",
                             g[0], k / c->n_cols, k % c->n_cols, g[k]);
    for (size_t p = 0; p < c->n_rows; p++) {
        double *out = s->out + p * c->n_cols;
        double siemens = g[0] / (1.0 + g[0] * s->modes.ohm[p]);
        xbar_modes_word(out, c->n_cols, 1, siemens, c->row_ohm,
                        c->terminal_ohm[XBAR_LEFT][0]);
        for (size_t j = 0; j < c->n_cols; j++)
            out[j] *= siemens * s->whole[p];
    }
    return XBAR_OK;
}

static void predict(void *self, size_t n, const double *v_in, double *i_out)
{
    uniform *s = self;
    const size_t n_rows = s->c->n_rows;
    const size_t n_cols = s->c->n_cols;
    for (size_t l = 0; l < n; l++) {
        xbar_weighted_rows(s->drive, n_rows, n_rows, s->modes.shape, v_in + l * n_rows);
        xbar_weighted_rows(i_out + l * n_cols, n_rows, n_cols, s->out, s->drive);
    }
}

const xbar_closed_form xbar_closed_form_uniform = {
    .name = "uniform",
    .what = "the uniform array as a sine series: exact for equal cells",
    .source = "eigenvectors of the grid, Buzbee et al. 1970",
    .open = open_form,
    .prepare = prepare,
    .predict = predict,
    .close = close_form,
};
