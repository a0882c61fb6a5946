/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file
 *  Data sets of files that others may have written: opened without following them
 *  elsewhere, and looked at before they are believed. Private to the layer.
 */
#ifndef XBAR_STORE_DATASET_H
#define XBAR_STORE_DATASET_H

#include <hdf5.h>
#include <stddef.h>

#include "core/status.h"
#include "store/disk.h"

enum { XBAR_MAX_RANK = 5 };

/** An HDF5 file that is open for reading. */
typedef struct xbar_input_file {
    const char *path; /* borrowed: for messages */
    xbar_disk disk;   /* its descriptor is owned */
    hid_t file;
} xbar_input_file;

/** @return XBAR_OK, XBAR_ERR_INPUT (no such file, not a regular one, not HDF5) */
xbar_status xbar_input_file_open(xbar_input_file *f, const char *path, xbar_error *err);
void xbar_input_file_close(xbar_input_file *f);

/** A data set or group below a place in it, through no link that leaves the file.
 *  @return its id, or negative */
hid_t xbar_dataset_open_inside(hid_t place, const char *name);
hid_t xbar_group_open_inside(hid_t place, const char *name);

/** A data set of numbers in it. */
typedef struct xbar_dataset {
    hid_t id, space;
    size_t rank; /* 1 to XBAR_MAX_RANK */
    hsize_t dims[XBAR_MAX_RANK];
    size_t size; /* product of dims, at least 1 */
} xbar_dataset;

/** Opens a data set and checks that it holds numbers, in this file, as many of
 *  them, and that what it stores can make up what it claims.
 *  @return XBAR_OK; XBAR_ERR_INPUT (a line with file, data set and what is wrong) */
xbar_status xbar_dataset_open(xbar_dataset *d, const xbar_input_file *f,
                              const char *name, xbar_error *err);
void xbar_dataset_close(xbar_dataset *d);

#endif
