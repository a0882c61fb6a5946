/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file
 *  What a laboratory measured of one device, in lines of numbers between commas or blanks;
 *  `#` starts a comment; a line of names may stand before the numbers. Three kinds:
 *
 *  A course: a voltage over time and the current that it drew, loops and pulses alike. Of
 *  the names the first that begins with t, v and i are taken (in either case: time_s, V,
 *  I_A; "current" is an i too); without names two columns are v, i and three t, v, i. A
 *  name whose end says another unit than s, V or A is refused. Without a time the lines
 *  are `step_s` apart. A current may be left out (nan or NA in either case, or nothing
 *  between the commas): the voltage still acts there.
 *
 *  Windows: by how much one pulse moves a threshold voltage. The names begin with
 *  pulse_width, amplitude and memory_window, in seconds and volts.
 *
 *  Trains: conductances behind each of many pulses alike, upwards and downwards, in
 *  columns whose names begin with g_up and g_down; of any unit. Where nothing says how
 *  high and wide a pulse is it is 1 V, or -1 V, and step_s.
 */
#ifndef XBAR_CALIBRATE_TABLE_H
#define XBAR_CALIBRATE_TABLE_H

#include <stdbool.h>
#include <stddef.h>

#include "core/status.h"

typedef enum xbar_table_kind {
    XBAR_TABLE_COURSE,
    XBAR_TABLE_WINDOWS,
    XBAR_TABLE_TRAINS
} xbar_table_kind;

typedef struct xbar_table {
    xbar_table_kind kind;
    char *path;
    char sha256[65];
    size_t n;          /* lines, at least 2 */
    double *t, *v, *i; /* s rising, V, A (NaN: not measured) */
    /* windows: widths, amplitudes, windows in V, in any order; trains: the time at which a
     * pulse begins, its voltage, what was measured behind it; ups first */
    size_t n_up;      /* of trains */
    double width_s;   /* the same */
    size_t *line;     /* [n]: of the file, from 1 */
    size_t n_missing; /* lines without a current, or what else was measured */
    bool has_time;
} xbar_table;

/** @param[out] out  xbar_table_clear
 *  @return XBAR_OK; XBAR_ERR_INPUT ("FILE:LINE: ...": what is no number, a wrong number of
 *          columns, semicolons, another unit, times that do not rise, what no device bears, nothing but 0); XBAR_ERR_MEMORY */
xbar_status xbar_table_read(xbar_table *out, const char *path, double step_s,
                            xbar_error *err);
void xbar_table_clear(xbar_table *t);

#endif
