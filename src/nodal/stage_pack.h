/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file
 *  Cells of a row as a stage looks at them, and one cell of several states. Private to
 *  stage.c and stage_states.c.
 */
#ifndef XBAR_NODAL_STAGE_PACK_H
#define XBAR_NODAL_STAGE_PACK_H

#include "nodal/stage.h"

enum { XBAR_STAGE_STEPS = 120 }; /* at most, of one cell */

/* A Newton step this small, of a state's scale, leaves its square times the rate's
 * curvature, which a switch's thresholds make large: rates are differences over a short
 * step, and what is left in them looks like an error that no shorter step cures. */
#define XBAR_STAGE_SMALL_STEP 1e-11

/* The cells of a row that are looked at, and what they do. Arrays [n_cols], those of
 * states [XBAR_MAX_STATES][n_cols] of which the first n_states * n are used, packed. */
typedef struct xbar_stage_pack {
    size_t n;
    double *v, *v_n, *v_p, *v_g, *fixed; /* those between only with a gate */
    double *x;
    double *i, *di_dv, *low, *high;
    double *di_dx, *rate, *rate_v, *rate_x, *at; /* at: which column */
    double *di_dn, *rate_n;
} xbar_stage_pack;

/** What the cells do at p's voltages and states; with `moves` their rates as well. */
void xbar_stage_respond(const xbar_stage *s, const xbar_stage_pack *p, bool moves);

/** Cell k of a pack, of several states. @return are its states there? */
bool xbar_stage_find_states(xbar_stage *s, size_t row, const xbar_stage_pack *p,
                            size_t k);

/* What was found for a cell goes to where it is kept. */
static inline void xbar_stage_keep(xbar_stage *s, size_t at, double v, double i,
                                   double didv)
{
    s->v[at] = v;
    s->i[at] = i;
    s->didv[at] = didv;
    s->is_fresh[at] = 1;
}

/* The same for its bit node's part. */
static inline void xbar_stage_keep_back(xbar_stage *s, size_t at, double v_n,
                                        double didv_n)
{
    s->v_n[at] = v_n;
    s->back[at] = -didv_n;
}

#endif
