/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Effective conductance matrices against solutions: i_out = i_offset + G_eff' V. */
#include "nodal_networks.h"

#include <string.h>

#include "nodal/effective.h"

/* An array, what its terminals stand at, and which of them take inputs. */
typedef struct drive {
    const xbar_crossbar *c;
    const double *g;
    xbar_stimulus *s;
    bool *takes_input[XBAR_N_SIDES]; /* left and right */
    double *g_eff, *i_offset;
    xbar_error error;
} drive;

static drive drive_new(const xbar_crossbar *c, const double *g, xbar_stimulus *s)
{
    drive d = {.c = c, .g = g, .s = s};
    for (int side = XBAR_LEFT; side <= XBAR_RIGHT; side++) {
        d.takes_input[side] = calloc(c->n_rows, sizeof(bool));
        assert_non_null(d.takes_input[side]);
    }
    d.g_eff = array_doubles(c->n_rows * c->n_cols);
    d.i_offset = array_doubles(c->n_cols);
    return d;
}

static void drive_free(drive *d)
{
    free(d->takes_input[XBAR_LEFT]);
    free(d->takes_input[XBAR_RIGHT]);
    free(d->g_eff);
    free(d->i_offset);
}

/* What the input terminals of row i stand at. */
static void set_input(const drive *d, size_t i, double volt)
{
    for (int side = XBAR_LEFT; side <= XBAR_RIGHT; side++)
        if (d->takes_input[side][i] && !isnan(d->s->volt[side][i]))
            d->s->volt[side][i] = volt;
}

/* @param is_plain  by solutions, the slow and sure ones */
static xbar_status find_how(drive *d, bool is_plain)
{
    const xbar_nodal_options options = {.is_plain = is_plain};
    xbar_nodal *solver = NULL;
    xbar_effective_drive e = {.rest = d->s};
    for (int side = XBAR_LEFT; side <= XBAR_RIGHT; side++)
        e.takes_input[side] = d->takes_input[side];
    for (size_t i = 0; i < d->c->n_rows; i++)
        set_input(d, i, 0.0);
    assert_int_equal(xbar_nodal_new(&solver, d->c, &options, NULL), XBAR_OK);
    xbar_nodal_set_state(solver, d->g);
    xbar_status status =
        xbar_nodal_effective(d->g_eff, d->i_offset, solver, d->c, &e, &d->error);
    xbar_nodal_free(solver);
    return status;
}

static xbar_status find(drive *d)
{
    return find_how(d, false);
}

static double i_out(const drive *d, const xbar_nodal_answer *a, size_t j)
{
    bool is_bottom = !isnan(d->s->volt[XBAR_BOTTOM][j]);
    return -a->i_terminal[is_bottom ? XBAR_BOTTOM : XBAR_TOP][j];
}

/* Inputs of its own for each row, and the matrix against a solution. */
static void check(drive *d, double share, const char *what, uint32_t sample)
{
    const size_t n_cols = d->c->n_cols;
    double *volt = array_doubles(d->c->n_rows);
    xbar_nodal_answer *a = answer_new(d->c);
    for (size_t i = 0; i < d->c->n_rows; i++) {
        volt[i] = xbar_uniform(3, XBAR_STREAM_INPUT, sample, (uint32_t)i) - 0.3;
        set_input(d, i, volt[i]);
    }
    if (nodal_solve(d->c, d->g, d->s, true, a) != XBAR_OK)
        fail_msg("%s %u: %s", what, sample, a->error.text);
    double largest = 0.0;
    for (size_t j = 0; j < n_cols; j++)
        largest = fmax(largest, fabs(i_out(d, a, j)));
    for (size_t j = 0; j < n_cols; j++) {
        double got = d->i_offset[j];
        double terms = fabs(got);
        for (size_t i = 0; i < d->c->n_rows; i++) {
            got += volt[i] * d->g_eff[i * n_cols + j];
            terms = fmax(terms, fabs(volt[i] * d->g_eff[i * n_cols + j]));
        }
        double allowed = share * fmax(largest, terms) + 1e-26;
        if (!(fabs(got - i_out(d, a, j)) <= allowed))
            fail_msg("%s %u: column %zu: %.15g A, want %.15g A", what, sample, j, got,
                     i_out(d, a, j));
    }
    for (size_t i = 0; i < d->c->n_rows; i++)
        for (size_t j = 0; j < n_cols; j++) {
            bool takes = false;
            for (int side = XBAR_LEFT; side <= XBAR_RIGHT; side++)
                takes =
                    takes || (d->takes_input[side][i] && !isnan(d->s->volt[side][i]));
            assert_true(takes || d->g_eff[i * n_cols + j] == 0.0);
        }
    answer_free(a);
    free(volt);
}

/* ---- networks ------------------------------------------------------------------------ */

/* Would 0 ohm join an input and a number, or two numbers? Not for these tests. */
static bool is_short(const random_network *r, const drive *d)
{
    xbar_nodal_answer *a = answer_new(r->c);
    for (size_t i = 0; i < r->c->n_rows; i++)
        set_input(d, i, 0.123);
    bool is = nodal_solve(r->c, r->g, &r->s, true, a) == XBAR_ERR_SHORT;
    answer_free(a);
    return is;
}

static void test_random_networks(void **unused)
{
    (void)unused;
    size_t n = 0;
    for (uint32_t sample = 1000; sample < 1300; sample++) {
        random_network r = random_network_new(sample, USUAL);
        drive d = drive_new(r.c, r.g, &r.s);
        const double share = any_of(&r, (const double[]){0.3, 0.8, 1.0}, 3);
        for (size_t i = 0; i < r.c->n_rows; i++) {
            bool both = any(&r) < 0.7; /* ends of a row */
            d.takes_input[XBAR_LEFT][i] = any(&r) < share;
            d.takes_input[XBAR_RIGHT][i] =
                both ? d.takes_input[XBAR_LEFT][i] : any(&r) < share;
        }
        if (!is_short(&r, &d)) {
            if (find(&d) != XBAR_OK)
                fail_msg("network %u: %s", sample, d.error.text);
            check(&d, 1e-11, "network", sample);
            n++;
        }
        drive_free(&d);
        random_network_free(&r);
    }
    assert_true(n > 200);
}

/* Several runs of solutions, by rows and by columns. */
static void test_large_arrays(void **unused)
{
    (void)unused;
    static const struct {
        const char *name;
        size_t n_rows, n_cols;
        double top_volt; /* NaN: open at the top */
    } cases[] = {
        {"130 x 150", 130, 150, (double)NAN},
        {"150 x 130, columns at both ends", 150, 130, 0.2},
        {"1 x 200", 1, 200, (double)NAN},
        {"200 x 1", 200, 1, -0.1},
    };
    for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
        xbar_crossbar *c = array_new(cases[k].n_rows, cases[k].n_cols, 2.5, 1.5);
        const size_t n = c->n_rows * c->n_cols;
        double *g = array_doubles(n);
        xbar_stimulus s;
        assert_int_equal(xbar_stimulus_init(&s, c, NULL), XBAR_OK);
        for (size_t m = 0; m < n; m++)
            g[m] = 1e-5 *
                   pow(100.0, xbar_uniform(4, XBAR_STREAM_CONDUCTANCE, 0, (uint32_t)m));
        array_terminals(c, XBAR_LEFT, 2.5);
        array_terminals(c, XBAR_BOTTOM, 1.5);
        if (!isnan(cases[k].top_volt))
            array_terminals(c, XBAR_TOP, 3.0);
        drive d = drive_new(c, g, &s);
        for (size_t i = 0; i < c->n_rows; i++) {
            d.takes_input[XBAR_LEFT][i] = true;
            s.volt[XBAR_LEFT][i] = 0.0;
        }
        for (size_t j = 0; j < c->n_cols; j++) {
            s.volt[XBAR_BOTTOM][j] = 0.0;
            s.volt[XBAR_TOP][j] = cases[k].top_volt;
        }
        assert_int_equal(find(&d), XBAR_OK);
        check(&d, 1e-11, cases[k].name, 0);
        for (size_t j = 0; j < c->n_cols; j++)
            assert_int_equal(d.i_offset[j] != 0.0, !isnan(cases[k].top_volt));
        drive_free(&d);
        free(g);
        xbar_stimulus_clear(&s);
        xbar_crossbar_free(c);
    }
}

/* A matrix found directly, and the same by plain solutions. */
static void test_both_ways(void **unused)
{
    (void)unused;
    static const struct {
        const char *name;
        size_t n_rows, n_cols;
        double row_ohm, col_ohm, least, most; /* S, cells */
    } cases[] = {
        {"20 x 30", 20, 30, 2.5, 2.5, 1e-5, 1e-3},
        {"33 x 17, unequal wires", 33, 17, 100.0, 0.1, 1e-5, 1e-3},
        {"24 x 24, on/off 1e6", 24, 24, 2.5, 2.5, 1e-9, 1e-3},
    };
    for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
        const size_t n = cases[k].n_rows * cases[k].n_cols;
        xbar_crossbar *c = array_new(cases[k].n_rows, cases[k].n_cols, cases[k].row_ohm,
                                     cases[k].col_ohm);
        double *g = array_doubles(n), *merged = array_doubles(n), most = 0.0;
        xbar_stimulus s;
        assert_int_equal(xbar_stimulus_init(&s, c, NULL), XBAR_OK);
        for (size_t m = 0; m < n; m++)
            g[m] = cases[k].least *
                   pow(cases[k].most / cases[k].least,
                       xbar_uniform(5, XBAR_STREAM_CONDUCTANCE, 0, (uint32_t)m));
        array_terminals(c, XBAR_LEFT, 2.5);
        array_terminals(c, XBAR_BOTTOM, 0.0);
        drive d = drive_new(c, g, &s);
        for (size_t i = 0; i < c->n_rows; i++) {
            d.takes_input[XBAR_LEFT][i] = true;
            s.volt[XBAR_LEFT][i] = 0.0;
        }
        for (size_t j = 0; j < c->n_cols; j++)
            s.volt[XBAR_BOTTOM][j] = 0.0;
        assert_int_equal(find(&d), XBAR_OK);
        memcpy(merged, d.g_eff, n * sizeof *merged);
        assert_int_equal(find_how(&d, true), XBAR_OK);
        for (size_t m = 0; m < n; m++)
            most = fmax(most, d.g_eff[m]);
        for (size_t m = 0; m < n; m++)
            if (d.g_eff[m] > 1e-12 * most &&
                !(fabs(merged[m] - d.g_eff[m]) <= 1e-12 * d.g_eff[m]))
                fail_msg("%s: (%zu,%zu): %.17g S, want %.17g S", cases[k].name,
                         m / c->n_cols, m % c->n_cols, merged[m], d.g_eff[m]);
        drive_free(&d);
        free(g);
        free(merged);
        xbar_stimulus_clear(&s);
        xbar_crossbar_free(c);
    }
}

/* One by one or side by side, an input's outputs are its own. */
static void test_outputs(void **unused)
{
    (void)unused;
    enum { ROWS = 130, COLS = 3, INPUTS = 5 };
    xbar_crossbar *c = array_new(ROWS, COLS, 1.0, 1.0);
    double *g_eff = array_doubles(ROWS * COLS), *volt = array_doubles(INPUTS * ROWS);
    double together[INPUTS][COLS], alone[COLS];
    const double i_offset[COLS] = {0.0, 1e-3, -2.0};
    for (size_t k = 0; k < ROWS * COLS; k++)
        g_eff[k] = xbar_uniform(6, XBAR_STREAM_CONDUCTANCE, 0, (uint32_t)k);
    for (size_t k = 0; k < INPUTS * ROWS; k++)
        volt[k] = xbar_uniform(6, XBAR_STREAM_INPUT, 0, (uint32_t)k) - 0.5;
    xbar_effective_outputs(together[0], g_eff, i_offset, c, volt, INPUTS);
    for (size_t l = 0; l < INPUTS; l++) {
        xbar_effective_outputs(alone, g_eff, i_offset, c, volt + l * ROWS, 1);
        assert_memory_equal(alone, together[l], sizeof alone);
        for (size_t j = 0; j < COLS; j++) {
            double want = i_offset[j];
            for (size_t i = 0; i < ROWS; i++)
                want += volt[l * ROWS + i] * g_eff[i * COLS + j];
            assert_true(fabs(alone[j] - want) <= 1e-13);
        }
    }
    free(g_eff);
    free(volt);
    xbar_crossbar_free(c);
}

/* Ideal wires: the matrix is the cells' conductances, to the last digits. */
static void test_ideal_wires(void **unused)
{
    (void)unused;
    xbar_crossbar *c = array_new(3, 5, 0.0, 0.0);
    double g[15];
    xbar_stimulus s;
    assert_int_equal(xbar_stimulus_init(&s, c, NULL), XBAR_OK);
    for (size_t k = 0; k < 15; k++)
        g[k] = k % 4 == 3 ? 0.0 : 1e-5 * (double)(k + 1);
    array_terminals(c, XBAR_LEFT, 0.0);
    array_terminals(c, XBAR_RIGHT, 0.0);
    array_terminals(c, XBAR_BOTTOM, 0.0);
    drive d = drive_new(c, g, &s);
    for (size_t i = 0; i < 3; i++) {
        d.takes_input[XBAR_LEFT][i] = d.takes_input[XBAR_RIGHT][i] = true;
        s.volt[XBAR_LEFT][i] = s.volt[XBAR_RIGHT][i] = 0.0;
    }
    for (size_t j = 0; j < 5; j++)
        s.volt[XBAR_BOTTOM][j] = j == 4 ? (double)NAN : 0.0; /* the last hangs free */
    assert_int_equal(find(&d), XBAR_OK);
    for (size_t k = 0; k < 15; k++) {
        double want = k % 5 == 4 ? 0.0 : g[k];
        assert_true(fabs(d.g_eff[k] - want) <= 1e-15 * want);
    }
    drive_free(&d);
    xbar_stimulus_clear(&s);
    xbar_crossbar_free(c);
}

/* ---- refusals ------------------------------------------------------------------------ */

static void assert_all_nan(const drive *d)
{
    for (size_t k = 0; k < d->c->n_rows * d->c->n_cols; k++)
        assert_true(isnan(d->g_eff[k]));
    for (size_t j = 0; j < d->c->n_cols; j++)
        assert_true(isnan(d->i_offset[j]));
}

static void test_refusals(void **unused)
{
    (void)unused;
    static const double g[] = {1e-4, 2e-4};
    static const struct {
        const char *name, *device;
        double right_volt; /* with 0 ohm beside the input's; NaN: open */
        xbar_status status;
        const char *words;
    } cases[] = {
        {"sinh cells", "sinh", (double)NAN, XBAR_ERR_INPUT, "device sinh: want linear"},
        {"input and a number", "linear", 0.5, XBAR_ERR_SHORT,
         "terminal left 0 (an input) and terminal right 0 (0.5 V)"},
        {"input and 0 V", "linear", 0.0, XBAR_ERR_SHORT, "terminal right 0 (0 V)"},
        {"neither fault", "linear", (double)NAN, XBAR_OK, ""},
    };
    for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
        xbar_crossbar *c = array_new(1, 2, 0.0, 1.0);
        xbar_stimulus s;
        assert_int_equal(xbar_stimulus_init(&s, c, NULL), XBAR_OK);
        c->cell = xbar_cell_default(xbar_device_find(cases[k].device));
        array_terminals(c, XBAR_LEFT, 0.0);
        array_terminals(c, XBAR_RIGHT, 0.0);
        array_terminals(c, XBAR_BOTTOM, 1.0);
        s.volt[XBAR_LEFT][0] = 0.0;
        s.volt[XBAR_RIGHT][0] = cases[k].right_volt;
        s.volt[XBAR_BOTTOM][0] = s.volt[XBAR_BOTTOM][1] = 0.0;
        drive d = drive_new(c, g, &s);
        d.takes_input[XBAR_LEFT][0] = true;
        assert_int_equal(find(&d), cases[k].status);
        if (cases[k].status == XBAR_OK) {
            check(&d, 1e-12, cases[k].name, 0);
        } else {
            assert_all_nan(&d);
            if (!strstr(d.error.text, cases[k].words))
                fail_msg("%s: \"%s\"", cases[k].name, d.error.text);
        }
        drive_free(&d);
        xbar_stimulus_clear(&s);
        xbar_crossbar_free(c);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_random_networks), cmocka_unit_test(test_large_arrays),
        cmocka_unit_test(test_both_ways),       cmocka_unit_test(test_outputs),
        cmocka_unit_test(test_ideal_wires),     cmocka_unit_test(test_refusals),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
