/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "campaign/campaign.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "campaign/blocks.h"
#include "campaign/crew.h"
#include "campaign/provenance.h"
#include "core/memory.h"
#include "netlist/netlist.h"
#include "store/reader.h"

static void fill_header(xbar_store_header *h, const xbar_plan *plan)
{
    *h = (xbar_store_header){.n_samples = plan->n_samples,
                             .n_inputs = plan->n_inputs,
                             .n_rows = plan->crossbar->n_rows,
                             .n_cols = plan->crossbar->n_cols,
                             .n_engines = plan->n_engines,
                             .record = plan->record,
                             .state_name = plan->crossbar->cell.device->state_name,
                             .title = plan->title,
                             .row_ohm = plan->crossbar->row_ohm,
                             .col_ohm = plan->crossbar->col_ohm};
    for (size_t e = 0; e < plan->n_engines; e++)
        h->engines[e] = plan->engines[e]->name;
    memcpy(h->digest, plan->digest, sizeof h->digest);
}

/* Is the final file already there, of this very experiment, with every result done? */
static bool is_complete(const char *path, const xbar_store_header *h)
{
    xbar_reader *reader = NULL;
    if (xbar_reader_open(&reader, path, NULL) != XBAR_OK)
        return false;
    const xbar_store_header *told = xbar_reader_header(reader);
    bool complete = strcmp(told->digest, h->digest) == 0 &&
                    told->n_samples == h->n_samples && told->n_inputs == h->n_inputs &&
                    told->n_rows == h->n_rows && told->n_cols == h->n_cols;
    void *memory = NULL;
    if (xbar_array_new(&memory, h->n_inputs, sizeof(xbar_outcome), "status", NULL) !=
        XBAR_OK)
        complete = false;
    xbar_outcome *status = memory;
    for (size_t e = 0; complete && e < h->n_engines; e++)
        for (size_t k = 0; complete && k < h->n_samples; k++) {
            complete = xbar_reader_fates(reader, status, NULL, NULL, h->engines[e], k,
                                         NULL) == XBAR_OK;
            for (size_t l = 0; complete && l < h->n_inputs; l++)
                complete = status[l] == XBAR_DONE;
        }
    free(memory);
    xbar_reader_close(reader);
    return complete;
}

/* Parts may lie beside a complete file: a run was killed while it removed them. */
static void clear_remains(const char *path, const xbar_store_header *h)
{
    xbar_store *store = NULL;
    if (xbar_store_open(&store, path, h, true, NULL) == XBAR_OK)
        xbar_store_clear(store);
    xbar_store_close(store);
}

static size_t count_resumed(const xbar_crew_job *job)
{
    size_t n = 0;
    for (size_t b = 0; b < job->n_blocks; b++) {
        job->finished[b] = xbar_store_has(job->store, &job->blocks[b]);
        if (job->finished[b])
            n += job->blocks[b].n_samples * job->blocks[b].n_inputs;
    }
    return n;
}

static xbar_status run_blocks(const xbar_plan *plan,
                              const xbar_campaign_options *options,
                              xbar_store_header *header, xbar_store *store,
                              xbar_campaign_report *report, xbar_error *err)
{
    xbar_block *blocks = NULL;
    void *finished = NULL;
    size_t n_blocks = 0;
    xbar_status status = xbar_blocks_cut(&blocks, &n_blocks, plan, err);
    if (status == XBAR_OK)
        status = xbar_array_new(&finished, n_blocks, 1, "blocks", err);
    if (status != XBAR_OK)
        goto done;

    const xbar_crew_job job = {.plan = plan,
                               .header = header,
                               .store = store,
                               .blocks = blocks,
                               .n_blocks = n_blocks,
                               .finished = finished,
                               .options = options};
    report->n_resumed = count_resumed(&job);
    report->n_solves = plan->n_samples * plan->n_inputs * plan->n_engines;
    if (options->progress)
        options->progress(report->n_resumed, plan->n_samples * plan->n_inputs,
                          options->with);
    if (report->n_resumed < plan->n_samples * plan->n_inputs)
        status = xbar_crew_run(&job, report, err);
    if (status == XBAR_OK && !report->stopped)
        status = xbar_store_join(store, blocks, n_blocks, err);
done:
    free(finished);
    free(blocks);
    return status;
}

xbar_status xbar_campaign_run(const xbar_plan *plan,
                              const xbar_campaign_options *options,
                              xbar_campaign_report *report, xbar_error *err)
{
    xbar_store_header header;
    xbar_provenance_texts texts = {0};
    xbar_store *store = NULL;
    *report = (xbar_campaign_report){0};
    fill_header(&header, plan);
    if (options->must_resume && is_complete(options->output, &header)) {
        report->was_complete = true;
        clear_remains(options->output, &header);
        return XBAR_OK;
    }
    xbar_status status =
        xbar_provenance_collect(&texts, &header, plan, options, report->methods, err);
    if (status == XBAR_OK)
        status = xbar_store_open(&store, options->output, &header, options->must_resume,
                                 err);
    if (status == XBAR_OK)
        status = run_blocks(plan, options, &header, store, report, err);
    xbar_store_close(store);
    xbar_provenance_clear(&texts);
    return status;
}

xbar_status xbar_campaign_netlist(char **text, const xbar_plan *plan, size_t sample,
                                  size_t input, xbar_error *err)
{
    const xbar_crossbar *c = plan->crossbar;
    double *conductance = NULL;
    double *state = NULL;
    xbar_stimulus s = {0};
    xbar_network *net = NULL;
    FILE *out = NULL;
    size_t size = 0;
    *text = NULL;
    xbar_status status =
        xbar_doubles_new(&conductance, c->n_rows * c->n_cols, "cells", err);
    if (status == XBAR_OK)
        status = xbar_doubles_new(&state, c->n_rows * c->n_cols, "cells", err);
    if (status == XBAR_OK)
        status = xbar_plan_state(plan, sample, conductance, state, err);
    if (status == XBAR_OK)
        status = xbar_stimulus_init(&s, c, err);
    if (status == XBAR_OK)
        status = xbar_plan_stimulus(plan, sample, input, &s, err);
    if (status == XBAR_OK)
        status = xbar_network_new(&net, c, state, &s, err);
    if (status != XBAR_OK)
        goto done;
    out = open_memstream(text, &size);
    if (!out) {
        status = xbar_fail(err, XBAR_ERR_MEMORY, "no memory for the netlist");
        goto done;
    }
    const xbar_netlist_options options = {
        .title = plan->title, .sample = sample, .input = input};
    status = xbar_netlist_write(out, c, net, state, &s, &options, err);
    if (fclose(out) != 0 && status == XBAR_OK)
        status = xbar_fail(err, XBAR_ERR_MEMORY, "no memory for the netlist");
    if (status != XBAR_OK) {
        free(*text);
        *text = NULL;
    }
done:
    xbar_network_free(net);
    xbar_stimulus_clear(&s);
    free(state);
    free(conductance);
    return status;
}
