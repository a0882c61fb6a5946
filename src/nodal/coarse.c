/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "nodal/coarse.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/memory.h"
#include "nodal/modes.h"
#include "nodal/plane.h"
#include "nodal/room.h"

/* Nodes further apart than this waste cycles, nearer ones time in the products; beyond
 * `most` nodes the eigenvectors take longer than the answer. */
enum { FINEST = 8, MOST_NODES = 260 };

static size_t spacing_of(size_t n_fine, double ohm)
{
    if (ohm == 0.0)
        return (size_t)1 << 31; /* one node: the line has one voltage */
    size_t spacing = FINEST;
    while ((n_fine + spacing - 2) / spacing + 1 > MOST_NODES)
        spacing *= 2;
    return spacing;
}

static size_t node_at(const xbar_axis *a, size_t k)
{
    return k + 1 < a->n_nodes ? k * a->spacing : (a->n_nodes == 1 ? 0 : a->n_fine - 1);
}

/* Mass and stiffness of the hat functions, terminals at both ends included.
 * @param[out] mass, stiff  [2][n_nodes]: the diagonal, and what is beside it */
static void fill_axis(const xbar_axis *a, double first, double last, double *mass,
                      double *stiff)
{
    const size_t n = a->n_nodes;
    for (size_t fine = 0; fine < a->n_fine; fine++) {
        size_t k = xbar_axis_node(a, fine);
        double t = (double)a->share[fine], s = 1.0 - t;
        mass[k] += s * s;
        if (t > 0.0) {
            mass[k + 1] += t * t;
            mass[n + k] += s * t;
        }
    }
    for (size_t k = 0; k + 1 < n; k++) {
        double g = (double)a->siemens[k];
        stiff[k] += g;
        stiff[k + 1] += g;
        stiff[n + k] -= g;
    }
    stiff[0] += first;
    stiff[n - 1] += last;
}

/* A mode at a line's end fades node after node: 130 nodes on it is so small, or a product
 * with it is, that machines take a hundred times as long for it. Less than this share of a
 * mode is none. */
static const double nothing = 1e-12;

static xbar_status find_modes(xbar_axis *a, double first, double last, xbar_error *err)
{
    const size_t n = a->n_nodes;
    double *bands = NULL, *v = NULL;
    xbar_status status = xbar_doubles_new(&bands, 4 * n, "coarse modes", err);
    if (status == XBAR_OK)
        status = xbar_doubles_new(&v, n * n, "coarse modes", err);
    if (status != XBAR_OK)
        goto done;
    double *mass = bands, *stiff = bands + 2 * n;
    fill_axis(a, first, last, mass, stiff);
    status = xbar_modes_find(a->mode, v, n, (xbar_band){stiff, stiff + n},
                             (xbar_band){mass, mass + n}, err);
    if (status != XBAR_OK)
        goto done;
    for (size_t q = 0; q < n; q++) {
        a->mode[q] = fmax(0.0, a->mode[q]);
        const double least = nothing * xbar_largest(n, v + q * n);
        for (size_t k = 0; k < n; k++) {
            const double x = v[q * n + k];
            const float kept = fabs(x) > least ? (float)x : 0.0f;
            a->basis[k * a->padded + q] = a->transposed[q * a->padded + k] = kept;
        }
    }
done:
    free(v);
    free(bands);
    return status;
}

static void axis_clear(xbar_axis *a)
{
    free(a->room);
    free(a->mode);
}

static xbar_status axis_init(xbar_axis *a, size_t n_fine, size_t padded_fine,
                             double ohm, double first, double last, xbar_error *err)
{
    a->n_fine = n_fine;
    a->spacing = spacing_of(n_fine, ohm);
    while ((size_t)1 << a->shift < a->spacing)
        a->shift++;
    a->n_nodes =
        ohm == 0.0 || n_fine == 1 ? 1 : (n_fine + a->spacing - 2) / a->spacing + 1;
    a->padded = (a->n_nodes + XBAR_TILE - 1) / XBAR_TILE * XBAR_TILE;
    const size_t square = a->n_nodes * a->padded;
    const xbar_part parts[] = {{&a->share, padded_fine},
                               {&a->siemens, a->padded},
                               {&a->basis, square},
                               {&a->transposed, square}};
    XBAR_TRY(xbar_floats_share(&a->room, parts, sizeof parts / sizeof *parts,
                               "coarse nodes", err));
    XBAR_TRY(xbar_doubles_new(&a->mode, a->n_nodes, "coarse modes", err));
    for (size_t k = 0; k + 1 < a->n_nodes; k++) {
        size_t from = node_at(a, k), to = node_at(a, k + 1);
        a->siemens[k] = (float)(1.0 / (ohm * (double)(to - from)));
        for (size_t fine = from; fine <= to; fine++)
            a->share[fine] = fine % a->spacing == 0
                                 ? 0.0f
                                 : (float)(fine - from) / (float)(to - from);
    }
    return find_modes(a, first, last, err);
}

void xbar_coarse_free(xbar_coarse *c)
{
    if (!c)
        return;
    axis_clear(&c->x);
    axis_clear(&c->y);
    free(c->room);
    free(c);
}

static xbar_status fill(xbar_coarse *c, const xbar_tiles *t, const double end[4],
                        xbar_error *err)
{
    XBAR_TRY(
        axis_init(&c->x, t->n_cols, t->width, (double)t->row_ohm, end[0], end[1], err));
    XBAR_TRY(axis_init(&c->y, t->n_rows, t->height, (double)t->col_ohm, end[2], end[3],
                       err));
    for (int side = 0; side < 4; side++)
        c->has_end[side] = end[side] > 0.0;
    const size_t square = c->y.padded * c->x.padded, rows = c->y.n_nodes * c->x.padded;
    const size_t across = c->y.n_nodes * t->width, along = c->x.n_nodes * t->height;
    const xbar_part parts[] = {
        {&c->line, across + t->width},
        {&c->aside, across},
        {&c->kept_u, along},
        {&c->kept_w, across},
        {&c->given, rows},
        {&c->weight, rows},
        {&c->work[0], rows},
        {&c->work[1], rows},
        {&c->work[2], square},
        {&c->thin, c->x.padded > c->y.padded ? c->x.padded : c->y.padded},
    };
    return xbar_floats_share(&c->room, parts, sizeof parts / sizeof *parts,
                             "coarse correction", err);
}

xbar_status xbar_coarse_new(xbar_coarse **out, const xbar_tiles *t, const double end[4],
                            xbar_error *err)
{
    *out = NULL;
    void *memory = NULL;
    XBAR_TRY(xbar_array_new(&memory, 1, sizeof(xbar_coarse), "coarse correction", err));
    xbar_coarse *c = memory;
    xbar_status status = fill(c, t, end, err);
    if (status != XBAR_OK) {
        xbar_coarse_free(c);
        return status;
    }
    *out = c;
    return XBAR_OK;
}

void xbar_coarse_cells(xbar_coarse *c, double g)
{
    for (size_t q = 0; q < c->y.n_nodes; q++)
        for (size_t p = 0; p < c->x.n_nodes; p++) {
            double lambda = c->x.mode[p], mu = c->y.mode[q];
            double whole = g > 0.0 ? lambda + mu + lambda * mu / g : 0.0;
            c->weight[q * c->x.padded + p] = whole > 0.0 ? (float)(1.0 / whole) : 0.0f;
        }
}

/* With a = lambda + g, c = mu + g: a/(a c - g^2) - 1/(mu + soft); 0 where the column solve
 * gives too much already. */
void xbar_coarse_lacking(xbar_coarse *c, double g, double soft)
{
    for (size_t q = 0; q < c->y.n_nodes; q++)
        for (size_t p = 0; p < c->x.n_nodes; p++) {
            double lambda = c->x.mode[p], mu = c->y.mode[q];
            double whole = g > 0.0 ? lambda + mu + lambda * mu / g : 0.0;
            double more = g * soft - lambda * (g - soft);
            size_t at = q * c->x.padded + p;
            c->weight[at] = whole > 0.0 && more > 0.0
                                ? (float)(more / ((mu + soft) * g * whole))
                                : 0.0f;
        }
}

void xbar_coarse_clear(xbar_coarse *c, const xbar_tiles *t)
{
    memset(c->line, 0, (c->y.n_nodes + 1) * t->width * sizeof *c->line);
}

void xbar_coarse_keep(xbar_coarse *c, const xbar_tiles *t)
{
    memcpy(c->aside, c->line, c->y.n_nodes * t->width * sizeof *c->aside);
}

void xbar_coarse_relax(xbar_coarse *c, const xbar_tiles *t, float share)
{
    for (size_t q = 0; q < c->y.n_nodes; q++)
        for (size_t tile = 0; tile < t->n_tiles; tile++) {
            const size_t at = q * t->width + tile * XBAR_TILE;
            const float *old = xbar_tiles_cell(t, t->old, node_at(&c->y, q), tile);
            float *line = c->line + at, *kept = c->kept_w + at;
            const float *before = c->aside + at;
            for (size_t k = 0; k < XBAR_TILE; k++) {
                line[k] += share * (line[k] - before[k]);
                kept[k] += share * (kept[k] - old[k]);
            }
        }
}

void xbar_coarse_stretch(xbar_coarse *c, const xbar_tiles *t, float share)
{
    const size_t n = c->y.n_nodes * t->width;
    for (size_t k = 0; k < n; k++) {
        c->line[k] += share * c->line[k];
        c->kept_w[k] += share * c->kept_w[k];
    }
}
