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
#include <string.h>

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

/* ---- what every engine that knows wires is held to ------------------------------------ */

static inline void check_worked_example(const char *engine)
{
    xbar_crossbar *c = worked_example();
    xbar_stimulus s;
    drive_worked(&s, c);
    xbar_result *r = array_result(c);
    array_solve(engine, c, worked_g, &s, r);
    assert_worked(r);
    for (int j = 0; j < 3; j++)
        assert_true(r->i_terminal[XBAR_BOTTOM][j] == -r->i_out[j]);
    for (int k = 0; k < 6; k++)
        assert_near(r->i_cell[k], worked_g[k] * (r->v_row[k] - r->v_col[k]), 1e-13);
    assert_true(r->kcl_residual <= 1e-12 * 0.0055 && r->wall_time_s >= 0.0);
    array_result_free(r);
    xbar_stimulus_clear(&s);
    xbar_crossbar_free(c);
}

/* Without resistance the array is the ideal one. */
static inline void check_ideal_wires(const char *engine, double relative)
{
    xbar_crossbar *c = array_new(2, 3, 0.0, 0.0);
    array_terminals(c, XBAR_LEFT, 0.0);
    array_terminals(c, XBAR_BOTTOM, 0.0);
    xbar_stimulus s;
    drive_worked(&s, c);
    s.volt[XBAR_BOTTOM][1] = 0.125;
    xbar_result *r = array_result(c);
    xbar_result *ideal = array_result(c);
    array_solve(engine, c, worked_g, &s, r);
    array_solve("ideal", c, worked_g, &s, ideal);
    assert_int_equal(r->outcome, XBAR_DONE);
    for (int j = 0; j < 3; j++)
        assert_near(r->i_out[j], ideal->i_out[j], relative);
    for (int i = 0; i < 2; i++)
        assert_near(r->i_terminal[XBAR_LEFT][i], ideal->i_terminal[XBAR_LEFT][i],
                    relative);
    for (int k = 0; k < 6; k++)
        assert_true(r->v_row[k] == ideal->v_row[k] && r->v_col[k] == ideal->v_col[k]);
    array_result_free(r);
    array_result_free(ideal);
    xbar_stimulus_clear(&s);
    xbar_crossbar_free(c);
}

/* A part that no source reaches, and an array that none does: NaN, no current, and done. */
static inline void check_floating_part(const char *engine)
{
    xbar_crossbar *c = worked_example();
    double g[6];
    memcpy(g, worked_g, sizeof g);
    assert_int_equal(xbar_crossbar_cut(c, true, 0, 1, NULL), XBAR_OK);
    g[2] = 0.0; /* word node (0,2) hangs on nothing */
    xbar_stimulus s;
    drive_worked(&s, c);
    xbar_result *r = array_result(c);
    array_solve(engine, c, g, &s, r);
    assert_int_equal(r->outcome, XBAR_DONE);
    assert_true(isnan(r->v_row[2]) && r->i_cell[2] == 0.0);
    assert_true(isfinite(r->v_row[1]) && isfinite(r->v_col[2]));
    assert_true(r->kcl_residual < 1e-14);

    for (int side = 0; side < XBAR_N_SIDES; side++)
        for (size_t k = 0; k < xbar_side_lines(c, (xbar_side)side); k++)
            s.volt[side][k] = (double)NAN;
    array_solve(engine, c, g, &s, r);
    assert_int_equal(r->outcome, XBAR_DONE);
    for (int k = 0; k < 6; k++)
        assert_true(isnan(r->v_row[k]) && isnan(r->v_col[k]) && r->i_cell[k] == 0.0);
    assert_true(r->i_out[0] == 0.0 && r->kcl_residual == 0.0);
    array_result_free(r);
    xbar_stimulus_clear(&s);
    xbar_crossbar_free(c);
}

#endif
