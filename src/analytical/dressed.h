/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file
 *  A family of lines, all word lines or all bit lines, as ladders with their loads: what
 *  shares.h finds of them, for whoever follows a voltage along them. Planes are
 *  [n_rows][n_cols].
 *  Private to the layer.
 */
#ifndef XBAR_ANALYTICAL_DRESSED_H
#define XBAR_ANALYTICAL_DRESSED_H

#include "analytical/strip.h"

typedef struct xbar_dressed {
    double *share;              /* 1: beta, or t */
    double *load;               /* S */
    double *ohm;                /* ohm to 0 V without the own cell */
    double *ratio[XBAR_N_ENDS]; /* 1: as in strip.h */
} xbar_dressed;

/** @param n  nodes of all lines
 *  @return XBAR_OK, XBAR_ERR_MEMORY; clear it after a failure as well */
xbar_status xbar_dressed_init(xbar_dressed *d, size_t n, xbar_error *err);
void xbar_dressed_clear(xbar_dressed *d);

#endif
