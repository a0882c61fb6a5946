/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include <gsl/gsl_errno.h>

#include "cli/cli.h"
#include "core/version.h"

static const xbar_command *const commands[] = {
    &xbar_command_run,     &xbar_command_netlist, &xbar_command_calibrate,
    &xbar_command_compare, &xbar_command_info,    &xbar_command_models,
};
enum { N_COMMANDS = sizeof commands / sizeof *commands };

int xbar_report_error(const xbar_error *err)
{
    fprintf(stderr, "xbar: %s\n", err->text);
    return xbar_status_exit(err->status);
}

int xbar_finish_stdout(int exit_status)
{
    if (fflush(stdout) == 0 && !ferror(stdout))
        return exit_status;
    fprintf(stderr, "xbar: standard output: %s\n", strerror(errno));
    return 3;
}

/* "xbar NAME USAGE", broken before an option where it would pass column 79. */
static void print_usage(const xbar_command *command, int indent)
{
    int column = printf("%*sxbar %s", indent, "", command->name);
    int hang = column + 1;
    for (const char *at = command->usage; *at != '\0';) {
        /* an option and its value, in their brackets, stay together */
        size_t length = *at == '[' ? strcspn(at, "]") + 1 : strcspn(at, " ");
        length += strcspn(at + length, " ");
        if (column + 1 + (int)length > 79)
            column = printf("\n%*s", hang - 1, "") - 1;
        column += printf(" %.*s", (int)length, at);
        at += length;
        at += strspn(at, " ");
    }
    putchar('\n');
}

static int print_help(void)
{
    puts("xbar: what currents really come out of a crossbar of resistive memories\n");
    for (int k = 0; k < N_COMMANDS; k++) {
        print_usage(commands[k], 2);
        printf("      %s\n", commands[k]->what);
    }
    puts("\n  xbar COMMAND --help    more on a command\n"
         "  xbar --version\n\n"
         "Exit status: 0 done; 1 done, but some samples failed; 2 the input is wrong\n"
         "(nothing was run); 3 the machine failed (disk, memory).\n"
         "See man xbar.");
    return xbar_finish_stdout(0);
}

static int print_version(void)
{
    printf("xbar %s (commit %s)\n"
           "Licence GPL-3.0-or-later; no warranty, as far as the law allows.\n",
           xbar_version, xbar_commit);
    return xbar_finish_stdout(0);
}

static int run_command(const xbar_command *command, int argc, char **argv)
{
    xbar_arguments arguments;
    xbar_error err = {0};
    bool help = false;
    int exit_status = 0;
    if (xbar_arguments_read(&arguments, &help, command, argc, argv, &err) != XBAR_OK) {
        exit_status = xbar_report_error(&err);
    } else if (help) {
        print_usage(command, 0);
        printf("    %s\n\n%s", command->what, command->help);
        exit_status = xbar_finish_stdout(0);
    } else {
        exit_status = command->run(&arguments);
    }
    xbar_arguments_clear(&arguments);
    return exit_status;
}

int main(int argc, char **argv)
{
    gsl_set_error_handler_off();
    signal(SIGCHLD,
           SIG_DFL); /* whoever started us may have ignored it: we wait for ours */
    sigset_t alarm_only;
    sigemptyset(&alarm_only);
    sigaddset(&alarm_only, SIGALRM);
    sigprocmask(SIG_UNBLOCK, &alarm_only, NULL);
    const char *word = argc > 1 ? argv[1] : "";
    if (strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0 ||
        strcmp(word, "help") == 0)
        return print_help();
    if (strcmp(word, "--version") == 0 || strcmp(word, "-V") == 0)
        return print_version();
    for (int k = 0; k < N_COMMANDS; k++)
        if (strcmp(word, commands[k]->name) == 0)
            return run_command(commands[k], argc - 1, argv + 1);
    xbar_error err;
    xbar_fail(&err, XBAR_ERR_INPUT,
              "%s%.60s: want run, netlist, calibrate, compare, info or "
              "models; see xbar --help",
              *word != '\0' ? "unknown command " : "no command given", word);
    return xbar_report_error(&err);
}
