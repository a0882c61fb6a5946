/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file
 *  What `xbar calibrate` was asked for, shared by the files of that command: the data, the
 *  models, the files that are read and written.
 */
#ifndef XBAR_CLI_CALIBRATE_JOB_H
#define XBAR_CLI_CALIBRATE_JOB_H

#include "calibrate/calibrate.h"
#include "cli/cli.h"

enum { XBAR_JOB_MODELS = 32 };

typedef struct xbar_job {
    const xbar_arguments *a;
    xbar_runs *runs;    /* or tables */
    xbar_table *tables; /* [n_tables] */
    size_t n_tables;
    char *names; /* of the models, each ended by a NUL */
    const char *models[XBAR_JOB_MODELS];
    size_t n_models;
    xbar_progress *bar; /* of one model's parameters, or of several models */
} xbar_job;

/* ---- calibrate.c ---- */

/** Fits one model. s and c are to be cleared, also behind a failure.
 *  @param[out] o  what it was fitted with */
xbar_status xbar_job_run_model(xbar_subject *s, xbar_calibration *c,
                               xbar_calibration_options *o, const xbar_job *j,
                               const char *model, xbar_error *err);

/* ---- calibrate_models.c ---- */

/** The names of --model; needs the data, as `auto` is all cells. */
xbar_status xbar_job_read_models(xbar_job *j, xbar_error *err);

/** Before anything is fitted: is every name one of a model that there is, with such
 *  parameters and sets? */
xbar_status xbar_job_check_models(const xbar_job *j, xbar_error *err);

/** Several: a table, and the best one's report and files. */
xbar_status xbar_job_compare(const xbar_job *j, xbar_error *err);

/* ---- calibrate_files.c ---- */

/** Before anything is fitted: no file is given twice, and none that is written is one
 *  that is read, or another's result. */
xbar_status xbar_job_check_files(const xbar_arguments *a, xbar_error *err);

/** MODEL.yaml and MODEL.h5, with -o. */
xbar_status xbar_job_write_files(const xbar_job *j, const xbar_subject *s,
                                 const xbar_calibration *c,
                                 const xbar_calibration_options *o, xbar_error *err);

/* ---- calibrate_report.c ---- */

/** What was not fitted, and what was found. */
void xbar_job_print(const xbar_job *j, const xbar_subject *s,
                    const xbar_calibration *c);

/** The runs that --suggest wants. */
xbar_status xbar_job_suggest(const xbar_job *j, const xbar_subject *s,
                             const xbar_calibration *c, xbar_error *err);

#endif
