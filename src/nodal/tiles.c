/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "nodal/tiles.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/memory.h"
#include "nodal/coarse.h"
#include "nodal/room.h"

void xbar_tiles_free(xbar_tiles *t)
{
    if (!t)
        return;
    float *const arrays[] = {t->planes,       t->real,         t->base_u,
                             t->base_w,       t->first_base_u, t->first_base_w,
                             t->row_last,     t->col_mid[0],   t->col_mid[1],
                             t->carry[0],     t->carry[1],     t->lane_work[0],
                             t->lane_work[1], t->v_row,        t->v_col,
                             t->soft_mid[0],  t->soft_mid[1],  t->part};
    for (size_t k = 0; k < sizeof arrays / sizeof *arrays; k++)
        free(arrays[k]);
    for (int half = 0; half < 2; half++) {
        free(t->given[half]);
        free(t->hat[half]);
    }
    for (int side = 0; side < 4; side++) {
        free(t->end[side]);
        free(t->inject[side]);
    }
    xbar_coarse_free(t->coarse);
    free(t);
}

/* Planes of cells, one behind the other: together they are large enough for large pages
 * before each of them is. What lies between them keeps the same cell of two planes from
 * addresses that a cache or its stores in flight take for one another. */
static xbar_status planes_new(xbar_tiles *t, const char *what, xbar_error *err)
{
    enum { APART = 17 * XBAR_TILE };
    float **const planes[] = {&t->g,  &t->nb, &t->w, &t->ru,  &t->rw,
                              &t->na, &t->p,  &t->z, &t->soft};
    const size_t n = sizeof planes / sizeof *planes;
    const size_t step = t->height * t->width + APART;
    XBAR_TRY(xbar_floats_new(&t->planes, n * step, what, err));
    for (size_t k = 0; k < n; k++)
        *planes[k] = t->planes + k * step;
    return XBAR_OK;
}

static xbar_status make_room(xbar_tiles *t, xbar_error *err)
{
    const char *what = "the tiled solver";
    XBAR_TRY(planes_new(t, what, err));
    float **const along[] = {&t->base_u, &t->first_base_u};
    float **const across[] = {&t->base_w, &t->first_base_w};
    for (int k = 0; k < 2; k++) {
        const size_t cells = t->height * t->width;
        XBAR_TRY(xbar_floats_new(along[k], cells / XBAR_BASE, what, err));
        XBAR_TRY(xbar_floats_new(across[k], cells / XBAR_BASE, what, err));
    }
    XBAR_TRY(xbar_floats_new(&t->row_last, t->height, what, err));
    XBAR_TRY(xbar_floats_new(&t->real, t->width, what, err));
    for (size_t j = 0; j < t->n_cols; j++)
        t->real[j] = 1.0f;
    XBAR_TRY(xbar_floats_new(&t->v_row, t->height, what, err));
    XBAR_TRY(xbar_floats_new(&t->v_col, t->width, what, err));
    for (int half = 0; half < 2; half++) {
        XBAR_TRY(xbar_floats_new(&t->hat[half], 4 * t->width, what, err));
        XBAR_TRY(xbar_floats_new(&t->col_mid[half], t->width, what, err));
        XBAR_TRY(xbar_floats_new(&t->carry[half], t->width, what, err));
        XBAR_TRY(xbar_floats_new(&t->lane_work[half], t->width * XBAR_TILE, what, err));
    }
    for (int side = 0; side < 4; side++) {
        size_t n = side < 2 ? t->height : t->width;
        XBAR_TRY(xbar_floats_new(&t->end[side], n, what, err));
        XBAR_TRY(xbar_floats_new(&t->inject[side], n, what, err));
    }
    return XBAR_OK;
}

xbar_status xbar_tiles_new(xbar_tiles **out, size_t n_rows, size_t n_cols,
                           double row_ohm, double col_ohm, const xbar_kernel *kernel,
                           xbar_error *err)
{
    *out = NULL;
    void *memory = NULL;
    XBAR_TRY(xbar_array_new(&memory, 1, sizeof(xbar_tiles), "the tiled solver", err));
    xbar_tiles *t = memory;
    *t = (xbar_tiles){
        .kernel = kernel ? kernel : xbar_kernel_find(NULL),
        .n_rows = n_rows,
        .n_cols = n_cols,
        .n_slabs = (n_rows + XBAR_TILE - 1) / XBAR_TILE,
        .n_tiles = (n_cols + XBAR_TILE - 1) / XBAR_TILE,
        .scale = row_ohm > 0.0 ? (float)row_ohm : 1.0f,
    };
    t->row_ohm = (float)row_ohm / t->scale;
    t->col_ohm = (float)(col_ohm / (double)t->scale);
    t->n_upper = (t->n_slabs + 1) / 2;
    t->height = t->n_slabs * XBAR_TILE;
    t->width = t->n_tiles * XBAR_TILE;
    xbar_status status = make_room(t, err);
    if (status != XBAR_OK) {
        xbar_tiles_free(t);
        return status;
    }
    *out = t;
    return XBAR_OK;
}

/* Beyond this a terminal is a short to the smooth correction. */
static double coarse_end(const xbar_tiles *t, int side)
{
    size_t n = side < 2 ? t->n_rows : t->n_cols;
    double ohm = (double)(side < 2 ? t->row_ohm : t->col_ohm), sum = 0.0;
    double most = ohm > 0.0 ? 1e3 / ohm : 1e6;
    for (size_t k = 0; k < n; k++) {
        double g = (double)t->end[side][k];
        sum += g < most ? g : most;
    }
    return sum / (double)n;
}

static bool hangs(const xbar_tiles *t, bool is_row)
{
    const size_t n = is_row ? t->n_rows : t->n_cols, side = is_row ? 0 : 2;
    const double along = (double)(is_row ? t->n_cols : t->n_rows);
    const double ohm = (double)(is_row ? t->row_ohm : t->col_ohm) * along;
    double sum = 0.0;
    for (size_t k = 0; k < n; k++)
        sum += (double)t->end[side][k] + (double)t->end[side + 1][k];
    return sum * ohm < (double)n;
}

xbar_status xbar_tiles_arrange(xbar_tiles *t, const double *const end[4],
                               xbar_error *err)
{
    double mean[4];
    for (int side = 0; side < 4; side++) {
        size_t n = side < 2 ? t->n_rows : t->n_cols;
        for (size_t k = 0; k < n; k++) {
            double g = end[side][k] * (double)t->scale;
            t->end[side][k] = g < (double)XBAR_TILES_HELD ? (float)g : XBAR_TILES_HELD;
        }
        mean[side] = coarse_end(t, side);
    }
    t->hangs = hangs(t, true) || hangs(t, false);
    xbar_coarse_free(t->coarse);
    t->coarse = NULL;
    XBAR_TRY(xbar_coarse_new(&t->coarse, t, mean, err));
    for (int half = 0; half < 2; half++) {
        free(t->given[half]);
        t->given[half] = NULL;
        XBAR_TRY(xbar_floats_new(&t->given[half],
                                 (t->coarse->y.padded + 1) * t->coarse->x.padded,
                                 "coarse correction", err));
    }
    t->has_soft = t->has_parts = false;
    return XBAR_OK;
}

typedef struct job {
    xbar_tiles *t;
    const double *g;
} job;

static void factor_half(void *with, int half)
{
    job *j = with;
    j->t->kernel->factor(j->t, half, j->g);
}

/* n beyond which 1 - n has lost digits. */
static const float steep = 0.7f;

void xbar_tiles_factor(xbar_tiles *t, xbar_pair *pair, const double *g)
{
    job j = {.t = t, .g = g};
    t->is_steep = false;
    xbar_pair_run(pair, factor_half, &j);
    if (t->n_peak[0] > steep || t->n_peak[1] > steep) {
        t->is_steep = true;
        xbar_pair_run(pair, factor_half, &j);
    }
    double cells = (double)t->n_rows * (double)t->n_cols;
    xbar_coarse_cells(t->coarse, (t->g_sum[0] + t->g_sum[1]) / cells);
    t->has_soft = t->has_parts = false;
}

void xbar_tiles_clear_bases(xbar_tiles *t)
{
    const size_t n = t->height * t->width / XBAR_BASE;
    memset(t->base_u, 0, n * sizeof *t->base_u);
    memset(t->base_w, 0, n * sizeof *t->base_w);
}

void xbar_tiles_set_aside(xbar_tiles *t)
{
    float **const here[] = {&t->ru, &t->w, &t->base_u, &t->base_w};
    float **const aside[] = {&t->p, &t->z, &t->first_base_u, &t->first_base_w};
    for (size_t k = 0; k < sizeof here / sizeof *here; k++) {
        float *swap = *here[k];
        *here[k] = *aside[k];
        *aside[k] = swap;
    }
}

void xbar_tiles_merge(xbar_tiles *t)
{
    size_t n = t->coarse->y.padded * t->coarse->x.padded;
    for (size_t k = 0; k < n; k++)
        t->coarse->given[k] = t->given[0][k] + t->given[1][k];
}

static void finish_half(void *with, int half)
{
    xbar_tiles *t = with;
    t->kernel->finish(t, half);
}

void xbar_tiles_finish(xbar_tiles *t, xbar_pair *pair)
{
    xbar_pair_run(pair, finish_half, t);
}

static void reduce_half(void *with, int half)
{
    xbar_tiles *t = with;
    t->kernel->reduce(t, half);
}

static void direct_half(void *with, int half)
{
    xbar_tiles *t = with;
    t->kernel->direct(t, half);
}

static void move_half(void *with, int half)
{
    xbar_tiles *t = with;
    t->kernel->move(t, half);
}

/* p' S p of the segments between the halves. */
static double middle_dot(const xbar_tiles *t)
{
    size_t row = t->n_upper * XBAR_TILE;
    double sum = 0.0;
    if (row >= t->n_rows || t->col_ohm == 0.0f)
        return 0.0;
    for (size_t j = 0; j < t->n_cols; j++) {
        if (t->col_cut && t->col_cut[(row - 1) * t->n_cols + j])
            continue;
        size_t tile = j / XBAR_TILE, lane = j % XBAR_TILE;
        double d = (double)xbar_tiles_cell(t, t->p, row - 1, tile)[lane] -
                   (double)xbar_tiles_cell(t, t->p, row, tile)[lane];
        sum += d * d / (double)t->col_ohm;
    }
    return sum;
}

/* r' B^-1 r of what the innermost rows take from beyond them. */
static double across_dot(const xbar_tiles *t)
{
    const bool special = t->row_cut || t->col_cut || t->row_ohm != 1.0f || t->is_steep;
    const size_t row = t->n_upper * XBAR_TILE;
    double sum = 0.0;
    for (int half = 0; half < 2 && (half == 0 || t->n_upper < t->n_slabs); half++)
        for (size_t j = 0; j < t->n_cols; j++) {
            const size_t at = row - (half == XBAR_UPPER), lane = j % XBAR_TILE;
            const float kept = xbar_tiles_cell(t, t->nb, at, j / XBAR_TILE)[lane];
            const float m = special ? fmaxf(kept, 0.0f) : 1.0f - kept;
            sum += (double)(m * xbar_tiles_cell(t, t->z, at, j / XBAR_TILE)[lane]) *
                   (double)t->carry[half][j];
        }
    return sum;
}

static void soften_half(void *with, int half)
{
    xbar_tiles *t = with;
    t->kernel->soften(t, half);
}

/* A chessboard of good and bad cells is two networks that hardly touch, and what is smooth
 * on each of them is not smooth on the array. A second smooth correction, which counts
 * with the other sign on the other network, knows that (conjugate.c). */
static xbar_status find_parts(xbar_tiles *t, xbar_error *err)
{
    static const double slow = 0.9;
    const char *what = "conjugate gradients";
    if (!t->part)
        XBAR_TRY(xbar_floats_new(&t->part, t->width, what, err));
    t->has_parts = t->kernel->parts(t, t->part, t->hat[0], t->hat[1]) > slow;
    return XBAR_OK;
}

/* The preconditioner's column factors, once for each state that needs them. */
static xbar_status soften(xbar_tiles *t, xbar_pair *pair, xbar_error *err)
{
    if (t->has_soft || t->row_cut || t->col_cut || t->row_ohm == 0.0f)
        return XBAR_OK;
    const char *what = "conjugate gradients";
    for (int half = 0; half < 2; half++)
        if (!t->soft_mid[half])
            XBAR_TRY(xbar_floats_new(&t->soft_mid[half], t->width, what, err));
    xbar_pair_run(pair, soften_half, t);
    double cells = (double)t->n_rows * (double)t->n_cols;
    xbar_coarse_soften(t->coarse, (t->g_sum[0] + t->g_sum[1]) / cells,
                       (t->soft_sum[0] + t->soft_sum[1]) / cells);
    t->has_soft = true;
    return find_parts(t, err);
}

static void swap_factors(xbar_tiles *t)
{
    float *const factors = t->nb;
    t->nb = t->soft;
    t->soft = factors;
    for (int half = 0; half < 2; half++) {
        float *const mid = t->col_mid[half];
        t->col_mid[half] = t->soft_mid[half];
        t->soft_mid[half] = mid;
    }
}

/* The new residual's elimination, and r' z. */
static double next_residual(xbar_tiles *t, xbar_pair *pair)
{
    xbar_pair_run(pair, move_half, t);
    t->kernel->middle(t, t->z);
    return t->dot[0] + t->dot[1] + across_dot(t) + t->kernel->smooth_add(t);
}

xbar_status xbar_tiles_conjugate(xbar_tiles *t, xbar_pair *pair, double largest,
                                 double tolerance, size_t *n, xbar_error *err)
{
    const size_t most = *n;
    XBAR_TRY(soften(t, pair, err));
    xbar_tiles_clear_bases(t);
    int power = -ilogb(largest);
    t->unit =
        (float)ldexp(1.0, power < 100 ? power : 100); /* squares must not vanish */
    xbar_pair_run(pair, reduce_half, t);
    if (t->has_soft)
        swap_factors(t);
    t->from_zero = true;
    t->beta = 0.0f;
    double rz = next_residual(t, pair), enough = rz * tolerance * tolerance;
    t->from_zero = false;
    for (*n = 0; *n < most && rz > enough; ++*n) {
        xbar_pair_run(pair, direct_half, t);
        double curvature = t->dot[0] + t->dot[1] + middle_dot(t);
        if (!(curvature > 0.0))
            break; /* nothing left that floats can tell from 0 */
        t->alpha = rz / curvature;
        double before = rz;
        rz = next_residual(t, pair);
        t->beta = (float)(rz / before);
    }
    if (t->has_soft)
        swap_factors(t);
    if (*n == 0)
        memset(t->w, 0, t->height * t->width * sizeof *t->w);
    xbar_coarse_clear(t->coarse, t);
    xbar_tiles_finish(t, pair);
    return XBAR_OK;
}
