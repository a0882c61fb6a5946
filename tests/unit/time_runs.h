/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file
 *  Runs in time for tests: results with a time axis, and sources that follow waveforms.
 */
#ifndef XBAR_TESTS_TIME_RUNS_H
#define XBAR_TESTS_TIME_RUNS_H

#include "arrays.h"

#include <math.h>

#include "crossbar/waveform.h"

/** A result with every array that a run in time may fill. */
static inline xbar_result *time_result(const xbar_crossbar *c, size_t n_times)
{
    const size_t n_cells = n_times * c->n_rows * c->n_cols;
    xbar_result *r = calloc(1, sizeof *r);
    assert_non_null(r);
    r->n_times = n_times;
    r->i_out = array_doubles(n_times * c->n_cols);
    for (int side = 0; side < XBAR_N_SIDES; side++) {
        const size_t lines = n_times * xbar_side_lines(c, (xbar_side)side);
        r->i_terminal[side] = array_doubles(lines);
        r->energy[side] = array_doubles(lines);
    }
    r->v_row = array_doubles(n_cells);
    r->v_col = array_doubles(n_cells);
    r->i_cell = array_doubles(n_cells);
    r->heat = array_doubles(n_cells);
    for (size_t s = 0; s < xbar_cell_n_states(&c->cell); s++)
        r->state[s] = array_doubles(n_cells);
    xbar_result_blank(r, c);
    return r;
}

static inline void time_result_free(xbar_result *r)
{
    for (int side = 0; side < XBAR_N_SIDES; side++)
        free(r->energy[side]);
    free(r->heat);
    for (size_t s = 0; s < XBAR_MAX_STATES; s++)
        free(r->state[s]);
    array_result_free(r);
}

/** Terminals that follow waveforms; those without one keep what `rest` says. */
typedef struct time_drive {
    const xbar_crossbar *c;
    const xbar_stimulus *rest;
    const xbar_waveform *wave[XBAR_N_SIDES]; /* of all lines of a side; NULL: none */
    size_t line[XBAR_N_SIDES];               /* of this line alone; SIZE_MAX: of all */
} time_drive;

static inline void time_volts(xbar_stimulus *s, double t_s, const void *with)
{
    const time_drive *d = with;
    xbar_stimulus_copy(s, d->rest, d->c);
    for (int side = 0; side < XBAR_N_SIDES; side++)
        for (size_t k = 0; d->wave[side] && k < xbar_side_lines(d->c, (xbar_side)side);
             k++)
            if (d->line[side] == SIZE_MAX || d->line[side] == k)
                s->volt[side][k] = xbar_waveform_value(d->wave[side], t_s);
}

static inline double time_corner(double t_s, const void *with)
{
    const time_drive *d = with;
    double first = (double)INFINITY;
    for (int side = 0; side < XBAR_N_SIDES; side++)
        if (d->wave[side]) {
            double corner = xbar_waveform_corner(d->wave[side], t_s);
            first = corner < first ? corner : first;
        }
    return first;
}

static inline xbar_schedule time_schedule(const time_drive *d)
{
    return (xbar_schedule){.volts = time_volts, .corner = time_corner, .with = d};
}

/** n moments, the last at end, evenly spaced. */
static inline double *time_moments(double begin_s, double end_s, size_t n)
{
    double *t = array_doubles(n);
    for (size_t k = 0; k < n; k++)
        t[k] = begin_s + (end_s - begin_s) * (double)(k + 1) / (double)n;
    return t;
}

#endif
