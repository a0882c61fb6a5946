/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The engine `analytical` keeps the engines' contract, predicts what its model does, says
 * how sure it is as fitted.h has it, and flags what lies outside the calibrated region. */
#include "arrays.h"

#include <math.h>
#include <string.h>

enum { M = 9, N = 7 };

static xbar_crossbar *plain_array(void)
{
    xbar_crossbar *c = array_new(M, N, 5.0, 8.0);
    array_terminals(c, XBAR_LEFT, 30.0);
    array_terminals(c, XBAR_BOTTOM, 20.0);
    return c;
}

static void fill_cells(double *g)
{
    for (size_t k = 0; k < (size_t)M * N; k++)
        g[k] = 1e-5 * (double)(1 + 37 * k % 90);
}

static void drive(xbar_stimulus *s, const xbar_crossbar *c)
{
    assert_int_equal(xbar_stimulus_init(s, c, NULL), XBAR_OK);
    for (size_t i = 0; i < M; i++)
        s->volt[XBAR_LEFT][i] = 0.02 * (double)(1 + 4 * i % 9);
    for (size_t j = 0; j < N; j++)
        s->volt[XBAR_BOTTOM][j] = 0.0;
}

/* Solves one input with a fitted model (NULL: the default). */
static void solve(const xbar_crossbar *c, const xbar_fitted *fitted,
                  const xbar_stimulus *in, xbar_result *r)
{
    const xbar_engine *engine = xbar_engine_find("analytical");
    const xbar_engine_settings settings = {.analytical = fitted};
    double g[M * N];
    void *self = NULL;
    fill_cells(g);
    assert_int_equal(engine->open(&self, c, fitted ? &settings : NULL, NULL), XBAR_OK);
    assert_int_equal(engine->set_state(self, g, g, NULL), XBAR_OK);
    memset(g, 0, sizeof g); /* they were copied */
    assert_int_equal(engine->solve(self, in, 1, r, NULL), XBAR_OK);
    engine->close(self);
}

static xbar_result *result(const xbar_crossbar *c)
{
    xbar_result *r = array_result(c);
    r->i_out_std = array_doubles(c->n_cols);
    return r;
}

static void result_free(xbar_result *r)
{
    free(r->i_out_std);
    array_result_free(r);
}

static void test_contract(void **unused)
{
    (void)unused;
    xbar_crossbar *c = plain_array();
    xbar_stimulus in;
    drive(&in, c);
    xbar_result *r = result(c);
    xbar_result *exact = result(c);
    double g[M * N];
    fill_cells(g);
    array_solve("nodal", c, g, &in, exact);
    solve(c, NULL, &in, r);
    assert_int_equal(r->outcome, XBAR_DONE);
    assert_string_equal(r->error.text, "");
    assert_true(r->wall_time_s >= 0.0 && isnan(r->kcl_residual));
    for (size_t j = 0; j < N; j++) {
        assert_true(fabs(r->i_out[j] - exact->i_out[j]) <= 1e-3 * exact->i_out[j]);
        assert_true(r->i_terminal[XBAR_BOTTOM][j] == -r->i_out[j]);
        assert_true(r->i_terminal[XBAR_TOP][j] == 0.0);
        assert_true(isnan(r->i_out_std[j])); /* not calibrated: it does not know */
    }
    for (size_t i = 0; i < M; i++)
        assert_true(isnan(r->i_terminal[XBAR_LEFT][i]) &&
                    r->i_terminal[XBAR_RIGHT][i] == 0.0);
    for (size_t k = 0; k < (size_t)M * N; k++)
        assert_true(isnan(r->v_row[k]) && isnan(r->v_col[k]) && isnan(r->i_cell[k]));

    for (size_t i = 0; i < M; i++)
        in.volt[XBAR_LEFT][i] = 0.0;
    in.volt[XBAR_BOTTOM][3] = (double)NAN;
    solve(c, NULL, &in, r);
    for (size_t j = 0; j < N; j++) /* never -0 */
        assert_true(r->i_out[j] == 0.0 && !signbit(r->i_out[j]) &&
                    !signbit(r->i_terminal[XBAR_BOTTOM][j]));
    xbar_stimulus_clear(&in);
    result_free(r);
    result_free(exact);
    xbar_crossbar_free(c);
}

/* Any model, with any constants. */
static void test_fitted(void **unused)
{
    (void)unused;
    xbar_crossbar *c = plain_array();
    xbar_stimulus in;
    drive(&in, c);
    xbar_result *r = result(c);
    double g[M * N], want[N];
    fill_cells(g);
    const xbar_model *model = NULL;
    for (size_t m = 0; (model = xbar_model_at(m)) != NULL; m++) {
        xbar_fitted fitted = xbar_fitted_default(model);
        fitted.constants[0] = 1.25;
        void *self = NULL;
        assert_int_equal(model->open(&self, c, NULL), XBAR_OK);
        assert_int_equal(model->prepare(self, g, g, fitted.constants, NULL), XBAR_OK);
        assert_int_equal(model->predict(self, &in, 1, want, NULL), XBAR_OK);
        model->close(self);
        solve(c, &fitted, &in, r);
        assert_memory_equal(r->i_out, want, sizeof want);
    }
    xbar_stimulus_clear(&in);
    result_free(r);
    xbar_crossbar_free(c);
}

/* cell_scale in an array whose wires do not matter multiplies the outputs: what its
 * variance does to them is known. */
static void test_std(void **unused)
{
    (void)unused;
    static const struct {
        const char *name;
        double discrepancy[2], std; /* of cell_scale */
    } cases[] = {
        {"of the largest output", {0.01, 0.0}, 0.0},
        {"of an output", {0.0, 0.02}, 0.0},
        {"both", {0.01, 0.02}, 0.0},
        {"a constant's", {0.0, 1e-9}, 0.03},
        {"all", {0.01, 0.02}, 0.03},
        {"a constant's, beyond its limits", {0.0, 1e-9}, 80.0},
    };
    xbar_crossbar *c = array_new(M, N, 0.0, 0.0);
    array_terminals(c, XBAR_LEFT, 0.0);
    array_terminals(c, XBAR_BOTTOM, 0.0);
    xbar_stimulus in;
    drive(&in, c);
    xbar_result *r = result(c);
    const xbar_model *model = xbar_model_find("alpha_beta");
    assert_string_equal(model->constants[2].name, "cell_scale");
    for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
        xbar_fitted fitted = xbar_fitted_default(model);
        memcpy(fitted.discrepancy, cases[k].discrepancy, sizeof fitted.discrepancy);
        fitted.covariance[2 * model->n_constants + 2] = cases[k].std * cases[k].std;
        solve(c, &fitted, &in, r);
        assert_int_equal(r->outcome, XBAR_DONE);
        double largest = 0.0;
        for (size_t j = 0; j < N; j++)
            largest = fmax(largest, r->i_out[j]);
        for (size_t j = 0; j < N; j++) {
            double of_scale = cases[k].discrepancy[0] * largest;
            double own = cases[k].discrepancy[1] * r->i_out[j];
            double constant = cases[k].std * r->i_out[j];
            double want = sqrt(of_scale * of_scale + own * own + constant * constant);
            if (!(fabs(r->i_out_std[j] - want) <= 1e-9 * want))
                fail_msg("%s: %g, want %g", cases[k].name, r->i_out_std[j], want);
        }
    }
    xbar_stimulus_clear(&in);
    result_free(r);
    xbar_crossbar_free(c);
}

/* Segments and drivers both take from the far column: uncertain together they do so more
 * than the segments alone, uncertain against each other less, by as much. */
static void test_correlation(void **unused)
{
    (void)unused;
    xbar_crossbar *c = array_new(M, N, 5.0, 8.0);
    array_terminals(c, XBAR_LEFT, 5.0);
    array_terminals(c, XBAR_BOTTOM, 8.0);
    xbar_stimulus in;
    drive(&in, c);
    xbar_result *r = result(c);
    const xbar_model *model = xbar_model_find("modes");
    assert_string_equal(model->constants[0].name, "row_scale");
    assert_string_equal(model->constants[2].name, "drive_scale");
    double std[3];
    for (int k = 0; k < 3; k++) {
        xbar_fitted fitted = xbar_fitted_default(model);
        const size_t n = model->n_constants;
        const double s = 0.01;
        fitted.discrepancy[1] = 1e-12;
        fitted.covariance[0] = s * s;
        if (k > 0)
            fitted.covariance[2 * n + 2] = s * s;
        if (k > 0)
            fitted.covariance[2] = fitted.covariance[2 * n] = k == 1 ? s * s : -s * s;
        solve(c, &fitted, &in, r);
        std[k] = r->i_out_std[N - 1];
    }
    assert_true(std[0] > 0.0 && std[1] > 1.01 * std[0] && std[2] < 0.99 * std[0]);
    assert_true(fabs(std[1] + std[2] - 2.0 * std[0]) <= 1e-3 * std[0]);
    xbar_stimulus_clear(&in);
    result_free(r);
    xbar_crossbar_free(c);
}

static void test_outside(void **unused)
{
    (void)unused;
    xbar_crossbar *c = plain_array();
    xbar_stimulus in;
    drive(&in, c);
    xbar_result *r = result(c);
    xbar_fitted fitted = xbar_fitted_default(xbar_model_at(0));
    double g[M * N], features[XBAR_N_FEATURES], want[N];
    fill_cells(g);
    xbar_features(features, c, g, &in);
    fitted.has_region = true;
    for (size_t k = 0; k < XBAR_N_FEATURES; k++)
        fitted.region_min[k] = fitted.region_max[k] = features[k];
    solve(c, &fitted, &in, r);
    assert_int_equal(r->outcome, XBAR_DONE);
    memcpy(want, r->i_out, sizeof want);
    for (size_t k = 0; k < XBAR_N_FEATURES; k++) {
        xbar_fitted other = fitted;
        other.region_max[k] = 0.9 * features[k];
        other.region_min[k] = 0.5 * features[k];
        solve(c, &other, &in, r);
        assert_int_equal(r->outcome, XBAR_OUTSIDE);
        assert_memory_equal(r->i_out, want, sizeof want); /* the numbers stay */
        assert_non_null(strstr(r->error.text, xbar_feature_name[k]));
        assert_non_null(strstr(r->error.text, "calibrated region"));
    }
    xbar_stimulus_clear(&in);
    result_free(r);
    xbar_crossbar_free(c);
}

/* An input that the model refuses fails alone; an array that it refuses, in open. */
static void test_failures(void **unused)
{
    (void)unused;
    xbar_crossbar *c = plain_array();
    array_terminals(c, XBAR_RIGHT, 30.0);
    const xbar_engine *engine = xbar_engine_find("analytical");
    xbar_stimulus in[3];
    xbar_result *kept[3], out[3];
    for (int l = 0; l < 3; l++) {
        drive(&in[l], c);
        kept[l] = result(c);
        out[l] = *kept[l];
    }
    in[1].volt[XBAR_RIGHT][4] = 1.0; /* another voltage than on the left */
    double g[M * N];
    void *self = NULL;
    fill_cells(g);
    assert_int_equal(engine->open(&self, c, NULL, NULL), XBAR_OK);
    assert_non_null(strstr(engine->method(self), "modes, not calibrated"));
    assert_int_equal(engine->set_state(self, g, g, NULL), XBAR_OK);
    assert_int_equal(engine->solve(self, in, 3, out, NULL), XBAR_OK);
    assert_int_equal(out[0].outcome, XBAR_DONE);
    assert_int_equal(out[1].outcome, XBAR_FAILED);
    assert_int_equal(out[1].error.status, XBAR_ERR_INPUT);
    assert_non_null(strstr(out[1].error.text, "row 4"));
    assert_true(isnan(out[1].i_out[0]) && isnan(out[1].i_terminal[XBAR_TOP][0]));
    assert_int_equal(out[2].outcome, XBAR_DONE);
    assert_memory_equal(out[2].i_out, out[0].i_out, N * sizeof(double));
    engine->close(self);
    engine->close(NULL);

    const xbar_fitted lean = xbar_fitted_default(xbar_model_find("lean"));
    const xbar_engine_settings settings = {.analytical = &lean};
    xbar_error err = {0};
    self = c;
    assert_int_equal(engine->open(&self, c, &settings, &err), XBAR_ERR_INPUT);
    assert_null(self);
    assert_non_null(strstr(err.text, "right"));
    for (int l = 0; l < 3; l++) {
        xbar_stimulus_clear(&in[l]);
        result_free(kept[l]);
    }
    xbar_crossbar_free(c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_contract), cmocka_unit_test(test_fitted),
        cmocka_unit_test(test_std),      cmocka_unit_test(test_correlation),
        cmocka_unit_test(test_outside),  cmocka_unit_test(test_failures),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
