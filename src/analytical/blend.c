/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "analytical/blend.h"

#include <math.h>
#include <stdlib.h>

#include "core/memory.h"

enum { MODES = XBAR_BLEND_MODES };

static const double pi = 3.14159265358979323846;

/* Of the strongest line's weight: what the weakest has at least, so that there are as many
 * lines as functions. */
static const double least_weight = 1e-6;

static void fill_functions(double *phi, size_t n)
{
    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < MODES; k++)
            phi[i * MODES + k] = cos(pi * (double)k * ((double)i + 0.5) / (double)n);
}

xbar_status xbar_blend_init(xbar_blend *f, size_t n_rows, size_t n_cols,
                            xbar_error *err)
{
    *f = (xbar_blend){.n_rows = n_rows, .n_cols = n_cols};
    XBAR_TRY(xbar_doubles_new(&f->phi, MODES * n_rows, "modes", err));
    XBAR_TRY(xbar_doubles_new(&f->psi, MODES * n_cols, "modes", err));
    XBAR_TRY(xbar_doubles_new(&f->a, MODES * n_rows, "modes", err));
    XBAR_TRY(xbar_doubles_new(&f->b, MODES * n_cols, "modes", err));
    XBAR_TRY(xbar_doubles_new(
        &f->basis, 2 * MODES * (n_rows > n_cols ? n_rows : n_cols), "modes", err));
    XBAR_TRY(xbar_doubles_new(&f->right, 2 * MODES * n_cols, "modes", err));
    fill_functions(f->phi, n_rows);
    fill_functions(f->psi, n_cols);
    return XBAR_OK;
}

void xbar_blend_clear(xbar_blend *f)
{
    free(f->phi);
    free(f->psi);
    free(f->a);
    free(f->b);
    free(f->basis);
    free(f->right);
    *f = (xbar_blend){0};
}

/* L, lower triangle, of a symmetric positive definite matrix, in place. */
static void cholesky(double a[MODES][MODES], size_t n)
{
    for (size_t j = 0; j < n; j++)
        for (size_t i = j; i < n; i++) {
            double sum = a[i][j];
            for (size_t k = 0; k < j; k++)
                sum -= a[i][k] * a[j][k];
            a[i][j] = i == j ? sqrt(sum) : sum / a[j][j];
        }
}

static void cholesky_solve(const double l[MODES][MODES], double *x, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        for (size_t k = 0; k < i; k++)
            x[i] -= l[i][k] * x[k];
        x[i] /= l[i][i];
    }
    for (size_t i = n; i-- > 0;) {
        for (size_t k = i + 1; k < n; k++)
            x[i] -= l[k][i] * x[k];
        x[i] /= l[i][i];
    }
}

static double strongest_of(const double *strength, size_t n)
{
    double strongest = 0.0;
    for (size_t i = 0; i < n; i++)
        strongest = fmax(strongest, fabs(strength[i]));
    return strongest > 0.0 ? strongest : 1.0;
}

/* E beside S, of unit columns, those that are 0 left so.
 *   basis  out, [n][2 MODES];  weighted  S, [n][MODES] */
static void fill_basis(double *basis, size_t n, const double *weighted,
                       const double *pattern)
{
    double square[2 * MODES] = {0.0};
    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < MODES; k++) {
            double *at = basis + i * 2 * MODES;
            at[k] = weighted[i * MODES + k];
            at[MODES + k] = pattern[i * MODES + k];
            square[k] += at[k] * at[k];
            square[MODES + k] += at[MODES + k] * at[MODES + k];
        }
    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < 2 * MODES; k++)
            basis[i * 2 * MODES + k] /= square[k] > 0.0 ? sqrt(square[k]) : 1.0;
}

/* X Phi from X_0 Phi.
 *   out  in and out, [n][MODES];  total  the strengths' sum */
static void add_patterns(double *out, double *basis, const double *phi, size_t n,
                         double total, const double *pattern)
{
    const double strengths_part = 0.01;
    double seen[2 * MODES][MODES] = {{0.0}}; /* (E S)' Phi */
    fill_basis(basis, n, out, pattern);
    for (size_t i = 0; i < n; i++)
        for (size_t e = 0; e < 2 * MODES; e++)
            for (size_t k = 0; k < MODES; k++)
                seen[e][k] += basis[i * 2 * MODES + e] * phi[i * MODES + k];
    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < MODES; k++) {
            double sum = strengths_part / total * out[i * MODES + k];
            for (size_t e = 0; e < 2 * MODES; e++)
                sum += basis[i * 2 * MODES + e] * seen[e][k];
            out[i * MODES + k] = sum;
        }
}

/* A (or B) of n lines and their strengths.
 *   out  [n][MODES];  phi  their functions;  pattern  E, or NULL */
static void left_inverse(double *out, double *basis, const double *phi, size_t n,
                         const double *strength, const double *pattern)
{
    const size_t n_modes = xbar_blend_modes(n);
    const double strongest = strongest_of(strength, n);
    double normal[MODES][MODES] = {{0.0}};
    double total = 0.0;
    for (size_t i = 0; i < n; i++) {
        double weight = fmax(fabs(strength[i]) / strongest, least_weight);
        total += weight;
        for (size_t k = 0; k < MODES; k++)
            out[i * MODES + k] = weight * phi[i * MODES + k];
    }
    if (pattern)
        add_patterns(out, basis, phi, n, total, pattern);
    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < n_modes; k++)
            for (size_t l = 0; l < n_modes; l++)
                normal[k][l] += out[i * MODES + k] * phi[i * MODES + l];
    cholesky(normal, n_modes);
    for (size_t i = 0; i < n; i++)
        cholesky_solve((const double(*)[MODES])normal, out + i * MODES, n_modes);
}

void xbar_blend_shares(const xbar_blend *f, double *a, const double *strength)
{
    left_inverse(a, NULL, f->phi, f->n_rows, strength, NULL);
}

/* Both parts of the right side for each column: C - (C Psi) B, and B. */
static void fill_right(xbar_blend *f, const double *forward)
{
    const size_t n_cols = f->n_cols;
    const size_t k_n = xbar_blend_modes(f->n_rows);
    const size_t l_n = xbar_blend_modes(n_cols);
    double core[MODES][MODES] = {{0.0}}; /* C Psi */
    for (size_t k = 0; k < k_n; k++)
        for (size_t j = 0; j < n_cols; j++)
            for (size_t l = 0; l < l_n; l++)
                core[k][l] += forward[k * n_cols + j] * f->psi[j * MODES + l];
    for (size_t j = 0; j < n_cols; j++) {
        for (size_t k = 0; k < k_n; k++) {
            double x = forward[k * n_cols + j];
            for (size_t l = 0; l < l_n; l++)
                x -= core[k][l] * f->b[j * MODES + l];
            f->right[k * n_cols + j] = x;
        }
        for (size_t l = 0; l < l_n; l++)
            f->right[(MODES + l) * n_cols + j] = f->b[j * MODES + l];
    }
}

void xbar_blend_add(xbar_blend *f, double *h, const double *forward,
                    const double *adjoint, const double *rows, const double *cols)
{
    const size_t n_rows = f->n_rows;
    const size_t n_cols = f->n_cols;
    left_inverse(f->a, f->basis, f->phi, n_rows, adjoint, rows);
    left_inverse(f->b, f->basis, f->psi, n_cols, forward, cols);
    fill_right(f, forward);
    for (size_t i = 0; i < n_rows; i++) {
        double left[2 * MODES] = {0.0};
        for (size_t k = 0; k < xbar_blend_modes(n_rows); k++)
            left[k] = f->a[i * MODES + k];
        for (size_t l = 0; l < xbar_blend_modes(n_cols); l++)
            left[MODES + l] = adjoint[l * n_rows + i];
        double *restrict h_i = h + i * n_cols;
        const double *restrict right = f->right;
        for (size_t j = 0; j < n_cols; j++) {
            double sum = 0.0;
            for (size_t k = 0; k < 2 * MODES; k++)
                sum += left[k] * right[k * n_cols + j];
            h_i[j] += sum;
        }
    }
}
