/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The spice engine on circuits whose answer is known: design's worked example, many
 * states and inputs on one circuit, changing shapes, and cells that ngspice cannot
 * solve. */
#include "worked_example.h"

#include <string.h>

#include "engine/engine.h"

static void test_worked_example(void **unused)
{
    (void)unused;
    check_worked_example("spice");
}

/* One engine kept alive over states, inputs and shapes gives what a fresh one gives. */
static void test_living_circuit(void **unused)
{
    (void)unused;
    static const char *const devices[] = {"linear", "sinh"};
    for (int d = 0; d < 2; d++) {
        xbar_crossbar *c = worked_example();
        c->cell = xbar_cell_default(xbar_device_find(devices[d]));
        const xbar_engine *engine = xbar_engine_find("spice");
        double g[6][6];
        double i_out[6][3];
        void *self = NULL;
        assert_int_equal(engine->open(&self, c, NULL, NULL), XBAR_OK);
        xbar_stimulus s;
        drive_worked(&s, c);
        xbar_result *r = array_result(c);
        for (int k = 0; k < 6; k++) {
            for (int n = 0; n < 6; n++)
                g[k][n] = worked_g[(n + k) % 6] * (k == 3 && n == 2 ? 0.0 : 1.0);
            s.volt[XBAR_LEFT][1] = 0.1 * k;
            assert_int_equal(engine->set_state(self, g[k], g[k], NULL), XBAR_OK);
            assert_int_equal(engine->solve(self, &s, 1, r, NULL), XBAR_OK);
            assert_int_equal(r->outcome, XBAR_DONE);
            memcpy(i_out[k], r->i_out, sizeof i_out[k]);
        }
        engine->close(self);
        for (int k = 0; k < 6; k++) {
            s.volt[XBAR_LEFT][1] = 0.1 * k;
            array_solve("spice", c, g[k], &s, r);
            for (int j = 0; j < 3; j++)
                assert_near(i_out[k][j], r->i_out[j], d == 0 ? 1e-13 : 1e-10);
        }
        array_result_free(r);
        xbar_stimulus_clear(&s);
        xbar_crossbar_free(c);
    }
}

static void test_ideal_wires(void **unused)
{
    (void)unused;
    check_ideal_wires("spice", 1e-14);
}

static void test_floating_part(void **unused)
{
    (void)unused;
    check_floating_part("spice");
}

/* Both ends of a line on one node: the same voltage is shared, another is refused. */
static void test_two_sources_on_a_node(void **unused)
{
    (void)unused;
    xbar_crossbar *c = array_new(2, 3, 0.0, 2.0);
    array_terminals(c, XBAR_LEFT, 0.0);
    array_terminals(c, XBAR_RIGHT, 0.0);
    array_terminals(c, XBAR_BOTTOM, 20.0);
    xbar_stimulus s;
    drive_worked(&s, c);
    s.volt[XBAR_RIGHT][0] = 1.0;
    s.volt[XBAR_RIGHT][1] = 0.5;
    xbar_result *r = array_result(c);
    array_solve("spice", c, worked_g, &s, r);
    assert_int_equal(r->outcome, XBAR_DONE);
    double heat_in = 0.0;
    double out = 0.0;
    for (int i = 0; i < 2; i++) {
        assert_true(r->i_terminal[XBAR_LEFT][i] == r->i_terminal[XBAR_RIGHT][i]);
        heat_in += 2.0 * r->i_terminal[XBAR_LEFT][i];
    }
    for (int j = 0; j < 3; j++)
        out += r->i_out[j];
    assert_near(heat_in, out, 1e-12);

    s.volt[XBAR_RIGHT][1] = 0.25;
    array_solve("spice", c, worked_g, &s, r);
    assert_int_equal(r->outcome, XBAR_FAILED);
    assert_int_equal(r->error.status, XBAR_ERR_SHORT);
    assert_non_null(strstr(r->error.text, "left 1"));
    assert_non_null(strstr(r->error.text, "right 1"));
    array_result_free(r);
    xbar_stimulus_clear(&s);
    xbar_crossbar_free(c);
}

/* The subcircuit and the C law are one: with the cells' currents from C and everything
 * else from ngspice, Kirchhoff's law holds at each node, from the ohmic beginning to the
 * tangent beyond 80 v0. */
static void test_sinh_in_two_languages(void **unused)
{
    (void)unused;
    xbar_crossbar *c = worked_example();
    c->cell = xbar_cell_default(xbar_device_find("sinh"));
    static const double v0[] = {0.25, 0.1, 0.012345678901234567};
    static const double volt[] = {1e-6, 0.1, 1.0, -2.0, 20.0};
    xbar_stimulus s;
    drive_worked(&s, c);
    xbar_result *r = array_result(c);
    double g[6];
    for (int n = 0; n < 6; n++)
        g[n] = 1e-3 * worked_g[n];
    for (size_t p = 0; p < sizeof v0 / sizeof *v0; p++)
        for (size_t k = 0; k < sizeof volt / sizeof *volt; k++) {
            c->cell.parameters[0] = v0[p];
            s.volt[XBAR_LEFT][0] = volt[k];
            array_solve("spice", c, g, &s, r);
            if (r->outcome != XBAR_DONE)
                fail_msg("v0 %g, V %g: %s", v0[p], volt[k], r->error.text);
            double largest = fmax(fabs(r->i_terminal[XBAR_LEFT][0]),
                                  fabs(r->i_terminal[XBAR_LEFT][1]));
            if (!(r->kcl_residual < 1e-9 * largest))
                fail_msg("v0 %g, V %g: residual %g A of %g A", v0[p], volt[k],
                         r->kcl_residual, largest);
        }
    array_result_free(r);
    xbar_stimulus_clear(&s);
    xbar_crossbar_free(c);
}

/* One engine from inputs at which cells are nearly ohmic to such as need the guarded law,
 * and back: what a fresh one gives. */
static void test_growing_inputs(void **unused)
{
    (void)unused;
    static const double volt[] = {1e-3, 0.2, 5.0, 0.1, -20.0, 1e-6};
    enum { N = sizeof volt / sizeof *volt };
    xbar_crossbar *c = worked_example();
    c->cell = xbar_cell_default(xbar_device_find("sinh"));
    c->cell.parameters[0] = 0.01;
    const xbar_engine *engine = xbar_engine_find("spice");
    double g[6];
    double i_out[N][3];
    void *self = NULL;
    for (int n = 0; n < 6; n++)
        g[n] = 1e-3 * worked_g[n];
    assert_int_equal(engine->open(&self, c, NULL, NULL), XBAR_OK);
    assert_int_equal(engine->set_state(self, g, g, NULL), XBAR_OK);
    xbar_stimulus s;
    drive_worked(&s, c);
    xbar_result *r = array_result(c);
    for (int k = 0; k < N; k++) {
        s.volt[XBAR_LEFT][0] = volt[k];
        s.volt[XBAR_LEFT][1] = 0.5 * volt[k];
        assert_int_equal(engine->solve(self, &s, 1, r, NULL), XBAR_OK);
        if (r->outcome != XBAR_DONE)
            fail_msg("%g V: %s", volt[k], r->error.text);
        memcpy(i_out[k], r->i_out, sizeof i_out[k]);
        double largest =
            fmax(fabs(r->i_terminal[XBAR_LEFT][0]), fabs(r->i_terminal[XBAR_LEFT][1]));
        if (!(r->kcl_residual < 1e-9 * largest))
            fail_msg("%g V: residual %g A of %g A", volt[k], r->kcl_residual, largest);
    }
    engine->close(self);
    for (int k = 0; k < N; k++) {
        s.volt[XBAR_LEFT][0] = volt[k];
        s.volt[XBAR_LEFT][1] = 0.5 * volt[k];
        array_solve("spice", c, g, &s, r);
        for (int j = 0; j < 3; j++)
            assert_near(i_out[k][j], r->i_out[j], 1e-10);
    }
    array_result_free(r);
    xbar_stimulus_clear(&s);
    xbar_crossbar_free(c);
}

/* Wires of a millionth of an ohm: what rounding leaves of Kirchhoff's law there is no
 * reason to go on for ever, and the answer is that of ideal wires. */
static void test_short_wires(void **unused)
{
    (void)unused;
    xbar_crossbar *c = array_new(2, 3, 1e-6, 1e-6);
    array_terminals(c, XBAR_LEFT, 10.0);
    array_terminals(c, XBAR_BOTTOM, 20.0);
    c->cell = xbar_cell_default(xbar_device_find("sinh"));
    xbar_stimulus s;
    drive_worked(&s, c);
    xbar_result *wires = array_result(c);
    xbar_result *ideal = array_result(c);
    array_solve("spice", c, worked_g, &s, wires);
    c->row_ohm = c->col_ohm = 0.0;
    array_solve("spice", c, worked_g, &s, ideal);
    assert_int_equal(wires->outcome, XBAR_DONE);
    for (int j = 0; j < 3; j++)
        assert_near(wires->i_out[j], ideal->i_out[j], 1e-6);
    array_result_free(wires);
    array_result_free(ideal);
    xbar_stimulus_clear(&s);
    xbar_crossbar_free(c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_worked_example),
        cmocka_unit_test(test_living_circuit),
        cmocka_unit_test(test_ideal_wires),
        cmocka_unit_test(test_sinh_in_two_languages),
        cmocka_unit_test(test_growing_inputs),
        cmocka_unit_test(test_short_wires),
        cmocka_unit_test(test_floating_part),
        cmocka_unit_test(test_two_sources_on_a_node),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
