/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file
 *  A model with the constants that a calibration found, how sure it is of them, and where
 *  it has looked: what a calibrated model's file holds, and what the engine `analytical`
 *  predicts with.
 */
#ifndef XBAR_ANALYTICAL_FITTED_H
#define XBAR_ANALYTICAL_FITTED_H

#include <stdbool.h>
#include <stddef.h>

#include "analytical/model.h"

/** What a prediction's error depends on, each one number of an array, a state and an
 *  input; the calibrated region is a box in them. feature.h computes them. */
typedef enum xbar_feature {
    XBAR_FEATURE_ROWS,     /* n_rows */
    XBAR_FEATURE_COLS,     /* n_cols */
    XBAR_FEATURE_ROW_DROP, /* row_ohm x n_cols^2 x mean conductance / 2 */
    XBAR_FEATURE_COL_DROP, /* col_ohm x n_rows^2 x mean conductance / 2 */
    XBAR_FEATURE_TERMINAL, /* the mean terminal's ohm x its line's conductance */
    XBAR_FEATURE_SPREAD,   /* standard deviation of ln(conductance) of closed cells */
    XBAR_FEATURE_ACTIVE,   /* (sum V)^2 / (n_rows sum V^2): share of the rows that are
                              driven alike */
    XBAR_FEATURE_VOLT,     /* V, the largest abs(V) of a terminal */
    XBAR_N_FEATURES
} xbar_feature;

extern const char *const xbar_feature_name[XBAR_N_FEATURES];

/** What the size of a model's own error follows: powers of these. */
typedef enum xbar_swell_by {
    XBAR_SWELL_DROP,   /* ROW_DROP + COL_DROP + TERMINAL */
    XBAR_SWELL_ACTIVE, /* ACTIVE */
    XBAR_SWELL_VOLT,   /* VOLT */
    XBAR_N_SWELL
} xbar_swell_by;

/** "drop", "active", "volt". */
extern const char *const xbar_swell_name[XBAR_N_SWELL];

/** prod_k (x_k/at_k)^power_k, with each x_k held between from_k and to_k. */
typedef struct xbar_swell {
    double power[XBAR_N_SWELL];
    double at[XBAR_N_SWELL], from[XBAR_N_SWELL], to[XBAR_N_SWELL]; /* > 0 */
} xbar_swell;

/** x_k of features, > 0. */
void xbar_swell_of(double x[XBAR_N_SWELL], const double features[XBAR_N_FEATURES]);

/** The factor; 1 with all powers 0. */
double xbar_swell_factor(const xbar_swell *s, const double x[XBAR_N_SWELL]);

typedef struct xbar_fitted {
    const xbar_model *model;
    double constants[XBAR_MAX_CONSTANTS];
    /** Of the constants, [n_constants][n_constants], rows and columns of those that were
     *  not free 0. */
    double covariance[XBAR_MAX_CONSTANTS * XBAR_MAX_CONSTANTS];
    /** The model's own error, found on data that the fit did not see: the standard
     *  deviation of an output is
     *      s sqrt(d_0^2 i_scale^2 + d_1^2 i^2) with the parameters' share on top
     *  where i_scale is the largest output of that input and s the swell. 0, 0: not
     *  known. */
    double discrepancy[2];
    xbar_swell swell;
    bool has_region; /* else every input is inside */
    double region_min[XBAR_N_FEATURES], region_max[XBAR_N_FEATURES];
} xbar_fitted;

/** A model as its paper has it: initial constants, no covariance, no region. */
xbar_fitted xbar_fitted_default(const xbar_model *model);

/** The features of an array, a state and an input. @param[out] f  [XBAR_N_FEATURES] */
void xbar_features(double *f, const xbar_crossbar *c, const double *conductance,
                   const xbar_stimulus *in);

/** Is it inside the calibrated region (each bound widened by a thousandth)? */
bool xbar_fitted_covers(const xbar_fitted *fitted, const double *features);

#endif
