/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "nodal/spread.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/memory.h"
#include "nodal/room.h"
#include "nodal/spread_order.h"
#include "nodal/tiles.h"

#define SIDE XBAR_MERGE_SIDE
#define LANES ((size_t)XBAR_SPREAD_LANES)
#define PANEL ((size_t)XBAR_SPREAD_PANEL)
/* Doubles from a row of kept nodes to the next: with a block to spare, so that rows do not
 * compete for the same places in a cache. */
#define NODES_ROW ((XBAR_SPREAD_WIDE + 1) * SIDE * PANEL)

struct xbar_spread {
    const xbar_lines *l;
    const xbar_kernel *kernel;
    xbar_merge_array a;
    double *terminals; /* S, of a.port and a.ground */
    merge m;
    merge_record record;
    spread_order order;

    /* The inputs at hand. */
    size_t n;
    double *volt;                   /* V, [panels][places][8][PANEL] */
    size_t panel;                   /* of these */
    double *nodes[XBAR_N_FAMILIES]; /* V, [panels][rows][NODES_ROW] */
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

unsigned xbar_spread_at_zero(const xbar_lines *l, const xbar_stimulus *in, size_t n)
{
    unsigned at_zero = 0;
    for (int side = 0; side < XBAR_N_SIDES; side++) {
        bool is_zero = true;
        for (size_t k = 0; k < n && is_zero; k++)
            for (size_t j = 0; j < l->family[side / 2].n_lines; j++)
                is_zero =
                    is_zero && (l->is_open[side][j] || in[k].volt[side][j] == 0.0);
        at_zero |= is_zero ? 1U << side : 0U;
    }
    return at_zero + 1 == 1U << XBAR_N_SIDES ? 0 : at_zero; /* where nothing flows */
}

/* Every terminal is a port, its source's; but those at 0 V are as good as ground. */
static xbar_status describe(xbar_merge_array *a, double **terminals,
                            const xbar_lines *l, unsigned at_zero, xbar_error *err)
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
        a->port[side] = at_zero >> side & 1 ? none : at;
        a->ground[side] = at_zero >> side & 1 ? at : none;
        at += n;
    }
    return XBAR_OK;
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
                                unsigned at_zero, xbar_error *err)
{
    merge_record record = {0};
    merge m = {.record = &record};
    xbar_merge_array a;
    double *terminals = NULL;
    xbar_status status = describe(&a, &terminals, l, at_zero, err);
    if (status == XBAR_OK)
        status = begin(&m, &a, err);
    if (status == XBAR_OK)
        *cost = (xbar_merge_cost){
            .products = m.products,
            .doubles = (double)(record.n_v + xbar_spread_n_places(&m) * SIDE * LANES) +
                       (double)m.n_leaves * XBAR_MERGE_LEAF_SHARES};
    xbar_merge_clear(&m);
    free(terminals);
    return status;
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
    xbar_spread_order_clear(&s->order);
    free(s->volt);
    free(s->room);
    free(s);
}

static size_t fewer(size_t a, size_t b)
{
    return a < b ? a : b;
}

static xbar_status make_room(xbar_spread *s, xbar_error *err)
{
    const size_t m = s->l->n_rows, n = s->l->n_cols;
    const size_t nodes = XBAR_SPREAD_HIGH * SIDE * NODES_ROW * (LANES / PANEL);
    s->panel = s->order.n_places * SIDE * PANEL;
    XBAR_TRY(
        xbar_aligned_doubles_new(&s->volt, s->panel * (LANES / PANEL), "ports", err));
    const size_t n_room = 2 * nodes + LANES * (6 * (m + n) + 3);
    XBAR_TRY(xbar_aligned_doubles_new(&s->room, n_room, "rows of nodes", err));
    double *at = s->room;
    for (int f = 0; f < XBAR_N_FAMILIES; f++, at += nodes)
        s->nodes[f] = at;
    s->look.l = s->l;
    s->look.above = at;
    s->look.above_lack = at + LANES * n;
    at += 2 * LANES * n;
    s->look.before = at;
    s->look.before_lack = at + LANES * m;
    at += 2 * LANES * m;
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

static xbar_status build(xbar_spread *s, unsigned at_zero, xbar_error *err)
{
    XBAR_TRY(describe(&s->a, &s->terminals, s->l, at_zero, err));
    s->m.kernel = s->kernel->merge;
    s->m.record = &s->record;
    XBAR_TRY(begin(&s->m, &s->a, err));
    XBAR_TRY(xbar_merge_make_room(&s->m, err));
    XBAR_TRY(xbar_spread_order_init(&s->order, &s->m, err));
    return make_room(s, err);
}

void xbar_spread_take(xbar_spread *s, const double *g)
{
    front all;
    s->look.g = s->a.g = g;
    xbar_merge_walk(&s->m, &all, false);
    for (size_t k = 0; k < s->record.n_groups; k++)
        s->record.group[k] = s->order.place[s->record.group[k]];
}

xbar_status xbar_spread_new(xbar_spread **out, const xbar_lines *l, unsigned at_zero,
                            const xbar_kernel *kernel, xbar_error *err)
{
    void *memory = NULL;
    *out = NULL;
    XBAR_TRY(xbar_array_new(&memory, 1, sizeof(xbar_spread), "merging blocks", err));
    xbar_spread *s = memory;
    s->l = l;
    s->kernel = kernel ? kernel : xbar_kernel_find(NULL);
    xbar_status status = build(s, at_zero, err);
    if (status != XBAR_OK) {
        xbar_spread_free(s);
        return status;
    }
    *out = s;
    return XBAR_OK;
}

/* ---- from terminals to cells --------------------------------------------------------- */

/* The group of a side's ports there. */
static group terminal_group(const merge *m, int side, size_t tile)
{
    if (side < XBAR_TOP)
        return xbar_merge_word_group(m, tile, side == XBAR_LEFT ? 0 : m->n_col_tiles);
    return xbar_merge_bit_group(m, side == XBAR_TOP ? 0 : m->n_row_tiles, tile);
}

static double *volts_at(const xbar_spread *s, size_t panel, size_t place)
{
    return s->volt + panel * s->panel + place * SIDE * PANEL;
}

static void set_sources(xbar_spread *s, const xbar_stimulus *in)
{
    for (int side = 0; side < XBAR_N_SIDES; side++)
        for (size_t k = 0; k < s->l->family[side / 2].n_lines; k++) {
            const group g = terminal_group(&s->m, side, k / SIDE);
            double *source = s->look.source[side] + k * LANES;
            if (s->l->is_open[side][k])
                continue;
            for (size_t l = 0; l < s->n; l++)
                source[l] = in[l].volt[side][k];
            for (size_t l = 0; l < s->n; l += PANEL)
                memcpy(volts_at(s, l / PANEL, s->order.place[g]) + k % SIDE * PANEL,
                       source + l, PANEL * sizeof *source);
        }
}

/* How often a step asks for more of what is read next, with vectors of 8; or once more. */
static size_t n_fetches(const xbar_spread *s, const spread_step *step)
{
    const size_t panels = (s->n + PANEL - 1) / PANEL;
    if (step->kind == SPREAD_BLOCK)
        return 1 + panels * SIDE * SIDE / 2;
    const merge_join *j = &s->record.join[step->at];
    return 1 +
           panels * j->n_shared * ((j->n_strips - j->n_shared / 2 + SIDE - 1) / SIDE);
}

/* What will be read after step k. */
static xbar_spread_ahead shares_behind(const xbar_spread *s, size_t k)
{
    /* doubles: of what is larger more than the beginning would be gone again */
    static const size_t most = 8192;
    const size_t calls = n_fetches(s, &s->order.step[k]);
    xbar_spread_ahead a = {0};
    do {
        if (++k == s->order.n_steps)
            return a;
    } while (s->order.step[k].kind == SPREAD_KEPT);
    const spread_step *next = &s->order.step[k];
    size_t n = XBAR_MERGE_LEAF_SHARES;
    a.at = s->record.leaf + next->at * n;
    if (next->kind == SPREAD_JOIN) {
        const merge_join *j = &s->record.join[next->at];
        a.at = s->record.v + j->v;
        n = fewer(j->n_shared * j->n_strips * XBAR_MERGE_TILE, most);
    }
    a.end = a.at + n;
    a.lines = n / (SIDE * calls) + 1;
    return a;
}

static void undo_join(const xbar_spread *s, size_t k, xbar_spread_ahead *ahead)
{
    const merge_join *j = &s->record.join[k];
    s->kernel->spread->join(s->volt, s->panel, s->record.group + j->group,
                            s->record.v + j->v, j->n_shared, j->n_strips, s->n, ahead);
}

/* A block's nodes: their voltages, and what they say of Kirchhoff's law.
 * @param kept  those whose nodes are kept; NULL: none */
static void take_block(xbar_spread *s, const spread_step *step, const region *kept,
                       xbar_spread_ahead *ahead)
{
    const size_t r = step->where.r0, c = step->where.c0;
    for (size_t p = 0; p * PANEL < s->n; p++) {
        const size_t n = fewer(s->n - p * PANEL, PANEL);
        const double *side[XBAR_N_SIDES];
        double *at[XBAR_N_FAMILIES];
        for (int k = 0; k < XBAR_N_SIDES; k++)
            side[k] = volts_at(s, p, step->side[k]);
        for (int f = 0; f < XBAR_N_FAMILIES; f++) {
            at[f] = s->nodes[f];
            if (kept)
                at[f] += (p * XBAR_SPREAD_HIGH + r - kept->r0) * SIDE * NODES_ROW +
                         (c - kept->c0) * SIDE * PANEL;
        }
        s->kernel->spread->leaf(at[XBAR_WORD], at[XBAR_BIT], NODES_ROW,
                                s->record.leaf + step->at * XBAR_MERGE_LEAF_SHARES,
                                side, n, ahead);
        s->kernel->spread->look(&s->look, p, r, c, at[XBAR_WORD], at[XBAR_BIT],
                                NODES_ROW, n);
    }
}

/* The planes of eight inputs; NULL: not wanted. */
typedef struct eight {
    double *v_row[SIDE], *v_col[SIDE], *i_cell[SIDE];
} eight;

static eight find_eight(const xbar_spread *s, const xbar_nodal_answer *a, size_t from)
{
    eight to = {.v_row = {NULL}};
    for (size_t l = 0; l < SIDE && from + l < s->n; l++) {
        to.v_row[l] = a[from + l].v_row;
        to.v_col[l] = a[from + l].v_col;
        to.i_cell[l] = a[from + l].i_cell;
    }
    return to;
}

/* In line: GCC takes a function that does nothing else for one that does nothing. */
static inline __attribute__((always_inline)) void fetch_some(const double *plane,
                                                             size_t at, size_t n)
{
    enum { LINE = 8 };
    if (!plane)
        return;
    for (size_t k = 0; k < n; k += LINE)
        __builtin_prefetch(plane + at + k, 1);
    __builtin_prefetch(plane + at + n - 1, 1); /* planes need not begin with a line */
}

/* Each row of a plane is in a page of its own: they are looked up before they are needed. */
static inline __attribute__((always_inline)) void fetch_eight(const eight *to,
                                                              size_t at, size_t n)
{
    for (size_t l = 0; l < SIDE; l++) {
        fetch_some(to->v_row[l], at, n);
        fetch_some(to->v_col[l], at, n);
        fetch_some(to->i_cell[l], at, n);
    }
}

/* The nodes that are kept, for eight inputs from `from` on. */
static void put_eight(const xbar_spread *s, const region *kept, size_t from,
                      const xbar_nodal_answer *a)
{
    const size_t n_cols = s->l->n_cols, i = kept->r0 * SIDE, j = kept->c0 * SIDE;
    const size_t height = fewer(kept->r1 * SIDE, s->l->n_rows) - i;
    const size_t width = fewer(kept->c1 * SIDE, n_cols) - j;
    const eight to = find_eight(s, a, from), next = find_eight(s, a, from + SIDE);
    size_t node = from / PANEL * XBAR_SPREAD_HIGH * SIDE * NODES_ROW + from % PANEL;
    for (size_t row = 0; row < height; row++, node += NODES_ROW) {
        const size_t at = (i + row) * n_cols + j;
        if (row + 1 < height)
            fetch_eight(&to, at + n_cols, width);
        else
            fetch_eight(&next, i * n_cols + j, width);
        s->kernel->spread->put(to.v_row, to.v_col, to.i_cell, at,
                               s->nodes[XBAR_WORD] + node, s->nodes[XBAR_BIT] + node,
                               s->look.g + at, width);
    }
}

static bool wants_nodes(const xbar_nodal_answer *a, size_t n)
{
    for (size_t k = 0; k < n; k++)
        if (a[k].v_row || a[k].v_col || a[k].i_cell)
            return true;
    return false;
}

static void spread(xbar_spread *s, const xbar_stimulus *in, size_t n,
                   const xbar_nodal_answer *a)
{
    const bool is_kept = wants_nodes(a, n);
    s->n = n;
    set_sources(s, in);
    memset(s->look.residual, 0, 3 * LANES * sizeof(double)); /* all three */
    for (size_t k = 0; k < s->order.n_steps; k++) {
        const spread_step *step = &s->order.step[k];
        if (step->kind == SPREAD_KEPT) {
            for (size_t from = 0; is_kept && from < n; from += SIDE)
                put_eight(s, &step->where, from, a);
            continue;
        }
        xbar_spread_ahead ahead = shares_behind(s, k);
        if (step->kind == SPREAD_JOIN)
            undo_join(s, step->at, &ahead);
        else
            take_block(s, step, is_kept ? &step->kept : NULL, &ahead);
    }
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
    if (isfinite(s->look.all[lane]) && isfinite(a->kcl_residual) && a->is_tight &&
        a->largest_current > least && outputs_are_sharp(s->l, in, a))
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
