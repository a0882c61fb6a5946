/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "analytical/dmr.h"

#include "analytical/gains.h"

enum { LANES = 4 };

static xbar_status open_form(void **self, const xbar_crossbar *c, xbar_error *err)
{
    return xbar_gains_open(self, c, false, err);
}

/* The sum of a row; the row is added to the columns' sums on the way. In four partial
 * sums, which do not wait for each other. */
static double add_row(double *col_sum, const double *g, size_t n_cols)
{
    double sum[LANES] = {0.0};
    size_t j = 0;
    for (; j + LANES <= n_cols; j += LANES)
        for (size_t k = 0; k < LANES; k++) {
            sum[k] += g[j + k];
            col_sum[j + k] += g[j + k];
        }
    for (; j < n_cols; j++) {
        sum[0] += g[j];
        col_sum[j] += g[j];
    }
    return (sum[0] + sum[1]) + (sum[2] + sum[3]);
}

/* The numerators of one direction, from the open end: growth[k] = 1 + ohm sum_l |k-l| g_l
 * over all l before k. Returns the sum of all g; *end is the last numerator.
 *   step  +1: the open end is line 0; -1: it is line n-1 */
static double numerators(double *growth, double *end, const double *g, size_t n,
                         int step, double scale, double ohm)
{
    double v = 1.0;
    double q = 0.0;
    for (size_t l = 0; l < n; l++) {
        size_t k = step > 0 ? l : n - 1 - l;
        v += ohm * q;
        q += scale * g[k];
        growth[k] = v;
    }
    *end = v;
    return q;
}

/* s->row holds alpha_i's numerator over the denominator of beta_j, which depends on the
 * row's terminal; s->col the other way round. */
static xbar_status prepare(void *self, const double *g, xbar_error *err)
{
    (void)err;
    xbar_gains *s = self;
    const xbar_crossbar *c = s->c;
    double *row_sum = s->driven;
    double *col_sum = s->scratch;
    for (size_t j = 0; j < c->n_cols; j++)
        col_sum[j] = 0.0;
    for (size_t i = 0; i < c->n_rows; i++)
        row_sum[i] = add_row(col_sum, g + i * c->n_cols, c->n_cols);

    double alpha_end = 0.0;
    double beta_end = 0.0;
    double row_means = numerators(s->row, &alpha_end, row_sum, c->n_rows, 1,
                                  1.0 / (double)c->n_cols, c->col_ohm);
    double col_means = numerators(s->col, &beta_end, col_sum, c->n_cols, -1,
                                  1.0 / (double)c->n_rows, c->row_ohm);
    for (size_t i = 0; i < c->n_rows; i++)
        s->row[i] /= beta_end + c->terminal_ohm[XBAR_LEFT][i] * col_means;
    for (size_t j = 0; j < c->n_cols; j++)
        s->col[j] /= alpha_end + c->terminal_ohm[XBAR_BOTTOM][j] * row_means;
    s->w = g;
    return XBAR_OK;
}

const xbar_closed_form xbar_closed_form_dmr = {
    .name = "dmr",
    .what = "alpha-beta with the mean conductances of rows and columns",
    .source = "IEEE Xplore document 9184938",
    .open = open_form,
    .prepare = prepare,
    .predict = xbar_gains_predict,
    .close = xbar_gains_close,
};
