/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file
 *  A run in time on the spice engine: what it goes by, and what it has added up. Private to
 *  spice_time.c and spice_time_point.c.
 */
#ifndef XBAR_ENGINE_SPICE_RUN_H
#define XBAR_ENGINE_SPICE_RUN_H

#include "engine/spice_circuit.h"
#include "netlist/polyline.h"

struct xbar_spice_run {
    double *x;         /* present states, [n_states][n_rows][n_cols] */
    uint8_t *is_stuck; /* [n_rows][n_cols] */
    double tolerance;
    double max_step_s; /* as asked for; 0: none */
    double usual_s;    /* the longest step where nothing snaps */
    double t_s;        /* the present */

    /* of the circuit in ngspice */
    double zero_s;    /* the time at which ngspice's clock shows 0 */
    double rise_s;    /* on that clock: when the sources have risen */
    double step_s;    /* its longest step, of which its shortest one is 1e-11 */
    size_t n_long;    /* steps of that length in a row */
    double charged_s; /* the last corner that it has been told of */
    bool has_farad;

    /* what lies ahead */
    const xbar_schedule *schedule;
    double moment_s, corner_s;
    bool straight;  /* the sources are, up to the next corner */
    double allowed; /* V: what a step may miss of a bend */
    double largest; /* V: of all sources so far */
    xbar_ruler ruler;
    xbar_stimulus volts; /* the sources at volts_s */
    double volts_s;

    /* what has been added up */
    bool has_last; /* what follows is that of the last point */
    double last_s;
    xbar_stimulus last;
    double *i_last[XBAR_N_SIDES], *v_cell_last, *i_cell_last;
    /* the currents of the point before that one, so that bends are seen */
    bool has_before;
    double before_s;
    double *i_before[XBAR_N_SIDES], *i_cell_before;
    double *energy[XBAR_N_SIDES];     /* J, [lines of that side] */
    double *heat;                     /* J, [n_rows][n_cols] */
    double *i_terminal[XBAR_N_SIDES]; /* A, of the present point */
    double *v_below;                  /* V below the device, [n_rows][n_cols] */
};

static inline size_t xbar_spice_run_cells(const xbar_spice_engine *e)
{
    return e->c->n_rows * e->c->n_cols;
}

/* ---- spice_time.c ---- */

/** The sources at t_s, into r->volts. */
void xbar_spice_run_volts(xbar_spice_run *r, double t_s);

/* ---- spice_time_point.c ---- */

/** Energies, and with `wants_heat` heat, from the last point to the present one. */
void xbar_spice_run_add_up(xbar_spice_engine *e, bool wants_heat);

/** Writes down what stands at the present. */
void xbar_spice_run_record(xbar_spice_engine *e, xbar_result *out, size_t moment);

#endif
