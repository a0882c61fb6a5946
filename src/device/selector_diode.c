/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A selector of two opposed diodes, exponential to both sides:
 *
 *   i = i_f (exp(v/(n V_T)) - 1) - i_r (exp(-v/(n V_T)) - 1),   V_T = k t/q
 *
 * With i_r = 0 it is a single diode (1D1R, for cells that are set and reset at one
 * polarity). x is 1, or how many stand side by side. */
#include "core/constants.h"
#include "device/loops.h"

XBAR_MODEL_DATA(selector_diode)

enum { I_F, I_R, SLOPE, T };

static const xbar_parameter parameters[] = {
    [I_F] = {"i_f", "A", 1e-30, 1, .what = "saturation current, forward"},
    [I_R] = {"i_r", "A", 0, 1, .what = "that of the opposed diode; 0: none"},
    [SLOPE] = {"slope", "1", 0.5, 100, .what = "ideality factor n"},
    [T] = {"t", "K", 1, 1000, .what = "temperature"},
};

static void selector_diode_current(size_t n, double *i, double *didv, const double *v,
                                   const double *x, const double *p)
{
    const double v_t = p[SLOPE] * XBAR_BOLTZMANN_EV * p[T];
    for (size_t k = 0; k < n; k++) {
        xbar_curve f = xbar_rise(v[k] / v_t);
        xbar_curve r = xbar_rise(-v[k] / v_t);
        xbar_put(i, k, x[k] * (p[I_F] * f.y - p[I_R] * r.y));
        xbar_put(didv, k, x[k] * (p[I_F] * f.dy + p[I_R] * r.dy) / v_t);
    }
}

const xbar_device xbar_device_selector_diode = {
    .name = "selector_diode",
    .kind = XBAR_KIND_SELECTOR,
    .what = "two opposed diodes, exponential to both sides",
    .source = "Shockley, Bell Syst. Tech. J. 28:435, 1949, "
              "doi:10.1002/j.1538-7305.1949.tb03645.x",
    XBAR_PARAMETER_TABLE(parameters),
    .sets = xbar_sets_selector_diode,
    .subcircuit = xbar_model_selector_diode,
    .current = selector_diode_current,
};
