/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file
 *  Many inputs of one state together: when that pays, from merged blocks (spread.h).
 *  Private to nodal.
 */
#ifndef XBAR_NODAL_TOGETHER_H
#define XBAR_NODAL_TOGETHER_H

#include "nodal/spread.h"

/** All zero before the first inputs. */
typedef struct xbar_together {
    xbar_spread *spread;  /* of the present lines; NULL: not made */
    xbar_merge_cost cost; /* valid with it, or when is_foreseen */
    unsigned at_zero;     /* likewise: the sides that are */
    bool is_foreseen, has_state;
} xbar_together;

/** The lines' terminals are others. */
void xbar_together_clear(xbar_together *t);

/** The state is another one. */
static inline void xbar_together_forget(xbar_together *t)
{
    t->has_state = false;
}

/** Inputs of ohmic cells. All are left at XBAR_ERR_CONVERGENCE where one by one is quicker,
 *  or there is no memory; and those that it does not get right enough.
 *  @param l   for the open terminals of all these inputs
 *  @param g   S, [n_rows][n_cols]; borrowed while it is the state
 *  @param in  [n]
 *  @param a   [n]; as xbar_nodal_solve has it, status too */
void xbar_together_solve(xbar_together *t, const xbar_lines *l, const double *g,
                         const xbar_stimulus *in, size_t n, double tolerance,
                         xbar_nodal_answer *a);

#endif
