/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Linear ion drift: Strukov, Snider, Stewart, Williams, Nature 453:80, 2008,
 * doi:10.1038/nature06932
 *
 *   v = (r_on x + r_off (1 - x)) i,     dx/dt = k i f(x, i),   k = mu r_on / d^2    [1/s]
 *
 * x is the doped part of the film's thickness d. Windows f:
 *   0  1
 *   1  1 - (2x - 1)^(2 power)                          Joglekar and Wolf, Eur. J. Phys.
 *                                                      30:661, 2009,
 *                                                      doi:10.1088/0143-0807/30/4/001
 *   2  1 - (x - stp(-i))^(2 power), stp = 1 for an     Biolek et al., Radioengineering
 *      argument >= 0, else 0                           18(2):210, 2009
 *   3  peak (1 - ((x - 1/2)^2 + 3/4)^power)            Prodromakis et al., IEEE TED
 *                                                      58:3099, 2011,
 *                                                      doi:10.1109/TED.2011.2158004
 * Window 0 has the one-sided ramp towards the bounds. 1 and 3 vanish at both bounds, for
 * both directions, so what arrived there would stay for ever: motion away from a bound
 * has, within `edge` of it, the window's value at `edge`.
 */
#include "device/loops.h"
#include "device/resistance.h"

XBAR_MODEL_DATA(drift)

enum { R_ON, R_OFF, D, MU, WINDOW, POWER, PEAK, X0, EDGE, POL };
enum { NONE, JOGLEKAR, BIOLEK, PRODROMAKIS };

static const xbar_parameter parameters[] = {
    [R_ON] = {"r_on", "ohm", 1e-3, 1e15, .what = "resistance at x = 1"},
    [R_OFF] = {"r_off", "ohm", 1e-3, 1e15, .what = "resistance at x = 0"},
    [D] = {"d", "m", 1e-10, 1e-5, .what = "thickness of the film"},
    [MU] = {"mu", "m2/(V s)", 0, 1, .what = "mobility of the ions"},
    [WINDOW] = {"window", "1", 0, 3, XBAR_NUMBER_WHOLE,
                .what = "0 none, 1 Joglekar, 2 Biolek, 3 Prodromakis"},
    [POWER] = {"power", "1", 1, 100, .what = "exponent p of the window"},
    [PEAK] = {"peak", "1", 1e-6, 1e6, .what = "factor j of Prodromakis' window"},
    [X0] = {"x0", "1", 0, 1, .what = "initial state"},
    [EDGE] = XBAR_ROW_EDGE,
    [POL] = XBAR_ROW_POL,
};

static const xbar_order orders[] = {{R_ON, R_OFF, false}, {0}};

static xbar_slopes drift_law(double v, double x, const double *p)
{
    xbar_curve in = xbar_inside(x, 0.0, 1.0);
    xbar_curve r = xbar_resistance(in.y, p[R_OFF], p[R_ON], XBAR_RESISTANCE_LINEAR);
    r.dy *= in.dy;
    return xbar_ohmic(v, r);
}

/* s^power for s >= 0, with its slope by s */
static xbar_curve power_of(double s, double power)
{
    return (xbar_curve){pow(s, power), power * pow(s, power - 1.0)};
}

static xbar_curve joglekar(double x, const double *p)
{
    double u = 2.0 * x - 1.0;
    xbar_curve f = power_of(u * u, p[POWER]);
    return (xbar_curve){1.0 - f.y, -f.dy * 4.0 * u};
}

static xbar_curve biolek(double x, const double *p, bool up)
{
    double u = up ? x : x - 1.0;
    xbar_curve f = power_of(u * u, p[POWER]);
    return (xbar_curve){1.0 - f.y, -f.dy * 2.0 * u};
}

static xbar_curve prodromakis(double x, const double *p)
{
    double u = x - 0.5;
    xbar_curve f = power_of(u * u + 0.75, p[POWER]);
    return (xbar_curve){p[PEAK] * (1.0 - f.y), -p[PEAK] * f.dy * 2.0 * u};
}

/* f(x) for motion up or down; 0 <= x <= 1 */
static xbar_curve window(double x, const double *p, bool up)
{
    const int which = (int)p[WINDOW];
    if (which == NONE)
        return (xbar_curve){1.0, 0.0};
    if (which == BIOLEK)
        return biolek(x, p, up);
    xbar_curve lifted =
        up ? xbar_inside(x, p[EDGE], 1.0) : xbar_inside(x, 0.0, 1.0 - p[EDGE]);
    xbar_curve f = which == JOGLEKAR ? joglekar(lifted.y, p) : prodromakis(lifted.y, p);
    f.dy *= lifted.dy;
    return f;
}

static xbar_slopes drift_rate(double v, double x, const double *p)
{
    const double k = p[MU] * p[R_ON] / (p[D] * p[D]);
    xbar_slopes i = drift_law(v, x, p);
    xbar_curve in = xbar_inside(x, 0.0, 1.0);
    xbar_curve f = window(in.y, p, v > 0.0);
    f.dy *= in.dy;
    xbar_slopes rate = {k * i.y * f.y, k * i.dv * f.y, k * (i.dx * f.y + i.y * f.dy)};
    return p[WINDOW] == NONE ? xbar_stopped(rate, x, 0.0, 1.0, p[EDGE]) : rate;
}

static double drift_state(double g, double read_volt, const double *p)
{
    (void)read_volt; /* ohmic at any state */
    if (g == 0.0)
        return 0.0;
    return xbar_state_within(
        xbar_resistance_inverse(1.0 / g, p[R_OFF], p[R_ON], XBAR_RESISTANCE_LINEAR),
        0.0, 1.0);
}

static void drift_ranges(xbar_state_range *r, const double *p)
{
    *r = (xbar_state_range){.upper = 1.0, .initial = p[X0], .scale = 1.0};
}

XBAR_ONE_STATE_LOOPS(drift, POL)

static const xbar_state_info states[] = {
    {"x", "doped part of the thickness; a positive voltage moves it up"},
};

const xbar_device xbar_device_drift = {
    .name = "drift",
    .is_ohmic = true,
    .what =
        "linear ion drift, dx/dt = (mu r_on/d^2) i f(x), v = (r_on x + r_off (1-x)) i",
    .source = "Strukov et al., Nature 453:80, 2008, doi:10.1038/nature06932",
    XBAR_PARAMETER_TABLE(parameters),
    .sets = xbar_sets_drift,
    .orders = orders,
    .state_name = "state x, the doped part of the thickness",
    .subcircuit = xbar_model_drift,
    .current = drift_current,
    .state = drift_state,
    .states = states,
    .n_states = 1,
    .ranges = drift_ranges,
    .respond = drift_respond,
};
