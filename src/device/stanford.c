/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The filament model of Stanford and Peking Universities: Jiang, Wu, Yu, Yang, Song,
 * Karim, Wong, IEEE TED 63(5):1884, 2016, doi:10.1109/TED.2016.2545412; Verilog-A
 * at doi:10.4231/D37H1DN48
 *
 *   i = i0 exp(-g/g0) sinh(v/v0)                                                     [A]
 *   dg/dt = -nu0 exp(-e_a/kT) sinh(gamma a0/t_ox q v/kT)                           [m/s]
 *   gamma = gamma0 - beta (g/1 nm)^3
 *   T = t_amb + abs(v i) r_th                                                        [K]
 *
 * g is the gap between the filament's tip and the electrode. The temperature follows at
 * once; i does not depend on it, so there is no loop. In the original nothing moves while
 * the field gamma abs(v)/t_ox is below f_min; that jump is a logistic here, f_w wide. The
 * original's noise, one random number a step, depends on the step and is left out. The
 * state is x = g / 1 nm.
 */
#include "core/constants.h"
#include "device/loops.h"

XBAR_MODEL_DATA(stanford)

enum {
    I0,
    G0,
    V0,
    NU0,
    E_A,
    GAMMA0,
    BETA,
    A0,
    T_OX,
    F_MIN,
    F_W,
    R_TH,
    T_AMB,
    G_MIN,
    G_MAX,
    G_START,
    EDGE,
    POL
};

static const double nm = 1e-9;

static const xbar_parameter parameters[] = {
    [I0] = {"i0", "A", 1e-12, 1e3, .what = "current scale"},
    [G0] = {"g0", "m", 1e-11, 1e-8, .what = "decay of the current with the gap"},
    [V0] = {"v0", "V", 1e-2, 1e2, .what = "voltage scale of the current"},
    [NU0] = {"nu0", "m/s", 0, 1e9, .what = "speed of the gap before activation"},
    [E_A] = {"e_a", "eV", 0, 5, .what = "activation energy"},
    [GAMMA0] = {"gamma0", "1", 0, 1e3, .what = "field enhancement at no gap"},
    [BETA] = {"beta", "1", 0, 1e3, .what = "its fall with (gap/1 nm)^3"},
    [A0] = {"a0", "m", 1e-11, 1e-8, .what = "hopping distance"},
    [T_OX] = {"t_ox", "m", 1e-10, 1e-6, .what = "oxide thickness"},
    [F_MIN] = {"f_min", "V/m", 0, 1e11, .what = "field below which nothing moves"},
    [F_W] = {"f_w", "V/m", 1e5, 1e10, .what = "width of that threshold"},
    [R_TH] = {"r_th", "K/W", 0, 1e9, .what = "thermal resistance"},
    [T_AMB] = {"t_amb", "K", 1, 1000, .what = "ambient temperature"},
    [G_MIN] = {"g_min", "m", 1e-12, 1e-7, .what = "smallest gap"},
    [G_MAX] = {"g_max", "m", 1e-11, 1e-7, .what = "largest gap, more than g_min"},
    [G_START] = {"g_start", "m", 1e-12, 1e-7,
                 .what = "initial gap, from g_min to g_max"},
    [EDGE] = XBAR_ROW_EDGE,
    [POL] = XBAR_ROW_POL,
};

static const xbar_order orders[] = {
    {G_MIN, G_MAX, false}, {G_MIN, G_START, true}, {G_START, G_MAX, true}, {0}};

static xbar_slopes stanford_law(double v, double x, const double *p)
{
    xbar_curve in = xbar_inside(x, p[G_MIN] / nm, p[G_MAX] / nm);
    xbar_curve f = xbar_sinh(v / p[V0]);
    double scale = p[I0] * exp(-in.y * nm / p[G0]);
    return (xbar_slopes){scale * f.y, scale * f.dy / p[V0],
                         -scale * f.y * nm / p[G0] * in.dy};
}

static double kelvin(double v, double x, const double *p)
{
    return p[T_AMB] + v * stanford_law(v, x, p).y * p[R_TH]; /* v i >= 0 */
}

/* The rate by its three arguments, and how they hang together. */
static xbar_slopes stanford_rate(double v, double x, const double *p)
{
    xbar_curve in = xbar_inside(x, p[G_MIN] / nm, p[G_MAX] / nm);
    xbar_slopes i = stanford_law(v, x, p);
    const double t = p[T_AMB] + v * i.y * p[R_TH];
    const double dt_dv = (i.y + v * i.dv) * p[R_TH];
    const double dt_dx = v * i.dx * p[R_TH];
    const double kt = XBAR_BOLTZMANN_EV * t; /* eV, and V: kT/q */

    const double gamma = p[GAMMA0] - p[BETA] * in.y * in.y * in.y;
    const double dgamma = -3.0 * p[BETA] * in.y * in.y * in.dy;
    const double lever = p[A0] / p[T_OX] / kt;
    xbar_curve s = xbar_sinh(gamma * lever * v);
    const double hop = p[NU0] / nm * exp(-p[E_A] / kt); /* 1/s */
    const double dhop_dt = hop * p[E_A] / (kt * t);
    xbar_curve gate = xbar_logistic((gamma * fabs(v) / p[T_OX] - p[F_MIN]) / p[F_W]);
    const double field = gate.dy / (p[T_OX] * p[F_W]);

    const double by_t = dhop_dt * s.y - hop * s.dy * gamma * lever * v / t;
    xbar_slopes rate = {-hop * s.y * gate.y,
                        -(hop * s.dy * gamma * lever + by_t * dt_dv) * gate.y -
                            hop * s.y * field * gamma * (v < 0.0 ? -1.0 : 1.0),
                        -(hop * s.dy * dgamma * lever * v + by_t * dt_dx) * gate.y -
                            hop * s.y * field * dgamma * fabs(v)};
    const double lower = p[G_MIN] / nm;
    const double upper = p[G_MAX] / nm;
    return xbar_stopped(rate, x, lower, upper, p[EDGE] * (upper - lower));
}

static double stanford_state(double g, double read_volt, const double *p)
{
    if (g == 0.0)
        return 0.0;
    double per_volt =
        read_volt == 0.0 ? 1.0 / p[V0] : xbar_sinh(read_volt / p[V0]).y / read_volt;
    return xbar_state_within(p[G0] / nm * log(p[I0] * per_volt / g), p[G_MIN] / nm,
                             p[G_MAX] / nm);
}

static void stanford_ranges(xbar_state_range *r, const double *p)
{
    *r = (xbar_state_range){p[G_MIN] / nm, p[G_MAX] / nm, p[G_START] / nm, 1.0};
}

XBAR_STATIC_LOOP(stanford, POL)
XBAR_DYNAMIC_LOOP(stanford, POL, kelvin(v, x, p))

static const xbar_state_info states[] = {
    {"x", "gap / 1 nm; a positive voltage moves it down and sets"},
};

const xbar_device xbar_device_stanford = {
    .name = "stanford",
    .what = "filament with a gap g, i = i0 exp(-g/g0) sinh(v/v0), thermally activated",
    .source = "Jiang et al., IEEE TED 63(5):1884, 2016, doi:10.1109/TED.2016.2545412",
    XBAR_PARAMETER_TABLE(parameters),
    .sets = xbar_sets_stanford,
    .orders = orders,
    .state_name = "state x, the gap in units of 1 nm",
    .subcircuit = xbar_model_stanford,
    .current = stanford_current,
    .state = stanford_state,
    .states = states,
    .n_states = 1,
    .ranges = stanford_ranges,
    .respond = stanford_respond,
};
