/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file
 *  The arrays that are timed: N x N ohmic cells, rows driven on the left, columns sensed at
 *  the bottom at 0 V, both through one segment of their wire.
 */
#ifndef XBAR_BENCH_NODAL_ARRAYS_H
#define XBAR_BENCH_NODAL_ARRAYS_H

#include <stdbool.h>
#include <stddef.h>

#include "core/status.h"
#include "crossbar/crossbar.h"

typedef enum bench_cells {
    CELLS_RANDOM,    /* log-uniform, 1 k to 100 kohm */
    CELLS_ON,        /* 1 kohm */
    CELLS_ON_OFF,    /* log-uniform, 1 kohm to 1 Gohm */
    CELLS_HALF_COLS, /* random; the right half of the columns 1 Gohm */
    CELLS_HALF_ROWS, /* random; the lower half of the rows 1 Gohm */
    CELLS_HALF,      /* random; half of them, at random, 1 Gohm */
    CELLS_SCALED,    /* random; each row times its own log-uniform 1e-3 to 1 */
    CELLS_BLOCKS,    /* 2 x 2 blocks of 1 kohm and of 1 Gohm */
    CELLS_SQUARES,   /* squares of 8 x 8 cells of 1 kohm and of 1 Gohm */
    CELLS_LONE,      /* 1 Gohm; one in a hundred, at random, 1 kohm */
    CELLS_SHORTED,   /* random; one in a thousand, at random, 10 ohm */
    N_CELLS
} bench_cells;

/** For people; and for tables that programs read. */
extern const char *const bench_cells_name[N_CELLS];
extern const char *const bench_cells_key[N_CELLS];

/** The three that the targets are for; all others may take five times as long. */
static inline bool bench_is_plain(bench_cells cells)
{
    return cells <= CELLS_ON_OFF;
}

typedef struct bench_wires {
    double row_ohm, col_ohm;
} bench_wires;

enum { N_WIRES = 6, USUAL_WIRES = 0 };
extern const bench_wires bench_wires_of[N_WIRES];

/** V: inputs are uniform in 0 to this. */
extern const double bench_volt;

/** A state and its array, borrowed by the solvers. */
typedef struct bench_array {
    size_t n;
    bench_cells cells;
    bench_wires wires;
    xbar_crossbar *c;
    double *g;            /* S, [n][n] */
    xbar_stimulus *input; /* [n_inputs]: rows uniform in 0 to bench_volt */
    size_t n_inputs;
} bench_array;

/** From (seed 1, size) alone. @param[out] a  to be cleared, after a failure as well */
xbar_status bench_array_init(bench_array *a, size_t n, bench_cells cells,
                             bench_wires wires, size_t n_inputs, xbar_error *err);
/** Input 0 is the sixteenth row from the bottom at bench_volt, all others at 0 V: what
 *  flows flows near it. (Far from the bottom hardly anything of that would be an output.) */
void bench_array_drive_one(bench_array *a);

void bench_array_clear(bench_array *a);

#endif
