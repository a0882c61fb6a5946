/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file
 *  The file of a calibrated model: what `xbar calibrate` writes and the key
 *  `analytical: {file: MODEL.yaml}` names.
 *
 *      model: NAME                       # analytical/model.h
 *      constants:
 *        NAME: {value: 1.02, standard_error: 0.01, unit: "1"}   # all of the model's
 *      covariance:                       # of the free ones; left out when none was
 *        names: [a, b]
 *        values: [[1e-4, 0], [0, 1e-4]]
 *      discrepancy: {of_largest: 0.001, of_output: 0.002}       # fitted.h, d_0 and d_1
 *      region:                           # left out: every input is inside
 *        n_rows: [16, 64]                # each feature of fitted.h: least, largest
 *      report: {...}                     # for people, not looked at: the data and their
 *                                        # hashes, errors, coverage
 */
#ifndef XBAR_EXPERIMENT_FITTED_FILE_H
#define XBAR_EXPERIMENT_FITTED_FILE_H

#include "analytical/fitted.h"
#include "core/status.h"

/** @return XBAR_OK; XBAR_ERR_INPUT ("FILE:LINE: constants.x = 2: want ...": unreadable, an
 *          unknown model, constant, feature or key, one that is missing or given twice, a
 *          number out of range); XBAR_ERR_MEMORY */
xbar_status xbar_fitted_read(xbar_fitted *out, const char *path, xbar_error *err);

#endif
