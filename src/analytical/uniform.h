/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file
 *  The uniform array, exactly: M x N equal cells g, equal terminals. The only closed form
 *  of a crossbar with no error but rounding, at any drop.
 *
 *  With 1-based i, j, p, q; word segments g_w and bit segments g_b, of which one stands
 *  in front of the first cell and one behind the last:
 *
 *      lambda_q = 2 - 2 cos((2q-1) pi/(2N+1)),  Q_jq = 2/sqrt(2N+1) sin(j (2q-1) pi/(2N+1))
 *      mu_p = 2 - 2 cos((2p-1) pi/(2M+1)),  P_ip = 2/sqrt(2M+1) sin((M+1-i)(2p-1) pi/(2M+1))
 *      a = g_w lambda_q + g,  c = g_b mu_p + g,  F_i1 = g_w V_i, else 0,  F^ = P' F Q
 *      word nodes  W^ = c F^/(a c - g^2),  bit nodes  B^ = g F^/(a c - g^2),  I_j = g_b B_Mj
 *
 *  Here the sum over q is not carried out term by term: for one p it is the solution of a
 *  uniform ladder along the columns, whose cells are g in series with 1/(g_b mu_p)
 *  (modes.h), and the current out of column j is the sum of its cells' currents. That
 *  costs a factor N less, and lets the terminals be other than a segment: any left_ohm
 *  and bottom_ohm, 0 included, if all rows (columns) have the same.
 *
 *  Refuses, in open, unequal terminals on a side; in prepare, cells that differ.
 *
 *  A state: O(M N); an input: one product of M x M and one of M x N; the shapes themselves,
 *  M^2 doubles, are made in open.
 */
#ifndef XBAR_ANALYTICAL_UNIFORM_H
#define XBAR_ANALYTICAL_UNIFORM_H

#include "analytical/closed_form.h"

extern const xbar_closed_form xbar_closed_form_uniform;

#endif
