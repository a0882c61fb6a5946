/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file
 *  The DMR form (IEEE Xplore document 9184938): alpha_beta.h with the mean conductance of
 *  each row in alpha, and of each column in beta,
 *
 *               1 + r sum_{k<i} (i-k) Gr_k              1 + r sum_{k>=j} (k-j) Gc_k
 *      alpha_i = -------------------------,   beta_j = ----------------------------
 *                1 + r sum_k (M-k) Gr_k                  1 + r sum_k (k+1) Gc_k
 *
 *      I_j = beta_j sum_i V_i alpha_i G_ij,   Gr_k = mean_j G_kj,  Gc_k = mean_i G_ik
 *
 *  With terminals of their own the denominators are sum_k (c (M-1-k) + b_j) Gr_k and
 *  sum_k (r k + l_i) Gc_k, as there.
 *
 *  Ignores what alpha-beta ignores, and that columns (for alpha) and rows (for beta)
 *  differ from each other. The less so, the more equal they are.
 *
 *  A state: one pass for the means; an input: one product with the state itself. Memory:
 *  lines only.
 */
#ifndef XBAR_ANALYTICAL_DMR_H
#define XBAR_ANALYTICAL_DMR_H

#include "analytical/closed_form.h"

extern const xbar_closed_form xbar_closed_form_dmr;

#endif
