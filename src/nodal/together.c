/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "nodal/together.h"

#include <unistd.h>

#include "core/isa.h"

/* What it takes for each cell, in the multiplications that merging large blocks takes:
 * merging small ones; and what an input costs more by iterations, where the planes of these
 * stay in caches and where they do not. As measured with each vector width for 16 x 16 to
 * 256 x 256 cells, where a multiplication takes 0.165, 0.059 and 0.036 ns, an input 32, 23
 * and 10 ns a cell by iterations, and here 13, 4.5 and 3; and on another machine for
 * 1024 x 1024, where a multiplication took 0.07 ns (AVX2) and 0.025, an input 30 ns a cell
 * and 16, and here 4 and 1.4. */
static const struct {
    double small_blocks, gain, far_gain;
} cost_of[XBAR_N_ISAS] = {
    [XBAR_ISA_BASE] = {420.0, 112.0, 112.0},
    [XBAR_ISA_AVX2] = {1150.0, 305.0, 370.0},
    [XBAR_ISA_AVX512] = {1850.0, 195.0, 580.0},
};

/* Cells from which on they do not. */
static const double far_cells = (double)(3 << 18);

/* Doubles that may be kept: half of what the machine has, divided by its processors, each
 * of which may be at work on another sample (1024 x 1024 cells take 0.7 GiB, 2048 x 2048
 * 3). Not what of it is free: or bits would depend on others. */
static double most_doubles(void)
{
    const long pages = sysconf(_SC_PHYS_PAGES), bytes = sysconf(_SC_PAGESIZE);
    const long processors = sysconf(_SC_NPROCESSORS_CONF);
    if (pages <= 0 || bytes <= 0 || processors <= 0)
        return 0.0;
    return 0.5 * (double)pages * (double)bytes /
           ((double)processors * (double)sizeof(double));
}

void xbar_together_clear(xbar_together *t)
{
    xbar_spread_free(t->spread);
    *t = (xbar_together){0};
}

static bool pays(const xbar_together *t, const xbar_lines *l, size_t n)
{
    const double n_cells = (double)(l->n_rows * l->n_cols);
    if (t->cost.doubles > most_doubles())
        return false;
    const xbar_isa isa = xbar_isa_here();
    const double gain = n_cells < far_cells ? cost_of[isa].gain : cost_of[isa].far_gain;
    return t->cost.products + cost_of[isa].small_blocks * n_cells <=
           gain * (double)n * n_cells;
}

void xbar_together_solve(xbar_together *t, const xbar_lines *l, const double *g,
                         const xbar_stimulus *in, size_t n, double tolerance,
                         xbar_nodal_answer *a)
{
    for (size_t k = 0; k < n; k++)
        a[k].status = XBAR_ERR_CONVERGENCE;
    if (!xbar_spread_fits(l))
        return;
    /* those of these inputs alone: a former call's would be other sums, and other bits */
    const unsigned at_zero = xbar_spread_at_zero(l, in, n);
    if (t->is_foreseen && t->at_zero != at_zero)
        xbar_together_clear(t);
    /* without memory: one by one needs less of it */
    if (!t->is_foreseen && xbar_spread_foresee(&t->cost, l, at_zero, NULL) != XBAR_OK)
        return;
    t->is_foreseen = true;
    t->at_zero = at_zero;
    if (!pays(t, l, n))
        return;
    if (!t->spread && xbar_spread_new(&t->spread, l, at_zero, NULL, NULL) != XBAR_OK)
        return;
    if (!t->has_state)
        xbar_spread_take(t->spread, g);
    t->has_state = true;
    xbar_spread_solve(t->spread, in, n, tolerance, a);
}
