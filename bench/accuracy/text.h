/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file
 *  Numbers as people read them.
 */
#ifndef XBAR_BENCH_TEXT_H
#define XBAR_BENCH_TEXT_H

/** A share in %: two digits, never an exponent above 1e-4: 252, 24, 5.7, 0.043; "failed"
 *  for NaN. @return text */
const char *bench_percent(char text[32], double share);

/** "3.2 µs" @return text */
const char *bench_seconds(char text[32], double s);

#endif
