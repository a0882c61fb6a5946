/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The two halves of the model `modes` by themselves: the rough part where it is all there
 * is, and the blend where it has to be exact. */
#include "model_cases.h"

#include <string.h>

#include "analytical/blend.h"
#include "analytical/shares.h"

enum { MOST = 12 };

/* Row i's part in each column, exactly. */
static void exact_row(double *h_i, const xbar_crossbar *c, const double *g,
                      const xbar_stimulus *rest, size_t i)
{
    xbar_stimulus in;
    assert_int_equal(xbar_stimulus_init(&in, c, NULL), XBAR_OK);
    xbar_stimulus_copy(&in, rest, c);
    for (int side = XBAR_LEFT; side <= XBAR_RIGHT; side++)
        if (!isnan(in.volt[side][i]))
            in.volt[side][i] = 1.0;
    exact_run(c, g, &in, h_i);
    xbar_stimulus_clear(&in);
}

typedef struct lines_case {
    const char *name;
    form_case array;
    double right_ohm, top_ohm; /* 0: no terminals there */
    bool cut, open_bottom;
} lines_case;

/* Where all other lines really stand still: rows (or columns) without resistance, lone
 * rows and columns. */
static void test_rough(void **unused)
{
    (void)unused;
    static const lines_case cases[] = {
        {.name = "one row", .array = {"", 1, 12, 30, 20, 10, 15, 0.1}},
        {.name = "one column", .array = {"", 12, 1, 30, 20, 10, 15, 0.1}},
        {.name = "one cell", .array = {"", 1, 1, 30, 20, 100, 150, 0}},
        {.name = "rows held", .array = {"", 9, 7, 0, 40, 0, 15, 0.1}},
        {.name = "columns held", .array = {"", 9, 7, 40, 0, 20, 0, 0.1}},
        {.name = "one row, driven from both ends",
         .array = {"", 1, 12, 60, 20, 10, 15, 0},
         .right_ohm = 25},
        {.name = "columns held, rows driven from both ends",
         .array = {"", 5, 8, 60, 0, 10, 0, 0.1},
         .right_ohm = 25},
        {.name = "rows held, columns with two ends",
         .array = {"", 8, 5, 0, 60, 0, 15, 0.1},
         .top_ohm = 30},
        {.name = "rows held, columns sensed at the top or the bottom",
         .array = {"", 8, 5, 0, 60, 0, 15, 0.1},
         .top_ohm = 30,
         .open_bottom = true},
        {.name = "rows held, a column cut",
         .array = {"", 8, 5, 0, 60, 0, 15, 0},
         .cut = true},
        {.name = "columns held, a row cut, driven from both ends",
         .array = {"", 8, 5, 60, 0, 15, 0, 0},
         .right_ohm = 25,
         .cut = true},
        {.name = "a row cut", .array = {"", 1, 9, 60, 20, 15, 25, 0}, .cut = true},
        {.name = "terminals of 0 ohm", .array = {"", 1, 9, 60, 20, 0, 25, 0}},
    };
    for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
        const lines_case *q = &cases[k];
        xbar_crossbar *c = form_array(&q->array);
        double g[MOST * MOST], w[MOST * MOST], want[MOST], zero[MOST] = {0.0};
        form_conductances(g, c->n_rows * c->n_cols);
        g[0] = k % 2 ? 0.0 : 5e-3;
        if (q->right_ohm > 0.0)
            array_terminals(c, XBAR_RIGHT, q->right_ohm);
        if (q->top_ohm > 0.0)
            array_terminals(c, XBAR_TOP, q->top_ohm);
        if (q->cut) {
            if (c->n_cols > 1 && c->row_ohm > 0.0)
                assert_int_equal(xbar_crossbar_cut(c, true, 0, 2, NULL), XBAR_OK);
            if (c->n_rows > 1 && c->col_ohm > 0.0)
                assert_int_equal(xbar_crossbar_cut(c, false, 1, 3, NULL), XBAR_OK);
        }
        xbar_stimulus rest;
        model_read(&rest, c, zero, 0.0);
        for (size_t i = 0; q->right_ohm > 0.0 && i < c->n_rows; i++)
            rest.volt[XBAR_RIGHT][i] = 0.0;
        for (size_t j = 0; q->top_ohm > 0.0 && j < c->n_cols; j++)
            rest.volt[XBAR_TOP][j] = 0.0;
        for (size_t j = 0; q->open_bottom && j < c->n_cols; j += 2)
            rest.volt[XBAR_BOTTOM][j] = (double)NAN;

        xbar_arrangement a;
        xbar_shares *s = NULL;
        assert_int_equal(xbar_arrangement_init(&a, c, NULL), XBAR_OK);
        assert_true(xbar_arrangement_take(&a, c, &rest));
        assert_false(xbar_arrangement_take(&a, c, &rest));
        assert_int_equal(xbar_shares_new(&s, c, NULL), XBAR_OK);
        xbar_shares_rough(s, w, c, &a, g, NULL, NULL);
        for (size_t i = 0; i < c->n_rows; i++) {
            exact_row(want, c, g, &rest, i);
            for (size_t j = 0; j < c->n_cols; j++)
                if (!(fabs(w[i * c->n_cols + j] - want[j]) <= 1e-9 * 1e-3))
                    fail_msg("%s: (%zu,%zu) %.12g, want %.12g", q->name, i, j,
                             w[i * c->n_cols + j], want[j]);
        }
        xbar_shares_free(s);
        xbar_shares_free(NULL);
        xbar_arrangement_clear(&a);
        xbar_stimulus_clear(&rest);
        xbar_crossbar_free(c);
    }
}

static double noise(uint32_t n)
{
    return xbar_uniform(3, XBAR_STREAM_INPUT, 0, n);
}

/* What the probes see of a matrix. */
static void probe(const xbar_blend *f, const double *r, double *forward,
                  double *adjoint)
{
    for (size_t k = 0; k < xbar_blend_modes(f->n_rows); k++)
        for (size_t j = 0; j < f->n_cols; j++) {
            forward[k * f->n_cols + j] = 0.0;
            for (size_t i = 0; i < f->n_rows; i++)
                forward[k * f->n_cols + j] +=
                    f->phi[i * XBAR_BLEND_MODES + k] * r[i * f->n_cols + j];
        }
    for (size_t l = 0; l < xbar_blend_modes(f->n_cols); l++)
        for (size_t i = 0; i < f->n_rows; i++) {
            adjoint[l * f->n_rows + i] = 0.0;
            for (size_t j = 0; j < f->n_cols; j++)
                adjoint[l * f->n_rows + i] +=
                    f->psi[j * XBAR_BLEND_MODES + l] * r[i * f->n_cols + j];
        }
}

/* Whatever the matrix is the probes come back; and it comes back itself where it is a
 * product of rows' and columns' strengths, or has few rows or columns, or is 0. */
static void test_blend(void **unused)
{
    (void)unused;
    static const struct {
        const char *name;
        size_t n_rows, n_cols;
        bool is_product, dead_lines, is_zero, comes_back;
    } cases[] = {
        {"any matrix", 12, 9, false, false, false, false},
        {"a product", 12, 9, true, false, false, true},
        {"a product with dead lines", 12, 9, true, true, false, true},
        {"few rows", 4, 12, false, false, false, true},
        {"few columns", 11, 3, false, false, false, true},
        {"one row", 1, 7, false, false, false, true},
        {"nothing", 10, 8, true, false, true, true},
    };
    for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
        const size_t n_rows = cases[k].n_rows;
        const size_t n_cols = cases[k].n_cols;
        double r[MOST * MOST], h[MOST * MOST] = {0.0};
        double forward[XBAR_BLEND_MODES * MOST], adjoint[XBAR_BLEND_MODES * MOST];
        double again[2][XBAR_BLEND_MODES * MOST];
        for (uint32_t i = 0; i < n_rows; i++)
            for (uint32_t j = 0; j < n_cols; j++) {
                double x = cases[k].dead_lines && i == 2 ? 0.0 : noise(i);
                double y = cases[k].dead_lines && j == 4 ? 0.0 : noise(100 + j);
                r[i * n_cols + j] = cases[k].is_zero      ? 0.0
                                    : cases[k].is_product ? x * y
                                                          : noise(200 + i * 16 + j);
            }
        xbar_blend f;
        assert_int_equal(xbar_blend_init(&f, n_rows, n_cols, NULL), XBAR_OK);
        probe(&f, r, forward, adjoint);
        xbar_blend_add(&f, h, forward, adjoint, NULL, NULL);
        probe(&f, h, again[0], again[1]);
        for (size_t n = 0; n < xbar_blend_modes(n_rows) * n_cols; n++)
            if (!(fabs(again[0][n] - forward[n]) <= 1e-8))
                fail_msg("%s: forward %zu", cases[k].name, n);
        for (size_t n = 0; n < xbar_blend_modes(n_cols) * n_rows; n++)
            if (!(fabs(again[1][n] - adjoint[n]) <= 1e-8))
                fail_msg("%s: adjoint %zu", cases[k].name, n);
        double worst = 0.0;
        for (size_t n = 0; n < n_rows * n_cols; n++)
            worst = fmax(worst, fabs(h[n] - r[n]));
        if ((worst <= 1e-8) != cases[k].comes_back)
            fail_msg("%s: %g off", cases[k].name, worst);
        xbar_blend_clear(&f);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rough),
        cmocka_unit_test(test_blend),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
