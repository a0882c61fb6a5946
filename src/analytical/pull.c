/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "analytical/pull.h"

#include <stdlib.h>

#include "analytical/floats.h"
#include "analytical/wide.h"
#include "core/memory.h"

/* Of a row and block, from either end of the word line. */
typedef struct way {
    float *in;      /* 1: mean over the block of 1 V at the last node before it */
    float *through; /* 1: what of that arrives at the block's last node */
    float *source;  /* 1: V at its last node per volt of e in it */
} way;

struct xbar_pull {
    size_t n_rows, n_cols, block, n_blocks;
    size_t stride; /* rows of a plane, padded */
    way way[XBAR_N_ENDS];
    float *own; /* 1, [n_blocks][stride]: mean over the block per volt of e in it */
};

void xbar_pull_free(xbar_pull *p)
{
    if (!p)
        return;
    for (int end = 0; end < XBAR_N_ENDS; end++) {
        free(p->way[end].in);
        free(p->way[end].through);
        free(p->way[end].source);
    }
    free(p->own);
    free(p);
}

static xbar_status make_room(xbar_pull *p, xbar_error *err)
{
    const size_t n = p->n_blocks * p->stride;
    for (int end = 0; end < XBAR_N_ENDS; end++) {
        XBAR_TRY(xbar_floats_new(&p->way[end].in, n, "lines", err));
        XBAR_TRY(xbar_floats_new(&p->way[end].through, n, "lines", err));
        XBAR_TRY(xbar_floats_new(&p->way[end].source, n, "lines", err));
    }
    return xbar_floats_new(&p->own, n, "lines", err);
}

xbar_status xbar_pull_new(xbar_pull **out, size_t n_rows, size_t n_cols, size_t block,
                          size_t n_blocks, xbar_error *err)
{
    *out = NULL;
    void *memory = NULL;
    XBAR_TRY(xbar_array_new(&memory, 1, sizeof(xbar_pull), "lines", err));
    xbar_pull *p = memory;
    p->n_rows = n_rows;
    p->stride = xbar_padded(n_rows);
    p->n_cols = n_cols;
    p->block = block;
    p->n_blocks = n_blocks;
    xbar_status status = make_room(p, err);
    if (status != XBAR_OK) {
        xbar_pull_free(p);
        return status;
    }
    *out = p;
    return XBAR_OK;
}

/* A block as it is met from the end `from`: n nodes, the first of which is `first`, the
 * next `step` from it. A source counts at its own node from the first end alone.
 * @return the sum over the nodes of what the block's own sources put there */
static double walk(xbar_pull *p, int from, size_t place, const double *g,
                   const xbar_dressed *rows, size_t first, long step, size_t n,
                   bool at_end)
{
    const double *ratio = rows->ratio[from];
    way *w = &p->way[from];
    double passed = at_end ? 0.0 : 1.0; /* of 1 V before the block */
    double sum_passed = 0.0;
    double v = 0.0;
    double sum = 0.0;
    for (size_t l = 0; l < n; l++) {
        const size_t k = first + (size_t)((long)l * step);
        const double down = at_end && l == 0 ? 0.0 : ratio[k];
        const double source =
            g[k] * rows->ohm[k] / (1.0 + rows->ohm[k] * rows->load[k]);
        passed *= down;
        sum_passed += passed;
        v *= down;
        sum += from == XBAR_FIRST ? v + source : v;
        v += source;
    }
    w->in[place] = (float)(sum_passed / (double)n);
    w->through[place] = (float)passed;
    w->source[place] = (float)v;
    return sum;
}

void xbar_pull_prepare(xbar_pull *p, const double *g, const xbar_dressed *rows)
{
    for (size_t i = 0; i < p->n_rows; i++)
        for (size_t b = 0; b < p->n_blocks; b++) {
            const size_t begin = b * p->block;
            const size_t end = b + 1 < p->n_blocks ? begin + p->block : p->n_cols;
            const size_t place = b * p->stride + i;
            const size_t at = i * p->n_cols;
            double sum = walk(p, XBAR_FIRST, place, g, rows, at + begin, 1, end - begin,
                              begin == 0);
            sum += walk(p, XBAR_LAST, place, g, rows, at + end - 1, -1, end - begin,
                        end == p->n_cols);
            p->own[place] = (float)(sum / (double)(end - begin));
        }
}

/* Sixteen rows, their blocks from the left, then from the right. */
XBAR_WIDE
static void pass_rows(const xbar_pull *p, size_t first, float *kappa, const float *e)
{
    const way *from_first = &p->way[XBAR_FIRST];
    const way *from_last = &p->way[XBAR_LAST];
    xbar_lanes carried = {0.0F};
    size_t at = first;
    for (size_t b = 0; b < p->n_blocks; b++, at += p->stride) {
        const xbar_lanes excess = *xbar_lanes_at(e + at);
        *xbar_lanes_of(kappa + at) = -(*xbar_lanes_at(p->own + at) * excess +
                                       *xbar_lanes_at(from_first->in + at) * carried);
        carried = *xbar_lanes_at(from_first->through + at) * carried +
                  *xbar_lanes_at(from_first->source + at) * excess;
    }
    carried = (xbar_lanes){0.0F};
    for (size_t b = p->n_blocks; b-- > 0;) {
        at -= p->stride;
        *xbar_lanes_of(kappa + at) -= *xbar_lanes_at(from_last->in + at) * carried;
        carried = *xbar_lanes_at(from_last->through + at) * carried +
                  *xbar_lanes_at(from_last->source + at) * *xbar_lanes_at(e + at);
    }
}

void xbar_pull_apply(const xbar_pull *p, float *kappa, const float *e)
{
    for (size_t i = 0; i < p->stride; i += XBAR_FLOATS)
        pass_rows(p, i, kappa, e);
}
