/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file
 *  An engine answers one question: these conductances, these voltages, what currents?
 *
 *  All engines fill one struct of function pointers, so every case runs on every engine
 *  and a new one is a file and a line in engine.c. Order of calls:
 *
 *      open -> set_state -> solve, solve, ... -> set_state -> solve, ... -> close
 *
 *  and in time, where the cells' states move:
 *
 *      set_state -> begin -> advance, advance, ... -> set_state -> ...
 *
 *  A controller looks at what an advance brought and decides on the next one's voltages;
 *  it sees this struct and never which engine is behind it.
 */
#ifndef XBAR_ENGINE_ENGINE_H
#define XBAR_ENGINE_ENGINE_H

#include <stddef.h>

#include "analytical/fitted.h"
#include "core/status.h"
#include "crossbar/crossbar.h"
#include "crossbar/waveform.h"

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
    XBAR_RECORD_EFFECTIVE = 8, /* only of engines that have `effective` */
    XBAR_RECORD_STATE = 16,    /* these three only in time */
    XBAR_RECORD_ENERGY = 32,
    XBAR_RECORD_HEAT = 64,
    XBAR_RECORD_PROGRAM = 128,  /* what a controller noted (control/noted.h); not of */
    XBAR_RECORD_LOGIC = 256,    /* engines */
    XBAR_RECORD_RETENTION = 512 /* conductances at every moment; not of engines */
};

/** The answer for one input. The caller owns all arrays; a plane may be NULL when it is
 *  not wanted. On any outcome but XBAR_DONE (and XBAR_OUTSIDE) the engine leaves NaN in
 *  all of them; in time, in the moments that it has not reached.
 *
 *  In time every array has one more axis in front of those below, [n_times]: moment after
 *  moment. */
typedef struct xbar_result {
    size_t n_times;                   /* moments; 0 and 1: one, as at rest */
    double *i_out;                    /* A, [n_cols] */
    double *i_terminal[XBAR_N_SIDES]; /* A, [lines of that side], source into array, 0
                                        where open */
    double *v_row, *v_col;            /* V, [n_rows][n_cols] */
    double *i_cell;                   /* A, [n_rows][n_cols], word node to bit node */
    double *i_out_std; /* A, [n_cols]: the standard deviation of i_out, by engines that
                          know theirs, else NULL */
    /* only in time; NULL at rest and when not wanted */
    double *state[XBAR_MAX_STATES]; /* [n_rows][n_cols]: the cells' states, as many as
                                       xbar_cell_n_states says; NaN for an open cell */
    double
        *energy[XBAR_N_SIDES]; /* J, [lines of that side]: what each terminal's source
                                     has given since `begin` */
    double *heat; /* J, [n_rows][n_cols]: what each cell (device, selector and channel
                     together) has taken since `begin` */
    double kcl_residual; /* A: the largest absolute sum of currents at a node (in time:
                            at any moment so far); NaN where the engine has no nodes
                            (ideal, analytical) */
    double wall_time_s;
    xbar_outcome outcome;
    xbar_error error; /* why, unless outcome is XBAR_DONE */
} xbar_result;

/** What engines are told beside the array. */
typedef struct xbar_engine_settings {
    const xbar_fitted *analytical; /* borrowed until close; NULL: the engine's default
                                      model, not calibrated */
    size_t n_alike; /* inputs at rest, over all states, to be expected with the same
                       terminals and cells open; 0: not known */
} xbar_engine_settings;

/** How a run in time begins. */
typedef struct xbar_start {
    double t_s; /* the present */
    /** The cells' states, [xbar_cell_n_states][n_rows][n_cols]; NULL: the first states are
     *  those of set_state, further ones (a second state, a selector's) the device's
     *  initial ones. Copied. */
    const double *state;
    /** [n_rows][n_cols], 1: this cell's states stand still whatever the voltage (a stuck
     *  cell); NULL: no cell's do. Copied. Open cells (state 0 in set_state) are open in
     *  time too. */
    const uint8_t *is_stuck;
    /** What an error may be, relative: of currents to the largest one, of states to their
     *  range (device.h, `scale`). 1e-9 to 0.1; 0 for the default 1e-4. */
    double tolerance;
    double max_step_s; /* s; 0: as the engine likes */
} xbar_start;

/** Fills every array of a result with NaN and its fields with "pending". */
void xbar_result_blank(xbar_result *r, const xbar_crossbar *c);

/** i_out from i_terminal at one moment (0 at rest): the current that leaves through the
 *  column's bottom terminal, through its top one where the bottom is open, else 0. */
void xbar_result_outputs(xbar_result *r, size_t moment, const xbar_crossbar *c,
                         const xbar_stimulus *s);

typedef struct xbar_engine xbar_engine;

struct xbar_engine {
    const char *name;
    const char *what; /* one line */

    /** Is one solve slow enough (milliseconds and more) that each sample deserves a
     *  process of its own? */
    int is_slow;

    /** @param[out] self      the engine's own state
     *  @param      c         borrowed until close
     *  @param      settings  NULL for the defaults */
    xbar_status (*open)(void **self, const xbar_crossbar *c,
                        const xbar_engine_settings *settings, xbar_error *err);

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

    /** Begins a run in time at the cells of set_state. NULL: this engine knows no time.
     *  @return as set_state; XBAR_ERR_INPUT (this engine cannot: says what) */
    xbar_status (*begin)(void *self, const xbar_start *start, xbar_error *err);

    /** Goes on from the present to t_s[n-1], and tells what it finds at each t_s[k]. What
     *  the schedule does may differ from one advance to the next, also which terminals
     *  are open; it should be continuous where one ends and the next begins, as a source
     *  that jumps charges its line's capacitance in no time.
     *  @param schedule  borrowed for the call
     *  @param t_s       [n], s, rising, the first not before the present (equal: what
     *                   stands there is told again)
     *  @param out       moments first ... first+n-1 of its arrays are written; kcl_residual
     *                   and wall_time_s go on counting from what they hold unless first is
     *                   0; outcome and error become those of this advance
     *  @return as solve. After an outcome that is not XBAR_DONE only set_state and close
     *          may follow. */
    xbar_status (*advance)(void *self, const xbar_schedule *schedule, const double *t_s,
                           size_t n, xbar_result *out, size_t first, xbar_error *err);

    /** The cells' present states, for another begin.
     *  @param[out] state  [xbar_cell_n_states][n_rows][n_cols] */
    void (*states)(void *self, double *state);

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
