/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file
 *  Distributions that conductances and inputs are drawn from, and stuck cells.
 */
#ifndef XBAR_CROSSBAR_DRAW_H
#define XBAR_CROSSBAR_DRAW_H

#include <stddef.h>
#include <stdint.h>

#include "core/random.h"
#include "core/status.h"

typedef enum xbar_distribution {
    XBAR_CONSTANT,   /* a */
    XBAR_UNIFORM,    /* between a and b */
    XBAR_LOGUNIFORM, /* exp(uniform between ln a and ln b) */
    XBAR_LEVELS,     /* one of `levels` evenly spaced values from a to b */
    XBAR_LOGNORMAL,  /* a exp(b z), z standard normal: median a, sigma b */
    XBAR_N_DISTRIBUTIONS
} xbar_distribution;

/** "constant", "uniform", "loguniform", "levels", "lognormal". */
extern const char *const xbar_distribution_name[XBAR_N_DISTRIBUTIONS];

typedef struct xbar_draw {
    xbar_distribution distribution;
    double a, b;
    uint32_t levels;
} xbar_draw;

/** values[n] = number first+n of the sample's stream.
 *  @param[out] values  [count]
 *  first + count must not exceed UINT32_MAX. */
void xbar_draw_values(double *values, const xbar_draw *d, uint64_t seed,
                      xbar_stream stream, uint32_t sample, uint32_t first,
                      size_t count);

/** Stuck cells. Either a list, or shares of all cells that are drawn anew for each
 *  sample: exactly round(share * cells) of them, all subsets equally likely. */
typedef struct xbar_stuck {
    struct xbar_stuck_cell {
        size_t row, col;
        double siemens;
    } * cells; /* borrowed */
    size_t n_cells;
    double on_share, off_share;     /* 0..1, sum at most 1 */
    double on_siemens, off_siemens; /* S */
} xbar_stuck;

/** Overwrites the stuck cells' conductances.
 *  @param g  S, [n_rows][n_cols]
 *  @return XBAR_OK or XBAR_ERR_MEMORY */
xbar_status xbar_stuck_apply(double *g, size_t n_rows, size_t n_cols,
                             const xbar_stuck *s, uint64_t seed, uint32_t sample,
                             xbar_error *err);

#endif
