/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file
 *  Kirchhoff's law in double precision for the tiled solver: where it stands, and what
 *  is left over at each node. Private to nodal.
 *
 *  Voltages are drops from the line's reference, so that wire currents are differences
 *  of small numbers. Arrays with resistive wires, without cuts, held or dead nodes.
 */
#ifndef XBAR_NODAL_BALANCE_H
#define XBAR_NODAL_BALANCE_H

#include "nodal/tiles.h"

typedef struct xbar_balance {
    xbar_tiles *t;
    const double *g; /* S, [n_rows][n_cols], borrowed */
    size_t stride;   /* of a row of u and w */
    double *u, *w;   /* V, [n_rows][stride]: drops; u[-1] and u[n_cols...] are room */
    double row_siemens, col_siemens; /* of a segment */
    double *v_row, *v_col;           /* V, [height], [width]: references */
    double *end[4];                  /* S, [lines of that side, padded] */
    double *inject[4];               /* A, likewise: end * (source - reference) */

    bool first; /* the tiles' correction is the whole voltage so far */

    /* of each half */
    struct xbar_tally {
        double largest;         /* A: the largest |residual| of a node */
        double largest_current; /* A: the largest |current| of a wire or a cell */
        double poison;          /* 0, or NaN if any residual is not finite */
        double move;            /* V: the largest correction */
    } tally[2];
} xbar_balance;

#endif
