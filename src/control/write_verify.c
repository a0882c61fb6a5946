/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "control/write_verify.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/memory.h"

const char *const xbar_write_scheme_name[XBAR_N_WRITE_SCHEMES] = {"half", "third",
                                                                  "gate"};
const char *const xbar_write_order_name[XBAR_N_WRITE_ORDERS] = {"cell", "row"};

/* What a line that is not selected stands at, of the selected word line's voltage. */
static const struct {
    double row, col;
} others[XBAR_N_WRITE_SCHEMES] = {
    [XBAR_WRITE_HALF] = {1.0 / 2.0, 1.0 / 2.0},
    [XBAR_WRITE_THIRD] = {1.0 / 3.0, 2.0 / 3.0},
    [XBAR_WRITE_GATE] = {0.0, 1.0},
};

/* What the controller remembers of a cell. */
typedef struct cell {
    size_t pulses, cycles;
    size_t in_a_row; /* pulses since its direction turned */
    int direction;   /* 1 set, -1 reset, 0 none yet */
    int wanted;      /* of the last verify: 1 set, -1 reset, 0 it has arrived */
    bool is_given_up;
    double measured; /* S */
} cell;

typedef struct writer {
    const xbar_crossbar *c;
    const xbar_write_options *o;
    const double *target;
    cell *cells; /* [n_rows][n_cols] */
    size_t group, n_groups;
    enum { VERIFY, SET, RESET } next; /* of the present group */

    /* the witness's */
    const xbar_write_record *record;
    const xbar_write_log *log;
    double *last_state; /* [n_rows][n_cols], the cells' first */
    double *verified;   /* S, i/v at its group's last verify */
} writer;

/* ---- groups -------------------------------------------------------------------------- */

static size_t group_row(const writer *w, size_t group)
{
    return w->o->order == XBAR_WRITE_ROW ? group : group / w->c->n_cols;
}

static void group_cols(const writer *w, size_t group, size_t *first, size_t *end)
{
    const bool is_row = w->o->order == XBAR_WRITE_ROW;
    *first = is_row ? 0 : group % w->c->n_cols;
    *end = is_row ? w->c->n_cols : *first + 1;
}

static cell *cell_at(const writer *w, size_t row, size_t col)
{
    return &w->cells[row * w->c->n_cols + col];
}

static bool has_target(const writer *w, size_t row, size_t col)
{
    return !isnan(w->target[row * w->c->n_cols + col]);
}

static bool group_is_idle(const writer *w, size_t group)
{
    size_t first;
    size_t end;
    group_cols(w, group, &first, &end);
    for (size_t j = first; j < end; j++)
        if (has_target(w, group_row(w, group), j))
            return false;
    return true;
}

/* Does any cell of the group want a pulse in this direction? */
static bool anyone_wants(const writer *w, int direction)
{
    const size_t row = group_row(w, w->group);
    size_t first;
    size_t end;
    group_cols(w, w->group, &first, &end);
    for (size_t j = first; j < end; j++)
        if (cell_at(w, row, j)->wanted == direction)
            return true;
    return false;
}

/* ---- what is done -------------------------------------------------------------------- */

static void drive_gate(xbar_operation *o, const writer *w, size_t row, double volt)
{
    if (w->o->scheme == XBAR_WRITE_GATE)
        o->level.gate[row] = volt;
}

static void make_read(const writer *w, xbar_operation *o)
{
    const size_t row = group_row(w, w->group);
    xbar_operation_row(o, w->c, row, w->o->read_volt);
    drive_gate(o, w, row, w->o->read_gate_volt);
    o->pulse = w->o->read_pulse;
    o->tag = XBAR_TAG_READ;
}

/* The amplitude of a cell's next pulse. */
static double amplitude(const cell *k, const xbar_write_pulse *p)
{
    double volt = p->volt + (double)k->in_a_row * p->step_volt;
    return fabs(volt) < fabs(p->max_volt) ? volt : p->max_volt;
}

static void make_pulse(const writer *w, xbar_operation *o, int direction)
{
    const xbar_write_pulse *p = direction > 0 ? &w->o->set : &w->o->reset;
    const size_t row = group_row(w, w->group);
    size_t first;
    size_t end;
    group_cols(w, w->group, &first, &end);
    double largest = 0.0;
    for (size_t j = first; j < end; j++) {
        cell *k = cell_at(w, row, j);
        if (k->wanted != direction)
            continue;
        if (k->direction != direction) {
            k->cycles += k->direction != 0;
            k->direction = direction;
            k->in_a_row = 0;
        }
        if (fabs(amplitude(k, p)) > fabs(largest))
            largest = amplitude(k, p);
    }
    /* a line below 0 V would open the transistors of all rows */
    const double shift = w->o->scheme == XBAR_WRITE_GATE ? fmax(0.0, -largest) : 0.0;
    for (size_t i = 0; i < w->c->n_rows; i++)
        xbar_operation_row(o, w->c, i,
                           i == row ? largest + shift
                                    : others[w->o->scheme].row * largest);
    for (size_t j = 0; j < w->c->n_cols; j++)
        xbar_operation_col(o, w->c, j, others[w->o->scheme].col * largest + shift);
    for (size_t j = first; j < end; j++) {
        cell *k = cell_at(w, row, j);
        if (k->wanted != direction)
            continue;
        xbar_operation_col(o, w->c, j, largest - amplitude(k, p) + shift);
        k->in_a_row++;
        k->pulses++;
    }
    drive_gate(o, w, row, p->gate_volt);
    o->pulse = p->pulse;
    o->tag = direction > 0 ? XBAR_TAG_SET : XBAR_TAG_RESET;
}

/* ---- what is learnt ------------------------------------------------------------------ */

static void judge(const writer *w, cell *k, double target)
{
    const double error = k->measured - target;
    const double allowed = w->o->tolerance * target + w->o->tolerance_siemens;
    k->wanted = fabs(error) <= allowed ? 0 : error < 0.0 ? 1 : -1;
    if (k->wanted == 0)
        return;
    const bool turns = k->direction != 0 && k->wanted != k->direction;
    if (k->pulses >= w->o->max_pulses || (turns && k->cycles >= w->o->max_cycles)) {
        k->is_given_up = true;
        k->wanted = 0;
    }
}

/* Cells that have arrived are looked at again with the others of their row: a pulse for a
 * neighbour may have moved them. */
static void learn(const writer *w, const xbar_reading *last)
{
    const size_t row = group_row(w, w->group);
    size_t first;
    size_t end;
    group_cols(w, w->group, &first, &end);
    for (size_t j = first; j < end; j++) {
        cell *k = cell_at(w, row, j);
        k->measured = last->i_out[j] / w->o->read_volt;
        k->wanted = 0;
        if (has_target(w, row, j) && !k->is_given_up)
            judge(w, k, w->target[row * w->c->n_cols + j]);
    }
}

static bool decide(void *self, const xbar_reading *last, xbar_operation *next)
{
    writer *w = self;
    if (last && last->operation->tag == XBAR_TAG_READ) {
        learn(w, last);
        w->next = SET;
        if (!anyone_wants(w, 1) && !anyone_wants(w, -1)) {
            w->group++;
            w->next = VERIFY;
        }
    }
    while (w->group < w->n_groups && group_is_idle(w, w->group))
        w->group++;
    if (w->group == w->n_groups)
        return false;
    if (w->next == SET) {
        w->next = RESET;
        if (anyone_wants(w, 1)) {
            make_pulse(w, next, 1);
            return true;
        }
    }
    if (w->next == RESET) {
        w->next = VERIFY;
        if (anyone_wants(w, -1)) {
            make_pulse(w, next, -1);
            return true;
        }
    }
    make_read(w, next);
    return true;
}

/* ---- what a witness sees ------------------------------------------------------------- */

/* i/v at read_volt of a cell, S. In time a state of 0 is one like any other. */
static double conductance_of(const writer *w, double state)
{
    if (isnan(state))
        return 0.0; /* open */
    return xbar_cell_conductance(&w->c->cell, fmax(state, XBAR_LEAST_STATE));
}

static void tell_log(const writer *w, const xbar_testimony *what, double volt)
{
    size_t first;
    size_t end;
    group_cols(w, w->group, &first, &end);
    const size_t row = group_row(w, w->group);
    const int direction = what->operation->tag == XBAR_TAG_SET     ? 1
                          : what->operation->tag == XBAR_TAG_RESET ? -1
                                                                   : 0;
    xbar_write_event e = {.tag = (enum xbar_write_tag)what->operation->tag,
                          .row = row,
                          .col = first,
                          .begin_s = what->begin_s,
                          .end_s = what->t_s[what->n_times - 1],
                          .volt = volt,
                          .energy_j = what->energy_j,
                          .i_out = what->at->i_out + what->top * w->c->n_cols};
    for (size_t j = first; direction != 0 && j < end; j++)
        e.n_written += cell_at(w, row, j)->wanted == direction;
    w->log->event(&e, w->log->with);
}

/* What stands at the end of a read that turns out to be a group's last is what its cells
 * were left at. */
static void witness(const xbar_testimony *what, void *with)
{
    writer *w = with;
    const size_t n_cells = w->c->n_rows * w->c->n_cols;
    const size_t end = (what->n_times - 1) * n_cells;
    const size_t row = group_row(w, w->group);
    memcpy(w->last_state, what->at->state[0] + end, n_cells * sizeof(double));
    if (w->record->energy)
        memcpy(w->record->energy, what->at->heat + end, n_cells * sizeof(double));
    if (what->operation->tag == XBAR_TAG_READ) {
        size_t first;
        size_t behind;
        group_cols(w, w->group, &first, &behind);
        for (size_t j = first; j < behind; j++) {
            size_t k = row * w->c->n_cols + j;
            w->verified[k] = conductance_of(w, what->at->state[0][end + k]);
        }
    }
    if (w->log && w->log->testify)
        w->log->testify(what, w->log->with);
    if (w->log && w->log->event) {
        const xbar_stimulus *level = &what->operation->level;
        tell_log(w, what, xbar_row_volt(w->c, level, row));
    }
}

static void fill_record(const writer *w)
{
    const xbar_write_record *r = w->record;
    for (size_t k = 0; k < w->c->n_rows * w->c->n_cols; k++) {
        const cell *one = &w->cells[k];
        const double now = conductance_of(w, w->last_state[k]);
        const bool wanted = !isnan(w->target[k]);
        if (r->pulses)
            r->pulses[k] = (double)one->pulses;
        if (r->cycles)
            r->cycles[k] = (double)one->cycles;
        if (r->measured)
            r->measured[k] = wanted ? one->measured : (double)NAN;
        if (r->final)
            r->final[k] = now;
        if (r->disturb)
            r->disturb[k] = now - w->verified[k];
        if (r->fate)
            r->fate[k] = !wanted            ? XBAR_WRITE_SKIPPED
                         : one->is_given_up ? XBAR_WRITE_GIVEN_UP
                                            : XBAR_WRITE_ARRIVED;
    }
}

/* ---- the whole ----------------------------------------------------------------------- */

static xbar_status check_pulse(const xbar_write_pulse *p, const char *name,
                               xbar_error *err)
{
    const bool same_sign = p->volt * p->max_volt > 0.0 && p->step_volt * p->volt >= 0.0;
    if (!same_sign || !(fabs(p->max_volt) >= fabs(p->volt)))
        return xbar_fail(err, XBAR_ERR_INPUT,
                         "%s pulses from %g V by %g V to %g V: want one sign, and the "
                         "last at least the first",
                         name, p->volt, p->step_volt, p->max_volt);
    if (!(p->pulse.rise_s > 0.0 && p->pulse.fall_s > 0.0 && p->pulse.width_s >= 0.0 &&
          p->pulse.gap_s >= 0.0))
        return xbar_fail(err, XBAR_ERR_INPUT,
                         "%s pulses: want rise and fall above 0 s, width and gap not "
                         "below",
                         name);
    return XBAR_OK;
}

xbar_status xbar_write_check(const xbar_write_options *o, const xbar_crossbar *c,
                             xbar_error *err)
{
    const xbar_write_pulse read = {
        .volt = o->read_volt, .max_volt = o->read_volt, .pulse = o->read_pulse};
    XBAR_TRY(check_pulse(&o->set, "set", err));
    XBAR_TRY(check_pulse(&o->reset, "reset", err));
    XBAR_TRY(check_pulse(&read, "read", err));
    if (o->set.volt * o->reset.volt > 0.0)
        return xbar_fail(err, XBAR_ERR_INPUT,
                         "set pulses of %g V and reset pulses of %g V: want opposite "
                         "signs",
                         o->set.volt, o->reset.volt);
    if (xbar_cell_n_states(&c->cell) == 0)
        return xbar_fail(err, XBAR_ERR_INPUT,
                         "cells of %s: their state does not move with voltage; want a "
                         "device that does",
                         c->cell.device->name);
    if ((o->scheme == XBAR_WRITE_GATE) != (c->cell.access != NULL))
        return xbar_fail(
            err, XBAR_ERR_INPUT,
            "scheme %s %s access transistors: want gate with them, half or "
            "third without",
            xbar_write_scheme_name[o->scheme], c->cell.access ? "with" : "without");
    return XBAR_OK;
}

static void blank(const xbar_write_record *r, size_t n)
{
    double *const planes[] = {r->pulses, r->cycles,  r->measured,
                              r->final,  r->disturb, r->energy};
    for (size_t p = 0; p < sizeof planes / sizeof *planes; p++)
        for (size_t k = 0; planes[p] && k < n; k++)
            planes[p][k] = (double)NAN;
    if (r->fate)
        memset(r->fate, XBAR_WRITE_SKIPPED, n);
}

static xbar_status allocate(writer *w, xbar_error *err)
{
    const size_t n_cells = w->c->n_rows * w->c->n_cols;
    void *memory = NULL;
    XBAR_TRY(xbar_array_new(&memory, n_cells, sizeof(cell), "cells", err));
    w->cells = memory;
    XBAR_TRY(xbar_doubles_new(&w->last_state, n_cells, "states", err));
    XBAR_TRY(xbar_doubles_new(&w->verified, n_cells, "conductances", err));
    for (size_t k = 0; k < n_cells; k++)
        w->verified[k] = w->last_state[k] = (double)NAN;
    return XBAR_OK;
}

xbar_status xbar_write_verify(xbar_control_report *report, xbar_write_record *record,
                              const xbar_engine *engine, void *self,
                              const xbar_crossbar *c, const double *target,
                              const xbar_write_options *options,
                              const xbar_start *start, const xbar_write_log *log,
                              xbar_error *err)
{
    const size_t n_cells = c->n_rows * c->n_cols;
    writer w = {.c = c,
                .o = options,
                .target = target,
                .n_groups = options->order == XBAR_WRITE_ROW ? c->n_rows : n_cells,
                .record = record,
                .log = log};
    const xbar_controller controller = {"write-verify", &w, decide};
    const xbar_control_options run = {.start = *start,
                                      .record = record->energy ? XBAR_RECORD_HEAT : 0,
                                      .witness = witness,
                                      .with = &w};
    *report = (xbar_control_report){.outcome = XBAR_PENDING};
    blank(record, n_cells);
    XBAR_TRY(xbar_write_check(options, c, err));
    xbar_status status = allocate(&w, err);
    if (status == XBAR_OK)
        status = xbar_control_run(report, engine, self, c, &controller, &run, err);
    if (status == XBAR_OK && report->n_operations > 0)
        fill_record(&w);
    free(w.verified);
    free(w.last_state);
    free(w.cells);
    return status;
}
