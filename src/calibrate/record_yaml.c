/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "calibrate/record.h"
#include "core/memory.h"
#include "core/number.h"
#include "core/version.h"

void xbar_record_region(double *features, double min[XBAR_N_FEATURES],
                        double max[XBAR_N_FEATURES], const xbar_runs *r)
{
    for (size_t k = 0; k < XBAR_N_FEATURES; k++) {
        min[k] = (double)INFINITY;
        max[k] = -(double)INFINITY;
    }
    for (size_t n = 0; n < r->n_runs; n++) {
        const xbar_runs_state *s = &r->states[r->state_of[n]];
        double f[XBAR_N_FEATURES];
        xbar_features(f, s->crossbar, s->conductance, &r->stimuli[n]);
        for (size_t k = 0; k < XBAR_N_FEATURES; k++) {
            min[k] = fmin(min[k], f[k]);
            max[k] = fmax(max[k], f[k]);
            if (features)
                features[n * XBAR_N_FEATURES + k] = f[k];
        }
    }
}

/* Runs are samples of what is meant: the next of the same kind lies a little beyond their
 * box as often as not. A tenth of its width on either side, but no other sizes. */
static void widen(double min[XBAR_N_FEATURES], double max[XBAR_N_FEATURES])
{
    for (size_t k = 0; k < XBAR_N_FEATURES; k++) {
        if (k == XBAR_FEATURE_ROWS || k == XBAR_FEATURE_COLS)
            continue;
        const double room = 0.1 * (max[k] - min[k]);
        min[k] = min[k] >= 0.0 ? fmax(0.0, min[k] - room) : min[k] - room;
        max[k] += room;
    }
}

/* At which of its limits a free parameter ended; NULL: at none. */
static const char *limit_of(const xbar_calibration *c, size_t parameter)
{
    for (size_t k = 0; k < c->n_free; k++)
        if (c->which[k] == parameter && c->end[k] != 0)
            return c->end[k] < 0 ? "lower" : "upper";
    return NULL;
}

/* ---- pieces --------------------------------------------------------------------------- */

/* YAML 1.1 takes .inf, and 1.0e-14 for a number, but 1e-14 for a word. */
static const char *shown(char text[XBAR_NUMBER_SIZE], double value)
{
    if (isnan(value))
        return "null";
    if (isinf(value))
        return value > 0.0 ? ".inf" : "-.inf";
    xbar_number_format(text, value);
    char *exponent = strchr(text, 'e');
    if (exponent && !strchr(text, '.')) {
        memmove(exponent + 2, exponent, strlen(exponent) + 1);
        exponent[0] = '.';
        exponent[1] = '0';
    }
    return text;
}

/* Between quotes, as a file's name may hold anything. */
static void quoted(FILE *out, const char *text)
{
    fputc('"', out);
    for (const unsigned char *at = (const unsigned char *)text; *at != '\0'; at++) {
        if (*at == '"' || *at == '\\')
            fprintf(out, "\\%c", *at);
        else if (*at < 32 || *at == 127)
            fprintf(out, "\\x%02x", *at);
        else
            fputc(*at, out);
    }
    fputc('"', out);
}

static void write_estimates(FILE *out, const xbar_record *r, bool only_free,
                            const char *title)
{
    const xbar_subject *s = r->subject;
    const xbar_calibration *c = r->calibration;
    char value[XBAR_NUMBER_SIZE];
    char error[XBAR_NUMBER_SIZE];
    fprintf(out, "%s:%s\n", title, s->n_parameters == 0 ? " {}" : "");
    for (size_t k = 0; k < s->n_parameters; k++) {
        if (only_free && !c->is_free[k] && !c->is_held[k])
            continue;
        fprintf(out, "  %s: {value: %s", s->parameters[k].name,
                shown(value, c->value[k]));
        if (c->is_free[k] || c->is_held[k])
            fprintf(out, ", standard_error: %s", shown(error, c->standard_error[k]));
        fprintf(out, ", unit: \"%s\"}\n", s->parameters[k].unit);
    }
}

static void write_covariance(FILE *out, const xbar_record *r)
{
    const xbar_subject *s = r->subject;
    const xbar_calibration *c = r->calibration;
    char text[XBAR_NUMBER_SIZE];
    if (c->n_free == 0)
        return;
    fputs("covariance:\n  names: [", out);
    for (size_t k = 0; k < c->n_free; k++)
        fprintf(out, "%s%s", k > 0 ? ", " : "", s->parameters[c->which[k]].name);
    fputs("]\n  values:\n", out);
    for (size_t k = 0; k < c->n_free; k++) {
        fputs("    - [", out);
        for (size_t l = 0; l < c->n_free; l++)
            fprintf(out, "%s%s", l > 0 ? ", " : "",
                    shown(text, c->fit.covariance[k * c->n_free + l]));
        fputs("]\n", out);
    }
}

static void write_region(FILE *out, const xbar_runs *runs)
{
    double min[XBAR_N_FEATURES];
    double max[XBAR_N_FEATURES];
    char low[XBAR_NUMBER_SIZE];
    char high[XBAR_NUMBER_SIZE];
    xbar_record_region(NULL, min, max, runs);
    widen(min, max);
    fputs("region: # the box around the runs, a tenth wider\n", out);
    for (size_t k = 0; k < XBAR_N_FEATURES; k++)
        fprintf(out, "  %s: [%s, %s]\n", xbar_feature_name[k], shown(low, min[k]),
                shown(high, max[k]));
}

static void write_data(FILE *out, const xbar_record *r)
{
    fputs("  data:\n", out);
    for (size_t k = 0; r->runs && k < r->runs->n_files; k++) {
        fputs("    - {file: ", out);
        quoted(out, r->runs->files[k].path);
        fprintf(out, ", engine: %s, sha256: %s}\n", r->runs->files[k].engine,
                r->runs->files[k].sha256);
    }
    for (size_t k = 0; k < r->n_tables; k++) {
        fputs("    - {file: ", out);
        quoted(out, r->tables[k].path);
        fprintf(out, ", sha256: %s, numbers: %zu, missing: %zu}\n", r->tables[k].sha256,
                r->tables[k].n, r->tables[k].n_missing);
    }
}

/* What ended at a limit has no error bar, and what it has is no estimate. */
static void write_limits(FILE *out, const xbar_record *r)
{
    const char *before = "  at_limit: {";
    for (size_t k = 0; k < r->subject->n_parameters; k++) {
        const char *limit = limit_of(r->calibration, k);
        if (!limit)
            continue;
        fprintf(out, "%s%s: %s", before, r->subject->parameters[k].name, limit);
        before = ", ";
    }
    if (before[0] == ',')
        fputs("}\n", out);
}

static void write_report(FILE *out, const xbar_record *r)
{
    const xbar_calibration *c = r->calibration;
    char a[XBAR_NUMBER_SIZE];
    char b[XBAR_NUMBER_SIZE];
    char d[XBAR_NUMBER_SIZE];
    char e[XBAR_NUMBER_SIZE];
    fputs("report:\n", out);
    fprintf(out, "  family: %s\n  model: %s\n  xbar: %s (%s)\n", r->subject->family,
            r->subject->model, xbar_version, xbar_commit);
    fprintf(out, "  loss: %s\n  starts: %zu\n  seed: %llu\n",
            xbar_loss_name[r->options->fit.loss], r->options->fit.n_starts,
            (unsigned long long)r->options->seed);
    fprintf(out, "  converged: %s\n",
            c->n_free == 0 || c->fit.converged ? "true" : "false");
    write_limits(out, r);
    fputs("  errors: # relative, of an output; covered: by the 90 % interval\n", out);
    for (int k = 0; k < XBAR_N_ROLES; k++) {
        const xbar_errors *errors = &c->errors[k];
        if (errors->n_data == 0)
            continue;
        fprintf(
            out,
            "    - {of: %s, units: %zu, outputs: %zu, mean: %s, worst: %s, rms: %s, "
            "covered: %s}\n",
            xbar_role_name[k], errors->n_units, errors->n_data, shown(a, errors->mean),
            shown(b, errors->worst), shown(d, errors->rms), shown(e, errors->covered));
    }
    write_data(out, r);
}

/* ---- the three forms ------------------------------------------------------------------ */

static void write_discrepancy(FILE *out, const xbar_calibration *c)
{
    char a[XBAR_NUMBER_SIZE];
    char b[XBAR_NUMBER_SIZE];
    fprintf(out, "discrepancy: {of_largest: %s, of_output: %s}\n",
            shown(a, c->discrepancy[0]), shown(b, c->discrepancy[1]));
}

static void write_swell(FILE *out, const xbar_calibration *c)
{
    const xbar_swell *s = &c->swell;
    char text[4][XBAR_NUMBER_SIZE];
    if (!c->is_split)
        return;
    fputs("swell: # what the discrepancy grows with, as powers\n", out);
    for (size_t k = 0; k < XBAR_N_SWELL; k++)
        fprintf(out, "  %s: {power: %s, at: %s, from: %s, to: %s}\n",
                xbar_swell_name[k], shown(text[0], s->power[k]),
                shown(text[1], s->at[k]), shown(text[2], s->from[k]),
                shown(text[3], s->to[k]));
}

static void write_closed_form(FILE *out, const xbar_record *r)
{
    fputs("# A calibrated model: analytical: {file: THIS} in an experiment uses it.\n",
          out);
    fprintf(out, "model: %s\n", r->subject->model);
    write_estimates(out, r, false, "constants");
    write_covariance(out, r);
    write_discrepancy(out, r->calibration);
    write_swell(out, r->calibration);
    write_region(out, r->runs);
}

static void write_array(FILE *out, const xbar_record *r)
{
    fputs("# What an array is made of, as its currents tell.\n", out);
    write_estimates(out, r, true, "estimates");
    write_covariance(out, r);
    write_discrepancy(out, r->calibration);
}

static void write_device(FILE *out, const xbar_record *r)
{
    double p[XBAR_MAX_PARAMETERS];
    char text[XBAR_NUMBER_SIZE];
    char error[XBAR_NUMBER_SIZE];
    const xbar_calibration *c = r->calibration;
    const xbar_device *d =
        xbar_family_device_parameters(p, r->subject, r->calibration->value);
    fprintf(out,
            "# A parameter set: cell: {device: %s, parameters: {file: THIS}} in an "
            "experiment uses it.\n"
            "about: \"Fit by xbar calibrate\"\nparameters:\n",
            d->name);
    for (size_t k = 0; k < d->n_parameters; k++) {
        size_t at = xbar_subject_find(r->subject, d->parameters[k].name);
        fprintf(out, "  %s: {value: %s, unit: \"%s\", source: \"",
                d->parameters[k].name, shown(text, p[k]), d->parameters[k].unit);
        if (at < r->subject->n_parameters && c->is_held[at])
            fputs("held: the data do not tell it\"}\n", out);
        else if (limit_of(c, at))
            fprintf(out, "fit, at its %s limit\"}\n", limit_of(c, at));
        else if (at < r->subject->n_parameters && c->is_free[at])
            fprintf(out, "fit, standard error %s\"}\n",
                    shown(error, c->standard_error[at]));
        else
            fputs("held\"}\n", out);
    }
}

static xbar_status finish(FILE *out, const char *temporary, const char *path,
                          xbar_error *err)
{
    int number = ferror(out) || fflush(out) != 0 || fsync(fileno(out)) != 0 ? errno : 0;
    if (fclose(out) != 0 && number == 0)
        number = errno;
    if (number == 0 && rename(temporary, path) != 0)
        number = errno;
    if (number == 0)
        return XBAR_OK;
    unlink(temporary);
    return xbar_fail(err, XBAR_ERR_MACHINE, "%s: %s", path, strerror(number));
}

xbar_status xbar_record_yaml(const char *path, const xbar_record *r, xbar_error *err)
{
    static const char ending[] = ".tmp";
    void *memory = NULL;
    XBAR_TRY(xbar_array_new(&memory, strlen(path) + sizeof ending, 1, "name", err));
    char *temporary = memory;
    snprintf(temporary, strlen(path) + sizeof ending, "%s%s", path, ending);
    FILE *out = fopen(temporary, "w");
    xbar_status status = XBAR_OK;
    if (!out) {
        status = xbar_fail(err, XBAR_ERR_MACHINE, "%s: %s", path, strerror(errno));
    } else {
        if (strcmp(r->subject->family, "closed form") == 0)
            write_closed_form(out, r);
        else if (strcmp(r->subject->family, "array") == 0)
            write_array(out, r);
        else
            write_device(out, r);
        write_report(out, r);
        status = finish(out, temporary, path, err);
    }
    free(temporary);
    return status;
}
