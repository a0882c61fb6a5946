/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file
 *  Runs with a controller in the loop, from a plan into a part: programming, logic.
 *  Private to the layer.
 */
#ifndef XBAR_CAMPAIGN_STEER_H
#define XBAR_CAMPAIGN_STEER_H

#include "campaign/worker.h"

/** Programs sample k of a part's block on engine e, from the bench's cells, and notes what
 *  became of it.
 *  @param[out] state        [n_rows][n_cols]: the cells' first states afterwards
 *  @param[out] conductance  S, likewise
 *  @return XBAR_OK; XBAR_ERR_CONVERGENCE and others: it was not finished, `why` says so;
 *          what a dead engine or missing memory returns */
xbar_status xbar_bench_program(const xbar_bench *b, size_t e, xbar_part *part, size_t k,
                               double *state, double *conductance, xbar_error *why);

/** Runs the plan's logic for input l of sample k of the block, on engine e: its result, the
 *  lines' voltages, and what there is to note of each step.
 *  @return XBAR_OK, also when the result says that it failed; else the engine gave up */
xbar_status xbar_bench_logic(const xbar_bench *b, size_t e, xbar_part *part, size_t k,
                             size_t l, xbar_error *why);

#endif
