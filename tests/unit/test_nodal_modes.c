/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Modes of a line against GSL's for full matrices, and by what makes them modes. */
#include "check.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>

#include <gsl/gsl_eigen.h>
#include <gsl/gsl_sort_vector.h>

#include "core/random.h"
#include "nodal/modes.h"

enum { MOST = 130 };

typedef struct line {
    size_t n;
    double stiff[2][MOST], mass[2][MOST];
} line;

/* Hat functions over segments of `lengths` fine nodes, as the coarse correction has them;
 * the last segment shorter, conductances to ground at both ends. */
static line line_new(size_t n, size_t last_length, double first, double last)
{
    line l = {.n = n};
    for (size_t k = 0; k + 1 < n; k++) {
        const double length = k + 2 < n ? 8.0 : (double)last_length;
        l.stiff[0][k] += 1.0 / length;
        l.stiff[0][k + 1] += 1.0 / length;
        l.stiff[1][k] -= 1.0 / length;
        l.mass[0][k] += length / 3.0;
        l.mass[0][k + 1] += length / 3.0;
        l.mass[1][k] += length / 6.0;
    }
    if (n == 1)
        l.mass[0][0] = 2.0;
    l.stiff[0][0] += first;
    l.stiff[0][n - 1] += last;
    return l;
}

static double form(xbar_band band, size_t n, const double *u, const double *v)
{
    double sum = 0.0;
    for (size_t i = 0; i < n; i++)
        sum += band.diagonal[i] * u[i] * v[i];
    for (size_t i = 0; i + 1 < n; i++)
        sum += band.beside[i] * (u[i] * v[i + 1] + u[i + 1] * v[i]);
    return sum;
}

static void gsl_values(double *value, const line *l)
{
    gsl_matrix *k = gsl_matrix_calloc(l->n, l->n), *m = gsl_matrix_calloc(l->n, l->n);
    gsl_vector_view out = gsl_vector_view_array(value, l->n);
    gsl_eigen_gensymm_workspace *work = gsl_eigen_gensymm_alloc(l->n);
    for (size_t i = 0; i < l->n; i++) {
        gsl_matrix_set(k, i, i, l->stiff[0][i]);
        gsl_matrix_set(m, i, i, l->mass[0][i]);
        if (i + 1 < l->n) {
            gsl_matrix_set(k, i + 1, i, l->stiff[1][i]);
            gsl_matrix_set(k, i, i + 1, l->stiff[1][i]);
            gsl_matrix_set(m, i + 1, i, l->mass[1][i]);
            gsl_matrix_set(m, i, i + 1, l->mass[1][i]);
        }
    }
    assert_int_equal(gsl_eigen_gensymm(k, m, &out.vector, work), 0);
    gsl_sort_vector(&out.vector);
    gsl_eigen_gensymm_free(work);
    gsl_matrix_free(m);
    gsl_matrix_free(k);
}

static void check_line(const char *name, const line *l)
{
    const size_t n = l->n;
    double lambda[MOST], known[MOST];
    double *v = malloc(n * n * sizeof *v);
    assert_non_null(v);
    const xbar_band k = {l->stiff[0], l->stiff[1]}, m = {l->mass[0], l->mass[1]};
    assert_int_equal(xbar_modes_find(lambda, v, n, k, m, NULL), XBAR_OK);
    gsl_values(known, l);
    const double most = fmax(fabs(known[n - 1]), 1e-30); /* a line of nothing */
    for (size_t q = 0; q < n; q++) {
        if (!(fabs(lambda[q] - known[q]) <= 1e-12 * most))
            fail_msg("%s, %zu: mode %zu at %.17g, not %.17g", name, n, q, lambda[q],
                     known[q]);
        for (size_t p = 0; p <= q; p++) {
            const double mass = form(m, n, v + p * n, v + q * n);
            const double stiff = form(k, n, v + p * n, v + q * n);
            if (!(fabs(mass - (p == q ? 1.0 : 0.0)) <= 1e-9) ||
                !(fabs(stiff - (p == q ? lambda[q] : 0.0)) <= 1e-9 * most))
                fail_msg("%s, %zu: modes %zu and %zu: %g by mass, %g by stiffness",
                         name, n, p, q, mass, stiff);
        }
    }
    free(v);
}

static void test_lines(void **unused)
{
    (void)unused;
    static const struct {
        const char *name;
        size_t last_length;
        double first, last;
    } cases[] = {
        {"no ends", 7, 0.0, 0.0},           {"one end", 7, 0.0, 1.0},
        {"both ends alike", 7, 1.0, 1.0},   {"a symmetric line", 8, 1.0, 1.0},
        {"a free symmetric line", 8, 0, 0}, {"ends of nothing", 8, 1e-12, 1e-12},
        {"ends like shorts", 8, 1e9, 1e9},  {"ends apart", 3, 1e-6, 1e6},
        {"a short last one", 1, 0.5, 2.0},
    };
    static const size_t sizes[] = {1, 2, 3, 5, 9, 16, 17, 33, 65, 129};
    for (size_t c = 0; c < sizeof cases / sizeof *cases; c++)
        for (size_t s = 0; s < sizeof sizes / sizeof *sizes; s++) {
            const line l =
                line_new(sizes[s], cases[c].last_length, cases[c].first, cases[c].last);
            check_line(cases[c].name, &l);
        }
}

/* Any bands with neighbours that are coupled. */
static void test_any_bands(void **unused)
{
    (void)unused;
    for (uint32_t seed = 0; seed < 40; seed++) {
        line l = {.n = 1 + seed};
        for (uint32_t i = 0; i < l.n; i++) {
            l.stiff[0][i] = xbar_normal(seed, XBAR_STREAM_INPUT, 0, i);
            l.stiff[1][i] = xbar_normal(seed, XBAR_STREAM_INPUT, 1, i);
            l.mass[1][i] = 0.3 * xbar_normal(seed, XBAR_STREAM_INPUT, 2, i);
        }
        for (size_t i = 0; i < l.n; i++)
            l.mass[0][i] =
                0.5 + fabs(l.mass[1][i]) + (i > 0 ? fabs(l.mass[1][i - 1]) : 0);
        check_line("any", &l);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_lines),
                                       cmocka_unit_test(test_any_bands)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
