/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A ferroelectric transistor as a two-terminal cell: its gate hangs on the word node by a
 * factor `tie` (1: diode-connected; 0: at the fixed voltage v_g), its source is the bit
 * node. The polarisation p shifts the threshold.
 *
 *   i = i0 (F(u_f) - F(u_r))   with v_t = v_t0 - (mw/2) p                  (ekv.h)   [A]
 *   v_gate = v_g + tie v
 *   dp/dt = (sgn(v_gate) - p)/tau,   tau = tau0 exp((e_a/abs(v_gate))^alpha)       [1/s]
 *
 * The switching time is that of nucleation-limited switching, as in the public model
 * Scalable-FeFET (boltma): Merz's law with a power; here one mean domain instead of many
 * random ones. tau is held at 1e9 s towards small voltages, sgn is tanh(v_gate/v_s). The
 * state is x = (1 + p)/2.
 */
#include "core/constants.h"
#include "device/ekv.h"
#include "device/loops.h"

XBAR_MODEL_DATA(fefet)

enum { I0, N, T, V_T0, MW, V_G, TIE, TAU0, E_A, ALPHA, V_S, X0, POL };

static const xbar_parameter parameters[] = {
    [I0] = {"i0", "A", 1e-15, 1, .what = "specific current"},
    [N] = {"slope", "1", 1, 5, .what = "subthreshold slope factor n"},
    [T] = {"t", "K", 1, 1000, .what = "temperature"},
    [V_T0] = {"v_t0", "V", -100, 100, .what = "threshold without polarisation"},
    [MW] = {"mw", "V", 1e-3, 100, .what = "memory window: thresholds at p = -1 and 1"},
    [V_G] = {"v_g", "V", -100, 100, .what = "gate against bit node at v = 0"},
    [TIE] = {"tie", "1", 0, 1, .what = "gate's share in the voltage v"},
    [TAU0] = {"tau0", "s", 1e-15, 1, .what = "switching time at a high voltage"},
    [E_A] = {"e_a", "V", 1e-3, 1e3, .what = "activation voltage"},
    [ALPHA] = {"alpha", "1", 0.5, 10, .what = "power of e_a/abs(v)"},
    [V_S] = {"v_s", "V", 1e-4, 1, .what = "width over which sgn is rounded"},
    [X0] = {"x0", "1", 0, 1, .what = "initial state"},
    [POL] = XBAR_ROW_POL,
};

static xbar_slopes fefet_law(double v, double x, const double *p)
{
    const double n_ut = p[N] * XBAR_BOLTZMANN_EV * p[T];
    xbar_curve in = xbar_inside(x, 0.0, 1.0);
    const double v_t = p[V_T0] - 0.5 * p[MW] * (2.0 * in.y - 1.0);
    xbar_slopes c = xbar_ekv_channel(v, p[V_G] + p[TIE] * v - v_t, p[N], n_ut);
    return (xbar_slopes){p[I0] * c.y, p[I0] * (c.dv + p[TIE] * c.dx),
                         p[I0] * c.dx * p[MW] * in.dy};
}

/* 1/tau at a gate voltage. */
static xbar_curve speed(double v, const double *p)
{
    const double slowest = 1e9; /* s: what the public model takes for standing still */
    const double power = log(slowest / p[TAU0]);
    const double least = p[E_A] / pow(power, 1.0 / p[ALPHA]);
    const double size = fabs(v);
    if (size <= least)
        return (xbar_curve){1.0 / slowest, 0.0};
    const double merz = pow(p[E_A] / size, p[ALPHA]);
    const double y = exp(-merz) / p[TAU0];
    return (xbar_curve){y, y * merz * p[ALPHA] / v};
}

static xbar_slopes fefet_rate(double v, double x, const double *p)
{
    const double gate = p[V_G] + p[TIE] * v;
    xbar_curve in = xbar_inside(x, 0.0, 1.0);
    xbar_curve fast = speed(gate, p);
    const double sgn = tanh(gate / p[V_S]);
    const double away = 0.5 * (sgn - (2.0 * in.y - 1.0));
    const double daway = 0.5 * (1.0 - sgn * sgn) / p[V_S];
    return (xbar_slopes){away * fast.y, p[TIE] * (daway * fast.y + away * fast.dy),
                         -fast.y * in.dy};
}

static double fefet_state(double g, double read_volt, const double *p)
{
    return xbar_state_search(&xbar_device_fefet, g, read_volt, p);
}

static void fefet_ranges(xbar_state_range *r, const double *p)
{
    *r = (xbar_state_range){.upper = 1.0, .initial = p[X0], .scale = 1.0};
}

XBAR_ONE_STATE_LOOPS(fefet, POL)

static const xbar_state_info states[] = {
    {"x", "(1 + p)/2, p the polarisation; a positive gate voltage moves it up"},
};

const xbar_device xbar_device_fefet = {
    .name = "fefet",
    .what = "ferroelectric transistor with two terminals, EKV law, Merz switching",
    .source = "equations of Scalable-FeFET (boltma) with one mean domain; EKV: "
              "doi:10.1007/BF01239381",
    XBAR_PARAMETER_TABLE(parameters),
    .sets = xbar_sets_fefet,
    .state_name = "state x = (1 + polarisation)/2",
    .subcircuit = xbar_model_fefet,
    .current = fefet_current,
    .state = fefet_state,
    .states = states,
    .n_states = 1,
    .ranges = fefet_ranges,
    .respond = fefet_respond,
};
