/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file
 *  Which terminals are closed, and which of them drive the rows and sense the columns.
 *  Private to the layer.
 */
#ifndef XBAR_ANALYTICAL_ARRANGEMENT_H
#define XBAR_ANALYTICAL_ARRANGEMENT_H

#include "crossbar/crossbar.h"

typedef struct xbar_arrangement {
    bool *closed[XBAR_N_SIDES]; /* [lines of that side] */
    uint8_t *sense; /* [n_cols]: XBAR_BOTTOM, XBAR_TOP, or XBAR_N_SIDES: none; closed
                       terminals of rows all drive */
} xbar_arrangement;

xbar_status xbar_arrangement_init(xbar_arrangement *a, const xbar_crossbar *c,
                                  xbar_error *err);
void xbar_arrangement_clear(xbar_arrangement *a);

/** As an input has it. @return is it other than before? */
bool xbar_arrangement_take(xbar_arrangement *a, const xbar_crossbar *c,
                           const xbar_stimulus *in);

#endif
