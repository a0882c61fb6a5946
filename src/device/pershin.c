/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The device with threshold of Pershin and Di Ventra, arXiv:1204.2600; SPICE forms in
 * Biolek, Di Ventra, Pershin, Radioengineering 22(4):945, 2013
 *
 *   i = v / R
 *   dR/dt = beta v + (alpha - beta)/2 (abs(v + v_t) - abs(v - v_t))          [ohm/s]
 *
 * that is, alpha v up to the threshold and beta (v -+ v_t) +- alpha v_t beyond it, which
 * is continuous. R stays from r_min to r_max: motion dies out within `edge` of the bound
 * that it goes to. The state is x = R / 1 kohm.
 */
#include "device/loops.h"
#include "device/resistance.h"

XBAR_MODEL_DATA(pershin)

enum { R_MIN, R_MAX, ALPHA, BETA, V_T, R_START, EDGE, POL };

static const double kohm = 1e3;

static const xbar_parameter parameters[] = {
    [R_MIN] = {"r_min", "ohm", 1e-3, 1e15, .what = "smallest resistance"},
    [R_MAX] = {"r_max", "ohm", 1e-3, 1e15, .what = "largest, more than r_min"},
    [ALPHA] = {"alpha", "ohm/(V s)", 0, 1e30, .what = "speed per volt below v_t"},
    [BETA] = {"beta", "ohm/(V s)", 0, 1e30, .what = "speed per volt beyond v_t"},
    [V_T] = {"v_t", "V", 0, 1e3, .what = "threshold, to both sides"},
    [R_START] = {"r_start", "ohm", 1e-3, 1e15,
                 .what = "initial resistance, from r_min to r_max"},
    [EDGE] = XBAR_ROW_EDGE,
    [POL] = XBAR_ROW_POL,
};

static const xbar_order orders[] = {
    {R_MIN, R_MAX, false}, {R_MIN, R_START, true}, {R_START, R_MAX, true}, {0}};

static xbar_slopes pershin_law(double v, double x, const double *p)
{
    xbar_curve r = xbar_inside(x, p[R_MIN] / kohm, p[R_MAX] / kohm);
    return xbar_ohmic(v, (xbar_curve){kohm * r.y, kohm * r.dy});
}

static xbar_slopes pershin_rate(double v, double x, const double *p)
{
    const double lower = p[R_MIN] / kohm;
    const double upper = p[R_MAX] / kohm;
    xbar_curve inner = xbar_inside(v, -p[V_T], p[V_T]); /* half the difference above */
    double rate = (p[BETA] * (v - inner.y) + p[ALPHA] * inner.y) / kohm;
    double slope = (inner.dy > 0.0 ? p[ALPHA] : p[BETA]) / kohm;
    return xbar_stopped((xbar_slopes){rate, slope, 0.0}, x, lower, upper,
                        p[EDGE] * (upper - lower));
}

static double pershin_state(double g, double read_volt, const double *p)
{
    (void)read_volt; /* ohmic at any state */
    if (g == 0.0)
        return 0.0;
    return xbar_state_within(1.0 / g / kohm, p[R_MIN] / kohm, p[R_MAX] / kohm);
}

static void pershin_ranges(xbar_state_range *r, const double *p)
{
    *r = (xbar_state_range){p[R_MIN] / kohm, p[R_MAX] / kohm, p[R_START] / kohm,
                            p[R_MAX] / kohm};
}

static void pershin_events(double *e, double v, const double *x, const double *p)
{
    (void)x;
    e[0] = v - p[V_T];
    e[1] = v + p[V_T];
}

XBAR_ONE_STATE_LOOPS(pershin, POL)

static const xbar_state_info states[] = {
    {"x", "R / 1 kohm; a positive voltage moves it up and resets"},
};

const xbar_device xbar_device_pershin = {
    .name = "pershin",
    .is_ohmic = true,
    .what = "resistance that moves in proportion to the voltage beyond a threshold",
    .source = "Pershin and Di Ventra, arXiv:1204.2600; Biolek, Di Ventra, Pershin, "
              "Radioengineering 22(4):945, 2013",
    XBAR_PARAMETER_TABLE(parameters),
    .sets = xbar_sets_pershin,
    .orders = orders,
    .state_name = "state x, the resistance in units of 1 kohm",
    .subcircuit = xbar_model_pershin,
    .current = pershin_current,
    .state = pershin_state,
    .states = states,
    .n_states = 1,
    .ranges = pershin_ranges,
    .respond = pershin_respond,
    .n_events = 2,
    .events = pershin_events,
};
