/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file
 *  Arrays on which closed forms are tested: sizes, wires and terminals of all kinds.
 */
#ifndef XBAR_TESTS_CLOSED_FORM_CASES_H
#define XBAR_TESTS_CLOSED_FORM_CASES_H

#include "analytical/closed_form.h"
#include "core/random.h"
#include "dense_read.h"

typedef struct form_case {
    const char *name;
    size_t n_rows, n_cols;
    double row_ohm, col_ohm, left_ohm, bottom_ohm;
    double spread; /* share by which a line's terminal differs from the next one's */
} form_case;

static const form_case form_cases[] = {
    {"6x6, r everywhere", 6, 6, 2.5, 2.5, 2.5, 2.5, 0.0},
    {"9x5, r everywhere, strong drop", 9, 5, 60.0, 60.0, 60.0, 60.0, 0.0},
    {"5x9, row and column wires differ", 5, 9, 20.0, 3.0, 20.0, 3.0, 0.0},
    {"7x6, terminals differ from wires", 7, 6, 5.0, 8.0, 50.0, 120.0, 0.0},
    {"7x6, terminals below the wires", 7, 6, 40.0, 50.0, 4.0, 10.0, 0.0},
    {"8x6, each terminal its own", 8, 6, 5.0, 8.0, 30.0, 20.0, 0.3},
    {"6x7, terminals of 0 ohm", 6, 7, 30.0, 20.0, 0.0, 0.0, 0.0},
    {"1x8, one row", 1, 8, 30.0, 20.0, 10.0, 15.0, 0.0},
    {"1x8, one row, columns at 0 V", 1, 8, 30.0, 20.0, 10.0, 0.0, 0.0},
    {"8x1, one column", 8, 1, 30.0, 20.0, 10.0, 15.0, 0.1},
    {"1x1", 1, 1, 3.0, 4.0, 50.0, 70.0, 0.0},
};
enum { N_FORM_CASES = sizeof form_cases / sizeof *form_cases };

static inline xbar_crossbar *form_array(const form_case *q)
{
    xbar_crossbar *c = array_new(q->n_rows, q->n_cols, q->row_ohm, q->col_ohm);
    array_terminals(c, XBAR_LEFT, q->left_ohm);
    array_terminals(c, XBAR_BOTTOM, q->bottom_ohm);
    for (size_t i = 0; i < q->n_rows; i++)
        c->terminal_ohm[XBAR_LEFT][i] *= 1.0 + q->spread * (double)i;
    for (size_t j = 0; j < q->n_cols; j++)
        c->terminal_ohm[XBAR_BOTTOM][j] *= 1.0 + q->spread * (double)j;
    return c;
}

/* Log-uniform from 10 uS to 1 mS. */
static inline void form_conductances(double *g, size_t n)
{
    for (size_t k = 0; k < n; k++)
        g[k] =
            1e-5 * pow(100.0, xbar_uniform(7, XBAR_STREAM_CONDUCTANCE, 0, (uint32_t)k));
}

static inline void form_inputs(double *v, size_t n)
{
    for (size_t k = 0; k < n; k++)
        v[k] = 0.2 * xbar_uniform(7, XBAR_STREAM_INPUT, 0, (uint32_t)k);
}

static inline double worst_relative(const double *x, const double *wanted, size_t n)
{
    double worst = 0.0;
    for (size_t k = 0; k < n; k++) {
        double error = fabs(x[k] - wanted[k]) / fabs(wanted[k]);
        worst = error <= worst ? worst : error; /* NaN comes through */
    }
    return worst;
}

/* Opens, prepares, predicts n inputs, closes. */
static inline void form_run(const xbar_closed_form *form, const xbar_crossbar *c,
                            const double *g, size_t n, const double *v, double *i_out)
{
    void *self = NULL;
    xbar_error err = {0};
    if (form->open(&self, c, &err) != XBAR_OK ||
        form->prepare(self, g, &err) != XBAR_OK)
        fail_msg("%s: %s", form->name, err.text);
    form->predict(self, n, v, i_out);
    form->close(self);
}

#endif
