/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Loops over cells with an input in each lane; the equations are those of slabs.h and
 * coarse.h. Compiled once for each vector width (isa.h). */
#include <string.h>

#include "nodal/batch.h"
#include "nodal/isa.h"
#include "nodal/slabs.h"

enum { OCT = 8 };

/* Where cell (i,j) stands in the tiles' planes. */
static inline size_t in_tiles(const xbar_tiles *t, size_t i, size_t j)
{
    return (i / TILE * t->n_tiles + j / TILE) * CELLS + i % TILE * TILE + j % TILE;
}

static inline size_t row_factor(const xbar_tiles *t, size_t i, size_t j)
{
    return (i / TILE * t->width + j) * TILE + i % TILE;
}

/* Rows of a half: [from, to), counted from its outer end inwards by step. */
static inline size_t half_rows(const xbar_tiles *t, int half)
{
    size_t middle = at_most(t->n_upper * TILE, t->n_rows);
    return half == XBAR_UPPER ? middle : t->n_rows - middle;
}

static inline size_t inward(const xbar_tiles *t, int half, size_t k)
{
    return half == XBAR_UPPER ? k : t->n_rows - 1 - k;
}

/* The smooth correction along a row, at the coarse columns. */
static void row_nodes(const xbar_batch *b, size_t i, float *at)
{
    const xbar_axis *x = &b->t->coarse->x, *y = &b->t->coarse->y;
    size_t q = xbar_axis_node(y, i), n = x->n_nodes;
    const float *low = b->node + q * (n + 1) * TILE, *high = low + (n + 1) * TILE;
    for (size_t p = 0; p < n; p++) {
        lanes v = load(low + p * TILE);
        store(at + p * TILE, v + y->share[i] * (load(high + p * TILE) - v));
    }
    store(at + n * TILE, (lanes){0});
}

static inline lanes between(const xbar_axis *x, const float *at, size_t j)
{
    const float *node = at + xbar_axis_node(x, j) * TILE;
    lanes v = load(node);
    return v + x->share[j] * (load(node + TILE) - v);
}

typedef struct pass {
    bool fresh, from_zero, finish;
    bool fine; /* finish, and w is what is beyond `base` */
} pass;

/* The bit nodes' base that row k of a half, counted inwards, has with others. */
static inline float *base_of(const xbar_batch *b, int half, size_t k)
{
    const xbar_tiles *t = b->t;
    size_t before = half == XBAR_UPPER ? 0 : half_rows(t, XBAR_UPPER) / TILE + 1;
    return b->base + (before + k / TILE) * t->n_cols * TILE;
}

/* m, from what is kept. */
static inline float pass_on(const xbar_tiles *t, float kept)
{
    return t->is_steep ? kept : 1.0f - kept;
}

/* Elimination of a row; y of the last node with its padding. */
ALWAYS_INLINE lanes row_forward(xbar_batch *b, int half, size_t k, size_t i,
                                const pass p)
{
    const xbar_tiles *t = b->t;
    const xbar_axis *x = &t->coarse->x;
    float *work = b->work[half], *w = b->w + i * t->n_cols * TILE;
    const float *ru = b->ru + i * t->n_cols * TILE;
    float *at = b->slope[half];
    lanes v_row = {0}, y = {0};
    float m = 0.0f;
    if (!p.from_zero)
        row_nodes(b, i, at);
    if (p.fresh)
        v_row = load(b->ref[0] + i * TILE);
    for (size_t j = 0; j < t->n_cols; j++) {
        const float g = t->g[in_tiles(t, i, j)];
        lanes volts = {0}, a = {0};
        if (!p.from_zero)
            volts = load(w + j * TILE) + between(x, at, j);
        if (p.finish)
            store(w + j * TILE, volts);
        if (p.fine)
            volts += load(base_of(b, half, k) + j * TILE);
        if (p.fresh) {
            a = g * (volts + (load(b->ref[1] + j * TILE) - v_row));
            if (j == 0)
                a += load(b->into[0] + i * TILE);
            if (j == t->n_cols - 1)
                a += load(b->into[1] + i * TILE);
        } else {
            a = load(ru + j * TILE) + g * volts;
        }
        y = a + m * y;
        m = pass_on(t, t->na[row_factor(t, i, j)]);
        store(work + j * TILE, y);
    }
    for (size_t j = t->n_cols; j < t->width; j++) {
        y = m * y;
        m = pass_on(t, t->na[row_factor(t, i, j)]);
    }
    return y;
}

/* x behind the last real node: padding carries no current, so it stands at its voltage. */
static inline lanes row_end(const xbar_batch *b, size_t i, lanes y)
{
    return y * b->t->row_last[i];
}

ALWAYS_INLINE void col_forward(xbar_batch *b, int half, size_t k, size_t j, lanes u,
                               lanes v_row, const pass p)
{
    const xbar_tiles *t = b->t;
    size_t i = inward(t, half, k), cell = (i * t->n_cols + j) * TILE;
    const float g = t->g[in_tiles(t, i, j)];
    lanes y;
    if (p.fresh) {
        y = g * (u + (v_row - load(b->ref[1] + j * TILE)));
        if (i == 0)
            y += load(b->into[2] + j * TILE);
        if (i == t->n_rows - 1)
            y += load(b->into[3] + j * TILE);
    } else {
        y = load(b->rw + cell) + g * u;
    }
    if (k > 0) {
        size_t before = inward(t, half, k - 1);
        y += pass_on(t, t->nb[in_tiles(t, before, j)]) *
             load(b->w + (before * t->n_cols + j) * TILE);
    }
    store(b->w + cell, y);
}

/* What a round found, base + v, onto the voltages: error-free sums (slabs.h, rebase) but
 * for the last digit of lo. */
ALWAYS_INLINE void keep(const xbar_batch *b, float *const to[2], size_t cell,
                        lanes base, lanes v, const pass p)
{
    lanes hi = base, lo = v;
    if (!p.fresh) {
        lanes sum = load(b->lives) * base, tail = load(b->lives) * v, left;
        rebase(&sum, &tail);
        left = load(to[1] + cell);
        rebase(&left, &sum);
        hi = load(to[0] + cell);
        rebase(&hi, &left);
        lo = left + (sum + tail);
    }
    rebase(&hi, &lo);
    store(to[0] + cell, hi);
    store(to[1] + cell, lo);
}

ALWAYS_INLINE void sweep_inward(xbar_batch *b, int half, const pass p)
{
    const xbar_tiles *t = b->t;
    const xbar_axis *x = &t->coarse->x;
    for (size_t k = 0; k < half_rows(t, half); k++) {
        size_t i = inward(t, half, k), row = i * t->n_cols * TILE;
        lanes v = row_end(b, i, row_forward(b, half, k, i, p)), v_row = {0}, base = {0};
        if (p.fine) {
            base = v;
            v = (lanes){0};
        }
        if (p.fresh)
            v_row = load(b->ref[0] + i * TILE);
        for (size_t j = t->n_cols; j-- > 0;) {
            const float kept = t->na[row_factor(t, i, j)], m = pass_on(t, kept);
            lanes own = m * load(b->work[half] + j * TILE);
            if (p.fine) {
                if (j % TILE == TILE - 1)
                    rebase(&base, &v);
                own -= kept * base;
            }
            v = own + m * v;
            if (p.finish) {
                lanes of_w = {0};
                if (p.fine)
                    of_w = load(base_of(b, half, k) + j * TILE);
                keep(b, b->u, row + j * TILE, base, v, p);
                keep(b, b->v, row + j * TILE, of_w, load(b->w + row + j * TILE), p);
                continue;
            }
            if ((j & (x->spacing - 1)) == 0 || j == t->n_cols - 1) {
                size_t node = j == t->n_cols - 1 ? x->n_nodes - 1 : j >> x->shift;
                store(b->kept_u + (node * t->n_rows + i) * TILE, v);
            }
            col_forward(b, half, k, j, v, v_row, p);
        }
    }
}

#define SWEEP(name, FRESH, ZERO, FINISH, FINE)                                         \
    static void name(xbar_batch *b, int half)                                          \
    {                                                                                  \
        sweep_inward(b, half,                                                          \
                     (pass){.fresh = (FRESH),                                          \
                            .from_zero = (ZERO),                                       \
                            .finish = (FINISH),                                        \
                            .fine = (FINE)});                                          \
    }
SWEEP(inward_plain, false, false, false, false)
SWEEP(inward_plain_zero, false, true, false, false)
SWEEP(inward_fresh, true, false, false, false)
SWEEP(inward_fresh_zero, true, true, false, false)
SWEEP(finish_fresh, true, false, true, false)
SWEEP(finish_fresh_fine, true, false, true, true)
SWEEP(finish_later, false, false, true, false)
SWEEP(finish_later_fine, false, false, true, true)

void XBAR_ISA(xbar_batch_inward)(xbar_batch *b, int half)
{
    static void (*const sweeps[])(xbar_batch *, int) = {
        inward_plain, inward_plain_zero, inward_fresh, inward_fresh_zero};
    sweeps[2 * b->fresh + b->from_zero](b, half);
}

void XBAR_ISA(xbar_batch_finish)(xbar_batch *b, int half)
{
    static void (*const sweeps[])(xbar_batch *, int) = {
        finish_later, finish_later_fine, finish_fresh, finish_fresh_fine};
    sweeps[2 * b->fresh + b->is_fine](b, half);
}

/* As xbar_tiles_middle; a lone half's last rows may be padding, which carries no current. */
void XBAR_ISA(xbar_batch_middle)(xbar_batch *b)
{
    const xbar_tiles *t = b->t;
    size_t upper = half_rows(t, XBAR_UPPER), n = t->n_cols;
    for (size_t j = 0; j < n; j++) {
        const float *ya = b->w + ((upper - 1) * n + j) * TILE;
        float *xa = b->carry[0] + j * TILE, *xb = b->carry[1] + j * TILE;
        float sa = t->col_mid[0][j], sb = t->col_mid[1][j], rho = t->col_ohm;
        if (upper == t->n_rows) {
            float m = sa > 0.0f ? 1.0f / sa : 0.0f;
            for (size_t i = upper - 1; i + 1 < t->height; i++)
                m *= pass_on(t, t->nb[in_tiles(t, i, j)]);
            store(xa, m * load(ya));
            continue;
        }
        lanes a = load(ya), c = load(ya + n * TILE);
        float det = rho * sa * sb + sa + sb;
        float f = det > 0.0f ? 1.0f / det : 0.0f;
        store(xb, f * ((rho * sb + 1.0f) * a + c)); /* x_a: what the lower half sees */
        store(xa, f * ((rho * sa + 1.0f) * c + a));
    }
}

/* The way back of a row's bit nodes; fine: beyond their base. */
ALWAYS_INLINE void outward_row(const xbar_batch *b, int half, size_t k,
                               const float *next, bool fine)
{
    const xbar_tiles *t = b->t;
    const size_t i = inward(t, half, k), n = t->n_cols;
    const float rho = t->col_ohm, *base = base_of(b, half, k);
    float *w = b->w + i * n * TILE;
    for (size_t j = 0; j < n; j++) {
        const float kept = t->nb[in_tiles(t, i, j)], m = pass_on(t, kept);
        lanes own = (m * rho) * load(w + j * TILE);
        if (fine)
            own -= kept * load(base + j * TILE);
        store(w + j * TILE, own + m * load(next + j * TILE));
    }
}

/* The base of row k and those before it, from that of the rows behind and their rest. */
static void next_base(const xbar_batch *b, int half, size_t k, const float *base,
                      const float *rest)
{
    float *to = base_of(b, half, k);
    for (size_t j = 0; j < b->t->n_cols; j++) {
        lanes hi = load(base + j * TILE), lo = {0};
        if (rest)
            lo = load(rest + j * TILE);
        rebase(&hi, &lo);
        store(to + j * TILE, hi);
        store(b->rest[half] + j * TILE, lo);
    }
}

void XBAR_ISA(xbar_batch_outward)(xbar_batch *b, int half)
{
    const xbar_tiles *t = b->t;
    const size_t n = t->n_cols, n_rows = half_rows(t, half);
    for (size_t k = n_rows; k-- > 0;) {
        const bool innermost = k + 1 == n_rows;
        const float *behind =
            innermost ? b->carry[half] : b->w + inward(t, half, k + 1) * n * TILE;
        if (!b->is_fine) {
            outward_row(b, half, k, behind, false);
            continue;
        }
        if (innermost)
            next_base(b, half, k, b->carry[half], NULL);
        else if (k % TILE == TILE - 1)
            next_base(b, half, k, base_of(b, half, k + 1), behind);
        const bool first = innermost || k % TILE == TILE - 1;
        outward_row(b, half, k, first ? b->rest[half] : behind, true);
    }
}

/* ---- the smooth correction ---- */

/* c[a][.] (+)= sum_k m[a][k] b[k][.] for rows of `width` lanes. */
static void from_left(float *c, const float *m, size_t m_stride, const float *b,
                      size_t n_rows, size_t n_inner, size_t width, size_t row)
{
    for (size_t a = 0; a < n_rows; a++)
        for (size_t j = 0; j < width; j++) {
            lanes sum = {0};
            for (size_t k = 0; k < n_inner; k++)
                sum += m[a * m_stride + k] * load(b + (k * row + j) * TILE);
            store(c + (a * row + j) * TILE, sum);
        }
}

/* c[a][p] = sum_k b[a][k] m[k][p]. */
static void from_right(float *c, const float *b, const float *m, size_t m_stride,
                       size_t n_rows, size_t n, size_t row)
{
    for (size_t a = 0; a < n_rows; a++)
        for (size_t p = 0; p < n; p++) {
            lanes sum = {0};
            for (size_t k = 0; k < n; k++)
                sum += m[k * m_stride + p] * load(b + (a * row + k) * TILE);
            store(c + (a * row + p) * TILE, sum);
        }
}

static inline void add(float *to, lanes v)
{
    store(to, load(to) + v);
}

/* r -= what the word lines' wires and terminals carry away from the coarse nodes. */
static void subtract_rows(const xbar_batch *b, float *r, size_t row)
{
    const xbar_tiles *t = b->t;
    const xbar_axis *x = &t->coarse->x, *y = &t->coarse->y;
    for (size_t i = 0; i < t->n_rows; i++) {
        size_t q = xbar_axis_node(y, i);
        float far = y->share[i], near = 1.0f - far;
        for (size_t p = 0; p < x->n_nodes; p++) {
            lanes v = load(b->kept_u + (p * t->n_rows + i) * TILE), out = {0};
            if (p == 0)
                out += t->end[0][i] * v;
            else
                out += x->siemens[p - 1] *
                       (v - load(b->kept_u + ((p - 1) * t->n_rows + i) * TILE));
            if (p == x->n_nodes - 1)
                out += t->end[1][i] * v;
            else
                out += x->siemens[p] *
                       (v - load(b->kept_u + ((p + 1) * t->n_rows + i) * TILE));
            add(r + (q * row + p) * TILE, -near * out);
            add(r + ((q + 1) * row + p) * TILE, -far * out);
        }
    }
}

/* The bit nodes of coarse row q. */
typedef struct coarse_row {
    const float *w, *base; /* base: NULL where w is all */
} coarse_row;

static coarse_row coarse_row_of(const xbar_batch *b, size_t q)
{
    const xbar_tiles *t = b->t;
    const xbar_axis *y = &t->coarse->y;
    size_t i = q + 1 < y->n_nodes ? q * y->spacing : t->n_rows - 1;
    if (y->n_nodes == 1)
        i = 0;
    const int half = i < half_rows(t, XBAR_UPPER) ? XBAR_UPPER : XBAR_LOWER;
    const size_t k = half == XBAR_UPPER ? i : t->n_rows - 1 - i;
    return (coarse_row){b->w + i * t->n_cols * TILE,
                        b->is_fine ? base_of(b, half, k) : NULL};
}

static inline lanes bit_nodes(const coarse_row *r, size_t j)
{
    lanes v = load(r->w + j * TILE);
    return r->base ? v + load(r->base + j * TILE) : v;
}

static void subtract_cols(const xbar_batch *b, float *r, size_t row)
{
    const xbar_tiles *t = b->t;
    const xbar_axis *x = &t->coarse->x, *y = &t->coarse->y;
    for (size_t q = 0; q < y->n_nodes; q++) {
        const coarse_row here = coarse_row_of(b, q),
                         above = coarse_row_of(b, q > 0 ? q - 1 : 0),
                         below = coarse_row_of(b, q + 1 < y->n_nodes ? q + 1 : q);
        for (size_t j = 0; j < t->n_cols; j++) {
            size_t p = xbar_axis_node(x, j);
            float far = x->share[j], near = 1.0f - far;
            lanes v = bit_nodes(&here, j), out = {0};
            if (q == 0)
                out += t->end[2][j] * v;
            else
                out += y->siemens[q - 1] * (v - bit_nodes(&above, j));
            if (q == y->n_nodes - 1)
                out += t->end[3][j] * v;
            else
                out += y->siemens[q] * (v - bit_nodes(&below, j));
            add(r + (q * row + p) * TILE, -near * out);
            add(r + (q * row + p + 1) * TILE, -far * out);
        }
    }
}

void XBAR_ISA(xbar_batch_smooth)(xbar_batch *b)
{
    const xbar_coarse *c = b->t->coarse;
    const xbar_axis *x = &c->x, *y = &c->y;
    const size_t row = x->n_nodes + 1, n = (y->n_nodes + 1) * row * TILE;
    float *r = b->mode[0], *other = b->mode[1];
    for (size_t k = 0; k < n; k += TILE)
        store(r + k, load(b->given[0] + k) + load(b->given[1] + k));
    subtract_rows(b, r, row);
    subtract_cols(b, r, row);
    from_left(other, y->transposed, y->padded, r, y->n_nodes, y->n_nodes, x->n_nodes,
              row);
    from_right(r, other, x->basis, x->padded, y->n_nodes, x->n_nodes, row);
    for (size_t q = 0; q < y->n_nodes; q++)
        for (size_t p = 0; p < x->n_nodes; p++) {
            float *at = r + (q * row + p) * TILE;
            store(at, c->poisson[q * x->padded + p] * load(at));
        }
    from_left(other, y->basis, y->padded, r, y->n_nodes, y->n_nodes, x->n_nodes, row);
    from_right(b->node, other, x->transposed, x->padded, y->n_nodes, x->n_nodes, row);
}

/* ---- Kirchhoff's law in double precision ---- */

static inline oct volts(float *const hi_lo[2], size_t at)
{
    return widen(hi_lo[0] + at) + widen(hi_lo[1] + at);
}

static inline oct load_oct(const double *p)
{
    return *(const oct *)p;
}

typedef int half_mask __attribute__((vector_size(32)));

static inline half_lanes larger(half_lanes most, half_lanes v)
{
    half_lanes size = (half_lanes)((half_mask)v & 0x7fffffff);
    half_mask m = most > size;
    return (half_lanes)(((half_mask)most & m) | ((half_mask)size & ~m));
}

static inline half_lanes single(oct v)
{
    return __builtin_convertvector(v, half_lanes);
}

static void close_stretch(xbar_batch *b, int half, size_t q, size_t at)
{
    const xbar_tiles *t = b->t;
    const xbar_axis *x = &t->coarse->x;
    const size_t n = t->n_cols, row = x->n_nodes + 1;
    for (size_t l = 0; l < 2; l++)
        for (size_t j = 0; j < n; j++) {
            half_lanes *hat = (half_lanes *)(b->hat[half] + (l * n + j) * TILE + at);
            size_t node = (q + l) * row + xbar_axis_node(x, j);
            half_lanes *to = (half_lanes *)(b->given[half] + node * TILE + at);
            to[0] += (1.0f - x->share[j]) * *hat;
            to[2] += x->share[j] * *hat; /* the next node */
            *hat = (half_lanes){0};
        }
}

/* Eight of the lanes of a row, from `at`. line: the bit nodes' voltages, [3][n_cols][8],
 * of the row above, this one, and room for the one below, each widened once. */
ALWAYS_INLINE void look_row(xbar_batch *b, int half, size_t i, size_t at, bool currents,
                            double *const line[3])
{
    const xbar_tiles *t = b->t;
    const size_t n = t->n_cols, row = i * n * TILE + at;
    const double scale = (double)t->scale, gw = scale * b->row_siemens,
                 gb = scale * b->col_siemens;
    const bool is_first = i == 0, is_last = i + 1 == t->n_rows;
    float *near = b->hat[half] + at, *far = near + n * TILE;
    const float share = t->coarse->y.share[i];
    const oct v_row = load_oct(b->v_row + i * TILE + at);
    half_lanes largest = *(half_lanes *)&b->largest[half][at];
    half_lanes current = *(half_lanes *)&b->current[half][at];
    oct u = volts(b->u, row);
    oct left = load_oct(b->inject[0] + i * TILE + at) - b->end[0][i] * scale * u;
    if (currents)
        current = larger(current, single(left));
    for (size_t j = 0; j < n; j++) {
        const size_t cell = row + j * TILE;
        oct next = u, right, above, below, w = load_oct(line[1] + j * OCT);
        if (j + 1 < n) {
            next = volts(b->u, cell + TILE);
            right = gw * (u - next);
        } else {
            right = b->end[1][i] * scale * u - load_oct(b->inject[1] + i * TILE + at);
        }
        if (is_first)
            above = load_oct(b->inject[2] + j * TILE + at) - b->end[2][j] * scale * w;
        else
            above = gb * (load_oct(line[0] + j * OCT) - w);
        if (is_last) {
            below = b->end[3][j] * scale * w - load_oct(b->inject[3] + j * TILE + at);
        } else {
            oct v = volts(b->v, cell + n * TILE);
            *(oct *)(line[2] + j * OCT) = v;
            below = gb * (w - v);
        }
        oct i_cell = b->g[i * n + j] *
                     ((v_row - load_oct(b->v_col + j * TILE + at)) + scale * (u - w));
        oct du = left - right - i_cell, dw = above - below + i_cell;
        half_lanes ru = single(du), rw = single(dw), both = single(du + dw);
        if (currents) /* later rounds change it in the sixth digit */
            current = larger(larger(larger(current, single(right)), single(below)),
                             single(i_cell));
        largest = larger(larger(largest, ru), rw);
        *(half_lanes *)(b->ru + cell) = ru;
        *(half_lanes *)(b->rw + cell) = rw;
        half_lanes part = share * both;
        *(half_lanes *)(far + j * TILE) += part;
        *(half_lanes *)(near + j * TILE) += both - part;
        u = next;
        left = right;
    }
    *(half_lanes *)&b->largest[half][at] = largest;
    *(half_lanes *)&b->current[half][at] = current;
}

ALWAYS_INLINE void look_rows(xbar_batch *b, int half, size_t from, size_t to, size_t at,
                             bool currents)
{
    const xbar_tiles *t = b->t;
    const size_t n = t->n_cols;
    double *line[3];
    for (size_t k = 0; k < 3; k++)
        line[k] = b->wide[half] + (k * n) * OCT;
    for (size_t k = 0; k < 2; k++) /* the rows above and of the first */
        for (size_t j = 0; j < n && from + k > 0 && from < to; j++)
            *(oct *)(line[k] + j * OCT) =
                volts(b->v, ((from + k - 1) * n + j) * TILE + at);
    for (size_t i = from; i < to; i++) {
        look_row(b, half, i, at, currents, line);
        double *above = line[0];
        line[0] = line[1];
        line[1] = line[2];
        line[2] = above;
        if ((i + 1) % t->coarse->y.spacing == 0 || i + 1 == to)
            close_stretch(b, half, xbar_axis_node(&t->coarse->y, i), at);
    }
}

void XBAR_ISA(xbar_batch_look)(xbar_batch *b, int half)
{
    const xbar_tiles *t = b->t;
    const xbar_axis *x = &t->coarse->x, *y = &t->coarse->y;
    size_t middle = half_rows(t, XBAR_UPPER);
    size_t from = half == XBAR_UPPER ? 0 : middle, to = from + half_rows(t, half);
    memset(b->given[half], 0,
           (y->n_nodes + 1) * (x->n_nodes + 1) * TILE * sizeof(float));
    memset(b->hat[half], 0, 2 * t->n_cols * TILE * sizeof(float));
    memset(b->largest[half], 0, sizeof b->largest[half]);
    if (b->is_first)
        memset(b->current[half], 0, sizeof b->current[half]);
    for (size_t at = 0; at < TILE; at += OCT)
        if (b->is_first)
            look_rows(b, half, from, to, at, true);
        else
            look_rows(b, half, from, to, at, false);
}
