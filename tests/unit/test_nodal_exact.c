/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The exact solver against a dense solution in extended arithmetic: every feature of the
 * network, wires from a microohm to a gigaohm, cells over sixteen decades. */
#include "nodal_networks.h"
#include "nodal_reference.h"

#include <string.h>

static size_t n_tight, n_solved;

/* What a way of solving is held to. */
typedef struct held_to {
    bool is_plain;
    double share; /* of the largest current */
    double volt;  /* V, all sources being within 0.5 V */
} held_to;

static void assert_current(uint32_t sample, const char *what, size_t k, double got,
                           double want, double allowed)
{
    if (!(fabs(got - want) <= allowed))
        fail_msg("network %u: %s %zu is %.17g A, want %.17g A, to %.2g A", sample, what,
                 k, got, want, allowed);
}

/* Cells' voltages are differences of node voltages, so the last digit of those times the
 * best cell is what cannot be had. Wires' and terminals' currents know no such limit. */
static double rounding(const random_network *r)
{
    double best = 0.0;
    for (size_t k = 0; k < r->c->n_rows * r->c->n_cols; k++)
        best = fmax(best, r->g[k]);
    return 2.0 * DBL_EPSILON * 0.5 * best;
}

static void check(const random_network *r, held_to to)
{
    const xbar_crossbar *c = r->c;
    reference ref;
    xbar_error want = {0};
    xbar_nodal_answer *a = answer_new(c);
    xbar_status status = nodal_solve(c, r->g, &r->s, to.is_plain, a);
    if (reference_solve(&ref, c, r->g, &r->s, &want) != XBAR_OK) {
        assert_int_equal(status, XBAR_ERR_SHORT);
        assert_string_equal(a->error.text, want.text);
        assert_true(isnan(a->v_row[0]) && isnan(a->i_terminal[XBAR_LEFT][0]) &&
                    isnan(a->i_cell[0]) && isnan(a->kcl_residual));
        answer_free(a);
        return;
    }
    if (status != XBAR_OK)
        fail_msg("network %u: %s", r->sample, a->error.text);
    double largest = ref.largest;
    for (int side = 0; side < XBAR_N_SIDES; side++)
        for (size_t k = 0; k < xbar_side_lines(c, (xbar_side)side); k++)
            largest = fmax(
                largest, fabs(reference_terminal(&ref, c, &r->s, (xbar_side)side, k)));
    double allowed = fmax(to.share * largest, 1e-26) + rounding(r);
    for (int side = 0; side < XBAR_N_SIDES; side++)
        for (size_t k = 0; k < xbar_side_lines(c, (xbar_side)side); k++) {
            double i = reference_terminal(&ref, c, &r->s, (xbar_side)side, k);
            assert_current(r->sample, xbar_side_name[side], k, a->i_terminal[side][k],
                           i, allowed);
            assert_true(!isnan(r->s.volt[side][k]) || a->i_terminal[side][k] == 0.0);
        }
    for (size_t k = 0; k < c->n_rows * c->n_cols; k++) {
        const xbar_node *word = &ref.net->nodes[ref.net->word_node[k]];
        const xbar_node *bit = &ref.net->nodes[ref.net->bit_node[k]];
        quad u = ref.v[ref.net->word_node[k]];
        quad w = ref.v[ref.net->bit_node[k]];
        double i = r->g[k] > 0.0 ? (double)(r->g[k] * (u - w)) : 0.0;
        assert_current(r->sample, "cell", k, a->i_cell[k], i, allowed);
        assert_true(r->g[k] > 0.0 || a->i_cell[k] == 0.0);
        assert_int_equal(isnan(a->v_row[k]), !word->live);
        assert_int_equal(isnan(a->v_col[k]), !bit->live);
        if (word->live && !(fabs(a->v_row[k] - (double)u) <= to.volt))
            fail_msg("network %u: word node %zu at %.17g V, want %.17g V", r->sample, k,
                     a->v_row[k], (double)u);
        if (bit->live && !(fabs(a->v_col[k] - (double)w) <= to.volt))
            fail_msg("network %u: bit node %zu at %.17g V, want %.17g V", r->sample, k,
                     a->v_col[k], (double)w);
    }
    n_solved++;
    n_tight += a->is_tight;
    reference_free(&ref);
    answer_free(a);
}

static void check_many(uint32_t n, spread how, held_to to)
{
    n_tight = n_solved = 0;
    for (uint32_t sample = 0; sample < n; sample++) {
        random_network r = random_network_new(sample, how);
        check(&r, to);
        random_network_free(&r);
    }
}

static void test_usual_networks(void **unused)
{
    (void)unused;
    static const held_to ways[] = {{true, 1e-13, 1e-14}, {false, 1e-11, 1e-11}};
    for (int k = 0; k < 2; k++) {
        check_many(400, USUAL, ways[k]);
        assert_int_equal(n_tight, n_solved);
        assert_true(n_solved > 300);
    }
}

static void test_extreme_networks(void **unused)
{
    (void)unused;
    static const held_to ways[] = {{true, 1e-12, 1e-11}, {false, 1e-11, 1e-10}};
    for (int k = 0; k < 2; k++) {
        check_many(400, EXTREME, ways[k]);
        assert_true(n_solved > 300 && n_tight > 3 * n_solved / 4);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_usual_networks),
        cmocka_unit_test(test_extreme_networks),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
