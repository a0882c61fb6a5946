/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The uniform array: the mean column currents over the ideal ones that were computed by
 * other programs, the double sine series itself, and a dense solution where the terminals
 * are not a segment. */
#include "closed_form_cases.h"

#include <string.h>

#include "analytical/uniform.h"

enum { MOST = 100 };

/* N x N, all inputs equal, R = 1/g; last is the last column's share, 0 where not known. */
static const struct {
    size_t n;
    double r_over_R, mean, last;
} shares[] = {
    {16, 1e-5, .998133779, 0},           {16, 1e-4, .981670877, .977549518},
    {16, 1e-3, .844308686, 0},           {32, 1e-5, .992905328, 0},
    {32, 1e-4, .933659216, .918458662},  {32, 1e-3, .594486638, 0},
    {64, 1e-5, .972879277, 0},           {64, 1e-4, .785460461, .740062898},
    {64, 1e-3, .287415664, 0},           {128, 1e-5, .901392390, 0},
    {128, 1e-4, .492293845, .411156884}, {128, 1e-3, .103344096, 0},
    {256, 1e-5, .702059588, 0},          {256, 1e-4, .210642675, .138181016},
    {256, 1e-3, .032840864, 0},          {1024, 1e-5, .148913993, 0},
    {1024, 1e-4, .022167943, 0},         {1024, 1e-3, .002898776, 0},
};

static void test_shares(void **unused)
{
    (void)unused;
    const double siemens = 1e-3;
    for (size_t k = 0; k < sizeof shares / sizeof *shares; k++) {
        const size_t n = shares[k].n;
        const double r = shares[k].r_over_R / siemens;
        const form_case q = {"", n, n, r, r, r, r, 0.0};
        xbar_crossbar *c = form_array(&q);
        double *g = array_doubles(n * n);
        double *v = array_doubles(n);
        double *i = array_doubles(n);
        for (size_t m = 0; m < n * n; m++)
            g[m] = siemens;
        for (size_t m = 0; m < n; m++)
            v[m] = 0.2;
        form_run(&xbar_closed_form_uniform, c, g, 1, v, i);
        double ideal = 0.2 * siemens * (double)n;
        double mean = 0.0;
        for (size_t j = 0; j < n; j++)
            mean += i[j] / ideal / (double)n;
        if (!(fabs(mean - shares[k].mean) <= 0.5000001e-9))
            fail_msg("N = %zu, r/R = %g: mean %.10f, want %.9f", n, shares[k].r_over_R,
                     mean, shares[k].mean);
        if (shares[k].last > 0.0 &&
            !(fabs(i[n - 1] / ideal - shares[k].last) <= 0.5000001e-9))
            fail_msg("N = %zu, r/R = %g: last column %.10f, want %.9f", n,
                     shares[k].r_over_R, i[n - 1] / ideal, shares[k].last);
        free(g);
        free(v);
        free(i);
        xbar_crossbar_free(c);
    }
}

/* The double sum, term by term, for one segment in front and one behind. */
static void double_sine(double *i_out, const xbar_crossbar *c, double g,
                        const double *v)
{
    const double pi = acos(-1.0);
    const size_t m = c->n_rows;
    const size_t n = c->n_cols;
    const double g_w = 1.0 / c->row_ohm;
    const double g_b = 1.0 / c->col_ohm;
    const double odd_m = 2.0 * (double)m + 1.0;
    const double odd_n = 2.0 * (double)n + 1.0;
    for (size_t j = 0; j < n; j++)
        i_out[j] = 0.0;
    for (size_t p = 1; p <= m; p++)
        for (size_t q = 1; q <= n; q++) {
            double theta_p = (2.0 * (double)p - 1.0) * pi / odd_m;
            double theta_q = (2.0 * (double)q - 1.0) * pi / odd_n;
            double a = g_w * (2.0 - 2.0 * cos(theta_q)) + g;
            double d = g_b * (2.0 - 2.0 * cos(theta_p)) + g;
            double f = 0.0;
            for (size_t i = 1; i <= m; i++)
                f += 2.0 / sqrt(odd_m) * sin((double)(m + 1 - i) * theta_p) * g_w *
                     v[i - 1] * 2.0 / sqrt(odd_n) * sin(theta_q);
            double b = g * f / (a * d - g * g);
            for (size_t j = 1; j <= n; j++)
                i_out[j - 1] += g_b * 2.0 / sqrt(odd_m) * sin(theta_p) * b * 2.0 /
                                sqrt(odd_n) * sin((double)j * theta_q);
        }
}

static void check(const form_case *q, double siemens, bool by_series)
{
    double g[MOST];
    double v[MOST];
    double i[MOST];
    double wanted[MOST];
    xbar_crossbar *c = form_array(q);
    for (size_t k = 0; k < MOST; k++)
        g[k] = siemens;
    form_inputs(v, MOST);
    form_run(&xbar_closed_form_uniform, c, g, 1, v, i);
    if (by_series)
        double_sine(wanted, c, siemens, v);
    else
        dense_read(wanted, c, g, v);
    double worst = worst_relative(i, wanted, c->n_cols);
    if (!(worst <= 1e-12))
        fail_msg("%s, %g S: %g apart", q->name, siemens, worst);
    xbar_crossbar_free(c);
}

static void test_double_sine(void **unused)
{
    (void)unused;
    static const form_case cases[] = {
        {"9x9", 9, 9, 2.5, 2.5, 2.5, 2.5, 0.0},
        {"12x7, row and column wires differ", 12, 7, 30.0, 2.0, 30.0, 2.0, 0.0},
        {"3x12, row and column wires differ", 3, 12, 2.0, 70.0, 2.0, 70.0, 0.0},
        {"1x9", 1, 9, 2.0, 3.0, 2.0, 3.0, 0.0},
        {"9x1", 9, 1, 2.0, 3.0, 2.0, 3.0, 0.0},
    };
    for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
        check(&cases[k], 1e-3, true);
        check(&cases[k], 0.2, true);
    }
}

/* The bottom terminal from nothing to many segments, past the value below which the
 * steepest shape is no longer a cosine. */
static void test_terminals(void **unused)
{
    (void)unused;
    static const double bottoms[] = {0.0, 1e-6, 0.5, 2.4,  2.6,  4.2,   4.55, 4.6,
                                     4.9, 5.0,  9.0, 10.0, 11.0, 300.0, 1e6,  1e9};
    for (size_t m = 1; m <= 6; m++)
        for (size_t k = 0; k < sizeof bottoms / sizeof *bottoms; k++) {
            const form_case q = {"left 70 ohm", m, 4, 3.0, 10.0, 70.0, bottoms[k], 0.0};
            const form_case held = {"left 0 ohm", m,   4,          3.0,
                                    10.0,         0.0, bottoms[k], 0.0};
            check(&q, 1e-3, false);
            check(&held, 0.05, false);
        }
}

/* Columns without resistance of their own: one node each. */
static void test_ideal_columns(void **unused)
{
    (void)unused;
    double g[12];
    double v[3] = {0.1, 0.2, 0.3};
    double i[4];
    double wanted[4];
    for (size_t k = 0; k < 12; k++)
        g[k] = 2e-3;
    const form_case q = {"", 3, 4, 3.0, 0.0, 3.0, 50.0, 0.0};
    const form_case nearly = {"", 3, 4, 3.0, 1e-6, 3.0, 50.0, 0.0};
    xbar_crossbar *c = form_array(&q);
    form_run(&xbar_closed_form_uniform, c, g, 1, v, i);
    xbar_crossbar_free(c);
    c = form_array(&nearly);
    dense_read(wanted, c, g, v);
    xbar_crossbar_free(c);
    assert_true(worst_relative(i, wanted, 4) < 2e-9); /* that the wires take */
}

static void test_refusals(void **unused)
{
    (void)unused;
    const form_case q = {"", 3, 4, 3.0, 3.0, 3.0, 3.0, 0.0};
    xbar_crossbar *c = form_array(&q);
    xbar_error err = {0};
    void *self = NULL;
    double g[12];
    for (size_t k = 0; k < 12; k++)
        g[k] = 2e-3;
    g[7] = 3e-3;
    assert_int_equal(xbar_closed_form_uniform.open(&self, c, NULL), XBAR_OK);
    assert_int_equal(xbar_closed_form_uniform.prepare(self, g, &err), XBAR_ERR_INPUT);
    assert_non_null(strstr(err.text, "(1,3) has 0.003"));
    g[7] = 2e-3;
    assert_int_equal(xbar_closed_form_uniform.prepare(self, g, NULL), XBAR_OK);
    xbar_closed_form_uniform.close(self);

    c->terminal_ohm[XBAR_LEFT][2] = 4.0;
    assert_int_equal(xbar_closed_form_uniform.open(&self, c, &err), XBAR_ERR_INPUT);
    assert_non_null(strstr(err.text, "left 2 has 4"));
    c->terminal_ohm[XBAR_LEFT][2] = 3.0;
    c->terminal_ohm[XBAR_BOTTOM][1] = 0.0;
    assert_int_equal(xbar_closed_form_uniform.open(&self, c, &err), XBAR_ERR_INPUT);
    assert_non_null(strstr(err.text, "bottom 1 has 0"));
    xbar_crossbar_free(c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_shares),    cmocka_unit_test(test_double_sine),
        cmocka_unit_test(test_terminals), cmocka_unit_test(test_ideal_columns),
        cmocka_unit_test(test_refusals),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
