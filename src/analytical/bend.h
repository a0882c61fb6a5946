/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file
 *  Cells that are not ohmic in the model `modes`: where each is linearised, and how an
 *  input that leaves a cell another voltage bends its current.
 *
 *  All rows at drive_volt leave cell (i,j) the voltage gamma_ij drive_volt (one exact
 *  solution); its secant there goes into the network. An input V leaves it, by and large,
 *
 *      u = beta_ij (V_i - sum_k a_k phi_ki) + sum_k a_k gamma_kij
 *
 *  with a_k the shares of the smooth functions phi_k in the inputs, weighted by the rows'
 *  currents, and gamma_k the cell's voltage in the exact answer to phi_k: what is smooth of
 *  an input with bit lines that rise, what is rough with its own row's drop alone. The cell
 *  then carries, over its secant, the excess g u (chi(u)/chi(u_ref) - 1), of which the share
 *  `bend` leaves its column; the rest is used up by the drop that it makes. That is as much
 *  as an input of
 *
 *      V_i + bend u (chi(u)/chi(u_ref) - 1)/beta_ij
 *
 *  would give, evaluated for a row and a block of columns at a time, so that an input costs
 *  one matrix-vector product still and a polynomial a row and block besides.
 *  Private to the layer.
 */
#ifndef XBAR_ANALYTICAL_BEND_H
#define XBAR_ANALYTICAL_BEND_H

#include "analytical/blend.h"
#include "analytical/shares.h"
#include "nodal/nodal.h"

typedef struct xbar_bend xbar_bend;

/** @param c  the real array, borrowed. @return XBAR_OK or XBAR_ERR_MEMORY */
xbar_status xbar_bend_new(xbar_bend **out, const xbar_crossbar *c, xbar_error *err);
void xbar_bend_free(xbar_bend *b);

/** The secants, which the solver has for its state afterwards.
 *  @param[out] g         S, [n_rows][n_cols]
 *  @param      state     the cells' states
 *  @param      gate      V, [n_rows]
 *  @param      constants those of plain_array.h
 *  @return XBAR_OK; XBAR_ERR_CONVERGENCE, XBAR_ERR_SHORT, XBAR_ERR_MEMORY */
xbar_status xbar_bend_prepare(xbar_bend *b, double *g, xbar_nodal *solver,
                              const xbar_arrangement *a, const double *state,
                              const double *gate, const double *constants,
                              double drive_volt, xbar_error *err);

/** @param f         the functions
 *  @param strength  [n_rows]: the rows' currents per volt of each
 *  @param beta      [n_rows][n_cols] (shares.h)
 *  @param drop      V, gamma_k (probe.h) */
void xbar_bend_weigh(xbar_bend *b, const xbar_blend *f, const double *strength,
                     const double *beta, const double *drop);

/** I_j = sum_i H_ij times the bent inputs. @param drive  V, [n_rows] */
void xbar_bend_apply(xbar_bend *b, double *i_out, const double *h, const double *drive,
                     double bend);

#endif
