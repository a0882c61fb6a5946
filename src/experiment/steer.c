/* SPDX-License-Identifier: GPL-3.0-or-later */
/* analysis: {kind: program} and {kind: logic}. */
#include "experiment/steer.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/memory.h"
#include "experiment/keys.h"
#include "experiment/sources.h"

/* What the controller's own check says of the options, said of the file. */
static xbar_status refuse(const xbar_tree *t, const xbar_error *why, xbar_error *err)
{
    char place[XBAR_PLACE_SIZE];
    return xbar_fail(err, why->status, "%s: analysis: %s",
                     xbar_tree_place(place, t, xbar_key_find(t, "analysis")),
                     why->text);
}

static double number(const xbar_tree *t, const char *path, const char *key)
{
    char whole[XBAR_PATH_SIZE];
    snprintf(whole, sizeof whole, "%s.%s", path, key);
    const xbar_value *value = xbar_key_find(t, whole);
    return value ? xbar_value_number(value) : 0.0;
}

static xbar_pulse read_shape(const xbar_tree *t, const char *path)
{
    return (xbar_pulse){.rise_s = number(t, path, "rise_s"),
                        .width_s = number(t, path, "width_s"),
                        .fall_s = number(t, path, "fall_s"),
                        .gap_s = number(t, path, "gap_s")};
}

/* ---- programming --------------------------------------------------------------------- */

static xbar_status read_write_pulse(xbar_write_pulse *w, const xbar_tree *t,
                                    const char *path, xbar_error *err)
{
    char last[XBAR_PATH_SIZE];
    XBAR_TRY(xbar_key_need(t, path, err));
    *w = (xbar_write_pulse){.volt = number(t, path, "volt"),
                            .step_volt = number(t, path, "step_volt"),
                            .gate_volt = number(t, path, "gate_volt"),
                            .pulse = read_shape(t, path)};
    snprintf(last, sizeof last, "%s.max_volt", path);
    const xbar_value *value = xbar_key_find(t, last);
    w->max_volt = value ? xbar_value_number(value) : w->volt;
    if (w->step_volt != 0.0 && !value)
        return xbar_key_missing(t, last, err, "the last amplitude, beside step_volt");
    return XBAR_OK;
}

static xbar_status read_program(xbar_plan *p, const xbar_tree *t, xbar_error *err)
{
    void *memory = NULL;
    XBAR_TRY(xbar_array_new(&memory, 1, sizeof *p->write, "plan", err));
    p->write = memory;
    xbar_write_options *o = &p->write->options;
    o->scheme = (xbar_write_scheme)xbar_key_word(t, "analysis.scheme");
    o->order = (xbar_write_order)xbar_key_word(t, "analysis.order");
    XBAR_TRY(xbar_key_need(t, "analysis.target", err));
    XBAR_TRY(read_write_pulse(&o->set, t, "analysis.set", err));
    XBAR_TRY(read_write_pulse(&o->reset, t, "analysis.reset", err));
    xbar_write_pulse read = {0};
    XBAR_TRY(read_write_pulse(&read, t, "analysis.read", err));
    o->read_volt = read.volt;
    o->read_gate_volt = read.gate_volt;
    o->read_pulse = read.pulse;
    o->tolerance = xbar_key_number(t, "analysis.verify.tolerance");
    o->tolerance_siemens = xbar_key_number(t, "analysis.verify.tolerance_siemens");
    o->max_pulses = xbar_key_integer(t, "analysis.verify.max_pulses");
    o->max_cycles = xbar_key_integer(t, "analysis.verify.max_cycles");
    p->n_operations = xbar_key_integer(t, "analysis.log");
    p->record |= XBAR_RECORD_PROGRAM;
    xbar_error why = {0};
    if (xbar_write_check(o, p->crossbar, &why) != XBAR_OK)
        return refuse(t, &why, err);
    return XBAR_OK;
}

xbar_status xbar_plan_targets(const xbar_plan *p, size_t sample, double *target,
                              xbar_error *err)
{
    (void)err;
    xbar_source_values(p->write->targets, target, p->seed, sample, 0,
                       p->crossbar->n_rows * p->crossbar->n_cols);
    return XBAR_OK;
}

/* ---- logic --------------------------------------------------------------------------- */

/* A list of whole numbers below a limit, each once.
 * @param[out] out  yours */
static xbar_status read_indices(size_t **out, size_t *n, const xbar_tree *t,
                                const char *path, size_t limit, size_t most,
                                xbar_error *err)
{
    const xbar_value *list = xbar_key_find(t, path);
    void *memory = NULL;
    *out = NULL;
    *n = list ? list->n : 0;
    if (*n > most)
        return xbar_key_fail(t, list, err, path, "at most %zu", most);
    XBAR_TRY(xbar_array_new(&memory, *n, sizeof **out, "plan", err));
    *out = memory;
    for (size_t k = 0; k < *n; k++) {
        char entry[XBAR_PATH_SIZE];
        (*out)[k] = xbar_value_integer(list->items[k]);
        bool again = false;
        for (size_t l = 0; l < k; l++)
            again = again || (*out)[l] == (*out)[k];
        if ((*out)[k] >= limit || again)
            return xbar_key_fail(t, list->items[k], err,
                                 xbar_path_entry(entry, path, k, ""),
                                 "0 to %zu, each once", limit - 1);
    }
    return XBAR_OK;
}

/* The words of analysis.steps[].gate: NOT is a NOR of one input. */
static xbar_gate gate_of(const xbar_value *word)
{
    return xbar_value_is(word, "imply") ? XBAR_GATE_IMPLY : XBAR_GATE_NOR;
}

static xbar_status read_step(xbar_logic_step *s, const xbar_tree *t,
                             const xbar_value *map, const char *path, xbar_error *err)
{
    const xbar_value *gate = xbar_value_get(map, "gate", 4);
    const xbar_value *inputs = xbar_value_get(map, "inputs", 6);
    const xbar_value *output = xbar_value_get(map, "output", 6);
    char more[XBAR_PATH_SIZE];
    snprintf(more, sizeof more, "%s.inputs", path);
    if (inputs->n > XBAR_MAX_GATE_INPUTS)
        return xbar_key_fail(t, inputs, err, more, "at most %d", XBAR_MAX_GATE_INPUTS);
    if (!xbar_value_is(gate, "nor") && inputs->n != 1)
        return xbar_key_fail(t, inputs, err, more, "one, with gate not or imply");
    s->gate = gate_of(gate);
    s->n_inputs = inputs->n;
    for (size_t k = 0; k < inputs->n; k++)
        s->inputs[k] = xbar_value_integer(inputs->items[k]);
    s->output = xbar_value_integer(output);
    return XBAR_OK;
}

static xbar_status read_steps(struct xbar_plan_logic *l, const xbar_tree *t,
                              xbar_error *err)
{
    const xbar_value *list = xbar_key_find(t, "analysis.steps");
    const xbar_value *adder = xbar_key_find(t, "analysis.program");
    void *memory = NULL;
    if ((list != NULL) == (adder != NULL))
        return xbar_key_fail(t, xbar_key_find(t, "analysis"), err, "analysis",
                             "one of steps and program, with kind logic");
    const size_t n = list ? list->n : XBAR_ADDER_STEPS;
    if (n > 10000)
        return xbar_key_fail(t, list, err, "analysis.steps", "at most 10000");
    XBAR_TRY(xbar_array_new(&memory, n, sizeof *l->steps, "steps", err));
    l->steps = memory;
    if (adder)
        memcpy(l->steps, xbar_logic_adder, sizeof xbar_logic_adder);
    for (size_t k = 0; list && k < n; k++) {
        char path[XBAR_PATH_SIZE];
        XBAR_TRY(read_step(&l->steps[k], t, list->items[k],
                           xbar_path_entry(path, "analysis.steps", k, ""), err));
    }
    l->options.steps = l->steps;
    l->options.n_steps = n;
    return XBAR_OK;
}

/* Cells that hold 1 beforehand: those named, or else the outputs of NORs. */
static xbar_status read_ones(struct xbar_plan_logic *l, size_t n_cols,
                             const xbar_tree *t, xbar_error *err)
{
    void *memory = NULL;
    XBAR_TRY(xbar_array_new(&memory, n_cols, 1, "bits", err));
    l->ones = memory;
    if (!xbar_key_find(t, "analysis.ones")) {
        for (size_t k = 0; k < l->options.n_steps; k++)
            if (l->steps[k].gate == XBAR_GATE_NOR && l->steps[k].output < n_cols)
                l->ones[l->steps[k].output] = 1;
        return XBAR_OK;
    }
    size_t *cols = NULL;
    size_t n = 0;
    xbar_status status =
        read_indices(&cols, &n, t, "analysis.ones", n_cols, n_cols, err);
    for (size_t k = 0; status == XBAR_OK && cols && k < n; k++)
        l->ones[cols[k]] = 1;
    free(cols);
    return status;
}

static xbar_status read_operands(struct xbar_plan_logic *l, const xbar_crossbar *c,
                                 const xbar_tree *t, xbar_error *err)
{
    XBAR_TRY(read_indices(&l->operands, &l->n_operands, t, "analysis.operands",
                          c->n_cols, XBAR_MAX_OPERANDS, err));
    if (l->n_operands == 0 && l->options.n_steps == XBAR_ADDER_STEPS &&
        xbar_key_find(t, "analysis.program") && c->n_cols >= XBAR_ADDER_COLS) {
        void *memory = NULL;
        free(l->operands);
        l->operands = NULL;
        XBAR_TRY(xbar_array_new(&memory, 3, sizeof *l->operands, "plan", err));
        l->operands = memory;
        for (size_t k = 0; k < 3; k++)
            l->operands[k] = k;
        l->n_operands = 3;
    }
    XBAR_TRY(read_indices(&l->rows, &l->n_rows, t, "analysis.rows", c->n_rows,
                          c->n_rows, err));
    l->n_rows += l->n_rows == 0; /* none given: the first, which stands there as 0 */
    return XBAR_OK;
}

static void read_volts(xbar_logic_options *o, const xbar_tree *t)
{
    static const char path[] = "analysis";
    o->volt = number(t, path, "volt");
    o->cond_volt = number(t, path, "cond_volt");
    o->set_volt = number(t, path, "set_volt");
    o->gate_volt = number(t, path, "gate_volt");
    o->isolate_volt = xbar_key_find(t, "analysis.isolate_volt")
                          ? number(t, path, "isolate_volt")
                          : 0.5 * o->volt;
    o->pulse = read_shape(t, "analysis.pulse");
}

static xbar_status read_levels(xbar_plan *p, const xbar_tree *t, xbar_error *err)
{
    static const char *const paths[] = {"analysis.zero_siemens",
                                        "analysis.one_siemens"};
    double *const states[] = {&p->logic->options.zero, &p->logic->options.one};
    const xbar_cell *cell = &p->crossbar->cell;
    double min = 0.0;
    double max = 0.0;
    xbar_cell_conductances(&min, &max, cell);
    for (int k = 0; k < 2; k++) {
        XBAR_TRY(xbar_key_need(t, paths[k], err));
        double g = xbar_key_number(t, paths[k]);
        if (g < min * (1.0 - 1e-9) || g > max * (1.0 + 1e-9))
            return xbar_key_fail(t, xbar_key_find(t, paths[k]), err, paths[k],
                                 "%g to %g (siemens), as %s can have", min, max,
                                 cell->device->name);
        *states[k] = xbar_cell_state(cell, g);
    }
    return XBAR_OK;
}

/* Every step of every row, and the voltages that its gates need. */
static xbar_status check_logic(xbar_plan *p, const xbar_tree *t, xbar_error *err)
{
    xbar_logic_options *o = &p->logic->options;
    bool any[XBAR_N_GATES] = {false};
    for (size_t k = 0; k < o->n_steps; k++)
        any[o->steps[k].gate] = true;
    if (any[XBAR_GATE_NOR])
        XBAR_TRY(xbar_key_need(t, "analysis.volt", err));
    if (any[XBAR_GATE_IMPLY]) {
        XBAR_TRY(xbar_key_need(t, "analysis.cond_volt", err));
        XBAR_TRY(xbar_key_need(t, "analysis.set_volt", err));
    }
    for (size_t r = 0; r < p->logic->n_rows; r++) {
        xbar_error why = {0};
        o->row = p->logic->rows[r];
        if (xbar_logic_check(o, p->crossbar, &why) != XBAR_OK)
            return refuse(t, &why, err);
    }
    return XBAR_OK;
}

/* The moments of all steps. */
static xbar_status spread_moments(xbar_plan *p, const xbar_tree *t, xbar_error *err)
{
    struct xbar_plan_logic *l = p->logic;
    const xbar_pulse *pulse = &l->options.pulse;
    const double length = xbar_pulse_length(pulse);
    const size_t most = l->options.points + 2;
    size_t top = 0;
    if (most * l->options.n_steps > XBAR_MAX_MOMENTS)
        return xbar_key_fail(t, xbar_key_find(t, "analysis.points"), err,
                             "analysis.points",
                             "at most %d moments in all %zu steps together",
                             XBAR_MAX_MOMENTS, l->options.n_steps);
    XBAR_TRY(xbar_doubles_new(&p->times_s, most * l->options.n_steps, "moments", err));
    l->n_moments = xbar_control_moments(p->times_s, &top, pulse, l->options.points);
    for (size_t s = l->options.n_steps; s-- > 0;)
        for (size_t k = 0; k < l->n_moments; k++)
            p->times_s[s * l->n_moments + k] = (double)s * length + p->times_s[k];
    p->n_times = l->n_moments * l->options.n_steps;
    return XBAR_OK;
}

static xbar_status read_logic(xbar_plan *p, const xbar_tree *t, xbar_error *err)
{
    void *memory = NULL;
    XBAR_TRY(xbar_array_new(&memory, 1, sizeof *p->logic, "plan", err));
    struct xbar_plan_logic *l = p->logic = memory;
    XBAR_TRY(read_steps(l, t, err));
    XBAR_TRY(read_ones(l, p->crossbar->n_cols, t, err));
    XBAR_TRY(read_operands(l, p->crossbar, t, err));
    XBAR_TRY(xbar_key_need(t, "analysis.pulse", err));
    read_volts(&l->options, t);
    XBAR_TRY(read_levels(p, t, err));
    l->options.points = xbar_key_find(t, "analysis.points")
                            ? xbar_key_integer(t, "analysis.points")
                            : 20;
    p->n_operations = l->options.n_steps;
    p->record |= XBAR_RECORD_LOGIC;
    return spread_moments(p, t, err);
}

void xbar_plan_bits(const xbar_plan *p, size_t input, uint8_t *bits, size_t *row)
{
    const struct xbar_plan_logic *l = p->logic;
    memcpy(bits, l->ones, p->crossbar->n_cols);
    for (size_t o = 0; o < l->n_operands; o++)
        bits[l->operands[o]] = (uint8_t)(input >> o & 1u);
    *row = l->rows[input >> l->n_operands];
}

void xbar_plan_write_bits(const xbar_plan *p, const xbar_logic_options *o,
                          const uint8_t *bits, const uint8_t *is_stuck, double *state,
                          double *conductance)
{
    const xbar_crossbar *c = p->crossbar;
    for (size_t j = 0; j < c->n_cols; j++) {
        const size_t k = o->row * c->n_cols + j;
        if (is_stuck[k] || state[k] <= 0.0)
            continue;
        state[k] = fmax(bits[j] ? o->one : o->zero, XBAR_LEAST_STATE);
        conductance[k] = xbar_cell_conductance(&c->cell, state[k]);
    }
}

/* ---- both ---------------------------------------------------------------------------- */

xbar_status xbar_steer_read(xbar_plan *p, const xbar_tree *t, xbar_error *err)
{
    p->tolerance = xbar_key_number(t, "analysis.tolerance");
    if (xbar_key_find(t, "analysis.max_step_s"))
        p->max_step_s = xbar_key_number(t, "analysis.max_step_s");
    return p->analysis == XBAR_ANALYSIS_PROGRAM ? read_program(p, t, err)
                                                : read_logic(p, t, err);
}

xbar_status xbar_steer_finish(xbar_plan *p, const xbar_tree *t, xbar_error *err)
{
    if (!p->logic)
        return XBAR_OK;
    p->n_inputs = p->logic->n_rows << p->logic->n_operands;
    return check_logic(p, t, err);
}

void xbar_steer_clear(xbar_plan *p)
{
    if (p->write && p->write->targets)
        free(p->write->targets->values);
    if (p->write)
        free(p->write->targets);
    free(p->write);
    if (p->logic) {
        free(p->logic->steps);
        free(p->logic->operands);
        free(p->logic->ones);
        free(p->logic->rows);
    }
    free(p->logic);
}
