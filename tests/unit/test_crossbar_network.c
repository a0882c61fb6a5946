/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which nodes are one, which are live, and Kirchhoff's sum on a circuit solved by hand. */
#include "check.h"

#include <math.h>
#include <string.h>

#include "crossbar/network.h"

enum { ROWS = 2, COLS = 3, CELLS = ROWS * COLS };

static const double all_on[CELLS] = {1e-3, 1e-3, 1e-3, 1e-3, 1e-3, 1e-3};

typedef struct fixture {
    xbar_crossbar *c;
    xbar_stimulus s;
} fixture;

static fixture make(double row_ohm, double col_ohm, double left_ohm, double bottom_ohm)
{
    fixture f = {0};
    assert_int_equal(xbar_crossbar_new(&f.c, ROWS, COLS, NULL), XBAR_OK);
    f.c->row_ohm = row_ohm;
    f.c->col_ohm = col_ohm;
    assert_int_equal(xbar_stimulus_init(&f.s, f.c, NULL), XBAR_OK);
    for (int i = 0; i < ROWS; i++) {
        f.c->terminal_ohm[XBAR_LEFT][i] = left_ohm;
        f.s.volt[XBAR_LEFT][i] = 1.0;
    }
    for (int j = 0; j < COLS; j++) {
        f.c->terminal_ohm[XBAR_BOTTOM][j] = bottom_ohm;
        f.s.volt[XBAR_BOTTOM][j] = 0.0;
    }
    return f;
}

static void discard(fixture *f)
{
    xbar_stimulus_clear(&f->s);
    xbar_crossbar_free(f->c);
}

static xbar_network *network(const fixture *f, const double *state)
{
    xbar_network *net = NULL;
    assert_int_equal(xbar_network_new(&net, f->c, state, &f->s, NULL), XBAR_OK);
    return net;
}

static void test_merging(void **unused)
{
    (void)unused;
    static const struct {
        double row_ohm, col_ohm;
        size_t n_nodes;
    } cases[] = {{1, 1, 12}, {0, 1, 8}, {1, 0, 9}, {0, 0, 5}};
    for (size_t k = 0; k < 4; k++) {
        fixture f = make(cases[k].row_ohm, cases[k].col_ohm, 1.0, 1.0);
        xbar_network *net = network(&f, all_on);
        assert_int_equal(net->n_nodes, cases[k].n_nodes);
        assert_int_equal(net->n_live, cases[k].n_nodes);
        xbar_network_free(net);
        discard(&f);
    }
    /* a cut ideal line is two nodes; the second is named after its first member */
    fixture f = make(0.0, 1.0, 1.0, 1.0);
    assert_int_equal(xbar_crossbar_cut(f.c, true, 1, 0, NULL), XBAR_OK);
    xbar_network *net = network(&f, all_on);
    assert_int_equal(net->n_nodes, 9);
    assert_int_equal(net->word_node[4], net->word_node[5]);
    assert_int_not_equal(net->word_node[3], net->word_node[4]);
    assert_int_equal(net->nodes[net->word_node[5]].row, 1);
    assert_int_equal(net->nodes[net->word_node[5]].col, 1);
    assert_true(net->nodes[net->word_node[5]].is_word);
    assert_int_equal(xbar_network_end(net, XBAR_RIGHT, 1), net->word_node[5]);
    assert_int_equal(xbar_network_end(net, XBAR_TOP, 2), net->bit_node[2]);
    assert_int_equal(xbar_network_end(net, XBAR_BOTTOM, 2), net->bit_node[5]);
    xbar_network_free(net);
    discard(&f);
}

static void test_liveness(void **unused)
{
    (void)unused;
    fixture f = make(1.0, 1.0, 1.0, 1.0);
    double state[CELLS];
    memcpy(state, all_on, sizeof state);
    /* word node (0,2) cut off and its cell open: nothing reaches it */
    assert_int_equal(xbar_crossbar_cut(f.c, true, 0, 1, NULL), XBAR_OK);
    state[2] = 0.0;
    xbar_network *net = network(&f, state);
    assert_int_equal(net->n_live, 11);
    assert_false(net->nodes[net->word_node[2]].live);
    xbar_network_free(net);
    /* through its cell it is reached from the bit line */
    net = network(&f, all_on);
    assert_int_equal(net->n_live, 12);
    xbar_network_free(net);
    /* no source at all */
    for (int i = 0; i < ROWS; i++)
        f.s.volt[XBAR_LEFT][i] = (double)NAN;
    for (int j = 0; j < COLS; j++)
        f.s.volt[XBAR_BOTTOM][j] = (double)NAN;
    net = network(&f, all_on);
    assert_int_equal(net->n_live, 0);
    xbar_network_free(net);
    discard(&f);
}

static void test_two_sources(void **unused)
{
    (void)unused;
    fixture f = make(0.0, 1.0, 0.0, 1.0);
    for (int i = 0; i < ROWS; i++) {
        f.c->terminal_ohm[XBAR_RIGHT][i] = 0.0;
        f.s.volt[XBAR_RIGHT][i] = 1.0;
    }
    xbar_network *net = network(&f, all_on);
    assert_int_equal(net->nodes[net->word_node[0]].n_held, 2);
    xbar_network_free(net);

    xbar_error err = {0};
    f.s.volt[XBAR_RIGHT][1] = 0.5;
    assert_int_equal(xbar_network_new(&net, f.c, all_on, &f.s, &err), XBAR_ERR_SHORT);
    assert_null(net);
    assert_non_null(strstr(err.text, "left 1 (1 V)"));
    assert_non_null(strstr(err.text, "right 1 (0.5 V)"));
    /* a cut between them, or any resistance, makes it a circuit */
    assert_int_equal(xbar_crossbar_cut(f.c, true, 1, 1, NULL), XBAR_OK);
    net = network(&f, all_on);
    xbar_network_free(net);
    discard(&f);
}

/* One row, three cells of 1 mS, ideal wires: 1 mA through each cell and column. */
static void test_residual(void **unused)
{
    (void)unused;
    fixture f = make(0.0, 2.0, 0.0, 0.0);
    f.s.volt[XBAR_LEFT][1] = (double)NAN;
    double state[CELLS] = {1e-3, 1e-3, 1e-3, 0.0, 0.0, 0.0};
    xbar_network *net = network(&f, state);
    /* V(bit node (0,j)) = v with (1 V - v) 1 mS = v / 2 ohm */
    const double v = 1e-3 / (1e-3 + 0.5);
    const double i = v / 2.0;
    const double nan = (double)NAN;
    double v_row[CELLS] = {1.0, 1.0, 1.0, nan, nan, nan};
    double v_col[CELLS] = {v, v, v, 0.0, 0.0, 0.0};
    double i_cell[CELLS] = {i, i, i, 0.0, 0.0, 0.0};
    double i_left[ROWS] = {3.0 * i, 0.0};
    double i_right[ROWS] = {0.0, 0.0};
    double i_top[COLS] = {0.0, 0.0, 0.0};
    double i_bottom[COLS] = {-i, -i, -i};
    double *terminals[XBAR_N_SIDES] = {i_left, i_right, i_top, i_bottom};
    double work[2 * CELLS];
    double largest = 0.0;
    double residual = xbar_network_residual(net, f.c, v_row, v_col, i_cell, terminals,
                                            &largest, work);
    assert_true(residual < 1e-17);
    assert_true(largest == 3.0 * i);
    i_cell[1] *= 1.001;
    residual =
        xbar_network_residual(net, f.c, v_row, v_col, i_cell, terminals, NULL, work);
    assert_true(fabs(residual - 0.001 * i) < 1e-15);
    i_cell[1] = i;
    i_bottom[2] = 0.0; /* a current that goes nowhere */
    residual =
        xbar_network_residual(net, f.c, v_row, v_col, i_cell, terminals, NULL, work);
    assert_true(fabs(residual - i) < 1e-15);
    xbar_network_free(net);
    discard(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_merging),
        cmocka_unit_test(test_liveness),
        cmocka_unit_test(test_two_sources),
        cmocka_unit_test(test_residual),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
