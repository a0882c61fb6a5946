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
        XBAR_TRY(xbar_floats_new(along[k], t->n_tiles * t->height, what, err));
        XBAR_TRY(xbar_floats_new(across[k], t->n_slabs * t->width, what, err));
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

static void inward_half(void *with, int half)
{
    xbar_tiles *t = with;
    t->kernel->inward(t, half);
}

static void outward_half(void *with, int half)
{
    xbar_tiles *t = with;
    t->kernel->outward(t, half);
}

static void finish_half(void *with, int half)
{
    xbar_tiles *t = with;
    t->kernel->finish(t, half);
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

static void clear_bases(xbar_tiles *t)
{
    memset(t->base_u, 0, t->n_tiles * t->height * sizeof *t->base_u);
    memset(t->base_w, 0, t->n_slabs * t->width * sizeof *t->base_w);
}

/* ---- cycles ---------------------------------------------------------------------------- */

/* A cycle multiplies the error's modes by factors from 0 to `rate`, and soon the slowest
 * are all there is: one move after another has the same direction. A relaxed cycle begins
 * at
 *
 *     x_k + root / (1 - root) (x_k - x_{k-1}),
 *
 * where a mode of factor `root` is gone: a zero of the error's polynomial there (Varga,
 * Matrix Iterative Analysis, 1962, 5.1). The many fast modes want zeros at 0, so it is
 * each second cycle, and x_{k-1} takes no time to keep: the sweep in between leaves it
 * where it reads it and works in another plane.
 *
 * What is slowest shows after some cycles; later corrections know it already. But where
 * the best cells are far better than the mean, which is all that the smooth correction
 * knows of cells, and lines neither so short that no mode is slow nor so long that many
 * are, the second cycle may as well be relaxed for what such arrays turn out to need at
 * least: x_0 is 0, so there is nothing to keep for it. (As measured, at 64 to 512 lines
 * and wires of 0.1 to 100 ohm.) */

/* How the bit nodes come to rest. */
typedef struct rest {
    double first, now; /* their largest moves, of the first and of the last cycle */
    double ratio[2];   /* of one to that before, the last and the last but one */
    bool is_kept;      /* the nodes of the cycle before are: the next may be relaxed */
    bool is_early;     /* the second cycle is relaxed */
} rest;

static bool may_begin_early(const xbar_tiles *t, const xbar_cycling *c)
{
    static const double rough = 1e-4, uneven = 6.0, slow = 0.15;
    /* what a line's cells conduct by what its wire resists */
    static const double short_line = 1.2, long_line = 20.0;
    const double rows = (double)t->n_rows, cols = (double)t->n_cols;
    const double mean = (t->g_sum[0] + t->g_sum[1]) / (rows * cols);
    const double row = cols * cols * mean * (double)t->row_ohm;
    const double col = rows * rows * mean * (double)t->col_ohm;
    return c->aim > 0.0 && c->aim < rough && (t->fresh || c->root < slow) &&
           (double)fmaxf(t->g_peak[0], t->g_peak[1]) > uneven * mean &&
           fmin(row, col) > short_line && fmax(row, col) < long_line;
}

static bool may_be_relaxed(const xbar_tiles *t, const xbar_cycling *c, const rest *r,
                           size_t number)
{
    const size_t first = r->is_early ? 4 : t->fresh ? c->late ? 6 : 4 : 3;
    return c->aim > 0.0 && number >= first && (number - first) % 2 == 0;
}

/* A zero is put no further out. */
static const double most_root = 0.8;

/* The first correction's early cycles see faster modes die out, too: what is slowest is
 * where their rates lead to, or between them; or, where the second was relaxed, slower by
 * about as much in all arrays. */
static double find_root(const xbar_tiles *t, const xbar_cycling *c, const rest *r)
{
    static const double unseen = 0.06, least = 0.11;
    double root = c->rate;
    if (r->is_early && c->n <= 3)
        root = fmax(t->fresh ? root + unseen : root, least);
    else if (!r->is_early && t->fresh && c->root == 0.0)
        root = r->ratio[0] > r->ratio[1]
                   ? r->ratio[0] * fmin(2.0, r->ratio[0] / r->ratio[1])
                   : sqrt(r->ratio[0] * r->ratio[1]);
    else if (!r->is_early && !t->fresh && c->n <= 2)
        root = fmax(root, c->root);
    return fmin(root, most_root);
}

/* The second cycle, relaxed; the one before began at 0. */
static void begin_early(xbar_tiles *t, double rate)
{
    const double root = fmin(fmax(rate, XBAR_TILES_EARLY), most_root);
    t->relax = (float)(root / (1.0 - root));
    t->is_early = true;
    xbar_coarse_stretch(t->coarse, t, t->relax);
}

static void begin_cycle(xbar_tiles *t, xbar_cycling *c, rest *r, size_t most)
{
    const bool is_relaxed = r->is_kept && c->rate <= XBAR_TILES_SLOW;
    t->from = t->w;
    t->relax = 0.0f;
    t->is_early = false;
    r->is_kept = false;
    if (r->is_early && c->n == 1) {
        begin_early(t, c->rate);
    } else if (is_relaxed) {
        c->root = find_root(t, c, r);
        t->relax = (float)(c->root / (1.0 - c->root));
        xbar_coarse_relax(t->coarse, t, t->relax);
    } else if (c->n + 1 < most && may_be_relaxed(t, c, r, c->n + 2)) {
        float *const other = t->old;
        t->old = t->w;
        t->w = other;
        t->from = t->old;
        xbar_coarse_keep(t->coarse, t);
        r->is_kept = true;
    }
}

/* What the next cycle will leave over of what is left, as foreseen. */
static double foresee(const xbar_tiles *t, const xbar_cycling *c, const rest *r)
{
    static const double gain = 0.2; /* of a relaxed cycle that knows what is slowest */
    static const double unseen = 0.04, fast = 0.05;
    if (!r->is_kept)
        return c->rate;
    if (r->is_early &&
        c->n == 2) /* few cycles, of which one was relaxed, tell little */
        return t->fresh ? 1.0 : (c->rate > unseen ? gain : fast) * find_root(t, c, r);
    return !t->fresh || c->root > 0.0 ? gain * find_root(t, c, r) : c->rate;
}

/* Takes note of a cycle; will the next one do? */
static bool end_cycle(const xbar_tiles *t, xbar_cycling *c, double known, rest *r)
{
    static const double noise = 1e-6; /* what single precision leaves of moves */
    static const double fast = 0.2;
    const double before = r->now;
    r->now = (double)fmaxf(t->moved[0], t->moved[1]);
    r->ratio[1] = r->ratio[0];
    r->ratio[0] = before > 0.0 ? r->now / before : 0.0;
    if (c->n == 0)
        r->first = r->now;
    else if (t->relax == 0.0f && r->now > noise * r->first)
        c->rate = fmax(known, r->ratio[0]);
    if (r->first > 0.0)
        c->left = r->now * c->rate / r->first;
    if (r->is_early && c->n >= 3 && t->relax > 0.0f && r->ratio[0] > 0.5 * c->root)
        c->left *= fast; /* it moves what fast modes have gone beyond, above all */
    if (c->n == 1)       /* four plain cycles will do */
        c->late = c->left * c->rate * c->rate <= 0.1 * c->aim;
    const double next = foresee(t, c, r);
    if (!(c->rate > 0.0 && c->left * next <= c->aim))
        return false;
    return (c->law == 0.0 && c->calm == 0.0) || c->left * next <= c->law ||
           r->now * next <= c->calm;
}

void xbar_tiles_cycles(xbar_tiles *t, xbar_pair *pair, xbar_cycling *c)
{
    const double known = c->rate;
    rest r = {.is_early = may_begin_early(t, c)};
    size_t most = c->most;
    const bool may_be_fine =
        !t->row_cut && !t->col_cut && t->row_ohm != 0.0f && !t->is_steep;
    float **const spare = t->fresh ? &t->z : &t->soft;
    t->old = *spare;
    t->from_zero = true;
    t->unit = 1.0f;
    c->left = 1.0;
    if (!may_be_fine)
        clear_bases(t);
    if (!t->fresh)
        t->has_soft = false; /* its room is taken */
    for (c->n = 0; c->n < most; ++c->n) {
        begin_cycle(t, c, &r, most);
        xbar_pair_run(pair, inward_half, t);
        t->is_fine = may_be_fine && c->n + 1 == most;
        t->kernel->middle(t, t->w);
        xbar_pair_run(pair, outward_half, t);
        t->kernel->smooth(t);
        t->from_zero = false;
        const bool enough = end_cycle(t, c, known, &r);
        const bool slow = c->aim > 0.0 && c->n >= 2 && c->rate > XBAR_TILES_SLOW;
        if ((enough || slow) && c->n + 2 < most)
            most = c->n + 2;
    }
    *spare = t->old;
    t->relax = 0.0f;
    t->is_early = false;
    xbar_pair_run(pair, finish_half, t);
    t->is_fine = false;
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
    clear_bases(t);
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
    xbar_pair_run(pair, finish_half, t);
    return XBAR_OK;
}
