/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The tiled solver's cycles in each vector width against their formula in double
 * precision, and its look at Kirchhoff's law against the law. */
#include "nodal_tiles.h"

#include "nodal/balance.h"
#include "nodal_plain_cycle.h"

/* What single precision leaves of the largest voltage, a few times over. */
static const double single = 3e-6;

/* ---- cycles -------------------------------------------------------------------------- */

/* The restriction of both residuals to the coarse nodes, which cycles ask of the caller. */
static void give(const xbar_tiles *t, const planes *r)
{
    xbar_coarse *c = t->coarse;
    memset(c->given, 0, c->y.n_nodes * c->x.padded * sizeof *c->given);
    for (size_t k = 0; k < t->n_rows * t->n_cols; k++) {
        size_t i = k / t->n_cols, j = k % t->n_cols;
        size_t q = xbar_axis_node(&c->y, i), p = xbar_axis_node(&c->x, j);
        float y = c->y.share[i], x = c->x.share[j];
        float both = (float)(r->at[0][k] + r->at[1][k]);
        c->given[q * c->x.padded + p] += (1.0f - y) * (1.0f - x) * both;
        if (x > 0.0f)
            c->given[q * c->x.padded + p + 1] += (1.0f - y) * x * both;
        if (y > 0.0f)
            c->given[(q + 1) * c->x.padded + p] += y * (1.0f - x) * both;
        if (x > 0.0f && y > 0.0f)
            c->given[(q + 1) * c->x.padded + p + 1] += y * x * both;
    }
}

/* What makes the solver go that way, if it relaxes cycles at all: an aim that it never
 * reaches, and a rate that no measured one exceeds. The root of a correction before the
 * present one, where there was any, tells it that early cycles may be relaxed. */
static const double rate = 0.35;

static bool is_plain_way(const plain_way *way)
{
    for (size_t k = 0; k < way->n; k++)
        if (way->root[k] > 0.0)
            return false;
    return true;
}

static xbar_cycling cycling(const plain_way *way, double root)
{
    xbar_cycling c = {.most = way->n};
    if (!is_plain_way(way) || way->is_rough) {
        c.aim = way->is_rough ? 1e300 : 1e-300;
        c.law = way->is_rough ? 1e-300 : 0.0;
        c.smooth = way->is_rough ? 1e300 : 0.0;
        c.rate = rate;
        c.root = root;
    }
    return c;
}

static void cycles(solver *s, const planes *r, xbar_cycling *c, planes *e)
{
    put(s->t, s->t->ru, r->at[0]);
    put(s->t, s->t->rw, r->at[1]);
    give(s->t, r);
    s->t->fresh = false;
    xbar_tiles_cycles(s->t, s->pair, c);
    get_correction(s->t, e->at[0], e->at[1]);
}

static const plain_case ordinary[] = {
    {"15 x 17", 15, 17, 2.5, 2.5, 2.5, OPEN, OPEN, 2.5, RANDOM, 0},
    {"16 x 16", 16, 16, 2.5, 2.5, 2.5, OPEN, OPEN, 2.5, RANDOM, 0},
    {"17 x 9", 17, 9, 2.5, 2.5, 2.5, OPEN, OPEN, 2.5, RANDOM, 0},
    {"33 x 50", 33, 50, 2.5, 2.5, 2.5, OPEN, OPEN, 2.5, RANDOM, 0},
    {"64 x 40", 64, 40, 2.5, 2.5, 2.5, OPEN, OPEN, 2.5, RANDOM, 0},
    {"48 x 64", 48, 64, 2.5, 2.5, 2.5, OPEN, OPEN, 2.5, RANDOM, 0},
    {"all equal", 33, 50, 2.5, 2.5, 2.5, OPEN, OPEN, 2.5, EQUAL, 0},
    {"20 and 2.5 ohm", 33, 50, 20, 2.5, 2.5, OPEN, OPEN, 2.5, RANDOM, 0},
    {"half open", 33, 50, 2.5, 2.5, 2.5, OPEN, OPEN, 2.5, SPARSE, 0},
    {"from the right, read at the top", 33, 50, 2.5, 2.5, OPEN, 5, 5, OPEN, RANDOM, 0},
    {"terminals on all sides", 33, 50, 2.5, 2.5, 2.5, 40, 1, 7, RANDOM, 0},
};
enum { N_ORDINARY = sizeof ordinary / sizeof *ordinary };

/* Cells of which the best are far better than the mean, on lines neither short nor long:
 * the second cycle is relaxed as well. */
static const plain_case uneven[] = {
    {"half open, 20 ohm", 33, 50, 20, 20, 20, OPEN, OPEN, 20, SPARSE, 0},
    {"half open, ends at 0 ohm", 33, 50, 20, 20, 0, OPEN, OPEN, 20, SPARSE, 0},
    {"scaled rows, 80 x 50", 80, 50, 30, 20, 20, OPEN, 7, 20, SCALED, 0},
};
enum { N_UNEVEN = sizeof uneven / sizeof *uneven };

/* Long lines of cells of which the best are not far better than the mean: the second cycle
 * is relaxed for what they say of themselves. */
static const plain_case even[] = {
    {"all equal, 20 ohm", 48, 50, 20, 20, 20, OPEN, OPEN, 20, EQUAL, 0},
    {"all equal, 10 and 30 ohm", 70, 49, 10, 30, 0, OPEN, 7, 20, EQUAL, 0},
    {"scattered, 14 ohm", 112, 120, 14, 14, 20, OPEN, OPEN, 20, RANDOM, 0},
};
enum { N_EVEN = sizeof even / sizeof *even };

/* The best of all cells by their mean. */
static double best_by_mean(const plain_case *q)
{
    plain_array a = plain_new(q);
    double best = 0.0;
    for (size_t k = 0; k < a.n_cells; k++)
        best = fmax(best, a.g[k]);
    best /= plain_mean(a.g, a.n_cells);
    plain_free(&a);
    return best;
}

static void check_cycling(const plain_case *q, const xbar_kernel *kernel,
                          const plain_way *way, xbar_cycling *c)
{
    plain_array a = plain_new(q);
    planes r = some_residual(&a), want = planes_new(a.n_cells),
           e = planes_new(a.n_cells);
    solver s = solver_new(&a, kernel, 1);
    const size_t spacing[] = {s.t->coarse->x.spacing, s.t->coarse->y.spacing};
    plain_cycles(&a, want.at, r.at, way, spacing);
    cycles(&s, &r, c, &e);
    assert_int_equal(c->n, way->n);
    double off = apart(a.n_cells, &e, &want);
    if (!(off <= single))
        fail_msg("%s, %s: %zu cycles, the third relaxed for %.2g, are %.2g of the "
                 "largest voltage apart",
                 q->name, kernel->name, way->n, way->root[2], off);
    solver_free(&s);
    planes_free(&r);
    planes_free(&want);
    planes_free(&e);
    plain_free(&a);
}

static void check_cycles(const plain_case *q, const xbar_kernel *kernel,
                         const plain_way *way, double root)
{
    xbar_cycling c = cycling(way, root);
    check_cycling(q, kernel, way, &c);
}

/* Cells that are much alike, after a first correction in which they were found so. */
static void check_even(const plain_case *q, const xbar_kernel *kernel)
{
    const double more = best_by_mean(q) - 1.0;
    const plain_way way = {
        4, {0, 0.013 + 0.008 * more, 0, 0.85 * (0.013 + 0.0125 * more)}, false};
    xbar_cycling c = cycling(&way, 0.1);
    c.swift = true;
    c.rate = 0.013 + 0.0125 * more; /* nothing slower was seen */
    check_cycling(q, kernel, &way, &c);
}

static void test_cycles(void **unused)
{
    (void)unused;
    const xbar_kernel *here[MOST_WIDTHS];
    for (size_t k = 0, n = widths_here(here); k < n; k++)
        for (size_t c = 0; c < N_ORDINARY; c++) {
            check_cycles(&ordinary[c], here[k], &(plain_way){.n = 1}, 0.0);
            check_cycles(&ordinary[c], here[k], &(plain_way){.n = 3}, 0.0);
            /* the second of two relaxed cycles, and a plain one between and behind */
            check_cycles(&ordinary[c], here[k], &(plain_way){3, {0, 0, rate}, false},
                         rate);
            check_cycles(&ordinary[c], here[k],
                         &(plain_way){6, {0, 0, rate, 0, rate}, false}, rate);
            /* without the last smooth correction, where that is right enough */
            check_cycles(&ordinary[c], here[k], &(plain_way){3, {0, 0, rate}, true},
                         rate);
        }
    for (size_t k = 0, n = widths_here(here); k < n; k++)
        for (size_t c = 0; c < N_UNEVEN; c++) {
            check_cycles(&uneven[c], here[k], &(plain_way){2, {0, rate}, false}, 0.1);
            check_cycles(&uneven[c], here[k],
                         &(plain_way){5, {0, rate, 0, rate}, false}, 0.1);
            /* where a correction before found them slow it is not */
            check_cycles(&uneven[c], here[k], &(plain_way){3, {0, 0, rate}, false},
                         rate);
        }
    for (size_t k = 0, n = widths_here(here); k < n; k++)
        for (size_t c = 0; c < N_EVEN; c++) {
            check_even(&even[c], here[k]);
            /* where the correction before was not swift it is nothing of that */
            check_cycles(&even[c], here[k], &(plain_way){3, {0, 0, rate}, false}, rate);
        }
}

/* The residual of a start at the sources' voltages, which cycles find for themselves. */
static planes fresh_residual(plain_array *a, xbar_tiles *t)
{
    planes r = planes_new(a->n_cells);
    float *const volt[] = {t->v_row, t->v_col};
    for (int side = 0; side < 4; side++)
        for (size_t k = 0; k < (side < 2 ? a->n_rows : a->n_cols); k++) {
            volt[side / 2][k] = (float)plain_random(a) / t->scale;
            t->inject[side][k] = a->end[side][k] > 0.0 ? (float)plain_random(a) : 0.0f;
        }
    for (size_t k = 0; k < a->n_cells; k++) {
        size_t i = k / a->n_cols, j = k % a->n_cols;
        double v = (double)t->v_row[i] - (double)t->v_col[j];
        r.at[0][k] = -a->g[k] * v * (double)t->scale;
        r.at[1][k] = -r.at[0][k];
        r.at[0][k] += j == 0 ? (double)t->inject[0][i] : 0.0;
        r.at[0][k] += j + 1 == a->n_cols ? (double)t->inject[1][i] : 0.0;
        r.at[1][k] += i == 0 ? (double)t->inject[2][j] : 0.0;
        r.at[1][k] += i + 1 == a->n_rows ? (double)t->inject[3][j] : 0.0;
    }
    return r;
}

static void check_fresh(const plain_case *q, const xbar_kernel *kernel,
                        const plain_way *way)
{
    xbar_cycling c = cycling(way, rate);
    plain_array a = plain_new(q);
    planes want = planes_new(a.n_cells), e = planes_new(a.n_cells);
    solver s = solver_new(&a, kernel, 1);
    planes r = fresh_residual(&a, s.t);
    const size_t spacing[] = {s.t->coarse->x.spacing, s.t->coarse->y.spacing};
    plain_cycles(&a, want.at, r.at, way, spacing);
    give(s.t, &r);
    s.t->fresh = true;
    xbar_tiles_cycles(s.t, s.pair, &c);
    assert_int_equal(c.n, way->n);
    get_correction(s.t, e.at[0], e.at[1]);
    double off = apart(a.n_cells, &e, &want);
    if (!(off <= single))
        fail_msg("%s, %s: cycles from a start are %.2g of the largest voltage apart",
                 q->name, kernel->name, off);
    solver_free(&s);
    planes_free(&r);
    planes_free(&want);
    planes_free(&e);
    plain_free(&a);
}

static void test_fresh_cycles(void **unused)
{
    (void)unused;
    const xbar_kernel *here[MOST_WIDTHS];
    for (size_t k = 0, n = widths_here(here); k < n; k++)
        for (size_t c = 0; c < N_ORDINARY; c++) {
            check_fresh(&ordinary[c], here[k], &(plain_way){.n = 2});
            check_fresh(&ordinary[c], here[k], &(plain_way){5, {0, 0, 0, rate}, false});
        }
    for (size_t k = 0, n = widths_here(here); k < n; k++)
        for (size_t c = 0; c < N_UNEVEN; c++)
            check_fresh(&uneven[c], here[k],
                        &(plain_way){5, {0, rate, 0, rate + 0.06}, false});
    for (size_t k = 0, n = widths_here(here); k < n; k++)
        for (size_t c = 0; c < N_EVEN; c++) {
            const double root = 0.013 + 0.002 * (best_by_mean(&even[c]) - 1.0);
            check_fresh(&even[c], here[k], &(plain_way){5, {0, root, 0, rate}, false});
        }
}

/* The smooth correction is exact for equal cells but for the shape of its hat functions,
 * so each cycle gains a digit, whatever the size and the wires. */
static void check_gain(const plain_case *q)
{
    plain_array a = plain_new(q);
    planes r = some_residual(&a), want = planes_new(a.n_cells),
           e = planes_new(a.n_cells);
    solver s = solver_new(&a, NULL, 1);
    double before = 0.5;
    plain_solve(&a, want.at, r.at);
    for (size_t n = 1; n <= 6; n++) {
        cycles(&s, &r, &(xbar_cycling){.most = n}, &e);
        double off = apart(a.n_cells, &e, &want);
        if (!(off <= fmax(0.125 * before, single)))
            fail_msg("%s: cycle %zu leaves %.2g of %.2g", q->name, n, off, before);
        before = off;
    }
    assert_true(before <= single);
    solver_free(&s);
    planes_free(&r);
    planes_free(&want);
    planes_free(&e);
    plain_free(&a);
}

static void test_equal_cells_in_few_cycles(void **unused)
{
    (void)unused;
    static const plain_case equal[] = {
        {"16 x 16", 16, 16, 2.5, 2.5, 2.5, OPEN, OPEN, 2.5, EQUAL, 0},
        {"40 x 56", 40, 56, 2.5, 2.5, 2.5, OPEN, OPEN, 2.5, EQUAL, 0},
        {"80 x 80", 80, 80, 2.5, 2.5, 2.5, OPEN, OPEN, 2.5, EQUAL, 0},
        {"80 x 80, 0.1 ohm", 80, 80, 0.1, 0.1, 0.1, OPEN, OPEN, 0.1, EQUAL, 0},
        {"80 x 80, 20 ohm", 80, 80, 20, 20, 20, OPEN, OPEN, 20, EQUAL, 0},
        {"80 x 80, 0.1 and 20 ohm", 80, 80, 0.1, 20, 0.1, OPEN, OPEN, 20, EQUAL, 0},
    };
    for (size_t c = 0; c < sizeof equal / sizeof *equal; c++)
        check_gain(&equal[c]);
}

/* Modes at the ends of long lines fade to nothing at once, not by numbers for which machines
 * take a hundred times as long; nor do products of them with small currents. */
static void test_no_subnormal_modes(void **unused)
{
    (void)unused;
    static const float least = 1e-20f;
    static const plain_case lines[] = {
        {"long rows", 2, 1100, 2.5, 2.5, 2.5, OPEN, OPEN, 2.5, EQUAL, 0},
        {"long columns", 1100, 2, 2.5, 2.5, OPEN, 2.5, 2.5, OPEN, EQUAL, 0},
    };
    for (size_t c = 0; c < 2; c++) {
        plain_array a = plain_new(&lines[c]);
        solver s = solver_new(&a, NULL, 1);
        const xbar_axis *axis = c == 0 ? &s.t->coarse->x : &s.t->coarse->y;
        assert_true(axis->n_nodes > 130);
        for (size_t k = 0; k < axis->n_nodes * axis->padded; k++) {
            const float b = fabsf(axis->basis[k]), t = fabsf(axis->transposed[k]);
            if ((b > 0.0f && b < least) || (t > 0.0f && t < least))
                fail_msg("%s: %g, %g", lines[c].name, (double)b, (double)t);
        }
        solver_free(&s);
        plain_free(&a);
    }
}

static void test_same_bits_on_two_threads(void **unused)
{
    (void)unused;
    const plain_case q = {"", 85, 70, 2.5, 5, 2.5, OPEN, OPEN, 2.5, RANDOM, 0};
    const xbar_kernel *here[MOST_WIDTHS];
    plain_array a = plain_new(&q);
    planes r = some_residual(&a), one = planes_new(a.n_cells),
           two = planes_new(a.n_cells);
    for (size_t k = 0, n = widths_here(here); k < n; k++) {
        solver s = solver_new(&a, here[k], 1), t = solver_new(&a, here[k], 2);
        const plain_way way = {4, {0, 0, rate}, false};
        xbar_cycling c = cycling(&way, rate);
        cycles(&s, &r, &c, &one);
        for (int run = 0; run < 3; run++) {
            c = cycling(&way, rate);
            cycles(&t, &r, &c, &two);
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

/* ---- Kirchhoff's law ----------------------------------------------------------------- */

typedef struct look {
    xbar_balance b;
    double *kept[2][2]; /* with room before */
    double *v[2], *end[4], *inject[4], *drop[4], *bases[2];
} look;

static double *aligned_doubles(size_t n)
{
    double *room = aligned_alloc(64, (n * sizeof *room + 63) / 64 * 64);
    assert_non_null(room);
    memset(room, 0, n * sizeof *room);
    return room;
}

static look look_new(plain_array *a, xbar_tiles *t)
{
    enum { ROOM = XBAR_TILE / 2 };
    look k = {0};
    k.b = (xbar_balance){.t = t,
                         .g = a->g,
                         .split = a->n_rows / 2,
                         .row_siemens = 1.0 / a->what->row_ohm,
                         .col_siemens = 1.0 / a->what->col_ohm};
    for (int side = 0; side < 4; side++) {
        size_t lines = side < 2 ? a->n_rows : a->n_cols;
        k.b.end[side] = k.end[side] = aligned_doubles(side < 2 ? t->height : t->width);
        k.b.inject[side] = k.inject[side] =
            aligned_doubles(side < 2 ? t->height : t->width);
        k.b.drop[side] = k.drop[side] =
            aligned_doubles(side < 2 ? t->height : t->width);
        for (size_t line = 0; line < lines; line++) {
            k.end[side][line] = a->end[side][line];
            k.inject[side][line] = a->end[side][line] * plain_random(a);
        }
    }
    for (int half = 0; half < 2; half++) {
        k.b.bases[half] = k.bases[half] = aligned_doubles(2 * t->width);
        for (int part = 0; part < 2; part++) {
            k.kept[half][part] = aligned_doubles(a->n_rows * t->width + 2 * ROOM);
            k.b.kept[half][part] = k.kept[half][part] + ROOM;
        }
    }
    k.b.v_row = k.v[0] = aligned_doubles(t->height);
    k.b.v_col = k.v[1] = aligned_doubles(t->width);
    for (size_t i = 0; i < a->n_rows; i++)
        k.v[0][i] = plain_random(a);
    for (size_t j = 0; j < a->n_cols; j++)
        k.v[1][j] = plain_random(a);
    return k;
}

static void look_free(look *k)
{
    free(k->v[0]);
    free(k->v[1]);
    for (int side = 0; side < 4; side++) {
        free(k->end[side]);
        free(k->inject[side]);
        free(k->drop[side]);
    }
    for (int half = 0; half < 2; half++) {
        free(k->bases[half]);
        for (int part = 0; part < 2; part++)
            free(k->kept[half][part]);
    }
}

/* A, into cell k's node of a family from its line's neighbours and ends. */
static double from_line(const plain_array *a, const look *l, size_t k, int family,
                        const double *v, double *most)
{
    size_t i = k / a->n_cols, j = k % a->n_cols, step = family == 0 ? 1 : a->n_cols;
    size_t at = family == 0 ? j : i, n = family == 0 ? a->n_cols : a->n_rows;
    size_t line = family == 0 ? i : j;
    double wire = 1.0 / (family == 0 ? a->what->row_ohm : a->what->col_ohm), sum = 0.0;
    if (at > 0)
        sum += wire * (v[k - step] - v[k]);
    else
        sum += l->inject[2 * family][line] - l->end[2 * family][line] * v[k];
    if (at + 1 < n) {
        *most = fmax(*most, fabs(wire * (v[k + step] - v[k])));
        sum += wire * (v[k + step] - v[k]);
    } else {
        sum += l->inject[2 * family + 1][line] - l->end[2 * family + 1][line] * v[k];
    }
    return sum;
}

static void take(look *l, solver *s)
{
    for (int half = 0; half < 2; half++)
        s->t->kernel->take(&l->b, half);
    for (int half = 0; half < 2; half++)
        s->t->kernel->meet(&l->b, half);
    xbar_tiles_merge(s->t);
}

static void check_left_over(const plain_array *a, const look *l, const solver *s,
                            const planes *v, const char *what)
{
    const xbar_tiles *t = s->t;
    planes r = planes_new(a->n_cells), got = planes_new(a->n_cells);
    double most = 0.0, largest = 0.0;
    for (size_t k = 0; k < a->n_cells; k++) {
        size_t i = k / a->n_cols, j = k % a->n_cols;
        double cell = a->g[k] * (l->v[0][i] + v->at[0][k] - l->v[1][j] - v->at[1][k]);
        most = fmax(most, fabs(cell));
        r.at[0][k] = from_line(a, l, k, 0, v->at[0], &most) - cell;
        r.at[1][k] = from_line(a, l, k, 1, v->at[1], &most) + cell;
        largest = fmax(largest, fmax(fabs(r.at[0][k]), fabs(r.at[1][k])));
    }
    for (size_t k = 0; k < a->n_cells; k++) {
        size_t i = k / a->n_cols, j = k % a->n_cols;
        const double u = v->at[0][k], w = v->at[1][k];
        assert_true(j > 0 || l->drop[0][i] == u);
        assert_true(j + 1 < a->n_cols || l->drop[1][i] == u);
        assert_true(i > 0 || l->drop[2][j] == w);
        assert_true(i + 1 < a->n_rows || l->drop[3][j] == w);
    }
    assert_true(fabs(fmax(l->b.tally[0].largest, l->b.tally[1].largest) / largest -
                     1.0) < 1e-12);
    assert_true(
        fabs(fmax(l->b.tally[0].largest_current, l->b.tally[1].largest_current) / most -
             1.0) < 1e-12);
    if (l->b.from == XBAR_BALANCE_BOTH)
        goto done;
    get(t, got.at[0], t->ru, 1.0);
    get(t, got.at[1], t->rw, 1.0);
    double off = apart(a->n_cells, &got, &r);
    if (!(off <= 1e-6))
        fail_msg("%s, %s: what is left over is %.2g apart", what, t->kernel->name, off);
    /* and its restriction, made of the same floats */
    size_t n = t->coarse->y.n_nodes * t->coarse->x.padded;
    float *want = plain_some(n, sizeof *want);
    memcpy(want, t->coarse->given, n * sizeof *want);
    give(t, &r);
    for (size_t k = 0; k < n; k++)
        assert_true(fabs((double)want[k] - (double)t->coarse->given[k]) <=
                    1e-5 * largest);
    free(want);
done:
    planes_free(&r);
    planes_free(&got);
}

/* A correction of random numbers, with its bases. @param[in,out] v  += what it is, V */
static void some_correction(plain_array *a, xbar_tiles *t, planes *v)
{
    planes e = planes_new(a->n_cells);
    for (int f = 0; f < 2; f++)
        for (size_t k = 0; k < a->n_cells; k++)
            e.at[f][k] = (double)(float)(plain_random(a) - 0.5);
    put(t, t->ru, e.at[0]);
    put(t, t->w, e.at[1]);
    for (size_t k = 0; k < t->height * t->width / XBAR_BASE; k++) {
        t->base_u[k] = (float)(plain_random(a) - 0.5);
        t->base_w[k] = (float)(plain_random(a) - 0.5);
    }
    get_correction(t, e.at[0], e.at[1]);
    for (int f = 0; f < 2; f++)
        for (size_t k = 0; k < a->n_cells; k++)
            v->at[f][k] += e.at[f][k] / (double)t->unit;
    planes_free(&e);
}

/* Both corrections are kept, and none is left to add. */
static void keep_both(look *l, xbar_tiles *t)
{
    const size_t bytes = t->height * t->width * sizeof(float);
    for (int half = 0; half < 2; half++)
        t->kernel->take(&l->b, half);
    memset(t->ru, 0, bytes);
    memset(t->w, 0, bytes);
    xbar_tiles_clear_bases(t);
    l->b.from = XBAR_BALANCE_MORE;
}

/* One correction is looked at, then another besides, and a third on top of their sum: each
 * where nothing is kept, and where voltages are. */
static void check_look(const plain_case *q, const xbar_kernel *kernel, bool keeps)
{
    plain_array a = plain_new(q);
    solver s = solver_new(&a, kernel, 1);
    xbar_tiles *t = s.t;
    look l = look_new(&a, t);
    planes v = planes_new(a.n_cells);
    t->scale = 0.5f; /* sums of few digits, so that they are known to the last */
    t->unit = 1.0f;
    l.b.keeps = keeps;
    some_correction(&a, t, &v);
    xbar_tiles_set_aside(t);
    l.b.from = XBAR_BALANCE_FIRST;
    take(&l, &s);
    check_left_over(&a, &l, &s, &v, q->name);
    some_correction(&a, t, &v);
    l.b.from = XBAR_BALANCE_BOTH;
    if (keeps)
        keep_both(&l, t);
    take(&l, &s);
    check_left_over(&a, &l, &s, &v, q->name);
    if (keeps) {
        t->unit = 0.5f;
        some_correction(&a, t, &v);
        l.b.from = XBAR_BALANCE_MORE;
        take(&l, &s);
        check_left_over(&a, &l, &s, &v, q->name);
    }
    planes_free(&v);
    look_free(&l);
    solver_free(&s);
    plain_free(&a);
}

static void test_kirchhoff(void **unused)
{
    (void)unused;
    const xbar_kernel *here[MOST_WIDTHS];
    for (size_t k = 0, n = widths_here(here); k < n; k++)
        for (size_t c = 0; c < N_ORDINARY; c++)
            for (int keeps = 0; keeps < 2; keeps++)
                check_look(&ordinary[c], here[k], keeps);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_cycles),
        cmocka_unit_test(test_fresh_cycles),
        cmocka_unit_test(test_equal_cells_in_few_cycles),
        cmocka_unit_test(test_no_subnormal_modes),
        cmocka_unit_test(test_same_bits_on_two_threads),
        cmocka_unit_test(test_kirchhoff),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
