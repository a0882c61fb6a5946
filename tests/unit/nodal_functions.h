/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file
 *  Functions of answers for tests of gradients: random weights, F by a solver's answer
 *  with arithmetic of its own, and its differences.
 */
#ifndef XBAR_TESTS_NODAL_FUNCTIONS_H
#define XBAR_TESTS_NODAL_FUNCTIONS_H

#include "nodal_networks.h"

#include "nodal/gradient.h"

/* Weights that belong to the test. */
typedef struct function {
    double *i_out, *i_terminal[XBAR_N_SIDES], *v_row, *v_col;
} function;

static inline function function_new(const xbar_crossbar *c)
{
    function f = {array_doubles(c->n_cols), {NULL}, NULL, NULL};
    for (int side = 0; side < XBAR_N_SIDES; side++)
        f.i_terminal[side] = array_doubles(xbar_side_lines(c, (xbar_side)side));
    f.v_row = array_doubles(c->n_rows * c->n_cols);
    f.v_col = array_doubles(c->n_rows * c->n_cols);
    return f;
}

static inline void function_free(function *f)
{
    free(f->i_out);
    for (int side = 0; side < XBAR_N_SIDES; side++)
        free(f->i_terminal[side]);
    free(f->v_row);
    free(f->v_col);
}

static inline xbar_weights function_weights(const function *f)
{
    xbar_weights w = {.i_out = f->i_out, .v_row = f->v_row, .v_col = f->v_col};
    for (int side = 0; side < XBAR_N_SIDES; side++)
        w.i_terminal[side] = f->i_terminal[side];
    return w;
}

/* A network, and what is asked of it. */
typedef struct question {
    xbar_crossbar *c;
    double *state;
    xbar_stimulus *s;
    const function *f;
} question;

/* F at the question's present values, by the general iteration. */
static inline double ask(const question *q)
{
    const xbar_crossbar *c = q->c;
    xbar_nodal_answer *a = answer_new(c);
    if (nodal_solve(c, q->state, q->s, true, a) != XBAR_OK)
        fail_msg("%s", a->error.text);
    double sum = 0.0;
    for (size_t j = 0; j < c->n_cols; j++) {
        double out = isnan(q->s->volt[XBAR_BOTTOM][j]) ? a->i_terminal[XBAR_TOP][j]
                                                       : a->i_terminal[XBAR_BOTTOM][j];
        sum -= q->f->i_out[j] * out;
    }
    for (int side = 0; side < XBAR_N_SIDES; side++)
        for (size_t k = 0; k < xbar_side_lines(c, (xbar_side)side); k++)
            sum += q->f->i_terminal[side][k] * a->i_terminal[side][k];
    for (size_t k = 0; k < c->n_rows * c->n_cols; k++) {
        sum += q->f->v_row[k] != 0.0 ? q->f->v_row[k] * a->v_row[k] : 0.0;
        sum += q->f->v_col[k] != 0.0 ? q->f->v_col[k] * a->v_col[k] : 0.0;
    }
    answer_free(a);
    return sum;
}

/* dF/dx by five values: about x, or, of something that may not be less than it is, from
 * x on. */
static inline double differ(const question *q, double *x, double h, bool only_up)
{
    static const double up[] = {-25, 48, -36, 16, -3};
    static const double both[] = {1, -8, 0, 8, -1};
    const double value = *x;
    double sum = 0.0;
    for (int k = 0; k < 5; k++) {
        *x = value + (only_up ? k : k - 2) * h;
        double factor = only_up ? up[k] : both[k];
        sum += factor != 0.0 ? factor * ask(q) : 0.0;
    }
    *x = value;
    return sum / (12.0 * h);
}

/* A gradient with every array. */
static inline xbar_gradient_answer *gradient_answer_new(const xbar_crossbar *c)
{
    xbar_gradient_answer *out = calloc(1, sizeof *out);
    assert_non_null(out);
    out->state = array_doubles(c->n_rows * c->n_cols);
    for (int side = 0; side < XBAR_N_SIDES; side++) {
        out->ohm[side] = array_doubles(xbar_side_lines(c, (xbar_side)side));
        out->volt[side] = array_doubles(xbar_side_lines(c, (xbar_side)side));
    }
    out->parameters = array_doubles(XBAR_MAX_PARAMETERS);
    out->selector_parameters = array_doubles(XBAR_MAX_PARAMETERS);
    return out;
}

static inline void gradient_answer_free(xbar_gradient_answer *out)
{
    free(out->state);
    for (int side = 0; side < XBAR_N_SIDES; side++) {
        free(out->ohm[side]);
        free(out->volt[side]);
    }
    free(out->parameters);
    free(out->selector_parameters);
    free(out);
}

/* One function of one answer on fresh solvers. @return out->status */
static inline xbar_status gradient_solve(const xbar_crossbar *c, const double *state,
                                         const xbar_stimulus *s, const xbar_weights *w,
                                         xbar_gradient_answer *out)
{
    xbar_nodal_answer *a = answer_new(c);
    xbar_gradient *g = NULL;
    nodal_solve(c, state, s, false, a);
    assert_int_equal(xbar_gradient_new(&g, c, NULL, NULL), XBAR_OK);
    xbar_gradient_set_state(g, state);
    assert_int_equal(xbar_gradient_solve(g, s, a, w, 1, out, NULL), XBAR_OK);
    xbar_gradient_free(g);
    answer_free(a);
    return out->status;
}

#endif
