/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A plan's voltages over time: waveforms of terminals, and the envelope of the rest. */
#include <math.h>
#include <stdlib.h>

#include "core/memory.h"
#include "experiment/sources.h"

/* One input of one sample. */
struct xbar_plan_timed {
    const xbar_plan *plan;
    xbar_stimulus s; /* without the envelope */
};

static void volts_at(xbar_stimulus *s, double t_s, const void *with)
{
    const struct xbar_plan_timed *own = with;
    const xbar_crossbar *c = own->plan->crossbar;
    const xbar_drive *d = &own->plan->sources->drive;
    const double envelope =
        d->has_envelope ? xbar_waveform_value(&d->envelope, t_s) : 1.0;
    xbar_stimulus_copy(s, &own->s, c);
    for (int side = 0; side < XBAR_N_SIDES; side++) {
        uint32_t last = 0; /* lines often share a waveform */
        double value = 0.0;
        for (size_t k = 0; k < xbar_side_lines(c, (xbar_side)side); k++) {
            uint32_t wave = d->wave[side] ? d->wave[side][k] : 0;
            if (d->scheme != XBAR_SCHEME_READ || d->takes_input[side][k]) {
                s->volt[side][k] *= envelope;
                continue;
            }
            if (wave == 0)
                continue;
            if (wave != last)
                value = xbar_waveform_value(&d->waves[wave - 1], t_s);
            last = wave;
            s->volt[side][k] = value;
        }
    }
}

static double next_corner(double t_s, const void *with)
{
    const struct xbar_plan_timed *own = with;
    const xbar_drive *d = &own->plan->sources->drive;
    double corner = (double)INFINITY;
    if (d->has_envelope)
        corner = xbar_waveform_corner(&d->envelope, t_s);
    for (size_t k = 0; d->scheme == XBAR_SCHEME_READ && k < d->n_waves; k++)
        corner = fmin(corner, xbar_waveform_corner(&d->waves[k], t_s));
    return corner;
}

xbar_status xbar_plan_schedule(xbar_plan_course *out, const xbar_plan *p, size_t sample,
                               size_t input, xbar_error *err)
{
    *out = (xbar_plan_course){.own = NULL};
    void *memory = NULL;
    XBAR_TRY(
        xbar_array_new(&memory, 1, sizeof(struct xbar_plan_timed), "schedule", err));
    out->own = memory;
    out->own->plan = p;
    xbar_status status = xbar_stimulus_init(&out->own->s, p->crossbar, err);
    if (status == XBAR_OK)
        status = xbar_plan_stimulus(p, sample, input, &out->own->s, err);
    if (status != XBAR_OK) {
        xbar_plan_course_clear(out);
        return status;
    }
    out->schedule =
        (xbar_schedule){.volts = volts_at, .corner = next_corner, .with = out->own};
    return XBAR_OK;
}

void xbar_plan_course_clear(xbar_plan_course *course)
{
    if (course->own)
        xbar_stimulus_clear(&course->own->s);
    free(course->own);
    *course = (xbar_plan_course){.own = NULL};
}
