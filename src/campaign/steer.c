/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "campaign/steer.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/memory.h"
#include "experiment/steer.h"

static xbar_start start_of(const xbar_bench *b)
{
    return (xbar_start){.is_stuck = b->is_stuck,
                        .tolerance = b->plan->tolerance,
                        .max_step_s = b->plan->max_step_s};
}

/* ---- programming --------------------------------------------------------------------- */

/* Where the log goes: arrays of one sample and engine. */
typedef struct pulse_log {
    double *column[XBAR_MAX_NOTED];
    size_t n, n_cols, next;
} pulse_log;

static void note_event(const xbar_write_event *e, void *with)
{
    pulse_log *l = with;
    const size_t k = l->next++;
    if (k >= l->n)
        return;
    l->column[XBAR_NOTED_LOG_BEGIN][k] = e->begin_s;
    l->column[XBAR_NOTED_LOG_KIND][k] = (double)e->tag;
    l->column[XBAR_NOTED_LOG_ROW][k] = (double)e->row;
    l->column[XBAR_NOTED_LOG_COL][k] = (double)e->col;
    l->column[XBAR_NOTED_LOG_VOLT][k] = e->volt;
    l->column[XBAR_NOTED_LOG_CELLS][k] = (double)e->n_written;
    l->column[XBAR_NOTED_LOG_ENERGY][k] = e->energy_j;
    memcpy(l->column[XBAR_NOTED_LOG_I_OUT] + k * l->n_cols, e->i_out,
           l->n_cols * sizeof(double));
}

/* One sample's numbers of what engine e noted, `size` of them a sample. */
static double *noted(const xbar_part *part, size_t what, size_t e, size_t k,
                     size_t size)
{
    return part->noted[what][e] + k * size;
}

static xbar_status run_program(const xbar_bench *b, size_t e, xbar_part *part, size_t k,
                               uint8_t *fate, xbar_error *why)
{
    const xbar_plan *plan = b->plan;
    const xbar_crossbar *c = plan->crossbar;
    const size_t n_cells = c->n_rows * c->n_cols;
    double *plane[XBAR_NOTED_LOG_BEGIN];
    pulse_log l = {.n = plan->n_operations, .n_cols = c->n_cols};
    for (size_t what = 0; what < XBAR_NOTED_LOG_BEGIN; what++)
        plane[what] = noted(part, what, e, k, n_cells);
    for (size_t what = XBAR_NOTED_LOG_BEGIN; what <= XBAR_NOTED_LOG_I_OUT; what++)
        l.column[what] = noted(part, what, e, k,
                               what == XBAR_NOTED_LOG_I_OUT ? l.n * l.n_cols : l.n);
    xbar_write_record record = {.pulses = plane[XBAR_NOTED_PULSES],
                                .cycles = plane[XBAR_NOTED_CYCLES],
                                .measured = plane[XBAR_NOTED_MEASURED],
                                .final = plane[XBAR_NOTED_FINAL],
                                .disturb = plane[XBAR_NOTED_DISTURB],
                                .energy = plane[XBAR_NOTED_HEAT],
                                .fate = fate};
    const xbar_start start = start_of(b);
    const xbar_write_log listener = {.event = note_event, .with = &l};
    xbar_control_report report;
    double *target = plane[XBAR_NOTED_TARGET];
    XBAR_TRY(xbar_plan_targets(plan, part->block.sample + k, target, why));
    XBAR_TRY(plan->engines[e]->set_state(b->engines[e], b->state, b->conductance, why));
    XBAR_TRY(xbar_write_verify(&report, &record, plan->engines[e], b->engines[e], c,
                               target, &plan->write->options, &start, &listener, why));
    for (size_t cell = 0; cell < n_cells; cell++)
        plane[XBAR_NOTED_FATE][cell] = (double)fate[cell];
    *noted(part, XBAR_NOTED_TOTALS, e, k, 1) = (double)report.n_operations;
    *noted(part, XBAR_NOTED_SECONDS, e, k, 1) = report.end_s;
    *noted(part, XBAR_NOTED_ENERGY, e, k, 1) = report.energy_j;
    if (report.outcome == XBAR_DONE)
        return XBAR_OK;
    return xbar_fail(
        why,
        report.outcome == XBAR_NOT_CONVERGED ? XBAR_ERR_CONVERGENCE : XBAR_ERR_ENGINE,
        "programming, operation %zu: %s", report.n_operations, report.error.text);
}

xbar_status xbar_bench_program(const xbar_bench *b, size_t e, xbar_part *part, size_t k,
                               double *state, double *conductance, xbar_error *why)
{
    const xbar_crossbar *c = b->plan->crossbar;
    const size_t n_cells = c->n_rows * c->n_cols;
    void *memory = NULL;
    double *all = NULL;
    XBAR_TRY(xbar_array_new(&memory, n_cells, 1, "cells", why));
    xbar_status status =
        xbar_doubles_new(&all, n_cells * xbar_cell_n_states(&c->cell), "states", why);
    if (status == XBAR_OK)
        status = run_program(b, e, part, k, memory, why);
    if (status == XBAR_OK) {
        b->plan->engines[e]->states(b->engines[e], all);
        for (size_t cell = 0; cell < n_cells; cell++) {
            const bool is_open = b->state[cell] <= 0.0;
            state[cell] = is_open ? 0.0 : fmax(all[cell], XBAR_LEAST_STATE);
            conductance[cell] =
                is_open ? 0.0 : xbar_cell_conductance(&c->cell, state[cell]);
        }
    }
    free(all);
    free(memory);
    return status;
}

/* ---- logic --------------------------------------------------------------------------- */

typedef struct course {
    const xbar_crossbar *c;
    xbar_part *part;
    xbar_result *result;
    size_t unit; /* of the part: which sample and input */
    size_t n_moments, n_times;
    xbar_stimulus *at;
} course;

static void copy_moments(double *to, const double *from, size_t size, size_t first,
                         size_t n)
{
    if (to && from)
        memcpy(to + first * size, from, n * size * sizeof(double));
}

/* A step's moments go where they belong among all. */
static void keep_step(const xbar_testimony *what, void *with)
{
    const course *w = with;
    const xbar_crossbar *c = w->c;
    const size_t first = what->index * w->n_moments;
    const size_t n = what->n_times;
    const size_t n_cells = c->n_rows * c->n_cols;
    xbar_result *r = w->result;
    copy_moments(r->i_out, what->at->i_out, c->n_cols, first, n);
    for (int side = 0; side < XBAR_N_SIDES; side++) {
        const size_t lines = xbar_side_lines(c, (xbar_side)side);
        copy_moments(r->i_terminal[side], what->at->i_terminal[side], lines, first, n);
        copy_moments(r->energy[side], what->at->energy[side], lines, first, n);
    }
    copy_moments(r->v_row, what->at->v_row, n_cells, first, n);
    copy_moments(r->v_col, what->at->v_col, n_cells, first, n);
    copy_moments(r->i_cell, what->at->i_cell, n_cells, first, n);
    copy_moments(r->heat, what->at->heat, n_cells, first, n);
    for (size_t s = 0; s < XBAR_MAX_STATES; s++)
        copy_moments(r->state[s], what->at->state[s], n_cells, first, n);
    const xbar_operation_drive drive = {what->operation, c, what->begin_s};
    const xbar_schedule schedule = xbar_operation_schedule(&drive);
    for (size_t k = 0; k < n; k++) {
        const size_t moment = w->unit * w->n_times + first + k;
        schedule.volts(w->at, what->t_s[k], schedule.with);
        for (size_t i = 0; i < c->n_rows; i++)
            w->part->v_in[moment * c->n_rows + i] = xbar_row_volt(c, w->at, i);
        for (size_t j = 0; j < c->n_cols; j++)
            w->part->v_col[moment * c->n_cols + j] = xbar_col_volt(c, w->at, j);
    }
}

static void note_steps(xbar_part *part, size_t e, size_t unit,
                       const xbar_logic_outcome *steps, size_t n)
{
    for (size_t s = 0; s < n; s++) {
        const double values[XBAR_N_NOTED_LOGIC] = {
            [XBAR_NOTED_BIT] = isnan(steps[s].level) ? (double)NAN : steps[s].bit,
            [XBAR_NOTED_EXPECTED] = steps[s].expected,
            [XBAR_NOTED_LEVEL] = steps[s].level,
            [XBAR_NOTED_MARGIN] = steps[s].margin,
            [XBAR_NOTED_STEP_ENERGY] = steps[s].energy_j,
            [XBAR_NOTED_LATENCY] = steps[s].latency_s,
            [XBAR_NOTED_MOVED] = steps[s].worst_input,
        };
        for (size_t what = 0; what < XBAR_N_NOTED_LOGIC; what++)
            part->noted[what][e][unit * n + s] = values[what];
    }
}

/* What one run needs; freed by the caller. */
typedef struct room {
    uint8_t *bits;
    double *state, *conductance;
    xbar_logic_outcome *steps;
    xbar_stimulus at;
} room;

static void room_free(room *m)
{
    xbar_stimulus_clear(&m->at);
    free(m->steps);
    free(m->conductance);
    free(m->state);
    free(m->bits);
}

static xbar_status room_new(room *m, const xbar_plan *plan, xbar_error *err)
{
    const xbar_crossbar *c = plan->crossbar;
    const size_t n_cells = c->n_rows * c->n_cols;
    void *memory = NULL;
    *m = (room){0};
    XBAR_TRY(xbar_array_new(&memory, c->n_cols, 1, "bits", err));
    m->bits = memory;
    XBAR_TRY(
        xbar_array_new(&memory, plan->n_operations, sizeof *m->steps, "steps", err));
    m->steps = memory;
    XBAR_TRY(xbar_doubles_new(&m->state, n_cells, "cells", err));
    XBAR_TRY(xbar_doubles_new(&m->conductance, n_cells, "cells", err));
    return xbar_stimulus_init(&m->at, c, err);
}

static xbar_status run_logic(const xbar_bench *b, size_t e, course *w, room *m,
                             size_t input, xbar_error *why)
{
    const xbar_plan *plan = b->plan;
    xbar_logic_options o = plan->logic->options;
    const xbar_start start = start_of(b);
    xbar_control_report report;
    xbar_plan_bits(plan, input, m->bits, &o.row);
    const size_t n_cells = w->c->n_rows * w->c->n_cols;
    memcpy(m->state, b->state, n_cells * sizeof(double));
    memcpy(m->conductance, b->conductance, n_cells * sizeof(double));
    xbar_plan_write_bits(plan, &o, m->bits, b->is_stuck, m->state, m->conductance);
    XBAR_TRY(plan->engines[e]->set_state(b->engines[e], m->state, m->conductance, why));
    XBAR_TRY(xbar_logic_run(&report, m->steps, plan->engines[e], b->engines[e], w->c,
                            m->bits, &o, &start, plan->record, keep_step, w, why));
    note_steps(w->part, e, w->unit, m->steps, o.n_steps);
    w->result->outcome = report.outcome;
    w->result->error = report.error;
    w->result->kcl_residual = report.kcl_residual;
    w->result->wall_time_s = report.wall_time_s;
    return XBAR_OK;
}

xbar_status xbar_bench_logic(const xbar_bench *b, size_t e, xbar_part *part, size_t k,
                             size_t l, xbar_error *why)
{
    const xbar_plan *plan = b->plan;
    const size_t unit = k * part->block.n_inputs + l;
    room m;
    xbar_result *r = &part->results[e][unit];
    xbar_result_blank(r, plan->crossbar);
    xbar_status status = room_new(&m, plan, why);
    course w = {.c = plan->crossbar,
                .part = part,
                .result = r,
                .unit = unit,
                .n_moments = plan->logic->n_moments,
                .n_times = plan->n_times,
                .at = &m.at};
    if (status == XBAR_OK)
        status = run_logic(b, e, &w, &m, part->block.input + l, why);
    room_free(&m);
    return status;
}
