/* SPDX-License-Identifier: GPL-3.0-or-later */
/* TEAM, the threshold adaptive memristor: Kvatinsky, Friedman, Kolodny, Weiser, IEEE
 * TCAS-I 60(1):211, 2013, doi:10.1109/TCSI.2012.2215714
 *
 *             k_off (i/i_off - 1)^alpha_off f_off(w)    0 < i_off < i
 *   dw/dt  =  0                                         i_on <= i <= i_off       [m/s]
 *             k_on  (i/i_on  - 1)^alpha_on  f_on(w)     i < i_on < 0
 *
 *   f_off = exp(-exp((w - a_off)/w_c)),   f_on = exp(-exp(-(w - a_on)/w_c))
 *   i = v / R(w),   R from r_on at w_on to r_off at w_off, linearly or exponentially
 *
 * The windows do not end at w_on and w_off but a few w_c behind them, and the resistance
 * goes on along its law there, which is seen in the current: so the bounds of w are where
 * the windows are 0 to any double, 10 w_c out, or where a linear R has fallen to half of
 * its end value. The state is x = (w - w_on)/(w_off - w_on). The thresholds are currents:
 * a falling resistance feeds its own fall, and a set is a snap.
 */
#include "device/loops.h"
#include "device/resistance.h"

XBAR_MODEL_DATA(team)

enum {
    R_ON,
    R_OFF,
    W_ON,
    W_OFF,
    K_ON,
    K_OFF,
    ALPHA_ON,
    ALPHA_OFF,
    I_ON,
    I_OFF,
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
    [R_OFF] = {"r_off", "ohm", 1e-3, 1e15,
               .what = "resistance at w_off, more than r_on"},
    [W_ON] = {"w_on", "m", 0, 1e-6, .what = "lower end of w"},
    [W_OFF] = {"w_off", "m", 1e-12, 1e-6, .what = "upper end of w, more than w_on"},
    [K_ON] = {"k_on", "m/s", -1e9, 0, .what = "speed below i_on, towards w_on"},
    [K_OFF] = {"k_off", "m/s", 0, 1e9, .what = "speed above i_off, towards w_off"},
    [ALPHA_ON] = {"alpha_on", "1", 1, 25, .what = "power of the speed below i_on"},
    [ALPHA_OFF] = {"alpha_off", "1", 1, 25, .what = "power of the speed above i_off"},
    [I_ON] = {"i_on", "A", -1e3, -1e-12, .what = "lower threshold"},
    [I_OFF] = {"i_off", "A", 1e-12, 1e3, .what = "upper threshold"},
    [A_ON] = {"a_on", "m", 0, 1e-6, .what = "where the window f_on ends"},
    [A_OFF] = {"a_off", "m", 0, 1e-6, .what = "where the window f_off ends"},
    [W_C] = {"w_c", "m", 1e-15, 1e-6, .what = "width of the windows' ends"},
    [LAW] = {"law", "1", 0, 1, XBAR_NUMBER_WHOLE,
             .what = "resistance over w: 0 linear, 1 exponential"},
    [X0] = {"x0", "1", 0, 1, .what = "initial state"},
    [EDGE] = XBAR_ROW_EDGE,
    [POL] = XBAR_ROW_POL,
};

static const xbar_order orders[] = {{W_ON, W_OFF, false}, {R_ON, R_OFF, false}, {0}};

static double lower(const double *p)
{
    const double reach = (p[A_ON] - 10.0 * p[W_C] - p[W_ON]) / (p[W_OFF] - p[W_ON]);
    const double half = -0.5 * p[R_ON] / (p[R_OFF] - p[R_ON]);
    return fmin(0.0, p[LAW] == XBAR_RESISTANCE_LINEAR ? fmax(reach, half) : reach);
}

static double upper(const double *p)
{
    return fmax(1.0, (p[A_OFF] + 10.0 * p[W_C] - p[W_ON]) / (p[W_OFF] - p[W_ON]));
}

static xbar_slopes team_law(double v, double x, const double *p)
{
    xbar_curve in = xbar_inside(x, lower(p), upper(p));
    xbar_curve r = xbar_resistance(in.y, p[R_ON], p[R_OFF], p[LAW]);
    r.dy *= in.dy;
    return xbar_ohmic(v, r);
}

static xbar_slopes team_rate(double v, double x, const double *p)
{
    const bool off = v > 0.0;
    const double sign = off ? 1.0 : -1.0;
    const double i_t = p[off ? I_OFF : I_ON];
    const double span = p[W_OFF] - p[W_ON];
    const double k = p[off ? K_OFF : K_ON] / span; /* 1/s */
    xbar_curve in = xbar_inside(x, lower(p), upper(p));
    xbar_slopes i = team_law(v, x, p);
    xbar_curve drive = xbar_beyond(i.y / i_t - 1.0, p[off ? ALPHA_OFF : ALPHA_ON]);
    double w = p[W_ON] + span * in.y;
    xbar_curve f = xbar_step_down(sign * (w - p[off ? A_OFF : A_ON]) / p[W_C]);
    f.dy *= sign * span / p[W_C] * in.dy;
    xbar_slopes rate = {k * drive.y * f.y, k * drive.dy * i.dv / i_t * f.y,
                        k * (drive.dy * i.dx / i_t * f.y + drive.y * f.dy)};
    return xbar_stopped(rate, x, lower(p), upper(p), fmin(p[EDGE], p[W_C] / span));
}

static double team_state(double g, double read_volt, const double *p)
{
    (void)read_volt; /* ohmic at any state */
    if (g == 0.0)
        return 0.0;
    return xbar_state_within(
        xbar_resistance_inverse(1.0 / g, p[R_ON], p[R_OFF], p[LAW]), 0.0, upper(p));
}

static void team_ranges(xbar_state_range *r, const double *p)
{
    *r = (xbar_state_range){lower(p), upper(p), p[X0], 1.0};
}

static void team_events(double *e, double v, const double *x, const double *p)
{
    double i = team_law(p[POL] * v, *x, p).y;
    e[0] = i - p[I_OFF];
    e[1] = i - p[I_ON];
}

XBAR_ONE_STATE_LOOPS(team, POL)

static const xbar_state_info states[] = {
    {"x", "(w - w_on)/(w_off - w_on); a positive current moves it up"},
};

const xbar_device xbar_device_team = {
    .name = "team",
    .is_ohmic = true,
    .what = "current threshold model, dw/dt = k (i/i_t - 1)^alpha f(w), i = v/R(w)",
    .source = "Kvatinsky et al., IEEE TCAS-I 60(1):211, 2013, "
              "doi:10.1109/TCSI.2012.2215714",
    XBAR_PARAMETER_TABLE(parameters),
    .sets = xbar_sets_team,
    .orders = orders,
    .state_name = "state x = (w - w_on)/(w_off - w_on)",
    .subcircuit = xbar_model_team,
    .current = team_current,
    .state = team_state,
    .states = states,
    .n_states = 1,
    .ranges = team_ranges,
    .respond = team_respond,
    .n_events = 2,
    .events = team_events,
};
