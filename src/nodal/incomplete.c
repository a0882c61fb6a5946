/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "nodal/incomplete.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "core/memory.h"

/* NONE ends a list; nodes of that many neighbours or more need no order among them. */
enum { FIRST_ROOM = 4, DEGREES = 256 };
#define NONE UINT32_MAX

typedef struct link {
    uint32_t to;
    float siemens;
} link;

typedef struct place {
    uint32_t stamp; /* of the list */
    uint32_t at;
} place;

/* A node's neighbours lie in the pool from `start` on; when it is eliminated they stay
 * there, as its column of the factors. */
typedef struct node {
    double ground; /* S, of resistors to ground, and of those left out */
    double sum;    /* S, of all that meet here when it goes */
    double rest;   /* S, of all but the strongest, when a neighbour goes */
    uint32_t start, n, room;
    uint32_t before, next; /* in the list of its degree */
} node;

struct xbar_incomplete {
    size_t n_nodes;
    node *at;
    link *pool;
    size_t n_pool, room;
    size_t n_links; /* resistors that there ever were between nodes: the factors' */
    uint32_t first[DEGREES]; /* of each degree */
    uint32_t *order;         /* [n_nodes] */
    place *where;            /* [n_nodes]: in the list last looked through */
    uint32_t stamp;
    link *column;           /* the factors, by the order of elimination */
    uint32_t *column_start; /* [n_nodes + 1] */
    float *inverse;         /* 1/S */
    float *work;
};

void xbar_incomplete_free(xbar_incomplete *f)
{
    if (!f)
        return;
    free(f->at);
    free(f->pool);
    free(f->order);
    free(f->where);
    free(f->column);
    free(f->column_start);
    free(f->inverse);
    free(f->work);
    free(f);
}

static const char *const what = "the network of good cells";

static xbar_status array_new(void *out, size_t n, size_t size, xbar_error *err)
{
    void *memory = NULL;
    XBAR_TRY(xbar_array_new(&memory, n, size, what, err));
    memcpy(out, &memory, sizeof memory);
    return XBAR_OK;
}

static xbar_status make_room(xbar_incomplete *f, size_t n_links, xbar_error *err)
{
    const size_t n = f->n_nodes;
    f->room = n * FIRST_ROOM + 4 * n_links;
    XBAR_TRY(array_new(&f->at, n, sizeof *f->at, err));
    XBAR_TRY(array_new(&f->order, n, sizeof *f->order, err));
    XBAR_TRY(array_new(&f->where, n, sizeof *f->where, err));
    XBAR_TRY(array_new(&f->column_start, n + 1, sizeof *f->column_start, err));
    XBAR_TRY(array_new(&f->inverse, n, sizeof *f->inverse, err));
    XBAR_TRY(array_new(&f->work, n, sizeof *f->work, err));
    return array_new(&f->pool, f->room, sizeof *f->pool, err);
}

xbar_status xbar_incomplete_new(xbar_incomplete **out, size_t n_nodes, size_t n_links,
                                xbar_error *err)
{
    *out = NULL;
    xbar_incomplete *f = NULL;
    XBAR_TRY(array_new(&f, 1, sizeof *f, err));
    f->n_nodes = n_nodes;
    xbar_status status = make_room(f, n_links, err);
    if (status != XBAR_OK) {
        xbar_incomplete_free(f);
        return status;
    }
    for (size_t k = 0; k < n_nodes; k++)
        f->at[k] = (node){.start = (uint32_t)(k * FIRST_ROOM), .room = FIRST_ROOM};
    f->n_pool = n_nodes * FIRST_ROOM;
    *out = f;
    return XBAR_OK;
}

/* A list that is full goes to the end of the pool, with twice the room. */
static xbar_status move_list(xbar_incomplete *f, node *v, xbar_error *err)
{
    const size_t room = 2 * (size_t)v->room;
    if (f->n_pool + room > f->room) {
        const size_t more = 2 * (f->n_pool + room);
        link *pool = more < UINT32_MAX ? realloc(f->pool, more * sizeof *pool) : NULL;
        if (!pool)
            return xbar_fail(err, XBAR_ERR_MEMORY, "out of memory for %s", what);
        f->pool = pool;
        f->room = more;
    }
    memcpy(f->pool + f->n_pool, f->pool + v->start, v->n * sizeof *f->pool);
    v->start = (uint32_t)f->n_pool;
    v->room = (uint32_t)room;
    f->n_pool += room;
    return XBAR_OK;
}

static xbar_status add_link(xbar_incomplete *f, uint32_t from, uint32_t to, float g,
                            xbar_error *err)
{
    node *v = &f->at[from];
    if (v->n == v->room)
        XBAR_TRY(move_list(f, v, err));
    f->pool[v->start + v->n++] = (link){to, g};
    return XBAR_OK;
}

void xbar_incomplete_ground(xbar_incomplete *f, uint32_t k, double g)
{
    f->at[k].ground += g;
}

xbar_status xbar_incomplete_join(xbar_incomplete *f, uint32_t a, uint32_t b, double g,
                                 xbar_error *err)
{
    XBAR_TRY(add_link(f, a, b, (float)g, err));
    f->n_links++;
    return add_link(f, b, a, (float)g, err);
}

/* ---- the order ----------------------------------------------------------------------- */

static inline uint32_t *list_of(xbar_incomplete *f, const node *v)
{
    return &f->first[v->n < DEGREES ? v->n : DEGREES - 1];
}

static void enlist(xbar_incomplete *f, uint32_t k)
{
    node *v = &f->at[k];
    uint32_t *first = list_of(f, v);
    v->before = NONE;
    v->next = *first;
    if (*first != NONE)
        f->at[*first].before = k;
    *first = k;
}

static void delist(xbar_incomplete *f, uint32_t k)
{
    const node *v = &f->at[k];
    if (v->before == NONE)
        *list_of(f, v) = v->next;
    else
        f->at[v->before].next = v->next;
    if (v->next != NONE)
        f->at[v->next].before = v->before;
}

/* ---- factors ------------------------------------------------------------------------- */

/* The same from both sides: products of equal factors. Two nodes that a strong resistor
 * makes one are judged by what else both have: hence without the strongest. */
static bool is_kept(const xbar_incomplete *f, const node *gone, link a, link b,
                    double least)
{
    const double g = (double)a.siemens * (double)b.siemens;
    const double rests = f->at[a.to].rest * f->at[b.to].rest;
    return g * g >= least * (gone->sum * gone->sum) * rests;
}

/* S, of all resistors that meet at a node: sums of positive numbers alone, so that the
 * digits of what ties a part to ground outlive wires a billion times better. */
static double sum_of(const xbar_incomplete *f, const node *v)
{
    const link *l = f->pool + v->start;
    double sum = v->ground;
    for (uint32_t k = 0; k < v->n; k++)
        sum += (double)l[k].siemens;
    return sum;
}

/* S, of all of them but the strongest, and but that to the node that goes. */
static double rest_of(const xbar_incomplete *f, const node *v, uint32_t gone)
{
    const link *l = f->pool + v->start;
    double sum = v->ground, most = 0.0;
    for (uint32_t k = 0; k < v->n; k++) {
        const double g = l[k].to == gone ? 0.0 : (double)l[k].siemens;
        sum += g;
        most = g > most ? g : most;
    }
    return sum - most;
}

/* Where the neighbours of a node stand in its list; the one that goes is taken out. */
static void look_up(xbar_incomplete *f, node *v, uint32_t gone)
{
    link *l = f->pool + v->start;
    uint32_t at = 0;
    f->stamp++;
    for (uint32_t k = 0; k < v->n; k++) {
        f->where[l[k].to] = (place){f->stamp, k};
        at = l[k].to == gone ? k : at;
    }
    l[at] = l[--v->n];
    f->where[l[at].to].at = at;
    f->where[gone].stamp = 0;
}

/* The resistors from a neighbour, link `mine` of the node that goes, to its others; those
 * left out go to ground. */
static xbar_status fill_from(xbar_incomplete *f, uint32_t gone, size_t mine,
                             double least, xbar_error *err)
{
    const node *from = &f->at[gone];
    const link self = f->pool[from->start + mine];
    const double share = 1.0 / from->sum;
    node *v = &f->at[self.to];
    look_up(f, v, gone);
    v->ground += (double)self.siemens * from->ground * share;
    for (size_t k = 0; k < from->n; k++) {
        const link other = f->pool[from->start + k];
        if (k == mine)
            continue;
        const place to = f->where[other.to];
        const float g = (float)((double)self.siemens * (double)other.siemens * share);
        if (to.stamp == f->stamp) {
            f->pool[v->start + to.at].siemens += g;
        } else if (is_kept(f, from, self, other, least)) {
            f->n_links += self.to < other.to;
            XBAR_TRY(add_link(f, self.to, other.to, g, err));
        } else {
            v->ground += (double)g;
        }
    }
    return XBAR_OK;
}

static xbar_status eliminate(xbar_incomplete *f, uint32_t k, double least,
                             xbar_error *err)
{
    node *v = &f->at[k];
    v->sum = sum_of(f, v);
    for (size_t l = 0; l < v->n; l++) {
        const link one = f->pool[v->start + l];
        const double g = (double)one.siemens;
        node *to = &f->at[one.to];
        delist(f, one.to);
        to->rest = rest_of(f, to, k) + g * (1.0 - g / v->sum);
    }
    for (size_t l = 0; l < v->n; l++)
        XBAR_TRY(fill_from(f, k, l, least, err));
    for (size_t l = 0; l < v->n; l++)
        enlist(f, f->pool[v->start + l].to);
    return XBAR_OK;
}

/* The columns one behind the other, their nodes by the order of elimination; nothing else
 * is kept. */
static xbar_status gather(xbar_incomplete *f, xbar_error *err)
{
    size_t n = 0;
    for (size_t k = 0; k < f->n_nodes; k++) {
        f->where[f->order[k]].at = (uint32_t)k;
        n += f->at[k].n;
    }
    XBAR_TRY(array_new(&f->column, n, sizeof *f->column, err));
    n = 0;
    for (size_t k = 0; k < f->n_nodes; k++) {
        const node *v = &f->at[f->order[k]];
        /* nothing but this node is left of a part that nothing ties to ground */
        const float inverse = (float)(1.0 / v->sum);
        f->inverse[k] = isfinite(inverse) ? inverse : 0.0f;
        f->column_start[k] = (uint32_t)n;
        for (size_t l = 0; l < v->n; l++) {
            const link one = f->pool[v->start + l];
            f->column[n++] =
                (link){f->where[one.to].at, (float)((double)one.siemens / v->sum)};
        }
    }
    f->column_start[f->n_nodes] = (uint32_t)n;
    free(f->pool);
    free(f->at);
    f->pool = NULL;
    f->at = NULL;
    return XBAR_OK;
}

xbar_status xbar_incomplete_factor(xbar_incomplete *f, double drop, size_t most,
                                   bool *is_small, xbar_error *err)
{
    const double least = drop * drop;
    *is_small = false;
    for (size_t d = 0; d < DEGREES; d++)
        f->first[d] = NONE;
    for (size_t k = f->n_nodes; k-- > 0;)
        enlist(f, (uint32_t)k);
    size_t degree = 0;
    for (size_t k = 0; k < f->n_nodes; k++) {
        /* a neighbour loses one neighbour at most */
        degree = degree > 0 ? degree - 1 : 0;
        while (f->first[degree] == NONE)
            degree++;
        const uint32_t gone = f->first[degree];
        delist(f, gone);
        f->order[k] = gone;
        XBAR_TRY(eliminate(f, gone, least, err));
        if (f->n_links > most)
            return XBAR_OK;
    }
    XBAR_TRY(gather(f, err));
    *is_small = true;
    return XBAR_OK;
}

size_t xbar_incomplete_size(const xbar_incomplete *f)
{
    return f->column_start[f->n_nodes];
}

void xbar_incomplete_solve(xbar_incomplete *f, float *x)
{
    float *const y = f->work;
    for (size_t k = 0; k < f->n_nodes; k++)
        y[k] = x[f->order[k]];
    for (size_t k = 0; k < f->n_nodes; k++) {
        for (size_t l = f->column_start[k]; l < f->column_start[k + 1]; l++)
            y[f->column[l].to] += f->column[l].siemens * y[k];
    }
    for (size_t k = f->n_nodes; k-- > 0;) {
        float sum = y[k] * f->inverse[k];
        for (size_t l = f->column_start[k]; l < f->column_start[k + 1]; l++)
            sum += f->column[l].siemens * y[f->column[l].to];
        y[k] = sum;
    }
    for (size_t k = 0; k < f->n_nodes; k++)
        x[f->order[k]] = y[k];
}
