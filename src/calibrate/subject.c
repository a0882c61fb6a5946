/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "calibrate/family.h"
#include "core/memory.h"

static const double noise_floor = 0.1; /* of the largest current, as if it were that */

enum { STATES_TO_SPLIT = 8 };

void xbar_subject_clear(xbar_subject *s)
{
    if (s->close)
        s->close(s);
    free(s->measured);
    free(s->noise);
    free(s->scale);
    free(s->unit);
    free(s->swell);
    *s = (xbar_subject){0};
}

xbar_status xbar_subject_data(xbar_subject *s, size_t n_data, xbar_error *err)
{
    s->n_data = n_data;
    XBAR_TRY(xbar_doubles_new(&s->measured, n_data, "data", err));
    XBAR_TRY(xbar_doubles_new(&s->noise, n_data, "data", err));
    XBAR_TRY(xbar_doubles_new(&s->scale, n_data, "data", err));
    void *memory = NULL;
    XBAR_TRY(xbar_array_new(&memory, n_data, sizeof *s->unit, "data", err));
    s->unit = memory;
    return XBAR_OK;
}

xbar_subject_parameter *xbar_subject_add(xbar_subject *s, const char *name,
                                         const char *unit, double initial)
{
    assert(s->n_parameters < XBAR_MAX_SUBJECT_PARAMETERS);
    xbar_subject_parameter *p = &s->parameters[s->n_parameters++];
    *p = (xbar_subject_parameter){.unit = unit,
                                  .initial = initial,
                                  .min = -(double)INFINITY,
                                  .max = (double)INFINITY};
    snprintf(p->name, sizeof p->name, "%s", name);
    return p;
}

size_t xbar_subject_find(const xbar_subject *s, const char *name)
{
    size_t k = 0;
    while (k < s->n_parameters && strcmp(s->parameters[k].name, name) != 0)
        k++;
    return k;
}

void xbar_subject_weigh(xbar_subject *s, const xbar_runs *r)
{
    const bool by_state = r->n_states >= STATES_TO_SPLIT;
    s->n_units = by_state ? r->n_states : r->n_runs;
    for (size_t k = 0; k < r->n_runs; k++) {
        const xbar_runs_state *state = &r->states[r->state_of[k]];
        double f[XBAR_N_FEATURES];
        double largest = 0.0;
        xbar_features(f, state->crossbar, state->conductance, &r->stimuli[k]);
        for (size_t n = r->first_datum[k]; n < r->first_datum[k + 1]; n++)
            largest = fmax(largest, fabs(r->current[n]));
        for (size_t n = r->first_datum[k]; n < r->first_datum[k + 1]; n++) {
            double i = r->current[n];
            s->measured[n] = i;
            s->scale[n] = largest;
            s->noise[n] = i != 0.0 ? XBAR_NOISE_SHARE * hypot(i, noise_floor * largest)
                                   : (double)INFINITY;
            s->unit[n] = by_state ? r->state_of[k] : k;
            xbar_swell_of(s->swell + n * XBAR_N_SWELL, f);
        }
    }
}

xbar_status xbar_subject_runs(xbar_subject *s, const xbar_runs *r, xbar_error *err)
{
    XBAR_TRY(xbar_subject_data(s, r->n_data, err));
    XBAR_TRY(xbar_doubles_new(&s->swell, r->n_data * XBAR_N_SWELL, "data", err));
    xbar_subject_weigh(s, r);
    return XBAR_OK;
}
