/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file
 *  The array that a model thinks of: the real one's lines, terminals and cuts with ohmic
 *  cells, and all resistances scaled by the model's constants. Private to the layer.
 */
#ifndef XBAR_ANALYTICAL_PLAIN_ARRAY_H
#define XBAR_ANALYTICAL_PLAIN_ARRAY_H

#include "crossbar/crossbar.h"

/** The constants that such a model begins with, in this order; entries of a table of
 *  constants. */
enum {
    XBAR_ROW_SCALE,
    XBAR_COL_SCALE,
    XBAR_DRIVE_SCALE,
    XBAR_SENSE_SCALE,
    XBAR_CELL_SCALE,
    XBAR_CONTACT_OHM,
    XBAR_N_PLAIN_CONSTANTS
};

#define XBAR_PLAIN_CONSTANTS                                                           \
    [XBAR_ROW_SCALE] = {"row_scale",                                                   \
                        "1",                                                           \
                        1.0,                                                           \
                        0.01,                                                          \
                        100.0,                                                         \
                        "word lines' segments, over their real resistance"},           \
    [XBAR_COL_SCALE] =                                                                 \
        {"col_scale", "1",   1.0,                                                      \
         0.01,        100.0, "bit lines' segments, over their real resistance"},       \
    [XBAR_DRIVE_SCALE] = {"drive_scale",                                               \
                          "1",                                                         \
                          1.0,                                                         \
                          0.01,                                                        \
                          100.0,                                                       \
                          "word lines' terminals, over their real resistance"},        \
    [XBAR_SENSE_SCALE] = {"sense_scale",                                               \
                          "1",                                                         \
                          1.0,                                                         \
                          0.01,                                                        \
                          100.0,                                                       \
                          "bit lines' terminals, over their real resistance"},         \
    [XBAR_CELL_SCALE] = {"cell_scale", "1",                                            \
                         1.0,          0.01,                                           \
                         100.0,        "cells' conductance over what the state says"}, \
    [XBAR_CONTACT_OHM] = {"contact_ohm", "ohm", 0.0,                                   \
                          -100.0,        1e5,   "in series with each cell"}

/** A copy whose terminals' ohm are its own; all else is borrowed.
 *  @param[out] out  xbar_plain_array_free
 *  @return XBAR_OK or XBAR_ERR_MEMORY */
xbar_status xbar_plain_array_new(xbar_crossbar **out, const xbar_crossbar *real,
                                 xbar_error *err);
void xbar_plain_array_free(xbar_crossbar *c);

/** Scales the lines by the first constants. @return has anything changed? */
bool xbar_plain_array_scale(xbar_crossbar *c, const xbar_crossbar *real,
                            const double *constants);

/** g, in place, as the constants have cells: a contact never makes a cell better than
 *  a thousandth of its resistance would.
 *  @param[in,out] g  S, [n] */
void xbar_plain_cells(double *g, size_t n, const double *constants);

#endif
