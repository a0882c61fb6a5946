/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Both families go through the same loops: a plane is [position along the line][line], so
 * that lines lie side by side in vectors; that of the word lines is the array's
 * transposed. */
#include "analytical/shares.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/memory.h"

/* S: a terminal of 0 ohm. Far above any conductance of a wire or a cell, far from
 * overflow. */
static const double held = 1e18;
/* S: no way to 0 V at all. */
static const double floating = 1e-30;

/* ---- arrangement ---- */

xbar_status xbar_arrangement_init(xbar_arrangement *a, const xbar_crossbar *c,
                                  xbar_error *err)
{
    *a = (xbar_arrangement){0};
    for (int side = 0; side < XBAR_N_SIDES; side++) {
        void *memory = NULL;
        XBAR_TRY(xbar_array_new(&memory, xbar_side_lines(c, (xbar_side)side),
                                sizeof(bool), "terminals", err));
        a->closed[side] = memory;
    }
    void *memory = NULL;
    XBAR_TRY(xbar_array_new(&memory, c->n_cols, 1, "terminals", err));
    a->sense = memory;
    memset(a->sense, XBAR_N_SIDES, c->n_cols);
    return XBAR_OK;
}

void xbar_arrangement_clear(xbar_arrangement *a)
{
    for (int side = 0; side < XBAR_N_SIDES; side++)
        free(a->closed[side]);
    free(a->sense);
    *a = (xbar_arrangement){0};
}

bool xbar_arrangement_take(xbar_arrangement *a, const xbar_crossbar *c,
                           const xbar_stimulus *in)
{
    bool is_other = false;
    for (int side = 0; side < XBAR_N_SIDES; side++)
        for (size_t k = 0; k < xbar_side_lines(c, (xbar_side)side); k++) {
            bool closed = !isnan(in->volt[side][k]);
            is_other |= a->closed[side][k] != closed;
            a->closed[side][k] = closed;
        }
    for (size_t j = 0; j < c->n_cols; j++)
        a->sense[j] = a->closed[XBAR_BOTTOM][j] ? XBAR_BOTTOM
                      : a->closed[XBAR_TOP][j]  ? XBAR_TOP
                                                : XBAR_N_SIDES;
    return is_other;
}

/* ---- a family of lines ---- */

enum { FIRST, LAST };

typedef struct family {
    size_t n, n_lines;
    double ohm;    /* per segment */
    double *whole; /* 1, [n][n_lines]: 0 where the segment behind a node is cut; NULL:
                              none is */
    double *siemens[2];    /* S, [n_lines]: of the terminals at both ends, 0 open */
    double *drives[2];     /* 1, [n_lines]: 1 where that terminal drives or senses */
    double *share;         /* 1, [n][n_lines] */
    double *ohm_to_ground; /* ohm, [n][n_lines]: at a node, without its own cell */
    double *load;          /* S, [n][n_lines] */
    double *beyond;        /* S, [n][n_lines]: scratch */
    double *front;         /* S or 1, [n_lines]: scratch */
} family;

struct xbar_shares {
    size_t n_rows, n_cols;
    family rows, cols;
    double *beta, *t; /* [n_rows][n_cols] */
};

static void family_clear(family *f)
{
    free(f->whole);
    free(f->share);
    free(f->ohm_to_ground);
    free(f->load);
    free(f->beyond);
    free(f->front);
    for (int end = FIRST; end <= LAST; end++) {
        free(f->siemens[end]);
        free(f->drives[end]);
    }
}

static xbar_status family_init(family *f, size_t n, size_t n_lines, xbar_error *err)
{
    f->n = n;
    f->n_lines = n_lines;
    double **const planes[] = {&f->share, &f->ohm_to_ground, &f->load, &f->beyond};
    for (size_t p = 0; p < sizeof planes / sizeof *planes; p++)
        XBAR_TRY(xbar_doubles_new(planes[p], n * n_lines, "lines", err));
    for (int end = FIRST; end <= LAST; end++) {
        XBAR_TRY(xbar_doubles_new(&f->siemens[end], n_lines, "lines", err));
        XBAR_TRY(xbar_doubles_new(&f->drives[end], n_lines, "lines", err));
    }
    return xbar_doubles_new(&f->front, n_lines, "lines", err);
}

/* Node k counted from an end, as place of its first line in a plane; and the place of the
 * segment between it and the node before. */
static inline size_t node(const family *f, int from, size_t k)
{
    return (from == FIRST ? k : f->n - 1 - k) * f->n_lines;
}

static inline const double *segment(const family *f, int from, size_t k)
{
    size_t low = from == FIRST ? k - 1 : f->n - 1 - k;
    return f->whole ? f->whole + low * f->n_lines : NULL;
}

/* What lies beyond each node as seen from the end `from`: conductance to 0 V. */
static void look_beyond(family *f, int from)
{
    const size_t n_lines = f->n_lines;
    const double ohm = f->ohm;
    memcpy(f->beyond + node(f, from, f->n - 1), f->siemens[1 - from],
           n_lines * sizeof *f->beyond);
    for (size_t k = f->n - 1; k > 0; k--) {
        const double *restrict load = f->load + node(f, from, k);
        const double *restrict after = f->beyond + node(f, from, k);
        double *restrict here = f->beyond + node(f, from, k - 1);
        for (size_t l = 0; l < n_lines; l++) {
            double y = load[l] + after[l];
            here[l] = y / (1.0 + ohm * y);
        }
        const double *whole = segment(f, from, k);
        for (size_t l = 0; whole && l < n_lines; l++)
            here[l] *= whole[l];
    }
}

/* ohm_to_ground; beyond as seen from FIRST. */
static void find_ohm(family *f)
{
    const size_t n_lines = f->n_lines;
    const double ohm = f->ohm;
    double *restrict before = f->front;
    memcpy(before, f->siemens[FIRST], n_lines * sizeof *before);
    for (size_t k = 0; k < f->n; k++) {
        const double *restrict load = f->load + k * n_lines;
        const double *restrict after = f->beyond + k * n_lines;
        double *restrict out = f->ohm_to_ground + k * n_lines;
        for (size_t l = 0; l < n_lines; l++) {
            double y = before[l] + load[l];
            out[l] = 1.0 / (before[l] + after[l] + floating);
            before[l] = y / (1.0 + ohm * y);
        }
        for (size_t l = 0; f->whole && l < n_lines; l++)
            before[l] *= f->whole[k * n_lines + l];
    }
}

/* share += what the terminals at one end give. */
static void add_shares(family *f, int from)
{
    const size_t n_lines = f->n_lines;
    const double ohm = f->ohm;
    double *restrict v = f->front;
    look_beyond(f, from);
    for (size_t l = 0; l < n_lines; l++) {
        size_t first = node(f, from, 0) + l;
        double y = f->siemens[from][l];
        v[l] =
            f->drives[from][l] * y / (y + f->load[first] + f->beyond[first] + floating);
        f->share[first] += v[l];
    }
    for (size_t k = 1; k < f->n; k++) {
        const double *restrict load = f->load + node(f, from, k);
        const double *restrict after = f->beyond + node(f, from, k);
        double *restrict share = f->share + node(f, from, k);
        const double *whole = segment(f, from, k);
        for (size_t l = 0; whole && l < n_lines; l++)
            v[l] *= whole[l];
        for (size_t l = 0; l < n_lines; l++) {
            v[l] /= 1.0 + ohm * (load[l] + after[l]);
            share[l] += v[l];
        }
    }
}

static bool any(const double *x, size_t n)
{
    for (size_t k = 0; k < n; k++)
        if (x[k] != 0.0)
            return true;
    return false;
}

static void find_shares(family *f)
{
    memset(f->share, 0, f->n * f->n_lines * sizeof *f->share);
    for (int end = FIRST; end <= LAST; end++)
        if (any(f->drives[end], f->n_lines))
            add_shares(f, end);
}

/* ---- the array ---- */

static void set_cuts(family *f, const uint8_t *cut, size_t along, size_t across)
{
    for (size_t k = 0; k < f->n; k++)
        for (size_t l = 0; l < f->n_lines; l++)
            f->whole[k * f->n_lines + l] = cut[k * along + l * across] ? 0.0 : 1.0;
}

/* An array's cuts do not change. */
static xbar_status take_cuts(xbar_shares *s, const xbar_crossbar *c, xbar_error *err)
{
    const size_t n = s->n_rows * s->n_cols;
    if (c->row_cut) {
        XBAR_TRY(xbar_doubles_new(&s->rows.whole, n, "cuts", err));
        set_cuts(&s->rows, c->row_cut, 1, c->n_cols);
    }
    if (c->col_cut) {
        XBAR_TRY(xbar_doubles_new(&s->cols.whole, n, "cuts", err));
        set_cuts(&s->cols, c->col_cut, c->n_cols, 1);
    }
    return XBAR_OK;
}

void xbar_shares_free(xbar_shares *s)
{
    if (!s)
        return;
    family_clear(&s->rows);
    family_clear(&s->cols);
    free(s->beta);
    free(s);
}

xbar_status xbar_shares_new(xbar_shares **out, const xbar_crossbar *c, xbar_error *err)
{
    *out = NULL;
    void *memory = NULL;
    XBAR_TRY(xbar_array_new(&memory, 1, sizeof(xbar_shares), "lines", err));
    xbar_shares *s = memory;
    s->n_rows = c->n_rows;
    s->n_cols = c->n_cols;
    xbar_status status = family_init(&s->rows, c->n_cols, c->n_rows, err);
    if (status == XBAR_OK)
        status = family_init(&s->cols, c->n_rows, c->n_cols, err);
    if (status == XBAR_OK)
        status = xbar_doubles_new(&s->beta, c->n_rows * c->n_cols, "lines", err);
    if (status == XBAR_OK)
        status = take_cuts(s, c, err);
    if (status != XBAR_OK) {
        xbar_shares_free(s);
        return status;
    }
    s->t = s->cols.share;
    *out = s;
    return XBAR_OK;
}

/* to[j][i] = from[i][j], in blocks that stay in the nearest cache. */
static void transpose(double *restrict to, const double *restrict from, size_t n_rows,
                      size_t n_cols)
{
    enum { BLOCK = 8 };
    for (size_t i0 = 0; i0 < n_rows; i0 += BLOCK)
        for (size_t j = 0; j < n_cols; j++)
            for (size_t i = i0; i < n_rows && i < i0 + BLOCK; i++)
                to[j * n_rows + i] = from[i * n_cols + j];
}

static void set_terminals(family *f, const xbar_crossbar *c, const xbar_arrangement *a,
                          xbar_side first, xbar_side last)
{
    const xbar_side ends[2] = {first, last};
    for (int end = FIRST; end <= LAST; end++)
        for (size_t l = 0; l < f->n_lines; l++) {
            bool closed = a->closed[ends[end]][l];
            double ohm = c->terminal_ohm[ends[end]][l];
            f->siemens[end][l] = !closed ? 0.0 : ohm * held > 1.0 ? 1.0 / ohm : held;
            bool is_row = first == XBAR_LEFT;
            f->drives[end][l] = closed && (is_row || a->sense[l] == ends[end]);
        }
}

/* Cells of both families in series with what they end on, and W but for beta and t. */
static void load_in_series(xbar_shares *s, double *restrict w, const double *restrict g)
{
    const size_t n_rows = s->n_rows;
    const size_t n_cols = s->n_cols;
    const double *restrict z_c = s->cols.ohm_to_ground;
    double *restrict z_r = s->cols.beyond;
    double *restrict col_load = s->cols.load;
    double *restrict row_load = s->beta; /* scratch, to be transposed */
    transpose(z_r, s->rows.ohm_to_ground, n_cols, n_rows);
    for (size_t k = 0; k < n_rows * n_cols; k++) {
        double r = 1.0 + g[k] * z_r[k];
        double b = 1.0 + g[k] * z_c[k];
        double share = g[k] / (r * b);
        col_load[k] = share * b;
        row_load[k] = share * r;
        w[k] = share * (r + b - 1.0); /* equation B */
    }
    transpose(s->rows.load, row_load, n_rows, n_cols);
}

void xbar_shares_rough(xbar_shares *s, double *w, const xbar_crossbar *c,
                       const xbar_arrangement *a, const double *g)
{
    const size_t n = s->n_rows * s->n_cols;
    s->rows.ohm = c->row_ohm;
    s->cols.ohm = c->col_ohm;
    set_terminals(&s->rows, c, a, XBAR_LEFT, XBAR_RIGHT);
    set_terminals(&s->cols, c, a, XBAR_TOP, XBAR_BOTTOM);
    transpose(s->rows.load, g, s->n_rows, s->n_cols);
    memcpy(s->cols.load, g, n * sizeof *g);
    look_beyond(&s->rows, FIRST);
    find_ohm(&s->rows);
    look_beyond(&s->cols, FIRST);
    find_ohm(&s->cols);
    load_in_series(s, w, g);
    find_shares(&s->rows);
    find_shares(&s->cols);
    transpose(s->beta, s->rows.share, s->n_cols, s->n_rows);
    for (size_t k = 0; k < n; k++) /* equation A */
        w[k] *= s->beta[k] * s->t[k];
}

const double *xbar_shares_beta(const xbar_shares *s)
{
    return s->beta;
}

const double *xbar_shares_t(const xbar_shares *s)
{
    return s->t;
}
