/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file
 *  Lines as ladders: how the voltage grows along a line from its open end towards its
 *  terminal, while the lines on the other side of its cells are held at 0 V.
 *
 *  One volt at the open end; then from cell to cell, with q the current gathered so far,
 *
 *      v += ohm q,   q += g v        exactly
 *      v += ohm q,   q += g          to first order in ohm g
 *
 *  so that v is the growth at each cell, and v + terminal_ohm q behind the terminal.
 *  Driven by its terminal, the line has v_j / (v + terminal_ohm q) of the drive at cell j;
 *  by reciprocity the same share of a current that is put in at cell j comes out there.
 *  The gains of a state follow in one pass over its cells:
 *
 *      W_ij = g_ij (growth along row i)_j (growth along column j)_i
 *      row_i, col_j = 1 / growth behind the line's terminal
 *
 *  Inline, exact or not by a constant, because the pass is short. Private to the layer.
 */
#ifndef XBAR_ANALYTICAL_GROWTH_H
#define XBAR_ANALYTICAL_GROWTH_H

#include "analytical/gains.h"

/* Each sum along a row waits for the one before; those of four rows do so together. */
enum { XBAR_GROWTH_ROWS = 4 };

/* Growth along n (at most XBAR_GROWTH_ROWS) rows from their open right ends.
 *   grown  out, [n][n_cols];  gain  out, [n];  g [n][n_cols];  left_ohm [n] */
static inline void xbar_growth_rows(double *restrict grown, double *restrict gain,
                                    const double *restrict g, const double *left_ohm,
                                    size_t n, size_t n_cols, double ohm,
                                    bool first_order)
{
    double v[XBAR_GROWTH_ROWS];
    double q[XBAR_GROWTH_ROWS];
    for (size_t k = 0; k < n; k++) {
        v[k] = 1.0;
        q[k] = 0.0;
    }
    for (size_t j = n_cols; j-- > 0;)
        for (size_t k = 0; k < n; k++) {
            double g_kj = g[k * n_cols + j];
            v[k] += ohm * q[k];
            q[k] += first_order ? g_kj : g_kj * v[k];
            grown[k * n_cols + j] = v[k];
        }
    for (size_t k = 0; k < n; k++)
        gain[k] = 1.0 / (v[k] + left_ohm[k] * q[k]);
}

/* The growth of all columns over n more rows, from the top, and the rows' gains W.
 *   w  out, [n][n_cols];  v, q  in and out, [n_cols] */
static inline void xbar_growth_columns(double *restrict w, double *restrict v,
                                       double *restrict q, const double *restrict g,
                                       const double *restrict grown, size_t n,
                                       size_t n_cols, double ohm, bool first_order)
{
    for (size_t j = 0; j < n_cols; j++)
        for (size_t k = 0; k < n; k++) {
            double g_kj = g[k * n_cols + j];
            v[j] += ohm * q[j];
            q[j] += first_order ? g_kj : g_kj * v[j];
            w[k * n_cols + j] = g_kj * grown[k * n_cols + j] * v[j];
        }
}

/* The gains of a state. */
static inline void xbar_growth_gains(xbar_gains *s, const double *g, bool first_order)
{
    const xbar_crossbar *c = s->c;
    const size_t n_cols = c->n_cols;
    const double *left_ohm = c->terminal_ohm[XBAR_LEFT];
    double *v = s->col;
    double *q = s->scratch;
    double *grown = q + n_cols; /* [XBAR_GROWTH_ROWS][n_cols] */
    for (size_t j = 0; j < n_cols; j++) {
        v[j] = 1.0;
        q[j] = 0.0;
    }

    size_t i = 0;
    for (; i + XBAR_GROWTH_ROWS <= c->n_rows; i += XBAR_GROWTH_ROWS) {
        const double *g_i = g + i * n_cols;
        xbar_growth_rows(grown, s->row + i, g_i, left_ohm + i, XBAR_GROWTH_ROWS, n_cols,
                         c->row_ohm, first_order);
        xbar_growth_columns(s->own + i * n_cols, v, q, g_i, grown, XBAR_GROWTH_ROWS,
                            n_cols, c->col_ohm, first_order);
    }
    for (; i < c->n_rows; i++) {
        const double *g_i = g + i * n_cols;
        xbar_growth_rows(grown, s->row + i, g_i, left_ohm + i, 1, n_cols, c->row_ohm,
                         first_order);
        xbar_growth_columns(s->own + i * n_cols, v, q, g_i, grown, 1, n_cols,
                            c->col_ohm, first_order);
    }
    for (size_t j = 0; j < n_cols; j++)
        s->col[j] = 1.0 / (v[j] + c->terminal_ohm[XBAR_BOTTOM][j] * q[j]);
}

#endif
