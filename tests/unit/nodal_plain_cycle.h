/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file
 *  A cycle of the tiled solver by its formula, in double precision: each row solved, each
 *  column, then one smooth function c for word and bit nodes alike that takes away what is
 *  left over in the space of the hat functions P (nodal/coarse.h),
 *
 *      A u = r_u + D w                    B w = r_w + D u
 *      (M_y L_x + L_y M_x + L_y L_x / g) c = P' (what is left over at u, w)
 *      w += P c,   u from the rows again
 *
 *  with dense matrices and no transform. Resistive wires, no cuts, no held ends.
 */
#ifndef XBAR_TESTS_NODAL_PLAIN_CYCLE_H
#define XBAR_TESTS_NODAL_PLAIN_CYCLE_H

#include "nodal_plain.h"

/* One direction's hat functions: node q of n stands at fine index at[q]. */
typedef struct plain_axis {
    size_t n_fine, n;
    double *hat;         /* [n_fine][n] */
    double *mass, *wire; /* [n][n]: P' P; and what wires and ends make of it, S */
} plain_axis;

static inline plain_axis plain_axis_new(size_t n_fine, size_t spacing, double ohm,
                                        double first, double last)
{
    plain_axis a = {.n_fine = n_fine};
    size_t *at = plain_some(n_fine, sizeof *at);
    for (size_t k = 0; k + 1 < n_fine; k += spacing)
        at[a.n++] = k;
    at[a.n++] = n_fine - 1;
    a.hat = plain_some(n_fine * a.n, sizeof *a.hat);
    a.mass = plain_some(a.n * a.n, sizeof *a.mass);
    a.wire = plain_some(a.n * a.n, sizeof *a.wire);
    for (size_t q = 0; q < a.n; q++) {
        a.hat[at[q] * a.n + q] = 1.0;
        for (size_t k = q > 0 ? at[q - 1] + 1 : 0; q > 0 && k < at[q]; k++) {
            double share = (double)(k - at[q - 1]) / (double)(at[q] - at[q - 1]);
            a.hat[k * a.n + q] = share;
            a.hat[k * a.n + q - 1] = 1.0 - share;
        }
    }
    free(at);
    for (size_t p = 0; p < a.n; p++)
        for (size_t q = 0; q < a.n; q++) {
            double *wire = &a.wire[p * a.n + q];
            for (size_t k = 0; k < n_fine; k++) {
                const double *row = a.hat + k * a.n, *next = row + a.n;
                a.mass[p * a.n + q] += row[p] * row[q];
                if (k + 1 < n_fine)
                    *wire += (row[p] - next[p]) * (row[q] - next[q]) / ohm;
            }
            const double *end = a.hat + (n_fine - 1) * a.n;
            *wire += first * a.hat[p] * a.hat[q] + last * end[p] * end[q];
        }
    return a;
}

static inline void plain_axis_free(plain_axis *a)
{
    free(a->hat);
    free(a->mass);
    free(a->wire);
}

/* Gauss without pivots: x = k^-1 x, n x n, k positive definite and overwritten. */
static inline void plain_dense(double *k, double *x, size_t n)
{
    for (size_t p = 0; p < n; p++)
        for (size_t r = p + 1; r < n; r++) {
            double f = k[r * n + p] / k[p * n + p];
            for (size_t q = p; q < n; q++)
                k[r * n + q] -= f * k[p * n + q];
            x[r] -= f * x[p];
        }
    for (size_t p = n; p-- > 0;) {
        for (size_t q = p + 1; q < n; q++)
            x[p] -= k[p * n + q] * x[q];
        x[p] /= k[p * n + p];
    }
}

/* Solves the lines of a family with the other family at its voltages. */
static inline void plain_lines(const plain_array *a, int family, double *x,
                               const double *other, const double *r)
{
    size_t n_lines = family == 0 ? a->n_rows : a->n_cols;
    size_t n = family == 0 ? a->n_cols : a->n_rows;
    size_t step = family == 0 ? 1 : a->n_cols;
    double wire = 1.0 / (family == 0 ? a->what->row_ohm : a->what->col_ohm);
    double *pivot = plain_some(n, sizeof *pivot);
    for (size_t line = 0; line < n_lines; line++) {
        size_t from = family == 0 ? line * a->n_cols : line;
        for (size_t l = 0; l < n; l++) {
            size_t k = from + l * step;
            pivot[l] = a->g[k] + plain_ground(a, k, family) + (l > 0 ? wire : 0.0) +
                       (l + 1 < n ? wire : 0.0);
            x[k] = r[k] + a->g[k] * other[k];
            if (l > 0) {
                pivot[l] -= wire * wire / pivot[l - 1];
                x[k] += wire / pivot[l - 1] * x[k - step];
            }
        }
        for (size_t l = n; l-- > 0;) {
            size_t k = from + l * step;
            x[k] = (x[k] + (l + 1 < n ? wire * x[k + step] : 0.0)) / pivot[l];
        }
    }
    free(pivot);
}

/* What Kirchhoff's law leaves over at cell k's two nodes together. */
static inline double plain_left_over(const plain_array *a, size_t k, const double *u,
                                     const double *w, const double *ru,
                                     const double *rw)
{
    double sum =
        ru[k] + rw[k] - plain_ground(a, k, 0) * u[k] - plain_ground(a, k, 1) * w[k];
    if (k % a->n_cols > 0)
        sum -= (u[k] - u[k - 1]) / a->what->row_ohm;
    if (k % a->n_cols + 1 < a->n_cols)
        sum -= (u[k] - u[k + 1]) / a->what->row_ohm;
    if (k >= a->n_cols)
        sum -= (w[k] - w[k - a->n_cols]) / a->what->col_ohm;
    if (k + a->n_cols < a->n_cells)
        sum -= (w[k] - w[k + a->n_cols]) / a->what->col_ohm;
    return sum;
}

static inline double plain_mean(const double *x, size_t n)
{
    double sum = 0.0;
    for (size_t k = 0; k < n; k++)
        sum += x[k] / (double)n;
    return sum;
}

/* w += P c */
static inline void plain_smooth(const plain_array *a, const plain_axis *x,
                                const plain_axis *y, const double *u, double *w,
                                double *const r[2])
{
    const size_t n = y->n * x->n;
    const double g = plain_mean(a->g, a->n_cells);
    double *k = plain_some(n * n, sizeof *k), *c = plain_some(n, sizeof *c);
    for (size_t p = 0; p < n; p++)
        for (size_t q = 0; q < n; q++) {
            size_t at_x = p % x->n * x->n + q % x->n, at_y = p / x->n * y->n + q / x->n;
            k[p * n + q] = y->mass[at_y] * x->wire[at_x] +
                           y->wire[at_y] * x->mass[at_x] +
                           y->wire[at_y] * x->wire[at_x] / g;
        }
    for (size_t cell = 0; cell < a->n_cells; cell++) {
        const double *hat_x = x->hat + cell % a->n_cols * x->n;
        const double *hat_y = y->hat + cell / a->n_cols * y->n;
        double left = plain_left_over(a, cell, u, w, r[0], r[1]);
        for (size_t p = 0; p < n; p++)
            c[p] += hat_y[p / x->n] * hat_x[p % x->n] * left;
    }
    plain_dense(k, c, n);
    for (size_t cell = 0; cell < a->n_cells; cell++)
        for (size_t p = 0; p < n; p++)
            w[cell] += y->hat[cell / a->n_cols * y->n + p / x->n] *
                       x->hat[cell % a->n_cols * x->n + p % x->n] * c[p];
    free(k);
    free(c);
}

/* Some cycles, of which some are relaxed: they begin at w + root / (1 - root) (w - before),
 * with the w that the cycle before began at. */
enum { PLAIN_CYCLES = 8 };
typedef struct plain_way {
    size_t n;                  /* cycles */
    double root[PLAIN_CYCLES]; /* 0 for plain ones */
    bool is_rough;             /* no smooth correction in the last */
} plain_way;

/* Cycles from zero, and the rows once more.
 *  @param spacing  of the coarse nodes, over the columns and over the rows */
static inline void plain_cycles(const plain_array *a, double *const e[2],
                                double *const r[2], const plain_way *way,
                                const size_t spacing[2])
{
    double *before = plain_some(a->n_cells, sizeof *before);
    plain_axis x = plain_axis_new(a->n_cols, spacing[0], a->what->row_ohm,
                                  plain_mean(a->end[0], a->n_rows),
                                  plain_mean(a->end[1], a->n_rows));
    plain_axis y = plain_axis_new(a->n_rows, spacing[1], a->what->col_ohm,
                                  plain_mean(a->end[2], a->n_cols),
                                  plain_mean(a->end[3], a->n_cols));
    for (size_t k = 0; k < a->n_cells; k++)
        e[1][k] = 0.0;
    for (size_t cycle = 1; cycle <= way->n; cycle++) {
        const double root = way->root[cycle - 1];
        for (size_t k = 0; k < a->n_cells; k++) {
            e[1][k] += root / (1.0 - root) * (e[1][k] - before[k]);
            before[k] = e[1][k];
        }
        plain_lines(a, 0, e[0], e[1], r[0]);
        plain_lines(a, 1, e[1], e[0], r[1]);
        if (cycle < way->n || !way->is_rough)
            plain_smooth(a, &x, &y, e[0], e[1], r);
    }
    plain_lines(a, 0, e[0], e[1], r[0]);
    free(before);
    plain_axis_free(&x);
    plain_axis_free(&y);
}

#endif
