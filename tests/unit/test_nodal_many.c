/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Many inputs together against plain elimination one by one; and that an input's answer
 * knows nothing of the others, to the bit. */
#include "nodal_sources.h"

#include <string.h>

#include "core/isa.h"

enum { N_INPUTS = 21 }; /* more than the lanes of a vector, and no multiple */

static const plain_case arrays[] = {
    {"2 x 3", 2, 3, 2.5, 2.5, 2.5, OPEN, OPEN, 2.5, RANDOM, 0},
    {"12 x 40", 12, 40, 2.5, 2.5, 2.5, OPEN, OPEN, 2.5, RANDOM, 0},
    {"15 x 17", 15, 17, 2.5, 2.5, 2.5, OPEN, OPEN, 2.5, RANDOM, 0},
    {"16 x 16", 16, 16, 2.5, 2.5, 2.5, OPEN, OPEN, 2.5, RANDOM, 0},
    {"33 x 50", 33, 50, 2.5, 2.5, 2.5, OPEN, OPEN, 2.5, RANDOM, 0},
    {"64 x 40", 64, 40, 2.5, 2.5, 2.5, OPEN, OPEN, 2.5, RANDOM, 0},
    {"all equal", 64, 40, 2.5, 2.5, 2.5, OPEN, OPEN, 2.5, EQUAL, 0},
    {"0.1 ohm", 33, 50, 0.1, 0.1, 0.1, OPEN, OPEN, 0.1, RANDOM, 0},
    {"20 ohm", 33, 50, 20, 20, 20, OPEN, OPEN, 20, RANDOM, 0},
    {"100 and 0.1 ohm", 33, 50, 100, 0.1, 100, OPEN, OPEN, 0.1, RANDOM, 0},
    {"driven on both sides", 33, 50, 2.5, 2.5, 2.5, 2.5, OPEN, 2.5, RANDOM, 0},
    {"from the right, read at the top", 33, 50, 2.5, 2.5, OPEN, 5, 5, OPEN, RANDOM, 0},
    {"terminals on all sides", 33, 50, 2.5, 2.5, 2.5, 40, 0.1, 7, RANDOM, 0},
    {"each line's end another", 33, 50, 2.5, 2.5, MIXED, MIXED, MIXED, MIXED, RANDOM,
     0},
    {"half open", 64, 40, 2.5, 2.5, 2.5, OPEN, OPEN, 2.5, SPARSE, 0},
    {"columns half off", 64, 40, 2.5, 2.5, 2.5, OPEN, OPEN, 2.5, HALF_COLS, 0},
    {"squares, 100 ohm", 64, 40, 100, 100, 100, OPEN, OPEN, 100, SQUARES, 0},
    {"ideal rows", 33, 50, 0, 2.5, 2.5, OPEN, OPEN, 2.5, RANDOM, 0},
    {"cuts", 33, 50, 2.5, 2.5, 2.5, OPEN, OPEN, 2.5, RANDOM, 0.05},
};
enum { N_ARRAYS = sizeof arrays / sizeof *arrays };

typedef struct many {
    array q;
    xbar_stimulus s[N_INPUTS];
    xbar_nodal_answer *a[N_INPUTS]; /* of all together */
    xbar_nodal *solver;
} many;

static void solve(many *m, const size_t *which, size_t n, xbar_nodal_answer *out)
{
    xbar_stimulus in[N_INPUTS];
    for (size_t k = 0; k < n; k++)
        in[k] = m->s[which[k]];
    assert_int_equal(xbar_nodal_solve(m->solver, in, n, out, NULL), XBAR_OK);
    for (size_t k = 0; k < n; k++)
        if (out[k].status != XBAR_OK)
            fail_msg("%s, input %zu: %s", m->q.a.what->name, which[k],
                     out[k].error.text);
}

static many many_new(const plain_case *what, const xbar_nodal_options *options)
{
    many m = {.q = array_of(what)};
    size_t every[N_INPUTS];
    xbar_nodal_answer out[N_INPUTS];
    for (size_t k = 0; k < N_INPUTS; k++) {
        any_volts(&m.q);
        assert_int_equal(xbar_stimulus_init(&m.s[k], m.q.c, NULL), XBAR_OK);
        for (int side = 0; side < XBAR_N_SIDES; side++)
            memcpy(m.s[k].volt[side], m.q.s.volt[side],
                   xbar_side_lines(m.q.c, (xbar_side)side) * sizeof(double));
        m.a[k] = answer_new(m.q.c);
        out[k] = *m.a[k];
        every[k] = k;
    }
    assert_int_equal(xbar_nodal_new(&m.solver, m.q.c, options, NULL), XBAR_OK);
    xbar_nodal_set_state(m.solver, m.q.a.g);
    solve(&m, every, N_INPUTS, out);
    for (size_t k = 0; k < N_INPUTS; k++)
        *m.a[k] = out[k];
    return m;
}

static void many_free(many *m)
{
    xbar_nodal_free(m->solver);
    for (size_t k = 0; k < N_INPUTS; k++) {
        answer_free(m->a[k]);
        xbar_stimulus_clear(&m->s[k]);
    }
    array_free(&m->q);
}

static void check_right(const xbar_nodal_options *options)
{
    for (size_t c = 0; c < N_ARRAYS; c++) {
        many m = many_new(&arrays[c], options);
        for (size_t k = 0; k < N_INPUTS; k += 5) {
            xbar_stimulus own = m.q.s;
            m.q.s = m.s[k];
            check_currents(&m.q, m.a[k]);
            m.q.s = own;
            assert_true(m.a[k]->is_tight);
            assert_true(m.a[k]->kcl_residual <= 1e-12 * m.a[k]->largest_current);
        }
        many_free(&m);
    }
}

static void test_right(void **unused)
{
    (void)unused;
    check_right(NULL);
}

/* From merged blocks, where those pay. */
static void test_right_together(void **unused)
{
    (void)unused;
    check_right(&(xbar_nodal_options){.is_together = true});
}

static void check_same(const many *m, const xbar_nodal_answer *a, size_t k,
                       const char *how)
{
    const xbar_nodal_answer *b = m->a[k];
    size_t bytes = m->q.a.n_cells * sizeof(double);
    bool same = memcmp(a->v_row, b->v_row, bytes) == 0 &&
                memcmp(a->v_col, b->v_col, bytes) == 0 &&
                memcmp(a->i_cell, b->i_cell, bytes) == 0 &&
                a->kcl_residual == b->kcl_residual;
    for (int side = 0; side < XBAR_N_SIDES; side++)
        same = same &&
               memcmp(a->i_terminal[side], b->i_terminal[side],
                      xbar_side_lines(m->q.c, (xbar_side)side) * sizeof(double)) == 0;
    if (!same)
        fail_msg("%s, input %zu: other bits %s", m->q.a.what->name, k, how);
}

/* Those inputs, in that order, get the answers that they got among all. */
static void check_company(many *m, const size_t *which, size_t n, const char *how)
{
    xbar_nodal_answer out[N_INPUTS];
    xbar_nodal_answer *room[N_INPUTS];
    for (size_t k = 0; k < n; k++) {
        room[k] = answer_new(m->q.c);
        out[k] = *room[k];
    }
    solve(m, which, n, out);
    for (size_t k = 0; k < n; k++) {
        check_same(m, &out[k], which[k], how);
        answer_free(room[k]);
    }
}

static void test_company_changes_no_bit(void **unused)
{
    (void)unused;
    static const size_t few[] = {20, 3, 3, 17}, two[] = {0, 19}, one[] = {11};
    size_t backwards[N_INPUTS];
    for (size_t k = 0; k < N_INPUTS; k++)
        backwards[k] = N_INPUTS - 1 - k;
    for (size_t c = 0; c < N_ARRAYS; c++) {
        many m = many_new(&arrays[c], NULL);
        check_company(&m, backwards, N_INPUTS, "backwards");
        check_company(&m, few, 4, "among four");
        check_company(&m, two, 2, "as one of two");
        check_company(&m, one, 1, "alone");
        many_free(&m);
    }
}

/* ---- together: what the solver keeps for one state and its terminals ----------------- */

/* Forty inputs of a square array are enough to be solved from merged blocks. */
enum { N_JOINT = 40, N_SIDE = 24 };

typedef struct joint {
    array q;
    xbar_nodal *solver;
    xbar_stimulus s[N_JOINT];
    xbar_nodal_answer *a[N_JOINT], *one;
} joint;

static joint joint_new(void)
{
    static const plain_case what = {"joint", N_SIDE, N_SIDE, 2.5,    2.5, 2.5,
                                    2.5,     OPEN,   2.5,    RANDOM, 0};
    const xbar_nodal_options options = {.is_together = true};
    joint j = {.q = array_of(&what)};
    for (size_t k = 0; k < N_JOINT; k++) {
        assert_int_equal(xbar_stimulus_init(&j.s[k], j.q.c, NULL), XBAR_OK);
        any_volts(&j.q);
        xbar_stimulus_copy(&j.s[k], &j.q.s, j.q.c);
        j.a[k] = answer_new(j.q.c);
    }
    j.one = answer_new(j.q.c);
    assert_int_equal(xbar_nodal_new(&j.solver, j.q.c, &options, NULL), XBAR_OK);
    return j;
}

static void joint_free(joint *j)
{
    for (size_t k = 0; k < N_JOINT; k++) {
        xbar_stimulus_clear(&j->s[k]);
        answer_free(j->a[k]);
    }
    answer_free(j->one);
    xbar_nodal_free(j->solver);
    array_free(&j->q);
}

/* Solves all, each against a fresh solver of its own.
 * @param are_joint  must they have come from merged blocks? */
static void check_joint(joint *j, const double *state, const char *when, bool are_joint)
{
    xbar_nodal_answer out[N_JOINT];
    for (size_t k = 0; k < N_JOINT; k++)
        out[k] = *j->a[k];
    assert_int_equal(xbar_nodal_solve(j->solver, j->s, N_JOINT, out, NULL), XBAR_OK);
    for (size_t k = 0; k < N_JOINT; k++) {
        assert_int_equal(nodal_solve(j->q.c, state, &j->s[k], true, j->one), XBAR_OK);
        /* blocks take no steps */
        if (out[k].status != XBAR_OK || (out[k].n_steps == 0) != are_joint)
            fail_msg("%s: input %zu: status %d, %zu steps", when, k, (int)out[k].status,
                     out[k].n_steps);
        for (size_t i = 0; i < N_SIDE; i++)
            for (int side = 0; side < XBAR_N_SIDES; side++)
                if (!(fabs(out[k].i_terminal[side][i] - j->one->i_terminal[side][i]) <=
                      1e-11 * j->one->largest_current))
                    fail_msg("%s: input %zu, %s %zu: %.17g A, want %.17g A", when, k,
                             xbar_side_name[side], i, out[k].i_terminal[side][i],
                             j->one->i_terminal[side][i]);
    }
}

static void test_state_after_state(void **unused)
{
    (void)unused;
    joint j = joint_new();
    double *state = array_doubles(j.q.a.n_cells);
    for (int turn = 0; turn < 3; turn++) {
        for (size_t k = 0; k < j.q.a.n_cells; k++)
            state[k] = j.q.a.g[(k + 100 * (size_t)turn) % j.q.a.n_cells];
        xbar_nodal_set_state(j.solver, state);
        check_joint(&j, state, turn == 0 ? "first state" : "a later state", true);
    }
    free(state);
    joint_free(&j);
}

static void open_right(joint *j, size_t input, size_t line, bool is_open)
{
    j->s[input].volt[XBAR_RIGHT][line] = is_open ? (double)NAN : 0.1;
}

static void test_terminals_after_terminals(void **unused)
{
    (void)unused;
    joint j = joint_new();
    xbar_nodal_set_state(j.solver, j.q.a.g);
    check_joint(&j, j.q.a.g, "all terminals", true);
    for (size_t k = 0; k < N_JOINT; k++)
        open_right(&j, k, 5, true);
    check_joint(&j, j.q.a.g, "one open", true);
    for (size_t k = 0; k < N_JOINT; k++)
        open_right(&j, k, 5, false);
    j.s[3].volt[XBAR_BOTTOM][4] = 0.01;
    check_joint(&j, j.q.a.g, "an output that is not at 0 V", true);
    j.s[3].volt[XBAR_BOTTOM][4] = 0.0;
    check_joint(&j, j.q.a.g, "all outputs at 0 V again", true);
    open_right(&j, N_JOINT - 1, 7, true);
    check_joint(&j, j.q.a.g, "open in one input", false);
    joint_free(&j);
}

/* Lines that no source reaches have no voltage, which blocks would not know. */
static void test_out_of_reach(void **unused)
{
    (void)unused;
    joint j = joint_new();
    double *state = array_doubles(j.q.a.n_cells);
    for (size_t k = 0; k < j.q.a.n_cells; k++)
        state[k] = k / N_SIDE == 3 ? 0.0 : j.q.a.g[k];
    for (size_t k = 0; k < N_JOINT; k++)
        j.s[k].volt[XBAR_LEFT][3] = j.s[k].volt[XBAR_RIGHT][3] = (double)NAN;
    xbar_nodal_set_state(j.solver, state);
    check_joint(&j, state, "a line by itself", false);
    free(state);
    joint_free(&j);
}

/* Few inputs are quicker one by one, many together, with vectors of any width. */
static void test_few(void **unused)
{
    (void)unused;
    for (int isa = XBAR_ISA_BASE; isa < XBAR_N_ISAS; isa++) {
        xbar_isa_limit((xbar_isa)isa);
        joint j = joint_new();
        xbar_nodal_answer out[3] = {*j.a[0], *j.a[1], *j.a[2]};
        xbar_nodal_set_state(j.solver, j.q.a.g);
        assert_int_equal(xbar_nodal_solve(j.solver, j.s, 3, out, NULL), XBAR_OK);
        for (size_t k = 0; k < 3; k++)
            assert_true(out[k].status == XBAR_OK && out[k].n_steps > 0);
        check_joint(&j, j.q.a.g, xbar_isa_name((xbar_isa)isa), true);
        joint_free(&j);
    }
    xbar_isa_limit(XBAR_ISA_AVX512);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_right),
        cmocka_unit_test(test_right_together),
        cmocka_unit_test(test_company_changes_no_bit),
        cmocka_unit_test(test_state_after_state),
        cmocka_unit_test(test_terminals_after_terminals),
        cmocka_unit_test(test_out_of_reach),
        cmocka_unit_test(test_few),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
