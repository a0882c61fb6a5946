/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Where voltages are kept when two corrections do not do: in what planes of the tiles are
 * free by then, and two of their own. */
#include <string.h>

#include "nodal/fast_inside.h"
#include "nodal/room.h"

/* Two planes of the tiles' size, beyond those that are to spare. */
static xbar_status find_room(xbar_fast *f, double *to[2], xbar_error *err)
{
    enum { APART = XBAR_TILE / 2 }; /* a row's neighbours in memory may be read */
    const size_t plane = f->t->height / 2 * f->t->width;
    if (!f->kept)
        XBAR_TRY(xbar_aligned_doubles_new(&f->kept, 2 * (plane + APART) + APART,
                                          "node voltages", err));
    for (size_t k = 0; k < 2; k++)
        to[k] = f->kept + APART + k * (plane + APART);
    return XBAR_OK;
}

/* Where voltages are kept in double precision: for arrays that take more than two
 * corrections. Half the rows of a family fill a plane of the tiles, of which one is to
 * spare. @param other  a second one, for as long as it takes to get there */
static xbar_status place_voltages(xbar_fast *f, float *other, xbar_error *err)
{
    xbar_balance *b = &f->b;
    XBAR_TRY(find_room(f, b->kept[XBAR_BIT], err));
    b->kept[XBAR_WORD][0] = (double *)(void *)f->t->spare;
    b->kept[XBAR_WORD][1] = (double *)(void *)other;
    b->split = f->t->split = f->t->height / 2;
    b->keeps = true;
    return XBAR_OK;
}

static void swap_planes(float **a, float **b)
{
    float *const swap = *a;
    *a = *b;
    *b = swap;
}

/* Behind the last row a plane of residuals holds zeros. */
static void clear_padding(const xbar_tiles *t, float *plane)
{
    const size_t slab = XBAR_TILE * t->width;
    memset(plane + (t->n_slabs - 1) * slab, 0, slab * sizeof *plane);
}

xbar_status xbar_fast_keep_first(xbar_fast *f, xbar_error *err)
{
    return place_voltages(f, f->t->w, err);
}

xbar_status xbar_fast_keep_both(xbar_fast *f, xbar_error *err)
{
    xbar_tiles *t = f->t;
    const size_t plane = t->height * t->width;
    XBAR_TRY(place_voltages(f, t->rw, err));
    f->b.from = XBAR_BALANCE_BOTH;
    xbar_pair_run(f->pair, xbar_fast_take_half, &f->b);
    swap_planes(&t->rw, &t->p);
    clear_padding(t, t->rw);
    memset(t->ru, 0, plane * sizeof *t->ru);
    memset(t->w, 0, plane * sizeof *t->w);
    xbar_tiles_clear_bases(t);
    t->is_aside = false;
    return XBAR_OK;
}

void xbar_fast_release(xbar_fast *f)
{
    xbar_tiles *t = f->t;
    if (t->is_aside)
        swap_planes(&t->w, &t->p);
    t->is_aside = false;
}

void xbar_fast_reclaim(xbar_fast *f)
{
    xbar_tiles *t = f->t;
    if (f->b.keeps)
        clear_padding(t, t->p);
    t->word[0] = t->word[1] = NULL;
    t->at_once[0] = t->at_once[1] = 0.0f;
    t->is_aside = f->b.keeps = false;
}
