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

/** As many inputs as the solver takes side by side (xbar_nodal_options, is_together) cost
 *  no more than the functions do: with so few rows or columns H is found line by line. */
enum { XBAR_PROBE_LINES = 16 };

static inline bool xbar_probe_is_small(const xbar_crossbar *c)
{
    return c->n_rows <= XBAR_PROBE_LINES || c->n_cols <= XBAR_PROBE_LINES;
}

/** @param c           borrowed: sizes
 *  @param with_volts  will nodes' voltages be wanted?
 *  @return XBAR_OK or XBAR_ERR_MEMORY */
xbar_status xbar_probe_new(xbar_probe **out, const xbar_crossbar *c, bool with_volts,
                           xbar_error *err);
void xbar_probe_free(xbar_probe *p);

/** @param[out] forward  A, [xbar_blend_modes(n_rows)][n_cols]
 *  @param[out] adjoint  A, [xbar_blend_modes(n_cols)][n_rows]
 *  @param[out] word     V, [xbar_blend_modes(n_rows)][n_rows][n_cols]: of the word lines'
 *                       nodes in the forward probes; NULL: not wanted
 *  @param[out] bit      V, [n_rows][n_cols]: of the bit lines' in the first; as `word`
 *  @param      f        the functions
 *  @param      solver   with the state set
 *  @return XBAR_OK; XBAR_ERR_CONVERGENCE, XBAR_ERR_SHORT, XBAR_ERR_MEMORY */
xbar_status xbar_probe_solve(xbar_probe *p, xbar_nodal *solver,
                             const xbar_arrangement *a, const xbar_blend *f,
                             double *forward, double *adjoint, double *word,
                             double *bit, xbar_error *err);

/** H itself, of an array that is small.
 *  @param[out] h  S, [n_rows][n_cols]
 *  @return as xbar_probe_solve */
xbar_status xbar_probe_matrix(xbar_probe *p, xbar_nodal *solver,
                              const xbar_arrangement *a, double *h, xbar_error *err);

/** The columns' currents when all rows' terminals stand at `base` and the columns' where
 *  the input has them. @param[out] i_out  A, [n_cols] */
xbar_status xbar_probe_offset(xbar_probe *p, xbar_nodal *solver,
                              const xbar_arrangement *a, const xbar_stimulus *in,
                              double base, double *i_out, xbar_error *err);

#endif
