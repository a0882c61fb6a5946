/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "nodal/together.h"

/* What it takes for each cell, in the multiplications that merging large blocks takes:
 * merging small ones; and what an input costs more by iterations. As measured with
 * vectors of eight doubles: an input is 12 to 22 ns a cell there, 3 to 7 here, and merging
 * n x n cells 66 + 0.53 n. */
static const double small_blocks = 2000.0, gain = 250.0;

/* Doubles that may be kept: 256 MiB, what 512 x 512 cells and some more take. */
static const double most_doubles = (double)(1 << 25);

void xbar_together_clear(xbar_together *t)
{
    xbar_spread_free(t->spread);
    *t = (xbar_together){0};
}

static bool pays(const xbar_together *t, const xbar_lines *l, size_t n)
{
    const double n_cells = (double)(l->n_rows * l->n_cols);
    if (t->cost.doubles > most_doubles)
        return false;
    return t->cost.products + small_blocks * n_cells <= gain * (double)n * n_cells;
}

void xbar_together_solve(xbar_together *t, const xbar_lines *l, const double *g,
                         const xbar_stimulus *in, size_t n, double tolerance,
                         xbar_nodal_answer *a)
{
    for (size_t k = 0; k < n; k++)
        a[k].status = XBAR_ERR_CONVERGENCE;
    if (!xbar_spread_fits(l))
        return;
    /* without memory: one by one needs less of it */
    if (!t->is_foreseen && xbar_spread_foresee(&t->cost, l, NULL) != XBAR_OK)
        return;
    t->is_foreseen = true;
    if (!pays(t, l, n))
        return;
    if (!t->spread && xbar_spread_new(&t->spread, l, NULL, NULL) != XBAR_OK)
        return;
    if (!t->has_state)
        xbar_spread_take(t->spread, g);
    t->has_state = true;
    xbar_spread_solve(t->spread, in, n, tolerance, a);
}
