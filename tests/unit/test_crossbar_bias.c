/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "check.h"

#include <math.h>

#include "crossbar/bias.h"

static void assert_volt(double got, double want)
{
    if (isnan(want))
        assert_true(isnan(got));
    else
        assert_true(fabs(got - want) < 1e-15);
}

/* What the design says of each scheme, at V = 1.2. */
static void test_schemes(void **unused)
{
    (void)unused;
    const double open = (double)NAN;
    const struct {
        xbar_scheme scheme;
        double row, col;
    } cases[] = {
        {XBAR_SCHEME_HALF, 0.6, 0.6},
        {XBAR_SCHEME_THIRD, 0.4, 0.8},
        {XBAR_SCHEME_FLOAT, open, open},
        {XBAR_SCHEME_GROUND, 0.0, 0.0},
    };
    for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
        xbar_crossbar *c = NULL;
        xbar_stimulus s;
        assert_int_equal(xbar_crossbar_new(&c, 3, 4, NULL), XBAR_OK);
        assert_int_equal(xbar_stimulus_init(&s, c, NULL), XBAR_OK);
        for (int i = 0; i < 3; i++)
            c->terminal_ohm[XBAR_LEFT][i] = 1.0;
        for (int j = 0; j < 4; j++)
            c->terminal_ohm[XBAR_BOTTOM][j] = 0.0;
        c->terminal_ohm[XBAR_BOTTOM][3] = (double)NAN; /* a line left open */
        xbar_bias_apply(&s, c, cases[k].scheme, 1, 2, 1.2);
        for (int i = 0; i < 3; i++) {
            assert_volt(s.volt[XBAR_LEFT][i], i == 1 ? 1.2 : cases[k].row);
            assert_volt(s.volt[XBAR_RIGHT][i], open);
        }
        for (int j = 0; j < 4; j++) {
            assert_volt(s.volt[XBAR_BOTTOM][j], j == 2   ? 0.0
                                                : j == 3 ? open
                                                         : cases[k].col);
            assert_volt(s.volt[XBAR_TOP][j], open);
        }
        xbar_stimulus_clear(&s);
        xbar_crossbar_free(c);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_schemes)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
