/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Cells into tiles, and the factors of their rows and columns (slabs.h has the equations).
 * Compiled once for each vector width (isa.h). */
#include <math.h>
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

/* @param factors  a plane like mb
 *  @param mid      [width], as col_mid of this half */
static void factor_cols(xbar_tiles *t, int half, size_t slab, size_t tile,
                        const lanes g[TILE], float *factors, float *mid)
{
    const lanes rho = all(t->col_ohm);
    float *mb = factors + (slab * t->n_tiles + tile) * CELLS;
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
    store(mid + tile * TILE, s);
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
            factor_cols(t, half, slab, tile, cells, t->mb, t->col_mid[half]);
            transpose(cells);
            factor_rows(t, slab, tile, cells, &behind);
        }
        for (int j = 0; j < TILE; j++) {
            t->g_sum[half] += (double)sum[j];
            t->g_peak[half] = peak[j] > t->g_peak[half] ? peak[j] : t->g_peak[half];
        }
    }
}

/* ---- cells as their columns see them ------------------------------------------------- */

/* To a bit node whose neighbours on the column are held, cell k of a row is itself in
 * series with what its word node sees of the row, left and right: the diagonal of
 * D - D A^-1 D,
 *
 *     g_k - g_k^2 (A^-1)_kk = g_k s_k / (g_k + s_k)
 *
 * From the left s comes out of the row's factors, m = 1/(1 + rho s); from the right by
 * the same recursion, in the same sweep as the result. Rows of whole wires. */
static void soften_tile(const xbar_tiles *t, size_t slab, size_t tile, lanes g[TILE],
                        lanes *from_right)
{
    const lanes rho = all(t->row_ohm), least = all(1e-30f);
    const float *ma = t->ma + (slab * t->n_tiles + tile) * CELLS;
    transpose(g);
    for (size_t j = TILE; j-- > 0;) {
        const size_t col = tile * TILE + j;
        lanes left = load(t->end[0] + slab * TILE);
        if (col > 0)
            left = (all(1.0f) - load(ma + j * TILE - TILE)) / rho;
        if (col == t->n_cols - 1)
            *from_right = load(t->end[1] + slab * TILE);
        const lanes seen = left + *from_right, s = g[j] + *from_right;
        *from_right = s / (1.0f + rho * s);
        g[j] = g[j] / (1.0f + g[j] / choose(seen > least, seen, least));
    }
    transpose(g);
}

void XBAR_ISA(xbar_tiles_soften)(xbar_tiles *t, int half)
{
    memset(t->carry[half], 0, t->width * sizeof(float));
    t->soft_sum[half] = 0.0;
    for (size_t k = 0; k < half_slabs(t, half); k++) {
        const size_t slab = inward_slab(t, half, k);
        lanes from_right = {0}, sum = {0};
        for (size_t tile = t->n_tiles; tile-- > 0;) {
            const float *g = t->g + (slab * t->n_tiles + tile) * CELLS;
            lanes cells[TILE];
            for (int i = 0; i < TILE; i++)
                cells[i] = load(g + i * TILE);
            soften_tile(t, slab, tile, cells, &from_right);
            for (int i = 0; i < TILE; i++)
                sum += cells[i];
            factor_cols(t, half, slab, tile, cells, t->soft, t->soft_mid[half]);
        }
        for (int j = 0; j < TILE; j++)
            t->soft_sum[half] += (double)sum[j];
    }
}

/* ---- parts that hardly touch --------------------------------------------------------- */

/* One step of y_i = sum_j g_ij t_j / sum_j g_ij,  t_j' = sum_i g_ij y_i / sum_i g_ij.
 * @param[out] next    [width], the sums of t_j'
 * @param[out] weight  [width], sum_i g_ij */
static void average(const xbar_tiles *t, const float *from, float *next, float *weight)
{
    memset(next, 0, t->width * sizeof *next);
    memset(weight, 0, t->width * sizeof *weight);
    for (size_t slab = 0; slab < t->n_slabs; slab++) {
        const float *g = t->g + slab * t->n_tiles * CELLS;
        for (int i = 0; i < TILE; i++) {
            lanes sum = {0}, whole = {0};
            for (size_t tile = 0; tile < t->n_tiles; tile++) {
                lanes cell = load(g + tile * CELLS + i * TILE);
                sum += cell * load(from + tile * TILE);
                whole += cell;
            }
            float above = 0.0f, below = 1e-30f;
            for (int k = 0; k < TILE; k++) {
                above += sum[k];
                below += whole[k];
            }
            for (size_t tile = 0; tile < t->n_tiles; tile++) {
                lanes cell = load(g + tile * CELLS + i * TILE);
                float *out = next + tile * TILE, *w = weight + tile * TILE;
                store(out, load(out) + (above / below) * cell);
                store(w, load(w) + cell);
            }
        }
    }
}

/* A value for each column, alike where good cells lead from one to the other by any number
 * of rows and columns, and different in parts of the array that hardly touch: the slowest
 * mode but the constant of a walk from column to row to column along the cells.
 * @return how slow: 1 for parts that do not touch at all */
double XBAR_ISA(xbar_tiles_parts)(const xbar_tiles *t, float *part, float *next,
                                  float *weight)
{
    enum { STEPS = 8 };
    static const double many = 4.0;
    double rest = 0.0, fourth = 0.0;
    for (size_t j = 0; j < t->n_cols; j++) /* anything that no array looks like */
        part[j] = (float)((j * j * 7 + j * 3) % 101) / 50.0f - 1.0f;
    for (size_t j = t->n_cols; j < t->width; j++)
        part[j] = 0.0f;
    for (int k = 0; k < STEPS; k++) {
        average(t, part, next, weight);
        double mean = 0.0, whole = 1e-30, square = 0.0, before = 1e-30;
        for (size_t j = 0; j < t->n_cols; j++) {
            mean += (double)next[j];
            whole += (double)weight[j];
        }
        for (size_t j = 0; j < t->n_cols; j++) {
            const double w = (double)weight[j];
            const double moved = w > 0.0 ? (double)next[j] / w - mean / whole : 0.0;
            before += w * (double)part[j] * (double)part[j];
            square += w * moved * moved;
            next[j] = (float)moved;
        }
        rest = k == 0 ? 0.0 : sqrt(square / before);
        const double unit = square > 0.0 ? sqrt(whole / square) : 0.0;
        fourth = 0.0;
        for (size_t j = 0; j < t->n_cols; j++) {
            part[j] = (float)(unit * (double)next[j]);
            fourth += (double)weight[j] / whole * pow((double)part[j], 4.0);
        }
    }
    return fourth < many ? rest : 0.0; /* a few columns are no part */
}
