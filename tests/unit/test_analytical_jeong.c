/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "closed_form_cases.h"

#include "analytical/jeong.h"

static void near(double x, double wanted)
{
    if (!(fabs(x - wanted) <= 1e-13 * fabs(wanted)))
        fail_msg("%.17g, want %.17g", x, wanted);
}

/* k as the paper fitted it: 1.3 for a tenth of high cells, 0.4 for all of them. */
static void test_k(void **unused)
{
    (void)unused;
    static const double table[][2] = {{0.0, 1.3}, {0.1, 1.3}, {0.55, 0.85}, {1.0, 0.4}};
    for (size_t k = 0; k < sizeof table / sizeof *table; k++)
        near(xbar_jeong_k(table[k][0], 1.3, 0.4), table[k][1]);
}

static void test_ohm(void **unused)
{
    (void)unused;
    static const double ks[] = {0.4, 0.9, 1.0, 1.3};
    for (size_t n = 0; n < sizeof ks / sizeof *ks; n++) {
        const double k = ks[n];
        near(xbar_jeong_ohm(1e3, 1e5, k),
             (pow(1e3, 1 - k) + pow(1e5, 1 - k)) / (pow(1e3, -k) + pow(1e5, -k)));
        near(xbar_jeong_ohm(470.0, 470.0, k), 470.0);
    }
    near(xbar_jeong_ohm(1e-6, 1e15, 1.3), 1e-6 + pow(10.0, 15.0 - 1.3 * 21.0));
}

/* 2 x 3 cells of 10 ohm, r = 1 ohm: A = (3, 5, 6) ohm, B = 3 ohm, R_d = 10 ohm.
 * With left 2 ohm, row 1, column 4, bottom 5: A = (6, 8, 9), B = 2*5 + 4. */
static void test_by_hand(void **unused)
{
    (void)unused;
    static const struct {
        form_case array;
        double share[3];
    } cases[] = {
        {{"r everywhere", 2, 3, 1.0, 1.0, 1.0, 1.0, 0.0},
         {10.0 / 16, 10.0 / 18, 10.0 / 19}},
        {{"all different", 2, 3, 1.0, 4.0, 2.0, 5.0, 0.0},
         {10.0 / 30, 10.0 / 32, 10.0 / 33}},
    };
    const double g[6] = {0.1, 0.1, 0.1, 0.1, 0.1, 0.1};
    const double v[2] = {1.0, 2.0};
    double i[3];
    for (size_t k = 0; k < 2; k++) {
        xbar_crossbar *c = form_array(&cases[k].array);
        form_run(&xbar_closed_form_jeong, c, g, 1, v, i);
        for (size_t j = 0; j < 3; j++)
            near(i[j], 0.3 * cases[k].share[j]);
        xbar_crossbar_free(c);
    }
}

/* Two cells of four are high, the open one among them; a range that is
 * told replaces the state's own. */
static void test_range(void **unused)
{
    (void)unused;
    const form_case q = {"", 2, 2, 1.0, 1.0, 1.0, 1.0, 0.0};
    const double half_high[4] = {1e-3, 0.0, 1e-5, 1e-3};
    const double v[2] = {1.0, 1.0};
    const double wires = 2.0 + 3.0; /* A_0 + B */
    double i[2];
    xbar_crossbar *c = form_array(&q);
    void *self = NULL;
    assert_int_equal(xbar_closed_form_jeong.open(&self, c, NULL), XBAR_OK);
    assert_int_equal(xbar_closed_form_jeong.prepare(self, half_high, NULL), XBAR_OK);
    xbar_closed_form_jeong.predict(self, 1, v, i);
    double r_d = xbar_jeong_ohm(1e3, 1e5, xbar_jeong_k(0.5, 1.3, 0.4));
    near(i[0], 1.01e-3 * r_d / (r_d + wires));

    xbar_jeong_set_range(self, 500.0, 2000.0); /* high is above 1 kohm: the open and the
                                                  100 kohm cell */
    assert_int_equal(xbar_closed_form_jeong.prepare(self, half_high, NULL), XBAR_OK);
    xbar_closed_form_jeong.predict(self, 1, v, i);
    r_d = xbar_jeong_ohm(500.0, 2000.0, xbar_jeong_k(0.5, 1.3, 0.4));
    near(i[0], 1.01e-3 * r_d / (r_d + wires));
    xbar_closed_form_jeong.close(self);
    xbar_crossbar_free(c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_k),
        cmocka_unit_test(test_ohm),
        cmocka_unit_test(test_by_hand),
        cmocka_unit_test(test_range),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
