/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file
 *  A stimulus as the closed forms see it: every row driven on the left, every column at
 *  one voltage at the bottom. Private to the layer.
 */
#ifndef XBAR_ANALYTICAL_READ_INPUT_H
#define XBAR_ANALYTICAL_READ_INPUT_H

#include "crossbar/crossbar.h"

/** The rows' voltages above the columns' one.
 *  @param[out] v   V, [n_rows]
 *  @param      c   an array that xbar_closed_form_check takes
 *  @return XBAR_OK; XBAR_ERR_INPUT (an open terminal; columns at different voltages:
 *          names the line) */
xbar_status xbar_read_input(double *v, const xbar_crossbar *c, const xbar_stimulus *in,
                            xbar_error *err);

#endif
