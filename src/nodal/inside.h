/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file
 *  Ways to use the exact solver that the layer keeps for itself.
 */
#ifndef XBAR_NODAL_INSIDE_H
#define XBAR_NODAL_INSIDE_H

#include "nodal/kirchhoff.h"
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

/** A network within a step in time: other laws than at rest, and conductances from the
 *  nodes to ground. All borrowed for the call. */
typedef struct xbar_nodal_moment {
    const xbar_law *law;
    const double *ground_siemens[XBAR_N_FAMILIES]; /* S, planes; NULL: none */
    const double *ground_volt[XBAR_N_FAMILIES];    /* V, planes: where they lead */
    bool is_warm;  /* begin at the voltages that the last solution ended at */
    double enough; /* as xbar_newton has it */
} xbar_nodal_moment;

/** xbar_nodal_solve for one input of such a network, by the general iteration.
 *  @param[in,out] a  as xbar_nodal_solve
 *  @return as its status, which is also a->status */
xbar_status xbar_nodal_solve_moment(xbar_nodal *s, const xbar_stimulus *in,
                                    const xbar_nodal_moment *moment,
                                    xbar_nodal_answer *a, xbar_error *err);

/** The answer of the last such solution once more, into other arrays. */
void xbar_nodal_tell_moment(xbar_nodal *s, const xbar_nodal_moment *moment,
                            xbar_nodal_answer *a);

/** The present state: set_state's. [n_rows][n_cols] */
const double *xbar_nodal_state(const xbar_nodal *s);

/** Was it made with the option `is_plain`? */
bool xbar_nodal_is_plain(const xbar_nodal *s);

/** The nodes' voltages at the end of the last such solution, also of nodes that no source
 *  reaches. @param[out] v  V, a plane for each family */
void xbar_nodal_volts(const xbar_nodal *s, double *const v[XBAR_N_FAMILIES]);

/** xbar_nodal_solve with the option `is_together`, whatever the solver was made with: for
 *  callers whose n is always the same for the same array. */
xbar_status xbar_nodal_solve_together(xbar_nodal *s, const xbar_stimulus *in, size_t n,
                                      xbar_nodal_answer *out, xbar_error *err);

#endif
