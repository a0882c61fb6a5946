/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file
 *  All cells within an implicit stage of a step in time: each one's states are those that
 *
 *      x = base + h_gamma dx/dt(v, x)
 *
 *  asks for at the voltage v over it, so that its current is a function of v alone,
 *
 *      i(v) = i(v, x(v)),   di/dv = (i)_v + (i)_x dx/dv,
 *      dx/dv = (1 - h_gamma (dx/dt)_x)^-1 h_gamma (dx/dt)_v
 *
 *  and the network's solver need not know that anything moves. With h_gamma = 0 states
 *  stand where they are. Private to the layer.
 */
#ifndef XBAR_NODAL_STAGE_H
#define XBAR_NODAL_STAGE_H

#include "nodal/kirchhoff.h"

typedef struct xbar_stage {
    const xbar_cell *cell;    /* borrowed */
    size_t n_rows, n_cols, n; /* n: cells */
    size_t n_states;
    xbar_state_range range[XBAR_MAX_STATES];
    double *fixed;     /* [n]: first states at rest; 0 an open cell */
    uint8_t *is_stuck; /* [n]: its states stand still */

    double h_gamma;       /* s */
    double near_volt;     /* V: over less than this a tangent is the curve */
    double *base;         /* [n_states][n] */
    double *x;            /* [n_states][n]: a guess before, the states at v after */
    double *dx_dv;        /* [n_states][n] */
    double *di_dx;        /* A, [n_states][n]: at v and x, the voltage held */
    double *v, *i, *didv; /* V, A, S, [n]: where and what each cell was last found */
    uint8_t *is_fresh;    /* [n]: found for this base */
    uint8_t *is_lost;     /* [n_rows]: some cell's states were not found */
    double *room;         /* scratch of a row */

    /* cells with a gate: slopes by the bit node's voltage besides; else NULL */
    double *v_n;   /* V, [n]: where it was found */
    double *back;  /* S, [n]: -di/dv_n */
    double *dx_dn; /* [n_states][n] */
} xbar_stage;

/** @param[out] s  its arrays are yours: xbar_stage_clear. No cell is open or stuck
 *  @param      c  borrowed as long as s lives */
xbar_status xbar_stage_init(xbar_stage *s, const xbar_crossbar *c, xbar_error *err);
void xbar_stage_clear(xbar_stage *s);

/** A stage begins: base, h_gamma and the guess are new. */
void xbar_stage_begin(xbar_stage *s, double h_gamma);

/** What the network's solver calls, for cells without or with a gate; `with` is the stage. NaN for a row of which some
 *  cell's states could not be found: the step is too long for it. */
void xbar_stage_current(void *with, size_t i, double *current, double *didv,
                        const double *v);

void xbar_stage_gated(void *with, size_t i, double *current, double *didv, double *back,
                      const double *v, const double *v_n, double gate);

/** Could some cell's states not be found when it was last asked for? */
bool xbar_stage_is_lost(const xbar_stage *s);

/** Rates at the cells' v and present x.
 *  @param[out] rate  1/s, [n_states][n]
 *  @param      gate  V, [n_rows]; not looked at for cells without */
void xbar_stage_rates(xbar_stage *s, double *rate, const double *gate);

/** How a small change of the states changes the cells' currents where they were last
 *  found: the largest |sum over states of di/dx dx|, A.
 *  @param dx  [n_states][n] */
double xbar_stage_change(const xbar_stage *s, const double *dx);

#endif
