/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The dynamic memdiode (DMM): Aguirre, Sune, Miranda, Micromachines 13(2):330, 2022,
 * doi:10.3390/mi13020330, after Miranda
 *
 *   i = I0(x) (exp(b a(x) u) - exp(-(1 - b) a(x) u)),    u = v - i r_s(x)            [A]
 *   dx/dt = (1 - x)/T_s - x/T_r                                                    [1/s]
 *   T_s = t_0s exp(-v/v_0s),   T_r = t_0r exp(v/v_0r)
 *
 * I0, a and r_s go linearly with x, from their _min at x = 0 to their _max at x = 1. The
 * rates are in proportion to 1 - x and x, so the state stays within 0 and 1 by itself.
 * The series resistance makes the current implicit: solved here to rounding.
 */
#include "device/loops.h"
#include "device/series.h"

XBAR_MODEL_DATA(memdiode)

enum { I_MIN, I_MAX, A_MIN, A_MAX, RS_MIN, RS_MAX, B, T_0S, V_0S, T_0R, V_0R, X0, POL };

static const xbar_parameter parameters[] = {
    [I_MIN] = {"i_min", "A", 1e-18, 1e3, .what = "current scale at x = 0"},
    [I_MAX] = {"i_max", "A", 1e-18, 1e3, .what = "at x = 1, more than i_min"},
    [A_MIN] = {"a_min", "1/V", 1e-2, 1e3, .what = "curvature at x = 0"},
    [A_MAX] = {"a_max", "1/V", 1e-2, 1e3, .what = "at x = 1"},
    [RS_MIN] = {"rs_min", "ohm", 1e-3, 1e9, .what = "series resistance at x = 0"},
    [RS_MAX] = {"rs_max", "ohm", 1e-3, 1e9, .what = "at x = 1"},
    [B] = {"b", "1", 0, 1, .what = "symmetry of the current: 0.5 for an odd one"},
    [T_0S] = {"t_0s", "s", 1e-15, 1e15, .what = "time of setting at 0 V"},
    [V_0S] = {"v_0s", "V", 1e-3, 1e2, .what = "its decay with the voltage"},
    [T_0R] = {"t_0r", "s", 1e-15, 1e15, .what = "time of resetting at 0 V"},
    [V_0R] = {"v_0r", "V", 1e-3, 1e2, .what = "its growth with the voltage"},
    [X0] = {"x0", "1", 0, 1, .what = "initial state"},
    [POL] = XBAR_ROW_POL,
};

static const xbar_order orders[] = {{I_MIN, I_MAX, false}, {0}};

/* The diodes at one state. */
typedef struct diodes {
    double i0, a, b;
} diodes;

static xbar_curve diode_current(double u, const void *with)
{
    const diodes *d = with;
    xbar_curve f = xbar_rise(d->b * d->a * u);
    xbar_curve r = xbar_rise(-(1.0 - d->b) * d->a * u);
    return (xbar_curve){d->i0 * (f.y - r.y),
                        d->i0 * d->a * (d->b * f.dy + (1.0 - d->b) * r.dy)};
}

static double between(double x, double at_0, double at_1)
{
    return at_0 + (at_1 - at_0) * x;
}

static diodes diodes_at(double in, const double *p)
{
    return (diodes){between(in, p[I_MIN], p[I_MAX]), between(in, p[A_MIN], p[A_MAX]),
                    p[B]};
}

/* A cell that has been solved; currents and slopes of its two elements. */
typedef struct point {
    double din_dx; /* of x within its bounds */
    double r_s, u, i;
    xbar_curve law; /* the diodes', by u */
    double
        law_x; /* by x, at a fixed u: through I0, and through a, which comes with u */
} point;

static point solve(double v, double x, const double *p)
{
    const xbar_curve in = xbar_inside(x, 0.0, 1.0);
    point at = {.din_dx = in.dy, .r_s = between(in.y, p[RS_MIN], p[RS_MAX])};
    const diodes d = diodes_at(in.y, p);
    at.u = xbar_series_resistor(v, at.r_s, diode_current, &d);
    at.law = diode_current(at.u, &d);
    at.law_x = (p[I_MAX] - p[I_MIN]) * at.law.y / d.i0 +
               at.law.dy * at.u / d.a * (p[A_MAX] - p[A_MIN]);
    /* most of the voltage lies over the resistance: it knows the current better */
    at.i = fabs(v - at.u) > fabs(at.u) ? (v - at.u) / at.r_s : at.law.y;
    return at;
}

static xbar_slopes memdiode_law(double v, double x, const double *p)
{
    const point at = solve(v, x, p);
    const double loop = 1.0 + at.r_s * at.law.dy;
    return (xbar_slopes){at.i, at.law.dy / loop,
                         (at.law_x - at.law.dy * at.i * (p[RS_MAX] - p[RS_MIN])) /
                             loop * at.din_dx};
}

/* Inside the subcircuit: the node between resistance and diodes. */
static const char *const nodes[] = {"m", NULL};
enum { RESISTANCE, DIODES };
static const struct xbar_element elements[] = {
    [RESISTANCE] = {"p", "m"}, [DIODES] = {"m", "n"}};

static void memdiode_volts(double *volt, double v_p, double v_n, double x,
                           const double *p)
{
    *volt = v_n + p[POL] * solve(p[POL] * (v_p - v_n), x, p).u;
}

static void memdiode_beyond(double *q, double v0, double x0, double v, double x,
                            const double *p)
{
    const double pol = p[POL];
    const point from = solve(pol * v0, x0, p), to = solve(pol * v, x, p);
    const double dx = from.din_dx * (x - x0), du = to.u - from.u;
    const double dv = pol * (v - v0) - du;
    const double resistance =
        from.i + (dv - from.i * (p[RS_MAX] - p[RS_MIN]) * dx) / from.r_s;
    const double law = from.law.y + from.law.dy * du + from.law_x * dx;
    q[RESISTANCE] = pol * (to.i - resistance);
    q[DIODES] = pol * (to.i - law);
}

static const xbar_insides insides = {nodes, elements,
                                     sizeof elements / sizeof *elements, memdiode_volts,
                                     memdiode_beyond};

static xbar_slopes memdiode_rate(double v, double x, const double *p)
{
    xbar_curve in = xbar_inside(x, 0.0, 1.0);
    xbar_curve set = xbar_exp(v / p[V_0S]);
    xbar_curve reset = xbar_exp(-v / p[V_0R]);
    return (xbar_slopes){
        (1.0 - in.y) * set.y / p[T_0S] - in.y * reset.y / p[T_0R],
        (1.0 - in.y) * set.dy / (p[T_0S] * p[V_0S]) +
            in.y * reset.dy / (p[T_0R] * p[V_0R]),
        -(set.y / p[T_0S] + reset.y / p[T_0R]) * in.dy,
    };
}

static double memdiode_state(double g, double read_volt, const double *p)
{
    return xbar_state_search(&xbar_device_memdiode, g, read_volt, p);
}

static void memdiode_ranges(xbar_state_range *r, const double *p)
{
    *r = (xbar_state_range){.upper = 1.0, .initial = p[X0], .scale = 1.0};
}

XBAR_ONE_STATE_LOOPS(memdiode, POL)

static const xbar_state_info states[] = {
    {"x", "share of the conducting paths; a positive voltage moves it up"},
};

const xbar_device xbar_device_memdiode = {
    .name = "memdiode",
    .what = "two diodes behind a resistance, x relaxing with voltage-driven times",
    .source = "Aguirre, Sune, Miranda, Micromachines 13(2):330, 2022, "
              "doi:10.3390/mi13020330",
    XBAR_PARAMETER_TABLE(parameters),
    .sets = xbar_sets_memdiode,
    .orders = orders,
    .state_name = "state x, the share of conducting paths",
    .subcircuit = xbar_model_memdiode,
    .current = memdiode_current,
    .insides = &insides,
    .state = memdiode_state,
    .states = states,
    .n_states = 1,
    .ranges = memdiode_ranges,
    .respond = memdiode_respond,
};
