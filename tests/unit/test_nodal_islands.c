/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which parts no source reaches, found over pieces of lines, against xbar_network, which
 * looks at every node; and which nodes a terminal of 0 ohm holds. */
#include "nodal_networks.h"

#include "crossbar/network.h"
#include "nodal/islands.h"

static xbar_lines connected(const random_network *r)
{
    xbar_lines l;
    bool changed = false;
    assert_int_equal(xbar_lines_init(&l, r->c, NULL), XBAR_OK);
    (void)xbar_lines_connect(&l, r->c, &r->s, 0.0); /* false: nothing is driven */
    assert_int_equal(xbar_islands_find(&l, r->g, &changed, NULL), XBAR_OK);
    return l;
}

static void test_random_networks(void **unused)
{
    (void)unused;
    size_t n_dead = 0;
    size_t n_held = 0;
    for (uint32_t sample = 0; sample < 500; sample++) {
        random_network r = random_network_new(sample, USUAL);
        xbar_network *net = NULL;
        if (xbar_network_new(&net, r.c, r.g, &r.s, NULL) != XBAR_OK) {
            random_network_free(&r); /* a short */
            continue;
        }
        xbar_lines l = connected(&r);
        bool all_live[XBAR_N_FAMILIES] = {true, true};
        for (size_t i = 0; i < r.c->n_rows; i++)
            for (size_t j = 0; j < r.c->n_cols; j++) {
                size_t k = i * r.c->n_cols + j;
                const xbar_node *node[XBAR_N_FAMILIES] = {
                    &net->nodes[net->word_node[k]], &net->nodes[net->bit_node[k]]};
                size_t line[XBAR_N_FAMILIES] = {i, j};
                size_t place[XBAR_N_FAMILIES] = {j, i};
                for (int f = 0; f < XBAR_N_FAMILIES; f++) {
                    size_t p = xbar_lines_piece(&l.family[f], line[f], place[f]);
                    assert_int_equal(l.family[f].is_live[p], node[f]->live);
                    assert_int_equal(xbar_lines_is_held(&l, f, line[f], place[f]),
                                     node[f]->n_held > 0);
                    all_live[f] = all_live[f] && node[f]->live;
                    n_dead += !node[f]->live;
                    n_held += node[f]->n_held > 0;
                }
            }
        for (int f = 0; f < XBAR_N_FAMILIES; f++)
            assert_int_equal(l.family[f].all_live, all_live[f]);
        xbar_lines_clear(&l);
        xbar_network_free(net);
        random_network_free(&r);
    }
    assert_true(n_dead > 100 && n_held > 100);
}

/* What changed is told: that decides whether a solver begins anew. */
static void test_changes(void **unused)
{
    (void)unused;
    xbar_crossbar *c = array_new(3, 4, 2.5, 0.0);
    array_terminals(c, XBAR_LEFT, 0.0);
    array_terminals(c, XBAR_BOTTOM, 1.0);
    assert_int_equal(xbar_crossbar_cut(c, true, 1, 2, NULL), XBAR_OK);
    double g[12];
    for (int k = 0; k < 12; k++)
        g[k] = 1e-3;
    xbar_stimulus s;
    xbar_lines l;
    bool changed = true;
    assert_int_equal(xbar_stimulus_init(&s, c, NULL), XBAR_OK);
    assert_int_equal(xbar_lines_init(&l, c, NULL), XBAR_OK);
    assert_int_equal(l.family[XBAR_WORD].n_pieces, 4);
    assert_int_equal(l.family[XBAR_BIT].n_pieces, 4);
    assert_int_equal(xbar_lines_piece(&l.family[XBAR_WORD], 1, 2), 1);
    assert_int_equal(xbar_lines_piece(&l.family[XBAR_WORD], 1, 3), 2);
    assert_int_equal(xbar_lines_piece(&l.family[XBAR_WORD], 2, 0), 3);

    s.volt[XBAR_LEFT][0] = s.volt[XBAR_LEFT][1] = 1.0;
    s.volt[XBAR_LEFT][2] = 0.5;
    s.volt[XBAR_BOTTOM][0] = 0.0;
    assert_true(xbar_lines_connect(&l, c, &s, 0.0));
    assert_int_equal(xbar_islands_find(&l, g, &changed, NULL), XBAR_OK);
    assert_false(changed); /* it all hangs together, as at the beginning */
    s.volt[XBAR_LEFT][2] = -3.0;
    assert_false(xbar_lines_connect(&l, c, &s, 0.0)); /* a voltage is no shape */
    assert_true(l.is_held[XBAR_LEFT][2]);
    assert_true(xbar_lines_connect(&l, c, &s, 0.1));
    assert_false(l.is_held[XBAR_LEFT][2]);
    assert_true(l.siemens[XBAR_LEFT][2] == 10.0 && l.siemens[XBAR_BOTTOM][0] == 1.0);

    g[7] = 0.0; /* the piece behind the cut has no other cell */
    assert_int_equal(xbar_islands_find(&l, g, &changed, NULL), XBAR_OK);
    assert_true(changed);
    assert_false(l.family[XBAR_WORD].is_live[2]);
    assert_false(l.family[XBAR_WORD].all_live);
    assert_true(l.family[XBAR_BIT].all_live);
    assert_int_equal(xbar_islands_find(&l, g, &changed, NULL), XBAR_OK);
    assert_false(changed);
    xbar_lines_clear(&l);
    xbar_stimulus_clear(&s);
    xbar_crossbar_free(c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_random_networks),
        cmocka_unit_test(test_changes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
