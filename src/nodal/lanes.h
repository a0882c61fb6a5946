/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file
 *  Vectors of 16 floats, one for each row or column of a tile, whatever the machine's
 *  registers hold. For the sources of isa.h; private to nodal.
 */
#ifndef XBAR_NODAL_LANES_H
#define XBAR_NODAL_LANES_H

#if defined __AVX512F__ || defined __F16C__
#include <immintrin.h>
#endif
#include <string.h>

#include "nodal/isa.h"
#include "nodal/tiles.h"

/* Vectors wider than the machine's registers never cross a call. */
#pragma GCC diagnostic ignored "-Wpsabi"

#define TILE XBAR_TILE
#define CELLS (XBAR_TILE * XBAR_TILE)

typedef float lanes __attribute__((vector_size(64)));
typedef double oct __attribute__((vector_size(64)));
typedef float half_lanes __attribute__((vector_size(32)));
typedef int mask __attribute__((vector_size(64)));
typedef float piece __attribute__((vector_size(4 * XBAR_WIDTH)));

static inline lanes load(const float *p)
{
    return *(const lanes *)__builtin_assume_aligned(p, 64);
}

static inline void store(float *p, lanes v)
{
    *(lanes *)__builtin_assume_aligned(p, 64) = v;
}

/* Numbers of which three digits will do: half as long (IEEE 754's binary16, from 6e-8 to
 * 65504) where the machine reads such. */
#ifdef __F16C__
typedef uint16_t rough;

static inline piece load_rough_piece(const rough *p)
{
#ifdef __AVX512F__
    return (piece)_mm512_cvtph_ps(_mm256_load_si256((const __m256i *)(const void *)p));
#else
    return (piece)_mm256_cvtph_ps(_mm_load_si128((const __m128i *)(const void *)p));
#endif
}

static inline void store_rough_piece(rough *p, piece v)
{
#ifdef __AVX512F__
    _mm256_store_si256((__m256i *)(void *)p,
                       _mm512_cvtps_ph((__m512)v, _MM_FROUND_TO_NEAREST_INT));
#else
    _mm_store_si128((__m128i *)(void *)p,
                    _mm256_cvtps_ph((__m256)v, _MM_FROUND_TO_NEAREST_INT));
#endif
}
#else
typedef float rough;

static inline piece load_rough_piece(const rough *p)
{
    return *(const piece *)p;
}

static inline void store_rough_piece(rough *p, piece v)
{
    *(piece *)p = v;
}
#endif

static inline lanes load_rough(const rough *p)
{
    lanes v;
    for (size_t lane = 0; lane < TILE; lane += XBAR_WIDTH)
        *(piece *)((float *)&v + lane) = load_rough_piece(p + lane);
    return v;
}

static inline void store_rough(rough *p, lanes v)
{
    for (size_t lane = 0; lane < TILE; lane += XBAR_WIDTH)
        store_rough_piece(p + lane, *(const piece *)((const float *)&v + lane));
}

static inline lanes all(float v)
{
    return v - (lanes){0};
}

static inline lanes choose(mask m, lanes yes, lanes no)
{
    return (lanes)(((mask)yes & m) | ((mask)no & ~m));
}

static inline lanes positive(lanes v)
{
    return choose(v > (lanes){0}, v, (lanes){0});
}

/* The larger of a >= 0 and |b|. */
static inline lanes larger_size(lanes a, lanes b)
{
#ifdef __AVX512F__
    return (lanes)_mm512_max_ps((__m512)a, _mm512_abs_ps((__m512)b));
#else
    lanes size = (lanes)((mask)b & 0x7fffffff);
    return choose(size > a, size, a);
#endif
}

/* The smaller of a and b. */
static inline lanes smaller(lanes a, lanes b)
{
#ifdef __AVX512F__
    return (lanes)_mm512_min_ps((__m512)a, (__m512)b);
#else
    return choose(a < b, a, b);
#endif
}

/* 1/v for v from 1 to 1e30, but for the last digit: as quick as there is. */
static inline lanes reciprocal(lanes v)
{
#ifdef __AVX512F__
    lanes r = (lanes)_mm512_rcp14_ps((__m512)v);
    return r + r * (1.0f - v * r);
#else
    return 1.0f / v;
#endif
}

/* Some of these of as many floats as a register holds: where vectors wider than that
 * would be kept in memory, loops that go over a tile's lanes piece by piece are quicker. */
#if XBAR_WIDTH == 16
#define positive_piece positive
#define larger_size_piece larger_size
#define smaller_piece smaller
#define reciprocal_piece reciprocal
#else
typedef int piece_mask __attribute__((vector_size(4 * XBAR_WIDTH)));

static inline piece choose_piece(piece_mask m, piece yes, piece no)
{
    return (piece)(((piece_mask)yes & m) | ((piece_mask)no & ~m));
}

static inline piece positive_piece(piece v)
{
    return choose_piece(v > (piece){0}, v, (piece){0});
}

static inline piece larger_size_piece(piece a, piece b)
{
    piece size = (piece)((piece_mask)b & 0x7fffffff);
    return choose_piece(size > a, size, a);
}

static inline piece smaller_piece(piece a, piece b)
{
    return choose_piece(a < b, a, b);
}

static inline piece reciprocal_piece(piece v)
{
    return 1.0f / v;
}
#endif

/* A product that is ready before what it is added to: GCC would rather round it together
 * with its sum, and keep a line's next node waiting for another product. */
static inline piece ahead(piece v)
{
#if defined(__AVX512F__)
    __asm__("" : "+v"(v));
#elif defined(__AVX2__)
    __asm__("" : "+x"(v));
#endif
    return v;
}

/* Sixteen doubles, narrowed. */
static inline lanes narrow(const double *p)
{
    lanes v;
#ifdef __AVX512F__
    v = (lanes)_mm512_insertf32x8(
        _mm512_castps256_ps512(_mm512_cvtpd_ps(_mm512_loadu_pd(p))),
        _mm512_cvtpd_ps(_mm512_loadu_pd(p + 8)), 1);
#else
    oct d[2];
    half_lanes f[2];
    memcpy(d, p, sizeof d);
    f[0] = __builtin_convertvector(d[0], half_lanes);
    f[1] = __builtin_convertvector(d[1], half_lanes);
    memcpy(&v, f, sizeof v);
#endif
    return v;
}

/* 1/v, 0 where v is 0: a piece of a line that leads nowhere. */
static inline lanes inverse(lanes v)
{
    mask zero = v == (lanes){0};
    return choose(zero, (lanes){0}, 1.0f / choose(zero, all(1.0f), v));
}

/* ---- a 16 x 16 transpose: perfect shuffles of registers, log2(width) times ---- */

#if XBAR_WIDTH == 16
#define LOW(a, b)                                                                      \
    __builtin_shufflevector(a, b, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7,  \
                            23)
#define HIGH(a, b)                                                                     \
    __builtin_shufflevector(a, b, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14,    \
                            30, 15, 31)
#define STAGES 4
#elif XBAR_WIDTH == 8
#define LOW(a, b) __builtin_shufflevector(a, b, 0, 8, 1, 9, 2, 10, 3, 11)
#define HIGH(a, b) __builtin_shufflevector(a, b, 4, 12, 5, 13, 6, 14, 7, 15)
#define STAGES 3
#else
#define LOW(a, b) __builtin_shufflevector(a, b, 0, 4, 1, 5)
#define HIGH(a, b) __builtin_shufflevector(a, b, 2, 6, 3, 7)
#define STAGES 2
#endif

static inline __attribute__((always_inline)) void transpose_block(piece x[XBAR_WIDTH])
{
    piece y[XBAR_WIDTH];
#pragma GCC unroll 4
    for (int stage = 0; stage < STAGES; stage++) {
#pragma GCC unroll 8
        for (int k = 0; k < XBAR_WIDTH / 2; k++) {
            y[2 * k] = LOW(x[k], x[k + XBAR_WIDTH / 2]);
            y[2 * k + 1] = HIGH(x[k], x[k + XBAR_WIDTH / 2]);
        }
#pragma GCC unroll 16
        for (int k = 0; k < XBAR_WIDTH; k++)
            x[k] = y[k];
    }
}

#if XBAR_WIDTH == 16
static inline __attribute__((always_inline)) void transpose(lanes x[TILE])
{
    transpose_block(x);
}
#else
static inline void transpose(lanes x[TILE])
{
    float *f = (float *)x;
    for (int i = 0; i < TILE; i += XBAR_WIDTH)
        for (int j = 0; j <= i; j += XBAR_WIDTH) {
            piece a[XBAR_WIDTH], b[XBAR_WIDTH];
#pragma GCC unroll 8
            for (int k = 0; k < XBAR_WIDTH; k++)
                a[k] = *(piece *)&f[(i + k) * TILE + j];
            transpose_block(a);
            if (i != j) {
#pragma GCC unroll 8
                for (int k = 0; k < XBAR_WIDTH; k++)
                    b[k] = *(piece *)&f[(j + k) * TILE + i];
                transpose_block(b);
#pragma GCC unroll 8
                for (int k = 0; k < XBAR_WIDTH; k++)
                    *(piece *)&f[(i + k) * TILE + j] = b[k];
            }
#pragma GCC unroll 8
            for (int k = 0; k < XBAR_WIDTH; k++)
                *(piece *)&f[(j + k) * TILE + i] = a[k];
        }
}
#endif

/* As many doubles as a register holds, and as many floats: where vectors wider than a
 * register would be kept in memory. */
#define FEW (XBAR_WIDTH / 2)
typedef double few __attribute__((vector_size(8 * FEW)));
typedef float few_floats __attribute__((vector_size(4 * FEW)));

static inline few widen_few(const float *p)
{
#ifdef __AVX512F__
    return (few)_mm512_cvtps_pd(_mm256_loadu_ps(p));
#else
    return __builtin_convertvector(*(const few_floats *)p, few);
#endif
}

/* Eight floats, widened. GCC 12 splits the general form into halves. */
static inline oct widen(const float *p)
{
#ifdef __AVX512F__
    return (oct)_mm512_cvtps_pd(_mm256_loadu_ps(p));
#else
    return __builtin_convertvector(*(const half_lanes *)p, oct);
#endif
}

#endif
