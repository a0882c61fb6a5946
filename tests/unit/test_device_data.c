/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Devices against what other programs computed and what was measured. The files are not
 * part of the project: the environment variable XBAR_DATA names their folder, and without
 * it these tests are left out. Each tolerance is what the file bears: its own steps,
 * printed digits and solver. */
#include "device_check.h"

enum { MAX_COLUMNS = 12, MAX_LINES = 20000 };

typedef struct table {
    size_t n_lines, n_columns;
    double *cells;
} table;

static double cell_of(const table *t, size_t line, size_t column)
{
    return t->cells[line * t->n_columns + column];
}

/* A CSV with comments and one line of names. */
static table read_table(const char *name)
{
    char path[512];
    char line[1024];
    snprintf(path, sizeof path, "%s/%s.csv", getenv("XBAR_DATA"), name);
    FILE *in = fopen(path, "r");
    if (!in)
        fail_msg("%s cannot be read", path);
    table t = {.cells = calloc((size_t)MAX_LINES * MAX_COLUMNS, sizeof(double))};
    assert_non_null(t.cells);
    while (fgets(line, sizeof line, in)) {
        char *at = line;
        size_t column = 0;
        if (*line == '#' || (*line >= 'a' && *line <= 'z'))
            continue;
        assert_true(t.n_lines < MAX_LINES);
        while (*at != '\0' && *at != '\n') {
            char *end = at;
            assert_true(column < MAX_COLUMNS);
            size_t width = t.n_columns > 0 ? t.n_columns : MAX_COLUMNS;
            t.cells[t.n_lines * width + column++] = strtod(at, &end);
            assert_true(end > at);
            at = end + (*end == ',');
        }
        if (t.n_columns == 0)
            t.n_columns = column;
        assert_int_equal(column, t.n_columns);
        t.n_lines++;
    }
    fclose(in);
    assert_true(t.n_lines > 10);
    return t;
}

static bool have_data(void)
{
    return getenv("XBAR_DATA") != NULL;
}

#define NEEDS_DATA                                                                     \
    if (!have_data())                                                                  \
    LEAVE_OUT("no data: XBAR_DATA does not name their folder")

/* ---- one device, driven from a source through a resistor ----------------------------- */

typedef struct replay {
    device_circuit circuit;
    const gsl_odeiv2_step_type *step;
    double tolerance; /* of the integration */
    size_t i_column;
    double cut;  /* s: nothing is compared so near to a snap; 0: everything is */
    double snap; /* A/s: faster than any source makes it */
    /* found */
    size_t n_compared;
    double peak, worst, rms;
    double x_min, x_max;
} replay;

/* Is a snap near? */
static bool near_snap(const replay *r, const table *t, size_t line)
{
    const double now = cell_of(t, line, 0);
    for (int way = -1; way <= 1; way += 2)
        for (size_t k = line; k > 0 && k + 1 < t->n_lines; k += (size_t)way) {
            if (fabs(cell_of(t, k, 0) - now) > r->cut)
                break;
            double jump = cell_of(t, k, r->i_column) - cell_of(t, k - 1, r->i_column);
            double time = cell_of(t, k, 0) - cell_of(t, k - 1, 0);
            if (time > 0.0 && fabs(jump) / time > r->snap)
                return true;
        }
    return false;
}

/* Integrates from line to line and compares the current. */
static void play(replay *r, const table *t, double *x)
{
    double sum = 0.0;
    size_t n = 0;
    r->worst = r->peak = 0.0;
    r->x_min = r->x_max = x[0];
    for (size_t k = 0; k < t->n_lines; k++)
        r->peak = fmax(r->peak, fabs(cell_of(t, k, r->i_column)));
    for (size_t k = 0; k < t->n_lines; k++) {
        double now = cell_of(t, k, 0);
        double before = k > 0 ? cell_of(t, k - 1, 0) : now;
        if (now > before)
            assert_int_equal(
                device_integrate(&r->circuit, x, before, now, r->step, r->tolerance),
                GSL_SUCCESS);
        r->x_min = fmin(r->x_min, x[0]);
        r->x_max = fmax(r->x_max, x[0]);
        if (r->cut > 0.0 && near_snap(r, t, k))
            continue;
        double i = device_at(r->circuit.c, device_volt(&r->circuit, now, x), x).i;
        double error = fabs(i - cell_of(t, k, r->i_column));
        r->worst = fmax(r->worst, error);
        sum += error * error;
        n++;
    }
    r->n_compared = n;
    r->rms = sqrt(sum / (double)n);
    assert_true(n > t->n_lines / 2); /* not cut to pieces */
}

static void test_vteam_memtorch(void **unused)
{
    (void)unused;
    NEEDS_DATA;
    table t = read_table("memtorch_vteam_sine0p25");
    device_case c = device_case_of("vteam", "default");
    *device_parameter(&c, "edge") = 1e-6; /* MemTorch stops dead at its bounds */
    const device_wave wave = {0.25, 50e6};
    replay r = {.circuit = {&c, device_sine, &wave, 0},
                .step = gsl_odeiv2_step_rk8pd,
                .tolerance = 1e-10,
                .i_column = 2};
    double x = 0.5;
    play(&r, &t, &x);
    free(t.cells);
    print_message("# VTEAM against MemTorch: %.2g of the peak\n", r.worst / r.peak);
    assert_true(r.worst < 4e-4 * r.peak); /* MemTorch's Euler steps: 2.7e-4 */
}

static void test_drift_biolek(void **unused)
{
    (void)unused;
    NEEDS_DATA;
    table t = read_table("ltspice_hp_biolek_sine");
    device_case c = device_case_of("drift", "biolek");
    const device_wave wave = {1.0, 1.0};
    replay r = {.circuit = {&c, device_sine, &wave, 0},
                .step = gsl_odeiv2_step_rk8pd,
                .tolerance = 1e-10,
                .i_column = 3};
    double x = 0.5;
    play(&r, &t, &x);
    free(t.cells);
    print_message("# drift against LTspice: %.2g of the peak\n", r.worst / r.peak);
    assert_true(r.worst < 0.03 * r.peak); /* 64 steps a period there */
}

/* Ten periods behind 50 ohm. Xyce sets its snaps 21 ns early. */
static void test_team_xyce(void **unused)
{
    (void)unused;
    NEEDS_DATA;
    table t = read_table("xyce_team_sine");
    device_case c = device_case_of("team", "default");
    const device_wave wave = {1.0, 1e3};
    replay r = {.circuit = {&c, device_sine, &wave, 50.0},
                .step = gsl_odeiv2_step_rkck,
                .tolerance = 1e-8,
                .i_column = 3,
                .cut = 0.3e-6,
                .snap = 600};
    double x = 0.0;
    play(&r, &t, &x);
    double gold_min = 0.0;
    double gold_max = 0.0;
    for (size_t k = 0; k < t.n_lines; k++) {
        gold_min = fmin(gold_min, cell_of(&t, k, 4));
        gold_max = fmax(gold_max, cell_of(&t, k, 4));
    }
    free(t.cells);
    print_message("# TEAM against Xyce: %.2g of the peak, w from %.6g to %.6g nm\n",
                  r.worst / r.peak, 3.0 * r.x_min, 3.0 * r.x_max);
    assert_true(r.worst < 1e-3 * r.peak);
    assert_true(r.rms < 1e-4 * r.peak);
    assert_true(fabs(3.0 * r.x_min / gold_min - 1.0) < 1e-4);
    assert_true(fabs(3.0 * r.x_max / gold_max - 1.0) < 1e-4);
}

/* Behind 50 ohm; a tight integration of the same circuit. */
static void test_yakopcic_ode(void **unused)
{
    (void)unused;
    NEEDS_DATA;
    table t = read_table("ode_yakopcic_sine");
    device_case c = device_case_of("yakopcic", "default");
    const device_wave wave = {0.5, 100};
    replay r = {.circuit = {&c, device_sine, &wave, 50.0},
                .step = gsl_odeiv2_step_rk8pd,
                .tolerance = 1e-10,
                .i_column = 2};
    double x = 0.11;
    play(&r, &t, &x);
    print_message("# Yakopcic against an ODE: %.2g of the peak\n", r.worst / r.peak);
    assert_true(r.worst < 3e-6 * r.peak);
    assert_true(fabs(x - cell_of(&t, t.n_lines - 1, 3)) < 1e-6);
    free(t.cells);
}

/* 0, 1 V at 1 s, -2 V at 2 s, 0 at 3 s */
static double ramps(double t, const void *with)
{
    (void)with;
    return t < 1.0 ? t : t < 2.0 ? 4.0 - 3.0 * t : 2.0 * t - 6.0;
}

static void test_yakopcic2_ltspice(void **unused)
{
    (void)unused;
    NEEDS_DATA;
    table t = read_table("ltspice_yakopcic2_pwl");
    device_case c = device_case_of("yakopcic2", "default");
    replay r = {.circuit = {&c, ramps, NULL, 0},
                .step = gsl_odeiv2_step_rk8pd,
                .tolerance = 1e-10,
                .i_column = 3};
    double x = 0.0;
    play(&r, &t, &x);
    print_message("# two branches against LTspice: %.2g of the peak\n",
                  r.worst / r.peak);
    assert_true(r.worst < 1e-3 * r.peak);
    assert_true(fabs(x - cell_of(&t, t.n_lines - 1, 2)) < 1e-5);
    free(t.cells);
}

/* The cells P and Q of a gate: from 10 V and 10.5 V to a node, 5 kohm to ground; a
 * positive source voltage lowers R. */
static int imply_ode(double t, const double *x, double *dx_dt, void *with)
{
    (void)t;
    const device_case *c = with;
    const double source[] = {10.0, 10.5};
    double g[] = {1e-3 / x[0], 1e-3 / x[1]};
    double u = (g[0] * source[0] + g[1] * source[1]) / (g[0] + g[1] + 1.0 / 5e3);
    for (size_t k = 0; k < 2; k++)
        dx_dt[k] = device_at(c, source[k] - u, &x[k]).dx_dt[0];
    return GSL_SUCCESS;
}

static void test_pershin_imply(void **unused)
{
    (void)unused;
    NEEDS_DATA;
    table t = read_table("ngspice_pershin_imply_p0q0");
    device_case c = device_case_of("pershin", "default");
    *device_parameter(&c, "pol") = -1;
    *device_parameter(&c, "edge") = 1e-4; /* a hard stop there */
    double x[] = {10.0, 10.0};
    double now = 1e-9; /* the pulses last from 1 to 4 ns */
    double worst = 0.0;
    gsl_odeiv2_system system = {imply_ode, NULL, 2, &c};
    for (size_t k = 0; k < t.n_lines; k++) {
        double to = fmin(cell_of(&t, k, 0), 4e-9);
        if (to > now) {
            gsl_odeiv2_driver *driver = gsl_odeiv2_driver_alloc_y_new(
                &system, gsl_odeiv2_step_rkck, 1e-13, 1e-9, 1e-9);
            assert_int_equal(gsl_odeiv2_driver_apply(driver, &now, to, x), GSL_SUCCESS);
            gsl_odeiv2_driver_free(driver);
        }
        for (size_t n = 0; n < 2; n++)
            worst = fmax(worst, fabs(1e3 * x[n] / cell_of(&t, k, 1 + n) - 1.0));
    }
    free(t.cells);
    print_message("# Pershin's cells in a gate: %.2g of a resistance, %.1f %.1f ohm\n",
                  worst, 1e3 * x[0], 1e3 * x[1]);
    assert_true(fabs(1e3 * x[0] - 3843.4) < 0.5); /* a tight integration */
    assert_true(fabs(1e3 * x[1] - 1203.4) < 0.5);
    assert_true(worst < 0.02); /* that run had ngspice's default tolerances */
}

/* A measured period, point to point, over and over. */
typedef struct loop {
    const table *t;
    double period;
} loop;

static double measured(double t, const void *with)
{
    const loop *l = with;
    const size_t n = l->t->n_lines;
    double place = fmod(t, l->period) / l->period * (double)n;
    size_t k = (size_t)place % n;
    double share = place - floor(place);
    return cell_of(l->t, k, 1) * (1.0 - share) + cell_of(l->t, (k + 1) % n, 1) * share;
}

/* A memristor behind 5 kohm (Knowm Memristor Discovery from Knowm Inc) against the set
 * that was fitted to it, in the steady state. */
static void test_mss_measured(void **unused)
{
    (void)unused;
    NEEDS_DATA;
    table t = read_table("meas_knowm_wsdc_5k_100Hz");
    device_case c = device_case_of("mss", "wsdc");
    const loop l = {&t, 0.01};
    replay r = {.circuit = {&c, measured, &l, 5e3},
                .step = gsl_odeiv2_step_rkck,
                .tolerance = 1e-6,
                .i_column = 3};
    double x = 0.1;
    assert_int_equal(device_integrate(&r.circuit, &x, 0, 0.05, r.step, 1e-6),
                     GSL_SUCCESS);
    play(&r, &t, &x);
    free(t.cells);
    print_message(
        "# switches against a measured loop: rms %.2g, worst %.2g of the peak\n",
        r.rms / r.peak, r.worst / r.peak);
    assert_true(r.rms < 0.02 * r.peak && r.worst < 0.12 * r.peak); /* a smooth model */
}

/* The cell of that C++ program, which has eps_0 = 8.6549e-12 F/m. */
static device_case jart_cell(void)
{
    device_case c = device_case_of("jart", "default");
    *device_parameter(&c, "rth0") = 1e7;
    *device_parameter(&c, "eps") *= 8.6549e-12 / 8.8541878128e-12;
    *device_parameter(&c, "eps_b") *= 8.6549e-12 / 8.8541878128e-12;
    return c;
}

static double jart_state_of(double n)
{
    return log(n / 0.008) / log(20.0 / 0.008);
}

static int compare_doubles(const void *a, const void *b)
{
    const double x = *(const double *)a;
    const double y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Currents at the states and temperatures of the file, which are those of the step before;
 * steps of 1 ms, of which every tenth is there. */
static void test_jart_currents(void **unused)
{
    (void)unused;
    NEEDS_DATA;
    static double errors[MAX_LINES];
    table t = read_table("jart_v1b_cpp_sweep");
    device_case c = jart_cell();
    *device_parameter(&c, "rth0") = 0.0;
    size_t n = 0;
    for (size_t k = 1; k < t.n_lines; k++) {
        double v = cell_of(&t, k, 1);
        double i = cell_of(&t, k, 2);
        double kelvin = cell_of(&t, k, 4);
        if (i == 0.0)
            continue;
        *device_parameter(&c, "t0") = kelvin - 0.1 * (kelvin - cell_of(&t, k - 1, 4));
        double x = jart_state_of(cell_of(&t, k, 3));
        errors[n++] = fabs(device_at(&c, v, &x).i / i - 1.0);
    }
    free(t.cells);
    qsort(errors, n, sizeof *errors, compare_doubles);
    print_message("# JART's currents against C++: median %.2g, nine of ten %.2g\n",
                  errors[n / 2], errors[n * 9 / 10]);
    assert_true(errors[n / 2] < 1e-5 && errors[n * 9 / 10] < 2e-3);
}

/* 0, -1.5 V at 1.5 s, 0 at 3 s, 1.5 V at 4.5 s, 0 at 6 s */
static double triangles(double t, const void *with)
{
    (void)with;
    return t < 1.5 ? -t : t < 4.5 ? t - 3.0 : 6.0 - t;
}

/* The whole loop. That program's explicit steps of 1 ms set 20 ms late and leave 2 % of
 * the speed; snaps are cut out. */
static void test_jart_loop(void **unused)
{
    (void)unused;
    NEEDS_DATA;
    table t = read_table("jart_v1b_cpp_sweep");
    device_case c = jart_cell();
    replay r = {.circuit = {&c, triangles, NULL, 0},
                .step = gsl_odeiv2_step_rkck,
                .tolerance = 1e-7,
                .i_column = 2,
                .cut = 0.05,
                .snap = 5e-3};
    double x = 0.0;
    play(&r, &t, &x);
    free(t.cells);
    print_message("# JART's loop against C++: %.2g of the peak, rms %.2g\n",
                  r.worst / r.peak, r.rms / r.peak);
    assert_true(r.worst < 0.02 * r.peak && r.rms < 5e-3 * r.peak);
    assert_true(r.x_max > 0.999 && x < 0.1); /* set, and reset again */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_vteam_memtorch),    cmocka_unit_test(test_drift_biolek),
        cmocka_unit_test(test_team_xyce),         cmocka_unit_test(test_yakopcic_ode),
        cmocka_unit_test(test_yakopcic2_ltspice), cmocka_unit_test(test_pershin_imply),
        cmocka_unit_test(test_mss_measured),      cmocka_unit_test(test_jart_currents),
        cmocka_unit_test(test_jart_loop),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
