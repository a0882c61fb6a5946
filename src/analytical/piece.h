/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file
 *  Planes of floats by the sixteen (floats.h), in pieces of as many as a register holds:
 *  wider vectors the compiler would keep in memory. For sources that are compiled for each
 *  vector width (core/isa.h). Private to the layer.
 */
#ifndef XBAR_ANALYTICAL_PIECE_H
#define XBAR_ANALYTICAL_PIECE_H

#if defined __x86_64__
#include <immintrin.h>
#endif

#include "analytical/floats.h"
#include "core/isa.h"

enum { XBAR_PIECE = XBAR_WIDTH, XBAR_PIECES = XBAR_FLOATS / XBAR_WIDTH };

typedef float xbar_piece
    __attribute__((vector_size(4 * XBAR_WIDTH), aligned(4), may_alias));

/* Part of whichever function calls it: vectors never cross a call. */
#define XBAR_INSIDE __attribute__((always_inline)) static inline

XBAR_INSIDE xbar_piece xbar_piece_at(const float *plane)
{
    return *(const xbar_piece *)(const void *)plane;
}

XBAR_INSIDE void xbar_piece_to(float *plane, xbar_piece v)
{
    *(xbar_piece *)(void *)plane = v;
}

/** The same, in a register: gcc would fetch it anew for each of several uses. */
XBAR_INSIDE xbar_piece xbar_piece_kept(const float *plane)
{
    xbar_piece v = xbar_piece_at(plane);
#if defined __x86_64__
    __asm__("" : "+v"(v));
#endif
    return v;
}

/** The nearest to v within -most and most. */
XBAR_INSIDE xbar_piece xbar_piece_within(xbar_piece v, xbar_piece most)
{
#if defined __AVX512F__
    return (xbar_piece)_mm512_min_ps(_mm512_max_ps((__m512)v, (__m512)-most),
                                     (__m512)most);
#elif defined __AVX2__
    return (xbar_piece)_mm256_min_ps(_mm256_max_ps((__m256)v, (__m256)-most),
                                     (__m256)most);
#elif defined __x86_64__
    return (xbar_piece)_mm_min_ps(_mm_max_ps((__m128)v, (__m128)-most), (__m128)most);
#else
    for (int l = 0; l < XBAR_PIECE; l++) {
        v[l] = v[l] > -most[l] ? v[l] : -most[l];
        v[l] = v[l] < most[l] ? v[l] : most[l];
    }
    return v;
#endif
}

/** The larger of v and 0. */
XBAR_INSIDE xbar_piece xbar_piece_positive(xbar_piece v)
{
#if defined __AVX512F__
    return (xbar_piece)_mm512_max_ps((__m512)v, _mm512_setzero_ps());
#elif defined __AVX2__
    return (xbar_piece)_mm256_max_ps((__m256)v, _mm256_setzero_ps());
#elif defined __x86_64__
    return (xbar_piece)_mm_max_ps((__m128)v, _mm_setzero_ps());
#else
    for (int l = 0; l < XBAR_PIECE; l++)
        v[l] = v[l] > 0.0F ? v[l] : 0.0F;
    return v;
#endif
}

/** As many doubles, narrowed. In registers: two stores of halves would keep a load of the
 *  whole waiting. */
XBAR_INSIDE xbar_piece xbar_piece_narrow(const double *p)
{
#if defined __AVX512F__
    return (xbar_piece)_mm512_insertf32x8(
        _mm512_castps256_ps512(_mm512_cvtpd_ps(_mm512_loadu_pd(p))),
        _mm512_cvtpd_ps(_mm512_loadu_pd(p + 8)), 1);
#elif defined __AVX2__
    return (xbar_piece)_mm256_set_m128(_mm256_cvtpd_ps(_mm256_loadu_pd(p + 4)),
                                       _mm256_cvtpd_ps(_mm256_loadu_pd(p)));
#elif defined __x86_64__
    return (xbar_piece)_mm_movelh_ps(_mm_cvtpd_ps(_mm_loadu_pd(p)),
                                     _mm_cvtpd_ps(_mm_loadu_pd(p + 2)));
#else
    xbar_piece v = {0.0F};
    for (int l = 0; l < XBAR_PIECE; l++)
        v[l] = (float)p[l];
    return v;
#endif
}

/** to[l] += v[l] */
XBAR_INSIDE void xbar_piece_add(double *to, xbar_piece v)
{
#if defined __AVX512F__
    const __m512 x = (__m512)v;
    const __m512d low = _mm512_cvtps_pd(_mm512_castps512_ps256(x));
    const __m512d high = _mm512_cvtps_pd(_mm512_extractf32x8_ps(x, 1));
    _mm512_storeu_pd(to, _mm512_loadu_pd(to) + low);
    _mm512_storeu_pd(to + 8, _mm512_loadu_pd(to + 8) + high);
#elif defined __AVX2__
    const __m256 x = (__m256)v;
    const __m256d low = _mm256_cvtps_pd(_mm256_castps256_ps128(x));
    const __m256d high = _mm256_cvtps_pd(_mm256_extractf128_ps(x, 1));
    _mm256_storeu_pd(to, _mm256_loadu_pd(to) + low);
    _mm256_storeu_pd(to + 4, _mm256_loadu_pd(to + 4) + high);
#elif defined __x86_64__
    const __m128 x = (__m128)v;
    const __m128d low = _mm_cvtps_pd(x);
    const __m128d high = _mm_cvtps_pd(_mm_movehl_ps(x, x));
    _mm_storeu_pd(to, _mm_loadu_pd(to) + low);
    _mm_storeu_pd(to + 2, _mm_loadu_pd(to + 2) + high);
#else
    for (int l = 0; l < XBAR_PIECE; l++)
        to[l] += (double)v[l];
#endif
}

#endif
