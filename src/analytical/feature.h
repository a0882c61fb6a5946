/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file
 *  The features of fitted.h in two parts: what an array and a state say, once for many
 *  inputs, and what an input adds.
 */
#ifndef XBAR_ANALYTICAL_FEATURE_H
#define XBAR_ANALYTICAL_FEATURE_H

#include "analytical/fitted.h"

/** Fills all but ACTIVE and VOLT. */
void xbar_features_state(double *f, const xbar_crossbar *c, const double *conductance);

/** Fills ACTIVE and VOLT. */
void xbar_features_input(double *f, const xbar_crossbar *c, const xbar_stimulus *in);

#endif
