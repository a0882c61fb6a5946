/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The direct solver of the linear systems, through the interface that all of them have:
 * K e = r where K is multiplied out branch by branch; and the two factorisations it
 * chooses from. */
#include "nodal_networks.h"
#include "nodal_reference.h"

#include "nodal/inner.h"
#include "nodal/islands.h"
#include "nodal/mesh.h"

/* A network without a voltage: its lines, and planes of random currents. */
typedef struct problem {
    random_network net;
    xbar_lines lines;
    size_t n_cells;
    double *r[XBAR_N_FAMILIES], *e[XBAR_N_FAMILIES];
} problem;

static void arrange(problem *s)
{
    bool changed = false;
    (void)xbar_lines_connect(&s->lines, s->net.c, &s->net.s, 0.0);
    assert_int_equal(xbar_islands_find(&s->lines, s->net.g, &changed, NULL), XBAR_OK);
}

/* Currents stand at live nodes that are not held, at the first of those that are one. */
static void draw_currents(problem *s)
{
    for (int f = 0; f < XBAR_N_FAMILIES; f++) {
        const xbar_family *family = &s->lines.family[f];
        for (size_t line = 0; line < family->n_lines; line++)
            for (size_t k = 0; k < family->n_nodes; k++) {
                size_t at = line * family->line_stride + k * family->node_stride;
                size_t p = xbar_lines_piece(family, line, k);
                bool is_first = k == 0 || xbar_lines_piece(family, line, k - 1) != p;
                bool is_unknown = family->is_live[p] &&
                                  !xbar_lines_is_held(&s->lines, f, line, k) &&
                                  (is_first || !family->is_ideal);
                s->r[f][at] = is_unknown ? any(&s->net) - 0.5 : 0.0;
            }
    }
}

/* false: two sources are joined. */
static bool problem_new(problem *s, uint32_t sample, spread how)
{
    *s = (problem){.net = random_network_new(sample, how)};
    xbar_network *net = NULL;
    xbar_status status = xbar_network_new(&net, s->net.c, s->net.g, &s->net.s, NULL);
    xbar_network_free(net);
    if (status != XBAR_OK) {
        random_network_free(&s->net);
        return false;
    }
    s->n_cells = s->net.c->n_rows * s->net.c->n_cols;
    for (int f = 0; f < XBAR_N_FAMILIES; f++) {
        s->r[f] = array_doubles(s->n_cells);
        s->e[f] = array_doubles(s->n_cells);
    }
    assert_int_equal(xbar_lines_init(&s->lines, s->net.c, NULL), XBAR_OK);
    arrange(s);
    draw_currents(s);
    return true;
}

static void problem_free(problem *s)
{
    for (int f = 0; f < XBAR_N_FAMILIES; f++) {
        free(s->r[f]);
        free(s->e[f]);
    }
    xbar_lines_clear(&s->lines);
    random_network_free(&s->net);
}

/* |r - K e|, A, over the nodes of xbar_network, and that all of a node is one.
 * @param[out] largest  A, |K| |e|: what backward stable elimination is measured by */
static double left_over(const problem *s, double *largest)
{
    const xbar_crossbar *c = s->net.c;
    xbar_network *net = NULL;
    assert_int_equal(xbar_network_new(&net, c, s->net.g, &s->net.s, NULL), XBAR_OK);
    const size_t n = net->n_nodes;
    dense d = {
        .net = net, .n = n, .v = some(n, sizeof(quad)), .sum = some(n, sizeof(quad))};
    for (int f = 0; f < XBAR_N_FAMILIES; f++)
        for (size_t k = 0; k < s->n_cells; k++) {
            uint32_t node = f == XBAR_WORD ? net->word_node[k] : net->bit_node[k];
            d.v[node] = s->e[f][k];
        }
    for (int f = 0; f < XBAR_N_FAMILIES; f++)
        for (size_t k = 0; k < s->n_cells; k++) {
            uint32_t node = f == XBAR_WORD ? net->word_node[k] : net->bit_node[k];
            assert_true(d.v[node] == s->e[f][k]);
            assert_true(is_unknown(&net->nodes[node]) || s->e[f][k] == 0.0);
            d.sum[node] += s->r[f][k];
        }
    walk_branches(c, net, s->net.g, add_to_sums, &d);
    for (int side = 0; side < XBAR_N_SIDES; side++)
        for (size_t k = 0; k < xbar_side_lines(c, (xbar_side)side); k++) {
            uint32_t node = xbar_network_end(net, (xbar_side)side, k);
            double ohm = c->terminal_ohm[side][k];
            if (!isnan(s->net.s.volt[side][k]) && ohm > 0.0)
                d.sum[node] -= d.v[node] / ohm;
        }
    double left = 0.0;
    double best =
        fmax(s->lines.family[XBAR_WORD].siemens, s->lines.family[XBAR_BIT].siemens);
    for (size_t k = 0; k < s->n_cells; k++)
        best = fmax(best, s->net.g[k]);
    for (int side = 0; side < XBAR_N_SIDES; side++)
        for (size_t k = 0; k < xbar_side_lines(c, (xbar_side)side); k++)
            best = fmax(best, s->lines.siemens[side][k]);
    for (size_t p = 0; p < n; p++)
        *largest = fmax(*largest, best * (double)quad_abs(d.v[p]));
    for (size_t p = 0; p < n; p++)
        if (is_unknown(&net->nodes[p]))
            left = fmax(left, (double)quad_abs(d.sum[p]));
    free(d.v);
    free(d.sum);
    xbar_network_free(net);
    return left;
}

static void solve(void *self, const problem *s)
{
    size_t n_steps = 0;
    assert_int_equal(xbar_inner_direct.correct(self, s->e, s->r, 1e-8, &n_steps, NULL),
                     XBAR_OK);
    assert_int_equal(n_steps, 1);
}

static void test_solutions(void **unused)
{
    (void)unused;
    static const spread spreads[] = {USUAL, EXTREME};
    for (size_t k = 0; k < 2; k++)
        for (uint32_t sample = 0; sample < 200; sample++) {
            problem s;
            void *self = NULL;
            double top = 0.0;
            if (!problem_new(&s, sample, spreads[k]))
                continue;
            assert_int_equal(xbar_inner_direct.open(&self, &s.lines, NULL), XBAR_OK);
            assert_int_equal(xbar_inner_direct.arrange(self, NULL), XBAR_OK);
            assert_int_equal(xbar_inner_direct.factor(self, s.net.g, NULL), XBAR_OK);
            solve(self, &s);
            double left = left_over(&s, &top);
            if (!(left <= 1e-15 * top))
                fail_msg("network %u: %g A left of %g A", sample, left, top);
            xbar_inner_direct.close(self);
            problem_free(&s);
        }
    xbar_inner_direct.close(NULL);
}

/* Arranged anew, factored anew, in one life: as if it were the first time, to the bit. */
static void test_one_life(void **unused)
{
    (void)unused;
    problem s;
    for (uint32_t sample = 0;; sample++) {
        if (!problem_new(&s, sample, USUAL))
            continue;
        if (s.n_cells >= 12)
            break;
        problem_free(&s);
    }
    void *old = NULL;
    assert_int_equal(xbar_inner_direct.open(&old, &s.lines, NULL), XBAR_OK);
    double *kept[XBAR_N_FAMILIES] = {array_doubles(s.n_cells),
                                     array_doubles(s.n_cells)};
    for (int turn = 0; turn < 12; turn++) {
        for (size_t k = 0; k < s.n_cells; k++)
            if (turn % 3 == 2)
                s.net.g[k] = (k + (size_t)turn) % 4 == 0 ? 0.0 : 1e-4 * (double)(k + 1);
        s.net.s.volt[XBAR_LEFT][0] = turn % 4 == 3 ? (double)NAN : 0.0;
        s.net.s.volt[XBAR_BOTTOM][0] = turn % 2 == 1 ? (double)NAN : 0.0;
        arrange(&s);
        draw_currents(&s);
        assert_int_equal(xbar_inner_direct.arrange(old, NULL), XBAR_OK);
        assert_int_equal(xbar_inner_direct.factor(old, s.net.g, NULL), XBAR_OK);
        solve(old, &s);
        for (int f = 0; f < XBAR_N_FAMILIES; f++)
            for (size_t k = 0; k < s.n_cells; k++)
                kept[f][k] = s.e[f][k];
        void *fresh = NULL;
        assert_int_equal(xbar_inner_direct.open(&fresh, &s.lines, NULL), XBAR_OK);
        assert_int_equal(xbar_inner_direct.arrange(fresh, NULL), XBAR_OK);
        assert_int_equal(xbar_inner_direct.factor(fresh, s.net.g, NULL), XBAR_OK);
        solve(fresh, &s);
        for (int f = 0; f < XBAR_N_FAMILIES; f++)
            assert_memory_equal(kept[f], s.e[f], s.n_cells * sizeof(double));
        xbar_inner_direct.close(fresh);
    }
    for (int f = 0; f < XBAR_N_FAMILIES; f++)
        free(kept[f]);
    xbar_inner_direct.close(old);
    problem_free(&s);
}

/* Star-mesh elimination keeps what ordinary elimination loses: a line that hangs on cells
 * of a femtosiemens, its wires of a microohm. The same current into each of its nodes
 * lifts it as a whole by the current over the cells' conductance. */
static void test_star_mesh(void **unused)
{
    (void)unused;
    enum { N = 40 };
    xbar_crossbar *c = array_new(1, N, 1e-6, 1e-6);
    array_terminals(c, XBAR_BOTTOM, 1e-6);
    xbar_stimulus s;
    assert_int_equal(xbar_stimulus_init(&s, c, NULL), XBAR_OK);
    double g[N];
    double r[XBAR_N_FAMILIES][N];
    double e[XBAR_N_FAMILIES][N];
    for (int j = 0; j < N; j++) {
        s.volt[XBAR_BOTTOM][j] = 0.0;
        g[j] = 1e-15;
        r[XBAR_WORD][j] = 1e-15;
        r[XBAR_BIT][j] = 0.0;
    }
    xbar_lines l;
    void *self = NULL;
    size_t n_steps = 0;
    double *const r_planes[] = {r[0], r[1]};
    double *const e_planes[] = {e[0], e[1]};
    assert_int_equal(xbar_lines_init(&l, c, NULL), XBAR_OK);
    (void)xbar_lines_connect(&l, c, &s, 0.0);
    assert_int_equal(xbar_inner_direct.open(&self, &l, NULL), XBAR_OK);
    assert_int_equal(xbar_inner_direct.arrange(self, NULL), XBAR_OK);
    assert_int_equal(xbar_inner_direct.factor(self, g, NULL), XBAR_OK);
    assert_int_equal(
        xbar_inner_direct.correct(self, e_planes, r_planes, 1e-8, &n_steps, NULL),
        XBAR_OK);
    for (int j = 0; j < N; j++) {
        assert_true(fabs(e[XBAR_WORD][j] - 1.0) < 1e-14);
        assert_true(fabs(e[XBAR_BIT][j] - 1e-21) < 1e-34);
    }
    xbar_inner_direct.close(self);
    xbar_lines_clear(&l);
    xbar_stimulus_clear(&s);
    xbar_crossbar_free(c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_solutions),
        cmocka_unit_test(test_one_life),
        cmocka_unit_test(test_star_mesh),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
