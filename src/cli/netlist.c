/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "campaign/campaign.h"
#include "cli/cli.h"

static xbar_status check_indices(const xbar_arguments *a, const xbar_plan *plan,
                                 xbar_error *err)
{
    if (a->sample >= plan->n_samples)
        return xbar_fail(err, XBAR_ERR_INPUT, "--sample = %zu: want 0 to %zu",
                         a->sample, plan->n_samples - 1);
    if (a->input >= plan->n_inputs)
        return xbar_fail(err, XBAR_ERR_INPUT, "--input = %zu: want 0 to %zu", a->input,
                         plan->n_inputs - 1);
    return XBAR_OK;
}

/* /dev/null, a pipe: there, and no file. */
static bool is_device(const char *path)
{
    struct stat what;
    return stat(path, &what) == 0 && !S_ISREG(what.st_mode) && !S_ISDIR(what.st_mode);
}

/* May the file be replaced: is it new, empty, or a netlist of ours? */
static xbar_status check_replaceable(const char *path, xbar_error *err)
{
    static const char head[] = "* xbar:";
    char found[sizeof head] = "";
    struct stat what;
    if (stat(path, &what) == 0 && S_ISDIR(what.st_mode))
        return xbar_fail(err, XBAR_ERR_INPUT, "-o %s: is a folder", path);
    if (is_device(path))
        return XBAR_OK; /* it is written into, not replaced */
    FILE *in = fopen(path, "r");
    if (!in)
        return XBAR_OK;
    size_t n = fread(found, 1, sizeof head - 1, in);
    fclose(in);
    if (n == 0 || strcmp(found, head) == 0)
        return XBAR_OK;
    return xbar_fail(err, XBAR_ERR_INPUT,
                     "-o %s is there and is no netlist of xbar: want the name of a new "
                     "file or of an older netlist",
                     path);
}

static xbar_status write_into(const char *path, const char *text, xbar_error *err)
{
    FILE *out = fopen(path, "w");
    bool well = out && fputs(text, out) >= 0;
    int reason = errno;
    if (out && fclose(out) != 0 && well) {
        well = false;
        reason = errno;
    }
    return well ? XBAR_OK
                : xbar_fail(err, XBAR_ERR_MACHINE, "%s: %s", path, strerror(reason));
}

/* Under another name first: a full disk leaves an older file as it was. */
static xbar_status write_file(const char *path, const char *text, xbar_error *err)
{
    if (is_device(path))
        return write_into(path, text, err);
    char *draft = NULL;
    size_t size = 0;
    FILE *name = open_memstream(&draft, &size);
    if (!name || fprintf(name, "%s.tmp", path) < 0 || fclose(name) != 0) {
        free(draft);
        return xbar_fail(err, XBAR_ERR_MEMORY, "no memory for a file name");
    }
    FILE *out = fopen(draft, "w");
    bool well = out && fputs(text, out) >= 0;
    int reason = errno;
    if (out && fclose(out) != 0 && well) {
        well = false;
        reason = errno;
    }
    if (well && rename(draft, path) != 0) {
        well = false;
        reason = errno;
    }
    if (!well && out)
        remove(draft);
    free(draft);
    return well ? XBAR_OK
                : xbar_fail(err, XBAR_ERR_MACHINE, "%s: %s", path, strerror(reason));
}

static int netlist(const xbar_arguments *a)
{
    xbar_error err = {0};
    xbar_plan *plan = NULL;
    char *text = NULL;
    const xbar_plan_options options = {.overrides = a->overrides,
                                       .n_overrides = a->n_overrides};
    xbar_status status = xbar_plan_read(&plan, a->operand, &options, &err);
    if (status == XBAR_OK)
        status = check_indices(a, plan, &err);
    if (status == XBAR_OK && a->output)
        status = check_replaceable(a->output, &err);
    if (status == XBAR_OK)
        status = xbar_campaign_netlist(&text, plan, a->sample, a->input, &err);
    if (status == XBAR_OK && a->output)
        status = write_file(a->output, text, &err);
    else if (status == XBAR_OK)
        fputs(text, stdout);
    free(text);
    xbar_plan_free(plan);
    return status == XBAR_OK ? xbar_finish_stdout(0) : xbar_report_error(&err);
}

const xbar_command xbar_command_netlist = {
    .name = "netlist",
    .usage =
        "EXPERIMENT.yaml [--sample K] [--input L] [-o FILE.cir] [--set KEY=VALUE]...",
    .what = "write the circuit of one sample and input",
    .help = "      --sample K           which sample, from 0; else 0\n"
            "      --input L            which input, from 0; else 0\n"
            "  -o, --output FILE.cir    else standard output\n"
            "      --set KEY=VALUE      another value for a key\n"
            "\n"
            "The circuit is the one that the spice engine steps, with plain sources;\n"
            "ngspice -b FILE.cir replays it and prints the terminals' currents.\n",
    .options = "output sample input set",
    .run = netlist,
};
