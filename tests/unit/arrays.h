/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file
 *  Small arrays for tests: built, driven and solved in a line each. Any failure of the
 *  building itself fails the test.
 */
#ifndef XBAR_TESTS_ARRAYS_H
#define XBAR_TESTS_ARRAYS_H

#include "check.h"

#include "core/memory.h"
#include "engine/engine.h"

static inline xbar_crossbar *array_new(size_t n_rows, size_t n_cols, double row_ohm,
                                       double col_ohm)
{
    xbar_crossbar *c = NULL;
    assert_int_equal(xbar_crossbar_new(&c, n_rows, n_cols, NULL), XBAR_OK);
    c->row_ohm = row_ohm;
    c->col_ohm = col_ohm;
    return c;
}

static inline void array_terminals(xbar_crossbar *c, xbar_side side, double ohm)
{
    for (size_t k = 0; k < xbar_side_lines(c, side); k++)
        c->terminal_ohm[side][k] = ohm;
}

static inline double *array_doubles(size_t n)
{
    double *values = NULL;
    assert_int_equal(xbar_doubles_new(&values, n, "test", NULL), XBAR_OK);
    return values;
}

/* A result with every plane. */
static inline xbar_result *array_result(const xbar_crossbar *c)
{
    xbar_result *r = calloc(1, sizeof *r);
    assert_non_null(r);
    r->i_out = array_doubles(c->n_cols);
    for (int side = 0; side < XBAR_N_SIDES; side++)
        r->i_terminal[side] = array_doubles(xbar_side_lines(c, (xbar_side)side));
    r->v_row = array_doubles(c->n_rows * c->n_cols);
    r->v_col = array_doubles(c->n_rows * c->n_cols);
    r->i_cell = array_doubles(c->n_rows * c->n_cols);
    return r;
}

static inline void array_result_free(xbar_result *r)
{
    free(r->i_out);
    for (int side = 0; side < XBAR_N_SIDES; side++)
        free(r->i_terminal[side]);
    free(r->v_row);
    free(r->v_col);
    free(r->i_cell);
    free(r);
}

/* One input on a fresh engine. */
static inline void array_solve(const char *name, const xbar_crossbar *c,
                               const double *g, const xbar_stimulus *s, xbar_result *r)
{
    const xbar_engine *engine = xbar_engine_find(name);
    assert_non_null(engine);
    void *self = NULL;
    assert_int_equal(engine->open(&self, c, NULL, NULL), XBAR_OK);
    assert_int_equal(engine->set_state(self, g, g, NULL), XBAR_OK);
    assert_int_equal(engine->solve(self, s, 1, r, NULL), XBAR_OK);
    engine->close(self);
}

#endif
