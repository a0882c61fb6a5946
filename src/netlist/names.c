/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdlib.h>
#include <string.h>

#include "netlist/netlist.h"

/* Digits at *at as an index; moves *at behind them. false: none there, or too many. */
static bool read_index(const char **at, size_t *index)
{
    const char *start = *at;
    size_t value = 0;
    while (**at >= '0' && **at <= '9' && *at - start < 9)
        value = 10 * value + (size_t)(*(*at)++ - '0');
    *index = value;
    return *at > start;
}

static bool read_of_cell(const char *name, xbar_quantity *q)
{
    static const char letters[] = "wbmsi";
    static const enum xbar_quantity_kind kinds[] = {
        XBAR_QUANTITY_WORD, XBAR_QUANTITY_BIT, XBAR_QUANTITY_BELOW, XBAR_QUANTITY_STATE,
        XBAR_QUANTITY_GUIDE};
    const char *letter = *name != '\0' ? strchr(letters, *name) : NULL;
    if (!letter)
        return false;
    q->kind = kinds[letter - letters];
    name++;
    if (q->kind == XBAR_QUANTITY_GUIDE) {
        if (*name != 'c' && *name != 's')
            return false;
        q->line = *name++ == 's';
    }
    if (q->kind == XBAR_QUANTITY_STATE &&
        !(read_index(&name, &q->line) && *name++ == '_'))
        return false;
    bool is_read =
        read_index(&name, &q->row) && *name++ == '_' && read_index(&name, &q->col);
    if (is_read && q->kind == XBAR_QUANTITY_GUIDE && *name == '_') {
        name++;
        q->element = q->row;
        q->row = q->col;
        is_read = read_index(&name, &q->col);
    }
    return is_read && *name == '\0';
}

static bool read_source(const char *name, xbar_quantity *q)
{
    if (*name != 'v' && *name != 'e')
        return false;
    name++;
    for (int side = 0; side <= XBAR_N_SIDES; side++) {
        const char *which = side == XBAR_N_SIDES ? "gate" : xbar_side_name[side];
        size_t length = strlen(which);
        if (strncmp(name, which, length) != 0)
            continue;
        name += length;
        q->kind = XBAR_QUANTITY_SOURCE;
        q->side = (xbar_side)side;
        return read_index(&name, &q->line) &&
               (*name == '\0' || strcmp(name, "#branch") == 0);
    }
    return false;
}

xbar_quantity xbar_netlist_quantity(const char *name)
{
    xbar_quantity of_cell = {0};
    if (read_of_cell(name, &of_cell))
        return of_cell;
    xbar_quantity source = {0};
    if (read_source(name, &source))
        return source;
    return (xbar_quantity){.kind = XBAR_QUANTITY_OTHER};
}
