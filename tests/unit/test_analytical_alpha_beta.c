/* SPDX-License-Identifier: GPL-3.0-or-later */
/* alpha-beta and DMR against the papers' sums, written out term by term. */
#include "closed_form_cases.h"

#include "analytical/alpha_beta.h"
#include "analytical/dmr.h"

enum { MOST = 100 };

/* The share of a line's drive that is left at cell k, seen from its terminal, to first
 * order; g counts from the open end, as k does. */
static double share(const double *g, size_t n, size_t k, double ohm, double terminal)
{
    double above = 1.0;
    double below = 1.0;
    for (size_t l = 0; l < k; l++)
        above += ohm * (double)(k - l) * g[l];
    for (size_t l = 0; l < n; l++)
        below += (ohm * (double)(n - 1 - l) + terminal) * g[l];
    return above / below;
}

/* O(M N (M + N)), each column and row gathered anew for each cell. */
static void naive(double *i_out, const xbar_crossbar *c, const double *g,
                  const double *v, bool means)
{
    double row[MOST];
    double column[MOST];
    const size_t m = c->n_rows;
    const size_t n = c->n_cols;
    for (size_t j = 0; j < n; j++) {
        i_out[j] = 0.0;
        for (size_t i = 0; i < m; i++) {
            for (size_t k = 0; k < m; k++) {
                column[k] = 0.0;
                for (size_t l = 0; l < n; l++)
                    if (means || l == j)
                        column[k] += g[k * n + l] / (means ? (double)n : 1.0);
            }
            for (size_t l = 0; l < n; l++) { /* from the open right end */
                row[n - 1 - l] = 0.0;
                for (size_t k = 0; k < m; k++)
                    if (means || k == i)
                        row[n - 1 - l] += g[k * n + l] / (means ? (double)m : 1.0);
            }
            double alpha =
                share(column, m, i, c->col_ohm, c->terminal_ohm[XBAR_BOTTOM][j]);
            double beta =
                share(row, n, n - 1 - j, c->row_ohm, c->terminal_ohm[XBAR_LEFT][i]);
            i_out[j] += v[i] * alpha * g[i * n + j] * beta;
        }
    }
}

static void compare(const xbar_closed_form *form, bool means)
{
    double g[MOST];
    double v[MOST];
    double i[MOST];
    double wanted[MOST];
    form_conductances(g, MOST);
    form_inputs(v, MOST);
    for (size_t k = 0; k < N_FORM_CASES; k++) {
        xbar_crossbar *c = form_array(&form_cases[k]);
        form_run(form, c, g, 1, v, i);
        naive(wanted, c, g, v, means);
        double worst = worst_relative(i, wanted, c->n_cols);
        if (!(worst <= 1e-14))
            fail_msg("%s, %s: %g apart", form->name, form_cases[k].name, worst);
        xbar_crossbar_free(c);
    }
}

static void test_alpha_beta(void **unused)
{
    (void)unused;
    compare(&xbar_closed_form_alpha_beta, false);
}

static void test_dmr(void **unused)
{
    (void)unused;
    compare(&xbar_closed_form_dmr, true);
}

/* 2 x 2, r = 1 ohm, G = ((1, 2), (3, 4)) S, 1 V:
 *   alpha = ((1/6, 1/9), (2/6, 3/9)), beta = ((3/6, 1/6), (5/12, 1/12))
 *   DMR: alpha = (2/15, 1/3), beta = (4/9, 1/9) */
static void test_by_hand(void **unused)
{
    (void)unused;
    const form_case q = {"", 2, 2, 1.0, 1.0, 1.0, 1.0, 0.0};
    const double g[4] = {1.0, 2.0, 3.0, 4.0};
    const double v[2] = {1.0, 1.0};
    double i[2];
    xbar_crossbar *c = form_array(&q);
    form_run(&xbar_closed_form_alpha_beta, c, g, 1, v, i);
    assert_true(fabs(i[0] - 1.0 / 2.0) < 1e-15);
    assert_true(fabs(i[1] - 4.0 / 27.0) < 1e-15);
    form_run(&xbar_closed_form_dmr, c, g, 1, v, i);
    assert_true(fabs(i[0] - 68.0 / 135.0) < 1e-15);
    assert_true(fabs(i[1] - 8.0 / 45.0) < 1e-15);
    xbar_crossbar_free(c);
}

/* Both are right to first order in r: ten times less r, a hundred times less error. */
static void test_order(void **unused)
{
    (void)unused;
    enum { M = 6, N = 5 };
    double g[M * N];
    double v[M];
    double i[N];
    double wanted[N];
    form_conductances(g, M * N);
    form_inputs(v, M);
    double before = 0.0;
    for (double r = 0.1; r > 5e-4; r /= 10.0) {
        const form_case q = {"", M, N, r, r, r, r, 0.0};
        xbar_crossbar *c = form_array(&q);
        form_run(&xbar_closed_form_alpha_beta, c, g, 1, v, i);
        dense_read(wanted, c, g, v);
        double worst = worst_relative(i, wanted, N);
        /* sneak currents: of second order, the rows' drop times the columns' */
        assert_true(worst > 0.0 && worst < 1e-4 * (r / 0.1) * (r / 0.1));
        assert_true(before == 0.0 || fabs(before / worst - 100.0) < 5.0);
        before = worst;
        xbar_crossbar_free(c);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_by_hand),
        cmocka_unit_test(test_alpha_beta),
        cmocka_unit_test(test_dmr),
        cmocka_unit_test(test_order),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
