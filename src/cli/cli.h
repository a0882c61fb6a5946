/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file
 *  The program: arguments in, tables on stdout, messages on stderr, an exit status.
 *  The only layer that prints or exits.
 */
#ifndef XBAR_CLI_CLI_H
#define XBAR_CLI_CLI_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "core/status.h"

/** The arguments of all commands; each command takes some of them. */
typedef struct xbar_arguments {
    const char *operand; /* EXPERIMENT.yaml, FILE.h5 or MODEL; NULL: none */
    char **operands;     /* all of them, the first among them; borrowed */
    size_t n_operands;
    const char *output;     /* -o */
    const char *engines;    /* -e */
    const char *reference;  /* --reference */
    const char **overrides; /* --set, in order; owned */
    size_t n_overrides;
    size_t n_jobs;        /* -j; 0 when not given */
    size_t sample, input; /* --sample, --input */
    double time_limit_s;  /* --time-limit */
    bool resume;          /* --resume */
    /* of calibrate */
    const char *model, *free, *from, *robust;
    size_t seed, n_starts, n_suggestions;    /* --multistart: SIZE_MAX when not given */
    double series_ohm, compliance_a, step_s; /* 0 when not given */
    bool relative;
    char *command_line; /* all of it, quoted for a shell; owned */
} xbar_arguments;

/** What an input may take unless --time-limit says otherwise, s. A hang ends here, and a
 *  256 x 256 array has room. */
#define XBAR_TIME_LIMIT_S 3600.0

/** One command of the program. */
typedef struct xbar_command {
    const char *name;
    const char *usage;   /* arguments, one line */
    const char *what;    /* one line */
    const char *help;    /* the rest of its --help */
    const char *options; /* long options it takes, blank separated: "output set" */
    bool operand_optional;
    bool many_operands;
    int (*run)(const xbar_arguments *a); /* returns the exit status */
} xbar_command;

extern const xbar_command xbar_command_run, xbar_command_netlist,
    xbar_command_calibrate, xbar_command_compare, xbar_command_info,
    xbar_command_models;

/** Reads the arguments behind the command's name.
 *  @return XBAR_OK; XBAR_ERR_INPUT (the argument, and what is allowed); XBAR_ERR_MEMORY
 *  *help is set when --help was among them; then nothing else counts */
xbar_status xbar_arguments_read(xbar_arguments *a, bool *help,
                                const xbar_command *command, int argc, char **argv,
                                xbar_error *err);
void xbar_arguments_clear(xbar_arguments *a);

/** "xbar: TEXT" on stderr; returns the exit status that goes with the error. */
int xbar_report_error(const xbar_error *err);

/** Standard output written and well? Else says so. @return exit status, 0 or 3 */
int xbar_finish_stdout(int exit_status);

/* ---- a progress bar, on terminals only ------------------------------------------------ */

typedef struct xbar_progress {
    bool visible; /* stderr is a terminal */
    bool drawn;
    double start_s, drawn_s;
    size_t first; /* done when it started: found finished */
} xbar_progress;

xbar_progress xbar_progress_start(void);
/** Draws, at most ten times a second. */
void xbar_progress_show(xbar_progress *p, size_t done, size_t total);
/** Wipes the bar, so that a line can be printed. */
void xbar_progress_clear(xbar_progress *p);

#endif
