/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The nodal engine keeps the engines' contract: every array filled, signs, NaN where
 * nothing is, zeros that are no -0, one input's failure its own; and it agrees with the
 * spice engine on arrays that both can do. */
#include "worked_example.h"

#include <string.h>

static void test_worked_example(void **unused)
{
    (void)unused;
    check_worked_example("nodal");
}

/* One life of an engine over states, inputs and shapes; some inputs cannot be. */
static void test_one_life(void **unused)
{
    (void)unused;
    enum { N = 4 };
    const xbar_engine *engine = xbar_engine_find("nodal");
    xbar_crossbar *c = worked_example();
    c->row_ohm = 0.0;
    array_terminals(c, XBAR_LEFT, 0.0);
    array_terminals(c, XBAR_RIGHT, 0.0);
    xbar_stimulus in[N];
    xbar_result *kept[N];
    xbar_result out[N];
    for (int l = 0; l < N; l++) {
        drive_worked(&in[l], c);
        kept[l] = array_result(c);
        out[l] = *kept[l];
    }
    in[1].volt[XBAR_RIGHT][1] = 0.5;  /* the same: shared */
    in[2].volt[XBAR_RIGHT][1] = 0.25; /* another: refused */
    in[3].volt[XBAR_LEFT][0] = in[3].volt[XBAR_LEFT][1] = (double)NAN;
    void *self = NULL;
    assert_int_equal(engine->open(&self, c, NULL, NULL), XBAR_OK);
    assert_non_null(strstr(engine->method(self), "Newton"));
    for (int turn = 0; turn < 2; turn++) {
        double g[6];
        for (int k = 0; k < 6; k++)
            g[k] = (turn == 0 ? 1.0 : 0.5) * worked_g[k];
        assert_int_equal(engine->set_state(self, g, g, NULL), XBAR_OK);
        assert_int_equal(engine->solve(self, in, N, out, NULL), XBAR_OK);
        assert_int_equal(out[0].outcome, XBAR_DONE);
        assert_int_equal(out[1].outcome, XBAR_DONE);
        assert_true(out[1].i_terminal[XBAR_LEFT][1] ==
                    out[1].i_terminal[XBAR_RIGHT][1]);
        assert_near(2.0 * out[1].i_terminal[XBAR_LEFT][1],
                    out[0].i_terminal[XBAR_LEFT][1], 1e-12);
        assert_true(out[0].i_terminal[XBAR_RIGHT][1] == 0.0);

        assert_int_equal(out[2].outcome, XBAR_FAILED);
        assert_int_equal(out[2].error.status, XBAR_ERR_SHORT);
        assert_non_null(strstr(out[2].error.text, "left 1"));
        assert_non_null(strstr(out[2].error.text, "right 1"));
        assert_true(isnan(out[2].i_out[0]) && isnan(out[2].v_row[0]) &&
                    isnan(out[2].v_col[5]) && isnan(out[2].i_cell[0]) &&
                    isnan(out[2].i_terminal[XBAR_LEFT][0]) &&
                    isnan(out[2].kcl_residual));

        assert_int_equal(out[3].outcome, XBAR_DONE); /* the columns are all at 0 V */
        for (int j = 0; j < 3; j++)
            assert_true(out[3].i_out[j] == 0.0 && !signbit(out[3].i_out[j]));
        for (int k = 0; k < 6; k++)
            assert_true(out[3].v_row[k] == 0.0 && out[3].v_col[k] == 0.0);
    }
    engine->close(self);
    engine->close(NULL);
    for (int l = 0; l < N; l++) {
        xbar_stimulus_clear(&in[l]);
        array_result_free(kept[l]);
    }
    xbar_crossbar_free(c);
}

static void test_ideal_wires(void **unused)
{
    (void)unused;
    check_ideal_wires("nodal", 1e-15);
}

static void test_floating_part(void **unused)
{
    (void)unused;
    check_floating_part("nodal");
}

/* Terminals on all sides, of 0 ohm and others, a line that floats, a cut: against ngspice,
 * with both kinds of cells, from hardly driven to driven hard. */
static void test_agrees_with_spice(void **unused)
{
    (void)unused;
    static const char *const devices[] = {"linear", "sinh"};
    static const double volts[] = {1e-3, 0.3, 3.0};
    for (int d = 0; d < 2; d++) {
        xbar_crossbar *c = array_new(6, 5, 2.5, 4.0);
        c->cell = xbar_cell_default(xbar_device_find(devices[d]));
        array_terminals(c, XBAR_LEFT, 2.5);
        array_terminals(c, XBAR_RIGHT, 30.0);
        array_terminals(c, XBAR_BOTTOM, 0.0);
        c->terminal_ohm[XBAR_LEFT][2] = 0.0;
        assert_int_equal(xbar_crossbar_cut(c, false, 1, 3, NULL), XBAR_OK);
        double g[30];
        for (int k = 0; k < 30; k++)
            g[k] = 1e-5 * (1 + 7 * k % 30) * (k % 11 == 5 ? 0.0 : 1.0);
        xbar_stimulus s;
        assert_int_equal(xbar_stimulus_init(&s, c, NULL), XBAR_OK);
        xbar_result *nodal = array_result(c);
        xbar_result *spice = array_result(c);
        for (int n = 0; n < 3; n++) {
            for (int i = 0; i < 6; i++) {
                s.volt[XBAR_LEFT][i] = i == 4 ? (double)NAN : volts[n] * (i - 1) / 4.0;
                s.volt[XBAR_RIGHT][i] = i % 2 == 0 ? 0.5 * volts[n] : (double)NAN;
            }
            for (int j = 0; j < 4; j++)
                s.volt[XBAR_BOTTOM][j] = 0.0;
            array_solve("nodal", c, g, &s, nodal);
            array_solve("spice", c, g, &s, spice);
            assert_int_equal(nodal->outcome, XBAR_DONE);
            assert_int_equal(spice->outcome, XBAR_DONE);
            double largest = 0.0;
            for (int i = 0; i < 6; i++)
                largest = fmax(largest, fabs(spice->i_terminal[XBAR_LEFT][i]));
            for (int side = 0; side < XBAR_N_SIDES; side++)
                for (size_t k = 0; k < xbar_side_lines(c, (xbar_side)side); k++)
                    assert_true(fabs(nodal->i_terminal[side][k] -
                                     spice->i_terminal[side][k]) <= 1e-9 * largest);
            for (int k = 0; k < 30; k++) {
                assert_true(fabs(nodal->i_cell[k] - spice->i_cell[k]) <=
                            1e-9 * largest);
                assert_true(fabs(nodal->v_row[k] - spice->v_row[k]) <= 1e-9 * volts[n]);
                assert_true(fabs(nodal->v_col[k] - spice->v_col[k]) <= 1e-9 * volts[n]);
            }
        }
        array_result_free(nodal);
        array_result_free(spice);
        xbar_stimulus_clear(&s);
        xbar_crossbar_free(c);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_worked_example),    cmocka_unit_test(test_one_life),
        cmocka_unit_test(test_ideal_wires),       cmocka_unit_test(test_floating_part),
        cmocka_unit_test(test_agrees_with_spice),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
