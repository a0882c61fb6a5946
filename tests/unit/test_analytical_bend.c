/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Cells that are not ohmic in the model `modes`: what their excess currents do to their own
 * word line, and what comes out of whole arrays, strongly driven. */
#include "model_cases.h"

#include <string.h>

#include "analytical/floats.h"
#include "analytical/pull.h"
#include "analytical/shares.h"

enum { MOST = 64 };

/* ---- pull ------------------------------------------------------------------------------ */

typedef struct pull_case {
    const char *name;
    form_case array;
    double right_ohm; /* 0: open */
    bool cut;
    bool wide_end; /* what is left over belongs to the last whole block */
} pull_case;

/* A word line's voltages when `drawn` amperes are drawn at its nodes: a tridiagonal system. */
static void draw_from(double *v, const pull_case *q, const double *load,
                      const double *drawn)
{
    const size_t n = q->array.n_cols;
    const double wire = 1.0 / q->array.row_ohm;
    double diagonal[MOST], right[MOST], between[MOST];
    for (size_t j = 0; j < n; j++)
        between[j] = j + 1 == n || (q->cut && j == 2) ? 0.0 : wire;
    for (size_t j = 0; j < n; j++) {
        diagonal[j] = load[j] + between[j] + (j > 0 ? between[j - 1] : 0.0);
        right[j] = -drawn[j];
    }
    diagonal[0] += 1.0 / q->array.left_ohm;
    diagonal[n - 1] += q->right_ohm > 0.0 ? 1.0 / q->right_ohm : 0.0;
    for (size_t j = 1; j < n; j++) {
        const double factor = between[j - 1] / diagonal[j - 1];
        diagonal[j] -= factor * between[j - 1];
        right[j] += factor * right[j - 1];
    }
    for (size_t j = n; j-- > 0;)
        v[j] = (right[j] + (j + 1 < n ? between[j] * v[j + 1] : 0.0)) / diagonal[j];
}

static void check_pull(const pull_case *q)
{
    enum { BLOCK = 16 };
    const size_t n_rows = q->array.n_rows;
    const size_t n_cols = q->array.n_cols;
    const size_t stride = xbar_padded(n_rows);
    const size_t n_blocks = q->wide_end ? n_cols / BLOCK : (n_cols + BLOCK - 1) / BLOCK;
    xbar_crossbar *c = form_array(&q->array);
    double g[MOST * MOST], w[MOST * MOST], zero[MOST] = {0.0};
    form_conductances(g, n_rows * n_cols);
    if (q->right_ohm > 0.0)
        array_terminals(c, XBAR_RIGHT, q->right_ohm);
    for (size_t i = 0; q->cut && i < n_rows; i++)
        assert_int_equal(xbar_crossbar_cut(c, true, i, 2, NULL), XBAR_OK);
    xbar_stimulus rest;
    xbar_arrangement a;
    xbar_shares *s = NULL;
    xbar_dressed rows;
    xbar_pull *p = NULL;
    float *e = NULL;
    float *kappa = NULL;
    model_read(&rest, c, zero, 0.0);
    for (size_t i = 0; q->right_ohm > 0.0 && i < n_rows; i++)
        rest.volt[XBAR_RIGHT][i] = 0.0;
    assert_int_equal(xbar_arrangement_init(&a, c, NULL), XBAR_OK);
    xbar_arrangement_take(&a, c, &rest);
    assert_int_equal(xbar_shares_new(&s, c, NULL), XBAR_OK);
    assert_int_equal(xbar_dressed_init(&rows, n_rows * n_cols, NULL), XBAR_OK);
    assert_int_equal(xbar_pull_new(&p, n_rows, n_cols, BLOCK, n_blocks, NULL), XBAR_OK);
    assert_int_equal(xbar_floats_new(&e, n_blocks * stride, "e", NULL), XBAR_OK);
    assert_int_equal(xbar_floats_new(&kappa, n_blocks * stride, "e", NULL), XBAR_OK);
    xbar_shares_rough(s, w, c, &a, g, NULL, &rows);
    for (size_t k = 0; k < n_blocks * stride; k++)
        e[k] = k % stride < n_rows
                   ? (float)(xbar_uniform(9, XBAR_STREAM_INPUT, 0, (uint32_t)k) - 0.5)
                   : 0.0F;
    xbar_pull_prepare(p, g, &rows);
    xbar_pull_apply(p, kappa, e);
    for (size_t i = 0; i < n_rows; i++) {
        double drawn[MOST], v[MOST];
        for (size_t j = 0; j < n_cols; j++) {
            const size_t block = j / BLOCK < n_blocks ? j / BLOCK : n_blocks - 1;
            drawn[j] = g[i * n_cols + j] * (double)e[block * stride + i];
        }
        draw_from(v, q, rows.load + i * n_cols, drawn);
        for (size_t b = 0; b < n_blocks; b++) {
            const size_t end = b + 1 < n_blocks ? (b + 1) * BLOCK : n_cols;
            double mean = 0.0;
            for (size_t j = b * BLOCK; j < end; j++)
                mean += v[j] / (double)(end - b * BLOCK);
            if (!(fabs((double)kappa[b * stride + i] - mean) <= 1e-6))
                fail_msg("%s: row %zu, block %zu: %.9g V, want %.9g", q->name, i, b,
                         (double)kappa[b * stride + i], mean);
        }
    }
    free(kappa);
    free(e);
    xbar_pull_free(p);
    xbar_pull_free(NULL);
    xbar_dressed_clear(&rows);
    xbar_shares_free(s);
    xbar_arrangement_clear(&a);
    xbar_stimulus_clear(&rest);
    xbar_crossbar_free(c);
}

static void test_pull(void **unused)
{
    (void)unused;
    static const pull_case cases[] = {
        {.name = "three blocks and a part", .array = {"", 18, 51, 6, 3, 12, 9, 0}},
        {.name = "one column", .array = {"", 5, 1, 6, 3, 12, 9, 0}},
        {.name = "a block", .array = {"", 16, 16, 20, 3, 50, 9, 0}},
        {.name = "two blocks, the second wider",
         .array = {"", 9, 35, 6, 3, 12, 9, 0},
         .wide_end = true},
        {.name = "driven from both ends",
         .array = {"", 7, 40, 6, 3, 12, 9, 0},
         .right_ohm = 8},
        {.name = "rows cut behind cell 2, driven from both ends",
         .array = {"", 7, 33, 6, 3, 12, 9, 0},
         .right_ohm = 8,
         .cut = true},
    };
    for (size_t k = 0; k < sizeof cases / sizeof *cases; k++)
        check_pull(&cases[k]);
}

/* ---- whole arrays ----------------------------------------------------------------------- */

typedef struct bend_case {
    const char *name;
    size_t n_rows, n_cols;
    double ohm, volt;   /* per segment and terminal; inputs between 0 and volt */
    double active;      /* share of the rows that are driven */
    double drive_volt;  /* where cells are linearised */
    double mean, worst; /* relative errors that are allowed */
    double gains;       /* bend = 0 is so many times worse in the mean */
} bend_case;

static void mean_error(double *mean, double *worst, const bend_case *q, double bend)
{
    enum { INPUTS = 8 };
    const form_case form = {"",     q->n_rows, q->n_cols, q->ohm,
                            q->ohm, q->ohm,    q->ohm,    0.0};
    xbar_crossbar *c = form_array(&form);
    c->cell = xbar_cell_default(xbar_device_find("sinh"));
    double g[MOST * MOST], got[MOST], want[MOST], v[MOST];
    double constants[XBAR_MAX_CONSTANTS];
    const xbar_model *model = xbar_model_find("modes");
    void *self = NULL;
    form_conductances(g, q->n_rows * q->n_cols);
    model_constants(constants, model);
    for (size_t k = 0; k < model->n_constants; k++)
        if (strcmp(model->constants[k].name, "bend") == 0)
            constants[k] = bend;
        else if (strcmp(model->constants[k].name, "drive_volt") == 0)
            constants[k] = q->drive_volt;
    assert_int_equal(model->open(&self, c, NULL), XBAR_OK);
    assert_int_equal(model->prepare(self, g, g, constants, NULL), XBAR_OK);
    *mean = *worst = 0.0;
    for (size_t l = 0; l < INPUTS; l++) {
        xbar_stimulus in;
        for (size_t i = 0; i < q->n_rows; i++) {
            const uint32_t lot = (uint32_t)(2 * (l * q->n_rows + i));
            v[i] = i == l || xbar_uniform(4, XBAR_STREAM_INPUT, 0, lot) < q->active
                       ? q->volt * xbar_uniform(4, XBAR_STREAM_INPUT, 0, lot + 1)
                       : 0.0;
        }
        model_read(&in, c, v, 0.0);
        assert_int_equal(model->predict(self, &in, 1, got, NULL), XBAR_OK);
        exact_run(c, g, &in, want);
        for (size_t j = 0; j < q->n_cols; j++) {
            const double error = fabs(got[j] - want[j]) / fabs(want[j]);
            *mean += error / (double)(INPUTS * q->n_cols);
            *worst = error <= *worst ? *worst : error;
        }
        xbar_stimulus_clear(&in);
    }
    model->close(self);
    xbar_crossbar_free(c);
}

/* sinh cells, v0 = 0.25 V. */
static void test_arrays(void **unused)
{
    (void)unused;
    static const bend_case cases[] = {
        {"mild", 33, 37, 2.5, 0.2, 1.0, 0.13, 1e-3, 5e-3, 8},
        {"to twice v0", 40, 40, 2.5, 0.5, 1.0, 0.33, 4e-3, 1.5e-2, 5},
        {"one row in ten", 40, 40, 2.5, 0.2, 0.1, 0.13, 1.5e-3, 2e-2, 8},
        {"a last block of 20 columns, odd rows", 33, 36, 2.5, 0.2, 0.3, 0.13, 1e-3,
         5e-3, 8},
        {"solved line by line", 12, 20, 10.0, 0.4, 1.0, 0.25, 3e-3, 1.5e-2, 5},
    };
    for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
        const bend_case *q = &cases[k];
        double mean, worst, straight, unused_worst;
        mean_error(&mean, &worst, q, 1.0);
        mean_error(&straight, &unused_worst, q, 0.0);
        if (!(mean <= q->mean && worst <= q->worst && straight >= q->gains * mean))
            fail_msg("%s: %.3g / %.3g %% off, %.3g %% with cells that do not bend",
                     q->name, 100.0 * mean, 100.0 * worst, 100.0 * straight);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pull),
        cmocka_unit_test(test_arrays),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
