/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Incomplete factors of networks of resistors: as right as they are whole, as small as
 * asked for, and sound where ground is all but out of reach. */
#include "check.h"

#include <math.h>
#include <string.h>

#include "core/random.h"
#include "nodal/incomplete.h"

enum { MOST_NODES = 120 };

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
    {"a cloth, hardly tied to ground, much left out", 120, 10, 0.01, 120, 0.1, 0.5, 0},
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

/* One ampere heats by its node's voltage: x' K x = x_k if x is the answer. If
 * something is left out, by no more than so much less or more. */
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_networks),
        cmocka_unit_test(test_size),
        cmocka_unit_test(test_hanging),
        cmocka_unit_test(test_floating),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
