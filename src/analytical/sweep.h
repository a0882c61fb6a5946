/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file
 *  The truncated iteration: k cycles of exact line solves (block Gauss-Seidel). With u the
 *  word nodes', w the bit nodes' voltages and the network's equations
 *
 *      A u - D w = f,   B w - D u = 0,   D = diag(g)
 *
 *  (A one tridiagonal block for each row with its wire, its terminal and its cells, B one
 *  for each column) a cycle is
 *
 *      u = A^-1 (f + D w),   w = B^-1 D u
 *
 *  and I_j what leaves column j in the last. A cycle shrinks the error of a shape that
 *  meets the resistances a, b along rows and columns by 1/((1 + 1/(g a)) (1 + 1/(g b))):
 *  fast for what is rough or where the drop is mild, hardly at all for the smooth part of
 *  a large drop. Hence two starts:
 *
 *      sweep_k    w = 0
 *      smooth_k   w = the smooth part of the uniform array of the same mean (start.h)
 *
 *  sweep_1 and smooth_1 are linear combinations of gains and have files of their own
 *  (ladder.h, smooth.h), here are k = 2 and 3. Ignores what k cycles leave. Converges for
 *  any array; from w = 0 and inputs >= 0 from below, each cycle nearer than the last
 *  (A and B are M-matrices and D >= 0: a regular splitting, Varga, "Matrix Iterative
 *  Analysis", 1962), so that sweep_k are lower bounds.
 *
 *  A state: one division a cell and line; inputs: 2k - 1 passes over the array for eight of
 *  them together, and a single one costs as much. Memory: 10 doubles a cell.
 */
#ifndef XBAR_ANALYTICAL_SWEEP_H
#define XBAR_ANALYTICAL_SWEEP_H

#include <stdbool.h>

#include "analytical/closed_form.h"

extern const xbar_closed_form xbar_closed_form_sweep_2;
extern const xbar_closed_form xbar_closed_form_sweep_3;
extern const xbar_closed_form xbar_closed_form_smooth_2;
extern const xbar_closed_form xbar_closed_form_smooth_3;

/** Opens the iteration with any number of cycles, at least 1; prepare, predict and close
 *  are those of the forms above. */
xbar_status xbar_sweep_open(void **self, const xbar_crossbar *c, size_t n_cycles,
                            bool smooth_start, xbar_error *err);

#endif
