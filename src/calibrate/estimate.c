/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The estimates: a fit of what is free, without what the data cannot tell. */
#include <math.h>
#include <string.h>

#include "calibrate/work.h"
#include "core/clock.h"

/* A parameter that is unknown by this many times itself is not fitted; nor is one that
 * alone makes up so much of a direction without a trace. */
static const double hopeless = 10.0;
static const double alone = 0.99;

/* Beyond this relative error the Jacobian alone is not believed. */
static const double poor_error = 0.3;

/* By how many times its own size a parameter is unknown: where it leaves no trace alone,
 * or beside others none that counts. A pair of which only the sum is known is not meant:
 * the two are named together. */
static double ignorance(const xbar_calibration *c, const xbar_subject *s, size_t k)
{
    const xbar_fit_result *f = &c->fit;
    for (size_t n = 0; n < f->n_directions; n++)
        if (fabs(f->directions[n].share[k]) > alone)
            return (double)INFINITY;
    const xbar_subject_parameter *p = &s->parameters[c->which[k]];
    const double at = f->estimate[k];
    /* one of those that are known together only, and run away as far as it may */
    if (isinf(f->standard_error[k]) && (fabs(at - p->min) < 1e-3 * fabs(p->min) ||
                                        fabs(at - p->max) < 1e-3 * fabs(p->max)))
        return (double)INFINITY;
    const double size = fmax(fabs(at), fabs(p->initial));
    return isinf(f->standard_error[k]) ? 0.0 : f->standard_error[k] / size;
}

/* Stays at its start from now on. */
static void hold(xbar_calibration *c, size_t k)
{
    c->is_free[c->which[k]] = false;
    c->is_held[c->which[k]] = true;
    c->n_free--;
    c->n_held++;
    memmove(c->which + k, c->which + k + 1, (c->n_free - k) * sizeof *c->which);
}

/* Holds all that leave no trace, else the one of which least is known: without it others
 * may be known well. @return was there any? */
static bool hold_some(xbar_work *w)
{
    xbar_calibration *c = w->c;
    double times[XBAR_MAX_FREE] = {0.0};
    size_t worst = 0;
    for (size_t k = 0; k < c->n_free; k++) {
        times[k] = ignorance(c, w->s, k);
        worst = times[k] > times[worst] ? k : worst;
    }
    const double most = times[worst];
    if (!(most > hopeless))
        return false;
    for (size_t k = c->n_free; k-- > 0;)
        if (isinf(most) ? isinf(times[k]) : k == worst)
            hold(c, k);
    xbar_work_take_free(w);
    return true;
}

xbar_status xbar_estimate(xbar_work *w, const xbar_fit_options *o, xbar_error *err)
{
    const double start_s = xbar_clock_s();
    xbar_fit_options left = *o;
    xbar_work_want(w, false);
    for (;;) {
        const xbar_fit_problem problem = xbar_work_problem(w);
        XBAR_TRY(xbar_fit(&w->c->fit, &problem, &left, err));
        left.max_seconds = o->max_seconds - (xbar_clock_s() - start_s);
        if (o->max_seconds > 0.0 && !(left.max_seconds > 0.0))
            return XBAR_OK; /* what has been found stands */
        if (o->max_seconds <= 0.0)
            left.max_seconds = 0.0;
        if (!hold_some(w))
            return XBAR_OK;
        xbar_fit_clear(&w->c->fit);
        if (w->c->n_free == 0)
            return xbar_fail(err, XBAR_ERR_INPUT,
                             "%s: the data tell none of its free parameters",
                             w->s->model);
    }
}

xbar_status xbar_estimate_profiles(xbar_calibration *c, const xbar_work *w,
                                   const xbar_calibration_options *o, xbar_error *err)
{
    const double max_seconds = o->fit.max_seconds;
    const double end_s = xbar_clock_s() + max_seconds;
    const xbar_fit_problem problem = xbar_work_problem(w);
    for (size_t k = 0; k < c->n_free; k++) {
        double *at = c->profile + 2 * k;
        if (o->progress)
            o->progress(k + 1, c->n_free + 1, o->with);
        at[0] = at[1] = (double)NAN;
        double share = c->fit.standard_error[k] / fabs(c->fit.estimate[k]);
        /* an error without end is known already */
        if (!(share > poor_error && isfinite(share)) || c->n_free < 2 ||
            !c->fit.converged || !(c->fit.sigma > 0.0))
            continue;
        double left_s = max_seconds > 0.0 ? end_s - xbar_clock_s() : 0.0;
        if (left_s < 0.0)
            continue;
        XBAR_TRY(
            xbar_fit_profile(&at[0], &at[1], &problem, &c->fit, k, 0.9, left_s, err));
    }
    return XBAR_OK;
}
