/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file
 *  What is kept of a run with a controller: planes and logs, for result files.
 */
#ifndef XBAR_CONTROL_NOTED_H
#define XBAR_CONTROL_NOTED_H

/** Of programming, per sample: planes [n_rows][n_cols], then a log with one entry for each
 *  operation (write_verify.h). */
typedef enum xbar_noted_program {
    XBAR_NOTED_TARGET,
    XBAR_NOTED_PULSES,
    XBAR_NOTED_CYCLES,
    XBAR_NOTED_MEASURED,
    XBAR_NOTED_FINAL,
    XBAR_NOTED_DISTURB,
    XBAR_NOTED_HEAT,
    XBAR_NOTED_FATE,
    XBAR_NOTED_LOG_BEGIN,
    XBAR_NOTED_LOG_KIND,
    XBAR_NOTED_LOG_ROW,
    XBAR_NOTED_LOG_COL,
    XBAR_NOTED_LOG_VOLT,
    XBAR_NOTED_LOG_CELLS,
    XBAR_NOTED_LOG_ENERGY,
    XBAR_NOTED_LOG_I_OUT, /* [n_operations][n_cols] */
    XBAR_NOTED_TOTALS,    /* n_operations, s, J: one number each */
    XBAR_NOTED_SECONDS,
    XBAR_NOTED_ENERGY,
    XBAR_N_NOTED_PROGRAM
} xbar_noted_program;

/** Of logic, per input: one number for each step (logic.h). */
typedef enum xbar_noted_logic {
    XBAR_NOTED_BIT,
    XBAR_NOTED_EXPECTED,
    XBAR_NOTED_LEVEL,
    XBAR_NOTED_MARGIN,
    XBAR_NOTED_STEP_ENERGY,
    XBAR_NOTED_LATENCY,
    XBAR_NOTED_MOVED,
    XBAR_N_NOTED_LOGIC
} xbar_noted_logic;

enum { XBAR_MAX_NOTED = XBAR_N_NOTED_PROGRAM };

#endif
