/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "campaign/blocks.h"

#include "core/memory.h"

static size_t at_most(size_t value, size_t limit)
{
    return value < limit ? value : limit;
}

static size_t at_least(size_t value, size_t limit)
{
    return value > limit ? value : limit;
}

/* Bytes that one input leaves behind on all engines. */
static size_t bytes_an_input(const xbar_plan *plan)
{
    const size_t n_cells = plan->crossbar->n_rows * plan->crossbar->n_cols;
    size_t planes = 0;
    for (unsigned bits = plan->record & (XBAR_RECORD_PLANES | XBAR_RECORD_HEAT);
         bits != 0; bits >>= 1)
        planes += bits & 1u;
    if (plan->record & XBAR_RECORD_STATE)
        planes += xbar_cell_n_states(&plan->crossbar->cell);
    size_t lines = (plan->record & XBAR_RECORD_ENERGY ? 5 : 3) *
                   (plan->crossbar->n_rows + plan->crossbar->n_cols);
    return at_least(plan->n_times, 1) * plan->n_engines * (planes * n_cells + lines) *
               sizeof(double) +
           64;
}

static bool any_slow(const xbar_plan *plan)
{
    for (size_t e = 0; e < plan->n_engines; e++)
        if (plan->engines[e]->is_slow)
            return true;
    return false;
}

/* Of a slow engine 4 to 64 solves are some seconds of work (a step costs tens of
 * milliseconds at 64 x 64), which a worker can finish without keeping the other waiting
 * for long. */
static size_t slow_solves(const xbar_plan *plan)
{
    const size_t n_cells = plan->crossbar->n_rows * plan->crossbar->n_cols;
    return at_most(at_least(65536 / n_cells, 4), 64);
}

/* Of fast ones 8 million cells are a tenth of a second of work where they are ohmic, and
 * one or two where they are not; but many inputs share what a state costs. */
static size_t fast_solves(const xbar_plan *plan)
{
    const size_t n_cells = plan->crossbar->n_rows * plan->crossbar->n_cols;
    return at_least(((size_t)1 << 23) / n_cells, 1);
}

/* In time an input is seconds of work on a slow engine, and of a large array also on a
 * fast one. A block's inputs do not depend on each other there, so a long run loses less
 * when it is cut short the fewer they are. */
static size_t courses(const xbar_plan *plan)
{
    const size_t n_cells = plan->crossbar->n_rows * plan->crossbar->n_cols;
    return any_slow(plan) ? 1 : at_most(at_least(1024 / n_cells, 1), 16);
}

static size_t inputs_a_block(const xbar_plan *plan)
{
    size_t inputs = at_least(XBAR_BLOCK_BYTES / bytes_an_input(plan), 1);
    if (plan->n_times > 0)
        inputs = at_most(inputs, courses(plan));
    else if (any_slow(plan))
        inputs = at_most(inputs, slow_solves(plan));
    else
        inputs = at_most(inputs, at_least(fast_solves(plan), 64));
    if (plan->write) /* a sample is programmed once, and then read with all inputs */
        return plan->n_inputs;
    return at_most(inputs, plan->n_inputs);
}

/* A worker's first solve costs half as much again as a later one: it is a fork, and writes
 * to memory that it shares with its chief. So one worker of a slow engine takes several
 * samples: of ohmic cells some seconds of work, but no more than a quarter of all, that
 * others find work too. Of other cells as much as half a second, and the same
 * whatever others there are: where an iteration ends depends in its last digits on where
 * it began, so a sample's numbers depend on which ones go before it. */
static size_t samples_a_worker(const xbar_plan *plan)
{
    const size_t n_cells = plan->crossbar->n_rows * plan->crossbar->n_cols;
    const xbar_cell *cell = &plan->crossbar->cell;
    if (cell->device->subcircuit || cell->selector || cell->access)
        return at_least(at_most(32768 / n_cells, 32) / plan->n_inputs, 1);
    const size_t solves = at_most(65536 / n_cells, 64);
    return at_least(at_most(solves / plan->n_inputs, plan->n_samples / 4), 1);
}

/* Each of these samples is a block, that a run cut short keeps it; but where a solve takes
 * milliseconds, a file for each would take longer. */
static size_t slow_samples(const xbar_plan *plan)
{
    const size_t n_cells = plan->crossbar->n_rows * plan->crossbar->n_cols;
    const size_t samples = at_least(4096 / n_cells / plan->n_inputs, 1);
    const size_t bytes = plan->n_inputs * bytes_an_input(plan);
    return at_least(
        at_most(at_most(samples, samples_a_worker(plan)), XBAR_BLOCK_BYTES / bytes), 1);
}

static size_t samples_a_block(const xbar_plan *plan)
{
    const size_t n_cells = plan->crossbar->n_rows * plan->crossbar->n_cols;
    if (plan->n_times > 0)
        return at_most(at_least(courses(plan) / plan->n_inputs, 1), plan->n_samples);
    if (plan->write)
        return 1;
    if (any_slow(plan))
        return slow_samples(plan);
    const bool effective = (plan->record & XBAR_RECORD_EFFECTIVE) != 0;
    size_t matrices = 2 + (effective ? plan->n_engines : 0);
    size_t bytes =
        plan->n_inputs * bytes_an_input(plan) + matrices * n_cells * sizeof(double);
    size_t samples = at_most(XBAR_BLOCK_BYTES / bytes, 256);
    samples = at_most(samples, fast_solves(plan) / plan->n_inputs);
    return at_most(at_least(samples, 1), plan->n_samples);
}

/* Blocks of `samples` samples that one worker takes. */
static size_t team_of(const xbar_plan *plan, size_t samples)
{
    const bool shares = plan->n_times == 0 && !plan->write && any_slow(plan);
    return shares ? at_least(samples_a_worker(plan) / samples, 1) : 1;
}

xbar_status xbar_blocks_cut(xbar_block **blocks, size_t *n, size_t *team,
                            const xbar_plan *plan, xbar_error *err)
{
    size_t inputs = inputs_a_block(plan);
    size_t runs = (plan->n_inputs + inputs - 1) / inputs;
    size_t samples = runs == 1 ? samples_a_block(plan) : 1;
    size_t groups = (plan->n_samples + samples - 1) / samples;
    *team = runs == 1 ? team_of(plan, samples) : 1;
    /* runs of nearly equal length */
    inputs = (plan->n_inputs + runs - 1) / runs;
    runs = (plan->n_inputs + inputs - 1) / inputs;

    void *memory = NULL;
    *n = 0;
    XBAR_TRY(xbar_array_new(&memory, groups * runs, sizeof **blocks, "blocks", err));
    *blocks = memory;
    for (size_t group = 0; group < groups; group++)
        for (size_t run = 0; run < runs; run++) {
            xbar_block *b = &(*blocks)[(*n)++];
            b->sample = group * samples;
            b->n_samples = at_most(samples, plan->n_samples - b->sample);
            b->input = run * inputs;
            b->n_inputs = at_most(inputs, plan->n_inputs - b->input);
        }
    return XBAR_OK;
}
