/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file
 *  Ohmic cells between resistive wires, the ordinary array: the tiled solver on its own,
 *  without the general iteration's planes. Private to the layer.
 *
 *  Rounds of single precision corrections (cycles, or conjugate gradients where cells are
 *  very unequal), each for the residual of Kirchhoff's law in double precision, until
 *  that is down to the tolerance.
 */
#ifndef XBAR_NODAL_FAST_H
#define XBAR_NODAL_FAST_H

#include "nodal/lines.h"
#include "nodal/nodal.h"

typedef struct xbar_fast xbar_fast;

/** Is this an array for it: wires with a resistance, none cut, no terminal of 0 ohm, every
 *  line reached by a source? */
bool xbar_fast_fits(const xbar_lines *l);

/** @param[out] out      yours
 *  @param      l        borrowed
 *  @param      threads  1 or 2 at a time
 *  @return XBAR_OK, XBAR_ERR_MEMORY, XBAR_ERR_MACHINE (no thread) */
xbar_status xbar_fast_new(xbar_fast **out, const xbar_lines *l, unsigned threads,
                          xbar_error *err);
void xbar_fast_free(xbar_fast *f);

/** The lines' terminals have changed, or are new. @return XBAR_OK or XBAR_ERR_MEMORY */
xbar_status xbar_fast_arrange(xbar_fast *f, xbar_error *err);

/** New cells. @param g  S, [n_rows][n_cols], >= 0; borrowed until the next ones */
void xbar_fast_factor(xbar_fast *f, const double *g);

/** @param s          the input, its open terminals those of the lines
 *  @param tolerance  as in nodal.h
 *  @param[in,out] a  filled
 *  @return XBAR_OK (tight or not: a->is_tight), XBAR_ERR_CONVERGENCE (it gets nowhere:
 *          use the general iteration), XBAR_ERR_MEMORY */
xbar_status xbar_fast_solve(xbar_fast *f, const xbar_stimulus *s, double tolerance,
                            xbar_nodal_answer *a, xbar_error *err);

/** The vector width in use: "avx512", "avx2", "base". Static. */
const char *xbar_fast_width(const xbar_fast *f);

#endif
