/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The quick way for ordinary arrays against plain elimination: terminals' currents,
 * Kirchhoff's law at every node from the voltages alone, and the same bits on one thread,
 * on two, and whatever was solved before. */
#include "nodal_sources.h"

#include <float.h>
#include <string.h>

#include "nodal/fast_inside.h"

static const plain_case arrays[] = {
    {"2 x 2", 2, 2, 2.5, 2.5, 2.5, OPEN, OPEN, 2.5, RANDOM, 0},
    {"2 x 40", 2, 40, 2.5, 2.5, 2.5, OPEN, OPEN, 2.5, RANDOM, 0},
    {"40 x 2", 40, 2, 2.5, 2.5, 2.5, OPEN, OPEN, 2.5, RANDOM, 0},
    {"3 x 17", 3, 17, 2.5, 2.5, 2.5, OPEN, OPEN, 2.5, RANDOM, 0},
    {"15 x 17", 15, 17, 2.5, 2.5, 2.5, OPEN, OPEN, 2.5, RANDOM, 0},
    {"16 x 16", 16, 16, 2.5, 2.5, 2.5, OPEN, OPEN, 2.5, RANDOM, 0},
    {"17 x 15", 17, 15, 2.5, 2.5, 2.5, OPEN, OPEN, 2.5, RANDOM, 0},
    {"31 x 33", 31, 33, 2.5, 2.5, 2.5, OPEN, OPEN, 2.5, RANDOM, 0},
    {"32 x 32", 32, 32, 2.5, 2.5, 2.5, OPEN, OPEN, 2.5, RANDOM, 0},
    {"49 x 25", 49, 25, 2.5, 2.5, 2.5, OPEN, OPEN, 2.5, RANDOM, 0},
    {"64 x 40", 64, 40, 2.5, 2.5, 2.5, OPEN, OPEN, 2.5, RANDOM, 0},
    {"100 x 7", 100, 7, 2.5, 2.5, 2.5, OPEN, OPEN, 2.5, RANDOM, 0},
    {"7 x 100", 7, 100, 2.5, 2.5, 2.5, OPEN, OPEN, 2.5, RANDOM, 0},
    {"90 x 70", 90, 70, 2.5, 2.5, 2.5, OPEN, OPEN, 2.5, RANDOM, 0},
    {"all equal", 64, 40, 2.5, 2.5, 2.5, OPEN, OPEN, 2.5, EQUAL, 0},
    {"driven on both sides", 33, 50, 2.5, 2.5, 2.5, 2.5, OPEN, 2.5, RANDOM, 0},
    {"from the right, read at the top", 33, 50, 2.5, 2.5, OPEN, 5, 5, OPEN, RANDOM, 0},
    {"terminals on all sides", 33, 50, 2.5, 2.5, 2.5, 40, 0.1, 7, RANDOM, 0},
    {"only the left", 33, 50, 2.5, 2.5, 2.5, OPEN, OPEN, OPEN, RANDOM, 0},
    {"only the top", 33, 50, 2.5, 2.5, OPEN, OPEN, 2.5, OPEN, RANDOM, 0},
    {"0.1 ohm", 33, 50, 0.1, 0.1, 0.1, OPEN, OPEN, 0.1, RANDOM, 0},
    {"20 ohm", 33, 50, 20, 20, 20, OPEN, OPEN, 20, RANDOM, 0},
    {"100 ohm", 33, 50, 100, 100, 100, OPEN, OPEN, 100, RANDOM, 0},
    {"100 and 0.1 ohm", 33, 50, 100, 0.1, 100, OPEN, OPEN, 0.1, RANDOM, 0},
    {"0.1 and 100 ohm", 33, 50, 0.1, 100, 0.1, OPEN, OPEN, 100, RANDOM, 0},
    {"a milliohm", 33, 50, 1e-3, 1e-3, 1e-3, OPEN, OPEN, 1e-3, RANDOM, 0},
    {"each line's end another", 33, 50, 2.5, 2.5, MIXED, MIXED, MIXED, MIXED, RANDOM,
     0},
    {"the same, half open", 64, 40, 2.5, 2.5, MIXED, MIXED, MIXED, MIXED, SPARSE, 0},
    {"half open", 64, 40, 2.5, 2.5, 2.5, OPEN, OPEN, 2.5, SPARSE, 0},
    {"columns half off", 64, 40, 2.5, 2.5, 2.5, OPEN, OPEN, 2.5, HALF_COLS, 0},
    {"rows half off", 64, 40, 2.5, 2.5, 2.5, OPEN, OPEN, 2.5, HALF_ROWS, 0},
    {"rows scaled", 64, 40, 2.5, 2.5, 2.5, OPEN, OPEN, 2.5, SCALED, 0},
    {"blocks", 64, 40, 2.5, 2.5, 2.5, OPEN, OPEN, 2.5, BLOCKS, 0},
    {"squares", 64, 40, 2.5, 2.5, 2.5, OPEN, OPEN, 2.5, SQUARES, 0},
    {"lone cells", 64, 40, 2.5, 2.5, 2.5, OPEN, OPEN, 2.5, LONE, 0},
    {"shorted cells", 64, 40, 2.5, 2.5, 2.5, OPEN, OPEN, 2.5, SHORTED, 0},
    {"1e-9 to 0.1 S", 64, 40, 2.5, 2.5, 2.5, OPEN, OPEN, 2.5, WIDE, 0},
    {"columns half off, 100 ohm", 64, 40, 100, 100, 100, OPEN, OPEN, 100, HALF_COLS, 0},
    {"rows half off, 100 ohm", 64, 40, 100, 100, 100, OPEN, OPEN, 100, HALF_ROWS, 0},
    {"rows scaled, 100 ohm", 64, 40, 100, 100, 100, OPEN, OPEN, 100, SCALED, 0},
    {"blocks, 100 ohm", 64, 40, 100, 100, 100, OPEN, OPEN, 100, BLOCKS, 0},
    {"squares, 100 ohm", 64, 40, 100, 100, 100, OPEN, OPEN, 100, SQUARES, 0},
    {"lone cells, 100 ohm", 64, 40, 100, 100, 100, OPEN, OPEN, 100, LONE, 0},
    {"shorted cells, 100 ohm", 64, 40, 100, 100, 100, OPEN, OPEN, 100, SHORTED, 0},
    {"shorted cells, 0.1 ohm", 64, 40, 0.1, 0.1, 0.1, OPEN, OPEN, 0.1, SHORTED, 0},
};
enum { N_ARRAYS = sizeof arrays / sizeof *arrays };

static const double tolerance = 1e-12;

static xbar_fast *fast_of(const array *q, unsigned threads)
{
    xbar_fast *f = NULL;
    assert_int_equal(xbar_fast_new(&f, &q->l, threads, NULL), XBAR_OK);
    assert_int_equal(xbar_fast_arrange(f, NULL), XBAR_OK);
    xbar_fast_factor(f, q->a.g);
    return f;
}

/* A, what the voltages leave over at cell k's node of a family. */
static double left_over(const array *q, const xbar_nodal_answer *a, size_t k,
                        int family)
{
    const double *v = family == XBAR_WORD ? a->v_row : a->v_col;
    const size_t step = family == XBAR_WORD ? 1 : q->a.n_cols;
    size_t i = k / q->a.n_cols, j = k % q->a.n_cols;
    size_t line = family == XBAR_WORD ? i : j, at = family == XBAR_WORD ? j : i;
    size_t last = (family == XBAR_WORD ? q->a.n_cols : q->a.n_rows) - 1;
    double ohm = family == XBAR_WORD ? q->a.what->row_ohm : q->a.what->col_ohm;
    double sum = family == XBAR_WORD ? -a->i_cell[k] : a->i_cell[k];
    if (at > 0)
        sum += (v[k - step] - v[k]) / ohm;
    if (at < last)
        sum += (v[k + step] - v[k]) / ohm;
    for (int end = 0; end < 2; end++)
        if (at == (end == 0 ? 0 : last) && q->a.end[2 * family + end][line] > 0.0)
            sum += q->a.end[2 * family + end][line] *
                   (q->s.volt[2 * family + end][line] - v[k]);
    return sum;
}

/* Kirchhoff's law, but for the last digit of the voltages times what hangs on a node. */
static void check_kirchhoff(const array *q, const xbar_nodal_answer *a)
{
    assert_true(a->is_tight);
    assert_true(a->kcl_residual <= tolerance * a->largest_current);
    for (int f = 0; f < XBAR_N_FAMILIES; f++) {
        double ohm = f == XBAR_WORD ? q->a.what->row_ohm : q->a.what->col_ohm;
        for (size_t k = 0; k < q->a.n_cells; k++) {
            double hangs = 2.0 / ohm + q->a.g[k] + plain_ground(&q->a, k, f);
            double off = fabs(left_over(q, a, k, f));
            if (!(off <= 1.01 * a->kcl_residual + 2.0 * DBL_EPSILON * 0.2 * hangs))
                fail_msg("%s: %.2g A left over at %s node %zu, told %.2g A",
                         q->a.what->name, off, f == XBAR_WORD ? "word" : "bit", k,
                         a->kcl_residual);
            double v = a->v_row[k] - a->v_col[k];
            assert_true(fabs(a->i_cell[k] - q->a.g[k] * v) <=
                        2.0 * DBL_EPSILON * 0.2 * q->a.g[k]);
        }
    }
}

static void check_array(const plain_case *what)
{
    array q = array_of(what);
    xbar_fast *f = fast_of(&q, 1);
    xbar_nodal_answer *a = answer_new(q.c);
    xbar_error err = {0};
    assert_true(xbar_fast_fits(&q.l));
    if (xbar_fast_solve(f, &q.s, tolerance, a, &err) != XBAR_OK)
        fail_msg("%s: %s", what->name, err.text);
    check_currents(&q, a);
    check_kirchhoff(&q, a);
    answer_free(a);
    xbar_fast_free(f);
    array_free(&q);
}

static void test_arrays(void **unused)
{
    (void)unused;
    for (size_t k = 0; k < N_ARRAYS; k++)
        check_array(&arrays[k]);
}

/* ---- what it is not for -------------------------------------------------------------- */

static void test_fits(void **unused)
{
    (void)unused;
    static const struct {
        plain_case what;
        bool fits;
    } cases[] = {
        {{"ordinary", 9, 7, 2.5, 2.5, 2.5, OPEN, OPEN, 2.5, RANDOM, 0}, true},
        {{"one side", 9, 7, 2.5, 2.5, OPEN, 2.5, OPEN, OPEN, RANDOM, 0}, true},
        {{"ideal rows", 9, 7, 0, 2.5, 2.5, OPEN, OPEN, 2.5, RANDOM, 0}, false},
        {{"ideal columns", 9, 7, 2.5, 0, 2.5, OPEN, OPEN, 2.5, RANDOM, 0}, false},
        {{"one row", 1, 7, 2.5, 2.5, 2.5, OPEN, OPEN, 2.5, RANDOM, 0}, false},
        {{"one column", 9, 1, 2.5, 2.5, 2.5, OPEN, OPEN, 2.5, RANDOM, 0}, false},
        {{"cuts", 9, 7, 2.5, 2.5, 2.5, OPEN, OPEN, 2.5, RANDOM, 0.3}, false},
        {{"rows held", 9, 7, 2.5, 2.5, 0, OPEN, OPEN, 2.5, RANDOM, 0}, false},
        {{"columns held", 9, 7, 2.5, 2.5, 2.5, OPEN, 0, OPEN, RANDOM, 0}, false},
        {{"no source", 9, 7, 2.5, 2.5, OPEN, OPEN, OPEN, OPEN, RANDOM, 0}, false},
    };
    for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
        array q = array_of(&cases[k].what);
        if (xbar_fast_fits(&q.l) != cases[k].fits)
            fail_msg("%s: %s", cases[k].what.name, cases[k].fits ? "refused" : "taken");
        array_free(&q);
    }
}

/* One open row that only open cells join to the rest. */
static void test_unreached_row_does_not_fit(void **unused)
{
    (void)unused;
    const plain_case what = {"", 9, 7, 2.5, 2.5, 2.5, OPEN, OPEN, 2.5, RANDOM, 0};
    array q = array_of(&what);
    bool changed = false;
    q.s.volt[XBAR_LEFT][4] = (double)NAN;
    xbar_lines_connect(&q.l, q.c, &q.s, 0.0);
    assert_int_equal(xbar_islands_find(&q.l, q.a.g, &changed, NULL), XBAR_OK);
    assert_true(xbar_fast_fits(&q.l));
    memset(q.a.g + 4 * q.a.n_cols, 0, q.a.n_cols * sizeof *q.a.g);
    assert_int_equal(xbar_islands_find(&q.l, q.a.g, &changed, NULL), XBAR_OK);
    assert_false(xbar_fast_fits(&q.l));
    array_free(&q);
}

/* Sixteen decades of cells, wires of a microohm to a gigaohm: it may give up, but what it
 * says of its answer is true. */
static void test_never_says_more_than_is_true(void **unused)
{
    (void)unused;
    static const double ohms[] = {1e-6, 1e-3, 2.5, 1e4, 1e9};
    size_t n_tight = 0;
    for (size_t row = 0; row < 5; row++)
        for (size_t col = 0; col < 5; col++)
            for (size_t end = 0; end < 5; end++) {
                const plain_case what = {"extreme", 19,        21,
                                         ohms[row], ohms[col], ohms[end],
                                         OPEN,      OPEN,      ohms[(end + row) % 5],
                                         WIDEST,    0};
                array q = array_of(&what);
                xbar_fast *f = fast_of(&q, 1);
                xbar_nodal_answer *a = answer_new(q.c);
                xbar_error err = {0};
                xbar_status status = xbar_fast_solve(f, &q.s, tolerance, a, &err);
                assert_true(status == XBAR_OK || status == XBAR_ERR_CONVERGENCE);
                assert_true(status == XBAR_OK || err.text[0] != '\0');
                if (status == XBAR_OK && a->is_tight)
                    check_kirchhoff(&q, a);
                n_tight += status == XBAR_OK && a->is_tight;
                answer_free(a);
                xbar_fast_free(f);
                array_free(&q);
            }
    assert_true(n_tight > 30); /* of 125: else nothing was looked at */
}

/* ---- bits ---------------------------------------------------------------------------- */

static void assert_same(const array *q, const xbar_nodal_answer *a,
                        const xbar_nodal_answer *b)
{
    const size_t bytes = q->a.n_cells * sizeof(double);
    assert_memory_equal(a->v_row, b->v_row, bytes);
    assert_memory_equal(a->v_col, b->v_col, bytes);
    assert_memory_equal(a->i_cell, b->i_cell, bytes);
    for (int side = 0; side < XBAR_N_SIDES; side++)
        assert_memory_equal(a->i_terminal[side], b->i_terminal[side],
                            xbar_side_lines(q->c, (xbar_side)side) * sizeof(double));
    assert_true(a->kcl_residual == b->kcl_residual);
    assert_int_equal(a->n_steps, b->n_steps);
}

static void solve_into(xbar_fast *f, const xbar_stimulus *s, xbar_nodal_answer *a)
{
    a->n_newton = a->n_corrections = a->n_steps = 0;
    assert_int_equal(xbar_fast_solve(f, s, tolerance, a, NULL), XBAR_OK);
}

/* Cycles and conjugate gradients both. */
static const plain_case both_ways[] = {
    {"random", 85, 70, 2.5, 2.5, 2.5, OPEN, OPEN, 2.5, RANDOM, 0},
    {"squares", 85, 70, 100, 100, 100, OPEN, OPEN, 100, SQUARES, 0},
    {"mixed", 49, 90, 2.5, 5, MIXED, MIXED, MIXED, MIXED, SPARSE, 0},
    {"half off", 85, 70, 100, 0.1, 100, OPEN, OPEN, 0.1, HALF_COLS, 0},
};

static void test_same_bits_on_two_threads(void **unused)
{
    (void)unused;
    for (size_t k = 0; k < sizeof both_ways / sizeof *both_ways; k++) {
        array q = array_of(&both_ways[k]);
        xbar_fast *one = fast_of(&q, 1), *two = fast_of(&q, 2);
        xbar_nodal_answer *a = answer_new(q.c), *b = answer_new(q.c);
        solve_into(one, &q.s, a);
        for (int run = 0; run < 3; run++) {
            solve_into(two, &q.s, b);
            assert_same(&q, a, b);
        }
        answer_free(a);
        answer_free(b);
        xbar_fast_free(one);
        xbar_fast_free(two);
        array_free(&q);
    }
}

/* Another state: the same cells elsewhere; equal ones, for plain cycles; and a chessboard
 * of them, for conjugate gradients. */
enum { ELSEWHERE, ALIKE, CHESSBOARD, N_STATES };

static double some_other(const array *q, int state, size_t cell)
{
    const size_t i = cell / q->a.n_cols, j = cell % q->a.n_cols;
    if (state == ELSEWHERE)
        return q->a.g[q->a.n_cells - 1 - cell];
    return state == CHESSBOARD && (i / 8 + j / 8) % 2 == 1 ? 1e-9 : 1e-3;
}

/* Other inputs, another state, other terminals in between: nothing of them stays. */
static void test_same_bits_whatever_came_before(void **unused)
{
    (void)unused;
    for (size_t k = 0; k < sizeof both_ways / sizeof *both_ways; k++) {
        array q = array_of(&both_ways[k]);
        xbar_fast *f = fast_of(&q, 1);
        xbar_nodal_answer *a = answer_new(q.c), *b = answer_new(q.c);
        xbar_stimulus other;
        double *g = array_doubles(q.a.n_cells);
        double kept = q.l.siemens[XBAR_BOTTOM][0];
        assert_int_equal(xbar_stimulus_init(&other, q.c, NULL), XBAR_OK);
        for (int side = 0; side < XBAR_N_SIDES; side++)
            for (size_t l = 0; l < xbar_side_lines(q.c, (xbar_side)side); l++)
                other.volt[side][l] = 3.0 - 7.0 * q.s.volt[side][l];

        solve_into(f, &q.s, a);
        solve_into(f, &other, b);
        solve_into(f, &q.s, b);
        assert_same(&q, a, b);
        for (int state = 0; state < N_STATES; state++) {
            for (size_t l = 0; l < q.a.n_cells; l++)
                g[l] = some_other(&q, state, l);
            xbar_fast_factor(f, g);
            solve_into(f, &other, b);
            xbar_fast_factor(f, q.a.g);
            solve_into(f, &q.s, b);
            assert_same(&q, a, b);
        }
        q.l.siemens[XBAR_BOTTOM][0] = 1e-3;
        assert_int_equal(xbar_fast_arrange(f, NULL), XBAR_OK);
        xbar_fast_factor(f, q.a.g);
        solve_into(f, &other, b);
        q.l.siemens[XBAR_BOTTOM][0] = kept;
        assert_int_equal(xbar_fast_arrange(f, NULL), XBAR_OK);
        xbar_fast_factor(f, q.a.g);
        solve_into(f, &q.s, b);
        assert_same(&q, a, b);

        free(g);
        xbar_stimulus_clear(&other);
        answer_free(a);
        answer_free(b);
        xbar_fast_free(f);
        array_free(&q);
    }
}

/* Nor in the rows that fill the last tiles, where the next input's bases would see it. */
static void test_nothing_beyond_the_last_row(void **unused)
{
    (void)unused;
    static const plain_case squares = {"squares", 36,   40,  100,     100, 100,
                                       OPEN,      OPEN, 100, SQUARES, 0};
    array q = array_of(&squares);
    xbar_fast *f = fast_of(&q, 1);
    xbar_nodal_answer *a = answer_new(q.c);
    solve_into(f, &q.s, a);
    const xbar_tiles *t = f->t;
    for (size_t i = t->n_rows; i < t->height; i++)
        for (size_t tile = 0; tile < t->width / XBAR_TILE; tile++)
            for (size_t lane = 0; lane < XBAR_TILE; lane++) {
                size_t k = (size_t)(xbar_tiles_cell(t, t->g, i, tile) - t->g) + lane;
                assert_true(f->b.keeps || t->p[k] == 0.0f);
                assert_true(t->ru[k] == 0.0f);
            }
    answer_free(a);
    xbar_fast_free(f);
    array_free(&q);
}

static void test_planes_are_optional(void **unused)
{
    (void)unused;
    array q = array_of(&both_ways[0]);
    xbar_fast *f = fast_of(&q, 1);
    xbar_nodal_answer *a = answer_new(q.c), bare = {.status = XBAR_OK};
    bare.i_terminal[XBAR_BOTTOM] = array_doubles(q.a.n_cols);
    solve_into(f, &q.s, a);
    solve_into(f, &q.s, &bare);
    assert_memory_equal(bare.i_terminal[XBAR_BOTTOM], a->i_terminal[XBAR_BOTTOM],
                        q.a.n_cols * sizeof(double));
    free(bare.i_terminal[XBAR_BOTTOM]);
    answer_free(a);
    xbar_fast_free(f);
    array_free(&q);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_arrays),
        cmocka_unit_test(test_fits),
        cmocka_unit_test(test_unreached_row_does_not_fit),
        cmocka_unit_test(test_never_says_more_than_is_true),
        cmocka_unit_test(test_same_bits_on_two_threads),
        cmocka_unit_test(test_same_bits_whatever_came_before),
        cmocka_unit_test(test_nothing_beyond_the_last_row),
        cmocka_unit_test(test_planes_are_optional),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
