/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file
 *  One thing a digital controller does to an array: all lines go from 0 V to their levels,
 *  stay there, and come back.
 *
 *      level            ___________
 *                      /           \
 *      0 V    ________/             \__________
 *                     rise  width  fall   gap
 */
#ifndef XBAR_CONTROL_OPERATION_H
#define XBAR_CONTROL_OPERATION_H

#include "crossbar/waveform.h"

/** How long an operation's parts last, s; rise and fall > 0. */
typedef struct xbar_pulse {
    double rise_s, width_s, fall_s, gap_s;
} xbar_pulse;

/** From the first change to the end of the gap, s. */
double xbar_pulse_length(const xbar_pulse *p);

typedef struct xbar_operation {
    xbar_stimulus
        level; /* V, terminals and gates on the flat top; NaN: that terminal is
                            open from the beginning of the operation to its end */
    xbar_pulse pulse;
    int tag; /* the controller's own: what this operation was for */
} xbar_operation;

xbar_status xbar_operation_init(xbar_operation *o, const xbar_crossbar *c,
                                xbar_error *err);
void xbar_operation_clear(xbar_operation *o);

/** All terminals that the array has at 0 V, all others open, gates at 0 V. */
void xbar_operation_rest(xbar_operation *o, const xbar_crossbar *c);

/** Both ends of a word (bit) line at a level; ends without a terminal stay open. */
void xbar_operation_row(xbar_operation *o, const xbar_crossbar *c, size_t row,
                        double volt);
void xbar_operation_col(xbar_operation *o, const xbar_crossbar *c, size_t col,
                        double volt);

/** An operation that begins at a time. */
typedef struct xbar_operation_drive {
    const xbar_operation *operation;
    const xbar_crossbar *c;
    double begin_s;
} xbar_operation_drive;

/** Its schedule. @param drive  borrowed, and what it points to, while it is used */
xbar_schedule xbar_operation_schedule(const xbar_operation_drive *drive);

#endif
