/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Kirchhoff's law at every node, by Ohm's law on the nodes' voltages alone (spread.h):
 * nothing here knows how those were found.
 *
 *   word node (i,j):  g_r (u_i,j-1 - u_ij) + g_r (u_i,j+1 - u_ij) - g (u_ij - w_ij) = r
 *   bit node (i,j):   g_c (w_i-1,j - w_ij) + g_c (w_i+1,j - w_ij) + g (u_ij - w_ij) = r
 *
 * Row by row: what a row's bit nodes lack is known when the next one has come. */
#include <math.h>
#include <string.h>

#include "nodal/isa.h"
#include "nodal/spread.h"

#define SIDE XBAR_MERGE_SIDE
#define LANES ((size_t)XBAR_SPREAD_LANES)

enum { WIDE = XBAR_WIDTH / 2 };
typedef double vec __attribute__((vector_size(8 * WIDE)));
typedef double loose __attribute__((vector_size(8 * WIDE), aligned(8)));
typedef int64_t mask __attribute__((vector_size(8 * WIDE)));

static inline vec load(const double *p)
{
    return *(const vec *)__builtin_assume_aligned(p, 8 * WIDE);
}

static inline void store(double *p, vec v)
{
    *(vec *)__builtin_assume_aligned(p, 8 * WIDE) = v;
}

/* What was found so far, in some lanes. */
typedef struct sums {
    vec residual, current, all;
} sums;

static inline vec larger(vec a, vec b)
{
    const vec size = (vec)((mask)b & INT64_MAX);
    const mask m = size > a;
    return (vec)(((mask)size & m) | ((mask)a & ~m));
}

static inline void note(sums *s, vec r)
{
    s->residual = larger(s->residual, r);
    s->all += (vec)((mask)r & INT64_MAX);
}

/* What a terminal gives to its node, which lacks -sum without it. */
static inline vec terminal(const xbar_spread_look *look, sums *s, int side, size_t line,
                           vec volt, vec sum, size_t lane)
{
    const size_t at = line * LANES + lane;
    vec current = {0};
    if (look->l->is_held[side][line])
        current = -sum;
    else if (!look->l->is_open[side][line])
        current = look->l->siemens[side][line] * (load(look->source[side] + at) - volt);
    store(look->terminal[side] + at, current);
    s->current = larger(s->current, current);
    return current;
}

/* The sum at a line's end, without and with the terminal there. */
static inline vec at_end(const xbar_spread_look *look, sums *s, int side, size_t line,
                         vec volt, vec sum, size_t lane)
{
    return sum + terminal(look, s, side, line, volt, sum, lane);
}

/* A row's word nodes; what its cells give to its bit nodes comes to look->lack. */
static inline void look_at_words(const xbar_spread_look *look, sums *s, size_t i,
                                 const double *u, const double *w, size_t lane)
{
    const size_t n = look->l->n_cols;
    const double g_r = look->l->family[XBAR_WORD].siemens;
    const double *g = look->g + i * n;
    vec here = load(u + lane), left = {0};
    for (size_t j = 0; j < n; j++) {
        const size_t at = j * LANES + lane;
        const vec next = j + 1 < n ? load(u + at + LANES) : here;
        const vec cell = g[j] * (here - load(w + at));
        const vec right = g_r * (here - next);
        vec sum = left - right - cell;
        if (j == 0)
            sum = at_end(look, s, XBAR_LEFT, i, here, sum, lane);
        if (j + 1 == n)
            sum = at_end(look, s, XBAR_RIGHT, i, here, sum, lane);
        s->current = larger(larger(s->current, cell), right);
        note(s, sum);
        store(look->lack + at, load(look->lack + at) + cell);
        left = right;
        here = next;
    }
}

/* The wires down to row i, and the bit nodes above, which then have all they get. */
static inline void look_above(const xbar_spread_look *look, sums *s, size_t i,
                              const double *w, size_t lane)
{
    const double g_c = look->l->family[XBAR_BIT].siemens;
    for (size_t j = 0; j < look->l->n_cols; j++) {
        const size_t at = j * LANES + lane;
        const vec above = load(look->above + at);
        const vec down = g_c * (above - load(w + at));
        vec sum = load(look->lack + at) - down;
        if (i == 1)
            sum = at_end(look, s, XBAR_TOP, j, above, sum, lane);
        s->current = larger(s->current, down);
        note(s, sum);
        store(look->lack + at, down);
    }
}

static inline void look_at_bottom(const xbar_spread_look *look, sums *s,
                                  const double *w, size_t lane)
{
    for (size_t j = 0; j < look->l->n_cols; j++) {
        const size_t at = j * LANES + lane;
        note(s, at_end(look, s, XBAR_BOTTOM, j, load(w + at), load(look->lack + at),
                       lane));
    }
}

void XBAR_ISA(xbar_spread_look)(xbar_spread_look *look, size_t i, const double *u,
                                const double *w, size_t n)
{
    const size_t size = look->l->n_cols * LANES * sizeof(double);
    if (i == 0)
        memset(look->lack, 0, size);
    for (size_t lane = 0; lane < n; lane += WIDE) {
        sums s = {load(look->residual + lane), load(look->current + lane),
                  load(look->all + lane)};
        if (i > 0)
            look_above(look, &s, i, w, lane);
        look_at_words(look, &s, i, u, w, lane);
        if (i + 1 == look->l->n_rows)
            look_at_bottom(look, &s, w, lane);
        store(look->residual + lane, s.residual);
        store(look->current + lane, s.current);
        store(look->all + lane, s.all);
    }
    memcpy(look->above, w, size);
}

/* ---- from lanes to planes ------------------------------------------------------------ */

#if XBAR_WIDTH == 16
#define LOW(a, b) __builtin_shufflevector(a, b, 0, 8, 1, 9, 2, 10, 3, 11)
#define HIGH(a, b) __builtin_shufflevector(a, b, 4, 12, 5, 13, 6, 14, 7, 15)
#elif XBAR_WIDTH == 8
#define LOW(a, b) __builtin_shufflevector(a, b, 0, 4, 1, 5)
#define HIGH(a, b) __builtin_shufflevector(a, b, 2, 6, 3, 7)
#else
#define LOW(a, b) __builtin_shufflevector(a, b, 0, 2)
#define HIGH(a, b) __builtin_shufflevector(a, b, 1, 3)
#endif

/* [cells][inputs] to [inputs][cells], by perfect shuffles. */
static inline void transpose(vec t[WIDE])
{
#pragma GCC unroll 3
    for (int k = WIDE; k > 1; k /= 2) {
        vec s[WIDE];
#pragma GCC unroll 4
        for (int i = 0; i < WIDE / 2; i++) {
            s[2 * i] = LOW(t[i], t[i + WIDE / 2]);
            s[2 * i + 1] = HIGH(t[i], t[i + WIDE / 2]);
        }
#pragma GCC unroll 8
        for (int i = 0; i < WIDE; i++)
            t[i] = s[i];
    }
}

/* WIDE columns of WIDE inputs, or one by one those that are left. */
static inline void put_values(double *const to[8], const vec v[WIDE], size_t lane,
                              size_t j, size_t n)
{
    vec t[WIDE];
    memcpy(t, v, sizeof t);
    transpose(t);
    for (size_t l = 0; l < WIDE; l++) {
        if (!to[lane + l])
            continue;
        if (n == WIDE)
            *(loose *)(to[lane + l] + j) = t[l];
        for (size_t k = 0; n < WIDE && k < n; k++)
            to[lane + l][j + k] = t[l][k];
    }
}

void XBAR_ISA(xbar_spread_put)(double *const v_row[8], double *const v_col[8],
                               double *const i_cell[8], const double *u,
                               const double *w, const double *g, size_t n_cols,
                               size_t from)
{
    for (size_t lane = 0; lane < SIDE; lane += WIDE)
        for (size_t j = 0; j < n_cols; j += WIDE) {
            const size_t n = n_cols - j < WIDE ? n_cols - j : WIDE;
            vec word[WIDE], bit[WIDE], cell[WIDE];
            for (size_t k = 0; k < WIDE; k++) {
                const size_t at = (j + k) * LANES + from + lane;
                word[k] = load(u + at); /* rows are wide enough */
                bit[k] = load(w + at);
                cell[k] = g[j + (k < n ? k : 0)] * (word[k] - bit[k]) + 0.0;
            }
            put_values(v_row, word, lane, j, n);
            put_values(v_col, bit, lane, j, n);
            put_values(i_cell, cell, lane, j, n);
        }
}
