/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file
 *  The array in time: cells' states move, sources follow their waveforms, nodes may have
 *  capacitances. Kirchhoff's law holds at every moment, with the states' equations
 *
 *      sum of currents into a node = C dV/dt        (0 where there is no capacitance)
 *      dx/dt = f(v, x)                              for each cell
 *
 *  integrated by an implicit Runge-Kutta method (tableau.h) whose stages are each one
 *  solution of the network (stage.h), with steps as long as the tolerance allows. Steps
 *  end at every corner of the sources' waveforms.
 *
 *  One cell without capacitances, which is what loops are made of, has a way of its own
 *  (single.h).
 *
 *      xbar_transient_new -> begin -> advance, advance, ... -> begin -> ... -> free
 */
#ifndef XBAR_NODAL_TRANSIENT_H
#define XBAR_NODAL_TRANSIENT_H

#include "crossbar/waveform.h"
#include "nodal/nodal.h"

typedef struct xbar_transient xbar_transient;

/** How a run begins. */
typedef struct xbar_transient_start {
    double t_s;
    const double *state;     /* [xbar_cell_n_states][n_rows][n_cols]; NULL: the solver's
                                for the first, initial values for others */
    const uint8_t *is_stuck; /* [n_rows][n_cols]; NULL: no cell is */
    double tolerance;        /* 1e-9 to 0.1; 0 for 1e-4 */
    double max_step_s;       /* 0: none */
    bool is_plain; /* one cell as arrays have it: what its own way is checked against */
} xbar_transient_start;

/** What an advance finds at its moments: each array has one plane (or set of lines) a
 *  moment, one behind the other. NULL: not wanted. The caller's. */
typedef struct xbar_moments {
    double *i_terminal[XBAR_N_SIDES]; /* A */
    double *v_row, *v_col, *i_cell;   /* V, V, A */
    double *state[XBAR_MAX_STATES];   /* NaN at open cells */
    double *energy[XBAR_N_SIDES];     /* J, since begin */
    double *heat;                     /* J, since begin */
    size_t n_done;                    /* out: moments that were reached */
    double kcl_residual;              /* in and out, A: the largest so far, or NaN */
} xbar_moments;

/** What a run has taken so far. */
typedef struct xbar_transient_counts {
    size_t n_steps, n_rejected; /* accepted, and not */
    size_t n_solutions;         /* of the network */
    size_t n_newton;            /* sets of di/dv in them */
} xbar_transient_counts;

/** @param[out] out  yours
 *  @param solver    borrowed until freed; may solve at rest between advances
 *  @param c         the solver's; borrowed until freed
 *  @return XBAR_OK, XBAR_ERR_MEMORY */
xbar_status xbar_transient_new(xbar_transient **out, xbar_nodal *solver,
                               const xbar_crossbar *c, xbar_error *err);
void xbar_transient_free(xbar_transient *t);

/** Begins a run with the solver's present state, in which open cells are open.
 *  @return XBAR_OK; XBAR_ERR_INPUT (tolerance or max_step_s out of range) */
xbar_status xbar_transient_begin(xbar_transient *t, const xbar_transient_start *start,
                                 xbar_error *err);

/** On to t_s[n-1]. Nodes with a capacitance begin where they are at rest.
 *  @param t_s  [n], s, rising, from the present on
 *  @return XBAR_OK; XBAR_ERR_INPUT (times that do not rise), XBAR_ERR_SHORT,
 *          XBAR_ERR_CONVERGENCE (names the time), XBAR_ERR_MEMORY; after which only begin
 *          and free may follow */
xbar_status xbar_transient_advance(xbar_transient *t, const xbar_schedule *schedule,
                                   const double *t_s, size_t n, xbar_moments *out,
                                   xbar_error *err);

/** The present states. @param[out] state  [xbar_cell_n_states][n_rows][n_cols] */
void xbar_transient_states(const xbar_transient *t, double *state);

/** Since begin. */
xbar_transient_counts xbar_transient_count(const xbar_transient *t);

#endif
