/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file
 *  Many samples: the plan is cut into blocks, each block becomes one part of the result as
 *  soon as it is computed, and at the end the parts become the file. A process computes a
 *  block, or a few after one another: which, the plan alone decides.
 *
 *      supervisor (this process)          opens the store, listens, joins
 *        `- crew chief (one child)        opens the engines, makes them warm
 *             `- workers (its children)   one a team of blocks, at most `jobs` at a time
 *
 *  A worker is a fork of the chief, so it starts with the circuit parsed and factored,
 *  always in the same state, and does its blocks in their order, those from the first on
 *  that an interrupted run has left behind included (unless cells are ohmic, which have no
 *  use for what was before): numbers do not depend on the order of
 *  teams, on the number of jobs, or on what an interrupted run did before. What ngspice
 *  does to a worker (a crash, an exit, a hang) ends that worker: the input it was at is
 *  recorded as failed, and another worker does the rest of its blocks.
 */
#ifndef XBAR_CAMPAIGN_CAMPAIGN_H
#define XBAR_CAMPAIGN_CAMPAIGN_H

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>

#include "core/status.h"
#include "experiment/plan.h"

typedef struct xbar_campaign_options {
    const char *output;       /* the result file */
    const char *command_line; /* for /provenance */
    size_t n_jobs;            /* workers at a time, >= 1 */
    double
        time_limit_s; /* s: an input that takes a slow engine longer has failed; 0: no
                                 limit */
    bool must_resume; /* refuse parts of another experiment; leave a complete file
                                 of this one as it is */
    /* Both are called in this process; either may be NULL. */
    void (*progress)(size_t done, size_t total, void *with); /* samples x inputs */
    void (*complain)(const char *line, void *with);          /* one failed sample */
    void *with;
    const volatile sig_atomic_t *stop; /* set by a signal handler: end the workers and
                                          come back; may be NULL */
} xbar_campaign_options;

typedef struct xbar_campaign_report {
    size_t n_solves;   /* samples x inputs x engines */
    size_t n_failed;   /* of these, not done */
    char methods[256]; /* how the engines go about it; "" when the file was complete */
    size_t n_resumed;  /* samples x inputs found finished by an interrupted run */
    bool was_complete; /* nothing had to be run: the file was there (must_resume) */
    bool stopped;      /* by `stop`: no file, the finished parts are kept */
} xbar_campaign_report;

/** Runs a plan into its result file.
 *  @return XBAR_OK, also when samples have failed (report); XBAR_ERR_INPUT (parts of
 *          another experiment, output locked or not a file); XBAR_ERR_MACHINE (disk,
 *          processes); XBAR_ERR_MEMORY. Unless XBAR_OK there is no new result file, and
 *          what was finished is kept in parts. */
xbar_status xbar_campaign_run(const xbar_plan *plan,
                              const xbar_campaign_options *options,
                              xbar_campaign_report *report, xbar_error *err);

/** The circuit of one sample and input as a netlist that ngspice -b replays.
 *  @param[out] text  to be released with free()
 *  @param sample, input  inside the plan */
xbar_status xbar_campaign_netlist(char **text, const xbar_plan *plan, size_t sample,
                                  size_t input, xbar_error *err);

#endif
