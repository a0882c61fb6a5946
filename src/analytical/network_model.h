/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file
 *  Our own model, `modes`: an effective conductance matrix of the array,
 *
 *      I_j = I_0j + sum_i V_i H_ij,    H = W + T + blend(H - W - T)
 *
 *  W: what a row does to a column when all other lines stand still (shares.h). T: the
 *  sneak paths over one further column and one further row (detours.h). Both are rough,
 *  each cell counts for itself, and both are cheap; T is left out in large arrays, where it
 *  is not. The rest are longer paths, in which cells average out: smooth along rows and
 *  columns but for the strengths of the two lines concerned. Eight exact solutions of the
 *  network, four inputs that are smooth over the rows and four outputs that are smooth over
 *  the columns, are enough to know it (probe.h, blend.h). I_0: what columns that stand at
 *  different voltages send into each other, with all rows at the voltage that most of them
 *  have, one exact solution for each such set; V_i count from there.
 *
 *  Up to sixteen rows or columns H is found exactly, which costs no more.
 *
 *  Holds for any terminals, cuts, faults, wires. Weak where a single row is driven whose
 *  cells differ in large blocks. Cells that are not ohmic: linearised at the voltage that
 *  drive_volt leaves them, and what they carry besides from where an input leaves the lines
 *  (bend.h).
 *
 *  A state: eight exact solutions, some ten divisions a cell, and for T six operations a
 *  cell and row; an input: one matrix-vector product, with cells that are not ohmic one and
 *  a half. What is open may differ from input
 *  to input, at the price of a state.
 */
#ifndef XBAR_ANALYTICAL_NETWORK_MODEL_H
#define XBAR_ANALYTICAL_NETWORK_MODEL_H

#include "analytical/model.h"

extern const xbar_model xbar_model_modes;

#endif
