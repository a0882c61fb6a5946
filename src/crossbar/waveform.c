/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "crossbar/waveform.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/memory.h"

static const double two_pi = 6.283185307179586476925;

xbar_status xbar_waveform_linear(xbar_waveform *w, const double *t_s,
                                 const double *value, size_t n, xbar_error *err)
{
    *w = (xbar_waveform){0};
    if (n == 0)
        return xbar_fail(err, XBAR_ERR_INPUT, "a waveform without knots: want one");
    for (size_t k = 0; k < n; k++)
        if (!isfinite(t_s[k]) || !isfinite(value[k]) || (k > 0 && t_s[k] <= t_s[k - 1]))
            return xbar_fail(err, XBAR_ERR_INPUT,
                             "knot %zu of a waveform, %g V at %g s: want finite "
                             "numbers and rising times",
                             k, value[k], t_s[k]);
    XBAR_TRY(xbar_doubles_new(&w->t_s, n, "waveform", err));
    xbar_status status = xbar_doubles_new(&w->value, n, "waveform", err);
    if (status != XBAR_OK) {
        xbar_waveform_clear(w);
        return status;
    }
    memcpy(w->t_s, t_s, n * sizeof *t_s);
    memcpy(w->value, value, n * sizeof *value);
    w->kind = XBAR_WAVE_LINEAR;
    w->n_knots = n;
    return XBAR_OK;
}

void xbar_waveform_sine(xbar_waveform *w, double base, double volt, double hertz,
                        double cycles)
{
    *w = (xbar_waveform){.kind = XBAR_WAVE_SINE,
                         .base = base,
                         .volt = volt,
                         .hertz = hertz,
                         .cycles = cycles};
}

void xbar_waveform_clear(xbar_waveform *w)
{
    free(w->t_s);
    free(w->value);
    *w = (xbar_waveform){0};
}

/* The number of knots at or before t. */
static size_t knots_until(const xbar_waveform *w, double t_s)
{
    size_t low = 0;
    size_t high = w->n_knots;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (w->t_s[middle] <= t_s)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static double sine(const xbar_waveform *w, double t_s)
{
    double cycle = fmin(fmax(t_s * w->hertz, 0.0), w->cycles);
    double part =
        cycle - floor(cycle); /* of a period: exact zeros where it is 0 or 1/2 */
    return part == 0.0 || part == 0.5 ? w->base
                                      : w->base + w->volt * sin(two_pi * part);
}

double xbar_waveform_value(const xbar_waveform *w, double t_s)
{
    if (w->kind == XBAR_WAVE_SINE)
        return sine(w, t_s);
    size_t k = knots_until(w, t_s);
    if (k == 0)
        return w->value[0];
    if (k == w->n_knots)
        return w->value[k - 1];
    double share = (t_s - w->t_s[k - 1]) / (w->t_s[k] - w->t_s[k - 1]);
    return (1.0 - share) * w->value[k - 1] + share * w->value[k];
}

double xbar_waveform_corner(const xbar_waveform *w, double t_s)
{
    if (w->kind == XBAR_WAVE_SINE) {
        double end = w->cycles / w->hertz;
        if (t_s < 0.0)
            return 0.0;
        return t_s < end ? end : (double)INFINITY;
    }
    size_t k = knots_until(w, t_s);
    return k < w->n_knots ? w->t_s[k] : (double)INFINITY;
}

static void still_volts(xbar_stimulus *s, double t_s, const void *with)
{
    (void)t_s;
    const xbar_still *still = with;
    xbar_stimulus_copy(s, still->s, still->c);
}

static double still_corner(double t_s, const void *with)
{
    (void)t_s;
    (void)with;
    return (double)INFINITY;
}

xbar_schedule xbar_schedule_still(const xbar_still *still)
{
    return (xbar_schedule){.volts = still_volts, .corner = still_corner, .with = still};
}
