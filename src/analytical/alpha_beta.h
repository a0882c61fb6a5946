/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file
 *  The alpha-beta form: T. Cao et al., IEEE Xplore document 9691996.
 *
 *      I_j = sum_i V_i alpha_ij G_ij beta_ij
 *
 *                 1 + r sum_{k<i} (i-k) G_kj               1 + r sum_{k>=j} (k-j) G_ik
 *      alpha_ij = --------------------------,   beta_ij = ---------------------------
 *                  1 + r sum_k (M-k) G_kj                   1 + r sum_k (k+1) G_ik
 *
 *  beta is the share of V_i that is left at cell (i,j), alpha the share of the cell's
 *  current that reaches the foot of column j, each to first order in r G of numerator
 *  and denominator (ladder.h has them exactly). With b_j = bottom_ohm[j], c = col_ohm the
 *  columns' sum in the denominator is sum_k (c (M-1-k) + b_j) G_kj, that of the rows
 *  sum_k (r k + l_i) G_ik, with l_i = left_ohm[i] and r = row_ohm.
 *
 *  Ignores all orders but the first, and, which is what limits it, that the bit lines
 *  rise above 0 V when a row is looked at and the word lines give way when a column is:
 *  sneak currents. The best of the three published forms where the drop is mild.
 *
 *  A state: one pass of running sums; an input: one matrix-vector product. Memory: one
 *  double a cell.
 */
#ifndef XBAR_ANALYTICAL_ALPHA_BETA_H
#define XBAR_ANALYTICAL_ALPHA_BETA_H

#include "analytical/closed_form.h"

extern const xbar_closed_form xbar_closed_form_alpha_beta;

#endif
