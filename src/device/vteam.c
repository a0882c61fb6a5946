/* SPDX-License-Identifier: GPL-3.0-or-later */
/* VTEAM, the voltage threshold adaptive memristor: Kvatinsky, Ramadan, Friedman, Kolodny,
 * IEEE TCAS-II 62(8):786, 2015, doi:10.1109/TCSII.2015.2433536
 *
 *             k_off (v/v_off - 1)^alpha_off f_off(w)    0 < v_off < v
 *   dw/dt  =  0                                         v_on <= v <= v_off       [m/s]
 *             k_on  (v/v_on  - 1)^alpha_on  f_on(w)     v < v_on < 0
 *
 *   i = v / R(w),   R from r_on at w_on to r_off at w_off, linearly or exponentially
 *
 * With w_c > 0 the windows are TEAM's,
 *   f_off = exp(-exp((w - a_off)/w_c)),   f_on = exp(-exp(-(w - a_on)/w_c)),
 * else 1; in both cases motion dies out within `edge` of the bound it goes to.
 * The state is x = (w - w_on)/(w_off - w_on).
 */
#include "device/loops.h"
#include "device/resistance.h"

XBAR_MODEL_DATA(vteam)

enum {
    R_ON,
    R_OFF,
    W_ON,
    W_OFF,
    K_ON,
    K_OFF,
    ALPHA_ON,
    ALPHA_OFF,
    V_ON,
    V_OFF,
    A_ON,
    A_OFF,
    W_C,
    LAW,
    X0,
    EDGE,
    POL
};

static const xbar_parameter parameters[] = {
    [R_ON] = {"r_on", "ohm", 1e-3, 1e15, .what = "resistance at w_on"},
    [R_OFF] = {"r_off", "ohm", 1e-3, 1e15, .what = "resistance at w_off"},
    [W_ON] = {"w_on", "m", 0, 1e-6, .what = "lower bound of w"},
    [W_OFF] = {"w_off", "m", 1e-12, 1e-6, .what = "upper bound of w, more than w_on"},
    [K_ON] = {"k_on", "m/s", -1e9, 0, .what = "speed below v_on, towards w_on"},
    [K_OFF] = {"k_off", "m/s", 0, 1e9, .what = "speed above v_off, towards w_off"},
    [ALPHA_ON] = {"alpha_on", "1", 1, 30, .what = "power of the speed below v_on"},
    [ALPHA_OFF] = {"alpha_off", "1", 1, 30, .what = "power of the speed above v_off"},
    [V_ON] = {"v_on", "V", -1e3, -1e-6, .what = "lower threshold"},
    [V_OFF] = {"v_off", "V", 1e-6, 1e3, .what = "upper threshold"},
    [A_ON] = {"a_on", "m", 0, 1e-6, .what = "where the window f_on ends; with w_c > 0"},
    [A_OFF] = {"a_off", "m", 0, 1e-6,
               .what = "where the window f_off ends; with w_c > 0"},
    [W_C] = {"w_c", "m", 0, 1e-6, .what = "width of the windows' ends; 0: no windows"},
    [LAW] = {"law", "1", 0, 1, XBAR_NUMBER_WHOLE,
             .what = "resistance over w: 0 linear, 1 exponential"},
    [X0] = {"x0", "1", 0, 1, .what = "initial state"},
    [EDGE] = XBAR_ROW_EDGE,
    [POL] = XBAR_ROW_POL,
};

static const xbar_order orders[] = {{W_ON, W_OFF, false}, {0}};

static xbar_slopes vteam_law(double v, double x, const double *p)
{
    xbar_curve in = xbar_inside(x, 0.0, 1.0);
    xbar_curve r = xbar_resistance(in.y, p[R_ON], p[R_OFF], p[LAW]);
    r.dy *= in.dy;
    return xbar_ohmic(v, r);
}

/* k (v/v_t - 1)^alpha f(w): one of the two directions, m/s; sign: +1 off, -1 on */
static xbar_slopes direction(double v, double x, const double *p, double sign)
{
    const bool off = sign > 0.0;
    const double v_t = p[off ? V_OFF : V_ON];
    const double span = p[W_OFF] - p[W_ON];
    const double w = p[W_ON] + span * x;
    xbar_curve drive = xbar_beyond(v / v_t - 1.0, p[off ? ALPHA_OFF : ALPHA_ON]);
    xbar_curve f = {1.0, 0.0};
    if (p[W_C] > 0.0) {
        f = xbar_step_down(sign * (w - p[off ? A_OFF : A_ON]) / p[W_C]);
        f.dy *= sign * span / p[W_C];
    }
    const double k = p[off ? K_OFF : K_ON] / span; /* 1/s */
    return (xbar_slopes){k * drive.y * f.y, k * drive.dy / v_t * f.y,
                         k * drive.y * f.dy};
}

static xbar_slopes vteam_rate(double v, double x, const double *p)
{
    if (v >= p[V_ON] && v <= p[V_OFF])
        return (xbar_slopes){0.0, 0.0, 0.0};
    xbar_curve in = xbar_inside(x, 0.0, 1.0);
    xbar_slopes rate = direction(v, in.y, p, v > 0.0 ? 1.0 : -1.0);
    rate.dx *= in.dy;
    return xbar_stopped(rate, x, 0.0, 1.0, p[EDGE]);
}

static double vteam_state(double g, double read_volt, const double *p)
{
    (void)read_volt; /* ohmic at any state */
    if (g == 0.0)
        return 0.0;
    return xbar_state_within(
        xbar_resistance_inverse(1.0 / g, p[R_ON], p[R_OFF], p[LAW]), 0.0, 1.0);
}

static void vteam_ranges(xbar_state_range *r, const double *p)
{
    *r = (xbar_state_range){.upper = 1.0, .initial = p[X0], .scale = 1.0};
}

static void vteam_events(double *e, double v, const double *x, const double *p)
{
    (void)x;
    e[0] = p[POL] * v - p[V_OFF];
    e[1] = p[POL] * v - p[V_ON];
}

XBAR_ONE_STATE_LOOPS(vteam, POL)

static const xbar_state_info states[] = {
    {"x", "(w - w_on)/(w_off - w_on); a positive voltage moves it up"},
};

const xbar_device xbar_device_vteam = {
    .name = "vteam",
    .is_ohmic = true,
    .what = "voltage threshold model, dw/dt = k (v/v_t - 1)^alpha f(w), i = v/R(w)",
    .source = "Kvatinsky et al., IEEE TCAS-II 62(8) 2015, "
              "doi:10.1109/TCSII.2015.2433536",
    XBAR_PARAMETER_TABLE(parameters),
    .sets = xbar_sets_vteam,
    .orders = orders,
    .state_name = "state x = (w - w_on)/(w_off - w_on)",
    .subcircuit = xbar_model_vteam,
    .current = vteam_current,
    .state = vteam_state,
    .states = states,
    .n_states = 1,
    .ranges = vteam_ranges,
    .respond = vteam_respond,
    .n_events = 2,
    .events = vteam_events,
};
