/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Greedy means: each node that goes has the least degree of those that are left. Checked
 * by eliminating for real, with every neighbourhood written out. */
#include "check.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "netlist/order.h"

enum { MOST = 220 };

static bool joined[MOST][MOST];

static unsigned degree_of(size_t n, const bool *gone, size_t k)
{
    unsigned degree = 0;
    for (size_t j = 0; j < n; j++)
        degree += !gone[j] && joined[k][j];
    return degree;
}

/* Eliminates in the order given; fails where another node would have had a lower degree.
 * @return the fill: entries of the factor above the diagonal */
static size_t eliminate_for_real(size_t n, const uint32_t *order)
{
    bool gone[MOST] = {false};
    size_t fill = 0;
    for (size_t step = 0; step < n; step++) {
        uint32_t p = order[step];
        assert_true(p < n && !gone[p]);
        unsigned degree = degree_of(n, gone, p);
        for (size_t k = 0; k < n; k++)
            if (!gone[k] && degree_of(n, gone, k) < degree)
                fail_msg("step %zu: node %u has degree %u, node %zu has %u", step, p,
                         degree, k, degree_of(n, gone, k));
        fill += degree;
        gone[p] = true;
        for (size_t a = 0; a < n; a++)
            for (size_t b = 0; b < n; b++)
                if (a != b && !gone[a] && !gone[b] && joined[p][a] && joined[p][b])
                    joined[a][b] = true;
    }
    return fill;
}

static void test_random_graphs(void **unused)
{
    (void)unused;
    uint32_t random = 12345;
    for (int round = 0; round < 60; round++) {
        size_t n = 2 + (size_t)round * 2;
        uint32_t start[MOST + 1] = {0};
        uint32_t edge[MOST * MOST];
        uint32_t rank[MOST];
        memset(joined, 0, sizeof joined);
        size_t links = n * (size_t)(1 + round % 4);
        for (size_t k = 0; k < links; k++) {
            random = random * 1664525u + 1013904223u;
            size_t a = (random >> 8) % n;
            random = random * 1664525u + 1013904223u;
            size_t b = (random >> 8) % n;
            joined[a][b] = joined[b][a] = a != b;
        }
        uint32_t n_edges = 0;
        for (size_t a = 0; a < n; a++) {
            rank[a] = (uint32_t)(a * 7 % 5);
            start[a] = n_edges;
            for (size_t b = 0; b < n; b++)
                if (joined[a][b])
                    edge[n_edges++] = (uint32_t)b;
        }
        start[n] = n_edges;
        uint32_t *order = NULL;
        assert_int_equal(xbar_order_greedy(&order, n, start, edge, rank, NULL),
                         XBAR_OK);
        eliminate_for_real(n, order);
        free(order);
    }
}

/* A 16 x 16 array: ties decide a third of the fill. With them by trailing zeros of the
 * indices there were 3436 entries, with the nodes as they come 4500. */
static void test_little_fill(void **unused)
{
    (void)unused;
    enum { N = 16, NODES = 2 * N * N };
    static bool near[NODES][NODES];
    xbar_crossbar *c = NULL;
    xbar_stimulus s;
    xbar_network *net = NULL;
    uint32_t *order = NULL;
    size_t n = 0;
    double state[N * N];
    assert_int_equal(xbar_crossbar_new(&c, N, N, NULL), XBAR_OK);
    assert_int_equal(xbar_stimulus_init(&s, c, NULL), XBAR_OK);
    c->row_ohm = c->col_ohm = 1.0;
    for (int k = 0; k < N; k++) {
        c->terminal_ohm[XBAR_LEFT][k] = 1.0;
        s.volt[XBAR_LEFT][k] = 1.0;
    }
    for (int k = 0; k < N * N; k++)
        state[k] = 1e-4;
    assert_int_equal(xbar_network_new(&net, c, state, &s, NULL), XBAR_OK);
    assert_int_equal(xbar_order_network(&order, &n, c, net, state, NULL), XBAR_OK);
    assert_int_equal(n, NODES);
    for (int i = 0; i < N; i++)
        for (int j = 0; j < N; j++) {
            uint32_t word = net->word_node[i * N + j];
            uint32_t bit = net->bit_node[i * N + j];
            near[word][bit] = near[bit][word] = true;
            if (j + 1 < N) {
                uint32_t next = net->word_node[i * N + j + 1];
                near[word][next] = near[next][word] = true;
            }
            if (i + 1 < N) {
                uint32_t next = net->bit_node[(i + 1) * N + j];
                near[bit][next] = near[next][bit] = true;
            }
        }
    size_t entries = 0;
    for (size_t step = 0; step < n; step++) {
        uint32_t around[NODES];
        size_t n_around = 0;
        for (uint32_t k = 0; k < NODES; k++)
            if (near[order[step]][k])
                around[n_around++] = k;
        entries += n_around;
        for (size_t a = 0; a < n_around; a++) {
            near[around[a]][order[step]] = false;
            for (size_t b = 0; b < n_around; b++)
                near[around[a]][around[b]] = a != b;
        }
    }
    if (entries > 3230)
        fail_msg("%zu entries above the diagonal: want at most 3230", entries);
    free(order);
    xbar_network_free(net);
    xbar_stimulus_clear(&s);
    xbar_crossbar_free(c);
}

/* A network's order leaves out what is not live and what a source holds. */
static void test_networks(void **unused)
{
    (void)unused;
    static const struct {
        const char *name;
        double row_ohm, col_ohm, left_ohm;
        size_t n_order;
    } cases[] = {
        {"wires", 1, 1, 1, 99 + 99},         {"ideal rows", 0, 1, 1, 9 + 99},
        {"ideal columns", 1, 0, 1, 99 + 11}, {"held rows", 1, 1, 0, 198 - 9},
        {"held ideal rows", 0, 1, 0, 99},
    };
    for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
        xbar_crossbar *c = NULL;
        xbar_stimulus s;
        xbar_network *net = NULL;
        double state[9 * 11];
        assert_int_equal(xbar_crossbar_new(&c, 9, 11, NULL), XBAR_OK);
        assert_int_equal(xbar_stimulus_init(&s, c, NULL), XBAR_OK);
        c->row_ohm = cases[k].row_ohm;
        c->col_ohm = cases[k].col_ohm;
        for (int i = 0; i < 9; i++) {
            c->terminal_ohm[XBAR_LEFT][i] = cases[k].left_ohm;
            s.volt[XBAR_LEFT][i] = 1.0;
        }
        for (int cell = 0; cell < 99; cell++)
            state[cell] = 1e-4;
        assert_int_equal(xbar_network_new(&net, c, state, &s, NULL), XBAR_OK);
        uint32_t *order = NULL;
        size_t n = 0;
        assert_int_equal(xbar_order_network(&order, &n, c, net, state, NULL), XBAR_OK);
        assert_int_equal(n, cases[k].n_order);
        bool seen[198] = {false};
        for (size_t q = 0; q < n; q++) {
            assert_false(seen[order[q]]);
            seen[order[q]] = true;
            assert_int_equal(net->nodes[order[q]].n_held, 0);
        }
        free(order);
        xbar_network_free(net);
        xbar_stimulus_clear(&s);
        xbar_crossbar_free(c);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_random_graphs),
        cmocka_unit_test(test_networks),
        cmocka_unit_test(test_little_fill),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
