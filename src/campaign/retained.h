/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file
 *  Reads long after programming, from a plan into a part. Private to the layer.
 */
#ifndef XBAR_CAMPAIGN_RETAINED_H
#define XBAR_CAMPAIGN_RETAINED_H

#include "campaign/worker.h"

/** Reads sample k of a part's block at every moment, on every engine; failures are told in
 *  the results.
 *  @param s  the block's inputs, [n_inputs]
 *  @return XBAR_OK, XBAR_ERR_MEMORY */
xbar_status xbar_bench_retained(const xbar_bench *b, xbar_part *part, size_t k,
                                const xbar_stimulus *s, xbar_error *err);

#endif
