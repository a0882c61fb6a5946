/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Figures that others have found: papers, other programs, independent integrations. Each
 * row names its source. */
#include "device_check.h"

/* ---- currents and rates at one point ------------------------------------------------- */

static void test_points(void **unused)
{
    (void)unused;
    static const struct {
        const char *name, *device, *set;
        struct {
            const char *name;
            double value;
        } changes[2];
        double v, x;
        double i, rate; /* NAN: not told */
        double tolerance;
    } cases[] = {
        /* MemTorch and other programs that have the model */
        {"Stanford, current",
         "stanford",
         "default",
         {{0}},
         0.5,
         1.0,
         6.6428e-5,
         NAN,
         1e-4},
        {"Stanford, speed of the gap, m/s over 1 nm",
         "stanford",
         "default",
         {{"r_th", 0}, {"f_w", 1e6}},
         1.5,
         1.7,
         NAN,
         -8.522e-4 / 1e-9,
         1e-4},
    };
    for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
        device_case c = device_case_of(cases[k].device, cases[k].set);
        for (size_t n = 0; n < 2 && cases[k].changes[n].name; n++)
            *device_parameter(&c, cases[k].changes[n].name) = cases[k].changes[n].value;
        device_moment m = device_at(&c, cases[k].v, &cases[k].x);
        if (!isnan(cases[k].i) &&
            fabs(m.i - cases[k].i) > cases[k].tolerance * fabs(cases[k].i))
            fail_msg("%s: %.8g A, want %.8g", cases[k].name, m.i, cases[k].i);
        if (!isnan(cases[k].rate) &&
            fabs(m.dx_dt[0] - cases[k].rate) > cases[k].tolerance * fabs(cases[k].rate))
            fail_msg("%s: %.8g 1/s, want %.8g", cases[k].name, m.dx_dt[0],
                     cases[k].rate);
    }
}

/* ---- one device in time -------------------------------------------------------------- */

static void test_runs(void **unused)
{
    (void)unused;
    static const struct {
        const char *name, *device, *set;
        struct {
            const char *name;
            double value;
        } changes[5];
        double volt, hertz; /* 0 Hz: constant */
        double x0, t;
        double x, i; /* NAN: not told */
        double tolerance;
    } cases[] = {
        /* an independent integration */
        {"switches, 1 ms",
         "mss",
         "default",
         {{0}},
         0.5,
         100,
         0.1,
         1e-3,
         0.732512,
         0.855391e-3,
         6e-6},
        {"switches, 2.5 ms",
         "mss",
         "default",
         {{0}},
         0.5,
         100,
         0.1,
         2.5e-3,
         NAN,
         1.960595e-3,
         6e-6},
        {"switches, 7.5 ms",
         "mss",
         "default",
         {{0}},
         0.5,
         100,
         0.1,
         7.5e-3,
         NAN,
         -1.427262e-3,
         6e-6},
        /* the paper's closed form, evaluated elsewhere to ten digits; resistance/1 kohm */
        {"Messaris, up",
         "messaris",
         "default",
         {{0}},
         1.8,
         0,
         5.0,
         0.01,
         5.138918770,
         NAN,
         1e-9},
        {"Messaris, down",
         "messaris",
         "default",
         {{0}},
         -1.3,
         0,
         5.6,
         0.01,
         5.095292419,
         NAN,
         1e-9},
        {"Messaris, second device, up",
         "messaris",
         "dut2",
         {{"t_n", 0.31}, {"r_p0", 16710}, {"r_n0", 29300}, {"r_n1", 23690}},
         0.8,
         0,
         12.0,
         1e-3,
         13.007883916,
         NAN,
         1e-9},
        {"Messaris, second device, down",
         "messaris",
         "dut2",
         {{"t_n", 0.31}, {"r_p0", 16710}, {"r_n0", 29300}, {"r_n1", 23690}},
         -0.7,
         0,
         15.0,
         1e-3,
         14.804534116,
         NAN,
         1e-9},
        /* exponential integrals, evaluated elsewhere */
        {"Yakopcic, up",
         "yakopcic",
         "default",
         {{0}},
         0.4,
         0,
         0.3,
         1.60437e-3,
         0.9,
         NAN,
         1e-5},
        {"Yakopcic, down",
         "yakopcic",
         "default",
         {{0}},
         -0.4,
         0,
         0.5,
         4.70409e-3,
         0.05,
         NAN,
         1e-4},
        /* the closed form of half a sine; Biolek 2013 prints 3.1847 kohm */
        {"Pershin, half a sine",
         "pershin",
         "biolek",
         {{"pol", -1}},
         5.0,
         50e6,
         10.0,
         10e-9,
         3.18187,
         NAN,
         3e-6},
    };
    for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
        device_case c = device_case_of(cases[k].device, cases[k].set);
        for (size_t n = 0; n < 5 && cases[k].changes[n].name; n++)
            *device_parameter(&c, cases[k].changes[n].name) = cases[k].changes[n].value;
        const device_wave wave = {cases[k].volt, cases[k].hertz};
        const device_circuit circuit = {
            &c, cases[k].hertz > 0 ? device_sine : device_constant, &wave, 0};
        double x = cases[k].x0;
        assert_int_equal(
            device_integrate(&circuit, &x, 0, cases[k].t, gsl_odeiv2_step_rk8pd, 1e-12),
            GSL_SUCCESS);
        double v = circuit.volt(cases[k].t, &wave);
        double i = device_at(&c, v, &x).i;
        if (!isnan(cases[k].x) &&
            fabs(x - cases[k].x) > cases[k].tolerance * cases[k].x)
            fail_msg("%s: x = %.10g, want %.10g", cases[k].name, x, cases[k].x);
        if (!isnan(cases[k].i) &&
            fabs(i - cases[k].i) > cases[k].tolerance * fabs(cases[k].i))
            fail_msg("%s: i = %.10g, want %.10g", cases[k].name, i, cases[k].i);
    }
}

/* ---- gates of two and three cells ---------------------------------------------------- */

/* Cells that meet in one node, from which a resistor (INFINITY: none) goes to ground. */
typedef struct gate {
    const device_case *c;
    size_t n;
    double source[3]; /* V, at the cells' other ends */
    bool to_node[3];  /* p at the source and n at the node, or the other way round */
    double ohm;
    /* for a crossing: stop when state `watched` passes 0.5 */
} gate;

static double node_volt(const gate *g, const double *x)
{
    double sum = 1.0 / g->ohm; /* ohmic cells */
    double current = 0.0;
    for (size_t k = 0; k < g->n; k++) {
        double s = device_at(g->c, 0.0, &x[k]).di_dv;
        sum += s;
        current += s * g->source[k];
    }
    return current / sum;
}

static int gate_ode(double t, const double *x, double *dx_dt, void *with)
{
    (void)t;
    const gate *g = with;
    double u = node_volt(g, x);
    for (size_t k = 0; k < g->n; k++) {
        double v = g->to_node[k] ? g->source[k] - u : u - g->source[k];
        dx_dt[k] = device_at(g->c, v, &x[k]).dx_dt[0];
    }
    return GSL_SUCCESS;
}

static void run_gate(gate *g, double *x, double t0, double t1)
{
    gsl_odeiv2_system system = {gate_ode, NULL, g->n, g};
    gsl_odeiv2_driver *driver = gsl_odeiv2_driver_alloc_y_new(
        &system, gsl_odeiv2_step_rkck, (t1 - t0) / 1000, 1e-9, 1e-9);
    assert_int_equal(gsl_odeiv2_driver_apply(driver, &t0, t1, x), GSL_SUCCESS);
    gsl_odeiv2_driver_free(driver);
}

/* IMPLY: P at V_COND, Q at V_SET, a resistor to ground; q becomes (not p) or q. States
 * after 30 us from an LTspice file (00) and an integration of the same equations. */
static void test_imply(void **unused)
{
    (void)unused;
    static const struct {
        double p0, q0, p1, q1;
    } rows[] = {{0, 0, 0.0960, 0.8726}, {0, 1, 0, 1}, {1, 0, 1, 0}, {1, 1, 1, 1}};
    device_case c = device_case_of("vteam", "atomic");
    for (size_t k = 0; k < sizeof rows / sizeof *rows; k++) {
        gate g = {&c, 2, {0.9, 1.0}, {true, true}, 40e3};
        double x[] = {rows[k].p0, rows[k].q0};
        run_gate(&g, x, 0, 30e-6);
        if (fabs(x[0] - rows[k].p1) > 0.01 || fabs(x[1] - rows[k].q1) > 0.01)
            fail_msg("row %zu: %.5f %.5f, want %.4f %.4f", k, x[0], x[1], rows[k].p1,
                     rows[k].q1);
    }
}

/* MAGIC NOR: two inputs in parallel at V0, the output, which begins at low resistance
 * (logic 1, x = 0), to ground. The delays are the integral of dx over the output's rate, by
 * quadrature; simulations of others gave 0.855 and 0.635 ns. */
static void test_magic(void **unused)
{
    (void)unused;
    static const struct {
        double a, b, out; /* logic */
        double t50;       /* ns, until the output stands half way; NAN: never */
    } rows[] = {
        {0, 0, 1, NAN}, {0, 1, 0, 0.8453}, {1, 0, 0, 0.8453}, {1, 1, 0, 0.6314}};
    device_case c = device_case_of("vteam", "magic");
    *device_parameter(&c, "edge") = 1e-4; /* the delays are those of a hard stop */
    for (size_t k = 0; k < sizeof rows / sizeof *rows; k++) {
        gate g = {&c, 3, {1.0, 1.0, 0.0}, {false, false, false}, (double)INFINITY};
        double x[] = {1 - rows[k].a, 1 - rows[k].b, 0};
        double t50 = NAN;
        const double step = 1e-12;
        for (int n = 0; n < 5000; n++) {
            run_gate(&g, x, n * step, (n + 1) * step);
            if (isnan(t50) && x[2] > 0.5)
                t50 = (n + 0.5) * 1e-3;
        }
        double out = x[2] < 0.5 ? 1 : 0;
        bool as_told =
            isnan(rows[k].t50) ? isnan(t50) : fabs(t50 / rows[k].t50 - 1) < 2e-3;
        if (out != rows[k].out || !as_told)
            fail_msg("NOR(%g, %g): output %g after %g ns", rows[k].a, rows[k].b, out,
                     t50);
        if (fabs(x[0] - (1 - rows[k].a)) > 1e-3 || fabs(x[1] - (1 - rows[k].b)) > 1e-3)
            fail_msg("NOR(%g, %g) disturbs its inputs", rows[k].a, rows[k].b);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_points),
        cmocka_unit_test(test_runs),
        cmocka_unit_test(test_imply),
        cmocka_unit_test(test_magic),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
