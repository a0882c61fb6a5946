/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file
 *  The effective conductance matrix of an array of ohmic cells: what its wires and
 *  terminals make of it.
 *
 *  Currents are linear in the sources' voltages. With V_i what all of row i's input
 *  terminals stand at, and every other terminal at a voltage of its own,
 *
 *      i_out[j] = i_offset[j] + sum_i V_i g_eff[i][j],   g_eff[i][j] = d i_out[j] / d V_i
 *
 *  exactly, so that after one such matrix an input costs one matrix-vector product. Where
 *  many inputs' outputs are wanted and nothing else of them, that is the quickest way.
 *
 *  Mostly the matrix is found directly (merge.h), each conductance to twelve digits of
 *  itself and more. Where wires are ideal, or few lines are driven in a large array, a
 *  column's part of it is one solution, by reciprocity: with the column's terminal at 1 V
 *  and all others at 0, min(rows with an input, columns with an output) solutions in all.
 *  Which of the two it is depends on the array and its terminals alone.
 */
#ifndef XBAR_NODAL_EFFECTIVE_H
#define XBAR_NODAL_EFFECTIVE_H

#include "nodal/nodal.h"

/** Which terminals take the inputs, and what the others stand at. All borrowed. */
typedef struct xbar_effective_drive {
    const xbar_stimulus *rest; /* inputs at 0 V; open terminals NaN */
    const bool
        *takes_input[XBAR_N_SIDES]; /* [lines of that side]; NULL: none does. Left
                                              and right alone; both ends of a row take the
                                              same input */
} xbar_effective_drive;

/** @param[out] g_eff     S, [n_rows][n_cols], like the conductances; rows that take no
 *                        input 0
 *  @param[out] i_offset  A, [n_cols]: the currents when all inputs are 0 V
 *  @param      s         with the state set
 *  @param      c         the array that s was made for; ohmic cells
 *  @return XBAR_OK; XBAR_ERR_INPUT (the cells are not `linear`); XBAR_ERR_SHORT (two
 *          different sources joined by 0 ohm, one of them perhaps an input: names both);
 *          XBAR_ERR_CONVERGENCE (as xbar_nodal_solve); XBAR_ERR_MEMORY. On failure all
 *          numbers are NaN */
xbar_status xbar_nodal_effective(double *g_eff, double *i_offset, xbar_nodal *s,
                                 const xbar_crossbar *c, const xbar_effective_drive *d,
                                 xbar_error *err);

/** The outputs of n inputs: i_out[l][j] = i_offset[j] + sum_i volt[l][i] g_eff[i][j].
 *  An input's outputs are the same to the bit whatever inputs stand beside it.
 *  @param[out] i_out  A, [n][n_cols]
 *  @param      volt   V, [n][n_rows], finite, also where a row takes no input
 *  @param      c      the array: its size */
void xbar_effective_outputs(double *i_out, const double *g_eff, const double *i_offset,
                            const xbar_crossbar *c, const double *volt, size_t n);

#endif
