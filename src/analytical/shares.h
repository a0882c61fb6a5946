/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file
 *  The rough part of an array's answer: what one row's voltage does to one column's
 *  current while all other lines are held at 0 V.
 *
 *      W_ij = beta_ij g_ij t_ij s_ij                                                 [A]
 *
 *      beta_ij  the share of V_i that arrives at cell (i,j) of word line i
 *      t_ij     the share of a current put in at cell (i,j) of bit line j that leaves
 *               through its terminal
 *
 *  Each line is a ladder (strip.h), but its cells do not lead to 0 V: each ends on the
 *  line it crosses, whose own way to 0 V is in series with it. With z_c the resistance to
 *  0 V of bit line j at row i without the cell, z_r that of word line i at column j, both
 *  with all other lines at 0 V,
 *
 *      word line i is loaded by  g/(1 + g z_c),   bit line j by  g/(1 + g z_r)       [C]
 *
 *  which makes the lone row exact, and the lone column; and where the two meet the cell
 *  has been counted in both:
 *
 *      s = (1 + g (z_r + z_c)) / ((1 + g z_r) (1 + g z_c))                            [B]
 *
 *  Terminals may stand on any side, drive and sense on any side, lines be cut or open,
 *  wires and terminals have 0 ohm. Ignores all paths over a further row and column; of
 *  those detours.h has the shortest, and the rest is smooth (blend.h). A state: some ten
 *  divisions a cell, sixteen lines at a time.
 *  Private to the layer.
 */
#ifndef XBAR_ANALYTICAL_SHARES_H
#define XBAR_ANALYTICAL_SHARES_H

#include "analytical/arrangement.h"
#include "analytical/detours.h"

typedef struct xbar_shares xbar_shares;

/** @param[out] out  yours. @param c  sizes and cuts. @return XBAR_OK, XBAR_ERR_MEMORY */
xbar_status xbar_shares_new(xbar_shares **out, const xbar_crossbar *c, xbar_error *err);
void xbar_shares_free(xbar_shares *s);

/** @param[out] w  S, [n_rows][n_cols], equation A
 *  @param      g  S, [n_rows][n_cols], >= 0, 0 an open cell
 *  @param[out] d     the lines with the loads of equation C; NULL: not wanted
 *  @param[out] rows  of these the rows, for others than detours; NULL: not wanted */
void xbar_shares_rough(xbar_shares *s, double *w, const xbar_crossbar *c,
                       const xbar_arrangement *a, const double *g, xbar_detours *d,
                       xbar_dressed *rows);

#endif
