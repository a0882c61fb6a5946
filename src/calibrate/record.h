/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file
 *  A calibration on disk: MODEL.yaml, small and readable, and MODEL.h5 beside it with every
 *  number (store/calibration.h).
 *
 *  A closed form's YAML is what the key `analytical: {file: MODEL.yaml}` reads
 *  (experiment/fitted_file.h). A device's is a parameter set in the form of
 *  models/NAME/SET.yaml. An array's names its estimates.
 */
#ifndef XBAR_CALIBRATE_RECORD_H
#define XBAR_CALIBRATE_RECORD_H

#include "analytical/fitted.h"
#include "calibrate/calibrate.h"

/** What a record is made of; borrowed. One of runs and tables is there. */
typedef struct xbar_record {
    const xbar_subject *subject;
    const xbar_calibration *calibration;
    const xbar_calibration_options *options;
    const xbar_runs *runs; /* or NULL */
    const xbar_table *tables;
    size_t n_tables;
    const char *command_line;
} xbar_record;

/** The features of all runs, and the box around them.
 *  @param[out] features  [n_runs][XBAR_N_FEATURES]; NULL: not wanted */
void xbar_record_region(double *features, double min[XBAR_N_FEATURES],
                        double max[XBAR_N_FEATURES], const xbar_runs *r);

/** @return XBAR_OK; XBAR_ERR_MACHINE (cannot be written); XBAR_ERR_MEMORY */
xbar_status xbar_record_yaml(const char *path, const xbar_record *r, xbar_error *err);
xbar_status xbar_record_hdf5(const char *path, const xbar_record *r, xbar_error *err);

#endif
