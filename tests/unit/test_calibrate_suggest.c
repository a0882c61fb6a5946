/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What to simulate next: the choice by expected gain needs less time than one by lot, for
 * the same error of what is held out. The exact solver stands in for SPICE; its time is
 * what a law says. */
#include "arrays.h"

#include <math.h>
#include <string.h>

#include "calibrate/suggest.h"
#include "core/random.h"

enum { SIZE = 8, N_INPUTS = 3, N_STATES = 3, MAX_PICKS = 12, N_SEEDS = 3 };

static const char free_names[] = "row_ohm,col_ohm,left_ohm,bottom_ohm";
static const double noise = 0.02;

/* Small arrays of 8 x 8 with lots of noise: a poor beginning. */
typedef struct beginning {
    xbar_crossbar *c;
    xbar_runs *runs;
} beginning;

static void measure(const xbar_subject *s, xbar_runs *r, uint64_t seed)
{
    bool none[XBAR_MAX_SUBJECT_PARAMETERS] = {false};
    double p[XBAR_MAX_SUBJECT_PARAMETERS] = {0};
    bool *all = malloc(s->n_units * sizeof *all);
    assert_non_null(all);
    memset(all, 1, s->n_units * sizeof *all);
    double *y = array_doubles(s->n_data);
    assert_int_equal(s->predict(s, y, NULL, p, none, all, NULL), XBAR_OK);
    for (size_t n = 0; n < s->n_data; n++)
        r->current[n] =
            y[n] * (1.0 + noise * xbar_normal(seed, XBAR_STREAM_INPUT, 3, (uint32_t)n));
    free(y);
    free(all);
}

static beginning beginning_new(uint64_t seed)
{
    beginning b = {.c = array_new(SIZE, SIZE, 2.0, 3.0)};
    array_terminals(b.c, XBAR_LEFT, 40.0);
    array_terminals(b.c, XBAR_BOTTOM, 20.0);
    double g[N_STATES * SIZE * SIZE];
    for (uint32_t k = 0; k < N_STATES * SIZE * SIZE; k++)
        g[k] =
            1e-5 * pow(10.0, 1.5 * xbar_uniform(seed, XBAR_STREAM_CONDUCTANCE, 0, k));
    xbar_stimulus inputs[N_INPUTS];
    for (size_t l = 0; l < N_INPUTS; l++) {
        assert_int_equal(xbar_stimulus_init(&inputs[l], b.c, NULL), XBAR_OK);
        for (size_t k = 0; k < SIZE; k++) {
            inputs[l].volt[XBAR_LEFT][k] =
                0.2 *
                xbar_uniform(seed, XBAR_STREAM_INPUT, 0, (uint32_t)(l * SIZE + k));
            inputs[l].volt[XBAR_BOTTOM][k] = 0.0;
        }
    }
    assert_int_equal(xbar_runs_new(&b.runs, b.c, g, N_STATES, inputs, N_INPUTS, NULL),
                     XBAR_OK);
    for (size_t l = 0; l < N_INPUTS; l++)
        xbar_stimulus_clear(&inputs[l]);
    for (size_t k = 0; k < b.runs->n_runs; k++)
        b.runs->wall_time_s[k] = 1e-3;
    xbar_subject s;
    assert_int_equal(xbar_family_array(&s, b.runs, NULL), XBAR_OK);
    measure(&s, b.runs, seed);
    xbar_subject_clear(&s);
    return b;
}

static void beginning_free(beginning *b)
{
    xbar_runs_free(b->runs);
    xbar_crossbar_free(b->c);
}

/* What is known so far: the information of all runs made, as a quadratic form around the
 * truth, with the estimate that goes with their noise. */
typedef struct knowledge {
    double m[16], b[4];
} knowledge;

static void learn(knowledge *k, const xbar_subject *s, const xbar_runs *r)
{
    bool is_free[XBAR_MAX_SUBJECT_PARAMETERS];
    bool *all = malloc(s->n_units * sizeof *all);
    double p[XBAR_MAX_SUBJECT_PARAMETERS];
    double *y = array_doubles(s->n_data);
    double *jacobian = array_doubles(s->n_data * s->n_parameters);
    assert_non_null(all);
    memset(all, 1, s->n_units * sizeof *all);
    assert_int_equal(xbar_calibration_free(is_free, s, free_names, NULL), XBAR_OK);
    for (size_t n = 0; n < s->n_parameters; n++)
        p[n] = s->parameters[n].initial;
    assert_int_equal(s->predict(s, y, jacobian, p, is_free, all, NULL), XBAR_OK);
    for (size_t n = 0; n < s->n_data; n++) {
        const double sigma = noise * fabs(y[n]);
        double row[4];
        size_t m = 0;
        for (size_t q = 0; q < s->n_parameters; q++)
            if (is_free[q])
                row[m++] = jacobian[n * s->n_parameters + q] / sigma;
        for (size_t i = 0; i < 4; i++) {
            k->b[i] += row[i] * (r->current[n] - y[n]) / sigma;
            for (size_t j = 0; j < 4; j++)
                k->m[4 * i + j] += row[i] * row[j];
        }
    }
    free(jacobian);
    free(y);
    free(all);
}

/* Gauss, for four. */
static void solve4(double *x, const knowledge *k)
{
    double a[4][5];
    for (size_t i = 0; i < 4; i++) {
        for (size_t j = 0; j < 4; j++)
            a[i][j] = k->m[4 * i + j];
        a[i][4] = k->b[i];
    }
    for (size_t i = 0; i < 4; i++)
        for (size_t j = i + 1; j < 4; j++)
            for (size_t n = 5; n-- > i;)
                a[j][n] -= a[j][i] / a[i][i] * a[i][n];
    for (size_t i = 4; i-- > 0;) {
        x[i] = a[i][4];
        for (size_t j = i + 1; j < 4; j++)
            x[i] -= a[i][j] * x[j];
        x[i] /= a[i][i];
    }
}

/* rms relative error of what was not fitted: all candidates' outputs, by slopes. */
static double held_out(const knowledge *k, const knowledge *targets, double n)
{
    double x[4];
    solve4(x, k);
    double sum = 0.0;
    for (size_t i = 0; i < 4; i++)
        for (size_t j = 0; j < 4; j++)
            sum += x[i] * targets->m[4 * i + j] * x[j];
    return noise * sqrt(sum / n);
}

/* Runs one candidate and learns from it. */
static void run_candidate(knowledge *k, const beginning *b, const xbar_candidate *c,
                          uint64_t seed, double *n_outputs)
{
    xbar_crossbar *array = NULL;
    xbar_runs *runs = NULL;
    xbar_subject s;
    assert_int_equal(xbar_candidate_runs(&array, &runs, c, b->runs, seed, NULL),
                     XBAR_OK);
    assert_int_equal(xbar_family_array(&s, runs, NULL), XBAR_OK);
    measure(&s, runs, seed + 1000);
    learn(k, &s, runs);
    if (n_outputs)
        *n_outputs += (double)s.n_data;
    xbar_subject_clear(&s);
    xbar_runs_free(runs);
    xbar_crossbar_free(array);
}

static knowledge start_of(const beginning *b)
{
    knowledge k = {{0}, {0}};
    xbar_subject s;
    assert_int_equal(xbar_family_array(&s, b->runs, NULL), XBAR_OK);
    learn(&k, &s, b->runs);
    xbar_subject_clear(&s);
    return k;
}

/* Seconds until the held-out error is a third of what it was, and stays there. */
static double seconds_until(const beginning *b, const xbar_candidate *order, size_t n,
                            uint64_t seed, const knowledge *targets, double n_targets,
                            double aim)
{
    knowledge k = start_of(b);
    double seconds = 0.0;
    for (size_t m = 0; m < n; m++) {
        if (held_out(&k, targets, n_targets) < aim)
            return seconds;
        seconds += order[m].seconds;
        run_candidate(&k, b, &order[m], seed + 17 * m, NULL);
    }
    return seconds; /* all of them were not enough: at least so much */
}

static void test_gain(void **unused)
{
    (void)unused;
    double chosen = 0.0;
    double by_lot = 0.0;
    knowledge targets = {{0}, {0}};
    double n_targets = 0.0;
    for (uint64_t seed = 1; seed <= N_SEEDS; seed++) {
        beginning b = beginning_new(seed);
        xbar_subject s;
        xbar_calibration c;
        xbar_error err;
        const xbar_calibration_options o = {.free = free_names, .seed = seed};
        assert_int_equal(xbar_family_array(&s, b.runs, NULL), XBAR_OK);
        if (xbar_calibrate(&c, &s, &o, &err) != XBAR_OK)
            fail_msg("%s", err.text);
        xbar_candidate all[XBAR_MAX_CANDIDATES];
        xbar_candidate picks[MAX_PICKS];
        xbar_candidate lot[100];
        const xbar_time_law law = xbar_time_law_of(b.runs);
        assert_true(law.is_assumed);
        const size_t n = xbar_candidates(all, &s, b.runs, &law);
        /* all beginnings have one array, so the same candidates */
        for (size_t k = 0; k < n && seed == 1; k++)
            run_candidate(&targets, &b, &all[k], 5000 + k, &n_targets);
        assert_int_equal(xbar_suggest(picks, MAX_PICKS, &s, &c, b.runs, seed, &err),
                         XBAR_OK);
        for (uint32_t k = 0; k < 100; k++)
            lot[k] =
                all[(size_t)(xbar_uniform(seed, XBAR_STREAM_STUCK, 0, k) * (double)n)];
        const knowledge k = start_of(&b);
        const double aim = held_out(&k, &targets, n_targets) / 3.0;
        chosen += seconds_until(&b, picks, MAX_PICKS, seed, &targets, n_targets, aim);
        by_lot += seconds_until(&b, lot, 100, seed, &targets, n_targets, aim);
        xbar_calibration_clear(&c);
        xbar_subject_clear(&s);
        beginning_free(&b);
    }
    print_message("# seconds of SPICE to a third of the error, %d beginnings: chosen "
                  "%.3g, by lot %.3g\n",
                  N_SEEDS, chosen, by_lot);
    assert_true(chosen < 0.7 * by_lot);
}

/* A law through two sizes; one size leaves the exponent open. */
static void test_time_law(void **unused)
{
    (void)unused;
    beginning b = beginning_new(1);
    xbar_time_law law = xbar_time_law_of(b.runs);
    assert_true(law.is_assumed);
    assert_true(fabs(law.factor * pow(64.0, law.exponent) / 1e-3 - 1.0) < 1e-9);
    beginning_free(&b);
}

static void test_refusals(void **unused)
{
    (void)unused;
    beginning b = beginning_new(1);
    xbar_subject s;
    xbar_error err = {.text = ""};
    xbar_candidate pick;
    xbar_calibration c = {.n_free = 0};
    assert_int_equal(xbar_family_array(&s, b.runs, NULL), XBAR_OK);
    assert_int_equal(xbar_suggest(&pick, 1, &s, &c, b.runs, 1, &err), XBAR_ERR_INPUT);
    assert_non_null(strstr(err.text, "something free"));
    xbar_subject_clear(&s);
    beginning_free(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_gain),
        cmocka_unit_test(test_time_law),
        cmocka_unit_test(test_refusals),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
