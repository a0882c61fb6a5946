/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A cycle: rows, columns, and what the coarse correction needs to know of them. Compiled
 * once for each vector width (isa.h). */
#include <string.h>

#include "nodal/coarse.h"
#include "nodal/isa.h"
#include "nodal/slabs.h"

/* What is known of a pass when it is compiled: each combination becomes its own loop. */
typedef struct pass {
    bool fresh;     /* the residual follows from the references' voltages */
    bool from_zero; /* w is 0 */
    bool relax;     /* w goes beyond what the last cycle found ... */
    bool early;     /* ... from 0 */
    bool special;   /* is_special */
    bool finish;    /* rows only, and keep their result */
} pass;

/* The coarse correction's values at one row of cells of a tile. */
typedef struct slope {
    lanes at[2], rise[2]; /* for the slab's upper and lower eight rows */
} slope;

static inline slope coarse_slope(const xbar_tiles *t, size_t slab, size_t tile)
{
    slope s;
    for (size_t k = 0; k < 2; k++) {
        size_t row = slab * TILE + 8 * k;
        const float *low = xbar_coarse_line(t->coarse, row, t->width);
        const float *high = xbar_coarse_next_line(t->coarse, row, t->width);
        s.at[k] = load(low + tile * TILE);
        s.rise[k] = load(high + tile * TILE) - s.at[k];
    }
    return s;
}

/* Right-hand sides of the rows, transposed; y of the elimination goes to lane_work. */
ALWAYS_INLINE void row_forward(xbar_tiles *t, int half, size_t slab, size_t tile,
                               const pass p, lanes *y_behind, lanes *m_behind)
{
    size_t at = (slab * t->n_tiles + tile) * CELLS;
    const float *g = t->g + at, *ru = t->ru + at;
    const float *from = (p.finish ? t->w : t->from) + at;
    const float *share = t->coarse->y.share + slab * TILE;
    const float *bases = t->base_w + slab * (TILE / XBAR_BASE) * t->width + tile * TILE;
    lanes v_col = {0}, a[TILE];
    slope c = {0};
    if (p.fresh)
        v_col = load(t->v_col + tile * TILE);
    if (!p.from_zero)
        c = coarse_slope(t, slab, tile);
    UNROLL
    for (int i = 0; i < TILE; i++) {
        lanes volts = {0};
        if (!p.from_zero)
            volts = load(from + i * TILE);
        if (p.early)
            volts += t->relax * volts;
        else if (p.relax)
            volts += t->relax * (volts - load(t->old + at + i * TILE));
        if (!p.from_zero)
            volts += c.at[i / 8] + share[i] * c.rise[i / 8];
        if (p.finish) {
            store(t->w + at + i * TILE, volts);
            volts += load(bases + (size_t)i / XBAR_BASE * t->width);
        }
        if (p.fresh) {
            volts += v_col - t->v_row[slab * TILE + (size_t)i];
            a[i] = load(g + i * TILE) * volts;
        } else {
            a[i] = load(ru + i * TILE);
            if (!p.from_zero)
                a[i] += load(g + i * TILE) * volts;
        }
    }
    transpose(a);
    if (p.fresh) {
        size_t last = t->n_cols - 1;
        if (tile == 0)
            a[0] += load(t->inject[0] + slab * TILE);
        if (tile == last / TILE)
            a[last % TILE] += load(t->inject[1] + slab * TILE);
    }
    rows_eliminate(t, half, slab, tile, p.special, a, y_behind, m_behind);
}

/* The coarse correction looks at u on the columns of its nodes, and at w on the rows. */
static inline void keep_cols_of_u(xbar_tiles *t, size_t slab, size_t tile,
                                  const lanes x[TILE])
{
    const xbar_axis *a = &t->coarse->x;
    for (size_t j = 0; j < TILE; j += 8) {
        size_t col = tile * TILE + j;
        if ((col & (a->spacing - 1)) == 0 && col < t->n_cols)
            store(t->coarse->kept_u + (col >> a->shift) * t->height + slab * TILE,
                  x[j]);
    }
    size_t last = t->n_cols - 1;
    if (last / TILE == tile)
        store(t->coarse->kept_u + (a->n_nodes - 1) * t->height + slab * TILE,
              x[last % TILE]);
}

static inline void keep_row_of_w(xbar_tiles *t, size_t node, size_t tile, lanes w,
                                 lanes *moved)
{
    float *kept = t->coarse->kept_w + node * t->width + tile * TILE;
    lanes change = w;
    if (!t->from_zero)
        change -= load(kept) + load(t->coarse->line + node * t->width + tile * TILE);
    *moved = larger_size(*moved, change);
    store(kept, w);
}

/* @param w  of that row; beyond a base, if fine */
static inline lanes whole_w(const xbar_tiles *t, size_t row, size_t tile,
                            const float *w, bool fine)
{
    if (!fine)
        return load(w);
    return load(t->base_w + row / XBAR_BASE * t->width + tile * TILE) + load(w);
}

static inline void keep_rows_of_w(xbar_tiles *t, size_t slab, size_t tile,
                                  const float *w, bool fine, lanes *moved)
{
    const xbar_axis *a = &t->coarse->y;
    for (size_t i = 0; i < TILE; i += 8) {
        size_t row = slab * TILE + i;
        if ((row & (a->spacing - 1)) == 0 && row < t->n_rows)
            keep_row_of_w(t, row >> a->shift, tile,
                          whole_w(t, row, tile, w + i * TILE, fine), moved);
    }
    size_t last = t->n_rows - 1;
    if (last / TILE == slab)
        keep_row_of_w(t, a->n_nodes - 1, tile,
                      whole_w(t, last, tile, w + last % TILE * TILE, fine), moved);
}

ALWAYS_INLINE void col_forward(xbar_tiles *t, int half, size_t slab, size_t tile,
                               const pass p, const lanes u[TILE])
{
    size_t at = (slab * t->n_tiles + tile) * CELLS;
    const float *g = t->g + at, *rw = t->rw + at, *nb = t->nb + at;
    float *w = t->w + at;
    float *carry = t->carry[half] + tile * TILE;
    const float *v_col = t->v_col + tile * TILE;
    for (size_t lane = 0; lane < TILE; lane += XBAR_WIDTH) {
        piece m = 1.0f - (piece){0}, y = load_piece(carry + lane);
        UNROLL
        for (int k = 0; k < TILE; k++) {
            const int i = inward_row(half, k);
            const size_t row = slab * TILE + (size_t)i, cell = (size_t)i * TILE + lane;
            piece volts = piece_of(&u[i], lane);
            if (p.fresh)
                volts += t->v_row[row] - load_piece(v_col + lane);
            if (p.fresh)
                y = load_piece(g + cell) * volts + m * y;
            else
                y = load_piece(rw + cell) + load_piece(g + cell) * volts + m * y;
            if (p.fresh && row == 0)
                y += load_piece(t->inject[2] + tile * TILE + lane);
            if (p.fresh && row == t->n_rows - 1)
                y += load_piece(t->inject[3] + tile * TILE + lane);
            *(piece *)(w + cell) = y;
            const piece kept = load_piece(nb + cell);
            m = p.special ? positive_piece(kept) : 1.0f - kept;
        }
        *(piece *)(carry + lane) = m * y;
    }
}

ALWAYS_INLINE void sweep_inward(xbar_tiles *t, int half, const pass p)
{
    if (!p.finish)
        memset(t->carry[half], 0, t->width * sizeof(float));
    for (size_t k = 0; k < half_slabs(t, half); k++) {
        size_t slab = inward_slab(t, half, k);
        lanes y = {0}, m = {0}, x[TILE];
        for (size_t tile = 0; tile < t->n_tiles; tile++)
            row_forward(t, half, slab, tile, p, &y, &m);
        lanes v = y * load(t->row_last + slab * TILE), base = v;
        if (p.finish && t->is_fine)
            v = (lanes){0};
        for (size_t tile = t->n_tiles; tile-- > 0;) {
            if (p.finish && t->is_fine) {
                rows_return_finely(t, half, slab, tile, &base, &v, x);
            } else {
                rows_return(t, half, slab, tile, p.special, &v, x);
            }
            if (!p.finish)
                keep_cols_of_u(t, slab, tile, x);
            transpose(x);
            if (p.finish) {
                float *to = t->ru + (slab * t->n_tiles + tile) * CELLS;
                for (int i = 0; i < TILE; i++) /* padding must not pile up */
                    store(to + i * TILE, slab * TILE + (size_t)i < t->n_rows
                                             ? x[i] * real_lanes(t, tile)
                                             : (lanes){0});
            } else {
                col_forward(t, half, slab, tile, p, x);
            }
        }
    }
}

#define SWEEP(name, FRESH, ZERO, RELAX, EARLY, SPECIAL, FINISH)                        \
    static void name(xbar_tiles *t, int half)                                          \
    {                                                                                  \
        sweep_inward(t, half,                                                          \
                     (pass){.fresh = (FRESH),                                          \
                            .from_zero = (ZERO),                                       \
                            .relax = (RELAX),                                          \
                            .early = (EARLY),                                          \
                            .special = (SPECIAL),                                      \
                            .finish = (FINISH)});                                      \
    }
SWEEP(inward_plain, false, false, false, false, false, false)
SWEEP(inward_plain_zero, false, true, false, false, false, false)
SWEEP(inward_plain_relaxed, false, false, true, false, false, false)
SWEEP(inward_plain_early, false, false, true, true, false, false)
SWEEP(inward_fresh, true, false, false, false, false, false)
SWEEP(inward_fresh_zero, true, true, false, false, false, false)
SWEEP(inward_fresh_relaxed, true, false, true, false, false, false)
SWEEP(inward_fresh_early, true, false, true, true, false, false)
SWEEP(inward_special, false, false, false, false, true, false)
SWEEP(inward_special_zero, false, true, false, false, true, false)
SWEEP(inward_special_relaxed, false, false, true, false, true, false)
SWEEP(inward_special_early, false, false, true, true, true, false)
SWEEP(inward_special_fresh, true, false, false, false, true, false)
SWEEP(inward_special_fresh_zero, true, true, false, false, true, false)
SWEEP(inward_special_fresh_relaxed, true, false, true, false, true, false)
SWEEP(inward_special_fresh_early, true, false, true, true, true, false)
SWEEP(finish_plain, false, false, false, false, false, true)
SWEEP(finish_fresh, true, false, false, false, false, true)
SWEEP(finish_special, false, false, false, false, true, true)
SWEEP(finish_special_fresh, true, false, false, false, true, true)

void XBAR_ISA(xbar_tiles_inward)(xbar_tiles *t, int half)
{
    static void (*const sweeps[][4])(xbar_tiles *, int) = {
        {inward_plain, inward_plain_zero, inward_plain_relaxed, inward_plain_early},
        {inward_fresh, inward_fresh_zero, inward_fresh_relaxed, inward_fresh_early},
        {inward_special, inward_special_zero, inward_special_relaxed,
         inward_special_early},
        {inward_special_fresh, inward_special_fresh_zero, inward_special_fresh_relaxed,
         inward_special_fresh_early}};
    const int how = t->from_zero ? 1 : t->is_early ? 3 : t->relax != 0.0f ? 2 : 0;
    sweeps[2 * is_special(t) + t->fresh][how](t, half);
}

void XBAR_ISA(xbar_tiles_finish)(xbar_tiles *t, int half)
{
    static void (*const sweeps[])(xbar_tiles *, int) = {
        finish_plain, finish_fresh, finish_special, finish_special_fresh};
    sweeps[2 * is_special(t) + t->fresh](t, half);
}

/* What a half's way back starts with: a base, and for the last solve of a correction what
 * is beyond it, or the segment between the halves would carry the base's rounding. */
static inline void hand_on(const xbar_tiles *t, int half, size_t col, few x)
{
    const few_floats base = __builtin_convertvector(x, few_floats);
    *(few_floats *)(t->carry[half] + col) = base;
    if (t->is_fine)
        *(few_floats *)(t->hat[half] + col) =
            __builtin_convertvector(x - __builtin_convertvector(base, few), few_floats);
}

/* a / b, 0 where b is. */
static inline few quotient(few a, few b)
{
    typedef long long whole __attribute__((vector_size(8 * FEW)));
    return (few)((whole)(a / b) & (b != (few){0}));
}

/* Both innermost rows of a column at once, a above b, and the segment between them:
 *
 *     s_a x_a + (x_a - x_b)/rho = y_a     s_b x_b + (x_b - x_a)/rho = y_b
 *
 */
void XBAR_ISA(xbar_tiles_middle)(xbar_tiles *t, const float *y)
{
    const double rho = (double)t->col_ohm;
    const size_t slab = t->n_tiles * CELLS, last = CELLS - TILE;
    const bool lone = t->n_upper == t->n_slabs;
    for (size_t j = 0; j < t->width; j += FEW) {
        const float *up = y + (t->n_upper - 1) * slab + j / TILE * CELLS + j % TILE;
        const few sa = widen_few(t->col_mid[0] + j), ya = widen_few(up + last);
        if (lone) {
            hand_on(t, 0, j, quotient(ya, sa));
            continue;
        }
        const few sb = widen_few(t->col_mid[1] + j), yb = widen_few(up + slab);
        const few det = rho * sa * sb + sa + sb;
        hand_on(t, 0, j, quotient(yb * (rho * sa + 1.0) + ya, det));
        hand_on(t, 1, j, quotient(ya * (rho * sb + 1.0) + yb, det));
    }
}

/* The way back along a tile's columns. @param x  of the row behind, then of the last */
ALWAYS_INLINE void cols_return(const xbar_tiles *t, int half, const float *nb, float *w,
                               lanes *x)
{
    for (size_t lane = 0; lane < TILE; lane += XBAR_WIDTH) {
        piece v = piece_of(x, lane);
        UNROLL
        for (int l = TILE - 1; l >= 0; l--) {
            const size_t at = (size_t)inward_row(half, l) * TILE + lane;
            const piece m = 1.0f - load_piece(nb + at);
            v = m * (t->col_ohm * load_piece(w + at)) + m * v;
            *(piece *)(w + at) = v;
        }
        put_piece(x, lane, v);
    }
}

static inline void cols_return_specially(const xbar_tiles *t, int half, const float *nb,
                                         float *w, lanes *x)
{
    for (int l = TILE - 1; l >= 0; l--) {
        const int i = inward_row(half, l);
        const lanes y = load(w + i * TILE);
        *x = way_back(load(nb + i * TILE), t->col_ohm * y, y, *x, true);
        store(w + i * TILE, *x);
    }
}

/* As the last one of a correction: w is what is beyond the bases.
 * @param bases  of the tile's first rows, the next ones a width behind */
ALWAYS_INLINE void cols_return_finely(const xbar_tiles *t, int half, const float *nb,
                                      float *w, float *bases, lanes *base, lanes *x)
{
    lanes v = *x, d[TILE];
    UNROLL
    for (int l = TILE - 1; l >= 0; l--) {
        const int i = inward_row(half, l);
        move_base(l, base, &v, d);
        v = fine_way_back(load(nb + i * TILE), t->col_ohm * load(w + i * TILE), *base,
                          v);
        d[l] = v;
        if (l % XBAR_BASE == 0)
            store(bases + (size_t)i / XBAR_BASE * t->width, *base);
    }
    UNROLL
    for (int l = 0; l < TILE; l++)
        store(w + inward_row(half, l) * TILE, d[l]);
    *x = v;
}

ALWAYS_INLINE void sweep_outward(xbar_tiles *t, int half, bool special, bool fine)
{
    lanes moved = {0};
    for (size_t k = half_slabs(t, half); k-- > 0;) {
        size_t slab = inward_slab(t, half, k);
        float *bases = t->base_w + slab * (TILE / XBAR_BASE) * t->width;
        for (size_t tile = 0; tile < t->n_tiles; tile++) {
            const size_t at = (slab * t->n_tiles + tile) * CELLS;
            const float *nb = t->nb + at;
            float *w = t->w + at;
            float *carry = t->carry[half] + tile * TILE;
            float *rest = t->hat[half] + tile * TILE; /* d, from slab to slab */
            lanes x = load(carry), base = {0};
            if (fine) {
                base = x;
                x = load(rest);
                cols_return_finely(t, half, nb, w, bases + tile * TILE, &base, &x);
                store(carry, base);
                store(rest, x);
            } else {
                if (special)
                    cols_return_specially(t, half, nb, w, &x);
                else
                    cols_return(t, half, nb, w, &x);
                store(carry, x);
            }
            keep_rows_of_w(t, slab, tile, w, fine, &moved);
        }
    }
    t->moved[half] = 0.0f;
    for (int j = 0; j < TILE; j++)
        t->moved[half] = moved[j] > t->moved[half] ? moved[j] : t->moved[half];
}

void XBAR_ISA(xbar_tiles_outward)(xbar_tiles *t, int half)
{
    if (is_special(t))
        sweep_outward(t, half, true, false);
    else if (t->is_fine)
        sweep_outward(t, half, false, true);
    else
        sweep_outward(t, half, false, false);
}
