/* SPDX-License-Identifier: GPL-3.0-or-later */
/* --set KEY=VALUE: one value of the tree replaced or added.
 *
 * The maps and lists on the way are copied, not changed: an alias may show the same node
 * at another place, which was not meant.
 */
#include <stdio.h>
#include <string.h>

#include "core/number.h"
#include "experiment/tree.h"

typedef struct path {
    const char *at, *end; /* what is left of KEY */
} path;

/* Takes the next name off a path. @return false when it is empty */
static bool next_name(path *p, const char **name, size_t *length)
{
    const char *dot = memchr(p->at, '.', (size_t)(p->end - p->at));
    const char *end = dot ? dot : p->end;
    *name = p->at;
    *length = (size_t)(end - p->at);
    p->at = dot ? dot + 1 : NULL; /* NULL: that was the last */
    return *length > 0;
}

/* A copy of a node with room for `more` pairs or entries, put into its slot. */
static xbar_status copy_node(xbar_tree *t, xbar_value **slot, size_t more,
                             xbar_error *err)
{
    const xbar_value *old = *slot;
    size_t each = old->kind == XBAR_VALUE_MAP ? 2 : 1;
    xbar_value *copy = xbar_tree_keep(t, 1, sizeof *copy, err);
    if (!copy)
        return XBAR_ERR_MEMORY;
    *copy = *old;
    copy->items = xbar_tree_keep(t, each * (old->n + more), sizeof(xbar_value *), err);
    if (!copy->items)
        return XBAR_ERR_MEMORY;
    if (old->n > 0)
        memcpy(copy->items, old->items, each * old->n * sizeof(xbar_value *));
    *slot = copy;
    return XBAR_OK;
}

/* The slot of a map's key; a new one, holding an empty map, if there is none. */
static xbar_status map_slot(xbar_tree *t, xbar_value ***slot, const char *name,
                            size_t length, size_t origin, xbar_error *err)
{
    XBAR_TRY(copy_node(t, *slot, 1, err));
    xbar_value *map = **slot;
    for (size_t k = 0; k < map->n; k++) {
        const xbar_value *key = map->items[2 * k];
        if (key->kind == XBAR_VALUE_SCALAR && key->length == length &&
            memcmp(key->text, name, length) == 0) {
            *slot = &map->items[2 * k + 1];
            return XBAR_OK;
        }
    }
    xbar_value *pair = xbar_tree_keep(t, 2, sizeof *pair, err);
    char *text = pair ? xbar_tree_keep(t, length + 1, 1, err) : NULL;
    if (!text)
        return XBAR_ERR_MEMORY;
    memcpy(text, name, length);
    pair[0] = (xbar_value){
        .is_plain = true, .line = 1, .origin = origin, .text = text, .length = length};
    pair[1] = (xbar_value){.kind = XBAR_VALUE_MAP, .line = 1, .origin = origin};
    map->items[2 * map->n] = &pair[0];
    map->items[2 * map->n + 1] = &pair[1];
    *slot = &map->items[2 * map->n + 1];
    map->n++;
    return XBAR_OK;
}

static xbar_status list_slot(xbar_tree *t, xbar_value ***slot, const char *name,
                             size_t length, const char *place, xbar_error *err)
{
    uint64_t index = 0;
    if (!xbar_integer_parse(&index, name, length) || index >= (**slot)->n)
        return xbar_fail(err, XBAR_ERR_INPUT,
                         "%s: %.*s is no entry of a list of %zu (counted from 0)",
                         place, (int)(length < 60 ? length : 60), name, (**slot)->n);
    XBAR_TRY(copy_node(t, *slot, 0, err));
    *slot = &(**slot)->items[index];
    return XBAR_OK;
}

xbar_status xbar_tree_set(xbar_tree *t, const char *override, xbar_error *err)
{
    size_t origin = xbar_tree_origin(t, override, err);
    if (origin == 0)
        return XBAR_ERR_MEMORY;
    char place[XBAR_PLACE_SIZE];
    xbar_tree_place(place, t, &(xbar_value){.origin = origin});
    const char *equals = strchr(override, '=');
    if (!equals)
        return xbar_fail(err, XBAR_ERR_INPUT, "%s: want KEY=VALUE", place);
    xbar_value *value = NULL;
    XBAR_TRY(
        xbar_tree_graft(t, &value, place, equals + 1, strlen(equals + 1), origin, err));

    xbar_value **slot = xbar_tree_root_slot(t);
    for (path p = {override, equals}; p.at;) {
        const char *name = NULL;
        size_t length = 0;
        if (!next_name(&p, &name, &length))
            return xbar_fail(err, XBAR_ERR_INPUT,
                             "%s: an empty name in the key; want KEY.KEY=VALUE", place);
        if ((*slot)->kind == XBAR_VALUE_SCALAR)
            return xbar_fail(
                err, XBAR_ERR_INPUT,
                "%s: nothing can stand below %.*s, which is a single value", place,
                (int)(name - override > 0 ? name - override - 1 : 0), override);
        if ((*slot)->kind == XBAR_VALUE_MAP)
            XBAR_TRY(map_slot(t, &slot, name, length, origin, err));
        else
            XBAR_TRY(list_slot(t, &slot, name, length, place, err));
    }
    *slot = value;
    return XBAR_OK;
}
