/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "analytical/read_input.h"

#include <math.h>

xbar_status xbar_read_input(double *v, const xbar_crossbar *c, const xbar_stimulus *in,
                            xbar_error *err)
{
    const double *bottom = in->volt[XBAR_BOTTOM];
    for (size_t j = 0; j < c->n_cols; j++)
        if (!(bottom[j] == bottom[0])) /* NaN comes here too */
            return isnan(bottom[j]) ? xbar_fail(err, XBAR_ERR_INPUT,
                                                "a closed form senses every column: "
                                                "bottom %zu is open",
                                                j)
                                    : xbar_fail(err, XBAR_ERR_INPUT,
                                                "a closed form has all columns at one "
                                                "voltage: bottom 0 is at %g V, bottom "
                                                "%zu at %g",
                                                bottom[0], j, bottom[j]);
    for (size_t i = 0; i < c->n_rows; i++) {
        v[i] = in->volt[XBAR_LEFT][i] - bottom[0];
        if (isnan(v[i]))
            return xbar_fail(err, XBAR_ERR_INPUT,
                             "a closed form drives every row: left %zu is open", i);
    }
    return XBAR_OK;
}
