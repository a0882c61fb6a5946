/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file
 *  The plan cut into blocks. The cut depends on the plan alone, never on the number of
 *  workers, so that a resumed run finds the same blocks.
 */
#ifndef XBAR_CAMPAIGN_BLOCKS_H
#define XBAR_CAMPAIGN_BLOCKS_H

#include "experiment/plan.h"
#include "store/store.h"

/** @param[out] blocks  in order of sample and input, to be released with free()
 *  @param[out] n       how many
 *  @param[out] team    as many blocks, from the first on, are one worker's, in their order:
 *                      a sample of cells that are not ohmic takes its last digits from the
 *                      one before it there, and which that is depends on its number alone
 *  Slow engines: a sample a block and several blocks a worker (of small arrays several
 *  samples), or one sample and its inputs in runs short enough for several workers. Fast
 *  ones: as many samples, or inputs of one, as are a second or so of work. In time one
 *  input of a slow engine, and up to 16 of fast ones. Never more than XBAR_BLOCK_BYTES of
 *  results unless a single input has more. */
xbar_status xbar_blocks_cut(xbar_block **blocks, size_t *n, size_t *team,
                            const xbar_plan *plan, xbar_error *err);

#define XBAR_BLOCK_BYTES ((size_t)64 << 20)

#endif
