/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "analytical/ladder.h"

#include "analytical/growth.h"
#include "analytical/lines.h"

/* Growth beyond which a product of two would overflow; never met in arrays that deliver
 * a current, but a line of shorted cells behind thin wires may grow so. */
static const double too_much = 1e120;

bool xbar_ladder_is_moderate(const xbar_gains *s)
{
    bool moderate = true;
    for (size_t i = 0; i < s->c->n_rows; i++)
        moderate &= s->row[i] > 1.0 / too_much; /* false for NaN as well */
    for (size_t j = 0; j < s->c->n_cols; j++)
        moderate &= s->col[j] > 1.0 / too_much;
    return moderate;
}

/* The same gains by shares instead of growth: slower, for a division a cell and line,
 * but a share is never above 1. */
static void gains_by_shares(xbar_gains *s, const double *g)
{
    const xbar_crossbar *c = s->c;
    const size_t n_cols = c->n_cols;
    double *above = s->scratch;
    double *foot = above + n_cols; /* t of the row below, then of this row */
    double *d = foot + n_cols;
    for (size_t j = 0; j < n_cols; j++)
        above[j] = 0.0;
    for (size_t i = 0; i < c->n_rows; i++)
        xbar_lines_columns(s->own + i * n_cols, above, c, g + i * n_cols, i);

    for (size_t j = 0; j < n_cols; j++)
        foot[j] = s->col[j] = 1.0;
    for (size_t i = c->n_rows; i-- > 0;) {
        double beta = 1.0;
        xbar_lines_rows(d, c, g + i * n_cols, i, 1);
        for (size_t j = 0; j < n_cols; j++) {
            double *w = s->own + i * n_cols + j;
            beta *= d[j];
            foot[j] *= *w;
            *w = beta * g[i * n_cols + j] * foot[j];
        }
        s->row[i] = 1.0;
    }
}

void xbar_ladder_gains(xbar_gains *s, const double *g)
{
    xbar_growth_gains(s, g, false);
    if (!xbar_ladder_is_moderate(s))
        gains_by_shares(s, g);
}

static xbar_status open_form(void **self, const xbar_crossbar *c, xbar_error *err)
{
    return xbar_gains_open(self, c, true, err);
}

static xbar_status prepare(void *self, const double *g, xbar_error *err)
{
    (void)err;
    xbar_ladder_gains(self, g);
    return XBAR_OK;
}

const xbar_closed_form xbar_closed_form_sweep_1 = {
    .name = "sweep_1",
    .what = "rows, then columns, solved once, from bit lines at 0 V",
    .source = "block Gauss-Seidel, one cycle",
    .open = open_form,
    .prepare = prepare,
    .predict = xbar_gains_predict,
    .close = xbar_gains_close,
};
