/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Magnetic tunnel junction switched by spin transfer torque (STT-MRAM): a perpendicular
 * free layer as one axial moment, m = cos(theta), +1 parallel to the fixed layer.
 *
 *   R(m, v) = r_p (1 + k)/(1 + k m),   k = TMR/(TMR + 2)                           [ohm]
 *   TMR(v) = tmr0/(1 + (v/v_h)^2)
 *   dm/dt = (1 - m^2)(m + i/i_c0)/tau_d                                            [1/s]
 *   tau_d = (1 + alpha^2)/(alpha gamma b_k)
 *
 * The conductance is linear in cos(theta): Slonczewski, Phys. Rev. B 39:6995, 1989,
 * doi:10.1103/PhysRevB.39.6995; R is r_p and r_p (1 + TMR) at the ends. The torque and
 * anisotropy are collinear: Sun, Phys. Rev. B 62:570, 2000, doi:10.1103/PhysRevB.62.570;
 * gamma is the electron's gyromagnetic ratio, b_k the anisotropy field in tesla.
 *
 * Exactly at a pole no torque acts. In nature heat tilts the moment, on average to
 * m = 1 - 1/(2 delta); motion away from a pole has, within that distance of it, the
 * torque of that tilt. The state is x = (1 + m)/2.
 */
#include "core/constants.h"
#include "device/loops.h"

XBAR_MODEL_DATA(mtj)

enum { R_P, TMR0, V_H, I_C0, ALPHA, B_K, DELTA, X0, POL };

static const xbar_parameter parameters[] = {
    [R_P] = {"r_p", "ohm", 1, 1e9, .what = "resistance when parallel"},
    [TMR0] = {"tmr0", "1", 1e-9, 100, .what = "magnetoresistance at 0 V: R_ap/r_p - 1"},
    [V_H] = {"v_h", "V", 1e-2, 1e3, .what = "voltage at which it has fallen to half"},
    [I_C0] = {"i_c0", "A", 1e-12, 1, .what = "critical current"},
    [ALPHA] = {"alpha", "1", 1e-5, 1, .what = "Gilbert damping"},
    [B_K] = {"b_k", "T", 1e-4, 10, .what = "anisotropy field"},
    [DELTA] = {"delta", "1", 2, 1e6, .what = "thermal stability: barrier over kT"},
    [X0] = {"x0", "1", 0, 1, .what = "initial state"},
    [POL] = XBAR_ROW_POL,
};

static xbar_slopes mtj_law(double v, double x, const double *p)
{
    xbar_curve in = xbar_inside(x, 0.0, 1.0);
    const double m = 2.0 * in.y - 1.0;
    const double fall = 1.0 + v / p[V_H] * (v / p[V_H]);
    const double tmr = p[TMR0] / fall;
    const double dtmr = -tmr / fall * 2.0 * v / (p[V_H] * p[V_H]);
    const double k = tmr / (tmr + 2.0);
    const double dk = 2.0 / ((tmr + 2.0) * (tmr + 2.0)) * dtmr;
    const double scale = 1.0 / (p[R_P] * (1.0 + k));
    const double g = scale * (1.0 + k * m);
    const double dg_dk = scale * (m - 1.0) / (1.0 + k);
    return (xbar_slopes){g * v, g + v * dg_dk * dk, scale * k * 2.0 * in.dy * v};
}

static xbar_slopes mtj_rate(double v, double x, const double *p)
{
    const double tau =
        (1.0 + p[ALPHA] * p[ALPHA]) / (p[ALPHA] * XBAR_GYROMAGNETIC_RATIO * p[B_K]);
    const double tilt = 1.0 - 0.5 / p[DELTA];
    xbar_curve in = xbar_inside(x, 0.0, 1.0);
    const double m = 2.0 * in.y - 1.0;
    xbar_slopes i = mtj_law(v, x, p);
    const double drive = m + i.y / p[I_C0];
    double lever = 1.0 - m * m;
    double dlever = -2.0 * m * 2.0 * in.dy; /* by x */
    if (drive * m < 0.0 && fabs(m) > tilt) {
        lever = 1.0 - tilt * tilt;
        dlever = 0.0;
    }
    const double scale = 0.5 / tau; /* dx = dm/2 */
    return (xbar_slopes){scale * lever * drive, scale * lever * i.dv / p[I_C0],
                         scale *
                             (dlever * drive + lever * (2.0 * in.dy + i.dx / p[I_C0]))};
}

static double mtj_state(double g, double read_volt, const double *p)
{
    const double fall = 1.0 + read_volt / p[V_H] * (read_volt / p[V_H]);
    const double tmr = p[TMR0] / fall;
    const double k = tmr / (tmr + 2.0);
    if (g == 0.0)
        return 0.0;
    const double m = (g * p[R_P] * (1.0 + k) - 1.0) / k;
    return xbar_state_within(0.5 * (1.0 + m), 0.0, 1.0);
}

static void mtj_ranges(xbar_state_range *r, const double *p)
{
    *r = (xbar_state_range){.upper = 1.0, .initial = p[X0], .scale = 1.0};
}

XBAR_ONE_STATE_LOOPS(mtj, POL)

static const xbar_state_info states[] = {
    {"x", "(1 + m)/2, 1 when parallel; a positive current moves it up"},
};

const xbar_device xbar_device_mtj = {
    .name = "mtj",
    .what = "magnetic tunnel junction, TMR falling with v, switched by spin torque",
    .source = "Slonczewski, Phys. Rev. B 39:6995, 1989, doi:10.1103/PhysRevB.39.6995; "
              "Sun, Phys. Rev. B 62:570, 2000, doi:10.1103/PhysRevB.62.570",
    XBAR_PARAMETER_TABLE(parameters),
    .sets = xbar_sets_mtj,
    .state_name = "state x = (1 + cos theta)/2, 1 when parallel",
    .subcircuit = xbar_model_mtj,
    .current = mtj_current,
    .state = mtj_state,
    .states = states,
    .n_states = 1,
    .ranges = mtj_ranges,
    .respond = mtj_respond,
};
