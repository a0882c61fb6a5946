/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file
 *  Fast models of an array at rest, with constants that a calibration may free: work once
 *  per state, then about one matrix-vector product per input.
 *
 *  A model is a file and a line in model.c, as engines are. It sees the array, the cells'
 *  states and their conductances at read_volt, and one number for each of its constants;
 *  with its constants' initial values it is the model of its paper (or of README).
 *
 *      open -> prepare (a state) -> predict, predict, ... -> prepare -> ... -> close
 */
#ifndef XBAR_ANALYTICAL_MODEL_H
#define XBAR_ANALYTICAL_MODEL_H

#include <stddef.h>

#include "core/status.h"
#include "crossbar/crossbar.h"

enum { XBAR_MAX_CONSTANTS = 32 };

/** A constant of a model. */
typedef struct xbar_constant {
    const char *name;
    const char *unit; /* SI; "1" for a number */
    double initial;   /* uncalibrated */
    double min, max;  /* a calibration stays within, both excluded */
    const char *what; /* one line */
} xbar_constant;

typedef struct xbar_model xbar_model;

struct xbar_model {
    const char *name;
    const char *what;   /* one line */
    const char *source; /* paper, or what it is built on */
    const xbar_constant *constants;
    size_t n_constants;

    /** @param[out] self  close; NULL on failure
     *  @param      c     borrowed until close
     *  @return XBAR_OK; XBAR_ERR_INPUT (an array that the model does not cover: names
     *          what); XBAR_ERR_MEMORY */
    xbar_status (*open)(void **self, const xbar_crossbar *c, xbar_error *err);

    /** What is to be done once for a state, or for other constants.
     *  @param state        the cells' states, [n_rows][n_cols]
     *  @param conductance  S, the same cells' i/v at read_volt
     *  @param constants    [n_constants], inside their limits
     *  All borrowed until the next prepare or close.
     *  @return XBAR_OK; XBAR_ERR_INPUT (a state that the model does not cover);
     *          XBAR_ERR_CONVERGENCE; XBAR_ERR_MEMORY */
    xbar_status (*prepare)(void *self, const double *state, const double *conductance,
                           const double *constants, xbar_error *err);

    /** The currents out of the columns for n inputs.
     *  @param      in     [n]
     *  @param[out] i_out  A, [n][n_cols]
     *  @return XBAR_OK; XBAR_ERR_INPUT (terminals that stand or are open in a way the
     *          model does not cover); XBAR_ERR_MEMORY */
    xbar_status (*predict)(void *self, const xbar_stimulus *in, size_t n, double *i_out,
                           xbar_error *err);

    /** NULL is fine. */
    void (*close)(void *self);
};

/** The model of that name, or NULL. Static. */
const xbar_model *xbar_model_find(const char *name);

/** Model k, or NULL behind the last: for listing them. The first is the default. */
const xbar_model *xbar_model_at(size_t k);

#endif
