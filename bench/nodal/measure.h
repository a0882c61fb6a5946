/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file
 *  How long the solver takes.
 *
 *  A run is a new state and its inputs, outputs at the terminals alone: set_state and
 *  solve, cells factored anew each time. What depends on the size alone is made by new and
 *  by the very first run, which are timed apart.
 */
#ifndef XBAR_BENCH_NODAL_MEASURE_H
#define XBAR_BENCH_NODAL_MEASURE_H

#include "arrays.h"
#include "nodal/nodal.h"

/** What is solved in a run, and how. */
typedef struct bench_way {
    unsigned threads;
    size_t n_inputs;    /* of the array's */
    bool is_together;   /* as in nodal.h */
    bool has_all_volts; /* each node's voltage is wanted as well */
    bool is_plain;      /* as in nodal.h */
} bench_way;

/** One input on one thread: its outputs. */
extern const bench_way bench_one;

typedef struct bench_solver {
    const bench_array *a;
    xbar_nodal *s;
    size_t n_inputs;
    xbar_nodal_answer
        *out; /* [n_inputs], terminals' currents, and what else is wanted */
    double new_s, first_s;
    double allocated; /* bytes, before the solver was made */
} bench_solver;

/** Makes a solver, and its first run.
 *  @param[out] s  to be cleared, after a failure as well
 *  @param tolerance  as in nodal.h
 *  @return what the solver said, or what became of its first input that failed */
xbar_status bench_solver_init(bench_solver *s, const bench_array *a, double tolerance,
                              bench_way way, xbar_error *err);
void bench_solver_clear(bench_solver *s);

/** Another run. @param[out] seconds  may be NULL */
xbar_status bench_solver_run(bench_solver *s, double *seconds, xbar_error *err);

/** Currents out of the columns in the last run, A. @param[out] i_out  [n] */
void bench_solver_outputs(const bench_solver *s, size_t input, double *i_out);

/** The largest difference of an output in their last runs, as a share of the largest; NaN
 *  where one is none. */
double bench_solver_apart(const bench_solver *a, const bench_solver *b);

/** Are all currents of the last runs of two solvers the same, to the bit? */
bool bench_solver_same(const bench_solver *a, const bench_solver *b);

enum { BENCH_MOST_RUNS = 200 };

typedef struct bench_timing {
    size_t n;
    double run_s[BENCH_MOST_RUNS];
    double best_s, median_s; /* once finished */
} bench_timing;

/** Runs all solvers in turn, a few runs each, until that took some time. */
xbar_status bench_time(bench_timing *t, bench_solver *const *s, size_t n_solvers,
                       double enough_s, xbar_error *err);

/** Adds a run that was timed elsewhere; finish after the last. */
void bench_timing_add(bench_timing *t, double seconds);
void bench_timing_finish(bench_timing *t);

#endif
