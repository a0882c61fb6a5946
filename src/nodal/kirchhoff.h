/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file
 *  Kirchhoff's current law at the present voltages. Private to the layer.
 */
#ifndef XBAR_NODAL_KIRCHHOFF_H
#define XBAR_NODAL_KIRCHHOFF_H

#include "nodal/drops.h"

/** What cells do that do not stand at rest. */
typedef struct xbar_law {
    /** Currents of row i's cells.
     *  @param[out] current  A, [n_cols]
     *  @param[out] didv     S, [n_cols], of any sign; may be NULL
     *  @param      v        V, [n_cols] */
    void (*current)(void *with, size_t i, double *current, double *didv,
                    const double *v);
    /** The same for cells with a gate; only one of the two is called.
     *  @param[out] didv, back  S, [n_cols], of any sign: di/dv_p, -di/dv_n; or NULL
     *  @param      v, v_n      V, [n_cols]: over the cells, at their bit nodes
     *  @param      gate        V */
    void (*gated)(void *with, size_t i, double *current, double *didv, double *back,
                  const double *v, const double *v_n, double gate);
    void *with;
} xbar_law;

/** The cells, and room to compute a row of them. */
typedef struct xbar_cells {
    const xbar_cell *cell; /* borrowed */
    const double *state;   /* [n_rows][n_cols], borrowed */
    const xbar_law *law;   /* in place of the cell's law at rest; NULL:
                                              at rest. Where it is not, `state` tells
                                              only which cells are open */
    const double *ground_volt[XBAR_N_FAMILIES]; /* V, planes, borrowed: where
                                              the lines' ground_siemens lead */
    double *v, *i;                              /* V, A, [n_cols]: scratch */
    double *v_n;        /* V, [n_cols]: scratch; NULL: cells without a gate */
    double *back;       /* S, [n_rows][n_cols]: -di/dv_n, found with di/dv_p */
    double *work;       /* [2][n_cols]: scratch */
    const double *gate; /* V, [n_rows], borrowed */
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

/** Currents of row i's cells with a gate at cells->v and v_n; didv and `back`. */
void xbar_cells_gated(const xbar_cells *cells, size_t n_cols, size_t i, double *current,
                      double *didv);

/** Currents of row i's cells at cells->v. @param[out] didv  [n_cols]; may be NULL */
static inline void xbar_cells_current(const xbar_cells *cells, size_t n_cols, size_t i,
                                      double *current, double *didv)
{
    if (cells->v_n)
        xbar_cells_gated(cells, n_cols, i, current, didv);
    else if (cells->law)
        cells->law->current(cells->law->with, i, current, didv, cells->v);
    else
        xbar_cell_current(cells->cell, n_cols, current, didv, cells->v,
                          cells->state + i * n_cols);
}

/** The same into cells->v, and where cells have a gate their bit nodes' into v_n. */
void xbar_kirchhoff_cells(const xbar_lines *l, const xbar_drops *d,
                          const xbar_cells *cells, size_t i);

/** The currents of row i's nodes to ground, taken from the sums of their currents.
 *  @param r_u, r_w  A, [n_cols] */
void xbar_kirchhoff_ground(const xbar_lines *l, const xbar_drops *d,
                           const xbar_cells *cells, size_t i, double *r_u, double *r_w);

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
