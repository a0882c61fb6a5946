/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the models make of cells that are not ohmic: secants, the shape of their law, and
 * cells with access transistors in the model `modes`. */
#include "model_cases.h"

#include <string.h>

#include "analytical/cell_law.h"

enum { ROWS = 20, COLS = 24 };

static xbar_crossbar *array_of(const char *device, const char *access, double ohm)
{
    const form_case q = {"", ROWS, COLS, ohm, ohm, ohm, ohm, 0.0};
    xbar_crossbar *c = form_array(&q);
    c->cell = xbar_cell_default(xbar_device_find(device));
    if (access) {
        c->cell.access = xbar_device_find(access);
        assert_non_null(c->cell.access);
        xbar_device_parameters(c->cell.access_parameters, c->cell.access,
                               &c->cell.access->sets[0]);
        c->cell.read_gate = 1.8;
        c->cell.read_volt = 0.1;
    }
    return c;
}

static void test_ohmic(void **unused)
{
    (void)unused;
    static const struct {
        const char *device, *access;
        bool is_ohmic;
    } cases[] = {
        {"linear", NULL, true},
        {"sinh", NULL, false},
        {"linear", "access_nmos", false},
    };
    for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
        xbar_crossbar *c = array_of(cases[k].device, cases[k].access, 1.0);
        assert_true(xbar_cell_is_ohmic(&c->cell) == cases[k].is_ohmic);
        xbar_crossbar_free(c);
    }
}

static double sinh_share(double u)
{
    const double v0 = 0.25; /* of the default set */
    return sinh(u / v0) / (u / v0);
}

static void test_secants(void **unused)
{
    (void)unused;
    const size_t n = (size_t)ROWS * COLS;
    xbar_crossbar *c = array_of("sinh", NULL, 1.0);
    double x[ROWS * COLS], g[ROWS * COLS], v_p[ROWS * COLS], v_n[ROWS * COLS],
        gate[ROWS] = {0.0};
    form_conductances(x, n);
    for (size_t k = 0; k < n; k++) {
        v_n[k] = 0.01 * (double)(k % 7);
        v_p[k] = v_n[k] + 0.05 * (double)(k % 11) - 0.2;
    }
    x[5] = 0.0;
    v_p[6] = (double)NAN; /* a node that nothing reaches */
    v_p[8] = v_n[8];
    xbar_cell_volts at = {.v_p = v_p, .v_n = v_n, .gate = gate, .typical = 0.1};
    xbar_cell_secants(g, c, x, &at);
    assert_true(g[5] == 0.0);
    for (size_t k = 0; k < n; k++) {
        double u = v_p[k] - v_n[k];
        double want = x[k] * (fabs(u) > 1e-4 ? sinh_share(u) : 1.0);
        assert_true(fabs(g[k] - want) <= 1e-6 * want);
    }
    at = (xbar_cell_volts){.gate = gate, .typical = 0.3};
    xbar_cell_secants(g, c, x, &at); /* all cells at one voltage */
    for (size_t k = 0; k < n; k++)
        assert_true(fabs(g[k] - x[k] * sinh_share(0.3)) <= 1e-12 * g[k]);
    xbar_crossbar_free(c);
}

static void test_shape(void **unused)
{
    (void)unused;
    const double largest = 0.3;
    xbar_crossbar *c = array_of("sinh", NULL, 1.0);
    double x[ROWS * COLS], gate[ROWS] = {0.0};
    form_conductances(x, (size_t)ROWS * COLS);
    xbar_chi chi = xbar_chi_of(c, x, gate, largest);
    for (int k = -10; k <= 10; k++) {
        double u = k == 0 ? 1e-6 : 0.03 * k;
        assert_true(fabs(xbar_chi_at(&chi, u) - sinh_share(u)) <= 2e-4);
    }
    assert_true(xbar_chi_at(&chi, 5.0) == xbar_chi_at(&chi, largest));
    assert_true(xbar_chi_at(&chi, -5.0) == xbar_chi_at(&chi, -largest));
    memset(x, 0, sizeof x); /* all open */
    chi = xbar_chi_of(c, x, gate, largest);
    assert_true(xbar_chi_at(&chi, 0.2) == 1.0);
    xbar_crossbar_free(c);
}

static void set_gates(xbar_stimulus *in, double volt)
{
    for (size_t i = 0; i < ROWS; i++)
        in->gate[i] = volt;
}

/* Within twice what ohmic cells are allowed, dense inputs; a row whose gate is low takes
 * no part. */
static void test_access(void **unused)
{
    (void)unused;
    static const char *const devices[] = {"linear", "sinh"};
    enum { INPUTS = 6 };
    for (size_t d = 0; d < 2; d++) {
        xbar_crossbar *c = array_of(devices[d], "access_nmos", 5.0);
        double x[ROWS * COLS], g[ROWS * COLS], v[INPUTS * ROWS], got[COLS], want[COLS];
        double mean = 0.0;
        double worst = 0.0;
        double constants[XBAR_MAX_CONSTANTS];
        const xbar_model *model = xbar_model_find("modes");
        void *self = NULL;
        form_conductances(g, (size_t)ROWS * COLS);
        form_inputs(v, (size_t)INPUTS * ROWS);
        for (size_t k = 0; k < (size_t)ROWS * COLS; k++) {
            x[k] = xbar_cell_state(&c->cell, g[k]);
            g[k] = xbar_cell_conductance(&c->cell, x[k]);
        }
        model_constants(constants, model);
        assert_int_equal(model->open(&self, c, NULL), XBAR_OK);
        assert_int_equal(model->prepare(self, x, g, constants, NULL), XBAR_OK);
        for (size_t l = 0; l < INPUTS; l++) {
            xbar_stimulus in;
            model_read(&in, c, v + l * ROWS, 0.0);
            set_gates(&in, l == 2 ? 1.2 : 1.8);
            in.gate[7] = l == 3 ? 0.0 : in.gate[7];
            assert_int_equal(model->predict(self, &in, 1, got, NULL), XBAR_OK);
            exact_run(c, x, &in, want);
            for (size_t j = 0; j < COLS; j++) {
                double error = fabs(got[j] - want[j]) / fabs(want[j]);
                mean += error / (INPUTS * COLS);
                worst = error <= worst ? worst : error;
            }
            xbar_stimulus_clear(&in);
        }
        if (!(mean <= 0.003 && worst <= 0.02))
            fail_msg("%s: %g / %g %% off", devices[d], 100.0 * mean, 100.0 * worst);
        model->close(self);
        xbar_crossbar_free(c);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_ohmic),
        cmocka_unit_test(test_secants),
        cmocka_unit_test(test_shape),
        cmocka_unit_test(test_access),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
