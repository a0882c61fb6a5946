/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file
 *  sweep_1, the truncated iteration after one cycle: each row solved exactly with all bit
 *  lines held at 0 V, then each column solved exactly with what the word lines had.
 *
 *      I_j = sum_i V_i  beta_ij G_ij t_ij
 *
 *      beta_ij  the share of V_i that arrives at cell (i,j) of its row
 *      t_ij     the share of a current put in at cell (i,j) that arrives at the foot of
 *               its column
 *
 *  both of ladders, all orders of r G included, so that alpha_beta.h is this to first
 *  order. The ladder recursion is the continued fraction of transmission lines: e.g.
 *  Guillemin, "Synthesis of Passive Networks", Wiley 1957. Exact where all bit lines are
 *  at 0 V (one row with bottom_ohm 0, or columns without resistance).
 *
 *  Ignores that the bit lines rise, so that the cells load their word lines too much: for
 *  inputs >= 0 every column comes out too low, never too high. (alpha-beta's shares are
 *  too large instead, which hides part of the same error: it is often the nearer one.)
 *
 *  A state: one pass, two multiplications a cell more than alpha-beta; an input: one
 *  matrix-vector product. Memory: one double a cell.
 */
#ifndef XBAR_ANALYTICAL_LADDER_H
#define XBAR_ANALYTICAL_LADDER_H

#include <stdbool.h>

#include "analytical/closed_form.h"

extern const xbar_closed_form xbar_closed_form_sweep_1;

struct xbar_gains;

/** Fills the gains beta_ij G_ij t_ij of a state; for the layer itself.
 *  @param s  as xbar_gains_init made it, with W of its own */
void xbar_ladder_gains(struct xbar_gains *s, const double *g);

/** Are the rows' and columns' gains far from overflow? */
bool xbar_ladder_is_moderate(const struct xbar_gains *s);

#endif
