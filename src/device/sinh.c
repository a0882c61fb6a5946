/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The sinh read law of a resistive cell:
 *
 *     i = g v0 sinh(v / v0)                                                       [A]
 *
 * Field-assisted hopping between traps gives a current that grows as the sinh of the
 * voltage: Mott and Gurney, Electronic Processes in Ionic Crystals, 1940; in the static
 * law of ReRAM cells e.g. Yakopcic, Taha, Subramanyam, Pino, IEEE TCAD 32(8) 2013,
 * doi:10.1109/TCAD.2013.2252057, and Messaris et al., IEEE TCAD 37(12) 2018,
 * doi:10.1109/TCAD.2018.2791468. Written with the state g, S, so that the cell is
 * ohmic with conductance g at small voltages.
 *
 * Beyond |v/v0| = 80 the law goes on along its tangent: no solver step, however wild,
 * overflows, and di/dv never falls. There the current is 2.8e34 times g v0, so
 * no real operating point is touched.
 */
#include "device/curve.h"
#include "device/fast_sinh.h"
#include "device/models.h"

XBAR_MODEL_DATA(sinh)

static void sinh_current(size_t n, double *i, double *didv, const double *v,
                         const double *x, const double *p)
{
    enum { BLOCK = 128 };
    const double v0 = p[0];
    double all[BLOCK], inside[BLOCK], y[BLOCK], slope[BLOCK];
    for (size_t from = 0; from < n; from += BLOCK) {
        const size_t count = n - from < BLOCK ? n - from : BLOCK;
        const double *g = x + from;
        for (size_t k = 0; k < count; k++) {
            double a = v[from + k] / v0;
            all[k] = a;
            a = a < XBAR_A_MAX ? a : XBAR_A_MAX;
            inside[k] = a > -XBAR_A_MAX ? a : -XBAR_A_MAX;
        }
        xbar_fast_sinh(count, y, slope, inside);
        for (size_t k = 0; i && k < count; k++)
            i[from + k] = g[k] * v0 * (y[k] + (all[k] - inside[k]) * slope[k]);
        for (size_t k = 0; didv && k < count; k++)
            didv[from + k] = g[k] * slope[k];
    }
}

/* i is proportional to the state, so i/v of a state of 1 S tells how much is needed. */
static double sinh_state(double g, double read_volt, const double *p)
{
    const double one = 1.0;
    double i = 0.0;
    if (read_volt == 0.0)
        return g;
    sinh_current(1, &i, NULL, &read_volt, &one, p);
    return g / (i / read_volt);
}

static const xbar_parameter sinh_parameters[] = {
    {.name = "v0",
     .unit = "V",
     .min = 1e-3,
     .max = 1e6,
     .what = "voltage scale of the non-linearity"},
};

const xbar_device xbar_device_sinh = {
    .name = "sinh",
    .what = "memristor with a sinh read law, i = g v0 sinh(v/v0), state g",
    .source = "Mott and Gurney 1940; Yakopcic et al. 2013, "
              "doi:10.1109/TCAD.2013.2252057",
    XBAR_PARAMETER_TABLE(sinh_parameters),
    .sets = xbar_sets_sinh,
    .state_name = "cell state g (conductance at v -> 0) in units of 1 S",
    .subcircuit = xbar_model_sinh,
    .current = sinh_current,
    .state = sinh_state,
};
