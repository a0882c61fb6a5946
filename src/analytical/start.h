/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file
 *  Where the iteration starts: the bit lines of the uniform array that has the same mean
 *  conductance, of which the eight smoothest shapes are kept.
 *
 *      w_ij = sum_{p<8} P_ip drive_p  profile_jp,     drive_p = sum_i P_ip V_i
 *
 *  Why these. A cycle of row and column solves all but removes whatever is rough along
 *  either line, so a start has to be right only where it is smooth; and for what is
 *  smooth word and bit lines differ little, so that the cells between them hardly count:
 *  their arithmetic mean will do for all of them. (The geometric mean will not: 64 x 64
 *  cells log-uniform over two decades, 2.5 ohm segments, one cycle from there is 30 times
 *  farther off.) Sixteen shapes instead of eight change nothing at 64 x 64 and gain a
 *  third at 256 x 256; only where all cells are on as well they gain a factor of five.
 *
 *  What it costs: two products of 8 x M and 8 x N an input, and eight multiplications a
 *  cell where w is wanted. Nothing in it grows faster than M N.
 *  Private to the layer.
 */
#ifndef XBAR_ANALYTICAL_START_H
#define XBAR_ANALYTICAL_START_H

#include "analytical/modes.h"
#include "crossbar/crossbar.h"

enum { XBAR_START_MODES = 8 };

typedef struct xbar_uniform_start {
    const xbar_crossbar *c; /* borrowed */
    xbar_modes modes;       /* XBAR_START_MODES of them */
    double left_ohm;        /* the rows' mean */
    double *profile;        /* 1, [n_cols][XBAR_START_MODES] */
} xbar_uniform_start;

/** @return XBAR_OK, XBAR_ERR_MEMORY; clear it after a failure as well */
xbar_status xbar_uniform_start_init(xbar_uniform_start *s, const xbar_crossbar *c,
                                    xbar_error *err);
void xbar_uniform_start_clear(xbar_uniform_start *s);

/** The profiles of a state. @param g  S, [n_rows][n_cols] */
void xbar_uniform_start_prepare(xbar_uniform_start *s, const double *g);

#endif
