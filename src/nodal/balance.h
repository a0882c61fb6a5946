/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file
 *  Kirchhoff's law in double precision for the tiled solver: where it stands, and what
 *  is left over at each node. Private to nodal.
 *
 *  Voltages are drops from the line's reference, so that wire currents are differences
 *  of small numbers. Arrays with resistive wires, without cuts, held or dead nodes.
 *
 *  Most arrays are done after two corrections, and their sum is all that is known of the
 *  voltages: two single precision numbers a node, read once to check them. Only where more
 *  corrections follow are voltages kept in double precision.
 */
#ifndef XBAR_NODAL_BALANCE_H
#define XBAR_NODAL_BALANCE_H

#include "nodal/lines.h"
#include "nodal/tiles.h"

/** What the voltages are made of. From BOTH either the residual is looked at alone, or the
 *  voltages are kept and nothing is looked at; else it goes to the tiles, for a further
 *  correction. */
typedef enum xbar_balance_from {
    XBAR_BALANCE_FIRST, /* the first correction, put aside in the tiles (set_aside) */
    XBAR_BALANCE_BOTH,  /* that and the tiles' present one */
    XBAR_BALANCE_MORE   /* what is kept and the tiles' present one */
} xbar_balance_from;

typedef struct xbar_balance {
    xbar_tiles *t;
    const double *g;                 /* S, [n_rows][n_cols], borrowed */
    double row_siemens, col_siemens; /* of a segment */
    double *v_row, *v_col;           /* V, [height], [width]: references */
    const double *end[4];            /* S, [lines of that side, padded], borrowed */
    double *inject[4];               /* A, likewise: end * (source - reference) */

    /* what a look is to do */
    xbar_balance_from from;
    bool keeps; /* the sum goes to u and w, as always when from MORE */

    /* V, drops, [n_rows][width]: the first `split` rows of both families, and the others;
     * a row's neighbours in memory may be read */
    double *kept[2][2];
    size_t split;
    double *bases[2]; /* each half's, summed: of bit nodes [width], and of word nodes
                         [width / XBAR_BASE][XBAR_BASE] */
    double
        *drop[4]; /* V, drops where the terminals are, [lines of that side, padded] */

    /* of each half */
    struct xbar_tally {
        double largest;         /* A: the largest |residual| of a node */
        double largest_current; /* A: the largest |current| of a wire or a cell */
        double poison;          /* 0, or NaN if any residual is not finite */
        double move;            /* V: the largest correction */
    } tally[2];
} xbar_balance;

/** Rows that a look keeps at hand, V/scale, in the tiles' spare plane: one, its neighbours,
 *  and room to go on. */
enum { XBAR_BALANCE_ROWS = 4 };

/** A row of the drops of a family, if they are kept. */
static inline double *xbar_balance_kept(const xbar_balance *b, int family, size_t row)
{
    const bool first = row < b->split;
    return b->kept[family][!first] + (first ? row : row - b->split) * b->t->width;
}

#endif
