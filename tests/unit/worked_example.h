/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file
 *  The design's worked example, for each engine to be held to: 2 x 3 cells, rows of
 *  1 ohm, columns of 2 ohm, inputs at the left behind 10 ohm, 0 V at the bottom behind
 *  20 ohm. The design prints nine digits.
 */
#ifndef XBAR_TESTS_WORKED_EXAMPLE_H
#define XBAR_TESTS_WORKED_EXAMPLE_H

#include "arrays.h"

#include <math.h>

static const double worked_g[6] = {1e-3, 2e-3, 3e-3, 4e-3, 5e-3, 6e-3};

static inline xbar_crossbar *worked_example(void)
{
    xbar_crossbar *c = array_new(2, 3, 1.0, 2.0);
    array_terminals(c, XBAR_LEFT, 10.0);
    array_terminals(c, XBAR_BOTTOM, 20.0);
    return c;
}

static inline void drive_worked(xbar_stimulus *s, const xbar_crossbar *c)
{
    assert_int_equal(xbar_stimulus_init(s, c, NULL), XBAR_OK);
    s->volt[XBAR_LEFT][0] = 1.0;
    s->volt[XBAR_LEFT][1] = 0.5;
    for (int j = 0; j < 3; j++)
        s->volt[XBAR_BOTTOM][j] = 0.0;
}

static inline void assert_near(double got, double want, double relative)
{
    if (!(fabs(got - want) <= relative * fabs(want)))
        fail_msg("got %.12g, want %.12g to %g", got, want, relative);
}

/* All that the design prints, to its digits. */
static inline void assert_worked(const xbar_result *r)
{
    static const double i_out[3] = {0.00247837758, 0.00358432611, 0.0046125929};
    static const double v_row[6] = {0.948326291, 0.944055885, 0.941523266,
                                    0.444920743, 0.44099423,  0.438914256};
    static const double v_col[6] = {0.0513614811, 0.0751620974, 0.097317095,
                                    0.0495675515, 0.0716865223, 0.092251858};
    static const double i_left[2] = {0.0051673709, 0.00550792569};
    assert_int_equal(r->outcome, XBAR_DONE);
    assert_string_equal(r->error.text, "");
    for (int j = 0; j < 3; j++) {
        assert_near(r->i_out[j], i_out[j], 5e-9);
        assert_near(r->i_terminal[XBAR_BOTTOM][j], -i_out[j], 5e-9);
        assert_true(r->i_terminal[XBAR_TOP][j] == 0.0);
    }
    for (int i = 0; i < 2; i++) {
        assert_near(r->i_terminal[XBAR_LEFT][i], i_left[i], 5e-9);
        assert_true(r->i_terminal[XBAR_RIGHT][i] == 0.0);
    }
    for (int k = 0; k < 6; k++) {
        assert_near(r->v_row[k], v_row[k], 5e-9);
        assert_near(r->v_col[k], v_col[k], 5e-9);
        assert_near(r->i_cell[k], worked_g[k] * (v_row[k] - v_col[k]), 2e-8);
    }
}

#endif
