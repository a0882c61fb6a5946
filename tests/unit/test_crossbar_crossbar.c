/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "check.h"

#include <math.h>
#include <string.h>

#include "crossbar/crossbar.h"

static void test_sizes(void **unused)
{
    (void)unused;
    static const struct {
        size_t rows, cols;
        xbar_status status;
    } cases[] = {
        {1, 1, XBAR_OK},
        {3, 1, XBAR_OK},
        {0, 4, XBAR_ERR_INPUT},
        {4, 0, XBAR_ERR_INPUT},
        {XBAR_MAX_LINES + 1, 1, XBAR_ERR_INPUT},
        {1, SIZE_MAX, XBAR_ERR_INPUT},
        {XBAR_MAX_LINES, XBAR_MAX_LINES, XBAR_ERR_INPUT},
    };
    for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
        xbar_crossbar *c = NULL;
        xbar_error err = {0};
        assert_int_equal(xbar_crossbar_new(&c, cases[k].rows, cases[k].cols, &err),
                         cases[k].status);
        assert_int_equal(c != NULL, cases[k].status == XBAR_OK);
        assert_int_equal(err.text[0] != '\0', cases[k].status != XBAR_OK);
        xbar_crossbar_free(c);
    }
    xbar_crossbar_free(NULL);
}

static void test_cuts(void **unused)
{
    (void)unused;
    xbar_crossbar *c = NULL;
    assert_int_equal(xbar_crossbar_new(&c, 3, 4, NULL), XBAR_OK);
    assert_null(c->row_cut);
    assert_int_equal(xbar_crossbar_cut(c, true, 2, 2, NULL), XBAR_OK);
    assert_int_equal(xbar_crossbar_cut(c, false, 3, 1, NULL), XBAR_OK);
    assert_int_equal(c->row_cut[2 * 4 + 2], 1);
    assert_int_equal(c->col_cut[1 * 4 + 3], 1);
    /* behind the last cell there is no segment */
    assert_int_equal(xbar_crossbar_cut(c, true, 2, 3, NULL), XBAR_ERR_INPUT);
    assert_int_equal(xbar_crossbar_cut(c, false, 3, 2, NULL), XBAR_ERR_INPUT);
    assert_int_equal(xbar_crossbar_cut(c, true, 3, 0, NULL), XBAR_ERR_INPUT);
    assert_int_equal(xbar_crossbar_cut(c, false, 4, 0, NULL), XBAR_ERR_INPUT);
    assert_int_equal(xbar_crossbar_cut(c, true, 0, SIZE_MAX, NULL), XBAR_ERR_INPUT);
    xbar_crossbar_free(c);
}

static void test_line_sources(void **unused)
{
    (void)unused;
    xbar_crossbar *c = NULL;
    xbar_stimulus s;
    assert_int_equal(xbar_crossbar_new(&c, 2, 3, NULL), XBAR_OK);
    assert_int_equal(xbar_stimulus_init(&s, c, NULL), XBAR_OK);
    assert_int_equal(xbar_row_source(c, &s, 0), XBAR_N_SIDES);
    assert_true(isnan(xbar_row_volt(c, &s, 0)));
    s.volt[XBAR_RIGHT][0] = 0.5;
    assert_int_equal(xbar_row_source(c, &s, 0), XBAR_RIGHT);
    s.volt[XBAR_LEFT][0] = 0.25;
    assert_true(xbar_row_volt(c, &s, 0) == 0.25);
    c->row_source[0] = XBAR_RIGHT;
    assert_true(xbar_row_volt(c, &s, 0) == 0.5);
    s.volt[XBAR_TOP][1] = 2.0;
    assert_int_equal(xbar_col_source(c, &s, 1), XBAR_TOP);
    s.volt[XBAR_BOTTOM][1] = 1.0;
    assert_true(xbar_col_volt(c, &s, 1) == 1.0);
    assert_true(isnan(xbar_col_volt(c, &s, 0)));
    xbar_stimulus_clear(&s);
    xbar_crossbar_free(c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sizes),
        cmocka_unit_test(test_cuts),
        cmocka_unit_test(test_line_sources),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
