/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file
 *  The points of a sweep as ngspice writes them, all digits of them, to its raw file.
 *
 *  Why not through the callback for data: that takes vectors, which ngspice walks through
 *  behind each command and which grow with each point; and of Newton's iterates it brings
 *  the one before the last, as the raw file does. The last one stands in the right-hand
 *  side that the command mrdump writes, to 15 digits.
 */
#ifndef XBAR_SPICE_POINTS_H
#define XBAR_SPICE_POINTS_H

#include "spice/scratch.h"

typedef struct xbar_points {
    xbar_scratch raw;  /* what `run` writes to */
    xbar_scratch side; /* what `mrdump` writes to */
    size_t n_vectors;  /* 0: no circuit's names are known */
    char **names;      /* [n_vectors]: a node's name, or SOURCE#branch */
    size_t n_parts; /* of a number in the raw file: 2 where it has an imaginary one */
    double *values; /* [n_vectors]: real parts; room for n_parts times as many */
} xbar_points;

/** Before any command that makes a point. @return XBAR_OK, XBAR_ERR_MACHINE */
xbar_status xbar_points_expect(xbar_points *p, xbar_error *err);

/** After `run`: names and values of the first point.
 *  @return XBAR_OK; XBAR_ERR_ENGINE (there is none); XBAR_ERR_MACHINE; XBAR_ERR_MEMORY */
xbar_status xbar_points_first(xbar_points *p, xbar_error *err);

/** After a step: the values of the point. @return as xbar_points_first */
xbar_status xbar_points_next(xbar_points *p, xbar_error *err);

/** After `mrdump`: in the values' place those of the last iterate; they stay what they
 *  are unless all can be read. @return as xbar_points_first */
xbar_status xbar_points_newest(xbar_points *p, xbar_error *err);

void xbar_points_forget(xbar_points *p);

#endif
