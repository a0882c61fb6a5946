/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file
 *  The smooth part of a correction: one function for word and bit nodes alike, piecewise
 *  linear between every 8th (or 16th, ...) line. Private to nodal.
 *
 *  A function that moves u and w together passes no cell a current, so the cells drop out
 *  of its equation: what is left is the wires' and terminals' Poisson problem on the
 *  coarse nodes, L_x (x) M_y + M_x (x) L_y with the lines' stiffness L and mass M,
 *  diagonal in the product of the two generalised eigenbases (fast diagonalisation,
 *  Lynch, Rice, Thomas, Numer. Math. 6, 1964, doi:10.1007/BF01386067). What u and w do
 *  differ in a mode (lambda, mu) of an array of equal cells g is accounted for by
 *  lambda mu / g: eliminating u from (lambda + g) u = g w + r, (mu + g) w = g u leaves
 *
 *      (lambda + mu + lambda mu / g) w = r                                          [A]
 *
 *  which is exact there and uses the mean of the cells elsewhere.
 */
#ifndef XBAR_NODAL_COARSE_H
#define XBAR_NODAL_COARSE_H

#include <stddef.h>

#include "nodal/tiles.h"

/** The coarse nodes along one direction: at fine indices 0, spacing, 2 spacing, ... and
 *  the last one, so that every kink of the functions lies on a node. */
typedef struct xbar_axis {
    size_t n_fine, spacing, n_nodes;
    unsigned shift;    /* spacing = 2^shift */
    size_t padded;     /* n_nodes, rounded up to a multiple of 16 */
    float *room;       /* what the arrays of floats lie in */
    float *share;      /* [fine, padded]: how far towards the next node, 0 ... 1 */
    float *siemens;    /* [padded]: of the stretch between node k and k+1; the last 0 */
    double *mode;      /* S, [n_nodes]: generalised eigenvalues */
    float *basis;      /* [n_nodes][padded]: node k of mode q at [k][q] */
    float *transposed; /* [n_nodes][padded] */
} xbar_axis;

struct xbar_coarse {
    xbar_axis x, y;  /* along a row (over the columns); along a column */
    bool has_end[4]; /* terminals on that side */
    float *room;     /* what the arrays lie in */
    float *line;     /* [y nodes + 1][width]: the correction at coarse rows */
    float *aside;    /* [y nodes][width]: for the array's parts in conjugate gradients
                       (smooth.c), for the cycle before in cycles (xbar_coarse_keep) */
    float *kept_u;   /* [x nodes][height]: u of the last row solves there */
    float *kept_w;   /* [y nodes][width] */
    float *given;    /* [y nodes][x.padded]: restricted r_u + r_w; 0 when fresh */
    float *weight;   /* 1/S, [y nodes][x.padded]: what a mode's share is divided by, or
                        rather its inverse (xbar_coarse_cells, xbar_coarse_lacking) */
    float *work[3];  /* [y nodes][x.padded]; the last [y.padded][x.padded] */
    float *thin;     /* a line of coarse nodes */
};

/** @param end  S, mean conductance of the terminals of each side */
xbar_status xbar_coarse_new(xbar_coarse **out, const xbar_tiles *t, const double end[4],
                            xbar_error *err);
void xbar_coarse_free(xbar_coarse *c);

/** Weights for cycles, [A]: the cells' mean conductance enters. @param g  S */
void xbar_coarse_cells(xbar_coarse *c, double g);

/** Weights for conjugate gradients: what one column solve lacks.
 *  @param soft  S, the mean of the cells in its factors (factor.c) */
void xbar_coarse_lacking(xbar_coarse *c, double g, double soft);

/** The present correction, for xbar_coarse_relax a cycle later. */
void xbar_coarse_keep(xbar_coarse *c, const xbar_tiles *t);

/** It and the bit nodes at coarse rows go on by `share` of what they have moved since;
 *  those of the cycle before stand in t->old. */
void xbar_coarse_relax(xbar_coarse *c, const xbar_tiles *t, float share);

/** The same a cycle after one that began at 0. */
void xbar_coarse_stretch(xbar_coarse *c, const xbar_tiles *t, float share);

/** The correction is 0. */
void xbar_coarse_clear(xbar_coarse *c, const xbar_tiles *t);

static inline size_t xbar_axis_node(const xbar_axis *a, size_t fine)
{
    size_t k = fine >> a->shift;
    return k < a->n_nodes ? k : a->n_nodes - 1;
}

/** The coarse row on the first row of the columns' lower half; the one behind the last if
 *  there is no such row. */
static inline size_t xbar_coarse_meeting(const xbar_coarse *c, const xbar_tiles *t)
{
    return t->n_upper < t->n_slabs ? xbar_axis_node(&c->y, t->n_upper * XBAR_TILE)
                                   : c->y.n_nodes;
}

/** The correction at the coarse row of, and at the one behind, a fine row: [width]. */
static inline const float *xbar_coarse_line(const xbar_coarse *c, size_t row,
                                            size_t width)
{
    return c->line + xbar_axis_node(&c->y, row) * width;
}

static inline const float *xbar_coarse_next_line(const xbar_coarse *c, size_t row,
                                                 size_t width)
{
    return c->line + (xbar_axis_node(&c->y, row) + 1) * width;
}

#endif
