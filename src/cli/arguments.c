/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"
#include "core/memory.h"
#include "core/number.h"

/* What getopt returns for each option; letters where there is a short form. */
enum {
    OPT_SET = 256,
    OPT_RESUME,
    OPT_TIME_LIMIT,
    OPT_SAMPLE,
    OPT_INPUT,
    OPT_REFERENCE,
    OPT_MODEL,
    OPT_FREE,
    OPT_FROM,
    OPT_ROBUST,
    OPT_SEED,
    OPT_MULTISTART,
    OPT_SUGGEST,
    OPT_SERIES_OHM,
    OPT_COMPLIANCE,
    OPT_STEP,
    OPT_RELATIVE
};

static const struct option all_options[] = {
    {"help", no_argument, NULL, 'h'},
    {"output", required_argument, NULL, 'o'},
    {"engines", required_argument, NULL, 'e'},
    {"jobs", required_argument, NULL, 'j'},
    {"set", required_argument, NULL, OPT_SET},
    {"resume", no_argument, NULL, OPT_RESUME},
    {"time-limit", required_argument, NULL, OPT_TIME_LIMIT},
    {"sample", required_argument, NULL, OPT_SAMPLE},
    {"input", required_argument, NULL, OPT_INPUT},
    {"reference", required_argument, NULL, OPT_REFERENCE},
    {"model", required_argument, NULL, OPT_MODEL},
    {"free", required_argument, NULL, OPT_FREE},
    {"from", required_argument, NULL, OPT_FROM},
    {"robust", required_argument, NULL, OPT_ROBUST},
    {"seed", required_argument, NULL, OPT_SEED},
    {"multistart", required_argument, NULL, OPT_MULTISTART},
    {"suggest", required_argument, NULL, OPT_SUGGEST},
    {"series-ohm", required_argument, NULL, OPT_SERIES_OHM},
    {"compliance", required_argument, NULL, OPT_COMPLIANCE},
    {"step", required_argument, NULL, OPT_STEP},
    {"relative", no_argument, NULL, OPT_RELATIVE},
};
enum { N_OPTIONS = sizeof all_options / sizeof *all_options, MAX_JOBS = 1024 };

/* Does the blank-separated list name this option? */
static bool takes(const xbar_command *command, const char *name)
{
    size_t length = strlen(name);
    for (const char *at = command->options; at && *at != '\0';) {
        size_t word = strcspn(at, " ");
        if (word == length && strncmp(at, name, length) == 0)
            return true;
        at += word;
        at += strspn(at, " ");
    }
    return false;
}

static size_t own_options(struct option *own, char *letters,
                          const xbar_command *command)
{
    size_t n = 0;
    *letters++ = ':'; /* a missing argument is told apart from an unknown option */
    for (size_t k = 0; k < N_OPTIONS; k++) {
        const struct option *o = &all_options[k];
        if (o->val != 'h' && !takes(command, o->name))
            continue;
        own[n++] = *o;
        if (o->val < 256) {
            *letters++ = (char)o->val;
            if (o->has_arg == required_argument)
                *letters++ = ':';
        }
    }
    own[n] = (struct option){0};
    *letters = '\0';
    return n;
}

static xbar_status read_count(size_t *value, const char *option, const char *text,
                              uint64_t least, uint64_t most, xbar_error *err)
{
    uint64_t number = 0;
    if (!xbar_integer_parse(&number, text, strlen(text)) || number < least ||
        number > most)
        return xbar_fail(err, XBAR_ERR_INPUT,
                         "%s = %.60s: want an integer from %llu to %llu", option, text,
                         (unsigned long long)least, (unsigned long long)most);
    *value = (size_t)number;
    return XBAR_OK;
}

static xbar_status read_number(double *value, const char *option, double least,
                               double most, const char *unit, xbar_error *err)
{
    if (xbar_number_parse(value, optarg, strlen(optarg)) && *value >= least &&
        *value <= most)
        return XBAR_OK;
    return xbar_fail(err, XBAR_ERR_INPUT, "%s = %.60s: want %g to %g %s", option,
                     optarg, least, most, unit);
}

/* Those of calibrate. */
static xbar_status take_calibration(xbar_arguments *a, int option, xbar_error *err)
{
    switch (option) {
    case OPT_MODEL:
        a->model = optarg;
        return XBAR_OK;
    case OPT_FREE:
        a->free = optarg;
        return XBAR_OK;
    case OPT_FROM:
        a->from = optarg;
        return XBAR_OK;
    case OPT_ROBUST:
        a->robust = optarg;
        return XBAR_OK;
    case OPT_SEED:
        return read_count(&a->seed, "--seed", optarg, 0, UINT32_MAX, err);
    case OPT_MULTISTART:
        return read_count(&a->n_starts, "--multistart", optarg, 0, 256, err);
    case OPT_SUGGEST:
        return read_count(&a->n_suggestions, "--suggest", optarg, 1, 100, err);
    case OPT_SERIES_OHM:
        return read_number(&a->series_ohm, "--series-ohm", 1e-6, 1e9, "ohm", err);
    case OPT_COMPLIANCE:
        return read_number(&a->compliance_a, "--compliance", 1e-15, 1e3, "A", err);
    case OPT_STEP:
        return read_number(&a->step_s, "--step", 1e-15, 1e9, "s", err);
    default:
        a->relative = true;
        return XBAR_OK;
    }
}

static xbar_status take_option(xbar_arguments *a, int option, xbar_error *err)
{
    switch (option) {
    case 'o':
        a->output = optarg;
        return *optarg != '\0' ? XBAR_OK
                               : xbar_fail(err, XBAR_ERR_INPUT, "-o: want a file name");
    case 'e':
        a->engines = optarg;
        return XBAR_OK;
    case 'j':
        return read_count(&a->n_jobs, "-j", optarg, 1, MAX_JOBS, err);
    case OPT_SET:
        a->overrides[a->n_overrides++] = optarg;
        return XBAR_OK;
    case OPT_RESUME:
        a->resume = true;
        return XBAR_OK;
    case OPT_TIME_LIMIT:
        if (!xbar_number_parse(&a->time_limit_s, optarg, strlen(optarg)) ||
            !(a->time_limit_s >= 1e-3 && a->time_limit_s <= 1e7))
            return xbar_fail(err, XBAR_ERR_INPUT,
                             "--time-limit = %.60s: want seconds, 0.001 to 1e7",
                             optarg);
        return XBAR_OK;
    case OPT_SAMPLE:
        return read_count(&a->sample, "--sample", optarg, 0, UINT32_MAX, err);
    case OPT_INPUT:
        return read_count(&a->input, "--input", optarg, 0, UINT32_MAX, err);
    case OPT_REFERENCE:
        a->reference = optarg;
        return XBAR_OK;
    default:
        return take_calibration(a, option, err);
    }
}

/* An argument between single quotes where a shell would need them. */
static void append_quoted(FILE *out, const char *text)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                "0123456789_-./=,:+@%";
    if (*text != '\0' && strspn(text, plain) == strlen(text)) {
        fputs(text, out);
        return;
    }
    fputc('\'', out);
    for (; *text != '\0'; text++)
        if (*text == '\'')
            fputs("'\\''", out);
        else
            fputc(*text, out);
    fputc('\'', out);
}

static xbar_status join_command_line(xbar_arguments *a, const char *command, int argc,
                                     char **argv, xbar_error *err)
{
    size_t size = 0;
    FILE *out = open_memstream(&a->command_line, &size);
    if (!out)
        return xbar_fail(err, XBAR_ERR_MEMORY, "no memory for the command line");
    fprintf(out, "xbar %s", command);
    for (int k = 1; k < argc; k++) {
        fputc(' ', out);
        append_quoted(out, argv[k]);
    }
    return fclose(out) == 0
               ? XBAR_OK
               : xbar_fail(err, XBAR_ERR_MEMORY, "no memory for the command line");
}

xbar_status xbar_arguments_read(xbar_arguments *a, bool *help,
                                const xbar_command *command, int argc, char **argv,
                                xbar_error *err)
{
    struct option own[N_OPTIONS + 1];
    char letters[2 * N_OPTIONS + 2];
    *help = false;
    *a = (xbar_arguments){.time_limit_s = XBAR_TIME_LIMIT_S, .n_starts = SIZE_MAX};
    void *overrides = NULL;
    XBAR_TRY(
        xbar_array_new(&overrides, (size_t)argc, sizeof(char *), "arguments", err));
    a->overrides = overrides;
    XBAR_TRY(join_command_line(a, command->name, argc, argv, err));

    own_options(own, letters, command);
    opterr = 0;
    for (int option; (option = getopt_long(argc, argv, letters, own, NULL)) != -1;) {
        if (option == 'h') {
            *help = true;
            return XBAR_OK;
        }
        if (option == '?' || option == ':') {
            /* optopt is the letter in question, 0 for an unknown long option */
            char letter[] = {'-', (char)optopt, '\0'};
            bool is_letter = optopt > ' ' && optopt < 127;
            return xbar_fail(
                err, XBAR_ERR_INPUT, "%s %.60s: want %s; see xbar %s --help",
                option == ':' ? "nothing behind option" : "unknown option",
                is_letter ? letter : argv[optind - 1], command->usage, command->name);
        }
        XBAR_TRY(take_option(a, option, err));
    }
    if (argc == optind && command->operand_optional)
        return XBAR_OK;
    if (argc == optind)
        return xbar_fail(err, XBAR_ERR_INPUT, "no file given: want xbar %s %s",
                         command->name, command->usage);
    if (argc - optind > 1 && !command->many_operands)
        return xbar_fail(err, XBAR_ERR_INPUT, "one too many, %.60s: want xbar %s %s",
                         argv[optind + 1], command->name, command->usage);
    a->operand = argv[optind];
    a->operands = argv + optind;
    a->n_operands = (size_t)(argc - optind);
    return XBAR_OK;
}

void xbar_arguments_clear(xbar_arguments *a)
{
    free(a->overrides);
    free(a->command_line);
    *a = (xbar_arguments){0};
}
