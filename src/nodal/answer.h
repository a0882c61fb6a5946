/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file
 *  From the final voltages to what an answer holds. Private to the layer.
 */
#ifndef XBAR_NODAL_ANSWER_H
#define XBAR_NODAL_ANSWER_H

#include "nodal/kirchhoff.h"
#include "nodal/nodal.h"

/** Fills the arrays, kcl_residual and largest_current. Shares no code with the iteration:
 *  currents are voltages over resistances, summed at each node.
 *  @param sum  scratch, a plane for each family */
void xbar_answer_fill(xbar_nodal_answer *a, const xbar_crossbar *c, const xbar_lines *l,
                      const xbar_drops *d, const xbar_cells *cells,
                      double *const sum[XBAR_N_FAMILIES]);

/** NaN everywhere. */
void xbar_answer_blank(xbar_nodal_answer *a, const xbar_crossbar *c);

#endif
