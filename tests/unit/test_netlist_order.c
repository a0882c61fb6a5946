/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Greedy means: each node that goes has the least degree of those that are left. Checked
 * by eliminating for real, with every neighbourhood written out. */
#include "check.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "netlist/netlist.h"
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
 * @return the products it takes */
static uint64_t eliminate_for_real(size_t n, const uint32_t *order)
{
    bool gone[MOST] = {false};
    uint64_t products = 0;
    for (size_t step = 0; step < n; step++) {
        uint32_t p = order[step];
        assert_true(p < n && !gone[p]);
        unsigned degree = degree_of(n, gone, p);
        for (size_t k = 0; k < n; k++)
            if (!gone[k] && degree_of(n, gone, k) < degree)
                fail_msg("step %zu: node %u has degree %u, node %zu has %u", step, p,
                         degree, k, degree_of(n, gone, k));
        products += (uint64_t)degree * degree;
        gone[p] = true;
        for (size_t a = 0; a < n; a++)
            for (size_t b = 0; b < n; b++)
                if (a != b && !gone[a] && !gone[b] && joined[p][a] && joined[p][b])
                    joined[a][b] = true;
    }
    return products;
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
        uint64_t products = 0;
        assert_int_equal(
            xbar_order_greedy(&order, &products, n, start, edge, rank, NULL), XBAR_OK);
        assert_int_equal(products, eliminate_for_real(n, order));
        free(order);
    }
}

/* The grid of an n x n array, all cells closed: [2 n n][2 n n], 1 where joined; yours. */
static uint8_t *grid_of(const xbar_network *net, size_t n)
{
    const size_t nodes = 2 * n * n;
    uint8_t *near = calloc(nodes * nodes, 1);
    assert_non_null(near);
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < n; j++) {
            const size_t k = i * n + j;
            const size_t pairs[3][2] = {
                {net->word_node[k], net->bit_node[k]},
                {net->word_node[k], net->word_node[j + 1 < n ? k + 1 : k]},
                {net->bit_node[k], net->bit_node[i + 1 < n ? k + n : k]}};
            for (size_t p = 0; p < 3; p++)
                near[pairs[p][0] * nodes + pairs[p][1]] =
                    near[pairs[p][1] * nodes + pairs[p][0]] =
                        pairs[p][0] != pairs[p][1];
        }
    return near;
}

/* What elimination in that order takes; `near` is spoilt. */
static uint64_t products_of(uint8_t *near, size_t nodes, const uint32_t *order)
{
    uint64_t products = 0;
    size_t *around = calloc(nodes, sizeof *around);
    assert_non_null(around);
    for (size_t step = 0; step < nodes; step++) {
        size_t n_around = 0;
        for (size_t k = 0; k < nodes; k++)
            if (near[order[step] * nodes + k])
                around[n_around++] = k;
        products += n_around * n_around;
        for (size_t a = 0; a < n_around; a++) {
            near[around[a] * nodes + order[step]] = 0;
            for (size_t b = 0; b < n_around; b++)
                near[around[a] * nodes + around[b]] = a != b;
        }
    }
    free(around);
    return products;
}

/* Ties decide how much work there is. With columns from the right and word nodes first,
 * whatever the size, it was 158 thousand products at 24 x 24 and 1793 at 48 x 48. */
static void test_little_work(void **unused)
{
    (void)unused;
    static const struct {
        size_t n;
        uint64_t most;
    } cases[] = {{16, 33500}, {24, 154000}, {48, 1585000}};
    for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
        const size_t n = cases[k].n;
        xbar_crossbar *c = NULL;
        xbar_stimulus s;
        xbar_network *net = NULL;
        uint32_t *order = NULL;
        size_t n_order = 0;
        double *state = calloc(n * n, sizeof *state);
        assert_non_null(state);
        assert_int_equal(xbar_crossbar_new(&c, n, n, NULL), XBAR_OK);
        assert_int_equal(xbar_stimulus_init(&s, c, NULL), XBAR_OK);
        c->row_ohm = c->col_ohm = 1.0;
        for (size_t i = 0; i < n; i++) {
            c->terminal_ohm[XBAR_LEFT][i] = 1.0;
            s.volt[XBAR_LEFT][i] = 1.0;
        }
        for (size_t i = 0; i < n * n; i++)
            state[i] = 1e-4;
        assert_int_equal(xbar_network_new(&net, c, state, &s, NULL), XBAR_OK);
        assert_int_equal(xbar_order_network(&order, &n_order, c, net, state, NULL),
                         XBAR_OK);
        assert_int_equal(n_order, 2 * n * n);
        uint8_t *near = grid_of(net, n);
        uint64_t products = products_of(near, n_order, order);
        if (products > cases[k].most)
            fail_msg("%zu x %zu: %llu products: want at most %llu", n, n,
                     (unsigned long long)products, (unsigned long long)cases[k].most);
        free(near);
        free(order);
        free(state);
        xbar_network_free(net);
        xbar_stimulus_clear(&s);
        xbar_crossbar_free(c);
    }
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

/* The nodes that the order's lines name, the last line's first, as "w0_1 b2_3 ...". */
static void read_order(char *names, char *text)
{
    *names = '\0';
    for (char *line = strrchr(text, '\n'); line; line = strrchr(text, '\n')) {
        char *at = line + strlen("\ncorder");
        if (strlen(line) > strlen("\ncorder") && *at >= '0' && *at <= '9' &&
            (strncmp(line, "\ncorder", 7) == 0 || strncmp(line, "\nborder", 7) == 0)) {
            at = line[1] == 'c' ? strchr(at, ' ') : strchr(at, '=');
            for (at = strpbrk(at, "wb"); at; at = strpbrk(at, "wb")) {
                size_t length = strcspn(at, " )");
                strncat(names, at, length);
                strcat(names, " ");
                at += length;
            }
        }
        *line = '\0';
    }
}

/* A circuit that is large enough to be told an order, and its netlist. 319 nodes are no
 * multiple of 4; some cells are open, and the bit lines' ends have no equation. */
enum { ROWS = 15, COLS = 11, CELLS = ROWS * COLS };

typedef struct large {
    xbar_crossbar *c;
    xbar_network *net;
    xbar_stimulus s;
    double state[CELLS];
    uint32_t *order;
    size_t n;
    char *text;
    size_t size;
} large;

static void large_new(large *l, const char *device)
{
    *l = (large){.c = NULL};
    for (int k = 0; k < CELLS; k++)
        l->state[k] = k % 7 == 3 ? 0.0 : 1e-3 / (k + 1);
    assert_int_equal(xbar_crossbar_new(&l->c, ROWS, COLS, NULL), XBAR_OK);
    l->c->row_ohm = l->c->col_ohm = 1.0;
    l->c->cell = xbar_cell_default(xbar_device_find(device));
    assert_int_equal(xbar_stimulus_init(&l->s, l->c, NULL), XBAR_OK);
    for (size_t i = 0; i < ROWS; i++) {
        l->c->terminal_ohm[XBAR_LEFT][i] = 10.0;
        l->s.volt[XBAR_LEFT][i] = 0.1;
    }
    for (size_t j = 0; j < COLS; j++) {
        l->c->terminal_ohm[XBAR_BOTTOM][j] = 0.0;
        l->s.volt[XBAR_BOTTOM][j] = 0.0;
    }
    assert_int_equal(xbar_network_new(&l->net, l->c, l->state, &l->s, NULL), XBAR_OK);
    assert_int_equal(xbar_order_network(&l->order, &l->n, l->c, l->net, l->state, NULL),
                     XBAR_OK);
    FILE *out = open_memstream(&l->text, &l->size);
    const xbar_netlist_options stepped = {.stepped = true};
    assert_non_null(out);
    assert_int_equal(
        xbar_netlist_write(out, l->c, l->net, l->state, &l->s, &stepped, NULL),
        XBAR_OK);
    assert_int_equal(fclose(out), 0);
}

static void large_clear(large *l)
{
    free(l->text);
    free(l->order);
    xbar_network_free(l->net);
    xbar_stimulus_clear(&l->s);
    xbar_crossbar_free(l->c);
}

static const char *const large_devices[] = {"linear", "sinh"};

/* Read from its end, as ngspice sets it up, the netlist names each node that has an
 * equation once, in the order computed. */
static void test_told(void **unused)
{
    (void)unused;
    for (size_t d = 0; d < 2; d++) {
        large l;
        large_new(&l, large_devices[d]);
        char wanted[CELLS * 2 * 8] = "";
        assert_int_equal(l.n, 2 * CELLS - COLS);
        for (size_t k = 0; k < l.n; k++) {
            const xbar_node *node = &l.net->nodes[l.order[k]];
            char name[32];
            snprintf(name, sizeof name, "%c%zu_%zu ", node->is_word ? 'w' : 'b',
                     node->row, node->col);
            strcat(wanted, name);
        }
        char *names = calloc(l.size, 1);
        assert_non_null(names);
        read_order(names, l.text);
        assert_string_equal(names, wanted);
        free(names);
        large_clear(&l);
    }
}

/* The place of "w3_7" in the order; nodes that have none come behind all. */
static size_t place_of(const large *l, const char *name)
{
    const bool is_word = *name == 'w';
    size_t row = 0;
    size_t col = 0;
    assert_int_equal(sscanf(name + 1, "%zu_%zu", &row, &col), 2);
    for (size_t k = 0; k < l->n; k++) {
        const xbar_node *node = &l->net->nodes[l->order[k]];
        if (node->is_word == is_word && node->row == row && node->col == col)
            return k;
    }
    return l->n;
}

/* How many lines begin with either text and two nodes; that they stand by the later
 * node's place, then by the earlier one's. */
static size_t count_sorted(const large *l, const char *one, const char *other)
{
    size_t count = 0;
    size_t before = 0;
    for (const char *line = l->text; line; line = strchr(line, '\n')) {
        char name[32];
        char a[32];
        char b[32];
        line += *line == '\n';
        if ((strncmp(line, one, 2) != 0 && strncmp(line, other, 2) != 0) ||
            sscanf(line, "%31s %31s %31s", name, a, b) != 3 || !strchr(name, '_'))
            continue;
        const size_t p = place_of(l, a);
        const size_t q = place_of(l, b);
        const size_t key = p > q ? p * CELLS * 2 + q : q * CELLS * 2 + p;
        assert_true(key >= before);
        before = key;
        count++;
    }
    return count;
}

static void test_sequence(void **unused)
{
    (void)unused;
    for (size_t d = 0; d < 2; d++) {
        large l;
        large_new(&l, large_devices[d]);
        size_t closed = 0;
        for (size_t k = 0; k < CELLS; k++)
            closed += l.state[k] > 0.0;
        assert_int_equal(count_sorted(&l, "rw", "rb"),
                         ROWS * (COLS - 1) + (ROWS - 1) * COLS);
        assert_int_equal(count_sorted(&l, "rc", "xc"), closed);
        large_clear(&l);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_random_graphs), cmocka_unit_test(test_networks),
        cmocka_unit_test(test_little_work),   cmocka_unit_test(test_told),
        cmocka_unit_test(test_sequence),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
