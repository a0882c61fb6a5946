/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file
 *  A laboratory's table while it is read, and the line of names that may stand above its
 *  numbers: which column is which, and whether its unit is one that can be taken. Private
 *  to the layer.
 */
#ifndef XBAR_CALIBRATE_TABLE_NAMES_H
#define XBAR_CALIBRATE_TABLE_NAMES_H

#include "calibrate/table.h"

enum { XBAR_MAX_COLUMNS = 64 };

/** What a course has; windows: width, amplitude and window in their places. */
enum { XBAR_COLUMN_T, XBAR_COLUMN_V, XBAR_COLUMN_I, XBAR_N_COLUMNS };

/** What stands between two commas or blanks. */
typedef struct xbar_field {
    const char *text;
    size_t length;
} xbar_field;

typedef struct xbar_table_parse {
    xbar_table *out;
    size_t line;                   /* of the file, from 1 */
    size_t n_columns;              /* 0: not known yet */
    size_t column[XBAR_N_COLUMNS]; /* which is which; XBAR_MAX_COLUMNS: there is none */
    size_t down;                   /* column of trains */
    bool is_named;
    double step_s;
    double *measured;      /* downs, until they stand behind the ups */
    size_t *measured_line; /* the same */
    size_t n_down;
} xbar_table_parse;

/** "FILE:LINE: WHAT "FIELD"".
 *  @param f  what was found instead, as far as a terminal can show it; NULL: nothing */
xbar_status xbar_table_fail(const xbar_table_parse *p, xbar_error *err,
                            const char *what, const xbar_field *f);

/** Fills n_columns, column, down and the table's kind from the line of names: those of
 *  pulses, or the first that begins with each of t, v and i ("current" is i as well).
 *  @return XBAR_OK; XBAR_ERR_INPUT (what is missing; a unit that is not s, V or A) */
xbar_status xbar_table_names(xbar_table_parse *p, const xbar_field *fields, size_t n,
                             xbar_error *err);

#endif
