/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file
 *  Voltages over time: what a source does, and what all of an array's sources do.
 *
 *  Every waveform is continuous, and smooth between its corners, so that an integrator
 *  that steps from corner to corner sees nothing but smooth functions. A jump is a ramp
 *  that takes a time.
 */
#ifndef XBAR_CROSSBAR_WAVEFORM_H
#define XBAR_CROSSBAR_WAVEFORM_H

#include "crossbar/crossbar.h"

typedef enum xbar_wave_kind {
    XBAR_WAVE_LINEAR, /* straight between its knots, constant before and behind them */
    XBAR_WAVE_SINE    /* base before t = 0 and behind its last period, else
                         base + volt sin(2 pi hertz t) */
} xbar_wave_kind;

/** One source's voltage over time. */
typedef struct xbar_waveform {
    xbar_wave_kind kind;
    size_t n_knots; /* at least 1 */
    double *t_s;    /* [n_knots], rising */
    double *value;  /* V, [n_knots] */
    double base, volt, hertz, cycles;
} xbar_waveform;

/** A waveform of straight lines; copies.
 *  @param[out] w     xbar_waveform_clear
 *  @param t_s        [n], finite, strictly rising
 *  @param value      V, [n], finite
 *  @return XBAR_OK; XBAR_ERR_INPUT (n = 0, or the first knot that is not as above: names
 *          it); XBAR_ERR_MEMORY */
xbar_status xbar_waveform_linear(xbar_waveform *w, const double *t_s,
                                 const double *value, size_t n, xbar_error *err);

/** @param hertz   > 0
 *  @param cycles  > 0, whole or not, or INFINITY
 *  Where cycles is not a multiple of 1/2 the sine ends on its last value. */
void xbar_waveform_sine(xbar_waveform *w, double base, double volt, double hertz,
                        double cycles);

void xbar_waveform_clear(xbar_waveform *w);

/** V at a time. */
double xbar_waveform_value(const xbar_waveform *w, double t_s);

/** The first corner after t, s; INFINITY behind the last. */
double xbar_waveform_corner(const xbar_waveform *w, double t_s);

/** All sources of an array over time. Pure functions of t. */
typedef struct xbar_schedule {
    /** The terminals' (and gates') voltages at t.
     *  @param[out] s  as xbar_stimulus_init made it. Which terminals are open (NaN) does
     *                 not change with t */
    void (*volts)(xbar_stimulus *s, double t_s, const void *with);
    /** The first corner of any of them after t; INFINITY behind the last. */
    double (*corner)(double t_s, const void *with);
    const void *with;
} xbar_schedule;

/** Sources that stand still. */
typedef struct xbar_still {
    const xbar_crossbar *c;
    const xbar_stimulus *s;
} xbar_still;

/** @param still  borrowed, and what it points to, while the schedule is used */
xbar_schedule xbar_schedule_still(const xbar_still *still);

#endif
