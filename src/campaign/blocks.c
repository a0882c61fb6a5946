/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "campaign/blocks.h"

#include <stdlib.h>

#include "core/memory.h"
#include "netlist/netlist.h"

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

/* Of a slow engine 4 to 64 solves are some tenths of a second of work, or a second (a step
 * costs 15 to 60 milliseconds at 64 x 64), which a worker can finish without keeping the
 * other waiting for long. */
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
 * solves: of ohmic cells about a second of work, of others as much as half a second. */
static size_t solves_a_worker(const xbar_plan *plan)
{
    const size_t n_cells = plan->crossbar->n_rows * plan->crossbar->n_cols;
    return xbar_netlist_is_ohmic(&plan->crossbar->cell)
               ? at_most(at_least(262144 / n_cells, 4), 64)
               : at_most(32768 / n_cells, 32);
}

/* Each of these samples is a block, that a run cut short keeps it; but where a solve takes
 * milliseconds, a file for each would take longer. */
static size_t slow_samples(const xbar_plan *plan)
{
    const size_t n_cells = plan->crossbar->n_rows * plan->crossbar->n_cols;
    const size_t samples = at_least(4096 / n_cells / plan->n_inputs, 1);
    const size_t most = at_least(solves_a_worker(plan) / plan->n_inputs, 1);
    const size_t bytes = plan->n_inputs * bytes_an_input(plan);
    return at_least(at_most(at_most(samples, most), XBAR_BLOCK_BYTES / bytes), 1);
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

/* Fewer solves are not worth a process where there are more: its first takes 36 ms in place
 * of 28 (a state of 64 x 64 ohmic cells). */
enum { WORTH_A_FORK = 3 };

/* Blocks of so many solves that a worker takes at most. */
static size_t team_of(const xbar_plan *plan, size_t solves)
{
    const bool shares = plan->n_times == 0 && !plan->write && any_slow(plan);
    return shares ? at_least(solves_a_worker(plan) / solves, 1) : 1;
}

/* @param most    blocks
 *  @param least  where teams taper: no more than a sixth of what is left, so that with up
 *                to three workers at work all teams that are left together are longer than
 *                any of theirs, but as many as this, as far as there are; 0: none does */
static void make_teams(xbar_blocks *cut, size_t most, size_t least)
{
    cut->n_teams = 0;
    for (size_t block = 0; block < cut->n;) {
        const size_t left = cut->n - block;
        cut->teams[cut->n_teams++] = block;
        block +=
            at_most(at_most(most, left), least > 0 ? at_least(left / 6, least) : left);
    }
    cut->teams[cut->n_teams] = cut->n;
}

void xbar_blocks_clear(xbar_blocks *cut)
{
    free(cut->blocks);
    free(cut->teams);
    *cut = (xbar_blocks){0};
}

static xbar_status make_room(xbar_blocks *cut, size_t n, xbar_error *err)
{
    void *memory = NULL;
    XBAR_TRY(xbar_array_new(&memory, n, sizeof *cut->blocks, "blocks", err));
    cut->blocks = memory;
    const xbar_status status =
        xbar_array_new(&memory, n + 1, sizeof *cut->teams, "blocks", err);
    if (status == XBAR_OK)
        cut->teams = memory;
    else
        xbar_blocks_clear(cut);
    return status;
}

xbar_status xbar_blocks_cut(xbar_blocks *cut, const xbar_plan *plan, xbar_error *err)
{
    size_t inputs = inputs_a_block(plan);
    size_t runs = (plan->n_inputs + inputs - 1) / inputs;
    const size_t samples = runs == 1 ? samples_a_block(plan) : 1;
    const size_t groups = (plan->n_samples + samples - 1) / samples;
    /* runs of nearly equal length */
    inputs = (plan->n_inputs + runs - 1) / runs;
    runs = (plan->n_inputs + inputs - 1) / inputs;

    *cut = (xbar_blocks){0};
    XBAR_TRY(make_room(cut, groups * runs, err));
    for (size_t group = 0; group < groups; group++)
        for (size_t run = 0; run < runs; run++) {
            xbar_block *b = &cut->blocks[cut->n++];
            b->sample = group * samples;
            b->n_samples = at_most(samples, plan->n_samples - b->sample);
            b->input = run * inputs;
            b->n_inputs = at_most(inputs, plan->n_inputs - b->input);
        }
    const bool ohmic = xbar_netlist_is_ohmic(&plan->crossbar->cell);
    const bool apart = runs > 1 && !ohmic; /* each run begins anew */
    make_teams(cut, apart ? 1 : team_of(plan, samples * inputs),
               ohmic ? at_least(WORTH_A_FORK / (samples * inputs), 1) : 0);
    return XBAR_OK;
}
