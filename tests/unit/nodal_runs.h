/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file
 *  Arrays in time for tests: driven by one waveform, run, and looked at.
 */
#ifndef XBAR_TESTS_NODAL_RUNS_H
#define XBAR_TESTS_NODAL_RUNS_H

#include "arrays.h"

#include <math.h>
#include <string.h>

#include "nodal/transient.h"

/** An array whose sources follow one waveform, each times its own factor. */
typedef struct run_case {
    xbar_crossbar *c;
    xbar_waveform wave;
    xbar_stimulus factor; /* NaN: open; gates follow no waveform: V */
    double *rest;         /* [n]: states at rest, 0 open */
    double *state;        /* [n_states][n], or NULL */
    uint8_t *is_stuck;    /* NULL: none */
    size_t n, n_states;
} run_case;

static inline void run_volts(xbar_stimulus *s, double t_s, const void *with)
{
    const run_case *z = with;
    const double v = xbar_waveform_value(&z->wave, t_s);
    for (int side = 0; side < XBAR_N_SIDES; side++)
        for (size_t k = 0; k < xbar_side_lines(z->c, (xbar_side)side); k++)
            s->volt[side][k] = z->factor.volt[side][k] * v;
    for (size_t i = 0; i < z->c->n_rows; i++)
        s->gate[i] = z->factor.gate[i];
}

static inline double run_corner(double t_s, const void *with)
{
    return xbar_waveform_corner(&((const run_case *)with)->wave, t_s);
}

static inline xbar_schedule run_schedule(const run_case *z)
{
    return (xbar_schedule){run_volts, run_corner, z};
}

/** Rows driven on the left with factor 1, columns at the bottom with 0; states from 0.2 to
 *  0.8 of their range in no order (linear cells: 10 to 100 uS). */
static inline run_case run_new(const char *device, const char *set, size_t n_rows,
                               size_t n_cols, double ohm)
{
    run_case z = {.c = array_new(n_rows, n_cols, ohm, ohm), .n = n_rows * n_cols};
    xbar_cell *cell = &z.c->cell;
    *cell = xbar_cell_default(xbar_device_find(device));
    assert_non_null(xbar_device_set(cell->device, set));
    xbar_device_parameters(cell->parameters, cell->device,
                           xbar_device_set(cell->device, set));
    array_terminals(z.c, XBAR_LEFT, ohm);
    array_terminals(z.c, XBAR_BOTTOM, ohm);
    assert_int_equal(xbar_stimulus_init(&z.factor, z.c, NULL), XBAR_OK);
    for (size_t i = 0; i < n_rows; i++)
        z.factor.volt[XBAR_LEFT][i] = 1.0;
    for (size_t j = 0; j < n_cols; j++)
        z.factor.volt[XBAR_BOTTOM][j] = 0.0;
    xbar_state_range r[XBAR_MAX_STATES];
    z.n_states = xbar_cell_n_states(cell);
    z.rest = array_doubles(z.n);
    z.state = array_doubles(z.n_states * z.n);
    xbar_cell_ranges(cell, r);
    for (size_t k = 0; k < z.n; k++) {
        const double share = 0.2 + 0.6 * fmod(0.618 * (double)k, 1.0);
        z.rest[k] = 1e-5 + 9e-5 * share;
        for (size_t s = 0; s < z.n_states; s++)
            z.state[s * z.n + k] =
                s == 0 ? r[s].lower + share * (r[s].upper - r[s].lower) : r[s].initial;
        if (z.n_states > 0)
            z.rest[k] = fmax(z.state[k], XBAR_LEAST_STATE);
    }
    return z;
}

/** Up to volt within the first and down again within the last twentieth of `end`. */
static inline void run_pulse(run_case *z, double volt, double end)
{
    const double t[] = {0.0, 0.05 * end, 0.95 * end, end};
    const double v[] = {0.0, volt, volt, 0.0};
    assert_int_equal(xbar_waveform_linear(&z->wave, t, v, 4, NULL), XBAR_OK);
}

static inline void run_sine(run_case *z, double volt, double end)
{
    xbar_waveform_sine(&z->wave, 0.0, volt, 1.0 / end, 1.0);
}

static inline void run_free(run_case *z)
{
    xbar_waveform_clear(&z->wave);
    xbar_stimulus_clear(&z->factor);
    xbar_crossbar_free(z->c);
    free(z->rest);
    free(z->state);
    free(z->is_stuck);
}

/** Everything that a run tells, at n moments. */
typedef struct run_record {
    size_t n;
    xbar_moments m;
    xbar_transient_counts counts;
    double *end; /* [n_states][cells]: the states at the end */
} run_record;

static inline run_record record_new(const run_case *z, size_t n)
{
    run_record r = {.n = n, .m = {.kcl_residual = (double)NAN}};
    for (int side = 0; side < XBAR_N_SIDES; side++) {
        const size_t lines = xbar_side_lines(z->c, (xbar_side)side);
        r.m.i_terminal[side] = array_doubles(n * lines);
        r.m.energy[side] = array_doubles(n * lines);
    }
    r.m.v_row = array_doubles(n * z->n);
    r.m.v_col = array_doubles(n * z->n);
    r.m.i_cell = array_doubles(n * z->n);
    r.m.heat = array_doubles(n * z->n);
    for (size_t s = 0; s < z->n_states; s++)
        r.m.state[s] = array_doubles(n * z->n);
    r.end = array_doubles(z->n_states * z->n);
    return r;
}

static inline void record_free(run_record *r)
{
    for (int side = 0; side < XBAR_N_SIDES; side++) {
        free(r->m.i_terminal[side]);
        free(r->m.energy[side]);
    }
    free(r->m.v_row);
    free(r->m.v_col);
    free(r->m.i_cell);
    free(r->m.heat);
    for (size_t s = 0; s < XBAR_MAX_STATES; s++)
        free(r->m.state[s]);
    free(r->end);
}

/** A fresh run over moments t_s in one advance, or in advances of `part` moments each.
 *  @return the last advance's status */
static inline xbar_status run_over(const run_case *z, double tolerance,
                                   const double *t_s, size_t n, size_t part,
                                   run_record *r, xbar_error *err)
{
    xbar_nodal *solver = NULL;
    xbar_transient *t = NULL;
    assert_int_equal(xbar_nodal_new(&solver, z->c, NULL, NULL), XBAR_OK);
    xbar_nodal_set_state(solver, z->rest);
    assert_int_equal(xbar_transient_new(&t, solver, z->c, NULL), XBAR_OK);
    const xbar_transient_start start = {.state = z->n_states > 0 ? z->state : NULL,
                                        .is_stuck = z->is_stuck,
                                        .tolerance = tolerance};
    assert_int_equal(xbar_transient_begin(t, &start, NULL), XBAR_OK);
    const xbar_schedule schedule = run_schedule(z);
    xbar_status status = XBAR_OK;
    for (size_t from = 0; from < n && status == XBAR_OK; from += part) {
        xbar_moments m = r->m;
        for (int side = 0; side < XBAR_N_SIDES; side++) {
            const size_t lines = xbar_side_lines(z->c, (xbar_side)side);
            m.i_terminal[side] += from * lines;
            m.energy[side] += from * lines;
        }
        double **const planes[] = {&m.v_row, &m.v_col, &m.i_cell, &m.heat};
        for (size_t k = 0; k < 4; k++)
            *planes[k] += from * z->n;
        for (size_t s = 0; s < z->n_states; s++)
            m.state[s] += from * z->n;
        const size_t count = n - from < part ? n - from : part;
        status = xbar_transient_advance(t, &schedule, t_s + from, count, &m, err);
        if (status == XBAR_OK)
            assert_int_equal(m.n_done, count);
        r->m.n_done = from + m.n_done;
        r->m.kcl_residual = fmax(r->m.kcl_residual, m.kcl_residual);
    }
    r->counts = xbar_transient_count(t);
    xbar_transient_states(t, r->end);
    xbar_transient_free(t);
    xbar_nodal_free(solver);
    return status;
}

/** The same to n moments at equal distances up to `end`; it has to succeed. */
static inline run_record run_to(const run_case *z, double tolerance, double end,
                                size_t n)
{
    xbar_error err;
    run_record r = record_new(z, n);
    double *t_s = array_doubles(n);
    for (size_t k = 0; k < n; k++)
        t_s[k] = k + 1 == n ? end : end * (double)(k + 1) / (double)n;
    if (run_over(z, tolerance, t_s, n, n, &r, &err) != XBAR_OK)
        fail_msg("%s, tolerance %g: %s", z->c->cell.device->name, tolerance, err.text);
    free(t_s);
    return r;
}

/** The largest |x|, |x - y| of n. */
static inline double largest_of(const double *x, size_t n)
{
    double most = 0.0;
    for (size_t k = 0; k < n; k++)
        most = fmax(most, fabs(x[k]));
    return most;
}

static inline double distance_of(const double *x, const double *y, size_t n)
{
    double most = 0.0;
    for (size_t k = 0; k < n; k++)
        most = fmax(most, fabs(x[k] - y[k]));
    return most;
}

static inline double sum_of(const double *x, size_t n)
{
    double sum = 0.0;
    for (size_t k = 0; k < n; k++)
        sum += x[k];
    return sum;
}

#endif
