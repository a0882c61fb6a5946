/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file
 *  In which sequence wires and cells stand in a netlist. Private to the layer.
 *
 *  By the drawing, row after row, where ngspice is told no elimination order (order.h).
 *  Else by the place of a line's later node in that order, then of its earlier one:
 *  ngspice makes the elements of its matrix as it meets the lines, from the last, and puts
 *  them side by side in memory, where every load, elimination and solution goes through
 *  them column by column.
 */
#ifndef XBAR_NETLIST_SEQUENCE_H
#define XBAR_NETLIST_SEQUENCE_H

#include "netlist/scribe.h"

/** Kinds of lines; several in one sequence are joined by |. */
enum { XBAR_WORD_WIRES = 1, XBAR_BIT_WIRES = 2, XBAR_CELLS = 4 };

/** One line. */
typedef struct xbar_branch {
    unsigned kind;
    size_t cell;          /* i n_cols + j; of a wire: that which it begins at */
    uint32_t late, early; /* places of its nodes in the elimination order */
} xbar_branch;

/** All lines of some kinds that the circuit has.
 *  @param[out] branches  [*n], to be released with free()
 *  @return XBAR_OK, XBAR_ERR_MEMORY */
xbar_status xbar_scribe_branches(xbar_branch **branches, size_t *n,
                                 const xbar_scribe *w, unsigned kinds, xbar_error *err);

#endif
