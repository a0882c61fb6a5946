/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file
 *  Parts of the network that no source reaches. Private to the layer.
 */
#ifndef XBAR_NODAL_ISLANDS_H
#define XBAR_NODAL_ISLANDS_H

#include "nodal/lines.h"

/** Sets is_live of every piece and all_live of both families: a piece is live when a
 *  path of wires and cells leads from it to a terminal that is not open. Wires always
 *  conduct, so a piece is live or not as a whole; with a terminal on every piece nothing
 *  is searched, and else only until everything is found to hang together.
 *  @param state    the cells' states, [n_rows][n_cols]; 0 is an open cell
 *  @param[out] changed  is some piece's is_live another than before?
 *  @return XBAR_OK or XBAR_ERR_MEMORY */
xbar_status xbar_islands_find(xbar_lines *l, const double *state, bool *changed,
                              xbar_error *err);

#endif
