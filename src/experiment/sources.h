/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file
 *  What stands behind a plan's numbers: where conductances, faults and inputs come from,
 *  and which terminals take what. Private to the layer.
 *
 *  The readers below take a tree that xbar_keys_check let pass, and fill the plan in this
 *  order: array, faults, analysis, conductance, drive (which needs the cuts).
 */
#ifndef XBAR_EXPERIMENT_SOURCES_H
#define XBAR_EXPERIMENT_SOURCES_H

#include "crossbar/bias.h"
#include "crossbar/draw.h"
#include "crossbar/waveform.h"
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

/** Limits of time and of what runs in it. */
#define XBAR_MIN_SECOND 1e-18
#define XBAR_MAX_SECOND 1e10
enum { XBAR_MAX_MOMENTS = 1000000, XBAR_MAX_KNOTS = 1000000, XBAR_MAX_PULSES = 250000 };

/** Which terminals stand at what. */
typedef struct xbar_drive {
    xbar_scheme scheme;
    double *volt[XBAR_N_SIDES];      /* [lines of that side]; scheme read; NaN: open, or
                                        takes an input; at t = 0 for a waveform */
    bool *takes_input[XBAR_N_SIDES]; /* [lines of that side]; scheme read */
    uint32_t
        *wave[XBAR_N_SIDES]; /* [lines of that side]: 1 + which of the waves; 0: none.
                                     NULL: none on that side */
    xbar_waveform *waves;    /* [n_waves] */
    size_t n_waves;
    bool has_envelope;
    xbar_waveform envelope; /* of inputs, and of a scheme's voltages */
    struct xbar_selected {
        size_t row, col;
    } * selected; /* [n_inputs]; the other schemes */
    double selected_volt;
    double *gate;     /* V, [n_rows]; NULL: the cells have none */
    double rest_gate; /* V, of rows that are not selected; the other schemes */
} xbar_drive;

struct xbar_plan_sources {
    xbar_source conductance, inputs;
    bool is_initial; /* no conductance is given: the devices' initial state */
    xbar_stuck stuck;
    struct xbar_stuck_cell *stuck_cells; /* what stuck.cells borrows */
    xbar_drive drive;
};

/** Sizes, wires, cells: makes p->crossbar, without terminals. */
xbar_status xbar_array_read(xbar_plan *p, const xbar_tree *t, xbar_error *err);

/** analysis: p->record, p->n_times, p->times_s, p->tolerance, p->max_step_s and the
 *  drive's envelope. Needs the engines, what is to be recorded, and the cells. */
xbar_status xbar_analysis_read(xbar_plan *p, const xbar_tree *t, xbar_error *err);

/** analysis program and logic: p->write, p->logic, p->n_inputs. */
xbar_status xbar_steer_read(xbar_plan *p, const xbar_tree *t, xbar_error *err);
/** What needs the terminals. */
xbar_status xbar_steer_finish(xbar_plan *p, const xbar_tree *t, xbar_error *err);
void xbar_steer_clear(xbar_plan *p);

/** analysis retention: p->retention. Needs the moments. */
xbar_status xbar_retention_read(xbar_plan *p, const xbar_tree *t, xbar_error *err);

/** analysis.target: p->write->targets. Needs the samples. */
xbar_status xbar_targets_read(xbar_plan *p, const xbar_tree *t, xbar_error *err);

/** analytical: p->analytical, p->files. */
xbar_status xbar_analytical_read(xbar_plan *p, const xbar_tree *t, xbar_error *err);

/** A waveform; p->files where it is one.
 *  @param[out] w     xbar_waveform_clear
 *  @param      map   that xbar_keys_check let pass
 *  @param      path  where it stands */
xbar_status xbar_wave_read(xbar_waveform *w, xbar_plan *p, const xbar_tree *t,
                           const xbar_value *map, const char *path, xbar_error *err);

/** When it stands still for good, s. */
double xbar_wave_end(const xbar_waveform *w);

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

/** A data file's path: relative ones start at the experiment's folder.
 *  @param[out] out  yours */
xbar_status xbar_plan_resolve(char **out, const xbar_plan *p, const char *file,
                              xbar_error *err);

/** A device's parameter set in a file of its own (set_file.c); notes the file.
 *  @param[in,out] values  [device->n_parameters]: those that the file has are replaced
 *  @param         file    the node with its name, at `path` */
xbar_status xbar_set_read(double *values, xbar_plan *p, const xbar_tree *t,
                          const xbar_value *file, const char *path,
                          const xbar_device *device, xbar_error *err);

/** Notes a data file that the numbers depend on. */
xbar_status xbar_plan_note(xbar_plan *p, const char *file, const char sha256[65],
                           xbar_error *err);

/** Reads the table in a text file that the experiment names, and notes it.
 *  @param[out] values, n_lines  as xbar_csv_parse
 *  @param      file             the node with its name, at `path` */
xbar_status xbar_plan_table(double **values, size_t *n_lines,
                            const xbar_csv_shape *shape, xbar_plan *p,
                            const xbar_tree *t, const xbar_value *file,
                            const char *path, xbar_error *err);

/** Numbers first ... first+count-1 of a sample. @param[out] values  [count] */
void xbar_source_values(const xbar_source *s, double *values, uint64_t seed,
                        size_t sample, size_t first, size_t count);

#endif
