/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Compiled once for each vector width, as kernel.c. */
#include "nodal/balance.h"

#include <string.h>

#include "nodal/coarse.h"
#include "nodal/isa.h"
#include "nodal/slabs.h"

/* Half a tile's row: a register of doubles on the widest machines. */
enum { OCT = 8 };
typedef long long whole __attribute__((vector_size(64)));

static inline oct load_oct(const double *p)
{
    oct v;
    memcpy(&v, p, sizeof v);
    return v;
}

static inline void store_oct(double *p, oct v)
{
    memcpy(p, &v, sizeof v);
}

static inline void narrow(float *p, oct v)
{
    *(half_lanes *)p = __builtin_convertvector(v, half_lanes);
}

static inline oct size_of(oct v)
{
    return (oct)((whole)v & 0x7fffffffffffffffLL);
}

static inline oct larger(oct a, oct b)
{
    whole m = a > b;
    return (oct)(((whole)a & m) | ((whole)b & ~m));
}

static double largest_of(oct v)
{
    double most = 0.0;
    for (int k = 0; k < OCT; k++)
        most = v[k] > most ? v[k] : most;
    return most;
}

static void half_rows(const xbar_tiles *t, int half, size_t *from, size_t *to)
{
    size_t middle = t->n_upper * TILE;
    if (middle > t->n_rows)
        middle = t->n_rows;
    *from = half == XBAR_UPPER ? 0 : middle;
    *to = half == XBAR_UPPER ? middle : t->n_rows;
}

/* u, w of a row <- the tiles' corrections, or += them. */
static inline oct move_row(xbar_balance *b, size_t i, oct most)
{
    const xbar_tiles *t = b->t;
    double *u = b->u + i * b->stride, *w = b->w + i * b->stride;
    size_t at = i / TILE * t->n_tiles * CELLS + i % TILE * TILE;
    const double scale = (double)t->scale / (double)t->unit;
    for (size_t j = 0; j < t->width; j += OCT) {
        size_t to_tile = at + j / TILE * CELLS + j % TILE;
        oct du = widen(t->ru + to_tile) * scale, dw = widen(t->w + to_tile) * scale;
        most = larger(most, larger(size_of(du), size_of(dw)));
        store_oct(u + j, b->first ? du : du + load_oct(u + j));
        store_oct(w + j, b->first ? dw : dw + load_oct(w + j));
    }
    /* no current beyond the ends */
    for (size_t j = t->n_cols; j < t->width + 1; j++) {
        u[j] = u[t->n_cols - 1];
        w[j] = 0.0;
    }
    u[-1] = u[0];
    return most;
}

/* A finished stretch of rows between two coarse nodes. */
static void close_stretch(const xbar_tiles *t, int half, size_t node)
{
    const xbar_axis *x = &t->coarse->x;
    float *near = t->hat[half], *far = near + t->width;
    float *given = t->given[half] + node * x->padded;
    restrict_row(x, given, near);
    if (node + 1 < t->coarse->y.n_nodes)
        restrict_row(x, given + x->padded, far);
    memset(near, 0, 2 * t->width * sizeof *near);
}

typedef struct sums {
    oct largest, current;
    half_lanes poison; /* 0, or not a number */
} sums;

/* The residual of both families in a row, into the tiles and, restricted, into `given`. */
static inline void check_row(xbar_balance *b, int half, size_t i, sums *s)
{
    const xbar_tiles *t = b->t;
    size_t last = (t->n_cols - 1) / OCT * OCT;
    oct at_last = {0};
    at_last[(t->n_cols - 1) % OCT] = 1.0;
    const double *u = b->u + i * b->stride, *w = b->w + i * b->stride;
    const double *above = i > 0 ? w - b->stride : w;
    const double *below = i + 1 < t->n_rows ? w + b->stride : w;
    const double *g = b->g + i * t->n_cols, v_row = b->v_row[i];
    size_t at = i / TILE * t->n_tiles * CELLS + i % TILE * TILE;
    float share = t->coarse->y.share[i], *near = t->hat[half], *far = near + t->width;
    for (size_t j = 0; j < t->width; j += OCT) {
        oct cell = {0};
        if (j + OCT <= t->n_cols)
            cell = load_oct(g + j);
        else
            for (size_t k = 0; j + k < t->n_cols; k++)
                cell[k] = g[j + k];
        oct un = load_oct(u + j), wn = load_oct(w + j);
        oct i_cell = cell * ((v_row - load_oct(b->v_col + j)) + (un - wn));
        oct right = b->row_siemens * (un - load_oct(u + j + 1));
        oct down = b->col_siemens * (wn - load_oct(below + j));
        oct ru = b->row_siemens * (load_oct(u + j - 1) - un) - right - i_cell;
        oct rw = b->col_siemens * (load_oct(above + j) - wn) - down + i_cell;
        if (j == 0)
            ru += (oct){b->inject[0][i] - b->end[0][i] * u[0]};
        if (j == last)
            ru += at_last * (b->inject[1][i] - b->end[1][i] * u[t->n_cols - 1]);
        if (i == 0)
            rw += load_oct(b->inject[2] + j) - load_oct(b->end[2] + j) * wn;
        if (i == t->n_rows - 1)
            rw += load_oct(b->inject[3] + j) - load_oct(b->end[3] + j) * wn;
        s->current = larger(
            s->current, larger(size_of(right), larger(size_of(down), size_of(i_cell))));
        s->largest = larger(s->largest, larger(size_of(ru), size_of(rw)));
        size_t to_tile = at + j / TILE * CELLS + j % TILE;
        narrow(t->ru + to_tile, ru);
        narrow(t->rw + to_tile, rw);
        half_lanes both = __builtin_convertvector(ru + rw, half_lanes);
        half_lanes part = both * share;
        s->poison += both * 0.0f; /* comparisons overlook what is not a number */
        *(half_lanes *)(far + j) += part;
        *(half_lanes *)(near + j) += both - part;
    }
}

static void add_tally(struct xbar_tally *to, const sums *s)
{
    double largest = largest_of(s->largest), current = largest_of(s->current);
    for (int k = 0; k < OCT; k++)
        to->poison += (double)s->poison[k];
    to->largest = largest > to->largest ? largest : to->largest;
    to->largest_current = current > to->largest_current ? current : to->largest_current;
}

void XBAR_ISA(xbar_balance_take)(xbar_balance *b, int half)
{
    const xbar_tiles *t = b->t;
    const xbar_axis *x = &t->coarse->x, *y = &t->coarse->y;
    size_t from, to;
    sums s = {0};
    oct moved = {0};
    half_rows(t, half, &from, &to);
    b->tally[half] = (struct xbar_tally){0};
    memset(t->given[half], 0, (y->n_nodes + 1) * x->padded * sizeof(float));
    memset(t->hat[half], 0, 2 * t->width * sizeof(float));
    for (size_t i = from; i < to; i++) {
        if (i == from)
            moved = move_row(b, i, moved);
        if (i + 1 < to)
            moved = move_row(b, i + 1, moved);
        bool meets = (half == XBAR_UPPER && i + 1 == to && to < t->n_rows) ||
                     (half == XBAR_LOWER && i == from);
        if (!meets)
            check_row(b, half, i, &s);
        if ((i + 1) % y->spacing == 0 || i + 1 == to)
            close_stretch(t, half, xbar_axis_node(y, i));
    }
    add_tally(&b->tally[half], &s);
    b->tally[half].move = largest_of(moved);
}

void XBAR_ISA(xbar_balance_meet)(xbar_balance *b, int half)
{
    const xbar_tiles *t = b->t;
    size_t from, to;
    sums s = {0};
    half_rows(t, half, &from, &to);
    if (from == to || (half == XBAR_UPPER && to == t->n_rows))
        return;
    size_t i = half == XBAR_UPPER ? to - 1 : from;
    check_row(b, half, i, &s);
    close_stretch(t, half, xbar_axis_node(&t->coarse->y, i));
    add_tally(&b->tally[half], &s);
}
