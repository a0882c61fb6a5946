/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "analytical/pull.h"

#include <stdbool.h>

/* A block as it is met from the end `from`: n nodes, the first of which is `first`, the
 * next `step` from it. A source counts at its own node from the first end alone.
 * @return the sum over the nodes of what the block's own sources put there */
static double walk(xbar_pull *p, int from, const double *g, const xbar_dressed *rows,
                   size_t at, size_t first, long step, size_t n, bool at_end)
{
    const double *ratio = rows->ratio[from] + at;
    const double *ohm = rows->ohm + at;
    const double *load = rows->load + at;
    double passed = at_end ? 0.0 : 1.0; /* of 1 V before the block */
    double sum_passed = 0.0;
    double v = 0.0;
    double sum = 0.0;
    for (size_t l = 0; l < n; l++) {
        const size_t j = first + (size_t)((long)l * step);
        const double down = at_end && l == 0 ? 0.0 : ratio[j];
        const double source = g[j] * ohm[j] / (1.0 + ohm[j] * load[j]);
        passed *= down;
        sum_passed += passed;
        v *= down;
        sum += from == XBAR_FIRST ? v + source : v;
        v += source;
    }
    p->way[from].in = sum_passed / (double)n;
    p->way[from].through = passed;
    p->way[from].source = v;
    return sum;
}

xbar_pull xbar_pull_of(const double *g, const xbar_dressed *rows, size_t row,
                       size_t n_cols, size_t first, size_t end)
{
    const size_t n = end - first;
    xbar_pull p = {.own = 0.0};
    double sum = walk(&p, XBAR_FIRST, g, rows, row * n_cols, first, 1, n, first == 0);
    sum += walk(&p, XBAR_LAST, g, rows, row * n_cols, end - 1, -1, n, end == n_cols);
    p.own = sum / (double)n;
    return p;
}
