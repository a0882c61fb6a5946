/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "campaign/worker.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "campaign/heap.h"
#include "campaign/retained.h"
#include "campaign/steer.h"
#include "core/memory.h"

void xbar_bench_close(xbar_bench *b)
{
    for (size_t e = 0; b->plan && e < b->plan->n_engines; e++)
        if (b->engines[e])
            b->plan->engines[e]->close(b->engines[e]);
    xbar_part_free(b->first);
    free(b->conductance);
    free(b->state);
    free(b->is_stuck);
    *b = (xbar_bench){0};
}

/* The voltages of a run of inputs of one sample. */
static void stimuli_free(xbar_stimulus *s, size_t n)
{
    for (size_t l = 0; s && l < n; l++)
        xbar_stimulus_clear(&s[l]);
    free(s);
}

static xbar_status stimuli_new(xbar_stimulus **out, const xbar_plan *plan,
                               size_t sample, size_t first, size_t n, xbar_error *err)
{
    void *memory = NULL;
    *out = NULL;
    XBAR_TRY(xbar_array_new(&memory, n, sizeof(xbar_stimulus), "stimuli", err));
    xbar_stimulus *s = memory;
    xbar_status status = XBAR_OK;
    for (size_t l = 0; status == XBAR_OK && l < n; l++) {
        status = xbar_stimulus_init(&s[l], plan->crossbar, err);
        if (status == XBAR_OK)
            status = xbar_plan_stimulus(plan, sample, first + l, &s[l], err);
    }
    if (status != XBAR_OK) {
        stimuli_free(s, n);
        return status;
    }
    *out = s;
    return XBAR_OK;
}

static xbar_status same_cells(bool *same, const xbar_bench *b, xbar_error *err)
{
    const xbar_plan *plan = b->plan;
    XBAR_TRY(xbar_plan_state(plan, 0, b->conductance, b->state, err));
    XBAR_TRY(xbar_plan_state(plan, 1, b->conductance, NULL, err));
    *same = true;
    for (size_t k = 0; k < plan->crossbar->n_rows * plan->crossbar->n_cols; k++)
        *same = *same && (b->state[k] > 0.0) == (b->conductance[k] > 0.0);
    return XBAR_OK;
}

/* How many inputs there are for one circuit, as far as the first two inputs and the first
 * two samples show it: a guess, but the same in every process. */
static xbar_status count_alike(size_t *n, const xbar_bench *b, xbar_error *err)
{
    const xbar_plan *plan = b->plan;
    bool same = true;
    bool any_slow = false;
    for (size_t e = 0; e < plan->n_engines; e++)
        any_slow = any_slow || plan->engines[e]->is_slow;
    *n = 0;
    if (plan->n_times > 0 || !any_slow)
        return XBAR_OK;
    if (plan->n_inputs > 1) {
        xbar_stimulus *s = NULL;
        XBAR_TRY(stimuli_new(&s, plan, 0, 0, 2, err));
        same = xbar_stimulus_same_terminals(&s[0], &s[1], plan->crossbar);
        stimuli_free(s, 2);
    }
    *n = same ? plan->n_inputs : 1;
    if (same && plan->n_samples > 1)
        XBAR_TRY(same_cells(&same, b, err));
    if (same)
        *n *= plan->n_samples;
    return XBAR_OK;
}

xbar_status xbar_bench_open(xbar_bench *b, const xbar_plan *plan, xbar_error *err)
{
    const size_t n_cells = plan->crossbar->n_rows * plan->crossbar->n_cols;
    *b = (xbar_bench){.plan = plan};
    xbar_status status = xbar_doubles_new(&b->conductance, n_cells, "cells", err);
    if (status == XBAR_OK)
        status = xbar_doubles_new(&b->state, n_cells, "cells", err);
    void *flags = NULL;
    if (status == XBAR_OK && (plan->n_times > 0 || plan->write))
        status = xbar_array_new(&flags, n_cells, 1, "stuck cells", err);
    b->is_stuck = flags;
    xbar_engine_settings settings = {.analytical = plan->analytical};
    if (status == XBAR_OK)
        status = count_alike(&settings.n_alike, b, err);
    for (size_t e = 0; status == XBAR_OK && e < plan->n_engines; e++)
        status = plan->engines[e]->open(&b->engines[e], plan->crossbar, &settings, err);
    if (status != XBAR_OK)
        xbar_bench_close(b);
    return status;
}

void xbar_bench_methods(const xbar_bench *b, char *text, size_t size)
{
    size_t length = 0;
    text[0] = '\0';
    for (size_t e = 0; e < b->plan->n_engines; e++) {
        const xbar_engine *engine = b->plan->engines[e];
        if (!engine->method || length >= size)
            continue;
        int n =
            snprintf(text + length, size - length, "%s%s: %s", length > 0 ? "; " : "",
                     engine->name, engine->method(b->engines[e]));
        length += n > 0 ? (size_t)n : 0;
    }
}

void xbar_bench_warm(xbar_bench *b, const xbar_store_header *h)
{
    const xbar_plan *plan = b->plan;
    if (plan->n_times > 0 || plan->write)
        return;
    for (size_t e = 0; e < plan->n_engines; e++)
        if (plan->engines[e]->is_slow)
            b->warm_heap = xbar_heap_end();
    const xbar_block first = {.n_samples = 1, .n_inputs = 1};
    xbar_store_header of_inputs = *h;
    of_inputs.record &= XBAR_RECORD_PLANES;
    xbar_part *part = NULL;
    if (xbar_bench_solve(&part, b, &of_inputs, &first, NULL, 0, NULL, NULL) == XBAR_OK)
        b->first = part;
}

/* What an engine has not answered, because it gave up or was not asked. */
static void mark_failed(xbar_result *r, size_t n, const xbar_crossbar *c,
                        const char *why)
{
    for (size_t l = 0; l < n; l++) {
        if (r[l].outcome != XBAR_PENDING)
            continue;
        xbar_result_blank(&r[l], c);
        r[l].outcome = XBAR_FAILED;
        xbar_fail(&r[l].error, XBAR_ERR_ENGINE, "%s", why);
    }
}

/* What the lines are given; `at` counts a part's samples, inputs and moments. */
static void record_drive(xbar_part *part, const xbar_crossbar *c, size_t at,
                         const xbar_stimulus *s)
{
    for (size_t i = 0; i < c->n_rows; i++)
        part->v_in[at * c->n_rows + i] = xbar_row_volt(c, s, i);
    for (size_t j = 0; j < c->n_cols; j++)
        part->v_col[at * c->n_cols + j] = xbar_col_volt(c, s, j);
}

/* What solve_sample needs of its caller; nothing is kept. */
typedef struct orders {
    const xbar_casualty *lost;
    size_t n_lost;
    const xbar_watch *watch;
} orders;

static const xbar_casualty *find_casualty(const orders *o, size_t engine, size_t sample,
                                          size_t input)
{
    for (size_t k = 0; k < o->n_lost; k++)
        if (o->lost[k].engine == engine && o->lost[k].sample == sample &&
            o->lost[k].input == input)
            return &o->lost[k];
    return NULL;
}

static xbar_status set_state(const xbar_bench *b, size_t e, xbar_error *why)
{
    return b->plan->engines[e]->set_state(b->engines[e], b->state, b->conductance, why);
}

/* A fast engine takes all inputs at once. */
static void ask_fast(const xbar_bench *b, size_t e, const xbar_stimulus *s, size_t n,
                     xbar_result *r)
{
    xbar_error why = {0};
    xbar_status status = set_state(b, e, &why);
    if (status == XBAR_OK)
        status = b->plan->engines[e]->solve(b->engines[e], s, n, r, &why);
    if (status != XBAR_OK)
        mark_failed(r, n, b->plan->crossbar, why.text);
}

/* The answer that warmth has left, if it is that to this input. */
static bool take_first(const xbar_bench *b, size_t e, xbar_result *r, size_t sample,
                       size_t input)
{
    if (!b->first || sample > 0 || input > 0 ||
        b->first->results[e]->outcome != XBAR_DONE)
        return false;
    const xbar_result swap = *r;
    *r = *b->first->results[e];
    *b->first->results[e] = swap;
    return true;
}

/* A slow one takes input after input, each under watch. */
static void ask_slow(const xbar_bench *b, size_t e, const xbar_stimulus *s, size_t n,
                     xbar_result *r, size_t sample, size_t first, const orders *o)
{
    xbar_error why = {0};
    xbar_status status = set_state(b, e, &why);
    for (size_t l = 0; status == XBAR_OK && l < n; l++) {
        const xbar_casualty *lost = find_casualty(o, e, sample, first + l);
        if (lost) {
            mark_failed(&r[l], 1, b->plan->crossbar, lost->why);
            continue;
        }
        if (take_first(b, e, &r[l], sample, first + l))
            continue;
        if (o->watch)
            o->watch->begin(o->watch->with, e, sample, first + l);
        status = b->plan->engines[e]->solve(b->engines[e], &s[l], 1, &r[l], &why);
        if (status != XBAR_OK && o->watch)
            o->watch->gave_up(o->watch->with, why.text);
        if (o->watch)
            o->watch->end(o->watch->with);
    }
    if (status != XBAR_OK)
        mark_failed(r, n, b->plan->crossbar, why.text);
}

/* A state's matrix is of the inputs' kind, not of an input: the block with the first one
 * has it. Where it fails, so have the inputs, and the block is tried again. */
static xbar_status ask_effective(const xbar_bench *b, size_t e, xbar_part *part,
                                 size_t k, xbar_error *err)
{
    const xbar_plan *plan = b->plan;
    const xbar_crossbar *c = plan->crossbar;
    const size_t n = part->block.n_inputs;
    const bool *takes_input[XBAR_N_SIDES];
    xbar_stimulus rest;
    xbar_error why = {0};
    XBAR_TRY(xbar_stimulus_init(&rest, c, err));
    xbar_status status = xbar_plan_rest(plan, &rest, takes_input, err);
    if (status == XBAR_OK) {
        status = plan->engines[e]->effective(
            b->engines[e], part->g_eff[e] + k * c->n_rows * c->n_cols,
            part->i_offset[e] + k * c->n_cols, &rest, takes_input, &why);
        xbar_result *r = part->results[e] + k * n;
        for (size_t l = 0; status != XBAR_OK && l < n; l++) {
            xbar_result_blank(&r[l], c);
            r[l].outcome =
                status == XBAR_ERR_CONVERGENCE ? XBAR_NOT_CONVERGED : XBAR_FAILED;
            r[l].error = why;
        }
        status = XBAR_OK;
    }
    xbar_stimulus_clear(&rest);
    return status;
}

/* ---- with a controller --------------------------------------------------------------- */

/* An engine that was not finished with a controller's work has no answer to any input. */
static void mark_unfinished(xbar_result *r, size_t n, const xbar_crossbar *c,
                            xbar_status status, const xbar_error *why)
{
    for (size_t l = 0; l < n; l++) {
        xbar_result_blank(&r[l], c);
        r[l].outcome =
            status == XBAR_ERR_CONVERGENCE ? XBAR_NOT_CONVERGED : XBAR_FAILED;
        r[l].error = *why;
    }
}

/* Programs the array; then the bench's cells are those that came of it.
 * @return false: that failed, as the results say */
static bool program(const xbar_bench *b, size_t e, xbar_part *part, size_t k,
                    xbar_bench *after, const orders *o)
{
    const size_t sample = part->block.sample + k;
    const size_t n = part->block.n_inputs;
    xbar_result *r = part->results[e] + k * n;
    const xbar_casualty *lost = find_casualty(o, e, sample, 0);
    if (lost) {
        mark_failed(r, n, b->plan->crossbar, lost->why);
        return false;
    }
    xbar_error why = {0};
    if (o->watch)
        o->watch->begin(o->watch->with, e, sample, 0);
    xbar_status status =
        xbar_bench_program(b, e, part, k, after->state, after->conductance, &why);
    if (status != XBAR_OK && status != XBAR_ERR_CONVERGENCE && o->watch &&
        b->plan->engines[e]->is_slow)
        o->watch->gave_up(o->watch->with, why.text);
    if (o->watch)
        o->watch->end(o->watch->with);
    if (status != XBAR_OK)
        mark_unfinished(r, n, b->plan->crossbar, status, &why);
    return status == XBAR_OK;
}

/* The inputs of the plan, on the array as it was programmed. */
static xbar_status ask_programmed(const xbar_bench *b, size_t e, xbar_part *part,
                                  size_t k, const xbar_stimulus *s, const orders *o,
                                  xbar_error *err)
{
    const xbar_plan *plan = b->plan;
    const size_t n_cells = plan->crossbar->n_rows * plan->crossbar->n_cols;
    const xbar_block *block = &part->block;
    xbar_result *r = part->results[e] + k * block->n_inputs;
    xbar_bench after = *b;
    after.state = after.conductance = NULL;
    xbar_status status = xbar_doubles_new(&after.state, n_cells, "cells", err);
    if (status == XBAR_OK)
        status = xbar_doubles_new(&after.conductance, n_cells, "cells", err);
    if (status == XBAR_OK && program(b, e, part, k, &after, o)) {
        if (plan->engines[e]->is_slow)
            ask_slow(&after, e, s, block->n_inputs, r, block->sample + k, block->input,
                     o);
        else
            ask_fast(&after, e, s, block->n_inputs, r);
    }
    free(after.conductance);
    free(after.state);
    return status;
}

/* Input l of sample k of the block, on every engine, each under watch. */
static xbar_status solve_logic(const xbar_bench *b, xbar_part *part, size_t k, size_t l,
                               const orders *o)
{
    const xbar_plan *plan = b->plan;
    const size_t sample = part->block.sample + k;
    const size_t input = part->block.input + l;
    for (size_t e = 0; e < plan->n_engines; e++) {
        xbar_result *r = &part->results[e][k * part->block.n_inputs + l];
        const xbar_casualty *lost = find_casualty(o, e, sample, input);
        xbar_error why = {0};
        if (lost) {
            mark_failed(r, 1, plan->crossbar, lost->why);
            continue;
        }
        if (o->watch)
            o->watch->begin(o->watch->with, e, sample, input);
        xbar_status gave_up = xbar_bench_logic(b, e, part, k, l, &why);
        if (gave_up != XBAR_OK && o->watch)
            o->watch->gave_up(o->watch->with, why.text);
        if (o->watch)
            o->watch->end(o->watch->with);
        if (gave_up != XBAR_OK)
            mark_unfinished(r, 1, plan->crossbar, gave_up, &why);
    }
    return XBAR_OK;
}

/* ---- in time ------------------------------------------------------------------------- */

/* One engine's run through all moments. They are asked for in pieces, so that what an
 * engine sets aside for an advance stays small.
 * @return not XBAR_OK: the engine gave up, and `why` says so */
static xbar_status run_course(const xbar_bench *b, size_t e,
                              const xbar_schedule *schedule, xbar_result *r,
                              xbar_error *why)
{
    enum { PIECE = 1024 };
    const xbar_plan *plan = b->plan;
    const xbar_engine *engine = plan->engines[e];
    const xbar_start start = {.is_stuck = b->is_stuck,
                              .tolerance = plan->tolerance,
                              .max_step_s = plan->max_step_s};
    xbar_result_blank(r, plan->crossbar);
    XBAR_TRY(set_state(b, e, why));
    XBAR_TRY(engine->begin(b->engines[e], &start, why));
    size_t first = 0;
    do {
        size_t left = plan->n_times - first;
        size_t n = left < PIECE ? left : PIECE;
        XBAR_TRY(engine->advance(b->engines[e], schedule, plan->times_s + first, n, r,
                                 first, why));
        first += n;
    } while (first < plan->n_times && r->outcome == XBAR_DONE);
    return XBAR_OK;
}

/* Input l of sample k of the block, on every engine, each under watch. */
static xbar_status solve_course(const xbar_bench *b, xbar_part *part, size_t k,
                                size_t l, const orders *o, xbar_error *err)
{
    const xbar_plan *plan = b->plan;
    const size_t sample = part->block.sample + k;
    const size_t input = part->block.input + l;
    const size_t unit = k * part->block.n_inputs + l;
    xbar_plan_course course = {.own = NULL};
    xbar_stimulus s;
    XBAR_TRY(xbar_stimulus_init(&s, plan->crossbar, err));
    xbar_status status = xbar_plan_schedule(&course, plan, sample, input, err);
    for (size_t t = 0; status == XBAR_OK && t < plan->n_times; t++) {
        course.schedule.volts(&s, plan->times_s[t], course.schedule.with);
        record_drive(part, plan->crossbar, unit * plan->n_times + t, &s);
    }
    for (size_t e = 0; status == XBAR_OK && e < plan->n_engines; e++) {
        xbar_result *r = &part->results[e][unit];
        xbar_error why = {0};
        const xbar_casualty *lost = find_casualty(o, e, sample, input);
        if (lost) {
            mark_failed(r, 1, plan->crossbar, lost->why);
            continue;
        }
        if (o->watch)
            o->watch->begin(o->watch->with, e, sample, input);
        xbar_status gave_up = run_course(b, e, &course.schedule, r, &why);
        if (gave_up != XBAR_OK && o->watch)
            o->watch->gave_up(o->watch->with, why.text);
        if (o->watch)
            o->watch->end(o->watch->with);
        if (gave_up != XBAR_OK) {
            r->outcome = XBAR_PENDING;
            mark_failed(r, 1, plan->crossbar, why.text);
        }
    }
    xbar_plan_course_clear(&course);
    xbar_stimulus_clear(&s);
    return status;
}

/* ---- blocks -------------------------------------------------------------------------- */

static xbar_status solve_inputs(const xbar_bench *b, xbar_part *part, size_t k,
                                const orders *o, xbar_error *err)
{
    const xbar_plan *plan = b->plan;
    const xbar_block *block = &part->block;
    const size_t sample = block->sample + k;
    xbar_stimulus *s = NULL;
    XBAR_TRY(stimuli_new(&s, plan, sample, block->input, block->n_inputs, err));
    for (size_t l = 0; l < block->n_inputs; l++)
        record_drive(part, plan->crossbar, k * block->n_inputs + l, &s[l]);
    xbar_status status = XBAR_OK;
    for (size_t e = 0; status == XBAR_OK && e < plan->n_engines; e++) {
        xbar_result *r = part->results[e] + k * block->n_inputs;
        if (plan->write)
            status = ask_programmed(b, e, part, k, s, o, err);
        else if (plan->engines[e]->is_slow)
            ask_slow(b, e, s, block->n_inputs, r, sample, block->input, o);
        else
            ask_fast(b, e, s, block->n_inputs, r);
        if (status == XBAR_OK && part->g_eff[e] && block->input == 0)
            status = ask_effective(b, e, part, k, err);
    }
    stimuli_free(s, block->n_inputs);
    return status;
}

/* Sample k at every moment after it was programmed. */
static xbar_status solve_retained(const xbar_bench *b, xbar_part *part, size_t k,
                                  xbar_error *err)
{
    const xbar_plan *plan = b->plan;
    const xbar_block *block = &part->block;
    xbar_stimulus *s = NULL;
    XBAR_TRY(
        stimuli_new(&s, plan, block->sample + k, block->input, block->n_inputs, err));
    for (size_t l = 0; l < block->n_inputs; l++)
        for (size_t m = 0; m < plan->n_times; m++)
            record_drive(part, plan->crossbar,
                         (k * block->n_inputs + l) * plan->n_times + m, &s[l]);
    xbar_status status = xbar_bench_retained(b, part, k, s, err);
    stimuli_free(s, block->n_inputs);
    return status;
}

/* Sample k of the block. */
static xbar_status solve_sample(const xbar_bench *b, xbar_part *part, size_t k,
                                const orders *o, xbar_error *err)
{
    const xbar_plan *plan = b->plan;
    const size_t n_cells = plan->crossbar->n_rows * plan->crossbar->n_cols;
    const size_t sample = part->block.sample + k;
    XBAR_TRY(xbar_plan_state(plan, sample, b->conductance, b->state, err));
    memcpy(part->conductance + k * n_cells, b->conductance, n_cells * sizeof(double));
    if (part->state)
        memcpy(part->state + k * n_cells, b->state, n_cells * sizeof(double));
    if (b->is_stuck)
        XBAR_TRY(xbar_plan_stuck(plan, sample, b->is_stuck, err));
    if (plan->n_times == 0)
        return solve_inputs(b, part, k, o, err);
    if (plan->retention)
        return solve_retained(b, part, k, err);
    xbar_status status = XBAR_OK;
    for (size_t l = 0; status == XBAR_OK && l < part->block.n_inputs; l++)
        status = plan->logic ? solve_logic(b, part, k, l, o)
                             : solve_course(b, part, k, l, o, err);
    return status;
}

xbar_status xbar_bench_solve(xbar_part **out, xbar_bench *b, const xbar_store_header *h,
                             const xbar_block *block, const xbar_casualty *lost,
                             size_t n_lost, const xbar_watch *watch, xbar_error *err)
{
    const orders o = {lost, n_lost, watch};
    xbar_part *part = NULL;
    *out = NULL;
    XBAR_TRY(xbar_part_new(&part, h, block, b->plan->crossbar, err));
    xbar_status status = XBAR_OK;
    for (size_t k = 0; status == XBAR_OK && k < block->n_samples; k++)
        status = solve_sample(b, part, k, &o, err);
    if (status != XBAR_OK) {
        xbar_part_free(part);
        return status;
    }
    *out = part;
    return XBAR_OK;
}
