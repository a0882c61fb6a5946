/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The list of models, what their constants do, the published ones against their closed
 * forms, and a fitted model's features and region. */
#include "model_cases.h"

#include <string.h>

#include "analytical/fitted.h"

enum { M = 7, N = 6 };

static void test_list(void **unused)
{
    (void)unused;
    const xbar_model *model = NULL;
    size_t n = 0;
    for (; (model = xbar_model_at(n)) != NULL; n++) {
        assert_ptr_equal(xbar_model_find(model->name), model);
        assert_true(model->what && model->source && model->n_constants > 0);
        assert_true(model->n_constants <= XBAR_MAX_CONSTANTS);
        for (size_t k = 0; k < model->n_constants; k++) {
            const xbar_constant *q = &model->constants[k];
            assert_true(q->name && q->unit && q->what);
            if (!(q->min < q->initial && q->initial < q->max))
                fail_msg("%s: %s begins on its limit", model->name, q->name);
            for (size_t l = 0; l < k; l++)
                assert_string_not_equal(q->name, model->constants[l].name);
        }
    }
    assert_int_equal(n, 5);
    assert_string_equal(xbar_model_at(0)->name, "modes");
    assert_null(xbar_model_find("exact"));
    assert_null(xbar_model_find(""));
}

/* With the initial constants a published form is itself, to the bit; also after others. */
static void test_papers(void **unused)
{
    (void)unused;
    static const char *const names[] = {"alpha_beta", "dmr", "jeong", "lean"};
    xbar_crossbar *c = form_array(&form_cases[3]);
    double g[M * N], v[M], want[N], got[N], other[XBAR_MAX_CONSTANTS],
        initial[XBAR_MAX_CONSTANTS];
    form_conductances(g, M * N);
    form_inputs(v, M);
    xbar_stimulus in;
    model_read(&in, c, v, 0.0);
    for (size_t k = 0; k < sizeof names / sizeof *names; k++) {
        const xbar_model *model = xbar_model_find(names[k]);
        assert_non_null(model);
        model_constants(initial, model);
        for (size_t l = 0; l < model->n_constants; l++)
            other[l] = 1.5;
        form_run(xbar_closed_form_find(names[k]), c, g, 1, v, want);
        void *self = NULL;
        assert_int_equal(model->open(&self, c, NULL), XBAR_OK);
        assert_int_equal(model->prepare(self, g, g, other, NULL), XBAR_OK);
        assert_int_equal(model->predict(self, &in, 1, got, NULL), XBAR_OK);
        assert_true(fabs(got[0] - want[0]) > 1e-3 * want[0]);
        assert_int_equal(model->prepare(self, g, g, initial, NULL), XBAR_OK);
        assert_int_equal(model->predict(self, &in, 1, got, NULL), XBAR_OK);
        if (memcmp(got, want, sizeof got) != 0)
            fail_msg("%s is not its paper's form", names[k]);
        model->close(self);
        model->close(NULL);
    }
    xbar_stimulus_clear(&in);
    xbar_crossbar_free(c);
}

static void set_constant(double *constants, const xbar_model *model, const char *name,
                         double value)
{
    model_constants(constants, model);
    for (size_t k = 0; k < model->n_constants; k++)
        if (strcmp(model->constants[k].name, name) == 0) {
            constants[k] = value;
            return;
        }
    fail_msg("%s has no %s", model->name, name);
}

/* A scale is as good as an array that has it. */
static void test_scales(void **unused)
{
    (void)unused;
    static const struct {
        const char *constant;
        double row, col, left, bottom, cell;
        bool of_modes_alone;
    } cases[] = {
        {"row_scale", 1.7, 1, 1.7, 1, 1, false},
        {"col_scale", 1, 1.7, 1, 1.7, 1, false},
        {"cell_scale", 1, 1, 1, 1, 1.7, false},
        {"row_scale", 1.7, 1, 1, 1, 1, true},
        {"col_scale", 1, 1.7, 1, 1, 1, true},
        {"drive_scale", 1, 1, 1.7, 1, 1, true},
        {"sense_scale", 1, 1, 1, 1.7, 1, true},
    };
    double g[M * N], scaled_g[M * N], v[M], got[N], want[N],
        constants[XBAR_MAX_CONSTANTS];
    form_conductances(g, M * N);
    form_inputs(v, M);
    const xbar_model *model = NULL;
    for (size_t m = 0; (model = xbar_model_at(m)) != NULL; m++)
        for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
            bool is_modes = strcmp(model->name, "modes") == 0;
            if (strcmp(cases[k].constant, "cell_scale") != 0 &&
                is_modes != cases[k].of_modes_alone)
                continue;
            const form_case plain = {"", M, N, 20, 30, 40, 50, 0.1};
            const form_case other = {"",
                                     M,
                                     N,
                                     20 * cases[k].row,
                                     30 * cases[k].col,
                                     40 * cases[k].left,
                                     50 * cases[k].bottom,
                                     0.1};
            xbar_crossbar *c = form_array(&plain);
            xbar_crossbar *d = form_array(&other);
            xbar_stimulus in;
            model_read(&in, c, v, 0.0);
            set_constant(constants, model, cases[k].constant, 1.7);
            for (size_t n = 0; n < M * N; n++)
                scaled_g[n] = cases[k].cell * g[n];
            model_run(model, c, g, constants, &in, 1, got);
            model_run(model, d, scaled_g, NULL, &in, 1, want);
            assert_all_near(got, want, N, 1e-9, cases[k].constant);
            model_run(model, c, g, NULL, &in, 1, want);
            if (fabs(got[0] - want[0]) <= 1e-4 * want[0])
                fail_msg("%s: %s does nothing", model->name, cases[k].constant);
            xbar_stimulus_clear(&in);
            xbar_crossbar_free(c);
            xbar_crossbar_free(d);
        }
}

/* A contact in series with each cell is as good as cells that have it. */
static void test_contact(void **unused)
{
    (void)unused;
    const xbar_model *model = xbar_model_find("modes");
    xbar_crossbar *c = form_array(&form_cases[3]);
    double g[M * N], with[M * N], v[M], got[N], want[N], constants[XBAR_MAX_CONSTANTS];
    form_conductances(g, M * N);
    form_inputs(v, M);
    xbar_stimulus in;
    model_read(&in, c, v, 0.0);
    set_constant(constants, model, "contact_ohm", 300.0);
    for (size_t k = 0; k < M * N; k++)
        with[k] = 1.0 / (1.0 / g[k] + 300.0);
    model_run(model, c, g, constants, &in, 1, got);
    model_run(model, c, with, NULL, &in, 1, want);
    assert_all_near(got, want, N, 1e-9, "contact");
    xbar_stimulus_clear(&in);
    xbar_crossbar_free(c);
}

/* Columns at a common voltage: as if it were 0 and the rows that much lower. */
static void test_level(void **unused)
{
    (void)unused;
    xbar_crossbar *c = form_array(&form_cases[3]);
    double g[M * N], v[M], lower[M], got[N], want[N];
    form_conductances(g, M * N);
    form_inputs(v, M);
    for (size_t i = 0; i < M; i++)
        lower[i] = v[i] - 0.07;
    const xbar_model *model = NULL;
    for (size_t m = 0; (model = xbar_model_at(m)) != NULL; m++) {
        xbar_stimulus in[2];
        model_read(&in[0], c, v, 0.07);
        model_read(&in[1], c, lower, 0.0);
        model_run(model, c, g, NULL, &in[0], 1, got);
        model_run(model, c, g, NULL, &in[1], 1, want);
        for (size_t j = 0; j < N; j++)
            assert_true(fabs(got[j] - want[j]) <= 1e-12 * fabs(want[0]));
        xbar_stimulus_clear(&in[0]);
        xbar_stimulus_clear(&in[1]);
    }
    xbar_crossbar_free(c);
}

static void test_refusals(void **unused)
{
    (void)unused;
    static const struct {
        const char *what;
        xbar_side side;
        size_t line;
        double volt;
        const char *says;
    } cases[] = {
        {"an open row", XBAR_LEFT, 3, (double)NAN, "left 3 is open"},
        {"an open column", XBAR_BOTTOM, 5, (double)NAN, "bottom 5 is open"},
        {"columns apart", XBAR_BOTTOM, 2, 0.1, "bottom 2 at 0.1"},
    };
    xbar_crossbar *c = form_array(&form_cases[3]);
    double g[M * N], v[M], i_out[N], initial[XBAR_MAX_CONSTANTS];
    form_conductances(g, M * N);
    form_inputs(v, M);
    const xbar_model *model = NULL;
    for (size_t m = 1; (model = xbar_model_at(m)) != NULL; m++)
        for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
            void *self = NULL;
            xbar_error err = {0};
            xbar_stimulus in;
            model_read(&in, c, v, 0.0);
            in.volt[cases[k].side][cases[k].line] = cases[k].volt;
            model_constants(initial, model);
            assert_int_equal(model->open(&self, c, NULL), XBAR_OK);
            assert_int_equal(model->prepare(self, g, g, initial, NULL), XBAR_OK);
            if (model->predict(self, &in, 1, i_out, &err) != XBAR_ERR_INPUT ||
                !strstr(err.text, cases[k].says))
                fail_msg("%s, %s: %s", model->name, cases[k].what, err.text);
            model->close(self);
            xbar_stimulus_clear(&in);
        }
    c->terminal_ohm[XBAR_TOP][1] = 1.0;
    for (size_t m = 2; (model = xbar_model_at(m)) != NULL; m++) {
        void *self = c;
        assert_int_equal(model->open(&self, c, NULL), XBAR_ERR_INPUT);
        assert_null(self);
    }
    xbar_crossbar_free(c);
}

/* 2 x 3 cells by hand. */
static void test_features(void **unused)
{
    (void)unused;
    const form_case q = {"", 2, 3, 10.0, 30.0, 5.0, 20.0, 0.0};
    const double g[6] = {1e-3, 1e-3, 1e-3, 1e-3, 0.0, 1e-4};
    const double v[2] = {0.4, 0.2};
    xbar_crossbar *c = form_array(&q);
    xbar_stimulus in;
    double f[XBAR_N_FEATURES];
    model_read(&in, c, v, 0.1);
    xbar_features(f, c, g, &in);
    const double mean = 4.1e-3 / 6.0;
    const double want[XBAR_N_FEATURES] = {
        2.0,
        3.0,
        10.0 * 9.0 * mean / 2.0,
        30.0 * 4.0 * mean / 2.0,
        (5.0 * 4.1e-3 + 20.0 * 4.1e-3) / 5.0,
        log(10.0) * 0.4, /* four of five alike: sqrt(4/5 1/5) of the distance */
        0.4 * 0.4 / (2.0 * (0.09 + 0.01)),
        0.4,
    };
    for (size_t k = 0; k < XBAR_N_FEATURES; k++)
        if (!(fabs(f[k] - want[k]) <= 1e-12 * want[k]))
            fail_msg("%s is %.15g, want %.15g", xbar_feature_name[k], f[k], want[k]);

    for (size_t i = 0; i < 2; i++)
        in.volt[XBAR_LEFT][i] = i == 0 ? (double)NAN : 0.1;
    xbar_features(f, c, (const double[6]){0.0}, &in); /* nothing at all */
    assert_true(f[XBAR_FEATURE_SPREAD] == 0.0 && f[XBAR_FEATURE_ROW_DROP] == 0.0);
    assert_true(f[XBAR_FEATURE_ACTIVE] == 1.0 && f[XBAR_FEATURE_VOLT] == 0.1);
    xbar_stimulus_clear(&in);
    xbar_crossbar_free(c);
}

static void test_region(void **unused)
{
    (void)unused;
    xbar_fitted fitted = xbar_fitted_default(xbar_model_at(0));
    double f[XBAR_N_FEATURES];
    for (size_t k = 0; k < XBAR_N_FEATURES; k++) {
        f[k] = fitted.region_min[k] = fitted.region_max[k] = 3.0;
        assert_non_null(xbar_feature_name[k]);
    }
    for (size_t k = 0; k < fitted.model->n_constants; k++)
        assert_true(fitted.constants[k] == fitted.model->constants[k].initial);
    assert_true(fitted.discrepancy[0] == 0.0 && fitted.covariance[0] == 0.0);
    f[2] = 1e9;
    assert_true(xbar_fitted_covers(&fitted, f)); /* no region */
    fitted.has_region = true;
    assert_false(xbar_fitted_covers(&fitted, f));
    for (size_t k = 0; k < XBAR_N_FEATURES; k++) {
        static const double inside[] = {2.9975, 3.0, 3.0025};
        static const double outside[] = {2.99, 3.01, (double)NAN};
        for (size_t l = 0; l < XBAR_N_FEATURES; l++)
            f[l] = 3.0;
        for (size_t l = 0; l < 3; l++) {
            f[k] = inside[l];
            assert_true(xbar_fitted_covers(&fitted, f));
            f[k] = outside[l];
            assert_false(xbar_fitted_covers(&fitted, f));
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_list),     cmocka_unit_test(test_papers),
        cmocka_unit_test(test_scales),   cmocka_unit_test(test_contact),
        cmocka_unit_test(test_level),    cmocka_unit_test(test_refusals),
        cmocka_unit_test(test_features), cmocka_unit_test(test_region),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
