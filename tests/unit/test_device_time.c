/* SPDX-License-Identifier: GPL-3.0-or-later */
/* States in time against closed forms, integrated with GSL. At a constant voltage most
 * models can be solved for the time that a state needs from x0 to x1. */
#include "device_check.h"

#include <gsl/gsl_sf_expint.h>

enum { MAX_CHANGES = 4 };

/* ---- constant voltage: the time from x0 to x1 ---------------------------------------- */

typedef struct constant_case {
    const char *name, *device, *set;
    struct change {
        const char *name;
        double value;
    } changes[MAX_CHANGES];
    double volt, x0, x1;
    double (*time)(device_case *c, double v, double x0, double x1);
    double tolerance; /* of x1 */
} constant_case;

static double par(device_case *c, const char *name)
{
    return *device_parameter(c, name);
}

/* Without window R dR = -k (r_off - r_on) v dt. */
static double drift_time(device_case *c, double v, double x0, double x1)
{
    double on = par(c, "r_on");
    double off = par(c, "r_off");
    double k = par(c, "mu") * on / (par(c, "d") * par(c, "d"));
    double r0 = on * x0 + off * (1 - x0);
    double r1 = on * x1 + off * (1 - x1);
    return (r0 * r0 - r1 * r1) / (2 * k * (off - on) * v);
}

/* Joglekar, power 1: dx/dt = 4 k (v/R) x (1 - x), in partial fractions. */
static double joglekar_part(double x, double on, double off)
{
    return off * log(x / (1 - x)) + (off - on) * log(1 - x);
}

static double joglekar_time(device_case *c, double v, double x0, double x1)
{
    double on = par(c, "r_on");
    double off = par(c, "r_off");
    double k = par(c, "mu") * on / (par(c, "d") * par(c, "d"));
    return (joglekar_part(x1, on, off) - joglekar_part(x0, on, off)) / (4 * k * v);
}

/* Without window the speed is constant. */
static double vteam_time(device_case *c, double v, double x0, double x1)
{
    bool off = v > 0;
    double drive = v / par(c, off ? "v_off" : "v_on") - 1;
    double speed = par(c, off ? "k_off" : "k_on") *
                   pow(drive, par(c, off ? "alpha_off" : "alpha_on"));
    return (x1 - x0) * (par(c, "w_off") - par(c, "w_on")) / speed;
}

/* Xyce's window at a current that does not change with the state: dw/dt = c e^(-e^u). */
static double team_time(device_case *c, double v, double x0, double x1)
{
    double span = par(c, "w_off") - par(c, "w_on");
    double w_c = par(c, "w_c");
    double speed = par(c, "k_off") *
                   pow(v / par(c, "r_on") / par(c, "i_off") - 1, par(c, "alpha_off"));
    double e0 = exp((span * x0 - par(c, "a_off")) / w_c);
    double e1 = exp((span * x1 - par(c, "a_off")) / w_c);
    return w_c / speed * (gsl_sf_expint_Ei(e1) - gsl_sf_expint_Ei(e0));
}

/* Inside the windows: exponential integrals. */
static double yakopcic_time(device_case *c, double v, double x0, double x1)
{
    bool up = v > 0;
    double a = par(c, up ? "alpha_p" : "alpha_n");
    double way = 1 - par(c, up ? "x_p" : "x_n");
    double speed =
        par(c, up ? "a_p" : "a_n") * (exp(fabs(v)) - exp(par(c, up ? "v_p" : "v_n")));
    double from = up ? 1 - x0 : x0;
    double to = up ? 1 - x1 : x1;
    return way / speed * exp(a * way) *
           (gsl_sf_expint_E1(a * to) - gsl_sf_expint_E1(a * from));
}

/* With beta = 0 and no heating the gap moves at a constant speed. */
static double stanford_time(device_case *c, double v, double x0, double x1)
{
    double kt = 8.617333262145179e-5 * par(c, "t_amb");
    double field = par(c, "gamma0") * fabs(v) / par(c, "t_ox");
    double gate = 1 / (1 + exp(-(field - par(c, "f_min")) / par(c, "f_w")));
    double speed = -par(c, "nu0") * exp(-par(c, "e_a") / kt) * gate *
                   sinh(par(c, "gamma0") * par(c, "a0") / par(c, "t_ox") * v / kt);
    return (x1 - x0) * 1e-9 / speed;
}

static double mss_time(device_case *c, double v, double x0, double x1)
{
    double v_t = 8.617333262145179e-5 * par(c, "t");
    double on = 1 / (1 + exp(-(v - par(c, "v_on")) / v_t));
    double off = 1 / (1 + exp((v + par(c, "v_off")) / v_t));
    double end = on / (on + off);
    return par(c, "tau") / (on + off) * log((x0 - end) / (x1 - end));
}

static double memdiode_time(device_case *c, double v, double x0, double x1)
{
    double set = exp(v / par(c, "v_0s")) / par(c, "t_0s");
    double reset = exp(-v / par(c, "v_0r")) / par(c, "t_0r");
    double end = set / (set + reset);
    return log((x0 - end) / (x1 - end)) / (set + reset);
}

static double fefet_time(device_case *c, double v, double x0, double x1)
{
    double tau = par(c, "tau0") * exp(pow(par(c, "e_a") / fabs(v), par(c, "alpha")));
    double end = v > 0 ? 1 : 0;
    return tau * log((x0 - end) / (x1 - end));
}

/* Without magnetoresistance the current u (over i_c0) stands still:
 * dm/((1 - m^2)(m + u)) in partial fractions. */
static double mtj_part(double x, double u)
{
    double m = 2 * x - 1;
    return -log(1 - m) / (2 * (1 + u)) + log(1 + m) / (2 * (u - 1)) +
           log(fabs(m + u)) / (1 - u * u);
}

static double mtj_time(device_case *c, double v, double x0, double x1)
{
    double alpha = par(c, "alpha");
    double tau = (1 + alpha * alpha) / (alpha * 1.76085963023e11 * par(c, "b_k"));
    double u = v / par(c, "r_p") / par(c, "i_c0");
    return tau * (mtj_part(x1, u) - mtj_part(x0, u));
}

static double pershin_time(device_case *c, double v, double x0, double x1)
{
    double beyond = v > 0 ? v - par(c, "v_t") : v + par(c, "v_t");
    return (x1 - x0) * 1e3 / (par(c, "beta") * beyond);
}

static double messaris_time(device_case *c, double v, double x0, double x1)
{
    bool up = v > 0;
    double sign = up ? 1 : -1;
    double k = sign * par(c, up ? "k_p" : "k_n");
    double r = par(c, up ? "r_p0" : "r_n0") + par(c, up ? "r_p1" : "r_n1") * v;
    double s =
        par(c, up ? "a_p" : "a_n") * (exp(par(c, up ? "t_p" : "t_n") * fabs(v)) - 1);
    /* dR/dt = s (e^(k (r - R)) - 1): e^(k (R - r)) - 1 decays at the rate k s */
    return log(expm1(k * (1e3 * x0 - r)) / expm1(k * (1e3 * x1 - r))) / (k * s);
}

static const constant_case constant_cases[] = {
    {"drift, up", "drift", "default", {{0}}, 1.0, 0.1, 0.6, drift_time, 1e-9},
    {"drift, down", "drift", "default", {{0}}, -0.7, 0.9, 0.2, drift_time, 1e-9},
    {"Joglekar's window, up",
     "drift",
     "joglekar",
     {{"power", 1}},
     1.0,
     0.05,
     0.95,
     joglekar_time,
     1e-8},
    {"Joglekar's window, down",
     "drift",
     "joglekar",
     {{"power", 1}},
     -1.0,
     0.9,
     0.1,
     joglekar_time,
     1e-8},
    {"VTEAM, off", "vteam", "default", {{0}}, 0.25, 0.1, 0.9, vteam_time, 1e-9},
    {"VTEAM, on", "vteam", "default", {{0}}, -0.5, 0.9, 0.1, vteam_time, 1e-9},
    {"VTEAM for MAGIC, off", "vteam", "magic", {{0}}, 1.0, 0.1, 0.9, vteam_time, 1e-9},
    {"VTEAM for MAGIC, on", "vteam", "magic", {{0}}, -2.0, 0.9, 0.1, vteam_time, 1e-9},
    {"TEAM's window",
     "team",
     "wide",
     {{"r_off", 50 + 1e-7}},
     0.02,
     0.9,
     1.0,
     team_time,
     1e-8},
    {"Yakopcic, up", "yakopcic", "default", {{0}}, 0.4, 0.3, 0.9, yakopcic_time, 1e-9},
    {"Yakopcic, down",
     "yakopcic",
     "default",
     {{0}},
     -0.4,
     0.5,
     0.05,
     yakopcic_time,
     1e-9},
    {"Yakopcic, Jo's cell",
     "yakopcic",
     "jo",
     {{0}},
     4.0,
     0.3,
     0.8,
     yakopcic_time,
     1e-9},
    {"Stanford, set",
     "stanford",
     "default",
     {{"beta", 0}, {"r_th", 0}},
     1.3,
     1.6,
     0.3,
     stanford_time,
     1e-8},
    {"Stanford, reset",
     "stanford",
     "default",
     {{"beta", 0}, {"r_th", 0}},
     -1.2,
     0.4,
     1.5,
     stanford_time,
     1e-8},
    {"switches, on", "mss", "default", {{0}}, 0.3, 0.1, 0.5, mss_time, 1e-9},
    {"switches, off", "mss", "wsdc", {{0}}, -0.4, 0.9, 0.2, mss_time, 1e-9},
    {"memdiode, set",
     "memdiode",
     "default",
     {{0}},
     1.3,
     0.05,
     0.9,
     memdiode_time,
     1e-9},
    {"memdiode, reset",
     "memdiode",
     "default",
     {{0}},
     -0.8,
     0.9,
     0.05,
     memdiode_time,
     1e-9},
    {"FeFET, up", "fefet", "default", {{0}}, 2.5, 0.1, 0.9, fefet_time, 1e-9},
    {"FeFET, down", "fefet", "default", {{0}}, -3.0, 0.9, 0.1, fefet_time, 1e-9},
    {"junction, to parallel",
     "mtj",
     "default",
     {{"tmr0", 1e-9}},
     0.6,
     0.02,
     0.98,
     mtj_time,
     1e-8},
    {"junction, to antiparallel",
     "mtj",
     "default",
     {{"tmr0", 1e-9}},
     -0.9,
     0.98,
     0.02,
     mtj_time,
     1e-8},
    {"Pershin, up", "pershin", "default", {{0}}, 2.0, 2.0, 9.0, pershin_time, 1e-8},
    {"Pershin, down", "pershin", "biolek", {{0}}, -5.0, 9.0, 2.0, pershin_time, 1e-8},
    {"Messaris, up", "messaris", "default", {{0}}, 1.8, 5.0, 5.4, messaris_time, 1e-8},
    {"Messaris, down",
     "messaris",
     "default",
     {{0}},
     -1.3,
     5.6,
     5.1,
     messaris_time,
     1e-8},
    {"Messaris, second device",
     "messaris",
     "dut2",
     {{0}},
     0.8,
     12.0,
     13.5,
     messaris_time,
     1e-7},
};

static void test_constant(void **unused)
{
    (void)unused;
    for (size_t k = 0; k < sizeof constant_cases / sizeof *constant_cases; k++) {
        const constant_case *z = &constant_cases[k];
        device_case c = device_case_of(z->device, z->set);
        for (size_t n = 0; n < MAX_CHANGES && z->changes[n].name; n++)
            *device_parameter(&c, z->changes[n].name) = z->changes[n].value;
        double time = z->time(&c, z->volt, z->x0, z->x1);
        assert_true(isfinite(time) && time > 0.0);
        const device_wave wave = {z->volt, 0};
        const device_circuit circuit = {&c, device_constant, &wave, 0};
        double x = z->x0;
        int status =
            device_integrate(&circuit, &x, 0, time, gsl_odeiv2_step_rk8pd, 1e-12);
        if (status != GSL_SUCCESS || !(fabs(x - z->x1) <= z->tolerance))
            fail_msg("%s: x = %.12g, want %.12g (%s)", z->name, x, z->x1,
                     gsl_strerror(status));
    }
}

/* ---- linear drift under a sine ------------------------------------------------------- */

/* x from the flux, and the currents, of Strukov's cell at 1 V, 1 Hz: R^2 falls with the
 * flux, R0^2 - 2 k (r_off - r_on) phi. */
static void test_drift_sine(void **unused)
{
    (void)unused;
    static const struct {
        double t, x, i;
    } want[] = {
        {0.125, NAN, 5.092183038e-5},
        {0.25, 0.218148830125, 7.979932958e-5},
        {0.5, 0.357466900909, 0.0},
        {1.0, 0.1, 0.0}, /* the flux is back at 0 */
    };
    device_case c = device_case_of("drift", "default");
    const device_wave wave = {1.0, 1.0};
    const device_circuit circuit = {&c, device_sine, &wave, 0};
    double x = 0.1;
    double t = 0.0;
    for (size_t k = 0; k < sizeof want / sizeof *want; k++) {
        assert_int_equal(
            device_integrate(&circuit, &x, t, want[k].t, gsl_odeiv2_step_rk8pd, 1e-12),
            GSL_SUCCESS);
        t = want[k].t;
        double v = device_sine(t, &wave);
        double i = device_at(&c, v, &x).i;
        if (!isnan(want[k].x))
            assert_true(fabs(x - want[k].x) < 1e-10);
        assert_true(fabs(i - want[k].i) < 1e-13);
    }
}

/* The loop's lobes shrink as the frequency grows, and it passes through the origin. */
static void test_drift_lobes(void **unused)
{
    (void)unused;
    device_case c = device_case_of("drift", "default");
    double last = (double)INFINITY;
    for (double hertz = 1.0; hertz < 20.0; hertz *= 2.0) {
        enum { N = 64 };
        const device_wave wave = {1.0, hertz};
        const device_circuit circuit = {&c, device_sine, &wave, 0};
        double x = 0.1;
        double area = 0.0; /* of the upper lobe */
        double v0 = 0.0;
        double i0 = 0.0;
        for (int k = 1; k <= N; k++) {
            double t = 0.5 * k / (N * hertz);
            assert_int_equal(device_integrate(&circuit, &x, t - 0.5 / (N * hertz), t,
                                              gsl_odeiv2_step_rk8pd, 1e-10),
                             GSL_SUCCESS);
            double v = k == N ? 0.0 : device_sine(t, &wave);
            double i = device_at(&c, v, &x).i;
            area += 0.5 * (i + i0) * (v - v0);
            v0 = v;
            i0 = i;
        }
        assert_true(i0 == 0.0);
        assert_true(fabs(area) < 0.6 * last);
        last = fabs(area);
    }
}

/* ---- stiff --------------------------------------------------------------------------- */

/* A switch of 1 ns behind 10 kohm in a run of 1 ms: implicit steps with the model's own
 * Jacobian go from one event to the other. It turns on somewhat below its threshold, where
 * its own current takes over, and off at v_hold + i_hold (r_on + 10 kohm). */
static void test_stiff(void **unused)
{
    (void)unused;
    enum { N = 400 };
    device_case c = device_case_of("selector_ots", "default");
    const device_wave wave = {2.0, 500.0};
    const device_circuit circuit = {&c, device_sine, &wave, 1e4};
    double s = 0.0;
    double on = NAN;
    double off = NAN;
    for (int k = 0; k < N; k++) {
        double before = s;
        double t = 1e-3 * (k + 1) / N;
        assert_int_equal(device_integrate(&circuit, &s, 1e-3 * k / N, t,
                                          gsl_odeiv2_step_rk4imp, 1e-5),
                         GSL_SUCCESS);
        if (before < 0.5 && s > 0.5)
            on = device_sine(t, &wave);
        if (before > 0.5 && s < 0.5)
            off = device_sine(t, &wave);
    }
    assert_true(on > 1.0 && on < 1.2);
    assert_true(fabs(off - 0.355) < 0.02); /* one chunk is 16 mV there */
    assert_true(s < 1e-3);
}

/* ---- bounds -------------------------------------------------------------------------- */

/* Thirty voltages drawn at random, each for a few times of what the state needs to cross
 * its range: it is driven against its bounds, stays within them and comes back. */
static void test_stays_inside(void **unused)
{
    (void)unused;
    uint32_t drawn = 0;
    device_case c = {0};
    while (device_case_next(&c)) {
        const size_t n = c.device->n_states;
        if (n == 0)
            continue;
        xbar_state_range r[XBAR_MAX_STATES];
        double x[XBAR_MAX_STATES];
        c.device->ranges(r, c.p);
        for (size_t s = 0; s < n; s++)
            x[s] = r[s].initial;
        for (int k = 0; k < 30; k++) {
            const double size = 2.0 * xbar_uniform(3, XBAR_STREAM_INPUT, 0, drawn++);
            const device_wave wave = {k % 2 == 0 ? size : -size, 0};
            const device_circuit circuit = {&c, device_constant, &wave, 0};
            double fastest = 1e-6;
            for (size_t s = 0; s < n; s++) {
                double middle[XBAR_MAX_STATES];
                memcpy(middle, x, sizeof middle);
                middle[s] = 0.5 * (r[s].lower + r[s].upper);
                double rate = device_at(&c, wave.volt, middle).dx_dt[s];
                fastest = fmax(fastest, fabs(rate) / (r[s].upper - r[s].lower));
            }
            if (device_integrate(&circuit, x, 0, 3.0 / fastest, gsl_odeiv2_step_rkck,
                                 1e-6) != GSL_SUCCESS)
                fail_msg("%s: no way on at %g V", c.name, wave.volt);
            for (size_t s = 0; s < n; s++) {
                double slack = 2e-3 * (r[s].upper - r[s].lower);
                if (!(x[s] >= r[s].lower - slack && x[s] <= r[s].upper + slack))
                    fail_msg("%s: state %zu = %g at %g V", c.name, s, x[s], wave.volt);
            }
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_constant),     cmocka_unit_test(test_drift_sine),
        cmocka_unit_test(test_drift_lobes),  cmocka_unit_test(test_stiff),
        cmocka_unit_test(test_stays_inside),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
