/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Lines that resist less than their terminals: an error that is one voltage on all of a
 * line leaves hardly anything over at its nodes, and is of the outputs all the same. And
 * outputs that are small beside other currents, or others of them. All are held against
 * those of the merged blocks or of a direct solution, which iterate on nothing. */
#include "arrays.h"
#include "nodal_networks.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/random.h"
#include "nodal/nodal.h"
#include "nodal/spread.h"

typedef struct hanging {
    const char *name;
    size_t n;
    double ohm, left_ohm, bottom_ohm;
    double least, most; /* S, of cells: uniform between */
    uint64_t seed;
    double tolerance;
} hanging;

static xbar_crossbar *crossbar_of(const hanging *h)
{
    xbar_crossbar *c = array_new(h->n, h->n, h->ohm, h->ohm);
    array_terminals(c, XBAR_LEFT, h->left_ohm);
    array_terminals(c, XBAR_BOTTOM, h->bottom_ohm);
    return c;
}

/* The outputs without iterations. */
static void merged_outputs(double *i_out, const xbar_crossbar *c, const double *g,
                           const xbar_stimulus *s)
{
    xbar_lines l;
    xbar_spread *merged = NULL;
    assert_int_equal(xbar_lines_init(&l, c, NULL), XBAR_OK);
    xbar_lines_connect(&l, c, s, 0.0);
    assert_int_equal(
        xbar_spread_new(&merged, &l, xbar_spread_at_zero(&l, s, 1), NULL, NULL),
        XBAR_OK);
    xbar_spread_take(merged, g);
    xbar_nodal_answer *a = answer_new(c);
    xbar_spread_solve(merged, s, 1, 1e-9, a);
    assert_int_equal(a->status, XBAR_OK);
    memcpy(i_out, a->i_terminal[XBAR_BOTTOM], c->n_cols * sizeof *i_out);
    answer_free(a);
    xbar_spread_free(merged);
    xbar_lines_clear(&l);
}

static double worst_error(const hanging *h)
{
    xbar_crossbar *c = crossbar_of(h);
    double *g = array_doubles(h->n * h->n), *wanted = array_doubles(h->n);
    xbar_stimulus s;
    assert_int_equal(xbar_stimulus_init(&s, c, NULL), XBAR_OK);
    for (uint32_t k = 0; k < h->n * h->n; k++)
        g[k] = h->least + (h->most - h->least) *
                              xbar_uniform(h->seed, XBAR_STREAM_CONDUCTANCE, 0, k);
    for (uint32_t k = 0; k < h->n; k++) {
        s.volt[XBAR_LEFT][k] = k == h->n / 3 ? 1.0 : 0.0;
        s.volt[XBAR_BOTTOM][k] = 0.0;
    }
    merged_outputs(wanted, c, g, &s);
    xbar_nodal *solver = NULL;
    const xbar_nodal_options options = {.tolerance = h->tolerance};
    assert_int_equal(xbar_nodal_new(&solver, c, &options, NULL), XBAR_OK);
    xbar_nodal_set_state(solver, g);
    xbar_nodal_answer *a = answer_new(c);
    assert_int_equal(xbar_nodal_solve(solver, &s, 1, a, NULL), XBAR_OK);
    assert_true(a->is_tight);
    double largest = 0.0, worst = 0.0;
    for (size_t j = 0; j < h->n; j++) {
        largest = fmax(largest, fabs(wanted[j]));
        worst = fmax(worst, fabs(a->i_terminal[XBAR_BOTTOM][j] - wanted[j]));
    }
    answer_free(a);
    xbar_nodal_free(solver);
    xbar_stimulus_clear(&s);
    free(wanted);
    free(g);
    xbar_crossbar_free(c);
    return worst / largest;
}

/* A digit more than is promised is what is asked for; without that the first array's
 * outputs were 7e-11, 4e-11 and 5e-11 of the largest off. Arrays of cells that are hardly
 * unlike come to rest sooner than their slowest error, and were 6e-10 off. */
static void test_outputs(void **unused)
{
    (void)unused;
    static const hanging cases[] = {
        {"127 x 127, seed 8", 127, 0.39, 135, 90e3, 1e-3, 2.4e-3, 8, 1e-12},
        {"127 x 127, seed 27", 127, 0.39, 135, 90e3, 1e-3, 2.4e-3, 27, 1e-12},
        {"127 x 127, seed 80", 127, 0.39, 135, 90e3, 1e-3, 2.4e-3, 80, 1e-12},
        {"176 x 176, cells alike", 176, 12, 781, 15.6e3, 1e-3, 1e-3, 1, 1e-12},
        {"196 x 196", 196, 2.5, 867, 40e3, 1e-4, 1e-3, 1, 1e-12},
        {"64 x 64, cells alike", 64, 2.5, 100, 100, 1e-3, 1.05e-3, 1, 1e-12},
        {"80 x 80, cells alike", 80, 2.5, 26, 35, 1e-3, 1e-3, 1, 1e-12},
        {"80 x 80, hardly unlike", 80, 2.5, 26, 35, 1e-3, 1.05e-3, 1, 1e-9},
        {"96 x 96, hardly unlike", 96, 2.5, 100, 100, 1e-3, 1.05e-3, 1, 1e-12},
    };
    for (size_t c = 0; c < sizeof cases / sizeof *cases; c++) {
        const double off = worst_error(&cases[c]);
        if (!(off <= 1e-11))
            fail_msg("%s: outputs are %.2g of the largest off", cases[c].name, off);
    }
}

/* Cells of which some outputs are small. */
typedef struct faint {
    const char *name;
    size_t n_rows, n_cols;
    double row_ohm, col_ohm;
    double left_ohm, right_ohm, bottom_ohm; /* NAN: open */
    double best, worst; /* S: two quarters of the array and the others ... */
    double range;       /* ... over 1 to that */
    double volt;        /* of sources, 0 to 1 times */
    bool is_merged;     /* what to hold it against */
} faint;

static void drive(xbar_stimulus *s, const faint *f)
{
    for (int side = XBAR_LEFT; side <= XBAR_RIGHT; side++)
        for (uint32_t i = 0; i < f->n_rows; i++)
            s->volt[side][i] =
                f->volt * xbar_uniform((uint64_t)side, XBAR_STREAM_INPUT, 0, i);
    for (uint32_t i = 0; i < f->n_rows; i++)
        if (isnan(f->right_ohm))
            s->volt[XBAR_RIGHT][i] = (double)NAN;
    for (size_t j = 0; j < f->n_cols; j++)
        s->volt[XBAR_BOTTOM][j] = 0.0;
}

static void solve_with(xbar_nodal_answer *a, const xbar_crossbar *c, const double *g,
                       const xbar_stimulus *s, bool is_plain)
{
    xbar_nodal *solver = NULL;
    assert_int_equal(
        xbar_nodal_new(&solver, c, &(xbar_nodal_options){.is_plain = is_plain}, NULL),
        XBAR_OK);
    xbar_nodal_set_state(solver, g);
    assert_int_equal(xbar_nodal_solve(solver, s, 1, a, NULL), XBAR_OK);
    assert_true(a->is_tight);
    xbar_nodal_free(solver);
}

/* Right to 1e-11 of the largest, and to 1e-9 of themselves where they are above 1e-6 of it
 * and of all currents: a digit more than is promised (nodal.h). */
static void compare(const faint *f, const xbar_nodal_answer *a, const double *wanted)
{
    double largest = 0.0;
    for (size_t j = 0; j < f->n_cols; j++)
        largest = fmax(largest, fabs(wanted[j]));
    assert_true(largest > 1e-6 * a->largest_current);
    for (size_t j = 0; j < f->n_cols; j++) {
        const double i = fabs(wanted[j]);
        const bool counts = i > 1e-6 * largest && i > 1e-6 * a->largest_current;
        const double allowed = fmin(1e-11 * largest, counts ? 1e-9 * i : 1.0);
        const double off = fabs(a->i_terminal[XBAR_BOTTOM][j] - wanted[j]);
        if (!(off <= allowed))
            fail_msg("%s: output %zu is %.17g A, not %.17g (largest %.2g)", f->name, j,
                     a->i_terminal[XBAR_BOTTOM][j], wanted[j], largest);
    }
}

static void check_faint(const faint *f)
{
    xbar_crossbar *c = array_new(f->n_rows, f->n_cols, f->row_ohm, f->col_ohm);
    array_terminals(c, XBAR_LEFT, f->left_ohm);
    array_terminals(c, XBAR_RIGHT, f->right_ohm);
    array_terminals(c, XBAR_BOTTOM, f->bottom_ohm);
    double *g = array_doubles(f->n_rows * f->n_cols);
    double *wanted = array_doubles(f->n_cols);
    for (uint32_t i = 0; i < f->n_rows; i++)
        for (uint32_t j = 0; j < f->n_cols; j++) {
            const bool is_best = (i < f->n_rows / 2) == (j < f->n_cols / 2);
            g[i * f->n_cols + j] =
                (is_best ? f->best : f->worst) *
                pow(f->range, -xbar_uniform(1, XBAR_STREAM_CONDUCTANCE, i, j));
        }
    xbar_stimulus s;
    assert_int_equal(xbar_stimulus_init(&s, c, NULL), XBAR_OK);
    drive(&s, f);
    xbar_nodal_answer *a = answer_new(c);
    if (f->is_merged) {
        merged_outputs(wanted, c, g, &s);
    } else {
        solve_with(a, c, g, &s, true);
        memcpy(wanted, a->i_terminal[XBAR_BOTTOM], f->n_cols * sizeof *wanted);
    }
    solve_with(a, c, g, &s, false);
    compare(f, a, wanted);
    answer_free(a);
    xbar_stimulus_clear(&s);
    free(wanted);
    free(g);
    xbar_crossbar_free(c);
}

/* Before moves were known of steep arrays, and residuals had a say, the first array's
 * outputs were 3e-10 of the largest off; counted from their sources' voltages the last
 * one's were 7e-9 of themselves, and the second took eleven corrections. */
static void test_faint_outputs(void **unused)
{
    (void)unused;
    static const double none = (double)NAN;
    const faint cases[] = {
        {"86 x 5, currents along the rows", 86, 5, 0.143, 0.143, 1e-6, 0.143, 300.0,
         1.5e-6, 1.5e-6, 1e3, 1e-7, false},
        {"7 x 2997, rows on 2.6 Mohm", 7, 2997, 2.5, 2.5, 2.59e6, none, 3.3e-3, 1e-3,
         5e-10, 1.0, 0.1, true},
        {"4 x 2759, cells better than wires", 4, 2759, 2.5, 2.5, 2352.0, none, 1.4e-3,
         65e-3, 65e-3, 1.0, 0.14, true},
    };
    for (size_t k = 0; k < sizeof cases / sizeof *cases; k++)
        check_faint(&cases[k]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_outputs),
                                       cmocka_unit_test(test_faint_outputs)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
