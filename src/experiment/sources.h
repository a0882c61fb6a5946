/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file
 *  What stands behind a plan's numbers: where conductances, faults and inputs come from,
 *  and which terminals take what. Private to the layer.
 *
 *  The readers below take a tree that xbar_keys_check let pass, and fill the plan in this
 *  order: array, faults, conductance, drive (which needs the cuts).
 */
#ifndef XBAR_EXPERIMENT_SOURCES_H
#define XBAR_EXPERIMENT_SOURCES_H

#include "crossbar/bias.h"
#include "crossbar/draw.h"
#include "experiment/csv.h"
#include "experiment/plan.h"
#include "experiment/tree.h"

/** Numbers that are drawn, or that stood in a file. */
typedef struct xbar_source {
    xbar_range range; /* draws are brought into it */
    xbar_draw draw;   /* if values is NULL */
    xbar_stream stream;
    double *values;       /* [n_samples or 1][per_sample] */
    size_t per_sample;    /* numbers of one sample */
    bool has_sample_axis; /* else the same for every sample */
} xbar_source;

/** Which terminals stand at what. */
typedef struct xbar_drive {
    xbar_scheme scheme;
    double *volt[XBAR_N_SIDES];      /* [lines of that side]; scheme read; NaN: open, or
                                        takes an input */
    bool *takes_input[XBAR_N_SIDES]; /* [lines of that side]; scheme read */
    struct xbar_selected {
        size_t row, col;
    } * selected; /* [n_inputs]; the other schemes */
    double selected_volt;
} xbar_drive;

struct xbar_plan_sources {
    xbar_source conductance, inputs;
    xbar_stuck stuck;
    struct xbar_stuck_cell *stuck_cells; /* what stuck.cells borrows */
    xbar_drive drive;
};

/** Sizes, wires, cells: makes p->crossbar, without terminals. */
xbar_status xbar_array_read(xbar_plan *p, const xbar_tree *t, xbar_error *err);

/** crossbar.faults: p->sources->stuck, and the cuts of p->crossbar. */
xbar_status xbar_faults_read(xbar_plan *p, const xbar_tree *t, xbar_error *err);

/** conductance: p->sources->conductance, p->n_samples, p->files. */
xbar_status xbar_conductance_read(xbar_plan *p, const xbar_tree *t, xbar_error *err);

/** crossbar.terminals, bias, inputs: p->sources->drive, p->sources->inputs, p->n_inputs,
 *  p->files, the terminals of p->crossbar. */
xbar_status xbar_drive_read(xbar_plan *p, const xbar_tree *t, xbar_error *err);
void xbar_drive_clear(xbar_drive *d);

/** inputs: p->sources->inputs, p->n_inputs, p->files. */
xbar_status xbar_inputs_read(xbar_plan *p, const xbar_tree *t, xbar_error *err);

/** Numbers first ... first+count-1 of a sample. @param[out] values  [count] */
void xbar_source_values(const xbar_source *s, double *values, uint64_t seed,
                        size_t sample, size_t first, size_t count);

#endif
