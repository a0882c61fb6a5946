/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "nodal/lines.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/memory.h"
#include "nodal/room.h"
#include "nodal/tiles.h"

static bool cut_behind(const xbar_family *f, size_t line, size_t k)
{
    return f->cut && f->cut[line * f->line_stride + k * f->node_stride];
}

static size_t count_pieces(const xbar_family *f)
{
    size_t n = f->n_lines;
    for (size_t line = 0; f->cut && line < f->n_lines; line++)
        for (size_t k = 0; k + 1 < f->n_nodes; k++)
            n += cut_behind(f, line, k);
    return n;
}

static xbar_status number_pieces(xbar_family *f, xbar_error *err)
{
    void *memory = NULL;
    XBAR_TRY(xbar_array_new(&memory, f->n_lines * f->n_nodes, sizeof *f->piece,
                            "pieces of lines", err));
    f->piece = memory;
    XBAR_TRY(xbar_array_new(&memory, f->n_lines + 1, sizeof *f->first_piece,
                            "pieces of lines", err));
    f->first_piece = memory;
    uint32_t n = 0;
    for (size_t line = 0; line < f->n_lines; line++) {
        f->first_piece[line] = n;
        for (size_t k = 0; k < f->n_nodes; k++) {
            f->piece[line * f->line_stride + k * f->node_stride] = n;
            n += cut_behind(f, line, k);
        }
        n++;
    }
    f->first_piece[f->n_lines] = n;
    return XBAR_OK;
}

static xbar_status family_init(xbar_family *f, double ohm, xbar_error *err)
{
    f->is_ideal = ohm == 0.0 || f->n_nodes == 1;
    f->siemens = f->is_ideal ? 0.0 : 1.0 / ohm;
    f->n_pieces = count_pieces(f);
    if (f->n_pieces > f->n_lines)
        XBAR_TRY(number_pieces(f, err));
    else
        f->cut = NULL;
    f->all_live = true;
    void *memory = NULL;
    XBAR_TRY(xbar_array_new(&memory, f->n_pieces, 1, "pieces of lines", err));
    f->is_live = memory;
    memset(f->is_live, 1, f->n_pieces);
    XBAR_TRY(xbar_array_new(&memory, f->n_pieces, 1, "pieces of lines", err));
    f->is_held = memory;
    return XBAR_OK;
}

static xbar_status sides_init(xbar_lines *l, const xbar_crossbar *c, xbar_error *err)
{
    for (int side = 0; side < XBAR_N_SIDES; side++) {
        size_t n = xbar_side_lines(c, (xbar_side)side);
        void *memory = NULL;
        XBAR_TRY(xbar_array_new(&memory, n, 1, "terminals", err));
        l->is_open[side] = memory;
        memset(memory, 1, n);
        XBAR_TRY(xbar_array_new(&memory, n, 1, "terminals", err));
        l->is_held[side] = memory;
        XBAR_TRY(xbar_array_new(&memory, n, 1, "terminals", err));
        l->is_soft[side] = memory;
        XBAR_TRY(xbar_aligned_doubles_new(&l->siemens[side],
                                          (n + XBAR_TILE - 1) / XBAR_TILE * XBAR_TILE,
                                          "terminals", err));
    }
    return XBAR_OK;
}

xbar_status xbar_lines_init(xbar_lines *l, const xbar_crossbar *c, xbar_error *err)
{
    *l = (xbar_lines){
        .n_rows = c->n_rows,
        .n_cols = c->n_cols,
        .family = {[XBAR_WORD] = {.n_lines = c->n_rows,
                                  .n_nodes = c->n_cols,
                                  .line_stride = c->n_cols,
                                  .node_stride = 1,
                                  .cut = c->row_cut},
                   [XBAR_BIT] = {.n_lines = c->n_cols,
                                 .n_nodes = c->n_rows,
                                 .line_stride = 1,
                                 .node_stride = c->n_cols,
                                 .cut = c->col_cut}},
    };
    xbar_status status = family_init(&l->family[XBAR_WORD], c->row_ohm, err);
    if (status == XBAR_OK)
        status = family_init(&l->family[XBAR_BIT], c->col_ohm, err);
    if (status == XBAR_OK)
        status = sides_init(l, c, err);
    if (status != XBAR_OK)
        xbar_lines_clear(l);
    return status;
}

void xbar_lines_clear(xbar_lines *l)
{
    for (int f = 0; f < XBAR_N_FAMILIES; f++) {
        free(l->family[f].piece);
        free(l->family[f].first_piece);
        free(l->family[f].is_live);
        free(l->family[f].is_held);
    }
    for (int side = 0; side < XBAR_N_SIDES; side++) {
        free(l->is_open[side]);
        free(l->is_held[side]);
        free(l->is_soft[side]);
        free(l->siemens[side]);
    }
    *l = (xbar_lines){0};
}

bool xbar_lines_opens(const xbar_crossbar *c, const xbar_stimulus *s, xbar_side side,
                      size_t line)
{
    return isnan(s->volt[side][line]) || isnan(c->terminal_ohm[side][line]);
}

/* Notes one terminal. */
static void connect(xbar_lines *l, const xbar_crossbar *c, xbar_side side, size_t line,
                    bool is_open)
{
    xbar_family *f = &l->family[side / 2];
    double ohm = c->terminal_ohm[side][line];
    l->is_soft[side][line] = !is_open && ohm == 0.0 && l->soft_ohm > 0.0;
    if (!is_open && ohm == 0.0)
        l->has_rigid = true;
    if (l->is_soft[side][line])
        ohm = l->soft_ohm;
    bool is_held = !is_open && ohm == 0.0;
    l->is_open[side][line] = is_open;
    l->is_held[side][line] = is_held;
    l->siemens[side][line] = is_open || is_held ? 0.0 : 1.0 / ohm;
    if (is_held && f->is_ideal)
        f->is_held[xbar_lines_end_piece(l, side, line)] = 1;
}

bool xbar_lines_connect(xbar_lines *l, const xbar_crossbar *c, const xbar_stimulus *s,
                        double soft_ohm)
{
    bool changed = l->soft_ohm != soft_ohm;
    for (int side = 0; side < XBAR_N_SIDES && !changed; side++)
        for (size_t k = 0; k < xbar_side_lines(c, (xbar_side)side) && !changed; k++)
            changed = l->is_open[side][k] != xbar_lines_opens(c, s, (xbar_side)side, k);
    if (!changed)
        return false;
    l->soft_ohm = soft_ohm;
    l->has_rigid = false;
    for (int f = 0; f < XBAR_N_FAMILIES; f++)
        memset(l->family[f].is_held, 0, l->family[f].n_pieces);
    for (int side = 0; side < XBAR_N_SIDES; side++)
        for (size_t k = 0; k < xbar_side_lines(c, (xbar_side)side); k++)
            connect(l, c, (xbar_side)side, k,
                    xbar_lines_opens(c, s, (xbar_side)side, k));
    return true;
}
