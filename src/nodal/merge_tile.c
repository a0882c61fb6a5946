/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Blocks of many ports, in tiles of 8 x 8 conductances (merge.h). The ports that two
 * blocks share go eight at a time. Their conductances c_pj to all others stand in strips of
 * eight columns, [strip][p][8], where they become
 *
 *     v_pj = c_pj / sqrt(s_p)       so that       c_ij += v_pi v_pj,
 *
 * Cholesky's factors without their signs, and with pivots that are summed up. */
#include <math.h>

#include "nodal/isa.h"
#include "nodal/merge.h"

#define SIDE XBAR_MERGE_SIDE
#define TILE XBAR_MERGE_TILE

enum { WIDE = XBAR_WIDTH / 2 }; /* doubles in a register */
typedef double vec __attribute__((vector_size(8 * WIDE)));

/* Registers hold this much of a product. */
enum { ROWS = WIDE == 8 ? 8 : 4, PIECES = WIDE == 8 ? 1 : 2 };

static inline vec load(const double *p)
{
    return *(const vec *)__builtin_assume_aligned(p, 8 * WIDE);
}

static inline void store(double *p, vec v)
{
    *(vec *)__builtin_assume_aligned(p, 8 * WIDE) = v;
}

/* to = from + sum_p vi_p' vj_p */
static inline void add_tile(double *to, const double *from, const double *vi,
                            const double *vj, size_t n_pivots)
{
    for (int r = 0; r < SIDE; r += ROWS)
        for (int c = 0; c < SIDE; c += PIECES * WIDE) {
            vec sum[ROWS][PIECES];
#pragma GCC unroll 8
            for (int a = 0; a < ROWS; a++)
#pragma GCC unroll 2
                for (int b = 0; b < PIECES; b++)
                    sum[a][b] = load(from + (r + a) * SIDE + c + b * WIDE);
            for (size_t p = 0; p < n_pivots; p++) {
                vec x[PIECES];
#pragma GCC unroll 2
                for (int b = 0; b < PIECES; b++)
                    x[b] = load(vj + p * SIDE + c + b * WIDE);
#pragma GCC unroll 8
                for (int a = 0; a < ROWS; a++)
#pragma GCC unroll 2
                    for (int b = 0; b < PIECES; b++)
                        sum[a][b] += vi[p * SIDE + (size_t)(r + a)] * x[b];
            }
#pragma GCC unroll 8
            for (int a = 0; a < ROWS; a++)
#pragma GCC unroll 2
                for (int b = 0; b < PIECES; b++)
                    store(to + (r + a) * SIDE + c + b * WIDE, sum[a][b]);
        }
}

#if XBAR_WIDTH == 16
/* Two tiles beside each other: as many sums as hide the units' latency. */
static inline void add_pair(double *const to[2], const double *const from[2],
                            const double *vi, const double *vj, size_t stride,
                            size_t n_pivots)
{
    vec sum[SIDE][2];
#pragma GCC unroll 8
    for (int a = 0; a < SIDE; a++)
#pragma GCC unroll 2
        for (int b = 0; b < 2; b++)
            sum[a][b] = load(from[b] + a * SIDE);
    for (size_t p = 0; p < n_pivots; p++) {
        const vec x[2] = {load(vj + p * SIDE), load(vj + stride + p * SIDE)};
#pragma GCC unroll 8
        for (int a = 0; a < SIDE; a++)
#pragma GCC unroll 2
            for (int b = 0; b < 2; b++)
                sum[a][b] += vi[p * SIDE + (size_t)a] * x[b];
    }
#pragma GCC unroll 8
    for (int a = 0; a < SIDE; a++)
#pragma GCC unroll 2
        for (int b = 0; b < 2; b++)
            store(to[b] + a * SIDE, sum[a][b]);
}
#endif

void XBAR_ISA(xbar_merge_add)(double *to, size_t to_stride, const double *const *from,
                              const double *vi, const double *vj, size_t stride,
                              size_t n_tiles, size_t n_pivots)
{
    size_t j = 0;
#if XBAR_WIDTH == 16
    for (; j + 2 <= n_tiles; j += 2) {
        double *const pair[2] = {to + j * to_stride, to + (j + 1) * to_stride};
        const double *const before[2] = {from ? from[j] : pair[0],
                                         from ? from[j + 1] : pair[1]};
        add_pair(pair, before, vi, vj + j * stride, stride, n_pivots);
    }
#endif
    for (; j < n_tiles; j++)
        add_tile(to + j * to_stride, from ? from[j] : to + j * to_stride, vi,
                 vj + j * stride, n_pivots);
}

/* Eight nodes that go: how each takes part in the next ones. */
typedef struct octet {
    double share[SIDE][SIDE]; /* [p][q], q > p: v_pq */
    double scale[SIDE];       /* 1/sqrt(s_p), 0 where nothing is connected */
} octet;

/* @param sum  S, what joins each to all but these eight; on return of no use */
static void find_octet(octet *o, const double *tile, double sum[SIDE],
                       double ground[SIDE])
{
    double c[SIDE][SIDE];
    for (int p = 0; p < SIDE; p++)
        for (int q = p + 1; q < SIDE; q++)
            c[p][q] = tile[p * SIDE + q];
    for (int p = 0; p < SIDE; p++) {
        double s = sum[p] + ground[p];
        for (int q = p + 1; q < SIDE; q++)
            s += c[p][q];
        const double scale = s > 0.0 ? 1.0 / sqrt(s) : 0.0;
        o->scale[p] = scale;
        sum[p] *= scale;
        ground[p] *= scale;
        for (int q = p + 1; q < SIDE; q++)
            o->share[p][q] = c[p][q] * scale;
        for (int q = p + 1; q < SIDE; q++) {
            const double share = o->share[p][q];
            sum[q] += share * sum[p];
            ground[q] += share * ground[p];
            for (int r = q + 1; r < SIDE; r++)
                c[q][r] += share * o->share[p][r];
        }
    }
}

/* What these eight are joined to in a strip, from c to v. */
static inline void pass_octet(const octet *o, double *tile)
{
    for (int c = 0; c < SIDE; c += WIDE) {
        vec row[SIDE];
#pragma GCC unroll 8
        for (int p = 0; p < SIDE; p++)
            row[p] = load(tile + p * SIDE + c);
#pragma GCC unroll 8
        for (int p = 0; p < SIDE; p++) {
            row[p] *= o->scale[p];
#pragma GCC unroll 8
            for (int q = p + 1; q < SIDE; q++)
                row[q] += o->share[p][q] * row[p];
            store(tile + p * SIDE + c, row[p]);
        }
    }
}

/* The sums of rows over tiles. */
static void sum_rows(double sum[SIDE], const double *tile, size_t stride,
                     size_t n_tiles)
{
    vec all[SIDE] = {{0}};
    for (size_t j = 0; j < n_tiles; j++)
#pragma GCC unroll 8
        for (int p = 0; p < SIDE; p++)
            for (int c = 0; c < SIDE; c += WIDE)
                all[p] += load(tile + j * stride + p * SIDE + c);
    for (int p = 0; p < SIDE; p++) {
        sum[p] = 0.0;
        for (int c = 0; c < WIDE; c++)
            sum[p] += all[p][c];
    }
}

void XBAR_ISA(xbar_merge_ground)(double *to, const double *from, const double *vi,
                                 const double *ground, size_t n_pivots)
{
    for (int c = 0; c < SIDE; c += WIDE) {
        vec sum = load(from + c);
        for (size_t p = 0; p < n_pivots; p++)
            sum += ground[p] * load(vi + p * SIDE + c);
        store(to + c, sum);
    }
}

void XBAR_ISA(xbar_merge_sum)(double *to, const double *a, const double *b)
{
    for (int k = 0; k < TILE; k += WIDE)
        store(to + k, load(a + k) + load(b + k));
}

void XBAR_ISA(xbar_merge_eliminate)(double *v, double *ground,
                                    const double *const *from, size_t q,
                                    size_t n_shared, size_t n_strips)
{
    const size_t stride = n_shared * TILE;
    const double *vi = v + q * stride;
    double *tile = v + q * stride + q * TILE;
    double sum[SIDE];
    octet o;
    XBAR_ISA(xbar_merge_add)
    (tile, stride, from, vi, vi, stride, n_strips - q, q * SIDE);
    XBAR_ISA(xbar_merge_ground)
    (ground + q * SIDE, ground + q * SIDE, vi, ground, q * SIDE);
    sum_rows(sum, tile + stride, stride, n_strips - q - 1);
    find_octet(&o, tile, sum, ground + q * SIDE);
    for (size_t j = 1; j < n_strips - q; j++)
        pass_octet(&o, tile + j * stride);
    for (size_t p = 0; p < SIDE; p++) {
        tile[p * SIDE + p] = o.scale[p];
        for (size_t r = p + 1; r < SIDE; r++)
            tile[p * SIDE + r] = o.share[p][r];
    }
}
