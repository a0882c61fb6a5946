/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Against exact formulas: the uniform array as a double sine series, one row as a ladder,
 * sneak paths without and with wires; to all digits, and to the printed ones of tables
 * that were computed elsewhere. */
#include "nodal_networks.h"

#include <string.h>

static void assert_near(const char *what, double got, double want, double relative)
{
    if (!(fabs(got - want) <= relative * fabs(want)))
        fail_msg("%s: %.17g, want %.17g to %g", what, got, want, relative);
}

/* A value printed with this many digits behind the point. */
static void assert_printed(const char *what, double got, double printed, int digits)
{
    double unit = pow(10.0, -digits);
    if (!(fabs(got - printed) <= 0.5000001 * unit))
        fail_msg("%s: %.12g, want %.*g", what, got, digits, printed);
}

/* All cells g, driven from the left and sensed at the bottom through one segment each. */
static random_network uniform(size_t n_rows, size_t n_cols, double row_ohm,
                              double col_ohm, double g)
{
    random_network r = {.c = array_new(n_rows, n_cols, row_ohm, col_ohm)};
    r.g = array_doubles(n_rows * n_cols);
    for (size_t k = 0; k < n_rows * n_cols; k++)
        r.g[k] = g;
    array_terminals(r.c, XBAR_LEFT, row_ohm);
    array_terminals(r.c, XBAR_BOTTOM, col_ohm);
    assert_int_equal(xbar_stimulus_init(&r.s, r.c, NULL), XBAR_OK);
    for (size_t i = 0; i < n_rows; i++)
        r.s.volt[XBAR_LEFT][i] = 1.0;
    for (size_t j = 0; j < n_cols; j++)
        r.s.volt[XBAR_BOTTOM][j] = 0.0;
    return r;
}

static xbar_nodal_answer *answer_of(const random_network *r, bool is_plain)
{
    xbar_nodal_answer *a = answer_new(r->c);
    if (nodal_solve(r->c, r->g, &r->s, is_plain, a) != XBAR_OK)
        fail_msg("%s", a->error.text);
    assert_true(a->is_tight);
    return a;
}

/* ---- the uniform array --------------------------------------------------------------- */

/* Column currents of the uniform array: with g_w, g_b the segments' conductances,
 *
 *   lambda_q = 2 - 2 cos((2q-1) pi/(2N+1)),  Q_jq = 2/sqrt(2N+1) sin(j (2q-1) pi/(2N+1))
 *   mu_p     = 2 - 2 cos((2p-1) pi/(2M+1)),  P_ip = 2/sqrt(2M+1) sin((M+1-i)(2p-1) pi/(2M+1))
 *   F_i1 = g_w V_i, else 0;  I_j = g_b sum_pq P_Mp Q_jq g (P'FQ)_pq / (ac - g^2),
 *   a = g_w lambda_q + g,  c = g_b mu_p + g */
static void sine_series(const random_network *r, double *i_out)
{
    const double pi = acos(-1.0);
    const size_t n_rows = r->c->n_rows;
    const size_t n_cols = r->c->n_cols;
    const double g = r->g[0];
    const double g_w = 1.0 / r->c->row_ohm;
    const double g_b = 1.0 / r->c->col_ohm;
    const double row_norm = 2.0 / sqrt(2.0 * (double)n_cols + 1.0);
    const double col_norm = 2.0 / sqrt(2.0 * (double)n_rows + 1.0);
    for (size_t j = 0; j < n_cols; j++)
        i_out[j] = 0.0;
    for (size_t p = 1; p <= n_rows; p++) {
        const double y = (2.0 * (double)p - 1.0) * pi / (2.0 * (double)n_rows + 1.0);
        const double c = g_b * (2.0 - 2.0 * cos(y)) + g;
        double drive = 0.0;
        for (size_t i = 1; i <= n_rows; i++)
            drive += col_norm * sin((double)(n_rows + 1 - i) * y) * g_w *
                     r->s.volt[XBAR_LEFT][i - 1];
        for (size_t q = 1; q <= n_cols; q++) {
            const double x =
                (2.0 * (double)q - 1.0) * pi / (2.0 * (double)n_cols + 1.0);
            const double a = g_w * (2.0 - 2.0 * cos(x)) + g;
            const double b = g * drive * row_norm * sin(x) / (a * c - g * g);
            for (size_t j = 1; j <= n_cols; j++)
                i_out[j - 1] +=
                    g_b * col_norm * sin(y) * row_norm * sin((double)j * x) * b;
        }
    }
}

static void test_sine_series(void **unused)
{
    (void)unused;
    static const struct {
        size_t n_rows, n_cols;
        double row_ohm, col_ohm, g;
    } cases[] = {
        {1, 1, 2.5, 2.5, 1e-3},  {16, 16, 2.5, 2.5, 1e-4},     {7, 12, 0.3, 40.0, 2e-3},
        {40, 9, 5.0, 1.0, 1e-3}, {32, 32, 100.0, 100.0, 1e-3},
    };
    for (size_t k = 0; k < sizeof cases / sizeof *cases; k++)
        for (int is_plain = 0; is_plain < 2; is_plain++) {
            random_network r = uniform(cases[k].n_rows, cases[k].n_cols,
                                       cases[k].row_ohm, cases[k].col_ohm, cases[k].g);
            for (size_t i = 0; i < cases[k].n_rows; i++)
                r.s.volt[XBAR_LEFT][i] = sin(1.0 + (double)i);
            double *i_out = array_doubles(cases[k].n_cols);
            double largest = 0.0;
            sine_series(&r, i_out);
            xbar_nodal_answer *a = answer_of(&r, is_plain);
            for (size_t j = 0; j < cases[k].n_cols; j++)
                largest = fmax(largest, fabs(i_out[j]));
            for (size_t j = 0; j < cases[k].n_cols; j++)
                assert_true(fabs(a->i_terminal[XBAR_BOTTOM][j] + i_out[j]) <=
                            1e-11 * largest);
            free(i_out);
            answer_free(a);
            random_network_free(&r);
        }
}

/* Mean column current over the ideal one, and the last column's; N, r/R. */
static void test_uniform_table(void **unused)
{
    (void)unused;
    static const struct {
        size_t n;
        double ratio, mean, last;
    } cases[] = {
        {16, 1e-5, .998133779, 0},           {16, 1e-4, .981670877, .977549518},
        {16, 1e-3, .844308686, 0},           {32, 1e-5, .992905328, 0},
        {32, 1e-4, .933659216, .918458662},  {32, 1e-3, .594486638, 0},
        {64, 1e-5, .972879277, 0},           {64, 1e-4, .785460461, .740062898},
        {64, 1e-3, .287415664, 0},           {128, 1e-5, .901392390, 0},
        {128, 1e-4, .492293845, .411156884}, {128, 1e-3, .103344096, 0},
        {256, 1e-5, .702059588, 0},          {256, 1e-4, .210642675, .138181016},
        {256, 1e-3, .032840864, 0},
    };
    for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
        const size_t n = cases[k].n;
        random_network r =
            uniform(n, n, cases[k].ratio * 1e4, cases[k].ratio * 1e4, 1e-4);
        xbar_nodal_answer *a = answer_of(&r, n <= 32);
        const double *i = a->i_terminal[XBAR_BOTTOM];
        const double ideal = (double)n * 1e-4;
        double mean = 0.0;
        for (size_t j = 0; j < n; j++)
            mean -= i[j] / ideal / (double)n;
        assert_printed("mean", mean, cases[k].mean, 9);
        if (cases[k].last > 0.0)
            assert_printed("last column", -i[n - 1] / ideal, cases[k].last, 9);
        answer_free(a);
        random_network_free(&r);
    }
}

/* ---- one row ------------------------------------------------------------------------- */

/* cosh lambda = 1 + r/(2R), V_k = V cosh(lambda (N - k + 1/2)) / cosh(lambda (N + 1/2)). */
static void test_ladder(void **unused)
{
    (void)unused;
    static const struct {
        size_t n;
        double ohm, cell;
    } cases[] = {{8, 1.0, 100.0}, {128, 1.0, 1e4}, {40, 1e-3, 1e5}, {5, 1e3, 10.0}};
    for (size_t k = 0; k < sizeof cases / sizeof *cases; k++)
        for (int is_plain = 0; is_plain < 2; is_plain++) {
            const double n = (double)cases[k].n;
            random_network r =
                uniform(1, cases[k].n, cases[k].ohm, 0.0, 1.0 / cases[k].cell);
            xbar_nodal_answer *a = answer_of(&r, is_plain);
            /* acosh loses what 1 swallows of a small ratio */
            const double lambda = 2.0 * asinh(sqrt(cases[k].ohm / cases[k].cell) / 2.0);
            for (size_t j = 0; j < cases[k].n; j++) {
                double v =
                    cosh(lambda * (n - (double)j - 0.5)) / cosh(lambda * (n + 0.5));
                assert_near("node", a->v_row[j], v, 1e-13);
                assert_near("column", -a->i_terminal[XBAR_BOTTOM][j], v / cases[k].cell,
                            1e-12);
            }
            if (k == 0) {
                assert_printed("V_1", a->v_row[0], .93582523, 8);
                assert_printed("V_8", a->v_row[7], .72386819, 8);
                assert_printed("I", a->i_terminal[XBAR_LEFT][0], .0641747674, 10);
            } else if (k == 1) {
                assert_printed("V_128", a->v_row[127], .513973391, 9);
            }
            answer_free(a);
            random_network_free(&r);
        }
}

/* ---- sneak paths --------------------------------------------------------------------- */

/* Only the selected row and column are connected: the other cells make
 * R (1/(M-1) + 1/(N-1) + 1/((M-1)(N-1))) beside the selected one. */
static void test_floating_lines(void **unused)
{
    (void)unused;
    static const struct {
        size_t n_rows, n_cols;
        double printed;
    } cases[] = {{8, 8, .306122449}, {2, 2, 3.0}, {16, 8, .219047619}, {64, 48, 0}};
    for (size_t k = 0; k < sizeof cases / sizeof *cases; k++)
        for (int is_plain = 0; is_plain < 2; is_plain++) {
            const double m = (double)cases[k].n_rows - 1.0;
            const double n = (double)cases[k].n_cols - 1.0;
            const double cell = 1e4;
            const double special = 3e3;
            random_network r =
                uniform(cases[k].n_rows, cases[k].n_cols, 0.0, 0.0, 1.0 / cell);
            for (size_t i = 0; i < cases[k].n_rows; i++)
                if (i != 1)
                    r.s.volt[XBAR_LEFT][i] = (double)NAN;
            for (size_t j = 0; j < cases[k].n_cols; j++)
                if (j != 0)
                    r.s.volt[XBAR_BOTTOM][j] = (double)NAN;
            r.g[cases[k].n_cols] = 1.0 / special;
            xbar_nodal_answer *a = answer_of(&r, is_plain);
            double sneak = 1.0 / (a->i_terminal[XBAR_LEFT][1] - 1.0 / special);
            assert_near("sneak resistance", sneak,
                        cell * (1.0 / m + 1.0 / n + 1.0 / (m * n)), 1e-12);
            if (cases[k].printed > 0.0)
                assert_printed("R_sneak/R", sneak / cell, cases[k].printed, 9);
            assert_near("in and out", a->i_terminal[XBAR_LEFT][1],
                        -a->i_terminal[XBAR_BOTTOM][0], 1e-13);
            answer_free(a);
            random_network_free(&r);
        }
}

/* All cells on, r/R = 1e-3, the cell that is farthest from its terminals is selected: its
 * voltage, the worst of those that share a line with it, and its current. */
static void test_schemes_with_wires(void **unused)
{
    (void)unused;
    static const struct {
        size_t n;
        double row, col; /* where the other lines stand; NaN: open */
        double selected, worst, current;
    } cases[] = {
        {16, 0.5, 0.5, .86651872, 0, 0},
        {16, 0.0, 0.0, .86651872, 0, 0},
        {16, 1.0 / 3, 2.0 / 3, .89441152, .35809991, 0},
        {16, (double)NAN, (double)NAN, 0, 0, 7.46979334},
        {64, 0.5, 0.5, .25395807, 0, 0},
        {64, 1.0 / 3, 2.0 / 3, .27750528, .54271120, 0},
        {64, (double)NAN, (double)NAN, 0, 0, 14.77108824},
    };
    for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
        const size_t n = cases[k].n;
        random_network r = uniform(n, n, 1.0, 1.0, 1e-3);
        for (size_t l = 0; l < n; l++) {
            r.s.volt[XBAR_LEFT][l] = l == 0 ? 1.0 : cases[k].row;
            r.s.volt[XBAR_BOTTOM][l] = l == n - 1 ? 0.0 : cases[k].col;
        }
        xbar_nodal_answer *a = answer_of(&r, n == 16);
        double worst = 0.0;
        for (size_t l = 0; l < n - 1; l++) {
            size_t in_row = l;
            size_t in_col = (l + 1) * n + n - 1;
            worst = fmax(worst, fabs(a->v_row[in_row] - a->v_col[in_row]));
            worst = fmax(worst, fabs(a->v_row[in_col] - a->v_col[in_col]));
        }
        if (cases[k].selected > 0.0)
            assert_printed("selected", a->v_row[n - 1] - a->v_col[n - 1],
                           cases[k].selected, 8);
        if (cases[k].worst > 0.0)
            assert_printed("half selected", worst, cases[k].worst, 8);
        if (cases[k].current > 0.0)
            assert_printed("current", -a->i_terminal[XBAR_BOTTOM][n - 1] * 1e3,
                           cases[k].current, 8);
        answer_free(a);
        random_network_free(&r);
    }
}

/* ---- one cell that is not linear ----------------------------------------------------- */

/* A sinh cell and a resistor in series, against bisection. */
static void test_one_sinh_cell(void **unused)
{
    (void)unused;
    static const double volts[] = {1e-6, 0.2, 2.0, 50.0, 1e5};
    for (size_t k = 0; k < sizeof volts / sizeof *volts; k++)
        for (int is_plain = 0; is_plain < 2; is_plain++) {
            random_network r = uniform(1, 1, 100.0, 0.0, 1e-3);
            r.c->cell = xbar_cell_default(xbar_device_find("sinh"));
            const double v0 = r.c->cell.parameters[0];
            r.s.volt[XBAR_LEFT][0] = volts[k];
            double low = 0.0;
            double high = volts[k];
            for (int n = 0; n < 200; n++) {
                double v = 0.5 * (low + high);
                bool is_low =
                    v < 80.0 * v0 && 1e-3 * v0 * sinh(v / v0) * 100.0 < volts[k] - v;
                *(is_low ? &low : &high) = v;
            }
            xbar_nodal_answer *a = answer_of(&r, is_plain);
            assert_near("cell", a->v_row[0], low, 1e-13);
            assert_near("current", a->i_terminal[XBAR_LEFT][0],
                        (volts[k] - low) / 100.0, 1e-11);
            answer_free(a);
            random_network_free(&r);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sine_series),
        cmocka_unit_test(test_uniform_table),
        cmocka_unit_test(test_ladder),
        cmocka_unit_test(test_floating_lines),
        cmocka_unit_test(test_schemes_with_wires),
        cmocka_unit_test(test_one_sinh_cell),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
