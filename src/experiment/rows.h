/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file
 *  One row of the table of keys: what may stand at a path. Private to rows.c, which has
 *  the table, and keys.c, which walks a file along it.
 */
#ifndef XBAR_EXPERIMENT_ROWS_H
#define XBAR_EXPERIMENT_ROWS_H

#include "experiment/tree.h"

/* What a value may be; several may be allowed at one path. */
enum {
    MAP = 1 << 0,
    LIST = 1 << 1,
    NUMBER = 1 << 2,
    INTEGER = 1 << 3,
    WORD = 1 << 4,
    TEXT = 1 << 5, /* one line */
    NIL = 1 << 6,
    REQUIRED = 1 << 7, /* if the map above it is there */
    FILLED = 1 << 8,   /* a list of at least one */
    ZERO = 1 << 9,     /* a number that may also be 0 */
    FREE = 1 << 10,    /* a map whose keys are another table's */
    PAIR = 1 << 11,    /* a list of exactly two */
};

typedef struct xbar_row {
    const char *path; /* "[]" stands for any entry of a list */
    unsigned what;
    double min, max; /* NUMBER, INTEGER */
    const char *unit;
    const char *initial;            /* what a missing one reads as */
    const char *(*words)(size_t k); /* WORD: the k-th, NULL behind the last */
    const char *note;               /* said after what is wanted */
    const char *below; /* MAP: a path below which its keys' rows stand; NULL: its own */
} xbar_row;

enum { XBAR_MAX_ROWS = 256 };

/** Row k of the table, NULL behind the last. */
const xbar_row *xbar_row_at(size_t k);

/** The row of a whole path, or NULL. */
const xbar_row *xbar_row_find(const char *path);

/** The row below which a map's keys stand. */
const xbar_row *xbar_row_keys(const xbar_row *map);

/** Does `row` stand directly below `above` (NULL: the root)? @return its name or NULL */
const char *xbar_row_name(const xbar_row *above, const xbar_row *row);

/** Which row has that name directly below `above`; none: NULL, *k is not set. */
const xbar_row *xbar_row_below(size_t *k, const xbar_row *above,
                               const xbar_value *name);

/** The row of a list's entries, or NULL. */
const xbar_row *xbar_row_entry(const xbar_row *list);

/** May this scalar stand there? */
bool xbar_row_allows(const xbar_row *row, const xbar_value *scalar);

enum { XBAR_WANT_SIZE = 600 };

/** What a row allows, in words. @return want */
const char *xbar_row_want(char want[XBAR_WANT_SIZE], const xbar_row *row);

/** The names directly below a row (NULL: the root). @return want */
const char *xbar_row_names(char want[XBAR_WANT_SIZE], const xbar_row *above);

#endif
