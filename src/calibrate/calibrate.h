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
    /** Told after the fit and after each parameter's profile; NULL: nobody listens. */
    void (*progress)(size_t done, size_t total, void *with);
    void *with;
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
    double *standard_error; /* [n_parameters]; 0 where not free, INFINITY where held */
    double *covariance;     /* [n_parameters][n_parameters] */
    bool *is_free;          /* [n_parameters] */
    bool *
        is_held; /* [n_parameters]: was to be free, but the data do not tell it: it is at
                      its start, and not free any more */
    size_t n_free, n_held;
    size_t *which; /* [n_free]: the free ones among all */
    xbar_fit_result
        fit;         /* over n_free parameters and all data (weight 0: not fitted) */
    int *end;        /* [n_free]: -1, 1: it ended at its lower, upper limit, where its
                        standard error means nothing; 0: between them */
    double *profile; /* [n_free][2]: 90 % interval by profile; NaN where not wanted */

    xbar_role *role;       /* [n_units] */
    size_t *quarter;       /* [n_units]: 0 and 1 are fitted, 2 is for the discrepancy */
    bool is_split;         /* else all units were fitted, as there are too few */
    double discrepancy[2]; /* fitted.h */
    xbar_swell swell;      /* the same */
    double *predicted;     /* A, [n_data] */
    double *deviation;     /* A, [n_data]: standard deviation of a prediction */
    xbar_errors errors[XBAR_N_ROLES];
    double covered; /* share of all data within their 90 % interval while they were held
                       out, each unit once (cover.h); NaN: not split */
    double seconds;
} xbar_calibration;

/** @return XBAR_OK; XBAR_ERR_INPUT (a name that is no parameter; too few data; data that
 *          tell nothing of what is free; what the family refuses); XBAR_ERR_MEMORY */
xbar_status xbar_calibrate(xbar_calibration *out, const xbar_subject *s,
                           const xbar_calibration_options *options, xbar_error *err);
void xbar_calibration_clear(xbar_calibration *c);

/** Fills role, quarter and is_split of a calibration that has none, by lot.
 *  @return XBAR_OK or XBAR_ERR_MEMORY */
xbar_status xbar_calibration_split(xbar_calibration *c, const xbar_subject *s,
                                   uint64_t seed, xbar_error *err);

/** Which parameters are meant by "a,b,...". @param[out] is_free [n_parameters] */
xbar_status xbar_calibration_free(bool *is_free, const xbar_subject *s,
                                  const char *names, xbar_error *err);

#endif
