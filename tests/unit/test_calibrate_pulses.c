/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Pulses: files of windows and of trains, known parameters found again from either, and
 * what they cannot tell left where it began. */
#include "check.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "calibrate/calibrate.h"
#include "calibrate/pulses.h"
#include "core/random.h"

static xbar_status read_text(xbar_table *t, const char *text, xbar_error *err)
{
    char path[] = "/tmp/xbar_pulses_XXXXXX";
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, text, strlen(text)), (ssize_t)strlen(text));
    close(fd);
    xbar_status status = xbar_table_read(t, path, 2e-3, err);
    unlink(path);
    return status;
}

/* ---- files ---------------------------------------------------------------------------- */

static void test_files(void **unused)
{
    (void)unused;
    static const struct {
        const char *name, *text;
        xbar_table_kind kind;
        size_t n, n_up, n_missing;
        double t1, v1, i1, last;
    } cases[] = {
        {"windows",
         "# where from\npulse_width_s,amplitude_V,memory_window_V\n1e-6,2,-0.1\n"
         "1e-7,3,0.5\n1e-6,3,0.9\n",
         XBAR_TABLE_WINDOWS, 3, 0, 0, 1e-7, 3.0, 0.5, 0.9},
        {"windows, any order, more columns",
         "Amplitude,chip,Memory_Window,Pulse_Width\n2,7,0.1,1e-6\n3,7,,1e-7\n",
         XBAR_TABLE_WINDOWS, 2, 0, 1, 1e-7, 3.0, (double)NAN, (double)NAN},
        {"trains", "g_up_norm,g_down_norm\n-1,1\n0,0.5\n1,-1\n", XBAR_TABLE_TRAINS, 6,
         3, 0, 2e-3, 1.0, 0.0, -1.0},
        {"trains of different lengths", "g_down g_up\n1 -1\n0.5 nan\n-1 nan\n",
         XBAR_TABLE_TRAINS, 4, 1, 0, 0.0, -1.0, 1.0, -1.0},
        {"a pulse that was not read", "g_up,g_down\n-1,1\nnan,0.5\n1,-1\n",
         XBAR_TABLE_TRAINS, 6, 3, 1, 2e-3, 1.0, (double)NAN, -1.0},
    };
    for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
        xbar_table t;
        xbar_error err;
        if (read_text(&t, cases[k].text, &err) != XBAR_OK)
            fail_msg("%s: %s", cases[k].name, err.text);
        const double last = t.i[t.n - 1];
        const bool is_last =
            last == cases[k].last || (isnan(last) && isnan(cases[k].last));
        const bool is_1 =
            t.i[1] == cases[k].i1 || (isnan(t.i[1]) && isnan(cases[k].i1));
        if (t.kind != cases[k].kind || t.n != cases[k].n || t.n_up != cases[k].n_up ||
            t.n_missing != cases[k].n_missing || t.t[1] != cases[k].t1 ||
            t.v[1] != cases[k].v1 || !is_1 || !is_last)
            fail_msg("%s: %zu lines, %zu up, %zu missing; %g %g %g, last %g",
                     cases[k].name, t.n, t.n_up, t.n_missing, t.t[1], t.v[1], t.i[1],
                     last);
        xbar_table_clear(&t);
    }
}

static void test_file_refusals(void **unused)
{
    (void)unused;
    static const struct {
        const char *name, *text, *says;
    } cases[] = {
        {"no width", "pulse_width,amplitude,memory_window\n0,1,1\n1,1,1\n",
         ":2: want a width above 0, not \"0\""},
        {"a tail", "g_up,g_down\n1,2\n3x,4\n", ":3: want a number, not \"3x\""},
        {"no amplitude", "pulse_width,memory_window\n1,2\n", ":1: want names"},
        {"nothing moved", "pulse_width,amplitude,memory_window\n1,1,0\n1,2,0\n",
         "nothing in it but 0"},
        {"nothing measured", "t,v,i\n0,1,\n1,2,nan\n", "nothing measured in it"},
        {"a current that melts it", "0.1,1e290\n0.2,2e290\n", ":1: want at most 1e6 A"},
        {"a voltage that does", "1e7,1\n2,1\n", ":1: want at most 1e6 V"},
        {"what is no current", "0.1,1e-300\n0.2,2e-300\n", "below 1e-18"},
    };
    for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
        xbar_table t;
        xbar_error err = {.text = ""};
        if (read_text(&t, cases[k].text, &err) != XBAR_ERR_INPUT)
            fail_msg("%s: not refused", cases[k].name);
        if (!strstr(err.text, cases[k].says))
            fail_msg("%s: %s", cases[k].name, err.text);
        assert_null(t.t);
    }
}

/* ---- known truth ---------------------------------------------------------------------- */

static size_t place_of(const xbar_device *d, const char *name)
{
    for (size_t k = 0; k < d->n_parameters; k++)
        if (strcmp(d->parameters[k].name, name) == 0)
            return k;
    fail_msg("%s has no %s", d->name, name);
    return 0;
}

static xbar_table table_new(xbar_table_kind kind, size_t n)
{
    xbar_table t = {.kind = kind, .n = n, .path = strdup("made here")};
    t.t = calloc(n, sizeof(double));
    t.v = calloc(n, sizeof(double));
    t.i = calloc(n, sizeof(double));
    assert_true(t.path && t.t && t.v && t.i);
    return t;
}

/* Windows of the Merz law by its closed form, at a constant voltage from p = -1:
 * x = 1 - exp(-width/tau). */
static void test_windows(void **unused)
{
    (void)unused;
    enum { N_WIDTHS = 6, N_VOLTS = 6 };
    const double mw = 1.4;
    const double tau0 = 2e-8;
    const double e_a = 5.0;
    const double alpha = 2.0;
    xbar_table t = table_new(XBAR_TABLE_WINDOWS, (size_t)N_WIDTHS * N_VOLTS);
    for (size_t k = 0; k < t.n; k++) {
        t.t[k] = 5e-8 * pow(3.0, (double)(k % N_WIDTHS));
        t.v[k] = 2.0 + 0.5 * (double)(k / N_WIDTHS);
        const double tau = tau0 * exp(pow(e_a / t.v[k], alpha));
        const double noise = 1e-3 * xbar_normal(3, XBAR_STREAM_INPUT, 0, (uint32_t)k);
        t.i[k] = mw * -expm1(-t.t[k] / tau) + noise;
    }
    xbar_subject s;
    xbar_calibration c;
    xbar_error err;
    const xbar_bench_settings bench = {.compliance = (double)INFINITY,
                                       .max_seconds = 5};
    const xbar_calibration_options o = {.free = "mw,tau0,e_a,alpha,i0",
                                        .fit = {.n_starts = 4,
                                                .tolerance = 1e-6,
                                                .cost_tolerance = 1e-6,
                                                .max_iterations = 60}};
    if (xbar_family_device(&s, "fefet", &t, 1, &bench, &err) != XBAR_OK ||
        xbar_calibrate(&c, &s, &o, &err) != XBAR_OK)
        fail_msg("%s", err.text);
    assert_string_equal(s.data_unit, "V");
    const struct {
        const char *name;
        double truth;
    } want[] = {{"mw", mw}, {"tau0", tau0}, {"e_a", e_a}, {"alpha", alpha}};
    for (size_t k = 0; k < 4; k++) {
        const size_t at = xbar_subject_find(&s, want[k].name);
        print_message("# %s %.4g +- %.2g, truth %.4g\n", want[k].name, c.value[at],
                      c.standard_error[at], want[k].truth);
        assert_true(fabs(c.value[at] - want[k].truth) < 4.0 * c.standard_error[at]);
        assert_true(c.standard_error[at] < 0.1 * want[k].truth);
    }
    /* a window tells nothing of currents */
    const size_t i0 = xbar_subject_find(&s, "i0");
    assert_true(c.is_held[i0] && !c.is_free[i0] && isinf(c.standard_error[i0]));
    assert_true(c.value[i0] == s.parameters[i0].initial);
    assert_int_equal(c.n_held, 1);
    assert_int_equal(c.n_free, 4);
    xbar_calibration_clear(&c);
    xbar_subject_clear(&s);
    xbar_table_clear(&t);
}

/* Trains of a drift between its ends: what it was made with is found again. */
static void test_trains(void **unused)
{
    (void)unused;
    enum { N_UP = 40 };
    const xbar_device *d = xbar_device_find("drift");
    double p[XBAR_MAX_PARAMETERS];
    xbar_table t = table_new(XBAR_TABLE_TRAINS, (size_t)2 * N_UP);
    t.n_up = N_UP;
    t.width_s = 1e-3;
    for (size_t k = 0; k < t.n; k++)
        t.v[k] = k < N_UP ? 1.0 : -1.0;
    xbar_device_parameters(p, d, d->sets);
    const size_t mu = place_of(d, "mu");
    p[mu] *= 20.0;
    const xbar_course course = {.device = d,
                                .parameters = p,
                                .compliance = (double)INFINITY,
                                .tolerance = 1e-3};
    /* measured in a scale of its own, which the model's is brought to */
    double y[2 * N_UP];
    for (size_t k = 0; k < t.n; k++)
        t.i[k] = k < N_UP ? (double)k : (double)(t.n - k);
    assert_int_equal(xbar_pulses_run(y, &course, &t, NULL), XBAR_OK);
    assert_true(y[N_UP - 1] > y[0] + 10.0 && y[t.n - 1] < y[N_UP] - 10.0);
    memcpy(t.i, y, sizeof y);
    xbar_subject s;
    xbar_calibration c;
    xbar_error err;
    const xbar_bench_settings bench = {
        .compliance = (double)INFINITY, .set = "default", .max_seconds = 5};
    const xbar_calibration_options o = {.free = "mu"};
    if (xbar_family_device(&s, "drift", &t, 1, &bench, &err) != XBAR_OK ||
        xbar_calibrate(&c, &s, &o, &err) != XBAR_OK)
        fail_msg("%s", err.text);
    assert_string_equal(s.data_unit, "1");
    const size_t at = xbar_subject_find(&s, "mu");
    print_message("# mu %.6g, truth %.6g\n", c.value[at], p[mu]);
    assert_true(fabs(c.value[at] / p[mu] - 1.0) < 0.01);
    xbar_calibration_clear(&c);
    xbar_subject_clear(&s);
    xbar_table_clear(&t);
}

static void test_refusals(void **unused)
{
    (void)unused;
    static const struct {
        const char *name, *model;
        xbar_table_kind kind;
        const char *says;
    } cases[] = {
        {"windows of a drift", "drift", XBAR_TABLE_WINDOWS, "drift has no threshold"},
        {"windows of ohms", "linear", XBAR_TABLE_WINDOWS, "no state that moves"},
        {"trains of ohms", "linear", XBAR_TABLE_TRAINS, "no state that moves"},
    };
    const xbar_bench_settings bench = {.compliance = (double)INFINITY,
                                       .max_seconds = 1};
    for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
        xbar_table t = table_new(cases[k].kind, 8);
        for (size_t n = 0; n < t.n; n++)
            t.t[n] = t.v[n] = t.i[n] = 1.0 + (double)n;
        xbar_subject s;
        xbar_error err = {.text = ""};
        if (xbar_family_device(&s, cases[k].model, &t, 1, &bench, &err) !=
            XBAR_ERR_INPUT)
            fail_msg("%s: not refused", cases[k].name);
        if (!strstr(err.text, cases[k].says))
            fail_msg("%s: %s", cases[k].name, err.text);
        xbar_subject_clear(&s);
        xbar_table_clear(&t);
    }
    xbar_table two[] = {table_new(XBAR_TABLE_WINDOWS, 4),
                        table_new(XBAR_TABLE_COURSE, 4)};
    xbar_subject s;
    xbar_error err = {.text = ""};
    assert_int_equal(xbar_family_device(&s, "fefet", two, 2, &bench, &err),
                     XBAR_ERR_INPUT);
    assert_non_null(strstr(err.text, "pulses of one kind"));
    xbar_subject_clear(&s);
    xbar_table_clear(&two[0]);
    xbar_table_clear(&two[1]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_files),    cmocka_unit_test(test_file_refusals),
        cmocka_unit_test(test_windows),  cmocka_unit_test(test_trains),
        cmocka_unit_test(test_refusals),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
