/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Where ngspice's iteration on a new circuit begins, for cells with inner nodes. From 0 V on
 * all nodes a device with a feedback inside, as that of its own heat, may send the iteration
 * far away; the equations' matrix then has no good pivots in the order that it was given,
 * and each reordering fills it up for good. So each node is held at its voltage by a B
 * source in the circuit's first iteration, as long as a source's node stands at 0 V, and
 * never after it. (.nodeset would do as well, but ngspice looks through all nodes for each
 * one that it holds: the first point of 32 x 32 jart cells took 2.6 s so, and 0.47.) */
#include <math.h>

#include "core/number.h"
#include "netlist/scribe.h"

bool xbar_netlist_holds(const xbar_cell *cell)
{
    return cell->device->insides && !cell->access;
}

/* 0 V in the first iteration, 1 V or more from the second on. */
static const char *clock_node(const xbar_scribe *w)
{
    return w->options->stepped ? "sweep" : "begin";
}

static void hold(const xbar_scribe *w, const char *name, const char *node, double volt)
{
    static const double siemens = 1e6; /* beside which all others are next to nothing */
    char conductance[XBAR_NUMBER_SIZE];
    char number[XBAR_NUMBER_SIZE];
    if (isfinite(volt))
        fprintf(w->out, "bhold%s %s 0 i=v(%s) < 0.5 ? %s*(v(%s) - (%s)) : 0\n", name,
                node, clock_node(w), xbar_number_format(conductance, siemens), node,
                xbar_number_format(number, volt));
}

static void hold_lines(const xbar_scribe *w)
{
    char node[XBAR_NAME_SIZE];
    for (size_t k = 0; k < w->net->n_nodes; k++)
        if (w->net->nodes[k].live && w->net->nodes[k].n_held == 0) {
            xbar_scribe_node(node, &w->net->nodes[k]);
            hold(w, node, node, w->options->v_node[k]);
        }
}

static void hold_cell(const xbar_scribe *w, size_t i, size_t j)
{
    enum { MOST_INNER = 8 };
    const xbar_cell *cell = &w->c->cell;
    const size_t k = i * w->c->n_cols + j;
    const double v_p = w->options->v_node[w->net->word_node[k]];
    double v_n = w->options->v_node[w->net->bit_node[k]];
    double inside[MOST_INNER];
    char name[XBAR_NAME_SIZE];
    char node[XBAR_NAME_SIZE];
    if (!isfinite(v_p) || !isfinite(v_n))
        return;
    if (cell->selector) {
        const double v = v_p - v_n;
        double v_selector = 0.0;
        xbar_cell_divide(cell, 1, &v_selector, &v, &w->state[k]);
        v_n += v_selector;
        snprintf(node, sizeof node, "m%zu_%zu", i, j);
        hold(w, node, node, v_n);
    }
    const xbar_insides *insides = cell->device->insides;
    insides->volts(inside, v_p, v_n, w->state[k], cell->parameters);
    for (size_t q = 0; insides->nodes[q]; q++) {
        snprintf(name, sizeof name, "c%s%zu_%zu", insides->nodes[q], i, j);
        snprintf(node, sizeof node, "xc%zu_%zu.%s", i, j, insides->nodes[q]);
        hold(w, name, node, inside[q]);
    }
}

bool xbar_scribe_has_holds(const xbar_scribe *w)
{
    return w->options->v_node && !w->options->schedule &&
           xbar_netlist_holds(&w->c->cell);
}

void xbar_scribe_holds(const xbar_scribe *w)
{
    if (!xbar_scribe_has_holds(w))
        return;
    fputs("* where the iteration begins: these hold all nodes in its first step\n",
          w->out);
    if (!w->options->stepped)
        fprintf(w->out, "v%s %s 0 1\n", clock_node(w), clock_node(w));
    hold_lines(w);
    for (size_t i = 0; i < w->c->n_rows; i++)
        for (size_t j = 0; j < w->c->n_cols; j++)
            if (xbar_scribe_has_cell(w, i, j))
                hold_cell(w, i, j);
}
