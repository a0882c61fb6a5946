/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "nodal/knots.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/memory.h"
#include "nodal/room.h"

enum { CELLS = XBAR_TILE * XBAR_TILE };
#define NONE XBAR_KNOTS_NONE

static const char *const what = "an array's good cells";

void xbar_knots_free(xbar_knots *k)
{
    if (!k)
        return;
    for (int half = 0; half < 2; half++) {
        free(k->ends[half][0]);
        free(k->ends[half][1]);
        free(k->sum[half]);
        free(k->moment[half]);
        free(k->volt[half]);
        free(k->slope[half]);
    }
    free(k->at);
    free(k->first);
    free(k->answer);
    xbar_incomplete_free(k->net);
    free(k);
}

/* ---- which cells --------------------------------------------------------------------- */

/* S: what a cell must conduct to be a good one; 0 where none stands out. */
static double bound_of(const xbar_tiles *t)
{
    static const double apart = 16.0; /* the best, as times the mean */
    const double cells = (double)t->n_rows * (double)t->n_cols;
    const double mean = (t->g_sum[0] + t->g_sum[1]) / cells;
    const float peak = t->g_peak[0] > t->g_peak[1] ? t->g_peak[0] : t->g_peak[1];
    return (double)peak >= apart * mean ? mean : 0.0;
}

/* How many good cells; and what all of them conduct, and all bad ones. */
typedef struct tally {
    size_t n;
    double good, bad; /* S */
} tally;

/* So many good cells there may be: as measured, with more of them conjugate gradients take
 * as many steps with their network as without, or as much time. */
static double most_knots(const xbar_tiles *t)
{
    static const double few = 0.02;
    const double cells = (double)t->n_rows * (double)t->n_cols;
    const double lines = (double)(t->n_rows > t->n_cols ? t->n_rows : t->n_cols);
    return fmin(few * cells, (t->hangs ? 0.25 : 0.5) * sqrt(cells * lines));
}

/* Up to where there are too many. */
static tally count(const xbar_tiles *t, float bound)
{
    const double most = most_knots(t);
    tally all = {0};
    for (size_t at = 0; at < t->n_slabs * t->n_tiles && (double)all.n <= most; at++) {
        const float *g = t->g + at * CELLS;
        float good[XBAR_TILE] = {0}, bad[XBAR_TILE] = {0};
        uint32_t n[XBAR_TILE] = {0};
        for (size_t i = 0; i < CELLS; i += XBAR_TILE)
            for (size_t j = 0; j < XBAR_TILE; j++) {
                good[j] += g[i + j] > bound ? g[i + j] : 0.0f;
                bad[j] += g[i + j] > bound ? 0.0f : g[i + j];
                n[j] += g[i + j] > bound;
            }
        for (size_t j = 0; j < XBAR_TILE; j++) {
            all.good += (double)good[j];
            all.bad += (double)bad[j];
            all.n += n[j];
        }
    }
    return all;
}

/* What bad cells drain from a current along a line: its resistance times what all of them
 * conduct; or that of the way to the next good cell where it is longer. */
static double drain(const xbar_tiles *t, bool is_row, tally all)
{
    const double cells = (double)t->n_rows * (double)t->n_cols;
    const double ohm = (double)(is_row ? t->row_ohm : t->col_ohm);
    const double line = (double)(is_row ? t->n_cols : t->n_rows);
    const double way = fmax(line, cells / (double)all.n);
    return all.bad / cells * ohm * way * way;
}

/* Few enough to be worth a network of their own, and the others no more than ripples: that
 * was measured as well. */
static bool are_few(const xbar_tiles *t, tally all)
{
    static const double others = 0.05, most_drain = 25.0;
    return all.n > 0 && (double)all.n <= most_knots(t) &&
           all.bad <= others * (all.good + all.bad) &&
           fmax(drain(t, true, all), drain(t, false, all)) <= most_drain;
}

static xbar_status array_new(uint32_t **out, size_t n, xbar_error *err)
{
    void *memory = NULL;
    XBAR_TRY(xbar_array_new(&memory, n, sizeof **out, what, err));
    *out = memory;
    return XBAR_OK;
}

static xbar_status make_lines(xbar_knots *k, const xbar_tiles *t, xbar_error *err)
{
    for (int half = 0; half < 2; half++) {
        XBAR_TRY(array_new(&k->ends[half][0], t->width, err));
        XBAR_TRY(array_new(&k->ends[half][1], t->width, err));
        XBAR_TRY(xbar_floats_new(&k->sum[half], t->width, what, err));
        XBAR_TRY(xbar_floats_new(&k->moment[half], t->width, what, err));
        XBAR_TRY(xbar_floats_new(&k->volt[half], t->width, what, err));
        XBAR_TRY(xbar_floats_new(&k->slope[half], t->width, what, err));
    }
    return array_new(&k->first, t->n_slabs * t->n_tiles + 1, err);
}

static xbar_status knots_new(xbar_knots **out, const xbar_tiles *t, xbar_error *err)
{
    void *memory = NULL;
    XBAR_TRY(xbar_array_new(&memory, 1, sizeof(xbar_knots), what, err));
    xbar_knots *k = memory;
    const xbar_status status = make_lines(k, t, err);
    if (status != XBAR_OK) {
        xbar_knots_free(k);
        return status;
    }
    *out = k;
    return XBAR_OK;
}

static xbar_status room_for(xbar_knots *k, size_t n, xbar_error *err)
{
    if (n <= k->room)
        return XBAR_OK;
    free(k->at);
    free(k->answer);
    k->at = NULL;
    k->answer = NULL;
    k->n = k->room = 0;
    void *memory = NULL;
    XBAR_TRY(xbar_array_new(&memory, n, sizeof *k->at, what, err));
    k->at = memory;
    XBAR_TRY(xbar_floats_new(&k->answer, 2 * n, what, err));
    k->room = n;
    return XBAR_OK;
}

static void find(xbar_knots *k, const xbar_tiles *t, float bound)
{
    k->n = 0;
    for (size_t at = 0; at < t->n_slabs * t->n_tiles; at++) {
        const float *g = t->g + at * CELLS;
        const size_t row = at / t->n_tiles * XBAR_TILE;
        const size_t col = at % t->n_tiles * XBAR_TILE;
        k->first[at] = (uint32_t)k->n;
        for (size_t i = 0; i < CELLS; i += XBAR_TILE) {
            uint32_t n = 0; /* most often none */
            for (size_t j = 0; j < XBAR_TILE; j++)
                n += g[i + j] > bound;
            for (size_t j = 0; n > 0 && j < XBAR_TILE; j++)
                if (g[i + j] > bound)
                    k->at[k->n++] = (xbar_knot){.row = (uint32_t)(row + i / XBAR_TILE),
                                                .col = (uint32_t)(col + j)};
        }
    }
    k->first[t->n_slabs * t->n_tiles] = (uint32_t)k->n;
}

/* ---- their network: word nodes 0 ... n-1, bit nodes n ... 2n-1 ------------------------ */

/* 1 / segments to a terminal's source, which lies as far beyond the line's last node as its
 * resistance is of segments; 0 where there is none. Nearer than that is at the source. */
static double per_stretch(double end, double segments, double siemens)
{
    static const double nearest = 1e12;
    return fmin(end / (end * segments + siemens), nearest);
}

static void find_neighbours(xbar_knots *k, const xbar_tiles *t)
{
    const double siemens = 1.0 / (double)t->col_ohm;
    const size_t middle = t->n_upper * XBAR_TILE;
    for (int half = 0; half < 2; half++)
        for (int end = 0; end < 2; end++)
            memset(k->ends[half][end], 0xff, t->width * sizeof(uint32_t));
    for (uint32_t n = 0; n < k->n; n++) {
        xbar_knot *v = &k->at[n];
        const int half = v->row < middle ? XBAR_UPPER : XBAR_LOWER;
        uint32_t *last = &k->ends[half][1][v->col];
        v->above = *last != NONE || half == XBAR_UPPER ? *last
                                                       : k->ends[XBAR_UPPER][1][v->col];
        if (k->ends[half][0][v->col] == NONE)
            k->ends[half][0][v->col] = n;
        *last = n;
        v->below = NONE;
        v->per_below = (float)per_stretch((double)t->end[3][v->col],
                                          (double)(t->n_rows - 1 - v->row), siemens);
        if (v->above == NONE) {
            v->per_above =
                (float)per_stretch((double)t->end[2][v->col], (double)v->row, siemens);
            continue;
        }
        xbar_knot *a = &k->at[v->above];
        a->below = n;
        a->per_below = v->per_above = 1.0f / (float)(v->row - a->row);
    }
}

static xbar_status join_columns(xbar_knots *k, const xbar_tiles *t, xbar_error *err)
{
    const double siemens = 1.0 / (double)t->col_ohm;
    const uint32_t bits = (uint32_t)k->n;
    for (uint32_t n = 0; n < k->n; n++) {
        const xbar_knot *v = &k->at[n];
        if (v->above == NONE)
            xbar_incomplete_ground(k->net, bits + n, siemens * (double)v->per_above);
        else
            XBAR_TRY(xbar_incomplete_join(k->net, bits + v->above, bits + n,
                                          siemens * (double)v->per_above, err));
        if (v->below == NONE)
            xbar_incomplete_ground(k->net, bits + n, siemens * (double)v->per_below);
    }
    return XBAR_OK;
}

/* A slab's rows, whose knots come tile by tile. */
static xbar_status join_rows(xbar_knots *k, const xbar_tiles *t, size_t slab,
                             xbar_error *err)
{
    const double siemens = 1.0 / (double)t->row_ohm;
    uint32_t last[XBAR_TILE];
    memset(last, 0xff, sizeof last);
    const size_t at = slab * t->n_tiles;
    for (uint32_t n = k->first[at]; n < k->first[at + t->n_tiles]; n++) {
        const xbar_knot *v = &k->at[n];
        uint32_t *before = &last[v->row % XBAR_TILE];
        if (*before == NONE)
            xbar_incomplete_ground(k->net, n,
                                   siemens * per_stretch((double)t->end[0][v->row],
                                                         (double)v->col, siemens));
        else
            XBAR_TRY(xbar_incomplete_join(
                k->net, *before, n, siemens / (double)(v->col - k->at[*before].col),
                err));
        *before = n;
    }
    for (size_t i = 0; i < XBAR_TILE; i++) {
        if (last[i] == NONE)
            continue;
        const xbar_knot *v = &k->at[last[i]];
        const double right = (double)(t->n_cols - 1 - v->col);
        xbar_incomplete_ground(
            k->net, last[i],
            siemens * per_stretch((double)t->end[1][v->row], right, siemens));
    }
    return XBAR_OK;
}

/* Bad cells tie a line to all the others, as if to one large node: so each of a good cell's
 * nodes is grounded by its share of them, and lines that no terminal holds are not left to
 * float. @param share  S */
static xbar_status factor(xbar_knots *k, const xbar_tiles *t, double share,
                          xbar_error *err)
{
    static const double drop = 5e-3; /* as measured: less saves no step worth it */
    enum { MOST_LINKS = 16 };        /* a node; few have half of that */
    const uint32_t bits = (uint32_t)k->n;
    xbar_incomplete_free(k->net);
    k->net = NULL;
    XBAR_TRY(xbar_incomplete_new(&k->net, 2 * k->n, 3 * k->n, err));
    XBAR_TRY(join_columns(k, t, err));
    for (size_t slab = 0; slab < t->n_slabs; slab++)
        XBAR_TRY(join_rows(k, t, slab, err));
    for (uint32_t n = 0; n < k->n; n++) {
        const xbar_knot *v = &k->at[n];
        const float *g =
            xbar_tiles_cell(t, t->g, v->row, v->col / XBAR_TILE) + v->col % XBAR_TILE;
        XBAR_TRY(xbar_incomplete_join(k->net, n, bits + n, (double)*g, err));
        xbar_incomplete_ground(k->net, n, share);
        xbar_incomplete_ground(k->net, bits + n, share);
    }
    return xbar_incomplete_factor(k->net, drop, MOST_LINKS * 2 * k->n, &k->is_used,
                                  err);
}

xbar_status xbar_knots_tie(xbar_knots **out, const xbar_tiles *t, xbar_error *err)
{
    const float bound = (float)bound_of(t);
    if (*out)
        (*out)->is_used = false;
    if (!(bound > 0.0f) || t->col_ohm == 0.0f || t->row_ohm == 0.0f)
        return XBAR_OK;
    const tally all = count(t, bound);
    if (!are_few(t, all))
        return XBAR_OK;
    if (!*out)
        XBAR_TRY(knots_new(out, t, err));
    xbar_knots *k = *out;
    XBAR_TRY(room_for(k, all.n, err));
    find(k, t, bound);
    find_neighbours(k, t);
    xbar_status status = factor(k, t, all.bad / (double)all.n, err);
    if (!k->is_used) {
        xbar_incomplete_free(k->net);
        k->net = NULL;
    }
    return status;
}

/* ---- C^-1 ---------------------------------------------------------------------------- */

/* The upper half's last stretch goes on in the lower, to the column's first knot there; or
 * to the column's end, in which case what lies below the last knot is all in sum[1]. */
static void join_halves(xbar_knots *k, const xbar_tiles *t)
{
    const float middle = (float)(t->n_upper * XBAR_TILE);
    const float behind = (float)(t->height - t->n_upper * XBAR_TILE);
    for (size_t j = 0; j < t->n_cols; j++) {
        const uint32_t n = k->ends[XBAR_LOWER][0][j];
        const float sum = k->sum[XBAR_UPPER][j], moment = k->moment[XBAR_UPPER][j];
        if (n == NONE) {
            k->sum[XBAR_LOWER][j] += sum;
            k->moment[XBAR_LOWER][j] += moment - behind * sum;
        } else {
            xbar_knot *v = &k->at[n];
            v->sum += sum;
            v->moment += moment - ((float)v->row - middle) * sum;
        }
    }
}

/* P' r at the bit nodes: a stretch's share at its lower end is what lies below its upper
 * one, by the distance. */
static void restrict_stretches(xbar_knots *k, const xbar_tiles *t)
{
    float *to = k->answer + k->n;
    memset(k->answer, 0, 2 * k->n * sizeof(float));
    for (size_t n = 0; n < k->n; n++) {
        const xbar_knot *v = &k->at[n];
        const float away = -v->moment * v->per_above; /* the upper end's */
        to[n] += v->own + (v->sum - away);
        if (v->above != NONE)
            to[v->above] += away;
    }
    for (size_t j = 0; j < t->n_cols; j++) {
        const int half = k->ends[XBAR_LOWER][1][j] != NONE ? XBAR_LOWER : XBAR_UPPER;
        const uint32_t n = k->ends[half][1][j];
        if (n == NONE)
            continue;
        const float rows = (float)(t->height - k->at[n].row);
        const float sum = k->sum[XBAR_LOWER][j], moment = k->moment[XBAR_LOWER][j];
        to[n] += sum - (moment + rows * sum) * k->at[n].per_below;
    }
}

/* Where a half's columns begin. */
static void begin_lines(xbar_knots *k, const xbar_tiles *t)
{
    for (size_t j = 0; j < t->n_cols; j++)
        for (int half = 0; half < 2; half++) {
            const float row =
                half == XBAR_UPPER ? 0.0f : (float)(t->n_upper * XBAR_TILE);
            const uint32_t before =
                half == XBAR_UPPER ? NONE : k->ends[XBAR_UPPER][1][j];
            const uint32_t own = k->ends[half][0][j];
            const uint32_t first = own == NONE ? k->ends[XBAR_LOWER][0][j] : own;
            k->volt[half][j] = k->slope[half][j] = 0.0f;
            if (before != NONE) {
                const xbar_knot *a = &k->at[before];
                k->slope[half][j] = a->slope;
                k->volt[half][j] = a->volt + a->slope * (row - (float)a->row);
            } else if (first != NONE) {
                const xbar_knot *v = &k->at[first];
                k->slope[half][j] = v->volt * v->per_above;
                k->volt[half][j] = v->volt - k->slope[half][j] * ((float)v->row - row);
            }
        }
}

double xbar_knots_solve(xbar_tiles *t)
{
    xbar_knots *k = t->knots;
    float *const x = k->answer + k->n;
    double dot = 0.0;
    join_halves(k, t);
    restrict_stretches(k, t);
    for (size_t n = 0; n < k->n; n++)
        k->at[n].own = x[n];
    xbar_incomplete_solve(k->net, k->answer);
    for (size_t n = 0; n < k->n; n++) {
        xbar_knot *v = &k->at[n];
        dot += (double)v->own * (double)x[n];
        v->volt = x[n];
        v->slope = v->per_below * ((v->below == NONE ? 0.0f : x[v->below]) - x[n]);
    }
    begin_lines(k, t);
    return dot;
}
