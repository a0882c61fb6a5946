/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file
 *  Sources over time as straight lines between common knots: what a piecewise linear
 *  source of a netlist says, and how far a step may go before it misses a bend.
 */
#ifndef XBAR_NETLIST_POLYLINE_H
#define XBAR_NETLIST_POLYLINE_H

#include "crossbar/waveform.h"

/** How straight a schedule is, looked at through scratch of one's own. */
typedef struct xbar_ruler {
    const xbar_crossbar *c;         /* borrowed */
    const xbar_schedule *schedule;  /* borrowed; may be exchanged */
    xbar_stimulus from, to, middle; /* scratch */
} xbar_ruler;

/** @return XBAR_OK, XBAR_ERR_MEMORY; on failure nothing is kept */
xbar_status xbar_ruler_init(xbar_ruler *r, const xbar_crossbar *c,
                            const xbar_schedule *schedule, xbar_error *err);
void xbar_ruler_clear(xbar_ruler *r);

/** V: how far the sources leave the straight line from t_s to t_s + h_s, no corner lying
 *  between; the largest of all sources, gates included. */
double xbar_ruler_defect(xbar_ruler *r, double t_s, double h_s);

/** The largest absolute voltage of all sources at t_s, V. */
double xbar_ruler_volt(xbar_ruler *r, double t_s);

typedef struct xbar_polyline {
    size_t n_knots, n_sources;
    double *t_s;  /* [n_knots], rising; the first and last are begin and end */
    double *volt; /* [n_knots][n_sources]: the sides' lines, side after side, then the
                     rows' gates; NaN: open */
} xbar_polyline;

/** @param tolerance  of the largest voltage: what straight lines may miss
 *  @return XBAR_OK; XBAR_ERR_INPUT (more than a million knots would be needed);
 *          XBAR_ERR_MEMORY */
xbar_status xbar_polyline_new(xbar_polyline *p, const xbar_crossbar *c,
                              const xbar_schedule *schedule, double begin_s,
                              double end_s, double tolerance, xbar_error *err);
void xbar_polyline_clear(xbar_polyline *p);

/** Which source that of a terminal is; side XBAR_N_SIDES: the gate of row `line`. */
size_t xbar_polyline_source(const xbar_crossbar *c, xbar_side side, size_t line);

#endif
