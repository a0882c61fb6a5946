/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file
 *  An experiment's YAML as a tree that remembers where each value stands. Private to the
 *  layer.
 *
 *  libyaml reads the text; what it could choke on (depth, floods of anchors, tags,
 *  directives) is refused token by token before it builds anything. Aliases stay shared
 *  nodes: nothing is ever expanded, and a node may even contain itself, so a walk must be
 *  bounded by what it expects (keys.c is, by its table).
 */
#ifndef XBAR_EXPERIMENT_TREE_H
#define XBAR_EXPERIMENT_TREE_H

#include <stdbool.h>
#include <stddef.h>

#include "core/status.h"

typedef enum xbar_value_kind {
    XBAR_VALUE_SCALAR,
    XBAR_VALUE_LIST,
    XBAR_VALUE_MAP
} xbar_value_kind;

typedef struct xbar_value xbar_value;

struct xbar_value {
    xbar_value_kind kind;
    bool is_plain;      /* scalar: written without quotes */
    size_t line;        /* from 1 */
    size_t origin;      /* 0: the file; k: the k-th override */
    const char *text;   /* scalar: UTF-8, ends in NUL; may hold NULs of its own */
    size_t length;      /* scalar: bytes of text */
    xbar_value **items; /* list: [n]; map: key, value, key, value ..., [2 n] */
    size_t n;           /* list: entries; map: pairs */
};

typedef struct xbar_tree xbar_tree;

/** Reads one YAML document.
 *  @param[out] out   yours; NULL on failure
 *  @param      path  what messages call the file; copied
 *  @param      text  [length] bytes, UTF-8; copied
 *  @return XBAR_OK; XBAR_ERR_INPUT (empty, not UTF-8, not YAML, several documents, not a
 *          map, or something an experiment has no use for: tags, directives, more than 64
 *          levels, more than 100 anchors); XBAR_ERR_MEMORY */
xbar_status xbar_tree_new(xbar_tree **out, const char *path, const char *text,
                          size_t length, xbar_error *err);
void xbar_tree_free(xbar_tree *t);

/** The outermost map; borrowed, as are all nodes. */
const xbar_value *xbar_tree_root(const xbar_tree *t);

/** Replaces or adds one value: "crossbar.rows=8". A number picks a list's entry:
 *  "bias.selected.0=3".
 *  @return XBAR_OK; XBAR_ERR_INPUT (no '=', an empty name, a path through a scalar or past
 *          a list's end, a value that is not YAML); XBAR_ERR_MEMORY */
xbar_status xbar_tree_set(xbar_tree *t, const char *override, xbar_error *err);

/** The value of a map's key, or NULL. @param name  [length] */
const xbar_value *xbar_value_get(const xbar_value *map, const char *name,
                                 size_t length);

/** Is it a plain scalar that says null: null, Null, NULL, ~ or nothing? */
bool xbar_value_is_null(const xbar_value *node);

/** Is it a scalar of exactly this text? */
bool xbar_value_is(const xbar_value *node, const char *text);

/** How many of a text's bytes to show so that at most `most` are and no character is
 *  halved. */
size_t xbar_text_cut(const char *text, size_t length, size_t most);

enum { XBAR_QUOTE_SIZE = 96, XBAR_PLACE_SIZE = 320 };

/** What a message shows of a value: its text, at most 60 bytes of it, in quotes if it was
 *  quoted, or "a list of 3", "a map". @return quote */
const char *xbar_value_quote(char quote[XBAR_QUOTE_SIZE], const xbar_value *node);

/** Where a value stands: "FILE:7" or "--set KEY=VALUE". @return place */
const char *xbar_tree_place(char place[XBAR_PLACE_SIZE], const xbar_tree *t,
                            const xbar_value *node);

/* For tree.c and override.c alone. */

/** Zeroed memory that lives as long as the tree; NULL and an error when there is none. */
void *xbar_tree_keep(xbar_tree *t, size_t n, size_t size, xbar_error *err);

/** Reads another document, of which messages say `place` alone. */
xbar_status xbar_tree_graft(xbar_tree *t, xbar_value **root, const char *place,
                            const char *text, size_t length, size_t origin,
                            xbar_error *err);

/** The next override's number; its text, borrowed, is what messages show. 0: no memory */
size_t xbar_tree_origin(xbar_tree *t, const char *override, xbar_error *err);

xbar_value **xbar_tree_root_slot(xbar_tree *t);

#endif
