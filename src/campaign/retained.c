/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "campaign/retained.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/memory.h"
#include "experiment/retention.h"

static double *at_moment(double *values, size_t moment, size_t size)
{
    return values ? values + moment * size : NULL;
}

/* One moment of a result, as an engine that knows no time fills it. */
static xbar_result view_of(const xbar_result *r, size_t moment, const xbar_crossbar *c)
{
    const size_t n_cells = c->n_rows * c->n_cols;
    xbar_result view = {
        .n_times = 1,
        .i_out = at_moment(r->i_out, moment, c->n_cols),
        .i_out_std = at_moment(r->i_out_std, moment, c->n_cols),
        .v_row = at_moment(r->v_row, moment, n_cells),
        .v_col = at_moment(r->v_col, moment, n_cells),
        .i_cell = at_moment(r->i_cell, moment, n_cells),
    };
    for (int side = 0; side < XBAR_N_SIDES; side++)
        view.i_terminal[side] =
            at_moment(r->i_terminal[side], moment, xbar_side_lines(c, (xbar_side)side));
    return view;
}

/* What a moment's read adds to the whole: the worst of what happened. */
static void take_up(xbar_result *r, const xbar_result *view)
{
    if (!(r->kcl_residual >= view->kcl_residual))
        r->kcl_residual = view->kcl_residual;
    r->wall_time_s = (isnan(r->wall_time_s) ? 0.0 : r->wall_time_s) + view->wall_time_s;
    const bool is_good = r->outcome == XBAR_PENDING || r->outcome == XBAR_DONE;
    if (is_good || (r->outcome == XBAR_OUTSIDE && view->outcome != XBAR_DONE)) {
        r->outcome = view->outcome;
        r->error = view->error;
    }
}

/* Engine e at one moment, all inputs. */
static void read_moment(const xbar_bench *b, size_t e, xbar_result *results, size_t n,
                        size_t moment, const xbar_stimulus *s, const double *state,
                        const double *conductance, xbar_result *views)
{
    const xbar_engine *engine = b->plan->engines[e];
    xbar_error why = {0};
    for (size_t l = 0; l < n; l++)
        views[l] = view_of(&results[l], moment, b->plan->crossbar);
    xbar_status status = engine->set_state(b->engines[e], state, conductance, &why);
    if (status == XBAR_OK)
        status = engine->solve(b->engines[e], s, n, views, &why);
    for (size_t l = 0; l < n; l++) {
        if (status != XBAR_OK && views[l].outcome == XBAR_PENDING) {
            views[l].outcome = XBAR_FAILED;
            views[l].error = why;
        }
        take_up(&results[l], &views[l]);
    }
}

xbar_status xbar_bench_retained(const xbar_bench *b, xbar_part *part, size_t k,
                                const xbar_stimulus *s, xbar_error *err)
{
    const xbar_plan *plan = b->plan;
    const size_t n_cells = plan->crossbar->n_rows * plan->crossbar->n_cols;
    const size_t n = part->block.n_inputs;
    double *state = NULL;
    void *views = NULL;
    XBAR_TRY(xbar_doubles_new(&state, n_cells, "cells", err));
    xbar_status status = xbar_array_new(&views, n, sizeof(xbar_result), "results", err);
    for (size_t e = 0; status == XBAR_OK && e < plan->n_engines; e++)
        for (size_t l = 0; l < n; l++)
            xbar_result_blank(&part->results[e][k * n + l], plan->crossbar);
    for (size_t m = 0; status == XBAR_OK && m < plan->n_times; m++) {
        double *conductance =
            part->conductance_time + (k * plan->n_times + m) * n_cells;
        xbar_plan_retained(plan, part->block.sample + k, m, b->conductance, b->is_stuck,
                           conductance, state);
        for (size_t e = 0; e < plan->n_engines; e++)
            read_moment(b, e, part->results[e] + k * n, n, m, s, state, conductance,
                        views);
    }
    free(views);
    free(state);
    return status;
}
