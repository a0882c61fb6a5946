/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file
 *  Programming an array to wanted conductances: pulses that grow step by step, and a read
 *  after each (incremental step pulse programming with verify).
 *
 *  Group by group (a cell, or all cells of a row): read; every cell that is too resistive
 *  gets a pulse of its next set amplitude, then every one that conducts too well a reset
 *  pulse; read again. A cell within its tolerance is left alone; when its direction turns
 *  it begins with the first amplitude again, and a cycle is counted.
 *
 *  A cell's amplitude A_j is the voltage between its word and its bit line. With the
 *  largest of the group on the word line, A = A_k, lines stand at
 *
 *      scheme    word line   others   bit line of a cell that is written   of another
 *      half      A           A/2      A - A_j                              A/2
 *      third     A           A/3      A - A_j                              2A/3
 *      gate      A           0        A - A_j                              A
 *
 *  (`gate`: cells with access transistors; only the group's row has its gate driven. Where
 *  A is negative its row and all bit lines stand higher by -A, as a transistor whose bit
 *  line is below its gate conducts whatever its gate is told.) A
 *  read has the word line at the read voltage and all other lines at 0 V: each column's
 *  current over the read voltage is what the controller believes its cell's conductance
 *  to be, with all that wires and sneak paths have done to it.
 */
#ifndef XBAR_CONTROL_WRITE_VERIFY_H
#define XBAR_CONTROL_WRITE_VERIFY_H

#include "control/control.h"

typedef enum xbar_write_scheme {
    XBAR_WRITE_HALF,
    XBAR_WRITE_THIRD,
    XBAR_WRITE_GATE,
    XBAR_N_WRITE_SCHEMES
} xbar_write_scheme;

/** "half", "third", "gate". */
extern const char *const xbar_write_scheme_name[XBAR_N_WRITE_SCHEMES];

typedef enum xbar_write_order {
    XBAR_WRITE_CELL, /* one cell at a time, row-major */
    XBAR_WRITE_ROW,  /* a row at a time */
    XBAR_N_WRITE_ORDERS
} xbar_write_order;

/** "cell", "row". */
extern const char *const xbar_write_order_name[XBAR_N_WRITE_ORDERS];

/** Pulses of one direction. volt, step_volt and max_volt have one sign: that which moves
 *  the device this way. */
typedef struct xbar_write_pulse {
    double volt;      /* V, the first amplitude */
    double step_volt; /* V more with each pulse; 0: all alike */
    double max_volt;  /* V, the last amplitude, which is then repeated */
    double gate_volt; /* V, scheme gate */
    xbar_pulse pulse;
} xbar_write_pulse;

typedef struct xbar_write_options {
    xbar_write_scheme scheme;
    xbar_write_order order;
    xbar_write_pulse set, reset; /* towards more, towards less conductance */
    double read_volt;            /* V, not 0 */
    double read_gate_volt;       /* V, scheme gate */
    xbar_pulse read_pulse;
    double tolerance;         /* a cell has arrived at |g - target| <= tolerance target
                                 + tolerance_siemens */
    double tolerance_siemens; /* S */
    size_t max_pulses;        /* for a cell; then it is given up */
    size_t max_cycles;        /* changes of direction of a cell; then it is given up */
} xbar_write_options;

/** What became of a cell. */
typedef enum xbar_write_fate {
    XBAR_WRITE_SKIPPED, /* no target: NaN */
    XBAR_WRITE_ARRIVED,
    XBAR_WRITE_GIVEN_UP
} xbar_write_fate;

/** All arrays [n_rows][n_cols], of the caller; NULL ones are not wanted. */
typedef struct xbar_write_record {
    double *pulses;   /* how many it got */
    double *cycles;   /* how often its direction turned */
    double *measured; /* S, by its last verify */
    double *final;    /* S, i/v at read_volt at the end of the whole run */
    double *disturb;  /* S, what it changed by after its last verify, through others */
    double *energy;   /* J, the heat in it over the whole run */
    uint8_t *fate;    /* xbar_write_fate */
} xbar_write_record;

/** One operation of a run, for a log. */
typedef struct xbar_write_event {
    enum xbar_write_tag { XBAR_TAG_READ, XBAR_TAG_SET, XBAR_TAG_RESET } tag;
    size_t row, col; /* the group: col is 0 for a row */
    double begin_s, end_s;
    double volt;      /* V, of the word line */
    size_t n_written; /* cells that the pulse is for */
    double energy_j;
    const double *i_out; /* A, [n_cols], at the end of the flat top */
} xbar_write_event;

typedef struct xbar_write_log {
    void (*event)(const xbar_write_event *e, void *with);    /* may be NULL */
    void (*testify)(const xbar_testimony *what, void *with); /* may be NULL */
    void *with;
} xbar_write_log;

/** Programs an array from the states of set_state to targets.
 *  @param[out] report  as xbar_control_run
 *  @param[out] record  filled as far as the run got; rest NaN
 *  @param target       S, [n_rows][n_cols]; NaN: leave this cell alone
 *  @return as xbar_control_run; XBAR_ERR_INPUT (an option that cannot be: names it) */
xbar_status xbar_write_verify(xbar_control_report *report, xbar_write_record *record,
                              const xbar_engine *engine, void *self,
                              const xbar_crossbar *c, const double *target,
                              const xbar_write_options *options,
                              const xbar_start *start, const xbar_write_log *log,
                              xbar_error *err);

/** The options alone: signs, limits. @return XBAR_OK or XBAR_ERR_INPUT */
xbar_status xbar_write_check(const xbar_write_options *o, const xbar_crossbar *c,
                             xbar_error *err);

#endif
