/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The solver as an object: answers depend on nothing but their input, whatever was solved
 * before; what it refuses, and how it says so. */
#include "nodal_networks.h"

#include <string.h>

enum { ROWS = 5, COLS = 4, CELLS = ROWS * COLS, N_STATES = 3, N_INPUTS = 6 };

/* Terminals on all sides, one piece behind a cut. */
static xbar_crossbar *array(const char *device)
{
    xbar_crossbar *c = array_new(ROWS, COLS, 2.5, 4.0);
    array_terminals(c, XBAR_LEFT, 2.5);
    array_terminals(c, XBAR_RIGHT, 0.0);
    array_terminals(c, XBAR_TOP, 10.0);
    array_terminals(c, XBAR_BOTTOM, 1.0);
    assert_int_equal(xbar_crossbar_cut(c, true, 2, 1, NULL), XBAR_OK);
    c->cell = xbar_cell_default(xbar_device_find(device));
    return c;
}

/* State 1 leaves the cells of column 3 out, state 2 is nearly uniform. */
static void fill_state(double *state, int k)
{
    for (int n = 0; n < CELLS; n++)
        state[n] = k == 2 ? 1e-4 : k == 1 && n % COLS == 3 ? 0.0 : 1e-5 * (1 + n);
}

/* Inputs with other voltages, other open terminals, none at all; one that hardly drives
 * and one that drives hard. */
static void fill_input(xbar_stimulus *s, int l)
{
    static const double volt[N_INPUTS] = {0.3, 1.0, 1.0, 0.3, 1e-6, 5.0};
    for (int side = 0; side < XBAR_N_SIDES; side++)
        for (int k = 0; k < (side < 2 ? ROWS : COLS); k++) {
            bool is_open =
                l == 3 || (l % 2 == 1 ? side == XBAR_RIGHT || side == XBAR_TOP
                                      : side == XBAR_LEFT && k > 1);
            s->volt[side][k] = is_open    ? (double)NAN
                               : side < 2 ? volt[l] * (1 + k) / ROWS
                                          : 0.0;
        }
}

static void compare(const xbar_nodal_answer *a, const xbar_nodal_answer *b)
{
    assert_int_equal(a->status, b->status);
    assert_memory_equal(a->v_row, b->v_row, CELLS * sizeof *a->v_row);
    assert_memory_equal(a->v_col, b->v_col, CELLS * sizeof *a->v_col);
    assert_memory_equal(a->i_cell, b->i_cell, CELLS * sizeof *a->i_cell);
    for (int side = 0; side < XBAR_N_SIDES; side++)
        assert_memory_equal(a->i_terminal[side], b->i_terminal[side],
                            (side < 2 ? ROWS : COLS) * sizeof *a->i_terminal[side]);
    assert_memory_equal(&a->kcl_residual, &b->kcl_residual, sizeof(double));
    assert_int_equal(a->n_newton, b->n_newton);
    assert_int_equal(a->n_corrections, b->n_corrections);
}

/* Every state with every input on a fresh solver, and then in many orders on one. */
static void test_answers_do_not_depend_on_history(void **unused)
{
    (void)unused;
    static const char *const devices[] = {"linear", "sinh"};
    for (int way = 0; way < 4; way++) {
        xbar_crossbar *c = array(devices[way / 2]);
        const xbar_nodal_options options = {.is_plain = way % 2 == 1};
        double state[N_STATES][CELLS];
        xbar_stimulus in[N_INPUTS];
        xbar_nodal_answer *fresh[N_STATES][N_INPUTS];
        for (int l = 0; l < N_INPUTS; l++) {
            assert_int_equal(xbar_stimulus_init(&in[l], c, NULL), XBAR_OK);
            fill_input(&in[l], l);
        }
        for (int k = 0; k < N_STATES; k++) {
            fill_state(state[k], k);
            for (int l = 0; l < N_INPUTS; l++) {
                fresh[k][l] = answer_new(c);
                assert_int_equal(
                    nodal_solve(c, state[k], &in[l], options.is_plain, fresh[k][l]),
                    XBAR_OK);
            }
        }
        xbar_nodal *solver = NULL;
        xbar_nodal_answer *a = answer_new(c);
        assert_int_equal(xbar_nodal_new(&solver, c, &options, NULL), XBAR_OK);
        for (unsigned n = 0; n < 60; n++) {
            unsigned k = n * 7 % 5 % N_STATES;
            unsigned l = n * 11 % 13 % N_INPUTS;
            xbar_nodal_set_state(solver, state[k]);
            assert_int_equal(xbar_nodal_solve(solver, &in[l], 1, a, NULL), XBAR_OK);
            compare(a, fresh[k][l]);
        }
        xbar_nodal_free(solver);
        for (int l = 0; l < N_INPUTS; l++)
            xbar_stimulus_clear(&in[l]);
        for (int k = 0; k < N_STATES; k++)
            for (int l = 0; l < N_INPUTS; l++)
                answer_free(fresh[k][l]);
        answer_free(a);
        xbar_crossbar_free(c);
    }
}

/* Many at once are each of them; one that is refused does not disturb the others. */
static void test_batch(void **unused)
{
    (void)unused;
    xbar_crossbar *c = array("linear");
    c->row_ohm = 0.0;
    array_terminals(c, XBAR_LEFT, 0.0);
    double state[CELLS];
    fill_state(state, 0);
    xbar_stimulus in[3];
    xbar_nodal_answer *a[3];
    xbar_nodal_answer all[3];
    for (int l = 0; l < 3; l++) {
        assert_int_equal(xbar_stimulus_init(&in[l], c, NULL), XBAR_OK);
        for (int i = 0; i < ROWS; i++)
            in[l].volt[XBAR_LEFT][i] = 1.0 + l;
        in[l].volt[XBAR_BOTTOM][0] = 0.0;
        a[l] = answer_new(c);
        all[l] = *a[l];
    }
    in[1].volt[XBAR_RIGHT][4] = 7.0;
    xbar_nodal *solver = NULL;
    assert_int_equal(xbar_nodal_new(&solver, c, NULL, NULL), XBAR_OK);
    xbar_nodal_set_state(solver, state);
    assert_int_equal(xbar_nodal_solve(solver, in, 3, all, NULL), XBAR_OK);
    assert_int_equal(all[0].status, XBAR_OK);
    assert_int_equal(all[1].status, XBAR_ERR_SHORT);
    assert_int_equal(all[2].status, XBAR_OK);
    assert_non_null(strstr(all[1].error.text, "left 4 (2 V)"));
    assert_non_null(strstr(all[1].error.text, "right 4 (7 V)"));
    assert_string_equal(all[0].error.text, "");
    assert_string_equal(all[2].error.text, "");
    assert_true(isnan(all[1].i_cell[0]) && isnan(all[1].largest_current));
    for (int k = 0; k < CELLS; k++)
        assert_true(fabs(all[2].i_cell[k] - 3.0 * all[0].i_cell[k]) <=
                    1e-12 * all[2].largest_current);
    xbar_nodal_free(solver);
    for (int l = 0; l < 3; l++) {
        xbar_stimulus_clear(&in[l]);
        answer_free(a[l]);
    }
    xbar_crossbar_free(c);
}

/* Planes that are not wanted are left out and change nothing. */
static void test_planes_not_wanted(void **unused)
{
    (void)unused;
    for (int is_plain = 0; is_plain < 2; is_plain++) {
        xbar_crossbar *c = array("linear");
        double state[CELLS];
        fill_state(state, 0);
        xbar_stimulus s;
        assert_int_equal(xbar_stimulus_init(&s, c, NULL), XBAR_OK);
        fill_input(&s, 0);
        xbar_nodal_answer *a = answer_new(c);
        xbar_nodal_answer *b = answer_new(c);
        xbar_nodal_answer few = *b;
        few.v_row = few.v_col = few.i_cell = NULL;
        assert_int_equal(nodal_solve(c, state, &s, is_plain, a), XBAR_OK);
        assert_int_equal(nodal_solve(c, state, &s, is_plain, &few), XBAR_OK);
        for (int side = 0; side < XBAR_N_SIDES; side++)
            assert_memory_equal(a->i_terminal[side], b->i_terminal[side],
                                (side < 2 ? ROWS : COLS) * sizeof(double));
        assert_true(few.kcl_residual == a->kcl_residual);
        answer_free(a);
        answer_free(b);
        xbar_stimulus_clear(&s);
        xbar_crossbar_free(c);
    }
}

static void test_refusals(void **unused)
{
    (void)unused;
    static const struct {
        double tolerance;
        bool is_fine;
    } cases[] = {{0.0, true},   {1e-15, true},   {1e-3, true},        {1e-16, false},
                 {0.01, false}, {-1e-12, false}, {(double)NAN, false}};
    xbar_crossbar *c = array("linear");
    for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
        const xbar_nodal_options options = {.tolerance = cases[k].tolerance};
        xbar_nodal *solver = NULL;
        xbar_error err = {0};
        xbar_status status = xbar_nodal_new(&solver, c, &options, &err);
        assert_int_equal(status, cases[k].is_fine ? XBAR_OK : XBAR_ERR_INPUT);
        if (!cases[k].is_fine) {
            assert_null(solver);
            assert_non_null(strstr(err.text, "tolerance"));
        }
        xbar_nodal_free(solver);
    }
    xbar_nodal_free(NULL);
    xbar_crossbar_free(c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_answers_do_not_depend_on_history),
        cmocka_unit_test(test_batch),
        cmocka_unit_test(test_planes_not_wanted),
        cmocka_unit_test(test_refusals),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
