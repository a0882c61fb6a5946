/* SPDX-License-Identifier: GPL-3.0-or-later */
/* When outputs have settled: Kirchhoff's law alone does not say, since one residual may be
 * next to nothing beside the largest current and much beside a small output. */
#include <math.h>
#include <string.h>

#include "nodal/fast_inside.h"

void xbar_fast_note_outputs(xbar_fast *f)
{
    const size_t n = f->l->n_cols;
    double *swap = f->i_old;
    f->i_old = f->i_out;
    f->i_out = swap;
    for (size_t j = 0; j < n; j++) {
        f->i_out[j] = xbar_fast_terminal(&f->b, XBAR_TOP, j);
        f->i_out[n + j] = xbar_fast_terminal(&f->b, XBAR_BOTTOM, j);
    }
}

static void find_col_siemens(xbar_fast *f)
{
    const size_t n = f->l->n_cols;
    if (f->has_col_siemens)
        return;
    memset(f->col_siemens, 0, n * sizeof *f->col_siemens);
    for (size_t i = 0; i < f->l->n_rows; i++)
        for (size_t j = 0; j < n; j++)
            f->col_siemens[j] += f->b.g[i * n + j];
    f->has_col_siemens = true;
}

/* A: what an error of all voltages but a column's own would be of its output. */
static double spread_of(xbar_fast *f, int side, size_t col, double volt)
{
    find_col_siemens(f);
    return volt *
           fmin(f->col_siemens[col], fmin(f->b.end[side][col], f->b.col_siemens));
}

/* Of one side of the columns: right to 1e-10 of the largest and, from a millionth of it
 * on, to 1e-8 of themselves? A further correction would change them by `left` times what
 * this one did; let that be a tenth of it. And what single precision leaves of a
 * correction elsewhere, or makes of the residual it is for, summed along a column, is
 * more to outputs that are small beside all other currents, as where rows far from them
 * are driven or currents run along rows, than their own change tells.
 * @param residual  A, the largest before the correction
 * @param move      V, the largest correction of a voltage */
static bool side_settled(xbar_fast *f, int side, double left, double residual,
                         double move)
{
    /* in a small array one line's end may lag behind all others: there a digit more is
     * asked for, which costs microseconds; and where lines hang on their terminals */
    const double care = f->l->n_rows * f->l->n_cols < 4096 || f->t->hangs ? 10.0 : 1.0;
    const double digits = 3e-8 * care;
    const size_t n = f->l->n_cols, from = side == XBAR_TOP ? 0 : n;
    const double *now = f->i_out + from, *old = f->i_old + from;
    double most = 0.0, siemens = 0.0;
    for (size_t j = 0; j < n; j++) {
        most = fmax(most, fabs(now[j]));
        siemens = fmax(siemens, f->b.end[side][j]);
    }
    if (siemens == 0.0)
        return true; /* nothing flows there */
    const double sum = sqrt((double)f->l->n_rows) * residual;
    const double spread = digits * move * fmin(siemens, f->b.col_siemens);
    if (fmax(digits * sum, spread) > 1e-10 * most)
        return false;
    for (size_t j = 0; j < n; j++) {
        double i = fabs(now[j]), change = fabs(now[j] - old[j]);
        double allowed = 1e-11 * most;
        if (i > 1e-7 * most)
            allowed = fmin(allowed, 1e-9 * i);
        if (care * left * change > allowed)
            return false;
        if (i > 1e-7 * most && spread > 3e-9 * i &&
            spread_of(f, side, j, digits * move) > 3e-9 * i)
            return false;
    }
    return true;
}

bool xbar_fast_outputs_settled(xbar_fast *f, double left, double residual, double move)
{
    return side_settled(f, XBAR_TOP, left, residual, move) &&
           side_settled(f, XBAR_BOTTOM, left, residual, move);
}
