/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file
 *  Functions that are compiled for machines with wide vectors as well, of whatever the
 *  compiler makes vectors by itself; which one runs the loader decides. They differ by fused
 *  multiply-adds alone. For loops of a state: those that are made of vectors, and those of an
 *  input, are in kernel.h. Private to the layer.
 */
#ifndef XBAR_ANALYTICAL_WIDE_H
#define XBAR_ANALYTICAL_WIDE_H

#if defined __x86_64__ && defined __GLIBC__
#define XBAR_WIDE __attribute__((target_clones("avx512f", "fma", "default")))
#else
#define XBAR_WIDE
#endif

#endif
