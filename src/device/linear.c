/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The ohmic cell: i = g v. Its state is its conductance. */
#include "device/models.h"

XBAR_MODEL_DATA(linear)

static void linear_current(size_t n, double *i, double *didv, const double *v,
                           const double *x, const double *p)
{
    (void)p;
    for (size_t k = 0; i && k < n; k++)
        i[k] = x[k] * v[k];
    for (size_t k = 0; didv && k < n; k++)
        didv[k] = x[k];
}

static double linear_state(double g, double read_volt, const double *p)
{
    (void)read_volt;
    (void)p;
    return g;
}

const xbar_device xbar_device_linear = {
    .name = "linear",
    .is_ohmic = true,
    .what = "ohmic cell, i = g v",
    .source = "Ohm's law",
    .sets = xbar_sets_linear,
    .current = linear_current,
    .state = linear_state,
};
