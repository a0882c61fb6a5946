/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file
 *  What to simulate next: the run of SPICE that, for the time it takes, makes predictions
 *  more certain than any other.
 *
 *  A candidate's gain is by how much it is expected to lower the mean square of the errors
 *  of predictions over all candidates (gain.h), over its predicted seconds; no candidate
 *  is run for that. Picks are made one by one, each knowing those before.
 */
#ifndef XBAR_CALIBRATE_SUGGEST_H
#define XBAR_CALIBRATE_SUGGEST_H

#include "calibrate/calibrate.h"

/** Which rows an input drives. */
typedef enum xbar_input_kind {
    XBAR_INPUT_DENSE, /* all */
    XBAR_INPUT_TENTH, /* one in ten, at least one */
    XBAR_INPUT_ONE,   /* a single one */
    XBAR_N_INPUT_KINDS
} xbar_input_kind;

/** "every row", "one row in ten", "one row". */
extern const char *const xbar_input_kind_name[XBAR_N_INPUT_KINDS];

/** A run that could be made: one state, XBAR_CANDIDATE_INPUTS inputs. */
typedef struct xbar_candidate {
    size_t n; /* rows and columns */
    double row_ohm, col_ohm;
    double min_siemens, max_siemens; /* drawn log-uniform between; equal: all alike */
    double volt;                     /* inputs are uniform between 0 and this */
    xbar_input_kind inputs;
    double seconds; /* that SPICE will take, by the law below */
    double gain;    /* share of the mean square error that goes with this pick */
    double error;   /* relative, that is expected of predictions then, on average over
                       all candidates; the noise-like part of the model's own left out */
} xbar_candidate;

enum { XBAR_CANDIDATE_INPUTS = 4, XBAR_MAX_CANDIDATES = 96 };

/** seconds = factor x cells^exponent, for one input. */
typedef struct xbar_time_law {
    double factor, exponent;
    bool is_assumed; /* the exponent, as the runs have one size only */
} xbar_time_law;

xbar_time_law xbar_time_law_of(const xbar_runs *r);

/** The runs that could be made: sizes up to twice the largest, the spread of the cells and
 *  none, all kinds of inputs, and for closed forms other wires.
 *  @param[out] c  [XBAR_MAX_CANDIDATES]
 *  @return how many */
size_t xbar_candidates(xbar_candidate *c, const xbar_subject *s, const xbar_runs *r,
                       const xbar_time_law *law);

/** The runs of a candidate, with currents 0. Terminals and cells are those of the first
 *  file.
 *  @param[out] array  yours, and to outlive the runs: xbar_crossbar_free
 *  @param[out] out    yours: xbar_runs_free */
xbar_status xbar_candidate_runs(xbar_crossbar **array, xbar_runs **out,
                                const xbar_candidate *c, const xbar_runs *r,
                                uint64_t seed, xbar_error *err);

/** @param[out] picks  [n], best first; n rows 0: no further run is worth its time
 *  @param      c      a calibration of s on r
 *  @return XBAR_OK; XBAR_ERR_INPUT (nothing is free; a device); XBAR_ERR_MEMORY */
xbar_status xbar_suggest(xbar_candidate *picks, size_t n, const xbar_subject *s,
                         const xbar_calibration *c, const xbar_runs *r, uint64_t seed,
                         xbar_error *err);

#endif
