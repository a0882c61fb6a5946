/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file
 *  Where ngspice's iteration begins: at the exact solver's answer (nodal/nodal.h).
 *
 *  ngspice begins each point of a living sweep where the last one ended, and replaces each
 *  cell by its tangent there: three iterations, where from the answer on two do, the least
 *  that there are. So in the first one a current source beside each cell (netlist.h,
 *  `guided`) carries what the tangent lacks of the cell's current at the answer,
 *
 *      q = i(v, x) - [i(v0, x0) + (v - v0) di/dv + (x - x0) di/dx],
 *
 *  v, x being the answer's voltage and the new state, v0 and x0 those that the iteration
 *  begins with; its solution is the answer then (but for the first point of a circuit with
 *  leaks, netlist/leaks.c). From the second iteration on the source carries nothing. What
 *  ngspice finds there is Newton's step by its own law of the cell; it goes on while that
 *  is larger than its tolerances, and the engine while Kirchhoff's law wants more: a wrong
 *  guide costs iterations and nothing else. A device with nodes inside has such a source
 *  beside each of its elements, but in a circuit's first point its nodes are held at the
 *  answer (netlist/holds.c).
 *
 *  Private to the spice engine's files. NULL for a guide is fine everywhere: there is none.
 */
#ifndef XBAR_ENGINE_SPICE_GUIDE_H
#define XBAR_ENGINE_SPICE_GUIDE_H

#include "crossbar/network.h"

typedef struct xbar_spice_guide xbar_spice_guide;

/** @param[out] out  NULL where the cells cannot be guided
 *  @param      c    borrowed until xbar_spice_guide_free
 *  @return XBAR_OK, XBAR_ERR_MEMORY */
xbar_status xbar_spice_guide_new(xbar_spice_guide **out, const xbar_crossbar *c,
                                 xbar_error *err);
void xbar_spice_guide_free(xbar_spice_guide *g);

/** A new circuit of these states: its first iteration begins with 0 V everywhere.
 *  @param span  what the circuit is fit for, V (netlist.h): which law its cells have */
void xbar_spice_guide_anew(xbar_spice_guide *g, const xbar_network *net,
                           const double *state, double span);

/** What the next point's first iteration begins with: what ngspice handed out last.
 *  @param v_row, v_below, v_col  V, [n_rows][n_cols]: of word nodes, of nodes between device
 *                                and selector (if there is one), of bit nodes
 *  @param state                  the cells' states, [n_rows][n_cols] */
void xbar_spice_guide_from(xbar_spice_guide *g, const double *v_row,
                           const double *v_below, const double *v_col,
                           const double *state);

/** The next point is to begin at the exact answer. Where that is not to be had ngspice
 *  begins where it stands.
 *  @return is it to be had? */
bool xbar_spice_guide_aim(xbar_spice_guide *g, const xbar_stimulus *in,
                          const double *state);

/** Where a new circuit's cells are to be held in its first iteration (netlist.h).
 *  @param[out] v_node  V, [net->n_nodes]: the answer, NaN out of every source's reach
 *  @return are they? */
bool xbar_spice_guide_holds(const xbar_spice_guide *g, const xbar_network *net,
                            double *v_node);

/** The next point begins where ngspice stands. */
void xbar_spice_guide_let_go(xbar_spice_guide *g);

/** Has the last point begun at the exact answer? */
bool xbar_spice_guide_is_aimed(const xbar_spice_guide *g);

/** What the source of that name carries now, A; ngspice asks for each once an iteration. */
double xbar_spice_guide_current(xbar_spice_guide *g, const char *name);

/** Iterations since the last aim, or since the circuit is a new one: for tests. */
size_t xbar_spice_guide_n_iterations(const xbar_spice_guide *g);

#endif
