/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "campaign/campaign.h"
#include "cli/cli.h"
#include "control/write_verify.h"
#include "core/text.h"
#include "store/reader.h"

static volatile sig_atomic_t stop_signal;

static void on_stop(int signal_number)
{
    stop_signal = signal_number;
}

/* Without SA_RESTART: a waiting read must come back to see the flag. A signal that was
 * ignored when we came (nohup) stays ignored. */
static void listen_for(int signal_number)
{
    struct sigaction action = {.sa_handler = on_stop};
    struct sigaction before;
    sigemptyset(&action.sa_mask);
    if (sigaction(signal_number, NULL, &before) == 0 && before.sa_handler != SIG_IGN)
        sigaction(signal_number, &action, NULL);
}

static void listen_for_stop(void)
{
    listen_for(SIGINT);
    listen_for(SIGTERM);
    listen_for(SIGHUP);
    /* a file-size limit is an error of writing, to be told as such */
    signal(SIGXFSZ, SIG_IGN);
}

static void show_progress(size_t done, size_t total, void *with)
{
    xbar_progress_show(with, done, total);
}

static void show_complaint(const char *line, void *with)
{
    xbar_progress_clear(with);
    fprintf(stderr, "xbar: %s\n", line);
}

static size_t n_cores(void)
{
    long n = sysconf(_SC_NPROCESSORS_ONLN);
    return n > 0 ? (size_t)n : 1;
}

/* results/NAME.h5 under the current folder. */
static char *default_output(const xbar_plan *plan)
{
    static const char folder[] = "results/";
    static const char ending[] = ".h5";
    char *path = malloc(strlen(plan->name) + sizeof folder + sizeof ending);
    if (path)
        stpcpy(stpcpy(stpcpy(path, folder), plan->name), ending);
    return path;
}

/* A line on stderr, with nothing in it that steers a terminal. */
static void say(const char *format, ...) __attribute__((format(printf, 1, 2)));

static void say(const char *format, ...)
{
    char line[1024];
    va_list args;
    va_start(args, format);
    vsnprintf(line, sizeof line, format, args);
    va_end(args);
    fprintf(stderr, "xbar: %s\n", xbar_text_plain(line));
}

static int conclude(const char *output, const xbar_campaign_report *report)
{
    if (report->was_complete) {
        say("%s is complete already", output);
        return 0;
    }
    if (report->stopped) {
        say("stopped; finished samples are kept in %s.parts, and the same command goes "
            "on "
            "from them",
            output);
        signal(stop_signal, SIG_DFL);
        raise(stop_signal);
    }
    if (report->n_resumed > 0)
        say("%zu inputs were found finished by an interrupted run", report->n_resumed);
    if (report->n_failed > 0)
        say("%s: %zu of %zu solves failed (see /ENGINE/status)", output,
            report->n_failed, report->n_solves);
    else
        say("%s: all %zu solves are done", output, report->n_solves);
    return report->n_failed > 0 ? 1 : 0;
}

/* Cells that a controller gave up are an answer, and no failed solve; but nobody should have
 * to look for them. */
static void say_given_up(const xbar_plan *plan, const char *output)
{
    for (size_t e = 0; plan->write && e < plan->n_engines; e++) {
        char name[64];
        double *fate = NULL;
        size_t n_dims = 0;
        size_t dims[3] = {0};
        snprintf(name, sizeof name, "/%s/fate", plan->engines[e]->name);
        if (xbar_dataset_read(&fate, &n_dims, dims, output, name, NULL) != XBAR_OK)
            continue;
        size_t n_tried = 0;
        size_t n_given_up = 0;
        for (size_t k = 0; k < dims[0] * dims[1] * dims[2]; k++) {
            n_tried += fate[k] != (double)XBAR_WRITE_SKIPPED;
            n_given_up += fate[k] == (double)XBAR_WRITE_GIVEN_UP;
        }
        free(fate);
        if (n_given_up > 0)
            say("%s: %s gave up %zu of %zu cells before they had arrived (see %s)%s",
                output, plan->engines[e]->name, n_given_up, n_tried, name,
                n_given_up < n_tried
                    ? ""
                    : "; is the sign of set and reset the one that moves this device "
                      "that way, and are they high and long enough?");
    }
}

static int run(const xbar_arguments *a)
{
    xbar_error err = {0};
    xbar_plan *plan = NULL;
    const xbar_plan_options plan_options = {.overrides = a->overrides,
                                            .n_overrides = a->n_overrides,
                                            .engines = a->engines};
    if (xbar_plan_read(&plan, a->operand, &plan_options, &err) != XBAR_OK)
        return xbar_report_error(&err);

    char *default_path = a->output ? NULL : default_output(plan);
    const char *output = a->output ? a->output : default_path;
    xbar_progress bar = xbar_progress_start();
    const xbar_campaign_options options = {.output = output,
                                           .command_line = a->command_line,
                                           .n_jobs =
                                               a->n_jobs > 0 ? a->n_jobs : n_cores(),
                                           .time_limit_s = a->time_limit_s,
                                           .must_resume = a->resume,
                                           .progress = show_progress,
                                           .complain = show_complaint,
                                           .with = &bar,
                                           .stop = &stop_signal};
    xbar_campaign_report report = {0};
    xbar_status status = XBAR_OK;
    if (output) {
        listen_for_stop();
        status = xbar_campaign_run(plan, &options, &report, &err);
    } else {
        status = xbar_fail(&err, XBAR_ERR_MEMORY, "no memory for the output's name");
    }
    xbar_progress_clear(&bar);
    int exit_status =
        status == XBAR_OK ? conclude(output, &report) : xbar_report_error(&err);
    if (status == XBAR_OK && !report.stopped)
        say_given_up(plan, output);
    free(default_path);
    xbar_plan_free(plan);
    return exit_status;
}

const xbar_command xbar_command_run = {
    .name = "run",
    .usage =
        "EXPERIMENT.yaml [-o FILE.h5] [-e ENGINE,...] [-j JOBS] [--set KEY=VALUE]... "
        "[--resume] [--time-limit SECONDS]",
    .what = "run an experiment into a result file",
    .help =
        "  -o, --output FILE.h5     result file; else results/NAME.h5 under the "
        "current\n"
        "                           folder, named after the experiment\n"
        "  -e, --engines A,B        engines in place of the experiment's\n"
        "  -j, --jobs N             worker processes; else one a core\n"
        "      --set KEY=VALUE      another value for a key, e.g.\n"
        "                           --set crossbar.wire.row_ohm=5; may be repeated\n"
        "      --time-limit SECONDS what one input may take, else 3600: one that "
        "takes\n"
        "                           longer is recorded as failed, and the others go "
        "on\n"
        "      --resume             insist on going on from an interrupted run\n"
        "\n"
        "Finished samples lie in FILE.h5.parts/ until the file is whole. A run that "
        "was\n"
        "killed loses none of them: the same command goes on from there. With "
        "--resume,\n"
        "parts of another experiment are refused instead of removed, and a complete "
        "file\n"
        "is left as it is.\n",
    .options = "output engines jobs set resume time-limit",
    .run = run,
};
