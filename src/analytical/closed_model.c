/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "analytical/closed_model.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "analytical/alpha_beta.h"
#include "analytical/dmr.h"
#include "analytical/gains.h"
#include "analytical/jeong.h"
#include "analytical/lean.h"
#include "analytical/read_input.h"
#include "core/memory.h"

enum { ROW_SCALE, COL_SCALE, CELL_SCALE, EXPONENT, K_TENTH, K_ALL };

static const xbar_constant constants[] = {
    [ROW_SCALE] = {"row_scale", "1", 1.0, 0.01, 100.0,
                   "word lines' resistance, drivers included, over the real one"},
    [COL_SCALE] = {"col_scale", "1", 1.0, 0.01, 100.0,
                   "bit lines' resistance, terminals included, over the real one"},
    [CELL_SCALE] = {"cell_scale", "1", 1.0, 0.01, 100.0,
                    "cells' conductance over that at read_volt"},
    [EXPONENT] = {"exponent", "1", 1.0, 0.1, 10.0,
                  "power of the share that the wires leave of a current"},
    [K_TENTH] = {"k_tenth", "1", XBAR_JEONG_K_TENTH, -10.0, 10.0,
                 "the form's k where a tenth of the cells is high"},
    [K_ALL] = {"k_all", "1", XBAR_JEONG_K_ALL, -10.0, 10.0,
               "the form's k where all cells are high"},
};
enum { N_LEAN = CELL_SCALE + 1, N_COMMON = EXPONENT + 1, N_JEONG = K_ALL + 1 };

typedef struct closed {
    const xbar_closed_form *form;
    const xbar_crossbar *real; /* borrowed */
    xbar_crossbar scaled;      /* its lists of ohm on the left and bottom are its own */
    void *self; /* the form's own state; of the published ones, whose gains
                                  alone make it up, it begins with them */
    double *g;  /* S, [n_rows][n_cols]: scaled cells */
    double *v;  /* V, [n_rows] */
    double row_scale, col_scale;
} closed;

static void close_model(void *self)
{
    closed *m = self;
    if (!m)
        return;
    m->form->close(m->self);
    free(m->scaled.terminal_ohm[XBAR_LEFT]);
    free(m->scaled.terminal_ohm[XBAR_BOTTOM]);
    free(m->g);
    free(m->v);
    free(m);
}

static xbar_status allocate(closed *m, xbar_error *err)
{
    const xbar_crossbar *c = m->real;
    XBAR_TRY(xbar_closed_form_check(c, err));
    m->scaled = *c;
    m->scaled.terminal_ohm[XBAR_LEFT] = m->scaled.terminal_ohm[XBAR_BOTTOM] = NULL;
    XBAR_TRY(
        xbar_doubles_new(&m->scaled.terminal_ohm[XBAR_LEFT], c->n_rows, "ohm", err));
    XBAR_TRY(
        xbar_doubles_new(&m->scaled.terminal_ohm[XBAR_BOTTOM], c->n_cols, "ohm", err));
    XBAR_TRY(xbar_doubles_new(&m->g, c->n_rows * c->n_cols, "conductances", err));
    XBAR_TRY(xbar_doubles_new(&m->v, c->n_rows, "inputs", err));
    memcpy(m->scaled.terminal_ohm[XBAR_LEFT], c->terminal_ohm[XBAR_LEFT],
           c->n_rows * sizeof *m->v);
    memcpy(m->scaled.terminal_ohm[XBAR_BOTTOM], c->terminal_ohm[XBAR_BOTTOM],
           c->n_cols * sizeof *m->v);
    return m->form->open(&m->self, &m->scaled, err);
}

static xbar_status open_model(void **self, const xbar_crossbar *c,
                              const xbar_closed_form *form, xbar_error *err)
{
    *self = NULL;
    void *memory = NULL;
    XBAR_TRY(xbar_array_new(&memory, 1, sizeof(closed), "closed form", err));
    closed *m = memory;
    *m = (closed){.form = form, .real = c};
    xbar_status status = allocate(m, err);
    if (status != XBAR_OK) {
        close_model(m);
        return status;
    }
    *self = m;
    return XBAR_OK;
}

/* Returns: has anything changed? */
static bool scale_lines(closed *m, double row_scale, double col_scale)
{
    const xbar_crossbar *c = m->real;
    const bool is_same = m->row_scale == row_scale && m->col_scale == col_scale;
    m->row_scale = row_scale;
    m->col_scale = col_scale;
    m->scaled.row_ohm = row_scale * c->row_ohm;
    m->scaled.col_ohm = col_scale * c->col_ohm;
    for (size_t i = 0; i < c->n_rows; i++)
        m->scaled.terminal_ohm[XBAR_LEFT][i] =
            row_scale * c->terminal_ohm[XBAR_LEFT][i];
    for (size_t j = 0; j < c->n_cols; j++)
        m->scaled.terminal_ohm[XBAR_BOTTOM][j] =
            col_scale * c->terminal_ohm[XBAR_BOTTOM][j];
    return !is_same;
}

/* Gains, each a product over cell, row and column, to a power. */
static void raise_gains(xbar_gains *s, const double *g, double exponent)
{
    const xbar_crossbar *c = s->c;
    for (size_t k = 0; s->own && k < c->n_rows * c->n_cols; k++)
        if (g[k] > 0.0)
            s->own[k] = g[k] * pow(s->own[k] / g[k], exponent);
    for (size_t i = 0; i < c->n_rows; i++)
        s->row[i] = pow(s->row[i], exponent);
    for (size_t j = 0; j < c->n_cols; j++)
        s->col[j] = pow(s->col[j], exponent);
}

/* The state as the constants have it: itself, or m->g. */
static const double *scale_cells(closed *m, const double *conductance, double scale)
{
    if (scale == 1.0)
        return conductance;
    for (size_t k = 0; k < m->real->n_rows * m->real->n_cols; k++)
        m->g[k] = scale * conductance[k];
    return m->g;
}

static xbar_status prepare(void *self, const double *state, const double *conductance,
                           const double *constant, xbar_error *err)
{
    (void)state;
    closed *m = self;
    const double *g = scale_cells(m, conductance, constant[CELL_SCALE]);
    scale_lines(m, constant[ROW_SCALE], constant[COL_SCALE]);
    XBAR_TRY(m->form->prepare(m->self, g, err));
    if (constant[EXPONENT] != 1.0)
        raise_gains(m->self, g, constant[EXPONENT]);
    return XBAR_OK;
}

static xbar_status predict(void *self, const xbar_stimulus *in, size_t n, double *i_out,
                           xbar_error *err)
{
    closed *m = self;
    for (size_t l = 0; l < n; l++) {
        XBAR_TRY(xbar_read_input(m->v, m->real, &in[l], err));
        m->form->predict(m->self, 1, m->v, i_out + l * m->real->n_cols);
    }
    return XBAR_OK;
}

static xbar_status open_alpha_beta(void **self, const xbar_crossbar *c, xbar_error *err)
{
    return open_model(self, c, &xbar_closed_form_alpha_beta, err);
}

static xbar_status open_dmr(void **self, const xbar_crossbar *c, xbar_error *err)
{
    return open_model(self, c, &xbar_closed_form_dmr, err);
}

static xbar_status open_jeong(void **self, const xbar_crossbar *c, xbar_error *err)
{
    XBAR_TRY(open_model(self, c, &xbar_closed_form_jeong, err));
    double min = 0.0;
    double max = INFINITY;
    xbar_cell_conductances(&min, &max, &c->cell);
    if (min > 0.0 && isfinite(max)) /* what cells can be, not what they happen to be */
        xbar_jeong_set_range(((closed *)*self)->self, 1.0 / max, 1.0 / min);
    return XBAR_OK;
}

static xbar_status prepare_jeong(void *self, const double *state,
                                 const double *conductance, const double *constant,
                                 xbar_error *err)
{
    xbar_jeong_set_k(((closed *)self)->self, constant[K_TENTH], constant[K_ALL]);
    return prepare(self, state, conductance, constant, err);
}

static xbar_status open_lean(void **self, const xbar_crossbar *c, xbar_error *err)
{
    XBAR_TRY(open_model(self, c, &xbar_closed_form_lean, err));
    ((closed *)*self)->row_scale = ((closed *)*self)->col_scale = 1.0;
    return XBAR_OK;
}

/* What depends on the wires alone is found when the form is opened. */
static xbar_status prepare_lean(void *self, const double *state,
                                const double *conductance, const double *constant,
                                xbar_error *err)
{
    (void)state;
    closed *m = self;
    const double *g = scale_cells(m, conductance, constant[CELL_SCALE]);
    if (scale_lines(m, constant[ROW_SCALE], constant[COL_SCALE])) {
        m->form->close(m->self);
        XBAR_TRY(m->form->open(&m->self, &m->scaled, err));
    }
    return m->form->prepare(m->self, g, err);
}

const xbar_model xbar_model_lean = {
    .name = "lean",
    .what = "two ladders a cell, bit lines risen as in the uniform array",
    .source = "ladders and the uniform array: Buzbee et al. 1970, doi:10.1137/0707049",
    .constants = constants,
    .n_constants = N_LEAN,
    .open = open_lean,
    .prepare = prepare_lean,
    .predict = predict,
    .close = close_model,
};

const xbar_model xbar_model_alpha_beta = {
    .name = "alpha_beta",
    .what = "each line's drop to first order, the other lines at 0 V",
    .source = "Cao et al., IEEE Xplore document 9691996",
    .constants = constants,
    .n_constants = N_COMMON,
    .open = open_alpha_beta,
    .prepare = prepare,
    .predict = predict,
    .close = close_model,
};

const xbar_model xbar_model_dmr = {
    .name = "dmr",
    .what = "alpha-beta with the mean conductances of rows and columns",
    .source = "IEEE Xplore document 9184938",
    .constants = constants,
    .n_constants = N_COMMON,
    .open = open_dmr,
    .prepare = prepare,
    .predict = predict,
    .close = close_model,
};

const xbar_model xbar_model_jeong = {
    .name = "jeong",
    .what = "ideal currents divided between one device and the wires",
    .source = "Jeong, Zidan, Lu, IEEE Xplore document 8219726",
    .constants = constants,
    .n_constants = N_JEONG,
    .open = open_jeong,
    .prepare = prepare_jeong,
    .predict = predict,
    .close = close_model,
};
