/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file
 *  smooth_1, the truncated iteration after one cycle from a good start: the bit lines are
 *  not at 0 V, as sweep_1 has them (ladder.h), but where the uniform array of the same
 *  mean conductance has them, smoothed (start.h); then each row is solved exactly, and
 *  each column.
 *
 *      I_j = sum_i V_i beta_ij G_ij t_ij  +  sum_{p<8} drive_p C_pj
 *
 *      drive_p = sum_i P_ip V_i,   P_ip the p-th smoothest shape down a bit line
 *      C_pj    what column j delivers when the bit lines start with shape p and nothing
 *              drives the rows: one cycle for each p
 *
 *  Exact for equal cells but for the shapes left out. Ignores how cells differ from their
 *  mean on scales that one cycle does not reach: blocks of unequal density, half an array
 *  off; rows driven alone.
 *
 *  A state: a cycle of eight right-hand sides besides sweep_1's pass, and two divisions a
 *  cell; an input: one matrix-vector product and 8 (M + N) more. Memory: one double a
 *  cell.
 */
#ifndef XBAR_ANALYTICAL_SMOOTH_H
#define XBAR_ANALYTICAL_SMOOTH_H

#include "analytical/closed_form.h"

extern const xbar_closed_form xbar_closed_form_smooth_1;

#endif
