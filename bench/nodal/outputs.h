/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file
 *  Outputs alone of many inputs: through the effective conductance matrix of the state.
 */
#ifndef XBAR_BENCH_NODAL_OUTPUTS_H
#define XBAR_BENCH_NODAL_OUTPUTS_H

#include "measure.h"

typedef struct bench_outputs {
    bench_timing one;    /* a state and an input, as everywhere */
    bench_timing matrix; /* a state and its matrix */
    bench_timing all;    /* a state, its matrix and the outputs of all inputs */
    double error; /* the most that an output differs from its solution's, as a share
                            of the largest: all inputs */
} bench_outputs;

/** @param a  its inputs are those that are meant */
xbar_status bench_outputs_time(bench_outputs *t, const bench_array *a, double tolerance,
                               double enough_s, xbar_error *err);

#endif
