/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "analytical/fitted.h"

#include <math.h>

const char *const xbar_feature_name[XBAR_N_FEATURES] = {
    "rows", "cols", "row_drop", "col_drop", "terminal", "spread", "active", "volt",
};

/* By how much, of a bound, a number may lie beyond it: a region's bounds are numbers that
 * were seen, and have come through a file. */
static const double margin = 1e-3;

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
