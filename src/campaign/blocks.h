/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file
 *  The plan cut into blocks. The cut depends on the plan alone, never on the number of
 *  workers, so that a resumed run finds the same blocks.
 */
#ifndef XBAR_CAMPAIGN_BLOCKS_H
#define XBAR_CAMPAIGN_BLOCKS_H

#include "experiment/plan.h"
#include "store/store.h"

/** What workers do, in order of sample and input. */
typedef struct xbar_blocks {
    xbar_block *blocks; /* [n] */
    size_t n;
    size_t
        *teams; /* [n_teams + 1]: the first block of each team, and behind the last */
    size_t n_teams;
} xbar_blocks;

/** Blocks, which are written one by one, and teams of them, each one worker's.
 *
 *  Slow engines: a sample a block (of small arrays several samples), or one sample and its
 *  inputs in runs short enough for several workers. Fast ones: as many samples, or inputs
 *  of one, as are a second or so of work. In time one input of a slow engine, and up to 16
 *  of fast ones. Never more than XBAR_BLOCK_BYTES of results unless a single input has
 *  more.
 *
 *  A sample of cells that are not ohmic takes its last digits from the one before it in
 *  its team, and which that is depends on its number alone: such teams are all of one size.
 *  Of ohmic cells they become smaller towards the end, that no worker is left alone for
 *  long. (Their last digits depend on what stands before in the team only where other
 *  cells or terminals are open.)
 *  @param[out] cut  to be released with xbar_blocks_clear
 *  @return XBAR_OK, XBAR_ERR_MEMORY */
xbar_status xbar_blocks_cut(xbar_blocks *cut, const xbar_plan *plan, xbar_error *err);
void xbar_blocks_clear(xbar_blocks *cut);

#define XBAR_BLOCK_BYTES ((size_t)64 << 20)

#endif
