/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Known truth: currents of arrays whose wires and devices are known, with noise, come back
 * within their error bars, as often as those say. */
#include "arrays.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "calibrate/calibrate.h"
#include "core/random.h"
#include "crossbar/draw.h"
#include "nodal/nodal.h"

enum { N_SEEDS = 200 };

/* An array with states, inputs and runs of it. */
typedef struct laboratory {
    xbar_crossbar *c;
    double *conductance;
    xbar_stimulus *inputs;
    size_t n_states, n_inputs;
    xbar_runs *runs;
    xbar_subject subject;
    double *exact; /* A, [n_data] */
} laboratory;

static double uniform(uint32_t k)
{
    return xbar_uniform(7, XBAR_STREAM_INPUT, 0, k);
}

static void read_inputs(laboratory *l, double volt)
{
    uint32_t k = 0;
    l->inputs = calloc(l->n_inputs, sizeof *l->inputs);
    assert_non_null(l->inputs);
    for (size_t n = 0; n < l->n_inputs; n++) {
        assert_int_equal(xbar_stimulus_init(&l->inputs[n], l->c, NULL), XBAR_OK);
        for (size_t i = 0; i < l->c->n_rows; i++)
            l->inputs[n].volt[XBAR_LEFT][i] = volt * uniform(k++);
        for (size_t j = 0; j < l->c->n_cols; j++)
            l->inputs[n].volt[XBAR_BOTTOM][j] = 0.0;
    }
}

/* What the exact solver says of the runs as they are. */
static void solve_runs(laboratory *l)
{
    bool no[XBAR_MAX_SUBJECT_PARAMETERS] = {false};
    double p[XBAR_MAX_SUBJECT_PARAMETERS] = {0};
    bool *all = calloc(l->subject.n_units, sizeof *all);
    assert_non_null(all);
    memset(all, 1, l->subject.n_units);
    assert_int_equal(l->subject.predict(&l->subject, l->exact, NULL, p, no, all, NULL),
                     XBAR_OK);
    free(all);
}

/* Currents with relative noise, and the weights that go with them. */
static void measure(laboratory *l, double noise, uint64_t seed)
{
    for (size_t n = 0; n < l->subject.n_data; n++) {
        double z = xbar_normal(seed, XBAR_STREAM_INPUT, 1, (uint32_t)n);
        l->subject.measured[n] = l->exact[n] * (1.0 + noise * z);
        l->subject.scale[n] = l->subject.measured[n];
        l->subject.noise[n] = fabs(l->exact[n]);
    }
}

static laboratory laboratory_new(size_t n_rows, size_t n_cols, size_t n_states,
                                 size_t n_inputs, const char *device, double volt)
{
    laboratory l = {.c = array_new(n_rows, n_cols, 2.5, 4.0),
                    .n_states = n_states,
                    .n_inputs = n_inputs};
    l.c->cell = xbar_cell_default(xbar_device_find(device));
    array_terminals(l.c, XBAR_LEFT, 30.0);
    array_terminals(l.c, XBAR_BOTTOM, 15.0);
    const size_t n = n_states * n_rows * n_cols;
    l.conductance = array_doubles(n);
    for (uint32_t k = 0; k < n; k++)
        l.conductance[k] = 1e-4 * pow(10.0, uniform(1000 + k));
    read_inputs(&l, volt);
    assert_int_equal(
        xbar_runs_new(&l.runs, l.c, l.conductance, n_states, l.inputs, n_inputs, NULL),
        XBAR_OK);
    assert_int_equal(xbar_family_array(&l.subject, l.runs, NULL), XBAR_OK);
    l.exact = array_doubles(l.subject.n_data);
    solve_runs(&l);
    measure(&l, 0.0, 0);
    return l;
}

static void laboratory_free(laboratory *l)
{
    xbar_subject_clear(&l->subject);
    xbar_runs_free(l->runs);
    for (size_t n = 0; n < l->n_inputs; n++)
        xbar_stimulus_clear(&l->inputs[n]);
    free(l->inputs);
    free(l->conductance);
    free(l->exact);
    xbar_crossbar_free(l->c);
}

static void begin_at(laboratory *l, const char *name, double factor)
{
    size_t k = xbar_subject_find(&l->subject, name);
    assert_true(k < l->subject.n_parameters);
    l->subject.parameters[k].initial *= factor;
}

static double value_of(const laboratory *l, const xbar_calibration *c, const char *name)
{
    return c->value[xbar_subject_find(&l->subject, name)];
}

/* ---- no noise: every digit ------------------------------------------------------------ */

static void test_exact(void **unused)
{
    (void)unused;
    static const struct {
        const char *device, *free;
        double volt;
    } cases[] = {
        {"linear", "row_ohm,col_ohm,left_ohm,bottom_ohm", 0.2},
        {"sinh", "row_ohm,col_ohm,bottom_ohm", 0.8},
    };
    for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
        laboratory l = laboratory_new(6, 5, 3, 4, cases[k].device, cases[k].volt);
        begin_at(&l, "row_ohm", 4.0);
        begin_at(&l, "col_ohm", 0.3);
        begin_at(&l, "bottom_ohm", 2.0);
        const xbar_calibration_options options = {.free = cases[k].free};
        xbar_calibration c;
        xbar_error err;
        if (xbar_calibrate(&c, &l.subject, &options, &err) != XBAR_OK)
            fail_msg("%s: %s", cases[k].device, err.text);
        assert_true(c.fit.converged);
        assert_true(fabs(value_of(&l, &c, "row_ohm") / 2.5 - 1.0) < 1e-7);
        assert_true(fabs(value_of(&l, &c, "col_ohm") / 4.0 - 1.0) < 1e-7);
        assert_true(fabs(value_of(&l, &c, "bottom_ohm") / 15.0 - 1.0) < 1e-7);
        assert_true(c.is_split && c.errors[XBAR_ROLE_HELD_OUT].worst < 1e-9);
        /* the array is as it was */
        assert_true(l.c->row_ohm == 2.5 && l.c->terminal_ohm[XBAR_BOTTOM][0] == 15.0);
        xbar_calibration_clear(&c);
        laboratory_free(&l);
    }
}

/* The Jacobian by adjoints against differences of predictions. */
static void test_jacobian(void **unused)
{
    (void)unused;
    static const struct {
        const char *device;
        const char *free;
    } cases[] = {
        {"linear", "row_ohm,col_ohm,left_ohm,bottom_ohm,contact_ohm"},
        {"sinh", "row_ohm,bottom_ohm,v0"},
    };
    for (size_t n = 0; n < sizeof cases / sizeof *cases; n++) {
        laboratory l = laboratory_new(4, 3, 1, 2, cases[n].device, 0.6);
        xbar_subject *s = &l.subject;
        bool is_free[XBAR_MAX_SUBJECT_PARAMETERS];
        xbar_error err;
        if (xbar_calibration_free(is_free, s, cases[n].free, &err) != XBAR_OK)
            fail_msg("%s", err.text);
        const bool all[] = {true, true};
        double p[XBAR_MAX_SUBJECT_PARAMETERS];
        double *jacobian = array_doubles(s->n_data * s->n_parameters);
        double *y = array_doubles(s->n_data);
        double *up = array_doubles(s->n_data);
        double *down = array_doubles(s->n_data);
        for (size_t k = 0; k < s->n_parameters; k++)
            p[k] = s->parameters[k].initial;
        assert_int_equal(s->predict(s, y, jacobian, p, is_free, all, NULL), XBAR_OK);
        for (size_t k = 0; k < s->n_parameters; k++) {
            if (!is_free[k])
                continue;
            const double here = p[k];
            const double h = 1e-4 * here;
            p[k] = here + h;
            assert_int_equal(s->predict(s, up, NULL, p, is_free, all, NULL), XBAR_OK);
            p[k] = here - h;
            assert_int_equal(s->predict(s, down, NULL, p, is_free, all, NULL), XBAR_OK);
            p[k] = here;
            double largest = 0.0;
            for (size_t i = 0; i < s->n_data; i++)
                largest = fmax(largest, fabs(up[i] - down[i]) / (2.0 * h));
            assert_true(largest > 0.0);
            for (size_t i = 0; i < s->n_data; i++) {
                double want = (up[i] - down[i]) / (2.0 * h);
                double got = jacobian[i * s->n_parameters + k];
                if (!(fabs(got - want) < 1e-6 * largest))
                    fail_msg("%s, %s, datum %zu: %.9g, want %.9g", cases[n].device,
                             s->parameters[k].name, i, got, want);
            }
        }
        free(down);
        free(up);
        free(y);
        free(jacobian);
        laboratory_free(&l);
    }
}

/* ---- noise: the error bars ------------------------------------------------------------ */

/* 200 noises: within one standard error two times in three, the 90 % interval holds nine
 * times in ten, and so do predictions of what was held out. */
static void test_known_truth(void **unused)
{
    (void)unused;
    static const char *const names[] = {"row_ohm", "col_ohm", "left_ohm"};
    static const double truth[] = {2.5, 4.0, 30.0};
    size_t within_one[3] = {0};
    size_t within_90[3] = {0};
    double covered = 0.0;
    laboratory l = laboratory_new(4, 4, 2, 8, "linear", 0.2);
    for (uint64_t seed = 0; seed < N_SEEDS; seed++) {
        measure(&l, 2e-3, 100 + seed);
        const xbar_calibration_options options = {.free = "row_ohm,col_ohm,left_ohm",
                                                  .seed = seed};
        xbar_calibration c;
        xbar_error err;
        if (xbar_calibrate(&c, &l.subject, &options, &err) != XBAR_OK)
            fail_msg("%s", err.text);
        assert_true(c.fit.converged);
        for (size_t k = 0; k < 3; k++) {
            size_t at = xbar_subject_find(&l.subject, names[k]);
            double off = fabs(c.value[at] - truth[k]) / c.standard_error[at];
            within_one[k] += off < 1.0;
            within_90[k] += off < 1.6449;
        }
        covered += c.errors[XBAR_ROLE_HELD_OUT].covered / N_SEEDS;
        xbar_calibration_clear(&c);
    }
    laboratory_free(&l);
    print_message("# held out, within the 90 %% interval: %.1f %%\n", 100 * covered);
    for (size_t k = 0; k < 3; k++) {
        print_message("# %s within 1 and 1.645 standard errors: %zu and %zu of %d\n",
                      names[k], within_one[k], within_90[k], N_SEEDS);
        /* three deviations of a binomial: 136 +- 20, 180 +- 13 */
        assert_in_range(within_one[k], 116, 156);
        assert_in_range(within_90[k], 167, 193);
    }
    assert_true(covered > 0.87 && covered < 0.95);
}

/* ---- what the data cannot tell -------------------------------------------------------- */

/* Ideal wires: a row's driver and a column's sense resistance of one cell can only be
 * known together. */
static void test_not_identifiable(void **unused)
{
    (void)unused;
    laboratory l = laboratory_new(1, 1, 2, 8, "linear", 0.2);
    measure(&l, 1e-4, 3);
    const xbar_calibration_options options = {.free = "left_ohm,bottom_ohm"};
    xbar_calibration c;
    xbar_error err;
    if (xbar_calibrate(&c, &l.subject, &options, &err) != XBAR_OK)
        fail_msg("%s", err.text);
    assert_int_equal(c.fit.n_directions, 1);
    assert_true(isinf(c.fit.standard_error[0]) && isinf(c.fit.standard_error[1]));
    assert_true(isnan(xbar_fit_correlation(&c.fit, 0, 1)));
    /* their sum is known */
    assert_true(fabs(value_of(&l, &c, "left_ohm") + value_of(&l, &c, "bottom_ohm") -
                     45.0) < 1.0);
    xbar_calibration_clear(&c);
    laboratory_free(&l);
}

static void test_refusals(void **unused)
{
    (void)unused;
    static const struct {
        const char *name, *device, *free, *says;
    } cases[] = {
        {"unknown", "linear", "row_ohm,nonsense",
         "no parameter \"nonsense\": want row_ohm"},
        {"empty", "linear", "", "no parameter \"\""},
        {"empty at the end", "linear", "row_ohm,", "no parameter \"\""},
        {"twice", "linear", "row_ohm,row_ohm", "row_ohm is there twice"},
        {"contacts of sinh", "sinh", "contact_ohm", "want linear ones"},
    };
    for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
        laboratory l = laboratory_new(2, 2, 1, 2, cases[k].device, 0.2);
        const xbar_calibration_options options = {.free = cases[k].free};
        xbar_calibration c;
        xbar_error err = {.text = ""};
        if (xbar_calibrate(&c, &l.subject, &options, &err) != XBAR_ERR_INPUT)
            fail_msg("%s: not refused", cases[k].name);
        if (!strstr(err.text, cases[k].says))
            fail_msg("%s: %s", cases[k].name, err.text);
        laboratory_free(&l);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_exact),       cmocka_unit_test(test_jacobian),
        cmocka_unit_test(test_known_truth), cmocka_unit_test(test_not_identifiable),
        cmocka_unit_test(test_refusals),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
