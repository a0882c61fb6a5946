/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "nodal/batch.h"

#include <stdlib.h>
#include <string.h>

#include "core/memory.h"
#include "nodal/coarse.h"
#include "nodal/room.h"

void xbar_batch_free(xbar_batch *b)
{
    if (!b)
        return;
    float *const arrays[] = {
        b->w,        b->ru,     b->rw,       b->u[0],     b->u[1],     b->v[0],
        b->v[1],     b->ref[0], b->ref[1],   b->work[0],  b->work[1],  b->carry[0],
        b->carry[1], b->kept_u, b->given[0], b->given[1], b->node,     b->mode[0],
        b->mode[1],  b->hat[0], b->hat[1],   b->slope[0], b->slope[1], b->base,
        b->rest[0],  b->rest[1]};
    for (size_t k = 0; k < sizeof arrays / sizeof *arrays; k++)
        free(arrays[k]);
    free(b->wide[0]);
    free(b->wide[1]);
    free(b->v_row);
    free(b->v_col);
    free(b->i_first);
    for (int side = 0; side < 4; side++) {
        free(b->inject[side]);
        free(b->into[side]);
    }
    free(b);
}

static xbar_status make_room(xbar_batch *b, xbar_error *err)
{
    const xbar_tiles *t = b->t;
    const xbar_axis *x = &t->coarse->x, *y = &t->coarse->y;
    const char *what = "sixteen inputs";
    size_t rows = t->n_rows * XBAR_LANES, cols = t->n_cols * XBAR_LANES;
    size_t cells = t->n_rows * cols;
    size_t nodes = (y->n_nodes + 1) * (x->n_nodes + 1) * XBAR_LANES;
    XBAR_TRY(xbar_floats_new(&b->w, cells, what, err));
    XBAR_TRY(xbar_floats_new(&b->ru, cells, what, err));
    XBAR_TRY(xbar_floats_new(&b->rw, cells, what, err));
    XBAR_TRY(xbar_floats_new(&b->kept_u, x->n_nodes * rows, what, err));
    XBAR_TRY(xbar_floats_new(&b->node, nodes, what, err));
    XBAR_TRY(xbar_floats_new(&b->base, (t->n_rows / XBAR_TILE + 4) * cols, what, err));
    XBAR_TRY(xbar_aligned_doubles_new(&b->v_row, rows, what, err));
    XBAR_TRY(xbar_aligned_doubles_new(&b->v_col, cols, what, err));
    XBAR_TRY(xbar_aligned_doubles_new(&b->i_first, 2 * cols, what, err));
    for (int k = 0; k < 2; k++) {
        XBAR_TRY(xbar_floats_new(&b->u[k], cells, what, err));
        XBAR_TRY(xbar_floats_new(&b->v[k], cells, what, err));
        XBAR_TRY(xbar_floats_new(&b->ref[k], k == 0 ? rows : cols, what, err));
        XBAR_TRY(xbar_floats_new(&b->work[k], t->width * XBAR_LANES, what, err));
        XBAR_TRY(xbar_floats_new(&b->carry[k], cols, what, err));
        XBAR_TRY(xbar_floats_new(&b->rest[k], cols, what, err));
        XBAR_TRY(xbar_floats_new(&b->given[k], nodes, what, err));
        XBAR_TRY(xbar_floats_new(&b->mode[k], nodes, what, err));
        XBAR_TRY(xbar_floats_new(&b->hat[k], 2 * cols, what, err));
        XBAR_TRY(xbar_aligned_doubles_new(&b->wide[k], 3 * cols / 2, what, err));
        XBAR_TRY(
            xbar_floats_new(&b->slope[k], (x->n_nodes + 1) * XBAR_LANES, what, err));
    }
    for (int side = 0; side < 4; side++) {
        size_t n = side < 2 ? rows : cols;
        XBAR_TRY(xbar_aligned_doubles_new(&b->inject[side], n, what, err));
        XBAR_TRY(xbar_floats_new(&b->into[side], n, what, err));
    }
    return XBAR_OK;
}

xbar_status xbar_batch_new(xbar_batch **out, const xbar_tiles *t, xbar_error *err)
{
    *out = NULL;
    float *memory = NULL; /* lanes within are loaded as vectors */
    XBAR_TRY(xbar_floats_new(&memory, sizeof(xbar_batch) / sizeof(float) + 1,
                             "sixteen inputs", err));
    xbar_batch *b = (xbar_batch *)(void *)memory;
    b->t = t;
    xbar_status status = make_room(b, err);
    if (status != XBAR_OK) {
        xbar_batch_free(b);
        return status;
    }
    *out = b;
    return XBAR_OK;
}

static void inward_half(void *with, int half)
{
    xbar_batch *b = with;
    b->t->kernel->batch_inward(b, half);
}

static void outward_half(void *with, int half)
{
    xbar_batch *b = with;
    b->t->kernel->batch_outward(b, half);
}

static void finish_half(void *with, int half)
{
    xbar_batch *b = with;
    b->t->kernel->batch_finish(b, half);
}

static void look_half(void *with, int half)
{
    xbar_batch *b = with;
    b->t->kernel->batch_look(b, half);
}

void xbar_batch_cycles(xbar_batch *b, xbar_pair *pair, size_t n)
{
    b->from_zero = true;
    for (size_t k = 0; k < n; k++) {
        xbar_pair_run(pair, inward_half, b);
        b->t->kernel->batch_middle(b);
        b->is_fine = !b->t->is_steep && k + 1 == n;
        xbar_pair_run(pair, outward_half, b);
        b->t->kernel->batch_smooth(b);
        b->from_zero = false;
    }
    xbar_pair_run(pair, finish_half, b);
    b->is_first = b->fresh;
    b->fresh = b->is_fine = false;
}

void xbar_batch_look(xbar_batch *b, xbar_pair *pair)
{
    xbar_pair_run(pair, look_half, b);
}
