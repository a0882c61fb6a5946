/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file
 *  The read from the left to the bottom, solved in the plainest way: Kirchhoff's law at
 *  each node as one dense system, eliminated with pivots in extended precision. For small
 *  arrays; wires of 0 ohm have no place in it, terminals of 0 ohm hold their node.
 */
#ifndef XBAR_TESTS_DENSE_READ_H
#define XBAR_TESTS_DENSE_READ_H

#include <math.h>

#include "arrays.h"

/* a x = b for n unknowns, a [n][n+1] with b behind it; x ends up in that column. */
static inline void dense_solve(long double *a, size_t n)
{
    const size_t width = n + 1;
    for (size_t k = 0; k < n; k++) {
        size_t pivot = k;
        for (size_t i = k + 1; i < n; i++)
            if (fabsl(a[i * width + k]) > fabsl(a[pivot * width + k]))
                pivot = i;
        for (size_t j = k; j < width; j++) {
            long double swap = a[k * width + j];
            a[k * width + j] = a[pivot * width + j];
            a[pivot * width + j] = swap;
        }
        for (size_t i = 0; i < n; i++) {
            long double f = i == k ? 0.0L : a[i * width + k] / a[k * width + k];
            for (size_t j = k; f != 0.0L && j < width; j++)
                a[i * width + j] -= f * a[k * width + j];
        }
    }
    for (size_t k = 0; k < n; k++)
        a[k * width + n] /= a[k * width + k];
}

static inline void dense_branch(long double *a, size_t n, size_t p, size_t q,
                                long double g)
{
    a[p * (n + 1) + p] += g;
    a[q * (n + 1) + q] += g;
    a[p * (n + 1) + q] -= g;
    a[q * (n + 1) + p] -= g;
}

static inline void dense_terminal(long double *a, size_t n, size_t p, double ohm,
                                  double volt)
{
    if (ohm > 0.0) {
        a[p * (n + 1) + p] += 1.0L / ohm;
        a[p * (n + 1) + n] += (long double)volt / ohm;
        return;
    }
    for (size_t j = 0; j < n; j++)
        a[p * (n + 1) + j] = 0.0L;
    a[p * (n + 1) + p] = 1.0L;
    a[p * (n + 1) + n] = volt;
}

/* i_out [n_cols] of one input, columns at 0 V */
static inline void dense_read(double *i_out, const xbar_crossbar *c, const double *g,
                              const double *v_in)
{
    const size_t n_cells = c->n_rows * c->n_cols;
    const size_t n = 2 * n_cells;
    long double *a = calloc(n * (n + 1), sizeof *a);
    assert_non_null(a);
    for (size_t i = 0; i < c->n_rows; i++)
        for (size_t j = 0; j < c->n_cols; j++) {
            size_t k = i * c->n_cols + j;
            dense_branch(a, n, k, n_cells + k, g[k]);
            if (j + 1 < c->n_cols)
                dense_branch(a, n, k, k + 1, 1.0L / c->row_ohm);
            if (i + 1 < c->n_rows)
                dense_branch(a, n, n_cells + k, n_cells + k + c->n_cols,
                             1.0L / c->col_ohm);
        }
    for (size_t i = 0; i < c->n_rows; i++)
        dense_terminal(a, n, i * c->n_cols, c->terminal_ohm[XBAR_LEFT][i], v_in[i]);
    for (size_t j = 0; j < c->n_cols; j++)
        dense_terminal(a, n, n - c->n_cols + j, c->terminal_ohm[XBAR_BOTTOM][j], 0.0);
    dense_solve(a, n);
    for (size_t j = 0; j < c->n_cols; j++) {
        double ohm = c->terminal_ohm[XBAR_BOTTOM][j];
        long double sum = 0.0L; /* what the column's cells put into it */
        for (size_t i = 0; i < c->n_rows; i++) {
            size_t k = i * c->n_cols + j;
            sum += g[k] * (a[k * (n + 1) + n] - a[(n_cells + k) * (n + 1) + n]);
        }
        long double foot = a[(n - c->n_cols + j) * (n + 1) + n];
        i_out[j] = (double)(ohm > 0.0 ? foot / ohm : sum);
    }
    free(a);
}

#endif
