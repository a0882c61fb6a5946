/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "nodal/together.h"

/* What it takes for each cell, in the multiplications that merging large blocks takes:
 * merging small ones; and what an input costs more by iterations. As measured with each
 * vector width: an input is 12 to 22 ns a cell there, 3 to 7 here, and merging n x n cells
 * 66 + 0.53 n. */
static const double small_blocks = 2000.0, gain = 250.0;

void xbar_together_clear(xbar_together *t)
{
    xbar_spread_free(t->spread);
    *t = (xbar_together){0};
}

static bool pays(const xbar_together *t, const xbar_lines *l, size_t n)
{
    const double n_cells = (double)(l->n_rows * l->n_cols);
    return t->cost.products + small_blocks * n_cells <= gain * (double)n * n_cells;
}

xbar_status xbar_together_solve(xbar_together *t, const xbar_lines *l, const double *g,
                                const xbar_stimulus *in, size_t n, double tolerance,
                                xbar_nodal_answer *a, xbar_error *err)
{
    for (size_t k = 0; k < n; k++)
        a[k].status = XBAR_ERR_CONVERGENCE;
    if (!xbar_spread_fits(l))
        return XBAR_OK;
    if (!t->is_foreseen)
        XBAR_TRY(xbar_spread_foresee(&t->cost, l, err));
    t->is_foreseen = true;
    if (!pays(t, l, n))
        return XBAR_OK;
    if (!t->spread && xbar_spread_new(&t->spread, l, NULL, NULL) != XBAR_OK)
        return XBAR_OK; /* one by one needs less memory */
    if (!t->has_state)
        xbar_spread_take(t->spread, g);
    t->has_state = true;
    xbar_spread_solve(t->spread, in, n, tolerance, a);
    return XBAR_OK;
}
