/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "campaign/recorded.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/memory.h"
#include "experiment/steer.h"

static const double most_levels = 2e7; /* operations x lines */

struct xbar_recorded {
    const xbar_crossbar *c;
    xbar_operation *operations; /* [n] */
    double *begin_s;            /* [n] */
    size_t n, room;
    double end_s;
    xbar_error error; /* of the recording itself */
};

/* ---- recording ----------------------------------------------------------------------- */

static xbar_status grow(xbar_recorded *r, xbar_error *err)
{
    const size_t lines = 2 * (r->c->n_rows + r->c->n_cols);
    if ((double)r->n * (double)lines > most_levels)
        return xbar_fail(err, XBAR_ERR_INPUT,
                         "more than %zu operations: too many for one netlist", r->n);
    if (r->n < r->room)
        return XBAR_OK;
    const size_t room = r->room > 0 ? 2 * r->room : 64;
    xbar_operation *operations = realloc(r->operations, room * sizeof *operations);
    if (operations)
        r->operations = operations;
    double *begin_s = realloc(r->begin_s, room * sizeof *begin_s);
    if (begin_s)
        r->begin_s = begin_s;
    if (!operations || !begin_s)
        return xbar_fail(err, XBAR_ERR_MEMORY, "no memory for %zu operations", room);
    r->room = room;
    return XBAR_OK;
}

static xbar_status keep(xbar_recorded *r, const xbar_testimony *what, xbar_error *err)
{
    XBAR_TRY(grow(r, err));
    if (r->n > 0 && !xbar_stimulus_same_terminals(&r->operations[0].level,
                                                  &what->operation->level, r->c))
        return xbar_fail(
            err, XBAR_ERR_INPUT,
            "operation %zu opens other terminals than the first one: no one "
            "netlist replays that",
            r->n);
    XBAR_TRY(xbar_operation_init(&r->operations[r->n], r->c, err));
    xbar_stimulus_copy(&r->operations[r->n].level, &what->operation->level, r->c);
    r->operations[r->n].pulse = what->operation->pulse;
    r->begin_s[r->n++] = what->begin_s;
    r->end_s = what->t_s[what->n_times - 1];
    return XBAR_OK;
}

static void listen(const xbar_testimony *what, void *with)
{
    xbar_recorded *r = with;
    if (r->error.status == XBAR_OK)
        keep(r, what, &r->error);
}

/* ---- the controllers ----------------------------------------------------------------- */

static xbar_status record_program(xbar_recorded *r, const xbar_engine *engine,
                                  void *self, const xbar_plan *plan, size_t sample,
                                  const xbar_start *start, xbar_control_report *report,
                                  xbar_error *err)
{
    double *target = NULL;
    xbar_write_record record = {.pulses = NULL};
    const xbar_write_log log = {.testify = listen, .with = r};
    XBAR_TRY(xbar_doubles_new(&target, r->c->n_rows * r->c->n_cols, "targets", err));
    xbar_status status = xbar_plan_targets(plan, sample, target, err);
    if (status == XBAR_OK)
        status = xbar_write_verify(report, &record, engine, self, r->c, target,
                                   &plan->write->options, start, &log, err);
    free(target);
    return status;
}

static xbar_status record_logic(xbar_recorded *r, const xbar_engine *engine, void *self,
                                const xbar_plan *plan, const xbar_logic_options *o,
                                const uint8_t *bits, const xbar_start *start,
                                xbar_control_report *report, xbar_error *err)
{
    void *memory = NULL;
    XBAR_TRY(
        xbar_array_new(&memory, o->n_steps, sizeof(xbar_logic_outcome), "steps", err));
    xbar_status status = xbar_logic_run(report, memory, engine, self, r->c, bits, o,
                                        start, 0, listen, r, err);
    (void)plan;
    free(memory);
    return status;
}

static xbar_status run_controller(xbar_recorded *r, const xbar_plan *plan,
                                  size_t sample, size_t input, double *state,
                                  double *conductance, const xbar_start *start,
                                  xbar_control_report *report, xbar_error *err)
{
    const xbar_engine *engine = xbar_engine_find("nodal");
    void *self = NULL;
    void *bits = NULL;
    xbar_logic_options o = {.n_steps = 0};
    XBAR_TRY(xbar_array_new(&bits, r->c->n_cols, 1, "bits", err));
    if (plan->logic) {
        o = plan->logic->options;
        xbar_plan_bits(plan, input, bits, &o.row);
        xbar_plan_write_bits(plan, &o, bits, start->is_stuck, state, conductance);
    }
    xbar_status status = engine->open(&self, r->c, NULL, err);
    if (status == XBAR_OK)
        status = engine->set_state(self, state, conductance, err);
    if (status == XBAR_OK && plan->logic)
        status = record_logic(r, engine, self, plan, &o, bits, start, report, err);
    else if (status == XBAR_OK)
        status = record_program(r, engine, self, plan, sample, start, report, err);
    if (self)
        engine->close(self);
    free(bits);
    return status;
}

xbar_status xbar_recorded_new(xbar_recorded **out, const xbar_plan *plan, size_t sample,
                              size_t input, double *state, double *conductance,
                              const uint8_t *is_stuck, xbar_error *err)
{
    void *memory = NULL;
    *out = NULL;
    XBAR_TRY(xbar_array_new(&memory, 1, sizeof(xbar_recorded), "waveforms", err));
    xbar_recorded *r = memory;
    r->c = plan->crossbar;
    const xbar_start start = {.is_stuck = is_stuck,
                              .tolerance = plan->tolerance,
                              .max_step_s = plan->max_step_s};
    xbar_control_report report = {.outcome = XBAR_DONE};
    xbar_status status = run_controller(r, plan, sample, input, state, conductance,
                                        &start, &report, err);
    if (status == XBAR_OK && r->error.status != XBAR_OK)
        status = xbar_fail(err, r->error.status, "%s", r->error.text);
    if (status == XBAR_OK && report.outcome != XBAR_DONE)
        status = xbar_fail(err, XBAR_ERR_CONVERGENCE, "%s", report.error.text);
    if (status == XBAR_OK && r->n == 0)
        status = xbar_fail(err, XBAR_ERR_INPUT,
                           "the controller does nothing: there is nothing to replay");
    if (status != XBAR_OK) {
        xbar_recorded_free(r);
        return status;
    }
    *out = r;
    return XBAR_OK;
}

void xbar_recorded_free(xbar_recorded *r)
{
    if (!r)
        return;
    for (size_t k = 0; k < r->n; k++)
        xbar_operation_clear(&r->operations[k]);
    free(r->operations);
    free(r->begin_s);
    free(r);
}

/* ---- replaying ----------------------------------------------------------------------- */

/* The operation at a time: the last that has begun. */
static size_t operation_at(const xbar_recorded *r, double t_s)
{
    size_t low = 0;
    size_t high = r->n;
    while (high - low > 1) {
        const size_t middle = low + (high - low) / 2;
        if (r->begin_s[middle] <= t_s)
            low = middle;
        else
            high = middle;
    }
    return low;
}

static void volts(xbar_stimulus *s, double t_s, const void *with)
{
    const xbar_recorded *r = with;
    const size_t k = operation_at(r, t_s);
    const xbar_operation_drive drive = {&r->operations[k], r->c, r->begin_s[k]};
    const xbar_schedule schedule = xbar_operation_schedule(&drive);
    schedule.volts(s, t_s, schedule.with);
}

static double corner(double t_s, const void *with)
{
    const xbar_recorded *r = with;
    const size_t k = operation_at(r, t_s);
    const xbar_operation_drive drive = {&r->operations[k], r->c, r->begin_s[k]};
    const xbar_schedule schedule = xbar_operation_schedule(&drive);
    const double next = schedule.corner(t_s, schedule.with);
    if (isfinite(next))
        return next;
    return k + 1 < r->n ? r->begin_s[k + 1] : (double)INFINITY;
}

xbar_schedule xbar_recorded_schedule(const xbar_recorded *r)
{
    return (xbar_schedule){.volts = volts, .corner = corner, .with = r};
}

double xbar_recorded_end(const xbar_recorded *r)
{
    return r->end_s;
}
