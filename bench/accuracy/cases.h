/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file
 *  The arrays that are compared: N x N, one resistance for segments and terminals, inputs
 *  0 to 0.2 V, columns at 0 V.
 */
#ifndef XBAR_BENCH_CASES_H
#define XBAR_BENCH_CASES_H

#include <stddef.h>

#include "core/status.h"
#include "crossbar/crossbar.h"

enum { BENCH_INPUTS = 8 };

typedef enum bench_cells {
    CELLS_RANDOM, /* log-uniform 1 k to 100 kohm */
    CELLS_ON,     /* all at 1 kohm */
    CELLS_BINARY, /* 1 kohm or 1 Mohm, half of each, at random */
    CELLS_BLOCKS, /* 4 x 4 blocks of 1 k and 100 kohm, as a chessboard */
    CELLS_HALF    /* as random, but the right half a hundredth of that */
} bench_cells;

typedef enum bench_drive {
    DRIVE_DENSE,  /* every row uniform in 0 to 0.2 V */
    DRIVE_TENTH,  /* the same, but only one row in ten at random is driven */
    DRIVE_ONE_ROW /* 0.2 V on one row at random */
} bench_drive;

typedef struct bench_case {
    size_t n;
    double ohm;
    bench_cells cells;
    bench_drive drive;
    const char *what; /* behind "N x N, r ohm", "" for random cells and dense inputs */
    /* What an independent program once found for other draws, %: drop, then mean and
     * worst error; drop 0 where it did not. */
    double drop;
    double alpha_beta[2], dmr[2], jeong[2];
} bench_case;

/** The cases; those with a drop first. */
extern const bench_case bench_cases[];
extern const size_t bench_n_cases;

/** Its array, to be freed. */
xbar_status bench_array(xbar_crossbar **out, const bench_case *q, xbar_error *err);

/** State and inputs of a sample: from (seed 1, sample) alone.
 *  @param[out] g     S, [n][n]
 *  @param[out] v_in  V, [BENCH_INPUTS][n] */
void bench_draw(double *g, double *v_in, const bench_case *q, size_t sample);

#endif
