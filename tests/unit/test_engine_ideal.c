/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "arrays.h"

#include <math.h>

static const double g[6] = {1e-3, 2e-3, 3e-3, 4e-3, 5e-3, 6e-3};

static void test_product(void **unused)
{
    (void)unused;
    xbar_crossbar *c = array_new(2, 3, 7.0, 9.0); /* wires do not matter */
    xbar_stimulus s;
    assert_int_equal(xbar_stimulus_init(&s, c, NULL), XBAR_OK);
    s.volt[XBAR_LEFT][0] = 1.0;
    s.volt[XBAR_RIGHT][1] = 0.5;
    s.volt[XBAR_BOTTOM][0] = 0.0;
    s.volt[XBAR_TOP][1] = 0.1;
    xbar_result *r = array_result(c);
    array_solve("ideal", c, g, &s, r);
    assert_int_equal(r->outcome, XBAR_DONE);
    assert_true(fabs(r->i_out[0] - (1e-3 + 2e-3)) < 1e-18);
    assert_true(fabs(r->i_out[1] - (2e-3 * 0.9 + 5e-3 * 0.4)) < 1e-18);
    assert_true(r->i_out[2] == 0.0); /* open: nothing flows, and the node is nowhere */
    assert_true(isnan(r->v_col[2]) && r->i_cell[2] == 0.0);
    assert_true(r->v_row[1] == 1.0 && r->v_col[1] == 0.1);
    assert_true(r->i_terminal[XBAR_LEFT][1] == 0.0);
    assert_true(fabs(r->i_terminal[XBAR_RIGHT][1] - (2e-3 + 2e-3)) < 1e-18);
    assert_true(r->i_terminal[XBAR_TOP][1] == -r->i_out[1]);
    assert_true(isnan(r->kcl_residual));
    array_result_free(r);
    xbar_stimulus_clear(&s);
    xbar_crossbar_free(c);
}

static void test_lists(void **unused)
{
    (void)unused;
    const xbar_engine *engine = NULL;
    for (size_t k = 0; (engine = xbar_engine_at(k)) != NULL; k++)
        assert_ptr_equal(xbar_engine_find(engine->name), engine);
    assert_null(xbar_engine_find("hspice"));
    assert_null(xbar_engine_find(""));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_product),
        cmocka_unit_test(test_lists),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
