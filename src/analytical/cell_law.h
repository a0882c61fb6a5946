/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file
 *  Cells that are not ohmic, as a model of conductances sees them: each at i/v where the
 *  array's typical voltages put it, and what a voltage beyond the typical adds.
 *
 *      g = i(v_p, v_g, v_n)/(v_p - v_n)                                 the secant
 *      chi(u) = sum of all cells' i(u)/u over a conductance             the law's shape
 *
 *  chi is a polynomial of degree 6 through seven voltages up to some largest u, which it
 *  leaves as it is there beyond. Only ratios of chi mean anything.
 *  Private to the layer.
 */
#ifndef XBAR_ANALYTICAL_CELL_LAW_H
#define XBAR_ANALYTICAL_CELL_LAW_H

#include <stdbool.h>

#include "crossbar/crossbar.h"

enum { XBAR_CHI_TERMS = 7 };

typedef struct xbar_chi {
    double largest; /* V */
    double term[XBAR_CHI_TERMS];
} xbar_chi;

/** Are they resistors, whatever the voltage? */
bool xbar_cell_is_ohmic(const xbar_cell *cell);

/** Where cells stand, V, [n_rows][n_cols] (NULL v_n: 0 V; NULL v_p: `typical` above it),
 *  and what the rows' gates are at. */
typedef struct xbar_cell_volts {
    const double *v_p, *v_n, *gate;
    double typical; /* V: below a thousandth of it a cell's voltage does not count */
} xbar_cell_volts;

/** @param[out] g  S, [n_rows][n_cols], >= 0
 *  @param      x  states, [n_rows][n_cols], 0 an open cell */
void xbar_cell_secants(double *g, const xbar_crossbar *c, const double *x,
                       const xbar_cell_volts *at);

/** The shape of the array's cells between -largest and largest volts, bit lines at 0. */
xbar_chi xbar_chi_of(const xbar_crossbar *c, const double *x, const double *gate,
                     double largest);

static inline double xbar_chi_at(const xbar_chi *chi, double u)
{
    double low = u > -chi->largest ? u : -chi->largest;
    double y = low < chi->largest ? low : chi->largest;
    double sum = chi->term[XBAR_CHI_TERMS - 1];
    for (int k = XBAR_CHI_TERMS - 2; k >= 0; k--)
        sum = chi->term[k] + y * sum;
    return sum;
}

#endif
