/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Three passes over the array, a strip of lines at a time: columns as they are (z_c), rows
 * (z_r, the loads of both families, beta), columns with their loads (t). */
#include "analytical/shares.h"

#include <stdlib.h>
#include <string.h>

#include "analytical/strip.h"
#include "analytical/wide.h"
#include "core/memory.h"

/* S: a terminal of 0 ohm. Far above any conductance of a wire or a cell, far from
 * overflow. */
static const double held = 1e18;

struct xbar_shares {
    size_t n_rows, n_cols;
    xbar_strip row, col;
    double *z_c;      /* ohm, [n_rows][n_cols] */
    double *col_load; /* S, [n_rows][n_cols] */
    double *beta;     /* [n_rows][n_cols] */
    double *lines;    /* [XBAR_STRIP][n_cols]: scratch, rows of a strip */
};

void xbar_shares_free(xbar_shares *s)
{
    if (!s)
        return;
    xbar_strip_clear(&s->row);
    xbar_strip_clear(&s->col);
    free(s->z_c);
    free(s->col_load);
    free(s->beta);
    free(s->lines);
    free(s);
}

static xbar_status make_room(xbar_shares *s, const xbar_crossbar *c, xbar_error *err)
{
    const size_t n = c->n_rows * c->n_cols;
    XBAR_TRY(xbar_strip_init(&s->row, c->n_cols, c->row_cut != NULL, err));
    XBAR_TRY(xbar_strip_init(&s->col, c->n_rows, c->col_cut != NULL, err));
    XBAR_TRY(xbar_doubles_new(&s->z_c, n, "lines", err));
    XBAR_TRY(xbar_doubles_new(&s->col_load, n, "lines", err));
    XBAR_TRY(xbar_doubles_new(&s->beta, n, "lines", err));
    return xbar_doubles_new(&s->lines, XBAR_STRIP * c->n_cols, "lines", err);
}

xbar_status xbar_shares_new(xbar_shares **out, const xbar_crossbar *c, xbar_error *err)
{
    *out = NULL;
    void *memory = NULL;
    XBAR_TRY(xbar_array_new(&memory, 1, sizeof(xbar_shares), "lines", err));
    xbar_shares *s = memory;
    s->n_rows = c->n_rows;
    s->n_cols = c->n_cols;
    xbar_status status = make_room(s, c, err);
    if (status != XBAR_OK) {
        xbar_shares_free(s);
        return status;
    }
    *out = s;
    return XBAR_OK;
}

/* ---- strips --------------------------------------------------------------------------- */

static size_t strip_end(size_t first, size_t n_lines)
{
    return first + XBAR_STRIP < n_lines ? first + XBAR_STRIP : n_lines;
}

/* Terminals and cuts of the lines from `first` on; those beyond n_lines have none. */
static void set_ends(xbar_strip *s, const xbar_crossbar *c, const xbar_arrangement *a,
                     bool is_row, size_t first)
{
    const size_t n_lines = is_row ? c->n_rows : c->n_cols;
    for (int end = 0; end < XBAR_N_ENDS; end++)
        for (size_t l = 0; l < XBAR_STRIP; l++) {
            xbar_side side = (xbar_side)((is_row ? XBAR_LEFT : XBAR_TOP) + end);
            size_t line = first + l;
            bool closed = line < n_lines && a->closed[side][line];
            double ohm = closed ? c->terminal_ohm[side][line] : 0.0;
            s->siemens[end][l] = !closed ? 0.0 : ohm * held > 1.0 ? 1.0 / ohm : held;
            s->drives[end][l] = closed && (is_row || a->sense[line] == side);
        }
    const uint8_t *cut = is_row ? c->row_cut : c->col_cut;
    for (size_t k = 0; s->whole && k < s->n; k++)
        for (size_t l = 0; l < XBAR_STRIP && first + l < n_lines; l++) {
            size_t at =
                is_row ? (first + l) * c->n_cols + k : k * c->n_cols + first + l;
            s->whole[k * XBAR_STRIP + l] = cut[at] ? 0.0 : 1.0;
        }
}

/* A strip of rows from n lines of the array, and back; in blocks that stay in the nearest
 * cache. Lanes beyond n: 0. */
enum { BLOCK = 8 };

XBAR_WIDE
static void pack_rows(double *restrict strip, const double *restrict rows, size_t n,
                      size_t n_cols)
{
    for (size_t j0 = 0; j0 < n_cols; j0 += BLOCK)
        for (size_t l = 0; l < XBAR_STRIP; l++)
            for (size_t j = j0; j < n_cols && j < j0 + BLOCK; j++)
                strip[j * XBAR_STRIP + l] = l < n ? rows[l * n_cols + j] : 0.0;
}

XBAR_WIDE
static void unpack_rows(double *restrict rows, const double *restrict strip, size_t n,
                        size_t n_cols)
{
    for (size_t j0 = 0; j0 < n_cols; j0 += BLOCK)
        for (size_t l = 0; l < n; l++)
            for (size_t j = j0; j < n_cols && j < j0 + BLOCK; j++)
                rows[l * n_cols + j] = strip[j * XBAR_STRIP + l];
}

static void pack_columns(xbar_strip *s, const double *g, size_t first, size_t n_cols)
{
    const size_t n = strip_end(first, n_cols) - first;
    for (size_t i = 0; i < s->n; i++)
        for (size_t l = 0; l < XBAR_STRIP; l++)
            s->load[i * XBAR_STRIP + l] = l < n ? g[i * n_cols + first + l] : 0.0;
}

static void unpack_columns(double *g, const double *strip, size_t n_rows, size_t first,
                           size_t n_cols)
{
    const size_t n = strip_end(first, n_cols) - first;
    for (size_t i = 0; i < n_rows; i++)
        memcpy(g + i * n_cols + first, strip + i * XBAR_STRIP, n * sizeof *g);
}

/* What detours and others need of a strip of rows, of columns. */
static void keep_rows(xbar_dressed *d, xbar_strip *s, size_t first, size_t n)
{
    const size_t at = first * s->n;
    xbar_strip_find_ohms(s);
    unpack_rows(d->share + at, s->share, n, s->n);
    unpack_rows(d->load + at, s->load, n, s->n);
    unpack_rows(d->ohm + at, s->ohm_to_ground, n, s->n);
    for (int end = 0; end < XBAR_N_ENDS; end++)
        unpack_rows(d->ratio[end] + at, s->ratio[end], n, s->n);
}

static void keep_columns(xbar_dressed *d, xbar_strip *s, size_t first, size_t n_cols)
{
    xbar_strip_find_ohms(s);
    unpack_columns(d->share, s->share, s->n, first, n_cols);
    unpack_columns(d->load, s->load, s->n, first, n_cols);
    unpack_columns(d->ohm, s->ohm_to_ground, s->n, first, n_cols);
    for (int end = 0; end < XBAR_N_ENDS; end++)
        unpack_columns(d->ratio[end], s->ratio[end], s->n, first, n_cols);
}

/* ---- the three passes ----------------------------------------------------------------- */

XBAR_WIDE
static void plain_columns(xbar_shares *s, const xbar_crossbar *c,
                          const xbar_arrangement *a, const double *g)
{
    const size_t n_cols = s->n_cols;
    for (size_t first = 0; first < n_cols; first += XBAR_STRIP) {
        set_ends(&s->col, c, a, false, first);
        pack_columns(&s->col, g, first, n_cols);
        xbar_strip_look(&s->col);
        xbar_strip_find_ohms(&s->col);
        unpack_columns(s->z_c, s->col.ohm_to_ground, s->n_rows, first, n_cols);
    }
}

/* Cells of both families in series with what they end on, and W but for beta and t; of n
 * rows. s->lines: z_r, then the rows' loads. */
XBAR_WIDE
static void load_in_series(xbar_shares *s, double *restrict w, const double *restrict g,
                           size_t first, size_t n)
{
    const size_t at = first * s->n_cols;
    const double *restrict z_c = s->z_c + at;
    double *restrict col_load = s->col_load + at;
    double *restrict line = s->lines;
    for (size_t k = 0; k < n * s->n_cols; k++) {
        double r = 1.0 + g[at + k] * line[k];
        double b = 1.0 + g[at + k] * z_c[k];
        double share = g[at + k] / (r * b);
        col_load[k] = share * b;
        line[k] = share * r;
        w[at + k] = share * (r + b - 1.0); /* equation B */
    }
}

XBAR_WIDE
static void dress_rows(xbar_shares *s, double *w, const xbar_crossbar *c,
                       const xbar_arrangement *a, const double *g, xbar_detours *d,
                       xbar_dressed *rows)
{
    xbar_strip *row = &s->row;
    const size_t n_cols = s->n_cols;
    for (size_t first = 0; first < s->n_rows; first += XBAR_STRIP) {
        const size_t n = strip_end(first, s->n_rows) - first;
        const size_t at = first * n_cols;
        set_ends(row, c, a, true, first);
        pack_rows(row->load, g + at, n, n_cols);
        xbar_strip_look(row);
        xbar_strip_find_ohms(row);
        unpack_rows(s->lines, row->ohm_to_ground, n, n_cols);
        load_in_series(s, w, g, first, n);
        pack_rows(row->load, s->lines, n, n_cols);
        xbar_strip_look(row);
        xbar_strip_find_shares(row);
        unpack_rows(s->beta + at, row->share, n, n_cols);
        for (size_t k = at; k < at + n * n_cols; k++)
            w[k] *= s->beta[k];
        if (d)
            keep_rows(xbar_detours_rows(d), row, first, n);
        if (rows)
            keep_rows(rows, row, first, n);
    }
}

XBAR_WIDE
static void dress_columns(xbar_shares *s, double *w, const xbar_crossbar *c,
                          const xbar_arrangement *a, xbar_detours *d)
{
    xbar_strip *col = &s->col;
    const size_t n_cols = s->n_cols;
    for (size_t first = 0; first < n_cols; first += XBAR_STRIP) {
        const size_t n = strip_end(first, n_cols) - first;
        set_ends(col, c, a, false, first);
        pack_columns(col, s->col_load, first, n_cols);
        xbar_strip_look(col);
        xbar_strip_find_shares(col);
        for (size_t i = 0; i < s->n_rows; i++)
            for (size_t l = 0; l < n; l++)
                w[i * n_cols + first + l] *= col->share[i * XBAR_STRIP + l];
        if (d)
            keep_columns(xbar_detours_cols(d), col, first, n_cols);
    }
}

void xbar_shares_rough(xbar_shares *s, double *w, const xbar_crossbar *c,
                       const xbar_arrangement *a, const double *g, xbar_detours *d,
                       xbar_dressed *rows)
{
    s->row.ohm = c->row_ohm;
    s->col.ohm = c->col_ohm;
    plain_columns(s, c, a, g);
    dress_rows(s, w, c, a, g, d, rows);
    dress_columns(s, w, c, a, d);
}
