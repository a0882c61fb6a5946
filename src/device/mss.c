/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The generalised metastable switch of Knowm: many switches, each of which flips with
 * probabilities given by the voltage; Nugent and Molter, PLoS ONE 9(2):e85175, 2014,
 * doi:10.1371/journal.pone.0085175; here their mean, x the share that is on.
 *
 *   i = phi (x/r_on + (1 - x)/r_off) v + (1 - phi) (s_fa e^(s_fb v) - s_ra e^(-s_rb v))
 *   dx/dt = ((1 - x) s((v - v_on)/V_T) - x s(-(v + v_off)/V_T)) / tau
 *   s(a) = 1/(1 + e^-a),   V_T = k t/q
 *
 * The second part of the current is a contact's. It is written with e^a - 1, which is the
 * same for s_fa = s_ra and passes through the origin for others too. Rates are in
 * proportion to 1 - x and x, so the state stays within 0 and 1 by itself. At a constant
 * voltage it decays exponentially.
 */
#include "core/constants.h"
#include "device/loops.h"

XBAR_MODEL_DATA(mss)

enum { R_ON, R_OFF, V_ON, V_OFF, TAU, T, PHI, S_FA, S_FB, S_RA, S_RB, X0, POL };

static const xbar_parameter parameters[] = {
    [R_ON] = {"r_on", "ohm", 1e-3, 1e15, .what = "resistance with all switches on"},
    [R_OFF] = {"r_off", "ohm", 1e-3, 1e15, .what = "with all switches off"},
    [V_ON] = {"v_on", "V", -10, 10, .what = "switching on is at half its rate here"},
    [V_OFF] = {"v_off", "V", -10, 10, .what = "switching off, at minus this"},
    [TAU] = {"tau", "s", 1e-15, 1e6, .what = "time scale of the switches"},
    [T] = {"t", "K", 1, 1e4, .what = "temperature"},
    [PHI] = {"phi", "1", 0.001, 1, .what = "the switches' part in the current"},
    [S_FA] = {"s_fa", "A", 0, 1e3, .what = "contact, forward: current scale"},
    [S_FB] = {"s_fb", "1/V", 0, 1e3, .what = "contact, forward: curvature"},
    [S_RA] = {"s_ra", "A", 0, 1e3, .what = "contact, reverse: current scale"},
    [S_RB] = {"s_rb", "1/V", 0, 1e3, .what = "contact, reverse: curvature"},
    [X0] = {"x0", "1", 0, 1, .what = "initial state"},
    [POL] = XBAR_ROW_POL,
};

static const xbar_order orders[] = {{R_ON, R_OFF, false}, {0}};

/* s_fa (e^(s_fb v) - 1) - s_ra (e^(-s_rb v) - 1) */
static xbar_curve contact(double v, const double *p)
{
    xbar_curve f = xbar_rise(p[S_FB] * v);
    xbar_curve r = xbar_rise(-p[S_RB] * v);
    return (xbar_curve){p[S_FA] * f.y - p[S_RA] * r.y,
                        p[S_FA] * p[S_FB] * f.dy + p[S_RA] * p[S_RB] * r.dy};
}

static xbar_slopes mss_law(double v, double x, const double *p)
{
    xbar_curve in = xbar_inside(x, 0.0, 1.0);
    xbar_curve s = contact(v, p);
    const double g = in.y / p[R_ON] + (1.0 - in.y) / p[R_OFF];
    return (xbar_slopes){p[PHI] * g * v + (1.0 - p[PHI]) * s.y,
                         p[PHI] * g + (1.0 - p[PHI]) * s.dy,
                         p[PHI] * (1.0 / p[R_ON] - 1.0 / p[R_OFF]) * v * in.dy};
}

static xbar_slopes mss_rate(double v, double x, const double *p)
{
    const double v_t = XBAR_BOLTZMANN_EV * p[T];
    xbar_curve in = xbar_inside(x, 0.0, 1.0);
    xbar_curve on = xbar_logistic((v - p[V_ON]) / v_t);
    xbar_curve off = xbar_logistic(-(v + p[V_OFF]) / v_t);
    return (xbar_slopes){
        ((1.0 - in.y) * on.y - in.y * off.y) / p[TAU],
        ((1.0 - in.y) * on.dy + in.y * off.dy) / (p[TAU] * v_t),
        -(on.y + off.y) / p[TAU] * in.dy,
    };
}

/* i is linear in x. */
static double mss_state(double g, double read_volt, const double *p)
{
    xbar_slopes off = mss_law(p[POL] * read_volt, 0.0, p);
    double least = read_volt == 0.0 ? off.dv : p[POL] * off.y / read_volt;
    if (g == 0.0)
        return 0.0;
    double slope = p[PHI] * (1.0 / p[R_ON] - 1.0 / p[R_OFF]);
    return xbar_state_within((g - least) / slope, 0.0, 1.0);
}

static void mss_ranges(xbar_state_range *r, const double *p)
{
    *r = (xbar_state_range){.upper = 1.0, .initial = p[X0], .scale = 1.0};
}

XBAR_ONE_STATE_LOOPS(mss, POL)

static const xbar_state_info states[] = {
    {"x", "share of the switches that are on; a positive voltage moves it up"},
};

const xbar_device xbar_device_mss = {
    .name = "mss",
    .what = "metastable switches (Knowm), i = phi G(x) v + contact, logistic rates",
    .source = "Nugent and Molter, PLoS ONE 9(2):e85175, 2014, "
              "doi:10.1371/journal.pone.0085175",
    XBAR_PARAMETER_TABLE(parameters),
    .sets = xbar_sets_mss,
    .orders = orders,
    .state_name = "state x, the share of switches that are on",
    .subcircuit = xbar_model_mss,
    .current = mss_current,
    .state = mss_state,
    .states = states,
    .n_states = 1,
    .ranges = mss_ranges,
    .respond = mss_respond,
};
