/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file
 *  What a controller did, as waveforms: the schedule of a netlist that replays it. Private
 *  to the layer.
 */
#ifndef XBAR_CAMPAIGN_RECORDED_H
#define XBAR_CAMPAIGN_RECORDED_H

#include "experiment/plan.h"

typedef struct xbar_recorded xbar_recorded;

/** Runs the plan's controller on the nodal engine and keeps its operations.
 *  @param[out] out  yours
 *  @param state, conductance  of the cells before, [n_rows][n_cols]; for logic they become
 *                             those with the input's bits
 *  @return XBAR_OK; XBAR_ERR_INPUT (terminals that are opened on the way: no one circuit
 *          replays that; too many operations); XBAR_ERR_CONVERGENCE, XBAR_ERR_MEMORY */
xbar_status xbar_recorded_new(xbar_recorded **out, const xbar_plan *plan, size_t sample,
                              size_t input, double *state, double *conductance,
                              const uint8_t *is_stuck, xbar_error *err);
void xbar_recorded_free(xbar_recorded *r);

xbar_schedule xbar_recorded_schedule(const xbar_recorded *r);
double xbar_recorded_end(const xbar_recorded *r);

#endif
