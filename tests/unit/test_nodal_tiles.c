/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The tiled solver in each vector width against plain elimination: any network of lines,
 * to single precision. */
#include "nodal_tiles.h"

#include "nodal/inner.h"
#include "nodal/islands.h"

/* What single precision leaves of the largest voltage, a few times over. */
static const double single = 3e-6;

/* ---- conjugate gradients ------------------------------------------------------------- */

static const plain_case networks[] = {
    {"one cell", 1, 1, 2.5, 2.5, 2.5, OPEN, OPEN, 2.5, EQUAL, 0},
    {"one row", 1, 40, 2.5, 2.5, 2.5, OPEN, OPEN, 2.5, RANDOM, 0},
    {"one column", 40, 1, 2.5, 2.5, 2.5, OPEN, OPEN, 2.5, RANDOM, 0},
    {"15 x 17", 15, 17, 2.5, 2.5, 2.5, OPEN, OPEN, 2.5, RANDOM, 0},
    {"16 x 16", 16, 16, 2.5, 2.5, 2.5, OPEN, OPEN, 2.5, RANDOM, 0},
    {"17 x 15", 17, 15, 2.5, 2.5, OPEN, 2.5, 2.5, OPEN, RANDOM, 0},
    {"33 x 50", 33, 50, 2.5, 2.5, 2.5, OPEN, OPEN, 2.5, RANDOM, 0},
    {"64 x 40", 64, 40, 2.5, 2.5, 2.5, OPEN, OPEN, 2.5, RANDOM, 0},
    {"64 x 40, all equal", 64, 40, 2.5, 2.5, 2.5, OPEN, OPEN, 2.5, EQUAL, 0},
    {"driven from the right, read at the top", 33, 50, 2.5, 2.5, OPEN, 2.5, 2.5, OPEN,
     RANDOM, 0},
    {"terminals on all sides", 33, 50, 2.5, 2.5, 2.5, 40, 0.1, 7, RANDOM, 0},
    {"each line's end another", 33, 50, 2.5, 2.5, MIXED, MIXED, MIXED, MIXED, RANDOM,
     0},
    {"rows held", 15, 17, 2.5, 2.5, 0, OPEN, OPEN, 2.5, RANDOM, 0},
    {"all ends held", 33, 50, 2.5, 2.5, 0, 0, 0, 0, RANDOM, 0},
    {"held, mixed and open", 33, 50, 2.5, 2.5, 0, MIXED, OPEN, 0, RANDOM, 0},
    {"only one side", 33, 50, 2.5, 2.5, 2.5, OPEN, OPEN, OPEN, RANDOM, 0},
    {"0.1 and 100 ohm", 33, 50, 0.1, 100, 2.5, OPEN, OPEN, 2.5, RANDOM, 0},
    {"100 and 0.1 ohm", 33, 50, 100, 0.1, 2.5, OPEN, OPEN, 2.5, RANDOM, 0},
    {"a milliohm", 33, 50, 1e-3, 1e-3, 1e-3, OPEN, OPEN, 1e-3, RANDOM, 0},
    {"1e-9 to 0.1 S", 33, 50, 2.5, 2.5, 2.5, OPEN, OPEN, 2.5, WIDE, 0},
    {"1e-9 to 0.1 S, 100 ohm", 33, 50, 100, 100, 2.5, OPEN, OPEN, 2.5, WIDE, 0},
    {"half open", 33, 50, 2.5, 2.5, 2.5, OPEN, OPEN, 2.5, SPARSE, 0},
    {"blocks", 64, 40, 2.5, 2.5, 2.5, OPEN, OPEN, 2.5, BLOCKS, 0},
    {"blocks, by the wires", 40, 88, 100, 100, 100, OPEN, OPEN, 100, BLOCKS, 0},
    {"blocks, by the wires, some more", 35, 83, 100, 100, 2.5, 40, 0.1, 7, BLOCKS, 0},
    {"shorted cells", 33, 50, 2.5, 2.5, 2.5, OPEN, OPEN, 2.5, SHORTED, 0},
    {"cells far better than wires", 33, 50, 2.5, 2.5, 2.5, OPEN, OPEN, 2.5, SLOPED, 0},
    {"ideal rows", 33, 50, 0, 2.5, 2.5, OPEN, OPEN, 2.5, RANDOM, 0},
    {"ideal columns", 33, 50, 2.5, 0, 2.5, OPEN, OPEN, 2.5, RANDOM, 0},
    {"ideal rows and columns", 33, 50, 0, 0, 2.5, OPEN, OPEN, 2.5, RANDOM, 0},
    {"ideal rows, held", 33, 50, 0, 2.5, 0, OPEN, OPEN, 2.5, RANDOM, 0},
    {"ideal columns, held", 33, 50, 2.5, 0, 2.5, OPEN, OPEN, 0, RANDOM, 0},
    {"cuts", 33, 50, 2.5, 2.5, 2.5, OPEN, OPEN, 2.5, RANDOM, 0.1},
    {"cuts, half open", 33, 50, 2.5, 2.5, 2.5, OPEN, OPEN, 2.5, SPARSE, 0.1},
    {"cuts, ideal rows", 33, 50, 0, 2.5, 2.5, OPEN, OPEN, 2.5, RANDOM, 0.1},
    {"cuts, ideal columns", 33, 50, 2.5, 0, 2.5, OPEN, OPEN, 2.5, RANDOM, 0.1},
    {"cuts, mixed ends", 33, 50, 2.5, 2.5, MIXED, MIXED, MIXED, MIXED, SPARSE, 0.1},
    {"cuts, one row", 1, 40, 2.5, 2.5, 2.5, OPEN, OPEN, 2.5, RANDOM, 0.2},
};
enum { N_NETWORKS = sizeof networks / sizeof *networks, MOST_STEPS = 400 };

static void conjugate(solver *s, const plain_array *a, const planes *r, planes *e)
{
    double largest = 0.0;
    size_t n = MOST_STEPS;
    for (int f = 0; f < 2; f++)
        for (size_t k = 0; k < a->n_cells; k++)
            largest = fmax(largest, fabs(r->at[f][k]));
    put(s->t, s->t->ru, r->at[0]);
    put(s->t, s->t->rw, r->at[1]);
    assert_int_equal(xbar_tiles_conjugate(s->t, s->pair, largest, 1e-6, &n, NULL),
                     XBAR_OK);
    double back = (double)s->t->scale / (double)s->t->unit;
    get(s->t, e->at[0], s->t->ru, back);
    get(s->t, e->at[1], s->t->w, back);
}

static void check_network(const plain_case *q)
{
    plain_array a = plain_new(q);
    planes r = some_residual(&a), want = planes_new(a.n_cells),
           e = planes_new(a.n_cells);
    plain_solve(&a, want.at, r.at);
    drop_unreached(&r, &want, a.n_cells);
    const xbar_kernel *here[MOST_WIDTHS];
    for (size_t k = 0, n = widths_here(here); k < n; k++) {
        solver s = solver_new(&a, here[k], 1);
        conjugate(&s, &a, &r, &e);
        double off = apart(a.n_cells, &e, &want);
        if (!(off <= single))
            fail_msg("%s, %s: %.2g of the largest voltage apart", q->name,
                     here[k]->name, off);
        solver_free(&s);
    }
    planes_free(&r);
    planes_free(&want);
    planes_free(&e);
    plain_free(&a);
}

static void test_conjugate(void **unused)
{
    (void)unused;
    for (size_t k = 0; k < N_NETWORKS; k++)
        check_network(&networks[k]);
}

/* ---- behind the interface of inner.h ------------------------------------------------- */

static void drop_dead(const xbar_lines *l, planes *r)
{
    for (int f = 0; f < XBAR_N_FAMILIES; f++) {
        const xbar_family *family = &l->family[f];
        for (size_t line = 0; line < family->n_lines; line++)
            for (size_t k = 0; k < family->n_nodes; k++)
                if (!family->is_live[xbar_lines_piece(family, line, k)])
                    r->at[f][line * family->line_stride + k * family->node_stride] =
                        0.0;
    }
}

static void check_inner(const xbar_inner *inner, const plain_case *q, double enough)
{
    plain_array a = plain_new(q);
    planes r = some_residual(&a), want = planes_new(a.n_cells);
    planes e = planes_new(a.n_cells), again = planes_new(a.n_cells);
    xbar_stimulus s;
    xbar_crossbar *c = crossbar_of(&a, &s);
    xbar_lines l;
    bool changed = false;
    size_t n = 0;
    void *self = NULL;
    assert_int_equal(xbar_lines_init(&l, c, NULL), XBAR_OK);
    xbar_lines_connect(&l, c, &s, 0.0);
    assert_int_equal(xbar_islands_find(&l, a.g, &changed, NULL), XBAR_OK);
    drop_dead(&l, &r);
    plain_solve(&a, want.at, r.at);
    assert_int_equal(inner->open(&self, &l, NULL), XBAR_OK);
    assert_int_equal(inner->arrange(self, NULL), XBAR_OK);
    assert_int_equal(inner->factor(self, a.g, NULL), XBAR_OK);
    assert_int_equal(inner->correct(self, e.at, r.at, 1e-6, &n, NULL), XBAR_OK);
    assert_int_equal(inner->correct(self, again.at, r.at, 1e-6, &n, NULL), XBAR_OK);
    double off = apart(a.n_cells, &e, &want);
    if (!(off <= enough))
        fail_msg("%s, %s: %.2g of the largest voltage apart", q->name, inner->name,
                 off);
    for (int f = 0; f < XBAR_N_FAMILIES; f++)
        if (memcmp(e.at[f], again.at[f], a.n_cells * sizeof(double)) != 0)
            fail_msg("%s, %s: other bits the second time", q->name, inner->name);
    inner->close(self);
    xbar_lines_clear(&l);
    xbar_crossbar_free(c);
    xbar_stimulus_clear(&s);
    planes_free(&r);
    planes_free(&want);
    planes_free(&e);
    planes_free(&again);
    plain_free(&a);
}

static void test_inner(void **unused)
{
    (void)unused;
    for (size_t k = 0; k < N_NETWORKS; k++)
        check_inner(&xbar_inner_tiled, &networks[k], single);
}

/* ---- threads ------------------------------------------------------------------------- */

static void test_same_bits_on_two_threads(void **unused)
{
    (void)unused;
    const plain_case q = {"", 85, 70, 2.5, 5, MIXED, MIXED, MIXED, MIXED, WIDE, 0};
    const xbar_kernel *here[MOST_WIDTHS];
    plain_array a = plain_new(&q);
    planes r = some_residual(&a), one = planes_new(a.n_cells),
           two = planes_new(a.n_cells);
    for (size_t k = 0, n = widths_here(here); k < n; k++) {
        solver s = solver_new(&a, here[k], 1), t = solver_new(&a, here[k], 2);
        conjugate(&s, &a, &r, &one);
        for (int run = 0; run < 3; run++) {
            conjugate(&t, &a, &r, &two);
            for (int f = 0; f < 2; f++)
                assert_memory_equal(two.at[f], one.at[f], a.n_cells * sizeof(double));
        }
        solver_free(&s);
        solver_free(&t);
    }
    planes_free(&r);
    planes_free(&one);
    planes_free(&two);
    plain_free(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_conjugate),
        cmocka_unit_test(test_inner),
        cmocka_unit_test(test_same_bits_on_two_threads),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
