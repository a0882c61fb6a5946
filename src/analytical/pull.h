/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file
 *  What excess currents of a row's cells do to their own word line: drawn at some nodes,
 *  they pull all of them down.
 *
 *      kappa_i(j) = -sum_j' Z_i(j,j') g_ij' e_i(j')
 *
 *  with g e the excess of a cell's current (e in volts) and Z_i(j,j') the voltage at node j
 *  of the word line per ampere put in at j', bit lines at 0 V. e and kappa are taken by
 *  blocks of columns, e equal within a block, kappa the mean over it. Z falls off from node
 *  to node by the ladder's ratios (strip.h), so that a sweep over the blocks from either end
 *  carries on what it has met: six operations a row and block.
 *  Private to the layer.
 */
#ifndef XBAR_ANALYTICAL_PULL_H
#define XBAR_ANALYTICAL_PULL_H

#include "analytical/dressed.h"

typedef struct xbar_pull xbar_pull;

/** @param block  columns of each of n_blocks blocks but the last, which has what is left
 *  @return XBAR_OK or XBAR_ERR_MEMORY */
xbar_status xbar_pull_new(xbar_pull **out, size_t n_rows, size_t n_cols, size_t block,
                          size_t n_blocks, xbar_error *err);
void xbar_pull_free(xbar_pull *p);

/** A state. @param g  S, [n_rows][n_cols]. @param rows  the word lines */
void xbar_pull_prepare(xbar_pull *p, const double *g, const xbar_dressed *rows);

/** @param[out] kappa  V, [n_blocks][xbar_padded(n_rows)] (floats.h)
 *  @param      e      V, the same */
void xbar_pull_apply(const xbar_pull *p, float *kappa, const float *e);

#endif
