/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Between all nodes and the few that are knots (knots.h): sums over the stretches of
 * columns, and lines through the knots' voltages. Compiled once for each vector width
 * (isa.h). */
#include <string.h>

#include "nodal/isa.h"
#include "nodal/knots.h"
#include "nodal/slabs.h"

/* From where a half's slabs begin to where they end, downwards in both. */
typedef struct range {
    size_t from, to;
} range;

static range slabs_of(const xbar_tiles *t, int half)
{
    return half == XBAR_UPPER ? (range){0, t->n_upper}
                              : (range){t->n_upper, t->n_slabs};
}

/* A stretch ends here: what it gathered is the knot's. */
static void take_stretch(xbar_knot *k, float *sum, float *moment, const float *r)
{
    const size_t lane = k->col % TILE, row = k->row % TILE;
    k->sum = sum[lane];
    k->moment = moment[lane] - (float)row * sum[lane];
    k->own = r[row * TILE + lane];
    sum[lane] = moment[lane] = 0.0f;
}

/* Moments are about a slab's first row. */
static void gather_tile(const float *r, xbar_knot *from, const xbar_knot *to,
                        float *to_sum, float *to_moment)
{
    lanes sum = load(to_sum), moment = load(to_moment);
    for (size_t i = 0; i < TILE; i++) {
        lanes now = load(r + i * TILE);
        if (from < to && from->row % TILE == i) {
            store(to_sum, sum);
            store(to_moment, moment);
            for (; from < to && from->row % TILE == i; from++) {
                take_stretch(from, to_sum, to_moment, r);
                now[from->col % TILE] = 0.0f;
            }
            sum = load(to_sum);
            moment = load(to_moment);
        }
        sum += now;
        moment += (float)i * now;
    }
    store(to_sum, sum);
    store(to_moment, moment - (float)TILE * sum);
}

void XBAR_ISA(xbar_knots_gather)(xbar_tiles *t, int half)
{
    xbar_knots *k = t->knots;
    const range s = slabs_of(t, half);
    memset(k->sum[half], 0, t->width * sizeof(float));
    memset(k->moment[half], 0, t->width * sizeof(float));
    for (size_t slab = s.from; slab < s.to; slab++)
        for (size_t tile = 0; tile < t->n_tiles; tile++) {
            const size_t at = slab * t->n_tiles + tile;
            gather_tile(t->rw + at * CELLS, k->at + k->first[at],
                        k->at + k->first[at + 1], k->sum[half] + tile * TILE,
                        k->moment[half] + tile * TILE);
        }
}

static void lay_tile(float *p, float beta, const xbar_knot *from, const xbar_knot *to,
                     float *to_volt, float *to_slope)
{
    lanes volt = load(to_volt), slope = load(to_slope);
    for (size_t i = 0; i < TILE; i++) {
        for (; from < to && from->row % TILE == i; from++) {
            volt[from->col % TILE] = from->volt;
            slope[from->col % TILE] = from->slope;
        }
        store(p + i * TILE, beta == 0.0f ? volt : volt + beta * load(p + i * TILE));
        volt += slope;
    }
    store(to_volt, volt);
    store(to_slope, slope);
}

void XBAR_ISA(xbar_knots_lay)(xbar_tiles *t, int half)
{
    const xbar_knots *k = t->knots;
    const range s = slabs_of(t, half);
    for (size_t slab = s.from; slab < s.to; slab++)
        for (size_t tile = 0; tile < t->n_tiles; tile++) {
            const size_t at = slab * t->n_tiles + tile;
            lay_tile(t->p + at * CELLS, t->beta, k->at + k->first[at],
                     k->at + k->first[at + 1], k->volt[half] + tile * TILE,
                     k->slope[half] + tile * TILE);
        }
}
