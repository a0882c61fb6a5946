/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Cells into tiles, and the factors of their rows and columns (slabs.h has the equations).
 * Compiled once for each vector width (isa.h). */
#include <string.h>

#include "nodal/isa.h"
#include "nodal/slabs.h"

/* A tile of the caller's conductances; beyond the array there are none. */
static void load_tile(const xbar_tiles *t, const double *g, size_t slab, size_t tile,
                      lanes out[TILE])
{
    size_t row = slab * TILE, col = tile * TILE;
    if (row + TILE <= t->n_rows && col + TILE <= t->n_cols) {
        for (size_t i = 0; i < TILE; i++) {
            oct d[2];
            half_lanes f[2];
            memcpy(d, &g[(row + i) * t->n_cols + col], sizeof d);
            f[0] = __builtin_convertvector(d[0], half_lanes);
            f[1] = __builtin_convertvector(d[1], half_lanes);
            memcpy(&out[i], f, sizeof out[i]);
        }
        return;
    }
    memset(out, 0, TILE * sizeof *out);
    for (size_t i = 0; i < TILE && row + i < t->n_rows; i++)
        for (size_t j = 0; j < TILE && col + j < t->n_cols; j++)
            out[i][j] = (float)g[(row + i) * t->n_cols + col + j];
}

static void factor_rows(xbar_tiles *t, size_t slab, size_t tile, lanes g[TILE],
                        lanes *behind)
{
    const lanes rho = all(t->row_ohm);
    float *ma = t->ma + (slab * t->n_tiles + tile) * CELLS;
    size_t rows = at_most(TILE, t->n_rows - slab * TILE);
    lanes sm = *behind;
    for (size_t j = 0; j < TILE; j++) {
        size_t col = tile * TILE + j;
        lanes s = g[j] + sm;
        if (col == t->n_cols - 1)
            s += load(t->end[1] + slab * TILE);
        lanes m = 1.0f / (1.0f + rho * s);
        sm = s * m;
        if (t->row_cut && col + 1 < t->n_cols) {
            mask cut =
                cut_mask(t->row_cut, slab * TILE * t->n_cols + col, t->n_cols, rows);
            m = choose(cut, -inverse(s), m);
            sm = choose(cut, (lanes){0}, sm);
        }
        store(ma + j * TILE, m);
        if (col == t->width - 1)
            store(t->row_last + slab * TILE, inverse(s));
    }
    *behind = sm;
}

static void factor_cols(xbar_tiles *t, int half, size_t slab, size_t tile,
                        const lanes g[TILE])
{
    const lanes rho = all(t->col_ohm);
    float *mb = t->mb + (slab * t->n_tiles + tile) * CELLS;
    lanes sm = load(t->carry[half] + tile * TILE), s = {0};
    size_t cols = at_most(TILE, t->n_cols - tile * TILE);
    for (int k = 0; k < TILE; k++) {
        int i = inward_row(half, k);
        size_t row = slab * TILE + (size_t)i;
        s = g[i] + sm;
        if (row == 0)
            s += load(t->end[2] + tile * TILE);
        if (row == t->n_rows - 1)
            s += load(t->end[3] + tile * TILE);
        lanes m = 1.0f / (1.0f + rho * s);
        sm = s * m;
        /* the segment towards the middle: behind this row, or before it */
        if (t->col_cut &&
            (half == XBAR_UPPER ? row + 1 < t->n_rows : row > 0 && row < t->n_rows)) {
            size_t above = half == XBAR_UPPER ? row : row - 1;
            mask cut = cut_mask(t->col_cut, above * t->n_cols + tile * TILE, 1, cols);
            m = choose(cut, -inverse(s), m);
            sm = choose(cut, (lanes){0}, sm);
        }
        store(mb + i * TILE, m);
    }
    store(t->carry[half] + tile * TILE, sm);
    store(t->col_mid[half] + tile * TILE, s);
}

void XBAR_ISA(xbar_tiles_factor)(xbar_tiles *t, int half, const double *g)
{
    const lanes most =
        all(XBAR_TILES_HELD); /* an exponential law's slope may be more */
    memset(t->carry[half], 0, t->width * sizeof(float));
    t->g_sum[half] = 0.0;
    t->g_peak[half] = 0.0f;
    for (size_t k = 0; k < half_slabs(t, half); k++) {
        size_t slab = inward_slab(t, half, k);
        lanes sum = {0}, peak = {0};
        lanes behind = load(t->end[0] + slab * TILE);
        for (size_t tile = 0; tile < t->n_tiles; tile++) {
            lanes cells[TILE];
            float *to = t->g + (slab * t->n_tiles + tile) * CELLS;
            load_tile(t, g, slab, tile, cells);
            for (int i = 0; i < TILE; i++) {
                cells[i] *= t->scale;
                cells[i] = choose(cells[i] < most, cells[i], most);
                store(to + i * TILE, cells[i]);
                sum += cells[i];
                peak = choose(cells[i] > peak, cells[i], peak);
            }
            factor_cols(t, half, slab, tile, cells);
            transpose(cells);
            factor_rows(t, slab, tile, cells, &behind);
        }
        for (int j = 0; j < TILE; j++) {
            t->g_sum[half] += (double)sum[j];
            t->g_peak[half] = peak[j] > t->g_peak[half] ? peak[j] : t->g_peak[half];
        }
    }
}
