/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The two-branch form of Yakopcic's model, after doi:10.1109/TCAD.2013.2252057, fitted to
 * Nb:SrTiO3 interface memristors: current flows through a well and a badly conducting
 * branch, whose shares are x and 1 - x.
 *
 *   i = g_max sinh(b_max v) x + g_min sinh(b_min v) (1 - x)                          [A]
 *
 * each constant with one value for v >= 0 (_p) and one for v < 0 (_n). The state moves as
 * in yakopcic.c, but the window of the motion down is
 *
 *   f = e^(alpha_n (x - x_n)) x/x_n   x <= x_n,   1 elsewhere
 */
#include "device/loops.h"
#include "device/yakopcic.h"

XBAR_MODEL_DATA(yakopcic2)

enum {
    G_MAX_P,
    B_MAX_P,
    G_MAX_N,
    B_MAX_N,
    G_MIN_P,
    B_MIN_P,
    G_MIN_N,
    B_MIN_N,
    A_P,
    A_N,
    V_P,
    V_N,
    ALPHA_P,
    ALPHA_N,
    X_P,
    X_N,
    X0,
    POL
};

#define CURRENT(which)                                                                 \
    .unit = "A", .min = 1e-15, .max = 1e3, .what = "current scale of the " which
#define CURVATURE(which)                                                               \
    .unit = "1/V", .min = 1e-3, .max = 1e3, .what = "curvature of the " which

static const xbar_parameter parameters[] = {
    [G_MAX_P] = {"g_max_p", CURRENT("well conducting branch, v >= 0")},
    [B_MAX_P] = {"b_max_p", CURVATURE("well conducting branch, v >= 0")},
    [G_MAX_N] = {"g_max_n", CURRENT("well conducting branch, v < 0")},
    [B_MAX_N] = {"b_max_n", CURVATURE("well conducting branch, v < 0")},
    [G_MIN_P] = {"g_min_p", CURRENT("badly conducting branch, v >= 0")},
    [B_MIN_P] = {"b_min_p", CURVATURE("badly conducting branch, v >= 0")},
    [G_MIN_N] = {"g_min_n", CURRENT("badly conducting branch, v < 0")},
    [B_MIN_N] = {"b_min_n", CURVATURE("badly conducting branch, v < 0")},
    [A_P] = {"a_p", "1/s", 0, 1e12, .what = "speed above v_p"},
    [A_N] = {"a_n", "1/s", 0, 1e12, .what = "speed below -v_n"},
    [V_P] = {"v_p", "V", 0, 10, .what = "positive threshold"},
    [V_N] = {"v_n", "V", 0, 10, .what = "negative threshold, as a positive number"},
    [ALPHA_P] = {"alpha_p", "1", 0, 100, .what = "decay of the motion up beyond x_p"},
    [ALPHA_N] = {"alpha_n", "1", 0, 100, .what = "decay of the motion down below x_n"},
    [X_P] = {"x_p", "1", 0, 0.999, .what = "where the motion up begins to slow down"},
    [X_N] = {"x_n", "1", 1e-3, 1, .what = "where the motion down does"},
    [X0] = {"x0", "1", 0, 1, .what = "initial state"},
    [POL] = XBAR_ROW_POL,
};

/* g sinh(b v) */
static xbar_curve branch(double v, double g, double b)
{
    xbar_curve f = xbar_sinh(b * v);
    return (xbar_curve){g * f.y, g * b * f.dy};
}

static xbar_slopes yakopcic2_law(double v, double x, const double *p)
{
    const bool up = v >= 0.0;
    xbar_curve in = xbar_inside(x, 0.0, 1.0);
    xbar_curve well = branch(v, p[up ? G_MAX_P : G_MAX_N], p[up ? B_MAX_P : B_MAX_N]);
    xbar_curve badly = branch(v, p[up ? G_MIN_P : G_MIN_N], p[up ? B_MIN_P : B_MIN_N]);
    return (xbar_slopes){well.y * in.y + badly.y * (1.0 - in.y),
                         well.dy * in.y + badly.dy * (1.0 - in.y),
                         (well.y - badly.y) * in.dy};
}

static xbar_slopes yakopcic2_rate(double v, double x, const double *p)
{
    xbar_curve in = xbar_inside(x, 0.0, 1.0);
    xbar_curve g = xbar_yakopcic_drive(v, p[A_P], p[A_N], p[V_P], p[V_N]);
    xbar_curve f = v >= 0.0 ? xbar_yakopcic_up(in.y, p[ALPHA_P], p[X_P])
                            : xbar_yakopcic_down(in.y, p[ALPHA_N], p[X_N]);
    return (xbar_slopes){g.y * f.y, g.dy * f.y, g.y * f.dy * in.dy};
}

/* i is linear in x. */
static double yakopcic2_state(double g, double read_volt, const double *p)
{
    xbar_slopes off = yakopcic2_law(p[POL] * read_volt, 0.0, p);
    xbar_slopes on = yakopcic2_law(p[POL] * read_volt, 1.0, p);
    if (g == 0.0)
        return 0.0;
    double least = read_volt == 0.0 ? off.dv : p[POL] * off.y / read_volt;
    double most = read_volt == 0.0 ? on.dv : p[POL] * on.y / read_volt;
    return xbar_state_within((g - least) / (most - least), 0.0, 1.0);
}

static void yakopcic2_ranges(xbar_state_range *r, const double *p)
{
    *r = (xbar_state_range){.upper = 1.0, .initial = p[X0], .scale = 1.0};
}

static void yakopcic2_events(double *e, double v, const double *x, const double *p)
{
    (void)x;
    e[0] = p[POL] * v - p[V_P];
    e[1] = p[POL] * v + p[V_N];
}

XBAR_ONE_STATE_LOOPS(yakopcic2, POL)

static const xbar_state_info states[] = {
    {"x", "share of the well conducting branch; a positive voltage moves it up"},
};

const xbar_device xbar_device_yakopcic2 = {
    .name = "yakopcic2",
    .what = "two-branch form, i = g_max sinh(b_max v) x + g_min sinh(b_min v) (1-x)",
    .source = "after Yakopcic et al., IEEE TCAD 32(8) 2013, "
              "doi:10.1109/TCAD.2013.2252057",
    XBAR_PARAMETER_TABLE(parameters),
    .sets = xbar_sets_yakopcic2,
    .state_name = "state x, the share of the well conducting branch",
    .subcircuit = xbar_model_yakopcic2,
    .current = yakopcic2_current,
    .state = yakopcic2_state,
    .states = states,
    .n_states = 1,
    .ranges = yakopcic2_ranges,
    .respond = yakopcic2_respond,
    .n_events = 2,
    .events = yakopcic2_events,
};
