/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What all closed forms have in common: which arrays they take, what they give where
 * wires do not matter, and that they are linear. */
#include "closed_form_cases.h"

#include <string.h>

#include "analytical/jeong.h"
#include "analytical/uniform.h"

static void test_list(void **unused)
{
    (void)unused;
    const xbar_closed_form *form = NULL;
    size_t n = 0;
    for (; (form = xbar_closed_form_at(n)) != NULL; n++) {
        assert_ptr_equal(xbar_closed_form_find(form->name), form);
        assert_non_null(form->what);
        assert_non_null(form->source);
    }
    assert_int_equal(n, 11);
    assert_null(xbar_closed_form_find("exact"));
    assert_null(xbar_closed_form_find(""));
}

static xbar_crossbar *plain_array(void)
{
    return form_array(&form_cases[2]); /* 5 x 9 */
}

static void test_refusals(void **unused)
{
    (void)unused;
    static const struct {
        const char *what;
        xbar_side side;
        size_t line;
        double ohm;
        const char *says;
    } cases[] = {
        {"a row without a driver", XBAR_LEFT, 3, (double)NAN,
         "line 3 has no terminal on the left"},
        {"a row driven twice", XBAR_RIGHT, 0, 1.0,
         "line 0 has a terminal on the right"},
        {"a column without a sense", XBAR_BOTTOM, 8, (double)NAN,
         "line 8 has no terminal on the bottom"},
        {"a column sensed twice", XBAR_TOP, 2, 0.0, "line 2 has a terminal on the top"},
    };
    for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
        xbar_crossbar *c = plain_array();
        c->terminal_ohm[cases[k].side][cases[k].line] = cases[k].ohm;
        const xbar_closed_form *form = NULL;
        for (size_t f = 0; (form = xbar_closed_form_at(f)) != NULL; f++) {
            xbar_error err = {0};
            void *self = c;
            if (form->open(&self, c, &err) != XBAR_ERR_INPUT || self != NULL ||
                !strstr(err.text, cases[k].says))
                fail_msg("%s, %s: %s", form->name, cases[k].what, err.text);
        }
        xbar_crossbar_free(c);
    }
}

static void test_cuts_refused(void **unused)
{
    (void)unused;
    for (int is_row = 0; is_row < 2; is_row++) {
        xbar_crossbar *c = plain_array();
        assert_int_equal(xbar_crossbar_cut(c, is_row, 2, 1, NULL), XBAR_OK);
        const char *says = is_row ? "word line is cut behind cell (2,1)"
                                  : "bit line is cut behind cell (1,2)";
        const xbar_closed_form *form = NULL;
        for (size_t f = 0; (form = xbar_closed_form_at(f)) != NULL; f++) {
            xbar_error err = {0};
            void *self = NULL;
            assert_int_equal(form->open(&self, c, &err), XBAR_ERR_INPUT);
            assert_non_null(strstr(err.text, says));
        }
        xbar_crossbar_free(c);
    }
}

/* Equal cells, so that the uniform array takes part. */
static void fill(double *g, size_t n, const xbar_closed_form *form)
{
    form_conductances(g, n);
    for (size_t k = 0; form == &xbar_closed_form_uniform && k < n; k++)
        g[k] = 3e-4;
}

static void test_ideal_wires(void **unused)
{
    (void)unused;
    const form_case q = {"", 6, 5, 0.0, 0.0, 0.0, 0.0, 0.0};
    xbar_crossbar *c = form_array(&q);
    double g[30];
    double v[18];
    double i[15];
    form_inputs(v, 18);
    const xbar_closed_form *form = NULL;
    for (size_t f = 0; (form = xbar_closed_form_at(f)) != NULL; f++) {
        fill(g, 30, form);
        form_run(form, c, g, 3, v, i);
        for (size_t l = 0; l < 3; l++)
            for (size_t j = 0; j < 5; j++) {
                double sum = 0.0;
                for (size_t k = 0; k < 6; k++)
                    sum += v[l * 6 + k] * g[k * 5 + j];
                if (!(fabs(i[l * 5 + j] - sum) <= 1e-14 * sum))
                    fail_msg("%s: %.17g, want %.17g", form->name, i[l * 5 + j], sum);
            }
    }
    xbar_crossbar_free(c);
}

/* Predictions are linear in the inputs, the same alone and among others (also beyond the
 * eight that go side by side), and a second state leaves nothing of the first. */
static void test_linear(void **unused)
{
    (void)unused;
    enum { M = 8, N = 6, COUNT = 11 };
    xbar_crossbar *c = form_array(&form_cases[3]);
    assert_int_equal(c->n_rows, 7);
    xbar_crossbar_free(c);
    const form_case q = {"", M, N, 5.0, 8.0, 50.0, 120.0, 0.0};
    c = form_array(&q);
    double other[M * N];
    double g[M * N];
    double v[COUNT * M];
    double i[COUNT * N];
    double alone[N];
    for (size_t k = 0; k < M * N; k++)
        other[k] = 1e-3;
    form_inputs(v, COUNT * M);
    for (size_t k = 0; k < M; k++) /* the last is the sum of the first two */
        v[(COUNT - 1) * M + k] = v[k] + v[M + k];
    const xbar_closed_form *form = NULL;
    for (size_t f = 0; (form = xbar_closed_form_at(f)) != NULL; f++) {
        void *self = NULL;
        fill(g, M * N, form);
        assert_int_equal(form->open(&self, c, NULL), XBAR_OK);
        assert_int_equal(form->prepare(self, other, NULL), XBAR_OK);
        form->predict(self, 1, v, alone);
        assert_int_equal(form->prepare(self, g, NULL), XBAR_OK);
        form->predict(self, COUNT, v, i);
        for (size_t j = 0; j < N; j++) {
            double sum = i[j] + i[N + j];
            if (!(fabs(i[(COUNT - 1) * N + j] - sum) <= 1e-13 * sum))
                fail_msg("%s: not linear in column %zu", form->name, j);
        }
        form->close(self);
        form_run(form, c, g, 1, v + 9 * M, alone);
        if (memcmp(alone, i + 9 * N, sizeof alone) != 0)
            fail_msg("%s: other numbers alone than among others", form->name);
    }
    xbar_crossbar_free(c);
}

/* No state gives NaN or a current from nowhere: open cells, open lines, cells and wires
 * at the limits of what a file may ask for. */
static void test_extremes(void **unused)
{
    (void)unused;
    enum { M = 6, N = 9 };
    static const struct {
        const char *what;
        double cell, wire;
    } cases[] = {
        {"all cells open", 0.0, 2.5},
        {"cells of 1e6 S", XBAR_MAX_SIEMENS, 2.5},
        {"cells of 1e6 S, wires of 1e12 ohm", XBAR_MAX_SIEMENS, XBAR_MAX_OHM},
        {"cells of 1e-15 S", XBAR_MIN_SIEMENS, 2.5},
        {"wires of 1e-6 ohm", 1e-3, XBAR_MIN_OHM},
        {"wires of 1e12 ohm", 1e-3, XBAR_MAX_OHM},
    };
    double g[M * N];
    double v[M];
    double i[N];
    form_inputs(v, M);
    double most = 0.0;
    for (size_t k = 0; k < M; k++)
        most += v[k];
    for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
        const form_case q = {"", M, N, cases[k].wire, cases[k].wire, 2.5, 2.5, 0.0};
        xbar_crossbar *c = form_array(&q);
        for (size_t n = 0; n < M * N; n++)
            g[n] = cases[k].cell;
        const xbar_closed_form *form = NULL;
        for (size_t f = 0; (form = xbar_closed_form_at(f)) != NULL; f++) {
            form_run(form, c, g, 1, v, i);
            for (size_t j = 0; j < N; j++)
                if (!(i[j] >= 0.0 && i[j] <= most * cases[k].cell * (1.0 + 1e-12)))
                    fail_msg("%s, %s: column %zu: %g A", form->name, cases[k].what, j,
                             i[j]);
        }
        xbar_crossbar_free(c);
    }
}

static void test_open_line(void **unused)
{
    (void)unused;
    enum { M = 5, N = 9 };
    xbar_crossbar *c = plain_array();
    double g[M * N];
    double v[M];
    double i[N];
    form_conductances(g, M * N);
    form_inputs(v, M);
    for (size_t r = 0; r < M; r++)
        g[r * N + 4] = 0.0;
    for (size_t j = 0; j < N; j++)
        g[2 * N + j] = 0.0;
    const xbar_closed_form *form = NULL;
    for (size_t f = 0; (form = xbar_closed_form_at(f)) != NULL; f++) {
        if (form == &xbar_closed_form_uniform)
            continue;
        form_run(form, c, g, 1, v, i);
        for (size_t j = 0; j < N; j++)
            if (j == 4 ? i[j] != 0.0 : !(i[j] > 0.0))
                fail_msg("%s: column %zu: %g A", form->name, j, i[j]);
    }
    xbar_crossbar_free(c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_list),         cmocka_unit_test(test_refusals),
        cmocka_unit_test(test_cuts_refused), cmocka_unit_test(test_ideal_wires),
        cmocka_unit_test(test_linear),       cmocka_unit_test(test_extremes),
        cmocka_unit_test(test_open_line),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
