/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Nodes' voltages of many inputs from merged blocks, by each kernel, against plain
 * elimination one by one. */
#include "nodal_sources.h"

#include <string.h>

#include "nodal/spread.h"
#include "nodal/tiles.h"

enum { N_INPUTS = XBAR_SPREAD_LANES + 5 }; /* a whole set and a part of one */

static const plain_case cases[] = {
    {"2 x 2", 2, 2, 2.5, 2.5, 2.5, OPEN, OPEN, 2.5, RANDOM, 0},
    {"one block, 8 x 8", 8, 8, 2.5, 2.5, 2.5, OPEN, OPEN, 2.5, RANDOM, 0},
    {"part of a block, 5 x 7", 5, 7, 2.5, 2.5, 2.5, OPEN, OPEN, 2.5, RANDOM, 0},
    {"a cell more than a block", 9, 9, 2.5, 2.5, 2.5, OPEN, OPEN, 2.5, RANDOM, 0},
    {"three blocks by two", 19, 13, 2.5, 2.5, 2.5, OPEN, OPEN, 2.5, RANDOM, 0},
    {"two rows, 2 x 70", 2, 70, 2.5, 2.5, 2.5, OPEN, OPEN, 2.5, RANDOM, 0},
    {"two columns, 70 x 2", 70, 2, 2.5, 2.5, 2.5, OPEN, OPEN, 2.5, RANDOM, 0},
    {"33 x 50", 33, 50, 2.5, 2.5, 2.5, OPEN, OPEN, 2.5, RANDOM, 0},
    {"100 and 0.1 ohm", 33, 50, 100, 0.1, 100, OPEN, OPEN, 0.1, RANDOM, 0},
    {"right to top", 20, 30, 2.5, 2.5, OPEN, 5, 5, OPEN, RANDOM, 0},
    {"terminals on all sides", 20, 30, 2.5, 2.5, 2.5, 40, 0.1, 7, RANDOM, 0},
    {"each line's end another", 33, 50, 2.5, 2.5, MIXED, MIXED, MIXED, MIXED, RANDOM,
     0},
    {"half open", 24, 40, 2.5, 2.5, 2.5, OPEN, OPEN, 2.5, SPARSE, 0},
    {"squares, 100 ohm", 24, 40, 100, 100, 100, OPEN, OPEN, 100, SQUARES, 0},
};
enum { N_CASES = sizeof cases / sizeof *cases };

static const char *const kernels[] = {"base", "avx2", "avx512"};
enum { N_KERNELS = sizeof kernels / sizeof *kernels };

typedef struct bundle {
    array q;
    xbar_stimulus in[N_INPUTS];
    xbar_nodal_answer *want[N_INPUTS], *got[N_INPUTS];
} bundle;

/* @param is_held  every third terminal without resistance */
static bundle bundle_new(const plain_case *what, bool is_held)
{
    bundle b = {.q = array_of(what)};
    bool changed = false;
    for (int side = 0; is_held && side < XBAR_N_SIDES; side++)
        for (size_t k = 0; k < xbar_side_lines(b.q.c, (xbar_side)side); k += 3)
            if (!isnan(b.q.c->terminal_ohm[side][k]))
                b.q.c->terminal_ohm[side][k] = 0.0;
    xbar_lines_clear(&b.q.l);
    assert_int_equal(xbar_lines_init(&b.q.l, b.q.c, NULL), XBAR_OK);
    xbar_lines_connect(&b.q.l, b.q.c, &b.q.s, 0.0);
    assert_int_equal(xbar_islands_find(&b.q.l, b.q.a.g, &changed, NULL), XBAR_OK);
    for (size_t k = 0; k < N_INPUTS; k++) {
        any_volts(&b.q);
        assert_int_equal(xbar_stimulus_init(&b.in[k], b.q.c, NULL), XBAR_OK);
        for (int side = 0; side < XBAR_N_SIDES; side++)
            memcpy(b.in[k].volt[side], b.q.s.volt[side],
                   xbar_side_lines(b.q.c, (xbar_side)side) * sizeof(double));
        b.want[k] = answer_new(b.q.c);
        b.got[k] = answer_new(b.q.c);
    }
    return b;
}

static void bundle_free(bundle *b)
{
    for (size_t k = 0; k < N_INPUTS; k++) {
        answer_free(b->want[k]);
        answer_free(b->got[k]);
        xbar_stimulus_clear(&b->in[k]);
    }
    array_free(&b->q);
}

/* By plain elimination. */
static void find_want(bundle *b)
{
    const xbar_nodal_options options = {.is_plain = true};
    xbar_nodal *s = NULL;
    assert_int_equal(xbar_nodal_new(&s, b->q.c, &options, NULL), XBAR_OK);
    xbar_nodal_set_state(s, b->q.a.g);
    for (size_t k = 0; k < N_INPUTS; k++) {
        assert_int_equal(xbar_nodal_solve(s, &b->in[k], 1, b->want[k], NULL), XBAR_OK);
        assert_int_equal(b->want[k]->status, XBAR_OK);
    }
    xbar_nodal_free(s);
}

/* n of the inputs, from the first on. */
static void find_got(bundle *b, xbar_spread *s, size_t first, size_t n)
{
    xbar_nodal_answer out[N_INPUTS];
    for (size_t k = 0; k < n; k++)
        out[k] = *b->got[first + k];
    xbar_spread_solve(s, b->in + first, n, 1e-11, out);
    for (size_t k = 0; k < n; k++)
        *b->got[first + k] = out[k];
}

static void check_values(const bundle *b, const char *kernel, const char *what,
                         size_t input, const double *got, const double *want, size_t n,
                         double allowed)
{
    for (size_t k = 0; k < n; k++)
        if (!(fabs(got[k] - want[k]) <= allowed))
            fail_msg("%s, %s: input %zu, %s %zu: %.17g, want %.17g", b->q.a.what->name,
                     kernel, input, what, k, got[k], want[k]);
}

static void check_input(const bundle *b, const char *kernel, size_t k)
{
    const xbar_nodal_answer *got = b->got[k], *want = b->want[k];
    const size_t n = b->q.a.n_cells;
    const double current = 1e-11 * want->largest_current;
    if (got->status != XBAR_OK || !got->is_tight)
        fail_msg("%s, %s: input %zu: not solved, %g A of %g A are left",
                 b->q.a.what->name, kernel, k, got->kcl_residual, got->largest_current);
    check_values(b, kernel, "v_row", k, got->v_row, want->v_row, n, 1e-13);
    check_values(b, kernel, "v_col", k, got->v_col, want->v_col, n, 1e-13);
    check_values(b, kernel, "i_cell", k, got->i_cell, want->i_cell, n, current);
    for (int side = 0; side < XBAR_N_SIDES; side++)
        check_values(b, kernel, xbar_side_name[side], k, got->i_terminal[side],
                     want->i_terminal[side], xbar_side_lines(b->q.c, (xbar_side)side),
                     current);
    check_values(b, kernel, "largest current", k, &got->largest_current,
                 &want->largest_current, 1, current);
}

static void check_case(const plain_case *what, bool is_held)
{
    bundle b = bundle_new(what, is_held);
    double *other = array_doubles(b.q.a.n_cells);
    for (size_t k = 0; k < b.q.a.n_cells; k++)
        other[k] = 1e-4;
    find_want(&b);
    for (size_t i = 0; i < N_KERNELS; i++) {
        const xbar_kernel *kernel = xbar_kernel_find(kernels[i]);
        xbar_spread *s = NULL;
        if (!kernel)
            continue; /* not on this machine */
        assert_true(xbar_spread_fits(&b.q.l));
        assert_int_equal(xbar_spread_new(&s, &b.q.l, kernel, NULL), XBAR_OK);
        xbar_spread_take(s, other); /* of which nothing must be left */
        find_got(&b, s, 0, 3);
        xbar_spread_take(s, b.q.a.g);
        find_got(&b, s, 0, N_INPUTS);
        for (size_t k = 0; k < N_INPUTS; k++)
            check_input(&b, kernels[i], k);
        xbar_spread_free(s);
    }
    free(other);
    bundle_free(&b);
}

static void test_right(void **unused)
{
    (void)unused;
    for (size_t c = 0; c < N_CASES; c++)
        check_case(&cases[c], false);
}

static void test_held(void **unused)
{
    (void)unused;
    for (size_t c = 0; c < N_CASES; c++)
        check_case(&cases[c], true);
}

/* An input's answer knows nothing of the others, to the bit; nor of what is asked for. */
static void test_company(void **unused)
{
    (void)unused;
    static const plain_case what = {"25 x 30", 25,   30,  2.5,    2.5, 2.5,
                                    OPEN,      OPEN, 2.5, RANDOM, 0};
    bundle b = bundle_new(&what, false);
    const size_t bytes = b.q.a.n_cells * sizeof(double), last = N_INPUTS - 1;
    double *v_row = array_doubles(b.q.a.n_cells), *i_out = array_doubles(30);
    xbar_spread *s = NULL;
    assert_int_equal(xbar_spread_new(&s, &b.q.l, NULL, NULL), XBAR_OK);
    xbar_spread_take(s, b.q.a.g);
    find_got(&b, s, 0, N_INPUTS);
    memcpy(v_row, b.got[last]->v_row, bytes);
    memcpy(i_out, b.got[last]->i_terminal[XBAR_BOTTOM], 30 * sizeof *i_out);
    for (size_t first = last - 3; first <= last; first += 3) {
        memset(b.got[last]->v_row, 0, bytes);
        find_got(&b, s, first, N_INPUTS - first);
        assert_memory_equal(b.got[last]->v_row, v_row, bytes);
    }
    xbar_nodal_answer few = *b.got[last];
    few.v_row = few.v_col = few.i_cell = NULL;
    memset(few.i_terminal[XBAR_BOTTOM], 0, 30 * sizeof *i_out);
    xbar_spread_solve(s, &b.in[last], 1, 1e-11, &few);
    assert_memory_equal(few.i_terminal[XBAR_BOTTOM], i_out, 30 * sizeof *i_out);
    assert_true(few.kcl_residual == b.got[last]->kcl_residual);
    xbar_spread_free(s);
    free(v_row);
    free(i_out);
    bundle_free(&b);
}

/* What voltages do not tell exactly enough is left to others. */
static void test_refusals(void **unused)
{
    (void)unused;
    static const plain_case what = {"12 x 12", 12,   12,  2.5,    2.5, 2.5,
                                    OPEN,      OPEN, 2.5, RANDOM, 0};
    bundle b = bundle_new(&what, false);
    xbar_spread *s = NULL;
    assert_int_equal(xbar_spread_new(&s, &b.q.l, NULL, NULL), XBAR_OK);
    xbar_spread_take(s, b.q.a.g);
    for (size_t j = 0; j < 12; j++)
        b.in[1].volt[XBAR_BOTTOM][j] = 1e6; /* and hardly anything flows beside it */
    for (size_t i = 0; i < 12; i++) {
        b.in[1].volt[XBAR_LEFT][i] = 1e6 + 1e-3;
        b.in[2].volt[XBAR_LEFT][i] = 0.0;              /* nothing flows at all */
        b.in[3].volt[XBAR_LEFT][i] = (double)INFINITY; /* differences are no numbers */
    }
    find_got(&b, s, 0, 5);
    static const bool is_solved[5] = {true, false, false, false, true};
    for (size_t k = 0; k < 5; k++)
        if ((b.got[k]->status == XBAR_OK) != is_solved[k])
            fail_msg("input %zu: status %d", k, (int)b.got[k]->status);
    /* Kirchhoff's law may be content where the outputs' digits are not */
    xbar_spread_solve(s, &b.in[1], 1, 1e-3, b.got[1]);
    assert_true(b.got[1]->is_tight);
    assert_int_equal(b.got[1]->status, XBAR_ERR_CONVERGENCE);
    xbar_spread_solve(s, b.in, 1, 1e-18, b.got[0]);
    assert_int_equal(b.got[0]->status, XBAR_ERR_CONVERGENCE);
    xbar_spread_free(s);
    bundle_free(&b);
}

static void test_fits(void **unused)
{
    (void)unused;
    static const struct {
        plain_case what;
        bool fits;
    } lines[] = {
        {{"plain", 9, 9, 2.5, 2.5, 2.5, OPEN, OPEN, 2.5, RANDOM, 0}, true},
        {{"one row", 1, 9, 2.5, 2.5, 2.5, OPEN, OPEN, 2.5, RANDOM, 0}, false},
        {{"one column", 9, 1, 2.5, 2.5, 2.5, OPEN, OPEN, 2.5, RANDOM, 0}, false},
        {{"ideal rows", 9, 9, 0, 2.5, 2.5, OPEN, OPEN, 2.5, RANDOM, 0}, false},
        {{"ideal columns", 9, 9, 2.5, 0, 2.5, OPEN, OPEN, 2.5, RANDOM, 0}, false},
        {{"cuts", 9, 9, 2.5, 2.5, 2.5, OPEN, OPEN, 2.5, RANDOM, 0.2}, false},
    };
    for (size_t k = 0; k < sizeof lines / sizeof *lines; k++) {
        array q = array_of(&lines[k].what);
        if (xbar_spread_fits(&q.l) != lines[k].fits)
            fail_msg("%s", lines[k].what.name);
        array_free(&q);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_right),   cmocka_unit_test(test_held),
        cmocka_unit_test(test_company), cmocka_unit_test(test_refusals),
        cmocka_unit_test(test_fits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
