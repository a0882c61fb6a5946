/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "netlist/polyline.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/memory.h"

enum { MAX_KNOTS = 1000000, MAX_PIECES = 65536 };

/* ---- the ruler ----------------------------------------------------------------------- */

xbar_status xbar_ruler_init(xbar_ruler *r, const xbar_crossbar *c,
                            const xbar_schedule *schedule, xbar_error *err)
{
    *r = (xbar_ruler){.c = c, .schedule = schedule};
    xbar_status status = xbar_stimulus_init(&r->from, c, err);
    if (status == XBAR_OK)
        status = xbar_stimulus_init(&r->to, c, err);
    if (status == XBAR_OK)
        status = xbar_stimulus_init(&r->middle, c, err);
    if (status != XBAR_OK)
        xbar_ruler_clear(r);
    return status;
}

void xbar_ruler_clear(xbar_ruler *r)
{
    xbar_stimulus_clear(&r->from);
    xbar_stimulus_clear(&r->to);
    xbar_stimulus_clear(&r->middle);
    *r = (xbar_ruler){0};
}

static void volts_at(const xbar_ruler *r, xbar_stimulus *s, double t_s)
{
    r->schedule->volts(s, t_s, r->schedule->with);
}

static double largest_miss(const double *from, const double *to, const double *middle,
                           double share, size_t n)
{
    double largest = 0.0;
    for (size_t k = 0; k < n; k++) /* NaN where open: never the larger */
        largest =
            fmax(largest, fabs(middle[k] - ((1.0 - share) * from[k] + share * to[k])));
    return largest;
}

double xbar_ruler_defect(xbar_ruler *r, double t_s, double h_s)
{
    /* shares of no simple ratio: whole periods of a sine hide from none but by chance */
    static const double shares[] = {0.3819660112501051, 0.5, 0.7071067811865475};
    double largest = 0.0;
    volts_at(r, &r->from, t_s);
    volts_at(r, &r->to, t_s + h_s);
    for (size_t k = 0; k < sizeof shares / sizeof *shares; k++) {
        volts_at(r, &r->middle, t_s + shares[k] * h_s);
        for (int side = 0; side < XBAR_N_SIDES; side++)
            largest =
                fmax(largest, largest_miss(r->from.volt[side], r->to.volt[side],
                                           r->middle.volt[side], shares[k],
                                           xbar_side_lines(r->c, (xbar_side)side)));
        if (r->c->cell.access)
            largest =
                fmax(largest, largest_miss(r->from.gate, r->to.gate, r->middle.gate,
                                           shares[k], r->c->n_rows));
    }
    return largest;
}

double xbar_ruler_volt(xbar_ruler *r, double t_s)
{
    double largest = 0.0;
    volts_at(r, &r->from, t_s);
    for (int side = 0; side < XBAR_N_SIDES; side++)
        for (size_t k = 0; k < xbar_side_lines(r->c, (xbar_side)side); k++)
            largest = fmax(largest, fabs(r->from.volt[side][k]));
    for (size_t i = 0; r->c->cell.access && i < r->c->n_rows; i++)
        largest = fmax(largest, fabs(r->from.gate[i]));
    return largest;
}

/* ---- the polyline -------------------------------------------------------------------- */

size_t xbar_polyline_source(const xbar_crossbar *c, xbar_side side, size_t line)
{
    size_t first = 0;
    for (int k = 0; k < (int)side; k++)
        first += xbar_side_lines(c, (xbar_side)k);
    return first + line;
}

void xbar_polyline_clear(xbar_polyline *p)
{
    free(p->t_s);
    free(p->volt);
    *p = (xbar_polyline){0};
}

/* The pieces of equal length that a stretch without corners takes. */
static size_t pieces_of(xbar_ruler *r, double from_s, double to_s, double allowed)
{
    size_t n = 1;
    for (; n < MAX_PIECES; n *= 2) {
        const double h_s = (to_s - from_s) / (double)n;
        bool straight = true;
        for (size_t k = 0; k < n && straight; k++)
            straight = xbar_ruler_defect(r, from_s + (double)k * h_s, h_s) <= allowed;
        if (straight)
            break;
    }
    return n;
}

/* The largest voltage at any corner, and a thousand moments. */
static double largest_volt(xbar_ruler *r, double begin_s, double end_s)
{
    double largest = 0.0;
    size_t n = 0;
    for (size_t k = 0; k <= 1000; k++)
        largest = fmax(largest, xbar_ruler_volt(r, begin_s + (double)k / 1000.0 *
                                                                 (end_s - begin_s)));
    for (double t = begin_s; t < end_s && n < MAX_KNOTS; n++) {
        t = r->schedule->corner(t, r->schedule->with);
        if (t < end_s)
            largest = fmax(largest, xbar_ruler_volt(r, t));
    }
    return largest;
}

/* Counts the knots behind begin_s, and puts them down where t_s is not NULL.
 * @return how many, or 0 for too many */
static size_t place_knots(double *t_s, xbar_ruler *r, double begin_s, double end_s,
                          double allowed)
{
    size_t n = 0;
    for (double from = begin_s; from < end_s;) {
        double to = fmin(r->schedule->corner(from, r->schedule->with), end_s);
        const size_t pieces = pieces_of(r, from, to, allowed);
        if (n + pieces > MAX_KNOTS)
            return 0;
        for (size_t k = 1; k <= pieces; k++, n++)
            if (t_s)
                t_s[n] =
                    k == pieces ? to : from + (to - from) * (double)k / (double)pieces;
        from = to;
    }
    return n;
}

static void read_volts(xbar_polyline *p, xbar_ruler *r)
{
    double *at = p->volt;
    for (size_t k = 0; k < p->n_knots; k++) {
        volts_at(r, &r->from, p->t_s[k]);
        for (int side = 0; side < XBAR_N_SIDES; side++) {
            const size_t lines = xbar_side_lines(r->c, (xbar_side)side);
            memcpy(at, r->from.volt[side], lines * sizeof *at);
            at += lines;
        }
        memcpy(at, r->from.gate, r->c->n_rows * sizeof *at);
        at += r->c->n_rows;
    }
}

xbar_status xbar_polyline_new(xbar_polyline *p, const xbar_crossbar *c,
                              const xbar_schedule *schedule, double begin_s,
                              double end_s, double tolerance, xbar_error *err)
{
    xbar_ruler r;
    *p = (xbar_polyline){.n_sources = xbar_polyline_source(c, XBAR_N_SIDES, c->n_rows)};
    XBAR_TRY(xbar_ruler_init(&r, c, schedule, err));
    const double allowed = tolerance * largest_volt(&r, begin_s, end_s);
    const size_t n = place_knots(NULL, &r, begin_s, end_s, allowed);
    xbar_status status = XBAR_OK;
    if (n == 0)
        status = xbar_fail(err, XBAR_ERR_INPUT,
                           "the waveforms from %g to %g s bend too often: want at most "
                           "%d knots at a tolerance of %g",
                           begin_s, end_s, MAX_KNOTS, tolerance);
    if (status == XBAR_OK)
        status = xbar_doubles_new(&p->t_s, n + 1, "knots", err);
    if (status == XBAR_OK)
        status = xbar_doubles_new(&p->volt, (n + 1) * p->n_sources, "knots", err);
    if (status == XBAR_OK) {
        p->n_knots = n + 1;
        p->t_s[0] = begin_s;
        place_knots(p->t_s + 1, &r, begin_s, end_s, allowed);
        read_volts(p, &r);
    } else {
        xbar_polyline_clear(p);
    }
    xbar_ruler_clear(&r);
    return status;
}
