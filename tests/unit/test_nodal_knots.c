/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A few good cells among bad ones: conjugate gradients with their network take a handful of
 * steps wherever the cells, the terminals and the tiles' borders lie; and which arrays have
 * one. */
#include "nodal_tiles.h"

#include <string.h>

#include "nodal/incomplete.h"
#include "nodal/knots.h"

/* ---- steps --------------------------------------------------------------------------- */

enum { MOST_STEPS = 600 };

typedef struct lone_case {
    plain_case array;
    bool is_knotted;
    size_t most; /* steps to 1e-5 */
} lone_case;

/* Two, as measured; with the smooth correction alone up to eight, in arrays this small. */
static const lone_case lone[] = {
    {{"lone cells, 100 ohm", 64, 40, 100, 100, 100, OPEN, OPEN, 100, LONE, 0}, true, 3},
    {{"borders within tiles", 67, 83, 100, 100, 100, OPEN, OPEN, 100, LONE, 0},
     true,
     3},
    {{"wide", 35, 150, 100, 100, 100, OPEN, OPEN, 100, LONE, 0}, true, 3},
    {{"read at the top, driven from the right", 67, 83, 100, 100, OPEN, 100, 100, OPEN,
      LONE, 0},
     true,
     3},
    {{"all sides", 80, 64, 100, 100, 100, 100, 100, 100, LONE, 0}, true, 3},
    {{"far terminals", 64, 64, 100, 100, 1e4, OPEN, OPEN, 1e4, LONE, 0}, true, 3},
    {{"some lines open", 83, 67, 100, 100, MIXED, MIXED, MIXED, MIXED, LONE, 0},
     true,
     3},
    {{"one slab: no lower half", 13, 160, 100, 100, 100, OPEN, OPEN, 100, LONE, 0},
     true,
     3},
    {{"unequal wires", 96, 64, 20, 300, 20, OPEN, OPEN, 300, LONE, 0}, true, 3},
    {{"lines hardly held", 96, 80, 2.5, 2.5, 1e5, OPEN, OPEN, 1e5, LONE, 0}, true, 8},
    {{"too many", 64, 64, 100, 100, 100, OPEN, OPEN, 100, SHORTED, 0}, false, 30},
    {{"not apart", 64, 64, 100, 100, 100, OPEN, OPEN, 100, SCALED, 0}, false, 30},
    {{"cut wires", 64, 64, 100, 100, 100, OPEN, OPEN, 100, LONE, 0.01}, false, 90},
};
enum { N_LONE = sizeof lone / sizeof *lone };

static size_t correct(solver *s, const plain_array *a, const planes *r, planes *e)
{
    size_t n = MOST_STEPS;
    put(s->t, s->t->ru, r->at[0]);
    put(s->t, s->t->rw, r->at[1]);
    assert_int_equal(xbar_tiles_conjugate(s->t, s->pair, 1e-6, 1e-5, &n, NULL),
                     XBAR_OK);
    const double back = (double)s->t->scale / (double)s->t->unit;
    get(s->t, e->at[0], s->t->ru, back);
    get(s->t, e->at[1], s->t->w, back);
    assert_int_equal(a->n_cells, s->t->n_rows * s->t->n_cols);
    return n;
}

static void check_steps(const lone_case *q, const xbar_kernel *kernel)
{
    plain_array a = plain_new(&q->array);
    planes r = some_residual(&a), want = planes_new(a.n_cells),
           e = planes_new(a.n_cells), other = planes_new(a.n_cells);
    plain_solve(&a, want.at, r.at);
    solver s = solver_new(&a, kernel, 1), two = solver_new(&a, kernel, 2);
    const size_t n = correct(&s, &a, &r, &e);
    const double off = apart(a.n_cells, &e, &want);
    const bool is_knotted = s.t->knots && s.t->knots->is_used;
    if (is_knotted != q->is_knotted || n > q->most || !(off < 1e-3))
        fail_msg("%s, %s: %zu steps, %.2g off, %s", q->array.name, kernel->name, n, off,
                 is_knotted ? "knotted" : "not knotted");
    assert_int_equal(correct(&two, &a, &r, &other), n);
    for (int f = 0; f < 2; f++)
        assert_memory_equal(other.at[f], e.at[f], a.n_cells * sizeof(double));
    solver_free(&s);
    solver_free(&two);
    planes_free(&r);
    planes_free(&want);
    planes_free(&e);
    planes_free(&other);
    plain_free(&a);
}

static void test_steps(void **unused)
{
    (void)unused;
    const xbar_kernel *here[MOST_WIDTHS];
    const size_t n = widths_here(here);
    for (size_t k = 0; k < N_LONE; k++)
        for (size_t l = 0; l < n; l++)
            check_steps(&lone[k], here[l]);
}

/* ---- lines that float ---------------------------------------------------------------- */

/* One row is driven and one column sensed; all other lines hang on bad cells. */
typedef struct floating_case {
    plain_case array;
    double good, bad; /* S */
    size_t each;      /* of so many cells about one is good */
} floating_case;

static const floating_case floating[] = {
    {{"3 mohm", 96, 80, 3e-3, 3e-3, 3e-3, OPEN, OPEN, 3e-3, LONE, 0}, 1e-3, 1e-9, 61},
    {{"3 mohm, fewer", 80, 96, 3e-3, 3e-3, 3e-3, OPEN, OPEN, 3e-3, LONE, 0},
     1e-3,
     1e-9,
     121},
    {{"2.5 ohm", 96, 80, 2.5, 2.5, 2.5, OPEN, OPEN, 2.5, LONE, 0}, 1e-3, 1e-9, 61},
    {{"2.5 ohm, fewer", 80, 96, 2.5, 2.5, 2.5, OPEN, OPEN, 2.5, LONE, 0},
     1e-3,
     1e-9,
     121},
    {{"2.5 ohm, 0.1 S", 96, 80, 2.5, 2.5, 2.5, OPEN, OPEN, 2.5, LONE, 0},
     0.1,
     1e-9,
     61},
    {{"100 ohm", 96, 80, 100, 100, 100, OPEN, OPEN, 100, LONE, 0}, 1e-3, 1e-9, 61},
    {{"100 ohm, 0.1 uS", 80, 96, 100, 100, 100, OPEN, OPEN, 100, LONE, 0},
     1e-3,
     1e-7,
     121},
};
enum { N_FLOATING = sizeof floating / sizeof *floating };

static plain_array floating_array(const floating_case *q)
{
    plain_array a = plain_new(&q->array);
    for (size_t k = 0; k < a.n_cells; k++)
        a.g[k] = plain_random(&a) * (double)q->each < 1.0 ? q->good : q->bad;
    for (size_t i = 0; i < a.n_rows; i++)
        a.end[XBAR_LEFT][i] *= i == 30;
    for (size_t j = 0; j < a.n_cols; j++)
        a.end[XBAR_BOTTOM][j] *= j == 50;
    return a;
}

/* The good cells' network spares two thirds of the steps, is small, and leaves about what
 * single precision does of such lines anyway. */
static void check_floating(const floating_case *q)
{
    enum { MOST_LINKS = 8 }; /* a node: the most that was seen */
    plain_array a = floating_array(q);
    planes r = some_residual(&a), want = planes_new(a.n_cells),
           e = planes_new(a.n_cells);
    solver s = solver_new(&a, NULL, 1), without = solver_new(&a, NULL, 1);
    plain_solve(&a, want.at, r.at);
    without.t->knows_parts = true; /* that there are none */
    const size_t n_without = correct(&without, &a, &r, &e);
    const double left_without = plain_share_left(&a, &e, &want);
    const size_t n = correct(&s, &a, &r, &e);
    const double left = plain_share_left(&a, &e, &want);
    const xbar_knots *k = s.t->knots;
    assert_true(k && k->is_used);
    assert_true(xbar_incomplete_size(k->net) <= 2 * k->n * MOST_LINKS);
    if (!(3 * n <= n_without && left <= 3.0 * left_without))
        fail_msg("%s: %zu steps leave %.2g, %zu without the good cells' network %.2g",
                 q->array.name, n, left, n_without, left_without);
    solver_free(&s);
    solver_free(&without);
    planes_free(&r);
    planes_free(&want);
    planes_free(&e);
    plain_free(&a);
}

static void test_floating_lines(void **unused)
{
    (void)unused;
    for (size_t k = 0; k < N_FLOATING; k++)
        check_floating(&floating[k]);
}

/* ---- which arrays -------------------------------------------------------------------- */

/* Square arrays, driven from the left and read at the bottom, with one good cell in so many:
 * which have a network of good cells. */
typedef struct limit_case {
    const char *name;
    size_t n_lines;
    double ohm, end_ohm;
    double good, bad; /* S */
    size_t each;
    bool is_knotted;
} limit_case;

static const limit_case limits[] = {
    {"2 % of the cells", 512, 100, 100, 1e-3, 1e-9, 51, true},
    {"more than 2 %", 512, 100, 100, 1e-3, 1e-9, 49, false},
    {"bad cells of 4 % of all conductance", 64, 100, 100, 1e-3, 4e-7, 100, true},
    {"of 6 %", 64, 100, 100, 1e-3, 6e-7, 100, false},
    {"16 good cells a line", 1040, 100, 100, 1e-3, 1e-9, 65, true},
    {"more than 16 good cells a line", 1040, 100, 100, 1e-3, 1e-9, 64, false},
    {"5.6 good cells a line, which hardly holds them", 520, 2.5, 1e6, 1e-3, 1e-9, 92,
     true},
    {"more than 5.6 good cells a line, which hardly holds them", 520, 2.5, 1e6, 1e-3,
     1e-9, 91, false},
    {"more than 5.6 good cells a line, which does", 520, 2.5, 2.5, 1e-3, 1e-9, 91,
     true},
    {"bad cells that drain a line a little", 64, 100, 100, 1.0, 6e-5, 61, true},
    {"bad cells that drain a line", 64, 100, 100, 1.0, 7e-5, 61, false},
    {"lines without good cells, drained a little", 64, 100, 100, 1.0, 1.2e-7, 2000,
     true},
    {"lines without good cells, drained", 64, 100, 100, 1.0, 1.5e-7, 2000, false},
};
enum { N_LIMITS = sizeof limits / sizeof *limits };

static void test_limits(void **unused)
{
    (void)unused;
    for (size_t k = 0; k < N_LIMITS; k++) {
        const limit_case *q = &limits[k];
        const plain_case what = {q->name,    q->n_lines, q->n_lines, q->ohm,
                                 q->ohm,     q->end_ohm, OPEN,       OPEN,
                                 q->end_ohm, LONE,       0};
        plain_array a = plain_new(&what);
        xbar_knots *knots = NULL;
        for (size_t l = 0; l < a.n_cells; l++)
            a.g[l] = l % q->each == 7 ? q->good : q->bad;
        solver s = solver_new(&a, NULL, 1);
        assert_int_equal(xbar_knots_tie(&knots, s.t, NULL), XBAR_OK);
        if ((knots && knots->is_used) != q->is_knotted)
            fail_msg("%s: %s", q->name, q->is_knotted ? "not knotted" : "knotted");
        xbar_knots_free(knots);
        solver_free(&s);
        plain_free(&a);
    }
}

/* Cells of another state, with other knots, more of them or none, leave nothing behind. */
static void test_new_states(void **unused)
{
    (void)unused;
    static const plain_case few = {"", 64, 80, 100, 100, 100, OPEN, OPEN, 100, LONE, 0};
    plain_array a = plain_new(&few), b = plain_new(&few);
    planes r = some_residual(&a), e = planes_new(a.n_cells),
           want = planes_new(a.n_cells);
    solver s = solver_new(&a, NULL, 1);
    for (int state = 0; state < 4; state++) {
        for (size_t k = 0; k < b.n_cells; k++)
            b.g[k] = state == 1   ? (k % 97 == 5 ? 1e-3 : 1e-9)
                     : state == 2 ? 1e-4
                     : state == 3 ? (k % 53 == 1 ? 2e-3 : 1e-9)
                                  : a.g[k];
        xbar_tiles_factor(s.t, s.pair, b.g);
        solver fresh = solver_new(&b, NULL, 1);
        assert_int_equal(correct(&s, &b, &r, &e), correct(&fresh, &b, &r, &want));
        assert_true((s.t->knots && s.t->knots->is_used) == (state != 2));
        for (int f = 0; f < 2; f++)
            assert_memory_equal(e.at[f], want.at[f], b.n_cells * sizeof(double));
        solver_free(&fresh);
    }
    solver_free(&s);
    planes_free(&r);
    planes_free(&e);
    planes_free(&want);
    plain_free(&a);
    plain_free(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_steps),
        cmocka_unit_test(test_floating_lines),
        cmocka_unit_test(test_limits),
        cmocka_unit_test(test_new_states),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
