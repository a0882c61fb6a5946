/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The spice engine in time: arrays at every moment against the same array at rest,
 * capacitances against exponentials, energy against the resistors' heat, and what an
 * advance must keep: states over new circuits, stuck and open cells, the present. */
#include "time_runs.h"

#include <dirent.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

/* An engine on an array, in time. */
typedef struct fixture {
    xbar_crossbar *c;
    const xbar_engine *engine;
    void *self;
    xbar_stimulus rest;
    time_drive drive;
    xbar_waveform wave;
    xbar_schedule schedule;
} fixture;

static void assert_near(const char *what, double got, double want, double absolute)
{
    if (!(fabs(got - want) <= absolute))
        fail_msg("%s: got %.12g, want %.12g to %g", what, got, want, absolute);
}

/* Takes the array over: left side at the wave, bottom at 0 V. */
static fixture make(xbar_crossbar *c, const double *state)
{
    fixture f = {.c = c, .engine = xbar_engine_find("spice")};
    assert_int_equal(f.engine->open(&f.self, c, NULL, NULL), XBAR_OK);
    assert_int_equal(f.engine->set_state(f.self, state, state, NULL), XBAR_OK);
    assert_int_equal(xbar_stimulus_init(&f.rest, c, NULL), XBAR_OK);
    for (size_t i = 0; i < c->n_rows; i++)
        f.rest.volt[XBAR_LEFT][i] = 0.0;
    for (size_t j = 0; j < c->n_cols; j++)
        f.rest.volt[XBAR_BOTTOM][j] = 0.0;
    return f;
}

static void drive_left(fixture *f, size_t line)
{
    f->drive = (time_drive){.c = f->c, .rest = &f->rest, .wave = {&f->wave}};
    f->drive.line[XBAR_LEFT] = line;
    f->schedule = time_schedule(&f->drive);
}

static void drive_linear(fixture *f, const double *t_s, const double *volt, size_t n,
                         size_t line)
{
    assert_int_equal(xbar_waveform_linear(&f->wave, t_s, volt, n, NULL), XBAR_OK);
    drive_left(f, line);
}

static void discard(fixture *f)
{
    f->engine->close(f->self);
    xbar_waveform_clear(&f->wave);
    xbar_stimulus_clear(&f->rest);
    xbar_crossbar_free(f->c);
}

static void begin(fixture *f, const xbar_start *start)
{
    xbar_error err = {0};
    if (f->engine->begin(f->self, start, &err) != XBAR_OK)
        fail_msg("%s", err.text);
}

static void advance(fixture *f, const double *t_s, size_t n, xbar_result *r,
                    size_t first)
{
    xbar_error err = {0};
    if (f->engine->advance(f->self, &f->schedule, t_s, n, r, first, &err) != XBAR_OK ||
        r->outcome != XBAR_DONE)
        fail_msg("%s", r->error.text);
}

static xbar_crossbar *plain_array(size_t n_rows, size_t n_cols, double wire_ohm,
                                  double terminal_ohm)
{
    xbar_crossbar *c = array_new(n_rows, n_cols, wire_ohm, wire_ohm);
    array_terminals(c, XBAR_LEFT, terminal_ohm);
    array_terminals(c, XBAR_BOTTOM, terminal_ohm);
    return c;
}

/* ---- networks ------------------------------------------------------------------------ */

/* What stands still is at each moment what the array at rest is. */
static void test_still_cells(void **unused)
{
    (void)unused;
    static const char *const devices[] = {"linear", "sinh", "flash"};
    static const double state[6] = {1e-3, 5e-4, 2e-4, 0.0, 7e-4, 3e-4};
    static const double volts[6] = {0.8, 1.0, 0.6, 0.0, 0.7, 0.5}; /* flash */
    for (size_t d = 0; d < 3; d++) {
        const double *x = d == 2 ? volts : state;
        xbar_crossbar *c = plain_array(2, 3, 4.0, 10.0);
        c->cell = xbar_cell_default(xbar_device_find(devices[d]));
        fixture f = make(c, x);
        xbar_waveform_sine(&f.wave, 0.1, 0.8, 1e3, 2.0);
        drive_left(&f, SIZE_MAX);
        double *t_s = time_moments(0.0, 2.5e-3, 25);
        xbar_result *r = time_result(c, 25);
        begin(&f, &(xbar_start){0});
        advance(&f, t_s, 25, r, 0);
        f.engine->close(f.self);
        double largest = 0.0;
        for (size_t k = 0; k < 25 * 3; k++)
            largest = fmax(largest, fabs(r->i_out[k]));
        xbar_result *still = array_result(c);
        for (size_t k = 0; k < 25; k++) {
            xbar_stimulus s;
            assert_int_equal(xbar_stimulus_init(&s, c, NULL), XBAR_OK);
            time_volts(&s, t_s[k], &f.drive);
            array_solve("spice", c, x, &s, still);
            for (size_t j = 0; j < 3; j++)
                assert_near(devices[d], r->i_out[3 * k + j], still->i_out[j],
                            1e-6 * largest);
            for (size_t n = 0; n < 6; n++)
                assert_near("i_cell", r->i_cell[6 * k + n], still->i_cell[n],
                            1e-6 * largest);
            xbar_stimulus_clear(&s);
        }
        assert_true(r->kcl_residual <= 1e-6 * largest);
        assert_int_equal(f.engine->open(&f.self, c, NULL, NULL), XBAR_OK);
        array_result_free(still);
        time_result_free(r);
        free(t_s);
        discard(&f);
    }
}

/* All that the sources give, the resistors take. */
static void test_energy(void **unused)
{
    (void)unused;
    static const double g[4] = {1e-3, 2e-3, 5e-4, 1e-3};
    static const double t_knot[3] = {0.0, 1e-6, 3e-6};
    static const double v_knot[3] = {0.0, 1.0, -0.5};
    xbar_crossbar *c = plain_array(2, 2, 0.0, 0.0);
    fixture f = make(c, g);
    drive_linear(&f, t_knot, v_knot, 3, SIZE_MAX);
    const double t_s[2] = {1e-6, 3e-6};
    xbar_result *r = time_result(c, 2);
    begin(&f, &(xbar_start){0});
    advance(&f, t_s, 2, r, 0);
    /* the integral of v^2: a/3 (u^2 + u v + v^2) over a ramp from u to v in a */
    const double first = 1e-6 / 3.0;
    const double both = first + 2e-6 / 3.0 * (1.0 - 0.5 + 0.25);
    for (size_t i = 0; i < 2; i++) {
        assert_near("energy, 1", r->energy[XBAR_LEFT][i],
                    (g[2 * i] + g[2 * i + 1]) * first, 2e-4 * 3e-3 * first);
        assert_near("energy, 2", r->energy[XBAR_LEFT][2 + i],
                    (g[2 * i] + g[2 * i + 1]) * both, 2e-4 * 3e-3 * both);
    }
    for (size_t k = 0; k < 4; k++)
        assert_near("heat", r->heat[4 + k], g[k] * both, 2e-4 * g[k] * both);
    assert_true(r->energy[XBAR_BOTTOM][2] == 0.0);
    time_result_free(r);
    discard(&f);
}

/* A word line charged through its terminal's resistance, and held while it stands. */
static void test_capacitance(void **unused)
{
    (void)unused;
    static const double g[1] = {1e-6};
    static const double t_knot[4] = {0.0, 1e-6, 1.001e-6, 2e-6};
    static const double v_knot[4] = {0.5, 0.5, 1.5, 1.5};
    xbar_crossbar *c = plain_array(1, 1, 0.0, 1000.0);
    for (size_t k = 0; k < 1; k++)
        c->terminal_ohm[XBAR_BOTTOM][k] = 0.0;
    c->row_farad = 1e-10;
    double farad[1] = {5e-11};
    c->terminal_farad[XBAR_LEFT] = farad;
    fixture f = make(c, g);
    drive_linear(&f, t_knot, v_knot, 4, SIZE_MAX);
    const double t_s[5] = {0.0, 0.9e-6, 1.1e-6, 1.3e-6, 2e-6};
    xbar_result *r = time_result(c, 5);
    begin(&f, &(xbar_start){0});
    advance(&f, t_s, 5, r, 0);
    const double ohm = 1.0 / (1e-3 + 1e-6);
    const double tau = ohm * 1.5e-10;
    const double end = 1e-3 * ohm; /* of each volt */
    assert_near("begins charged", r->v_row[0], 0.5 * end, 1e-5);
    assert_near("stays charged", r->v_row[1], 0.5 * end, 1e-5);
    for (size_t k = 2; k < 5; k++) {
        /* a ramp of 1 V in 1 ns, then constant */
        const double since = t_s[k] - 1.001e-6;
        const double ramp = 1e-9;
        const double after = tau / ramp * (exp(ramp / tau) - 1.0) * exp(-ramp / tau);
        const double want = end * (1.5 - after * exp(-since / tau));
        assert_near("charges", r->v_row[k], want, 2e-4);
    }
    assert_true(isnan(r->kcl_residual) || r->kcl_residual < 1e-9);
    c->terminal_farad[XBAR_LEFT] = NULL;
    time_result_free(r);
    discard(&f);
}

/* ---- cells that move ----------------------------------------------------------------- */

/* Linear drift between a source and ground: R^2 = R0^2 - 2 k (r_off - r_on) flux. */
static double drift_state(double flux)
{
    const double r_on = 100.0;
    const double r_off = 16000.0;
    const double k = 1e-14 * r_on / (1e-8 * 1e-8);
    const double r0 = r_on * 0.1 + r_off * 0.9;
    const double r = sqrt(r0 * r0 - 2.0 * k * (r_off - r_on) * flux);
    return (r_off - r) / (r_off - r_on);
}

static const double drift_start = 0.1;

static xbar_crossbar *lone_drift(void)
{
    xbar_crossbar *c = plain_array(1, 1, 0.0, 0.0);
    c->cell = xbar_cell_default(xbar_device_find("drift"));
    return c;
}

/* One advance, many, and a run that begins where another one ended agree with the closed
 * form. */
static void test_advances(void **unused)
{
    (void)unused;
    static const double t_knot[3] = {2.0, 2.2, 4.0};
    static const double v_knot[3] = {0.0, 0.8, 0.8};
    enum { N = 8 };
    double *t_s = time_moments(2.0, 2.8, N);
    for (size_t way = 0; way < 3; way++) {
        fixture f = make(lone_drift(), &drift_start);
        drive_linear(&f, t_knot, v_knot, 3, SIZE_MAX);
        xbar_result *r = time_result(f.c, N);
        double x = 0.0;
        begin(&f, &(xbar_start){.t_s = 2.0});
        if (way == 0)
            advance(&f, t_s, N, r, 0);
        for (size_t k = 0; k < N && way > 0; k++) {
            advance(&f, t_s + k, 1, r, k);
            f.engine->states(f.self, &x);
            if (way == 2)
                begin(&f, &(xbar_start){.t_s = t_s[k], .state = &x});
        }
        f.engine->states(f.self, &x);
        for (size_t k = 0; k < N; k++) {
            double t = t_s[k] - 2.0;
            if (getenv("XBAR_SHOW"))
                printf("# way %zu %zu: %.2e\n", way, k,
                       r->state[0][k] -
                           drift_state(t < 0.2 ? 2.5 * t * t : 0.1 + (t - 0.2)));
            double flux = 0.8 * (t < 0.2 ? 2.5 * t * t : 0.1 + (t - 0.2));
            assert_near("state", r->state[0][k], drift_state(flux), 1e-4);
            if (!(r->wall_time_s > 0.0))
                fail_msg("no time taken");
        }
        assert_true(x == r->state[0][N - 1]);
        time_result_free(r);
        discard(&f);
    }
    free(t_s);
}

/* The present is told again, before and after other moments, without moving. */
static void test_present(void **unused)
{
    (void)unused;
    static const double t_knot[1] = {0.0};
    static const double v_knot[1] = {0.7};
    fixture f = make(lone_drift(), &drift_start);
    drive_linear(&f, t_knot, v_knot, 1, SIZE_MAX);
    xbar_result *r = time_result(f.c, 4);
    static const double t_s[3] = {0.0, 0.1, 0.1};
    begin(&f, &(xbar_start){0});
    advance(&f, &t_s[0], 1, r, 0);
    assert_near("present state", r->state[0][0], 0.1, 1e-9);
    assert_near("present current", r->i_out[0], 0.7 / 14410.0, 1e-9);
    assert_true(isnan(r->i_out[1]));
    advance(&f, t_s, 2, r, 1);
    advance(&f, &t_s[2], 1, r, 3);
    assert_true(r->state[0][3] == r->state[0][2]);
    assert_near("moved", r->state[0][2], drift_state(0.07), 5e-5);
    /* dx/dt = k i, so the charge is the state's way over k = 1e4/C */
    assert_near("energy", r->energy[XBAR_LEFT][3],
                0.7 * (drift_state(0.07) - drift_start) / 1e4, 1e-9);
    time_result_free(r);
    discard(&f);
}

/* Terminals that open and close from one advance to the next: states go on, and a line
 * that is open drives nothing. Stuck cells stand still, open ones are not there. */
static void test_opening(void **unused)
{
    (void)unused;
    static const double t_knot[1] = {0.0};
    static const double v_knot[1] = {0.8};
    static const double x0[4] = {0.1, 0.1, 0.1, 0.0};
    static const uint8_t stuck[4] = {0, 1, 0, 0};
    xbar_crossbar *c = plain_array(2, 2, 0.0, 0.0);
    c->cell = xbar_cell_default(xbar_device_find("drift"));
    fixture f = make(c, x0);
    drive_linear(&f, t_knot, v_knot, 1, 0); /* row 0; row 1 at 0 V */
    xbar_result *r = time_result(c, 3);
    static const double t_s[3] = {0.05, 0.1, 0.15};
    begin(&f, &(xbar_start){.is_stuck = stuck});
    advance(&f, &t_s[0], 1, r, 0);
    f.rest.volt[XBAR_BOTTOM][0] = (double)NAN; /* column 0 opens */
    advance(&f, &t_s[1], 1, r, 1);
    f.rest.volt[XBAR_BOTTOM][0] = 0.0;
    advance(&f, &t_s[2], 1, r, 2);
    const double *x = r->state[0];
    assert_near("driven", x[0], drift_state(0.04), 5e-5);
    /* open, the column hangs between row 0 and row 1, and cell (1,0) takes a part */
    assert_true(r->i_terminal[XBAR_BOTTOM][2] == 0.0);
    assert_true(x[4] > x[0] && x[4] < drift_state(0.08) - 1e-3);
    assert_true(x[6] < 0.1);
    assert_near("driven again", x[8], x[4] + (drift_state(0.08) - drift_state(0.04)),
                2e-3);
    for (size_t k = 0; k < 3; k++) {
        assert_true(x[4 * k + 1] == 0.1);
        assert_true(isnan(x[4 * k + 3]) && r->i_cell[4 * k + 3] == 0.0);
        assert_near("stuck", r->i_cell[4 * k + 1], 0.8 / 14410.0, 1e-9);
    }
    time_result_free(r);
    discard(&f);
}

/* All terminals open: nothing flows, time goes by. */
static void test_nothing_driven(void **unused)
{
    (void)unused;
    static const double t_knot[1] = {0.0};
    static const double v_knot[1] = {0.8};
    fixture f = make(lone_drift(), &drift_start);
    drive_linear(&f, t_knot, v_knot, 1, 7); /* no such line */
    f.rest.volt[XBAR_LEFT][0] = (double)NAN;
    f.rest.volt[XBAR_BOTTOM][0] = (double)NAN;
    xbar_result *r = time_result(f.c, 2);
    static const double t_s[2] = {1.0, 2.0};
    begin(&f, &(xbar_start){0});
    advance(&f, t_s, 2, r, 0);
    assert_true(r->i_out[1] == 0.0 && isnan(r->v_row[1]));
    assert_true(r->state[0][1] == 0.1);
    time_result_free(r);
    discard(&f);
}

/* Elements in series: the states of device and selector, against the equations in C. */
static void test_series(void **unused)
{
    (void)unused;
    static const double t_knot[4] = {0.0, 1e-8, 4e-8, 5e-8};
    static const double v_knot[4] = {0.0, 1.5, 1.5, 0.2};
    xbar_crossbar *c = plain_array(1, 1, 0.0, 0.0);
    c->cell.selector = xbar_device_find("selector_ots");
    xbar_device_parameters(c->cell.selector_parameters, c->cell.selector,
                           &c->cell.selector->sets[0]);
    const double g = 1e-4;
    fixture f = make(c, &g);
    drive_linear(&f, t_knot, v_knot, 4, SIZE_MAX);
    enum { N = 30 };
    double *t_s = time_moments(0.0, 6e-8, N);
    xbar_result *r = time_result(c, N);
    begin(&f, &(xbar_start){0});
    advance(&f, t_s, N, r, 0);
    double x = 0.0; /* second order, small steps */
    const size_t steps = 4000;
    double t = 0.0;
    for (size_t k = 0; k < N; k++) {
        const double h = (t_s[k] - t) / (double)steps;
        double i = 0.0;
        double v = 0.0;
        for (size_t n = 0; n < steps; n++, t += h) {
            double rate = 0.0;
            const xbar_response out = {.dx_dt = &rate};
            v = xbar_waveform_value(&f.wave, t);
            xbar_cell_respond(&c->cell, 1, &out, &v, &x, &g);
            double middle = x + 0.5 * h * rate;
            v = xbar_waveform_value(&f.wave, t + 0.5 * h);
            xbar_cell_respond(&c->cell, 1, &out, &v, &middle, &g);
            x += h * rate;
        }
        t = t_s[k];
        v = xbar_waveform_value(&f.wave, t);
        xbar_cell_respond(&c->cell, 1, &(xbar_response){.i = &i}, &v, &x, &g);
        assert_near("switch", r->state[0][k], x, 2e-3);
        assert_near("current", r->i_out[k], i, 1e-3 * 1.5e-4);
    }
    assert_true(r->state[0][20] > 0.9); /* it has switched on */
    time_result_free(r);
    free(t_s);
    discard(&f);
}

/* A transistor in series: off nothing moves; on the cell moves as without, a little
 * less. */
static void test_transistor(void **unused)
{
    (void)unused;
    static const double t_knot[1] = {0.0};
    static const double v_knot[1] = {0.8};
    double x[3] = {0.0};
    for (size_t way = 0; way < 3; way++) {
        xbar_crossbar *c = plain_array(1, 1, 0.0, 0.0);
        c->cell = xbar_cell_default(xbar_device_find("drift"));
        if (way < 2) {
            c->cell.access = xbar_device_find("access_nmos");
            xbar_device_parameters(c->cell.access_parameters, c->cell.access,
                                   &c->cell.access->sets[0]);
        }
        fixture f = make(c, &drift_start);
        f.rest.gate[0] = way == 0 ? 0.0 : 3.0;
        drive_linear(&f, t_knot, v_knot, 1, SIZE_MAX);
        xbar_result *r = time_result(c, 1);
        const double end = 0.1;
        begin(&f, &(xbar_start){0});
        advance(&f, &end, 1, r, 0);
        x[way] = r->state[0][0];
        assert_near("current", r->i_cell[0], r->i_out[0], 1e-9);
        assert_near("heat", r->heat[0], r->energy[XBAR_LEFT][0],
                    1e-6 * r->energy[XBAR_LEFT][0] + 1e-18);
        time_result_free(r);
        discard(&f);
    }
    assert_near("off", x[0], 0.1, 1e-9);
    assert_near("without", x[2], drift_state(0.08), 5e-5);
    assert_true(x[1] < x[2] - 1e-5 && x[1] > 0.1 + 0.8 * (x[2] - 0.1));
}

/* ---- what goes wrong ----------------------------------------------------------------- */

static void runaway_volts(xbar_stimulus *s, double t_s, const void *with)
{
    const fixture *f = with;
    xbar_stimulus_copy(s, &f->rest, f->c);
    s->volt[XBAR_LEFT][0] = t_s > 0.05 ? (double)INFINITY : 0.5;
}

static double runaway_corner(double t_s, const void *with)
{
    (void)with;
    return t_s < 0.05 ? 0.05 : (double)INFINITY;
}

/* A source without a voltage: an outcome, NaN from there on, and the engine lives. */
static void test_failure(void **unused)
{
    (void)unused;
    static const double t_knot[1] = {0.0};
    static const double v_knot[1] = {0.5};
    fixture f = make(lone_drift(), &drift_start);
    drive_linear(&f, t_knot, v_knot, 1, SIZE_MAX);
    const xbar_schedule runaway = {runaway_volts, runaway_corner, &f};
    static const double t_s[3] = {0.02, 0.04, 0.1};
    xbar_result *r = time_result(f.c, 3);
    xbar_error err = {0};
    begin(&f, &(xbar_start){0});
    assert_int_equal(f.engine->advance(f.self, &runaway, t_s, 3, r, 0, &err), XBAR_OK);
    assert_true(r->outcome == XBAR_NOT_CONVERGED || r->outcome == XBAR_FAILED);
    assert_true(r->error.text[0] != '\0');
    assert_true(isnan(r->i_out[2]) && isnan(r->state[0][2]));
    assert_int_equal(f.engine->set_state(f.self, &drift_start, &drift_start, NULL),
                     XBAR_OK);
    begin(&f, &(xbar_start){0});
    advance(&f, t_s, 3, r, 0);
    assert_near("afterwards", r->state[0][2], drift_state(0.05), 5e-5);
    xbar_result *still = array_result(f.c); /* and at rest */
    f.rest.volt[XBAR_LEFT][0] = 1.0;
    assert_int_equal(f.engine->set_state(f.self, &drift_start, &drift_start, NULL),
                     XBAR_OK);
    assert_int_equal(f.engine->solve(f.self, &f.rest, 1, still, &err), XBAR_OK);
    assert_near("at rest", still->i_out[0], 1.0 / 14410.0, 1e-12);
    array_result_free(still);
    time_result_free(r);
    discard(&f);
}

static size_t open_files(void)
{
    size_t n = 0;
    DIR *folder = opendir("/proc/self/fd");
    assert_non_null(folder);
    while (readdir(folder))
        n++;
    closedir(folder);
    return n;
}

static size_t resident_kb(void)
{
    long pages = 0;
    FILE *in = fopen("/proc/self/statm", "r");
    assert_non_null(in);
    assert_int_equal(fscanf(in, "%*d %ld", &pages), 1);
    fclose(in);
    return (size_t)pages * 4;
}

/* Many runs leave neither memory nor files behind. */
static void test_flat(void **unused)
{
    (void)unused;
    static const double t_knot[1] = {0.0};
    static const double v_knot[1] = {0.5};
    fixture f = make(lone_drift(), &drift_start);
    drive_linear(&f, t_knot, v_knot, 1, SIZE_MAX);
    const double end = 0.01;
    xbar_result *r = time_result(f.c, 1);
    size_t files = 0;
    size_t kb = 0;
    for (size_t k = 0; k < 300; k++) {
        begin(&f, &(xbar_start){0});
        advance(&f, &end, 1, r, 0);
        if (k == 100) {
            files = open_files();
            kb = resident_kb();
        }
    }
    assert_int_equal(open_files(), files);
#ifndef __SANITIZE_ADDRESS__ /* which keeps for a while what is freed */
    if (resident_kb() > kb + 400)
        fail_msg("200 runs took %zu kB", resident_kb() - kb);
#else
    assert_true(kb > 0);
#endif
    time_result_free(r);
    discard(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_still_cells),    cmocka_unit_test(test_energy),
        cmocka_unit_test(test_capacitance),    cmocka_unit_test(test_advances),
        cmocka_unit_test(test_present),        cmocka_unit_test(test_opening),
        cmocka_unit_test(test_nothing_driven), cmocka_unit_test(test_series),
        cmocka_unit_test(test_transistor),     cmocka_unit_test(test_failure),
        cmocka_unit_test(test_flat),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
