/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file
 *  Kirchhoff's current law at the present voltages. Private to the layer.
 */
#ifndef XBAR_NODAL_KIRCHHOFF_H
#define XBAR_NODAL_KIRCHHOFF_H

#include "nodal/drops.h"

/** The cells, and room to compute a row of them. */
typedef struct xbar_cells {
    const xbar_cell *cell;                 /* borrowed */
    const double *state;                   /* [n_rows][n_cols], borrowed */
    double *v, *i;                         /* V, A, [n_cols]: scratch */
    const double *inject[XBAR_N_FAMILIES]; /* A, planes, borrowed: into nodes from
                                              outside; NULL: none */
} xbar_cells;

/** What is put into row i's nodes from outside, added to the sums of their currents.
 *  @param r_u, r_w  A, [n_cols] */
static inline void xbar_cells_inject(const xbar_cells *cells, size_t n_cols, size_t i,
                                     double *r_u, double *r_w)
{
    if (!cells->inject[XBAR_WORD])
        return;
    for (size_t j = 0; j < n_cols; j++) {
        r_u[j] += cells->inject[XBAR_WORD][i * n_cols + j];
        r_w[j] += cells->inject[XBAR_BIT][i * n_cols + j];
    }
}

/** Currents of row i's cells at cells->v. @param[out] didv  [n_cols]; may be NULL */
static inline void xbar_cells_current(const xbar_cells *cells, size_t n_cols, size_t i,
                                      double *current, double *didv)
{
    xbar_cell_current(cells->cell, n_cols, current, didv, cells->v,
                      cells->state + i * n_cols);
}

/** The voltages of row i's cells, word node minus bit node. @param[out] v  [n_cols] */
void xbar_kirchhoff_volts(const xbar_lines *l, const xbar_drops *d, size_t i,
                          double *v);

/** The sum of all currents into each node, from the cells' law and Ohm's.
 *  @param[out] r     A, a plane for each family; 0 at held and at dead nodes; the sum of
 *                    an ideal piece stands at its first node, 0 at its others
 *  @param[out] didv  S, [n_rows][n_cols], of the cells; may be NULL
 *  @return A, the largest current of a cell or a terminal with a resistance */
double xbar_kirchhoff(const xbar_lines *l, const xbar_drops *d, const xbar_cells *cells,
                      double *const r[XBAR_N_FAMILIES], double *didv);

#endif
