/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file
 *  What a calibration learns from: the experiment behind a result file, and the bytes of a
 *  laboratory's file.
 */
#ifndef XBAR_EXPERIMENT_MATERIAL_H
#define XBAR_EXPERIMENT_MATERIAL_H

#include "experiment/plan.h"
#include "store/store.h"

enum { XBAR_MATERIAL_SHA256_SIZE = 65 };

/** The plan of a result file, from its provenance alone: its array and its drive. What the
 *  run read from files or drew (conductances, inputs) stands in the result file; the plan
 *  has 1 uS and 0 V in their place, and no file is opened.
 *  @param[out] out   yours: xbar_plan_free
 *  @param      path  of the result file: for messages
 *  @return XBAR_OK; XBAR_ERR_INPUT (no experiment in its provenance; one that this release
 *          does not take: says why); XBAR_ERR_MEMORY */
xbar_status xbar_material_plan(xbar_plan **out, const char *path,
                               const xbar_store_header *h, xbar_error *err);

/** The SHA-256 of a file. @return XBAR_OK; XBAR_ERR_INPUT (cannot be read) */
xbar_status xbar_material_digest(char sha256[XBAR_MATERIAL_SHA256_SIZE],
                                 const char *path, xbar_error *err);

/** All bytes of a text file of at most 256 MiB, and a NUL behind them.
 *  @param[out] text    yours, to be freed
 *  @param[out] sha256  of the bytes
 *  @return XBAR_OK; XBAR_ERR_INPUT (cannot be read); XBAR_ERR_MEMORY */
xbar_status xbar_material_text(char **text, size_t *length,
                               char sha256[XBAR_MATERIAL_SHA256_SIZE], const char *path,
                               xbar_error *err);

#endif
