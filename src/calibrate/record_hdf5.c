/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The numbers behind a calibration as tables of variables. */
#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "calibrate/record.h"
#include "core/memory.h"
#include "core/number.h"
#include "core/version.h"
#include "store/calibration.h"

/* The dimensions, in this order; those of size 0 are left out at the end. */
enum { PARAM, OTHER, BOUND, ROLE, DATUM, RUN, FEATURE, N_DIMENSIONS };
enum { MAX_VARIABLES = 40 };

/* Tables under construction; columns made here belong to it. */
typedef struct sheet {
    const xbar_record *r;
    xbar_calibration_variable variables[MAX_VARIABLES];
    size_t n;
    double *owned[MAX_VARIABLES];
    size_t n_owned;
    const char *names[XBAR_MAX_FREE], *units[XBAR_MAX_FREE];
} sheet;

static void sheet_clear(sheet *s)
{
    for (size_t k = 0; k < s->n_owned; k++)
        free(s->owned[k]);
}

static void add(sheet *s, const char *name, const char *units, const char *long_name,
                const double *values, size_t n_axes, size_t first, size_t second)
{
    s->variables[s->n++] = (xbar_calibration_variable){
        .name = name,
        .units = units,
        .long_name = long_name,
        .n_axes = n_axes,
        .axes = {first, second},
        .values = values,
    };
}

/* A column to be filled. */
static xbar_status column(double **values, sheet *s, size_t n, xbar_error *err)
{
    XBAR_TRY(xbar_doubles_new(values, n, "columns", err));
    s->owned[s->n_owned++] = *values;
    return XBAR_OK;
}

static xbar_status add_parameters(sheet *s, xbar_error *err)
{
    const xbar_calibration *c = s->r->calibration;
    double *initial = NULL;
    double *correlation = NULL;
    XBAR_TRY(column(&initial, s, c->n_free, err));
    XBAR_TRY(column(&correlation, s, c->n_free * c->n_free, err));
    for (size_t k = 0; k < c->n_free; k++) {
        const xbar_subject_parameter *p = &s->r->subject->parameters[c->which[k]];
        s->names[k] = p->name;
        s->units[k] = p->unit;
        initial[k] = p->initial;
        for (size_t l = 0; l < c->n_free; l++)
            correlation[k * c->n_free + l] = xbar_fit_correlation(&c->fit, k, l);
    }
    add(s, "parameter", "1", "name of the parameter", NULL, 1, PARAM, 0);
    s->variables[s->n - 1].texts = s->names;
    add(s, "unit", "1", "unit of the parameter", NULL, 1, PARAM, 0);
    s->variables[s->n - 1].texts = s->units;
    add(s, "initial", "1", "where the fit began, each in its unit", initial, 1, PARAM,
        0);
    add(s, "estimate", "1", "estimate, each in its unit", c->fit.estimate, 1, PARAM, 0);
    add(s, "standard_error", "1",
        "standard error of the estimate; infinite: not identifiable",
        c->fit.standard_error, 1, PARAM, 0);
    add(s, "profile", "1",
        "90 % interval by profile likelihood; NaN where the Jacobian suffices",
        c->profile, 2, PARAM, BOUND);
    add(s, "covariance", "1", "covariance of the estimates", c->fit.covariance, 2,
        PARAM, OTHER);
    add(s, "correlation", "1", "correlation of the estimates", correlation, 2, PARAM,
        OTHER);
    return XBAR_OK;
}

static xbar_status add_roles(sheet *s, xbar_error *err)
{
    double *of[5];
    for (size_t k = 0; k < 5; k++)
        XBAR_TRY(column(&of[k], s, XBAR_N_ROLES, err));
    for (size_t k = 0; k < XBAR_N_ROLES; k++) {
        const xbar_errors *e = &s->r->calibration->errors[k];
        of[0][k] = (double)e->n_data;
        of[1][k] = e->n_data > 0 ? e->mean : (double)NAN;
        of[2][k] = e->n_data > 0 ? e->worst : (double)NAN;
        of[3][k] = e->n_data > 0 ? e->rms : (double)NAN;
        of[4][k] = e->n_data > 0 ? e->covered : (double)NAN;
    }
    add(s, "role_name", "1", "what the data were for", NULL, 1, ROLE, 0);
    s->variables[s->n - 1].texts = xbar_role_name;
    add(s, "role_outputs", "1", "number of data", of[0], 1, ROLE, 0);
    add(s, "error_mean", "1", "mean relative error", of[1], 1, ROLE, 0);
    add(s, "error_worst", "1", "worst relative error", of[2], 1, ROLE, 0);
    add(s, "error_rms", "1", "rms error over the run's largest current", of[3], 1, ROLE,
        0);
    add(s, "covered", "1", "share of the data within the 90 % interval", of[4], 1, ROLE,
        0);
    return XBAR_OK;
}

static xbar_status add_data(sheet *s, xbar_error *err)
{
    const xbar_subject *u = s->r->subject;
    const xbar_calibration *c = s->r->calibration;
    const char *unit = u->data_unit ? u->data_unit : "A";
    double *role = NULL;
    double *residual = NULL;
    double *measured = NULL;
    XBAR_TRY(column(&role, s, u->n_data, err));
    XBAR_TRY(column(&residual, s, u->n_data, err));
    XBAR_TRY(column(&measured, s, u->n_data, err));
    for (size_t n = 0; n < u->n_data; n++) {
        bool is_there = isfinite(u->noise[n]);
        role[n] = (double)c->role[u->unit[n]];
        measured[n] = is_there ? u->measured[n] : (double)NAN;
        residual[n] = is_there ? c->predicted[n] - u->measured[n] : (double)NAN;
    }
    add(s, "measured", unit, "what was measured, or the reference has", measured, 1,
        DATUM, 0);
    add(s, "predicted", unit, "the same by the calibrated model", c->predicted, 1,
        DATUM, 0);
    add(s, "deviation", unit, "standard deviation of the prediction", c->deviation, 1,
        DATUM, 0);
    add(s, "residual", unit, "predicted less measured", residual, 1, DATUM, 0);
    add(s, "role", "1", "0 fit, 1 discrepancy, 2 held out", role, 1, DATUM, 0);
    return XBAR_OK;
}

static xbar_status add_runs(sheet *s, xbar_error *err)
{
    const xbar_runs *r = s->r->runs;
    double *run = NULL;
    double *col = NULL;
    double *features = NULL;
    double *file = NULL;
    double *sample = NULL;
    double *input = NULL;
    double *row_ohm = NULL;
    double *col_ohm = NULL;
    double min[XBAR_N_FEATURES];
    double max[XBAR_N_FEATURES];
    XBAR_TRY(column(&run, s, r->n_data, err));
    XBAR_TRY(column(&col, s, r->n_data, err));
    XBAR_TRY(column(&features, s, r->n_runs * XBAR_N_FEATURES, err));
    XBAR_TRY(column(&file, s, r->n_runs, err));
    XBAR_TRY(column(&sample, s, r->n_runs, err));
    XBAR_TRY(column(&input, s, r->n_runs, err));
    XBAR_TRY(column(&row_ohm, s, r->n_runs, err));
    XBAR_TRY(column(&col_ohm, s, r->n_runs, err));
    for (size_t k = 0; k < r->n_runs; k++) {
        file[k] = (double)r->states[r->state_of[k]].file;
        sample[k] = (double)r->states[r->state_of[k]].sample;
        input[k] = (double)r->input_of[k];
        row_ohm[k] = r->states[r->state_of[k]].crossbar->row_ohm;
        col_ohm[k] = r->states[r->state_of[k]].crossbar->col_ohm;
        for (size_t n = r->first_datum[k]; n < r->first_datum[k + 1]; n++) {
            run[n] = (double)k;
            col[n] = (double)(n - r->first_datum[k]);
        }
    }
    xbar_record_region(features, min, max, r);
    add(s, "run", "1", "which run the datum belongs to", run, 1, DATUM, 0);
    add(s, "col", "1", "column of the array", col, 1, DATUM, 0);
    add(s, "run_file", "1", "file of the run, counted from 0", file, 1, RUN, 0);
    add(s, "run_sample", "1", "sample of the run in its file", sample, 1, RUN, 0);
    add(s, "run_input", "1", "input of the run in its file", input, 1, RUN, 0);
    add(s, "run_row_ohm", "ohm", "resistance of a row's segment", row_ohm, 1, RUN, 0);
    add(s, "run_col_ohm", "ohm", "resistance of a column's segment", col_ohm, 1, RUN,
        0);
    add(s, "wall_time", "s", "time that the reference took", r->wall_time_s, 1, RUN, 0);
    add(s, "features", "1", "what a run is like, each in its unit", features, 2, RUN,
        FEATURE);
    add(s, "feature_name", "1", "name of the feature", NULL, 1, FEATURE, 0);
    s->variables[s->n - 1].texts = xbar_feature_name;
    return XBAR_OK;
}

static xbar_status add_tables(sheet *s, xbar_error *err)
{
    double *time = NULL;
    double *volt = NULL;
    XBAR_TRY(column(&time, s, s->r->subject->n_data, err));
    XBAR_TRY(column(&volt, s, s->r->subject->n_data, err));
    for (size_t k = 0, first = 0; k < s->r->n_tables; first += s->r->tables[k++].n)
        for (size_t n = 0; n < s->r->tables[k].n; n++) {
            time[first + n] = s->r->tables[k].t[n];
            volt[first + n] = s->r->tables[k].v[n];
        }
    add(s, "measured_at", "s", "time of the datum", time, 1, DATUM, 0);
    add(s, "volt", "V", "voltage of the source", volt, 1, DATUM, 0);
    return XBAR_OK;
}

/* As sha256sum prints it. */
static xbar_status data_hashes(char **text, const xbar_record *r, xbar_error *err)
{
    size_t size = 0;
    FILE *out = open_memstream(text, &size);
    if (!out)
        return xbar_fail(err, XBAR_ERR_MEMORY, "no memory for the provenance");
    for (size_t k = 0; r->runs && k < r->runs->n_files; k++)
        fprintf(out, "%s  %s\n", r->runs->files[k].sha256,
                r->runs->files[k].path ? r->runs->files[k].path : "");
    for (size_t k = 0; k < r->n_tables; k++)
        fprintf(out, "%s  %s\n", r->tables[k].sha256, r->tables[k].path);
    return fclose(out) == 0
               ? XBAR_OK
               : xbar_fail(err, XBAR_ERR_MEMORY, "no memory for the provenance");
}

static xbar_status write_sheet(const char *path, sheet *s, xbar_error *err)
{
    const xbar_record *r = s->r;
    const xbar_calibration *c = r->calibration;
    const xbar_calibration_dimension dimensions[N_DIMENSIONS] = {
        [PARAM] = {"param", c->n_free > 0 ? c->n_free : 1},
        [OTHER] = {"param_other", c->n_free > 0 ? c->n_free : 1},
        [BOUND] = {"bound", 2},
        [ROLE] = {"role_of_data", XBAR_N_ROLES},
        [DATUM] = {"datum", r->subject->n_data},
        [RUN] = {"run_of_data", r->runs ? r->runs->n_runs : 1},
        [FEATURE] = {"feature", XBAR_N_FEATURES},
    };
    char *hashes = NULL;
    char discrepancy[2][XBAR_NUMBER_SIZE];
    char both[2 * XBAR_NUMBER_SIZE + 2];
    XBAR_TRY(data_hashes(&hashes, r, err));
    snprintf(both, sizeof both, "%s %s",
             xbar_number_format(discrepancy[0], c->discrepancy[0]),
             xbar_number_format(discrepancy[1], c->discrepancy[1]));
    const struct xbar_calibration_note notes[] = {
        {"family", "what was calibrated", r->subject->family},
        {"model", "the model", r->subject->model},
        {"method", "of the fit", c->fit.method ? c->fit.method : "nothing was free"},
        {"converged", "did the fit end at a minimum",
         c->n_free == 0 || c->fit.converged ? "yes" : "no"},
        {"discrepancy", "the model's own error: of the largest output, of the output",
         both},
        {"data_sha256", "SHA-256 of the data files", hashes},
        {"command_line", "command that made this file", r->command_line},
        {"version", "release of xbar", xbar_version},
        {"commit", "commit that xbar was built from", xbar_commit},
    };
    char name[64];
    snprintf(name, sizeof name, "%s", r->subject->model);
    const xbar_calibration_file f = {
        .name = name,
        .dimensions = dimensions,
        .n_dimensions = N_DIMENSIONS,
        .variables = s->variables,
        .n_variables = s->n,
        .notes = notes,
        .n_notes = sizeof notes / sizeof *notes,
    };
    xbar_status status = xbar_calibration_write(path, &f, err);
    free(hashes);
    return status;
}

xbar_status xbar_record_hdf5(const char *path, const xbar_record *r, xbar_error *err)
{
    sheet s = {.r = r};
    xbar_status status = XBAR_OK;
    if (r->calibration->n_free > 0)
        status = add_parameters(&s, err);
    if (status == XBAR_OK)
        status = add_roles(&s, err);
    if (status == XBAR_OK)
        status = add_data(&s, err);
    if (status == XBAR_OK && r->runs)
        status = add_runs(&s, err);
    if (status == XBAR_OK && r->n_tables > 0)
        status = add_tables(&s, err);
    if (status == XBAR_OK)
        status = write_sheet(path, &s, err);
    sheet_clear(&s);
    return status;
}
