/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The exact solver (nodal/nodal.h) as an engine. */
#include <stdio.h>
#include <stdlib.h>

#include "core/clock.h"
#include "core/memory.h"
#include "engine/adapters.h"
#include "nodal/effective.h"
#include "nodal/nodal.h"

typedef struct nodal {
    const xbar_crossbar *c;
    xbar_nodal *solver;
    char method[128];
} nodal;

static void nodal_close(void *self)
{
    nodal *e = self;
    if (!e)
        return;
    xbar_nodal_free(e->solver);
    free(e);
}

static xbar_status nodal_open(void **self, const xbar_crossbar *c,
                              const xbar_engine_settings *settings, xbar_error *err)
{
    (void)settings;
    *self = NULL;
    void *memory = NULL;
    XBAR_TRY(xbar_array_new(&memory, 1, sizeof(nodal), "nodal engine", err));
    nodal *e = memory;
    e->c = c;
    xbar_status status = xbar_nodal_new(&e->solver, c, NULL, err);
    if (status != XBAR_OK) {
        nodal_close(e);
        return status;
    }
    snprintf(e->method, sizeof e->method,
             "Kirchhoff's law with Newton's method; linear systems by %s",
             xbar_nodal_method(e->solver));
    *self = e;
    return XBAR_OK;
}

static const char *nodal_method(void *self)
{
    return ((const nodal *)self)->method;
}

static xbar_status nodal_set_state(void *self, const double *state,
                                   const double *conductance, xbar_error *err)
{
    (void)conductance;
    (void)err;
    xbar_nodal_set_state(((nodal *)self)->solver, state);
    return XBAR_OK;
}

static void take(const nodal *e, const xbar_stimulus *in, const xbar_nodal_answer *a,
                 double wall_time_s, xbar_result *r)
{
    r->outcome = a->status == XBAR_OK                ? XBAR_DONE
                 : a->status == XBAR_ERR_CONVERGENCE ? XBAR_NOT_CONVERGED
                                                     : XBAR_FAILED;
    r->error = a->error;
    r->wall_time_s = wall_time_s;
    if (a->status != XBAR_OK)
        return;
    r->kcl_residual = a->kcl_residual;
    xbar_result_outputs(r, 0, e->c, in);
}

/* The solver has all inputs at once, since many may cost less than each by itself; their
 * time is shared out equally. */
static xbar_status nodal_solve(void *self, const xbar_stimulus *in, size_t n,
                               xbar_result *out, xbar_error *err)
{
    nodal *e = self;
    void *memory = NULL;
    double begin = xbar_clock_s();
    XBAR_TRY(xbar_array_new(&memory, n, sizeof(xbar_nodal_answer), "answers", err));
    xbar_nodal_answer *a = memory;
    for (size_t l = 0; l < n; l++) {
        xbar_result_blank(&out[l], e->c);
        a[l].v_row = out[l].v_row;
        a[l].v_col = out[l].v_col;
        a[l].i_cell = out[l].i_cell;
        for (int side = 0; side < XBAR_N_SIDES; side++)
            a[l].i_terminal[side] = out[l].i_terminal[side];
    }
    xbar_status status = xbar_nodal_solve(e->solver, in, n, a, err);
    double wall_time_s = (xbar_clock_s() - begin) / (double)(n > 0 ? n : 1);
    for (size_t l = 0; status == XBAR_OK && l < n; l++)
        take(e, &in[l], &a[l], wall_time_s, &out[l]);
    for (size_t l = 0; status != XBAR_OK && l < n; l++)
        xbar_result_blank(&out[l], e->c);
    free(a);
    return status;
}

static xbar_status nodal_effective(void *self, double *g_eff, double *i_offset,
                                   const xbar_stimulus *rest,
                                   const bool *const takes_input[XBAR_N_SIDES],
                                   xbar_error *err)
{
    nodal *e = self;
    xbar_effective_drive drive = {.rest = rest};
    for (int side = 0; side < XBAR_N_SIDES; side++)
        drive.takes_input[side] = takes_input[side];
    return xbar_nodal_effective(g_eff, i_offset, e->solver, e->c, &drive, err);
}

const xbar_engine xbar_engine_nodal = {
    .name = "nodal",
    .what = "Kirchhoff's law on the same network, solved exactly",
    .is_slow = 0,
    .open = nodal_open,
    .set_state = nodal_set_state,
    .solve = nodal_solve,
    .effective = nodal_effective,
    .close = nodal_close,
    .method = nodal_method,
};
