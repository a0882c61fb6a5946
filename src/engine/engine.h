/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file
 *  An engine answers one question: these conductances, these voltages, what currents?
 *
 *  All engines fill one struct of function pointers, so every case runs on every engine
 *  and a new one is a file and a line in engine.c. Order of calls:
 *
 *      open -> set_state -> solve, solve, ... -> set_state -> solve, ... -> close
 */
#ifndef XBAR_ENGINE_ENGINE_H
#define XBAR_ENGINE_ENGINE_H

#include <stddef.h>

#include "core/status.h"
#include "crossbar/crossbar.h"

/** What became of one input of one sample; the numbers stand in result files. */
typedef enum xbar_outcome {
    XBAR_PENDING = 0,
    XBAR_DONE = 1,
    XBAR_NOT_CONVERGED = 2,
    XBAR_FAILED = 3,
    XBAR_OUTSIDE = 4 /* outside the calibrated region */
} xbar_outcome;

/** What is wanted besides the currents of lines: planes of each input, and matrices of
 *  each state. */
enum {
    XBAR_RECORD_V_ROW = 1,
    XBAR_RECORD_V_COL = 2,
    XBAR_RECORD_I_CELL = 4,
    XBAR_RECORD_PLANES = XBAR_RECORD_V_ROW | XBAR_RECORD_V_COL | XBAR_RECORD_I_CELL,
    XBAR_RECORD_EFFECTIVE = 8 /* only of engines that have `effective` */
};

/** The answer for one input. The caller owns all arrays; a plane may be NULL when it is
 *  not wanted. On any outcome but XBAR_DONE the engine leaves NaN in all of them. */
typedef struct xbar_result {
    double *i_out;                    /* A, [n_cols] */
    double *i_terminal[XBAR_N_SIDES]; /* A, [lines of that side], source into array, 0
                                        where open */
    double *v_row, *v_col;            /* V, [n_rows][n_cols] */
    double *i_cell;                   /* A, [n_rows][n_cols], word node to bit node */
    double kcl_residual; /* A: the largest absolute sum of currents at a node;
                                        NaN where the engine has no nodes (ideal) */
    double wall_time_s;
    xbar_outcome outcome;
    xbar_error error; /* why, unless outcome is XBAR_DONE */
} xbar_result;

/** Fills every array of a result with NaN and its fields with "pending". */
void xbar_result_blank(xbar_result *r, const xbar_crossbar *c);

/** i_out from i_terminal: the current that leaves through the column's bottom terminal,
 *  through its top one where the bottom is open, else 0. */
void xbar_result_outputs(xbar_result *r, const xbar_crossbar *c,
                         const xbar_stimulus *s);

typedef struct xbar_engine xbar_engine;

struct xbar_engine {
    const char *name;
    const char *what; /* one line */

    /** Is one solve slow enough (milliseconds and more) that each sample deserves a
     *  process of its own? */
    int is_slow;

    /** @param[out] self  the engine's own state
     *  @param      c     borrowed until close */
    xbar_status (*open)(void **self, const xbar_crossbar *c, xbar_error *err);

    /** @param state        the cells' states (device.h), [n_rows][n_cols], finite, >= 0,
     *                      0 an open cell; copied
     *  @param conductance  S, the same cells' i/v at read_volt; copied */
    xbar_status (*set_state)(void *self, const double *state, const double *conductance,
                             xbar_error *err);

    /** Solves n inputs on the present state. A failed input is told in its result
     *  (outcome and error), and the others go on; the return value is not XBAR_OK only
     *  where nothing further can come of this engine (memory, a dead ngspice): inputs
     *  not reached stay "pending".
     *  @param in   [n]
     *  @param out  [n] */
    xbar_status (*solve)(void *self, const xbar_stimulus *in, size_t n,
                         xbar_result *out, xbar_error *err);

    /** The effective conductance matrix of the present state: i_out[j] = i_offset[j] +
     *  sum_i V_i g_eff[i][j] for whatever V_i the rows' inputs are. NULL: this engine has
     *  none. Ohmic cells only.
     *  @param[out] g_eff      S, [n_rows][n_cols]; 0 for rows that take no input
     *  @param[out] i_offset   A, [n_cols]
     *  @param      rest       all inputs at 0 V
     *  @param      takes_input  [lines of that side]; NULL: none does
     *  @return as set_state; XBAR_ERR_CONVERGENCE, XBAR_ERR_SHORT; then both are NaN */
    xbar_status (*effective)(void *self, double *g_eff, double *i_offset,
                             const xbar_stimulus *rest,
                             const bool *const takes_input[XBAR_N_SIDES],
                             xbar_error *err);

    void (*close)(void *self);

    /** How it goes about it, one line for /provenance (libraries, releases, methods);
     *  valid until close. NULL when there is nothing to say. */
    const char *(*method)(void *self);
};

/** The engine of that name, or NULL. Static. */
const xbar_engine *xbar_engine_find(const char *name);

/** Engine k, most trusted first, or NULL behind the last. */
const xbar_engine *xbar_engine_at(size_t k);

enum { XBAR_MAX_ENGINES = 8 };

#endif
