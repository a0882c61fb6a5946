/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "cli/calibrate_job.h"
#include "core/memory.h"

/* Starts of a fit when nobody says: a device's parameters are known by orders of magnitude,
 * an array's and a closed form's begin near the truth. */
enum { DEVICE_STARTS = 4 };

/* ---- arguments ------------------------------------------------------------------------ */

static bool is_laboratory_file(const char *path)
{
    static const char *const endings[] = {".csv", ".txt", ".dat"};
    const size_t length = strlen(path);
    for (size_t k = 0; k < sizeof endings / sizeof *endings; k++)
        if (length >= 4 && strcmp(path + length - 4, endings[k]) == 0)
            return true;
    return false;
}

static xbar_status read_loss(xbar_loss *loss, const char *name, xbar_error *err)
{
    *loss = XBAR_LOSS_SQUARES;
    if (!name)
        return XBAR_OK;
    for (int k = 0; k < XBAR_N_LOSSES; k++)
        if (strcmp(name, xbar_loss_name[k]) == 0) {
            *loss = (xbar_loss)k;
            return XBAR_OK;
        }
    return xbar_fail(err, XBAR_ERR_INPUT,
                     "--robust = %.60s: want squares, huber or cauchy", name);
}

/* Options that mean nothing with such data. */
static xbar_status check_options(const xbar_arguments *a, bool is_laboratory,
                                 xbar_error *err)
{
    const struct {
        const char *name;
        bool is_given, is_of_laboratory;
    } options[] = {
        {"--suggest", a->n_suggestions > 0, false},
        {"--reference", a->reference != NULL, false},
        {"--from", a->from != NULL, true},
        {"--series-ohm", a->series_ohm > 0.0, true},
        {"--compliance", a->compliance_a > 0.0, true},
        {"--step", a->step_s > 0.0, true},
        {"--relative", a->relative, true},
    };
    for (size_t k = 0; k < sizeof options / sizeof *options; k++)
        if (options[k].is_given && options[k].is_of_laboratory != is_laboratory)
            return xbar_fail(err, XBAR_ERR_INPUT, "%s: want %s", options[k].name,
                             is_laboratory ? "result files, not CSV"
                                           : "CSV, not result files");
    xbar_loss loss;
    return read_loss(&loss, a->robust, err);
}

static xbar_status read_data(xbar_job *j, xbar_error *err)
{
    const xbar_arguments *a = j->a;
    const bool is_laboratory = is_laboratory_file(a->operand);
    for (size_t k = 1; k < a->n_operands; k++)
        if (is_laboratory_file(a->operands[k]) != is_laboratory)
            return xbar_fail(err, XBAR_ERR_INPUT,
                             "%.200s and %.200s: want result files alone, or CSV alone",
                             a->operand, a->operands[k]);
    XBAR_TRY(check_options(a, is_laboratory, err));
    if (!is_laboratory)
        return xbar_runs_read(&j->runs, (const char *const *)a->operands, a->n_operands,
                              a->reference, err);
    void *memory = NULL;
    XBAR_TRY(xbar_array_new(&memory, a->n_operands, sizeof *j->tables, "tables", err));
    j->tables = memory;
    for (size_t k = 0; k < a->n_operands; k++) {
        XBAR_TRY(xbar_table_read(&j->tables[k], a->operands[k],
                                 a->step_s > 0.0 ? a->step_s : 1e-3, err));
        j->n_tables++;
    }
    return XBAR_OK;
}

/* Seconds for each part of a model's fit: the search for a start, the fit, the profiles. */
static double time_limit(const xbar_job *j)
{
    if (j->a->time_limit_s != XBAR_TIME_LIMIT_S)
        return j->a->time_limit_s;
    return j->n_tables == 0 ? XBAR_TIME_LIMIT_S : j->n_models > 1 ? 5.0 : 30.0;
}

/* ---- one model ------------------------------------------------------------------------ */

static xbar_status open_subject(xbar_subject *s, const xbar_job *j, const char *model,
                                xbar_error *err)
{
    const xbar_arguments *a = j->a;
    if (j->runs && strcmp(model, "array") == 0)
        return xbar_family_array(s, j->runs, err);
    if (j->runs)
        return xbar_family_closed_form(s, model, j->runs, err);
    const xbar_bench_settings settings = {
        .series_ohm = a->series_ohm,
        .compliance = a->compliance_a > 0.0 ? a->compliance_a : (double)INFINITY,
        .is_relative = a->relative,
        .set = a->from,
        .max_seconds = time_limit(j),
    };
    return xbar_family_device(s, model, j->tables, j->n_tables, &settings, err);
}

static void show_progress(size_t done, size_t total, void *with)
{
    xbar_progress_show(with, done, total);
}

xbar_status xbar_job_run_model(xbar_subject *s, xbar_calibration *c,
                               xbar_calibration_options *o, const xbar_job *j,
                               const char *model, xbar_error *err)
{
    const xbar_arguments *a = j->a;
    *s = (xbar_subject){0};
    *c = (xbar_calibration){0};
    *o = (xbar_calibration_options){.free = a->free, .seed = a->seed};
    XBAR_TRY(read_loss(&o->fit.loss, a->robust, err));
    o->fit.seed = a->seed;
    o->fit.max_seconds = time_limit(j);
    o->fit.n_starts = a->n_starts != SIZE_MAX ? a->n_starts
                      : j->n_tables > 0       ? DEVICE_STARTS
                                              : 0;
    if (j->n_tables > 0) { /* what is measured has no digits beyond these */
        o->fit.max_iterations = 60;
        o->fit.tolerance = 1e-6;
        o->fit.cost_tolerance = 1e-5;
    }
    if (j->n_models == 1) {
        o->progress = show_progress;
        o->with = j->bar;
    }
    xbar_status status = open_subject(s, j, model, err);
    if (status == XBAR_OK)
        status = xbar_calibrate(c, s, o, err);
    xbar_progress_clear(j->bar);
    return status;
}

static xbar_status one_model(const xbar_job *j, bool *converged, xbar_error *err)
{
    xbar_subject s = {0};
    xbar_calibration c;
    xbar_calibration_options o;
    xbar_status status = xbar_job_run_model(&s, &c, &o, j, j->models[0], err);
    if (status == XBAR_OK) {
        xbar_job_print(j, &s, &c);
        *converged = c.n_free == 0 || c.fit.converged;
        status = xbar_job_suggest(j, &s, &c, err);
    }
    if (status == XBAR_OK)
        status = xbar_job_write_files(j, &s, &c, &o, err);
    xbar_calibration_clear(&c);
    xbar_subject_clear(&s);
    return status;
}

/* ---- the command ---------------------------------------------------------------------- */

static int calibrate(const xbar_arguments *a)
{
    xbar_error err = {0};
    xbar_progress bar = xbar_progress_start();
    xbar_job j = {.a = a, .bar = &bar};
    bool converged = true;
    xbar_status status = xbar_job_check_files(a, &err);
    if (status == XBAR_OK)
        status = read_data(&j, &err);
    if (status == XBAR_OK)
        status = xbar_job_read_models(&j, &err);
    if (status == XBAR_OK)
        status = xbar_job_check_models(&j, &err);
    if (status == XBAR_OK)
        status = j.n_models > 1 ? xbar_job_compare(&j, &err)
                                : one_model(&j, &converged, &err);
    xbar_runs_free(j.runs);
    for (size_t k = 0; k < j.n_tables; k++)
        xbar_table_clear(&j.tables[k]);
    free(j.tables);
    free(j.names);
    if (status != XBAR_OK)
        return xbar_report_error(&err);
    if (!converged)
        fprintf(stderr, "xbar: the fit did not end at a minimum\n");
    return xbar_finish_stdout(converged ? 0 : 1);
}

const xbar_command xbar_command_calibrate = {
    .name = "calibrate",
    .usage = "RUNS.h5|DATA.csv ... --model NAME [--free a,b,...] [-o MODEL.yaml]",
    .what = "fits a model's constants, with error bars that are checked",
    .help =
        "      --model NAME       on result files a closed form (alpha_beta ...), or\n"
        "                         array: wires, terminals and the device's "
        "parameters;\n"
        "                         on CSV a cell of xbar models, several (a,b), or "
        "auto\n"
        "      --free a,b,...     the parameters to fit; else the usual ones\n"
        "  -o, --output FILE      writes MODEL.yaml, and MODEL.h5 with every number\n"
        "      --reference ENGINE whose currents are right; else the most trusted\n"
        "      --seed N           of the split into fitted and held-out data, and of "
        "starts\n"
        "      --suggest N        names the N runs of SPICE that would tell the most "
        "for\n"
        "                         their time\n"
        "      --robust LOSS      squares (the default), huber or cauchy\n"
        "      --multistart N     follows N starts of a quasi-random design as well\n"
        "\n"
        "of CSV, a voltage and the current that it drew (columns v,i or t,v,i, or a "
        "line\n"
        "of names that begin so):\n"
        "      --series-ohm R     between the source and the device\n"
        "      --compliance A     the source's limit of the current\n"
        "      --step S           seconds between lines without a time; else 0.001\n"
        "      --relative         errors count relative to the current\n"
        "      --time-limit S     seconds for each part of a model's fit; else 30, of\n"
        "                         several models 5\n"
        "      --from SET         the parameter set to begin with; else one is looked "
        "for\n"
        "\n"
        "Half of the runs (of a CSV: of its stretches) are fitted, a quarter gives "
        "the\n"
        "model's own error, and a quarter is seen by neither. How often the 90 % "
        "interval\n"
        "holds is measured on each run, held out from both in its turn.\n",
    .options = "output reference model free from robust seed multistart series-ohm "
               "compliance step relative time-limit "
               "suggest",
    .many_operands = true,
    .run = calibrate,
};
