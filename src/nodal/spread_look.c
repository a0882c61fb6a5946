/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Kirchhoff's law at every node, by Ohm's law on the nodes' voltages alone (spread.h):
 * nothing here knows how those were found.
 *
 *   word node (i,j):  g_r (u_i,j-1 - u_ij) + g_r (u_i,j+1 - u_ij) - g (u_ij - w_ij) = r
 *   bit node (i,j):   g_c (w_i-1,j - w_ij) + g_c (w_i+1,j - w_ij) + g (u_ij - w_ij) = r
 *
 * Block by block: what the nodes at its right and lower borders lack is known when the next
 * one has come. */
#ifdef __SSE2__
#include <immintrin.h>
#endif

#include "nodal/isa.h"
#include "nodal/spread.h"

#define SIDE ((size_t)XBAR_MERGE_SIDE)
#define PANEL ((size_t)XBAR_SPREAD_PANEL)

enum { WIDE = XBAR_WIDTH / 2 };
typedef double vec __attribute__((vector_size(8 * WIDE)));
typedef int64_t mask __attribute__((vector_size(8 * WIDE)));

static inline vec load(const double *p)
{
    return *(const vec *)__builtin_assume_aligned(p, 8 * WIDE);
}

static inline void store(double *p, vec v)
{
    *(vec *)__builtin_assume_aligned(p, 8 * WIDE) = v;
}

/* The larger of |a| and |b|; one of them if the other is not a number. */
static inline vec larger(vec a, vec b)
{
#ifdef __AVX512DQ__
    return (vec)_mm512_range_pd((__m512d)a, (__m512d)b, 0xb);
#else
    a = (vec)((mask)a & INT64_MAX);
    b = (vec)((mask)b & INT64_MAX);
#if XBAR_WIDTH == 8 && defined(__AVX2__)
    return (vec)_mm256_max_pd((__m256d)b, (__m256d)a);
#elif defined(__SSE2__)
    return (vec)_mm_max_pd((__m128d)b, (__m128d)a);
#else
    const mask m = b > a;
    return (vec)(((mask)b & m) | ((mask)a & ~m));
#endif
#endif
}

/* What was found so far, in some lanes. */
typedef struct sums {
    vec residual, current, all;
} sums;

/* A block of the array, or what there is of it; from the present lane on. */
typedef struct block {
    const xbar_spread_look *look;
    size_t i, j, h, w;            /* its first row and column; how many */
    const double *word, *bit;     /* V */
    size_t row;                   /* of these: doubles from one to the next */
    size_t lane;                  /* of the terminals' */
    double *above, *lack;         /* of its columns */
    double *before, *before_lack; /* of its rows */
} block;

/* What a node lacks. What is no number stays in the sum: of a bit node's its own voltage,
 * its neighbours' or its cell's; so that of word nodes within blocks need not be added. */
static inline void note(sums *s, vec lack)
{
    s->residual = larger(s->residual, lack);
    s->all += lack;
}

/* What a terminal gives to its node, which lacks -sum without it. */
static vec terminal(const block *b, sums *s, int side, size_t line, vec volt, vec sum)
{
    const xbar_spread_look *look = b->look;
    const size_t at = line * XBAR_SPREAD_LANES + b->lane;
    vec current = {0};
    if (look->l->is_held[side][line])
        current = -sum;
    else if (!look->l->is_open[side][line])
        current = look->l->siemens[side][line] * (load(look->source[side] + at) - volt);
    store(look->terminal[side] + at, current);
    s->current = larger(s->current, current);
    return sum + current;
}

/* The wire from the block before; its node there has all it gets then. */
static inline vec from_before(const block *b, sums *s, size_t k, vec here)
{
    const vec wire =
        b->look->l->family[XBAR_WORD].siemens * (load(b->before + k * PANEL) - here);
    s->current = larger(s->current, wire);
    note(s, load(b->before_lack + k * PANEL) - wire);
    return wire;
}

/* The wire from the node above, which has all it gets then.
 * @param[out] lack  of that */
static inline vec from_above(const block *b, sums *s, vec *lack, size_t k, size_t j,
                             vec here, const bool is_inside)
{
    const vec above =
        load(k > 0 ? b->bit + (k - 1) * b->row + j * PANEL : b->above + j * PANEL);
    const vec wire = b->look->l->family[XBAR_BIT].siemens * (above - here);
    *lack = load(b->lack + j * PANEL) - wire;
    if (!is_inside && b->i + k == 1)
        *lack = terminal(b, s, XBAR_TOP, b->j + j, above, *lack);
    return wire;
}

/* A row of the block. @param is_inside  so are all its nodes in the array, and those
 * above */
static inline __attribute__((always_inline)) void
look_at_row(const block *b, sums *s, size_t k, const size_t w, const bool is_inside)
{
    const xbar_spread_look *look = b->look;
    const size_t i = b->i + k, n = look->l->n_cols;
    const double g_r = look->l->family[XBAR_WORD].siemens;
    const double *g = look->g + i * n + b->j;
    const double *word = b->word + k * b->row, *bit = b->bit + k * b->row;
    vec here = load(word);
    vec left = is_inside || b->j > 0 ? from_before(b, s, k, here) : (vec){0};
    for (size_t j = 0; j < w; j++) {
        const vec down = load(bit + j * PANEL);
        const vec cell = g[j] * (here - down);
        vec wire = {0}, lack = {0};
        if (is_inside || i > 0)
            wire = from_above(b, s, &lack, k, j, down, is_inside);
        store(b->lack + j * PANEL, cell + wire);
        s->all += lack;
        left -= cell;
        vec most = larger(cell, wire);
        if (j + 1 < w) {
            const vec next = load(word + (j + 1) * PANEL), right = g_r * (here - next);
            left -= right;
            if (!is_inside && b->j + j == 0)
                left = terminal(b, s, XBAR_LEFT, i, here, left);
            most = larger(most, right);
            lack = larger(lack, left);
            left = right;
            here = next;
        }
        s->current = larger(s->current, most);
        s->residual = larger(s->residual, lack);
    }
    if (!is_inside && b->j + w == n) {
        note(s, terminal(b, s, XBAR_RIGHT, i, here, left));
    } else {
        store(b->before + k * PANEL, here);
        store(b->before_lack + k * PANEL, left);
    }
}

/* Its last row waits for the one below, if there is one. */
static inline void leave(const block *b, sums *s)
{
    const double *last = b->bit + (b->h - 1) * b->row;
    for (size_t j = 0; j < b->w; j++) {
        const vec volt = load(last + j * PANEL);
        store(b->above + j * PANEL, volt);
        if (b->i + b->h == b->look->l->n_rows)
            note(s, terminal(b, s, XBAR_BOTTOM, b->j + j, volt,
                             load(b->lack + j * PANEL)));
    }
}

static void look_at_block(const block *b, sums *s)
{
    const xbar_lines *l = b->look->l;
    if (b->i > 0 && b->j > 0 && b->h == SIDE && b->j + SIDE < l->n_cols)
        for (size_t k = 0; k < SIDE; k++)
            look_at_row(b, s, k, SIDE, true);
    else
        for (size_t k = 0; k < b->h; k++)
            look_at_row(b, s, k, b->w, false);
    leave(b, s);
}

static inline size_t fewer(size_t a, size_t b)
{
    return a < b ? a : b;
}

void XBAR_ISA(xbar_spread_look)(xbar_spread_look *look, size_t panel, size_t r,
                                size_t c, const double *word, const double *bit,
                                size_t row, size_t n)
{
    const size_t n_rows = look->l->n_rows, n_cols = look->l->n_cols;
    for (size_t lane = 0; lane < n; lane += WIDE) {
        const size_t at = panel * PANEL + lane;
        const size_t column = (panel * n_cols + c * SIDE) * PANEL + lane;
        const size_t line = (panel * n_rows + r * SIDE) * PANEL + lane;
        const block b = {.look = look,
                         .i = r * SIDE,
                         .j = c * SIDE,
                         .h = fewer(SIDE, n_rows - r * SIDE),
                         .w = fewer(SIDE, n_cols - c * SIDE),
                         .word = word + lane,
                         .bit = bit + lane,
                         .row = row,
                         .lane = at,
                         .above = look->above + column,
                         .lack = look->above_lack + column,
                         .before = look->before + line,
                         .before_lack = look->before_lack + line};
        sums s = {load(look->residual + at), load(look->current + at),
                  load(look->all + at)};
        look_at_block(&b, &s);
        store(look->residual + at, s.residual);
        store(look->current + at, s.current);
        store(look->all + at, s.all);
    }
}
