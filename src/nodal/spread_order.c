/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "nodal/spread_order.h"

#include <stdlib.h>

#include "core/memory.h"

typedef struct way {
    const merge *m;
    spread_order *o;          /* NULL: only counts places */
    size_t n_joins, n_leaves; /* that are still together */
    size_t most;              /* places */
} way;

size_t xbar_spread_n_groups(const merge *m)
{
    return 2 * (m->n_row_tiles + 1) * (m->n_col_tiles + 1);
}

static void add_step(way *w, spread_kind kind, size_t at, const region *r,
                     const region *kept)
{
    const merge *m = w->m;
    const uint32_t *place = w->o->place;
    spread_step *s = &w->o->step[w->o->n_steps++];
    *s = (spread_step){.kind = kind, .at = at, .where = *r, .kept = kept ? *kept : *r};
    if (kind != SPREAD_BLOCK)
        return;
    s->side[XBAR_LEFT] = place[xbar_merge_word_group(m, r->r0, r->c0)];
    s->side[XBAR_RIGHT] = place[xbar_merge_word_group(m, r->r0, r->c1)];
    s->side[XBAR_TOP] = place[xbar_merge_bit_group(m, r->r0, r->c0)];
    s->side[XBAR_BOTTOM] = place[xbar_merge_bit_group(m, r->r1, r->c0)];
}

/* What two parts share, from that place on. @return how many */
static size_t put_shared(way *w, const region part[2], bool is_beside, size_t place)
{
    const size_t first = is_beside ? part[0].r0 : part[0].c0;
    const size_t n = (is_beside ? part[0].r1 : part[0].c1) - first;
    for (size_t k = 0; w->o && k < n; k++) {
        const group g = is_beside ? xbar_merge_word_group(w->m, first + k, part[0].c1)
                                  : xbar_merge_bit_group(w->m, part[0].r1, first + k);
        w->o->place[g] = (uint32_t)(place + k);
    }
    return n;
}

static bool is_small(const region *r)
{
    return r->r1 - r->r0 <= XBAR_SPREAD_HIGH && r->c1 - r->c0 <= XBAR_SPREAD_WIDE;
}

/* @param place  the first that is free
 * @param kept  those whose nodes are kept with this one's; NULL: larger ones are not */
static void take_apart(way *w, const region *r, size_t place, const region *kept)
{
    region part[2];
    const bool is_whole = !kept && is_small(r);
    if (is_whole)
        kept = r;
    if (place > w->most)
        w->most = place;
    if (r->r1 - r->r0 == 1 && r->c1 - r->c0 == 1) {
        w->n_leaves--;
        if (w->o)
            add_step(w, SPREAD_BLOCK, w->n_leaves, r, kept);
    } else {
        const bool is_beside = xbar_merge_split(r, part);
        w->n_joins--;
        if (w->o)
            add_step(w, SPREAD_JOIN, w->n_joins, r, kept);
        place += put_shared(w, part, is_beside, place);
        for (int k = 0; k < 2; k++)
            take_apart(w, &part[k], place, kept);
    }
    if (is_whole && w->o)
        add_step(w, SPREAD_KEPT, 0, r, kept);
}

/* Ports at the array's edges, from the first place on. @return how many groups */
static size_t put_edges(const merge *m, uint32_t *place)
{
    const size_t h = m->n_row_tiles, n = m->n_col_tiles;
    size_t at = 0;
    for (size_t r = 0; r < h; r++, at += 2)
        if (place) {
            place[xbar_merge_word_group(m, r, 0)] = (uint32_t)at;
            place[xbar_merge_word_group(m, r, n)] = (uint32_t)(at + 1);
        }
    for (size_t c = 0; c < n; c++, at += 2)
        if (place) {
            place[xbar_merge_bit_group(m, 0, c)] = (uint32_t)at;
            place[xbar_merge_bit_group(m, h, c)] = (uint32_t)(at + 1);
        }
    return at;
}

static size_t walk(const merge *m, spread_order *o)
{
    const region all = {.r1 = m->n_row_tiles, .c1 = m->n_col_tiles};
    way w = {.m = m, .o = o, .n_joins = m->record->n_joins, .n_leaves = m->n_leaves};
    take_apart(&w, &all, put_edges(m, o ? o->place : NULL), NULL);
    return w.most;
}

size_t xbar_spread_n_places(const merge *m)
{
    return walk(m, NULL);
}

xbar_status xbar_spread_order_init(spread_order *o, const merge *m, xbar_error *err)
{
    void *memory = NULL;
    *o = (spread_order){0};
    XBAR_TRY(xbar_array_new(&memory, xbar_spread_n_groups(m), sizeof *o->place,
                            "merging", err));
    o->place = memory;
    /* no more regions are kept than there are blocks */
    XBAR_TRY(xbar_array_new(&memory, m->record->n_joins + 2 * m->n_leaves,
                            sizeof *o->step, "merging", err));
    o->step = memory;
    o->n_places = walk(m, o);
    return XBAR_OK;
}

void xbar_spread_order_clear(spread_order *o)
{
    free(o->step);
    free(o->place);
    *o = (spread_order){0};
}
