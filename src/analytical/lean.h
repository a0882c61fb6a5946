/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file
 *  lean: two ladders, of which the word lines' knows how far the bit lines rise. Our own
 *  form for those who cannot afford an exact solution a state.
 *
 *      I_j = sum_i (V_i - V_0) beta_ij G_ij t_ij  +  V_0 sum_i beta'_ij G_ij t_ij
 *
 *      V_0       the mean of all V_i
 *      beta_ij   the share of V_i at cell (i,j), all bit lines at 0 V (ladder.h)
 *      beta'_ij  the same where the cells of row i lead to eta_i of the voltage over them:
 *                bit lines that have risen
 *      t_ij      the share of a current put in at cell (i,j) that leaves column j
 *
 *  What inputs have in common raises the bit lines, so that word lines are loaded less;
 *  what is left of an input, its distance from the mean, raises some and lowers others.
 *  eta_i = (u - w)/u of the uniform array of the same mean conductance with all rows at one
 *  voltage, averaged over the row with the weight j+1, as a current taken at column j drops
 *  along j+1 segments. There, with the few smoothest shapes down a bit line (modes.h),
 *
 *      u_ij = sum_p P_ip drive_p word_p(j),   w_ij likewise with g ohm_p/(1 + g ohm_p)
 *
 *  and the rest of the drive, which is rough, as if the bit lines stood at 0 V.
 *
 *  Ignores how cells differ from their mean on the scale of the array (as smooth.h), and
 *  what a row driven alone does to itself.
 *
 *  A state: a sum over the cells, one pass over them, and a dozen operations a line; an
 *  input: one matrix-vector product. Memory: one double a cell.
 */
#ifndef XBAR_ANALYTICAL_LEAN_H
#define XBAR_ANALYTICAL_LEAN_H

#include "analytical/closed_form.h"

extern const xbar_closed_form xbar_closed_form_lean;

#endif
