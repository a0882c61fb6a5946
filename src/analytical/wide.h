/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file
 *  Functions that are compiled for machines with wide vectors as well; which one runs the
 *  loader decides. They differ by fused multiply-adds alone. Private to the layer.
 */
#ifndef XBAR_ANALYTICAL_WIDE_H
#define XBAR_ANALYTICAL_WIDE_H

#include <stdbool.h>

#if defined __x86_64__ && defined __GLIBC__
#define XBAR_WIDE __attribute__((target_clones("avx512f", "fma", "default")))
#else
#define XBAR_WIDE
#endif

/** Has the machine registers for sixteen floats, and thirty-two of them? */
static inline bool xbar_has_wide(void)
{
#if defined __x86_64__ && defined __GLIBC__
    return __builtin_cpu_supports("avx512f");
#else
    return false;
#endif
}

#endif
