/* SPDX-License-Identifier: GPL-3.0-or-later */
/* When conjugate gradients stop: by what was asked for, and by no more steps than that
 * takes; and how many of them the quick way for ordinary arrays asks for. */
#include "nodal_sources.h"

#include <string.h>

#include "nodal/fast.h"
#include "nodal/room.h"
#include "nodal_tiles.h"

enum { MOST_STEPS = 400 };

static const plain_case arrays[] = {
    {"random", 33, 50, 2.5, 2.5, 2.5, OPEN, OPEN, 2.5, RANDOM, 0},
    {"blocks", 64, 40, 2.5, 2.5, 2.5, OPEN, OPEN, 2.5, BLOCKS, 0},
    {"blocks, 100 ohm, by the wires", 40, 88, 100, 100, 100, OPEN, OPEN, 100, BLOCKS,
     0},
    {"blocks, 100 ohm, some lines more", 35, 83, 100, 100, 100, OPEN, OPEN, 100, BLOCKS,
     0},
    {"squares, 100 ohm", 64, 40, 100, 100, 100, OPEN, OPEN, 100, SQUARES, 0},
    {"lone cells, 100 ohm", 64, 40, 100, 100, 100, OPEN, OPEN, 100, LONE, 0},
    {"shorted cells, 100 ohm", 64, 40, 100, 100, 100, OPEN, OPEN, 100, SHORTED, 0},
};
enum { N_ARRAYS = sizeof arrays / sizeof *arrays };

/* ---- one correction ------------------------------------------------------------------ */

/* @return how many steps were taken */
static size_t correct(solver *s, const plain_array *a, const planes *r,
                      double tolerance, size_t most, planes *e)
{
    const double largest = 1e-6; /* some_residual's */
    size_t n = most;
    put(s->t, s->t->ru, r->at[0]);
    put(s->t, s->t->rw, r->at[1]);
    assert_int_equal(xbar_tiles_conjugate(s->t, s->pair, largest, tolerance, &n, NULL),
                     XBAR_OK);
    const double back = (double)s->t->scale / (double)s->t->unit;
    get(s->t, e->at[0], s->t->ru, back);
    get(s->t, e->at[1], s->t->w, back);
    assert_true(n <= most);
    assert_int_equal(a->n_cells, s->t->n_rows * s->t->n_cols);
    return n;
}

/* The norm that is asked for is that of the preconditioner, which bounds the energy's up
 * to a factor; to a tenth of it takes more steps, and never fewer.
 * @return the most steps that were taken */
static size_t check_stops(const plain_case *q, const xbar_kernel *kernel)
{
    static const double factor = 10.0, least = 0.3;
    plain_array a = plain_new(q);
    planes r = some_residual(&a), want = planes_new(a.n_cells),
           e = planes_new(a.n_cells), capped = planes_new(a.n_cells);
    plain_solve(&a, want.at, r.at);
    solver s = solver_new(&a, kernel, 1);
    size_t before = 0;
    for (double tolerance = 1e-1; tolerance > 5e-5; tolerance *= 0.1) {
        const size_t n = correct(&s, &a, &r, tolerance, MOST_STEPS, &e);
        const double share = plain_share_left(&a, &e, &want);
        if (!(share <= factor * tolerance))
            fail_msg("%s, %s: asked for %.0e, left with %.2g after %zu steps", q->name,
                     kernel->name, tolerance, share, n);
        if (n < before || n == 0)
            fail_msg("%s, %s: %zu steps for %.0e, %zu for ten times that", q->name,
                     kernel->name, n, tolerance, before);
        before = n;
        /* as many steps at most, and nothing else to stop for: the same ones */
        assert_int_equal(correct(&s, &a, &r, 1e-30, n, &capped), n);
        for (int f = 0; f < 2; f++)
            assert_memory_equal(capped.at[f], e.at[f], a.n_cells * sizeof(double));
        /* one fewer is not enough, one more not wanted */
        assert_int_equal(correct(&s, &a, &r, tolerance, n - 1, &capped), n - 1);
        const double fewer = plain_share_left(&a, &capped, &want);
        if (!(fewer > least * tolerance))
            fail_msg("%s, %s: asked for %.0e, left with %.2g a step before it stopped",
                     q->name, kernel->name, tolerance, fewer);
        assert_int_equal(correct(&s, &a, &r, tolerance, n + 1, &capped), n);
    }
    solver_free(&s);
    planes_free(&r);
    planes_free(&want);
    planes_free(&e);
    planes_free(&capped);
    plain_free(&a);
    return before;
}

static void test_stops_at_what_is_asked_for(void **unused)
{
    (void)unused;
    const xbar_kernel *here[MOST_WIDTHS];
    const size_t n = widths_here(here);
    size_t n_steps = 0;
    for (size_t k = 0; k < N_ARRAYS; k++)
        for (size_t l = 0; l < n; l++)
            n_steps += check_stops(&arrays[k], here[l]);
    assert_true(n_steps > 3 * n * N_ARRAYS); /* else hardly anything was looked at */
}

/* No step at all leaves the rows' answer to bit nodes that do not move; the least that the
 * solver ever asks for is beyond what single precision has, and comes to an end as well;
 * and so does what has none. */
static void test_ends(void **unused)
{
    (void)unused;
    static const double asked[2] = {1e-6, 0.0};
    for (size_t k = 0; k < N_ARRAYS; k++) {
        plain_array a = plain_new(&arrays[k]);
        planes r = some_residual(&a), want = planes_new(a.n_cells),
               e = planes_new(a.n_cells);
        plain_solve(&a, want.at, r.at);
        solver s = solver_new(&a, NULL, 1);
        assert_int_equal(correct(&s, &a, &r, 1e-3, 0, &e), 0);
        for (size_t l = 0; l < a.n_cells; l++) {
            assert_true(e.at[1][l] == 0.0);
            assert_true(isfinite(e.at[0][l]));
        }
        for (size_t l = 0; l < 2; l++) {
            assert_true(correct(&s, &a, &r, asked[l], MOST_STEPS, &e) < MOST_STEPS);
            const double share = plain_share_left(&a, &e, &want);
            if (!(share < 1e-3))
                fail_msg("%s, %.0e: left with %.2g at the end", arrays[k].name,
                         asked[l], share);
        }
        solver_free(&s);
        planes_free(&r);
        planes_free(&want);
        planes_free(&e);
        plain_free(&a);
    }
}

/* Where word nodes' voltages are kept, a part of their correction is put there at once:
 * with the rest it is as good as the whole, and nothing is put beyond the array. */
static void check_words(const plain_case *q, const xbar_kernel *kernel)
{
    static const double tolerance = 1e-4, already = 0.25;
    plain_array a = plain_new(q);
    planes r = some_residual(&a), want = planes_new(a.n_cells),
           e = planes_new(a.n_cells);
    plain_solve(&a, want.at, r.at);
    solver s = solver_new(&a, kernel, 1);
    xbar_tiles *t = s.t;
    const size_t n = t->height / 2 * t->width;
    float *room = NULL; /* as many doubles, twice */
    assert_int_equal(xbar_floats_new(&room, 4 * n, "voltages", NULL), XBAR_OK);
    t->split = t->height / 2;
    t->word[0] = (double *)(void *)room;
    t->word[1] = t->word[0] + n;
    for (size_t k = 0; k < 2 * n; k++)
        t->word[0][k] = already;
    memset(t->p, 0x55, t->height * t->width * sizeof *t->p);
    const float p = t->p[0];
    correct(&s, &a, &r, tolerance, MOST_STEPS, &e);
    for (size_t k = 0; k < t->height * t->width; k++)
        assert_true(t->p[k] == p); /* not theirs */
    for (size_t k = 0; k < a.n_cells; k++)
        e.at[0][k] += t->word[0][k / a.n_cols * t->width + k % a.n_cols] - already;
    const double share = plain_share_left(&a, &e, &want);
    if (!(share <= 10.0 * tolerance))
        fail_msg("%s, %s: left with %.2g", q->name, kernel->name, share);
    free(room);
    solver_free(&s);
    planes_free(&r);
    planes_free(&want);
    planes_free(&e);
    plain_free(&a);
}

static void test_words_at_once(void **unused)
{
    (void)unused;
    const xbar_kernel *here[MOST_WIDTHS];
    const size_t n = widths_here(here);
    for (size_t k = 0; k < N_ARRAYS; k++)
        for (size_t l = 0; l < n; l++)
            check_words(&arrays[k], here[l]);
}

/* ---- all corrections of an answer ---------------------------------------------------- */

/* What is asked for is reached, and by a handful of corrections. */
static void check_answers(const plain_case *what)
{
    enum { MOST_CORRECTIONS = 5 };
    static const double tolerances[] = {1e-8, 1e-10, 1e-11, 1e-12};
    array q = array_of(what);
    for (size_t k = 0; k < sizeof tolerances / sizeof *tolerances; k++) {
        xbar_fast *f = NULL;
        xbar_nodal_answer *a = answer_new(q.c);
        assert_int_equal(xbar_fast_new(&f, &q.l, 1, NULL), XBAR_OK);
        assert_int_equal(xbar_fast_arrange(f, NULL), XBAR_OK);
        xbar_fast_factor(f, q.a.g);
        assert_int_equal(xbar_fast_solve(f, &q.s, tolerances[k], a, NULL), XBAR_OK);
        assert_true(a->is_tight);
        assert_true(a->kcl_residual <= tolerances[k] * a->largest_current);
        if (a->n_corrections > MOST_CORRECTIONS)
            fail_msg("%s, %.0e: %zu corrections", what->name, tolerances[k],
                     (size_t)a->n_corrections);
        if (tolerances[k] <= 1e-11)
            check_currents(&q, a);
        answer_free(a);
        xbar_fast_free(f);
    }
    array_free(&q);
}

static void test_answers(void **unused)
{
    (void)unused;
    for (size_t k = 0; k < N_ARRAYS; k++)
        check_answers(&arrays[k]);
}

/* Lines that fill their last tile or do not: the columns that fill it up have no part in
 * how cycles are seen to come to rest. */
static void test_cycles_of_any_size(void **unused)
{
    (void)unused;
    enum { MOST_CYCLES = 7 };
    static const plain_case equal[] = {
        {"33 x 33", 33, 33, 2.5, 2.5, 2.5, OPEN, OPEN, 2.5, EQUAL, 0},
        {"50 x 50", 50, 50, 2.5, 2.5, 2.5, OPEN, OPEN, 2.5, EQUAL, 0},
        {"64 x 60", 64, 60, 2.5, 2.5, 2.5, OPEN, OPEN, 2.5, EQUAL, 0},
        {"60 x 64", 60, 64, 2.5, 2.5, 2.5, OPEN, OPEN, 2.5, EQUAL, 0},
        {"64 x 64", 64, 64, 2.5, 2.5, 2.5, OPEN, OPEN, 2.5, EQUAL, 0},
        {"100 x 100", 100, 100, 2.5, 2.5, 2.5, OPEN, OPEN, 2.5, EQUAL, 0},
    };
    for (size_t k = 0; k < sizeof equal / sizeof *equal; k++) {
        array q = array_of(&equal[k]);
        xbar_fast *f = NULL;
        xbar_nodal_answer *a = answer_new(q.c);
        assert_int_equal(xbar_fast_new(&f, &q.l, 1, NULL), XBAR_OK);
        assert_int_equal(xbar_fast_arrange(f, NULL), XBAR_OK);
        xbar_fast_factor(f, q.a.g);
        assert_int_equal(xbar_fast_solve(f, &q.s, 1e-12, a, NULL), XBAR_OK);
        assert_true(a->is_tight);
        if (a->n_steps > MOST_CYCLES)
            fail_msg("%s: %zu cycles", equal[k].name, (size_t)a->n_steps);
        answer_free(a);
        xbar_fast_free(f);
        array_free(&q);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_stops_at_what_is_asked_for),
        cmocka_unit_test(test_ends),
        cmocka_unit_test(test_words_at_once),
        cmocka_unit_test(test_answers),
        cmocka_unit_test(test_cycles_of_any_size),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
