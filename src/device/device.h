/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file
 *  The cells: what current flows through a device at a voltage and a state.
 *
 *  Sign (all devices): v = V(word node) - V(bit node); i flows from word to bit node.
 *  A device is one entry of the table in device.c and one file with its equations; the
 *  same law as a SPICE subcircuit lies in models/NAME/. Pure functions, no allocation.
 */
#ifndef XBAR_DEVICE_DEVICE_H
#define XBAR_DEVICE_DEVICE_H

#include <stddef.h>

#include "core/status.h"

enum { XBAR_MAX_PARAMETERS = 32 };

/** One constant of a device model. */
typedef struct xbar_parameter {
    const char *name;   /* as the experiment file and the subcircuit call it */
    const char *unit;   /* SI */
    double value;       /* the default */
    double min, max;    /* what is allowed, both included */
    const char *what;   /* one line */
    const char *source; /* where the default comes from */
} xbar_parameter;

typedef struct xbar_device xbar_device;

struct xbar_device {
    const char *name;
    const char *what;   /* one line: the law */
    const char *source; /* paper */
    const xbar_parameter *parameters;
    size_t n_parameters;
    const char *state_name; /* NULL: the state is the conductance itself and no /state
                               is written */

    /** The SPICE subcircuit NAME with nodes p n and the parameters "g" (the state)
     *  followed by those above; NULL for a plain resistor. */
    const char *subcircuit;

    /** i and di/dv of n cells.
     *  @param[out] i     A, [n]; may be NULL
     *  @param[out] didv  S, [n]; may be NULL
     *  @param      v     V, [n], any finite value
     *  @param      x     states, [n]; a state of 0 is an open cell
     *  @param      p     parameters, in the order of the table */
    void (*current)(size_t n, double *i, double *didv, const double *v, const double *x,
                    const double *p);

    /** The state of a cell whose i/v at read_volt is g (S); read_volt = 0 means the
     *  limit v -> 0. */
    double (*state)(double g, double read_volt, const double *p);
};

/** A device with its parameters chosen: what one array is made of. */
typedef struct xbar_cell {
    const xbar_device *device;
    double parameters[XBAR_MAX_PARAMETERS];
    double read_volt; /* V; /conductance is i/v there. 0: the limit v -> 0 */
} xbar_cell;

/** The device of that name, or NULL. Static. */
const xbar_device *xbar_device_find(const char *name);

/** Device k of the library, or NULL behind the last: for listing them. */
const xbar_device *xbar_device_at(size_t k);

/** The cell of a device with its default parameters and read_volt 0. */
xbar_cell xbar_cell_default(const xbar_device *device);

#endif
