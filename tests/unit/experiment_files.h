/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file
 *  A folder for one test's experiment and data files, and the small experiment that the
 *  tests change line by line.
 */
#ifndef XBAR_TESTS_EXPERIMENT_FILES_H
#define XBAR_TESTS_EXPERIMENT_FILES_H

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "check.h"
#include "experiment/plan.h"

enum { N_LINES = 17 };

/* Line k of the experiment is base[k - 1]. */
static const char *const base[N_LINES] = {
    "title: A small read",
    "seed: 7",
    "engines: [ideal]",
    "crossbar:",
    "  rows: 2",
    "  cols: 3",
    "  wire: {row_ohm: 1, col_ohm: 1}",
    "  terminals:",
    "    left: {volt: input, ohm: 1}",
    "    bottom: {volt: 0, ohm: 1}",
    "  cell: {device: linear}",
    "  faults: {}",
    "conductance: {distribution: uniform, min: 1.0e-5, max: 1.0e-3, samples: 2}",
    "inputs: {distribution: uniform, min: 0, max: 0.2, count: 2}",
    "bias: {scheme: read}",
    "analysis: {kind: dc}",
    "record: [i_out]",
};

static char folder[64];

static inline int folder_make(void **unused)
{
    (void)unused;
    /* thousands of small files: in memory where there is such a place */
    const char *above = access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp";
    snprintf(folder, sizeof folder, "%s/xbar-experiment-XXXXXX", above);
    return mkdtemp(folder) ? 0 : -1;
}

static inline const char *in_folder(const char *name)
{
    static char path[4][256];
    static int turn;
    turn = (turn + 1) % 4;
    snprintf(path[turn], sizeof path[turn], "%s/%s", folder, name);
    return path[turn];
}

static inline void put_bytes(const char *name, const void *bytes, size_t n)
{
    FILE *f = fopen(in_folder(name), "wb");
    assert_non_null(f);
    assert_int_equal(fwrite(bytes, 1, n, f), n);
    assert_int_equal(fclose(f), 0);
}

static inline void put(const char *name, const char *text)
{
    put_bytes(name, text, strlen(text));
}

/* Files that tests leave: all removed with the folder. */
static inline int folder_remove(void **unused)
{
    (void)unused;
    static const char *const names[] = {"e.yaml", "g.csv",    "v.csv", "data.h5",
                                        "g.h5",   "pipe.csv", "a",     "my.exp.yaml",
                                        "w.csv",  "set.yaml"};
    for (size_t k = 0; k < sizeof names / sizeof *names; k++)
        unlink(in_folder(names[k]));
    rmdir(in_folder("sub.csv"));
    return rmdir(folder);
}

/* One changed line of the experiment; line 0 ends a list of them. */
typedef struct change {
    int line;
    const char *text;
} change;

static inline const char *changed(const change *changes, size_t n)
{
    static char text[8192];
    size_t used = 0;
    for (int line = 1; line <= N_LINES; line++) {
        const char *now = base[line - 1];
        for (size_t k = 0; k < n; k++)
            if (changes[k].line == line)
                now = changes[k].text;
        used += (size_t)snprintf(text + used, sizeof text - used, "%s\n", now);
        assert_true(used < sizeof text);
    }
    return text;
}

/* Reads e.yaml of the folder. */
static inline xbar_status read_with(xbar_plan **plan, const char *text,
                                    const xbar_plan_options *options, xbar_error *err)
{
    put("e.yaml", text);
    *err = (xbar_error){0};
    return xbar_plan_read(plan, in_folder("e.yaml"), options, err);
}

static inline xbar_plan *accept(const char *text)
{
    xbar_plan *plan = NULL;
    xbar_error err;
    if (read_with(&plan, text, NULL, &err) != XBAR_OK)
        fail_msg("refused: %s", err.text);
    return plan;
}

#endif
