/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file
 *  analysis: {kind: retention}: conductances that were programmed a while ago. They missed
 *  their targets, drift and fluctuate as the statistics of device/pcm_noise.h say, and are
 *  read at each of the plan's moments. Nothing is integrated: a decade costs one read.
 */
#ifndef XBAR_EXPERIMENT_RETENTION_H
#define XBAR_EXPERIMENT_RETENTION_H

#include "device/pcm_noise.h"
#include "experiment/plan.h"

struct xbar_plan_retention {
    const xbar_pcm_noise *noise;
    bool misses, drifts, fluctuates;
};

/** The cells of a sample at moment k. Stuck cells stay what they are.
 *  @param target            S, [n_rows][n_cols]: what they were programmed to
 *  @param is_stuck          [n_rows][n_cols]
 *  @param[out] conductance  S; @param[out] state  likewise [n_rows][n_cols] */
void xbar_plan_retained(const xbar_plan *p, size_t sample, size_t k,
                        const double *target, const uint8_t *is_stuck,
                        double *conductance, double *state);

#endif
