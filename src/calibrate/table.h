/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file
 *  What a laboratory measured of one device: a voltage over time and the current that it
 *  drew. I-V loops and pulse trains alike.
 *
 *  The file: lines of numbers between commas or blanks; `#` starts a comment; a line of
 *  names may stand before the numbers, of which the first that begins with t, v and i are
 *  taken (in either case: time_s, V, I_A). Without names two columns are v, i and three
 *  t, v, i. Without a time the lines are `step_s` apart. A current may be left out (nan, or
 *  nothing between the commas): the voltage still acts there.
 */
#ifndef XBAR_CALIBRATE_TABLE_H
#define XBAR_CALIBRATE_TABLE_H

#include <stdbool.h>
#include <stddef.h>

#include "core/status.h"

typedef struct xbar_table {
    char *path;
    char sha256[65];
    size_t n;          /* lines, at least 2 */
    double *t, *v, *i; /* s rising, V, A (NaN: not measured) */
    bool has_time;
} xbar_table;

/** @param[out] out  xbar_table_clear
 *  @return XBAR_OK; XBAR_ERR_INPUT ("FILE:LINE: ...": what is no number, a wrong number of
 *          columns, times that do not rise); XBAR_ERR_MEMORY */
xbar_status xbar_table_read(xbar_table *out, const char *path, double step_s,
                            xbar_error *err);
void xbar_table_clear(xbar_table *t);

#endif
