/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file
 *  Where the numbers come from: what /provenance holds.
 */
#ifndef XBAR_CAMPAIGN_PROVENANCE_H
#define XBAR_CAMPAIGN_PROVENANCE_H

#include "campaign/campaign.h"
#include "store/store.h"

enum { XBAR_MAX_PROVENANCE = 16 };

typedef struct xbar_provenance_texts {
    struct xbar_provenance entries[XBAR_MAX_PROVENANCE];
    size_t n;
    char *owned[XBAR_MAX_PROVENANCE]; /* texts made here */
} xbar_provenance_texts;

/** Gathers the entries and hangs them into the header, which borrows them.
 *  @param methods  how the engines went about it; borrowed, may be filled in later, before
 *                  the file is written
 *  @return XBAR_OK, XBAR_ERR_MEMORY; on failure there is nothing to clear */
xbar_status xbar_provenance_collect(xbar_provenance_texts *t, xbar_store_header *h,
                                    const xbar_plan *plan,
                                    const xbar_campaign_options *options,
                                    const char *methods, xbar_error *err);
void xbar_provenance_clear(xbar_provenance_texts *t);

#endif
