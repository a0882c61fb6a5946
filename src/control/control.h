/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file
 *  Controllers in the loop: what a chip's digital side does with an array.
 *
 *  A controller is asked what to do next, and told what came of it: the currents at the
 *  terminals when the levels had been reached, and how long that took. It cannot see
 *  states or node voltages, nor which engine computes them. Whoever runs it can, through a
 *  witness.
 *
 *      while (controller->decide(reading -> operation))
 *          reading = engine->advance(operation)      states move, time goes on
 *          witness(operation, everything)
 */
#ifndef XBAR_CONTROL_CONTROL_H
#define XBAR_CONTROL_CONTROL_H

#include "control/operation.h"
#include "engine/engine.h"

/** What a controller sees of its last operation. Borrowed for the call. */
typedef struct xbar_reading {
    const xbar_operation *operation;
    const double *i_out; /* A, [n_cols], at the end of the flat top */
    const double *i_terminal[XBAR_N_SIDES]; /* A, [lines of that side], then */
} xbar_reading;

typedef struct xbar_controller {
    const char *name;
    void *self;
    /** @param last       NULL at the beginning
     *  @param[out] next  at rest (xbar_operation_rest) when called
     *  @return false: there is nothing more to do */
    bool (*decide)(void *self, const xbar_reading *last, xbar_operation *next);
} xbar_controller;

/** What a witness sees of an operation. Borrowed for the call. */
typedef struct xbar_testimony {
    const xbar_operation *operation;
    size_t index;   /* operations before this one */
    double begin_s; /* when it began */
    const double *t_s;
    size_t n_times; /* moments looked at; the last one is the operation's end */
    size_t top;     /* the one at the end of the flat top */
    const xbar_result
        *at;         /* [n_times] moments in its arrays; `state`, `energy` are there,
                              `heat` and planes where wanted */
    double energy_j; /* what the sources gave in this operation */
} xbar_testimony;

typedef struct xbar_control_options {
    xbar_start start;
    size_t points;   /* moments in each operation, evenly from its beginning on, besides
                         the end of the flat top and its end; 0: only those */
    unsigned record; /* XBAR_RECORD_...: planes that the witness wants */
    size_t limit;    /* operations; beyond that the run has failed; 0: 10 million */
    void (*witness)(const xbar_testimony *what, void *with); /* may be NULL */
    void *with;
} xbar_control_options;

/** The moments an operation is looked at in, from its beginning on: those of `points`, and
 *  the two that are always there.
 *  @param[out] t_s  s, [points + 2]
 *  @param[out] top  which one is the end of the flat top
 *  @return how many there are */
size_t xbar_control_moments(double *t_s, size_t *top, const xbar_pulse *pulse,
                            size_t points);

/** What became of a run. */
typedef struct xbar_control_report {
    size_t n_operations;
    double end_s;
    double energy_j;     /* what all sources gave */
    double wall_time_s;  /* of the engine */
    double kcl_residual; /* A, the largest */
    xbar_outcome outcome;
    xbar_error error; /* why, unless outcome is XBAR_DONE */
} xbar_control_report;

/** Runs a controller on an engine whose states are set (engine.h, set_state).
 *  @param engine  with begin and advance
 *  @param self    of that engine, open on c
 *  @return XBAR_OK (what failed on the way is told in the report); otherwise as the
 *          engine's advance: nothing further can come of it; XBAR_ERR_MEMORY */
xbar_status xbar_control_run(xbar_control_report *report, const xbar_engine *engine,
                             void *self, const xbar_crossbar *c,
                             const xbar_controller *controller,
                             const xbar_control_options *options, xbar_error *err);

#endif
