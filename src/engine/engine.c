/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/engine.h"

#include <math.h>
#include <string.h>

#include "engine/adapters.h"

/* Most trusted first. */
static const xbar_engine *const engines[] = {
    &xbar_engine_spice,
    &xbar_engine_nodal,
    &xbar_engine_analytical,
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
    const size_t n_times = r->n_times > 1 ? r->n_times : 1;
    const size_t n_cells = n_times * c->n_rows * c->n_cols;
    fill(r->i_out, n_times * c->n_cols, nan);
    fill(r->i_out_std, n_times * c->n_cols, nan);
    for (int side = 0; side < XBAR_N_SIDES; side++) {
        size_t lines = n_times * xbar_side_lines(c, (xbar_side)side);
        fill(r->i_terminal[side], lines, nan);
        fill(r->energy[side], lines, nan);
    }
    double *const planes[] = {r->v_row, r->v_col, r->i_cell, r->heat};
    for (size_t p = 0; p < sizeof planes / sizeof *planes; p++)
        fill(planes[p], n_cells, nan);
    for (size_t s = 0; s < XBAR_MAX_STATES; s++)
        fill(r->state[s], n_cells, nan);
    r->kcl_residual = nan;
    r->wall_time_s = nan;
    r->outcome = XBAR_PENDING;
    r->error = (xbar_error){0};
}

void xbar_result_outputs(xbar_result *r, size_t moment, const xbar_crossbar *c,
                         const xbar_stimulus *s)
{
    for (size_t j = 0; j < c->n_cols; j++) {
        size_t k = moment * c->n_cols + j;
        xbar_side side = xbar_col_source(c, s, j);
        double i = side == XBAR_N_SIDES ? 0.0 : r->i_terminal[side][k];
        r->i_out[k] = i == 0.0 ? 0.0 : -i; /* never -0 */
    }
}
