/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "control/logic.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/memory.h"

const char *const xbar_gate_name[XBAR_N_GATES] = {"nor", "imply"};

/* With n = NOR:
 *   x = a n b    y = a n x    z = b n x    w = y n z        = a xnor b
 *   p = w n c    q = w n p    r = c n p    sum = q n r      = a xor b xor c
 *   carry = x n p                                           = majority(a, b, c)
 * a, b, c in columns 0 to 2; x y z w p q r in 3 to 9. */
const xbar_logic_step xbar_logic_adder[XBAR_ADDER_STEPS] = {
    {XBAR_GATE_NOR, 2, {0, 1}, 3},
    {XBAR_GATE_NOR, 2, {0, 3}, 4},
    {XBAR_GATE_NOR, 2, {1, 3}, 5},
    {XBAR_GATE_NOR, 2, {4, 5}, 6},
    {XBAR_GATE_NOR, 2, {6, 2}, 7},
    {XBAR_GATE_NOR, 2, {6, 7}, 8},
    {XBAR_GATE_NOR, 2, {2, 7}, 9},
    {XBAR_GATE_NOR, 2, {8, 9}, XBAR_ADDER_SUM},
    {XBAR_GATE_NOR, 2, {3, 7}, XBAR_ADDER_CARRY},
};

void xbar_logic_expect(uint8_t *bits, uint8_t *expected, const xbar_logic_step *steps,
                       size_t n_steps)
{
    for (size_t s = 0; s < n_steps; s++) {
        bool any = false;
        for (size_t k = 0; k < steps[s].n_inputs; k++)
            any = any || bits[steps[s].inputs[k]];
        uint8_t *out = &bits[steps[s].output];
        *out = !any || (steps[s].gate == XBAR_GATE_IMPLY && *out);
        if (expected)
            expected[s] = *out;
    }
}

/* ---- the controller ------------------------------------------------------------------ */

typedef struct program {
    const xbar_crossbar *c;
    const xbar_logic_options *o;
    size_t step; /* the next one */
    const uint8_t *expected;
    xbar_logic_outcome *outcomes;
    double *level; /* [n_cols] of the row, at the beginning of the step */
    void (*witness)(const xbar_testimony *what, void *with);
    void *with;
} program;

/* Bit lines open; the other word lines, where they can be held, at the voltage that keeps
 * their cells from taking part. */
static void isolate(xbar_operation *o, const program *p)
{
    for (size_t j = 0; j < p->c->n_cols; j++)
        xbar_operation_col(o, p->c, j, (double)NAN);
    for (size_t i = 0; i < p->c->n_rows; i++)
        xbar_operation_row(o, p->c, i, p->o->isolate_volt);
    xbar_operation_row(o, p->c, p->o->row, (double)NAN);
}

static bool decide(void *self, const xbar_reading *last, xbar_operation *next)
{
    (void)last; /* a gate is not looked at while it works */
    program *p = self;
    if (p->step == p->o->n_steps)
        return false;
    const xbar_logic_step *step = &p->o->steps[p->step];
    const bool is_nor = step->gate == XBAR_GATE_NOR;
    isolate(next, p);
    if (!is_nor)
        xbar_operation_row(next, p->c, p->o->row, 0.0);
    for (size_t k = 0; k < step->n_inputs; k++)
        xbar_operation_col(next, p->c, step->inputs[k],
                           is_nor ? p->o->volt : p->o->cond_volt);
    xbar_operation_col(next, p->c, step->output, is_nor ? 0.0 : p->o->set_volt);
    if (p->c->cell.access)
        next->level.gate[p->o->row] = p->o->gate_volt;
    next->pulse = p->o->pulse;
    next->tag = (int)p->step;
    p->step++;
    return true;
}

/* ---- what it was worth --------------------------------------------------------------- */

static double level_at(const program *p, const xbar_testimony *what, size_t moment,
                       size_t col)
{
    const size_t n_cells = p->c->n_rows * p->c->n_cols;
    double x = what->at->state[0][moment * n_cells + p->o->row * p->c->n_cols + col];
    return (x - p->o->zero) / (p->o->one - p->o->zero);
}

/* When the output's level first crosses one half, from where it was before; straight
 * between the moments. */
static double latency(const program *p, const xbar_testimony *what, size_t output)
{
    double before = p->level[output];
    double t_before = what->begin_s;
    for (size_t k = 0; k < what->n_times; k++) {
        double now = level_at(p, what, k, output);
        if ((before - 0.5) * (now - 0.5) <= 0.0 && now != before) {
            double share = (0.5 - before) / (now - before);
            return t_before + share * (what->t_s[k] - t_before) - what->begin_s;
        }
        before = now;
        t_before = what->t_s[k];
    }
    return (double)NAN;
}

static void witness(const xbar_testimony *what, void *with)
{
    program *p = with;
    const xbar_logic_step *step = &p->o->steps[what->index];
    const size_t end = what->n_times - 1;
    xbar_logic_outcome *r = &p->outcomes[what->index];
    r->level = level_at(p, what, end, step->output);
    r->bit = r->level > 0.5;
    r->expected = p->expected[what->index];
    r->margin = 2.0 * (r->expected ? r->level - 0.5 : 0.5 - r->level);
    r->energy_j = what->energy_j;
    r->latency_s = latency(p, what, step->output);
    r->worst_input = 0.0;
    for (size_t k = 0; k < step->n_inputs; k++) {
        size_t col = step->inputs[k];
        double moved = level_at(p, what, end, col) - p->level[col];
        r->worst_input = fmax(r->worst_input, fabs(moved));
    }
    for (size_t j = 0; j < p->c->n_cols; j++)
        p->level[j] = level_at(p, what, end, j);
    if (p->witness)
        p->witness(what, p->with);
}

/* ---- the whole ----------------------------------------------------------------------- */

static xbar_status check_step(const xbar_logic_options *o, size_t s,
                              const xbar_crossbar *c, xbar_error *err)
{
    const xbar_logic_step *step = &o->steps[s];
    if (step->n_inputs < 1 || step->n_inputs > XBAR_MAX_GATE_INPUTS ||
        (step->gate == XBAR_GATE_IMPLY && step->n_inputs != 1))
        return xbar_fail(err, XBAR_ERR_INPUT, "step %zu, %s of %zu inputs: want %s", s,
                         xbar_gate_name[step->gate], step->n_inputs,
                         step->gate == XBAR_GATE_IMPLY ? "1" : "1 to 8");
    if (step->output >= c->n_cols)
        return xbar_fail(err, XBAR_ERR_INPUT, "step %zu, output %zu: want below %zu", s,
                         step->output, c->n_cols);
    for (size_t k = 0; k < step->n_inputs; k++) {
        bool taken = step->inputs[k] == step->output;
        for (size_t l = 0; l < k; l++)
            taken = taken || step->inputs[l] == step->inputs[k];
        if (step->inputs[k] >= c->n_cols || taken)
            return xbar_fail(err, XBAR_ERR_INPUT,
                             "step %zu, input %zu: want a column below %zu that the "
                             "step has not used",
                             s, step->inputs[k], c->n_cols);
    }
    return XBAR_OK;
}

static bool col_has_terminal(const xbar_crossbar *c, size_t j)
{
    return !isnan(c->terminal_ohm[XBAR_TOP][j]) ||
           !isnan(c->terminal_ohm[XBAR_BOTTOM][j]);
}

xbar_status xbar_logic_check(const xbar_logic_options *o, const xbar_crossbar *c,
                             xbar_error *err)
{
    bool any_imply = false;
    if (o->row >= c->n_rows)
        return xbar_fail(err, XBAR_ERR_INPUT, "row %zu: want below %zu", o->row,
                         c->n_rows);
    for (size_t s = 0; s < o->n_steps; s++) {
        XBAR_TRY(check_step(o, s, c, err));
        any_imply = any_imply || o->steps[s].gate == XBAR_GATE_IMPLY;
    }
    if (any_imply && isnan(c->terminal_ohm[XBAR_LEFT][o->row]) &&
        isnan(c->terminal_ohm[XBAR_RIGHT][o->row]))
        return xbar_fail(err, XBAR_ERR_INPUT,
                         "imply in row %zu: want a terminal of that row, whose ohm is "
                         "the resistance to 0 V",
                         o->row);
    for (size_t j = 0; j < c->n_cols; j++)
        if (!col_has_terminal(c, j))
            return xbar_fail(err, XBAR_ERR_INPUT,
                             "column %zu: want a terminal at its top or bottom", j);
    if (xbar_cell_n_states(&c->cell) == 0 || o->zero == o->one)
        return xbar_fail(err, XBAR_ERR_INPUT,
                         "cells of %s, states %g for 0 and %g for 1: want a device "
                         "whose state moves, and two states",
                         c->cell.device->name, o->zero, o->one);
    return XBAR_OK;
}

static void blank(xbar_logic_outcome *outcomes, const uint8_t *expected, size_t n)
{
    const double nan = (double)NAN;
    for (size_t s = 0; s < n; s++)
        outcomes[s] = (xbar_logic_outcome){.level = nan,
                                           .margin = nan,
                                           .energy_j = nan,
                                           .latency_s = nan,
                                           .worst_input = nan,
                                           .expected = expected[s]};
}

xbar_status xbar_logic_run(xbar_control_report *report, xbar_logic_outcome *outcomes,
                           const xbar_engine *engine, void *self,
                           const xbar_crossbar *c, const uint8_t *bits,
                           const xbar_logic_options *options, const xbar_start *start,
                           unsigned record,
                           void (*witness_too)(const xbar_testimony *what, void *with),
                           void *with, xbar_error *err)
{
    *report = (xbar_control_report){.outcome = XBAR_PENDING};
    XBAR_TRY(xbar_logic_check(options, c, err));
    void *memory = NULL;
    uint8_t *expected = NULL;
    uint8_t *after = NULL;
    program p = {.c = c,
                 .o = options,
                 .outcomes = outcomes,
                 .witness = witness_too,
                 .with = with};
    xbar_status status = xbar_array_new(&memory, options->n_steps, 1, "bits", err);
    expected = memory;
    if (status == XBAR_OK) {
        status = xbar_array_new(&memory, c->n_cols, 1, "bits", err);
        after = status == XBAR_OK ? memory : NULL;
    }
    if (status == XBAR_OK)
        status = xbar_doubles_new(&p.level, c->n_cols, "levels", err);
    if (status == XBAR_OK) {
        memcpy(after, bits, c->n_cols);
        xbar_logic_expect(after, expected, options->steps, options->n_steps);
        p.expected = expected;
        for (size_t j = 0; j < c->n_cols; j++)
            p.level[j] = bits[j];
        blank(outcomes, expected, options->n_steps);
        const xbar_controller controller = {"logic", &p, decide};
        const xbar_control_options run = {.start = *start,
                                          .points = options->points,
                                          .record = record,
                                          .witness = witness,
                                          .with = &p};
        status = xbar_control_run(report, engine, self, c, &controller, &run, err);
    }
    free(p.level);
    free(after);
    free(expected);
    return status;
}
