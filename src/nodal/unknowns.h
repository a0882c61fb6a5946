/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file
 *  The nodes whose voltages a sparse solver is asked for, numbered, and the conductances
 *  between them. Private to the layer.
 */
#ifndef XBAR_NODAL_UNKNOWNS_H
#define XBAR_NODAL_UNKNOWNS_H

#include "nodal/lines.h"

typedef struct xbar_unknowns {
    const xbar_lines *lines;          /* borrowed */
    int64_t n;                        /* unknowns; -1: not numbered yet */
    int64_t *number[XBAR_N_FAMILIES]; /* [n_rows][n_cols], -1: held or not live; one and
                                         the same on a piece of an ideal line */
    int64_t *before;                  /* [2][n_rows][n_cols]: scratch */
} xbar_unknowns;

/** @param[out] u  its arrays are yours: xbar_unknowns_clear
 *  @param      l  borrowed as long as u lives */
xbar_status xbar_unknowns_init(xbar_unknowns *u, const xbar_lines *l, xbar_error *err);
void xbar_unknowns_clear(xbar_unknowns *u);

/** Numbers them for the lines as they are now. @return are they others than before? */
bool xbar_unknowns_number(xbar_unknowns *u);

/** Calls `each` for every wire, cell and terminal, open cells included, always in the same
 *  order, and then for every node's way to ground if there are any. A node that is no unknown is -1: a held one, or a terminal's source; a wire or
 *  cell of which both are is told too.
 *  @param didv  S, [n_rows][n_cols]; NULL: all 0 */
typedef void xbar_each_branch(void *with, int64_t a, int64_t b, double siemens);
void xbar_unknowns_walk(const xbar_unknowns *u, const double *didv,
                        xbar_each_branch *each, void *with);

/** Residuals of nodes to a vector, its answer back to nodes (0 at those that are no
 *  unknown). @param b, x  [n] */
void xbar_unknowns_gather(const xbar_unknowns *u, double *const r[XBAR_N_FAMILIES],
                          double *b);
void xbar_unknowns_scatter(const xbar_unknowns *u, const double *x,
                           double *const e[XBAR_N_FAMILIES]);

#endif
