/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "nodal/merge_tree.h"

#include <stdlib.h>
#include <string.h>

#include "core/memory.h"
#include "nodal/room.h"
#include "nodal/tiles.h"

#define SIDE XBAR_MERGE_SIDE
#define TILE XBAR_MERGE_TILE

/* A product's pivots at a time, and its columns: what then stays in the nearer caches. */
enum { MOST_PIVOTS = 256, MOST_STRIPS = 32 };

static const double nothing[TILE] __attribute__((aligned(64)));

/* ---- groups and tiles ---------------------------------------------------------------- */

group xbar_merge_word_group(const merge *m, size_t row_tile, size_t border)
{
    return (group)(2 * (row_tile * (m->n_col_tiles + 1) + border));
}

group xbar_merge_bit_group(const merge *m, size_t border, size_t col_tile)
{
    return (group)(2 * (border * m->n_col_tiles + col_tile) + 1);
}

/* Which of a block's sides a group of its ports lies on. */
static xbar_side side_of(const merge *m, const region *r, group g)
{
    if (g % 2 == 0)
        return g / 2 % (m->n_col_tiles + 1) == r->c0 ? XBAR_LEFT : XBAR_RIGHT;
    return g / 2 / m->n_col_tiles == r->r0 ? XBAR_TOP : XBAR_BOTTOM;
}

/* Where along that side. */
size_t xbar_merge_line_tile(const merge *m, group g)
{
    return g % 2 == 0 ? g / 2 / (m->n_col_tiles + 1) : g / 2 % m->n_col_tiles;
}

static size_t n_outputs(const front *f)
{
    return f->n - f->n_going - f->n_inputs;
}

static size_t row_start(const front *f, size_t i)
{
    if (i <= f->n_going)
        return i * f->n - i * (i - 1) / 2;
    return row_start(f, f->n_going) + (i - f->n_going) * n_outputs(f);
}

/* The first tile that is kept in a row. */
static size_t first_tile(const front *f, size_t i)
{
    return i < f->n_going ? i : f->n_going + f->n_inputs;
}

static size_t n_rows(const front *f)
{
    return f->n_going + f->n_inputs;
}

double *xbar_merge_tile_at(const front *f, size_t i, size_t j)
{
    return f->tile + (row_start(f, i) + j - first_tile(f, i)) * TILE;
}

/* ---- memory -------------------------------------------------------------------------- */

static double *push(merge *m, int stack, size_t n)
{
    m->top[stack] += n;
    if (m->top[0] + m->top[1] > m->most)
        m->most = m->top[0] + m->top[1];
    if (m->is_dry)
        return NULL;
    return m->room + (stack == 0 ? m->top[0] - n : m->most - m->top[1]);
}

static void push_front(merge *m, front *f, size_t depth)
{
    f->tile = push(m, depth % 2, row_start(f, n_rows(f)) * TILE);
    f->ground = push(m, depth % 2, f->n * SIDE);
}

/* ---- the smallest blocks ------------------------------------------------------------- */

/* A front from the lanes of the blocks made last. */
static void fill_leaf(const merge *m, const front *f, const region *r)
{
    enum { N = XBAR_MERGE_PORTS };
    const size_t lanes = m->kernel->lanes;
    const double *lane = m->leaf_room + (m->next_leaf - 1) % lanes;
    size_t first[SIDE * 4] = {0}; /* ports of each group */
    for (size_t i = 0; i < f->n; i++)
        first[i] = (size_t)xbar_merge_first_port(true, 0, side_of(m, r, f->group[i]),
                                                 SIDE, SIDE);
    for (size_t i = 0; i < n_rows(f); i++)
        for (size_t j = first_tile(f, i); j < f->n; j++) {
            double *to = xbar_merge_tile_at(f, i, j);
            for (size_t a = 0; a < SIDE; a++)
                for (size_t b = 0; b < SIDE; b++) {
                    size_t p = first[i] + a, q = first[j] + b;
                    size_t at = p < q ? p * N + q : q * N + p;
                    to[a * SIDE + b] = p == q ? 0.0 : lane[at * lanes];
                }
        }
    for (size_t i = 0; i < f->n; i++)
        for (size_t a = 0; a < SIDE; a++)
            f->ground[i * SIDE + a] = lane[(first[i] + a) * (N + 1) * lanes];
}

static void make_leaf(merge *m, front *f, const region *r)
{
    /* multiplications for a block, of which eight cost what one in tiles does */
    static const double products = 4096.0;
    if (m->is_dry) {
        if (m->leaf) {
            m->leaf[m->n_leaves][0] = r->r0;
            m->leaf[m->n_leaves][1] = r->c0;
        }
        m->n_leaves++;
        m->products += products;
        return;
    }
    const size_t lanes = m->kernel->lanes;
    if (m->next_leaf % lanes == 0) {
        size_t n = m->n_leaves - m->next_leaf;
        double *shares =
            m->record ? m->record->leaf + m->next_leaf * XBAR_MERGE_LEAF_SHARES : NULL;
        m->kernel->leaves(m->leaf_room, shares, m->shapes, m->a,
                          (const size_t(*)[2])(m->leaf + m->next_leaf),
                          n < lanes ? n : lanes);
    }
    m->next_leaf++;
    fill_leaf(m, f, r);
}

/* ---- two blocks into one ------------------------------------------------------------- */

/* Where each group of a block stands in its parts: after those that they share. */
static void find_places(merge *m, const front *f, const front part[2], size_t n_shared)
{
    size_t next[2] = {n_shared, n_shared};
    for (size_t i = 0; i < f->n; i++) {
        int k = next[0] < part[0].n && part[0].group[next[0]] == f->group[i] ? 0 : 1;
        m->child[i] = (uint8_t)k;
        m->place[i] = (uint32_t)next[k]++;
    }
}

/* Where a shared group's conductances stand: summed up among those that are shared, from
 * itself on; then in a part each, to the block's groups. */
static void find_pivot(merge *m, const front *f, const front part[2], size_t n_shared,
                       size_t q, double *v)
{
    for (size_t j = q; j < n_shared; j++) {
        double *to = v + (j * n_shared + q) * TILE;
        m->kernel->sum(to, xbar_merge_tile_at(&part[0], q, j),
                       xbar_merge_tile_at(&part[1], q, j));
        m->from[j - q] = to;
    }
    const double *row[2]; /* as xbar_merge_tile_at has it, of groups that go */
    for (int k = 0; k < 2; k++)
        row[k] = xbar_merge_tile_at(&part[k], q, q) - q * TILE;
    for (size_t j = 0; j < f->n; j++)
        m->from[n_shared + j - q] = row[m->child[j]] + m->place[j] * TILE;
}

static void eliminate(merge *m, const front *f, const front part[2], size_t n_shared,
                      double *v, double *ground)
{
    for (size_t q = 0; q < n_shared; q++) {
        find_pivot(m, f, part, n_shared, q, v);
        for (size_t k = q * SIDE; k < (q + 1) * SIDE; k++)
            ground[k] = part[0].ground[k] + part[1].ground[k];
        m->kernel->eliminate(v, ground, m->from, q, n_shared, n_shared + f->n);
    }
}

/* Where the conductances of a row stood before: in a part, or there were none. */
static void find_sources(merge *m, const front part[2], size_t i, size_t from, size_t n)
{
    for (size_t j = from; j < from + n; j++)
        m->from[j - from] =
            m->child[i] == m->child[j]
                ? xbar_merge_tile_at(&part[m->child[i]], m->place[i], m->place[j])
                : nothing;
}

/* @param v  strips of the block's groups */
static void add_pivots(merge *m, const front *f, const front part[2], size_t n_shared,
                       const double *v)
{
    const size_t stride = n_shared * TILE, n_pivots = n_shared * SIDE;
    for (size_t p = 0; p < n_pivots; p += MOST_PIVOTS)
        for (size_t left = 0; left < f->n; left += MOST_STRIPS)
            for (size_t i = 0; i < n_rows(f) && i < left + MOST_STRIPS; i++) {
                size_t j = first_tile(f, i) > left ? first_tile(f, i) : left;
                size_t end = f->n < left + MOST_STRIPS ? f->n : left + MOST_STRIPS;
                if (j >= end)
                    continue;
                if (p == 0)
                    find_sources(m, part, i, j, end - j);
                m->kernel->add(xbar_merge_tile_at(f, i, j), TILE,
                               p == 0 ? m->from : NULL, v + i * stride + p * SIDE,
                               v + j * stride + p * SIDE, stride, end - j,
                               n_pivots - p < MOST_PIVOTS ? n_pivots - p : MOST_PIVOTS);
            }
}

/* Room for a join's strips: with the others that are kept, or for the moment. */
static double *strips_of(merge *m, const front *f, const front part[2], size_t n_shared)
{
    merge_record *r = m->record;
    const size_t n_strips = n_shared + f->n, size = n_strips * n_shared * TILE;
    if (!r)
        return push(m, 0, size);
    const size_t v = r->n_v, to = r->n_groups;
    if (!m->is_dry) {
        r->join[r->n_joins] = (merge_join){n_shared, n_strips, v, to};
        memcpy(r->group + to, part[0].group, n_shared * sizeof *r->group);
        memcpy(r->group + to + n_shared, f->group, f->n * sizeof *r->group);
    }
    r->n_joins++;
    r->n_groups += n_strips;
    r->n_v += size;
    return r->v + (m->is_dry ? 0 : v);
}

static void join(merge *m, const front *f, const front part[2], size_t n_shared)
{
    const size_t n_pivots = n_shared * SIDE, stride = n_shared * TILE;
    const size_t n_strips = n_shared + f->n;
    const size_t before = m->top[0];
    double *v = strips_of(m, f, part, n_shared);
    double *ground = push(m, 0, n_pivots);
    if (m->is_dry) {
        double n_tiles =
            (double)row_start(f, n_rows(f)) + 0.5 * (double)n_shared * (double)n_strips;
        m->products += (double)n_pivots * TILE * n_tiles;
    } else {
        find_places(m, f, part, n_shared);
        eliminate(m, f, part, n_shared, v, ground);
        v += n_shared * stride;
        add_pivots(m, f, part, n_shared, v);
        for (size_t j = 0; j < f->n; j++)
            m->kernel->ground(f->ground + j * SIDE,
                              part[m->child[j]].ground + m->place[j] * SIDE,
                              v + j * stride, ground, n_pivots);
    }
    m->top[0] = before;
}

/* ---- the tree ------------------------------------------------------------------------ */

/* The larger half of the tiles of the longer side. */
bool xbar_merge_split(const region *r, region part[2])
{
    const size_t height = r->r1 - r->r0, width = r->c1 - r->c0;
    const bool is_beside = width > height;
    part[0] = part[1] = *r;
    if (is_beside)
        part[0].c1 = part[1].c0 = r->c0 + (width + 1) / 2;
    else
        part[0].r1 = part[1].r0 = r->r0 + (height + 1) / 2;
    return is_beside;
}

static bool has_group(const merge *m, const region *r, group g)
{
    const size_t at = xbar_merge_line_tile(m, g);
    if (g % 2 == 0) {
        size_t border = g / 2 % (m->n_col_tiles + 1);
        return at >= r->r0 && at < r->r1 && (border == r->c0 || border == r->c1);
    }
    size_t border = g / 2 / m->n_col_tiles;
    return at >= r->c0 && at < r->c1 && (border == r->r0 || border == r->r1);
}

static size_t add_group(merge *m, group g)
{
    if (m->groups)
        m->groups[m->n_groups] = g;
    return ++m->n_groups;
}

/* The lists of a block's two parts: what they share, then what the block has, in its
 * order. @return how many they share */
static size_t list_parts(merge *m, const front *f, const region at[2], bool is_beside,
                         front part[2])
{
    size_t n_shared = is_beside ? at[0].r1 - at[0].r0 : at[0].c1 - at[0].c0;
    for (int k = 0; k < 2; k++) {
        part[k] = (front){.group = m->groups + m->n_groups};
        for (size_t q = 0; q < n_shared; q++)
            add_group(m, is_beside ? xbar_merge_word_group(m, at[0].r0 + q, at[0].c1)
                                   : xbar_merge_bit_group(m, at[0].r1, at[0].c0 + q));
        part[k].n = part[k].n_going = n_shared;
        for (size_t i = 0; i < f->n; i++) {
            if (!has_group(m, &at[k], f->group[i]))
                continue;
            add_group(m, f->group[i]);
            part[k].n++;
            part[k].n_going += i < f->n_going;
            part[k].n_inputs += i >= f->n_going && i < f->n_going + f->n_inputs;
        }
        if (part[k].n > m->most_groups)
            m->most_groups = part[k].n;
    }
    return n_shared;
}

/* @param[in,out] f  with its list; to be popped from the stack of its depth */
static void make_front(merge *m, front *f, const region *r, size_t depth)
{
    region at[2];
    front part[2];
    if (r->r1 - r->r0 == 1 && r->c1 - r->c0 == 1) {
        push_front(m, f, depth);
        make_leaf(m, f, r);
        return;
    }
    const size_t n_groups = m->n_groups, top = m->top[(depth + 1) % 2];
    const bool is_beside = xbar_merge_split(r, at);
    const size_t n_shared = list_parts(m, f, at, is_beside, part);
    /* the larger first: it is not there yet while its own parts take most room; or the
     * last one first, if there is a way back */
    const int first = m->record || row_start(&part[1], n_rows(&part[1])) >
                                       row_start(&part[0], n_rows(&part[0]));
    make_front(m, &part[first], &at[first], depth + 1);
    make_front(m, &part[1 - first], &at[1 - first], depth + 1);
    push_front(m, f, depth);
    join(m, f, part, n_shared);
    m->top[(depth + 1) % 2] = top;
    m->n_groups = n_groups;
}

static void list_terminals(merge *m, front *f)
{
    *f = (front){.group = m->groups};
    for (size_t r = 0; r < m->n_row_tiles; r++) {
        if (m->has_port[XBAR_LEFT][r])
            add_group(m, xbar_merge_word_group(m, r, 0));
        if (m->has_port[XBAR_RIGHT][r])
            add_group(m, xbar_merge_word_group(m, r, m->n_col_tiles));
    }
    f->n_inputs = m->record ? 0 : m->n_groups;
    for (size_t c = 0; c < m->n_col_tiles; c++) {
        if (m->has_port[XBAR_TOP][c])
            add_group(m, xbar_merge_bit_group(m, 0, c));
        if (m->has_port[XBAR_BOTTOM][c])
            add_group(m, xbar_merge_bit_group(m, m->n_row_tiles, c));
    }
    f->n = m->n_groups;
    m->most_groups = f->n;
}

/* Walks the tree: counts, or merges. @param[out] f  with all terminals */
void xbar_merge_walk(merge *m, front *f, bool is_dry)
{
    const region all = {.r1 = m->n_row_tiles, .c1 = m->n_col_tiles};
    m->is_dry = is_dry;
    m->n_groups = 0;
    m->top[0] = m->top[1] = 0;
    m->next_leaf = 0;
    if (m->record)
        m->record->n_joins = m->record->n_groups = m->record->n_v = 0;
    list_terminals(m, f);
    make_front(m, f, &all, 0);
}

/* ---- the whole ----------------------------------------------------------------------- */

xbar_status xbar_merge_init(merge *m, const xbar_merge_array *a, xbar_error *err)
{
    void *memory = NULL;
    m->a = a;
    m->n_row_tiles = (a->n_rows + SIDE - 1) / SIDE;
    m->n_col_tiles = (a->n_cols + SIDE - 1) / SIDE;
    for (int side = 0; side < XBAR_N_SIDES; side++) {
        const size_t n = side < XBAR_TOP ? a->n_rows : a->n_cols;
        XBAR_TRY(xbar_array_new(&memory, n / SIDE + 1, 1, "terminals", err));
        m->has_port[side] = memory;
        for (size_t k = 0; k < n; k++)
            if (a->port[side][k] > 0.0)
                m->has_port[side][k / SIDE] = 1;
    }
    /* A list is no longer than its block's four sides, which are a quarter shorter from
     * depth to depth, but for rounding; at each depth there are two. */
    const size_t most = 24 * (m->n_row_tiles + m->n_col_tiles) + 512;
    XBAR_TRY(xbar_array_new(&memory, most, sizeof *m->groups, "merging blocks", err));
    m->groups = memory;
    return XBAR_OK;
}

static xbar_status make_record(merge_record *r, size_t n_leaves, size_t lanes,
                               xbar_error *err)
{
    void *memory = NULL;
    const size_t sets = (n_leaves + lanes - 1) / lanes;
    XBAR_TRY(xbar_array_new(&memory, r->n_joins + 1, sizeof *r->join, "merging", err));
    r->join = memory;
    XBAR_TRY(
        xbar_array_new(&memory, r->n_groups + 1, sizeof *r->group, "merging", err));
    r->group = memory;
    XBAR_TRY(xbar_raw_doubles_new(&r->v, r->n_v, "merging blocks", err));
    return xbar_raw_doubles_new(&r->leaf, sets * lanes * XBAR_MERGE_LEAF_SHARES,
                                "merging blocks", err);
}

xbar_status xbar_merge_make_room(merge *m, xbar_error *err)
{
    void *memory = NULL;
    const size_t lanes = m->kernel->lanes;
    XBAR_TRY(xbar_raw_doubles_new(&m->room, m->most, "merging blocks", err));
    XBAR_TRY(
        xbar_raw_doubles_new(&m->leaf_room,
                             lanes * (XBAR_MERGE_LEAF_ROOM +
                                      (size_t)(m->record ? XBAR_MERGE_LEAF_SHARES : 0)),
                             "merging blocks", err));
    XBAR_TRY(
        xbar_array_new(&memory, 2 * m->most_groups, sizeof *m->from, "merging", err));
    m->from = memory;
    XBAR_TRY(xbar_array_new(&memory, m->most_groups, sizeof *m->child, "merging", err));
    m->child = memory;
    XBAR_TRY(xbar_array_new(&memory, m->most_groups, sizeof *m->place, "merging", err));
    m->place = memory;
    XBAR_TRY(xbar_array_new(&memory, 1, sizeof *m->shapes, "merging", err));
    m->shapes = memory;
    xbar_merge_shapes_init(m->shapes);
    return m->record ? make_record(m->record, m->n_leaves, lanes, err) : XBAR_OK;
}

void xbar_merge_clear(merge *m)
{
    for (int side = 0; side < XBAR_N_SIDES; side++)
        free(m->has_port[side]);
    free(m->groups);
    free(m->room);
    free(m->leaf_room);
    free(m->leaf);
    free((void *)m->from);
    free(m->child);
    free(m->place);
    free(m->shapes);
}
