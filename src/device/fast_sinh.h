/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file
 *  sinh and cosh of many arguments at once. Private to device.
 */
#ifndef XBAR_DEVICE_FAST_SINH_H
#define XBAR_DEVICE_FAST_SINH_H

#include <stddef.h>

/** To a few units in the last place, with one exponential for both.
 *  @param[out] s, c  sinh, cosh, [n]
 *  @param      a     [n], |a| <= 80 */
void xbar_fast_sinh(size_t n, double *s, double *c, const double *a);

#endif
