/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file
 *  The form of Jeong, Zidan and Lu, IEEE Trans. Nanotechnology 17(1), 2018, IEEE Xplore
 *  document 8219726: each column's ideal current, divided between one resistance for the
 *  devices and two for the wires,
 *
 *      I_j = I_ideal,j  R_d / (R_d + A_j + B)
 *
 *      A_j = r sum_{k=0..j} (N-k)      the word lines up to column j
 *      B   = r M (M+1) / 2             the bit line
 *      R_d = (L^(1-k) + H^(1-k)) / (L^-k + H^-k)
 *
 *  with L and H the lowest and the highest resistance that a cell can have, and k fitted:
 *  1.3 where a tenth of the cells is high, 0.4 where all are. Here k goes linearly with
 *  the share of high cells in between and stays at its ends beyond, and a cell is high
 *  above sqrt(L H).
 *
 *  With terminals of their own the first segment of A_j is N mean(left_ohm), the last of
 *  B is M bottom_ohm[j]; row_ohm stands in A_j, col_ohm in B.
 *
 *  Ignores which cells are high, and where; all columns lose the same share but for A_j.
 *
 *  A state: two passes that find L, H and the share; an input: one product with the state
 *  itself. Memory: lines only.
 */
#ifndef XBAR_ANALYTICAL_JEONG_H
#define XBAR_ANALYTICAL_JEONG_H

#include "analytical/closed_form.h"

extern const xbar_closed_form xbar_closed_form_jeong;

/** k at the ends that the paper names. */
#define XBAR_JEONG_K_TENTH 1.3
#define XBAR_JEONG_K_ALL 0.4

/** k for a share of high cells, 0 to 1. @param k_tenth, k_all  its ends */
double xbar_jeong_k(double share_high, double k_tenth, double k_all);

/** R_d, ohm, of the extreme resistances, 0 < low <= high, ohm. */
double xbar_jeong_ohm(double low, double high, double k);

/** Says what the cells can be: L and H for the states to come. Without it they are the
 *  extremes of each state (open cells, which have no resistance, left out; they count as
 *  high).
 *  @param self       as xbar_closed_form_jeong.open made it
 *  @param low, high  ohm, 0 < low <= high */
void xbar_jeong_set_range(void *self, double low, double high);

/** Other ends of k than the paper's, for the states to come. */
void xbar_jeong_set_k(void *self, double k_tenth, double k_all);

#endif
