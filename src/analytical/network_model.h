/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file
 *  Our own model, `modes`: an effective conductance matrix of the array,
 *
 *      I_j = I_0j + sum_i V_i H_ij,    H = W + blend(H - W)
 *
 *  W: what a row does to a column when all other lines stand still (shares.h): rough, each
 *  cell its own, and cheap. The rest are sneak paths over further rows and columns, in
 *  which cells average out: smooth along rows and columns but for the strengths of the two
 *  lines concerned. Eight exact solutions of the network, four inputs that are smooth over
 *  the rows and four outputs that are smooth over the columns, are enough to know it
 *  (probe.h, blend.h). I_0: what columns that stand at different voltages send into each
 *  other, one exact solution for each set of their voltages.
 *
 *  Holds for any terminals, cuts, faults, wires; exact for up to four rows or columns.
 *  Weak where cells differ in large blocks; where few rows of a small array are driven, for
 *  columns that get little of it; and for biases in which much cancels, as the unselected
 *  columns of a half-selected array. Cells that are not ohmic: linearised at the voltage
 *  that drive_volt leaves them (bend.h).
 *
 *  A state: eight exact solutions, some ten divisions a cell; an input: one
 *  matrix-vector product. What is open may differ from input to input, at the price of a
 *  state.
 */
#ifndef XBAR_ANALYTICAL_NETWORK_MODEL_H
#define XBAR_ANALYTICAL_NETWORK_MODEL_H

#include "analytical/model.h"

extern const xbar_model xbar_model_modes;

#endif
