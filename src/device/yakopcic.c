/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The generalised memristor model of Yakopcic, Taha, Subramanyam, Pino, Rogers, IEEE EDL
 * 32(10):1436, 2011, and IEEE TCAD 32(8), 2013, doi:10.1109/TCAD.2013.2252057
 *
 *   i = a1 x sinh(b v)   v >= 0,     a2 x sinh(b v)   v < 0                          [A]
 *   dx/dt = eta g(v) f(v, x)                                                       [1/s]
 *
 *         a_p (e^v - e^v_p)        v > v_p
 *   g  =  0
 *         -a_n (e^-v - e^v_n)      v < -v_n
 *
 *         e^(-alpha_p (x - x_p)) w_p(x),   w_p = (x_p - x)/(1 - x_p) + 1    x >= x_p
 *   f  =  (for eta v >= 0, else)
 *         e^(alpha_n (x + x_n - 1)) w_n(x),   w_n = x/(1 - x_n)             x <= 1 - x_n
 *         1 elsewhere
 *
 * The windows let a state approach its bounds without end; nothing else stops it. e^v and
 * sinh go on along their tangents beyond an argument of 80.
 */
#include "device/yakopcic.h"
#include "device/loops.h"

XBAR_MODEL_DATA(yakopcic)

enum { A1, A2, B, A_P, A_N, V_P, V_N, ALPHA_P, ALPHA_N, X_P, X_N, ETA, X0, POL };

static const xbar_parameter parameters[] = {
    [A1] = {"a1", "A", 1e-15, 1e3, .what = "current scale for v >= 0"},
    [A2] = {"a2", "A", 1e-15, 1e3, .what = "current scale for v < 0"},
    [B] = {"b", "1/V", 1e-3, 1e3, .what = "curvature of the current"},
    [A_P] = {"a_p", "1/s", 0, 1e12, .what = "speed above v_p"},
    [A_N] = {"a_n", "1/s", 0, 1e12, .what = "speed below -v_n"},
    [V_P] = {"v_p", "V", 0, 10, .what = "positive threshold"},
    [V_N] = {"v_n", "V", 0, 10, .what = "negative threshold, as a positive number"},
    [ALPHA_P] = {"alpha_p", "1", 0, 100, .what = "decay of the motion up beyond x_p"},
    [ALPHA_N] = {"alpha_n", "1", 0, 100,
                 .what = "decay of the motion down below 1 - x_n"},
    [X_P] = {"x_p", "1", 0, 0.999, .what = "where the motion up begins to slow down"},
    [X_N] = {"x_n", "1", 0, 0.999, .what = "1 - where the motion down does"},
    [ETA] = {"eta", "1", -1, 1, XBAR_NUMBER_SIGN,
             .what = "1: a positive voltage moves x up; -1: down"},
    [X0] = {"x0", "1", 0, 1, .what = "initial state"},
    [POL] = XBAR_ROW_POL,
};

static xbar_slopes yakopcic_law(double v, double x, const double *p)
{
    xbar_curve in = xbar_inside(x, 0.0, 1.0);
    xbar_curve f = xbar_sinh(p[B] * v);
    const double a = v >= 0.0 ? p[A1] : p[A2];
    return (xbar_slopes){a * in.y * f.y, a * in.y * p[B] * f.dy, a * in.dy * f.y};
}

static xbar_slopes yakopcic_rate(double v, double x, const double *p)
{
    xbar_curve in = xbar_inside(x, 0.0, 1.0);
    xbar_curve g = xbar_yakopcic_drive(v, p[A_P], p[A_N], p[V_P], p[V_N]);
    xbar_curve f = p[ETA] * v >= 0.0
                       ? xbar_yakopcic_up(in.y, p[ALPHA_P], p[X_P])
                       : xbar_yakopcic_down(in.y, p[ALPHA_N], 1.0 - p[X_N]);
    return (xbar_slopes){p[ETA] * g.y * f.y, p[ETA] * g.dy * f.y,
                         p[ETA] * g.y * f.dy * in.dy};
}

/* i is proportional to x. */
static double yakopcic_state(double g, double read_volt, const double *p)
{
    xbar_slopes whole = yakopcic_law(p[POL] * read_volt, 1.0, p);
    if (g == 0.0)
        return 0.0;
    double most = read_volt == 0.0 ? whole.dv : p[POL] * whole.y / read_volt;
    return xbar_state_within(g / most, 0.0, 1.0);
}

static void yakopcic_ranges(xbar_state_range *r, const double *p)
{
    *r = (xbar_state_range){.upper = 1.0, .initial = p[X0], .scale = 1.0};
}

static void yakopcic_events(double *e, double v, const double *x, const double *p)
{
    (void)x;
    e[0] = p[POL] * v - p[V_P];
    e[1] = p[POL] * v + p[V_N];
}

XBAR_ONE_STATE_LOOPS(yakopcic, POL)

static const xbar_state_info states[] = {
    {"x", "share of the current; a positive voltage moves it up (eta = 1)"},
};

const xbar_device xbar_device_yakopcic = {
    .name = "yakopcic",
    .what = "generalised model, i = a x sinh(b v), dx/dt = eta g(v) f(v, x)",
    .source = "Yakopcic et al., IEEE TCAD 32(8) 2013, doi:10.1109/TCAD.2013.2252057",
    XBAR_PARAMETER_TABLE(parameters),
    .sets = xbar_sets_yakopcic,
    .state_name = "state x",
    .subcircuit = xbar_model_yakopcic,
    .current = yakopcic_current,
    .state = yakopcic_state,
    .states = states,
    .n_states = 1,
    .ranges = yakopcic_ranges,
    .respond = yakopcic_respond,
    .n_events = 2,
    .events = yakopcic_events,
};
