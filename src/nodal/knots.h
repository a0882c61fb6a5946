/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file
 *  A few good cells among bad ones: lines that are knotted together here and there.
 *
 *  The smooth correction (coarse.h) takes the array for an even cloth, which such lines
 *  are not: from one good cell to the next it is a stretch of wire. What the array then
 *  looks like is a network of its own, two nodes for each good cell and the stretches
 *  between them, small enough to be factored (incomplete.h). As a preconditioner of the
 *  reduced system S in the bit nodes (conjugate.c),
 *
 *      z = B_held^-1 r + P C^-1 P' r
 *
 *  B_held are the columns with the bit nodes of good cells held, so that each stretch is
 *  solved by itself; P the functions that are 1 at one of those nodes, 0 at the others of
 *  its column and linear in between; C^-1 the network's answer at them. Were the bad cells
 *  open, P would be what a stretch does between its ends, the two parts would not know of
 *  each other and z would be the solution (iterative substructuring: Bjorstad and
 *  Widlund, SIAM J. Numer. Anal. 23(6) 1986, doi:10.1137/0723075).
 *  Private to nodal.
 */
#ifndef XBAR_NODAL_KNOTS_H
#define XBAR_NODAL_KNOTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/status.h"
#include "nodal/incomplete.h"
#include "nodal/tiles.h"

/** No knot. */
#define XBAR_KNOTS_NONE UINT32_MAX

typedef struct xbar_knot {
    uint32_t row, col;
    uint32_t above, below; /* the next ones of the column, or XBAR_KNOTS_NONE */
    /* 1 / stretch, in segments; to a terminal where there is no other knot */
    float per_above, per_below;
    /* A: residual of the stretch above within the half, its sum and its moment about
     * this row; and of the node itself */
    float sum, moment, own;
    float volt, slope; /* V, and V a row from here down */
} xbar_knot;

typedef struct xbar_knots {
    bool is_used; /* for the present cells */
    size_t n, room;
    xbar_knot *at;        /* [n]: by slab, tile, row and column */
    uint32_t *first;      /* [n_slabs * n_tiles + 1]: of each tile */
    uint32_t *ends[2][2]; /* [half][first, last][width]: of a column's half */
    /* [half][width]: what is left over below a half's last knot, its sum and its moment
     * about the first row behind the half; and its first row's voltage and slope */
    float *sum[2], *moment[2], *volt[2], *slope[2];
    float *answer; /* [2 room] */
    xbar_incomplete *net;
} xbar_knots;

/** Finds an array's good cells, and factors their network, if they are few, the others
 *  next to nothing beside them and the factors small: is_used, which follows from the cells
 *  and the terminals alone.
 *  @param[in,out] out  NULL before the first; yours
 *  @return XBAR_OK or XBAR_ERR_MEMORY (*out is as good as before, and not used) */
xbar_status xbar_knots_tie(xbar_knots **out, const xbar_tiles *t, xbar_error *err);
void xbar_knots_free(xbar_knots *k);

/** Are conjugate gradients' factors those of columns with such nodes held? */
static inline bool xbar_knots_are_held(const xbar_tiles *t)
{
    return t->is_soft && t->knots && t->knots->is_used;
}

/** C^-1 P' r, from what the halves have gathered; for both to lay out.
 *  @return its product with P' r */
double xbar_knots_solve(xbar_tiles *t);

#endif
