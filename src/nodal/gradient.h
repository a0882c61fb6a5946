/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file
 *  How the answer of the exact solver changes with everything the array is made of.
 *
 *  F is a weighted sum of what an answer holds: currents of terminals, voltages of nodes.
 *  One solution of a linear network of the array's size, the adjoint network (adjoint.h),
 *  gives F's derivatives by all cells' states, the wires' and every terminal's
 *  resistance, every source's voltage and the device's parameters together; as many
 *  derivatives by differences of solutions would take a solution each.
 *
 *      xbar_gradient_new -> set_state -> solve, solve, ... -> set_state -> ... -> free
 *
 *  Each derivative is a partial one: all else stays as it is, cells' states among it (so
 *  a parameter's does not include what another state, for the same conductance, would
 *  do). Where something stands at the edge of what it can be, 0 ohm or a state's bound,
 *  it is the one-sided derivative into the allowed range. Cells that are not ohmic enter
 *  by their di/dv at the answer's voltages.
 *
 *  Accuracy. States of ohmic cells, resistances and voltages: that of the two solutions,
 *  about 1e-12 of the largest terms. Parameters and states of other devices: differences
 *  of the device's law at fixed voltages, some 1e-9 of the terms where the law is smooth.
 */
#ifndef XBAR_NODAL_GRADIENT_H
#define XBAR_NODAL_GRADIENT_H

#include "nodal/nodal.h"

/** F = sum of weight times quantity. An array that is NULL has no part in it; all numbers
 *  finite, of any unit. */
typedef struct xbar_weights {
    const double *i_out; /* [n_cols]: of the currents out of the columns, as results
                            have them: through the bottom terminal, where that is open
                            the top one, else 0 */
    const double
        *i_terminal[XBAR_N_SIDES]; /* [lines of that side]; open ones: no part */
    const double *v_row, *v_col;   /* [n_rows][n_cols]; 0 where the answer has NaN */
} xbar_weights;

/** F and its derivatives, in F's unit over the unit given here. The caller owns all
 *  arrays; one may be NULL when it is not wanted. When status is not XBAR_OK all numbers
 *  are NaN. */
typedef struct xbar_gradient_answer {
    double value;   /* F */
    double *state;  /* state's unit (linear: S), [n_rows][n_cols]. An open cell: linear,
                        of a conductance that begins; else 0, there is no cell */
    double row_ohm; /* ohm: of all segments together */
    double col_ohm; /* NaN where two terminals of 0 ohm hold an ideal wire from both
                        ends and have different weights: F jumps there */
    double *ohm[XBAR_N_SIDES];  /* ohm, [lines of that side]; 0 where open; NaN in the
                                   case above */
    double *volt[XBAR_N_SIDES]; /* V, [lines of that side]; 0 where open. Two terminals
                                   of 0 ohm on one ideal wire can only move together:
                                   each has half of that */
    double *parameters; /* [device->n_parameters], each over its own unit; NaN for
                           numbers that are whole, or a sign */
    double *selector_parameters; /* [selector->n_parameters], likewise */
    bool is_tight;               /* of the adjoint solution, as in nodal.h */
    xbar_status status; /* XBAR_OK; XBAR_ERR_INPUT (a weight that is not finite, or of a
                           node without a voltage: names it); XBAR_ERR_CONVERGENCE (the
                           answer itself, or the adjoint network, or a cell whose di/dv
                           is negative: names it) */
    xbar_error error;   /* why */
} xbar_gradient_answer;

typedef struct xbar_gradient xbar_gradient;

/** For one array; its cells' states are all 0 (open).
 *  @param[out] out     yours, to be freed; NULL on failure
 *  @param      c       borrowed until then: must not change
 *  @param      options of the adjoint's solver; NULL for the defaults
 *  @return XBAR_OK; XBAR_ERR_INPUT (as xbar_nodal_new; cells with an access transistor);
 *          XBAR_ERR_MEMORY */
xbar_status xbar_gradient_new(xbar_gradient **out, const xbar_crossbar *c,
                              const xbar_nodal_options *options, xbar_error *err);
void xbar_gradient_free(xbar_gradient *g);

/** @param state  the cells' states that the answers belong to, [n_rows][n_cols]; copied */
void xbar_gradient_set_state(xbar_gradient *g, const double *state);

/** The derivatives of n functions of one answer. A network of ohmic cells is factored
 *  once a state, one of other cells once a call: so many functions of one answer cost
 *  less together.
 *  @param      in   the input
 *  @param      a    what xbar_nodal_solve answered to it on the present state, with
 *                   v_row, v_col, i_cell and all i_terminal
 *  @param      w    [n]
 *  @param[out] out  [n]
 *  @return XBAR_OK; XBAR_ERR_INPUT (the answer lacks an array); XBAR_ERR_MEMORY. A
 *          function that fails is told in its own out */
xbar_status xbar_gradient_solve(xbar_gradient *g, const xbar_stimulus *in,
                                const xbar_nodal_answer *a, const xbar_weights *w,
                                size_t n, xbar_gradient_answer *out, xbar_error *err);

#endif
