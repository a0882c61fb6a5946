/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file
 *  One cell between two terminals in time, by GSL's integrators of ordinary differential
 *  equations. Private to the layer.
 *
 *      v + ohm i(v, x) = V_word(t) - V_bit(t),   dx/dt = f(v, x)
 *
 *  The voltage is solved for inside, so that only the states, and the energies beside
 *  them, are integrated: an explicit method where that is quick, an implicit one with the
 *  exact Jacobian where stiffness would keep it short. Steps end where a source has a
 *  corner and where a device's rate has one (xbar_device's events).
 */
#ifndef XBAR_NODAL_SINGLE_H
#define XBAR_NODAL_SINGLE_H

#include "crossbar/waveform.h"

typedef struct xbar_single xbar_single;

/** What it moves. */
typedef struct xbar_single_state {
    double t_s;
    double *x;                      /* [n_states] */
    double heat;                    /* J */
    double energy_word, energy_bit; /* J, given by the sources */
    size_t n_steps, n_rejected;     /* counted on */
} xbar_single_state;

/** @param[out] out  yours
 *  @param      c    1 x 1, without capacitances or a gate; borrowed until freed
 *  @return XBAR_OK, XBAR_ERR_MEMORY */
xbar_status xbar_single_new(xbar_single **out, const xbar_crossbar *c, xbar_error *err);
void xbar_single_free(xbar_single *s);

/** A run begins. @param fixed  the state at rest, not 0 */
void xbar_single_begin(xbar_single *s, double tolerance, double max_step_s,
                       double fixed, bool is_stuck);

/** Is this what it can do: one terminal at either node?
 *  @param in  which terminals are open */
bool xbar_single_fits(xbar_single *s, const xbar_stimulus *in);

/** On to t1; after a call of xbar_single_fits that said so, for as long as the same
 *  terminals are open.
 *  @param in  scratch, as xbar_stimulus_init made it
 *  @return XBAR_OK; XBAR_ERR_CONVERGENCE (names the time) */
xbar_status xbar_single_go(xbar_single *s, const xbar_schedule *schedule,
                           xbar_stimulus *in, xbar_single_state *at, double t1_s,
                           xbar_error *err);

#endif
