/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file
 *  The devices: what current flows at a voltage and a state, and how the state moves.
 *
 *  Three kinds: cells, which remember; selectors, which stand in series with a cell;
 *  access transistors, which do so with a gate. A device is a folder models/NAME (README
 *  with equations and sources, SPICE subcircuits, parameter sets in YAML), a file
 *  src/device/NAME.c with the same equations, and its name in the list of src/meson.build.
 *  Nothing else knows it by name. All functions are pure and allocate nothing.
 *
 *  Signs. v = V(p) - V(n), p the word node and n the bit node; i flows from p to n. Each
 *  model keeps its paper's polarity (which sign of v lowers the resistance: see its
 *  README); the parameter `pol` = -1 turns the device round.
 *
 *  States are dimensionless numbers, 0 to 1 where the paper has a normalised one, else
 *  the paper's quantity over a unit that the table of states names ("gap / 1 nm").
 *
 *  Two ways in:
 *  - An array at rest (`current`, `state`; the engines through xbar_cell_current) gives
 *    each cell one number, the first state, which stands still; 0 means that there is no
 *    cell. A cell at a bound 0 of its state is given XBAR_LEAST_STATE instead, which no
 *    equation tells from 0.
 *  - Time (`respond`, through xbar_cell_respond) has all states and their rates, and a
 *    state of 0 is a state like any other.
 *
 *  Every voltage is allowed. Where a law would overflow (beyond 80 in an exp or sinh) it
 *  goes on along its tangent, so di/dv never falls back; rates end the same way. A state
 *  does not leave its bounds: outward motion dies out within `edge` of them (or as the
 *  paper's own window says), inward motion does not, so nothing sticks. A state that a
 *  step of an integrator has put beyond a bound acts like the bound.
 */
#ifndef XBAR_DEVICE_DEVICE_H
#define XBAR_DEVICE_DEVICE_H

#include <stdbool.h>
#include <stddef.h>

#include "core/status.h"

enum {
    XBAR_MAX_PARAMETERS = 48,
    XBAR_MAX_STATES = 4, /* of a cell with its selector; a device has at most 2 */
    XBAR_MAX_EVENTS = 4
};

/** A device's state of 0 in an array, where 0 itself is an open cell. */
#define XBAR_LEAST_STATE 1e-30

typedef enum xbar_kind {
    XBAR_KIND_CELL,
    XBAR_KIND_SELECTOR,
    XBAR_KIND_ACCESS,
    XBAR_N_KINDS
} xbar_kind;

/** "cell", "selector", "access". */
extern const char *const xbar_kind_name[XBAR_N_KINDS];

/* ---- parameters ---------------------------------------------------------------------- */

typedef enum xbar_number_kind {
    XBAR_NUMBER_REAL,
    XBAR_NUMBER_WHOLE, /* a whole number */
    XBAR_NUMBER_SIGN   /* -1 or 1 */
} xbar_number_kind;

/** One constant of a device model. Its values stand in the parameter sets. */
typedef struct xbar_parameter {
    const char *name; /* as the experiment file and the subcircuits call it */
    const char *unit; /* SI; "1" for a number */
    double min, max;  /* what is allowed, both included */
    xbar_number_kind number;
    const char *what; /* one line */
} xbar_parameter;

/** May the parameter have this value? NaN never. */
bool xbar_parameter_allows(const xbar_parameter *q, double value);

/** "0.001 to 1e+06 (V)", "-1 or 1". @return text */
enum { XBAR_PARAMETER_SIZE = 96 };
const char *xbar_parameter_want(char text[XBAR_PARAMETER_SIZE],
                                const xbar_parameter *q);

/** Two parameters of a device of which one must be the larger. */
typedef struct xbar_order {
    size_t low, high; /* places in the table; {0, 0} ends a list */
    bool or_equal;
} xbar_order;

/** A set of values with a name: models/DEVICE/NAME.yaml, put into the program when it is
 *  built. The set "default", which every device has, names all parameters; what another
 *  set leaves out is as there. */
typedef struct xbar_parameter_set {
    const char *name;
    const char *about; /* one line: whose device, from where */
    const struct xbar_set_value {
        const char *name;
        double value;
        const char *unit, *source;
    } * values;
    size_t n_values;
} xbar_parameter_set;

/* ---- devices ------------------------------------------------------------------------- */

/** One state of a device. */
typedef struct xbar_state_info {
    const char *name; /* as the subcircuit calls its node */
    const char
        *what; /* one line, with the unit it is counted in and what moves it up */
} xbar_state_info;

/** Where a state may be. */
typedef struct xbar_state_range {
    double lower, upper;
    double initial;
    double scale; /* a change that matters: for an integrator's absolute tolerance */
} xbar_state_range;

/** What n devices do at one moment. Outputs of `respond`; a NULL one is not wanted. With
 *  s, r counting states: */
typedef struct xbar_response {
    double *i;        /* A, [n] */
    double *di_dv;    /* S, [n] */
    double *di_dx;    /* A, [n_states][n]: state s at [s*n + k] */
    double *dx_dt;    /* 1/s, [n_states][n] */
    double *drate_dv; /* 1/(V s), [n_states][n]: d(dx_s/dt)/dv */
    double *drate_dx; /* 1/s, [n_states][n_states][n]: d(dx_s/dt)/dx_r at
                           [(s*n_states + r)*n + k] */
    double *kelvin;   /* K, [n]: the device's temperature; NaN where it has none */
} xbar_response;

/** Currents of a transistor's channel; a NULL one is not wanted. */
typedef struct xbar_channel {
    double *i;     /* A, [n]: drain to source */
    double *di_dd; /* S, [n]: by the drain's voltage */
    double *di_dg; /* S, [n]: by the gate's */
    double *di_ds; /* S, [n]: by the source's; the bulk is at 0 V */
} xbar_channel;

/** What a device's subcircuit at rest has inside: nodes beside that of its state, and the
 *  elements that are not linear. For an iteration that is to begin at an answer. */
typedef struct xbar_insides {
    const char *const *nodes; /* names, ended by NULL */
    const struct xbar_element {
        const char *from, *to; /* p, n, 0 or one of the nodes */
    } * elements;
    size_t n_elements;

    /** The nodes' voltages against ground.
     *  @param[out] volt      V, one a node
     *  @param      v_p, v_n  V, of the ends, any finite values
     *  @param      x         first state, > 0 */
    void (*volts)(double *volt, double v_p, double v_n, double x, const double *p);

    /** What each element carries at one voltage and state of the device beyond what its
     *  tangent at another voltage and state would have it carry there.
     *  @param[out] q       A, [n_elements]
     *  @param      v0, x0  V, across the device, and first state: where the tangent is
     *  @param      v, x    where it is held against the element */
    void (*beyond)(double *q, double v0, double x0, double v, double x,
                   const double *p);
} xbar_insides;

typedef struct xbar_device xbar_device;

struct xbar_device {
    const char *name;
    xbar_kind kind;
    const char *what;   /* one line: the law */
    const char *source; /* paper */
    const xbar_parameter *parameters;
    size_t n_parameters;
    const xbar_parameter_set *sets; /* "default" first; ended by a name of NULL */
    const xbar_order *orders;       /* NULL: none */
    bool is_ohmic;                  /* at any state, i is in proportion to v */
    const char *state_name; /* NULL: the state is the conductance itself and no /state
                               is written */

    /** models/NAME/NAME.cir; NULL for a plain resistor. Holds
     *
     *      .subckt NAME p n g=STATE PARAMETERS...
     *
     *  the device at rest: the current at the first state g, and inside it the B source
     *  bcell, whose multiplier is m={g}, or m={g*PARAMETER} where the law has such a factor:
     *  altering it gives a living circuit another state;
     *  and, for a device with states that move,
     *
     *      .subckt NAME_dynamic p n STATES... PARAMETERS...
     *
     *  with one node a state, on a capacitor to ground whose initial value is that of
     *  `ranges`. An access transistor is
     *
     *      .subckt NAME d g s b PARAMETERS...
     *
     *  Beside the first one there may be NAME_near, the same with fewer guards and the very
     *  same nodes, for the states and voltages that a comment before it names
     *  (netlist.h, xbar_netlist_is_near).
     *
     *  Parameters are the table's, all of them, with the default set's values. A netlist
     *  takes over only the subcircuit that it uses. */
    const char *subcircuit;

    /** i and di/dv of n devices at rest. NULL for access transistors.
     *  @param[out] i     A, [n]; may be NULL
     *  @param[out] didv  S, [n]; may be NULL
     *  @param      v     V, [n], any finite value
     *  @param      x     first states, [n]; a state of 0 is an open cell
     *  @param      p     parameters, in the order of the table */
    void (*current)(size_t n, double *i, double *didv, const double *v, const double *x,
                    const double *p);

    /** What `.subckt NAME` has inside; NULL: one current between its ends, and its state. */
    const xbar_insides *insides;

    /** The first state of a cell whose i/v at read_volt is g (S); read_volt = 0 means the
     *  limit v -> 0. A g beyond what the device can hold gives the nearest state; g = 0
     *  gives 0. NULL for kinds other than cells. */
    double (*state)(double g, double read_volt, const double *p);

    /** Where the states may be. NULL where the only one is not bounded.
     *  @param[out] r  [n_states], at least one */
    void (*ranges)(xbar_state_range *r, const double *p);

    /* ---- time; all NULL and 0 for a device that does not move ---- */

    const xbar_state_info *states;
    size_t n_states;

    /** Everything at one moment.
     *  @param[out] out  as above
     *  @param      v    V, [n], any finite value
     *  @param      x    states, [n_states][n]: state s of device k at [s*n + k]; any
     *                   finite value, one beyond its bounds acts as the bound
     *  Internal unknowns (a series resistance's drop, a temperature that follows at once)
     *  are solved for inside; derivatives include them. */
    void (*respond)(size_t n, const xbar_response *out, const double *v,
                    const double *x, const double *p);

    /** Where the rate is not smooth: functions that change sign there (v - v_off ...).
     *  An integrator that steps from one to the next never smears a threshold.
     *  @param[out] e  [n_events] */
    size_t n_events;
    void (*events)(double *e, double v, const double *x, const double *p);

    /** Access transistors only. Voltages are those against the bulk, V, [n]. */
    void (*channel)(size_t n, const xbar_channel *out, const double *v_d,
                    const double *v_g, const double *v_s, const double *p);
};

/** The device of that name, or NULL. Static. */
const xbar_device *xbar_device_find(const char *name);

/** Device k of the library, or NULL behind the last: for listing them. Cells come first,
 *  then selectors, then access transistors. */
const xbar_device *xbar_device_at(size_t k);

/** The device's parameter set of that name, or NULL. */
const xbar_parameter_set *xbar_device_set(const xbar_device *device, const char *name);

/** A set's values in the order of the table.
 *  @param[out] p  [device->n_parameters] */
void xbar_device_parameters(double *p, const xbar_device *device,
                            const xbar_parameter_set *set);

/** Are the parameters allowed, each alone and one beside the other?
 *  @return XBAR_OK, XBAR_ERR_INPUT ("g_max = 1e-10: want more than g_min (2e-10)") */
xbar_status xbar_device_check(const xbar_device *device, const double *p,
                              xbar_error *err);

/** The device's range of conductances i/v at read_volt (0: the limit), S; 0 and INFINITY
 *  where the state is not bounded. */
void xbar_device_conductances(double *min, double *max, const xbar_device *device,
                              double read_volt, const double *p);

/* ---- cells --------------------------------------------------------------------------- */

/** A device with its parameters chosen, and what stands in series with it: what one array
 *  is made of.
 *
 *      p ---- device ---- selector ---- access transistor's channel ---- n
 *
 *  Fields may be set freely; xbar_cell_default gives a device alone. */
typedef struct xbar_cell {
    const xbar_device *device;
    double parameters[XBAR_MAX_PARAMETERS];
    double read_volt; /* V, across the cell; /conductance is i/v there. 0: the limit
                         v -> 0 */
    const xbar_device *selector; /* NULL: none */
    double selector_parameters[XBAR_MAX_PARAMETERS];
    const xbar_device *access; /* NULL: none */
    double access_parameters[XBAR_MAX_PARAMETERS];
    double read_gate; /* V, the gate when read_volt is applied to p and n is at 0 */
} xbar_cell;

/** The cell of a device with its default parameters and read_volt 0. */
xbar_cell xbar_cell_default(const xbar_device *device);

/** i and di/dv of n cells at rest: the device's `current` where it stands alone. With a
 *  selector, which rests at its initial state, Kirchhoff's voltage law is solved inside,
 *  to rounding. Not for cells with an access transistor.
 *  Arguments as `current`; n may be any number. */
void xbar_cell_current(const xbar_cell *c, size_t n, double *i, double *didv,
                       const double *v, const double *x);

/** How a voltage divides between the device and its selector, at rest.
 *  @param[out] v_selector  V, [n]: across the selector
 *  @param      v           V, [n]: across both */
void xbar_cell_divide(const xbar_cell *c, size_t n, double *v_selector, const double *v,
                      const double *x);

/** i and di/dv of n selectors at rest, as xbar_cell_current has them.
 *  @param v  V, [n]: across the selector */
void xbar_cell_selector(const xbar_cell *c, size_t n, double *i, double *didv,
                        const double *v);

/** The same for cells with an access transistor (or without: then gates do not matter).
 *  The current depends on three voltages, so there are three derivatives.
 *  @param[out] out  by the word node (di_dd), the gate, the bit node (di_ds)
 *  @param v_p, v_g, v_n  V, [n]: word node, gate, bit node, against the bulk */
void xbar_cell_gated(const xbar_cell *c, size_t n, const xbar_channel *out,
                     const double *v_p, const double *v_g, const double *v_n,
                     const double *x);

/** The first state of the cell whose i/v at read_volt is g, as the device's `state`. */
double xbar_cell_state(const xbar_cell *c, double g);

/** i/v at read_volt of the cell at a state. */
double xbar_cell_conductance(const xbar_cell *c, double x);

/** What xbar_cell_state can reach, S. */
void xbar_cell_conductances(double *min, double *max, const xbar_cell *c);

/** States of device and selector, the device's first. 0: the cell does not move. */
size_t xbar_cell_n_states(const xbar_cell *c);
const xbar_state_info *xbar_cell_state_info(const xbar_cell *c, size_t s);
void xbar_cell_ranges(const xbar_cell *c, xbar_state_range *r);

/** As the device's `respond`, for the whole cell. Not for cells with an access transistor.
 *  @param x     states that move, [xbar_cell_n_states][n]; not looked at when there is none
 *  @param fixed [n]: the states of devices that do not move (linear, sinh, flash), as
 *               `current` has them; not looked at for others, may be NULL */
void xbar_cell_respond(const xbar_cell *c, size_t n, const xbar_response *out,
                       const double *v, const double *x, const double *fixed);

/** What n cells with an access transistor do at one moment: as xbar_response, with slopes
 *  by the three voltages: word node (p), gate (g), bit node (n). A NULL one is not
 *  wanted. */
typedef struct xbar_gated_response {
    double *i;                              /* A, [n] */
    double *di_dp, *di_dg, *di_dn;          /* S, [n] */
    double *di_dx;                          /* A, [n_states][n] */
    double *dx_dt;                          /* 1/s, [n_states][n] */
    double *drate_dp, *drate_dg, *drate_dn; /* 1/(V s), [n_states][n] */
    double *drate_dx;                       /* 1/s, [n_states][n_states][n] */
    double *kelvin;                         /* K, [n] */
} xbar_gated_response;

/** As xbar_cell_respond, for cells with an access transistor. How the voltage divides
 *  between the device and the channel is solved for inside; slopes include it.
 *  @param v_p, v_g, v_n  V, [n]: word node, gate, bit node, against the bulk
 *  @param x, fixed       as xbar_cell_respond */
void xbar_cell_gated_respond(const xbar_cell *c, size_t n,
                             const xbar_gated_response *out, const double *v_p,
                             const double *v_g, const double *v_n, const double *x,
                             const double *fixed);

#endif
