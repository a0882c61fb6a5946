/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file
 *  A calibration: the free parameters of a subject fitted on one part of its data, the
 *  model's own error found on a second, and both held against a third that neither has
 *  seen.
 */
#ifndef XBAR_CALIBRATE_CALIBRATE_H
#define XBAR_CALIBRATE_CALIBRATE_H

#include <stdint.h>

#include "calibrate/family.h"
#include "calibrate/fit.h"

/** What a unit of the data is for. */
typedef enum xbar_role {
    XBAR_ROLE_FIT,
    XBAR_ROLE_DISCREPANCY,
    XBAR_ROLE_HELD_OUT,
    XBAR_N_ROLES
} xbar_role;

/** "fit", "discrepancy", "held out". */
extern const char *const xbar_role_name[XBAR_N_ROLES];

typedef struct xbar_calibration_options {
    const char *free; /* "a,b,..."; NULL: the usual ones */
    xbar_fit_options fit;
    uint64_t seed; /* of the split */
} xbar_calibration_options;

/** Errors of predictions over the data of one role. */
typedef struct xbar_errors {
    size_t n_units, n_data;
    double mean, worst; /* relative: abs(prediction - measured)/abs(measured) */
    double rms;         /* of the errors over their run's largest current */
    double covered;     /* share within the 90 % interval; NaN: no interval */
} xbar_errors;

typedef struct xbar_calibration {
    size_t n_parameters;    /* of the subject */
    double *value;          /* [n_parameters]: estimates, initial where not free */
    double *standard_error; /* [n_parameters]; 0 where not free */
    double *covariance;     /* [n_parameters][n_parameters] */
    bool *is_free;
    size_t n_free;
    size_t *which; /* [n_free]: the free ones among all */
    xbar_fit_result
        fit;         /* over n_free parameters and all data (weight 0: not fitted) */
    double *profile; /* [n_free][2]: 90 % interval by profile; NaN where not wanted */

    xbar_role *role;       /* [n_units] */
    bool is_split;         /* else all units were fitted, as there are too few */
    double discrepancy[2]; /* fitted.h */
    double *predicted;     /* A, [n_data] */
    double *deviation;     /* A, [n_data]: standard deviation of a prediction */
    xbar_errors errors[XBAR_N_ROLES];
    double seconds;
} xbar_calibration;

/** @return XBAR_OK; XBAR_ERR_INPUT (a name that is no parameter; too few data; what the
 *          family refuses); XBAR_ERR_MEMORY */
xbar_status xbar_calibrate(xbar_calibration *out, const xbar_subject *s,
                           const xbar_calibration_options *options, xbar_error *err);
void xbar_calibration_clear(xbar_calibration *c);

/** Which parameters are meant by "a,b,...". @param[out] is_free [n_parameters] */
xbar_status xbar_calibration_free(bool *is_free, const xbar_subject *s,
                                  const char *names, xbar_error *err);

#endif
