/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Cells that are not linear: every network converges, however hard it is driven, to what
 * one more Newton step in extended arithmetic leaves where it is. */
#include "nodal_networks.h"
#include "nodal_reference.h"

static void make_sinh(random_network *r, double v0)
{
    r->c->cell = xbar_cell_default(xbar_device_find("sinh"));
    r->c->cell.parameters[0] = v0;
}

/* The networks' sources lie within 0.5 V, so v/v0 goes up to 500, where cells between
 * sources and ideal wires carry 1e30 A and the others are to be right all the same. */
static const struct {
    double v0;
    double volt;        /* V, how near to the solution the usual networks come */
    size_t most_newton; /* steps */
} drives[] = {
    {100.0, 1e-14, 3}, {1.0, 1e-14, 6},    {0.25, 1e-14, 8},
    {0.05, 1e-14, 30}, {0.01, 1e-12, 100}, {0.001, 1e-11, 200},
};

/* Each terminal's current is what its resistance lets through between its source and its
 * line's end, whatever else holds that end. */
static void check_terminals(const random_network *r, const xbar_nodal_answer *a)
{
    const size_t n_cols = r->c->n_cols;
    for (int side = 0; side < XBAR_N_SIDES; side++)
        for (size_t k = 0; k < xbar_side_lines(r->c, (xbar_side)side); k++) {
            const double ohm = r->c->terminal_ohm[side][k];
            const double volt = r->s.volt[side][k];
            const bool is_row = side == XBAR_LEFT || side == XBAR_RIGHT;
            const size_t last = is_row ? n_cols - 1 : r->c->n_rows - 1;
            const size_t at = side == XBAR_LEFT || side == XBAR_TOP ? 0 : last;
            const double end =
                is_row ? a->v_row[k * n_cols + at] : a->v_col[at * n_cols + k];
            if (isnan(volt) || ohm == 0.0)
                continue;
            const double gap = a->i_terminal[side][k] * ohm;
            if (!(fabs(gap - (volt - end)) <= 1e-14))
                fail_msg("network %u: %g V over terminal %zu of side %d, want %g",
                         r->sample, gap, k, side, volt - end);
        }
}

static void check(const random_network *r, bool is_plain, double volt,
                  size_t most_newton)
{
    xbar_nodal_answer *a = answer_new(r->c);
    xbar_status status = nodal_solve(r->c, r->g, &r->s, is_plain, a);
    double v0 = r->c->cell.parameters[0];
    if (status != XBAR_OK && status != XBAR_ERR_SHORT)
        fail_msg("network %u, v0 %g: %s", r->sample, v0, a->error.text);
    if (status == XBAR_OK) {
        double error = reference_error(r->c, r->g, &r->s, a->v_row, a->v_col);
        if (!(error <= volt))
            fail_msg("network %u, v0 %g: %g V from the solution", r->sample, v0, error);
        check_terminals(r, a);
        if (a->n_newton > most_newton)
            fail_msg("network %u, v0 %g: %zu Newton steps", r->sample, v0, a->n_newton);
    }
    answer_free(a);
}

static void test_usual_networks(void **unused)
{
    (void)unused;
    for (size_t d = 0; d < sizeof drives / sizeof *drives; d++)
        for (uint32_t sample = 0; sample < 150; sample++) {
            random_network r = random_network_new(sample, USUAL);
            make_sinh(&r, drives[d].v0);
            check(&r, true, drives[d].volt, drives[d].most_newton);
            check(&r, false, 1e-11, 1000);
            random_network_free(&r);
        }
}

static void test_extreme_networks(void **unused)
{
    (void)unused;
    for (size_t d = 0; d < sizeof drives / sizeof *drives; d++)
        for (uint32_t sample = 0; sample < 150; sample++) {
            random_network r = random_network_new(sample, EXTREME);
            make_sinh(&r, drives[d].v0);
            check(&r, true, 1e-11, 200);
            random_network_free(&r);
        }
}

/* New conductances are taken as long as they spare more than they cost, whatever share of
 * v0 the cells see, so there are never many corrections. */
static void test_few_corrections(void **unused)
{
    enum { N = 96, MOST = 8 };
    static const double volts[] = {0.1, 0.25, 0.5, 1.0};
    (void)unused;
    xbar_crossbar *c = array_new(N, N, 2.5, 2.5);
    xbar_stimulus s;
    double *g = array_doubles((size_t)N * N);
    array_terminals(c, XBAR_LEFT, 2.5);
    array_terminals(c, XBAR_BOTTOM, 2.5);
    c->cell = xbar_cell_default(xbar_device_find("sinh"));
    c->cell.parameters[0] = 0.25;
    assert_int_equal(xbar_stimulus_init(&s, c, NULL), XBAR_OK);
    for (size_t k = 0; k < (size_t)N * N; k++)
        g[k] = 1e-5 * pow(100.0, xbar_uniform(1, XBAR_STREAM_INPUT, 0, (uint32_t)k));
    for (size_t v = 0; v < sizeof volts / sizeof *volts; v++) {
        xbar_nodal_answer *a = answer_new(c);
        xbar_nodal_answer *direct = answer_new(c);
        for (size_t i = 0; i < N; i++) {
            s.volt[XBAR_LEFT][i] =
                volts[v] * xbar_uniform(1, XBAR_STREAM_INPUT, 1, (uint32_t)i);
            s.volt[XBAR_BOTTOM][i] = 0.0;
        }
        assert_int_equal(nodal_solve(c, g, &s, false, a), XBAR_OK);
        assert_int_equal(nodal_solve(c, g, &s, true, direct), XBAR_OK);
        if (a->n_corrections > MOST)
            fail_msg("%g V: %zu corrections", volts[v], a->n_corrections);
        assert_true(a->kcl_residual <= 5e-14 * a->largest_current);
        for (size_t j = 0; j < N; j++)
            assert_true(fabs(a->i_terminal[XBAR_BOTTOM][j] -
                             direct->i_terminal[XBAR_BOTTOM][j]) <=
                        1e-13 * direct->largest_current);
        answer_free(a);
        answer_free(direct);
    }
    xbar_stimulus_clear(&s);
    free(g);
    xbar_crossbar_free(c);
}

/* A cell's way to its source alone, and nothing else at its bit line: no current, however
 * rounding moves the nodes of the way. */
static void test_nothing_flows(void **unused)
{
    enum { N = 200 };
    (void)unused;
    xbar_crossbar *c = array_new(3, 1, 1.0, 1.0);
    xbar_stimulus s;
    array_terminals(c, XBAR_LEFT, 50.0);
    c->cell = xbar_cell_default(xbar_device_find("yakopcic2"));
    assert_int_equal(xbar_stimulus_init(&s, c, NULL), XBAR_OK);
    for (uint32_t k = 0; k < N; k++) {
        const double x[] = {0.0, 0.0,
                            0.1 + 0.9 * xbar_uniform(1, XBAR_STREAM_INPUT, 0, k)};
        for (uint32_t i = 0; i < 3; i++)
            s.volt[XBAR_LEFT][i] = 0.2 * xbar_uniform(2 + i, XBAR_STREAM_INPUT, 0, k);
        xbar_nodal_answer *a = answer_new(c);
        if (nodal_solve(c, x, &s, false, a) != XBAR_OK)
            fail_msg("state %.17g: %s", x[2], a->error.text);
        assert_true(fabs(a->i_terminal[XBAR_LEFT][2]) <= 1e-17);
        answer_free(a);
    }
    xbar_stimulus_clear(&s);
    xbar_crossbar_free(c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_usual_networks),
        cmocka_unit_test(test_extreme_networks),
        cmocka_unit_test(test_few_corrections),
        cmocka_unit_test(test_nothing_flows),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
