/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Phase change memory: a crystalline share c and a temperature T, after
 * Biolek, Di Ventra, Pershin, Radioengineering 22(4):945, 2013 (model R.3)
 *
 *   i = v/R,   R = r_on + (1 - c)(r_off - r_on)/(e^((abs(v) - v_t)/v_0) + 1)       [ohm]
 *   dT/dt = (v i - g_h (T - t_amb))/c_h                                            [K/s]
 *   dc/dt = a (1 - c) th(T - t_x) th(t_m - T) - b c th(T - t_m)                    [1/s]
 *
 * Between t_x and t_m the amorphous part crystallises (set), above t_m it melts (reset);
 * beyond v_t the amorphous part conducts too (threshold switching), so that a reset cell
 * can be heated. th is a logistic of width w_t. Heating dies out towards t_end, where no
 * cell is left. Drift and noise of the conductance between pulses: pcm_noise.h. States:
 * c, and T / 1000 K.
 */
#include "device/loops.h"

XBAR_MODEL_DATA(pcm)

enum {
    R_ON,
    R_OFF,
    V_T,
    V_0,
    C_H,
    G_H,
    A,
    B,
    T_X,
    T_M,
    W_T,
    T_AMB,
    T_END,
    C0,
    EDGE,
    POL
};

static const double kilo = 1e3;

static const xbar_parameter parameters[] = {
    [R_ON] = {"r_on", "ohm", 1e-3, 1e15, .what = "resistance when crystalline"},
    [R_OFF] = {"r_off", "ohm", 1e-3, 1e15,
               .what = "when amorphous, more than r_on, below v_t"},
    [V_T] = {"v_t", "V", 1e-2, 1e2, .what = "threshold of the amorphous part"},
    [V_0] = {"v_0", "V", 1e-3, 1e2, .what = "its width"},
    [C_H] = {"c_h", "J/K", 1e-20, 1e-6, .what = "heat capacity"},
    [G_H] = {"g_h", "W/K", 1e-12, 1e-3, .what = "heat conductance to the surroundings"},
    [A] = {"a", "1/s", 0, 1e15, .what = "rate of crystallisation"},
    [B] = {"b", "1/s", 0, 1e15, .what = "rate of melting"},
    [T_X] = {"t_x", "K", 1, 5000, .what = "temperature of crystallisation"},
    [T_M] = {"t_m", "K", 1, 5000, .what = "melting temperature, more than t_x"},
    [W_T] = {"w_t", "K", 0.1, 100, .what = "width of these two"},
    [T_AMB] = {"t_amb", "K", 1, 1000, .what = "ambient temperature"},
    [T_END] = {"t_end", "K", 100, 1e5, .what = "heating ends here, above t_m"},
    [C0] = {"c0", "1", 0, 1, .what = "initial crystalline share"},
    [EDGE] = XBAR_ROW_EDGE,
    [POL] = XBAR_ROW_POL,
};

static const xbar_order orders[] = {{R_ON, R_OFF, false},
                                    {T_X, T_M, false},
                                    {T_M, T_END, false},
                                    {T_AMB, T_X, false},
                                    {0}};

static xbar_slopes pcm_law(double v, double c, const double *p)
{
    xbar_curve in = xbar_inside(c, 0.0, 1.0);
    xbar_curve closed = xbar_logistic(-(fabs(v) - p[V_T]) / p[V_0]);
    const double span = p[R_OFF] - p[R_ON];
    const double r = p[R_ON] + (1.0 - in.y) * span * closed.y;
    const double dr_dv =
        -(1.0 - in.y) * span * closed.dy / p[V_0] * (v < 0.0 ? -1.0 : 1.0);
    return (xbar_slopes){v / r, 1.0 / r - v / r * (dr_dv / r),
                         v / r * (span * closed.y / r) * in.dy};
}

/* dT/dt over 1000 K: dx is by c, dt by the state T / 1000 K */
typedef struct heat {
    double y, dv, dc, dt;
} heat;

static heat heating(double v, double c, double kelvin, const double *p)
{
    xbar_slopes i = pcm_law(v, c, p);
    const double scale = 1.0 / (p[C_H] * kilo);
    xbar_slopes power = {scale * v * i.y, scale * (i.y + v * i.dv), scale * v * i.dx};
    const double x = kelvin / kilo;
    const double lower = p[T_AMB] / kilo;
    const double upper = p[T_END] / kilo;
    xbar_curve in = xbar_inside(x, lower, upper);
    xbar_curve w = xbar_ramp(upper - x, p[EDGE] * (upper - lower));
    const double cooling = scale * p[G_H] * kilo;
    return (heat){w.y * power.y - cooling * (in.y - lower), w.y * power.dv,
                  w.y * power.dx, -w.dy * power.y - cooling * in.dy};
}

/* dc/dt; dv is by T in kelvin */
static xbar_slopes crystallising(double c, double kelvin, const double *p)
{
    xbar_curve in = xbar_inside(c, 0.0, 1.0);
    xbar_curve hot = xbar_logistic((kelvin - p[T_X]) / p[W_T]);
    xbar_curve solid = xbar_logistic((p[T_M] - kelvin) / p[W_T]);
    xbar_curve molten = xbar_logistic((kelvin - p[T_M]) / p[W_T]);
    const double up = p[A] * (1.0 - in.y);
    const double down = p[B] * in.y;
    return (xbar_slopes){
        up * hot.y * solid.y - down * molten.y,
        (up * (hot.dy * solid.y - hot.y * solid.dy) - down * molten.dy) / p[W_T],
        (-p[A] * hot.y * solid.y - p[B] * molten.y) * in.dy};
}

static double pcm_state(double g, double read_volt, const double *p)
{
    const double closed = xbar_logistic(-(fabs(read_volt) - p[V_T]) / p[V_0]).y;
    if (g == 0.0)
        return 0.0;
    return xbar_state_within(
        1.0 - (1.0 / g - p[R_ON]) / ((p[R_OFF] - p[R_ON]) * closed), 0.0, 1.0);
}

static void pcm_ranges(xbar_state_range *r, const double *p)
{
    r[0] = (xbar_state_range){.upper = 1.0, .initial = p[C0], .scale = 1.0};
    r[1] = (xbar_state_range){p[T_AMB] / kilo, p[T_END] / kilo, p[T_AMB] / kilo, 1.0};
}

XBAR_STATIC_LOOP(pcm, POL)

/* States c at x[k], T / 1000 K at x[n + k]. */
static void pcm_respond(size_t n, const xbar_response *out, const double *voltage,
                        const double *x, const double *p)
{
    const double pol = p[POL];
    for (size_t k = 0; k < n; k++) {
        const double v = pol * voltage[k];
        const double c = x[k];
        const double kelvin = kilo * x[n + k];
        xbar_slopes i = pcm_law(v, c, p);
        xbar_slopes dc = crystallising(c, kelvin, p);
        heat dt = heating(v, c, kelvin, p);
        xbar_put(out->i, k, pol * i.y);
        xbar_put(out->di_dv, k, i.dv);
        xbar_put(out->kelvin, k, kelvin);
        xbar_put(out->di_dx, k, pol * i.dx);
        xbar_put(out->di_dx, n + k, 0.0);
        xbar_put(out->dx_dt, k, dc.y);
        xbar_put(out->dx_dt, n + k, dt.y);
        xbar_put(out->drate_dv, k, 0.0);
        xbar_put(out->drate_dv, n + k, pol * dt.dv);
        xbar_put(out->drate_dx, k, dc.dx);
        xbar_put(out->drate_dx, n + k, kilo * dc.dv);
        xbar_put(out->drate_dx, 2 * n + k, dt.dc);
        xbar_put(out->drate_dx, 3 * n + k, dt.dt);
    }
}

static const xbar_state_info states[] = {
    {"c", "crystalline share; heat between t_x and t_m moves it up, above t_m down"},
    {"t", "temperature / 1000 K"},
};

const xbar_device xbar_device_pcm = {
    .name = "pcm",
    .what =
        "phase change memory, crystalline share and temperature, threshold switching",
    .source = "after Biolek, Di Ventra, Pershin, Radioengineering 22(4):945, 2013",
    XBAR_PARAMETER_TABLE(parameters),
    .sets = xbar_sets_pcm,
    .orders = orders,
    .state_name = "state c, the crystalline share",
    .subcircuit = xbar_model_pcm,
    .current = pcm_current,
    .state = pcm_state,
    .states = states,
    .n_states = 2,
    .ranges = pcm_ranges,
    .respond = pcm_respond,
};
