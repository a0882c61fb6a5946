/* SPDX-License-Identifier: GPL-3.0-or-later */
/* An n-channel access transistor for 1T1R cells, SPICE level 1: Shichman and Hodges, IEEE
 * JSSC 3(3):285, 1968, doi:10.1109/JSSC.1968.1049902
 *
 *   v_t = vto + gamma (sqrt(phi - v_bs) - sqrt(phi))
 *         0                                                  v_gs <= v_t
 *   i  =  beta (v_gs - v_t - v_ds/2) v_ds (1 + lambda v_ds)  v_ds < v_gs - v_t        [A]
 *         beta/2 (v_gs - v_t)^2 (1 + lambda v_ds)            else
 *   beta = kp w/l
 *
 * for v_ds >= 0, else with drain and source exchanged. Where the bulk lies above the
 * source sqrt(phi - v_bs) goes on along its tangent, down to 0, as SPICE has it. The bulk
 * diodes and capacitances are not in it: the bulk is at the lowest potential.
 */
#include "device/loops.h"

XBAR_MODEL_DATA(access_nmos)

enum { VTO, KP, LAMBDA, GAMMA, PHI, W, L };

static const xbar_parameter parameters[] = {
    [VTO] = {"vto", "V", -10, 10, .what = "threshold at v_bs = 0"},
    [KP] = {"kp", "A/V2", 1e-9, 1, .what = "transconductance parameter"},
    [LAMBDA] = {"lambda", "1/V", 0, 1, .what = "channel length modulation"},
    [GAMMA] = {"gamma", "V^0.5", 0, 10, .what = "body effect"},
    [PHI] = {"phi", "V", 0.1, 2, .what = "surface potential"},
    [W] = {"w", "m", 1e-9, 1e-2, .what = "width of the channel"},
    [L] = {"l", "m", 1e-9, 1e-2, .what = "its length"},
};

/* sqrt(phi - v_bs) and its slope by v_bs. */
static xbar_curve depletion(double v_bs, const double *p)
{
    const double root = sqrt(p[PHI]);
    if (v_bs <= 0.0) {
        double y = sqrt(p[PHI] - v_bs);
        return (xbar_curve){y, -0.5 / y};
    }
    double y = root - 0.5 * v_bs / root;
    return y > 0.0 ? (xbar_curve){y, -0.5 / root} : (xbar_curve){0.0, 0.0};
}

/* i(v_ds, v_gs, v_bs) for v_ds >= 0, and its three slopes. */
typedef struct forward {
    double i, by_ds, by_gs, by_bs;
} forward;

static forward conduct(double v_ds, double v_gs, double v_bs, const double *p)
{
    const double beta = p[KP] * p[W] / p[L];
    xbar_curve d = depletion(v_bs, p);
    const double over = v_gs - p[VTO] - p[GAMMA] * (d.y - sqrt(p[PHI]));
    const double dover = -p[GAMMA] * d.dy; /* by v_bs */
    const double early = 1.0 + p[LAMBDA] * v_ds;
    if (over <= 0.0)
        return (forward){0.0, 0.0, 0.0, 0.0};
    if (v_ds >= over) {
        const double gm = beta * over * early;
        return (forward){0.5 * gm * over, 0.5 * beta * over * over * p[LAMBDA], gm,
                         gm * dover};
    }
    const double gm = beta * v_ds * early;
    const double shape = beta * v_ds * (over - 0.5 * v_ds);
    return (forward){shape * early, beta * (over - v_ds) * early + shape * p[LAMBDA],
                     gm, gm * dover};
}

static void access_nmos_channel(size_t n, const xbar_channel *out, const double *v_d,
                                const double *v_g, const double *v_s, const double *p)
{
    for (size_t k = 0; k < n; k++) {
        const bool turned = v_d[k] < v_s[k];
        const double d = turned ? v_s[k] : v_d[k];
        const double s = turned ? v_d[k] : v_s[k];
        forward f = conduct(d - s, v_g[k] - s, -s, p);
        const double by_s = -f.by_ds - f.by_gs - f.by_bs;
        xbar_put(out->i, k, turned ? -f.i : f.i);
        xbar_put(out->di_dd, k, turned ? -by_s : f.by_ds);
        xbar_put(out->di_dg, k, turned ? -f.by_gs : f.by_gs);
        xbar_put(out->di_ds, k, turned ? -f.by_ds : by_s);
    }
}

const xbar_device xbar_device_access_nmos = {
    .name = "access_nmos",
    .kind = XBAR_KIND_ACCESS,
    .what = "n-channel MOS transistor, SPICE level 1",
    .source = "Shichman and Hodges, IEEE JSSC 3(3):285, 1968, "
              "doi:10.1109/JSSC.1968.1049902",
    XBAR_PARAMETER_TABLE(parameters),
    .sets = xbar_sets_access_nmos,
    .subcircuit = xbar_model_access_nmos,
    .channel = access_nmos_channel,
};
