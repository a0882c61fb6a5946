/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file
 *  A network of resistors solved nearly: an incomplete factorisation, for networks that
 *  fill up when they are factored whole. Private to nodal.
 *
 *  A node that is eliminated leaves a resistor between each two of its neighbours,
 *  g_a g_b / d for the sum d of all that met there. Resistors that conduct next to nothing
 *  beside what both of their nodes are tied by are left out: each of their nodes gets one
 *  to ground instead, so the factors are those of a positive definite matrix, whatever is
 *  left out. What ties a node to ground is kept apart from the rest, so that no sum is a
 *  difference and a part of good wires that hangs on its ground by a billionth of them is
 *  solved as well as any (star-mesh elimination). Those with fewest neighbours
 *  go first (minimum degree: Tinney and Walker, Proc. IEEE 55(11) 1967,
 *  doi:10.1109/PROC.1967.6011; incomplete factors of an M-matrix: Meijerink and van der
 *  Vorst, Math. Comp. 31, 1977, doi:10.1090/S0025-5718-1977-0438681-4).
 */
#ifndef XBAR_NODAL_INCOMPLETE_H
#define XBAR_NODAL_INCOMPLETE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/status.h"

typedef struct xbar_incomplete xbar_incomplete;

/** @param[out] out      yours
 *  @param      n_nodes  how many
 *  @param      n_links  about how many resistors between them; room grows as needed
 *  @return XBAR_OK or XBAR_ERR_MEMORY */
xbar_status xbar_incomplete_new(xbar_incomplete **out, size_t n_nodes, size_t n_links,
                                xbar_error *err);
void xbar_incomplete_free(xbar_incomplete *f);

/** A resistor from a node to ground. @param g  S, >= 0 */
void xbar_incomplete_ground(xbar_incomplete *f, uint32_t node, double g);

/** A resistor between two different nodes, of which there is no other between them.
 *  @param g  S, > 0
 *  @return XBAR_OK or XBAR_ERR_MEMORY */
xbar_status xbar_incomplete_join(xbar_incomplete *f, uint32_t a, uint32_t b, double g,
                                 xbar_error *err);

/** All resistors are known; once.
 *  @param drop  resistors of less than so much of the geometric mean of what both nodes
 *               have, each without its strongest, are left out; 0: none is
 *  @param most  resistors that the factors may have
 *  @param[out] is_small  they have no more. Else it stops there, and there are none
 *  @return XBAR_OK or XBAR_ERR_MEMORY */
xbar_status xbar_incomplete_factor(xbar_incomplete *f, double drop, size_t most,
                                   bool *is_small, xbar_error *err);

/** @param[in,out] x  A into each node; then V, by the factors */
void xbar_incomplete_solve(xbar_incomplete *f, float *x);

/** Resistors between nodes in the factors. */
size_t xbar_incomplete_size(const xbar_incomplete *f);

#endif
