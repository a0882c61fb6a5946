/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One direct solve of a symmetric positive definite network by CHOLMOD, timed: what a
 * sparse solver that is made for such matrices needs for the same answer.
 *
 *   cholmod_op < MATRIX      (numbers n, entries, outputs; the lower triangle as
 *                             "row column value"; the right-hand side; the outputs' rows)
 *
 * Prints a run's seconds of analysis, factorisation and solution, one line a run, and
 * then the solution at the outputs' rows.
 *
 * Chen, Davis, Hager, Rajamanickam, ACM TOMS 35(3), 2008, doi:10.1145/1391989.1391995. */
#define _POSIX_C_SOURCE 200809L
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include <suitesparse/cholmod.h>

enum { RUNS = 5 };

static double clock_s(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static void need(int truth, const char *what)
{
    if (truth)
        return;
    fprintf(stderr, "cholmod_op: %s\n", what);
    exit(1);
}

static cholmod_sparse *read_matrix(size_t n, size_t n_entries, cholmod_common *common)
{
    cholmod_triplet *t =
        cholmod_allocate_triplet(n, n, n_entries, -1, CHOLMOD_REAL, common);
    need(t != NULL, "no memory for the matrix");
    for (size_t k = 0; k < n_entries; k++)
        need(scanf("%d %d %lf", (int *)t->i + k, (int *)t->j + k, (double *)t->x + k) ==
                 3,
             "want a row, a column and a value");
    t->nnz = n_entries;
    cholmod_sparse *a = cholmod_triplet_to_sparse(t, n_entries, common);
    need(a != NULL, "no memory for the matrix");
    cholmod_free_triplet(&t, common);
    return a;
}

/* The caller frees it. */
static cholmod_dense *solve(cholmod_sparse *a, cholmod_dense *b, cholmod_common *common)
{
    double start = clock_s();
    cholmod_factor *l = cholmod_analyze(a, common);
    double analysed = clock_s();
    need(l && cholmod_factorize(a, l, common) && common->status == CHOLMOD_OK,
         "the matrix is not positive definite");
    double factored = clock_s();
    cholmod_dense *x = cholmod_solve(CHOLMOD_A, l, b, common);
    need(x != NULL, "no solution");
    printf("run %.9g %.9g %.9g\n", analysed - start, factored - analysed,
           clock_s() - factored);
    cholmod_free_factor(&l, common);
    return x;
}

int main(void)
{
    size_t n = 0;
    size_t n_entries = 0;
    size_t n_outputs = 0;
    cholmod_common common;
    cholmod_start(&common);
    printf("version %d.%d.%d\n", CHOLMOD_MAIN_VERSION, CHOLMOD_SUB_VERSION,
           CHOLMOD_SUBSUB_VERSION);
    need(scanf("%zu %zu %zu", &n, &n_entries, &n_outputs) == 3, "want three numbers");
    cholmod_sparse *a = read_matrix(n, n_entries, &common);
    cholmod_dense *b = cholmod_zeros(n, 1, CHOLMOD_REAL, &common);
    need(b != NULL, "no memory for the right-hand side");
    for (size_t k = 0; k < n; k++)
        need(scanf("%lf", (double *)b->x + k) == 1, "want the right-hand side");

    cholmod_dense *x = NULL;
    for (int run = 0; run < RUNS; run++) {
        cholmod_free_dense(&x, &common);
        x = solve(a, b, &common);
    }
    for (size_t k = 0; k < n_outputs; k++) {
        size_t row = 0;
        need(scanf("%zu", &row) == 1 && row < n, "want an output's row");
        printf("%.17g\n", ((double *)x->x)[row]);
    }
    cholmod_free_dense(&x, &common);
    cholmod_free_dense(&b, &common);
    cholmod_free_sparse(&a, &common);
    cholmod_finish(&common);
    return 0;
}
