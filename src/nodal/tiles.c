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
    float *const arrays[] = {t->real,
                             t->g,
                             t->nb,
                             t->w,
                             t->ru,
                             t->rw,
                             t->na,
                             t->base_u,
                             t->base_w,
                             t->first_base_u,
                             t->first_base_w,
                             t->row_last,
                             t->col_mid[0],
                             t->col_mid[1],
                             t->carry[0],
                             t->carry[1],
                             t->lane_work[0],
                             t->lane_work[1],
                             t->v_row,
                             t->v_col,
                             t->p,
                             t->z,
                             t->soft,
                             t->soft_mid[0],
                             t->soft_mid[1],
                             t->part,
                             t->given_parts[0],
                             t->given_parts[1]};
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

static xbar_status make_room(xbar_tiles *t, xbar_error *err)
{
    size_t cells = t->height * t->width;
    const char *what = "the tiled solver";
    float **const planes[] = {&t->g,  &t->nb, &t->w, &t->ru,  &t->rw,
                              &t->na, &t->p,  &t->z, &t->soft};
    for (size_t k = 0; k < sizeof planes / sizeof *planes; k++)
        XBAR_TRY(xbar_floats_new(planes[k], cells, what, err));
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
        free(t->given_parts[half]);
        t->given_parts[half] = NULL;
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
 * where it reads it and works in another plane. */
static bool may_be_relaxed(const xbar_tiles *t, const xbar_cycling *c, size_t number)
{
    /* what is slowest shows after some cycles; later corrections know it already */
    const size_t first = t->fresh ? c->late ? 6 : 4 : 3;
    return c->aim > 0.0 && number >= first && (number - first) % 2 == 0;
}

/* How the bit nodes come to rest. */
typedef struct rest {
    double first, now; /* their largest moves, of the first and of the last cycle */
    double ratio[2];   /* of one to that before, the last and the last but one */
    bool is_kept;      /* the nodes of the cycle before are: the next may be relaxed */
} rest;

/* The first correction's early cycles see faster modes die out, too: what is slowest is
 * where their rates lead to, or between them. */
static double find_root(const xbar_tiles *t, const xbar_cycling *c, const rest *r)
{
    static const double most = 0.8;
    double root = c->rate;
    if (t->fresh && c->root == 0.0)
        root = r->ratio[0] > r->ratio[1]
                   ? r->ratio[0] * fmin(2.0, r->ratio[0] / r->ratio[1])
                   : sqrt(r->ratio[0] * r->ratio[1]);
    else if (!t->fresh && c->n <= 2)
        root = fmax(root, c->root);
    return fmin(root, most);
}

static void begin_cycle(xbar_tiles *t, xbar_cycling *c, rest *r, size_t most)
{
    const bool is_relaxed = r->is_kept && c->rate <= XBAR_TILES_SLOW;
    t->from = t->w;
    t->relax = 0.0f;
    r->is_kept = false;
    if (is_relaxed) {
        c->root = find_root(t, c, r);
        t->relax = (float)(c->root / (1.0 - c->root));
        xbar_coarse_relax(t->coarse, t, t->relax);
    } else if (c->n + 1 < most && may_be_relaxed(t, c, c->n + 2)) {
        float *const other = t->old;
        t->old = t->w;
        t->w = other;
        t->from = t->old;
        xbar_coarse_keep(t->coarse, t);
        r->is_kept = true;
    }
}

/* Takes note of a cycle; will the next one do? */
static bool end_cycle(const xbar_tiles *t, xbar_cycling *c, double known, rest *r)
{
    static const double gain = 0.2; /* of a relaxed cycle that knows what is slowest */
    static const double noise = 1e-6; /* what single precision leaves of moves */
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
    if (c->n == 1) /* four plain cycles will do */
        c->late = c->left * c->rate * c->rate <= 0.1 * c->aim;
    const bool will_gain = r->is_kept && (!t->fresh || c->root > 0.0);
    const double next = will_gain ? gain * find_root(t, c, r) : c->rate;
    if (!(c->rate > 0.0 && c->left * next <= c->aim))
        return false;
    return (c->law == 0.0 && c->calm == 0.0) || c->left * next <= c->law ||
           r->now * next <= c->calm;
}

void xbar_tiles_cycles(xbar_tiles *t, xbar_pair *pair, xbar_cycling *c)
{
    const double known = c->rate;
    rest r = {0};
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

static void precondition_half(void *with, int half)
{
    xbar_tiles *t = with;
    t->kernel->precondition(t, half);
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
    size_t n = (t->coarse->y.padded + 1) * t->coarse->x.padded;
    for (int half = 0; half < 2 && t->has_parts; half++)
        if (!t->given_parts[half])
            XBAR_TRY(xbar_floats_new(&t->given_parts[half], n, what, err));
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

/* The new residual's elimination, z from it, and r' z. */
static double next_residual(xbar_tiles *t, xbar_pair *pair)
{
    if (t->has_soft)
        swap_factors(t);
    xbar_pair_run(pair, move_half, t);
    t->kernel->middle(t, t->z);
    xbar_pair_run(pair, precondition_half, t);
    if (t->has_soft)
        swap_factors(t);
    xbar_tiles_merge(t);
    return t->dot[0] + t->dot[1] + t->kernel->smooth_add(t);
}

xbar_status xbar_tiles_conjugate(xbar_tiles *t, xbar_pair *pair, double largest,
                                 double tolerance, size_t *n, xbar_error *err)
{
    size_t cells = t->height * t->width, most = *n;
    XBAR_TRY(soften(t, pair, err));
    clear_bases(t);
    memset(t->p, 0, cells * sizeof *t->p);
    memset(t->w, 0, cells * sizeof *t->w);
    int power = -ilogb(largest);
    t->unit =
        (float)ldexp(1.0, power < 100 ? power : 100); /* squares must not vanish */
    xbar_pair_run(pair, reduce_half, t);
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
    xbar_coarse_clear(t->coarse, t);
    xbar_pair_run(pair, finish_half, t);
    /* nothing beyond the array's last row, where the next input has its residual */
    memset(t->p, 0, cells * sizeof *t->p);
    return XBAR_OK;
}
