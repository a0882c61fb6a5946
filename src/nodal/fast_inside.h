/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file
 *  The inside of fast.c.
 */
#ifndef XBAR_NODAL_FAST_INSIDE_H
#define XBAR_NODAL_FAST_INSIDE_H

#include "nodal/balance.h"
#include "nodal/fast.h"

struct xbar_fast {
    const xbar_lines *l;
    xbar_tiles *t;
    xbar_pair *pair;
    xbar_balance b;
    double *room;   /* what its and b's arrays lie in */
    double *kept;   /* what b.kept lies in, but for planes to spare; NULL before ... */
    size_t n_kept;  /* ... as many planes are needed */
    double scale;   /* V, the largest source */
    double nothing; /* A, less than the rounding of rounding */
    double *i_out, *i_old; /* A, [top, bottom][n_cols]: outputs, to see them settle */
    double *col_siemens;   /* S, [n_cols]: of all cells of a column; what ... */
    bool has_col_siemens;  /* ... only some states need */
};

/** An input's sources into the balance and the tiles: all nodes at their line's
 *  reference. */
void xbar_fast_start(xbar_fast *f, const xbar_stimulus *s);

#endif
