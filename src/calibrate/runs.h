/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file
 *  The runs of result files: each input of each sample that the reference engine has done,
 *  with the array, the cells and the sources that it was done for.
 */
#ifndef XBAR_CALIBRATE_RUNS_H
#define XBAR_CALIBRATE_RUNS_H

#include "core/status.h"
#include "crossbar/crossbar.h"

/** One file. */
typedef struct xbar_runs_file {
    char *path;
    char sha256[65];
    const char *engine; /* whose currents are the truth */
    size_t n_left_out;  /* inputs that it has not done */
    struct xbar_plan *plan;
    xbar_crossbar *crossbar; /* the plan's */
} xbar_runs_file;

/** One state of an array. */
typedef struct xbar_runs_state {
    size_t file, sample;
    xbar_crossbar *crossbar;
    double *conductance, *state; /* [n_rows][n_cols] */
    size_t first, n;             /* its runs */
    size_t first_datum;          /* of its first run; runs follow each other */
} xbar_runs_state;

/** All of them; runs of one state stand together, and a run's data are its columns. */
typedef struct xbar_runs {
    size_t n_files, n_states, n_runs, n_data;
    xbar_runs_file *files;
    xbar_runs_state *states;
    xbar_stimulus *stimuli; /* [n_runs] */
    size_t *state_of;       /* [n_runs] */
    size_t *input_of;       /* [n_runs]: its place in the file */
    size_t *first_datum;    /* [n_runs + 1] */
    double *wall_time_s;    /* [n_runs], of the reference engine */
    double *current;        /* A, [n_data]; 0 where a column has no output */
} xbar_runs;

/** @param[out] out        yours; NULL on failure
 *  @param      paths      [n], n >= 1
 *  @param      reference  an engine, or NULL: of each file the most trusted
 *  @return XBAR_OK; XBAR_ERR_INPUT (not a result at rest, no such engine, nothing done, no
 *          current but 0: names the file); XBAR_ERR_MEMORY */
xbar_status xbar_runs_read(xbar_runs **out, const char *const *paths, size_t n,
                           const char *reference, xbar_error *err);
void xbar_runs_free(xbar_runs *r);

/** Runs that are made here: n_states states of one array, each with the same inputs.
 *  Their currents are 0 until they are filled in. For tests, and for runs that are only
 *  thought of.
 *  @param c            borrowed until the runs are freed
 *  @param conductance  [n_states][n_rows][n_cols]; copied
 *  @param inputs       [n_inputs]; copied */
xbar_status xbar_runs_new(xbar_runs **out, xbar_crossbar *c, const double *conductance,
                          size_t n_states, const xbar_stimulus *inputs, size_t n_inputs,
                          xbar_error *err);

#endif
