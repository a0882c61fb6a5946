/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Where the conductances of small blocks stand (merge.h). Blocks of a level have all one
 * size: 1 x 1 cell, 1 x 2, 2 x 2, 2 x 4, ... 8 x 8, and the two parts of one follow each
 * other. */
#include "nodal/merge.h"

/* The sides in the order in which a block has its ports. */
static const xbar_side order[2][2][XBAR_N_SIDES] = {
    [false] = {{XBAR_BOTTOM, XBAR_LEFT, XBAR_RIGHT, XBAR_TOP},
               {XBAR_TOP, XBAR_LEFT, XBAR_RIGHT, XBAR_BOTTOM}},
    [true] = {{XBAR_RIGHT, XBAR_LEFT, XBAR_TOP, XBAR_BOTTOM},
              {XBAR_LEFT, XBAR_RIGHT, XBAR_TOP, XBAR_BOTTOM}},
};

int xbar_merge_first_port(bool side_by_side, int which, xbar_side side, int h, int w)
{
    int first = 0;
    for (const xbar_side *s = order[side_by_side][which]; *s != side; s++)
        first += *s < XBAR_TOP ? h : w;
    return first;
}

/* A port of a block: that of which child, and the how manieth there. */
typedef struct port {
    int child, place;
} port;

static port find_port(bool side_by_side, xbar_side side, int k, int h, int w)
{
    const bool is_word = side < XBAR_TOP;
    const int half = is_word ? h : w; /* of the child, along that side */
    port p = {.child = k / half, .place = k % half};
    if (side_by_side == is_word) { /* a whole side of one child */
        p.child = side % 2;
        p.place = k;
    }
    p.place += xbar_merge_first_port(side_by_side, p.child, side, h, w);
    return p;
}

static void find_shape(xbar_merge_shape *s, bool side_by_side, int which, int h, int w)
{
    const int height = side_by_side ? h : 2 * h, width = side_by_side ? 2 * w : w;
    port ports[XBAR_MERGE_PORTS] = {0};
    int n = 0;
    for (int o = 0; o < XBAR_N_SIDES; o++) {
        const xbar_side side = order[!side_by_side][which][o];
        for (int k = 0; k < (side < XBAR_TOP ? height : width); k++)
            ports[n++] = find_port(side_by_side, side, k, h, w);
    }
    const int m = 2 * (h + w);
    s->n_shared = side_by_side ? h : w;
    s->n_ports = n;
    s->n_child = m;
    int16_t *pair = s->pair;
    for (int i = 0; i < n; i++) {
        const int a = ports[i].place, first = ports[i].child * m * m;
        s->pivot[i] = (int16_t)(first + a);
        s->own[i] = (int16_t)(first + a * m + a);
        for (int j = i + 1; j < n; j++) {
            const int b = ports[j].place;
            const int low = a < b ? a : b, high = a < b ? b : a;
            *pair++ =
                (int16_t)(ports[i].child == ports[j].child ? first + low * m + high
                                                           : m); /* a 0 */
        }
    }
}

void xbar_merge_shapes_init(xbar_merge_shapes *s)
{
    for (int level = 0; level < XBAR_MERGE_LEVELS; level++)
        for (int which = 0; which < 2; which++)
            find_shape(&s->level[level][which], level % 2 == 0, which, 1 << level / 2,
                       1 << (level + 1) / 2);
    for (int k = 0; k < XBAR_MERGE_TILE; k++) {
        s->row[k] = s->col[k] = 0;
        for (int bit = 0; bit < XBAR_MERGE_LEVELS / 2; bit++) {
            s->col[k] |= (uint8_t)((k >> 2 * bit & 1) << bit);
            s->row[k] |= (uint8_t)((k >> (2 * bit + 1) & 1) << bit);
        }
    }
}
