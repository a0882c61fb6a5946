/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file
 *  Closed forms: the currents of an array without solving its network, in a number of
 *  operations proportional to its cells.
 *
 *  All of them describe one read. Every word line is driven on the left, every bit line
 *  is sensed at the bottom, the other ends are open:
 *
 *      V_i -- left_ohm[i] --+-- row_ohm --+-- row_ohm --+     word line i
 *                           |             |             |
 *                          g_i0          g_i1          g_i2
 *                                                           bit lines: col_ohm a
 *      segment, open at the top, bottom_ohm[j] between the last cell and 0 V, I_j
 *
 *  The papers have one segment in front of the first cell and one behind the last, all
 *  of one resistance r, and mostly M = N; here row_ohm, col_ohm, each line's terminal
 *  and M, N are free, which adds nothing to the forms but the letters. With
 *  left_ohm = bottom_ohm = row_ohm = col_ohm = r each is the paper's own.
 *
 *  Cells are ohmic to all of them: where they are not, give i/v at the voltage that
 *  matters and know that the rest is ignored. Bit lines that end at one common voltage
 *  U instead of 0 V: predict with V_i - U.
 *
 *      open -> prepare (a state) -> predict, predict, ... -> prepare -> ... -> close
 *
 *  How wrong each one is, and what it costs: docs/bench-accuracy.md.
 */
#ifndef XBAR_ANALYTICAL_CLOSED_FORM_H
#define XBAR_ANALYTICAL_CLOSED_FORM_H

#include <stddef.h>

#include "core/status.h"
#include "crossbar/crossbar.h"

typedef struct xbar_closed_form xbar_closed_form;

struct xbar_closed_form {
    const char *name;
    const char *what;   /* one line */
    const char *source; /* paper */

    /** @param[out] self  the form's own state: close; NULL on failure
     *  @param      c     borrowed until close
     *  @return XBAR_OK; XBAR_ERR_INPUT (not the read above: names the line, or what
     *          else the form does not cover); XBAR_ERR_MEMORY */
    xbar_status (*open)(void **self, const xbar_crossbar *c, xbar_error *err);

    /** What is to be done once for a state.
     *  @param g  S, [n_rows][n_cols], finite, >= 0, 0 an open cell; borrowed until the
     *            next prepare or close
     *  @return XBAR_OK; XBAR_ERR_INPUT (a state that the form does not cover: names the
     *          cell), after which nothing can be predicted */
    xbar_status (*prepare)(void *self, const double *g, xbar_error *err);

    /** The currents out of the columns for n inputs.
     *  @param      v_in   V, [n][n_rows], finite
     *  @param[out] i_out  A, [n][n_cols] */
    void (*predict)(void *self, size_t n, const double *v_in, double *i_out);

    /** NULL is fine. */
    void (*close)(void *self);
};

/** The closed form of that name, or NULL. Static. */
const xbar_closed_form *xbar_closed_form_find(const char *name);

/** Closed form k, or NULL behind the last: for listing them. */
const xbar_closed_form *xbar_closed_form_at(size_t k);

/** Is this the read that closed forms describe: each row with a terminal on the left and
 *  none on the right, each column with one at the bottom and none at the top, no cut?
 *  @return XBAR_OK or XBAR_ERR_INPUT, naming the first line that is otherwise. Part of
 *          each form's open. */
xbar_status xbar_closed_form_check(const xbar_crossbar *c, xbar_error *err);

#endif
