/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file
 *  Vectors of doubles, as many as they have lanes, from rows to columns. For sources that
 *  are compiled once for each vector width (isa.h); private to nodal.
 */
#ifndef XBAR_NODAL_TRANSPOSE_H
#define XBAR_NODAL_TRANSPOSE_H

#include "nodal/isa.h"

enum { XBAR_TRANSPOSE = XBAR_WIDTH / 2 }; /* doubles in a register */
typedef double xbar_transpose_vec __attribute__((vector_size(8 * XBAR_TRANSPOSE)));

#if XBAR_WIDTH == 16
#define XBAR_LOW(a, b) __builtin_shufflevector(a, b, 0, 8, 1, 9, 2, 10, 3, 11)
#define XBAR_HIGH(a, b) __builtin_shufflevector(a, b, 4, 12, 5, 13, 6, 14, 7, 15)
#elif XBAR_WIDTH == 8
#define XBAR_LOW(a, b) __builtin_shufflevector(a, b, 0, 4, 1, 5)
#define XBAR_HIGH(a, b) __builtin_shufflevector(a, b, 2, 6, 3, 7)
#else
#define XBAR_LOW(a, b) __builtin_shufflevector(a, b, 0, 2)
#define XBAR_HIGH(a, b) __builtin_shufflevector(a, b, 1, 3)
#endif

/** By perfect shuffles. */
static inline void xbar_transpose(xbar_transpose_vec t[XBAR_TRANSPOSE])
{
#pragma GCC unroll 3
    for (int k = XBAR_TRANSPOSE; k > 1; k /= 2) {
        xbar_transpose_vec s[XBAR_TRANSPOSE];
#pragma GCC unroll 4
        for (int i = 0; i < XBAR_TRANSPOSE / 2; i++) {
            s[2 * i] = XBAR_LOW(t[i], t[i + XBAR_TRANSPOSE / 2]);
            s[2 * i + 1] = XBAR_HIGH(t[i], t[i + XBAR_TRANSPOSE / 2]);
        }
#pragma GCC unroll 8
        for (int i = 0; i < XBAR_TRANSPOSE; i++)
            t[i] = s[i];
    }
}

#endif
