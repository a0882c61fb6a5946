/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file
 *  One device over time, driven by a voltage that is straight between the lines of a
 *  table, with how the current changes with every parameter. Private to the layer.
 *
 *      V(t) ---- series_ohm ---- device ---- 0 V,    abs(i) <= compliance
 *
 *  Sensitivities S = dx/dp are carried beside the states: they are the derivatives of what
 *  the integrator does, step by step, so they belong to its answer to the last digit (but
 *  for the lengths of its steps, which are held).
 */
#ifndef XBAR_CALIBRATE_COURSE_H
#define XBAR_CALIBRATE_COURSE_H

#include "calibrate/table.h"
#include "device/device.h"

typedef struct xbar_course {
    const xbar_device *device;
    const double *parameters; /* [device->n_parameters] */
    double state;             /* of a device that does not move (device.h, `current`) */
    const double *start;      /* [n_states]; NULL: the device's initial states */
    double *end;              /* [n_states]: the states at the end; NULL: not wanted */
    double series_ohm;
    double compliance; /* A, > 0; INFINITY: none */
    double tolerance;  /* of a step, relative to the states' scale */
    /* what derivatives are wanted of: a parameter's place; n_parameters is the state,
     * n_parameters + 1 the series resistance */
    const size_t *which;
    size_t n_which; /* at most XBAR_MAX_WHICH */
} xbar_course;

enum { XBAR_MAX_WHICH = 40 };

/** @param[out] i      A, [n] at the table's times; NaN from where the integration fails
 *  @param[out] slopes [n][n_which]; NULL: not wanted */
void xbar_course_run(double *i, double *slopes, const xbar_course *c,
                     const xbar_table *t);

#endif
