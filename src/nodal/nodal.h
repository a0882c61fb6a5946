/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file
 *  The exact solver: Kirchhoff's current law on the array's network, with any device, at
 *  DC.
 *
 *  The array's nodes form word lines and bit lines, coupled by the cells. Voltages are
 *  kept as drops from the voltage of a source (drops.h), so that wires of a milliohm lose
 *  no digits. Linear cells: one solution of a linear system (inner.h) and corrections
 *  from the residual of Kirchhoff's law until that is down to rounding. Other cells:
 *  Newton's method with a line search on the network's co-content (newton.h).
 *
 *  An answer depends on the array, the state and its own input alone, to the bit: never
 *  on which inputs were solved before or beside it.
 *
 *      xbar_nodal_new -> set_state -> solve, solve, ... -> set_state -> ... -> free
 */
#ifndef XBAR_NODAL_NODAL_H
#define XBAR_NODAL_NODAL_H

#include "core/status.h"
#include "crossbar/crossbar.h"

typedef struct xbar_nodal xbar_nodal;

typedef struct xbar_nodal_options {
    /** Kirchhoff's residual that is aimed at, as a share of the largest branch current:
     *  0 for the default 1e-12, else 1e-15 to 1e-3. What `is_tight` says; fast ways stop
     *  there, the general iteration goes on while that gains digits. Up to 1e-9 outputs of
     *  ohmic cells are right to 1e-10 of the largest and to 1e-8 of themselves all the
     *  same, as long as they are above 1e-6 of the largest branch current, and of what
     *  rounding all voltages at their 16th digit makes of the currents through cells that
     *  conduct far better than wires; from 1e-6 on one correction in single precision
     *  will do. */
    double tolerance;
    /** Only the general iteration with direct solutions of the linear systems: slow, and
     *  what every faster way is checked against. */
    bool is_plain;
    bool is_together; /* inputs of one call may be solved together, which is quicker
                         where they are many: 64 of them for the price of 10 to 40. Some
                         45 to 95 doubles a cell are kept for that, if they are no more
                         than half of the machine's memory for each of its processors.
                         An input's last bits then depend on how many it came with */
    unsigned threads; /* that may work at a time; 0 for 1. No answer depends on it */
} xbar_nodal_options;

/** The answer for one input. The caller owns all arrays; a plane may be NULL when it is
 *  not wanted. Parts of the network that no source reaches: voltages NaN, currents 0.
 *  When status is not XBAR_OK all numbers are NaN. */
typedef struct xbar_nodal_answer {
    double *v_row, *v_col;            /* V, [n_rows][n_cols] */
    double *i_cell;                   /* A, [n_rows][n_cols], word node to bit node */
    double *i_terminal[XBAR_N_SIDES]; /* A, [lines of that side], source into array; all
                                         four are wanted; 0
                                         where open. Two terminals of 0 ohm on one ideal
                                         line share its current equally */
    /** A: the largest absolute sum of currents at a node, by Ohm's law on the wires' and
     *  terminals' voltages and the device's law, from the final voltages. */
    double kcl_residual;
    double largest_current; /* A, of all branches */
    /** kcl_residual <= tolerance * largest_current. Where rounding does not allow that the
     *  answer is the best there is: within 1e-9, or what rounding alone explains. */
    bool is_tight;
    size_t n_newton;      /* sets of di/dv used */
    size_t n_corrections; /* linear systems solved */
    size_t n_steps;       /* iterations of the linear solver in all of them */
    xbar_status status;   /* XBAR_OK; XBAR_ERR_SHORT (two different sources joined by 0
                             ohm: names both); XBAR_ERR_CONVERGENCE (names the steps,
                             the node and the residual) */
    xbar_error error;     /* why */
} xbar_nodal_answer;

/** A solver for one array; its cells' states are all 0 (open).
 *  @param[out] out     yours, to be freed; NULL on failure
 *  @param      c       borrowed until then: must not change
 *  @param      options NULL for the defaults
 *  @return XBAR_OK; XBAR_ERR_INPUT (tolerance out of range); XBAR_ERR_MEMORY */
xbar_status xbar_nodal_new(xbar_nodal **out, const xbar_crossbar *c,
                           const xbar_nodal_options *options, xbar_error *err);
void xbar_nodal_free(xbar_nodal *s);

/** @param state  the cells' states (device.h), [n_rows][n_cols], finite, >= 0, 0 an open
 *                cell; copied */
void xbar_nodal_set_state(xbar_nodal *s, const double *state);

/** Solves n inputs on the present state. Which terminals are open (NaN) may differ from
 *  input to input; those with the same ones in a row cost less.
 *  @param in   [n]
 *  @param out  [n]: arrays to be filled; an input that fails is told there, and the
 *              others go on
 *  @return XBAR_OK; XBAR_ERR_MEMORY: inputs from the failing one on are not solved, and
 *          their status is XBAR_ERR_MEMORY */
xbar_status xbar_nodal_solve(xbar_nodal *s, const xbar_stimulus *in, size_t n,
                             xbar_nodal_answer *out, xbar_error *err);

/** How the linear systems are solved, "CHOLMOD"; static. */
const char *xbar_nodal_method(const xbar_nodal *s);

#endif
