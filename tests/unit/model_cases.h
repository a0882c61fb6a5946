/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file
 *  Fast models in tests: opened, prepared and asked in a line; seeded arrays; errors
 *  against the exact solver.
 */
#ifndef XBAR_TESTS_MODEL_CASES_H
#define XBAR_TESTS_MODEL_CASES_H

#include "closed_form_cases.h"

#include "analytical/model.h"
#include "nodal/nodal.h"

/* The initial constants. */
static inline void model_constants(double *constants, const xbar_model *model)
{
    for (size_t k = 0; k < model->n_constants; k++)
        constants[k] = model->constants[k].initial;
}

/* All rows driven on the left with v, all columns at `level` at the bottom. */
static inline void model_read(xbar_stimulus *s, const xbar_crossbar *c, const double *v,
                              double level)
{
    assert_int_equal(xbar_stimulus_init(s, c, NULL), XBAR_OK);
    for (size_t i = 0; i < c->n_rows; i++)
        s->volt[XBAR_LEFT][i] = v[i];
    for (size_t j = 0; j < c->n_cols; j++)
        s->volt[XBAR_BOTTOM][j] = level;
}

/* n inputs on a fresh model; states are conductances. constants NULL: the initial ones. */
static inline void model_run(const xbar_model *model, const xbar_crossbar *c,
                             const double *g, const double *constants,
                             const xbar_stimulus *in, size_t n, double *i_out)
{
    void *self = NULL;
    xbar_error err = {0};
    double initial[XBAR_MAX_CONSTANTS];
    model_constants(initial, model);
    if (model->open(&self, c, &err) != XBAR_OK ||
        model->prepare(self, g, g, constants ? constants : initial, &err) != XBAR_OK ||
        model->predict(self, in, n, i_out, &err) != XBAR_OK)
        fail_msg("%s: %s", model->name, err.text);
    model->close(self);
}

/* The exact outputs of one input. */
static inline void exact_run(const xbar_crossbar *c, const double *state,
                             const xbar_stimulus *in, double *i_out)
{
    xbar_nodal *solver = NULL;
    xbar_nodal_answer a = {0};
    assert_int_equal(xbar_nodal_new(&solver, c, NULL, NULL), XBAR_OK);
    for (int side = 0; side < XBAR_N_SIDES; side++)
        a.i_terminal[side] = array_doubles(xbar_side_lines(c, (xbar_side)side));
    xbar_nodal_set_state(solver, state);
    assert_int_equal(xbar_nodal_solve(solver, in, 1, &a, NULL), XBAR_OK);
    assert_int_equal(a.status, XBAR_OK);
    for (size_t j = 0; j < c->n_cols; j++) {
        xbar_side side = xbar_col_source(c, in, j);
        i_out[j] = side == XBAR_N_SIDES ? 0.0 : -a.i_terminal[side][j];
    }
    for (int side = 0; side < XBAR_N_SIDES; side++)
        free(a.i_terminal[side]);
    xbar_nodal_free(solver);
}

static inline void assert_all_near(const double *got, const double *want, size_t n,
                                   double relative, const char *what)
{
    for (size_t k = 0; k < n; k++)
        if (!(fabs(got[k] - want[k]) <= relative * fabs(want[k])))
            fail_msg("%s: number %zu is %.17g, want %.17g to %g", what, k, got[k],
                     want[k], relative);
}

#endif
