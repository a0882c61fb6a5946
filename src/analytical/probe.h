/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file
 *  Exact answers of an ohmic array to the smooth functions of blend.h, from both sides.
 *
 *  Forward: the rows' terminals stand at phi_k(i) volts, all others at 0; what leaves the
 *  columns is sum_i phi_k(i) H_ij. Adjoint: the columns' sensing terminals stand at
 *  psi_l(j) volts, all others at 0; by reciprocity what enters the rows is
 *  -sum_j H_ij psi_l(j). H is the effective conductance matrix (nodal/effective.h).
 *  Private to the layer.
 */
#ifndef XBAR_ANALYTICAL_PROBE_H
#define XBAR_ANALYTICAL_PROBE_H

#include "analytical/blend.h"
#include "analytical/shares.h"
#include "nodal/nodal.h"

typedef struct xbar_probe xbar_probe;

/** @param c  borrowed: sizes. @return XBAR_OK or XBAR_ERR_MEMORY */
xbar_status xbar_probe_new(xbar_probe **out, const xbar_crossbar *c, xbar_error *err);
void xbar_probe_free(xbar_probe *p);

/** @param[out] forward  A, [xbar_blend_modes(n_rows)][n_cols]
 *  @param[out] adjoint  A, [xbar_blend_modes(n_cols)][n_rows]
 *  @param      f        the functions
 *  @param      solver   with the state set
 *  @return XBAR_OK; XBAR_ERR_CONVERGENCE, XBAR_ERR_SHORT, XBAR_ERR_MEMORY */
xbar_status xbar_probe_solve(xbar_probe *p, xbar_nodal *solver,
                             const xbar_arrangement *a, const xbar_blend *f,
                             double *forward, double *adjoint, xbar_error *err);

/** The columns' currents when all rows' terminals stand at 0 V and the columns' where the
 *  input has them. @param[out] i_out  A, [n_cols] */
xbar_status xbar_probe_offset(xbar_probe *p, xbar_nodal *solver,
                              const xbar_arrangement *a, const xbar_stimulus *in,
                              double *i_out, xbar_error *err);

#endif
