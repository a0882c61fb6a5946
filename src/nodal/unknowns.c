/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "nodal/unknowns.h"

#include <stdlib.h>
#include <string.h>

#include "core/memory.h"

xbar_status xbar_unknowns_init(xbar_unknowns *u, const xbar_lines *l, xbar_error *err)
{
    const size_t n = l->n_rows * l->n_cols;
    void *memory = NULL;
    *u = (xbar_unknowns){.lines = l, .n = -1};
    xbar_status status =
        xbar_array_new(&memory, 2 * n, sizeof *u->before, "unknowns", err);
    u->before = memory;
    for (int f = 0; status == XBAR_OK && f < XBAR_N_FAMILIES; f++) {
        status = xbar_array_new(&memory, n, sizeof **u->number, "unknowns", err);
        u->number[f] = memory;
    }
    if (status != XBAR_OK)
        xbar_unknowns_clear(u);
    return status;
}

void xbar_unknowns_clear(xbar_unknowns *u)
{
    for (int f = 0; f < XBAR_N_FAMILIES; f++)
        free(u->number[f]);
    free(u->before);
    *u = (xbar_unknowns){.n = -1};
}

static void number_family(xbar_unknowns *u, int family)
{
    const xbar_lines *l = u->lines;
    const xbar_family *f = &l->family[family];
    for (size_t line = 0; line < f->n_lines; line++) {
        size_t present = SIZE_MAX;
        for (size_t k = 0; k < f->n_nodes; k++) {
            size_t p = xbar_lines_piece(f, line, k);
            int64_t *number =
                &u->number[family][line * f->line_stride + k * f->node_stride];
            if (!f->is_live[p] || xbar_lines_is_held(l, family, line, k))
                *number = -1;
            else if (f->is_ideal && p == present)
                *number = u->n - 1;
            else
                *number = u->n++;
            present = p;
        }
    }
}

bool xbar_unknowns_number(xbar_unknowns *u)
{
    const size_t n = u->lines->n_rows * u->lines->n_cols;
    const size_t size = n * sizeof *u->before;
    int64_t before = u->n;
    memcpy(u->before, u->number[XBAR_WORD], size);
    memcpy(u->before + n, u->number[XBAR_BIT], size);
    u->n = 0;
    number_family(u, XBAR_WORD);
    number_family(u, XBAR_BIT);
    return before != u->n || memcmp(u->before, u->number[XBAR_WORD], size) != 0 ||
           memcmp(u->before + n, u->number[XBAR_BIT], size) != 0;
}

static void walk_wires(const xbar_unknowns *u, int family, xbar_each_branch *each,
                       void *with)
{
    const xbar_family *f = &u->lines->family[family];
    for (size_t line = 0; !f->is_ideal && line < f->n_lines; line++)
        for (size_t k = 0; k + 1 < f->n_nodes; k++) {
            size_t at = line * f->line_stride + k * f->node_stride;
            if (!(f->cut && f->cut[at]))
                each(with, u->number[family][at],
                     u->number[family][at + f->node_stride], f->siemens);
        }
}

void xbar_unknowns_walk(const xbar_unknowns *u, const double *didv,
                        xbar_each_branch *each, void *with)
{
    const xbar_lines *l = u->lines;
    walk_wires(u, XBAR_WORD, each, with);
    walk_wires(u, XBAR_BIT, each, with);
    for (size_t k = 0; k < l->n_rows * l->n_cols; k++)
        each(with, u->number[XBAR_WORD][k], u->number[XBAR_BIT][k],
             didv ? didv[k] : 0.0);
    for (int side = 0; side < XBAR_N_SIDES; side++)
        for (size_t line = 0; line < l->family[side / 2].n_lines; line++)
            each(with, u->number[side / 2][xbar_lines_end(l, (xbar_side)side, line)],
                 -1, l->siemens[side][line]);
    for (int f = 0; f < XBAR_N_FAMILIES && l->ground_siemens[f]; f++)
        for (size_t k = 0; k < l->n_rows * l->n_cols; k++)
            each(with, u->number[f][k], -1, l->ground_siemens[f][k]);
}

void xbar_unknowns_gather(const xbar_unknowns *u, double *const r[XBAR_N_FAMILIES],
                          double *b)
{
    const size_t n = u->lines->n_rows * u->lines->n_cols;
    memset(b, 0, (size_t)u->n * sizeof *b);
    for (int f = 0; f < XBAR_N_FAMILIES; f++)
        for (size_t k = 0; k < n; k++)
            if (u->number[f][k] >= 0)
                b[u->number[f][k]] += r[f][k];
}

void xbar_unknowns_scatter(const xbar_unknowns *u, const double *x,
                           double *const e[XBAR_N_FAMILIES])
{
    const size_t n = u->lines->n_rows * u->lines->n_cols;
    for (int f = 0; f < XBAR_N_FAMILIES; f++)
        for (size_t k = 0; k < n; k++)
            e[f][k] = u->number[f][k] >= 0 ? x[u->number[f][k]] : 0.0;
}
