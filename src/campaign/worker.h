/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file
 *  One block computed: the plan's cells and inputs through every engine, into a part.
 */
#ifndef XBAR_CAMPAIGN_WORKER_H
#define XBAR_CAMPAIGN_WORKER_H

#include "experiment/plan.h"
#include "store/store.h"

/** The plan's engines, opened. */
typedef struct xbar_bench {
    const xbar_plan *plan; /* borrowed */
    void *engines[XBAR_MAX_ENGINES];
    double *conductance, *state; /* of one sample, [n_rows][n_cols] */
    uint8_t *is_stuck;           /* in time: the same sample's stuck cells; else NULL */
    xbar_part *first; /* what warmth has solved, the plan's first input; or NULL */
    void *warm_heap;  /* from here on lies what warmth has brought (heap.h); or NULL */
} xbar_bench;

xbar_status xbar_bench_open(xbar_bench *b, const xbar_plan *plan, xbar_error *err);
void xbar_bench_close(xbar_bench *b);

/** How the engines go about it, "ENGINE: METHOD" each, parted by "; ".
 *  @param[out] text  of at least `size` bytes; cut where it is longer */
void xbar_bench_methods(const xbar_bench *b, char *text, size_t size);

/** Lets the engines solve the plan's first input, so that what slow ones build up on the
 *  way (a parsed and ordered circuit) is there for all blocks. Their answer is kept for the
 *  block it belongs to; its wall_time has that building up. Failures do not matter here:
 *  they come again where they count. Nothing is done for runs in time and for
 *  programming, which build their circuits anew. */
void xbar_bench_warm(xbar_bench *b, const xbar_store_header *h);

/** A solve that has cost a worker its life; it is not tried again. */
typedef struct xbar_casualty {
    size_t engine, sample, input;
    char why[256];
} xbar_casualty;

/** Who wants to know what a bench is at, because it may not survive it. All are called in
 *  the worker, for slow engines alone, and for all of them in time. */
typedef struct xbar_watch {
    void (*begin)(void *with, size_t engine, size_t sample, size_t input);
    void (*end)(void *with);
    /** The engine can do nothing more in this process. Does not return. */
    void (*gave_up)(void *with, const char *why);
    void *with;
} xbar_watch;

/** Computes a block. A failed input is told in its result.
 *  @param[out] out    yours
 *  @param lost        [n_lost]: solves to leave out, marked failed with their `why`
 *  @param watch       NULL: what a slow engine that gives up has not reached is marked
 *                     failed
 *  @return XBAR_OK, XBAR_ERR_MEMORY */
xbar_status xbar_bench_solve(xbar_part **out, xbar_bench *b, const xbar_store_header *h,
                             const xbar_block *block, const xbar_casualty *lost,
                             size_t n_lost, const xbar_watch *watch, xbar_error *err);

#endif
