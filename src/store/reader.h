/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file
 *  Reading HDF5: result files for `compare` and `info`, and data sets that experiments
 *  name. Every size is checked before memory is asked for; a damaged, foreign or hostile
 *  file is refused with one line, never a crash.
 */
#ifndef XBAR_STORE_READER_H
#define XBAR_STORE_READER_H

#include <stdbool.h>
#include <stddef.h>

#include "core/status.h"
#include "store/store.h"

/** A data set of any numeric type as doubles.
 *  @param[out] values   [dims[0]]...[dims[n_dims-1]], to be released with free()
 *  @param[out] n_dims   1 to 3
 *  @param[out] dims     sizes; those beyond n_dims are 1
 *  @param path, dataset the file, and the set's path in it
 *  @return XBAR_OK; XBAR_ERR_INPUT (no such file, not HDF5, no such data set, not
 *          numbers, more than 3 axes, more than 2^29 values, unreadable); XBAR_ERR_MEMORY */
xbar_status xbar_dataset_read(double **values, size_t *n_dims, size_t dims[3],
                              const char *path, const char *dataset, xbar_error *err);

typedef struct xbar_reader xbar_reader;

/** Opens a result file. @param[out] out  yours
 *  @return XBAR_OK, XBAR_ERR_INPUT (not a result file of xbar; what is missing) */
xbar_status xbar_reader_open(xbar_reader **out, const char *path, xbar_error *err);
void xbar_reader_close(xbar_reader *r);

/** The sizes, engines (names borrowed), recorded planes, title and provenance of the
 *  file, in the shape that made it. Borrowed. */
const xbar_store_header *xbar_reader_header(const xbar_reader *r);

/** i_out of one engine and sample. @param[out] i_out  A, [n_inputs][n_cols]
 *  @return XBAR_OK; XBAR_ERR_INPUT (nothing there; a result in time) */
xbar_status xbar_reader_outputs(xbar_reader *r, double *i_out, const char *engine,
                                size_t sample, xbar_error *err);

/** The same of one input alone, also of a result in time.
 *  @param[out] i_out  A, [n_cols]; in time [n_times][n_cols] */
xbar_status xbar_reader_course(xbar_reader *r, double *i_out, const char *engine,
                               size_t sample, size_t input, xbar_error *err);

/** status, wall_time and kcl_residual of one engine and sample, each [n_inputs]; any of
 *  them may be NULL. */
xbar_status xbar_reader_fates(xbar_reader *r, xbar_outcome *status, double *wall_time_s,
                              double *kcl_residual, const char *engine, size_t sample,
                              xbar_error *err);

/** One variable of a result file as `info` lists it; texts are borrowed until the next
 *  call. */
typedef struct xbar_variable_info {
    const char *path, *units, *long_name;
    size_t n_dims, dims[5];
    const char *axes[5]; /* names of the dimension scales */
} xbar_variable_info;

/** Calls visit for each variable (data sets with dimension scales), in creation order. */
xbar_status xbar_reader_visit(xbar_reader *r,
                              void (*visit)(const xbar_variable_info *v, void *with),
                              void *with, xbar_error *err);

#endif
