/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "control/control.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/memory.h"

static const size_t most_operations = 10000000;

/* A run on its way. */
typedef struct run {
    const xbar_engine *engine;
    void *self;
    const xbar_crossbar *c;
    const xbar_control_options *options;
    xbar_operation now, next;
    xbar_result at;
    double *t_s; /* [n_times] */
    size_t n_times;
    size_t top;
    double t_now;
    double energy; /* J, of all sources since the beginning */
} run;

static void result_free(xbar_result *r)
{
    free(r->i_out);
    for (int side = 0; side < XBAR_N_SIDES; side++) {
        free(r->i_terminal[side]);
        free(r->energy[side]);
    }
    for (size_t s = 0; s < XBAR_MAX_STATES; s++)
        free(r->state[s]);
    free(r->v_row);
    free(r->v_col);
    free(r->i_cell);
    free(r->heat);
}

static xbar_status result_new(xbar_result *r, const xbar_crossbar *c, size_t n_times,
                              unsigned record, xbar_error *err)
{
    const size_t n_cells = n_times * c->n_rows * c->n_cols;
    *r = (xbar_result){.n_times = n_times};
    XBAR_TRY(xbar_doubles_new(&r->i_out, n_times * c->n_cols, "currents", err));
    for (int side = 0; side < XBAR_N_SIDES; side++) {
        size_t lines = n_times * xbar_side_lines(c, (xbar_side)side);
        XBAR_TRY(xbar_doubles_new(&r->i_terminal[side], lines, "currents", err));
        XBAR_TRY(xbar_doubles_new(&r->energy[side], lines, "energies", err));
    }
    for (size_t s = 0; s < xbar_cell_n_states(&c->cell); s++)
        XBAR_TRY(xbar_doubles_new(&r->state[s], n_cells, "states", err));
    const struct {
        unsigned bit;
        double **plane;
    } planes[] = {{XBAR_RECORD_V_ROW, &r->v_row},
                  {XBAR_RECORD_V_COL, &r->v_col},
                  {XBAR_RECORD_I_CELL, &r->i_cell},
                  {XBAR_RECORD_HEAT, &r->heat}};
    for (size_t p = 0; p < sizeof planes / sizeof *planes; p++)
        if (record & planes[p].bit)
            XBAR_TRY(xbar_doubles_new(planes[p].plane, n_cells, "planes", err));
    return XBAR_OK;
}

size_t xbar_control_moments(double *t_s, size_t *top, const xbar_pulse *p,
                            size_t points)
{
    const double top_s = p->rise_s + p->width_s;
    const double length = xbar_pulse_length(p);
    size_t n = 0;
    bool has_top = false;
    for (size_t k = 1; k <= points; k++) {
        double t = length * (double)k / (double)(points + 1);
        if (!has_top && t >= top_s * (1.0 - 1e-9)) {
            *top = n;
            t_s[n++] = top_s;
            has_top = true;
            if (t <= top_s * (1.0 + 1e-9))
                continue;
        }
        t_s[n++] = t;
    }
    if (!has_top) {
        *top = n;
        t_s[n++] = top_s;
    }
    if (length > top_s * (1.0 + 1e-9))
        t_s[n++] = length;
    return n;
}

static double energy_at(const run *r, size_t moment)
{
    double sum = 0.0;
    for (int side = 0; side < XBAR_N_SIDES; side++) {
        size_t lines = xbar_side_lines(r->c, (xbar_side)side);
        for (size_t k = 0; k < lines; k++)
            sum += r->at.energy[side][moment * lines + k];
    }
    return sum;
}

/* Carries out r->now. @param[out] done  false: the outcome is in the report */
static xbar_status carry_out(run *r, xbar_control_report *report, bool *done,
                             xbar_error *err)
{
    const xbar_operation_drive drive = {
        .operation = &r->now, .c = r->c, .begin_s = r->t_now};
    const xbar_schedule schedule = xbar_operation_schedule(&drive);
    r->n_times =
        xbar_control_moments(r->t_s, &r->top, &r->now.pulse, r->options->points);
    for (size_t k = 0; k < r->n_times; k++)
        r->t_s[k] += r->t_now;
    XBAR_TRY(
        r->engine->advance(r->self, &schedule, r->t_s, r->n_times, &r->at, 0, err));
    report->outcome = r->at.outcome;
    report->error = r->at.error;
    report->wall_time_s += r->at.wall_time_s;
    *done = r->at.outcome == XBAR_DONE;
    if (!*done)
        return XBAR_OK;
    if (!(r->at.kcl_residual <= report->kcl_residual))
        report->kcl_residual = r->at.kcl_residual;
    const double energy = energy_at(r, r->n_times - 1);
    const xbar_testimony what = {.operation = &r->now,
                                 .index = report->n_operations,
                                 .begin_s = r->t_now,
                                 .t_s = r->t_s,
                                 .n_times = r->n_times,
                                 .top = r->top,
                                 .at = &r->at,
                                 .energy_j = energy - r->energy};
    r->energy = energy;
    r->t_now = r->t_s[r->n_times - 1];
    report->n_operations++;
    report->end_s = r->t_now;
    report->energy_j = energy;
    if (r->options->witness)
        r->options->witness(&what, r->options->with);
    return XBAR_OK;
}

static xbar_reading reading_of(const run *r)
{
    xbar_reading reading = {.operation = &r->now,
                            .i_out = r->at.i_out + r->top * r->c->n_cols};
    for (int side = 0; side < XBAR_N_SIDES; side++)
        reading.i_terminal[side] =
            r->at.i_terminal[side] + r->top * xbar_side_lines(r->c, (xbar_side)side);
    return reading;
}

static xbar_status loop(run *r, const xbar_controller *controller,
                        xbar_control_report *report, xbar_error *err)
{
    const size_t limit = r->options->limit ? r->options->limit : most_operations;
    bool done = true;
    for (;;) {
        xbar_operation_rest(&r->next, r->c);
        const xbar_reading last = reading_of(r);
        if (!controller->decide(controller->self,
                                report->n_operations > 0 ? &last : NULL, &r->next))
            return XBAR_OK;
        if (report->n_operations >= limit) {
            report->outcome = XBAR_NOT_CONVERGED;
            xbar_fail(&report->error, XBAR_ERR_CONVERGENCE,
                      "%s: not finished after %zu operations", controller->name, limit);
            return XBAR_OK;
        }
        const xbar_operation swap = r->now;
        r->now = r->next;
        r->next = swap;
        XBAR_TRY(carry_out(r, report, &done, err));
        if (!done)
            return XBAR_OK;
    }
}

xbar_status xbar_control_run(xbar_control_report *report, const xbar_engine *engine,
                             void *self, const xbar_crossbar *c,
                             const xbar_controller *controller,
                             const xbar_control_options *options, xbar_error *err)
{
    *report = (xbar_control_report){.end_s = options->start.t_s, .outcome = XBAR_DONE};
    if (!engine->begin || !engine->advance)
        return xbar_fail(err, XBAR_ERR_INPUT, "the engine %s knows no time",
                         engine->name);
    run r = {.engine = engine,
             .self = self,
             .c = c,
             .options = options,
             .t_now = options->start.t_s};
    xbar_status status = xbar_operation_init(&r.now, c, err);
    if (status == XBAR_OK)
        status = xbar_operation_init(&r.next, c, err);
    if (status == XBAR_OK)
        status = xbar_doubles_new(&r.t_s, options->points + 2, "moments", err);
    if (status == XBAR_OK)
        status = result_new(&r.at, c, options->points + 2, options->record, err);
    if (status == XBAR_OK)
        status = engine->begin(self, &options->start, err);
    if (status == XBAR_OK)
        status = loop(&r, controller, report, err);
    result_free(&r.at);
    free(r.t_s);
    xbar_operation_clear(&r.next);
    xbar_operation_clear(&r.now);
    return status;
}
