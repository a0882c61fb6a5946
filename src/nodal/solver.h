/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file
 *  The exact solver from inside: nodal.c takes the quickest way that gets there, general.c
 *  is the one that always does, moment.c the same for networks within a step in time.
 *  Private to nodal.
 */
#ifndef XBAR_NODAL_SOLVER_H
#define XBAR_NODAL_SOLVER_H

#include "nodal/fast.h"
#include "nodal/inside.h"
#include "nodal/newton.h"
#include "nodal/together.h"

/** The linear solvers of the general iteration, first choice first. */
enum { XBAR_TILED, XBAR_DIRECT, XBAR_UNSYMMETRIC, XBAR_N_INNER };

struct xbar_nodal {
    const xbar_crossbar *c;
    double tolerance;
    unsigned threads;
    bool is_plain;
    bool is_linear, is_together;
    double *state; /* [n_rows][n_cols] */

    xbar_lines lines;
    bool is_searched; /* islands, for the present lines and state */

    /* Ohmic cells between resistive wires; NULL before the first. */
    xbar_fast *fast;
    bool fast_is_arranged, fast_is_factored;
    xbar_together together; /* many inputs */

    /* All others; no planes before the first. */
    bool has_planes;
    xbar_drops drops;
    xbar_cells cells;
    xbar_newton newton;
    void *solver[XBAR_N_INNER]; /* NULL: not open */
    int present;                /* the one in use */
    bool is_settled;            /* its iteration found an end */
    bool is_warm;               /* start from the present voltages */
    bool is_arranged[XBAR_N_INNER],
        is_factored[XBAR_N_INNER];  /* factored: linear cells */
    bool has_factors[XBAR_N_INNER]; /* of some moment in time, for the present lines */
};

/** Which terminals are open, and what no source reaches.
 *  @param soft_ohm  as xbar_lines_connect has it
 *  @return XBAR_OK or XBAR_ERR_MEMORY */
xbar_status xbar_nodal_look_at(xbar_nodal *s, const xbar_stimulus *in, double soft_ohm,
                               xbar_error *err);

/** Does a small array have a piece of a line that is tied to its sources by hardly more
 *  than cells? Iterations might miss its last digits, and direct solutions are quick. */
bool xbar_nodal_is_hanging(const xbar_nodal *s);

/** Is the array so small that a direct solution is worth trying where the first choice
 *  leaves digits to gain? Those of larger ones take minutes and gigabytes. */
bool xbar_nodal_is_small(const xbar_nodal *s);

/** Linear cells at rest: the conductances do not depend on the voltages. */
static inline bool xbar_general_is_fixed(const xbar_nodal *s)
{
    return s->is_linear && !s->cells.law;
}

/** One input by Newton's method over the linear solver `present`, once the terminals have
 *  been looked at.
 *  @param[in,out] a  as xbar_nodal_solve, but for its status
 *  @return as a's status is to be */
xbar_status xbar_general_solve(xbar_nodal *s, const xbar_stimulus *in,
                               xbar_nodal_answer *a, xbar_error *err);

/** Frees its planes and its linear solvers. */
void xbar_general_close(xbar_nodal *s);

#endif
