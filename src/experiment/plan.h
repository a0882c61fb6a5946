/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file
 *  The experiment file, read and checked: a plan of samples.
 *
 *  After xbar_plan_read succeeds nothing in the file can be wrong any more: every value,
 *  every data file and every size has been looked at.
 */
#ifndef XBAR_EXPERIMENT_PLAN_H
#define XBAR_EXPERIMENT_PLAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/status.h"
#include "crossbar/crossbar.h"
#include "engine/engine.h"

/** What the command line adds to the file. */
typedef struct xbar_plan_options {
    const char *const *overrides; /* "KEY.KEY=VALUE", VALUE in YAML; in order */
    size_t n_overrides;
    const char *engines; /* "spice,ideal" in place of the file's `engines`, or NULL */
    const char *text;    /* in place of the file, which is not opened; or NULL */
} xbar_plan_options;

/** What is asked of each sample, in the order of the table of keys. */
typedef enum xbar_analysis {
    XBAR_ANALYSIS_DC,        /* the inputs' currents */
    XBAR_ANALYSIS_EFFECTIVE, /* and the effective conductance matrix */
    XBAR_ANALYSIS_IV,        /* one cell in time, driven by a waveform */
    XBAR_ANALYSIS_TRANSIENT, /* an array in time */
    XBAR_ANALYSIS_PROGRAM,   /* write-verify (steer.h), then the inputs' currents */
    XBAR_ANALYSIS_LOGIC,     /* stateful logic (steer.h) */
    XBAR_ANALYSIS_RETENTION  /* reads long after programming (retention.h) */
} xbar_analysis;

/** A file the numbers depend on. */
typedef struct xbar_plan_file {
    char *path;      /* as the experiment names it */
    char sha256[65]; /* of its bytes, lower-case hexadecimal */
} xbar_plan_file;

/** Fields are for reading. */
typedef struct xbar_plan {
    char *path;  /* of the experiment file, as it was given */
    char *name;  /* its file name without folder and ending: "digits" */
    char *text;  /* the file's bytes */
    char *title; /* "" when not given */
    uint64_t seed;
    const xbar_engine *engines[XBAR_MAX_ENGINES];
    size_t n_engines;
    xbar_crossbar *crossbar;
    size_t n_samples, n_inputs;
    xbar_analysis analysis;
    unsigned record;     /* XBAR_RECORD_... */
    size_t n_times;      /* moments at which results are wanted; 0: at rest */
    size_t n_operations; /* of a controller's log or program; 0: there is none */
    double *times_s;     /* [n_times], rising, from 0 or later; the run starts at 0 */
    double tolerance, max_step_s; /* as xbar_start has them */
    xbar_fitted
        *analytical; /* the model of the engine `analytical`; NULL: its default */
    struct xbar_plan_write *write;         /* analysis program, else NULL (steer.h) */
    struct xbar_plan_retention *retention; /* analysis retention, else NULL */
    struct xbar_plan_logic *logic;         /* analysis logic, else NULL */
    xbar_plan_file *files;                 /* data files */
    size_t n_files;
    char digest[65]; /* SHA-256 over all that the numbers depend on: the text, the
                               overrides, the engines, the data files' bytes, and
                               the version of xbar */
    struct xbar_plan_sources *sources; /* private: where conductances, faults and inputs
                                          come from */
} xbar_plan;

/** Reads, checks and resolves an experiment.
 *  @param[out] out   yours, to be freed; NULL on failure
 *  @param path       the YAML file; data files in it are relative to its folder
 *  @param options    may be NULL
 *  @return XBAR_OK; XBAR_ERR_INPUT or XBAR_ERR_SHORT with one line
 *          "FILE:LINE: key.path = value: what is allowed"; XBAR_ERR_MEMORY */
xbar_status xbar_plan_read(xbar_plan **out, const char *path,
                           const xbar_plan_options *options, xbar_error *err);
void xbar_plan_free(xbar_plan *p);

/** The cells of one sample, stuck cells included.
 *  @param[out] conductance  S, [n_rows][n_cols], i/v at read_volt
 *  @param[out] state        the same cells' states (device.h); may be NULL
 *  @param sample            < n_samples
 *  @return XBAR_OK or XBAR_ERR_MEMORY */
xbar_status xbar_plan_state(const xbar_plan *p, size_t sample, double *conductance,
                            double *state, xbar_error *err);

/** The terminal voltages of one input of one sample; in time, without the envelope and
 *  with waveforms as they begin.
 *  @param[out] s   as xbar_stimulus_init made it for p->crossbar; overwritten */
xbar_status xbar_plan_stimulus(const xbar_plan *p, size_t sample, size_t input,
                               xbar_stimulus *s, xbar_error *err);

/** Which cells of a sample are stuck: their states stand still in time.
 *  @param[out] is_stuck  [n_rows][n_cols], 1 or 0 */
xbar_status xbar_plan_stuck(const xbar_plan *p, size_t sample, uint8_t *is_stuck,
                            xbar_error *err);

/** What the terminals do in time. */
typedef struct xbar_plan_course {
    xbar_schedule schedule;
    struct xbar_plan_timed *own; /* private */
} xbar_plan_course;

/** The voltages over time of one input of one sample: inputs, and a bias scheme's
 *  voltages, times the envelope; the waveforms of terminals that have one.
 *  @param[out] out  yours: xbar_plan_course_clear; borrows the plan */
xbar_status xbar_plan_schedule(xbar_plan_course *out, const xbar_plan *p, size_t sample,
                               size_t input, xbar_error *err);
void xbar_plan_course_clear(xbar_plan_course *course);

/** What the terminals stand at when all inputs are 0 V, and which take one. For plans
 *  without a bias scheme.
 *  @param[out] s            as above
 *  @param[out] takes_input  [lines of that side]; borrowed */
xbar_status xbar_plan_rest(const xbar_plan *p, xbar_stimulus *s,
                           const bool *takes_input[XBAR_N_SIDES], xbar_error *err);

#endif
