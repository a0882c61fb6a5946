/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file
 *  Random networks for tests of the exact solver: every feature of the array, mixed by a
 *  counter, so that case k is the same on every machine.
 */
#ifndef XBAR_TESTS_NODAL_NETWORKS_H
#define XBAR_TESTS_NODAL_NETWORKS_H

#include "arrays.h"

#include <math.h>

#include "core/random.h"
#include "nodal/nodal.h"

/* How far apart the values of a network may lie. */
typedef enum spread {
    USUAL,  /* as arrays are built */
    EXTREME /* all that a file may ask for, or nearly */
} spread;

typedef struct random_network {
    xbar_crossbar *c;
    double *g; /* S, [n_rows][n_cols] */
    xbar_stimulus s;
    uint32_t sample, n; /* the counter */
} random_network;

static inline double any(random_network *r)
{
    return xbar_uniform(20240607, XBAR_STREAM_INPUT, r->sample, r->n++);
}

static inline size_t any_below(random_network *r, size_t n)
{
    return (size_t)(any(r) * (double)n);
}

static inline double any_of(random_network *r, const double *values, size_t n)
{
    return values[any_below(r, n)];
}

static inline double any_between(random_network *r, double low, double high)
{
    return low * pow(high / low, any(r));
}

static inline void any_wires(random_network *r, spread how)
{
    static const double usual[] = {0.0, 0.1, 2.5, 2.5, 40.0};
    static const double extreme[] = {0.0, 1e-6, 1e-3, 2.5, 1e4, 1e9};
    xbar_crossbar *c = r->c;
    c->row_ohm = how == USUAL ? any_of(r, usual, 5) : any_of(r, extreme, 6);
    c->col_ohm = how == USUAL ? any_of(r, usual, 5) : any_of(r, extreme, 6);
    double cut = any_of(r, (const double[]){0.0, 0.0, 0.1, 0.3}, 4);
    for (size_t i = 0; i < c->n_rows; i++)
        for (size_t j = 0; j < c->n_cols; j++) {
            if (j + 1 < c->n_cols && any(r) < cut)
                assert_int_equal(xbar_crossbar_cut(c, true, i, j, NULL), XBAR_OK);
            if (i + 1 < c->n_rows && any(r) < cut)
                assert_int_equal(xbar_crossbar_cut(c, false, j, i, NULL), XBAR_OK);
        }
}

static inline void any_terminals(random_network *r, spread how)
{
    static const double usual[] = {0.0, 0.5, 2.5, 300.0};
    static const double extreme[] = {0.0, 1e-6, 1e-3, 2.5, 1e4, 1e9};
    for (int side = 0; side < XBAR_N_SIDES; side++) {
        double there = any_of(r, (const double[]){0.0, 0.4, 1.0}, 3);
        for (size_t k = 0; k < xbar_side_lines(r->c, (xbar_side)side); k++) {
            r->c->terminal_ohm[side][k] =
                how == USUAL ? any_of(r, usual, 4) : any_of(r, extreme, 6);
            /* few different voltages: so that now and then equal ones meet */
            if (any(r) < there)
                r->s.volt[side][k] = 0.25 * (double)any_below(r, 3);
        }
    }
}

static inline random_network random_network_new(uint32_t sample, spread how)
{
    random_network r = {.sample = sample};
    size_t n_rows = 1 + any_below(&r, 6);
    size_t n_cols = 1 + any_below(&r, 6);
    r.c = array_new(n_rows, n_cols, 0.0, 0.0);
    r.g = array_doubles(n_rows * n_cols);
    assert_int_equal(xbar_stimulus_init(&r.s, r.c, NULL), XBAR_OK);
    any_wires(&r, how);
    any_terminals(&r, how);
    double open = any_of(&r, (const double[]){0.0, 0.2, 0.7}, 3);
    for (size_t k = 0; k < n_rows * n_cols; k++)
        if (any(&r) >= open)
            r.g[k] = how == USUAL ? any_between(&r, 1e-6, 1e-2)
                                  : any_between(&r, 1e-15, 10.0);
    return r;
}

static inline void random_network_free(random_network *r)
{
    xbar_stimulus_clear(&r->s);
    free(r->g);
    xbar_crossbar_free(r->c);
}

/* An answer with every plane. */
static inline xbar_nodal_answer *answer_new(const xbar_crossbar *c)
{
    xbar_nodal_answer *a = calloc(1, sizeof *a);
    assert_non_null(a);
    a->v_row = array_doubles(c->n_rows * c->n_cols);
    a->v_col = array_doubles(c->n_rows * c->n_cols);
    a->i_cell = array_doubles(c->n_rows * c->n_cols);
    for (int side = 0; side < XBAR_N_SIDES; side++)
        a->i_terminal[side] = array_doubles(xbar_side_lines(c, (xbar_side)side));
    return a;
}

static inline void answer_free(xbar_nodal_answer *a)
{
    free(a->v_row);
    free(a->v_col);
    free(a->i_cell);
    for (int side = 0; side < XBAR_N_SIDES; side++)
        free(a->i_terminal[side]);
    free(a);
}

/* One input on a fresh solver. */
static inline xbar_status nodal_solve(const xbar_crossbar *c, const double *state,
                                      const xbar_stimulus *s, bool is_plain,
                                      xbar_nodal_answer *a)
{
    const xbar_nodal_options options = {.is_plain = is_plain};
    xbar_nodal *solver = NULL;
    assert_int_equal(xbar_nodal_new(&solver, c, &options, NULL), XBAR_OK);
    xbar_nodal_set_state(solver, state);
    assert_int_equal(xbar_nodal_solve(solver, s, 1, a, NULL), XBAR_OK);
    xbar_nodal_free(solver);
    return a->status;
}

#endif
