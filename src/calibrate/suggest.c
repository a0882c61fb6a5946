/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The choice among candidates (candidate.c) by what each is worth (gain.h). */
#include "calibrate/suggest.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "analytical/fitted.h"
#include "calibrate/gain.h"
#include "core/memory.h"

/* A parameter that no data speak of is taken to be known to this many times itself. */
static const double prior_width = 10.0;

/* Below this share of the variance a run is not worth its time. */
static const double least_gain = 1e-3;

/* ---- information ---------------------------------------------------------------------- */

/* d y / d p over d y's noise, of the free parameters, one row a datum. */
typedef struct slopes {
    double *rows; /* [n][n_free] */
    size_t n;
} slopes;

static xbar_status difference(double *jacobian, const xbar_subject *s,
                              const xbar_calibration *c, const bool *all, double *up,
                              double *down, xbar_error *err)
{
    double p[XBAR_MAX_SUBJECT_PARAMETERS];
    memcpy(p, c->value, s->n_parameters * sizeof *p);
    for (size_t k = 0; k < c->n_free; k++) {
        const size_t at = c->which[k];
        const xbar_subject_parameter *q = &s->parameters[at];
        const double h =
            fmax(1e-5, xbar_fit_step(s->rounding)) * fmax(fabs(p[at]), 1e-6);
        const double here = p[at];
        const double above = fmin(here + h, 0.5 * (here + q->max));
        const double below = fmax(here - h, 0.5 * (here + q->min));
        p[at] = above;
        XBAR_TRY(s->predict(s, up, NULL, p, c->is_free, all, err));
        p[at] = below;
        XBAR_TRY(s->predict(s, down, NULL, p, c->is_free, all, err));
        p[at] = here;
        for (size_t n = 0; n < s->n_data; n++)
            jacobian[n * s->n_parameters + at] = (up[n] - down[n]) / (above - below);
    }
    return XBAR_OK;
}

/* The rows of a subject at the estimate. Its runs' currents become the predictions where
 * they are only thought of. */
static xbar_status find_slopes(slopes *out, xbar_subject *s, xbar_runs *r,
                               const xbar_calibration *c, bool is_thought,
                               xbar_error *err)
{
    double *y = NULL;
    double *other = NULL;
    double *jacobian = NULL;
    void *all = NULL;
    xbar_status status = xbar_doubles_new(&y, s->n_data, "predictions", err);
    if (status == XBAR_OK)
        status = xbar_doubles_new(&other, s->n_data, "predictions", err);
    if (status == XBAR_OK)
        status =
            xbar_doubles_new(&jacobian, s->n_data * s->n_parameters, "Jacobian", err);
    if (status == XBAR_OK)
        status = xbar_doubles_new(&out->rows, s->n_data * c->n_free, "Jacobian", err);
    if (status == XBAR_OK)
        status = xbar_array_new(&all, s->n_units, sizeof(bool), "units", err);
    if (status == XBAR_OK) {
        memset(all, 1, s->n_units * sizeof(bool));
        status = s->has_jacobian
                     ? s->predict(s, y, jacobian, c->value, c->is_free, all, err)
                     : difference(jacobian, s, c, all, y, other, err);
    }
    if (status == XBAR_OK && is_thought) {
        status = s->predict(s, y, NULL, c->value, c->is_free, all, err);
        memcpy(r->current, y, s->n_data * sizeof *y);
        xbar_subject_weigh(s, r);
    }
    for (size_t n = 0; n < s->n_data && status == XBAR_OK; n++) {
        if (!isfinite(s->noise[n]))
            continue;
        for (size_t k = 0; k < c->n_free; k++) {
            double d = jacobian[n * s->n_parameters + c->which[k]] / s->noise[n];
            out->rows[out->n * c->n_free + k] = isfinite(d) ? d : 0.0;
        }
        out->n++;
    }
    free(all);
    free(jacobian);
    free(other);
    free(y);
    return status;
}

/* ---- sites ---------------------------------------------------------------------------- */

typedef struct choice {
    const xbar_subject *s;
    const xbar_calibration *c;
    const xbar_runs *r;
    xbar_candidate candidates[XBAR_MAX_CANDIDATES];
    xbar_site sites[XBAR_MAX_CANDIDATES];
    size_t n;
    xbar_site *made; /* [r->n_runs], of which n_made were fitted */
    size_t n_made;
    double value[XBAR_MAX_FREE], width[XBAR_MAX_FREE];
    xbar_gain *gain;
} choice;

static void site_clear(xbar_site *site)
{
    free(site->information);
    free(site->score);
}

static void choice_clear(choice *h)
{
    for (size_t k = 0; k < XBAR_MAX_CANDIDATES; k++)
        site_clear(&h->sites[k]);
    for (size_t k = 0; h->made && k < h->r->n_runs; k++)
        site_clear(&h->made[k]);
    free(h->made);
    xbar_gain_free(h->gain);
    free(h);
}

/* The mean of the features of a state's runs, first to last. */
static void find_place(xbar_site *site, const xbar_runs *r, size_t first, size_t n)
{
    for (size_t k = first; k < first + n; k++) {
        const xbar_runs_state *state = &r->states[r->state_of[k]];
        double f[XBAR_N_FEATURES];
        xbar_features(f, state->crossbar, state->conductance, &r->stimuli[k]);
        for (size_t q = 0; q < XBAR_N_FEATURES; q++)
            site->feature[q] += f[q] / (double)n;
    }
}

/* row: a datum's slopes over its noise. */
static void add_row(xbar_site *site, const double *row, double residual, size_t n)
{
    for (size_t k = 0; k < n; k++) {
        for (size_t l = 0; l < n; l++)
            site->information[k * n + l] += row[k] * row[l];
        if (site->score)
            site->score[k] += row[k] * residual;
    }
    site->n_outputs++;
}

static xbar_status look_at(choice *h, size_t k, uint64_t seed, xbar_error *err)
{
    xbar_crossbar *array = NULL;
    xbar_runs *runs = NULL;
    xbar_subject s = {0};
    slopes rows = {0};
    const size_t n = h->c->n_free;
    xbar_site *site = &h->sites[k];
    const bool is_array = strcmp(h->s->family, "array") == 0;
    XBAR_TRY(xbar_doubles_new(&site->information, n * n, "candidates", err));
    XBAR_TRY(
        xbar_candidate_runs(&array, &runs, &h->candidates[k], h->r, seed + k, err));
    xbar_status status = is_array ? xbar_family_array(&s, runs, err)
                                  : xbar_family_closed_form(&s, h->s->model, runs, err);
    if (status == XBAR_OK)
        status = find_slopes(&rows, &s, runs, h->c, true, err);
    for (size_t d = 0; d < rows.n && status == XBAR_OK; d++)
        add_row(site, rows.rows + d * n, 0.0, n);
    if (status == XBAR_OK)
        find_place(site, runs, 0, runs->n_runs);
    free(rows.rows);
    xbar_subject_clear(&s);
    xbar_runs_free(runs);
    xbar_crossbar_free(array);
    return status;
}

/* A fitted run; left out where nothing of it was fitted. */
static xbar_status look_back(choice *h, size_t run, xbar_error *err)
{
    const xbar_calibration *c = h->c;
    const size_t n = c->n_free;
    const size_t first = h->r->first_datum[run];
    double row[XBAR_MAX_FREE];
    xbar_site *site = &h->made[h->n_made];
    if (c->role[h->s->unit[first]] != XBAR_ROLE_FIT)
        return XBAR_OK;
    XBAR_TRY(xbar_doubles_new(&site->information, n * n, "runs", err));
    XBAR_TRY(xbar_doubles_new(&site->score, n, "runs", err));
    h->n_made++;
    for (size_t d = first; d < h->r->first_datum[run + 1]; d++) {
        const double weight = sqrt(c->fit.robust_weight[d]) / h->s->noise[d];
        if (!isfinite(h->s->noise[d]))
            continue;
        for (size_t k = 0; k < n; k++)
            row[k] = c->fit.jacobian[d * n + k] * weight;
        add_row(site, row, c->fit.residual[d] * weight, n);
    }
    find_place(site, h->r, run, 1);
    return XBAR_OK;
}

static xbar_status gather(choice *h, uint64_t seed, xbar_error *err)
{
    const xbar_calibration *c = h->c;
    void *memory = NULL;
    XBAR_TRY(xbar_array_new(&memory, h->r->n_runs, sizeof *h->made, "runs", err));
    h->made = memory;
    for (size_t k = 0; k < h->r->n_runs; k++)
        XBAR_TRY(look_back(h, k, err));
    for (size_t k = 0; k < h->n; k++)
        XBAR_TRY(look_at(h, k, seed, err));
    for (size_t k = 0; k < c->n_free; k++) {
        h->value[k] = c->fit.estimate[k];
        h->width[k] = prior_width * fmax(fabs(c->fit.estimate[k]), 1e-6);
    }
    const xbar_outlook o = {
        .n_free = c->n_free,
        .value = h->value,
        .width = h->width,
        .sigma = fmax(c->fit.sigma, 1e-9),
        .made = h->made,
        .n_made = h->n_made,
        .candidates = h->sites,
        .n_candidates = h->n,
    };
    return xbar_gain_new(&h->gain, &o, err);
}

/* ---- the choice ----------------------------------------------------------------------- */

/* @return is there one worth its time? */
static bool pick(xbar_candidate *out, choice *h)
{
    const double before = xbar_gain_variance(h->gain, h->n);
    size_t best = 0;
    double most = 0.0;
    for (size_t k = 0; k < h->n; k++) {
        const double after = xbar_gain_variance(h->gain, k);
        const double gain = 1.0 - after / before;
        if (!(gain > least_gain && gain / h->candidates[k].seconds > most))
            continue;
        most = gain / h->candidates[k].seconds;
        h->candidates[k].gain = gain;
        h->candidates[k].error = XBAR_NOISE_SHARE * sqrt(after);
        best = k;
    }
    if (!(most > 0.0))
        return false;
    *out = h->candidates[best];
    xbar_gain_take(h->gain, best);
    return true;
}

xbar_status xbar_suggest(xbar_candidate *picks, size_t n, const xbar_subject *s,
                         const xbar_calibration *c, const xbar_runs *r, uint64_t seed,
                         xbar_error *err)
{
    if (c->n_free == 0 || strcmp(s->family, "device") == 0)
        return xbar_fail(
            err, XBAR_ERR_INPUT,
            "--suggest: want an array or a closed form with something free");
    void *memory = NULL;
    XBAR_TRY(xbar_array_new(&memory, 1, sizeof(choice), "candidates", err));
    choice *h = memory;
    const xbar_time_law law = xbar_time_law_of(r);
    h->s = s;
    h->c = c;
    h->r = r;
    h->n = xbar_candidates(h->candidates, s, r, &law);
    xbar_status status = gather(h, seed, err);
    bool more = true;
    for (size_t k = 0; k < n && status == XBAR_OK; k++) {
        picks[k] = (xbar_candidate){.n = 0};
        more = more && pick(&picks[k], h);
    }
    choice_clear(h);
    return status;
}
