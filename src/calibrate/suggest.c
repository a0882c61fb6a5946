/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "calibrate/suggest.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <gsl/gsl_linalg.h>

#include "calibrate/bound.h"
#include "core/memory.h"
#include "core/random.h"
#include "crossbar/draw.h"

const char *const xbar_input_kind_name[XBAR_N_INPUT_KINDS] = {
    "every row", "one row in ten", "one row"};

/* ngspice factors a matrix of an array in more than its cells, less than their square. */
static const double assumed_exponent = 1.5;

/* A parameter that no data speak of is taken to be known to this many times itself. */
static const double prior_width = 10.0;

/* ---- time ----------------------------------------------------------------------------- */

xbar_time_law xbar_time_law_of(const xbar_runs *r)
{
    double n = 0.0;
    double x = 0.0;
    double y = 0.0;
    double xx = 0.0;
    double xy = 0.0;
    for (size_t k = 0; k < r->n_runs; k++) {
        const xbar_crossbar *c = r->states[r->state_of[k]].crossbar;
        if (!(r->wall_time_s[k] > 0.0))
            continue;
        double size = log((double)(c->n_rows * c->n_cols));
        double time = log(r->wall_time_s[k]);
        n += 1.0;
        x += size;
        y += time;
        xx += size * size;
        xy += size * time;
    }
    xbar_time_law law = {
        .factor = 1e-6, .exponent = assumed_exponent, .is_assumed = true};
    if (!(n > 0.0))
        return law;
    const double spread = xx / n - x / n * (x / n);
    if (spread > 0.01) {
        law.exponent = fmax(0.5, fmin(3.0, (xy / n - x / n * (y / n)) / spread));
        law.is_assumed = false;
    }
    law.factor = exp(y / n - law.exponent * x / n);
    return law;
}

/* ---- candidates ----------------------------------------------------------------------- */

static void ranges(double *min, double *max, double *volt, size_t *size,
                   const xbar_runs *r)
{
    *min = (double)INFINITY;
    *max = *volt = 0.0;
    *size = 0;
    for (size_t k = 0; k < r->n_states; k++) {
        const xbar_runs_state *s = &r->states[k];
        const size_t n_cells = s->crossbar->n_rows * s->crossbar->n_cols;
        for (size_t n = 0; n < n_cells; n++)
            if (s->conductance[n] > 0.0) {
                *min = fmin(*min, s->conductance[n]);
                *max = fmax(*max, s->conductance[n]);
            }
        const size_t side = s->crossbar->n_rows > s->crossbar->n_cols
                                ? s->crossbar->n_rows
                                : s->crossbar->n_cols;
        *size = side > *size ? side : *size;
        for (size_t l = s->first; l < s->first + s->n; l++)
            for (size_t i = 0; i < s->crossbar->n_rows; i++) {
                double v = xbar_row_volt(s->crossbar, &r->stimuli[l], i);
                *volt = isnan(v) ? *volt : fmax(*volt, fabs(v));
            }
    }
    if (!(*max > 0.0))
        *min = *max = 1e-4;
    if (!(*volt > 0.0))
        *volt = 0.1;
}

size_t xbar_candidates(xbar_candidate *c, const xbar_subject *s, const xbar_runs *r,
                       const xbar_time_law *law)
{
    static const double wires[] = {1.0, 0.5, 2.0};
    const xbar_crossbar *base = r->files[0].crossbar;
    const size_t n_wires = strcmp(s->family, "array") == 0 ? 1 : 3;
    double min = 0.0;
    double max = 0.0;
    double volt = 0.0;
    size_t largest = 0;
    size_t n = 0;
    ranges(&min, &max, &volt, &largest, r);
    largest = largest > 4 ? largest : 4;
    for (size_t size = largest >= 16 ? largest / 4 : 4; size <= 2 * largest; size *= 2)
        for (size_t w = 0; w < n_wires; w++)
            for (int spread = 0; spread < 2; spread++)
                for (int kind = 0; kind < XBAR_N_INPUT_KINDS; kind++) {
                    if (n == XBAR_MAX_CANDIDATES)
                        return n;
                    double cells = (double)size * (double)size;
                    c[n] = (xbar_candidate){
                        .n = size,
                        .row_ohm = wires[w] * base->row_ohm,
                        .col_ohm = wires[w] * base->col_ohm,
                        .min_siemens = spread ? min : max,
                        .max_siemens = max,
                        .volt = volt,
                        .inputs = (xbar_input_kind)kind,
                        .seconds = XBAR_CANDIDATE_INPUTS * law->factor *
                                   pow(cells, law->exponent),
                    };
                    n++;
                }
    return n;
}

/* Which rows an input drives. */
static bool is_driven(const xbar_candidate *c, size_t input, size_t row)
{
    if (c->inputs == XBAR_INPUT_DENSE)
        return true;
    const size_t step = c->inputs == XBAR_INPUT_TENTH && c->n > 10 ? 10 : c->n;
    return row % step == (input * c->n / XBAR_CANDIDATE_INPUTS) % step;
}

static void fill_inputs(xbar_stimulus *inputs, const xbar_candidate *c,
                        const xbar_crossbar *array, uint64_t seed)
{
    for (size_t l = 0; l < XBAR_CANDIDATE_INPUTS; l++)
        for (size_t k = 0; k < c->n; k++) {
            double u =
                xbar_uniform(seed, XBAR_STREAM_INPUT, 0, (uint32_t)(l * c->n + k));
            double v = is_driven(c, l, k) ? c->volt * u : 0.0;
            for (int side = 0; side < XBAR_N_SIDES; side++)
                if (!isnan(array->terminal_ohm[side][k]))
                    inputs[l].volt[side][k] = side <= XBAR_RIGHT ? v : 0.0;
        }
}

/* The first file's array in another size. */
static xbar_status make_array(xbar_crossbar **out, const xbar_candidate *c,
                              const xbar_crossbar *base, xbar_error *err)
{
    XBAR_TRY(xbar_crossbar_new(out, c->n, c->n, err));
    xbar_crossbar *a = *out;
    a->row_ohm = c->row_ohm;
    a->col_ohm = c->col_ohm;
    a->cell = base->cell;
    for (int side = 0; side < XBAR_N_SIDES; side++) {
        double ohm = (double)NAN;
        for (size_t k = 0; k < xbar_side_lines(base, (xbar_side)side) && isnan(ohm);
             k++)
            ohm = base->terminal_ohm[side][k];
        for (size_t k = 0; k < c->n; k++)
            a->terminal_ohm[side][k] = ohm;
    }
    memset(a->row_source, base->row_source[0], c->n);
    return XBAR_OK;
}

xbar_status xbar_candidate_runs(xbar_crossbar **array, xbar_runs **out,
                                const xbar_candidate *c, const xbar_runs *r,
                                uint64_t seed, xbar_error *err)
{
    xbar_stimulus inputs[XBAR_CANDIDATE_INPUTS] = {0};
    double *g = NULL;
    *out = NULL;
    *array = NULL;
    const xbar_draw draw = {
        .distribution = XBAR_LOGUNIFORM, .a = c->min_siemens, .b = c->max_siemens};
    xbar_status status = make_array(array, c, r->files[0].crossbar, err);
    if (status == XBAR_OK)
        status = xbar_doubles_new(&g, c->n * c->n, "conductances", err);
    for (size_t l = 0; l < XBAR_CANDIDATE_INPUTS && status == XBAR_OK; l++)
        status = xbar_stimulus_init(&inputs[l], *array, err);
    if (status == XBAR_OK) {
        xbar_draw_values(g, &draw, seed, XBAR_STREAM_CONDUCTANCE, 0, 0, c->n * c->n);
        fill_inputs(inputs, c, *array, seed);
        status = xbar_runs_new(out, *array, g, 1, inputs, XBAR_CANDIDATE_INPUTS, err);
    }
    for (size_t l = 0; l < XBAR_CANDIDATE_INPUTS; l++)
        xbar_stimulus_clear(&inputs[l]);
    free(g);
    if (status != XBAR_OK) {
        xbar_crossbar_free(*array);
        *array = NULL;
    }
    return status;
}

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
        const double h = 1e-5 * fmax(fabs(p[at]), 1e-6);
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

static void add_information(double *m, const slopes *s, size_t n_free, double factor)
{
    for (size_t n = 0; n < s->n; n++)
        for (size_t k = 0; k < n_free; k++)
            for (size_t l = 0; l < n_free; l++)
                m[k * n_free + l] +=
                    factor * s->rows[n * n_free + k] * s->rows[n * n_free + l];
}

/* trace(M^-1 T): T the targets' own information. */
static double mean_variance(const double *m, const double *targets, size_t n)
{
    double copy[XBAR_MAX_FREE * XBAR_MAX_FREE];
    memcpy(copy, m, n * n * sizeof *copy);
    gsl_matrix_view a = gsl_matrix_view_array(copy, n, n);
    if (gsl_linalg_cholesky_decomp1(&a.matrix) != 0 ||
        gsl_linalg_cholesky_invert(&a.matrix) != 0)
        return (double)INFINITY;
    double sum = 0.0;
    for (size_t k = 0; k < n; k++)
        for (size_t l = 0; l < n; l++)
            sum += copy[k * n + l] * targets[l * n + k];
    return sum;
}

/* ---- the choice ----------------------------------------------------------------------- */

typedef struct choice {
    const xbar_subject *s;
    const xbar_calibration *c;
    const xbar_runs *r;
    xbar_candidate candidates[XBAR_MAX_CANDIDATES];
    slopes slopes[XBAR_MAX_CANDIDATES];
    size_t n;
    double *m, *targets, *sum; /* [n_free][n_free] */
} choice;

static void choice_clear(choice *h)
{
    for (size_t k = 0; k < h->n; k++)
        free(h->slopes[k].rows);
    free(h->m);
    free(h->targets);
    free(h->sum);
    free(h);
}

static xbar_status look_at(choice *h, size_t k, uint64_t seed, xbar_error *err)
{
    xbar_crossbar *array = NULL;
    xbar_runs *runs = NULL;
    xbar_subject s = {0};
    const bool is_array = strcmp(h->s->family, "array") == 0;
    XBAR_TRY(
        xbar_candidate_runs(&array, &runs, &h->candidates[k], h->r, seed + k, err));
    xbar_status status = is_array ? xbar_family_array(&s, runs, err)
                                  : xbar_family_closed_form(&s, h->s->model, runs, err);
    if (status == XBAR_OK)
        status = find_slopes(&h->slopes[k], &s, runs, h->c, true, err);
    xbar_subject_clear(&s);
    xbar_runs_free(runs);
    xbar_crossbar_free(array);
    return status;
}

/* What is known: the data that were fitted, and a wide prior. */
static xbar_status gather(choice *h, uint64_t seed, xbar_error *err)
{
    const xbar_calibration *c = h->c;
    const size_t n = c->n_free;
    const double factor = 1.0 / (c->fit.sigma * c->fit.sigma + 1e-300);
    XBAR_TRY(xbar_doubles_new(&h->m, n * n, "information", err));
    XBAR_TRY(xbar_doubles_new(&h->targets, n * n, "information", err));
    XBAR_TRY(xbar_doubles_new(&h->sum, n * n, "information", err));
    for (size_t d = 0; d < h->s->n_data; d++) {
        const double a = h->s->noise[d];
        if (c->role[h->s->unit[d]] != XBAR_ROLE_FIT || !isfinite(a))
            continue;
        const double *row = c->fit.jacobian + d * n;
        for (size_t k = 0; k < n; k++)
            for (size_t l = 0; l < n; l++)
                h->m[k * n + l] += factor * row[k] * row[l] / (a * a);
    }
    for (size_t k = 0; k < n; k++) {
        double width = prior_width * fmax(fabs(c->fit.estimate[k]), 1e-6);
        h->m[k * n + k] += 1.0 / (width * width);
    }
    for (size_t k = 0; k < h->n; k++) {
        XBAR_TRY(look_at(h, k, seed, err));
        add_information(h->targets, &h->slopes[k], n,
                        1.0 / (double)(h->slopes[k].n > 0 ? h->slopes[k].n : 1));
    }
    return XBAR_OK;
}

static void pick(xbar_candidate *out, choice *h)
{
    const size_t n = h->c->n_free;
    const double factor = 1.0 / (h->c->fit.sigma * h->c->fit.sigma + 1e-300);
    const double before = mean_variance(h->m, h->targets, n);
    size_t best = 0;
    double most = -1.0;
    for (size_t k = 0; k < h->n; k++) {
        memcpy(h->sum, h->m, n * n * sizeof *h->sum);
        add_information(h->sum, &h->slopes[k], n, factor);
        double gain = 1.0 - mean_variance(h->sum, h->targets, n) / before;
        h->candidates[k].gain = isfinite(gain) ? gain : 0.0;
        if (h->candidates[k].gain / h->candidates[k].seconds > most) {
            most = h->candidates[k].gain / h->candidates[k].seconds;
            best = k;
        }
    }
    *out = h->candidates[best];
    add_information(h->m, &h->slopes[best], n, factor);
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
    for (size_t k = 0; k < n && status == XBAR_OK; k++)
        pick(&picks[k], h);
    choice_clear(h);
    return status;
}
