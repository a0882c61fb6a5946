/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "netlist/sequence.h"

#include <stdlib.h>

#include "core/memory.h"

typedef struct list {
    xbar_branch *branches;
    size_t n;
} list;

static void note(list *l, const xbar_scribe *w, unsigned kind, size_t cell, uint32_t a,
                 uint32_t b)
{
    xbar_branch *branch = &l->branches[l->n++];
    *branch = (xbar_branch){.kind = kind, .cell = cell};
    if (!w->place)
        return;
    branch->late = w->place[w->place[a] > w->place[b] ? a : b];
    branch->early = w->place[w->place[a] > w->place[b] ? b : a];
}

static void note_wires(list *l, const xbar_scribe *w, unsigned kind)
{
    const bool rows = kind == XBAR_WORD_WIRES;
    const uint32_t *plane = rows ? w->net->word_node : w->net->bit_node;
    const size_t n_cols = w->c->n_cols;
    for (size_t i = 0; i < w->c->n_rows; i++)
        for (size_t j = 0; j < n_cols; j++) {
            const size_t k = i * n_cols + j;
            if (rows ? xbar_network_row_wire(w->c, i, j)
                     : xbar_network_col_wire(w->c, i, j))
                if (w->net->nodes[plane[k]].live)
                    note(l, w, kind, k, plane[k], plane[rows ? k + 1 : k + n_cols]);
        }
}

static void note_cells(list *l, const xbar_scribe *w)
{
    for (size_t i = 0; i < w->c->n_rows; i++)
        for (size_t j = 0; j < w->c->n_cols; j++) {
            const size_t k = i * w->c->n_cols + j;
            if (xbar_scribe_has_cell(w, i, j))
                note(l, w, XBAR_CELLS, k, w->net->word_node[k], w->net->bit_node[k]);
        }
}

static int by_place(const void *a, const void *b)
{
    const xbar_branch *p = a;
    const xbar_branch *q = b;
    if (p->late != q->late)
        return p->late < q->late ? -1 : 1;
    if (p->early != q->early)
        return p->early < q->early ? -1 : 1;
    if (p->kind != q->kind)
        return p->kind < q->kind ? -1 : 1;
    return p->cell < q->cell ? -1 : p->cell > q->cell;
}

xbar_status xbar_scribe_branches(xbar_branch **branches, size_t *n,
                                 const xbar_scribe *w, unsigned kinds, xbar_error *err)
{
    const size_t n_kinds = (kinds & XBAR_WORD_WIRES ? 1U : 0U) +
                           (kinds & XBAR_BIT_WIRES ? 1U : 0U) +
                           (kinds & XBAR_CELLS ? 1U : 0U);
    void *memory = NULL;
    list l = {0};
    *branches = NULL;
    *n = 0;
    XBAR_TRY(xbar_array_new(&memory, w->c->n_rows * w->c->n_cols,
                            n_kinds * sizeof *l.branches, "a netlist's lines", err));
    l.branches = memory;
    if (kinds & XBAR_WORD_WIRES)
        note_wires(&l, w, XBAR_WORD_WIRES);
    if (kinds & XBAR_BIT_WIRES)
        note_wires(&l, w, XBAR_BIT_WIRES);
    if (kinds & XBAR_CELLS)
        note_cells(&l, w);
    if (w->place)
        qsort(l.branches, l.n, sizeof *l.branches, by_place);
    *branches = l.branches;
    *n = l.n;
    return XBAR_OK;
}
