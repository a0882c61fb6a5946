/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file
 *  Derivatives of a cell's law by what it has no derivative of its own for. Private to
 *  the layer.
 *
 *  Five values of a function evenly spaced about (or, at the edge of what is allowed, to
 *  one side of) the point: an error of the fourth order in their distance.
 */
#ifndef XBAR_NODAL_DIFFERENCES_H
#define XBAR_NODAL_DIFFERENCES_H

#include "device/device.h"

/** di/dx of n cells at rest, x their first state.
 *  @param[out] didx  A, [n]; 0 where x is 0
 *  @param      v     V, [n]
 *  @param      work  scratch, [4][n] */
void xbar_differences_state(const xbar_cell *c, size_t n, double *didx, const double *v,
                            const double *x, double *work);

/** A function of the cells' parameters. */
typedef double xbar_of_cell(const xbar_cell *c, void *with);

/** df/dp for parameter k of the device or the selector.
 *  @return NaN for one that is not a real number. Differences are taken at several
 *          distances, and those that agree best are believed: relative to what f's terms
 *          change by, some 1e-10 where f is smooth */
double xbar_differences_parameter(const xbar_cell *c, bool of_selector, size_t k,
                                  xbar_of_cell *f, void *with);

#endif
