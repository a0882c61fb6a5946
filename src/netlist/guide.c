/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A guide is a current source beside a device, without a place in the equations' matrix: in
 * the first iteration of a point it lets the caller put the solution where it likes, and
 * after that it is nothing. What it carries is reckoned from the device's law alone, so the
 * device must be one current between its ends, by its voltage and, at most, a state that
 * stands as a voltage on a node of its own; or tell what it has inside. */
#include <string.h>

#include "netlist/scribe.h"

enum { WORD_SIZE = 24 };

typedef struct element {
    char name[WORD_SIZE], a[WORD_SIZE], b[WORD_SIZE];
} element;

static bool is_element(const char *line, element *e)
{
    return *line != '.' && *line != '*' &&
           sscanf(line, "%23s %23s %23s", e->name, e->a, e->b) == 3;
}

static bool joins(const element *e, const char *name, const char *a, const char *b)
{
    return strcmp(e->name, name) == 0 && strcmp(e->a, a) == 0 && strcmp(e->b, b) == 0;
}

xbar_guides xbar_netlist_guides(const xbar_device *device)
{
    char head[2 * XBAR_NAME_SIZE];
    if (device->kind == XBAR_KIND_ACCESS)
        return XBAR_GUIDES_NONE;
    if (!device->subcircuit)
        return XBAR_GUIDES_NEEDLESS;
    if (device->insides)
        return XBAR_GUIDES_INSIDE;
    snprintf(head, sizeof head, ".subckt %s ", device->name);
    const char *at = xbar_scribe_find_line(device->subcircuit, head);
    bool has_law = false;
    char node[WORD_SIZE] = ""; /* the state's */
    for (at = at ? xbar_scribe_next_line(at) : "";
         *at != '\0' && strncmp(at, ".ends", 5) != 0; at = xbar_scribe_next_line(at)) {
        element e;
        if (!is_element(at, &e))
            continue;
        const bool is_law = joins(&e, "Bcell", "p", "n") || joins(&e, "Blaw", "p", "n");
        if (is_law && !has_law)
            has_law = true;
        else if (joins(&e, "Bcell", "0", e.b) && node[0] == '\0')
            memcpy(node, e.b, sizeof node);
        else if (e.name[0] != 'R' || strcmp(e.a, node) != 0 || strcmp(e.b, "0") != 0)
            return XBAR_GUIDES_NONE;
    }
    if (!has_law)
        return XBAR_GUIDES_NONE;
    return node[0] == '\0' ? XBAR_GUIDES_BY_VOLTAGE : XBAR_GUIDES_BY_STATE_TOO;
}
