/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What holds of every network, whatever its numbers: the array on its side and in a
 * mirror, driven there and read here, inputs added, resistances scaled, signs turned;
 * power in = heat. On random networks, for both ways of solving them. */
#include "nodal_networks.h"

#include <string.h>

#include "crossbar/network.h"

enum { N_NETWORKS = 60 };

static const char *const devices[] = {"linear", "sinh"};

static random_network network_of(uint32_t sample, const char *device)
{
    random_network r = random_network_new(sample, USUAL);
    r.c->cell = xbar_cell_default(xbar_device_find(device));
    return r;
}

static random_network relative_of(const random_network *r, size_t n_rows, size_t n_cols)
{
    random_network b = {.sample = r->sample};
    b.c = array_new(n_rows, n_cols, r->c->row_ohm, r->c->col_ohm);
    b.c->cell = r->c->cell;
    b.g = array_doubles(n_rows * n_cols);
    assert_int_equal(xbar_stimulus_init(&b.s, b.c, NULL), XBAR_OK);
    return b;
}

static void copy_side(const random_network *from, xbar_side side, random_network *to,
                      xbar_side other, bool reversed)
{
    const size_t n = xbar_side_lines(from->c, side);
    for (size_t k = 0; k < n; k++) {
        size_t l = reversed ? n - 1 - k : k;
        to->c->terminal_ohm[other][l] = from->c->terminal_ohm[side][k];
        to->s.volt[other][l] = from->s.volt[side][k];
    }
}

static void copy_cuts(const random_network *r, random_network *to, bool turned)
{
    const size_t n_rows = r->c->n_rows;
    const size_t n_cols = r->c->n_cols;
    for (size_t i = 0; i < n_rows; i++)
        for (size_t j = 0; j < n_cols; j++) {
            size_t k = i * n_cols + j;
            if (r->c->row_cut && r->c->row_cut[k])
                assert_int_equal(turned ? xbar_crossbar_cut(to->c, false, i, j, NULL)
                                        : xbar_crossbar_cut(to->c, true, n_rows - 1 - i,
                                                            n_cols - 2 - j, NULL),
                                 XBAR_OK);
            if (r->c->col_cut && r->c->col_cut[k])
                assert_int_equal(turned
                                     ? xbar_crossbar_cut(to->c, true, j, i, NULL)
                                     : xbar_crossbar_cut(to->c, false, n_cols - 1 - j,
                                                         n_rows - 2 - i, NULL),
                                 XBAR_OK);
        }
}

/* The array turned on its side: left is top, bottom is right. */
static random_network transposed(const random_network *r)
{
    random_network b = relative_of(r, r->c->n_cols, r->c->n_rows);
    b.c->row_ohm = r->c->col_ohm;
    b.c->col_ohm = r->c->row_ohm;
    for (size_t i = 0; i < r->c->n_rows; i++)
        for (size_t j = 0; j < r->c->n_cols; j++)
            b.g[j * r->c->n_rows + i] = r->g[i * r->c->n_cols + j];
    copy_side(r, XBAR_LEFT, &b, XBAR_TOP, false);
    copy_side(r, XBAR_RIGHT, &b, XBAR_BOTTOM, false);
    copy_side(r, XBAR_TOP, &b, XBAR_LEFT, false);
    copy_side(r, XBAR_BOTTOM, &b, XBAR_RIGHT, false);
    copy_cuts(r, &b, true);
    return b;
}

/* The array turned by half a turn. */
static random_network reversed(const random_network *r)
{
    const size_t n = r->c->n_rows * r->c->n_cols;
    random_network b = relative_of(r, r->c->n_rows, r->c->n_cols);
    for (size_t k = 0; k < n; k++)
        b.g[n - 1 - k] = r->g[k];
    copy_side(r, XBAR_LEFT, &b, XBAR_RIGHT, true);
    copy_side(r, XBAR_RIGHT, &b, XBAR_LEFT, true);
    copy_side(r, XBAR_TOP, &b, XBAR_BOTTOM, true);
    copy_side(r, XBAR_BOTTOM, &b, XBAR_TOP, true);
    copy_cuts(r, &b, false);
    return b;
}

/* The same array with its own terminals, and voltages to be set. */
static random_network again(const random_network *r)
{
    random_network b = relative_of(r, r->c->n_rows, r->c->n_cols);
    memcpy(b.g, r->g, r->c->n_rows * r->c->n_cols * sizeof *b.g);
    for (int side = 0; side < XBAR_N_SIDES; side++)
        copy_side(r, (xbar_side)side, &b, (xbar_side)side, false);
    for (size_t i = 0; i < r->c->n_rows; i++)
        for (size_t j = 0; j < r->c->n_cols; j++) {
            size_t k = i * r->c->n_cols + j;
            if (r->c->row_cut && r->c->row_cut[k])
                assert_int_equal(xbar_crossbar_cut(b.c, true, i, j, NULL), XBAR_OK);
            if (r->c->col_cut && r->c->col_cut[k])
                assert_int_equal(xbar_crossbar_cut(b.c, false, j, i, NULL), XBAR_OK);
        }
    return b;
}

/* Solved; false where two sources are joined, and then nothing is left to free. */
static bool solved(random_network *r, bool is_plain, xbar_nodal_answer **a)
{
    *a = answer_new(r->c);
    xbar_status status = nodal_solve(r->c, r->g, &r->s, is_plain, *a);
    if (status == XBAR_OK)
        return true;
    if (status != XBAR_ERR_SHORT)
        fail_msg("network %u: %s", r->sample, (*a)->error.text);
    answer_free(*a);
    random_network_free(r);
    return false;
}

static void assert_same(const random_network *r, const char *what, double got,
                        double want, double allowed)
{
    if (isnan(want) ? !isnan(got) : !(fabs(got - want) <= allowed))
        fail_msg("network %u, %s: %.17g, want %.17g", r->sample, what, got, want);
}

/* What nothing but rounding flows in has no largest current to be judged against. */
static double share_of(const xbar_nodal_answer *a)
{
    return fmax(1e-11 * a->largest_current, 1e-25);
}

static void compare_sides(const random_network *r, const xbar_nodal_answer *a,
                          xbar_side side, const xbar_nodal_answer *b, xbar_side other,
                          bool is_reversed, double factor)
{
    const size_t n = xbar_side_lines(r->c, side);
    for (size_t k = 0; k < n; k++)
        assert_same(r, xbar_side_name[side],
                    factor * b->i_terminal[other][is_reversed ? n - 1 - k : k],
                    a->i_terminal[side][k], share_of(a));
}

static void check_transposed(random_network *r, bool is_plain)
{
    xbar_nodal_answer *a = NULL;
    xbar_nodal_answer *b = NULL;
    random_network turned = transposed(r);
    assert_true(solved(&turned, is_plain, &b));
    assert_true(solved(r, is_plain, &a));
    for (size_t i = 0; i < r->c->n_rows; i++)
        for (size_t j = 0; j < r->c->n_cols; j++) {
            size_t k = i * r->c->n_cols + j;
            size_t t = j * r->c->n_rows + i;
            assert_same(r, "cell", -b->i_cell[t], a->i_cell[k], share_of(a));
            assert_same(r, "word node", b->v_col[t], a->v_row[k], 1e-11);
            assert_same(r, "bit node", b->v_row[t], a->v_col[k], 1e-11);
        }
    compare_sides(r, a, XBAR_LEFT, b, XBAR_TOP, false, 1.0);
    compare_sides(r, a, XBAR_BOTTOM, b, XBAR_RIGHT, false, 1.0);
    answer_free(a);
    answer_free(b);
    random_network_free(&turned);
}

static void check_reversed(random_network *r, bool is_plain)
{
    xbar_nodal_answer *a = NULL;
    xbar_nodal_answer *b = NULL;
    const size_t n = r->c->n_rows * r->c->n_cols;
    random_network turned = reversed(r);
    assert_true(solved(&turned, is_plain, &b));
    assert_true(solved(r, is_plain, &a));
    for (size_t k = 0; k < n; k++) {
        assert_same(r, "cell", b->i_cell[n - 1 - k], a->i_cell[k], share_of(a));
        assert_same(r, "word node", b->v_row[n - 1 - k], a->v_row[k], 1e-11);
    }
    compare_sides(r, a, XBAR_LEFT, b, XBAR_RIGHT, true, 1.0);
    compare_sides(r, a, XBAR_TOP, b, XBAR_BOTTOM, true, 1.0);
    answer_free(a);
    answer_free(b);
    random_network_free(&turned);
}

/* All resistances times a factor: the same voltages, currents divided by it. */
static void check_scaled(random_network *r, bool is_plain)
{
    static const double factors[] = {1e-2, 7.0, 1e3};
    xbar_nodal_answer *a = NULL;
    assert_true(solved(r, is_plain, &a));
    for (size_t f = 0; f < 3; f++) {
        xbar_nodal_answer *b = NULL;
        random_network scaled = again(r);
        scaled.c->row_ohm *= factors[f];
        scaled.c->col_ohm *= factors[f];
        for (size_t k = 0; k < r->c->n_rows * r->c->n_cols; k++)
            scaled.g[k] /= factors[f];
        for (int side = 0; side < XBAR_N_SIDES; side++)
            for (size_t k = 0; k < xbar_side_lines(r->c, (xbar_side)side); k++)
                scaled.c->terminal_ohm[side][k] *= factors[f];
        assert_true(solved(&scaled, is_plain, &b));
        for (int side = 0; side < XBAR_N_SIDES; side++)
            compare_sides(r, a, (xbar_side)side, b, (xbar_side)side, false, factors[f]);
        answer_free(b);
        random_network_free(&scaled);
    }
    answer_free(a);
}

/* All of these cells are odd: turned voltages turn the currents. */
static void check_sign(random_network *r, bool is_plain)
{
    xbar_nodal_answer *a = NULL;
    xbar_nodal_answer *b = NULL;
    random_network turned = again(r);
    for (int side = 0; side < XBAR_N_SIDES; side++)
        for (size_t k = 0; k < xbar_side_lines(r->c, (xbar_side)side); k++)
            turned.s.volt[side][k] = -turned.s.volt[side][k];
    assert_true(solved(&turned, is_plain, &b));
    assert_true(solved(r, is_plain, &a));
    for (int side = 0; side < XBAR_N_SIDES; side++)
        compare_sides(r, a, (xbar_side)side, b, (xbar_side)side, false, -1.0);
    answer_free(a);
    answer_free(b);
    random_network_free(&turned);
}

/* The answer as the crossbar layer judges it: Kirchhoff's law from the voltages as they
 * are written (which costs the wires' currents digits); and power in = heat. */
static void check_physics(random_network *r, bool is_plain)
{
    xbar_nodal_answer *a = NULL;
    const xbar_crossbar *c = r->c;
    assert_true(solved(r, is_plain, &a));
    xbar_network *net = NULL;
    assert_int_equal(xbar_network_new(&net, c, r->g, &r->s, NULL), XBAR_OK);
    double *work = array_doubles(net->n_nodes);
    double top = 0.0;
    double residual = xbar_network_residual(net, c, a->v_row, a->v_col, a->i_cell,
                                            a->i_terminal, &top, work);
    double wires = 0.0;
    if (c->row_ohm > 0.0)
        wires = 1.0 / c->row_ohm;
    if (c->col_ohm > 0.0)
        wires = fmax(wires, 1.0 / c->col_ohm);
    assert_true(residual <= 1e-15 * wires + share_of(a));
    assert_same(r, "largest current", a->largest_current, top,
                1e-15 * wires + share_of(a));
    assert_true(a->kcl_residual <= fmax(1e-12 * a->largest_current, 1e-25));

    double power = 0.0;
    double heat = 0.0;
    for (int side = 0; side < XBAR_N_SIDES; side++)
        for (size_t k = 0; k < xbar_side_lines(c, (xbar_side)side); k++) {
            double i = a->i_terminal[side][k];
            if (isnan(r->s.volt[side][k])) {
                assert_true(i == 0.0);
                continue;
            }
            power += i * r->s.volt[side][k];
            heat += i * i * c->terminal_ohm[side][k];
        }
    for (size_t i = 0; i < c->n_rows; i++)
        for (size_t j = 0; j < c->n_cols; j++) {
            size_t k = i * c->n_cols + j;
            if (a->i_cell[k] != 0.0)
                heat += a->i_cell[k] * (a->v_row[k] - a->v_col[k]);
            if (xbar_network_row_wire(c, i, j) && !isnan(a->v_row[k]))
                heat += pow(a->v_row[k] - a->v_row[k + 1], 2.0) / c->row_ohm;
            if (xbar_network_col_wire(c, i, j) && !isnan(a->v_col[k]))
                heat += pow(a->v_col[k] - a->v_col[k + c->n_cols], 2.0) / c->col_ohm;
        }
    assert_same(r, "power", power, heat, 1e-14 * wires + share_of(a));
    free(work);
    xbar_network_free(net);
    answer_free(a);
}

typedef void check(random_network *r, bool is_plain);

static void check_many(check *each)
{
    for (int is_plain = 0; is_plain < 2; is_plain++)
        for (size_t d = 0; d < 2; d++)
            for (uint32_t sample = 0; sample < N_NETWORKS; sample++) {
                random_network r = network_of(sample, devices[d]);
                xbar_nodal_answer *a = NULL;
                if (!solved(&r, is_plain, &a))
                    continue;
                answer_free(a);
                each(&r, is_plain);
                random_network_free(&r);
            }
}

static void test_transpose(void **unused)
{
    (void)unused;
    check_many(check_transposed);
}

static void test_reversal(void **unused)
{
    (void)unused;
    check_many(check_reversed);
}

static void test_scaling(void **unused)
{
    (void)unused;
    check_many(check_scaled);
}

static void test_sign(void **unused)
{
    (void)unused;
    check_many(check_sign);
}

static void test_physics(void **unused)
{
    (void)unused;
    check_many(check_physics);
}

/* ---- linear cells -------------------------------------------------------------------- */

/* A volt at terminal a, 0 at the others, gives at terminal b what a volt at b gives at a:
 * the matrix of conductances between the terminals is symmetric. */
static void test_reciprocity_and_superposition(void **unused)
{
    (void)unused;
    enum { MOST = 24 };
    for (int is_plain = 0; is_plain < 2; is_plain++)
        for (uint32_t sample = 0; sample < N_NETWORKS; sample++) {
            random_network r = random_network_new(sample, USUAL);
            for (int side = 0; side < XBAR_N_SIDES; side++)
                for (size_t k = 0; k < xbar_side_lines(r.c, (xbar_side)side); k++)
                    if (r.c->terminal_ohm[side][k] == 0.0)
                        r.c->terminal_ohm[side][k] = 0.5; /* two of 0 ohm may be one */
            xbar_nodal_answer *sum = NULL;
            assert_true(solved(&r, is_plain, &sum));
            struct {
                xbar_side side;
                size_t line;
            } terminals[MOST];
            size_t n = 0;
            for (int side = 0; side < XBAR_N_SIDES; side++)
                for (size_t k = 0; k < xbar_side_lines(r.c, (xbar_side)side); k++) {
                    if (isnan(r.s.volt[side][k]))
                        continue;
                    terminals[n].side = (xbar_side)side;
                    terminals[n++].line = k;
                }
            double g[MOST][MOST] = {{0}};
            for (size_t p = 0; p < n; p++) {
                xbar_nodal_answer *a = NULL;
                random_network one = again(&r);
                for (size_t q = 0; q < n; q++)
                    one.s.volt[terminals[q].side][terminals[q].line] = p == q;
                assert_true(solved(&one, is_plain, &a));
                for (size_t q = 0; q < n; q++)
                    g[p][q] = a->i_terminal[terminals[q].side][terminals[q].line];
                answer_free(a);
                random_network_free(&one);
            }
            for (size_t p = 0; p < n; p++) {
                double total = 0.0;
                for (size_t q = 0; q < n; q++) {
                    assert_same(&r, "reciprocity", g[p][q], g[q][p],
                                1e-12 * fmax(fabs(g[p][p]), fabs(g[q][q])) + 1e-25);
                    total += g[q][p] * r.s.volt[terminals[q].side][terminals[q].line];
                }
                assert_same(&r, "superposition", total,
                            sum->i_terminal[terminals[p].side][terminals[p].line],
                            1e-12 * fabs(g[p][p]) + share_of(sum));
            }
            answer_free(sum);
            random_network_free(&r);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_transpose),
        cmocka_unit_test(test_reversal),
        cmocka_unit_test(test_scaling),
        cmocka_unit_test(test_sign),
        cmocka_unit_test(test_physics),
        cmocka_unit_test(test_reciprocity_and_superposition),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
