/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The 90 % interval on runs that neither the fit nor the discrepancy has seen, of closed
 * forms that are not exact: over many splits it holds what it says. */
#include "arrays.h"

#include <math.h>
#include <string.h>

#include "calibrate/calibrate.h"
#include "calibrate/discrepancy.h"
#include "calibrate/record.h"
#include "core/random.h"

enum { N_INPUTS = 8, N_SEEDS = 20 };

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

static reads reads_new(size_t n_states, size_t n_rows, size_t n_cols, double ohm)
{
    reads l = {.c = array_new(n_rows, n_cols, ohm, 0.7 * ohm)};
    array_terminals(l.c, XBAR_LEFT, 2.0 * ohm);
    array_terminals(l.c, XBAR_BOTTOM, ohm);
    const size_t n = n_states * n_rows * n_cols;
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
    assert_int_equal(xbar_runs_new(&l.runs, l.c, g, n_states, inputs, N_INPUTS, NULL),
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
        size_t n_states, n_rows, n_cols;
        double ohm;
        double
            better; /* calibrated, the held-out error is at most this share of before */
    } cases[] = {
        {"alpha_beta", 6, 16, 12, 2.5, 0.6},
        {"alpha_beta", 6, 24, 24, 5.0, 0.6},
        {"dmr", 6, 16, 12, 2.5, 1.0},
        /* whole states are held out: eight are two a quarter */
        {"alpha_beta", 8, 16, 12, 2.5, 0.6},
        {"dmr", 8, 16, 12, 2.5, 1.0},
        {"lean", 8, 24, 24, 5.0, 1.0},
    };
    for (size_t n = 0; n < sizeof cases / sizeof *cases; n++) {
        reads l = reads_new(cases[n].n_states, cases[n].n_rows, cases[n].n_cols,
                            cases[n].ohm);
        double covered = 0.0;
        double in_turn = 0.0;
        double least = 1.0;
        double most = 0.0;
        size_t n_right = 0;
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
            in_turn += c.covered / N_SEEDS;
            least = fmin(least, c.covered);
            most = fmax(most, c.covered);
            n_right += c.covered >= 0.85 && c.covered <= 0.95;
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
        print_message(
            "# %s, %zu states of %zu x %zu, %g ohm: held-out error %.3g %% (as "
            "published %.3g %%), within the 90 %% interval %.1f %%, by turns "
            "%.1f to %.1f %%\n",
            cases[n].model, cases[n].n_states, cases[n].n_rows, cases[n].n_cols,
            cases[n].ohm, 100.0 * error, 100.0 * before, 100.0 * covered, 100.0 * least,
            100.0 * most);
        assert_true(covered > 0.85 && covered < 0.95);
        /* nearly every split says so, and the steps that stand for fits come to what
         * fits do */
        assert_true(n_right >= 18);
        assert_true(fabs(in_turn - covered) < 0.025);
        assert_true(error <= cases[n].better * before);
        reads_free(&l);
    }
}

/* ---- errors that grow ----------------------------------------------------------------- */

enum { N_RUNS = 60, N_OUTPUTS = 16 };

/* Runs whose errors grow as the drop to some power, and not with the voltage. */
static void make_residuals(xbar_residual *r, double (*x)[XBAR_N_SWELL], double power,
                           size_t runs_a_unit)
{
    for (uint32_t k = 0; k < N_RUNS; k++) {
        x[k][XBAR_SWELL_DROP] = pow(10.0, xbar_uniform(7, XBAR_STREAM_INPUT, 0, k));
        x[k][XBAR_SWELL_ACTIVE] = 0.2 + xbar_uniform(7, XBAR_STREAM_INPUT, 1, k);
        x[k][XBAR_SWELL_VOLT] = 0.1 + xbar_uniform(7, XBAR_STREAM_INPUT, 2, k);
        for (uint32_t j = 0; j < N_OUTPUTS; j++)
            r[k * N_OUTPUTS + j] = (xbar_residual){
                .error = 1e-3 * pow(x[k][XBAR_SWELL_DROP], power) *
                         xbar_normal(7, XBAR_STREAM_INPUT, 3, k * N_OUTPUTS + j),
                .scale = 1.0,
                .value = 0.5,
                .unit = k / runs_a_unit,
                .x = x[k],
            };
    }
}

static void test_swell(void **unused)
{
    (void)unused;
    static const struct {
        const char *name;
        double power;
        size_t n_runs, runs_a_unit;
        double low, high; /* of the power found */
    } cases[] = {
        {"grows", 1.5, N_RUNS, 1, 1.38, 1.62},
        {"falls", -0.8, N_RUNS, 1, -0.92, -0.68},
        {"does not", 0.0, N_RUNS, 1, -0.12, 0.12},
        {"grows, units of four runs", 1.5, N_RUNS, 4, 1.25, 1.6},
        {"grows, and four runs say little", 1.5, 4, 1, 0.0, 0.0},
    };
    static xbar_residual r[N_RUNS * N_OUTPUTS];
    static double x[N_RUNS][XBAR_N_SWELL];
    for (size_t n = 0; n < sizeof cases / sizeof *cases; n++) {
        xbar_swell s;
        make_residuals(r, x, cases[n].power, cases[n].runs_a_unit);
        xbar_discrepancy_swell(&s, r, cases[n].n_runs * N_OUTPUTS);
        print_message("# %s: %.2f by the drop, %.2f active, %.2f volt\n", cases[n].name,
                      s.power[0], s.power[1], s.power[2]);
        if (!(s.power[XBAR_SWELL_DROP] >= cases[n].low &&
              s.power[XBAR_SWELL_DROP] <= cases[n].high))
            fail_msg("%s", cases[n].name);
        assert_true(fabs(s.power[XBAR_SWELL_VOLT]) < 0.15);
        /* nothing is said beyond what was seen */
        double far[] = {1e3, 1.0, 1.0};
        double end[] = {s.to[0], 1.0, 1.0};
        assert_true(xbar_swell_factor(&s, far) == xbar_swell_factor(&s, end));
    }
}

/* The region is the box around the runs. */
static void test_region(void **unused)
{
    (void)unused;
    reads l = reads_new(6, 8, 6, 2.0);
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
    reads l = reads_new(6, 3, 3, 2.0);
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
        cmocka_unit_test(test_swell),
        cmocka_unit_test(test_region),
        cmocka_unit_test(test_refusals),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
