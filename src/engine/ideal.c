/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The yardstick: wires without resistance, ohmic cells.
 *
 *     I_j = sum_i g_ij (V_i - V_j)
 *
 * Each line stands at the voltage of its source; a line without one carries nothing. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/clock.h"
#include "core/memory.h"
#include "engine/adapters.h"

typedef struct ideal {
    const xbar_crossbar *c;
    double *g; /* S, [n_rows][n_cols] */
} ideal;

static void ideal_close(void *self)
{
    ideal *e = self;
    if (!e)
        return;
    free(e->g);
    free(e);
}

static xbar_status ideal_open(void **self, const xbar_crossbar *c,
                              const xbar_engine_settings *settings, xbar_error *err)
{
    (void)settings;
    *self = NULL;
    void *memory = NULL;
    XBAR_TRY(xbar_array_new(&memory, 1, sizeof(ideal), "ideal engine", err));
    ideal *e = memory;
    e->c = c;
    xbar_status status =
        xbar_doubles_new(&e->g, c->n_rows * c->n_cols, "conductances", err);
    if (status != XBAR_OK) {
        ideal_close(e);
        return status;
    }
    *self = e;
    return XBAR_OK;
}

static xbar_status ideal_set_state(void *self, const double *state,
                                   const double *conductance, xbar_error *err)
{
    (void)state;
    (void)err;
    ideal *e = self;
    memcpy(e->g, conductance, e->c->n_rows * e->c->n_cols * sizeof *e->g);
    return XBAR_OK;
}

/* The whole current of a line goes to its source; other terminals carry none. */
static void give_to_source(xbar_result *r, xbar_side source, size_t line,
                           double current)
{
    if (source != XBAR_N_SIDES)
        r->i_terminal[source][line] += current;
}

static void solve_one(const ideal *e, const xbar_stimulus *in, xbar_result *r)
{
    const xbar_crossbar *c = e->c;
    for (int side = 0; side < XBAR_N_SIDES; side++)
        for (size_t line = 0; line < xbar_side_lines(c, (xbar_side)side); line++)
            r->i_terminal[side][line] = 0.0;

    for (size_t i = 0; i < c->n_rows; i++) {
        double v_row = xbar_row_volt(c, in, i);
        xbar_side row_source = xbar_row_source(c, in, i);
        for (size_t j = 0; j < c->n_cols; j++) {
            size_t k = i * c->n_cols + j;
            double v_col = xbar_col_volt(c, in, j);
            double current = e->g[k] * (v_row - v_col);
            if (isnan(current))
                current = 0.0; /* one of its lines is open */
            give_to_source(r, row_source, i, current);
            give_to_source(r, xbar_col_source(c, in, j), j, -current);
            if (r->v_row)
                r->v_row[k] = v_row;
            if (r->v_col)
                r->v_col[k] = v_col;
            if (r->i_cell)
                r->i_cell[k] = current;
        }
    }
    xbar_result_outputs(r, 0, c, in);
}

static xbar_status ideal_solve(void *self, const xbar_stimulus *in, size_t n,
                               xbar_result *out, xbar_error *err)
{
    (void)err;
    for (size_t l = 0; l < n; l++) {
        double start = xbar_clock_s();
        xbar_result_blank(&out[l], ((ideal *)self)->c);
        solve_one(self, &in[l], &out[l]);
        out[l].outcome = XBAR_DONE;
        out[l].wall_time_s = xbar_clock_s() - start;
    }
    return XBAR_OK;
}

const xbar_engine xbar_engine_ideal = {
    .name = "ideal",
    .what = "I = G' V: wires without resistance, ohmic cells",
    .is_slow = 0,
    .open = ideal_open,
    .set_state = ideal_set_state,
    .solve = ideal_solve,
    .close = ideal_close,
};
