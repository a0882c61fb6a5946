/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "nodal/spread.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/memory.h"
#include "nodal/merge_tree.h"
#include "nodal/room.h"
#include "nodal/tiles.h"

#define SIDE XBAR_MERGE_SIDE
#define LANES ((size_t)XBAR_SPREAD_LANES)

struct xbar_spread {
    const xbar_lines *l;
    const xbar_kernel *kernel;
    xbar_merge_array a;
    double *terminals; /* S, of a.port and a.ground */
    merge m;
    merge_record record;
    xbar_spread_paths paths;
    size_t *leaf; /* [tiles of rows][tiles of columns]: its place among the leaves */

    /* The inputs at hand. */
    double *volt; /* V, [groups][8][LANES] */
    xbar_spread_strip strip;
    xbar_spread_look look;
    double *room; /* what these two point to */
};

/* ---- the network --------------------------------------------------------------------- */

bool xbar_spread_fits(const xbar_lines *l)
{
    bool fits = l->n_rows > 1 && l->n_cols > 1;
    for (int f = 0; f < XBAR_N_FAMILIES; f++)
        fits = fits && !l->family[f].is_ideal && !l->family[f].cut &&
               l->family[f].all_live && !l->ground_siemens[f];
    return fits;
}

/* Every terminal is a port, its source's. */
static xbar_status describe(xbar_merge_array *a, double **terminals,
                            const xbar_lines *l, xbar_error *err)
{
    const size_t most = l->n_rows + l->n_cols;
    *a = (xbar_merge_array){.n_rows = l->n_rows,
                            .n_cols = l->n_cols,
                            .row_siemens = l->family[XBAR_WORD].siemens,
                            .col_siemens = l->family[XBAR_BIT].siemens};
    XBAR_TRY(xbar_doubles_new(terminals, 2 * most + most, "terminals", err));
    double *at = *terminals, *none = *terminals + 2 * most;
    for (int side = 0; side < XBAR_N_SIDES; side++) {
        const size_t n = l->family[side / 2].n_lines;
        for (size_t k = 0; k < n; k++)
            at[k] = l->is_held[side][k] ? XBAR_MERGE_HELD : l->siemens[side][k];
        a->port[side] = at;
        a->ground[side] = none;
        at += n;
    }
    return XBAR_OK;
}

static size_t n_groups(const merge *m)
{
    return 2 * (m->n_row_tiles + 1) * (m->n_col_tiles + 1);
}

/* The first walk, which counts. */
static xbar_status begin(merge *m, const xbar_merge_array *a, xbar_error *err)
{
    front f;
    void *memory = NULL;
    XBAR_TRY(xbar_merge_init(m, a, err));
    XBAR_TRY(xbar_array_new(&memory, m->n_row_tiles * m->n_col_tiles, sizeof *m->leaf,
                            "merging blocks", err));
    m->leaf = memory;
    xbar_merge_walk(m, &f, true);
    return XBAR_OK;
}

xbar_status xbar_spread_foresee(xbar_merge_cost *cost, const xbar_lines *l,
                                xbar_error *err)
{
    merge_record record = {0};
    merge m = {.record = &record};
    xbar_merge_array a;
    double *terminals = NULL;
    xbar_status status = describe(&a, &terminals, l, err);
    if (status == XBAR_OK)
        status = begin(&m, &a, err);
    if (status == XBAR_OK)
        *cost = (xbar_merge_cost){
            .products = m.products,
            .doubles = (double)(record.n_v + n_groups(&m) * SIDE * LANES) +
                       (double)m.n_leaves * XBAR_MERGE_LEAF_SHARES};
    xbar_merge_clear(&m);
    free(terminals);
    return status;
}

/* ---- a block of 8 x 8 ---------------------------------------------------------------- */

/* Ports by name, of the blocks of a level. */
typedef uint8_t names[XBAR_MERGE_TILE][XBAR_MERGE_PORTS];

/* The names of a block's two parts, from its own and new ones for what they share. */
static void name_parts(names parts, const uint8_t *own, const xbar_merge_shape *s,
                       int block, const uint8_t *shared)
{
    const int m = s->n_child;
    for (int p = 0; p < s->n_shared; p++)
        parts[2 * block][p] = parts[2 * block + 1][p] = shared[p];
    for (int i = 0; i < s->n_ports; i++) {
        const int part = s->own[i] / (m * m), place = s->own[i] % (m * m) / (m + 1);
        parts[2 * block + part][place] = own[i];
    }
}

static void find_paths(xbar_spread_paths *paths, const xbar_merge_shapes *shapes)
{
    names now = {{0}}, parts = {{0}};
    uint8_t *to = paths->name;
    int n_names = XBAR_MERGE_PORTS;
    for (int i = 0; i < XBAR_MERGE_PORTS; i++)
        now[0][i] = (uint8_t)i;
    for (int level = XBAR_MERGE_LEVELS - 1; level >= 0; level--) {
        for (int b = 0; b < XBAR_MERGE_TILE >> (level + 1); b++) {
            const xbar_merge_shape *s = &shapes->level[level][b % 2];
            uint8_t *shared = to;
            for (int p = 0; p < s->n_shared; p++)
                *to++ = (uint8_t)n_names++;
            memcpy(to, now[b], (size_t)s->n_ports);
            to += s->n_ports;
            name_parts(parts, now[b], s, b, shared);
            paths->n_shared[level] = s->n_shared;
            paths->n_ports[level] = s->n_ports;
        }
        memcpy(now, parts, sizeof now);
    }
    for (int k = 0; k < XBAR_MERGE_TILE; k++) {
        /* a cell's first port is the one that it shares with its neighbour */
        const int right = k % 2 == 0 ? 0 : 1;
        *to++ = now[k][1 - right];
        *to++ = now[k][right];
        *to++ = now[k][2];
        *to++ = now[k][3];
    }
    memcpy(paths->row, shapes->row, sizeof paths->row);
    memcpy(paths->col, shapes->col, sizeof paths->col);
}

/* ---- room ---------------------------------------------------------------------------- */

void xbar_spread_free(xbar_spread *s)
{
    if (!s)
        return;
    xbar_merge_clear(&s->m);
    free(s->record.join);
    free(s->record.group);
    free(s->record.v);
    free(s->record.leaf);
    free(s->terminals);
    free(s->leaf);
    free(s->volt);
    free(s->room);
    free(s);
}

static xbar_status make_room(xbar_spread *s, xbar_error *err)
{
    const size_t m = s->l->n_rows, n = s->l->n_cols;
    const size_t n_volts = n_groups(&s->m) * SIDE * LANES;
    const size_t width = s->m.n_col_tiles * SIDE, strip = SIDE * width;
    void *memory = NULL;
    XBAR_TRY(xbar_array_new(&memory, s->m.n_leaves, sizeof *s->leaf, "merging", err));
    s->leaf = memory;
    for (size_t k = 0; k < s->m.n_leaves; k++)
        s->leaf[s->m.leaf[k][0] * s->m.n_col_tiles + s->m.leaf[k][1]] = k;
    XBAR_TRY(xbar_aligned_doubles_new(&s->volt, n_volts, "ports", err));
    const size_t n_room = LANES * (2 * strip + 2 * width + 4 * (m + n) + 3);
    XBAR_TRY(xbar_aligned_doubles_new(&s->room, n_room, "rows of nodes", err));
    double *at = s->room;
    for (int f = 0; f < XBAR_N_FAMILIES; f++, at += LANES * strip)
        s->strip.volt[f] = at;
    s->strip.width = width;
    s->look.l = s->l;
    s->look.above = at;
    s->look.lack = at + LANES * width;
    at += 2 * LANES * width;
    for (int side = 0; side < XBAR_N_SIDES; side++) {
        const size_t lines = s->l->family[side / 2].n_lines;
        s->look.source[side] = at;
        s->look.terminal[side] = at + LANES * lines;
        at += 2 * LANES * lines;
    }
    s->look.residual = at;
    s->look.current = at + LANES;
    s->look.all = at + 2 * LANES;
    return XBAR_OK;
}

static xbar_status build(xbar_spread *s, xbar_error *err)
{
    XBAR_TRY(describe(&s->a, &s->terminals, s->l, err));
    s->m.kernel = s->kernel->merge;
    s->m.record = &s->record;
    XBAR_TRY(begin(&s->m, &s->a, err));
    XBAR_TRY(xbar_merge_make_room(&s->m, err));
    XBAR_TRY(make_room(s, err));
    find_paths(&s->paths, s->m.shapes);
    return XBAR_OK;
}

void xbar_spread_take(xbar_spread *s, const double *g)
{
    front all;
    s->look.g = s->a.g = g;
    xbar_merge_walk(&s->m, &all, false);
}

xbar_status xbar_spread_new(xbar_spread **out, const xbar_lines *l,
                            const xbar_kernel *kernel, xbar_error *err)
{
    void *memory = NULL;
    *out = NULL;
    XBAR_TRY(xbar_array_new(&memory, 1, sizeof(xbar_spread), "merging blocks", err));
    xbar_spread *s = memory;
    s->l = l;
    s->kernel = kernel ? kernel : xbar_kernel_find(NULL);
    xbar_status status = build(s, err);
    if (status != XBAR_OK) {
        xbar_spread_free(s);
        return status;
    }
    *out = s;
    return XBAR_OK;
}

/* ---- from terminals to cells --------------------------------------------------------- */

static double *group_volts(const xbar_spread *s, group g)
{
    return s->volt + g * SIDE * LANES;
}

/* The group of a side's ports there. */
static group terminal_group(const merge *m, int side, size_t tile)
{
    if (side < XBAR_TOP)
        return xbar_merge_word_group(m, tile, side == XBAR_LEFT ? 0 : m->n_col_tiles);
    return xbar_merge_bit_group(m, side == XBAR_TOP ? 0 : m->n_row_tiles, tile);
}

static void set_sources(xbar_spread *s, const xbar_stimulus *in, size_t n)
{
    for (int side = 0; side < XBAR_N_SIDES; side++)
        for (size_t k = 0; k < s->l->family[side / 2].n_lines; k++) {
            const group g = terminal_group(&s->m, side, k / SIDE);
            double *source = s->look.source[side] + k * LANES;
            if (s->l->is_open[side][k])
                continue;
            for (size_t l = 0; l < n; l++)
                source[l] = in[l].volt[side][k];
            memcpy(group_volts(s, g) + k % SIDE * LANES, source,
                   LANES * sizeof *source);
        }
}

static size_t fewer(size_t a, size_t b)
{
    return a < b ? a : b;
}

static void fill_leaf(const xbar_spread *s, size_t r, size_t c)
{
    const double *side[XBAR_N_SIDES] = {
        [XBAR_LEFT] = group_volts(s, xbar_merge_word_group(&s->m, r, c)),
        [XBAR_RIGHT] = group_volts(s, xbar_merge_word_group(&s->m, r, c + 1)),
        [XBAR_TOP] = group_volts(s, xbar_merge_bit_group(&s->m, r, c)),
        [XBAR_BOTTOM] = group_volts(s, xbar_merge_bit_group(&s->m, r + 1, c)),
    };
    const size_t leaf = s->leaf[r * s->m.n_col_tiles + c];
    s->kernel->spread->leaf(&s->strip, c, &s->paths,
                            s->record.leaf + leaf * XBAR_MERGE_LEAF_SHARES, side);
}

/* A row's voltages and currents, as far as anybody wants them. */
static void put_row(const xbar_spread *s, size_t i, const double *u, const double *w,
                    const xbar_nodal_answer *a)
{
    const size_t n_cols = s->l->n_cols, at = i * n_cols;
    for (size_t from = 0; from < s->strip.n; from += SIDE) {
        double *v_row[SIDE] = {NULL}, *v_col[SIDE] = {NULL}, *i_cell[SIDE] = {NULL};
        bool is_wanted = false;
        for (size_t l = 0; l < SIDE && from + l < s->strip.n; l++) {
            const xbar_nodal_answer *one = &a[from + l];
            v_row[l] = one->v_row ? one->v_row + at : NULL;
            v_col[l] = one->v_col ? one->v_col + at : NULL;
            i_cell[l] = one->i_cell ? one->i_cell + at : NULL;
            is_wanted = is_wanted || v_row[l] || v_col[l] || i_cell[l];
        }
        if (is_wanted)
            s->kernel->spread->put(v_row, v_col, i_cell, u, w, s->look.g + at, n_cols,
                                   from);
    }
}

/* Eight rows of the array. */
static void take_strip(xbar_spread *s, size_t r, const xbar_nodal_answer *a)
{
    const size_t row = s->strip.width * LANES;
    for (size_t c = 0; c < s->m.n_col_tiles; c++)
        fill_leaf(s, r, c);
    for (size_t i = 0; i < fewer(SIDE, s->l->n_rows - r * SIDE); i++) {
        const double *u = s->strip.volt[XBAR_WORD] + i * row;
        const double *w = s->strip.volt[XBAR_BIT] + i * row;
        s->kernel->spread->look(&s->look, r * SIDE + i, u, w, s->strip.n);
        put_row(s, r * SIDE + i, u, w, a);
    }
}

static void spread(xbar_spread *s, const xbar_stimulus *in, size_t n,
                   const xbar_nodal_answer *a)
{
    set_sources(s, in, n);
    for (size_t k = s->record.n_joins; k-- > 0;) {
        const merge_join *j = &s->record.join[k];
        s->kernel->spread->join(s->volt, s->record.group + j->group, s->record.v + j->v,
                                j->n_shared, j->n_strips, n);
    }
    s->strip.n = n;
    memset(s->look.residual, 0, 3 * LANES * sizeof(double)); /* all three */
    for (size_t r = 0; r < s->m.n_row_tiles; r++)
        take_strip(s, r, a);
}

/* ---- answers ------------------------------------------------------------------------- */

/* A, by how much a column's current may be off because its node's voltage is a rounded
 * number beside its source's. */
static double rounding(const xbar_lines *l, const xbar_stimulus *in, int side, size_t j)
{
    const double siemens =
        l->is_held[side][j] ? l->family[XBAR_BIT].siemens : l->siemens[side][j];
    return l->is_open[side][j] ? 0.0
                               : 4.0 * DBL_EPSILON * siemens * fabs(in->volt[side][j]);
}

/* Are columns' currents right to 1e-10 of the largest, and to 1e-8 of themselves where
 * they are above 1e-6 of it? */
static bool outputs_are_sharp(const xbar_lines *l, const xbar_stimulus *in,
                              const xbar_nodal_answer *a)
{
    double largest = 0.0;
    for (int side = XBAR_TOP; side <= XBAR_BOTTOM; side++)
        for (size_t j = 0; j < l->n_cols; j++)
            largest = fmax(largest, fabs(a->i_terminal[side][j]));
    for (int side = XBAR_TOP; side <= XBAR_BOTTOM; side++)
        for (size_t j = 0; j < l->n_cols; j++) {
            const double i = fabs(a->i_terminal[side][j]);
            const double allowed =
                i > 1e-6 * largest ? fmin(1e-10 * largest, 1e-8 * i) : 1e-10 * largest;
            if (rounding(l, in, side, j) > allowed)
                return false;
        }
    return true;
}

static void judge(const xbar_spread *s, const xbar_stimulus *in, size_t lane,
                  double tolerance, xbar_nodal_answer *a)
{
    /* A, below which rounding is not what it is elsewhere */
    static const double least = 1e-250;
    for (int side = 0; side < XBAR_N_SIDES; side++)
        for (size_t k = 0; k < s->l->family[side / 2].n_lines; k++)
            a->i_terminal[side][k] =
                s->l->is_open[side][k] ? 0.0
                                       : s->look.terminal[side][k * LANES + lane] + 0.0;
    a->kcl_residual = s->look.residual[lane];
    a->largest_current = s->look.current[lane];
    a->is_tight = a->kcl_residual <= tolerance * a->largest_current;
    a->n_newton = a->n_corrections = 1;
    a->n_steps = 0;
    if (isfinite(s->look.all[lane]) && a->is_tight && a->largest_current > least &&
        outputs_are_sharp(s->l, in, a))
        a->status = XBAR_OK;
    else
        a->status = XBAR_ERR_CONVERGENCE;
}

void xbar_spread_solve(xbar_spread *s, const xbar_stimulus *in, size_t n,
                       double tolerance, xbar_nodal_answer *a)
{
    for (size_t k = 0; k < n; k += LANES) {
        const size_t here = fewer(LANES, n - k);
        spread(s, in + k, here, a + k);
        for (size_t l = 0; l < here; l++)
            judge(s, &in[k + l], l, tolerance, &a[k + l]);
    }
}
