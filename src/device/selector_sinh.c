/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A selector with a sinh law (mixed ionic-electronic conduction, NbO2 below its
 * threshold): i = i_s sinh(v/v0). At half the voltage it passes 1/(2 cosh(v/(2 v0))) of
 * the current. x is 1, or how many stand side by side. */
#include "device/loops.h"

XBAR_MODEL_DATA(selector_sinh)

enum { I_S, V0 };

static const xbar_parameter parameters[] = {
    [I_S] = {"i_s", "A", 1e-30, 1, .what = "current scale"},
    [V0] = {"v0", "V", 1e-3, 1e2, .what = "voltage scale of the non-linearity"},
};

static void selector_sinh_current(size_t n, double *i, double *didv, const double *v,
                                  const double *x, const double *p)
{
    for (size_t k = 0; k < n; k++) {
        xbar_curve f = xbar_sinh(v[k] / p[V0]);
        xbar_put(i, k, x[k] * p[I_S] * f.y);
        xbar_put(didv, k, x[k] * p[I_S] * f.dy / p[V0]);
    }
}

const xbar_device xbar_device_selector_sinh = {
    .name = "selector_sinh",
    .kind = XBAR_KIND_SELECTOR,
    .what = "i = i_s sinh(v/v0)",
    .source = "general form of mixed conduction and of thin NbO2 below its threshold",
    XBAR_PARAMETER_TABLE(parameters),
    .sets = xbar_sets_selector_sinh,
    .subcircuit = xbar_model_selector_sinh,
    .current = selector_sinh_current,
};
