/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Compiled once for each vector width, as kernel.c. */
#include "nodal/balance.h"

#include <string.h>

#include "nodal/coarse.h"
#include "nodal/isa.h"
#include "nodal/slabs.h"

typedef long long whole __attribute__((vector_size(8 * FEW)));

static inline few load_few(const double *p)
{
    few v;
    memcpy(&v, p, sizeof v);
    return v;
}

static inline void store_few(double *p, few v)
{
    memcpy(p, &v, sizeof v);
}

/* The larger of |a| and |b|. */
static inline few larger_of(few a, few b)
{
#ifdef __AVX512DQ__
    enum { LARGER_SIZE = 0x0b }; /* 3: of the sizes, the larger; 2 << 2: as positive */
    return (few)_mm512_range_pd((__m512d)a, (__m512d)b, LARGER_SIZE);
#else
    const long long size = 0x7fffffffffffffffLL;
    few size_a = (few)((whole)a & size), size_b = (few)((whole)b & size);
    whole m = size_b > size_a;
    return (few)(((whole)size_b & m) | ((whole)size_a & ~m));
#endif
}

static double largest_of(few v)
{
    double most = 0.0;
    for (int k = 0; k < FEW; k++)
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

/* What is known of a look when it is compiled: each combination becomes its own loop. */
typedef struct kind {
    xbar_balance_from from;
    bool keeps;
} kind;

/* Does the residual go to the tiles? */
static inline bool leaves(const kind p)
{
    return p.keeps || p.from != XBAR_BALANCE_BOTH;
}

/* A row of u or w. */
static inline double *row_of(const xbar_balance *b, int half, const kind p, int family,
                             size_t i)
{
    const xbar_tiles *t = b->t;
    if (p.keeps)
        return xbar_balance_kept(b, family, i);
    const size_t at = (size_t)half * XBAR_BALANCE_ROWS + i % XBAR_BALANCE_ROWS;
    return (double *)(void *)t->spare + (2 * at + (size_t)family) * t->width;
}

/* V, of the voltages there: rows at hand are in the tiles' unit. */
static inline double unit_of(const xbar_balance *b, const kind p)
{
    return p.keeps ? 1.0 : (double)b->t->scale;
}

typedef struct sums {
    few largest, current;
    few row_fall, col_fall; /* along a segment, in row_of's unit */
    few poison;             /* 0, or not a number */
    few move;               /* in the tiles' unit */
} sums;

/* The bases from a row on, summed, those of bit nodes and then those of word nodes: rows
 * at hand need them in double precision.
 * @return the largest of the last correction's, in the tiles' unit */
static double sum_bases(const xbar_balance *b, int half, const kind p, size_t row)
{
    const xbar_tiles *t = b->t;
    const size_t first_row = row / XBAR_BASE * XBAR_BASE;
    const float *old_w = t->first_base_w + row / XBAR_BASE * t->width;
    const float *new_w = t->base_w + row / XBAR_BASE * t->width;
    double *sum = b->bases[half];
    few most = {0};
    for (size_t j = 0; j < t->width; j += FEW) {
        few first = widen_few(old_w + j), now = widen_few(new_w + j);
        few last = p.from == XBAR_BALANCE_FIRST ? first : now;
        most = larger_of(most, last * widen_few(t->real + j));
        store_few(sum + j, p.from == XBAR_BALANCE_FIRST ? first : first + now);
    }
    for (size_t j = 0; j < t->width; j += XBAR_BASE)
        for (size_t k = 0; k < XBAR_BASE; k += FEW) {
            const size_t along = j / XBAR_BASE * t->height + first_row + k;
            few first = widen_few(t->first_base_u + along);
            few now = widen_few(t->base_u + along);
            most = larger_of(most, p.from == XBAR_BALANCE_FIRST ? first : now);
            store_few(sum + t->width + j + k,
                      p.from == XBAR_BALANCE_FIRST ? first : first + now);
        }
    return largest_of(most);
}

/* A row of a slab has a line of memory in each tile, an order that no machine expects: while
 * one row is looked at, a sixteenth of the next slab is fetched, line after line. */
ALWAYS_INLINE void fetch_ahead(const xbar_tiles *t, const kind p, size_t i, size_t tile)
{
    const size_t at =
        (i / TILE + 1) * t->n_tiles * CELLS + i % TILE * t->width + tile * TILE;
    if (i / TILE + 1 == t->n_slabs)
        return;
    __builtin_prefetch(t->p + at, 0, 2);
    __builtin_prefetch(t->z + at, 0, 2);
    if (p.from == XBAR_BALANCE_FIRST) { /* to be written */
        __builtin_prefetch(t->ru + at, 1, 2);
        __builtin_prefetch(t->rw + at, 1, 2);
    } else {
        __builtin_prefetch(t->ru + at, 0, 2);
        __builtin_prefetch(t->w + at, 0, 2);
    }
}

/* u, w of a row <- the sum of the two corrections, or the first. */
ALWAYS_INLINE void sum_row(const xbar_balance *b, int half, const kind p, size_t i)
{
    const xbar_tiles *t = b->t;
    double *u = row_of(b, half, p, XBAR_WORD, i), *w = row_of(b, half, p, XBAR_BIT, i);
    const size_t at = i / TILE * t->n_tiles * CELLS + i % TILE * TILE;
    const size_t n_tiles = t->n_tiles;
    const float *old_u = t->p + at, *old_w = t->z + at;
    const float *new_u = t->ru + at, *new_w = t->w + at;
    const double *base_w = b->bases[half], *base_u = base_w + t->width + i % XBAR_BASE;
    const double scale = p.keeps ? (double)t->scale : 1.0;
    for (size_t tile = 0; tile < n_tiles; tile++) {
        fetch_ahead(t, p, i, tile);
        for (size_t k = 0; k < TILE; k += FEW) {
            const size_t cell = tile * CELLS + k, j = tile * TILE + k;
            few un = widen_few(old_u + cell) + base_u[j / XBAR_BASE * XBAR_BASE];
            few wn = widen_few(old_w + cell) + load_few(base_w + j);
            if (p.from == XBAR_BALANCE_BOTH) {
                un += widen_few(new_u + cell);
                wn += widen_few(new_w + cell);
            }
            store_few(u + j, p.keeps ? scale * un : un);
            store_few(w + j, p.keeps ? scale * wn : wn);
        }
    }
}

/* u, w of a row += the tiles' correction. @return the largest, in the tiles' unit */
static few add_row(const xbar_balance *b, size_t i, few most)
{
    const xbar_tiles *t = b->t;
    double *u = xbar_balance_kept(b, XBAR_WORD, i);
    double *w = xbar_balance_kept(b, XBAR_BIT, i);
    const size_t at = i / TILE * t->n_tiles * CELLS + i % TILE * TILE;
    const float *base_w = t->base_w + i / XBAR_BASE * t->width;
    const double scale = (double)t->scale / (double)t->unit;
    for (size_t j = 0; j < t->width; j += FEW) {
        const size_t cell = at + j / TILE * CELLS + j % TILE;
        few du =
            widen_few(t->ru + cell) + (double)t->base_u[j / XBAR_BASE * t->height + i];
        few dw = widen_few(t->w + cell) + widen_few(base_w + j);
        most = larger_of(most, larger_of(du, dw));
        store_few(u + j, load_few(u + j) + scale * du);
        store_few(w + j, load_few(w + j) + scale * dw);
    }
    return most;
}

/* The largest of the last correction in a row, in the tiles' unit. */
static few largest_move(const xbar_tiles *t, const kind p, size_t i, few most)
{
    const size_t at = i / TILE * t->n_tiles * CELLS + i % TILE * TILE;
    const bool is_first = p.from == XBAR_BALANCE_FIRST;
    const float *u = (is_first ? t->p : t->ru) + at, *w = (is_first ? t->z : t->w) + at;
    for (size_t j = 0; j < t->width; j += FEW) {
        const size_t cell = j / TILE * CELLS + j % TILE;
        const few of_w = widen_few(w + cell) * widen_few(t->real + j);
        most = larger_of(most, larger_of(widen_few(u + cell), of_w));
    }
    return most;
}

/* The next row of voltages. How far they moved is seen in the bases, of which each line
 * has one for some nodes, where there are any. */
ALWAYS_INLINE void move_row(xbar_balance *b, int half, const kind p, size_t i,
                            bool first, sums *s)
{
    const xbar_tiles *t = b->t;
    double *u = row_of(b, half, p, XBAR_WORD, i), *w = row_of(b, half, p, XBAR_BIT, i);
    if (p.from == XBAR_BALANCE_MORE) {
        s->move = add_row(b, i, s->move);
    } else {
        if (first || i % XBAR_BASE == 0)
            s->move = larger_of(s->move, (few){sum_bases(b, half, p, i)});
        if (!t->has_bases)
            s->move = largest_move(t, p, i, s->move);
        sum_row(b, half, p, i);
    }
    /* no current beyond the ends */
    for (size_t j = t->n_cols; j < t->width; j++) {
        u[j] = u[t->n_cols - 1];
        w[j] = 0.0;
    }
}

/* Where the terminals are. */
static inline void keep_ends(const xbar_balance *b, int half, const kind p, size_t i)
{
    const xbar_tiles *t = b->t;
    const double *u = row_of(b, half, p, XBAR_WORD, i);
    const double *w = row_of(b, half, p, XBAR_BIT, i);
    const double unit = unit_of(b, p);
    b->drop[0][i] = unit * u[0];
    b->drop[1][i] = unit * u[t->n_cols - 1];
    for (size_t j = 0; i == 0 && j < t->n_cols; j++)
        b->drop[2][j] = unit * w[j];
    for (size_t j = 0; i == t->n_rows - 1 && j < t->n_cols; j++)
        b->drop[3][j] = unit * w[j];
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

/* The residual of both families in a row; into the tiles and, restricted, into `given`. */
ALWAYS_INLINE void check_row(const xbar_balance *b, int half, const kind p, size_t i,
                             sums *s)
{
    const xbar_tiles *t = b->t;
    const size_t last = (t->n_cols - 1) / FEW * FEW;
    few at_last = {0};
    at_last[(t->n_cols - 1) % FEW] = 1.0;
    const double *u = row_of(b, half, p, XBAR_WORD, i);
    const double *w = row_of(b, half, p, XBAR_BIT, i);
    const double *above = i > 0 ? row_of(b, half, p, XBAR_BIT, i - 1) : w;
    const double *below = i + 1 < t->n_rows ? row_of(b, half, p, XBAR_BIT, i + 1) : w;
    const double *g = b->g + i * t->n_cols, v_row = b->v_row[i], unit = unit_of(b, p);
    const double row = b->row_siemens * unit, col = b->col_siemens * unit;
    const size_t at = i / TILE * t->n_tiles * CELLS + i % TILE * TILE;
    const float share = t->coarse->y.share[i];
    float *near = t->hat[half], *far = near + t->width;
    sums sum = *s;
    for (size_t j = 0; j < t->width; j += FEW) {
        few cell = {0};
        if (j + FEW <= t->n_cols)
            cell = load_few(g + j);
        else
            for (size_t k = 0; j + k < t->n_cols; k++)
                cell[k] = g[j + k];
        few un = load_few(u + j), wn = load_few(w + j);
        few i_cell = cell * ((v_row - load_few(b->v_col + j)) + unit * (un - wn));
        few left = load_few(u + j - 1) - un, right = un - load_few(u + j + 1);
        few down = wn - load_few(below + j);
        if (j == 0)
            left[0] = 0.0; /* no wire beyond the ends, whatever stands there */
        if (j + FEW == t->width)
            right[FEW - 1] = 0.0;
        few ru = row * (left - right) - i_cell;
        few rw = col * ((load_few(above + j) - wn) - down) + i_cell;
        if (j == 0)
            ru += (few){b->inject[0][i] - b->end[0][i] * unit * u[0]};
        if (j == last)
            ru += at_last * (b->inject[1][i] - b->end[1][i] * unit * u[t->n_cols - 1]);
        if (i == 0)
            rw += load_few(b->inject[2] + j) - load_few(b->end[2] + j) * (unit * wn);
        if (i == t->n_rows - 1)
            rw += load_few(b->inject[3] + j) - load_few(b->end[3] + j) * (unit * wn);
        sum.current = larger_of(sum.current, i_cell);
        sum.row_fall = larger_of(sum.row_fall, right);
        sum.col_fall = larger_of(sum.col_fall, down);
        sum.largest = larger_of(sum.largest, larger_of(ru, rw));
        sum.poison += i_cell * 0.0; /* comparisons overlook what is not a number */
        if (leaves(p)) {
            const size_t to_tile = at + j / TILE * CELLS + j % TILE;
            const few_floats of_u = __builtin_convertvector(ru, few_floats);
            const few_floats of_w = __builtin_convertvector(rw, few_floats);
            const few_floats both = of_u + of_w;
            *(few_floats *)(t->ru + to_tile) = of_u;
            *(few_floats *)(t->rw + to_tile) = of_w;
            *(few_floats *)(far + j) += both * share;
            *(few_floats *)(near + j) += both * (1.0f - share);
        }
    }
    *s = sum;
}

static void add_tally(xbar_balance *b, int half, const kind p, const sums *s)
{
    struct xbar_tally *to = &b->tally[half];
    const double unit = unit_of(b, p), largest = largest_of(s->largest);
    const double current[] = {largest_of(s->current),
                              b->row_siemens * unit * largest_of(s->row_fall),
                              b->col_siemens * unit * largest_of(s->col_fall)};
    for (int k = 0; k < FEW; k++)
        to->poison += s->poison[k];
    to->largest = largest > to->largest ? largest : to->largest;
    for (int k = 0; k < 3; k++)
        if (current[k] > to->largest_current)
            to->largest_current = current[k];
}

static bool meets(const xbar_tiles *t, int half, size_t from, size_t to, size_t i)
{
    return (half == XBAR_UPPER && i + 1 == to && to < t->n_rows) ||
           (half == XBAR_LOWER && i == from);
}

/* u, w <- the sum of the two corrections: nothing is looked at. */
static void keep_both(xbar_balance *b, int half)
{
    const kind p = {.from = XBAR_BALANCE_BOTH, .keeps = true};
    size_t from, to;
    sums s = {0};
    half_rows(b->t, half, &from, &to);
    for (size_t i = from; i < to; i++)
        move_row(b, half, p, i, i == from, &s);
}

ALWAYS_INLINE void take(xbar_balance *b, int half, const kind p)
{
    const xbar_tiles *t = b->t;
    const xbar_axis *x = &t->coarse->x, *y = &t->coarse->y;
    size_t from, to;
    sums s = {0};
    half_rows(t, half, &from, &to);
    b->tally[half] = (struct xbar_tally){0};
    if (p.from == XBAR_BALANCE_MORE)
        s.move[0] = (double)t->at_once[half];
    if (leaves(p)) {
        memset(t->given[half], 0, y->n_nodes * x->padded * sizeof(float));
        memset(t->hat[half], 0, 2 * t->width * sizeof(float));
    }
    for (size_t i = from; i < to; i++) {
        if (i == from)
            move_row(b, half, p, i, true, &s);
        if (i + 1 < to)
            move_row(b, half, p, i + 1, false, &s);
        if (!meets(t, half, from, to, i))
            check_row(b, half, p, i, &s);
        keep_ends(b, half, p, i);
        if (leaves(p) && ((i + 1) % y->spacing == 0 || i + 1 == to))
            close_stretch(t, half, xbar_axis_node(y, i));
    }
    add_tally(b, half, p, &s);
    b->tally[half].move = largest_of(s.move) * (double)t->scale / (double)t->unit;
}

/* The rows where the halves meet. Those at hand are the other half's as well now. */
ALWAYS_INLINE void meet(xbar_balance *b, int half, const kind p)
{
    const xbar_tiles *t = b->t;
    size_t from, to;
    sums s = {0};
    half_rows(t, half, &from, &to);
    if (from == to || (half == XBAR_UPPER && to == t->n_rows))
        return;
    size_t i = half == XBAR_UPPER ? to - 1 : from;
    const size_t before = i > 0 ? i - 1 : i;
    for (size_t k = before; !p.keeps && k <= i + 1 && k < t->n_rows; k++)
        move_row(b, half, p, k, k == before, &s);
    check_row(b, half, p, i, &s);
    if (leaves(p))
        close_stretch(t, half, xbar_axis_node(&t->coarse->y, i));
    add_tally(b, half, p, &s);
}

#define LOOK(name, FROM, KEEPS)                                                        \
    static void take_##name(xbar_balance *b, int half)                                 \
    {                                                                                  \
        take(b, half, (kind){.from = (FROM), .keeps = (KEEPS)});                       \
    }                                                                                  \
    static void meet_##name(xbar_balance *b, int half)                                 \
    {                                                                                  \
        meet(b, half, (kind){.from = (FROM), .keeps = (KEEPS)});                       \
    }
LOOK(first, XBAR_BALANCE_FIRST, false)
LOOK(first_kept, XBAR_BALANCE_FIRST, true)
LOOK(both, XBAR_BALANCE_BOTH, false)
LOOK(more, XBAR_BALANCE_MORE, true)

typedef void look(xbar_balance *b, int half);

void XBAR_ISA(xbar_balance_take)(xbar_balance *b, int half)
{
    static look *const kinds[][2] = {
        [XBAR_BALANCE_FIRST] = {take_first, take_first_kept},
        [XBAR_BALANCE_BOTH] = {take_both, keep_both},
        [XBAR_BALANCE_MORE] = {NULL, take_more}};
    kinds[b->from][b->keeps](b, half);
}

void XBAR_ISA(xbar_balance_meet)(xbar_balance *b, int half)
{
    static look *const kinds[][2] = {
        [XBAR_BALANCE_FIRST] = {meet_first, meet_first_kept},
        [XBAR_BALANCE_BOTH] = {meet_both, NULL},
        [XBAR_BALANCE_MORE] = {NULL, meet_more}};
    kinds[b->from][b->keeps](b, half);
}
