/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The data-driven model of Messaris, Serb, Stathopoulos, Khiat, Nikolaidis, Prodromakis,
 * IEEE TCAD 37(12):3151, 2018, doi:10.1109/TCAD.2018.2791468
 *
 *   i = (a/R) sinh(b v)                                                              [A]
 *
 *            a_p (e^(t_p v) - 1) (e^(k_p (r_p(v) - R)) - 1)        v > 0, R < r_p(v)
 *   dR/dt =  a_n (e^(t_n abs(v)) - 1) (e^(k_n (R - r_n(v))) - 1)   v < 0, R > r_n(v)
 *            0                                                      elsewhere    [ohm/s]
 *
 *   r_p = r_p0 + r_p1 v,   r_n = r_n0 + r_n1 v,   a_n < 0
 *
 * A local model: r_p and r_n are what the resistance tends to within the fitted range of
 * voltages. r_min and r_max are bounds outside that range; motion dies out within `edge`
 * of the one that it goes to. The state is x = R / 1 kohm.
 */
#include "device/loops.h"

XBAR_MODEL_DATA(messaris)

enum {
    A,
    B,
    A_P,
    A_N,
    T_P,
    T_N,
    K_P,
    K_N,
    R_P0,
    R_P1,
    R_N0,
    R_N1,
    R_MIN,
    R_MAX,
    R_START,
    EDGE,
    POL
};

static const double kohm = 1e3;

static const xbar_parameter parameters[] = {
    [A] = {"a", "V", 1e-6, 1e6, .what = "current scale: a/R"},
    [B] = {"b", "1/V", 1e-3, 1e3, .what = "curvature of the current"},
    [A_P] = {"a_p", "ohm/s", 0, 1e15, .what = "speed for v > 0"},
    [A_N] = {"a_n", "ohm/s", -1e15, 0, .what = "speed for v < 0"},
    [T_P] = {"t_p", "1/V", 0, 1e3, .what = "its growth with v"},
    [T_N] = {"t_n", "1/V", 0, 1e3, .what = "its growth with abs(v)"},
    [K_P] = {"k_p", "1/ohm", 1e-12, 1, .what = "its fall towards r_p"},
    [K_N] = {"k_n", "1/ohm", 1e-12, 1, .what = "its fall towards r_n"},
    [R_P0] = {"r_p0", "ohm", 0, 1e12,
              .what = "what R tends to for v > 0: r_p0 + r_p1 v"},
    [R_P1] = {"r_p1", "ohm/V", 0, 1e12, .what = "see r_p0"},
    [R_N0] = {"r_n0", "ohm", 0, 1e12,
              .what = "what R tends to for v < 0: r_n0 + r_n1 v"},
    [R_N1] = {"r_n1", "ohm/V", 0, 1e12, .what = "see r_n0"},
    [R_MIN] = {"r_min", "ohm", 1e-3, 1e12, .what = "smallest resistance"},
    [R_MAX] = {"r_max", "ohm", 1e-3, 1e12, .what = "largest, more than r_min"},
    [R_START] = {"r_start", "ohm", 1e-3, 1e12,
                 .what = "initial resistance, from r_min to r_max"},
    [EDGE] = XBAR_ROW_EDGE,
    [POL] = XBAR_ROW_POL,
};

static const xbar_order orders[] = {
    {R_MIN, R_MAX, false}, {R_MIN, R_START, true}, {R_START, R_MAX, true}, {0}};

static xbar_slopes messaris_law(double v, double x, const double *p)
{
    xbar_curve r = xbar_inside(x, p[R_MIN] / kohm, p[R_MAX] / kohm);
    xbar_curve f = xbar_sinh(p[B] * v);
    const double scale = p[A] / (kohm * r.y);
    return (xbar_slopes){scale * f.y, scale * p[B] * f.dy, -scale * f.y * r.dy / r.y};
}

/* s(v) g(R, v) of one sign, ohm/s */
static xbar_slopes speed(double v, double ohm, const double *p)
{
    const bool up = v > 0.0;
    const double sign = up ? 1.0 : -1.0;
    const double k = p[up ? K_P : K_N];
    const double target = p[up ? R_P0 : R_N0] + p[up ? R_P1 : R_N1] * v;
    const double away = sign * (target - ohm); /* positive: there is way to go */
    if (away <= 0.0)
        return (xbar_slopes){0.0, 0.0, 0.0};
    xbar_curve s = xbar_rise(p[up ? T_P : T_N] * fabs(v));
    xbar_curve g = xbar_rise(k * away);
    const double a = p[up ? A_P : A_N];
    const double ds = s.dy * p[up ? T_P : T_N] * sign;
    const double daway = sign * p[up ? R_P1 : R_N1];
    return (xbar_slopes){a * s.y * g.y, a * (ds * g.y + s.y * g.dy * k * daway),
                         -a * s.y * g.dy * k * sign};
}

static xbar_slopes messaris_rate(double v, double x, const double *p)
{
    const double lower = p[R_MIN] / kohm;
    const double upper = p[R_MAX] / kohm;
    xbar_curve r = xbar_inside(x, lower, upper);
    xbar_slopes rate = speed(v, kohm * r.y, p);
    rate = (xbar_slopes){rate.y / kohm, rate.dv / kohm, rate.dx * r.dy};
    return xbar_stopped(rate, x, lower, upper, p[EDGE] * (upper - lower));
}

static double messaris_state(double g, double read_volt, const double *p)
{
    if (g == 0.0)
        return 0.0;
    double per_volt =
        read_volt == 0.0 ? p[B] : xbar_sinh(p[B] * read_volt).y / read_volt;
    return xbar_state_within(p[A] * per_volt / g / kohm, p[R_MIN] / kohm,
                             p[R_MAX] / kohm);
}

static void messaris_ranges(xbar_state_range *r, const double *p)
{
    *r = (xbar_state_range){p[R_MIN] / kohm, p[R_MAX] / kohm, p[R_START] / kohm,
                            p[R_MAX] / kohm};
}

XBAR_ONE_STATE_LOOPS(messaris, POL)

static const xbar_state_info states[] = {
    {"x", "R / 1 kohm; a positive voltage moves it up, to r_p(v), and resets"},
};

const xbar_device xbar_device_messaris = {
    .name = "messaris",
    .what = "data-driven ReRAM, i = (a/R) sinh(b v), dR/dt = s(v) g(R, v)",
    .source = "Messaris et al., IEEE TCAD 37(12):3151, 2018, "
              "doi:10.1109/TCAD.2018.2791468",
    XBAR_PARAMETER_TABLE(parameters),
    .sets = xbar_sets_messaris,
    .orders = orders,
    .state_name = "state x, R in units of 1 kohm",
    .subcircuit = xbar_model_messaris,
    .current = messaris_current,
    .state = messaris_state,
    .states = states,
    .n_states = 1,
    .ranges = messaris_ranges,
    .respond = messaris_respond,
};
