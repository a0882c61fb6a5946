/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file
 *  Cells that are not ohmic in the model `modes`: where each is linearised, and what it
 *  carries besides when an input leaves it another voltage.
 *
 *  All rows at drive_volt (one exact solution) leave the cells of row i and a block of
 *  columns B the mean voltage u_ref; their secants there go into the network. Under an
 *  input V they have the mean voltage
 *
 *      u = beta (V_i - sum_k a_k phi_ki) + sum_k a_k word_k - rho_i m_B              [A]
 *
 *  with a_k the shares of the smooth functions phi_k in the inputs, weighted by the rows'
 *  currents, and word_k the word line's voltage in the exact answer to phi_k: what is rough
 *  of an input makes its own row's drop alone. Bit lines rise with their currents, by
 *  rho_i R_j per ampere, both factors taken from the exact answer to phi_0 = 1. A current
 *  raises its bit line the more the further from the terminal it comes in, so that
 *
 *      W_j = Q_j sum_i rho_i V_i H_ij
 *
 *  stands for R_j I_j, which it is where all rows are driven alike; m_B is its mean over the
 *  block. Over their secants the cells then carry g e,
 *
 *      e = u (chi(u)/chi(u_ref) - 1)                                                 [B]
 *
 *  which pulls their own word line down by kappa (pull.h). A volt of e or kappa is worth
 *
 *      P_ij = H_ij/beta_ij
 *
 *  as a volt of the word line at that cell is. Within the block cells differ: the word line
 *  falls by tilt_i x_j from its mean, which like the mean itself is made up of beta's and
 *  the word_k's (equation A), x_j the shape that the answer to phi_0 has there; and each bit
 *  line stands where its own current has it. To first order in that
 *
 *      I_j = I0_j + bend sum_i P_ij (e + kappa
 *                 + s (x_j tilt_i - rho_i (W_j - m_B + R_j (I_j - I0_j)))),
 *      I0  = H' V,   s = (u chi(u))'/chi(u_ref) - 1                                  [C]
 *
 *  which is solved for I_j. `bend` would be 1 if all of this were exact.
 *
 *  An input: two passes over H in single precision, the second for three right sides at
 *  once, and some thirty operations a row and block (forty if chi is not even).
 *  Private to the layer.
 */
#ifndef XBAR_ANALYTICAL_BEND_H
#define XBAR_ANALYTICAL_BEND_H

#include "analytical/blend.h"
#include "analytical/dressed.h"
#include "analytical/shares.h"
#include "nodal/nodal.h"

typedef struct xbar_bend xbar_bend;

/** What of the network's answers the voltages of cells follow from. */
typedef struct xbar_bend_facts {
    const xbar_blend *f;    /* the functions */
    const double *strength; /* A, [n_rows]: the rows' currents per volt of them all */
    const double *word;     /* V, word_k (probe.h) */
    const double *bit;      /* V, of the bit lines in the answer to phi_0 */
    const double *i_out;    /* A, [n_cols]: the columns' currents in it */
} xbar_bend_facts;

/** @param c  the real array, borrowed. @return XBAR_OK or XBAR_ERR_MEMORY */
xbar_status xbar_bend_new(xbar_bend **out, const xbar_crossbar *c, xbar_error *err);
void xbar_bend_free(xbar_bend *b);

/** The secants, which the solver has for its state afterwards.
 *  @param[out] g         S, [n_rows][n_cols]
 *  @param      state     the cells' states
 *  @param      gate      V, [n_rows]
 *  @param      constants those of plain_array.h
 *  @return XBAR_OK; XBAR_ERR_CONVERGENCE, XBAR_ERR_SHORT, XBAR_ERR_MEMORY */
xbar_status xbar_bend_prepare(xbar_bend *b, double *g, xbar_nodal *solver,
                              const xbar_arrangement *a, const double *state,
                              const double *gate, const double *constants,
                              double drive_volt, xbar_error *err);

/** The word lines, to be filled (shares.h) before xbar_bend_weigh. */
xbar_dressed *xbar_bend_rows(xbar_bend *b);

/** @param g  the secants. @param facts  not kept */
void xbar_bend_weigh(xbar_bend *b, const double *g, const xbar_bend_facts *facts);

/** After xbar_bend_weigh. @param h  H, not kept */
void xbar_bend_take(xbar_bend *b, const double *h);

/** I_j, equation C. @param drive  V, [n_rows] */
void xbar_bend_apply(xbar_bend *b, double *i_out, const double *drive, double bend);

#endif
