/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file
 *  Bias schemes: the line voltages that single one cell out.
 */
#ifndef XBAR_CROSSBAR_BIAS_H
#define XBAR_CROSSBAR_BIAS_H

#include "crossbar/crossbar.h"

typedef enum xbar_scheme {
    XBAR_SCHEME_READ,   /* terminals do what their `volt` says */
    XBAR_SCHEME_HALF,   /* other rows and columns V/2 */
    XBAR_SCHEME_THIRD,  /* other rows V/3, other columns 2V/3 */
    XBAR_SCHEME_FLOAT,  /* other rows and columns open */
    XBAR_SCHEME_GROUND, /* other rows and columns 0 V */
    XBAR_N_SCHEMES
} xbar_scheme;

/** "read", "half", "third", "float", "ground". */
extern const char *const xbar_scheme_name[XBAR_N_SCHEMES];

/** Fills a stimulus with a scheme's voltages: the selected row's terminals at v, the
 *  selected column's at 0, the rest as the scheme says; lines without a terminal on a
 *  side (terminal_ohm NaN) stay open there.
 *  @param[out] s          as xbar_stimulus_init made it for this array
 *  @param      scheme     any but XBAR_SCHEME_READ
 *  @param      row, col   the selected cell, inside the array
 *  @param      v          V, finite */
void xbar_bias_apply(xbar_stimulus *s, const xbar_crossbar *c, xbar_scheme scheme,
                     size_t row, size_t col, double v);

#endif
