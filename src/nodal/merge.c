/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "nodal/merge.h"

#include <string.h>

#include "core/memory.h"
#include "nodal/merge_tree.h"
#include "nodal/tiles.h"

#define SIDE XBAR_MERGE_SIDE

static void keep(double *g_eff, const merge *m, const front *f)
{
    const size_t n_rows = m->a->n_rows, n_cols = m->a->n_cols;
    memset(g_eff, 0, n_rows * n_cols * sizeof *g_eff);
    for (size_t i = 0; i < f->n_inputs; i++)
        for (size_t j = f->n_inputs; j < f->n; j++) {
            const size_t row = xbar_merge_line_tile(m, f->group[i]) * SIDE;
            const size_t col = xbar_merge_line_tile(m, f->group[j]) * SIDE;
            const double *tile = xbar_merge_tile_at(f, i, j);
            for (size_t a = 0; a < SIDE && row + a < n_rows; a++)
                for (size_t b = 0; b < SIDE && col + b < n_cols; b++)
                    g_eff[(row + a) * n_cols + col + b] += tile[a * SIDE + b];
        }
}

xbar_status xbar_merge_foresee(xbar_merge_cost *cost, const xbar_merge_array *a,
                               xbar_error *err)
{
    merge m = {0};
    front f;
    xbar_status status = xbar_merge_init(&m, a, err);
    if (status == XBAR_OK) {
        xbar_merge_walk(&m, &f, true);
        *cost = (xbar_merge_cost){.products = m.products, .doubles = (double)m.most};
    }
    xbar_merge_clear(&m);
    return status;
}

xbar_status xbar_merge_find(double *g_eff, const xbar_merge_array *a,
                            const xbar_kernel *kernel, xbar_error *err)
{
    merge m = {.kernel = (kernel ? kernel : xbar_kernel_find(NULL))->merge};
    front f;
    void *memory = NULL;
    xbar_status status = xbar_merge_init(&m, a, err);
    if (status == XBAR_OK)
        status = xbar_array_new(&memory, m.n_row_tiles * m.n_col_tiles, sizeof *m.leaf,
                                "merging blocks", err);
    m.leaf = memory;
    if (status == XBAR_OK) {
        xbar_merge_walk(&m, &f, true);
        status = xbar_merge_make_room(&m, err);
    }
    if (status == XBAR_OK) {
        xbar_merge_walk(&m, &f, false);
        keep(g_eff, &m, &f);
    }
    xbar_merge_clear(&m);
    return status;
}
