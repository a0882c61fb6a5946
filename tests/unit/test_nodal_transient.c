/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Arrays in time: errors fall with the tolerance, energy and charge are kept, capacitances
 * follow their formulas, and a run in parts is a run. */
#include "nodal_runs.h"

/* ---- states ------------------------------------------------------------------------------- */

static const struct {
    const char *name, *device, *set;
    size_t n_rows, n_cols;
    double ohm, volt, end;
    double farad;
    bool is_sine;
} moving[] = {
    {"vteam, reset", "vteam", "default", 4, 3, 2.5, 0.5, 1e-7, 0.0, false},
    {"vteam, set", "vteam", "default", 4, 4, 2.5, -1.0, 1e-8, 0.0, false},
    {"vteam, set, with capacitances", "vteam", "default", 3, 4, 2.5, -1.0, 1e-8, 1e-12,
     false},
    {"yakopcic, sine", "yakopcic", "default", 4, 4, 20.0, 0.4, 1e-2, 0.0, true},
    {"stanford, set, 20 ohm", "stanford", "default", 3, 3, 20.0, 1.5, 1e-6, 0.0, false},
    {"memdiode, sine, ideal wires", "memdiode", "default", 4, 4, 0.0, 1.5, 1.0, 0.0,
     true},
    {"pcm, two states", "pcm", "default", 3, 3, 2.5, 1.5, 1e-6, 0.0, false},
    {"jart, set", "jart", "default", 2, 2, 2.5, -1.2, 1e-3, 0.0, false},
    {"mss, sine", "mss", "default", 4, 4, 2.5, 0.4, 1e-2, 0.0, true},
};

static run_case moving_new(size_t k)
{
    run_case z = run_new(moving[k].device, moving[k].set, moving[k].n_rows,
                         moving[k].n_cols, moving[k].ohm);
    z.c->row_farad = z.c->col_farad = moving[k].farad;
    if (moving[k].is_sine)
        run_sine(&z, moving[k].volt, moving[k].end);
    else
        run_pulse(&z, moving[k].volt, moving[k].end);
    return z;
}

/* The largest error of a state over its scale, of a current over the largest one, of an
 * energy over the whole one. */
typedef struct deviation {
    double state, current, energy;
} deviation;

static deviation compare(const run_case *z, const run_record *r, const run_record *want)
{
    xbar_state_range range[XBAR_MAX_STATES];
    deviation d = {0};
    xbar_cell_ranges(&z->c->cell, range);
    for (size_t s = 0; s < z->n_states; s++)
        d.state =
            fmax(d.state, distance_of(r->m.state[s], want->m.state[s], r->n * z->n) /
                              range[s].scale);
    d.current = distance_of(r->m.i_cell, want->m.i_cell, r->n * z->n) /
                largest_of(want->m.i_cell, r->n * z->n);
    d.energy = distance_of(r->m.heat, want->m.heat, r->n * z->n) /
               largest_of(want->m.heat, r->n * z->n);
    return d;
}

static void test_errors_fall_with_the_tolerance(void **unused)
{
    (void)unused;
    enum { MOMENTS = 37 };
    static const double tolerances[] = {1e-3, 1e-4, 1e-5, 1e-6};
    /* errors of single steps add up, and what accelerates itself makes them grow */
    static const double most = 5.0;
    for (size_t k = 0; k < sizeof moving / sizeof *moving; k++) {
        run_case z = moving_new(k);
        run_record want = run_to(&z, 1e-8, moving[k].end, MOMENTS);
        for (size_t t = 0; t < sizeof tolerances / sizeof *tolerances; t++) {
            run_record r = run_to(&z, tolerances[t], moving[k].end, MOMENTS);
            const deviation d = compare(&z, &r, &want);
            const double worst = fmax(d.state, fmax(d.current, d.energy));
            if (!(worst <= most * tolerances[t]))
                fail_msg("%s at %g: states %.2g, currents %.2g, energies %.2g off",
                         moving[k].name, tolerances[t], d.state, d.current, d.energy);
            record_free(&r);
        }
        record_free(&want);
        run_free(&z);
    }
}

/* A state that moves smoothly costs as many steps as a method of fourth order needs. */
static void test_order(void **unused)
{
    (void)unused;
    run_case z = run_new("memdiode", "default", 3, 3, 2.5);
    run_sine(&z, 1.5, 1.0);
    run_record coarse = run_to(&z, 1e-4, 1.0, 1);
    run_record fine = run_to(&z, 1e-8, 1.0, 1);
    const double ratio = (double)fine.counts.n_steps / (double)coarse.counts.n_steps;
    /* 10^(4/4) = 10; third order would take 21 times as many */
    if (!(ratio > 4.0 && ratio < 16.0))
        fail_msg("%zu steps at 1e-4, %zu at 1e-8", coarse.counts.n_steps,
                 fine.counts.n_steps);
    record_free(&coarse);
    record_free(&fine);
    run_free(&z);
}

/* ---- energy and charge ---------------------------------------------------------------------- */

/* What the sources give stays in the cells where wires are ideal. */
static void test_energy_without_wires(void **unused)
{
    (void)unused;
    run_case z = run_new("vteam", "default", 4, 5, 0.0);
    run_pulse(&z, 0.5, 1e-7);
    run_record r = run_to(&z, 1e-4, 1e-7, 10);
    for (size_t k = 0; k < r.n; k++) {
        const double given = sum_of(r.m.energy[XBAR_LEFT] + k * 4, 4) +
                             sum_of(r.m.energy[XBAR_BOTTOM] + k * 5, 5);
        const double taken = sum_of(r.m.heat + k * z.n, z.n);
        assert_true(given > 0.0);
        if (!(fabs(given - taken) <= 1e-12 * given))
            fail_msg("moment %zu: %.12g J given, %.12g J taken", k, given, taken);
    }
    record_free(&r);
    run_free(&z);
}

/* Behind wires: their heat is i^2 ohm, integrated here over many moments. */
static void test_energy_with_wires(void **unused)
{
    (void)unused;
    enum { ROWS = 3, COLS = 4, MOMENTS = 4000 };
    const double ohm = 200.0;
    const double end = 1e-7;
    run_case z = run_new("vteam", "default", ROWS, COLS, ohm);
    run_sine(&z, 0.5, end);
    run_record r = run_to(&z, 1e-6, end, MOMENTS);
    double wires = 0.0; /* trapezes; all currents are 0 at the beginning and the end */
    for (size_t k = 0; k < MOMENTS; k++) {
        const double *u = r.m.v_row + k * z.n;
        const double *w = r.m.v_col + k * z.n;
        double power = 0.0;
        for (size_t i = 0; i < ROWS; i++) {
            power += ohm * pow(r.m.i_terminal[XBAR_LEFT][k * ROWS + i], 2);
            for (size_t j = 0; j + 1 < COLS; j++)
                power += pow(u[i * COLS + j] - u[i * COLS + j + 1], 2) / ohm;
        }
        for (size_t j = 0; j < COLS; j++) {
            power += ohm * pow(r.m.i_terminal[XBAR_BOTTOM][k * COLS + j], 2);
            for (size_t i = 0; i + 1 < ROWS; i++)
                power += pow(w[i * COLS + j] - w[(i + 1) * COLS + j], 2) / ohm;
        }
        wires += power * end / MOMENTS;
    }
    const size_t last = MOMENTS - 1;
    const double given = sum_of(r.m.energy[XBAR_LEFT] + last * ROWS, ROWS) +
                         sum_of(r.m.energy[XBAR_BOTTOM] + last * COLS, COLS);
    const double taken = sum_of(r.m.heat + last * z.n, z.n) + wires;
    if (!(fabs(given - taken) <= 1e-5 * given))
        fail_msg("%.9g J given, %.9g J taken, %.3g J by wires", given, taken, wires);
    assert_true(wires > 0.1 * given);
    record_free(&r);
    run_free(&z);
}

/* ---- capacitances ---------------------------------------------------------------------------- */

/* v(t) of a capacitance behind a resistor after a ramp of `rise` to 1 V, with tau = RC. */
static double ramp_response(double t, double rise, double tau)
{
    /* ramp of slope 1/rise from 0 on, less the same from `rise` on */
    double v = (t - tau + tau * exp(-t / tau)) / rise;
    if (t > rise)
        v -= (t - rise - tau + tau * exp(-(t - rise) / tau)) / rise;
    return v;
}

static void rise_and_stay(run_case *z, double rise, double end)
{
    const double t[] = {0.0, rise, end};
    const double v[] = {0.0, 1.0, 1.0};
    assert_int_equal(xbar_waveform_linear(&z->wave, t, v, 3, NULL), XBAR_OK);
}

/* A word line of which all cells are open: a ladder of N times (ohm, farad). Its modes are
 *     s_m(k) = sin((2m-1) k pi/(2N+1)),  lambda_m = 4 sin^2((2m-1) pi/(4N+2))/(R C) */
static double ladder(size_t n, size_t k, double t, double rise, double rc)
{
    const double pi = acos(-1.0);
    double v = 0.0;
    for (size_t m = 1; m <= n; m++) {
        const double a = (2.0 * (double)m - 1.0) * pi;
        double one = 0.0;
        for (size_t q = 1; q <= n; q++)
            one += sin(a * (double)q / (2.0 * (double)n + 1.0));
        const double norm = (2.0 * (double)n + 1.0) / 4.0;
        const double lambda = 4.0 * pow(sin(a / (4.0 * (double)n + 2.0)), 2) / rc;
        v += one / norm * sin(a * (double)k / (2.0 * (double)n + 1.0)) *
             ramp_response(t, rise, 1.0 / lambda);
    }
    return v;
}

static void test_ladder(void **unused)
{
    (void)unused;
    enum { N = 12, MOMENTS = 60 };
    const double ohm = 50.0;
    const double farad = 1e-15;
    const double end = 2e-11;
    const double rise = 1e-13;
    static const double tolerances[] = {1e-3, 1e-5, 1e-7};
    run_case z = run_new("linear", "default", 1, N, ohm);
    z.c->row_farad = farad;
    for (size_t j = 0; j < N; j++) {
        z.rest[j] = 0.0;
        z.factor.volt[XBAR_BOTTOM][j] = (double)NAN;
    }
    rise_and_stay(&z, rise, end);
    for (size_t t = 0; t < 3; t++) {
        run_record r = run_to(&z, tolerances[t], end, MOMENTS);
        for (size_t k = 0; k < MOMENTS; k++) {
            const double at = end * (double)(k + 1) / MOMENTS;
            for (size_t j = 0; j < N; j++) {
                const double want = ladder(N, j + 1, at, rise, ohm * farad);
                const double got = r.m.v_row[k * N + j];
                if (!(fabs(got - want) <= 2.0 * tolerances[t]))
                    fail_msg("tolerance %g, %g s, node %zu: %.9g V, want %.9g",
                             tolerances[t], at, j, got, want);
            }
        }
        record_free(&r);
    }
    run_free(&z);
}

/* A terminal's own capacitance behind its resistance, with a linear cell to ground. */
static void test_terminal_capacitance(void **unused)
{
    (void)unused;
    enum { MOMENTS = 50 };
    const double ohm = 1e3;
    const double farad = 1e-12;
    const double g = 2e-3;
    const double end = 5e-9;
    const double rise = 1e-10;
    run_case z = run_new("linear", "default", 1, 1, 0.0);
    double terminal_farad = farad;
    z.c->terminal_ohm[XBAR_LEFT][0] = ohm;
    z.c->terminal_farad[XBAR_LEFT] = &terminal_farad;
    z.rest[0] = g;
    rise_and_stay(&z, rise, end);
    run_record r = run_to(&z, 1e-6, end, MOMENTS);
    const double share = 1.0 / (1.0 + ohm * g);
    for (size_t k = 0; k < MOMENTS; k++) {
        const double at = end * (double)(k + 1) / MOMENTS;
        const double want = share * ramp_response(at, rise, share * ohm * farad);
        if (!(fabs(r.m.v_row[k] - want) <= 1e-6))
            fail_msg("%g s: %.9g V, want %.9g", at, r.m.v_row[k], want);
    }
    /* the charge that the source has given: E = V Q once it stands still */
    const double stored = 0.5 * farad * pow(r.m.v_row[MOMENTS - 1], 2);
    assert_true(stored > 0.0 && r.m.energy[XBAR_LEFT][MOMENTS - 1] > stored);
    z.c->terminal_farad[XBAR_LEFT] = NULL;
    record_free(&r);
    run_free(&z);
}

/* Lines that sources of 0 ohm hold: what their capacitances take is C dV/dt. */
static void test_held_capacitances(void **unused)
{
    (void)unused;
    enum { MOMENTS = 20 };
    const double farad = 1e-12;
    const double end = 1e-9;
    run_case z = run_new("linear", "default", 2, 3, 0.0);
    z.c->row_farad = farad;
    run_sine(&z, 1.0, end);
    run_record r = run_to(&z, 1e-6, end, MOMENTS);
    const double w = 2.0 * acos(-1.0) / end;
    const double scale = 3.0 * farad * w;
    for (size_t k = 0; k < MOMENTS; k++) {
        const double at = end * (double)(k + 1) / MOMENTS;
        for (size_t i = 0; i < 2; i++) {
            const double through = sum_of(r.m.i_cell + k * 6 + i * 3, 3);
            const double want = scale * cos(w * at) + through;
            const double got = r.m.i_terminal[XBAR_LEFT][k * 2 + i];
            if (!(fabs(got - want) <= 1e-4 * scale))
                fail_msg("%g s, row %zu: %.9g A, want %.9g", at, i, got, want);
        }
    }
    record_free(&r);
    run_free(&z);
}

/* ---- what a run is --------------------------------------------------------------------------- */

static void test_parts(void **unused)
{
    (void)unused;
    enum { MOMENTS = 24 };
    for (size_t k = 0; k < 5; k++) {
        xbar_error err;
        run_case z = moving_new(k);
        double t_s[MOMENTS];
        for (size_t m = 0; m < MOMENTS; m++)
            t_s[m] = moving[k].end * (double)m / (MOMENTS - 1);
        run_record want = run_to(&z, 1e-8, moving[k].end, 1);
        run_record whole = record_new(&z, MOMENTS);
        run_record parts = record_new(&z, MOMENTS);
        assert_int_equal(run_over(&z, 1e-4, t_s, MOMENTS, MOMENTS, &whole, &err),
                         XBAR_OK);
        assert_int_equal(run_over(&z, 1e-4, t_s, MOMENTS, 5, &parts, &err), XBAR_OK);
        const deviation d = compare(&z, &parts, &whole);
        const double end = distance_of(parts.end, want.end, z.n_states * z.n);
        if (!(d.state <= 1e-3 && d.current <= 1e-3 && d.energy <= 1e-3 && end <= 1e-3))
            fail_msg("%s: states %.2g (%.2g at the end), currents %.2g, energies %.2g",
                     moving[k].name, d.state, end, d.current, d.energy);
        record_free(&want);
        record_free(&whole);
        record_free(&parts);
        run_free(&z);
    }
}

static void test_determinism(void **unused)
{
    (void)unused;
    for (size_t k = 0; k < 3; k++) {
        run_case z = moving_new(k);
        run_record a = run_to(&z, 1e-4, moving[k].end, 7);
        run_record b = run_to(&z, 1e-4, moving[k].end, 7);
        assert_memory_equal(a.m.i_cell, b.m.i_cell, 7 * z.n * sizeof(double));
        assert_memory_equal(a.m.state[0], b.m.state[0], 7 * z.n * sizeof(double));
        assert_memory_equal(a.m.heat, b.m.heat, 7 * z.n * sizeof(double));
        record_free(&a);
        record_free(&b);
        run_free(&z);
    }
}

/* All conductances and capacitances times 8: so are currents and energies, to the bit. */
static void test_scaling(void **unused)
{
    (void)unused;
    run_record r[2];
    run_case z[2];
    for (int k = 0; k < 2; k++) {
        const double factor = k == 0 ? 1.0 : 8.0;
        z[k] = run_new("linear", "default", 4, 4, 16.0 / factor);
        z[k].c->row_farad = z[k].c->col_farad = 1e-12 * factor;
        for (size_t m = 0; m < z[k].n; m++)
            z[k].rest[m] *= factor;
        run_pulse(&z[k], 1.0, 1e-9);
        r[k] = run_to(&z[k], 1e-4, 1e-9, 5);
    }
    for (size_t m = 0; m < 5 * z[0].n; m++) {
        assert_true(8.0 * r[0].m.i_cell[m] == r[1].m.i_cell[m]);
        assert_true(8.0 * r[0].m.heat[m] == r[1].m.heat[m]);
    }
    for (int k = 0; k < 2; k++) {
        record_free(&r[k]);
        run_free(&z[k]);
    }
}

static void test_stuck_and_open_cells(void **unused)
{
    (void)unused;
    run_case z = run_new("vteam", "default", 3, 3, 2.5);
    run_pulse(&z, 0.5, 1e-7);
    void *memory = NULL;
    assert_int_equal(xbar_array_new(&memory, z.n, 1, "test", NULL), XBAR_OK);
    z.is_stuck = memory;
    z.is_stuck[4] = 1;
    z.rest[7] = 0.0;
    run_record r = run_to(&z, 1e-4, 1e-7, 4);
    for (size_t k = 0; k < 4; k++) {
        assert_true(r.m.state[0][k * 9 + 4] == z.state[4]);
        assert_true(isnan(r.m.state[0][k * 9 + 7]));
        assert_true(r.m.i_cell[k * 9 + 7] == 0.0);
        assert_true(r.m.heat[k * 9 + 7] == 0.0);
        assert_true(r.m.state[0][k * 9] != z.state[0]);
    }
    record_free(&r);
    run_free(&z);
}

/* Nothing at all happens: few steps, and no motion. */
static void test_rest(void **unused)
{
    (void)unused;
    run_case z = run_new("vteam", "default", 8, 8, 2.5);
    run_pulse(&z, 0.0, 1.0);
    run_record r = run_to(&z, 1e-4, 1.0, 3);
    assert_memory_equal(r.end, z.state, z.n * sizeof(double));
    assert_true(largest_of(r.m.i_cell, 3 * z.n) == 0.0);
    assert_true(r.counts.n_steps < 20);
    record_free(&r);
    run_free(&z);
}

/* A sine of ten thousand periods without a corner is not stepped over. */
static void test_no_aliasing(void **unused)
{
    (void)unused;
    run_case z = run_new("linear", "default", 1, 1, 0.0);
    xbar_waveform_sine(&z.wave, 0.0, 1.0, 1000.0, 1e4);
    run_record r = run_to(&z, 1e-3, 0.1, 1);
    const double want = 0.5 * z.rest[0] * 0.1;
    if (!(fabs(r.m.heat[0] - want) <= 1e-3 * want))
        fail_msg("%.9g J, want %.9g", r.m.heat[0], want);
    record_free(&r);
    run_free(&z);
}

/* ---- refusals ----------------------------------------------------------------------------------- */

static void test_refusals(void **unused)
{
    (void)unused;
    xbar_error err;
    run_case z = run_new("vteam", "default", 2, 2, 2.5);
    run_pulse(&z, 0.5, 1e-7);
    const xbar_schedule schedule = run_schedule(&z);
    xbar_nodal *solver = NULL;
    xbar_transient *t = NULL;
    xbar_moments m = {0};
    assert_int_equal(xbar_nodal_new(&solver, z.c, NULL, NULL), XBAR_OK);
    assert_int_equal(xbar_transient_new(&t, solver, z.c, NULL), XBAR_OK);
    const double now = 1e-9;
    assert_int_equal(xbar_transient_advance(t, &schedule, &now, 1, &m, &err),
                     XBAR_ERR_INPUT);
    static const xbar_transient_start wrong[] = {
        {.tolerance = 1e-10},       {.tolerance = 0.2},   {.tolerance = -1.0},
        {.tolerance = (double)NAN}, {.max_step_s = -1.0}, {.max_step_s = (double)NAN},
        {.t_s = (double)INFINITY},
    };
    for (size_t k = 0; k < sizeof wrong / sizeof *wrong; k++) {
        assert_int_equal(xbar_transient_begin(t, &wrong[k], &err), XBAR_ERR_INPUT);
        assert_int_equal(xbar_transient_advance(t, &schedule, &now, 1, &m, &err),
                         XBAR_ERR_INPUT);
    }
    static const double times[][2] = {
        {2e-9, 1e-9}, {1e-9, 1e-9}, {-1e-9, 1e-9}, {1e-9, (double)NAN}};
    for (size_t k = 0; k < sizeof times / sizeof *times; k++) {
        assert_int_equal(xbar_transient_begin(t, &(xbar_transient_start){0}, NULL),
                         XBAR_OK);
        assert_int_equal(xbar_transient_advance(t, &schedule, times[k], 2, &m, &err),
                         XBAR_ERR_INPUT);
    }
    /* a run may begin anew, and does */
    assert_int_equal(xbar_transient_begin(t, &(xbar_transient_start){0}, NULL),
                     XBAR_OK);
    assert_int_equal(xbar_transient_advance(t, &schedule, &now, 1, &m, &err), XBAR_OK);
    xbar_transient_free(t);
    xbar_nodal_free(solver);
    run_free(&z);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_errors_fall_with_the_tolerance),
        cmocka_unit_test(test_order),
        cmocka_unit_test(test_energy_without_wires),
        cmocka_unit_test(test_energy_with_wires),
        cmocka_unit_test(test_ladder),
        cmocka_unit_test(test_terminal_capacitance),
        cmocka_unit_test(test_held_capacitances),
        cmocka_unit_test(test_parts),
        cmocka_unit_test(test_determinism),
        cmocka_unit_test(test_scaling),
        cmocka_unit_test(test_stuck_and_open_cells),
        cmocka_unit_test(test_rest),
        cmocka_unit_test(test_no_aliasing),
        cmocka_unit_test(test_refusals),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
