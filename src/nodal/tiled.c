/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The tiled solver behind the interface of inner.h: any network of lines, any
 * conductances, by conjugate gradients in single precision. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/memory.h"
#include "nodal/coarse.h"
#include "nodal/inner.h"
#include "nodal/plane.h"
#include "nodal/tiles.h"

enum { MOST_STEPS = 400 };

typedef struct tiled {
    const xbar_lines *l;
    xbar_tiles *t;
    xbar_pair *pair;
    double *end[XBAR_N_SIDES];
} tiled;

static void tiled_close(void *self)
{
    tiled *s = self;
    if (!s)
        return;
    for (int side = 0; side < XBAR_N_SIDES; side++)
        free(s->end[side]);
    xbar_tiles_free(s->t);
    xbar_pair_free(s->pair);
    free(s);
}

static double ohm_of(const xbar_family *f)
{
    return f->is_ideal ? 0.0 : 1.0 / f->siemens;
}

static xbar_status make_room(tiled *s, const xbar_lines *l, xbar_error *err)
{
    XBAR_TRY(xbar_pair_new(&s->pair, 1, err));
    XBAR_TRY(xbar_tiles_new(&s->t, l->n_rows, l->n_cols, ohm_of(&l->family[XBAR_WORD]),
                            ohm_of(&l->family[XBAR_BIT]), NULL, 1, err));
    s->t->row_cut = l->family[XBAR_WORD].cut;
    s->t->col_cut = l->family[XBAR_BIT].cut;
    for (int side = 0; side < XBAR_N_SIDES; side++)
        XBAR_TRY(xbar_doubles_new(&s->end[side], l->family[side / 2].n_lines,
                                  "terminals", err));
    return XBAR_OK;
}

static xbar_status tiled_open(void **self, const xbar_lines *l, xbar_error *err)
{
    *self = NULL;
    void *memory = NULL;
    XBAR_TRY(xbar_array_new(&memory, 1, sizeof(tiled), "tiled solver", err));
    tiled *s = memory;
    s->l = l;
    xbar_status status = make_room(s, l, err);
    if (status != XBAR_OK) {
        tiled_close(s);
        return status;
    }
    *self = s;
    return XBAR_OK;
}

static xbar_status tiled_arrange(void *self, xbar_error *err)
{
    tiled *s = self;
    for (int side = 0; side < XBAR_N_SIDES; side++)
        for (size_t k = 0; k < s->l->family[side / 2].n_lines; k++)
            s->end[side][k] =
                s->l->is_held[side][k] ? (double)INFINITY : s->l->siemens[side][k];
    return xbar_tiles_arrange(s->t, (const double *const *)s->end, err);
}

static xbar_status tiled_factor(void *self, const double *didv, xbar_error *err)
{
    (void)err;
    tiled *s = self;
    xbar_tiles_factor(s->t, s->pair, didv);
    return XBAR_OK;
}

/* A row of cells in a plane of tiles: 16 of them at a time, a tile apart. */
static float *row_of(const xbar_tiles *t, float *plane, size_t i)
{
    return plane + i / XBAR_TILE * t->n_tiles * XBAR_TILE * XBAR_TILE +
           i % XBAR_TILE * XBAR_TILE;
}

static void put(xbar_tiles *t, float *plane, const double *r, double unit)
{
    for (size_t i = 0; i < t->n_rows; i++) {
        float *to = row_of(t, plane, i);
        const double *from = r + i * t->n_cols;
        for (size_t j = 0; j < t->width; j += XBAR_TILE, to += XBAR_TILE * XBAR_TILE) {
            size_t n = t->n_cols - j < XBAR_TILE ? t->n_cols - j : XBAR_TILE;
            for (size_t k = 0; k < n; k++)
                to[k] = (float)(unit * from[j + k]);
            for (size_t k = n; k < XBAR_TILE; k++)
                to[k] = 0.0f;
        }
    }
}

/* @return 0, or not a number when some value is not finite */
static double get(const xbar_tiles *t, float *plane, double *e, double unit)
{
    double poison[XBAR_TILE] = {0};
    for (size_t i = 0; i < t->n_rows; i++) {
        const float *from = row_of(t, plane, i);
        double *to = e + i * t->n_cols;
        for (size_t j = 0; j < t->width;
             j += XBAR_TILE, from += XBAR_TILE * XBAR_TILE) {
            size_t n = t->n_cols - j < XBAR_TILE ? t->n_cols - j : XBAR_TILE;
            for (size_t k = 0; k < n; k++) {
                to[j + k] = unit * (double)from[k];
                poison[k] += 0.0 * to[j + k];
            }
        }
    }
    for (size_t k = 1; k < XBAR_TILE; k++)
        poison[0] += poison[k];
    return poison[0];
}

/* e = 0 where a terminal holds the node, or no source reaches it. */
static void clear_fixed(const xbar_lines *l, int family, double *e)
{
    const xbar_family *f = &l->family[family];
    for (size_t line = 0; line < f->n_lines; line++) {
        double *at = e + line * f->line_stride;
        bool first = l->is_held[2 * family][line],
             last = l->is_held[2 * family + 1][line];
        if (first && !f->is_ideal)
            at[0] = 0.0;
        if (last && !f->is_ideal)
            at[(f->n_nodes - 1) * f->node_stride] = 0.0;
        if (f->all_live && !(f->is_ideal && (first || last)))
            continue;
        for (size_t k = 0; k < f->n_nodes; k++) {
            size_t piece = xbar_lines_piece(f, line, k);
            if (!f->is_live[piece] || f->is_held[piece])
                at[k * f->node_stride] = 0.0;
        }
    }
}

static xbar_status tiled_correct(void *self, double *const e[XBAR_N_FAMILIES],
                                 double *const r[XBAR_N_FAMILIES], double tolerance,
                                 size_t *n_steps, xbar_error *err)
{
    tiled *s = self;
    xbar_tiles *t = s->t;
    const size_t n_rows = s->l->n_rows, n_cols = s->l->n_cols;
    double largest = fmax(xbar_largest(n_rows * n_cols, r[XBAR_WORD]),
                          xbar_largest(n_rows * n_cols, r[XBAR_BIT]));
    *n_steps = 0;
    if (!(largest > 0.0)) {
        for (int f = 0; f < XBAR_N_FAMILIES; f++)
            memset(e[f], 0, n_rows * n_cols * sizeof(double));
        return XBAR_OK;
    }
    /* squares of small residuals must not vanish in single precision */
    const double unit = ldexp(1.0, -ilogb(largest));
    put(t, t->ru, r[XBAR_WORD], unit);
    put(t, t->rw, r[XBAR_BIT], unit);
    *n_steps = MOST_STEPS;
    XBAR_TRY(
        xbar_tiles_conjugate(t, s->pair, 1.0, fmax(tolerance, 1e-6), n_steps, err));
    if (*n_steps == MOST_STEPS)
        return xbar_fail(err, XBAR_ERR_CONVERGENCE,
                         "the tiled solver stopped after %d steps", MOST_STEPS);
    const double back = (double)t->scale / unit;
    if (isnan(get(t, t->ru, e[XBAR_WORD], back) + get(t, t->w, e[XBAR_BIT], back)))
        return xbar_fail(err, XBAR_ERR_CONVERGENCE, "the tiled solver diverged");
    clear_fixed(s->l, XBAR_WORD, e[XBAR_WORD]);
    clear_fixed(s->l, XBAR_BIT, e[XBAR_BIT]);
    return XBAR_OK;
}

const xbar_inner xbar_inner_tiled = {
    .name = "conjugate gradients in tiles, two levels",
    .is_factor_cheap = true,
    .open = tiled_open,
    .arrange = tiled_arrange,
    .factor = tiled_factor,
    .correct = tiled_correct,
    .close = tiled_close,
};
