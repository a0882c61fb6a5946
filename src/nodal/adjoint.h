/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file
 *  What drives the adjoint network. Private to the layer.
 *
 *  Let F = sum of c_t I_t over terminals + sum of w_n V_n over nodes. With R_n the sum of
 *  the currents into node n, and K = -dR/dV (symmetric), a change of anything else in the
 *  network by dp changes F by
 *
 *      dF = (dF/dp + lambda . dR/dp) dp,   K lambda = dF/dV                         [A]
 *
 *  with all node voltages held. lambda are the node voltages of the same network with its
 *  cells at their di/dv, the source of terminal t at -c_t volts and the current w_n put
 *  into node n: then each branch from a to b, i(v, p) with v = V_a - V_b, adds
 *
 *      (lambda_b - lambda_a) di/dp                                                  [B]
 *
 *  to dF/dp, terminals (from their source to their node) included. For F = i_out[j] that
 *  is the network with column j's terminal at 1 V and all others at 0: reciprocity.
 */
#ifndef XBAR_NODAL_ADJOINT_H
#define XBAR_NODAL_ADJOINT_H

#include "nodal/gradient.h"

/** Do 0 ohm hold this line's one node from both ends: two terminals without resistance
 *  on an ideal, uncut wire? They share its current equally. */
bool xbar_adjoint_is_shared(const xbar_crossbar *c, const xbar_stimulus *in,
                            xbar_side side, size_t line);

/** c_t: what the weights say of terminal `line` of a side; 0 where it is open. */
double xbar_adjoint_weight(const xbar_crossbar *c, const xbar_stimulus *in,
                           const xbar_weights *w, xbar_side side, size_t line);

/** The voltages of the adjoint network's sources.
 *  @param[out] s  as xbar_stimulus_init made it for c; open where `in` is. Two terminals
 *                 that share a line's current share their c_t as well */
void xbar_adjoint_drive(xbar_stimulus *s, const xbar_crossbar *c,
                        const xbar_stimulus *in, const xbar_weights *w);

#endif
