/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A few good cells among bad ones: their network's factors, and that conjugate gradients
 * with it take a handful of steps wherever the cells, the terminals and the tiles' borders
 * lie. */
#include "nodal_tiles.h"

#include <string.h>

#include "nodal/incomplete.h"
#include "nodal/knots.h"

/* ---- a network's factors ------------------------------------------------------------- */

enum { MOST_NODES = 120, MOST_STEPS = 600 };

typedef struct network {
    const char *name;
    size_t n;
    size_t width; /* each node is joined to the next one and to that many further on */
    double least; /* S: resistors are between that and 1 S */
    size_t grounds;   /* every such node, and the first, has one to ground */
    double drop, fit; /* what a solution may be off, as a share */
    double pair; /* S, of resistors from each second node to the next; 0: as others */
} network;

/* An answer to one node's current is as right as the factors are whole. */
static const network networks[] = {
    {"a chain", 50, 1, 0.1, 50, 0.0, 1e-4, 0},
    {"a ladder, unequal", 80, 2, 1e-4, 9, 0.0, 1e-4, 0},
    {"a cloth of 10 lines", 120, 10, 0.1, 30, 0.0, 1e-4, 0},
    {"a cloth, each node to ground", 120, 10, 0.1, 1, 0.0, 1e-5, 0},
    {"a cloth, a little left out", 120, 10, 0.1, 1, 1e-3, 1e-2, 0},
    {"a cloth, much left out", 120, 10, 0.1, 1, 0.1, 0.3, 0},
    {"a cloth, hardly tied to ground, much left out", 120, 10, 0.01, 120, 0.1, 1.0, 0},
    {"pairs as good as one node, a little left out", 120, 10, 0.1, 30, 1e-3, 1e-2, 1e5},
};
enum { N_NETWORKS = sizeof networks / sizeof *networks };

typedef struct matrix {
    size_t n;
    double at[MOST_NODES][MOST_NODES];
} matrix;

static double some(uint32_t *n)
{
    return xbar_uniform(11, XBAR_STREAM_INPUT, 1, (*n)++);
}

static void join(xbar_incomplete *f, matrix *m, size_t a, size_t b, double g)
{
    if (b >= m->n)
        return;
    assert_int_equal(xbar_incomplete_join(f, (uint32_t)a, (uint32_t)b, g, NULL),
                     XBAR_OK);
    m->at[a][a] += g;
    m->at[b][b] += g;
    m->at[a][b] -= g;
    m->at[b][a] -= g;
}

/* @return NULL: the factors have more resistors than that */
static xbar_incomplete *build(const network *w, matrix *m, size_t most)
{
    xbar_incomplete *f = NULL;
    uint32_t n = 0;
    *m = (matrix){.n = w->n};
    assert_int_equal(xbar_incomplete_new(&f, w->n, w->n, NULL), XBAR_OK);
    for (size_t k = 0; k < w->n; k++) {
        const double g = pow(w->least, some(&n));
        join(f, m, k, k + 1, w->pair > 0.0 && k % 2 == 0 ? w->pair : g);
        if (w->width > 1)
            join(f, m, k, k + w->width, pow(w->least, some(&n)));
        if (k % w->grounds == 0) {
            xbar_incomplete_ground(f, (uint32_t)k, 0.5);
            m->at[k][k] += 0.5;
        }
    }
    bool is_small = false;
    assert_int_equal(xbar_incomplete_factor(f, w->drop, most, &is_small, NULL),
                     XBAR_OK);
    if (is_small)
        return f;
    xbar_incomplete_free(f);
    return NULL;
}

/* x' K x */
static double heat(const matrix *m, const float *x)
{
    double sum = 0.0;
    for (size_t a = 0; a < m->n; a++)
        for (size_t b = 0; b < m->n; b++)
            sum += (double)x[a] * m->at[a][b] * (double)x[b];
    return sum;
}

/* The answers to a current into one node, for all nodes. */
static void solve_all(const network *w, matrix *m, float (*x)[MOST_NODES], size_t *size)
{
    xbar_incomplete *f = build(w, m, SIZE_MAX);
    *size = xbar_incomplete_size(f);
    for (size_t k = 0; k < w->n; k++) {
        memset(x[k], 0, sizeof x[k]);
        x[k][k] = 1.0f;
        xbar_incomplete_solve(f, x[k]);
    }
    xbar_incomplete_free(f);
}

/* One ampere heats by its node's voltage: x' K x = x_k if x is the answer. Factors with
 * something left out tie the node to ground by less, so it answers by more. */
static void check_network(const network *w)
{
    static matrix m;
    static float x[MOST_NODES][MOST_NODES];
    size_t size = 0;
    solve_all(w, &m, x, &size);
    for (size_t k = 0; k < w->n; k++) {
        const double own = (double)x[k][k], off = heat(&m, x[k]) / own - 1.0;
        if (!(own > 0.0 && fabs(off) <= w->fit))
            fail_msg("%s: node %zu answers with %g V, which takes %+.2g of its power",
                     w->name, k, own, off);
        for (size_t l = 0; l < k; l++)
            if (!(fabs((double)x[k][l] - (double)x[l][k]) <= 1e-5 * own))
                fail_msg("%s: nodes %zu and %zu do not answer alike", w->name, k, l);
    }
    network whole = *w;
    size_t whole_size = 0;
    whole.drop = 0.0;
    solve_all(&whole, &m, x, &whole_size);
    if (w->drop > 0.0)
        assert_true(size < whole_size);
    else
        assert_true(size == whole_size);
}

static void test_networks(void **unused)
{
    (void)unused;
    for (size_t k = 0; k < N_NETWORKS; k++)
        check_network(&networks[k]);
}

/* Factors that would be larger than asked for are none. */
static void test_size(void **unused)
{
    (void)unused;
    static matrix m;
    for (size_t k = 0; k < N_NETWORKS; k++) {
        xbar_incomplete *f = build(&networks[k], &m, SIZE_MAX);
        const size_t size = xbar_incomplete_size(f);
        xbar_incomplete_free(f);
        f = build(&networks[k], &m, size);
        assert_non_null(f);
        assert_true(xbar_incomplete_size(f) == size);
        xbar_incomplete_free(f);
        assert_null(build(&networks[k], &m, size - 1));
    }
}

/* A cloth that hangs on its ground by so little that sums which are differences would
 * have no digit of it left. */
static void test_hanging(void **unused)
{
    (void)unused;
    enum { N = 100, WIDTH = 10 };
    static const double ground = 1e-13;
    bool is_small = false;
    xbar_incomplete *f = NULL;
    float x[N] = {0};
    assert_int_equal(xbar_incomplete_new(&f, N, 2 * N, NULL), XBAR_OK);
    for (uint32_t k = 0; k < N; k++) {
        if (k + 1 < N)
            assert_int_equal(xbar_incomplete_join(f, k, k + 1, 0.3, NULL), XBAR_OK);
        if (k + WIDTH < N)
            assert_int_equal(xbar_incomplete_join(f, k, k + WIDTH, 7.0, NULL), XBAR_OK);
    }
    xbar_incomplete_ground(f, 3, ground);
    assert_int_equal(xbar_incomplete_factor(f, 0.0, SIZE_MAX, &is_small, NULL),
                     XBAR_OK);
    x[70] = 1.0f;
    xbar_incomplete_solve(f, x);
    for (size_t k = 0; k < N; k++)
        assert_true(fabs((double)x[k] * ground - 1.0) < 1e-4);
    xbar_incomplete_free(f);
}

/* A part that no resistor ties to ground has no answer, but must not make the rest's one
 * not a number. */
static void test_floating(void **unused)
{
    (void)unused;
    bool is_small = false;
    xbar_incomplete *f = NULL;
    float x[5] = {1.0f, 0.0f, 1.0f, -1.0f, 0.0f};
    assert_int_equal(xbar_incomplete_new(&f, 5, 3, NULL), XBAR_OK);
    assert_int_equal(xbar_incomplete_join(f, 0, 1, 2.0, NULL), XBAR_OK);
    xbar_incomplete_ground(f, 1, 1.0);
    assert_int_equal(xbar_incomplete_join(f, 2, 3, 3.0, NULL), XBAR_OK);
    assert_int_equal(xbar_incomplete_join(f, 3, 4, 3.0, NULL), XBAR_OK);
    assert_int_equal(xbar_incomplete_factor(f, 1e-3, 3, &is_small, NULL), XBAR_OK);
    assert_true(is_small);
    xbar_incomplete_solve(f, x);
    assert_true(fabsf(x[0] - 1.5f) < 1e-6f && fabsf(x[1] - 1.0f) < 1e-6f);
    for (size_t k = 2; k < 5; k++)
        assert_true(isfinite(x[k]));
    xbar_incomplete_free(f);
}

/* ---- steps --------------------------------------------------------------------------- */

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
    enum { MOST_LINKS = 16 }; /* a node */
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
        cmocka_unit_test(test_networks),   cmocka_unit_test(test_size),
        cmocka_unit_test(test_hanging),    cmocka_unit_test(test_floating),
        cmocka_unit_test(test_steps),      cmocka_unit_test(test_floating_lines),
        cmocka_unit_test(test_new_states),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
