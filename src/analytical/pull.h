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
 *  carries on what it has met, v being 0 before its first block:
 *
 *      kappa -= in v,   v = through v + source e      from either end;   kappa -= own e
 *
 *  six operations a row and block.
 *  Private to the layer.
 */
#ifndef XBAR_ANALYTICAL_PULL_H
#define XBAR_ANALYTICAL_PULL_H

#include "analytical/dressed.h"

/** Of a row and block. */
typedef struct xbar_pull {
    double own; /* 1: mean over the block per volt of e in it */
    struct {
        double in;      /* 1: mean over the block of 1 V at the last node before it */
        double through; /* 1: what of that arrives at the block's last node */
        double source;  /* 1: V at its last node per volt of e in it */
    } way[XBAR_N_ENDS]; /* from either end of the word line */
} xbar_pull;

/** @param g     S, [n_cols]: the row's cells
 *  @param rows  the word lines. @param row  which
 *  @param first, end  the block's columns */
xbar_pull xbar_pull_of(const double *g, const xbar_dressed *rows, size_t row,
                       size_t n_cols, size_t first, size_t end);

#endif
