/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file
 *  The table of all keys an experiment may have: type, range, unit, default. Private to
 *  the layer.
 *
 *  xbar_keys_check holds a tree against the table; what passes has no unknown, doubled,
 *  missing or mistyped value, and the getters below cannot fail. What depends on several
 *  keys at once (lengths, sums, what excludes what) is checked where it is used, with
 *  xbar_key_fail for the message.
 *
 *  Paths: "crossbar.wire.row_ohm"; list entries have numbers, "bias.selected.0".
 */
#ifndef XBAR_EXPERIMENT_KEYS_H
#define XBAR_EXPERIMENT_KEYS_H

#include <stdint.h>

#include "experiment/tree.h"

xbar_status xbar_keys_check(const xbar_tree *t, xbar_error *err);

/** The value at a path, or NULL if the file does not give it. */
const xbar_value *xbar_key_find(const xbar_tree *t, const char *path);

/** The values at a path, or the table's default where the file gives none. */
double xbar_key_number(const xbar_tree *t, const char *path);
uint64_t xbar_key_integer(const xbar_tree *t, const char *path);
size_t xbar_key_word(const xbar_tree *t, const char *path); /* which of the words */
const char *xbar_key_text(const xbar_tree *t, const char *path);

/** The number or integer a checked node holds; NaN and 0 if it holds none. */
double xbar_value_number(const xbar_value *node);
uint64_t xbar_value_integer(const xbar_value *node);

/** Says "PLACE: path = VALUE: want WANT" and returns XBAR_ERR_INPUT. */
xbar_status xbar_key_fail(const xbar_tree *t, const xbar_value *node, xbar_error *err,
                          const char *path, const char *want, ...)
    __attribute__((format(printf, 5, 6)));

/** The same for what is not there: "PLACE: path is missing: want WANT". The place is that
 *  of the map it should stand in. */
xbar_status xbar_key_missing(const xbar_tree *t, const char *path, xbar_error *err,
                             const char *want);

/** Is there a value at this path of the table? If not, says what should be. */
xbar_status xbar_key_need(const xbar_tree *t, const char *path, xbar_error *err);

/** A path with a number and more behind it: "a.b" + 3 + ".c" = "a.b.3.c". */
enum { XBAR_PATH_SIZE = 160 };
const char *xbar_path_entry(char path[XBAR_PATH_SIZE], const char *list, size_t k,
                            const char *more);

#endif
