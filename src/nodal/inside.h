/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file
 *  Ways to use the exact solver that the layer keeps for itself.
 */
#ifndef XBAR_NODAL_INSIDE_H
#define XBAR_NODAL_INSIDE_H

#include "nodal/lines.h"
#include "nodal/nodal.h"

/** xbar_nodal_solve for one input, by the general iteration.
 *  @param inject  A, a plane for each family, into its nodes; 0 at parts that no source
 *                 reaches. What is put into a held node leaves by its terminal.
 *  @param[in,out] a  as xbar_nodal_solve; largest_current does not count `inject`
 *  @return XBAR_OK, XBAR_ERR_MEMORY */
xbar_status xbar_nodal_solve_injected(xbar_nodal *s, const xbar_stimulus *in,
                                      double *const inject[XBAR_N_FAMILIES],
                                      xbar_nodal_answer *a, xbar_error *err);

/** xbar_nodal_solve with the option `is_together`, whatever the solver was made with: for
 *  callers whose n is always the same for the same array. */
xbar_status xbar_nodal_solve_together(xbar_nodal *s, const xbar_stimulus *in, size_t n,
                                      xbar_nodal_answer *out, xbar_error *err);

#endif
