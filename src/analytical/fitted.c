/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "analytical/fitted.h"

#include <math.h>

const char *const xbar_feature_name[XBAR_N_FEATURES] = {
    "rows", "cols", "row_drop", "col_drop", "terminal", "spread", "active", "volt",
};

const char *const xbar_swell_name[XBAR_N_SWELL] = {"drop", "active", "volt"};

/* By how much, of a bound, a number may lie beyond it: a region's bounds are numbers that
 * were seen, and have come through a file. */
static const double margin = 1e-3;

void xbar_swell_of(double x[XBAR_N_SWELL], const double features[XBAR_N_FEATURES])
{
    const double least = 1e-12; /* no drop, or no voltage, at all */
    x[XBAR_SWELL_DROP] = features[XBAR_FEATURE_ROW_DROP] +
                         features[XBAR_FEATURE_COL_DROP] +
                         features[XBAR_FEATURE_TERMINAL];
    x[XBAR_SWELL_ACTIVE] = features[XBAR_FEATURE_ACTIVE];
    x[XBAR_SWELL_VOLT] = features[XBAR_FEATURE_VOLT];
    for (size_t k = 0; k < XBAR_N_SWELL; k++)
        x[k] = fmax(x[k], least);
}

double xbar_swell_factor(const xbar_swell *s, const double x[XBAR_N_SWELL])
{
    double sum = 0.0;
    for (size_t k = 0; k < XBAR_N_SWELL; k++)
        if (s->power[k] != 0.0)
            sum += s->power[k] * log(fmin(fmax(x[k], s->from[k]), s->to[k]) / s->at[k]);
    return exp(sum);
}

xbar_fitted xbar_fitted_default(const xbar_model *model)
{
    xbar_fitted f = {.model = model};
    for (size_t k = 0; k < model->n_constants; k++)
        f.constants[k] = model->constants[k].initial;
    return f;
}

bool xbar_fitted_covers(const xbar_fitted *fitted, const double *features)
{
    for (size_t k = 0; fitted->has_region && k < XBAR_N_FEATURES; k++) {
        double low = fitted->region_min[k];
        double high = fitted->region_max[k];
        double room = margin * fmax(fmax(fabs(low), fabs(high)), high - low);
        if (!(features[k] >= low - room && features[k] <= high + room))
            return false;
    }
    return true;
}
