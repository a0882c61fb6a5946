/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The nodes of a block of 8 x 8 cells from the ports at its sides (spread.h): what
 * merge_leaf.c did, backwards, with inputs in the lanes where blocks were. */
#include "nodal/isa.h"
#include "nodal/spread.h"

#define SIDE XBAR_MERGE_SIDE
#define PANEL ((size_t)XBAR_SPREAD_PANEL)

enum { WIDE = XBAR_WIDTH / 2, STEP = 2 * WIDE, CELLS = SIDE * SIDE };
typedef double vec __attribute__((vector_size(8 * WIDE)));

static inline vec load(const double *p)
{
    return *(const vec *)__builtin_assume_aligned(p, 8 * WIDE);
}

static inline void store(double *p, vec v)
{
    *(vec *)__builtin_assume_aligned(p, 8 * WIDE) = v;
}

/* ---- ports --------------------------------------------------------------------------- */

/* All ports within a block and around it: each row's, from left to right, and then those
 * between rows. */
enum { WORD_PORTS = SIDE * (SIDE + 1), PORTS = 2 * WORD_PORTS };

static inline int word_port(int row, int border)
{
    return row * (SIDE + 1) + border;
}

static inline int bit_port(int border, int col)
{
    return WORD_PORTS + border * SIDE + col;
}

/* Some of them. */
typedef struct run {
    int first, step, n;
} run;

/* Where the k-th cell is, in the order of merge_shapes.c. */
static inline int row_of(int k)
{
    return (k >> 1 & 1) | (k >> 2 & 2) | (k >> 3 & 4);
}

static inline int col_of(int k)
{
    return (k & 1) | (k >> 1 & 2) | (k >> 2 & 4);
}

/* ---- two blocks' shared ports -------------------------------------------------------- */

/* Registers hold so many. */
enum { ROWS = WIDE == 8 ? 8 : 4 };

/* Shared ports p0 to p0 + rows - 1, from the sides' ports and those shared ones behind
 * them. Where runs begin is all that is no constant here. */
static inline __attribute__((always_inline)) void
pass_some(vec x[PORTS][2], const double *share, const run shared, const run side[4],
          const int n_ports, const int p0, const int rows)
{
    vec sum[ROWS][2];
    const double *row[ROWS]; /* shares in the sides' ports */
#pragma GCC unroll 8
    for (int p = 0; p < rows; p++) {
        const int before = p0 + p;
        sum[p][0] = sum[p][1] = (vec){0};
        row[p] = share + before * (shared.n - 1 + n_ports) - before * (before - 1) / 2 +
                 shared.n - 1 - before;
    }
#pragma GCC unroll 4
    for (int s = 0, j = 0; s < 4; s++)
        for (int k = 0; k < side[s].n; k++, j++) {
            const vec *port = x[side[s].first + k * side[s].step];
#pragma GCC unroll 8
            for (int p = 0; p < rows; p++) {
                sum[p][0] += row[p][j] * port[0];
                sum[p][1] += row[p][j] * port[1];
            }
        }
#pragma GCC unroll 8
    for (int p = rows - 1; p >= 0; p--) {
#pragma GCC unroll 8
        for (int q = p0 + p + 1; q < shared.n; q++) {
            const vec *port = x[shared.first + q * shared.step];
            const double own = row[p][q - shared.n];
            sum[p][0] += own * port[0];
            sum[p][1] += own * port[1];
        }
        vec *to = x[shared.first + (p0 + p) * shared.step];
        to[0] = sum[p][0];
        to[1] = sum[p][1];
    }
}

/* A block of h x w cells at (i, j), of two beside each other (w > h) or one above the
 * other. @param which  of two it is in a larger one: their shared ports are its first */
static inline __attribute__((always_inline)) void pass_block(vec x[PORTS][2],
                                                             const double *share, int i,
                                                             int j, const int h,
                                                             const int w, int which)
{
    const bool is_beside = w > h;
    const int near = which == 0 ? i + h : i, far = which == 0 ? i : i + h;
    const int next = which == 0 ? j + w : j, last = which == 0 ? j : j + w;
    const run shared = is_beside ? (run){word_port(i, j + w / 2), SIDE + 1, h}
                                 : (run){bit_port(i + h / 2, j), 1, w};
    const run beside[4] = {{bit_port(near, j), 1, w},
                           {word_port(i, j), SIDE + 1, h},
                           {word_port(i, j + w), SIDE + 1, h},
                           {bit_port(far, j), 1, w}};
    const run above[4] = {{word_port(i, next), SIDE + 1, h},
                          {word_port(i, last), SIDE + 1, h},
                          {bit_port(i, j), 1, w},
                          {bit_port(i + h, j), 1, w}};
    const int rows = shared.n < ROWS ? shared.n : ROWS;
    for (int p0 = shared.n - rows; p0 >= 0; p0 -= rows)
        pass_some(x, share, shared, is_beside ? beside : above, 2 * (h + w), p0, rows);
}

/* All blocks of h x w cells. @param end  of their shares @return where those begin */
static inline __attribute__((always_inline)) const double *
pass_level(vec x[PORTS][2], const double *end, const int h, const int w)
{
    const int n_shared = w > h ? h : w, n_blocks = CELLS / (h * w);
    const int n = n_shared * (n_shared - 1) / 2 + n_shared * 2 * (h + w);
    const double *share = end - n_blocks * n;
    for (int b = 0; b < n_blocks; b++)
        pass_block(x, share + b * n, row_of(b * h * w), col_of(b * h * w), h, w, b % 2);
    return share;
}

/* ---- cells --------------------------------------------------------------------------- */

/* A cell's bit node, then its word node. */
static inline __attribute__((always_inline)) void
pass_cell(double *word, double *bit, const double *share, const vec left[2],
          const vec right[2], const vec top[2], const vec bottom[2])
{
#pragma GCC unroll 2
    for (int h = 0; h < 2; h++) {
        const vec sum = share[3] * left[h] + share[4] * right[h] + share[5] * top[h] +
                        share[6] * bottom[h];
        store(bit + h * WIDE, sum);
        store(word + h * WIDE,
              share[0] * left[h] + share[1] * right[h] + share[2] * sum);
    }
}

/* Two cells beside each other, with the port between them.
 * @param share  of that; cell  their own */
static inline void pass_pair(double *word, double *bit, vec x[PORTS][2], int i, int j,
                             const double *share, const double *cell, int which)
{
    const vec *left = x[word_port(i, j)], *right = x[word_port(i, j + 2)];
    const vec *top = x[bit_port(i, j)], *bottom = x[bit_port(i + 1, j)];
    const vec *near = which == 0 ? bottom : top, *far = which == 0 ? top : bottom;
    vec between[2];
#pragma GCC unroll 2
    for (int h = 0; h < 2; h++)
        between[h] =
            (share[0] * near[h] + share[1] * near[2 + h] + share[2] * left[h]) +
            (share[3] * right[h] + share[4] * far[h] + share[5] * far[2 + h]);
    pass_cell(word, bit, cell, left, between, top, bottom);
    pass_cell(word + PANEL, bit + PANEL, cell + XBAR_MERGE_CELL_SHARES, between, right,
              top + 2, bottom + 2);
}

/* STEP inputs. */
static inline void pass(double *word, double *bit, size_t row, const double *shares,
                        const double *const side[XBAR_N_SIDES],
                        xbar_spread_ahead *ahead)
{
    vec x[PORTS][2];
    const double *share = shares + XBAR_MERGE_LEAF_SHARES;
    for (int k = 0; k < SIDE; k++)
        for (int h = 0; h < 2; h++) {
            const size_t at = (size_t)k * PANEL + (size_t)(h * WIDE);
            x[word_port(k, 0)][h] = load(side[XBAR_LEFT] + at);
            x[word_port(k, SIDE)][h] = load(side[XBAR_RIGHT] + at);
            x[bit_port(0, k)][h] = load(side[XBAR_TOP] + at);
            x[bit_port(SIDE, k)][h] = load(side[XBAR_BOTTOM] + at);
        }
    share = pass_level(x, share, 8, 8);
    share = pass_level(x, share, 4, 8);
    share = pass_level(x, share, 4, 4);
    share = pass_level(x, share, 2, 4);
    share = pass_level(x, share, 2, 2);
    share -= CELLS / 2 * 6;
    for (int k = 0; k < CELLS; k += 2) {
        const size_t at = (size_t)row_of(k) * row + (size_t)col_of(k) * PANEL;
        pass_pair(word + at, bit + at, x, row_of(k), col_of(k), share + 3 * k,
                  shares + XBAR_MERGE_CELL_SHARES * k, k / 2 % 2);
        xbar_spread_fetch(ahead);
    }
}

void XBAR_ISA(xbar_spread_leaf)(double *word, double *bit, size_t row,
                                const double *shares,
                                const double *const side[XBAR_N_SIDES], size_t n,
                                xbar_spread_ahead *ahead)
{
    for (size_t lane = 0; lane < n; lane += STEP) {
        const double *here[XBAR_N_SIDES];
        for (int s = 0; s < XBAR_N_SIDES; s++)
            here[s] = side[s] + lane;
        pass(word + lane, bit + lane, row, shares, here, ahead);
    }
}
