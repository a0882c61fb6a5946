/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file
 *  What the Jacobian at the minimum says of the estimates. Private to the layer.
 */
#ifndef XBAR_CALIBRATE_JUDGE_H
#define XBAR_CALIBRATE_JUDGE_H

#include "calibrate/fit.h"

/** Fills covariance, standard errors, directions and condition.
 *  @param r       with estimate, jacobian and robust_weight; the other arrays there
 *  @param weight  [n_data], the problem's own
 *  @param factor  what (J^T W J)^-1 is multiplied by
 *  @return XBAR_OK; XBAR_ERR_MEMORY; XBAR_ERR_CONVERGENCE (no singular values) */
xbar_status xbar_judge(xbar_fit_result *r, const xbar_fit_problem *p,
                       const double *weight, double factor, xbar_error *err);

#endif
