/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The walk that holds a file against the table. It goes down only where the table has a
 * row, so neither a cyclic alias nor a doubling one leads it anywhere; a list within a
 * list has a fixed length for the same reason. */
#include "experiment/keys.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "core/number.h"
#include "experiment/rows.h"

/* ---- paths ---- */

/* Where the walk stands: names and list indices up to the root. */
typedef struct trail {
    const struct trail *up;
    const char *name; /* NULL: entry `index` of a list */
    size_t length, index;
} trail;

static void spell(const trail *at, char *path, size_t size)
{
    path[0] = '\0';
    if (!at)
        return;
    spell(at->up, path, size);
    size_t used = strlen(path);
    const char *dot = used > 0 ? "." : "";
    if (at->name)
        snprintf(path + used, size - used, "%s%.*s", dot,
                 (int)xbar_text_cut(at->name, at->length, 60), at->name);
    else
        snprintf(path + used, size - used, "%s%zu", dot, at->index);
}

const char *xbar_path_entry(char path[XBAR_PATH_SIZE], const char *list, size_t k,
                            const char *more)
{
    snprintf(path, XBAR_PATH_SIZE, "%s.%zu%s", list, k, more);
    return path;
}

/* ---- messages ---- */

xbar_status xbar_key_fail(const xbar_tree *t, const xbar_value *node, xbar_error *err,
                          const char *path, const char *want, ...)
{
    char wanted[600];
    va_list args;
    va_start(args, want);
    vsnprintf(wanted, sizeof wanted, want, args);
    va_end(args);
    char place[XBAR_PLACE_SIZE];
    char quote[XBAR_QUOTE_SIZE];
    return xbar_fail(err, XBAR_ERR_INPUT, "%s: %s = %s: want %s",
                     xbar_tree_place(place, t, node), path,
                     xbar_value_quote(quote, node), wanted);
}

static xbar_status refuse(const xbar_tree *t, const xbar_row *row,
                          const xbar_value *node, const trail *at, xbar_error *err)
{
    char want[XBAR_WANT_SIZE];
    char path[XBAR_PATH_SIZE];
    spell(at, path, sizeof path);
    return xbar_key_fail(t, node, err, path, "%s", xbar_row_want(want, row));
}

static xbar_status refuse_name(const xbar_tree *t, const xbar_row *above,
                               const xbar_value *name, const trail *at, xbar_error *err)
{
    char want[XBAR_WANT_SIZE];
    xbar_row_names(want, above);
    char place[XBAR_PLACE_SIZE];
    char path[XBAR_PATH_SIZE];
    spell(at, path, sizeof path);
    if (name->kind == XBAR_VALUE_SCALAR)
        return xbar_fail(err, XBAR_ERR_INPUT, "%s: %s: no such key; want %s",
                         xbar_tree_place(place, t, name), path, want);
    char quote[XBAR_QUOTE_SIZE];
    return xbar_fail(err, XBAR_ERR_INPUT, "%s: %s%s%s as a key; want %s",
                     xbar_tree_place(place, t, name), path, path[0] != '\0' ? ": " : "",
                     xbar_value_quote(quote, name), want);
}

static xbar_status refuse_doubled(const xbar_tree *t, const xbar_value *first,
                                  const xbar_value *second, const trail *at,
                                  xbar_error *err)
{
    char place[XBAR_PLACE_SIZE];
    char path[XBAR_PATH_SIZE];
    spell(at, path, sizeof path);
    return xbar_fail(err, XBAR_ERR_INPUT, "%s: %s: given twice, first in line %zu",
                     xbar_tree_place(place, t, second), path, first->line);
}

static xbar_status refuse_absent(const xbar_tree *t, const xbar_row *row,
                                 const xbar_value *map, const trail *at,
                                 xbar_error *err)
{
    char want[XBAR_WANT_SIZE];
    char place[XBAR_PLACE_SIZE];
    char path[XBAR_PATH_SIZE];
    spell(at, path, sizeof path);
    return xbar_fail(err, XBAR_ERR_INPUT, "%s: %s is missing: want %s",
                     xbar_tree_place(place, t, map), path, xbar_row_want(want, row));
}

/* ---- the walk ---- */

static xbar_status check(const xbar_tree *t, const xbar_row *row,
                         const xbar_value *node, const trail *at, xbar_error *err);

static xbar_status check_map(const xbar_tree *t, const xbar_row *above,
                             const xbar_value *map, const trail *up, xbar_error *err)
{
    const xbar_value *seen[XBAR_MAX_ROWS] = {NULL};
    for (size_t k = 0; k < map->n; k++) {
        const xbar_value *name = map->items[2 * k];
        if (name->kind != XBAR_VALUE_SCALAR)
            return refuse_name(t, above, name, up, err);
        const trail at = {.up = up, .name = name->text, .length = name->length};
        size_t index = 0;
        const xbar_row *row = xbar_row_below(&index, above, name);
        if (!row)
            return refuse_name(t, above, name, &at, err);
        if (seen[index])
            return refuse_doubled(t, seen[index], name, &at, err);
        seen[index] = name;
        XBAR_TRY(check(t, row, map->items[2 * k + 1], &at, err));
    }
    const xbar_row *row = NULL;
    for (size_t k = 0; (row = xbar_row_at(k)) != NULL; k++) {
        const char *name = xbar_row_name(above, row);
        if (!name || seen[k] || !(row->what & REQUIRED))
            continue;
        const trail at = {.up = up, .name = name, .length = strlen(name)};
        return refuse_absent(t, row, map, &at, err);
    }
    return XBAR_OK;
}

static xbar_status check(const xbar_tree *t, const xbar_row *row,
                         const xbar_value *node, const trail *at, xbar_error *err)
{
    if (node->kind == XBAR_VALUE_SCALAR)
        return xbar_row_allows(row, node) ? XBAR_OK : refuse(t, row, node, at, err);
    if (node->kind == XBAR_VALUE_MAP) {
        if (!(row->what & MAP))
            return refuse(t, row, node, at, err);
        return row->what & FREE ? XBAR_OK
                                : check_map(t, xbar_row_keys(row), node, at, err);
    }
    const xbar_row *entry = xbar_row_entry(row);
    if (!entry || ((row->what & FILLED) && node->n == 0) ||
        ((row->what & PAIR) && node->n != 2))
        return refuse(t, row, node, at, err);
    for (size_t k = 0; k < node->n; k++) {
        const trail below = {.up = at, .index = k};
        XBAR_TRY(check(t, entry, node->items[k], &below, err));
    }
    return XBAR_OK;
}

xbar_status xbar_keys_check(const xbar_tree *t, xbar_error *err)
{
    return check_map(t, NULL, xbar_tree_root(t), NULL, err);
}

/* ---- values ---- */

const xbar_value *xbar_key_find(const xbar_tree *t, const char *path)
{
    const xbar_value *node = xbar_tree_root(t);
    while (node && path) {
        const char *dot = strchr(path, '.');
        size_t length = dot ? (size_t)(dot - path) : strlen(path);
        uint64_t index = 0;
        if (node->kind != XBAR_VALUE_LIST)
            node = xbar_value_get(node, path, length);
        else if (xbar_integer_parse(&index, path, length) && index < node->n)
            node = node->items[index];
        else
            node = NULL;
        path = dot ? dot + 1 : NULL;
    }
    return node;
}

/* The text at a path, or the table's default. */
static const char *find_text(const xbar_tree *t, const char *path)
{
    const xbar_value *node = xbar_key_find(t, path);
    if (node)
        return node->text;
    const xbar_row *row = xbar_row_find(path);
    return row && row->initial ? row->initial : "";
}

double xbar_key_number(const xbar_tree *t, const char *path)
{
    double value = NAN;
    const char *number = find_text(t, path);
    xbar_number_parse(&value, number, strlen(number));
    return value;
}

uint64_t xbar_key_integer(const xbar_tree *t, const char *path)
{
    uint64_t value = 0;
    const char *number = find_text(t, path);
    xbar_integer_parse(&value, number, strlen(number));
    return value;
}

size_t xbar_key_word(const xbar_tree *t, const char *path)
{
    const xbar_row *row = xbar_row_find(path);
    const char *word = find_text(t, path);
    size_t k = 0;
    while (row->words(k) && strcmp(row->words(k), word) != 0)
        k++;
    return k;
}

const char *xbar_key_text(const xbar_tree *t, const char *path)
{
    return find_text(t, path);
}

double xbar_value_number(const xbar_value *node)
{
    double value = NAN;
    if (node->kind == XBAR_VALUE_SCALAR && node->is_plain)
        xbar_number_parse(&value, node->text, node->length);
    return value;
}

uint64_t xbar_value_integer(const xbar_value *node)
{
    uint64_t value = 0;
    if (node->kind == XBAR_VALUE_SCALAR && node->is_plain)
        xbar_integer_parse(&value, node->text, node->length);
    return value;
}

xbar_status xbar_key_missing(const xbar_tree *t, const char *path, xbar_error *err,
                             const char *want)
{
    char above[XBAR_PATH_SIZE];
    snprintf(above, sizeof above, "%s", path);
    char *dot = strrchr(above, '.');
    if (dot)
        *dot = '\0';
    const xbar_value *map = dot ? xbar_key_find(t, above) : NULL;
    char place[XBAR_PLACE_SIZE];
    return xbar_fail(err, XBAR_ERR_INPUT, "%s: %s is missing: want %s",
                     xbar_tree_place(place, t, map ? map : xbar_tree_root(t)), path,
                     want);
}

xbar_status xbar_key_need(const xbar_tree *t, const char *path, xbar_error *err)
{
    char want[XBAR_WANT_SIZE];
    if (xbar_key_find(t, path))
        return XBAR_OK;
    return xbar_key_missing(t, path, err, xbar_row_want(want, xbar_row_find(path)));
}
