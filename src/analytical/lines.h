/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file
 *  Lines solved exactly: word and bit lines as ladders, eliminated from their open ends.
 *
 *  What a line is, seen from node k towards its open end, its cell included, is a
 *  conductance Y_k and a short-circuit current J_k (Norton). Beyond the next wire segment
 *  both shrink by the same share:
 *
 *      Y_k = g_k + d Y,  J_k = g_k (voltage behind cell k) + d J,  d = 1/(1 + ohm Y)
 *
 *  with Y, J those of the node before; behind the terminal d = 1/(1 + terminal_ohm Y).
 *  The shares d are the factors of the line. All terms are positive, none cancels, and
 *  no resistance, 0 included, is divided by.
 *  Private to the layer.
 */
#ifndef XBAR_ANALYTICAL_LINES_H
#define XBAR_ANALYTICAL_LINES_H

#include "crossbar/crossbar.h"

/* Divisions of one row wait for each other; those of four rows do so together. */
enum { XBAR_LINES_ROWS = 4 };

/** Factors of n rows, at most XBAR_LINES_ROWS, from row i on.
 *  @param[out] d  [n][n_cols]; d[.][0] that of the terminal
 *  @param      g  S, [n][n_cols] */
void xbar_lines_rows(double *d, const xbar_crossbar *c, const double *g, size_t i,
                     size_t n);

/** Factors of all columns at row i; rows from the top one after the other. Those of the
 *  last row are the terminals'.
 *  @param[out] e      [n_cols]
 *  @param      above  [n_cols], in and out: what hangs on the segment above; 0 at first
 *  @param      g      S, [n_cols], row i */
void xbar_lines_columns(double *e, double *above, const xbar_crossbar *c,
                        const double *g, size_t i);

/* Eight inputs side by side, as four registers of two: what any 64-bit machine has, and
 * in pieces small enough that the compiler keeps them there. */
enum { XBAR_LANES = 8 };
typedef double xbar_pair __attribute__((vector_size(16), aligned(8), may_alias));
typedef struct __attribute__((may_alias)) xbar_octet {
    xbar_pair pair[XBAR_LANES / 2];
} xbar_octet;

/** n octets of 0, to be released with free(). @return XBAR_OK, XBAR_ERR_MEMORY */
xbar_status xbar_octets_new(xbar_octet **out, size_t n, xbar_error *err);

/** An octet's eight numbers. */
static inline double *xbar_octet_lanes(xbar_octet *o)
{
    return (double *)o;
}

/** A row's voltages.
 *  @param[out] u     V, [n_cols]
 *  @param      w     V, [n_cols]: the bit lines at this row
 *  @param      volt  V: the row's drive
 *  @param      g     S, [n_cols];  d its factors */
static inline void xbar_lines_solve_row(xbar_octet *restrict u,
                                        const xbar_octet *restrict w,
                                        const xbar_octet *restrict volt,
                                        const double *restrict g,
                                        const double *restrict d, double ohm,
                                        double left_ohm, size_t n_cols)
{
    xbar_pair x[XBAR_LANES / 2] = {{0.0}};
    double share = 0.0;
    for (size_t j = n_cols; j-- > 0;) { /* J at the open end, at the next, ... */
        for (size_t l = 0; l < XBAR_LANES / 2; l++) {
            x[l] = g[j] * w[j].pair[l] + share * x[l];
            u[j].pair[l] = x[l];
        }
        share = d[j];
    }
    for (size_t l = 0; l < XBAR_LANES / 2; l++)
        x[l] = volt->pair[l];
    double in_front = left_ohm;
    for (size_t j = 0; j < n_cols; j++) { /* voltages from the terminal on */
        for (size_t l = 0; l < XBAR_LANES / 2; l++) {
            x[l] = d[j] * (x[l] + in_front * u[j].pair[l]);
            u[j].pair[l] = x[l];
        }
        in_front = ohm;
    }
}

/** What the columns gather at a row.
 *  @param flow    A, [n_cols], in and out: at the row before, at this one
 *  @param u       V, [n_cols]: the row's voltages
 *  @param before  [n_cols]: the columns' factors at the row before, anything finite at
 *                 the first
 *  @param g       S, [n_cols] */
static inline void xbar_lines_gather(xbar_octet *restrict flow,
                                     const xbar_octet *restrict u,
                                     const double *restrict before,
                                     const double *restrict g, size_t n_cols)
{
    for (size_t j = 0; j < n_cols; j++)
        for (size_t l = 0; l < XBAR_LANES / 2; l++)
            flow[j].pair[l] = before[j] * flow[j].pair[l] + g[j] * u[j].pair[l];
}

#endif
