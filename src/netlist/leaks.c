/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A cell whose state is a voltage of its own stands at a state of 0 in a circuit's first
 * iteration, and may conduct nothing there. A line that hangs on cells alone hangs on
 * nothing then, and where its wires' conductances add up without rounding its matrix is
 * singular to the last bit. So such a line leaks a little to ground, as long as the
 * sweep's source stands at 0 V: in that iteration and never after it. (What hangs on cells
 * that conduct next to nothing at their own state may be singular all the same.) */
#include <math.h>

#include "netlist/scribe.h"

static bool is_driven(const xbar_scribe *w, xbar_side side, size_t line)
{
    return !isnan(w->s->volt[side][line]);
}

/* Are node k of a line and the next one joined, by a wire or by being one? */
static bool is_joined(const xbar_scribe *w, bool rows, size_t line, size_t k)
{
    const size_t n_cols = w->c->n_cols;
    if (rows)
        return xbar_network_row_wire(w->c, line, k) ||
               w->net->word_node[line * n_cols + k] ==
                   w->net->word_node[line * n_cols + k + 1];
    return xbar_network_col_wire(w->c, k, line) ||
           w->net->bit_node[k * n_cols + line] ==
               w->net->bit_node[(k + 1) * n_cols + line];
}

static void write_leak(const xbar_scribe *w, const xbar_node *node)
{
    char name[XBAR_NAME_SIZE];
    xbar_scribe_node(name, node);
    fprintf(w->out, "bleak%s %s 0 i=v(sweep) < 0.5 ? 1e-6*v(%s) : 0\n", name, name,
            name);
}

/* The pieces into which cuts divide a line. */
static void write_leaks_of(const xbar_scribe *w, bool rows, size_t line)
{
    const size_t n = rows ? w->c->n_cols : w->c->n_rows;
    for (size_t from = 0, to = 0; from < n; from = ++to) {
        while (to + 1 < n && is_joined(w, rows, line, to))
            to++;
        const bool is_held =
            (from == 0 && is_driven(w, rows ? XBAR_LEFT : XBAR_TOP, line)) ||
            (to + 1 == n && is_driven(w, rows ? XBAR_RIGHT : XBAR_BOTTOM, line));
        const uint32_t first = rows ? w->net->word_node[line * w->c->n_cols + from]
                                    : w->net->bit_node[from * w->c->n_cols + line];
        if (!is_held && w->net->nodes[first].live)
            write_leak(w, &w->net->nodes[first]);
    }
}

/* Have the cells no state to wait for, and no gate? */
static bool conduct_at_once(const xbar_cell *cell)
{
    const xbar_device *const parts[] = {cell->device, cell->selector};
    for (size_t k = 0; k < 2; k++) {
        const xbar_guides kind =
            parts[k] ? xbar_netlist_guides(parts[k]) : XBAR_GUIDES_NEEDLESS;
        if (kind != XBAR_GUIDES_NEEDLESS && kind != XBAR_GUIDES_BY_VOLTAGE)
            return false;
    }
    return !cell->access;
}

void xbar_scribe_leaks(const xbar_scribe *w)
{
    if (conduct_at_once(&w->c->cell))
        return;
    for (size_t i = 0; i < w->c->n_rows; i++)
        write_leaks_of(w, true, i);
    for (size_t j = 0; j < w->c->n_cols; j++)
        write_leaks_of(w, false, j);
}
