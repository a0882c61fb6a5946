/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file
 *  What most closed forms come to: a matrix of the state's, scaled line by line.
 *
 *      I_j = col_j  sum_i  W_ij row_i V_i
 *
 *  Private to the layer.
 */
#ifndef XBAR_ANALYTICAL_GAINS_H
#define XBAR_ANALYTICAL_GAINS_H

#include <stddef.h>

#include "core/status.h"
#include "crossbar/crossbar.h"

enum { XBAR_GAINS_SCRATCH = 8 };

typedef struct xbar_gains {
    const xbar_crossbar *c; /* borrowed */
    const double *w;   /* S, [n_rows][n_cols]: `own`, or the state itself, borrowed */
    double *own;       /* [n_rows][n_cols], NULL where w is always the state */
    double *row, *col; /* 1, [n_rows], [n_cols] */
    double *driven;    /* [n_rows]: scratch */
    double *scratch;   /* [XBAR_GAINS_SCRATCH][n_cols] */
} xbar_gains;

/** Checks that c is the read of closed forms, and makes room.
 *  @param with_own  is there a W besides the state?
 *  @return XBAR_OK, XBAR_ERR_INPUT, XBAR_ERR_MEMORY; clear it after a failure as well */
xbar_status xbar_gains_init(xbar_gains *s, const xbar_crossbar *c, bool with_own,
                            xbar_error *err);
void xbar_gains_clear(xbar_gains *s);

/** The formula above for n inputs. */
void xbar_gains_apply(xbar_gains *s, size_t n, const double *v_in, double *i_out);

/** y_j = sum_i x_i w_ij
 *  @param[out] y  [n_cols]
 *  @param      w  [n_rows][n_cols], x [n_rows] */
void xbar_weighted_rows(double *y, size_t n_rows, size_t n_cols, const double *w,
                        const double *x);

/* open, predict and close of a form whose own state is an xbar_gains and no more. */
xbar_status xbar_gains_open(void **self, const xbar_crossbar *c, bool with_own,
                            xbar_error *err);
void xbar_gains_predict(void *self, size_t n, const double *v_in, double *i_out);
void xbar_gains_close(void *self);

#endif
