/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file
 *  What can be calibrated, behind one interface: something with parameters that predicts
 *  data.
 *
 *      closed form   a model of src/analytical with its constants, on result files
 *      array         the exact solver with wires, terminals, contacts and the device's
 *                    parameters, on result files
 *      device        a model of models/ driven by a measured voltage, on laboratory files
 *
 *  A family's file makes a subject; whoever fits it (calibrate.h) does not know which.
 */
#ifndef XBAR_CALIBRATE_FAMILY_H
#define XBAR_CALIBRATE_FAMILY_H

#include <stdbool.h>
#include <stddef.h>

#include "analytical/fitted.h"
#include "calibrate/runs.h"
#include "calibrate/table.h"
#include "core/status.h"
#include "device/device.h"

enum { XBAR_MAX_SUBJECT_PARAMETERS = 64 };

/** One number of a subject that may be free. */
typedef struct xbar_subject_parameter {
    char name[32];
    const char *unit; /* SI */
    double initial;
    double min, max; /* excluded, as in fit.h */
    double from, to; /* where several starts look */
    bool is_log;
    bool is_usual; /* free when nobody says which */
} xbar_subject_parameter;

typedef struct xbar_subject xbar_subject;

struct xbar_subject {
    const char *family;
    const char *model;
    void *self;

    size_t n_parameters;
    xbar_subject_parameter parameters[XBAR_MAX_SUBJECT_PARAMETERS];

    /* data; what is held out is held out by units */
    size_t n_data, n_units;
    const char *data_unit; /* NULL: A; of all that follows */
    double *measured;      /* [n_data], A */
    double *noise; /* [n_data], A: deviations, up to one common factor; INFINITY: this
                         datum says nothing */
    double *scale; /* [n_data], A: the largest measured of its run */
    size_t *unit;  /* [n_data] */
    double *swell; /* [n_data][XBAR_N_SWELL]: what errors grow with (fitted.h); NULL:
                      nothing is known */

    /** @param[out] y         A, [n_data]; NaN for units that are not wanted, and where the
     *                        model has no answer
     *  @param[out] jacobian  [n_data][n_parameters]; NULL: not wanted. Columns of
     *                        parameters that are not free may hold anything
     *  @param      p         [n_parameters], inside their limits
     *  @param      is_free   [n_parameters]
     *  @param      is_wanted [n_units]
     *  @return XBAR_OK; XBAR_ERR_INPUT (not this model on such data: says why);
     *          XBAR_ERR_MEMORY */
    xbar_status (*predict)(const xbar_subject *s, double *y, double *jacobian,
                           const double *p, const bool *is_free, const bool *is_wanted,
                           xbar_error *err);
    bool has_jacobian;
    double rounding;                /* of y where it has none (fit.h) */
    void (*close)(xbar_subject *s); /* frees self */
};

/** Frees what a subject holds; the data's runs and tables stay whose they are. */
void xbar_subject_clear(xbar_subject *s);

/** Room for data. */
xbar_status xbar_subject_data(xbar_subject *s, size_t n_data, xbar_error *err);

/** The next of its parameters, all zero but for the name and wide limits. */
xbar_subject_parameter *xbar_subject_add(xbar_subject *s, const char *name,
                                         const char *unit, double initial);

/** The parameter of that name, or n_parameters. */
size_t xbar_subject_find(const xbar_subject *s, const char *name);

/** Of a current, and a tenth of it of the largest beside it: what a fit weighs errors by.
 *  Only the ratio counts, as the size of errors is found from the residuals. */
#define XBAR_NOISE_SHARE 0.01

/** measured, noise, scale and units of runs: the noise of a current is a share of it, and
 *  a tenth of that share of its run's largest. A unit is a state where there are at least
 *  eight, else a run. */
xbar_status xbar_subject_runs(xbar_subject *s, const xbar_runs *r, xbar_error *err);

/** The same again, when the runs' currents have changed. */
void xbar_subject_weigh(xbar_subject *s, const xbar_runs *r);

/** A model of analytical/model.h on runs.
 *  @param r  borrowed until the subject is cleared
 *  @return XBAR_OK; XBAR_ERR_INPUT (no such model; an array it does not cover) */
xbar_status xbar_family_closed_form(xbar_subject *s, const char *model,
                                    const xbar_runs *r, xbar_error *err);

/** Is there such a model? @return XBAR_OK; XBAR_ERR_INPUT (names all) */
xbar_status xbar_family_closed_form_check(const char *model, xbar_error *err);

/** The exact solver on runs. Free may be row_ohm, col_ohm, left_ohm ... bottom_ohm (one
 *  value for all terminals of a side), contact_ohm (in series with each ohmic cell), and
 *  the device's parameters. Conductances at read_volt are what is known of the cells: their
 *  states follow the parameters.
 *  @param r  borrowed until the subject is cleared; its arrays are changed and restored by
 *            every prediction */
xbar_status xbar_family_array(xbar_subject *s, const xbar_runs *r, xbar_error *err);

/** How a device was measured. */
typedef struct xbar_bench_settings {
    double series_ohm;  /* between the source and the device, 0: none */
    double compliance;  /* A, the source's limit; INFINITY: none */
    bool is_relative;   /* errors count relative to the current, down to 1e-4 of the
                           largest; else to the largest alone */
    const char *set;    /* parameters to begin with; NULL: they are looked for */
    double max_seconds; /* that the looking may take; 0: no limit */
} xbar_bench_settings;

/** A model of models/ on tables of measurements, each of which begins at the device's
 *  initial states. Free may be its parameters, series_ohm, and of a device that does not
 *  move the state. Without a set to begin with, every set of the device is tried in both
 *  polarities, with its currents, voltages and times stretched to the data's.
 *  @param t  [n], borrowed until the subject is cleared
 *  @return XBAR_OK; XBAR_ERR_INPUT (no such model or set; not a cell; nothing measured) */
xbar_status xbar_family_device(xbar_subject *s, const char *model, const xbar_table *t,
                               size_t n, const xbar_bench_settings *settings,
                               xbar_error *err);

/** Is there a parameter of that name in such a device's subject? @param name  [length] */
bool xbar_family_device_has(const xbar_device *d, const char *name, size_t length);

/** The device's parameters at the subject's values, in the order of its table.
 *  @param[out] p  [device->n_parameters] */
const xbar_device *xbar_family_device_parameters(double *p, const xbar_subject *s,
                                                 const double *values);

#endif
