/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file
 *  Non-linear least squares, and how much the answer is worth.
 *
 *      minimise over p   sum_k rho(w_k r_k(p)^2)  +  sum_j ((p_j - mean_j)/deviation_j)^2
 *
 *  on GSL's trust-region methods (gsl_multifit_nlinear). Bounds are kept by searching in
 *  q with p = p(q) (bound.h); a loss other than squares by reweighting; far starts by a
 *  quasi-random design. Knows nothing of circuits.
 */
#ifndef XBAR_CALIBRATE_FIT_H
#define XBAR_CALIBRATE_FIT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/status.h"

/** One free parameter. */
typedef struct xbar_fit_parameter {
    const char *name;
    double initial;
    double min, max; /* both excluded; -INFINITY, INFINITY: none */
    double from,
        to;      /* where a design of several starts looks; equal: only at initial */
    bool is_log; /* of one sign, and unknown by orders of magnitude: a design spreads
                        its logarithm */
    double prior_mean, prior_deviation; /* deviation 0: no prior */
} xbar_fit_parameter;

/** What is to be fitted. All borrowed. */
typedef struct xbar_fit_problem {
    const xbar_fit_parameter *parameters;
    size_t n_parameters;  /* 1 to XBAR_MAX_FREE */
    size_t n_data;        /* at least n_parameters */
    const double *weight; /* [n_data], >= 0; NULL: all 1 */
    bool is_absolute; /* the weights are 1/variance, and priors mean what they say; else
                         the variance is found from the residuals as well */
    /** Residuals: model less data.
     *  @param[out] r         [n_data]; NaN where the model cannot answer: such a p is
     *                        not gone to
     *  @param[out] jacobian  dr/dp, [n_data][n_parameters]; NULL: not wanted
     *  @return XBAR_OK; anything else ends the fit */
    xbar_status (*residuals)(double *r, double *jacobian, const double *p,
                             const void *with, xbar_error *err);
    bool has_jacobian; /* else differences are taken, and `jacobian` is always NULL */
    double rounding;   /* what r is rounded to, relative to the model's answer, for the
                          differences; 0: as doubles are */
    const void *with;
} xbar_fit_problem;

enum { XBAR_MAX_FREE = 40 };

/** Of a central difference, relative: the least error for that rounding. */
double xbar_fit_step(double rounding);

typedef enum xbar_loss {
    XBAR_LOSS_SQUARES,
    XBAR_LOSS_HUBER,  /* squares up to 1.345 deviations, then straight */
    XBAR_LOSS_CAUCHY, /* ln(1 + (r/2.385 deviations)^2): far outliers hardly count */
    XBAR_N_LOSSES
} xbar_loss;

/** "squares", "huber", "cauchy". */
extern const char *const xbar_loss_name[XBAR_N_LOSSES];

typedef struct xbar_fit_options {
    xbar_loss loss;
    size_t n_starts; /* that are followed to their end, besides `initial`; 0: none */
    uint64_t seed;   /* shifts the design */
    size_t max_iterations; /* of one start; 0: 200 */
    double tolerance;      /* relative step that ends the iteration; 0: 1e-10 */
    double cost_tolerance; /* relative change of the cost's root that does; 0: 1e-15 */
    double max_seconds;    /* after which the best so far is taken; 0: no limit */
} xbar_fit_options;

/** Parameters that only together, or not at all, leave a trace in the data. */
typedef struct xbar_fit_direction {
    double strength; /* singular value of the Jacobian with unit columns, over the
                        largest */
    double *share;   /* [n_parameters], of unit length */
} xbar_fit_direction;

typedef struct xbar_fit_result {
    size_t n_parameters, n_data;
    double *estimate;       /* [n_parameters] */
    double *standard_error; /* [n_parameters]; INFINITY: not identifiable */
    double *covariance;     /* [n_parameters][n_parameters]; of what is identifiable */
    double *residual;       /* [n_data], at the estimate, without weights */
    double *jacobian;       /* [n_data][n_parameters] */
    double *robust_weight;  /* [n_data]: 1 with squares */
    double cost;            /* the weighted sum of squares, priors included */
    double sigma;           /* deviation of a residual of weight 1; 1 where absolute */
    size_t n_directions;    /* that the data do not determine */
    xbar_fit_direction *directions;
    double condition; /* of the Jacobian with unit columns */
    size_t n_iterations, n_calls;
    bool converged;
    const char *method; /* static */
} xbar_fit_result;

/** @param[out] out      xbar_fit_clear
 *  @param      options  NULL for the defaults
 *  @return XBAR_OK, also where nothing converged (out->converged); XBAR_ERR_INPUT (sizes,
 *          a start outside its bounds or where the model has no answer: names it); what
 *          `residuals` returned; XBAR_ERR_MEMORY */
xbar_status xbar_fit(xbar_fit_result *out, const xbar_fit_problem *p,
                     const xbar_fit_options *options, xbar_error *err);
void xbar_fit_clear(xbar_fit_result *r);

/** Correlation of two estimates; NaN where one is not identifiable. */
double xbar_fit_correlation(const xbar_fit_result *r, size_t j, size_t k);

/** Where the cost, minimised over all other parameters, has risen by as much as chi^2 of
 *  one degree of freedom allows: an interval that is also right where the Jacobian says
 *  little.
 *  @param[out] low, high  the parameter's interval; its bound where the cost never rises
 *                         so much
 *  @param level           0.9: a 90 % interval
 *  @param max_seconds     0: no limit
 *  @return as xbar_fit; both NaN where the time was not enough, or where the other
 *          parameters could not be followed a step */
xbar_status xbar_fit_profile(double *low, double *high, const xbar_fit_problem *p,
                             const xbar_fit_result *r, size_t parameter, double level,
                             double max_seconds, xbar_error *err);

#endif
