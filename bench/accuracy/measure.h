/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file
 *  Error and time of one form on one case.
 */
#ifndef XBAR_BENCH_MEASURE_H
#define XBAR_BENCH_MEASURE_H

#include "analytical/closed_form.h"
#include "cases.h"

/** A case with all that is drawn for it, and its exact answers. */
typedef struct bench_data {
    const bench_case *q;
    xbar_crossbar *c;
    size_t n_states;
    double **g;     /* S, [state] -> [n][n] */
    double **v_in;  /* V, [state] -> [BENCH_INPUTS][n] */
    double **exact; /* A, [state] -> [BENCH_INPUTS][n] */
    double drop;    /* 1, mean over columns, inputs and states: 1 - exact/ideal */
} bench_data;

/** Draws the case and solves it by CHOLMOD. @param[out] out  yours, to be cleared, after a
 *  failure as well */
xbar_status bench_data_init(bench_data *out, const bench_case *q, size_t n_states,
                            xbar_error *err);
void bench_data_clear(bench_data *d);

typedef struct bench_figures {
    bool is_valid;      /* false: the form refuses this case */
    double mean, worst; /* 1, relative error over columns, inputs, states; NaN when
                                an input failed */
    double mean_low, mean_high; /* 1, least and largest of the states' means */
    double state_s;             /* s: what a new state costs beyond its inputs */
    double input_s;             /* s an input, BENCH_INPUTS of them together */
    double single_s;            /* s for an input alone */
} bench_figures;

/** Errors over the first n_states states; times are the least of several: what
 *  the work takes when nothing disturbs it. A form that is quick is timed
 *  many times over, in runs of at least a millisecond, one state after the other; one
 *  that takes longer than that once a state.
 *  @param is_lazy  the state's work is done with its first input: then state_s is what
 *                  the first input takes beyond a further one
 *  @return XBAR_OK; XBAR_ERR_MEMORY; whatever a form says but XBAR_ERR_INPUT, which is a
 *          refusal */
xbar_status bench_measure(bench_figures *out, const xbar_closed_form *form,
                          const bench_data *d, size_t n_states, bool is_lazy,
                          xbar_error *err);

/** What a form takes in units of what others take, each pair timed in short turns, so
 *  that whatever else the machine does slows both: the least of either.
 *  @param[out] state       a state of `form` over one of `unit`
 *  @param[out] input       an input alone of `form` over one of bench_ideal
 *  @param      with_input  a state together with its first input, of both
 *  @return XBAR_OK; XBAR_ERR_MEMORY; whatever a form says */
xbar_status bench_ratios(double *state, double *input, const xbar_closed_form *form,
                         const xbar_closed_form *unit, bool with_input,
                         const bench_data *d, xbar_error *err);

#endif
