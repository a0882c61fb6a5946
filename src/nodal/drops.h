/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file
 *  The network's voltages, kept so that small differences keep their digits: each piece
 *  of a line has a reference voltage, and a node's unknown is its distance from that of
 *  its piece; each terminal with a resistance has the voltage over that as a number of
 *  its own. So a milliohm's current is a difference of drops, not of volts.
 *  Private to the layer.
 */
#ifndef XBAR_NODAL_DROPS_H
#define XBAR_NODAL_DROPS_H

#include <float.h>

#include "nodal/lines.h"

typedef struct xbar_drops {
    double *u[XBAR_N_FAMILIES];   /* V, [n_rows][n_cols]: node minus its reference */
    double *ref[XBAR_N_FAMILIES]; /* V, [n_pieces] */
    double *gap[XBAR_N_SIDES]; /* V, [lines of that side]: source minus outermost node;
                                     0 where the terminal is open or of 0 ohm */
    double *shift[XBAR_N_FAMILIES]; /* [n_pieces], scratch */
    double reach;                   /* V, of the largest move since the start */
    double scale;                   /* V, the largest |source| */
} xbar_drops;

/** V, a voltage that is nothing but rounding: about the last digit of a drop as small as
 *  the last digit of the largest source. */
static inline double xbar_drops_least(const xbar_drops *d)
{
    return 16.0 * DBL_EPSILON * DBL_EPSILON * d->scale;
}

/** @param[out] d  its arrays are yours: xbar_drops_clear */
xbar_status xbar_drops_init(xbar_drops *d, const xbar_lines *l, xbar_error *err);
void xbar_drops_clear(xbar_drops *d);

/** Every piece at the voltage of a source that stands on it, or 0; held nodes at theirs.
 *  @param l  with the terminals of s connected
 *  @return XBAR_OK, XBAR_ERR_SHORT (two different sources on an ideal piece: names both) */
xbar_status xbar_drops_start(xbar_drops *d, const xbar_lines *l, const xbar_stimulus *s,
                             xbar_error *err);

/** Every node that is not held at one voltage, midway between the lowest and the highest
 *  source: no cell but those at held nodes has a voltage then. After xbar_drops_start. */
void xbar_drops_level(xbar_drops *d, const xbar_lines *l, const xbar_stimulus *s);

/** The present voltages, but held nodes at those of their sources; for when lines have
 *  come to be held. @return as xbar_drops_start */
xbar_status xbar_drops_hold(xbar_drops *d, const xbar_lines *l, const xbar_stimulus *s,
                            xbar_error *err);

/** The present voltages for other sources at the same terminals: held nodes and gaps as
 *  they then are. `scale` keeps the largest source there ever was.
 *  @return as xbar_drops_start */
xbar_status xbar_drops_resume(xbar_drops *d, const xbar_lines *l,
                              const xbar_stimulus *s, xbar_error *err);

/** Adds share * e to all voltages. @param e  V, 0 at held nodes, as inner.h has it */
void xbar_drops_move(xbar_drops *d, const xbar_lines *l, double share,
                     double *const e[XBAR_N_FAMILIES]);

/** After a move by at most `reach` V: puts the references where their pieces have gone,
 *  and makes each gap and its node's drop agree again. Nothing is done where the move is
 *  small beside the largest one; INFINITY never is, and does not count for later ones. */
void xbar_drops_settle(xbar_drops *d, const xbar_lines *l, const xbar_stimulus *s,
                       double reach);

#endif
