/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/engine.h"

#include <math.h>
#include <string.h>

#include "engine/adapters.h"

/* Most trusted first. */
static const xbar_engine *const engines[] = {
    &xbar_engine_spice,
    &xbar_engine_nodal,
    &xbar_engine_ideal,
};

const xbar_engine *xbar_engine_at(size_t k)
{
    return k < sizeof engines / sizeof *engines ? engines[k] : NULL;
}

const xbar_engine *xbar_engine_find(const char *name)
{
    const xbar_engine *engine = NULL;
    for (size_t k = 0; (engine = xbar_engine_at(k)) != NULL; k++)
        if (strcmp(engine->name, name) == 0)
            return engine;
    return NULL;
}

static void fill(double *values, size_t n, double value)
{
    for (size_t k = 0; values && k < n; k++)
        values[k] = value;
}

void xbar_result_blank(xbar_result *r, const xbar_crossbar *c)
{
    const double nan = (double)NAN;
    fill(r->i_out, c->n_cols, nan);
    for (int side = 0; side < XBAR_N_SIDES; side++)
        fill(r->i_terminal[side], xbar_side_lines(c, (xbar_side)side), nan);
    fill(r->v_row, c->n_rows * c->n_cols, nan);
    fill(r->v_col, c->n_rows * c->n_cols, nan);
    fill(r->i_cell, c->n_rows * c->n_cols, nan);
    r->kcl_residual = nan;
    r->wall_time_s = nan;
    r->outcome = XBAR_PENDING;
    r->error = (xbar_error){0};
}

void xbar_result_outputs(xbar_result *r, const xbar_crossbar *c, const xbar_stimulus *s)
{
    for (size_t j = 0; j < c->n_cols; j++) {
        xbar_side side = xbar_col_source(c, s, j);
        double i = side == XBAR_N_SIDES ? 0.0 : r->i_terminal[side][j];
        r->i_out[j] = i == 0.0 ? 0.0 : -i; /* never -0 */
    }
}
