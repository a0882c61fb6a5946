/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A cell's law is evaluated some ten times in each solution of an array, and two calls of
 * the C library for each cell were half of a solution's time. Here both come from one
 * exponential without branches, so that the compiler can use vectors:
 *
 *     e^m = 2^k e^r,  k = m / ln 2 rounded, |r| <= ln 2 / 2: its Taylor series to r^13
 *     cosh = (e^m + e^-m) / 2,  sinh likewise; below 1 its own series, since the
 *     difference would lose digits
 *
 * ln 2 is split in two, so that r is exact (Cody and Waite, Software Manual for the
 * Elementary Functions, 1980, chapter 6). */
#include "device/fast_sinh.h"

#include <math.h>
#include <stdint.h>
#include <string.h>

#define ALWAYS_INLINE static inline __attribute__((always_inline))

static const double ln2_high = 0x1.62e42fee00000p-1, ln2_low = 0x1.a39ef35793c76p-33;
static const double rounder = 0x1.8p52; /* sums with it: an integer in the low bits */

ALWAYS_INLINE double exponential(double m)
{
    double shifted = m * 0x1.71547652b82fep0 + rounder, k = shifted - rounder;
    double r = (m - k * ln2_high) - k * ln2_low, p = 1.0 / 6227020800.0;
    p = p * r + 1.0 / 479001600.0;
    p = p * r + 1.0 / 39916800.0;
    p = p * r + 1.0 / 3628800.0;
    p = p * r + 1.0 / 362880.0;
    p = p * r + 1.0 / 40320.0;
    p = p * r + 1.0 / 5040.0;
    p = p * r + 1.0 / 720.0;
    p = p * r + 1.0 / 120.0;
    p = p * r + 1.0 / 24.0;
    p = p * r + 1.0 / 6.0;
    p = p * r + 0.5;
    p = p * (r * r) + r + 1.0;
    uint64_t bits = 0;
    double power = 0.0;
    memcpy(&bits, &shifted, sizeof bits);
    bits = (bits << 52) + ((uint64_t)1023 << 52);
    memcpy(&power, &bits, sizeof power);
    return p * power;
}

/* For |a| < 1: a (1 + a^2/3! + a^4/5! + ...) */
ALWAYS_INLINE double small_sinh(double a)
{
    double q = a * a, p = 1.0 / 121645100408832000.0;
    p = p * q + 1.0 / 355687428096000.0;
    p = p * q + 1.0 / 1307674368000.0;
    p = p * q + 1.0 / 6227020800.0;
    p = p * q + 1.0 / 39916800.0;
    p = p * q + 1.0 / 362880.0;
    p = p * q + 1.0 / 5040.0;
    p = p * q + 1.0 / 120.0;
    p = p * q + 1.0 / 6.0;
    return a + a * (q * p);
}

ALWAYS_INLINE void loop(size_t n, double *restrict s, double *restrict c,
                        const double *restrict a)
{
    for (size_t k = 0; k < n; k++) {
        double m = fabs(a[k]), e = exponential(m), inverse = 1.0 / e;
        double large = copysign(0.5 * (e - inverse), a[k]), small = small_sinh(a[k]);
        c[k] = 0.5 * (e + inverse);
        s[k] = m < 1.0 ? small : large;
    }
}

static void plain(size_t n, double *s, double *c, const double *a)
{
    loop(n, s, c, a);
}

#if defined(__x86_64__)
__attribute__((target("avx2,fma"))) static void by_four(size_t n, double *s, double *c,
                                                        const double *a)
{
    loop(n, s, c, a);
}

__attribute__((target("avx512f,avx512dq,fma,prefer-vector-width=512"))) static void
by_eight(size_t n, double *s, double *c, const double *a)
{
    loop(n, s, c, a);
}
#endif

void xbar_fast_sinh(size_t n, double *s, double *c, const double *a)
{
#if defined(__x86_64__)
    if (__builtin_cpu_supports("avx512dq")) {
        by_eight(n, s, c, a);
        return;
    }
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) {
        by_four(n, s, c, a);
        return;
    }
#endif
    plain(n, s, c, a);
}
