/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file
 *  Time that only goes forward.
 */
#ifndef XBAR_CORE_CLOCK_H
#define XBAR_CORE_CLOCK_H

/** Seconds since some moment in the past. */
double xbar_clock_s(void);

#endif
