/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file
 *  A small complete run, as the tests of killed runs and full disks make it: open, write
 *  the parts that are missing, join.
 */
#ifndef XBAR_TESTS_STORE_RUN_H
#define XBAR_TESTS_STORE_RUN_H

#include "store_check.h"

enum { RUN_BLOCKS = 4 };

/* Two samples of four inputs, in halves, and not in order. */
static const xbar_block run_blocks[RUN_BLOCKS] = {
    {1, 1, 0, 2}, {0, 1, 2, 2}, {1, 1, 2, 2}, {0, 1, 0, 2}};

static struct xbar_provenance run_provenance[] = {{"netlist", "the netlist", "* none"}};

static inline xbar_store_header run_header(void)
{
    return (xbar_store_header){
        .n_samples = 2,
        .n_inputs = 4,
        .n_rows = 2,
        .n_cols = 3,
        .n_engines = 1,
        .engines = {"spice"},
        .record = XBAR_RECORD_V_ROW | XBAR_RECORD_EFFECTIVE,
        .title = "run",
        .digest = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
        .n_provenance = 1,
        .provenance = run_provenance};
}

/** @param report  a descriptor that is told the number of each finished block; or -1 */
static inline xbar_status run_all(const char *path, const xbar_store_header *h,
                                  int report, xbar_error *err)
{
    xbar_store *s;
    xbar_status status = xbar_store_open(&s, path, h, false, err);
    for (size_t k = 0; k < RUN_BLOCKS && status == XBAR_OK; k++) {
        if (xbar_store_has(s, &run_blocks[k]))
            continue;
        xbar_part *p = sample_part(h, &run_blocks[k]);
        status = xbar_store_write(s, p, err);
        xbar_part_free(p);
        unsigned char number = (unsigned char)k;
        if (status == XBAR_OK && report >= 0 && write(report, &number, 1) != 1)
            abort();
    }
    if (status == XBAR_OK)
        status = xbar_store_join(s, run_blocks, RUN_BLOCKS, err);
    xbar_store_close(s);
    return status;
}

#endif
