/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The 90 % interval on runs that neither the fit nor the discrepancy has seen, of closed
 * forms that are not exact: over many splits it holds what it says. */
#include "arrays.h"

#include <math.h>
#include <string.h>

#include "calibrate/calibrate.h"
#include "calibrate/record.h"
#include "core/random.h"

enum { N_STATES = 6, N_INPUTS = 8, N_SEEDS = 20 };

/* Reads of a random array, solved exactly. */
typedef struct reads {
    xbar_crossbar *c;
    xbar_runs *runs;
} reads;

static void solve_runs(xbar_runs *r)
{
    xbar_subject s;
    bool none[XBAR_MAX_SUBJECT_PARAMETERS] = {false};
    double p[XBAR_MAX_SUBJECT_PARAMETERS] = {0};
    assert_int_equal(xbar_family_array(&s, r, NULL), XBAR_OK);
    bool *all = malloc(s.n_units * sizeof *all);
    double *y = array_doubles(s.n_data);
    assert_non_null(all);
    memset(all, 1, s.n_units * sizeof *all);
    assert_int_equal(s.predict(&s, y, NULL, p, none, all, NULL), XBAR_OK);
    memcpy(r->current, y, s.n_data * sizeof *y);
    free(y);
    free(all);
    xbar_subject_clear(&s);
}

static reads reads_new(size_t n_rows, size_t n_cols, double ohm)
{
    reads l = {.c = array_new(n_rows, n_cols, ohm, 0.7 * ohm)};
    array_terminals(l.c, XBAR_LEFT, 2.0 * ohm);
    array_terminals(l.c, XBAR_BOTTOM, ohm);
    const size_t n = N_STATES * n_rows * n_cols;
    double *g = array_doubles(n);
    for (uint32_t k = 0; k < n; k++)
        g[k] = 1e-5 * pow(100.0, xbar_uniform(3, XBAR_STREAM_CONDUCTANCE, 0, k));
    xbar_stimulus inputs[N_INPUTS];
    for (size_t m = 0; m < N_INPUTS; m++) {
        assert_int_equal(xbar_stimulus_init(&inputs[m], l.c, NULL), XBAR_OK);
        for (size_t i = 0; i < n_rows; i++)
            inputs[m].volt[XBAR_LEFT][i] =
                0.2 * xbar_uniform(3, XBAR_STREAM_INPUT, 0, (uint32_t)(m * n_rows + i));
        for (size_t j = 0; j < n_cols; j++)
            inputs[m].volt[XBAR_BOTTOM][j] = 0.0;
    }
    assert_int_equal(xbar_runs_new(&l.runs, l.c, g, N_STATES, inputs, N_INPUTS, NULL),
                     XBAR_OK);
    for (size_t m = 0; m < N_INPUTS; m++)
        xbar_stimulus_clear(&inputs[m]);
    free(g);
    solve_runs(l.runs);
    return l;
}

static void reads_free(reads *l)
{
    xbar_runs_free(l->runs);
    xbar_crossbar_free(l->c);
}

static void test_coverage(void **unused)
{
    (void)unused;
    static const struct {
        const char *model;
        size_t n_rows, n_cols;
        double ohm;
        double
            better; /* calibrated, the held-out error is at most this share of before */
    } cases[] = {
        {"alpha_beta", 16, 12, 2.5, 0.6},
        {"alpha_beta", 24, 24, 5.0, 0.6},
        {"dmr", 16, 12, 2.5, 1.0},
    };
    for (size_t n = 0; n < sizeof cases / sizeof *cases; n++) {
        reads l = reads_new(cases[n].n_rows, cases[n].n_cols, cases[n].ohm);
        double covered = 0.0;
        double error = 0.0;
        double before = 0.0;
        for (uint64_t seed = 0; seed < N_SEEDS; seed++) {
            xbar_subject s;
            xbar_calibration c;
            xbar_error err;
            const xbar_calibration_options o = {.seed = seed};
            if (xbar_family_closed_form(&s, cases[n].model, l.runs, &err) != XBAR_OK ||
                xbar_calibrate(&c, &s, &o, &err) != XBAR_OK)
                fail_msg("%s: %s", cases[n].model, err.text);
            covered += c.errors[XBAR_ROLE_HELD_OUT].covered / N_SEEDS;
            error += c.errors[XBAR_ROLE_HELD_OUT].mean / N_SEEDS;
            xbar_calibration_clear(&c);
            /* nothing free: the model as its paper has it, on the same split */
            for (size_t k = 0; k < s.n_parameters; k++)
                s.parameters[k].is_usual = false;
            assert_int_equal(xbar_calibrate(&c, &s, &o, &err), XBAR_OK);
            before += c.errors[XBAR_ROLE_HELD_OUT].mean / N_SEEDS;
            xbar_calibration_clear(&c);
            xbar_subject_clear(&s);
        }
        print_message("# %s, %zu x %zu, %g ohm: held-out error %.3g %% (as published "
                      "%.3g %%), within the 90 %% interval %.1f %%\n",
                      cases[n].model, cases[n].n_rows, cases[n].n_cols, cases[n].ohm,
                      100.0 * error, 100.0 * before, 100.0 * covered);
        assert_true(covered > 0.85 && covered < 0.95);
        assert_true(error <= cases[n].better * before);
        reads_free(&l);
    }
}

/* The region is the box around the runs. */
static void test_region(void **unused)
{
    (void)unused;
    reads l = reads_new(8, 6, 2.0);
    double min[XBAR_N_FEATURES];
    double max[XBAR_N_FEATURES];
    double *f = array_doubles(l.runs->n_runs * XBAR_N_FEATURES);
    xbar_record_region(f, min, max, l.runs);
    assert_true(min[XBAR_FEATURE_ROWS] == 8.0 && max[XBAR_FEATURE_ROWS] == 8.0);
    assert_true(min[XBAR_FEATURE_COLS] == 6.0 && max[XBAR_FEATURE_COLS] == 6.0);
    xbar_fitted fitted = xbar_fitted_default(xbar_model_find("alpha_beta"));
    fitted.has_region = true;
    memcpy(fitted.region_min, min, sizeof min);
    memcpy(fitted.region_max, max, sizeof max);
    for (size_t k = 0; k < l.runs->n_runs; k++)
        assert_true(xbar_fitted_covers(&fitted, f + k * XBAR_N_FEATURES));
    f[XBAR_FEATURE_VOLT] = 2.0 * max[XBAR_FEATURE_VOLT];
    assert_false(xbar_fitted_covers(&fitted, f));
    free(f);
    reads_free(&l);
}

static void test_refusals(void **unused)
{
    (void)unused;
    reads l = reads_new(3, 3, 2.0);
    xbar_subject s;
    xbar_error err = {.text = ""};
    assert_int_equal(xbar_family_closed_form(&s, "nonsense", l.runs, &err),
                     XBAR_ERR_INPUT);
    assert_non_null(strstr(err.text, "no model nonsense: want "));
    xbar_subject_clear(&s);
    reads_free(&l);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_coverage),
        cmocka_unit_test(test_region),
        cmocka_unit_test(test_refusals),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
