/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file
 *  The circuit that an array, its cells and its drive make: which nodes are one because
 *  an ideal wire joins them, which are held by a source, which no source reaches.
 *
 *  All engines and the netlist see the array through this, so that they agree on the
 *  special cases of the network.
 */
#ifndef XBAR_CROSSBAR_NETWORK_H
#define XBAR_CROSSBAR_NETWORK_H

#include "crossbar/crossbar.h"

/** A node of the circuit: all word (bit) nodes that 0 ohm joins. */
typedef struct xbar_node {
    size_t row, col; /* its first member, in row-major order: it gives the name */
    bool is_word;    /* word node, or bit node */
    bool live;       /* some path of wires and cells leads to a source */
    int n_held;      /* terminals of 0 ohm that hold it: 0, 1 or 2 (both ends of a line,
                         at the same voltage) */
    xbar_side held[2];
} xbar_node;

typedef struct xbar_network {
    size_t n_rows, n_cols;
    size_t n_nodes, n_live;
    xbar_node *nodes;    /* [n_nodes], word nodes first, row-major by first member */
    uint32_t *word_node; /* [n_rows][n_cols]: which node the word node is part of */
    uint32_t *bit_node;  /* [n_rows][n_cols] */
} xbar_network;

/** @param[out] out  yours
 *  @param state     cells' states, [n_rows][n_cols]; only whether one is 0 (open) counts
 *  @param s         only which terminals are open (NaN), and the voltages of shorted
 *                   ones, count
 *  @return XBAR_OK; XBAR_ERR_SHORT (two different sources joined by 0 ohm: names both);
 *          XBAR_ERR_MEMORY */
xbar_status xbar_network_new(xbar_network **out, const xbar_crossbar *c,
                             const double *state, const xbar_stimulus *s,
                             xbar_error *err);
void xbar_network_free(xbar_network *net);

/** The node of a line's end at a terminal. */
uint32_t xbar_network_end(const xbar_network *net, xbar_side side, size_t line);

/** Do two terminals of 0 ohm hold one node, and is the source of the other one there for
 *  this one as well? */
bool xbar_network_shares_source(const xbar_network *net, xbar_side side, size_t line);

/** Is there a resistor between cell (i,j)'s word node and the next one's (bit node and
 *  the next row's): inside the array, not cut, not ideal? */
bool xbar_network_row_wire(const xbar_crossbar *c, size_t i, size_t j);
bool xbar_network_col_wire(const xbar_crossbar *c, size_t i, size_t j);

/** Kirchhoff's current law: the largest absolute sum of currents over all live nodes, A.
 *  Computed from the voltages and Ohm's law on the wires, the cells' currents, and the
 *  terminals' currents as told; independent of how they were found.
 *  @param v_row, v_col  V, [n_rows][n_cols]; NaN at nodes that are not live
 *  @param i_cell        A, [n_rows][n_cols]
 *  @param i_terminal    A, [lines of that side]
 *  @param[out] largest  A, the largest branch current; may be NULL
 *  @param work          [n_nodes] doubles of scratch */
double xbar_network_residual(const xbar_network *net, const xbar_crossbar *c,
                             const double *v_row, const double *v_col,
                             const double *i_cell,
                             double *const i_terminal[XBAR_N_SIDES], double *largest,
                             double *work);

#endif
