/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file
 *  K as a sparse matrix of CHOLMOD's. Private to the layer.
 */
#ifndef XBAR_NODAL_MATRIX_H
#define XBAR_NODAL_MATRIX_H

#include <suitesparse/cholmod.h>

#include "nodal/unknowns.h"

typedef struct xbar_matrix {
    xbar_unknowns unknowns;
    cholmod_common common;
    cholmod_sparse
        *k;         /* lower triangle; NULL without unknowns. The diagonal stands first
                          in each column, the others are in no order */
    int64_t *next;  /* [n]: the next free place of a column */
    double *ground; /* S, [n]: to sources and held nodes; NULL unless asked for */
} xbar_matrix;

/** @param[out] m  its arrays are yours: xbar_matrix_clear */
xbar_status xbar_matrix_init(xbar_matrix *m, const xbar_lines *l, xbar_error *err);
void xbar_matrix_clear(xbar_matrix *m);

/** Makes the pattern fit the lines.
 *  @param[out] changed  the pattern is another than before
 *  @return XBAR_OK, XBAR_ERR_MEMORY */
xbar_status xbar_matrix_arrange(xbar_matrix *m, bool *changed, xbar_error *err);

/** The next arrange begins anew. */
void xbar_matrix_forget(xbar_matrix *m);

/** The values. @param didv  S, of the cells; NULL: only terminals and wires */
void xbar_matrix_fill(xbar_matrix *m, const double *didv);

/** What CHOLMOD's status says: XBAR_ERR_MEMORY, or XBAR_ERR_CONVERGENCE. */
xbar_status xbar_matrix_error(const xbar_matrix *m, xbar_error *err);

#endif
