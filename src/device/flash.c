/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A flash (floating gate) cell as a programmed conductance: a transistor whose threshold
 * v_t is the state, read at a fixed gate voltage v_g against its source, the bit node.
 *
 *   i = i0 (F(u_f) - F(u_r)) (1 + abs(v)/v_a)                              (ekv.h)   [A]
 *
 * Well below the threshold i = i0 exp((v_g - v_t)/(n U_T)) (1 - exp(-v/U_T)), so that the
 * conductance at small voltages is that exponential over U_T. Programming goes through
 * the gate and is not modelled: the state stands still. x = v_t / 1 V.
 */
#include "core/constants.h"
#include "device/ekv.h"
#include "device/loops.h"

XBAR_MODEL_DATA(flash)

enum { I0, N, T, V_G, V_A, VT_MIN, VT_MAX, POL };

static const xbar_parameter parameters[] = {
    [I0] = {"i0", "A", 1e-15, 1, .what = "specific current"},
    [N] = {"slope", "1", 1, 5, .what = "subthreshold slope factor n"},
    [T] = {"t", "K", 1, 1000, .what = "temperature"},
    [V_G] = {"v_g", "V", -100, 100, .what = "gate against bit node, when read"},
    [V_A] = {"v_a", "V", 1e-1, 1e9, .what = "Early voltage"},
    [VT_MIN] = {"vt_min", "V", 0, 100, .what = "lowest threshold"},
    [VT_MAX] = {"vt_max", "V", 1e-3, 100, .what = "highest, more than vt_min"},
    [POL] = XBAR_ROW_POL,
};

static const xbar_order orders[] = {{VT_MIN, VT_MAX, false}, {0}};

static xbar_slopes flash_law(double v, double x, const double *p)
{
    const double n_ut = p[N] * XBAR_BOLTZMANN_EV * p[T];
    xbar_curve v_t = xbar_inside(x, p[VT_MIN], p[VT_MAX]);
    xbar_slopes c = xbar_ekv_channel(v, p[V_G] - v_t.y, p[N], n_ut);
    const double early = 1.0 + fabs(v) / p[V_A];
    const double dearly = (v < 0.0 ? -1.0 : 1.0) / p[V_A];
    return (xbar_slopes){p[I0] * c.y * early, p[I0] * (c.dv * early + c.y * dearly),
                         -p[I0] * c.dx * early * v_t.dy};
}

static double flash_state(double g, double read_volt, const double *p)
{
    return xbar_state_search(&xbar_device_flash, g, read_volt, p);
}

static void flash_ranges(xbar_state_range *r, const double *p)
{
    *r = (xbar_state_range){p[VT_MIN], p[VT_MAX], p[VT_MIN], 1.0};
}

XBAR_STATIC_LOOP(flash, POL)

const xbar_device xbar_device_flash = {
    .name = "flash",
    .what = "floating gate cell as a programmed conductance, EKV law, state v_t",
    .source =
        "Enz, Krummenacher, Vittoz, Analog Integr. Circuits Signal Process. 8:83, "
        "1995, doi:10.1007/BF01239381",
    XBAR_PARAMETER_TABLE(parameters),
    .sets = xbar_sets_flash,
    .orders = orders,
    .state_name = "state x, the threshold voltage in units of 1 V",
    .subcircuit = xbar_model_flash,
    .current = flash_current,
    .state = flash_state,
    .ranges = flash_ranges,
};
