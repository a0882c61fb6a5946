/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file
 *  A calibration's numbers in HDF5, /calibration/NAME, in the house's form: dimension
 *  scales of its own group, every variable with one scale an axis, units and long_name.
 *  netCDF's readers open it like a result file.
 */
#ifndef XBAR_STORE_CALIBRATION_H
#define XBAR_STORE_CALIBRATION_H

#include <stddef.h>

#include "core/status.h"

enum { XBAR_MAX_CALIBRATION_AXES = 2 };

/** A dimension of the group. */
typedef struct xbar_calibration_dimension {
    const char *name;
    size_t size; /* at least 1 */
} xbar_calibration_dimension;

/** A variable of numbers or, where texts is not NULL, of texts. */
typedef struct xbar_calibration_variable {
    const char *name, *units, *long_name;
    size_t n_axes;
    size_t axes[XBAR_MAX_CALIBRATION_AXES]; /* places in the list of dimensions */
    const double *values;
    const char *const *texts;
} xbar_calibration_variable;

/** Borrowed for the call. */
typedef struct xbar_calibration_file {
    const char *name; /* of the group: letters, digits, underscores */
    const xbar_calibration_dimension *dimensions;
    size_t n_dimensions;
    const xbar_calibration_variable *variables;
    size_t n_variables;
    /* scalar texts of the group: where the numbers come from */
    const struct xbar_calibration_note {
        const char *name, *long_name, *text;
    } * notes;
    size_t n_notes;
} xbar_calibration_file;

/** Writes the file: under a temporary name, synced, renamed whole.
 *  @return XBAR_OK; XBAR_ERR_MACHINE (cannot be written: path and reason) */
xbar_status xbar_calibration_write(const char *path, const xbar_calibration_file *f,
                                   xbar_error *err);

#endif
