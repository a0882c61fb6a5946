/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "campaign/provenance.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <gsl/gsl_version.h>

#include "core/memory.h"
#include "core/version.h"
#include "spice/session.h"

static void add(xbar_provenance_texts *t, const char *name, const char *long_name,
                const char *text)
{
    t->entries[t->n++] = (struct xbar_provenance){name, long_name, text};
}

/* An entry whose text is made here: ownership of `text` goes to t. */
static void add_owned(xbar_provenance_texts *t, const char *name, const char *long_name,
                      char *text)
{
    t->owned[t->n] = text;
    add(t, name, long_name, text);
}

/* All that is printed into a stream, as one text. */
static xbar_status stream_text(char **text, const xbar_plan *plan,
                               void (*print)(FILE *out, const xbar_plan *plan),
                               xbar_error *err)
{
    size_t size = 0;
    *text = NULL;
    FILE *out = open_memstream(text, &size);
    if (out)
        print(out, plan);
    if (!out || fclose(out) != 0) {
        free(*text);
        *text = NULL;
        return xbar_fail(err, XBAR_ERR_MEMORY, "no memory for the provenance");
    }
    return XBAR_OK;
}

/* As sha256sum prints it. */
static void print_files(FILE *out, const xbar_plan *plan)
{
    for (size_t k = 0; k < plan->n_files; k++)
        fprintf(out, "%s  %s\n", plan->files[k].sha256, plan->files[k].path);
}

static void print_versions(FILE *out, const xbar_plan *plan)
{
    (void)plan;
    fprintf(out, "xbar %s\nlibngspice %s\nGSL %s\n%s\n", xbar_version,
            xbar_spice_version(), gsl_version, xbar_store_version());
}

static void print_seed(FILE *out, const xbar_plan *plan)
{
    fprintf(out, "%" PRIu64, plan->seed);
}

static xbar_status no_netlist(char **text, const xbar_error *why, xbar_error *err)
{
    size_t size = 0;
    FILE *out = open_memstream(text, &size);
    if (!out || fprintf(out, "* none: %s\n", why->text) < 0 || fclose(out) != 0)
        return xbar_fail(err, XBAR_ERR_MEMORY, "no memory for the provenance");
    return XBAR_OK;
}

static xbar_status collect(xbar_provenance_texts *t, const xbar_plan *plan,
                           const xbar_campaign_options *options, const char *methods,
                           xbar_error *err)
{
    char *text = NULL;
    add(t, "experiment", "text of the experiment file", plan->text);
    add(t, "experiment_path", "experiment file", plan->path);
    add(t, "command_line", "command that made this file, with its --set overrides",
        options->command_line);
    add(t, "version", "release of xbar", xbar_version);
    add(t, "commit", "commit that xbar was built from", xbar_commit);
    add(t, "sha256",
        "SHA-256 over the experiment, its overrides, engines and data files, and the "
        "release of xbar",
        plan->digest);
    add(t, "methods", "how the engines went about it, as they said in the last session",
        methods);
    XBAR_TRY(stream_text(&text, plan, print_seed, err));
    add_owned(t, "seed", "seed of all random draws", text);
    XBAR_TRY(stream_text(&text, plan, print_versions, err));
    add_owned(t, "versions", "releases of the libraries", text);
    XBAR_TRY(stream_text(&text, plan, print_files, err));
    add_owned(t, "data_sha256", "SHA-256 of the data files", text);
    for (size_t e = 0; e < plan->n_engines; e++)
        if (strcmp(plan->engines[e]->name, "spice") == 0) {
            xbar_error why = {0};
            xbar_status status = xbar_campaign_netlist(&text, plan, 0, 0, &why);
            if (status == XBAR_ERR_MEMORY)
                return xbar_fail(err, status, "%s", why.text);
            if (status != XBAR_OK) /* gates that open lines on their way have none */
                XBAR_TRY(no_netlist(&text, &why, err));
            add_owned(t, "netlist",
                      "circuit of sample 0, input 0; ngspice -b replays it", text);
        }
    return XBAR_OK;
}

xbar_status xbar_provenance_collect(xbar_provenance_texts *t, xbar_store_header *h,
                                    const xbar_plan *plan,
                                    const xbar_campaign_options *options,
                                    const char *methods, xbar_error *err)
{
    *t = (xbar_provenance_texts){0};
    xbar_status status = collect(t, plan, options, methods, err);
    if (status != XBAR_OK) {
        xbar_provenance_clear(t);
        return status;
    }
    h->provenance = t->entries;
    h->n_provenance = t->n;
    return XBAR_OK;
}

void xbar_provenance_clear(xbar_provenance_texts *t)
{
    for (size_t k = 0; k < t->n; k++)
        free(t->owned[k]);
    *t = (xbar_provenance_texts){0};
}
