/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The coarse correction's loops. Compiled once for each vector width (isa.h). */
#include <string.h>

#include "nodal/coarse.h"
#include "nodal/isa.h"
#include "nodal/slabs.h"

/* One line: out[node] is the sum of hat function `node` times it. */
static void restrict_line(const xbar_axis *a, float *out, size_t out_stride,
                          const float *line)
{
    float before = 0.0f;
    for (size_t k = 0; k < a->n_nodes; k++) {
        const size_t from = k << a->shift;
        const size_t to = at_most(a->n_fine, from + a->spacing), whole = to / 8 * 8;
        half_lanes near = {0}, far = {0};
        for (size_t i = from; i < whole; i += 8) {
            const half_lanes v = *(const half_lanes *)(line + i);
            const half_lanes part = v * *(const half_lanes *)(a->share + i);
            near += v - part;
            far += part;
        }
        for (size_t i = from > whole ? from : whole; i < to; i++) {
            const float part = line[i] * a->share[i];
            near[0] += line[i] - part;
            far[0] += part;
        }
        out[k * out_stride] = before + sum_of_half(near);
        before = sum_of_half(far);
    }
}

/* Restricts lines of fine values to the nodes across them: out[node][line] is the sum
 * of hat function `node` times line `line`, or, if `falls`, times what is lost from there
 * to the next line: of sums of lines, the last digits would be more than that. Sixteen
 * lines at a time become the lanes. */
ALWAYS_INLINE void restrict_lines(const xbar_axis *a, float *out, size_t out_stride,
                                  const float *lines, size_t stride, size_t n_lines,
                                  bool falls)
{
    for (size_t l = 0; l + falls < n_lines; l += TILE) {
        if (!falls && l + 1 == n_lines) { /* often: there are 16, 32, ... and one */
            restrict_line(a, out + l, out_stride, lines + l * stride);
            return;
        }
        size_t n = at_most(TILE, n_lines - falls - l), node = 0;
        lanes near = {0}, far = {0};
        for (size_t i = 0; i < a->n_fine; i += TILE) {
            lanes v[TILE];
            for (size_t k = 0; k < TILE; k++) {
                const float *line = lines + (l + (k < n ? k : 0)) * stride + i;
                v[k] = falls ? load(line) - load(line + stride) : load(line);
            }
            transpose(v);
            UNROLL
            for (size_t k = 0; k < TILE; k++) {
                if (k % 8 == 0 && i + k < a->n_fine && ((i + k) >> a->shift) != node) {
                    store(out + node * out_stride + l, near);
                    near = far;
                    far = (lanes){0};
                    node = ((i + k) >> a->shift);
                }
                if (i + k < a->n_fine) {
                    lanes part = v[k] * a->share[i + k];
                    far += part;
                    near += v[k] - part;
                }
            }
        }
        store(out + node * out_stride + l, near);
        if (node + 1 < a->n_nodes)
            store(out + (node + 1) * out_stride + l, far);
    }
}

/* One line, its values multiplied by those of another. */
static void restrict_one(const xbar_axis *a, float *out, const float *v,
                         const float *times)
{
    memset(out, 0, a->padded * sizeof *out);
    for (size_t i = 0; i < a->n_fine; i += 8) {
        size_t k = (i >> a->shift), end = at_most(i + 8, a->n_fine);
        float near = 0.0f, far = 0.0f;
        for (size_t l = i; l < end; l++) {
            float whole = v[l] * times[l], part = whole * a->share[l];
            near += whole - part;
            far += part;
        }
        out[k] += near;
        if (k + 1 < a->n_nodes)
            out[k + 1] += far;
    }
}

/* What flows out of nodes k ... k+15 of a line towards the next ones, less what flows in
 * from those before, of which the last is in *before. @param fall  V, to the next nodes */
ALWAYS_INLINE lanes drain(const xbar_axis *a, const float *fall, size_t k,
                          lanes *before)
{
    const lanes siemens = load(a->siemens + k);
    /* whatever stands behind the last node */
    const lanes out =
        choose(siemens > (lanes){0}, siemens * load(fall + k), (lanes){0});
    const lanes in = __builtin_shufflevector(*before, out, 15, 16, 17, 18, 19, 20, 21,
                                             22, 23, 24, 25, 26, 27, 28, 29, 30);
    *before = out;
    return out - in;
}

/* r -= what the segments along x take from the nodes. */
static void drain_rows(const xbar_coarse *c, float *r, const float *rows)
{
    const xbar_axis *x = &c->x;
    for (size_t q = 0; q < c->y.n_nodes; q++) {
        lanes before = {0};
        for (size_t p = 0; p < x->padded; p += TILE) {
            float *to = r + q * x->padded + p;
            store(to, load(to) - drain(x, rows + q * x->padded, p, &before));
        }
    }
}

/* The same along y, where a column's values follow each other. */
static void drain_cols(const xbar_coarse *c, float *r, const float *cols)
{
    const xbar_axis *x = &c->x, *y = &c->y;
    for (size_t p = 0; p < x->padded; p += TILE) {
        lanes before[TILE] = {{0}};
        for (size_t q = 0; q < y->padded; q += TILE) {
            lanes part[TILE];
            for (size_t k = 0; k < TILE; k++)
                part[k] = drain(y, cols + (p + k) * y->padded, q, &before[k]);
            transpose(part);
            for (size_t k = 0; k < TILE && q + k < y->n_nodes; k++) {
                float *to = r + (q + k) * x->padded + p;
                store(to, load(to) - part[k]);
            }
        }
    }
}

/* r <- given - what the wires and terminals carry away from the coarse nodes, at the
 * voltages of the last sweeps: second differences of the restricted lines. */
static void left_over(xbar_coarse *c, const xbar_tiles *t)
{
    const xbar_axis *x = &c->x, *y = &c->y;
    float *r = c->work[0], *rows = c->work[1], *cols = c->work[2], *end = c->thin;
    memcpy(r, c->given, y->n_nodes * x->padded * sizeof *r);

    restrict_lines(y, rows, x->padded, c->kept_u, t->height, x->n_nodes, true);
    drain_rows(c, r, rows);
    restrict_lines(x, cols, y->padded, c->kept_w, t->width, y->n_nodes, true);
    drain_cols(c, r, cols);
    for (int e = 0; e < 2; e++) {
        size_t p = e == 0 ? 0 : x->n_nodes - 1, q = e == 0 ? 0 : y->n_nodes - 1;
        if (c->has_end[e]) {
            restrict_one(y, end, c->kept_u + p * t->height, t->end[e]);
            for (size_t k = 0; k < y->n_nodes; k++)
                r[k * x->padded + p] -= end[k];
        }
        if (c->has_end[2 + e]) {
            restrict_one(x, end, c->kept_w + q * t->width, t->end[2 + e]);
            for (size_t k = 0; k < x->n_nodes; k++)
                r[q * x->padded + k] -= end[k];
        }
    }
}

/* The coarse rows' values between the coarse columns; 0 beyond the last of them, where no
 * bit node follows and a correction would look like a move (cycle.c). */
static void spread(xbar_coarse *c, const xbar_tiles *t, const float *at_nodes)
{
    const xbar_axis *x = &c->x;
    mask low = {0};
    for (int k = 0; k < 8; k++)
        low[k] = -1;
    for (size_t q = 0; q < c->y.n_nodes; q++) {
        float *line = c->line + q * t->width;
        const float *v = at_nodes + q * x->padded;
        for (size_t j = 0; j < t->width; j += TILE) {
            size_t k = xbar_axis_node(x, j), l = xbar_axis_node(x, j + 8);
            /* behind the last node lies padding, or the next row: its share is 0 */
            lanes at = choose(low, all(v[k]), all(v[l]));
            lanes next = choose(low, all(v[k + 1 < x->n_nodes ? k + 1 : k]),
                                all(v[l + 1 < x->n_nodes ? l + 1 : l]));
            store(line + j,
                  real_lanes(t, j / TILE) * (at + load(x->share + j) * (next - at)));
        }
    }
}

/* Four rows of c = a b, some registers of columns. */
static inline __attribute__((always_inline)) void
multiply_rows(float *c, const float *const row[4], size_t rows, const float *b,
              size_t n_inner, size_t n_cols, size_t j, int n_pieces)
{
    piece sum[4][3] = {{{0}}};
    for (size_t k = 0; k < n_inner; k++)
        for (int v = 0; v < n_pieces; v++) {
            piece x = *(const piece *)(b + k * n_cols + j + (size_t)v * XBAR_WIDTH);
            sum[0][v] += row[0][k] * x;
            sum[1][v] += row[1][k] * x;
            sum[2][v] += row[2][k] * x;
            sum[3][v] += row[3][k] * x;
        }
    for (size_t k = 0; k < rows; k++)
        for (int v = 0; v < n_pieces; v++)
            *(piece *)(c + k * n_cols + j + (size_t)v * XBAR_WIDTH) = sum[k][v];
}

/* Rows [0, n_rows) of c = a b; rows of a are `stride` apart and n_inner long, b and c
 * have n_cols columns, a multiple of 16. */
static void multiply(float *c, const float *a, size_t stride, const float *b,
                     size_t n_inner, size_t n_cols, size_t n_rows)
{
    for (size_t i = 0; i < n_rows; i += 4) {
        const float *row[4];
        size_t rows = at_most(4, n_rows - i), j = 0;
        for (size_t k = 0; k < 4; k++)
            row[k] = a + (i + (k < rows ? k : 0)) * stride;
        for (; j + 4 * XBAR_WIDTH <= n_cols || j + 2 * XBAR_WIDTH == n_cols;
             j += 2 * XBAR_WIDTH)
            multiply_rows(c + i * n_cols, row, rows, b, n_inner, n_cols, j, 2);
        if (j + 3 * XBAR_WIDTH == n_cols) /* a last one alone would wait for itself */
            multiply_rows(c + i * n_cols, row, rows, b, n_inner, n_cols, j, 3);
        else if (j < n_cols)
            multiply_rows(c + i * n_cols, row, rows, b, n_inner, n_cols, j, 1);
    }
}

/* work[0] <- the modes' inverse, by weight, of work[0]. */
static void through_modes(xbar_coarse *c)
{
    const xbar_axis *x = &c->x, *y = &c->y;
    float *r = c->work[0], *other = c->work[1];
    multiply(other, y->transposed, y->padded, r, y->n_nodes, x->padded, y->n_nodes);
    multiply(r, other, x->padded, x->basis, x->n_nodes, x->padded, y->n_nodes);
    for (size_t k = 0; k < y->n_nodes * x->padded; k += TILE)
        store(r + k, load(r + k) * load(c->weight + k));
    multiply(other, y->basis, y->padded, r, y->n_nodes, x->padded, y->n_nodes);
    multiply(r, other, x->padded, x->transposed, x->n_nodes, x->padded, y->n_nodes);
}

void XBAR_ISA(xbar_smooth_solve)(xbar_tiles *t)
{
    left_over(t->coarse, t);
    through_modes(t->coarse);
    spread(t->coarse, t, t->coarse->work[0]);
}

/* work[0] <- what a column solve lacks of the answer to the residual whose sums down the
 * columns, by the coarse rows' hat functions, are in `line`.
 * @return its product with that residual */
static double add(xbar_coarse *c, const xbar_tiles *t)
{
    const xbar_axis *x = &c->x, *y = &c->y;
    float *given = c->given, *across = c->work[2];
    double dot = 0.0;
    restrict_lines(x, across, y->padded, c->line, t->width, y->n_nodes, false);
    for (size_t q = 0; q < y->n_nodes; q++)
        for (size_t p = 0; p < x->n_nodes; p++)
            given[q * x->padded + p] = across[p * y->padded + q];
    memcpy(c->work[0], given, y->n_nodes * x->padded * sizeof *given);
    through_modes(c);
    for (size_t q = 0; q < y->n_nodes; q++)
        for (size_t p = 0; p < x->n_nodes; p++) {
            size_t at = q * x->padded + p;
            dot += (double)given[at] * (double)c->work[0][at];
        }
    return dot;
}

/* Each line times what tells the array's parts apart; added to what is there, or not. */
static void in_parts(const xbar_coarse *c, const xbar_tiles *t, float *to,
                     const float *from, bool is_added)
{
    for (size_t q = 0; q < c->y.n_nodes; q++)
        for (size_t j = 0; j < t->width; j += TILE) {
            const size_t at = q * t->width + j;
            const lanes v = load(from + at) * load(t->part + j);
            store(to + at, is_added ? v + load(to + at) : v);
        }
}

double XBAR_ISA(xbar_smooth_add)(xbar_tiles *t)
{
    xbar_coarse *c = t->coarse;
    const size_t lines = c->y.n_nodes * t->width;
    const size_t meet = xbar_coarse_meeting(c, t);
    for (size_t j = 0; meet < c->y.n_nodes && j < t->width; j += TILE) {
        float *line = c->line + meet * t->width + j;
        store(line, load(line) + load(t->hat[XBAR_LOWER] + j));
    }
    if (!t->has_parts) {
        const double dot = add(c, t);
        spread(c, t, c->work[0]);
        return dot;
    }
    memcpy(c->aside, c->line, lines * sizeof *c->line);
    in_parts(c, t, c->line, c->aside, false);
    double dot = add(c, t);
    spread(c, t, c->work[0]);
    float *const swap = c->aside; /* what is one part's, and what is all lines' */
    memcpy(c->kept_w, c->line, lines * sizeof *c->line);
    memcpy(c->line, swap, lines * sizeof *c->line);
    dot += add(c, t);
    spread(c, t, c->work[0]);
    in_parts(c, t, c->line, c->kept_w, true);
    return dot;
}
