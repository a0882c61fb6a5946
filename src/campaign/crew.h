/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file
 *  The processes of a campaign: a chief that opens the engines, and its forks, one a team
 *  of blocks. They tell what happens through one pipe.
 */
#ifndef XBAR_CAMPAIGN_CREW_H
#define XBAR_CAMPAIGN_CREW_H

#include "campaign/blocks.h"
#include "campaign/campaign.h"
#include "store/store.h"

/** What the crew has to do. All borrowed. */
typedef struct xbar_crew_job {
    const xbar_plan *plan;
    const xbar_store_header *header;
    const xbar_store *store;
    const xbar_blocks *cut;
    unsigned char
        *finished; /* [cut->n]: 1 = its part is there; set as blocks finish. Of a
                      team the first ones, never one behind an unfinished one */
    const xbar_campaign_options *options;
    /* Called once, in the caller's process, while the crew opens its engines: a processor
     * is idle then. NULL: there is nothing to do */
    void (*meanwhile)(void *with);
    void *with;
} xbar_crew_job;

/** Runs all unfinished blocks.
 *  @param report  n_failed is counted up, stopped is set
 *  @return XBAR_OK: every block has its part, or the run was stopped;
 *          XBAR_ERR_MACHINE, XBAR_ERR_MEMORY, and what the store or an engine's opening
 *          says */
xbar_status xbar_crew_run(const xbar_crew_job *job, xbar_campaign_report *report,
                          xbar_error *err);

#endif
