/* SPDX-License-Identifier: GPL-3.0-or-later */
/* make_result FILE.h5 [large|time|long|std]: writes a known result file for test_result_file.py.
 *
 * small: 3 samples, 4 inputs, 5 x 6 cells, two engines, all planes and a state. Sample 1
 *        is in two parts and has a failed solve; sample 2 was never done.
 * large: a plane of more than 4 MiB.
 * time: as small, at 7 moments, with states, energy and heat.
 * long: many moments of a larger array.
 * std: of the engine `analytical`. */
#include <stdio.h>
#include <string.h>

#include "../unit/store_sample.h"

static const char digest[] =
    "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

static xbar_status write_parts(const xbar_store *s, const xbar_store_header *h,
                               const xbar_block *blocks, size_t n, xbar_error *err)
{
    for (size_t k = 0; k < n; k++) {
        xbar_part *p = sample_part(h, &blocks[k]);
        if (blocks[k].sample == 1 && blocks[k].input > 0)
            sample_fail(p, h, 0, 0, XBAR_NOT_CONVERGED);
        xbar_status status = xbar_store_write(s, p, err);
        xbar_part_free(p);
        XBAR_TRY(status);
    }
    return XBAR_OK;
}

static xbar_status make(const char *path, const xbar_store_header *h,
                        const xbar_block *blocks, size_t n_blocks, size_t n_written,
                        xbar_error *err)
{
    xbar_store *s;
    XBAR_TRY(xbar_store_open(&s, path, h, false, err));
    xbar_status status = write_parts(s, h, blocks, n_written, err);
    if (status == XBAR_OK)
        status = xbar_store_join(s, blocks, n_blocks, err);
    xbar_store_close(s);
    return status;
}

enum { MAX_TIMES = 1000 };

/* Moments a microsecond apart, and cells of two states. */
static void set_time(xbar_store_header *h, size_t n)
{
    static double times_s[MAX_TIMES];
    for (size_t k = 0; k < n; k++)
        times_s[k] = 1e-6 * (double)k;
    h->n_times = n;
    h->times_s = times_s;
    h->n_states = 2;
    h->states[0] = (struct xbar_store_state){"w", "width of the doped region / D"};
    h->states[1] = (struct xbar_store_state){"t", "temperature / 1 K"};
}

int main(int argc, char **argv)
{
    struct xbar_provenance provenance[] = {
        {"experiment", "the experiment file", "title: Größe\nseed: 1\n"},
        {"netlist", "the netlist", "* R = 1 k\xce\xa9\n.end\n"},
        {"command_line", "the command that made this file", "xbar run \xff.yaml"},
        {"commit", "the commit of the program", ""},
    };
    xbar_store_header h = {
        .n_samples = 3,
        .n_inputs = 4,
        .n_rows = 5,
        .n_cols = 6,
        .n_engines = 2,
        .engines = {"spice", "ideal"},
        .record = XBAR_RECORD_V_ROW | XBAR_RECORD_V_COL | XBAR_RECORD_I_CELL,
        .state_name = "filament length",
        .title = "A known result",
        .row_ohm = 2.5,
        .col_ohm = 0.75,
        .n_provenance = sizeof provenance / sizeof provenance[0],
        .provenance = provenance,
    };
    static const xbar_block small[] = {
        {0, 1, 0, 4}, {1, 1, 0, 2}, {1, 1, 2, 2}, {2, 1, 0, 4}};
    static const xbar_block large[] = {{0, 1, 0, 1}};
    xbar_error err = {0};
    xbar_status status;
    memcpy(h.digest, digest, sizeof digest);
    if (argc == 2) {
        status = make(argv[1], &h, small, 4, 3, &err);
    } else if (argc == 3 && strcmp(argv[2], "large") == 0) {
        h.n_samples = h.n_inputs = h.n_engines = 1;
        h.n_rows = 1000;
        h.n_cols = 1100;
        status = make(argv[1], &h, large, 1, 1, &err);
    } else if (argc == 3 && strcmp(argv[2], "time") == 0) {
        set_time(&h, 7);
        h.record |= XBAR_RECORD_STATE | XBAR_RECORD_ENERGY | XBAR_RECORD_HEAT;
        status = make(argv[1], &h, small, 4, 3, &err);
    } else if (argc == 3 && strcmp(argv[2], "long") == 0) {
        h.n_samples = h.n_inputs = h.n_engines = 1;
        h.n_rows = 20;
        h.n_cols = 30;
        set_time(&h, MAX_TIMES);
        h.record = XBAR_RECORD_V_ROW;
        status = make(argv[1], &h, large, 1, 1, &err);
    } else if (argc == 3 && strcmp(argv[2], "std") == 0) {
        h.engines[1] = "analytical";
        status = make(argv[1], &h, small, 4, 4, &err);
    } else {
        fprintf(stderr, "usage: make_result FILE.h5 [large|time|long|std]\n");
        return 2;
    }
    if (status != XBAR_OK)
        fprintf(stderr, "make_result: %s\n", err.text);
    return xbar_status_exit(status);
}
