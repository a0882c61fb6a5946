/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The paths over one further row and column, against the sum over all of them with lines
 * solved one by one as dense matrices. */
#include "model_cases.h"

#include <string.h>

#include "analytical/blend.h"
#include "analytical/shares.h"
#include "core/isa.h"

enum { MOST = 40 };

/* A line of n nodes: its matrix's inverse, V at node l per A at node k. */
typedef struct line {
    size_t n;
    double z[MOST][MOST];
} line;

static void invert(line *x)
{
    for (size_t p = 0; p < x->n; p++) { /* Gauss-Jordan; diagonally dominant */
        double pivot = x->z[p][p];
        x->z[p][p] = 1.0;
        for (size_t k = 0; k < x->n; k++)
            x->z[p][k] /= pivot;
        for (size_t i = 0; i < x->n; i++) {
            double factor = x->z[i][p];
            if (i == p)
                continue;
            x->z[i][p] = 0.0;
            for (size_t k = 0; k < x->n; k++)
                x->z[i][k] -= factor * x->z[p][k];
        }
    }
}

/* Word line or bit line `index` with its loads, but without the one at node `left_out`
 * (n: none). */
static void solve_line(line *x, const xbar_crossbar *c, bool is_row, size_t index,
                       const double *load, size_t left_out)
{
    const double ohm = is_row ? c->row_ohm : c->col_ohm;
    const uint8_t *cut = is_row ? c->row_cut : c->col_cut;
    const size_t step = is_row ? 1 : c->n_cols;
    const size_t first = is_row ? index * c->n_cols : index;
    x->n = is_row ? c->n_cols : c->n_rows;
    memset(x->z, 0, sizeof x->z);
    for (size_t k = 0; k < x->n; k++) {
        x->z[k][k] += k == left_out ? 0.0 : load[first + k * step];
        if (k + 1 == x->n || (cut && cut[first + k * step]))
            continue;
        x->z[k][k] += 1.0 / ohm;
        x->z[k + 1][k + 1] += 1.0 / ohm;
        x->z[k][k + 1] -= 1.0 / ohm;
        x->z[k + 1][k] -= 1.0 / ohm;
    }
    for (int end = 0; end < 2; end++) {
        double terminal = c->terminal_ohm[(is_row ? XBAR_LEFT : XBAR_TOP) + end][index];
        if (!isnan(terminal))
            x->z[end * (int)(x->n - 1)][end * (int)(x->n - 1)] += 1.0 / terminal;
    }
    invert(x);
}

typedef struct paths {
    xbar_crossbar *c;
    double g[MOST * MOST], row_load[MOST * MOST], col_load[MOST * MOST];
    line row[MOST], col[MOST]; /* with all loads */
} paths;

/* Equation C of shares.h. */
static void dress(paths *p)
{
    const xbar_crossbar *c = p->c;
    static line x;
    for (size_t i = 0; i < c->n_rows; i++)
        for (size_t j = 0; j < c->n_cols; j++) {
            size_t k = i * c->n_cols + j;
            solve_line(&x, c, false, j, p->g, i);
            p->row_load[k] = p->g[k] / (1.0 + p->g[k] * x.z[i][i]);
            solve_line(&x, c, true, i, p->g, j);
            p->col_load[k] = p->g[k] / (1.0 + p->g[k] * x.z[j][j]);
        }
    for (size_t i = 0; i < c->n_rows; i++)
        solve_line(&p->row[i], c, true, i, p->row_load, c->n_cols);
    for (size_t j = 0; j < c->n_cols; j++)
        solve_line(&p->col[j], c, false, j, p->col_load, c->n_rows);
}

/* What taking a line's load at a node off multiplies its voltages by. */
static double without(const line *x, size_t node, double load)
{
    return 1.0 / (1.0 - load * x->z[node][node]);
}

/* V at node k of row i per V of its terminals, A out of column j's bottom per A at i. */
static double beta(const paths *p, size_t i, size_t k)
{
    const xbar_crossbar *c = p->c;
    double sum = p->row[i].z[0][k] / c->terminal_ohm[XBAR_LEFT][i];
    if (!isnan(c->terminal_ohm[XBAR_RIGHT][i]))
        sum += p->row[i].z[c->n_cols - 1][k] / c->terminal_ohm[XBAR_RIGHT][i];
    return sum;
}

static double t(const paths *p, size_t i, size_t j)
{
    const xbar_crossbar *c = p->c;
    return p->col[j].z[c->n_rows - 1][i] / c->terminal_ohm[XBAR_BOTTOM][j];
}

/* Cell (i,j) on the way from line x to line y, at node n_x of one and n_y of the other, x
 * taken without it behind it: A into y per V of x times what that loss of load gives. */
static double over(const line *y, size_t n_y, double x_load, double y_load)
{
    return x_load * without(y, n_y, y_load);
}

/* The way from row i over (i,k), (m,k), (m,j) to column j; backwards it is the same but for
 * the order in which loads are left out. */
static double path(const paths *p, size_t i, size_t k, size_t m, size_t j)
{
    const size_t n_cols = p->c->n_cols;
    const double *r = p->row_load;
    const double *c = p->col_load;
    const size_t ik = i * n_cols + k;
    const size_t mk = m * n_cols + k;
    const size_t mj = m * n_cols + j;
    const double lines =
        beta(p, i, k) * p->col[k].z[i][m] * p->row[m].z[k][j] * t(p, m, j);
    if (n_cols < p->c->n_rows)
        return lines * over(&p->row[m], j, c[mj], r[mj]) *
               over(&p->col[k], m, r[mk], c[mk]) * over(&p->row[i], k, c[ik], r[ik]);
    return lines * over(&p->col[k], i, r[ik], c[ik]) *
           over(&p->row[m], k, c[mk], r[mk]) * over(&p->col[j], m, r[mj], c[mj]);
}

static double sum_of_paths(const paths *p, size_t i, size_t j)
{
    double sum = 0.0;
    for (size_t m = 0; m < p->c->n_rows; m++)
        for (size_t k = 0; k < p->c->n_cols; k++)
            if (m != i && k != j)
                sum += path(p, i, k, m, j);
    return sum;
}

static void check_sum(xbar_isa isa)
{
    xbar_isa_limit(isa);
    static const struct {
        const char *name;
        form_case array;
        double right_ohm, top_ohm; /* 0: no terminals there */
        bool cut;
    } cases[] = {
        {"5 x 7", {"", 5, 7, 30, 20, 10, 15, 0.1}, 0, 0, false},
        {"7 x 5", {"", 7, 5, 30, 20, 10, 15, 0.1}, 0, 0, false},
        {"more rows than lanes", {"", 18, 21, 20, 12, 40, 5, 0.05}, 0, 0, false},
        {"columns in the lanes", {"", 23, 19, 9, 25, 40, 5, 0.05}, 0, 0, false},
        {"rows driven from both ends", {"", 6, 9, 30, 20, 10, 15, 0.1}, 25, 0, false},
        {"columns with two ends", {"", 9, 6, 30, 20, 10, 15, 0}, 0, 30, false},
        {"cut lines", {"", 6, 8, 30, 20, 10, 15, 0}, 35, 30, true},
        {"one row", {"", 1, 8, 30, 20, 10, 15, 0}, 0, 0, false},
        {"one column", {"", 8, 1, 30, 20, 10, 15, 0}, 0, 0, false},
    };
    static paths p;
    for (size_t q = 0; q < sizeof cases / sizeof *cases; q++) {
        xbar_crossbar *c = form_array(&cases[q].array);
        const size_t n_rows = c->n_rows;
        const size_t n_cols = c->n_cols;
        form_conductances(p.g, n_rows * n_cols);
        p.g[0] = 0.0;
        if (cases[q].right_ohm > 0.0)
            array_terminals(c, XBAR_RIGHT, cases[q].right_ohm);
        if (cases[q].top_ohm > 0.0)
            array_terminals(c, XBAR_TOP, cases[q].top_ohm);
        if (cases[q].cut) {
            assert_int_equal(xbar_crossbar_cut(c, true, 2, 3, NULL), XBAR_OK);
            assert_int_equal(xbar_crossbar_cut(c, false, 1, 2, NULL), XBAR_OK);
        }
        p.c = c;
        dress(&p);

        double v[MOST] = {0.0}, w[MOST * MOST], h[MOST * MOST];
        double rows[MOST * XBAR_BLEND_MODES], cols[MOST * XBAR_BLEND_MODES];
        xbar_stimulus in;
        xbar_arrangement a;
        xbar_shares *s = NULL;
        xbar_detours *d = NULL;
        xbar_blend f;
        model_read(&in, c, v, 0.0);
        for (size_t i = 0; cases[q].right_ohm > 0.0 && i < n_rows; i++)
            in.volt[XBAR_RIGHT][i] = 0.0;
        for (size_t j = 0; cases[q].top_ohm > 0.0 && j < n_cols; j++)
            in.volt[XBAR_TOP][j] = 0.0;
        assert_int_equal(xbar_arrangement_init(&a, c, NULL), XBAR_OK);
        xbar_arrangement_take(&a, c, &in);
        assert_int_equal(xbar_shares_new(&s, c, NULL), XBAR_OK);
        assert_int_equal(xbar_detours_new(&d, n_rows, n_cols, NULL), XBAR_OK);
        assert_int_equal(xbar_blend_init(&f, n_rows, n_cols, NULL), XBAR_OK);
        xbar_shares_rough(s, w, c, &a, p.g, d, NULL);
        memcpy(h, w, sizeof h);
        xbar_detours_add(d, h, rows, cols, &f);

        double largest = 0.0;
        double moment = 0.0; /* of row 1's paths over the columns */
        for (size_t k = 0; k < n_rows * n_cols; k++)
            largest = fmax(largest, sum_of_paths(&p, k / n_cols, k % n_cols));
        assert_true((largest > 0.0) == (n_rows > 1 && n_cols > 1));
        for (size_t i = 0; i < n_rows; i++)
            for (size_t j = 0; j < n_cols; j++) {
                double want = sum_of_paths(&p, i, j);
                double got = h[i * n_cols + j] - w[i * n_cols + j];
                if (!(fabs(got - want) <= 1e-5 * largest))
                    fail_msg("%s, %s: (%zu,%zu) %.9g, want %.9g", cases[q].name,
                             xbar_isa_name(isa), i, j, got, want);
                if (i == 1)
                    moment += want * f.psi[j * XBAR_BLEND_MODES + 1];
            }
        if (n_rows > 1 && n_cols > 1)
            assert_true(fabs(rows[XBAR_BLEND_MODES + 1] - moment) <=
                        1e-5 * largest * (double)n_cols);
        xbar_blend_clear(&f);
        xbar_detours_free(d);
        xbar_detours_free(NULL);
        xbar_shares_free(s);
        xbar_arrangement_clear(&a);
        xbar_stimulus_clear(&in);
        xbar_crossbar_free(c);
    }
}

/* In each vector width. */
static void test_sum(void **unused)
{
    (void)unused;
    const xbar_isa widest = xbar_isa_here();
    for (xbar_isa isa = XBAR_ISA_BASE; isa <= widest; isa++)
        check_sum(isa);
    xbar_isa_limit(widest);
}

static void test_sizes(void **unused)
{
    (void)unused;
    assert_true(xbar_detours_pay(64, 64) && xbar_detours_pay(1000, 20));
    assert_true(xbar_detours_pay(20, 1000));
    assert_false(xbar_detours_pay(256, 256));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sum),
        cmocka_unit_test(test_sizes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
