/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Conductances between terminals by merging blocks, against star-mesh elimination of one
 * node after the other in long double: each to twelve digits of itself, however small. */
#include "arrays.h"

#include <math.h>

#include "core/random.h"
#include "nodal/merge.h"
#include "nodal/tiles.h"

/* What stands at the ends of the lines of a side. */
typedef enum ends {
    OPEN,
    PORTS,
    FIXED, /* voltages that are nobody's input */
    MIXED  /* one of these for each line */
} ends;

typedef struct example {
    const char *name;
    size_t n_rows, n_cols;
    double row_ohm, col_ohm;
    double least, most;    /* S, cells, log-uniform */
    double open, cut;      /* shares of the cells, of the segments */
    ends at[XBAR_N_SIDES]; /* left, right, top, bottom */
    double ohm, other_ohm; /* of the terminals; MIXED: one or the other */
} example;

typedef struct network {
    const example *e;
    xbar_merge_array a;
    double *g, *port[XBAR_N_SIDES], *ground[XBAR_N_SIDES];
    uint8_t *row_cut, *col_cut;
    double *g_eff, *want; /* S, [n_rows][n_cols] */
} network;

/* ---- networks ------------------------------------------------------------------------ */

static double any(uint32_t *n)
{
    return xbar_uniform(77, XBAR_STREAM_INPUT, 0, (*n)++);
}

static void any_terminals(network *w, uint32_t *n)
{
    for (int side = 0; side < XBAR_N_SIDES; side++) {
        const size_t lines = side < XBAR_TOP ? w->e->n_rows : w->e->n_cols;
        w->port[side] = array_doubles(lines);
        w->ground[side] = array_doubles(lines);
        for (size_t k = 0; k < lines; k++) {
            const bool is_mixed = w->e->at[side] == MIXED;
            const ends at = is_mixed ? (ends)(3.0 * any(n)) : w->e->at[side];
            const double ohm = is_mixed && any(n) < 0.5 ? w->e->other_ohm : w->e->ohm;
            const double siemens = ohm == 0.0 ? XBAR_MERGE_HELD : 1.0 / ohm;
            w->port[side][k] = at == PORTS ? siemens : 0.0;
            w->ground[side][k] = at == FIXED ? siemens : 0.0;
        }
        w->a.port[side] = w->port[side];
        w->a.ground[side] = w->ground[side];
    }
}

static network network_new(const example *e)
{
    const size_t n_cells = e->n_rows * e->n_cols;
    uint32_t n = 0;
    network w = {.e = e,
                 .g = array_doubles(n_cells),
                 .g_eff = array_doubles(n_cells),
                 .want = array_doubles(n_cells)};
    for (size_t k = 0; k < n_cells; k++)
        if (any(&n) >= e->open)
            w.g[k] = e->least * pow(e->most / e->least, any(&n));
    if (e->cut > 0.0) {
        w.row_cut = calloc(n_cells, 1);
        w.col_cut = calloc(n_cells, 1);
        assert_true(w.row_cut && w.col_cut);
        for (size_t k = 0; k < n_cells; k++) {
            w.row_cut[k] = any(&n) < e->cut;
            w.col_cut[k] = any(&n) < e->cut;
        }
    }
    w.a = (xbar_merge_array){.n_rows = e->n_rows,
                             .n_cols = e->n_cols,
                             .g = w.g,
                             .row_siemens = 1.0 / e->row_ohm,
                             .col_siemens = 1.0 / e->col_ohm,
                             .row_cut = w.row_cut,
                             .col_cut = w.col_cut};
    any_terminals(&w, &n);
    return w;
}

static void network_free(network *w)
{
    for (int side = 0; side < XBAR_N_SIDES; side++) {
        free(w->port[side]);
        free(w->ground[side]);
    }
    free(w->g);
    free(w->row_cut);
    free(w->col_cut);
    free(w->g_eff);
    free(w->want);
}

/* ---- the reference ------------------------------------------------------------------- */

/* Every node has a row: word nodes, bit nodes, rows' inputs, columns' outputs, ground. */
typedef struct dense {
    size_t n, n_cells;
    long double *y; /* S, [n][n] */
    size_t *same;   /* [n]: the node that 0 ohm makes of it */
} dense;

static void connect(dense *d, size_t a, size_t b, double siemens)
{
    a = d->same[a];
    b = d->same[b];
    if (a == b)
        return;
    d->y[a * d->n + b] += (long double)siemens;
    d->y[b * d->n + a] += (long double)siemens;
}

/* @param is_held  only terminals of 0 ohm; or only the others */
static void connect_terminals(dense *d, const xbar_merge_array *a, bool is_held)
{
    const size_t m = a->n_rows, n = a->n_cols;
    for (int side = 0; side < XBAR_N_SIDES; side++)
        for (size_t k = 0; k < (side < XBAR_TOP ? m : n); k++) {
            const size_t first = side < XBAR_TOP ? k * n : d->n_cells + k;
            const size_t last =
                side < XBAR_TOP ? k * n + n - 1 : d->n_cells + (m - 1) * n + k;
            const size_t node = side % 2 == 0 ? first : last;
            const size_t port = 2 * d->n_cells + (side < XBAR_TOP ? k : m + k);
            const double siemens = a->port[side][k] + a->ground[side][k];
            const size_t to = a->port[side][k] > 0.0 ? port : d->n - 1;
            if (siemens == 0.0 || (siemens >= XBAR_MERGE_HELD) != is_held)
                continue;
            if (is_held)
                d->same[node] = to;
            else
                connect(d, node, to, siemens);
        }
}

static void connect_cells(dense *d, const xbar_merge_array *a)
{
    const size_t m = a->n_rows, n = a->n_cols;
    for (size_t i = 0; i < m; i++)
        for (size_t j = 0; j < n; j++) {
            const size_t k = i * n + j;
            connect(d, k, d->n_cells + k, a->g[k]);
            if (j + 1 < n && !(a->row_cut && a->row_cut[k]))
                connect(d, k, k + 1, a->row_siemens);
            if (i + 1 < m && !(a->col_cut && a->col_cut[k]))
                connect(d, d->n_cells + k, d->n_cells + k + n, a->col_siemens);
        }
}

static void eliminate(dense *d)
{
    size_t *near = malloc(d->n * sizeof *near);
    assert_non_null(near);
    for (size_t p = 0; p < 2 * d->n_cells; p++) {
        size_t n_near = 0;
        long double sum = 0.0L;
        for (size_t j = p + 1; d->same[p] == p && j < d->n; j++)
            if (d->y[p * d->n + j] > 0.0L) {
                near[n_near++] = j;
                sum += d->y[p * d->n + j];
            }
        for (size_t k = 0; k < n_near; k++)
            for (size_t l = 0; l < n_near; l++)
                if (k != l)
                    d->y[near[k] * d->n + near[l]] +=
                        d->y[p * d->n + near[k]] * (d->y[p * d->n + near[l]] / sum);
    }
    free(near);
}

static void find_want(network *w)
{
    const size_t m = w->e->n_rows, n = w->e->n_cols;
    dense d = {.n = 2 * m * n + m + n + 1, .n_cells = m * n};
    d.y = calloc(d.n * d.n, sizeof *d.y);
    d.same = calloc(d.n, sizeof *d.same);
    assert_true(d.y && d.same);
    for (size_t k = 0; k < d.n; k++)
        d.same[k] = k;
    connect_terminals(&d, &w->a, true);
    connect_terminals(&d, &w->a, false);
    connect_cells(&d, &w->a);
    eliminate(&d);
    for (size_t i = 0; i < m; i++)
        for (size_t j = 0; j < n; j++)
            w->want[i * n + j] =
                (double)d.y[(2 * d.n_cells + i) * d.n + 2 * d.n_cells + m + j];
    free(d.y);
    free(d.same);
}

/* ---- every kernel, every kind of network --------------------------------------------- */

#define USUAL 2.5, 2.5, 1e-5, 1e-3, 0.0, 0.0
#define LEFT_TO_BOTTOM {PORTS, OPEN, OPEN, PORTS}, 2.5, 2.5
#define MIXTURE {MIXED, MIXED, MIXED, MIXED}, 2.5, 0.0

static const example examples[] = {
    {"2 x 2", 2, 2, USUAL, LEFT_TO_BOTTOM},
    {"one block, 8 x 8", 8, 8, USUAL, LEFT_TO_BOTTOM},
    {"part of a block, 5 x 7", 5, 7, USUAL, LEFT_TO_BOTTOM},
    {"a cell more than a block, 9 x 9", 9, 9, USUAL, LEFT_TO_BOTTOM},
    {"16 x 16", 16, 16, USUAL, LEFT_TO_BOTTOM},
    {"three blocks by two, 19 x 13", 19, 13, USUAL, LEFT_TO_BOTTOM},
    {"two rows, 2 x 70", 2, 70, USUAL, LEFT_TO_BOTTOM},
    {"two columns, 70 x 2", 70, 2, USUAL, LEFT_TO_BOTTOM},
    {"terminals of 0 ohm", 12, 11, USUAL, {PORTS, OPEN, OPEN, PORTS}, 0.0, 0.0},
    {"right to top", 11, 13, USUAL, {OPEN, PORTS, PORTS, OPEN}, 1.0, 1.0},
    {"right to top, 0 ohm", 11, 13, USUAL, {OPEN, PORTS, PORTS, OPEN}, 0.0, 0.0},
    {"both ends of rows", 10, 12, USUAL, {PORTS, PORTS, OPEN, PORTS}, 4.0, 4.0},
    {"all four sides", 9, 10, USUAL, {PORTS, PORTS, PORTS, PORTS}, 0.0, 0.0},
    {"far ends at fixed voltages",
     12,
     9,
     USUAL,
     {PORTS, FIXED, FIXED, PORTS},
     4.0,
     4.0},
    {"likewise, 0 ohm", 12, 9, USUAL, {PORTS, FIXED, FIXED, PORTS}, 0.0, 0.0},
    {"no outputs", 9, 9, USUAL, {PORTS, OPEN, OPEN, FIXED}, 1.0, 1.0},
    {"no inputs", 9, 9, USUAL, {OPEN, FIXED, OPEN, PORTS}, 1.0, 1.0},
    {"a bit of everything", 17, 18, USUAL, MIXTURE},
    {"open cells, cut lines", 17, 15, 2.5, 2.5, 1e-5, 1e-3, 0.6, 0.1, MIXTURE},
    {"more cuts than lines", 10, 17, 2.5, 2.5, 1e-5, 1e-3, 0.3, 0.6, MIXTURE},
    {"nothing conducts", 9, 9, 2.5, 2.5, 1e-5, 1e-3, 1.0, 0.0, LEFT_TO_BOTTOM},
    {"100 and 0.1 ohm", 16, 12, 100.0, 0.1, 1e-9, 1e-3, 0.0, 0.0, LEFT_TO_BOTTOM},
    {"on/off 1e12", 12, 20, 2.5, 2.5, 1e-13, 1e-1, 0.0, 0.0, LEFT_TO_BOTTOM},
    {"wires of a microohm", 10, 10, 1e-6, 1e-6, 1e-15, 1.0, 0.2, 0.05, MIXTURE},
    {"wires of a gigaohm", 10, 10, 1e9, 1e9, 1e-9, 1e-2, 0.0, 0.0, MIXTURE},
    {"terminals of a teraohm",
     9,
     17,
     2.5,
     2.5,
     1e-6,
     1e-3,
     0.0,
     0.0,
     {PORTS, OPEN, FIXED, PORTS},
     1e12,
     1e12},
};

static void compare(const network *w, const char *kernel)
{
    const size_t n_cells = w->e->n_rows * w->e->n_cols;
    double most = 0.0;
    for (size_t k = 0; k < n_cells; k++)
        most = fmax(most, w->want[k]);
    for (size_t k = 0; k < n_cells; k++) {
        /* what a terminal of 0 ohm lets past it is far below anything that is there */
        double allowed = 1e-13 * w->want[k] + 1e-60 * most;
        if (!(fabs(w->g_eff[k] - w->want[k]) <= allowed))
            fail_msg("%s, %s: (%zu,%zu): %.17g S, want %.17g S", w->e->name, kernel,
                     k / w->e->n_cols, k % w->e->n_cols, w->g_eff[k], w->want[k]);
    }
}

static void test_networks(void **unused)
{
    (void)unused;
    static const char *const kernels[] = {"base", "avx2", "avx512"};
    for (size_t k = 0; k < sizeof examples / sizeof *examples; k++) {
        network w = network_new(&examples[k]);
        find_want(&w);
        for (size_t i = 0; i < 3; i++) {
            const xbar_kernel *kernel = xbar_kernel_find(kernels[i]);
            if (!kernel)
                continue; /* not on this machine */
            for (size_t cell = 0; cell < w.e->n_rows * w.e->n_cols; cell++)
                w.g_eff[cell] = (double)NAN;
            assert_int_equal(xbar_merge_find(w.g_eff, &w.a, kernel, NULL), XBAR_OK);
            compare(&w, kernels[i]);
        }
        network_free(&w);
    }
}

/* Do the examples hold what they are meant to hold? */
static void test_examples(void **unused)
{
    (void)unused;
    for (size_t k = 0; k < sizeof examples / sizeof *examples; k++) {
        network w = network_new(&examples[k]);
        const bool is_empty = examples[k].open == 1.0 || examples[k].at[0] == OPEN ||
                              examples[k].at[XBAR_BOTTOM] == FIXED;
        const bool is_reversed = examples[k].at[XBAR_TOP] == PORTS;
        size_t n = 0;
        find_want(&w);
        for (size_t cell = 0; cell < w.e->n_rows * w.e->n_cols; cell++)
            n += w.want[cell] > 0.0;
        if ((n == 0) != (is_empty && !is_reversed))
            fail_msg("%s: %zu conductances", w.e->name, n);
        network_free(&w);
    }
}

/* ---- large arrays -------------------------------------------------------------------- */

/* A transposed array has the transposed matrix; merged in another order. */
static void test_transpose(void **unused)
{
    (void)unused;
    static const example wide = {"60 x 141", 60,   141, 3.0, 2.0,
                                 1e-6,       1e-3, 0.1, 0.0, LEFT_TO_BOTTOM};
    static const example tall = {"141 x 60", 141,  60,  2.0, 3.0,
                                 1e-6,       1e-3, 0.1, 0.0, {OPEN, PORTS, PORTS, OPEN},
                                 2.5,        2.5};
    network a = network_new(&wide), b = network_new(&tall);
    /* rows driven on the left become columns that come out at the top: inputs and outputs
     * change places, and by reciprocity conductances do not */
    for (size_t i = 0; i < 60; i++)
        for (size_t j = 0; j < 141; j++)
            b.g[j * 60 + i] = a.g[i * 141 + j];
    assert_int_equal(xbar_merge_find(a.g_eff, &a.a, NULL, NULL), XBAR_OK);
    assert_int_equal(xbar_merge_find(b.g_eff, &b.a, NULL, NULL), XBAR_OK);
    for (size_t i = 0; i < 60; i++)
        for (size_t j = 0; j < 141; j++) {
            double got = a.g_eff[i * 141 + j], want = b.g_eff[j * 60 + i];
            if (!(fabs(got - want) <= 1e-12 * want) || !(want > 0.0))
                fail_msg("(%zu,%zu): %.17g S, want %.17g S", i, j, got, want);
        }
    network_free(&a);
    network_free(&b);
}

static void test_same_bits(void **unused)
{
    (void)unused;
    static const example e = {"100 x 90", 100,  90,  2.5, 2.5,
                              1e-6,       1e-3, 0.0, 0.0, LEFT_TO_BOTTOM};
    network w = network_new(&e);
    assert_int_equal(xbar_merge_find(w.want, &w.a, NULL, NULL), XBAR_OK);
    assert_int_equal(xbar_merge_find(w.g_eff, &w.a, NULL, NULL), XBAR_OK);
    assert_memory_equal(w.g_eff, w.want, 9000 * sizeof *w.want);
    network_free(&w);
}

/* It takes what merge.h says; thin arrays and few terminals less than square ones. */
static void test_cost(void **unused)
{
    (void)unused;
    static const struct {
        const char *name;
        size_t n_rows, n_cols;
        bool has_outputs;
        double products, doubles; /* at most: for each cell and line, for each cell */
    } cases[] = {
        {"128 x 128", 128, 128, true, 16.5, 8.0},
        {"512 x 512", 512, 512, true, 17.0, 8.0},
        {"512 x 512, nothing comes out", 512, 512, false, 14.5, 7.0},
        {"16 x 4096", 16, 4096, true, 37.0, 4.0},
        {"4096 x 16", 4096, 16, true, 37.0, 4.0},
    };
    for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
        const example e = {cases[k].name,
                           cases[k].n_rows,
                           cases[k].n_cols,
                           USUAL,
                           {PORTS, OPEN, OPEN, cases[k].has_outputs ? PORTS : OPEN},
                           2.5,
                           2.5};
        network w = network_new(&e);
        const double n_cells = (double)(e.n_rows * e.n_cols);
        const double lines = fmin((double)e.n_rows, (double)e.n_cols);
        xbar_merge_cost cost = {0};
        assert_int_equal(xbar_merge_foresee(&cost, &w.a, NULL), XBAR_OK);
        double products = cost.products / (n_cells * lines);
        double doubles = cost.doubles / n_cells;
        if (!(products <= cases[k].products && products > 0.5 * cases[k].products) ||
            !(doubles <= cases[k].doubles && doubles > 0.5 * cases[k].doubles))
            fail_msg("%s: %g products, %g doubles", e.name, products, doubles);
        network_free(&w);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_networks),  cmocka_unit_test(test_examples),
        cmocka_unit_test(test_transpose), cmocka_unit_test(test_same_bits),
        cmocka_unit_test(test_cost),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
