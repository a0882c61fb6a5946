/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "crossbar/draw.h"

#include <math.h>
#include <stdlib.h>

#include "core/memory.h"

const char *const xbar_distribution_name[XBAR_N_DISTRIBUTIONS] = {
    "constant", "uniform", "loguniform", "levels", "lognormal"};

static double draw_one(const xbar_draw *d, uint64_t seed, xbar_stream stream,
                       uint32_t sample, uint32_t n)
{
    double u = xbar_uniform(seed, stream, sample, n);
    switch (d->distribution) {
    case XBAR_UNIFORM:
        return d->a + u * (d->b - d->a);
    case XBAR_LOGUNIFORM:
        return fmin(d->b, fmax(d->a, d->a * pow(d->b / d->a, u)));
    case XBAR_LEVELS: {
        double level = fmin(floor(u * d->levels), d->levels - 1.0);
        double steps = d->levels > 1 ? d->levels - 1.0 : 1.0;
        return level == steps ? d->b : d->a + level * ((d->b - d->a) / steps);
    }
    case XBAR_LOGNORMAL:
        return d->a * exp(d->b * xbar_normal(seed, stream, sample, n));
    case XBAR_CONSTANT:
    case XBAR_N_DISTRIBUTIONS:
        break;
    }
    return d->a;
}

void xbar_draw_values(double *values, const xbar_draw *d, uint64_t seed,
                      xbar_stream stream, uint32_t sample, uint32_t first, size_t count)
{
    for (size_t n = 0; n < count; n++)
        values[n] = draw_one(d, seed, stream, sample, first + (uint32_t)n);
}

/* A cell and its lot: the cells with the lowest lots are stuck. */
typedef struct lot {
    double u;
    size_t cell;
} lot;

static int lot_compare(const void *a, const void *b)
{
    const lot *x = a;
    const lot *y = b;
    if (x->u != y->u)
        return x->u < y->u ? -1 : 1;
    return x->cell < y->cell ? -1 : x->cell > y->cell;
}

static xbar_status stuck_shares(double *g, size_t n_cells, const xbar_stuck *s,
                                uint64_t seed, uint32_t sample, xbar_error *err)
{
    size_t n_on = (size_t)llround(s->on_share * (double)n_cells);
    size_t n_off = (size_t)llround(s->off_share * (double)n_cells);
    if (n_on > n_cells)
        n_on = n_cells;
    if (n_off > n_cells - n_on)
        n_off = n_cells - n_on;
    if (n_on + n_off == 0)
        return XBAR_OK;

    void *memory = NULL;
    XBAR_TRY(xbar_array_new(&memory, n_cells, sizeof(lot), "stuck cells", err));
    lot *lots = memory;
    for (size_t k = 0; k < n_cells; k++)
        lots[k] = (lot){xbar_uniform(seed, XBAR_STREAM_STUCK, sample, (uint32_t)k), k};
    qsort(lots, n_cells, sizeof *lots, lot_compare);
    for (size_t k = 0; k < n_on + n_off; k++)
        g[lots[k].cell] = k < n_on ? s->on_siemens : s->off_siemens;
    free(lots);
    return XBAR_OK;
}

xbar_status xbar_stuck_apply(double *g, size_t n_rows, size_t n_cols,
                             const xbar_stuck *s, uint64_t seed, uint32_t sample,
                             xbar_error *err)
{
    for (size_t k = 0; k < s->n_cells; k++)
        g[s->cells[k].row * n_cols + s->cells[k].col] = s->cells[k].siemens;
    return stuck_shares(g, n_rows * n_cols, s, seed, sample, err);
}
