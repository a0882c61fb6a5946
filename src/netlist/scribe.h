/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file
 *  What the writers of a netlist's sections share. Private to the layer.
 */
#ifndef XBAR_NETLIST_SCRIBE_H
#define XBAR_NETLIST_SCRIBE_H

#include "netlist/netlist.h"
#include "netlist/polyline.h"

/** All arguments of xbar_netlist_write; nothing is kept. */
typedef struct xbar_scribe {
    FILE *out;
    const xbar_crossbar *c;
    const xbar_network *net;
    const double *state;
    const xbar_stimulus *s;
    const xbar_netlist_options *options;
    double span;
    const xbar_polyline *drive; /* NULL: at rest, or stepped */
    /* the elimination order (order.h): n_order nodes, and each node's place in it,
     * UINT32_MAX if it has none; NULL: ngspice is told none */
    const uint32_t *order, *place;
    size_t n_order;
} xbar_scribe;

enum { XBAR_NAME_SIZE = 48 };

/** "w3_7", "b3_7". @return name */
const char *xbar_scribe_node(char name[XBAR_NAME_SIZE], const xbar_node *node);

/* ---- cells.c ------------------------------------------------------------------------- */

/** Has the circuit a cell (i,j): is it not open, and does some path lead to a source? */
bool xbar_scribe_has_cell(const xbar_scribe *w, size_t i, size_t j);

/** The line behind a text's first one, or its end. */
const char *xbar_scribe_next_line(const char *at);

/** The text's first line that begins with `head`, or NULL; text may be NULL. */
const char *xbar_scribe_find_line(const char *text, const char *head);

/** The subcircuits that the cells are made of, and the cells.
 *  @return XBAR_OK, XBAR_ERR_MEMORY */
xbar_status xbar_scribe_cells(const xbar_scribe *w, xbar_error *err);

/** A guide beside each of the cells' devices that needs one.
 *  @return XBAR_OK, XBAR_ERR_MEMORY */
xbar_status xbar_scribe_guides(const xbar_scribe *w, xbar_error *err);

/** Calls `visit` with the name of each node that belongs to one cell alone, cell after
 *  cell, of a cell those first that stand between device, selector and transistor. */
void xbar_scribe_private_nodes(const xbar_scribe *w,
                               void (*visit)(const xbar_scribe *w, const char *node));

/* ---- leaks.c ------------------------------------------------------------------------- */

/** What holds lines without terminals in the first iteration of a stepped circuit. */
void xbar_scribe_leaks(const xbar_scribe *w);

/* ---- holds.c ------------------------------------------------------------------------- */

/** Where the iteration on a circuit at rest begins, if the options tell and the cells can
 *  (xbar_netlist_holds). */
bool xbar_scribe_has_holds(const xbar_scribe *w);
void xbar_scribe_holds(const xbar_scribe *w);

/* ---- elimination.c ------------------------------------------------------------------- */

/** The elimination order, where ngspice shall be told one: not in small circuits.
 *  @param[out] order, place, n_order  as in xbar_scribe; to be released with free()
 *  @return XBAR_OK, XBAR_ERR_MEMORY */
xbar_status xbar_scribe_find_order(uint32_t **order, uint32_t **place, size_t *n_order,
                                   const xbar_scribe *w, xbar_error *err);

/** The elements that tell ngspice w->order. */
void xbar_scribe_order(const xbar_scribe *w);

/* ---- phasors.c ----------------------------------------------------------------------- */

/** The terminal's source: of voltage where it holds the node, else of the current of its
 *  Norton equivalent. */
void xbar_scribe_phasor_source(const xbar_scribe *w, xbar_side side, size_t line,
                               const char *node);

/** What drives those, and the analysis of a living circuit. */
void xbar_scribe_phasor_analysis(const xbar_scribe *w);

/* ---- in_time.c ----------------------------------------------------------------------- */

/** What source `source` of w->drive does, to the end of the line. */
void xbar_scribe_waveform(const xbar_scribe *w, size_t source);

/** The analysis of a living circuit, or the beginning of a replay's commands. */
void xbar_scribe_analysis(const xbar_scribe *w);

/** The options that hold a run's tolerance. */
void xbar_scribe_time_options(const xbar_scribe *w);

#endif
