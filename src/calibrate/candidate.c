/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The runs that could be made, and what they would cost. */
#include "calibrate/suggest.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/memory.h"
#include "core/random.h"
#include "crossbar/draw.h"

const char *const xbar_input_kind_name[XBAR_N_INPUT_KINDS] = {
    "every row", "one row in ten", "one row"};

/* ngspice factors a matrix of an array in more than its cells, less than their square. */
static const double assumed_exponent = 1.5;

/* ---- time ----------------------------------------------------------------------------- */

/* Seconds of an input of a state, or 0. */
static double mean_time(const xbar_runs *r, const xbar_runs_state *s)
{
    double sum = 0.0;
    for (size_t k = s->first; k < s->first + s->n; k++)
        sum += r->wall_time_s[k];
    return s->n > 0 ? sum / (double)s->n : 0.0;
}

static size_t n_cells(const xbar_runs_state *s)
{
    return s->crossbar->n_rows * s->crossbar->n_cols;
}

/* Of the states of one size the fastest: what else a machine does makes a run slower,
 * never faster. */
static bool is_fastest(const xbar_runs *r, size_t state)
{
    const double mine = mean_time(r, &r->states[state]);
    for (size_t k = 0; k < r->n_states; k++) {
        const double other = mean_time(r, &r->states[k]);
        if (n_cells(&r->states[k]) == n_cells(&r->states[state]) && other > 0.0 &&
            (other < mine || (other == mine && k < state)))
            return false;
    }
    return mine > 0.0;
}

xbar_time_law xbar_time_law_of(const xbar_runs *r)
{
    double n = 0.0;
    double x = 0.0;
    double y = 0.0;
    double xx = 0.0;
    double xy = 0.0;
    for (size_t k = 0; k < r->n_states; k++) {
        if (!is_fastest(r, k))
            continue;
        double size = log((double)n_cells(&r->states[k]));
        double time = log(mean_time(r, &r->states[k]));
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
        for (size_t n = 0; n < n_cells(s); n++)
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
