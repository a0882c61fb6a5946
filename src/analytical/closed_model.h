/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file
 *  Closed forms as models with constants: the published ones, baselines for a calibration,
 *  and our own `lean` (lean.h).
 *
 *      I_j = sum_i  V_i G_ij (gain_ij)^exponent
 *
 *  where gain is what the form says is left of an ideal cell's current, with the state's
 *  conductances times cell_scale and the lines' resistances, terminals included, times
 *  row_scale and col_scale; lean has no exponent. With all of them 1 each model is its
 *  paper's form, to the bit.
 *
 *  They read from the left to the bottom (closed_form.h); all columns at one voltage.
 */
#ifndef XBAR_ANALYTICAL_CLOSED_MODEL_H
#define XBAR_ANALYTICAL_CLOSED_MODEL_H

#include "analytical/model.h"

extern const xbar_model xbar_model_lean;
extern const xbar_model xbar_model_alpha_beta;
extern const xbar_model xbar_model_dmr;
extern const xbar_model xbar_model_jeong;

#endif
