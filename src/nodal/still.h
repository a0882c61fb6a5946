/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file
 *  The network at one moment at which cells stand still, where their current is then in
 *  proportion to their voltage (device.h, is_ohmic): a linear network of their
 *  conductances, which the solver's quick ways take. Private to the layer.
 */
#ifndef XBAR_NODAL_STILL_H
#define XBAR_NODAL_STILL_H

#include "nodal/nodal.h"
#include "nodal/stage.h"

typedef struct xbar_still_network {
    xbar_crossbar linear; /* the array with such cells; borrows its lines */
    const xbar_crossbar *c;
    xbar_nodal *solver;
    double *g, *one;       /* S, V, [n] */
    bool is_known;         /* g is that of the stage's x */
    double *v_row, *v_col; /* V, [n] of the last solution */
} xbar_still_network;

/** @param[out] out  yours; NULL where cells are of another kind
 *  @return XBAR_OK, XBAR_ERR_MEMORY */
xbar_status xbar_still_new(xbar_still_network **out, const xbar_crossbar *c,
                           xbar_error *err);
void xbar_still_free(xbar_still_network *s);

/** Other cells: what was known of the last ones counts no more. NULL is fine. */
void xbar_still_forget(xbar_still_network *s);

/** Solves for cells in these states; the stage's x, v, i are theirs afterwards.
 *  @param x              [n_states][n]
 *  @param[in,out] a      only its terminals are filled
 *  @return as xbar_nodal_solve tells, which is also a->status */
xbar_status xbar_still_solve(xbar_still_network *s, xbar_stage *stage, const double *x,
                             const xbar_stimulus *in, xbar_nodal_answer *a,
                             xbar_error *err);

/** The planes of the last solution. */
void xbar_still_tell(const xbar_still_network *s, const xbar_stage *stage,
                     xbar_nodal_answer *a);

#endif
