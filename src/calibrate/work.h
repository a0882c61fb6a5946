/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file
 *  A calibration in hand: the subject as a problem for fit.h, of those units that are
 *  wanted and in those parameters that are free. Private to the layer.
 */
#ifndef XBAR_CALIBRATE_WORK_H
#define XBAR_CALIBRATE_WORK_H

#include "calibrate/calibrate.h"

typedef struct xbar_work {
    const xbar_subject *s; /* borrowed, as is c */
    xbar_calibration *c;
    bool *is_wanted;  /* [n_units] */
    double *all;      /* [n_parameters] */
    double *y;        /* [n_data] */
    double *jacobian; /* [n_data][n_parameters] of the subject; NULL: it has none */
    double *weight;   /* [n_data]: 1/noise^2; 0 of what is not wanted */
    xbar_fit_parameter parameters[XBAR_MAX_FREE];
} xbar_work;

/** @param[out] w  xbar_work_clear, also behind a failure
 *  @return XBAR_OK or XBAR_ERR_MEMORY */
xbar_status xbar_work_init(xbar_work *w, xbar_calibration *c, const xbar_subject *s,
                           xbar_error *err);
void xbar_work_clear(xbar_work *w);

/** What is free goes into the fit, the rest stands at its start. */
void xbar_work_take_free(xbar_work *w);

/** All units, or those that are fitted. */
void xbar_work_want(xbar_work *w, bool everything);

/** Does the datum say anything? */
bool xbar_work_is_used(const xbar_subject *s, size_t n);

/** The problem over c->which; w is what it is solved with. */
xbar_fit_problem xbar_work_problem(const xbar_work *w);

/** Predicted less measured, A, [n_data], 0 where not wanted; as fit.h wants it. */
xbar_status xbar_work_residuals(double *r, double *jacobian, const double *p,
                                const void *with, xbar_error *err);

/** Fits w->c->fit on the units that are fitted, and again without what the data turn out
 *  not to tell: those are held from then on.
 *  @return as xbar_calibrate */
xbar_status xbar_estimate(xbar_work *w, const xbar_fit_options *o, xbar_error *err);

/** Intervals by profile where the Jacobian is poor, within o->fit.max_seconds (0: no
 *  limit); o->progress hears of each. */
xbar_status xbar_estimate_profiles(xbar_calibration *c, const xbar_work *w,
                                   const xbar_calibration_options *o, xbar_error *err);

/** Predictions of all data at c->value, their deviations, the model's own error, and the
 *  errors by role. @return XBAR_OK; what the subject's `predict` returns; XBAR_ERR_MEMORY */
xbar_status xbar_worth(xbar_calibration *c, xbar_work *w, xbar_error *err);

#endif
