/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file
 *  From a start to the voltages at which Kirchhoff's law holds. Private to the layer.
 */
#ifndef XBAR_NODAL_NEWTON_H
#define XBAR_NODAL_NEWTON_H

#include "nodal/inner.h"
#include "nodal/kirchhoff.h"

/** What an iteration works with; all borrowed. */
typedef struct xbar_newton {
    const xbar_lines *lines;
    xbar_drops *drops;
    const xbar_cells *cells;
    const xbar_inner *inner;
    void *solver;                                    /* arranged for the lines */
    double *r[XBAR_N_FAMILIES], *e[XBAR_N_FAMILIES]; /* planes */
    double *didv;    /* S, plane; NULL for linear cells */
    bool is_falling; /* some cell's current falls with its voltage */
    double square;   /* A^2, of the residual, when it was last summed */
    double current;  /* A, the largest at the last step's voltages */
    double nothing;  /* A: a residual below this is none, even where nothing flows */
    double tight;    /* share of the largest current at a node that is asked for */
    double enough;   /* share of the largest voltage and current that a last correction
                        and a residual may have; 0: as small as they get */
    size_t n_newton, n_corrections, n_steps; /* counted on */
} xbar_newton;

/** Corrections with the conductances that the linear solver was given last, until they
 *  gain no further digit, or the next would gain none beyond `tight`. For linear cells,
 *  and for others once Newton's steps are small.
 *  @param s  the input; drops started, terminals connected
 *  @return XBAR_OK (the voltages are as good as they get: how good, Kirchhoff's law says);
 *          XBAR_ERR_CONVERGENCE; XBAR_ERR_MEMORY */
xbar_status xbar_newton_refine(xbar_newton *t, const xbar_stimulus *s, xbar_error *err);

/** Corrections with the conductances that the linear solver was given last, for cells that
 *  are not linear, as long as each is a tenth of the one before: for solvers whose factors
 *  cost more than some corrections, next to where they were made. `enough` is not 0.
 *  @param[out] is_good  did they end at a solution? Else the present voltages are no worse
 *                       a start than those before
 *  @return XBAR_OK; XBAR_ERR_CONVERGENCE, XBAR_ERR_MEMORY */
xbar_status xbar_newton_reuse(xbar_newton *t, const xbar_stimulus *s, bool *is_good,
                              xbar_error *err);

/** Newton's method from the present voltages, for any cells.
 *  @return as above; XBAR_ERR_CONVERGENCE names the step, the worst node and its residual */
xbar_status xbar_newton_solve(xbar_newton *t, const xbar_stimulus *s, xbar_error *err);

/** Do 0 ohm drive a cell beyond all measure: would one conduct a hundred times as well as
 *  before if terminals of 0 ohm had their nodes where their sources are, and all other
 *  nodes were where they are now? Overwrites r and e.
 *  @param before  S, the cells' di/dv now, [n_rows][n_cols]; NULL: those at 0 V */
bool xbar_newton_is_overdriven(xbar_newton *t, const double *before);

#endif
