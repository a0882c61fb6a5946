/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "campaign/campaign.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "campaign/blocks.h"
#include "campaign/crew.h"
#include "campaign/provenance.h"
#include "core/memory.h"
#include "store/reader.h"

static void fill_header(xbar_store_header *h, const xbar_plan *plan)
{
    const xbar_cell *cell = &plan->crossbar->cell;
    *h = (xbar_store_header){.n_samples = plan->n_samples,
                             .n_inputs = plan->n_inputs,
                             .n_rows = plan->crossbar->n_rows,
                             .n_cols = plan->crossbar->n_cols,
                             .n_engines = plan->n_engines,
                             .n_times = plan->n_times,
                             .n_operations = plan->n_operations,
                             .times_s = plan->times_s,
                             .record = plan->record,
                             .state_name = cell->device->state_name,
                             .title = plan->title,
                             .row_ohm = plan->crossbar->row_ohm,
                             .col_ohm = plan->crossbar->col_ohm};
    for (size_t e = 0; e < plan->n_engines; e++)
        h->engines[e] = plan->engines[e]->name;
    h->n_states = plan->n_times > 0 ? xbar_cell_n_states(cell) : 0;
    for (size_t s = 0; s < h->n_states; s++) {
        const xbar_state_info *info = xbar_cell_state_info(cell, s);
        h->states[s] = (struct xbar_store_state){info->name, info->what};
    }
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
                    told->n_rows == h->n_rows && told->n_cols == h->n_cols &&
                    told->n_times == h->n_times &&
                    told->n_operations == h->n_operations;
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
                complete = status[l] == XBAR_DONE || status[l] == XBAR_OUTSIDE;
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

/* What lies behind a missing block of its team is done again: if that one failed, they
 * began elsewhere than they will now. */
static size_t count_resumed(const xbar_crew_job *job)
{
    const xbar_blocks *cut = job->cut;
    size_t n = 0;
    for (size_t team = 0; team < cut->n_teams; team++)
        for (size_t b = cut->teams[team]; b < cut->teams[team + 1]; b++) {
            const bool follows = b > cut->teams[team];
            job->finished[b] = (!follows || job->finished[b - 1]) &&
                               xbar_store_has(job->store, &cut->blocks[b]);
            if (job->finished[b])
                n += cut->blocks[b].n_samples * cut->blocks[b].n_inputs;
        }
    return n;
}

/* What tells where the numbers come from, and what it is told of. */
typedef struct origin {
    xbar_provenance_texts texts;
    xbar_store_header *header;
    const xbar_plan *plan;
    const xbar_campaign_options *options;
    const char *methods;
    xbar_status status;
    xbar_error why;
} origin;

/* The netlist that belongs to it takes half as long as ngspice's own reading of one. */
static void tell_origin(void *with)
{
    origin *o = with;
    o->status = xbar_provenance_collect(&o->texts, o->header, o->plan, o->options,
                                        o->methods, &o->why);
}

static xbar_status run_blocks(const xbar_plan *plan,
                              const xbar_campaign_options *options,
                              xbar_store_header *header, xbar_store *store,
                              xbar_campaign_report *report, xbar_error *err)
{
    origin from = {
        .header = header, .plan = plan, .options = options, .methods = report->methods};
    xbar_blocks cut = {0};
    void *finished = NULL;
    xbar_status status = xbar_blocks_cut(&cut, plan, err);
    if (status == XBAR_OK)
        status = xbar_array_new(&finished, cut.n, 1, "blocks", err);
    if (status != XBAR_OK)
        goto done;

    const xbar_crew_job job = {.plan = plan,
                               .header = header,
                               .store = store,
                               .cut = &cut,
                               .finished = finished,
                               .options = options,
                               .meanwhile = tell_origin,
                               .with = &from};
    report->n_resumed = count_resumed(&job);
    report->n_solves = plan->n_samples * plan->n_inputs * plan->n_engines;
    if (options->progress)
        options->progress(report->n_resumed, plan->n_samples * plan->n_inputs,
                          options->with);
    /* also when nothing is left to do: the engines say how they go about it */
    status = xbar_crew_run(&job, report, err);
    if (status == XBAR_OK && from.status == XBAR_ERR_MEMORY)
        tell_origin(&from); /* the crew has left, and its memory with it */
    if (status == XBAR_OK && from.status != XBAR_OK)
        status = xbar_fail(err, from.status, "%s", from.why.text);
    if (status == XBAR_OK && !report->stopped)
        status = xbar_store_join(store, cut.blocks, cut.n, err);
done:
    xbar_provenance_clear(&from.texts);
    free(finished);
    xbar_blocks_clear(&cut);
    return status;
}

/* What stands under the output's name may be replaced if it is a result, and with resume
 * only this experiment's: other HDF5 files (data, calibrated models) are nobody's to lose. */
static xbar_status check_output(const xbar_campaign_options *options,
                                const xbar_store_header *h, xbar_error *err)
{
    struct stat facts;
    xbar_reader *reader = NULL;
    if (stat(options->output, &facts) != 0 || !S_ISREG(facts.st_mode) ||
        facts.st_size == 0 || access(options->output, R_OK) != 0)
        return XBAR_OK; /* the store has its own word on what is no file */
    const xbar_status status = xbar_reader_open(&reader, options->output, NULL);
    if (status != XBAR_OK)
        return xbar_fail(err, XBAR_ERR_INPUT,
                         "%s is there and is no result of xbar: want the name of a new "
                         "file or of an older result",
                         options->output);
    const bool is_other = strcmp(xbar_reader_header(reader)->digest, h->digest) != 0;
    xbar_reader_close(reader);
    if (options->must_resume && is_other)
        return xbar_fail(err, XBAR_ERR_INPUT,
                         "--resume: %s is the result of another experiment, or of "
                         "another xbar",
                         options->output);
    return XBAR_OK;
}

xbar_status xbar_campaign_run(const xbar_plan *plan,
                              const xbar_campaign_options *options,
                              xbar_campaign_report *report, xbar_error *err)
{
    xbar_store_header header;
    xbar_store *store = NULL;
    *report = (xbar_campaign_report){0};
    fill_header(&header, plan);
    XBAR_TRY(check_output(options, &header, err));
    if (options->must_resume && is_complete(options->output, &header)) {
        report->was_complete = true;
        clear_remains(options->output, &header);
        return XBAR_OK;
    }
    xbar_status status =
        xbar_store_open(&store, options->output, &header, options->must_resume, err);
    if (status == XBAR_OK)
        status = run_blocks(plan, options, &header, store, report, err);
    xbar_store_close(store);
    return status;
}
