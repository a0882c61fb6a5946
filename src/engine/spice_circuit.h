/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file
 *  The circuit that the spice engine has in ngspice, at rest or in time: how it gets there
 *  and what its vectors mean. Private to the engine's files.
 */
#ifndef XBAR_ENGINE_SPICE_CIRCUIT_H
#define XBAR_ENGINE_SPICE_CIRCUIT_H

#include "engine/engine.h"
#include "engine/spice_guide.h"
#include "netlist/netlist.h"
#include "spice/session.h"

typedef struct xbar_spice_run xbar_spice_run; /* spice_time.c */

typedef struct xbar_spice_engine {
    const xbar_crossbar *c;
    xbar_spice *session;
    size_t n_alike;          /* as the settings have it */
    double *state;           /* wanted, [n_rows][n_cols] */
    xbar_stimulus ramp;      /* a fraction of an input, on the way to it */
    xbar_stimulus volts;     /* of the present input: what the sources read */
    xbar_spice_guide *guide; /* NULL where its cells cannot have one */
    xbar_spice_run *run;     /* in time; NULL: none has been begun */

    /* the circuit in ngspice, when `loaded` */
    bool loaded, in_time;
    bool phasors;    /* its sweep is one of small signals (netlist.h) */
    size_t n_points; /* made by its sweep */
    xbar_network *net;
    double *loaded_state;       /* what its cells stand at */
    xbar_stimulus loaded_volts; /* NaN: that terminal is not in it */
    double span;                /* V: beyond that its cells' law may be another */
    double
        fresh_share; /* of the largest current, that Kirchhoff's law left when it was new */
    xbar_quantity *vectors; /* what ngspice's vector k is */
    size_t n_vectors;

    double *v_node;  /* V, [n_nodes] */
    double *v_below; /* V, [n_rows][n_cols]: below the device, where that is a node */
    double *v_row, *v_col, *v_cell, *i_cell; /* [n_rows][n_cols] */
    double *v_gate;                          /* [n_rows][n_cols]: the row's */
    double *work;                            /* [n_nodes] */

    char method[128];
} xbar_spice_engine;

/** Drops what is known of the circuit in ngspice. */
void xbar_spice_circuit_unload(xbar_spice_engine *e);

/** Puts a circuit into ngspice: that of `in`'s open terminals and e->state, fit for inputs
 *  up to `span`, and makes its first point.
 *  @param options  stepped; guided: this point begins at the exact answer
 *                  (spice_guide.h); its span and klu are filled in here
 *  @return as xbar_network_new, xbar_netlist_write, xbar_spice_load, xbar_spice_begin;
 *          XBAR_ERR_ENGINE (a vector is missing, or not known) */
xbar_status xbar_spice_circuit_load(xbar_spice_engine *e, const xbar_stimulus *in,
                                    double span, const xbar_netlist_options *options,
                                    xbar_error *err);

/** Is the circuit in ngspice the one for these open terminals and cells? */
bool xbar_spice_circuit_same_shape(const xbar_spice_engine *e, const xbar_stimulus *in);

/** The last point: e->v_node, and the terminals' currents into i_terminal[side][line]
 *  (from their sources into the array). Two terminals of 0 ohm at the ends of one line
 *  share its source, so each has half of it.
 *  @return XBAR_OK, XBAR_ERR_ENGINE (a number that is not finite) */
xbar_status xbar_spice_circuit_read(xbar_spice_engine *e,
                                    double *const i_terminal[XBAR_N_SIDES],
                                    xbar_error *err);

/** e->v_row and e->v_col from e->v_node, and e->v_cell: 0 where a cell is open or out of
 *  every source's reach. */
void xbar_spice_circuit_spread(xbar_spice_engine *e);

/* ---- in time: spice_time.c ----------------------------------------------------------- */

xbar_status xbar_spice_time_begin(void *self, const xbar_start *start, xbar_error *err);
xbar_status xbar_spice_time_advance(void *self, const xbar_schedule *schedule,
                                    const double *t_s, size_t n, xbar_result *out,
                                    size_t first, xbar_error *err);
void xbar_spice_time_states(void *self, double *state);

/** A source's voltage in a run. */
double xbar_spice_time_volt(const xbar_spice_engine *e, const xbar_quantity *q,
                            double t_s);

void xbar_spice_time_end(xbar_spice_engine *e);

#endif
