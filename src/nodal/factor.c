/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Cells into tiles, and the factors of their rows and columns (slabs.h has the equations).
 * Compiled once for each vector width (isa.h). */
#include <math.h>
#include <stddef.h>
#include <string.h>

#include "nodal/isa.h"
#include "nodal/knots.h"
#include "nodal/slabs.h"

/* A tile of the caller's conductances, scaled; beyond the array there are none. An
 * exponential law's slope may be more than a number of ours. */
static inline void load_tile(const xbar_tiles *t, const double *g, size_t slab,
                             size_t tile, lanes out[TILE])
{
    const lanes most = all(XBAR_TILES_HELD);
    size_t row = slab * TILE, col = tile * TILE;
    if (row + TILE <= t->n_rows && col + TILE <= t->n_cols) {
        UNROLL
        for (size_t i = 0; i < TILE; i++)
            out[i] = smaller(t->scale * narrow(&g[(row + i) * t->n_cols + col]), most);
        return;
    }
    memset(out, 0, TILE * sizeof *out);
    for (size_t i = 0; i < TILE && row + i < t->n_rows; i++) {
        for (size_t j = 0; j < TILE && col + j < t->n_cols; j++)
            out[i][j] = (float)g[(row + i) * t->n_cols + col + j];
        out[i] = smaller(t->scale * out[i], most);
    }
}

/* Sixteen nodes of sixteen lines, eliminated one behind the other. */
typedef struct chain {
    lanes rho, siemens; /* of a segment */
    lanes peak;         /* the largest n */
    lanes g[TILE];      /* cells and terminals, in the order of the elimination */
    lanes s;            /* of the node behind */
    lanes sm;           /* likewise; where lines are neither special nor ideal, n */
    mask cut[TILE];     /* where the segment behind a node is cut */
    float *to;          /* the factors' place; lines follow each other by */
    ptrdiff_t step;
} chain;

static inline chain chain_of(float rho)
{
    return (chain){.rho = all(rho), .siemens = all(rho > 0.0f ? 1.0f / rho : 0.0f)};
}

/* Node k where lines are special. */
static inline void eliminate_special(chain *c, int k)
{
    lanes s = c->g[k] + c->sm;
    lanes m = 1.0f / (1.0f + c->rho * s);
    c->s = s;
    c->sm = choose(c->cut[k], (lanes){0}, s * m);
    store(c->to + k * c->step, choose(c->cut[k], -inverse(s), m));
}

/* A register's share of a chain's lines, whose nodes wait for one another as shortly as may
 * be: for rho s, which is rho g plus the n of the node behind,
 *
 *     n_k = (rho g_k + n_{k-1}) / (1 + rho g_k + n_{k-1})
 */
typedef struct link {
    piece rho, peak, rho_s, n;
    const float *g;
    float *to;
    ptrdiff_t step;
} link;

ALWAYS_INLINE link take_link(const chain *c, size_t lane)
{
    return (link){.rho = piece_of(&c->rho, lane),
                  .peak = piece_of(&c->peak, lane),
                  .n = piece_of(&c->sm, lane),
                  .g = (const float *)c->g + lane,
                  .to = c->to + lane,
                  .step = c->step};
}

ALWAYS_INLINE void put_link(chain *c, size_t lane, const link *l)
{
    put_piece(&c->peak, lane, l->peak);
    put_piece(&c->s, lane, l->rho_s * piece_of(&c->siemens, lane));
    put_piece(&c->sm, lane, l->n);
}

ALWAYS_INLINE void eliminate(link *l, int k)
{
    const piece most = XBAR_TILES_HELD - (piece){0};
    const piece own = smaller_piece(l->rho * *(const piece *)(l->g + k * TILE), most);
    l->rho_s = own + l->n;
    l->n = l->rho_s * reciprocal_piece(1.0f + l->rho_s);
    l->peak = larger_size_piece(l->peak, l->n);
    *(piece *)(l->to + k * l->step) = l->n;
}

/* Lines of ideal wire. */
static void add_up(chain *c)
{
    for (int k = 0; k < TILE; k++) {
        c->sm += c->g[k];
        store(c->to + k * c->step, (lanes){0});
    }
    c->s = c->sm;
}

/* A row chain of a tile: its cells transposed, lines one column after the other. */
static void begin_rows(const xbar_tiles *t, size_t slab, size_t tile, chain *c)
{
    const size_t col = tile * TILE, rows = at_most(TILE, t->n_rows - slab * TILE);
    transpose(c->g);
    if (t->n_cols - 1 - col < TILE)
        c->g[t->n_cols - 1 - col] += load(t->end[1] + slab * TILE);
    c->to = t->na + (slab * t->n_tiles + tile) * CELLS;
    c->step = TILE;
    if (is_special(t))
        memset(c->cut, 0, sizeof c->cut);
    for (size_t j = 0; t->row_cut && j < TILE && col + j + 1 < t->n_cols; j++)
        c->cut[j] =
            cut_mask(t->row_cut, slab * TILE * t->n_cols + col + j, t->n_cols, rows);
}

/* A column chain: towards the middle, so of the lower half from the last row up. */
static void begin_cols(const xbar_tiles *t, int half, size_t slab, size_t tile,
                       const lanes g[TILE], chain *c)
{
    const size_t cols = at_most(TILE, t->n_cols - tile * TILE);
    const bool special = is_special(t);
    c->to = t->nb + (slab * t->n_tiles + tile) * CELLS +
            (half == XBAR_UPPER ? 0 : CELLS - TILE);
    c->step = half == XBAR_UPPER ? TILE : -TILE;
    c->sm = load(t->carry[half] + tile * TILE);
    for (int k = 0; k < TILE; k++) {
        const size_t row = slab * TILE + (size_t)inward_row(half, k);
        c->g[k] = g[inward_row(half, k)];
        if (row == 0)
            c->g[k] += load(t->end[2] + tile * TILE);
        if (row == t->n_rows - 1)
            c->g[k] += load(t->end[3] + tile * TILE);
        if (!special)
            continue;
        /* the segment towards the middle: behind this row, or before it */
        c->cut[k] = (mask){0};
        if (t->col_cut &&
            (half == XBAR_UPPER ? row + 1 < t->n_rows : row > 0 && row < t->n_rows)) {
            size_t above = half == XBAR_UPPER ? row : row - 1;
            c->cut[k] = cut_mask(t->col_cut, above * t->n_cols + tile * TILE, 1, cols);
        }
    }
}

/* Where a slab's elimination stands. */
typedef struct front {
    chain rows, cols;
    size_t slab, tile;
    lanes sum, peak; /* of its cells */
} front;

static front begin_front(const xbar_tiles *t, size_t slab)
{
    front f = {
        .rows = chain_of(t->row_ohm), .cols = chain_of(t->col_ohm), .slab = slab};
    f.rows.sm = load(t->end[0] + slab * TILE);
    return f;
}

static void next_tile(xbar_tiles *t, int half, const double *g, front *f)
{
    float *to = t->g + (f->slab * t->n_tiles + f->tile) * CELLS;
    load_tile(t, g, f->slab, f->tile, f->rows.g);
    for (int i = 0; i < TILE; i++) {
        store(to + i * TILE, f->rows.g[i]);
        f->sum += f->rows.g[i];
        f->peak = larger_size(f->peak, f->rows.g[i]);
    }
    begin_cols(t, half, f->slab, f->tile, f->rows.g, &f->cols);
    begin_rows(t, f->slab, f->tile, &f->rows);
}

static void end_tile(xbar_tiles *t, int half, front *f)
{
    store(t->carry[half] + f->tile * TILE, f->cols.sm);
    store(t->col_mid[half] + f->tile * TILE, f->cols.s);
    if (++f->tile < t->n_tiles)
        return;
    store(t->row_last + f->slab * TILE, inverse(f->rows.s));
    for (int j = 0; j < TILE; j++) {
        t->g_sum[half] += (double)f->sum[j];
        t->g_peak[half] = f->peak[j] > t->g_peak[half] ? f->peak[j] : t->g_peak[half];
    }
    const lanes n = larger_size(f->rows.peak, f->cols.peak);
    for (int j = 0; j < TILE; j++)
        t->n_peak[half] = n[j] > t->n_peak[half] ? n[j] : t->n_peak[half];
}

/* Each node waits for the one before: four chains at a time wait together. */
ALWAYS_INLINE void eliminate_tiles(front *a, front *b, bool has_ideal_cols)
{
    if (has_ideal_cols) {
        add_up(&a->cols);
        if (b)
            add_up(&b->cols);
    }
    for (size_t lane = 0; lane < TILE; lane += XBAR_WIDTH) {
        link a_cols = take_link(&a->cols, lane), a_rows = take_link(&a->rows, lane);
        link b_cols = a_cols, b_rows = a_rows;
        if (b) {
            b_cols = take_link(&b->cols, lane);
            b_rows = take_link(&b->rows, lane);
        }
        for (int k = 0; k < TILE; k++) {
            if (!has_ideal_cols)
                eliminate(&a_cols, k);
            eliminate(&a_rows, k);
            if (!b)
                continue;
            if (!has_ideal_cols)
                eliminate(&b_cols, k);
            eliminate(&b_rows, k);
        }
        put_link(&a->rows, lane, &a_rows);
        if (b)
            put_link(&b->rows, lane, &b_rows);
        if (has_ideal_cols)
            continue;
        put_link(&a->cols, lane, &a_cols);
        if (b)
            put_link(&b->cols, lane, &b_cols);
    }
}

static void eliminate_tiles_specially(front *a, front *b)
{
    for (int k = 0; k < TILE; k++) {
        eliminate_special(&a->cols, k);
        eliminate_special(&a->rows, k);
        if (!b)
            continue;
        eliminate_special(&b->cols, k);
        eliminate_special(&b->rows, k);
    }
}

static void advance(xbar_tiles *t, int half, const double *g, front *a, front *b)
{
    next_tile(t, half, g, a);
    if (b)
        next_tile(t, half, g, b);
    if (is_special(t))
        eliminate_tiles_specially(a, b);
    else if (t->col_ohm == 0.0f)
        eliminate_tiles(a, b, true);
    else if (b)
        eliminate_tiles(a, b, false);
    else
        eliminate_tiles(a, NULL, false);
    end_tile(t, half, a);
    if (b)
        end_tile(t, half, b);
}

void XBAR_ISA(xbar_tiles_factor)(xbar_tiles *t, int half, const double *g)
{
    memset(t->carry[half], 0, t->width * sizeof(float));
    t->g_sum[half] = 0.0;
    t->g_peak[half] = t->n_peak[half] = 0.0f;
    /* two slabs at a time, the second a tile behind the first, whose columns it goes on
     * with */
    for (size_t k = 0; k < half_slabs(t, half); k += 2) {
        front first = begin_front(t, inward_slab(t, half, k));
        if (k + 1 == half_slabs(t, half)) {
            while (first.tile < t->n_tiles)
                advance(t, half, g, &first, NULL);
            break;
        }
        front second = begin_front(t, inward_slab(t, half, k + 1));
        advance(t, half, g, &first, NULL);
        while (first.tile < t->n_tiles)
            advance(t, half, g, &second, &first);
        advance(t, half, g, &second, NULL);
    }
}

/* One chain alone. */
static void eliminate_tile(const xbar_tiles *t, chain *c)
{
    if (is_special(t)) {
        for (int k = 0; k < TILE; k++)
            eliminate_special(c, k);
    } else if (t->col_ohm == 0.0f) {
        add_up(c);
    } else {
        for (size_t lane = 0; lane < TILE; lane += XBAR_WIDTH) {
            link one = take_link(c, lane);
            for (int k = 0; k < TILE; k++)
                eliminate(&one, k);
            put_link(c, lane, &one);
        }
    }
}

/* The same, and what is kept of it is rough. */
static void eliminate_roughly(const xbar_tiles *t, size_t slab, size_t tile, chain *c)
{
    const size_t at = (slab * t->n_tiles + tile) * CELLS;
    rough *const to = (rough *)(void *)t->nb + at;
    lanes exact[TILE];
    c->to = (float *)exact + (c->to - (t->nb + at));
    eliminate_tile(t, c);
    for (size_t i = 0; i < TILE; i++)
        store_rough(to + i * TILE, exact[i]);
}

/* ---- cells as their columns see them ------------------------------------------------- */

/* To a bit node whose neighbours on the column are held, cell k of a row is itself in
 * series with what its word node sees of the row, left and right: the diagonal of
 * D - D A^-1 D,
 *
 *     g_k - g_k^2 (A^-1)_kk = g_k s_k / (g_k + s_k)
 *
 * From the left s comes out of the row's factors, m or n; from the right by
 * the same recursion, in the same sweep as the result. Rows of whole wires. */
static void soften_tile(const xbar_tiles *t, size_t slab, size_t tile, lanes g[TILE],
                        lanes *from_right)
{
    const lanes rho = all(t->row_ohm), least = all(1e-30f);
    const float *na = t->na + (slab * t->n_tiles + tile) * CELLS;
    transpose(g);
    for (size_t j = TILE; j-- > 0;) {
        const size_t col = tile * TILE + j;
        lanes left = load(t->end[0] + slab * TILE);
        if (col > 0)
            left = (t->is_steep ? all(1.0f) - load(na + j * TILE - TILE)
                                : load(na + j * TILE - TILE)) /
                   rho;
        if (col == t->n_cols - 1)
            *from_right = load(t->end[1] + slab * TILE);
        const lanes seen = left + *from_right, s = g[j] + *from_right;
        *from_right = s / (1.0f + rho * s);
        g[j] = g[j] / (1.0f + g[j] / choose(seen > least, seen, least));
    }
    transpose(g);
}

/* Bit nodes of good cells that have a network of their own (knots.h). */
static void hold_knots(const xbar_tiles *t, size_t tile, lanes g[TILE])
{
    const xbar_knots *k = t->knots;
    for (size_t n = k->first[tile]; n < k->first[tile + 1]; n++)
        g[k->at[n].row % TILE][k->at[n].col % TILE] = XBAR_TILES_HELD;
}

void XBAR_ISA(xbar_tiles_columns)(xbar_tiles *t, int half)
{
    memset(t->carry[half], 0, t->width * sizeof(float));
    t->soft_sum[half] = 0.0;
    for (size_t k = 0; k < half_slabs(t, half); k++) {
        const size_t slab = inward_slab(t, half, k);
        lanes from_right = {0}, sum = {0};
        for (size_t tile = t->n_tiles; tile-- > 0;) {
            const float *g = t->g + (slab * t->n_tiles + tile) * CELLS;
            lanes cells[TILE];
            for (int i = 0; i < TILE; i++)
                cells[i] = load(g + i * TILE);
            if (t->is_soft)
                soften_tile(t, slab, tile, cells, &from_right);
            for (int i = 0; i < TILE; i++)
                sum += cells[i];
            if (xbar_knots_are_held(t))
                hold_knots(t, slab * t->n_tiles + tile, cells);
            chain c = chain_of(t->col_ohm);
            begin_cols(t, half, slab, tile, cells, &c);
            if (t->is_soft && !is_special(t))
                eliminate_roughly(t, slab, tile, &c);
            else
                eliminate_tile(t, &c);
            store(t->carry[half] + tile * TILE, c.sm);
            store(t->col_mid[half] + tile * TILE, c.s);
        }
        for (int j = 0; j < TILE; j++)
            t->soft_sum[half] += (double)sum[j];
    }
}

/* ---- parts that hardly touch --------------------------------------------------------- */

/* One step of y_i = sum_j g_ij t_j / sum_j g_ij,  t_j' = sum_i g_ij y_i / sum_i g_ij.
 * @param[out] next    [width], the sums of t_j'
 * @param[out] weight  [width], sum_i g_ij */
static void average(const xbar_tiles *t, const float *from, float *next, float *weight)
{
    memset(next, 0, t->width * sizeof *next);
    memset(weight, 0, t->width * sizeof *weight);
    for (size_t slab = 0; slab < t->n_slabs; slab++) {
        const float *g = t->g + slab * t->n_tiles * CELLS;
        for (int i = 0; i < TILE; i++) {
            lanes sum = {0}, whole = {0};
            for (size_t tile = 0; tile < t->n_tiles; tile++) {
                lanes cell = load(g + tile * CELLS + i * TILE);
                sum += cell * load(from + tile * TILE);
                whole += cell;
            }
            float above = 0.0f, below = 1e-30f;
            for (int k = 0; k < TILE; k++) {
                above += sum[k];
                below += whole[k];
            }
            for (size_t tile = 0; tile < t->n_tiles; tile++) {
                lanes cell = load(g + tile * CELLS + i * TILE);
                float *out = next + tile * TILE, *w = weight + tile * TILE;
                store(out, load(out) + (above / below) * cell);
                store(w, load(w) + cell);
            }
        }
    }
}

/* A value for each column, alike where good cells lead from one to the other by any number
 * of rows and columns, and different in parts of the array that hardly touch: the slowest
 * mode but the constant of a walk from column to row to column along the cells.
 * @return how slow: 1 for parts that do not touch at all */
double XBAR_ISA(xbar_tiles_parts)(const xbar_tiles *t, float *part, float *next,
                                  float *weight)
{
    enum { STEPS = 8, FEWEST = 3 };
    static const double many = 4.0, fast = 0.5, settled = 1e-4;
    double rest = 0.0, fourth = 0.0;
    for (size_t j = 0; j < t->n_cols; j++) /* anything that no array looks like */
        part[j] = (float)((j * j * 7 + j * 3) % 101) / 50.0f - 1.0f;
    for (size_t j = t->n_cols; j < t->width; j++)
        part[j] = 0.0f;
    for (int k = 0; k < STEPS; k++) {
        average(t, part, next, weight);
        double mean = 0.0, whole = 1e-30, square = 0.0, before = 1e-30;
        for (size_t j = 0; j < t->n_cols; j++) {
            mean += (double)next[j];
            whole += (double)weight[j];
        }
        for (size_t j = 0; j < t->n_cols; j++) {
            const double w = (double)weight[j];
            const double moved = w > 0.0 ? (double)next[j] / w - mean / whole : 0.0;
            before += w * (double)part[j] * (double)part[j];
            square += w * moved * moved;
            next[j] = (float)moved;
        }
        const double last = rest;
        rest = k == 0 ? 0.0 : sqrt(square / before);
        const double unit = square > 0.0 ? sqrt(whole / square) : 0.0;
        fourth = 0.0;
        for (size_t j = 0; j < t->n_cols; j++) {
            part[j] = (float)(unit * (double)next[j]);
            const double two = (double)part[j] * (double)part[j];
            fourth += (double)weight[j] / whole * two * two;
        }
        if (k + 1 >= FEWEST && (rest < fast || fabs(rest - last) < settled))
            break; /* nothing that slow, or it is found */
    }
    return fourth < many ? rest : 0.0; /* a few columns are no part */
}
