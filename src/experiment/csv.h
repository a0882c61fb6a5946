/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file
 *  Tables of numbers in text: no header, commas or blanks between the numbers of a line,
 *  `#` starts a comment, empty lines do not count. Private to the layer.
 */
#ifndef XBAR_EXPERIMENT_CSV_H
#define XBAR_EXPERIMENT_CSV_H

#include <stdbool.h>
#include <stddef.h>

#include "core/status.h"

/** What a number may be. */
typedef struct xbar_range {
    double min, max; /* both included */
    bool or_zero;
    const char *unit;
} xbar_range;

bool xbar_range_holds(const xbar_range *r, double value);

/** "0 or 1e-15 to 1e+06 (siemens)". @return text */
enum { XBAR_RANGE_SIZE = 96 };
const char *xbar_range_text(char text[XBAR_RANGE_SIZE], const xbar_range *r);

/** What a table must look like. */
typedef struct xbar_csv_shape {
    size_t n_columns;    /* exactly */
    size_t n_lines;      /* exactly; 0: any number from 1 to max_lines */
    size_t max_lines;    /* if n_lines is 0 */
    const char *columns; /* what n_columns comes from, for messages: "crossbar.cols" */
    const char *lines;   /* and n_lines */
    xbar_range range;
} xbar_csv_shape;

/** Reads a table.
 *  @param[out] values   [n_lines][n_columns], to be released with free()
 *  @param[out] n_lines  at least 1
 *  @param name          the file, as messages show it
 *  @param text          [length], followed by a NUL
 *  @return XBAR_OK; XBAR_ERR_INPUT ("NAME:LINE: column 2 = 1.0x: want ...", a wrong number
 *          of columns or lines); XBAR_ERR_MEMORY */
xbar_status xbar_csv_parse(double **values, size_t *n_lines,
                           const xbar_csv_shape *shape, const char *name,
                           const char *text, size_t length, xbar_error *err);

#endif
