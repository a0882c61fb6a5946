/* SPDX-License-Identifier: GPL-3.0-or-later */
/* An operation's voltages over time: a trapezoid on every line at once, open lines open
 * throughout, corners in order. */
#include "arrays.h"

#include <math.h>

#include "control/operation.h"

static void test_trapezoid(void **unused)
{
    (void)unused;
    xbar_crossbar *c = array_new(2, 2, 1.0, 1.0);
    array_terminals(c, XBAR_LEFT, 10.0);
    array_terminals(c, XBAR_BOTTOM, 10.0);
    xbar_operation o;
    assert_int_equal(xbar_operation_init(&o, c, NULL), XBAR_OK);
    xbar_operation_rest(&o, c);
    assert_true(isnan(o.level.volt[XBAR_RIGHT][0]));
    assert_true(o.level.volt[XBAR_LEFT][1] == 0.0);
    xbar_operation_row(&o, c, 1, 2.0);
    xbar_operation_col(&o, c, 0, -1.0);
    xbar_operation_col(&o, c, 1, (double)NAN);
    o.level.gate[1] = 3.0;
    o.pulse = (xbar_pulse){1.0, 2.0, 0.5, 4.0};
    assert_true(xbar_pulse_length(&o.pulse) == 7.5);
    const xbar_operation_drive drive = {&o, c, 10.0};
    const xbar_schedule s = xbar_operation_schedule(&drive);
    static const struct {
        double t, share, corner;
    } cases[] = {
        {9.0, 0.0, 10.0},
        {10.0, 0.0, 11.0},
        {10.25, 0.25, 11.0},
        {11.0, 1.0, 13.0},
        {12.0, 1.0, 13.0},
        {13.0, 1.0, 13.5},
        {13.25, 0.5, 13.5},
        {13.5, 0.0, (double)INFINITY},
        {99.0, 0.0, (double)INFINITY},
    };
    xbar_stimulus at;
    assert_int_equal(xbar_stimulus_init(&at, c, NULL), XBAR_OK);
    for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
        s.volts(&at, cases[k].t, s.with);
        assert_true(at.volt[XBAR_LEFT][0] == 0.0);
        assert_true(at.volt[XBAR_LEFT][1] == 2.0 * cases[k].share);
        assert_true(at.volt[XBAR_BOTTOM][0] == -1.0 * cases[k].share);
        assert_true(isnan(at.volt[XBAR_BOTTOM][1]) && isnan(at.volt[XBAR_TOP][0]));
        assert_true(at.gate[0] == 0.0 && at.gate[1] == 3.0 * cases[k].share);
        assert_true(s.corner(cases[k].t, s.with) == cases[k].corner);
    }
    xbar_stimulus_clear(&at);
    xbar_operation_clear(&o);
    xbar_crossbar_free(c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_trapezoid)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
