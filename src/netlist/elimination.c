/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The elimination order (order.h), told to ngspice by elements that touch the nodes in
 * that order and do nothing else: ngspice sets up B sources first, transistors and
 * capacitors after them, resistors and voltage sources later, and within a type the last
 * one of the netlist first. So these stand at the end, the node to go first in the last
 * line: 0 F capacitors, or B sources where the cells are more than resistors. One B source
 * names several nodes, in their order, since ngspice parses it nearly as fast as one that
 * names a single node. It names them where a choice never leads to, "0?v(a)+v(b):0", so
 * that a load looks at a constant for each node and not at their sum as well; its current
 * goes into a voltage source's node, whose row leaves the matrix at once, so that no
 * fill-in comes of it. The nodes and currents of voltage sources come before all; then the
 * nodes that a cell has to itself, which join nothing but its word and bit node. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/memory.h"
#include "netlist/order.h"
#include "netlist/scribe.h"

enum {
    ORDER_FROM_NODES = 256, /* below nothing is gained */
    NODES_A_LINE = 16       /* of a B source; more make it slower to parse */
};

static void touch_source(const xbar_scribe *w, const char *name, const char *node)
{
    fprintf(w->out, "border%s %s 0 i=i(%c%s) m=0\n", name, node,
            w->options->phasors ? 'e' : 'v', name);
}

/* The node that the source of a terminal holds. */
static void source_node(char node[XBAR_NAME_SIZE], const xbar_scribe *w, xbar_side side,
                        size_t line)
{
    if (w->c->terminal_ohm[side][line] == 0.0)
        xbar_scribe_node(node, &w->net->nodes[xbar_network_end(w->net, side, line)]);
    else
        snprintf(node, XBAR_NAME_SIZE, "%s%zu", xbar_side_name[side], line);
}

/* Some node that a source holds; where there are nodes to order, there is one. */
static void held_node(char node[XBAR_NAME_SIZE], const xbar_scribe *w)
{
    for (int side = 0; side < XBAR_N_SIDES; side++)
        for (size_t line = 0; line < xbar_side_lines(w->c, (xbar_side)side); line++)
            if (!isnan(w->s->volt[side][line])) {
                source_node(node, w, (xbar_side)side, line);
                return;
            }
    snprintf(node, XBAR_NAME_SIZE, "0");
}

static void touch_sources(const xbar_scribe *w)
{
    char name[XBAR_NAME_SIZE];
    char node[XBAR_NAME_SIZE];
    for (int side = 0; side < XBAR_N_SIDES; side++)
        for (size_t line = 0; line < xbar_side_lines(w->c, (xbar_side)side); line++) {
            if (isnan(w->s->volt[side][line]) ||
                xbar_network_shares_source(w->net, (xbar_side)side, line) ||
                (w->options->phasors && w->c->terminal_ohm[side][line] > 0.0))
                continue;
            snprintf(name, sizeof name, "%s%zu", xbar_side_name[side], line);
            source_node(node, w, (xbar_side)side, line);
            touch_source(w, name, node);
        }
    for (size_t i = 0; w->c->cell.access && i < w->c->n_rows; i++) {
        snprintf(name, sizeof name, "gate%zu", i);
        touch_source(w, name, name);
    }
    if (w->options->stepped && !w->options->schedule && !w->options->phasors)
        touch_source(w, "sweep", "sweep");
    else if (xbar_scribe_has_holds(w))
        touch_source(w, "begin", "begin");
}

static void touch_private(const xbar_scribe *w, const char *node)
{
    char name[2 * XBAR_NAME_SIZE];
    snprintf(name, sizeof name, "%s", node);
    for (char *dot = strchr(name, '.'); dot; dot = strchr(dot, '.'))
        *dot = '_';
    fprintf(w->out, "border%s %s 0 i=v(%s) m=0\n", name, node, node);
}

static void touch_by_capacitors(const xbar_scribe *w)
{
    char name[XBAR_NAME_SIZE];
    for (size_t k = w->n_order; k-- > 0;)
        fprintf(w->out, "corder%zu %s 0 0\n", k,
                xbar_scribe_node(name, &w->net->nodes[w->order[k]]));
}

static void touch_by_sources(const xbar_scribe *w)
{
    const size_t n = w->n_order;
    char name[XBAR_NAME_SIZE];
    held_node(name, w);
    for (size_t first = (n + NODES_A_LINE - 1) / NODES_A_LINE * NODES_A_LINE;
         first > 0;) {
        first -= NODES_A_LINE;
        fprintf(w->out, "border%zu %s 0 i=0?", first, name);
        for (size_t k = first; k < n && k < first + NODES_A_LINE; k++) {
            char node[XBAR_NAME_SIZE];
            fprintf(w->out, "%sv(%s)", k > first ? "+" : "",
                    xbar_scribe_node(node, &w->net->nodes[w->order[k]]));
        }
        fputs(":0 m=0\n", w->out);
    }
}

xbar_status xbar_scribe_find_order(uint32_t **order, uint32_t **place, size_t *n_order,
                                   const xbar_scribe *w, xbar_error *err)
{
    void *memory = NULL;
    *order = NULL;
    *place = NULL;
    *n_order = 0;
    if (w->net->n_live < ORDER_FROM_NODES || w->options->klu)
        return XBAR_OK;
    XBAR_TRY(
        xbar_array_new(&memory, w->net->n_nodes, sizeof **place, "node order", err));
    xbar_status status =
        xbar_order_network(order, n_order, w->c, w->net, w->state, err);
    if (status != XBAR_OK) {
        free(memory);
        return status;
    }
    *place = memory;
    for (size_t k = 0; k < w->net->n_nodes; k++)
        (*place)[k] = UINT32_MAX;
    for (size_t k = 0; k < *n_order; k++)
        (*place)[(*order)[k]] = (uint32_t)k;
    return XBAR_OK;
}

void xbar_scribe_order(const xbar_scribe *w)
{
    if (!w->order)
        return;
    fputs("* elimination order: these touch the nodes, first in last line, and are "
          "nothing else\n",
          w->out);
    if (xbar_netlist_is_ohmic(&w->c->cell)) {
        touch_by_capacitors(w);
    } else {
        touch_by_sources(w);
        xbar_scribe_private_nodes(w, touch_private);
    }
    touch_sources(w);
}
