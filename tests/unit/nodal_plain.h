/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file
 *  A linear network of lines written down plainly, and its exact solution, for tests of
 *  the tiled solver: K e = r by star-mesh elimination in double precision.
 *
 *  A node with conductances G_q to its neighbours q and G_0 to ground disappears, and each
 *  pair of neighbours gains G_p G_q / S, ground included, with S = G_0 + sum of G_q. Sums
 *  of positive numbers alone: right to the last digits for any conductances, so that wires
 *  without resistance and nodes that are held may simply be enormous ones.
 */
#ifndef XBAR_TESTS_NODAL_PLAIN_H
#define XBAR_TESTS_NODAL_PLAIN_H

#include "arrays.h"

#include <math.h>

#include "core/random.h"

static const double plain_wire = 1e60; /* S, a segment of 0 ohm */
static const double plain_held = 1e90; /* S, a terminal of 0 ohm */

/* What ends a line: the ohm of its terminal, or one of these. */
enum { OPEN = -1, MIXED = -2 }; /* MIXED: of each line another, some of them open */

typedef enum plain_cells {
    EQUAL,     /* 1 mS */
    RANDOM,    /* log-uniform over 1e-5 ... 1e-3 S */
    WIDE,      /* log-uniform over 1e-9 ... 1e-1 S */
    WIDEST,    /* log-uniform over 1e-15 ... 10 S */
    SPARSE,    /* RANDOM, half of them open */
    BLOCKS,    /* 2 x 2 blocks of 1 mS and of 1 nS */
    SQUARES,   /* the same, squares of 8 x 8 cells */
    HALF_COLS, /* RANDOM, the right half a millionth of that */
    HALF_ROWS, /* RANDOM, the lower half a millionth of that */
    SCALED,    /* RANDOM, each row times another, 1e-3 ... 1 */
    LONE,      /* 1 nS, every 61st at 1 mS */
    SHORTED,   /* RANDOM, every seventh at 0.1 S */
    SLOPED     /* RANDOM, every eleventh of 10 S: far better than wires */
} plain_cells;

typedef struct plain_case {
    const char *name;
    size_t n_rows, n_cols;
    double row_ohm, col_ohm;
    double left, right, top, bottom; /* ohm, 0 held; OPEN; MIXED */
    plain_cells cells;
    double cut; /* share of the segments */
} plain_case;

typedef struct plain_array {
    const plain_case *what;
    size_t n_rows, n_cols, n_cells;
    double *g;                  /* S, [n_rows][n_cols] */
    double *end[4];             /* S, of the lines' terminals; 0 open, infinite held */
    uint8_t *row_cut, *col_cut; /* [n_rows][n_cols], or NULL */
    uint32_t n;                 /* random numbers used */
} plain_array;

static inline double plain_random(plain_array *a)
{
    return xbar_uniform(7, XBAR_STREAM_INPUT, 0, a->n++);
}

static inline void *plain_some(size_t n, size_t size)
{
    void *memory = calloc(n, size);
    assert_non_null(memory);
    return memory;
}

static inline double plain_cell(plain_array *a, size_t i, size_t j)
{
    size_t k = i * a->n_cols + j;
    double x = plain_random(a);
    bool is_even = (2 * i / a->n_rows + 2 * j / a->n_cols) % 2 == 0;
    double usual = 1e-5 * pow(100.0, x);
    switch (a->what->cells) {
    case EQUAL:
        return 1e-3;
    case WIDE:
        return 1e-9 * pow(1e8, x);
    case WIDEST:
        return 1e-15 * pow(1e16, x);
    case BLOCKS:
        return is_even ? 1e-3 : 1e-9;
    case SQUARES:
        return (i / 8 + j / 8) % 2 == 0 ? 1e-3 : 1e-9;
    case HALF_COLS:
        return 2 * j < a->n_cols ? usual : 1e-6 * usual;
    case HALF_ROWS:
        return 2 * i < a->n_rows ? usual : 1e-6 * usual;
    case SCALED:
        return usual * pow(10.0, -(double)(i * 5 % 7) / 2.0);
    case LONE:
        return k % 61 == 7 ? 1e-3 : 1e-9;
    case SPARSE:
        return plain_random(a) < 0.5 ? 0.0 : usual;
    case SHORTED:
        return k % 7 == 0 ? 0.1 : usual;
    case SLOPED:
        return k % 11 == 5 ? 10.0 : usual;
    default:
        return usual;
    }
}

static inline double plain_end(plain_array *a, double ohm)
{
    if (ohm == OPEN)
        return 0.0;
    if (ohm == MIXED) {
        const double some[] = {0.0, 0.4, 0.01, 1.0, 30.0};
        return some[(size_t)(5.0 * plain_random(a))];
    }
    return ohm == 0.0 ? (double)INFINITY : 1.0 / ohm;
}

static inline plain_array plain_new(const plain_case *what)
{
    plain_array a = {.what = what, .n_rows = what->n_rows, .n_cols = what->n_cols};
    const double ohm[] = {what->left, what->right, what->top, what->bottom};
    a.n_cells = a.n_rows * a.n_cols;
    a.g = plain_some(a.n_cells, sizeof *a.g);
    for (size_t k = 0; k < a.n_cells; k++)
        a.g[k] = plain_cell(&a, k / a.n_cols, k % a.n_cols);
    for (int side = 0; side < 4; side++) {
        size_t n = side < 2 ? a.n_rows : a.n_cols;
        a.end[side] = plain_some(n, sizeof *a.end[side]);
        for (size_t k = 0; k < n; k++)
            a.end[side][k] = plain_end(&a, ohm[side]);
    }
    if (what->cut > 0.0) {
        a.row_cut = plain_some(a.n_cells, 1);
        a.col_cut = plain_some(a.n_cells, 1);
    }
    for (size_t k = 0; what->cut > 0.0 && k < a.n_cells; k++) {
        a.row_cut[k] = k % a.n_cols + 1 < a.n_cols && plain_random(&a) < what->cut;
        a.col_cut[k] = k / a.n_cols + 1 < a.n_rows && plain_random(&a) < what->cut;
    }
    return a;
}

static inline void plain_free(plain_array *a)
{
    for (int side = 0; side < 4; side++)
        free(a->end[side]);
    free(a->g);
    free(a->row_cut);
    free(a->col_cut);
}

/* ---- the network as nodes ------------------------------------------------------------ */

/* Node 2 k is cell k's word node, 2 k + 1 its bit node; so neighbours are at most
 * 2 n_cols apart, and stay so while nodes disappear in order. */
typedef struct plain_mesh {
    size_t n, band;
    double *between; /* S, node p to node q > p at [p * (band + 1) + q - p] */
    double *ground;  /* S */
    double *sum; /* A into the node; in the end its voltage, NaN: nothing leads there */
} plain_mesh;

static inline void plain_branch(plain_mesh *m, size_t p, size_t q, double siemens)
{
    m->between[p * (m->band + 1) + q - p] += siemens;
}

/* S, of the segment behind node k of a line; 0 where there is none */
static inline double plain_segment(double ohm, const uint8_t *cut, size_t k,
                                   bool is_last)
{
    if (is_last || (cut && cut[k]))
        return 0.0;
    return ohm > 0.0 ? 1.0 / ohm : plain_wire;
}

static inline double plain_row_wire(const plain_array *a, size_t k)
{
    return plain_segment(a->what->row_ohm, a->row_cut, k,
                         k % a->n_cols + 1 == a->n_cols);
}

static inline double plain_col_wire(const plain_array *a, size_t k)
{
    return plain_segment(a->what->col_ohm, a->col_cut, k,
                         k / a->n_cols + 1 == a->n_rows);
}

/* S, of the terminals at a cell's word and bit node. */
static inline double plain_ground(const plain_array *a, size_t k, int family)
{
    size_t i = k / a->n_cols, j = k % a->n_cols;
    size_t line = family == 0 ? i : j;
    bool is_first = (family == 0 ? j : i) == 0;
    bool is_last = family == 0 ? j + 1 == a->n_cols : i + 1 == a->n_rows;
    return fmin(plain_held, (is_first ? a->end[2 * family][line] : 0.0) +
                                (is_last ? a->end[2 * family + 1][line] : 0.0));
}

/* Is the node, or the ideal wire it is part of, a source's? */
static inline bool plain_is_held(const plain_array *a, size_t k, int family)
{
    double ohm = family == 0 ? a->what->row_ohm : a->what->col_ohm;
    size_t step = family == 0 ? 1 : a->n_cols;
    size_t n = family == 0 ? a->n_cols : a->n_rows;
    size_t at = family == 0 ? k % a->n_cols : k / a->n_cols;
    if (ohm > 0.0)
        return plain_ground(a, k, family) >= plain_held;
    const uint8_t *cut = family == 0 ? a->row_cut : a->col_cut;
    size_t from = k, to = k;
    for (size_t l = at; l > 0 && !(cut && cut[from - step]); l--)
        from -= step;
    for (size_t l = at; l + 1 < n && !(cut && cut[to]); l++)
        to += step;
    return plain_ground(a, from, family) >= plain_held ||
           plain_ground(a, to, family) >= plain_held;
}

static inline plain_mesh plain_mesh_new(const plain_array *a)
{
    plain_mesh m = {.n = 2 * a->n_cells, .band = 2 * a->n_cols};
    m.between = plain_some(m.n * (m.band + 1), sizeof *m.between);
    m.ground = plain_some(m.n, sizeof *m.ground);
    m.sum = plain_some(m.n, sizeof *m.sum);
    for (size_t k = 0; k < a->n_cells; k++) {
        plain_branch(&m, 2 * k, 2 * k + 1, a->g[k]);
        if (plain_row_wire(a, k) > 0.0)
            plain_branch(&m, 2 * k, 2 * k + 2, plain_row_wire(a, k));
        if (plain_col_wire(a, k) > 0.0)
            plain_branch(&m, 2 * k + 1, 2 * k + 1 + m.band, plain_col_wire(a, k));
        m.ground[2 * k] = plain_ground(a, k, 0);
        m.ground[2 * k + 1] = plain_ground(a, k, 1);
    }
    return m;
}

static inline void plain_mesh_free(plain_mesh *m)
{
    free(m->between);
    free(m->ground);
    free(m->sum);
}

static inline void plain_mesh_solve(plain_mesh *m)
{
    for (size_t p = 0; p < m->n; p++) {
        double *row = m->between + p * (m->band + 1), whole = m->ground[p];
        size_t reach = m->n - p - 1 < m->band ? m->n - p - 1 : m->band;
        for (size_t q = 1; q <= reach; q++)
            whole += row[q];
        row[0] = whole;
        for (size_t q = 1; q <= reach; q++) {
            if (row[q] == 0.0)
                continue;
            double share = row[q] / whole;
            m->sum[p + q] += share * m->sum[p];
            m->ground[p + q] += share * m->ground[p];
            for (size_t l = q + 1; l <= reach; l++)
                plain_branch(m, p + q, p + l, share * row[l]);
        }
    }
    for (size_t p = m->n; p-- > 0;) {
        const double *row = m->between + p * (m->band + 1);
        size_t reach = m->n - p - 1 < m->band ? m->n - p - 1 : m->band;
        for (size_t q = 1; q <= reach; q++)
            if (row[q] > 0.0)
                m->sum[p] += row[q] * m->sum[p + q];
        m->sum[p] = row[0] > 0.0 ? m->sum[p] / row[0] : (double)NAN;
    }
}

/* e = K^-1 r. @param e, r  planes of word and of bit nodes; NaN where nothing leads */
static inline void plain_solve(const plain_array *a, double *const e[2],
                               double *const r[2])
{
    plain_mesh m = plain_mesh_new(a);
    for (size_t k = 0; k < a->n_cells; k++)
        for (size_t f = 0; f < 2; f++)
            m.sum[2 * k + f] = r[f][k];
    plain_mesh_solve(&m);
    for (size_t k = 0; k < a->n_cells; k++)
        for (size_t f = 0; f < 2; f++)
            e[f][k] = m.sum[2 * k + f];
    plain_mesh_free(&m);
}

/* ---- planes -------------------------------------------------------------------------- */

typedef struct planes {
    double *at[2];
} planes;

static inline planes planes_new(size_t n)
{
    return (planes){{plain_some(n, sizeof(double)), plain_some(n, sizeof(double))}};
}

static inline void planes_free(planes *p)
{
    free(p->at[0]);
    free(p->at[1]);
}

/* Currents into the nodes as the general iteration hands them out: floats, so that all
 * see the same; 0 at held nodes; those of an ideal wire at its first node. */
static inline planes some_residual(plain_array *a)
{
    planes r = planes_new(a->n_cells);
    for (int f = 0; f < 2; f++)
        for (size_t k = 0; k < a->n_cells; k++) {
            float x = (float)(1e-6 * (2.0 * plain_random(a) - 1.0));
            r.at[f][k] = plain_is_held(a, k, f) ? 0.0 : (double)x;
        }
    for (size_t k = a->n_cells; k-- > 0;) {
        if (plain_row_wire(a, k) >= plain_wire)
            r.at[0][k + 1] = 0.0;
        if (plain_col_wire(a, k) >= plain_wire)
            r.at[1][k + a->n_cols] = 0.0;
    }
    return r;
}

/* The largest difference where there is an answer, as a share of the largest answer. */
static inline double apart(size_t n, const planes *got, const planes *want)
{
    double most = 0.0, worst = 0.0;
    for (int f = 0; f < 2; f++)
        for (size_t k = 0; k < n; k++)
            if (!isnan(want->at[f][k])) {
                double off = fabs(got->at[f][k] - want->at[f][k]);
                if (isnan(off))
                    return (double)NAN;
                most = fmax(most, fabs(want->at[f][k]));
                worst = fmax(worst, off);
            }
    return most > 0.0 ? worst / most : worst;
}

/* W, what a plane pair dissipates as voltages: e' K e. */
static inline double plain_heat(const plain_array *a, const planes *e)
{
    const double *const u = e->at[0];
    const double *const w = e->at[1];
    double sum = 0.0;
    for (size_t k = 0; k < a->n_cells; k++) {
        const double cell = u[k] - w[k];
        sum += a->g[k] * cell * cell;
        sum +=
            plain_ground(a, k, 0) * u[k] * u[k] + plain_ground(a, k, 1) * w[k] * w[k];
        if (k % a->n_cols + 1 < a->n_cols)
            sum += plain_row_wire(a, k) * (u[k] - u[k + 1]) * (u[k] - u[k + 1]);
        if (k / a->n_cols + 1 < a->n_rows)
            sum += plain_col_wire(a, k) * (w[k] - w[k + a->n_cols]) *
                   (w[k] - w[k + a->n_cols]);
    }
    return sum;
}

/* The error's share, in the energy norm, which is what the steps make smaller. */
static inline double plain_share_left(const plain_array *a, const planes *got,
                                      const planes *want)
{
    planes off = planes_new(a->n_cells);
    for (int f = 0; f < 2; f++)
        for (size_t k = 0; k < a->n_cells; k++)
            off.at[f][k] = got->at[f][k] - want->at[f][k];
    const double share = sqrt(plain_heat(a, &off) / plain_heat(a, want));
    planes_free(&off);
    return share;
}

/* What no source reaches is nobody's business. */
static inline void drop_unreached(planes *r, const planes *e, size_t n)
{
    for (int f = 0; f < 2; f++)
        for (size_t k = 0; k < n; k++)
            if (isnan(e->at[f][k]))
                r->at[f][k] = 0.0;
}

/* ---- the network as the solver gets it ----------------------------------------------- */

/* All sources at 0 V; the stimulus and the crossbar are the caller's. */
static inline xbar_crossbar *crossbar_of(const plain_array *a, xbar_stimulus *s)
{
    xbar_crossbar *c =
        array_new(a->n_rows, a->n_cols, a->what->row_ohm, a->what->col_ohm);
    assert_int_equal(xbar_stimulus_init(s, c, NULL), XBAR_OK);
    for (int side = 0; side < XBAR_N_SIDES; side++)
        for (size_t k = 0; k < xbar_side_lines(c, (xbar_side)side); k++)
            if (a->end[side][k] > 0.0) {
                c->terminal_ohm[side][k] = 1.0 / a->end[side][k];
                s->volt[side][k] = 0.0;
            }
    for (size_t k = 0; a->row_cut && k < a->n_cells; k++) {
        size_t i = k / a->n_cols, j = k % a->n_cols;
        if (a->row_cut[k])
            assert_int_equal(xbar_crossbar_cut(c, true, i, j, NULL), XBAR_OK);
        if (a->col_cut[k])
            assert_int_equal(xbar_crossbar_cut(c, false, j, i, NULL), XBAR_OK);
    }
    return c;
}

#endif
