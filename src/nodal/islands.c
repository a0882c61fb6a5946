/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Union-find over pieces of lines and one element more that stands for all sources. */
#include "nodal/islands.h"

#include <stdlib.h>

#include "core/memory.h"

typedef struct islands {
    uint32_t *parent;
    size_t n; /* sets left */
} islands;

static uint32_t find(const islands *s, uint32_t k)
{
    while (s->parent[k] != k) {
        s->parent[k] = s->parent[s->parent[k]]; /* halve the path */
        k = s->parent[k];
    }
    return k;
}

static void join(islands *s, uint32_t a, uint32_t b)
{
    a = find(s, a);
    b = find(s, b);
    if (a == b)
        return;
    s->parent[a] = b;
    s->n--;
}

static void join_terminals(islands *s, const xbar_lines *l, uint32_t source)
{
    for (int side = 0; side < XBAR_N_SIDES; side++) {
        const xbar_family *f = &l->family[side / 2];
        size_t first = side / 2 == XBAR_WORD ? 0 : l->family[XBAR_WORD].n_pieces;
        for (size_t line = 0; line < f->n_lines; line++)
            if (!l->is_open[side][line])
                join(s,
                     (uint32_t)(first + xbar_lines_end_piece(l, (xbar_side)side, line)),
                     source);
    }
}

static void join_cells(islands *s, const xbar_lines *l, const double *state)
{
    const xbar_family *word = &l->family[XBAR_WORD];
    const xbar_family *bit = &l->family[XBAR_BIT];
    for (size_t i = 0; i < l->n_rows; i++)
        for (size_t j = 0; j < l->n_cols; j++) {
            if (s->n == 1)
                return;
            if (state[i * l->n_cols + j] > 0.0)
                join(s, (uint32_t)xbar_lines_piece(word, i, j),
                     (uint32_t)(word->n_pieces + xbar_lines_piece(bit, j, i)));
        }
}

xbar_status xbar_islands_find(xbar_lines *l, const double *state, bool *changed,
                              xbar_error *err)
{
    const size_t n_word = l->family[XBAR_WORD].n_pieces;
    const uint32_t source = (uint32_t)(n_word + l->family[XBAR_BIT].n_pieces);
    void *memory = NULL;
    XBAR_TRY(
        xbar_array_new(&memory, (size_t)source + 1, sizeof(uint32_t), "islands", err));
    islands s = {memory, (size_t)source + 1};
    for (uint32_t k = 0; k <= source; k++)
        s.parent[k] = k;
    join_terminals(&s, l, source);
    join_cells(&s, l, state);

    *changed = false;
    for (int f = 0; f < XBAR_N_FAMILIES; f++) {
        xbar_family *family = &l->family[f];
        family->all_live = true;
        for (size_t p = 0; p < family->n_pieces; p++) {
            uint32_t k = (uint32_t)(p + (f == XBAR_WORD ? 0 : n_word));
            uint8_t is_live = s.n == 1 || find(&s, k) == find(&s, source);
            *changed = *changed || is_live != family->is_live[p];
            family->is_live[p] = is_live;
            family->all_live = family->all_live && is_live;
        }
    }
    free(s.parent);
    return XBAR_OK;
}
