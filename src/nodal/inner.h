/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file
 *  What solves the linear systems of the exact solver: K e = r. Private to the layer.
 *
 *  K is the network's conductance matrix with the cells at their di/dv:
 *
 *      K = sum over wires, terminals (to their source) and cells of  siemens (x_a - x_b)^2
 *
 *  symmetric and positive definite on the nodes that are live and not held; r is what
 *  Kirchhoff's law leaves over at each node, the sum of the currents into it; e is the
 *  change of the nodes' voltages that would make it 0. Answers need not be exact: the
 *  caller computes r anew and asks again. Order of calls:
 *
 *      open -> arrange -> factor -> correct, correct, ... -> factor -> ... -> close
 *               (again when terminals open or close, or parts cease to be live)
 *
 *  Planes are [n_rows][n_cols]; family XBAR_WORD, then XBAR_BIT. On a piece of an ideal
 *  line (one node) the residual stands at the piece's first node and the others hold 0;
 *  the correction is the same at all of them. Nodes that are held or not live: r is 0
 *  and e must be 0.
 */
#ifndef XBAR_NODAL_INNER_H
#define XBAR_NODAL_INNER_H

#include "nodal/lines.h"

typedef struct xbar_inner {
    const char *name;     /* for a line that tells the method */
    bool is_factor_cheap; /* new conductances cost no more than a correction */

    /** @param[out] self  the solver's own state
     *  @param      l     borrowed until close; may change before each arrange */
    xbar_status (*open)(void **self, const xbar_lines *l, xbar_error *err);

    /** The lines' terminals or live pieces have changed, or are new.
     *  @return XBAR_OK, XBAR_ERR_MEMORY */
    xbar_status (*arrange)(void *self, xbar_error *err);

    /** New conductances of the cells.
     *  @param didv  S, [n_rows][n_cols], >= 0; borrowed until the next call of factor
     *  @return XBAR_OK, XBAR_ERR_MEMORY, XBAR_ERR_CONVERGENCE (not positive definite
     *          within rounding, or beyond what this solver can do) */
    xbar_status (*factor)(void *self, const double *didv, xbar_error *err);

    /** e = K^-1 r, for the last conductances.
     *  @param[out] e         V, a plane for each family
     *  @param      r         A, likewise; kept
     *  @param      tolerance enough is |r - K e| <= tolerance |r|; a solver may do better
     *  @param[out] n_steps   iterations done (1: a direct solution)
     *  @return XBAR_OK, XBAR_ERR_MEMORY, XBAR_ERR_CONVERGENCE (e is not to be used) */
    xbar_status (*correct)(void *self, double *const e[XBAR_N_FAMILIES],
                           double *const r[XBAR_N_FAMILIES], double tolerance,
                           size_t *n_steps, xbar_error *err);

    void (*close)(void *self);
} xbar_inner;

/** CHOLMOD: exact but for rounding, for any network that fits into memory; the reference
 *  of the others, and what they fall back on. direct.c */
extern const xbar_inner xbar_inner_direct;

/** UMFPACK: the same for cells with a gate, whose slopes differ by the lines' cell_back.
 *  unsymmetric.c */
extern const xbar_inner xbar_inner_unsymmetric;

/** Conjugate gradients in single precision on tiles of cells, thousands of times faster;
 *  corrections right to some 1e-6 of the largest. tiled.c */
extern const xbar_inner xbar_inner_tiled;

#endif
