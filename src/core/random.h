/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file
 *  Counter-based random numbers: number n of a stream is a pure function of
 *  (seed, stream, sample, n), so that sample k is the same in any order, any shard
 *  and any resumed run.
 *
 *  Philox4x32-10: Salmon, Moraes, Dror, Shaw, "Parallel random numbers: as easy as
 *  1, 2, 3", SC11, 2011, doi:10.1145/2063384.2063405.
 */
#ifndef XBAR_CORE_RANDOM_H
#define XBAR_CORE_RANDOM_H

#include <stdint.h>

/** What the numbers are for: draws for one purpose never disturb those of another. */
typedef enum xbar_stream {
    XBAR_STREAM_CONDUCTANCE = 1,
    XBAR_STREAM_INPUT = 2,
    XBAR_STREAM_STUCK = 3,
    XBAR_STREAM_TARGET = 4,
    XBAR_STREAM_MISS = 5, /* of a programmed target */
    XBAR_STREAM_DRIFT = 6,
    XBAR_STREAM_READ = 7,
    XBAR_STREAM_CALIBRATION = 16,
} xbar_stream;

/** The block function itself: ten rounds over a 128-bit counter with a 64-bit key. */
void xbar_philox4x32(uint32_t out[4], const uint32_t counter[4], const uint32_t key[2]);

/** A uniform deviate in the open interval (0, 1): 52 bits, never 0 and never 1.
 *  @param seed    the experiment's seed
 *  @param stream  what the number is for
 *  @param sample  the sample's index
 *  @param n       the number's index within that sample */
double xbar_uniform(uint64_t seed, xbar_stream stream, uint32_t sample, uint32_t n);

/** A standard normal deviate: the inverse distribution function of xbar_uniform
 *  (Wichura's AS 241, as GSL has it), so one counter gives one number. */
double xbar_normal(uint64_t seed, xbar_stream stream, uint32_t sample, uint32_t n);

#endif
