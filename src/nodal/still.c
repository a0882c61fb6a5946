/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "nodal/still.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/memory.h"

/* Far below what steps are allowed to be wrong by, far above rounding. */
static const double tolerance = 1e-10;

static xbar_status make_room(xbar_still_network *s, xbar_error *err)
{
    const size_t n = s->c->n_rows * s->c->n_cols;
    double **const planes[] = {&s->g, &s->one, &s->v_row, &s->v_col};
    const xbar_nodal_options options = {.tolerance = tolerance};
    for (size_t k = 0; k < sizeof planes / sizeof *planes; k++)
        XBAR_TRY(xbar_doubles_new(planes[k], n, "cells in time", err));
    for (size_t k = 0; k < n; k++)
        s->one[k] = 1.0;
    return xbar_nodal_new(&s->solver, &s->linear, &options, err);
}

xbar_status xbar_still_new(xbar_still_network **out, const xbar_crossbar *c,
                           xbar_error *err)
{
    *out = NULL;
    if (!c->cell.device->is_ohmic || c->cell.selector || c->cell.access)
        return XBAR_OK;
    void *memory = NULL;
    XBAR_TRY(xbar_array_new(&memory, 1, sizeof(xbar_still_network), "time", err));
    xbar_still_network *s = memory;
    s->c = c;
    s->linear = *c;
    s->linear.cell = xbar_cell_default(xbar_device_find("linear"));
    xbar_status status = make_room(s, err);
    if (status != XBAR_OK) {
        xbar_still_free(s);
        return status;
    }
    *out = s;
    return XBAR_OK;
}

void xbar_still_free(xbar_still_network *s)
{
    if (!s)
        return;
    xbar_nodal_free(s->solver);
    free(s->g);
    free(s->one);
    free(s->v_row);
    free(s->v_col);
    free(s);
}

void xbar_still_forget(xbar_still_network *s)
{
    if (s)
        s->is_known = false;
}

/* Conductances of cells k ... k+n-1 in states x. */
static void find_conductances(xbar_still_network *s, const xbar_stage *stage,
                              const double *x, size_t k, size_t n)
{
    const xbar_response at_one = {.i = s->g + k};
    xbar_cell_respond(stage->cell, n, &at_one, s->one, x, stage->fixed + k);
    for (size_t m = k; m < k + n; m++)
        if (stage->fixed[m] == 0.0)
            s->g[m] = 0.0;
}

/* While an array is written most of its rows stand where they stood. */
static void move_cells(xbar_still_network *s, xbar_stage *stage, const double *x)
{
    const size_t n = stage->n;
    const size_t row = stage->n_cols;
    const bool by_rows = s->is_known && stage->n_states == 1;
    for (size_t k = 0; by_rows && k < n; k += row) {
        if (memcmp(stage->x + k, x + k, row * sizeof *x) == 0)
            continue;
        memcpy(stage->x + k, x + k, row * sizeof *x);
        find_conductances(s, stage, x + k, k, row);
    }
    if (by_rows)
        return;
    if (stage->n_states > 0)
        memcpy(stage->x, x, stage->n_states * n * sizeof *x);
    find_conductances(s, stage, stage->x, 0, n);
    s->is_known = true;
}

xbar_status xbar_still_solve(xbar_still_network *s, xbar_stage *stage, const double *x,
                             const xbar_stimulus *in, xbar_nodal_answer *a,
                             xbar_error *err)
{
    const size_t n = stage->n;
    xbar_nodal_answer answer = {.v_row = s->v_row, .v_col = s->v_col};
    for (int side = 0; side < XBAR_N_SIDES; side++)
        answer.i_terminal[side] = a->i_terminal[side];
    move_cells(s, stage, x);
    xbar_nodal_set_state(s->solver, s->g);
    XBAR_TRY(xbar_nodal_solve(s->solver, in, 1, &answer, err));
    for (size_t k = 0; k < n && answer.status == XBAR_OK; k++) {
        const double v = s->v_row[k] - s->v_col[k];
        stage->v[k] = isnan(v) ? 0.0 : v; /* where no source reaches */
        stage->i[k] = s->g[k] * stage->v[k];
    }
    a->status = answer.status;
    a->error = answer.error;
    a->kcl_residual = answer.kcl_residual;
    a->largest_current = answer.largest_current;
    a->n_newton = 1;
    if (answer.status != XBAR_OK && err)
        *err = answer.error;
    return answer.status;
}

void xbar_still_tell(const xbar_still_network *s, const xbar_stage *stage,
                     xbar_nodal_answer *a)
{
    const double *const found[] = {s->v_row, s->v_col, stage->i};
    double *const wanted[] = {a->v_row, a->v_col, a->i_cell};
    for (int k = 0; k < 3; k++)
        if (wanted[k])
            memcpy(wanted[k], found[k], stage->n * sizeof(double));
}
