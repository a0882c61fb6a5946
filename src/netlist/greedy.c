/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Minimum degree on a quotient graph. An eliminated node becomes an element, whose list
 * holds the nodes that it made neighbours of each other; a node knows its elements, and
 * those of its original neighbours that no element covers yet. Nodes with the same
 * neighbourhood are merged into one supervariable and leave together: after one of them
 * has gone the others have the least degree there is, so this is still greedy. */
#include <stdlib.h>
#include <string.h>

#include "core/memory.h"
#include "netlist/order.h"

#define NONE UINT32_MAX

/* A growing list of indices. */
typedef struct list {
    uint32_t *at;
    uint32_t n, room;
} list;

typedef struct graph {
    size_t n;
    list *near;       /* of a node: neighbours that no element covers */
    list *elements;   /* of a node: its elements */
    list *members;    /* of an element: its nodes */
    uint32_t *weight; /* nodes merged into this one, itself included; 0: gone */
    uint32_t *next;   /* the one merged behind it, NONE: none */
    uint32_t *last;   /* end of that chain */
    uint32_t *degree;
    uint32_t *mark, stamp;   /* node k is marked when mark[k] == stamp */
    uint32_t *outside;       /* of an element: weight of its nodes outside the newest */
    uint32_t *outside_stamp; /* valid when == stamp of the newest */
    const uint32_t *rank;
    uint32_t *heap, *place; /* by (degree, rank, index); place[k] NONE: not in it */
    size_t n_heap;
    bool out_of_memory;
} graph;

static void list_add(graph *g, list *l, uint32_t value)
{
    if (l->n == l->room) {
        uint32_t room = l->room > 0 ? 2 * l->room : 4;
        uint32_t *at = realloc(l->at, room * sizeof *at);
        if (!at) {
            g->out_of_memory = true;
            return;
        }
        l->at = at;
        l->room = room;
    }
    l->at[l->n++] = value;
}

static void list_clear(list *l)
{
    free(l->at);
    *l = (list){0};
}

/* ---- the heap ------------------------------------------------------------------------ */

static bool before(const graph *g, uint32_t a, uint32_t b)
{
    if (g->degree[a] != g->degree[b])
        return g->degree[a] < g->degree[b];
    if (g->rank[a] != g->rank[b])
        return g->rank[a] < g->rank[b];
    return a < b;
}

static void heap_put(graph *g, size_t at, uint32_t node)
{
    g->heap[at] = node;
    g->place[node] = (uint32_t)at;
}

static void heap_up(graph *g, size_t at)
{
    uint32_t node = g->heap[at];
    for (; at > 0 && before(g, node, g->heap[(at - 1) / 2]); at = (at - 1) / 2)
        heap_put(g, at, g->heap[(at - 1) / 2]);
    heap_put(g, at, node);
}

static void heap_down(graph *g, size_t at)
{
    uint32_t node = g->heap[at];
    for (;;) {
        size_t child = 2 * at + 1;
        if (child >= g->n_heap)
            break;
        if (child + 1 < g->n_heap && before(g, g->heap[child + 1], g->heap[child]))
            child++;
        if (!before(g, g->heap[child], node))
            break;
        heap_put(g, at, g->heap[child]);
        at = child;
    }
    heap_put(g, at, node);
}

static void heap_remove(graph *g, uint32_t node)
{
    size_t at = g->place[node];
    g->place[node] = NONE;
    g->n_heap--;
    if (at == g->n_heap)
        return;
    uint32_t moved = g->heap[g->n_heap];
    heap_put(g, at, moved);
    heap_up(g, at);
    heap_down(g, g->place[moved]);
}

static void set_degree(graph *g, uint32_t node, uint32_t degree)
{
    uint32_t old = g->degree[node];
    g->degree[node] = degree;
    if (degree < old)
        heap_up(g, g->place[node]);
    else
        heap_down(g, g->place[node]);
}

/* ---- one elimination ----------------------------------------------------------------- */

/* The new element's nodes: all that p sees. Its elements are absorbed. Marks them. */
static void form_element(graph *g, uint32_t p)
{
    list *members = &g->members[p];
    g->stamp++;
    g->mark[p] = g->stamp;
    for (uint32_t k = 0; k < g->near[p].n; k++) {
        uint32_t i = g->near[p].at[k];
        if (g->weight[i] > 0 && g->mark[i] != g->stamp) {
            g->mark[i] = g->stamp;
            list_add(g, members, i);
        }
    }
    for (uint32_t k = 0; k < g->elements[p].n; k++) {
        list *absorbed = &g->members[g->elements[p].at[k]];
        for (uint32_t m = 0; m < absorbed->n; m++) {
            uint32_t i = absorbed->at[m];
            if (g->weight[i] > 0 && g->mark[i] != g->stamp) {
                g->mark[i] = g->stamp;
                list_add(g, members, i);
            }
        }
        list_clear(absorbed);
    }
    list_clear(&g->near[p]);
    list_clear(&g->elements[p]);
}

/* Node i of the new element p: drops what p covers, and what was absorbed. */
static void prune(graph *g, uint32_t p, uint32_t i)
{
    list *near = &g->near[i];
    uint32_t kept = 0;
    for (uint32_t k = 0; k < near->n; k++) {
        uint32_t j = near->at[k];
        if (g->weight[j] > 0 && g->mark[j] != g->stamp)
            near->at[kept++] = j;
    }
    near->n = kept;

    list *elements = &g->elements[i];
    kept = 0;
    for (uint32_t k = 0; k < elements->n; k++)
        if (g->members[elements->at[k]].n > 0)
            elements->at[kept++] = elements->at[k];
    elements->n = kept;
    list_add(g, elements, p);
}

/* For every other element that a node of p belongs to: the weight of its nodes that are
 * not in p. */
static void weigh_outsides(graph *g, uint32_t p)
{
    const list *members = &g->members[p];
    for (uint32_t m = 0; m < members->n; m++) {
        uint32_t i = members->at[m];
        for (uint32_t k = 0; k < g->elements[i].n; k++) {
            uint32_t e = g->elements[i].at[k];
            if (e == p)
                continue;
            if (g->outside_stamp[e] != g->stamp) {
                g->outside_stamp[e] = g->stamp;
                g->outside[e] = 0;
                list *l = &g->members[e];
                uint32_t kept = 0;
                for (uint32_t q = 0; q < l->n; q++)
                    if (g->weight[l->at[q]] > 0) {
                        l->at[kept++] = l->at[q];
                        g->outside[e] += g->weight[l->at[q]];
                    }
                l->n = kept;
            }
            g->outside[e] -= g->weight[i];
        }
    }
}

static uint32_t union_outside(graph *g, uint32_t p, uint32_t i, uint32_t *seen,
                              uint32_t seen_stamp)
{
    uint32_t weight = 0;
    for (uint32_t k = 0; k < g->near[i].n; k++) {
        uint32_t j = g->near[i].at[k];
        seen[j] = seen_stamp;
        weight += g->weight[j];
    }
    for (uint32_t k = 0; k < g->elements[i].n; k++) {
        uint32_t e = g->elements[i].at[k];
        if (e == p || g->outside[e] == 0)
            continue;
        const list *l = &g->members[e];
        for (uint32_t m = 0; m < l->n; m++) {
            uint32_t j = l->at[m];
            if (g->weight[j] == 0 || g->mark[j] == g->stamp || seen[j] == seen_stamp)
                continue;
            seen[j] = seen_stamp;
            weight += g->weight[j];
        }
    }
    return weight;
}

/* Weight of all neighbours of i outside p. With one other element and nothing else it is
 * known already; else the union is counted. */
static uint32_t count_outside(graph *g, uint32_t p, uint32_t i, uint32_t *seen,
                              uint32_t *seen_stamp)
{
    uint32_t other = NONE;
    size_t n_others = 0;
    for (uint32_t k = 0; k < g->elements[i].n; k++) {
        uint32_t e = g->elements[i].at[k];
        if (e != p && g->outside[e] > 0) {
            other = e;
            n_others++;
        }
    }
    if (g->near[i].n == 0 && n_others <= 1)
        return n_others == 1 ? g->outside[other] : 0;
    return union_outside(g, p, i, seen, ++*seen_stamp);
}

static int compare_indices(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a;
    uint32_t y = *(const uint32_t *)b;
    return x < y ? -1 : x > y;
}

static bool same_list(const list *a, const list *b)
{
    return a->n == b->n && memcmp(a->at, b->at, a->n * sizeof *a->at) == 0;
}

/* A node of the new element with a number that equal neighbourhoods share. */
typedef struct twin {
    uint32_t sum, node;
} twin;

static int compare_twins(const void *a, const void *b)
{
    const twin *x = a;
    const twin *y = b;
    if (x->sum != y->sum)
        return x->sum < y->sum ? -1 : 1;
    return x->node < y->node ? -1 : x->node > y->node;
}

static void merge(graph *g, uint32_t into, uint32_t gone)
{
    g->weight[into] += g->weight[gone];
    g->weight[gone] = 0;
    g->next[g->last[into]] = gone;
    g->last[into] = g->last[gone];
    heap_remove(g, gone);
    list_clear(&g->near[gone]);
    list_clear(&g->elements[gone]);
}

/* Nodes of p that see the same elements and the same other nodes become one. */
static void merge_twins(graph *g, uint32_t p, twin *twins)
{
    list *members = &g->members[p];
    for (uint32_t m = 0; m < members->n; m++) {
        uint32_t i = members->at[m];
        qsort(g->near[i].at, g->near[i].n, sizeof(uint32_t), compare_indices);
        qsort(g->elements[i].at, g->elements[i].n, sizeof(uint32_t), compare_indices);
        uint32_t sum = 0;
        for (uint32_t k = 0; k < g->near[i].n; k++)
            sum += g->near[i].at[k] * 2654435761u;
        for (uint32_t k = 0; k < g->elements[i].n; k++)
            sum += g->elements[i].at[k] * 2246822519u;
        twins[m] = (twin){sum, i};
    }
    qsort(twins, members->n, sizeof *twins, compare_twins);
    for (uint32_t m = 0; m < members->n; m++) {
        uint32_t i = twins[m].node;
        for (uint32_t k = m + 1; k < members->n && twins[k].sum == twins[m].sum; k++) {
            uint32_t j = twins[k].node;
            if (g->weight[i] > 0 && g->weight[j] > 0 &&
                same_list(&g->near[i], &g->near[j]) &&
                same_list(&g->elements[i], &g->elements[j]))
                merge(g, i, j);
        }
    }
    uint32_t kept = 0;
    for (uint32_t m = 0; m < members->n; m++)
        if (g->weight[members->at[m]] > 0)
            members->at[kept++] = members->at[m];
    members->n = kept;
}

static void eliminate(graph *g, uint32_t p, uint32_t *seen, uint32_t *seen_stamp,
                      twin *twins)
{
    heap_remove(g, p);
    form_element(g, p);
    g->weight[p] = 0;
    list *members = &g->members[p];
    for (uint32_t m = 0; m < members->n; m++)
        prune(g, p, members->at[m]);
    merge_twins(g, p, twins);

    uint32_t inside = 0;
    for (uint32_t m = 0; m < members->n; m++)
        inside += g->weight[members->at[m]];
    weigh_outsides(g, p);
    for (uint32_t m = 0; m < members->n; m++) {
        uint32_t i = members->at[m];
        uint32_t outside = count_outside(g, p, i, seen, seen_stamp);
        /* the degree that the first of the merged nodes has */
        set_degree(g, i, inside + outside - 1);
    }
}

/* ---- the whole ----------------------------------------------------------------------- */

static void graph_clear(graph *g)
{
    for (size_t k = 0; k < g->n; k++) {
        if (g->near)
            free(g->near[k].at);
        if (g->elements)
            free(g->elements[k].at);
        if (g->members)
            free(g->members[k].at);
    }
    free(g->near);
    free(g->elements);
    free(g->members);
    uint32_t *const arrays[] = {g->weight,        g->next, g->last,
                                g->degree,        g->mark, g->outside,
                                g->outside_stamp, g->heap, g->place};
    for (size_t k = 0; k < sizeof arrays / sizeof *arrays; k++)
        free(arrays[k]);
}

static xbar_status graph_new(graph *g, size_t n, const uint32_t *start,
                             const uint32_t *edge, const uint32_t *rank,
                             xbar_error *err)
{
    *g = (graph){.n = n, .rank = rank};
    uint32_t **const arrays[] = {&g->weight,        &g->next, &g->last,
                                 &g->degree,        &g->mark, &g->outside,
                                 &g->outside_stamp, &g->heap, &g->place};
    list **const lists[] = {&g->near, &g->elements, &g->members};
    for (size_t k = 0; k < sizeof arrays / sizeof *arrays; k++) {
        void *memory = NULL;
        XBAR_TRY(xbar_array_new(&memory, n, sizeof(uint32_t), "node order", err));
        *arrays[k] = memory;
    }
    for (size_t k = 0; k < sizeof lists / sizeof *lists; k++) {
        void *memory = NULL;
        XBAR_TRY(xbar_array_new(&memory, n, sizeof(list), "node order", err));
        *lists[k] = memory;
    }
    for (size_t k = 0; k < n; k++) {
        g->weight[k] = 1;
        g->next[k] = NONE;
        g->last[k] = (uint32_t)k;
        g->degree[k] = start[k + 1] - start[k];
        for (uint32_t at = start[k]; at < start[k + 1]; at++)
            list_add(g, &g->near[k], edge[at]);
        heap_put(g, g->n_heap++, (uint32_t)k);
        heap_up(g, g->n_heap - 1);
    }
    return XBAR_OK;
}

xbar_status xbar_order_greedy(uint32_t **order, uint64_t *products, size_t n,
                              const uint32_t *start, const uint32_t *edge,
                              const uint32_t *rank, xbar_error *err)
{
    graph g;
    void *out = NULL;
    void *seen = NULL;
    void *twins = NULL;
    *order = NULL;
    xbar_status status = graph_new(&g, n, start, edge, rank, err);
    if (status == XBAR_OK)
        status = xbar_array_new(&out, n, sizeof(uint32_t), "node order", err);
    if (status == XBAR_OK)
        status = xbar_array_new(&seen, n, sizeof(uint32_t), "node order", err);
    if (status == XBAR_OK)
        status = xbar_array_new(&twins, n, sizeof(twin), "node order", err);
    if (status != XBAR_OK)
        goto done;

    uint32_t seen_stamp = 0;
    size_t n_out = 0;
    *products = 0;
    while (g.n_heap > 0 && !g.out_of_memory) {
        uint32_t p = g.heap[0];
        uint64_t degree = g.degree[p]; /* of those merged behind it one less each */
        for (uint32_t k = p; k != NONE; k = g.next[k], degree--) {
            ((uint32_t *)out)[n_out++] = k;
            *products += degree * degree;
        }
        eliminate(&g, p, seen, &seen_stamp, twins);
    }
    if (g.out_of_memory) {
        status = xbar_fail(err, XBAR_ERR_MEMORY, "no memory for the node order");
        goto done;
    }
    *order = out;
    out = NULL;
done:
    free(out);
    free(seen);
    free(twins);
    graph_clear(&g);
    return status;
}
