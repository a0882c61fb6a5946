/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Conjugate gradients for arrays whose cells are too unequal for plain cycles.
 *
 * With the rows solved exactly, u = A^-1 (r_u + D w), what is left is symmetric and
 * positive definite in w alone:
 *
 *     S w = b,     S = B - D A^-1 D,     b = r_w + D A^-1 r_u
 *
 * The preconditioner adds a column solve and a smooth part, z = B^-1 r + P C P' r. In an
 * array of equal cells g a mode (lambda, mu) has S = c - g^2/a with a = lambda + g,
 * c = mu + g, of which the column solve gives 1/c; C supplies what lacks,
 *
 *     a/(a c - g^2) - 1/c = g / ((mu + g)(lambda + mu + lambda mu / g))
 *
 * so that one step would do there; a few good cells among bad ones have another second
 * part (knots.h). Hestenes and Stiefel, J. Res. NBS 49(6) 1952,
 * doi:10.6028/jres.049.044.
 *
 * A step is two passes over the array. What is eliminated of a residual, y, tells r' B^-1 r
 * before the way back is gone (each node gives y times its own share of z), so beta is
 * known in time and the way back, the next direction and its rows are one pass.
 *
 * Compiled once for each vector width (isa.h). */
#include <string.h>

#include "nodal/coarse.h"
#include "nodal/isa.h"
#include "nodal/slabs.h"

/* Sums over all cells: a slab's in floats, the slabs' in doubles. */
static double sum_of(lanes v)
{
    double sum = 0.0;
    for (int k = 0; k < TILE; k++)
        sum += (double)v[k];
    return sum;
}

static lanes dot_lanes(const lanes a, const lanes b, const lanes sum)
{
    return sum + a * b;
}

/* Neither first nor last, and columns of whole wire: its terminals, its wires and which
 * of its nodes are free are as everywhere. */
static inline bool is_inner_row(const xbar_tiles *t, size_t row)
{
    return row > 0 && row + 1 < t->n_rows && !t->col_cut && t->col_ohm > 0.0f;
}

/* 0 where a column's terminal holds the row's bit node, and beyond the array; else 1. */
static inline lanes free_nodes(const xbar_tiles *t, size_t row, size_t tile)
{
    lanes free = real_lanes(t, tile);
    if (is_inner_row(t, row))
        return free;
    if (row >= t->n_rows)
        return (lanes){0};
    bool whole = t->col_ohm == 0.0f; /* an ideal column is held as a whole */
    for (int side = 2; side < 4; side++)
        if (whole || row == (side == 2 ? 0 : t->n_rows - 1))
            free = choose(load(t->end[side] + tile * TILE) >= all(XBAR_TILES_HELD),
                          (lanes){0}, free);
    return free;
}

/* All rows of a slab: most slabs. */
static inline bool is_inner(const xbar_tiles *t, size_t slab)
{
    return is_inner_row(t, slab * TILE) && is_inner_row(t, slab * TILE + TILE - 1);
}

/* Siemens of the segments between a row's bit nodes and the next row's. */
static inline lanes wires_below(const xbar_tiles *t, size_t row, size_t tile)
{
    if (row + 1 >= t->n_rows || t->col_ohm == 0.0f)
        return (lanes){0};
    lanes g = all(1.0f / t->col_ohm);
    if (t->col_cut)
        g = choose(cut_mask(t->col_cut, row * t->n_cols + tile * TILE, 1,
                            at_most(TILE, t->n_cols - tile * TILE)),
                   (lanes){0}, g);
    return g;
}

static inline lanes terminals(const xbar_tiles *t, size_t row, size_t tile)
{
    lanes g = {0};
    if (row == 0)
        g += load(t->end[2] + tile * TILE);
    if (row == t->n_rows - 1)
        g += load(t->end[3] + tile * TILE);
    return g;
}

/* The column factors of lines that are not special. */
static inline const rough *rough_factors(const xbar_tiles *t)
{
    return (const rough *)(const void *)t->nb;
}

/* What is kept of a node's elimination. @param cell  its place in the planes */
ALWAYS_INLINE lanes factor_at(const xbar_tiles *t, size_t cell, bool special)
{
    return special ? load(t->nb + cell) : load_rough(rough_factors(t) + cell);
}

/* ---- b, into rw ---- */

ALWAYS_INLINE lanes residual_forward(xbar_tiles *t, int half, size_t slab, bool special)
{
    lanes y = {0}, m = {0}, a[TILE];
    for (size_t tile = 0; tile < t->n_tiles; tile++) {
        float *ru = t->ru + (slab * t->n_tiles + tile) * CELLS;
        for (int i = 0; i < TILE; i++) {
            a[i] = t->unit * load(ru + i * TILE);
            store(ru + i * TILE, a[i]);
        }
        transpose(a);
        rows_eliminate(t, half, slab, tile, special, a, &y, &m);
    }
    return y * load(t->row_last + slab * TILE);
}

/* A tile of word += x. @return the largest |x|, lane by lane */
static lanes put_at_once(const xbar_tiles *t, size_t slab, size_t tile,
                         const lanes x[TILE], lanes largest)
{
    const double scale = (double)t->scale / (double)t->unit;
    for (size_t i = 0; i < TILE; i++) {
        const size_t row = slab * TILE + i;
        double *to = (row < t->split ? t->word[0] + row * t->width
                                     : t->word[1] + (row - t->split) * t->width) +
                     tile * TILE;
        for (size_t j = 0; j < TILE; j += FEW)
            *(few *)(to + j) += scale * widen_few((const float *)&x[i] + j);
        largest = larger_size(largest, x[i] * real_lanes(t, tile));
    }
    return largest;
}

ALWAYS_INLINE void reduce(xbar_tiles *t, int half, bool special)
{
    lanes largest = {0};
    for (size_t k = 0; k < half_slabs(t, half); k++) {
        size_t slab = inward_slab(t, half, k);
        lanes v = residual_forward(t, half, slab, special), x[TILE];
        for (size_t tile = t->n_tiles; tile-- > 0;) {
            size_t at = (slab * t->n_tiles + tile) * CELLS;
            rows_return(t, half, slab, tile, special, &v, x);
            transpose(x);
            if (t->word[0])
                largest = put_at_once(t, slab, tile, x, largest);
            for (int i = 0; i < TILE; i++) {
                float *rw = t->rw + at + i * TILE;
                lanes r = t->unit * load(rw) + load(t->g + at + i * TILE) * x[i];
                store(rw, r * free_nodes(t, slab * TILE + (size_t)i, tile));
            }
        }
    }
    t->at_once[half] = 0.0f;
    for (int j = 0; j < TILE; j++)
        t->at_once[half] =
            largest[j] > t->at_once[half] ? largest[j] : t->at_once[half];
}

void XBAR_ISA(xbar_conjugate_reduce)(xbar_tiles *t, int half)
{
    if (is_special(t))
        reduce(t, half, true);
    else
        reduce(t, half, false);
}

/* ---- z <- B^-1 r, the way back;  p <- z + P C P' r + beta p;  z <- D (p - A^-1 D p);
 * p' S p ---- */

/* The way back along a tile's columns, from y: z, a vector for each row. */
ALWAYS_INLINE void preconditioned(const xbar_tiles *t, int half, size_t slab,
                                  size_t tile, bool special, lanes z[TILE])
{
    const size_t at = (slab * t->n_tiles + tile) * CELLS;
    const float *from = t->z + at;
    const rough *nb = rough_factors(t) + at;
    float *carry = t->carry[half] + tile * TILE;
    if (special) {
        lanes x = load(carry);
        for (int l = TILE - 1; l >= 0; l--) {
            const int i = inward_row(half, l);
            const lanes y = load(from + i * TILE);
            x = way_back(load(t->nb + at + i * TILE), t->col_ohm * y, y, x, true);
            z[i] = x;
        }
        store(carry, x);
        return;
    }
    for (size_t lane = 0; lane < TILE; lane += XBAR_WIDTH) {
        piece x = load_piece(carry + lane);
        UNROLL
        for (int l = TILE - 1; l >= 0; l--) {
            const int i = inward_row(half, l);
            const size_t cell = (size_t)i * TILE + lane;
            const piece m = 1.0f - load_rough_piece(nb + cell);
            x = ahead(m * (t->col_ohm * load_piece(from + cell))) + m * x;
            put_piece(&z[i], lane, x);
        }
        *(piece *)(carry + lane) = x;
    }
}

ALWAYS_INLINE void next_direction_of(const xbar_tiles *t, int half, size_t slab,
                                     size_t tile, bool special, bool inner,
                                     lanes out[TILE])
{
    const lanes real = real_lanes(t, tile), beta = all(t->beta);
    const bool begins = t->beta == 0.0f;
    float *const to = t->p + (slab * t->n_tiles + tile) * CELLS;
    preconditioned(t, half, slab, tile, special, out);
    for (int k = 0; k < 2; k++) {
        size_t row = slab * TILE + 8 * (size_t)k;
        const float *share = t->coarse->y.share + row;
        lanes low = load(xbar_coarse_line(t->coarse, row, t->width) + tile * TILE);
        lanes rise =
            load(xbar_coarse_next_line(t->coarse, row, t->width) + tile * TILE) - low;
        UNROLL
        for (int i = 8 * k; i < 8 * k + 8; i++) {
            lanes p = out[i] + (low + share[i - 8 * k] * rise);
            if (!begins)
                p += beta * load(to + i * TILE);
            p *= inner ? real : free_nodes(t, slab * TILE + (size_t)i, tile);
            store(to + i * TILE, p);
            out[i] = p;
        }
    }
}

ALWAYS_INLINE void next_direction(const xbar_tiles *t, int half, size_t slab,
                                  size_t tile, bool special, lanes out[TILE])
{
    if (is_inner(t, slab))
        next_direction_of(t, half, slab, tile, special, true, out);
    else
        next_direction_of(t, half, slab, tile, special, false, out);
}

/* Where the elimination along the wires stands: the last column's p, what flows on from the
 * one before, and what rows_eliminate hands on. A column is eliminated when the next is
 * known. */
typedef struct wire_front {
    lanes last, flux, y, m;
} wire_front;

ALWAYS_INLINE void eliminate_wire(wire_front *f, lanes out, lanes flux, float *work,
                                  const float *kept, bool special)
{
    f->y = out + f->m * f->y;
    f->m = forward_factor(load(kept), special);
    f->flux = flux;
    store(work, f->y);
}

/* All columns of a tile are known, and there are some before: na and work are those of
 * the column before the tile. */
ALWAYS_INLINE void wires_tile(wire_front *f, const lanes p[TILE], const float *na,
                              float *work)
{
    UNROLL
    for (int j = 0; j < TILE; j++) {
        const lanes next = f->last - p[j];
        eliminate_wire(f, next - f->flux, next, work + j * TILE, na + j * TILE, false);
        f->last = p[j];
    }
}

/* The rows' elimination for p - A^-1 D p = A^-1 (A - D) p: the right-hand side is what
 * the wires and terminals carry away from each node at p, a difference of neighbours, so
 * that no digits are lost where cells hold a row fast to its columns. */
ALWAYS_INLINE lanes wires_forward(xbar_tiles *t, int half, size_t slab, bool special)
{
    const float *na = t->na + slab * t->n_tiles * CELLS;
    float *work = t->lane_work[half];
    const size_t n = t->n_cols, rows = at_most(TILE, t->n_rows - slab * TILE);
    wire_front f = {.last = {0}};
    lanes p[TILE] = {{0}};
    for (size_t col = 0; col <= t->width; col++) {
        if (col < t->width && col % TILE == 0) {
            next_direction(t, half, slab, col / TILE, special, p);
            transpose(p);
        }
        if (!special && col > 1 && col % TILE == 0 && col + TILE <= n) {
            wires_tile(&f, p, na + (col - 1) * TILE, work + (col - 1) * TILE);
            col += TILE - 1;
            continue;
        }
        const lanes now =
            col < n ? p[col % TILE] : f.last; /* the end: nothing flows on */
        if (col > 0) {
            lanes next = f.last - now;
            if (special && t->row_cut && col < n)
                next = choose(cut_mask(t->row_cut, slab * TILE * n + col - 1, n, rows),
                              (lanes){0}, next);
            lanes out = next - f.flux;
            if (col == 1)
                out += load(t->end[0] + slab * TILE) * f.last;
            if (col == n)
                out += load(t->end[1] + slab * TILE) * f.last;
            eliminate_wire(&f, out, next, work + (col - 1) * TILE,
                           na + (col - 1) * TILE, special);
        }
        f.last = now;
    }
    return f.y * load(t->row_last + slab * TILE);
}

/* The same for A^-1 D p: nothing is lost where cells conduct less than wires, while
 * differences of p would be rounded as if they carried a wire's current; and for ideal
 * rows, which have none. */
ALWAYS_INLINE lanes cells_forward(xbar_tiles *t, int half, size_t slab, bool special)
{
    lanes y = {0}, m = {0}, a[TILE];
    for (size_t tile = 0; tile < t->n_tiles; tile++) {
        const float *g = t->g + (slab * t->n_tiles + tile) * CELLS;
        next_direction(t, half, slab, tile, special, a);
        for (int i = 0; i < TILE; i++)
            a[i] *= load(g + i * TILE);
        transpose(a);
        rows_eliminate(t, half, slab, tile, special, a, &y, &m);
    }
    return y * load(t->row_last + slab * TILE);
}

/* A tile's part of p' S p but for the wires to other slabs; q goes to z.
 * @param x  of the rows, transposed */
ALWAYS_INLINE lanes curve_tile(const xbar_tiles *t, size_t slab, size_t tile,
                               bool by_cells, bool inner, const lanes x[TILE],
                               lanes sum)
{
    const size_t at = (slab * t->n_tiles + tile) * CELLS;
    const lanes wire = all(t->col_ohm > 0.0f ? 1.0f / t->col_ohm : 0.0f);
    lanes above = {0}, bends = {0};
    UNROLL
    for (int i = 0; i < TILE; i++) {
        const size_t row = slab * TILE + (size_t)i, cell = at + (size_t)i * TILE;
        const bool usual = inner || is_inner_row(t, row);
        const lanes p = load(t->p + cell);
        const lanes q = load(t->g + cell) * (by_cells ? p - x[i] : x[i]);
        store(t->z + cell, q);
        sum = dot_lanes(p, usual ? q : q + terminals(t, row, tile) * p, sum);
        if (i > 0) {
            const lanes d = above - p;
            if (usual)
                bends = dot_lanes(d, d, bends);
            else
                sum = dot_lanes(d, wires_below(t, row - 1, tile) * d, sum);
        }
        above = p;
    }
    return sum + wire * bends;
}

ALWAYS_INLINE void direct(xbar_tiles *t, int half, bool special, bool by_cells)
{
    const size_t n = half_slabs(t, half);
    t->dot[half] = 0.0;
    for (size_t k = n; k-- > 0;) {
        size_t slab = inward_slab(t, half, k);
        lanes v = by_cells ? cells_forward(t, half, slab, special)
                           : wires_forward(t, half, slab, special);
        lanes sum = {0}, x[TILE];
        for (size_t tile = t->n_tiles; tile-- > 0;) {
            rows_return(t, half, slab, tile, special, &v, x);
            transpose(x);
            if (is_inner(t, slab))
                sum = curve_tile(t, slab, tile, by_cells, true, x, sum);
            else
                sum = curve_tile(t, slab, tile, by_cells, false, x, sum);
            /* the wire to the slab below, or above: whichever came before */
            if (k + 1 < n) {
                size_t row = slab * TILE + (half == XBAR_UPPER ? TILE - 1 : 0);
                size_t other = half == XBAR_UPPER ? row + 1 : row - 1;
                lanes d = load(xbar_tiles_cell(t, t->p, row, tile)) -
                          load(xbar_tiles_cell(t, t->p, other, tile));
                lanes g = wires_below(t, half == XBAR_UPPER ? row : other, tile);
                sum = dot_lanes(d, g * d, sum);
            }
        }
        t->dot[half] += sum_of(sum);
    }
}

/* Is p - A^-1 D p to be told by the cells, or by the wires? By the wires where a cell is
 * better than a segment; and where good cells are many and lie in parts that do not touch:
 * they tie long stretches of a row to their columns, and of the small rest of p that is
 * not so tied the cells lose the digits. (As measured, at 64 to 512 lines and wires of 0.1
 * to 100 ohm.) */
static bool is_by_cells(const xbar_tiles *t)
{
    static const double many = 8.0; /* mean cells that the best one is worth, at most */
    static const double tied =
        100.0; /* what a row's cells conduct by what it resists */
    if (t->row_ohm == 0.0f)
        return true;
    const float peak = t->g_peak[0] > t->g_peak[1] ? t->g_peak[0] : t->g_peak[1];
    if (peak >= 1.0f)
        return false;
    const double rows = (double)t->n_rows, cols = (double)t->n_cols;
    const double mean = (t->g_sum[0] + t->g_sum[1]) / (rows * cols);
    return !(t->has_parts && (double)peak < many * mean && cols * cols * mean > tied);
}

void XBAR_ISA(xbar_conjugate_direct)(xbar_tiles *t, int half)
{
    const bool by_cells = is_by_cells(t);
    if (is_special(t) && by_cells)
        direct(t, half, true, true);
    else if (is_special(t))
        direct(t, half, true, false);
    else if (by_cells)
        direct(t, half, false, true);
    else
        direct(t, half, false, false);
}

/* ---- w <- w + alpha p;  r <- r - alpha S p;  z <- elimination of r; P' r;
 * r' B^-1 r but for what the halves tell each other ---- */

/* What a row's bit nodes lose at p, but for their cells. */
static inline lanes lost(const xbar_tiles *t, size_t row, size_t tile, lanes p)
{
    lanes q = terminals(t, row, tile) * p;
    if (row + 1 < t->n_rows)
        q += wires_below(t, row, tile) *
             (p - load(xbar_tiles_cell(t, t->p, row + 1, tile)));
    if (row > 0 && row < t->n_rows)
        q += wires_below(t, row - 1, tile) *
             (p - load(xbar_tiles_cell(t, t->p, row - 1, tile)));
    return q;
}

/* One tile: a step, the residual behind it, and its elimination. */
ALWAYS_INLINE lanes move_tile(xbar_tiles *t, int half, size_t slab, size_t tile,
                              bool special, bool first, bool inner, lanes hat[4],
                              lanes sum)
{
    const lanes alpha = all((float)t->alpha), real = real_lanes(t, tile);
    const lanes wire = all(t->col_ohm > 0.0f ? 1.0f / t->col_ohm : 0.0f);
    const float *share = t->coarse->y.share + slab * TILE;
    const size_t at = (slab * t->n_tiles + tile) * CELLS, next = t->n_tiles * CELLS;
    lanes y = load(t->carry[half] + tile * TILE);
    const lanes nothing = {0};
    for (int part = 0; part < 2; part++) {
        lanes near = {0}, far = {0};
        for (int k = 8 * part; k < 8 * part + 8; k++) {
            const int i = inward_row(half, k);
            const size_t cell = at + (size_t)i * TILE;
            lanes r = load(t->rw + cell);
            if (!first) {
                const lanes p = load(t->p + cell);
                lanes q = load(t->z + cell);
                if (inner || is_inner_row(t, slab * TILE + (size_t)i)) {
                    /* a slab's rows lie one behind the other, the next slab's further on */
                    size_t above = i > 0 ? cell - TILE : cell - next + CELLS - TILE;
                    size_t below =
                        i + 1 < TILE ? cell + TILE : cell + next - CELLS + TILE;
                    q += wire * ((p - load(t->p + above)) + (p - load(t->p + below)));
                    r = (r - alpha * q) * real;
                } else {
                    q += lost(t, slab * TILE + (size_t)i, tile, p);
                    r = (r - alpha * q) * free_nodes(t, slab * TILE + (size_t)i, tile);
                }
                store(t->rw + cell, r);
                store(t->w + cell,
                      t->beta == 0.0f ? alpha * p : load(t->w + cell) + alpha * p);
            }
            const lanes to_far = r * share[i];
            near += r - to_far;
            far += to_far;
            y += r;
            store(t->z + cell, y);
            const lanes kept = factor_at(t, cell, special);
            sum =
                dot_lanes(y, way_back(kept, t->col_ohm * y, y, nothing, special), sum);
            y = forward_factor(kept, special) * y;
        }
        const int block = half == XBAR_UPPER ? part : 1 - part;
        hat[2 * block] = near;
        hat[2 * block + 1] = far;
    }
    store(t->carry[half] + tile * TILE, y);
    return sum;
}

/* r' B^-1 r of what the innermost rows take from beyond them. */
double XBAR_ISA(xbar_conjugate_across)(const xbar_tiles *t)
{
    const bool special = is_special(t);
    double sum = 0.0;
    for (int half = 0; half < 2 && (half == 0 || t->n_upper < t->n_slabs); half++)
        for (size_t tile = 0; tile < t->n_tiles; tile++) {
            const size_t row = t->n_upper * TILE - (half == XBAR_UPPER);
            const float *z = xbar_tiles_cell(t, t->z, row, tile);
            const lanes kept = factor_at(t, (size_t)(z - t->z), special);
            const lanes moved = forward_factor(kept, special) * load(z);
            const float *carry = t->carry[half] + tile * TILE;
            for (int j = 0; j < TILE; j++)
                sum += (double)moved[j] * (double)carry[j];
        }
    return sum;
}

/* Where a half's share of P' r at a coarse row is to go: the coarse row where the halves
 * meet has two. */
static inline float *hat_line(const xbar_tiles *t, int half, size_t node)
{
    if (half == XBAR_LOWER && node == xbar_coarse_meeting(t->coarse, t))
        return t->hat[XBAR_LOWER];
    return t->coarse->line + node * t->width;
}

static void clear_hats(const xbar_tiles *t, int half)
{
    const size_t meet = xbar_coarse_meeting(t->coarse, t), last = t->coarse->y.n_nodes;
    const size_t from = half == XBAR_UPPER ? 0 : meet + 1;
    const size_t to = half == XBAR_UPPER ? meet + 1 : last + 1;
    memset(t->carry[half], 0, t->width * sizeof(float));
    memset(t->coarse->line + from * t->width, 0,
           (to - from) * t->width * sizeof(float));
    if (half == XBAR_LOWER)
        memset(t->hat[XBAR_LOWER], 0, t->width * sizeof(float));
}

static inline void add_to(float *line, lanes v)
{
    store(line, load(line) + v);
}

ALWAYS_INLINE void move(xbar_tiles *t, int half, bool special, bool first)
{
    const xbar_axis *y = &t->coarse->y;
    t->dot[half] = 0.0;
    clear_hats(t, half);
    for (size_t k = 0; k < half_slabs(t, half); k++) {
        size_t slab = inward_slab(t, half, k);
        float *line[4];
        for (size_t l = 0; l < 4; l++) {
            const size_t row = slab * TILE + l / 2 * 8;
            line[l] = hat_line(t, half, xbar_axis_node(y, row) + l % 2);
        }
        lanes sum = {0};
        for (size_t tile = 0; tile < t->n_tiles; tile++) {
            lanes hat[4] = {{0}, {0}, {0}, {0}};
            if (is_inner(t, slab))
                sum = move_tile(t, half, slab, tile, special, first, true, hat, sum);
            else
                sum = move_tile(t, half, slab, tile, special, first, false, hat, sum);
            for (size_t l = 0; l < 4; l++)
                add_to(line[l] + tile * TILE, hat[l]);
        }
        t->dot[half] += sum_of(sum);
    }
}

void XBAR_ISA(xbar_conjugate_move)(xbar_tiles *t, int half)
{
    bool first = t->from_zero;
    if (is_special(t))
        move(t, half, true, first);
    else if (first)
        move(t, half, false, true);
    else
        move(t, half, false, false);
}
