/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The exact solver (nodal/nodal.h) as an engine. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "core/clock.h"
#include "core/memory.h"
#include "engine/adapters.h"
#include "nodal/effective.h"
#include "nodal/nodal.h"
#include "nodal/transient.h"

typedef struct nodal {
    const xbar_crossbar *c;
    xbar_nodal *solver;
    xbar_transient *run; /* in time; NULL before the first */
    xbar_stimulus in;    /* of a moment; arrays only with `run` */
    char method[128];
} nodal;

static void nodal_close(void *self)
{
    nodal *e = self;
    if (!e)
        return;
    xbar_transient_free(e->run);
    xbar_stimulus_clear(&e->in);
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
    /* which inputs come together depends on the plan alone (campaign/blocks.h) */
    const xbar_nodal_options options = {.is_together = true};
    xbar_status status = xbar_nodal_new(&e->solver, c, &options, err);
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

static xbar_outcome outcome_of(xbar_status status)
{
    return status == XBAR_OK                ? XBAR_DONE
           : status == XBAR_ERR_CONVERGENCE ? XBAR_NOT_CONVERGED
                                            : XBAR_FAILED;
}

static void take(const nodal *e, const xbar_stimulus *in, const xbar_nodal_answer *a,
                 double wall_time_s, xbar_result *r)
{
    r->outcome = outcome_of(a->status);
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

/* ---- in time ------------------------------------------------------------------------- */

static xbar_status nodal_begin(void *self, const xbar_start *start, xbar_error *err)
{
    nodal *e = self;
    if (!e->run) {
        XBAR_TRY(xbar_stimulus_init(&e->in, e->c, err));
        xbar_status status = xbar_transient_new(&e->run, e->solver, e->c, err);
        if (status != XBAR_OK) {
            xbar_stimulus_clear(&e->in);
            return status;
        }
    }
    const xbar_transient_start begin = {.t_s = start->t_s,
                                        .state = start->state,
                                        .is_stuck = start->is_stuck,
                                        .tolerance = start->tolerance,
                                        .max_step_s = start->max_step_s};
    return xbar_transient_begin(e->run, &begin, err);
}

static double *from(double *values, size_t first, size_t size)
{
    return values ? values + first * size : NULL;
}

/* Where the moments of this advance stand in a result. */
static xbar_moments moments_of(const nodal *e, const xbar_result *r, size_t first)
{
    const size_t n = e->c->n_rows * e->c->n_cols;
    xbar_moments m = {.v_row = from(r->v_row, first, n),
                      .v_col = from(r->v_col, first, n),
                      .i_cell = from(r->i_cell, first, n),
                      .heat = from(r->heat, first, n),
                      .kcl_residual = first == 0 ? (double)NAN : r->kcl_residual};
    for (size_t s = 0; s < XBAR_MAX_STATES; s++)
        m.state[s] = from(r->state[s], first, n);
    for (int side = 0; side < XBAR_N_SIDES; side++) {
        const size_t lines = xbar_side_lines(e->c, (xbar_side)side);
        m.i_terminal[side] = from(r->i_terminal[side], first, lines);
        m.energy[side] = from(r->energy[side], first, lines);
    }
    return m;
}

static xbar_status nodal_advance(void *self, const xbar_schedule *schedule,
                                 const double *t_s, size_t n, xbar_result *out,
                                 size_t first, xbar_error *err)
{
    nodal *e = self;
    const double begin = xbar_clock_s();
    if (!e->run)
        return xbar_fail(err, XBAR_ERR_INPUT, "nodal: no run in time has begun");
    xbar_moments m = moments_of(e, out, first);
    out->error = (xbar_error){0};
    xbar_status status =
        xbar_transient_advance(e->run, schedule, t_s, n, &m, &out->error);
    for (size_t k = 0; k < m.n_done; k++) {
        schedule->volts(&e->in, t_s[k], schedule->with);
        xbar_result_outputs(out, first + k, e->c, &e->in);
    }
    const double before = first == 0 ? 0.0 : out->wall_time_s;
    out->wall_time_s = before + (xbar_clock_s() - begin);
    out->kcl_residual = m.kcl_residual;
    out->outcome = outcome_of(status);
    if (status == XBAR_ERR_MEMORY)
        return xbar_fail(err, status, "%s", out->error.text);
    return XBAR_OK;
}

static void nodal_states(void *self, double *state)
{
    const nodal *e = self;
    if (e->run)
        xbar_transient_states(e->run, state);
}

const xbar_engine xbar_engine_nodal = {
    .name = "nodal",
    .what = "Kirchhoff's law on the same network, solved exactly",
    .is_slow = 0,
    .open = nodal_open,
    .set_state = nodal_set_state,
    .solve = nodal_solve,
    .effective = nodal_effective,
    .begin = nodal_begin,
    .advance = nodal_advance,
    .states = nodal_states,
    .close = nodal_close,
    .method = nodal_method,
};
