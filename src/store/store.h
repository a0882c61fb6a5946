/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file
 *  The result file: one HDF5 file per experiment, never half there.
 *
 *  While a run lasts there is a folder FILE.h5.parts beside the final name. Each finished
 *  unit of work is one part in it: written under a temporary name, synced, renamed whole.
 *  xbar_store_join then writes FILE.h5 from all parts (again: temporary name, sync,
 *  rename, sync of the folder) and removes them. Killed at any moment, nothing that was
 *  finished is lost: the next run of the same experiment goes on from its parts.
 *
 *  This folder alone includes hdf5.h.
 */
#ifndef XBAR_STORE_STORE_H
#define XBAR_STORE_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "control/noted.h"
#include "core/status.h"
#include "engine/engine.h"

enum { XBAR_DIGEST_SIZE = 65 }; /* SHA-256 in lower-case hexadecimal and a NUL */

/** What a result file will hold; known before anything runs. Borrowed by the store until
 *  it is closed. */
typedef struct xbar_store_header {
    size_t n_samples, n_inputs, n_rows, n_cols;
    size_t n_engines;
    const char *engines[XBAR_MAX_ENGINES];
    size_t n_times;        /* moments of each input; 0: at rest, no axis of time */
    const double *times_s; /* [n_times], s */
    size_t n_states;       /* in time: the cells' states */
    struct xbar_store_state {
        const char *name, *what; /* as xbar_cell_state_info has them */
    } states[XBAR_MAX_STATES];
    size_t n_operations; /* of a controller: of its log, or the steps of its program */
    unsigned record;     /* XBAR_RECORD_...: planes and matrices to keep */
    const char *state_name; /* the device's (device.h); NULL: no /state */
    const char *title;
    double row_ohm, col_ohm;       /* of a wire segment, for the root's attributes */
    char digest[XBAR_DIGEST_SIZE]; /* of everything the numbers depend on: parts of
                                      another digest are never joined */
    /* /provenance: name and text, each a string dataset with units "1"; e.g. experiment,
     * netlist, command_line, version, commit, seed, sha256. Must be complete before
     * xbar_store_join is called. */
    size_t n_provenance;
    struct xbar_provenance {
        const char *name, *long_name, *text;
    } * provenance;
} xbar_store_header;

/** One unit of work: a run of samples, or a run of inputs of one sample. */
typedef struct xbar_block {
    size_t sample, n_samples;
    size_t input, n_inputs; /* all inputs whenever n_samples > 1 */
} xbar_block;

/** A block's numbers: the sample-wise state, and each engine's results. In time v_in and
 *  v_col have an axis [n_times] behind that of inputs, as results have. */
typedef struct xbar_part {
    xbar_block block;
    double *conductance;      /* S, [n_samples][n_rows][n_cols] */
    double *state;            /* the same shape, NULL when there is no /state */
    double *conductance_time; /* S, [n_samples][n_times][n_rows][n_cols], if recorded */
    double *v_in;             /* V, [n_samples][n_inputs][n_rows] */
    double *v_col;            /* V, [n_samples][n_inputs][n_cols] */
    /* [engine], NULL unless recorded: S, [n_samples][n_rows][n_cols], and A,
     * [n_samples][n_cols]. Of a sample whose inputs lie in several blocks, those of the
     * block with input 0 count. */
    double *g_eff[XBAR_MAX_ENGINES], *i_offset[XBAR_MAX_ENGINES];
    /* With a controller, [what was noted][engine], NULL what was not: of programming
     * [n_samples][...], of logic [n_samples * n_inputs][n_operations]. */
    double *noted[XBAR_MAX_NOTED][XBAR_MAX_ENGINES];
    /* [engine][n_samples * n_inputs], sample-major. Arrays inside belong to the part. */
    xbar_result *results[XBAR_MAX_ENGINES];
} xbar_part;

/** Arrays for a block, all NaN and "pending". @param[out] out  yours */
xbar_status xbar_part_new(xbar_part **out, const xbar_store_header *h,
                          const xbar_block *block, const xbar_crossbar *c,
                          xbar_error *err);
void xbar_part_free(xbar_part *p);

typedef struct xbar_store xbar_store;

/** Opens the place where a run's parts go, and locks it against a second run.
 *  Parts of the same digest are kept (the run goes on from them). Parts of another
 *  digest: refused with XBAR_ERR_INPUT when must_match, else removed.
 *  @param[out] out     yours; NULL on failure
 *  @param path         the final name; folders above it are made when missing
 *  @param must_match   the user asked to resume
 *  @return XBAR_OK, XBAR_ERR_INPUT (parts of another experiment; path is a folder; the
 *          place is locked by another run: all named), XBAR_ERR_MACHINE (cannot write) */
xbar_status xbar_store_open(xbar_store **out, const char *path,
                            const xbar_store_header *h, bool must_match,
                            xbar_error *err);

/** Does a whole part of exactly this block stand there, with every result done, inside a
 *  calibrated region or outside? (A part with failed results counts as missing: its block
 *  is tried again.) */
bool xbar_store_has(const xbar_store *s, const xbar_block *block);

/** Writes, syncs and renames one part. May be called in another process than the one
 *  that opened the store, by several at a time for different blocks.
 *  @return XBAR_OK or XBAR_ERR_MACHINE (disk full, not writable: path and reason) */
xbar_status xbar_store_write(const xbar_store *s, const xbar_part *p, xbar_error *err);

/** Joins the parts of all blocks into the final file and removes them.
 *  @param blocks  [n], which together cover every sample and input exactly once
 *  Results that no part holds stay NaN with status "pending".
 *  @return XBAR_OK or XBAR_ERR_MACHINE; on failure the parts are still there */
xbar_status xbar_store_join(xbar_store *s, const xbar_block *blocks, size_t n,
                            xbar_error *err);

/** Removes all parts: those that a run left behind which was killed after its file stood. */
void xbar_store_clear(xbar_store *s);

/** Unlocks; leaves the parts unless they were joined. NULL is fine. */
void xbar_store_close(xbar_store *s);

/** "HDF5 1.10.8": the library that is linked. Static. */
const char *xbar_store_version(void);

#endif
