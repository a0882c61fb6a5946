/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file
 *  Calibrated models: constants fitted on a few states of an array, errors on states and
 *  inputs that the fit has not seen.
 */
#ifndef XBAR_BENCH_HELD_OUT_H
#define XBAR_BENCH_HELD_OUT_H

#include "cases.h"

enum { HELD_MODELS = 5, HELD_DRIVES = 3 };

typedef struct held_case {
    const char *name;
    size_t n_rows, n_cols;
    double row_ohm, col_ohm, left_ohm, bottom_ohm;
    bench_cells cells;
    const char *device; /* of models/ */
    const char *access; /* NULL: none; else all gates at GATE_VOLT */
    double volt;        /* inputs are uniform from 0 to this */
    const char *truth;  /* the engine that is asked */
} held_case;

extern const held_case held_cases[];
extern const size_t held_n_cases;

/** The models, the default first. */
extern const char *const held_models[HELD_MODELS];

/** "every row", "one row in ten", "one row". */
extern const char *const held_drives[HELD_DRIVES];

/** 1, over columns, inputs and states; NaN where the model has no answer. */
typedef struct held_errors {
    double mean, worst;
} held_errors;

typedef struct held_result {
    double drop[HELD_DRIVES];                    /* 1: share of the ideal currents' sum that is lost */
    held_errors as_is[HELD_DRIVES][HELD_MODELS]; /* initial constants */
    held_errors calibrated[HELD_DRIVES][HELD_MODELS];
} held_result;

/** @return XBAR_OK; XBAR_ERR_MEMORY; what a model, a fit or the engine says */
xbar_status held_measure(held_result *out, const held_case *q, xbar_error *err);

/** The tables, Markdown, to stdout. @param q, r  [n] */
void held_print(const held_case *const *q, const held_result *r, size_t n);

#endif
