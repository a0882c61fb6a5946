/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The truncated iteration: what k cycles give, by another way, and that many of them give
 * the exact solution. */
#include "closed_form_cases.h"

#include "analytical/ladder.h"
#include "analytical/smooth.h"
#include "analytical/sweep.h"
#include "analytical/uniform.h"

enum { MOST = 100 };

static void cycles(const xbar_crossbar *c, const double *g, const double *v,
                   double *i_out, size_t n_cycles, bool smooth_start)
{
    void *self = NULL;
    assert_int_equal(xbar_sweep_open(&self, c, n_cycles, smooth_start, NULL), XBAR_OK);
    assert_int_equal(xbar_closed_form_sweep_2.prepare(self, g, NULL), XBAR_OK);
    xbar_closed_form_sweep_2.predict(self, 1, v, i_out);
    xbar_closed_form_sweep_2.close(self);
}

/* A line of n cells g to the sources s, behind `terminal` from `volt`; x its voltages. */
static void solve_line(double *x, const double *g, const double *s, size_t n,
                       double ohm, double terminal, double volt)
{
    long double a[MOST * (MOST + 1)] = {0.0L};
    for (size_t k = 0; k < n; k++) {
        a[k * (n + 1) + k] += g[k];
        a[k * (n + 1) + n] += (long double)g[k] * s[k];
        if (k + 1 < n)
            dense_branch(a, n, k, k + 1, 1.0L / ohm);
    }
    dense_terminal(a, n, 0, terminal, volt);
    dense_solve(a, n);
    for (size_t k = 0; k < n; k++)
        x[k] = (double)a[k * (n + 1) + n];
}

/* k cycles from bit lines at 0 V, each line as a dense system. */
static void naive(const xbar_crossbar *c, const double *g, const double *v,
                  double *i_out, size_t n_cycles)
{
    const size_t m = c->n_rows;
    const size_t n = c->n_cols;
    double u[MOST];
    double w[MOST] = {0.0};
    double line_g[MOST];
    double line_s[MOST];
    double x[MOST];
    for (size_t cycle = 0; cycle < n_cycles; cycle++) {
        for (size_t i = 0; i < m; i++)
            solve_line(u + i * n, g + i * n, w + i * n, n, c->row_ohm,
                       c->terminal_ohm[XBAR_LEFT][i], v[i]);
        for (size_t j = 0; j < n; j++) {
            i_out[j] = 0.0;
            for (size_t i = 0; i < m; i++) { /* from the terminal, which is below */
                line_g[m - 1 - i] = g[i * n + j];
                line_s[m - 1 - i] = u[i * n + j];
            }
            solve_line(x, line_g, line_s, m, c->col_ohm,
                       c->terminal_ohm[XBAR_BOTTOM][j], 0.0);
            for (size_t i = 0; i < m; i++) {
                w[i * n + j] = x[m - 1 - i];
                i_out[j] += g[i * n + j] * (u[i * n + j] - w[i * n + j]);
            }
        }
    }
}

static void check(const char *what, const char *name, const double *i,
                  const double *wanted, size_t n, double tolerance)
{
    double worst = worst_relative(i, wanted, n);
    if (!(worst <= tolerance))
        fail_msg("%s, %s: %g apart", what, name, worst);
}

static void test_cycles(void **unused)
{
    (void)unused;
    static const struct {
        const xbar_closed_form *form;
        size_t n_cycles;
    } forms[] = {{&xbar_closed_form_sweep_1, 1},
                 {&xbar_closed_form_sweep_2, 2},
                 {&xbar_closed_form_sweep_3, 3}};
    double g[MOST];
    double v[MOST];
    double i[MOST];
    double wanted[MOST];
    form_conductances(g, MOST);
    form_inputs(v, MOST);
    for (size_t k = 0; k < N_FORM_CASES; k++) {
        xbar_crossbar *c = form_array(&form_cases[k]);
        for (size_t f = 0; f < 3; f++) {
            form_run(forms[f].form, c, g, 1, v, i);
            naive(c, g, v, wanted, forms[f].n_cycles);
            check(forms[f].form->name, form_cases[k].name, i, wanted, c->n_cols, 1e-13);
        }
        cycles(c, g, v, wanted, 1, false);
        form_run(&xbar_closed_form_sweep_1, c, g, 1, v, i);
        check("one cycle as gains", form_cases[k].name, i, wanted, c->n_cols, 1e-13);
        cycles(c, g, v, wanted, 1, true);
        form_run(&xbar_closed_form_smooth_1, c, g, 1, v, i);
        check("one smooth cycle as gains", form_cases[k].name, i, wanted, c->n_cols,
              1e-13);
        xbar_crossbar_free(c);
    }
}

static void test_converges(void **unused)
{
    (void)unused;
    double g[MOST];
    double v[MOST];
    double i[MOST];
    double wanted[MOST];
    form_conductances(g, MOST);
    form_inputs(v, MOST);
    for (size_t k = 0; k < N_FORM_CASES; k++) {
        xbar_crossbar *c = form_array(&form_cases[k]);
        dense_read(wanted, c, g, v);
        for (int smooth_start = 0; smooth_start < 2; smooth_start++) {
            cycles(c, g, v, i, 300, smooth_start);
            check("300 cycles", form_cases[k].name, i, wanted, c->n_cols, 1e-12);
        }
        xbar_crossbar_free(c);
    }
}

/* Each cycle is nearer than the one before, from 0 V also from below; the smooth start is
 * worth more than a cycle where the drop is large. */
static void test_errors_fall(void **unused)
{
    (void)unused;
    enum { N = 10 };
    static const char *const names[2][3] = {{"sweep_1", "sweep_2", "sweep_3"},
                                            {"smooth_1", "smooth_2", "smooth_3"}};
    const form_case q = {"", N, N, 90.0, 90.0, 90.0, 90.0, 0.0};
    double g[N * N];
    double v[N];
    double i[N];
    double wanted[N];
    double before[N] = {0.0};
    double error[2][3];
    form_conductances(g, N * N);
    form_inputs(v, N);
    xbar_crossbar *c = form_array(&q);
    dense_read(wanted, c, g, v);
    for (size_t s = 0; s < 2; s++)
        for (size_t k = 0; k < 3; k++) {
            form_run(xbar_closed_form_find(names[s][k]), c, g, 1, v, i);
            error[s][k] = worst_relative(i, wanted, N);
            for (size_t j = 0; s == 0 && j < N; j++) { /* lower bounds */
                assert_true(i[j] > before[j] && i[j] < wanted[j]);
                before[j] = i[j];
            }
            assert_true(k == 0 || error[s][k] < 0.5 * error[s][k - 1]);
        }
    assert_true(error[0][0] > 0.1);
    assert_true(error[1][0] < 0.5 * error[0][1]);
    xbar_crossbar_free(c);
}

/* For equal cells the start is the solution, but for shapes beyond the eighth. */
static void test_start_of_equal_cells(void **unused)
{
    (void)unused;
    double g[MOST];
    double v[MOST];
    double i[MOST];
    double wanted[MOST];
    for (size_t k = 0; k < MOST; k++)
        g[k] = 2e-3;
    form_inputs(v, MOST);
    for (size_t k = 0; k < N_FORM_CASES; k++) {
        if (form_cases[k].spread != 0.0 || form_cases[k].n_rows > 8)
            continue;
        xbar_crossbar *c = form_array(&form_cases[k]);
        dense_read(wanted, c, g, v);
        form_run(&xbar_closed_form_smooth_1, c, g, 1, v, i);
        check("equal cells", form_cases[k].name, i, wanted, c->n_cols, 1e-12);
        xbar_crossbar_free(c);
    }
}

/* V_k = V_s cosh(lambda (N-k+1/2)) / cosh(lambda (N+1/2)), cosh lambda = 1 + r/(2R), for
 * one row whose bit lines are grounded: N = 8, r = 1, R = 100; N = 128, r = 1, R = 1e4. */
static void test_one_row(void **unused)
{
    (void)unused;
    static const struct {
        size_t n;
        double ohm, last;
    } cases[] = {{8, 100.0, 0.72386819}, {128, 1e4, 0.513973391}};
    double g[128];
    double i[128];
    const double v[1] = {1.0};
    for (size_t k = 0; k < 2; k++) {
        const size_t n = cases[k].n;
        const form_case q = {"", 1, n, 1.0, 1.0, 1.0, 0.0, 0.0};
        xbar_crossbar *c = form_array(&q);
        for (size_t j = 0; j < n; j++)
            g[j] = 1.0 / cases[k].ohm;
        form_run(&xbar_closed_form_sweep_1, c, g, 1, v, i);
        assert_true(fabs(i[n - 1] * cases[k].ohm - cases[k].last) < 0.5e-8);
        if (k == 0) {
            double sum = 0.0;
            for (size_t j = 0; j < n; j++)
                sum += i[j];
            assert_true(fabs(i[0] * 100.0 - 0.93582523) < 0.5e-8);
            assert_true(fabs(sum - 0.0641747674) < 0.5e-10);
        }
        xbar_crossbar_free(c);
    }
}

/* Growth along a line may leave the range of a double; the gains may not. */
static void test_steep_lines(void **unused)
{
    (void)unused;
    enum { LONG = 400 };
    static const struct {
        const char *name;
        size_t n_rows, n_cols;
    } cases[] = {{"a long row", 2, LONG}, {"a long column", LONG, 2}};
    double g[2 * LONG];
    double v[LONG];
    double i[LONG];
    double wanted[LONG];
    for (size_t k = 0; k < 2 * LONG; k++)
        g[k] = 1.0 + (double)(k % 3);
    form_inputs(v, LONG);
    for (size_t k = 0; k < 2; k++) {
        const form_case q = {
            "", cases[k].n_rows, cases[k].n_cols, 50.0, 50.0, 50.0, 50.0, 0.0};
        xbar_crossbar *c = form_array(&q);
        form_run(&xbar_closed_form_sweep_1, c, g, 1, v, i);
        cycles(c, g, v, wanted, 1, false);
        for (size_t j = 0; j < c->n_cols; j++)
            if (!(fabs(i[j] - wanted[j]) <= 1e-12 * wanted[j] + 1e-300))
                fail_msg("%s: column %zu: %g, want %g", cases[k].name, j, i[j],
                         wanted[j]);
        assert_true(i[0] > 0.0);
        xbar_crossbar_free(c);
    }
}

/* Above a million cells inputs go one by one; the answer is the same. */
static void test_large_array(void **unused)
{
    (void)unused;
    enum { M = 1030, N = 1024 };
    const form_case q = {"", M, N, 0.01, 0.01, 0.01, 0.01, 0.0};
    double *g = array_doubles((size_t)M * N);
    double *v = array_doubles(2 * M);
    double *i = array_doubles(2 * N);
    double *exact = array_doubles(2 * N);
    for (size_t k = 0; k < (size_t)M * N; k++)
        g[k] = 1e-5;
    form_inputs(v, 2 * M);
    xbar_crossbar *c = form_array(&q);
    form_run(&xbar_closed_form_uniform, c, g, 2, v, exact);
    form_run(&xbar_closed_form_smooth_2, c, g, 2, v, i);
    check("smooth_2", "1030x1024", i, exact, 2 * N, 1e-7);
    xbar_crossbar_free(c);
    free(g);
    free(v);
    free(i);
    free(exact);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_cycles),      cmocka_unit_test(test_converges),
        cmocka_unit_test(test_errors_fall), cmocka_unit_test(test_start_of_equal_cells),
        cmocka_unit_test(test_one_row),     cmocka_unit_test(test_steep_lines),
        cmocka_unit_test(test_large_array),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
