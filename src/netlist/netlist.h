/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file
 *  The array as SPICE text. The only place where text for ngspice is made: nothing in it
 *  comes from a file but numbers, which are printed here, and a title of which only
 *  harmless characters are kept, inside a comment.
 *
 *  Names: word node w3_7, bit node b3_7; cell rc3_7 (resistor) or xc3_7 (subcircuit), its
 *  selector xs3_7 behind node m3_7, its transistor xt3_7 behind m3_7 or d3_7 and gate3;
 *  the cell's states, in time, s0_3_7, s1_3_7 ...;
 *  wires rw3_7 and rb3_7 (towards the next cell); terminal of line 3 on the left: source
 *  vleft3, source node left3, series resistance rleft3; likewise right, top, bottom;
 *  stepped as small signals, gleft3 and rleft3 side by side, or eleft3 alone.
 *  Nodes that an ideal wire makes one bear the name of the first of them. Parts that no
 *  source reaches, and open cells, are left out. The order in which ngspice is to
 *  eliminate the nodes (order.h) is part of larger netlists.
 */
#ifndef XBAR_NETLIST_NETLIST_H
#define XBAR_NETLIST_NETLIST_H

#include <stdbool.h>
#include <stdio.h>

#include "crossbar/network.h"
#include "crossbar/waveform.h"

/** What a netlist is for. */
typedef struct xbar_netlist_options {
    /* true: for libngspice; sources take their values from the caller, and a dummy
     * circuit (vsweep, rtouch) serves to keep one dc sweep alive and to make changed
     * resistors count. false: to be read and replayed; plain sources, an operating point,
     * and the terminals' currents printed with all digits. */
    bool stepped;
    /* with `stepped`, where xbar_netlist_phasors allows it: the sweep that is kept alive is
     * one of small signals; xbar_netlist_drive changes the terminals' voltages, and changed
     * resistors count at once */
    bool phasors;
    /* with `stepped`, of cells without a transistor: a current source beside each device
     * and selector that needs a guide, ic3_7 and is3_7, and beside each element of a device
     * with nodes inside, ic0_3_7, ic1_3_7 ..., whose current the caller gives */
    bool guided;
    bool klu; /* solve with KLU, which finds its own order; else the order is given */
    /* V: no cell will see more, with whatever inputs the circuit is stepped through
     * (xbar_netlist_span); 0: those of the stimulus are all */
    double span;
    /* [net->n_nodes], V: where the iteration begins, of an array at rest whose cells are
     * held there (xbar_netlist_holds); in time, what the lines' capacitances are charged
     * to. NULL, or NaN for one: 0 V */
    const double *v_node;
    const char *title;    /* what the experiment shows; NULL or any text */
    size_t sample, input; /* named in the comments */

    /* A run in time: what the sources do from begin_s to end_s; NULL: the array at rest.
     * In the netlist time counts from begin_s. Replayed, its sources are piecewise linear
     * within `tolerance` of the largest voltage, the states move on capacitors, and the
     * terminals' currents are printed every step_s. All below are borrowed for the call
     * and not looked at without a schedule. */
    const xbar_schedule *schedule;
    double begin_s, end_s;
    double step_s;     /* between printed moments; 0: a thousandth of the time */
    double max_step_s; /* of the integration; 0: what the tolerance asks for */
    double tolerance;  /* as xbar_start's (engine.h); 0: 1e-4 */
    /* the cells' states, [xbar_cell_n_states][n_rows][n_cols]; NULL: the first states are
     * those of `state`, further ones the device's initial ones */
    const double *state0;
    const uint8_t *is_stuck; /* [n_rows][n_cols], 1: that cell's states stand still;
                                NULL: none's do */
} xbar_netlist_options;

/** Writes the circuit.
 *  @param state  the cells' states (device.h), [n_rows][n_cols]
 *  @param s      the terminals' voltages
 *  @return XBAR_OK, XBAR_ERR_MACHINE (writing failed), XBAR_ERR_MEMORY */
xbar_status xbar_netlist_write(FILE *out, const xbar_crossbar *c,
                               const xbar_network *net, const double *state,
                               const xbar_stimulus *s,
                               const xbar_netlist_options *options, xbar_error *err);

/** Are the cells resistors and nothing else? */
bool xbar_netlist_is_ohmic(const xbar_cell *cell);

/** What a cell's state times makes the multiplier m of its source: the parameter that the
 *  device's subcircuit names in m={g*PARAMETER}, or 1. */
double xbar_netlist_multiplier(const xbar_cell *cell);

/** The ngspice command that gives cell (i,j) another state: an `alter`, without newline.
 *  @param multiplier  that of all cells, asked for once since it is looked for in a text
 *  @param state       > 0 (whether a cell is open belongs to the circuit's shape)
 *  For resistors it takes effect with xbar_netlist_touch. */
enum { XBAR_COMMAND_SIZE = 128 };
const char *xbar_netlist_alter(char command[XBAR_COMMAND_SIZE], const xbar_cell *cell,
                               double multiplier, size_t i, size_t j, double state);
extern const char xbar_netlist_touch[];

/** What no cell's voltage exceeds: with cells whose current grows with their voltage all
 *  nodes lie between the lowest and the highest source. V, the next power of two, so that
 *  inputs of one kind agree in it.
 *  @param s  the terminals' voltages */
double xbar_netlist_span(const xbar_crossbar *c, const xbar_stimulus *s);

/** Is a device's law at rest the one that its model offers for cells which see no more than
 *  `span`, V? That one has no ends: it goes on beyond the bounds of the state as within.
 *  @param guided  in a circuit with guides: models offer more for these */
bool xbar_netlist_is_near(const xbar_device *device, const double *p, double span,
                          bool guided);

/** How an array may be stepped as small signals, as long as the same terminals are open. */
typedef enum xbar_phasors {
    XBAR_PHASORS_NONE,      /* not: its phasors are not its voltages at rest */
    XBAR_PHASORS_FROM_REST, /* a terminal of 0 ohm asks for an operating point before the
                               first point, which takes half as long again */
    XBAR_PHASORS_AT_ONCE,
} xbar_phasors;

xbar_phasors xbar_netlist_phasors(const xbar_crossbar *c, const xbar_stimulus *s);

/** What a current beside a device must make up for, so that an iteration which begins at
 *  other voltages ends at wanted ones: what the device's tangent there leaves out. */
typedef enum xbar_guides {
    XBAR_GUIDES_NONE,         /* it has a gate */
    XBAR_GUIDES_NEEDLESS,     /* a resistor is its own tangent */
    XBAR_GUIDES_BY_VOLTAGE,   /* an altered state counts at once */
    XBAR_GUIDES_BY_STATE_TOO, /* the state is a voltage of its own, that moves too */
    XBAR_GUIDES_INSIDE, /* so do nodes inside: each element has a guide (device.h) */
} xbar_guides;

/** Of the device's law at rest. */
xbar_guides xbar_netlist_guides(const xbar_device *device);

/** Are the cells' nodes held at v_node in a new circuit's first iteration, where that is
 *  told? Those with nodes inside are, which no guide reaches from 0 V on all nodes. */
bool xbar_netlist_holds(const xbar_cell *cell);

/** The ngspice command that gives a terminal of a netlist of phasors another voltage,
 *  without newline. */
const char *xbar_netlist_drive(char command[XBAR_COMMAND_SIZE], const xbar_crossbar *c,
                               xbar_side side, size_t line, double volt);

/** The commands that let the sweep of a stepped netlist, once halted, run out. */
extern const char *const xbar_netlist_end[];
extern const char *const xbar_netlist_end_phasors[];
extern const char *const xbar_netlist_end_in_time[];
enum { XBAR_NETLIST_POINTS = 1000000 }; /* points in such a sweep */

/** A stepped run's first step, in shares of max_step_s. */
#define XBAR_NETLIST_FIRST_STEP 1e-7

/** What a vector of ngspice is. */
typedef struct xbar_quantity {
    enum xbar_quantity_kind {
        XBAR_QUANTITY_OTHER,
        XBAR_QUANTITY_WORD,   /* voltage of word node (row, col) */
        XBAR_QUANTITY_BIT,    /* voltage of bit node (row, col) */
        XBAR_QUANTITY_BELOW,  /* voltage below the device of cell (row, col) */
        XBAR_QUANTITY_STATE,  /* state number `line` of cell (row, col) */
        XBAR_QUANTITY_GUIDE,  /* current beside cell (row, col)'s device (line 0), or an
                                 element of it, or selector (line 1) */
        XBAR_QUANTITY_SOURCE, /* current through the source of `line` on `side`, from its
                                 positive node to ground: minus the current into the array;
                                 side XBAR_N_SIDES: the source of row `line`'s gates */
    } kind;
    size_t row, col;
    xbar_side side;
    size_t line, element;
} xbar_quantity;

/** Reads a vector's or source's name: "w3_7", "b3_7", "m3_7", "s0_3_7", "vleft3#branch",
 *  "eleft3#branch", "vleft3", "vgate3", "ic3_7", "ic2_3_7", "is3_7". */
xbar_quantity xbar_netlist_quantity(const char *name);

#endif
