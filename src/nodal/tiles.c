/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "nodal/tiles.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/memory.h"
#include "nodal/coarse.h"
#include "nodal/knots.h"
#include "nodal/room.h"

void xbar_tiles_free(xbar_tiles *t)
{
    if (!t)
        return;
    free(t->room);
    xbar_coarse_free(t->coarse);
    xbar_knots_free(t->knots);
    free(t);
}

/* One behind the other: together they are large enough for large pages before each of
 * them is. What lies between planes of cells keeps the same cell of two of them from
 * addresses that a cache or its stores in flight take for one another. */
static xbar_status make_room(xbar_tiles *t, unsigned threads, xbar_error *err)
{
    enum { APART = 2 * XBAR_TILE };
    const size_t plane = t->height * t->width + APART;
    const size_t bases = t->height * t->width / XBAR_BASE;
    const size_t height = t->height, width = t->width, work = t->width * XBAR_TILE;
    const xbar_part parts[] = {
        {&t->g, plane},
        {&t->nb, plane},
        {&t->w, plane},
        {&t->ru, plane},
        {&t->rw, plane},
        {&t->na, plane},
        {&t->p, plane},
        {&t->z, plane},
        {&t->spare, plane},
        {&t->base_u, bases},
        {&t->base_w, bases},
        {&t->first_base_u, bases},
        {&t->first_base_w, bases},
        {&t->row_last, height},
        {&t->real, width},
        {&t->part, width},
        {&t->v_row, height},
        {&t->v_col, width},
        {&t->hat[0], width},
        {&t->carry[0], width},
        {&t->hat[1], width},
        {&t->carry[1], width},
        {&t->col_mid[0], width},
        {&t->col_mid[1], width},
        {&t->lane_work[0], work},
        {&t->lane_work[1], threads > 1 ? work : 0},
        {&t->end[0], height},
        {&t->end[1], height},
        {&t->end[2], width},
        {&t->end[3], width},
        {&t->inject[0], height},
        {&t->inject[1], height},
        {&t->inject[2], width},
        {&t->inject[3], width},
    };
    XBAR_TRY(xbar_floats_share(&t->room, parts, sizeof parts / sizeof *parts,
                               "the tiled solver", err));
    if (threads <= 1)
        t->lane_work[1] = t->lane_work[0];
    for (size_t j = 0; j < t->n_cols; j++)
        t->real[j] = 1.0f;
    return XBAR_OK;
}

xbar_status xbar_tiles_new(xbar_tiles **out, size_t n_rows, size_t n_cols,
                           double row_ohm, double col_ohm, const xbar_kernel *kernel,
                           unsigned threads, xbar_error *err)
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
    xbar_status status = make_room(t, threads, err);
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
    for (int half = 0; half < 2; half++)
        t->given[half] = t->coarse->work[1 + half];
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

/* A cell's share of what the halves add up to. */
static double mean_of(const xbar_tiles *t, const double sum[2])
{
    return (sum[0] + sum[1]) / ((double)t->n_rows * (double)t->n_cols);
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
    xbar_coarse_cells(t->coarse, mean_of(t, t->g_sum));
    t->is_for_steps = t->is_soft = false;
    t->knows_parts = t->has_parts = false;
}

static void columns_half(void *with, int half)
{
    xbar_tiles *t = with;
    t->kernel->columns(t, half);
}

void xbar_tiles_for_cycles(xbar_tiles *t, xbar_pair *pair)
{
    if (!t->is_for_steps)
        return;
    if (t->is_soft) {
        t->is_soft = false;
        xbar_pair_run(pair, columns_half, t);
    }
    xbar_coarse_cells(t->coarse, mean_of(t, t->g_sum));
    t->is_for_steps = false;
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
    t->is_aside = true;
}

void xbar_tiles_merge(xbar_tiles *t)
{
    size_t n = t->coarse->y.n_nodes * t->coarse->x.padded;
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

/* A chessboard of good and bad cells is two networks that hardly touch, and what is smooth
 * on each of them is not smooth on the array. A second smooth correction, which counts
 * with the other sign on the other network, knows that (conjugate.c). */
static bool fall_apart(xbar_tiles *t)
{
    static const double slow = 0.9;
    return t->kernel->parts(t, t->part, t->hat[0], t->hat[1]) > slow;
}

/* Good cells among bad ones, or other parts, of these cells. */
static xbar_status find_parts(xbar_tiles *t, xbar_error *err)
{
    if (t->knows_parts)
        return XBAR_OK;
    XBAR_TRY(xbar_knots_tie(&t->knots, t, err));
    t->has_parts = !(t->knots && t->knots->is_used) && fall_apart(t);
    t->knows_parts = true;
    return XBAR_OK;
}

/* The preconditioner's column factors and weights, instead of the cycles'. */
static xbar_status prepare_steps(xbar_tiles *t, xbar_pair *pair, xbar_error *err)
{
    const double g = mean_of(t, t->g_sum);
    const bool is_soft = !t->row_cut && !t->col_cut && t->row_ohm != 0.0f;
    if (t->is_for_steps)
        return XBAR_OK;
    if (is_soft) {
        XBAR_TRY(find_parts(t, err));
        t->is_soft = true;
        xbar_pair_run(pair, columns_half, t);
    }
    xbar_coarse_lacking(t->coarse, g, t->is_soft ? mean_of(t, t->soft_sum) : g);
    t->is_for_steps = true;
    return XBAR_OK;
}

static void gather_half(void *with, int half)
{
    xbar_tiles *t = with;
    t->kernel->gather(t, half);
}

static void lay_half(void *with, int half)
{
    xbar_tiles *t = with;
    t->kernel->lay(t, half);
}

/* The new residual's elimination, and r' z. */
static double next_residual(xbar_tiles *t, xbar_pair *pair)
{
    xbar_pair_run(pair, move_half, t);
    t->kernel->middle(t, t->z);
    const double dot = t->dot[0] + t->dot[1] + t->kernel->across(t);
    if (!xbar_knots_are_held(t))
        return dot + t->kernel->smooth_add(t);
    xbar_pair_run(pair, gather_half, t);
    xbar_coarse_clear(t->coarse, t);
    return dot + xbar_knots_solve(t);
}

/* p <- z + P C^-1 P' r + beta p: with knots all but z is laid out first, and stands for the
 * direction before. */
static void begin_direction(xbar_tiles *t, xbar_pair *pair)
{
    if (!xbar_knots_are_held(t))
        return;
    xbar_pair_run(pair, lay_half, t);
    t->beta = 1.0f;
}

/* More than this no correction in single precision is worth, and further on the squares
 * of what is left vanish: steps would go anywhere. */
static const double least_tolerance = 1e-12;

/* The steps themselves, for the residual in rw. @return how many */
static size_t take_steps(xbar_tiles *t, xbar_pair *pair, double tolerance, size_t most)
{
    size_t n = 0;
    t->from_zero = true;
    t->beta = 0.0f;
    if (xbar_knots_are_held(t)) /* beta will not tell the first step */
        memset(t->w, 0, t->height * t->width * sizeof *t->w);
    tolerance = fmax(tolerance, least_tolerance);
    double rz = next_residual(t, pair), enough = rz * tolerance * tolerance;
    t->from_zero = false;
    for (; n < most && rz > enough; ++n) {
        begin_direction(t, pair);
        xbar_pair_run(pair, direct_half, t);
        double curvature = t->dot[0] + t->dot[1] + middle_dot(t);
        if (!(curvature > 0.0))
            break; /* nothing left that floats can tell from 0 */
        t->alpha = rz / curvature;
        double before = rz;
        rz = next_residual(t, pair);
        t->beta = (float)(rz / before);
    }
    return n;
}

xbar_status xbar_tiles_conjugate(xbar_tiles *t, xbar_pair *pair, double largest,
                                 double tolerance, size_t *n, xbar_error *err)
{
    const size_t plane = t->height * t->width;
    float *const p = t->p;
    XBAR_TRY(prepare_steps(t, pair, err));
    xbar_tiles_clear_bases(t);
    int power = -ilogb(largest);
    t->unit =
        (float)ldexp(1.0, power < 100 ? power : 100); /* squares must not vanish */
    xbar_pair_run(pair, reduce_half, t);
    if (t->word[0])
        t->p = t->ru; /* nothing is left in there */
    *n = take_steps(t, pair, tolerance, *n);
    t->p = p;
    if (t->word[0])
        memset(t->ru, 0, plane * sizeof *t->ru);
    if (*n == 0)
        memset(t->w, 0, plane * sizeof *t->w);
    xbar_coarse_clear(t->coarse, t);
    xbar_tiles_finish(t, pair);
    return XBAR_OK;
}
