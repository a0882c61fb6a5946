/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A threshold switch (ovonic, or any that lets go below a holding current). The state s
 * goes from 0, off, to 1, on:
 *
 *   i = g_off v_0 sinh(v/v_0) + s i_on,   i_on = sgn(v) max(abs(v) - v_hold, 0)/r_on  [A]
 *   ds/dt = (s_inf - s)/(t_on if s_inf > s, else t_off)                             [1/s]
 *   s_inf = 1 - (1 - a)(1 - b)
 *   a = th((abs(v) - v_th)/d_v),   b = th((abs(s i_on) - i_hold)/d_i)
 *
 * th(u) = 1/(1 + e^-u). Off it conducts as Poole and Frenkel have it. It turns on by the
 * voltage (a) and stays on by its own current (b): with a alone it would stop half way in
 * series with a resistor.
 */
#include "device/loops.h"

XBAR_MODEL_DATA(selector_ots)

enum { G_OFF, V_0, R_ON, V_HOLD, V_TH, D_V, I_HOLD, D_I, T_ON, T_OFF, S0, POL };

static const xbar_parameter parameters[] = {
    [G_OFF] = {"g_off", "S", 1e-18, 1,
               .what = "conductance when off, at small voltages"},
    [V_0] = {"v_0", "V", 1e-2, 1e2, .what = "voltage scale of the current when off"},
    [R_ON] = {"r_on", "ohm", 1e-3, 1e9, .what = "resistance when on"},
    [V_HOLD] = {"v_hold", "V", 0, 1e2, .what = "voltage offset when on"},
    [V_TH] = {"v_th", "V", 1e-2, 1e2, .what = "threshold voltage"},
    [D_V] = {"d_v", "V", 1e-4, 10, .what = "its width"},
    [I_HOLD] = {"i_hold", "A", 1e-12, 1, .what = "holding current"},
    [D_I] = {"d_i", "A", 1e-15, 1, .what = "its width"},
    [T_ON] = {"t_on", "s", 1e-15, 1, .what = "time of turning on"},
    [T_OFF] = {"t_off", "s", 1e-15, 1, .what = "time of turning off"},
    [S0] = {"s0", "1", 0, 1, .what = "initial state, also that at rest"},
    [POL] = XBAR_ROW_POL,
};

/* i_on(v) */
static xbar_curve on_current(double v, const double *p)
{
    double over = fabs(v) - p[V_HOLD];
    if (over <= 0.0)
        return (xbar_curve){0.0, 0.0};
    return (xbar_curve){(v < 0.0 ? -over : over) / p[R_ON], 1.0 / p[R_ON]};
}

static xbar_slopes selector_ots_law(double v, double s, const double *p)
{
    xbar_curve in = xbar_inside(s, 0.0, 1.0);
    xbar_curve off = xbar_sinh(v / p[V_0]);
    xbar_curve on = on_current(v, p);
    return (xbar_slopes){p[G_OFF] * p[V_0] * off.y + in.y * on.y,
                         p[G_OFF] * off.dy + in.y * on.dy, on.y * in.dy};
}

static xbar_slopes selector_ots_rate(double v, double s, const double *p)
{
    const double sign = v < 0.0 ? -1.0 : 1.0;
    xbar_curve in = xbar_inside(s, 0.0, 1.0);
    xbar_curve on = on_current(v, p);
    xbar_curve a = xbar_logistic((fabs(v) - p[V_TH]) / p[D_V]);
    xbar_curve b = xbar_logistic((in.y * fabs(on.y) - p[I_HOLD]) / p[D_I]);
    const double a_v = sign * a.dy / p[D_V];
    const double b_v = sign * b.dy * in.y * on.dy / p[D_I];
    const double b_s = b.dy * fabs(on.y) / p[D_I] * in.dy;
    const double away = (1.0 - (1.0 - a.y) * (1.0 - b.y)) - in.y;
    const double tau = away > 0.0 ? p[T_ON] : p[T_OFF];
    return (xbar_slopes){away / tau, (a_v * (1.0 - b.y) + (1.0 - a.y) * b_v) / tau,
                         ((1.0 - a.y) * b_s - in.dy) / tau};
}

static void selector_ots_ranges(xbar_state_range *r, const double *p)
{
    *r = (xbar_state_range){.upper = 1.0, .initial = p[S0], .scale = 1.0};
}

XBAR_ONE_STATE_LOOPS(selector_ots, POL)

static const xbar_state_info states[] = {
    {"s", "0 off, 1 on; a voltage beyond v_th, of either sign, moves it up"},
};

const xbar_device xbar_device_selector_ots = {
    .name = "selector_ots",
    .kind = XBAR_KIND_SELECTOR,
    .what = "threshold switch, on beyond v_th and off below its holding current",
    .source = "behavioural; Poole-Frenkel current when off",
    XBAR_PARAMETER_TABLE(parameters),
    .sets = xbar_sets_selector_ots,
    .state_name = "state s of the switch",
    .subcircuit = xbar_model_selector_ots,
    .current = selector_ots_current,
    .states = states,
    .n_states = 1,
    .ranges = selector_ots_ranges,
    .respond = selector_ots_respond,
};
