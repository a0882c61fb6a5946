/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Ohmic arrays that ngspice steps as small signals, with and without an operating point
 * first: every voltage and current of each point is that of the exact solver, and the
 * circuit lives on from state to state and input to input. */
#include "arrays.h"

#include <math.h>
#include <string.h>

#include "core/random.h"

enum { ROWS = 12, COLS = 14, CELLS = ROWS * COLS, ROUNDS = 14, OFTEN = 100 };

/* One number after the other. */
typedef uint32_t count;

static double draw(count *n)
{
    return xbar_uniform(7, XBAR_STREAM_INPUT, 0, (*n)++);
}

/* ohm of the terminals on each side; < 0: there are none */
typedef struct ends {
    const char *what;
    double ohm[XBAR_N_SIDES];
    double row_ohm;
    int open_line; /* of the left and of the bottom side; -1: none */
} ends;

static const ends cases[] = {
    {"behind resistances", {[XBAR_LEFT] = 10, -1, -1, 20}, 1.0, -1},
    {"four sides", {[XBAR_LEFT] = 10, 0.1, 1e3, 20}, 1.0, 2},
    {"held at the bottom", {[XBAR_LEFT] = 10, -1, -1, 0}, 1.0, -1},
    {"held at three sides", {[XBAR_LEFT] = 0, -1, 0, 0}, 2.0, 2},
    {"one source for both ends", {[XBAR_LEFT] = 0, 0, -1, 5}, 0.0, -1},
};

static xbar_crossbar *array_of(const ends *q)
{
    xbar_crossbar *c = array_new(ROWS, COLS, q->row_ohm, 2.0);
    for (int side = 0; side < XBAR_N_SIDES; side++)
        if (q->ohm[side] >= 0.0)
            array_terminals(c, (xbar_side)side, q->ohm[side]);
    return c;
}

/* Both ends of a row at the same voltage, so that they may hold one node. */
static void draw_volts(xbar_stimulus *s, const ends *q, const xbar_crossbar *c,
                       count *n)
{
    for (int side = 0; side < XBAR_N_SIDES; side++)
        for (size_t k = 0; k < xbar_side_lines(c, (xbar_side)side); k++) {
            const double volt = 2.0 * draw(n) - 1.0;
            const bool open =
                (side == XBAR_LEFT || side == XBAR_BOTTOM) && (int)k == q->open_line;
            if (q->ohm[side] >= 0.0 && !open)
                s->volt[side][k] = side == XBAR_RIGHT ? s->volt[XBAR_LEFT][k]
                                                      : (k % 5 == 4 ? 0.0 : volt);
        }
    if (q->open_line >= 0 && q->ohm[XBAR_RIGHT] >= 0.0)
        s->volt[XBAR_RIGHT][q->open_line] = 0.3;
}

static void draw_state(double *g, count *n)
{
    for (size_t k = 0; k < CELLS; k++)
        g[k] = 1e-6 * exp(6.9 * draw(n));
}

static void assert_close(const char *what, const double *got, const double *want,
                         size_t n)
{
    double largest = 0.0;
    for (size_t k = 0; k < n; k++)
        largest = fmax(largest, fabs(want[k]));
    for (size_t k = 0; k < n; k++)
        if (!(fabs(got[k] - want[k]) <= 1e-11 * largest))
            fail_msg("%s: %zu is %.15g, want %.15g", what, k, got[k], want[k]);
}

static void assert_same(const ends *q, const xbar_crossbar *c, const xbar_result *r,
                        const xbar_result *exact)
{
    assert_int_equal(r->outcome, XBAR_DONE);
    assert_close(q->what, r->i_out, exact->i_out, COLS);
    for (int side = 0; side < XBAR_N_SIDES; side++)
        assert_close(q->what, r->i_terminal[side], exact->i_terminal[side],
                     xbar_side_lines(c, (xbar_side)side));
    assert_close(q->what, r->v_row, exact->v_row, CELLS);
    assert_close(q->what, r->v_col, exact->v_col, CELLS);
    assert_close(q->what, r->i_cell, exact->i_cell, CELLS);
    assert_true(r->kcl_residual < 1e-14);
}

/* A new state in each even round, new voltages in each that three divides or that begins
 * with a new state; now and then neither. */
static void follow(const ends *q, size_t n_alike)
{
    const xbar_engine *engine = xbar_engine_find("spice");
    const xbar_engine_settings settings = {.n_alike = n_alike};
    xbar_crossbar *c = array_of(q);
    count n = 0;
    double g[CELLS];
    xbar_stimulus s;
    void *self = NULL;
    xbar_result *r = array_result(c);
    xbar_result *exact = array_result(c);
    assert_int_equal(xbar_stimulus_init(&s, c, NULL), XBAR_OK);
    assert_int_equal(engine->open(&self, c, &settings, NULL), XBAR_OK);
    for (int round = 0; round < ROUNDS; round++) {
        if (round % 2 == 0)
            draw_state(g, &n);
        if (round % 3 == 0)
            draw_volts(&s, q, c, &n);
        assert_int_equal(engine->set_state(self, g, g, NULL), XBAR_OK);
        assert_int_equal(engine->solve(self, &s, 1, r, NULL), XBAR_OK);
        array_solve("nodal", c, g, &s, exact);
        assert_same(q, c, r, exact);
    }
    engine->close(self);
    array_result_free(exact);
    array_result_free(r);
    xbar_stimulus_clear(&s);
    xbar_crossbar_free(c);
}

static void test_as_the_exact_solver(void **unused)
{
    (void)unused;
    for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
        follow(&cases[k], OFTEN);
        follow(&cases[k], 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_as_the_exact_solver),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
