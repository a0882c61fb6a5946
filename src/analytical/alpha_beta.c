/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Numerators grow as running sums from the lines' open ends; the denominators are what
 * stands behind the terminals at the end. */
#include "analytical/alpha_beta.h"

#include "analytical/growth.h"

static xbar_status open_form(void **self, const xbar_crossbar *c, xbar_error *err)
{
    return xbar_gains_open(self, c, true, err);
}

static xbar_status prepare(void *self, const double *g, xbar_error *err)
{
    (void)err;
    xbar_growth_gains(self, g, true);
    return XBAR_OK;
}

const xbar_closed_form xbar_closed_form_alpha_beta = {
    .name = "alpha_beta",
    .what = "each line's drop to first order, the other lines at 0 V",
    .source = "Cao et al., IEEE Xplore document 9691996",
    .open = open_form,
    .prepare = prepare,
    .predict = xbar_gains_predict,
    .close = xbar_gains_close,
};
