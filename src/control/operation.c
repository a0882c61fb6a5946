/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "control/operation.h"

#include <math.h>
#include <string.h>

double xbar_pulse_length(const xbar_pulse *p)
{
    return p->rise_s + p->width_s + p->fall_s + p->gap_s;
}

xbar_status xbar_operation_init(xbar_operation *o, const xbar_crossbar *c,
                                xbar_error *err)
{
    *o = (xbar_operation){0};
    return xbar_stimulus_init(&o->level, c, err);
}

void xbar_operation_clear(xbar_operation *o)
{
    xbar_stimulus_clear(&o->level);
}

void xbar_operation_rest(xbar_operation *o, const xbar_crossbar *c)
{
    for (int side = 0; side < XBAR_N_SIDES; side++)
        for (size_t k = 0; k < xbar_side_lines(c, (xbar_side)side); k++)
            o->level.volt[side][k] =
                isnan(c->terminal_ohm[side][k]) ? (double)NAN : 0.0;
    memset(o->level.gate, 0, c->n_rows * sizeof(double));
}

static void set_ends(xbar_operation *o, const xbar_crossbar *c, xbar_side one,
                     xbar_side other, size_t line, double volt)
{
    const xbar_side ends[] = {one, other};
    for (int k = 0; k < 2; k++)
        if (!isnan(c->terminal_ohm[ends[k]][line]))
            o->level.volt[ends[k]][line] = volt;
}

void xbar_operation_row(xbar_operation *o, const xbar_crossbar *c, size_t row,
                        double volt)
{
    set_ends(o, c, XBAR_LEFT, XBAR_RIGHT, row, volt);
}

void xbar_operation_col(xbar_operation *o, const xbar_crossbar *c, size_t col,
                        double volt)
{
    set_ends(o, c, XBAR_TOP, XBAR_BOTTOM, col, volt);
}

/* The corners, s from the beginning. */
static void corners(double at[4], const xbar_pulse *p)
{
    at[0] = 0.0;
    at[1] = p->rise_s;
    at[2] = at[1] + p->width_s;
    at[3] = at[2] + p->fall_s;
}

/* The share of the level at a time. */
static double shape(const xbar_operation_drive *d, double t_s)
{
    double at[4];
    corners(at, &d->operation->pulse);
    double t = t_s - d->begin_s;
    if (t <= at[0] || t >= at[3])
        return 0.0;
    if (t < at[1])
        return t / d->operation->pulse.rise_s;
    return t <= at[2] ? 1.0 : (at[3] - t) / d->operation->pulse.fall_s;
}

static void volts(xbar_stimulus *s, double t_s, const void *with)
{
    const xbar_operation_drive *d = with;
    const double share = shape(d, t_s);
    xbar_stimulus_copy(s, &d->operation->level, d->c);
    for (int side = 0; side < XBAR_N_SIDES; side++)
        for (size_t k = 0; k < xbar_side_lines(d->c, (xbar_side)side); k++)
            s->volt[side][k] *= share;
    for (size_t i = 0; i < d->c->n_rows; i++)
        s->gate[i] *= share;
}

static double corner(double t_s, const void *with)
{
    const xbar_operation_drive *d = with;
    double at[4];
    corners(at, &d->operation->pulse);
    for (int k = 0; k < 4; k++)
        if (d->begin_s + at[k] > t_s)
            return d->begin_s + at[k];
    return (double)INFINITY;
}

xbar_schedule xbar_operation_schedule(const xbar_operation_drive *drive)
{
    return (xbar_schedule){.volts = volts, .corner = corner, .with = drive};
}
