/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "calibrate/record.h"
#include "calibrate/suggest.h"
#include "cli/calibrate_report.h"
#include "cli/cli.h"
#include "core/memory.h"
#include "store/reader.h"

/* Starts of a fit when nobody says: a device's parameters are known by orders of magnitude,
 * an array's and a closed form's begin near the truth. */
enum { DEVICE_STARTS = 4, MAX_MODELS = 32 };

/* What is calibrated on what. */
typedef struct job {
    const xbar_arguments *a;
    xbar_runs *runs;    /* or tables */
    xbar_table *tables; /* [n_tables] */
    size_t n_tables;
    char *names; /* of the models, each ended by a NUL */
    const char *models[MAX_MODELS];
    size_t n_models;
} job;

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

static xbar_status add_model(job *j, const char *name, xbar_error *err)
{
    if (j->n_models == MAX_MODELS)
        return xbar_fail(err, XBAR_ERR_INPUT, "--model: want at most %d", MAX_MODELS);
    for (size_t k = 0; k < j->n_models; k++)
        if (strcmp(j->models[k], name) == 0)
            return xbar_fail(err, XBAR_ERR_INPUT, "--model: %.60s is there twice",
                             name);
    j->models[j->n_models++] = name;
    return XBAR_OK;
}

/* "auto": every cell of the library; else "a,b". */
static xbar_status read_models(job *j, xbar_error *err)
{
    if (!j->a->model)
        return xbar_fail(err, XBAR_ERR_INPUT,
                         "no --model given: want %s; see xbar calibrate --help",
                         j->n_tables > 0 ? "a model of xbar models, or auto"
                                         : "a closed form, or array");
    if (j->n_tables > 0 && strcmp(j->a->model, "auto") == 0) {
        for (size_t k = 0; xbar_device_at(k); k++)
            if (xbar_device_at(k)->kind == XBAR_KIND_CELL)
                XBAR_TRY(add_model(j, xbar_device_at(k)->name, err));
        return XBAR_OK;
    }
    char *rest = NULL;
    XBAR_TRY(xbar_text_copy(&j->names, j->a->model, err));
    for (char *name = strtok_r(j->names, ",", &rest); name;
         name = strtok_r(NULL, ",", &rest))
        XBAR_TRY(add_model(j, name, err));
    return j->n_models > 0 ? XBAR_OK
                           : xbar_fail(err, XBAR_ERR_INPUT, "--model: want a name");
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

/* Before anything is fitted: every name is one of a model that there is. */
static xbar_status check_models(const job *j, xbar_error *err)
{
    for (size_t k = 0; k < j->n_models; k++) {
        const char *name = j->models[k];
        const xbar_device *d = xbar_device_find(name);
        if (j->n_tables > 0 && !(d && d->kind == XBAR_KIND_CELL))
            return xbar_fail(err, XBAR_ERR_INPUT,
                             "--model: no model %.60s of a cell: see xbar models",
                             name);
        if (j->runs && strcmp(name, "array") != 0)
            XBAR_TRY(xbar_family_closed_form_check(name, err));
        if (d && j->n_tables > 0 && j->a->from && j->n_models == 1 &&
            !xbar_device_set(d, j->a->from))
            return xbar_fail(err, XBAR_ERR_INPUT,
                             "--from: %s has no parameter set \"%.60s\"", name,
                             j->a->from);
    }
    if (j->n_models > 1 && j->a->n_suggestions > 0)
        return xbar_fail(err, XBAR_ERR_INPUT, "--suggest: want one model, not %zu",
                         j->n_models);
    return XBAR_OK;
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

static xbar_status read_data(job *j, xbar_error *err)
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
static double time_limit(const job *j)
{
    if (j->a->time_limit_s != XBAR_TIME_LIMIT_S)
        return j->a->time_limit_s;
    return j->n_tables == 0 ? XBAR_TIME_LIMIT_S : j->n_models > 1 ? 5.0 : 30.0;
}

/* ---- one model ------------------------------------------------------------------------ */

static xbar_status open_subject(xbar_subject *s, const job *j, const char *model,
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

static xbar_status run_model(xbar_subject *s, xbar_calibration *c,
                             xbar_calibration_options *o, const job *j,
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
    XBAR_TRY(open_subject(s, j, model, err));
    return xbar_calibrate(c, s, o, err);
}

/* ---- one model's report ----------------------------------------------------------------- */

/* What is in the files and not in the fit. */
static void print_left_out(const job *j)
{
    for (size_t k = 0; j->runs && k < j->runs->n_files; k++)
        if (j->runs->files[k].n_left_out > 0)
            printf("%s: %zu inputs left out, as %s has not done them\n",
                   j->runs->files[k].path, j->runs->files[k].n_left_out,
                   j->runs->files[k].engine);
    for (size_t k = 0; k < j->n_tables; k++)
        if (j->tables[k].n_missing > 0)
            printf(
                "%s: %zu of %zu lines have no current: their voltages act, and there "
                "is nothing to fit\n",
                j->tables[k].path, j->tables[k].n_missing, j->tables[k].n);
}

static void print_report(const job *j, const xbar_subject *s, const xbar_calibration *c)
{
    print_left_out(j);
    xbar_print_calibration(s, c);
}

static xbar_status print_suggestions(const job *j, const xbar_subject *s,
                                     const xbar_calibration *c, xbar_error *err)
{
    xbar_candidate picks[100];
    const size_t n = j->a->n_suggestions;
    if (n == 0)
        return XBAR_OK;
    XBAR_TRY(xbar_suggest(picks, n, s, c, j->runs, j->a->seed, err));
    const xbar_time_law law = xbar_time_law_of(j->runs);
    printf("\nnext runs, by what they tell for their time (%.2g s x cells^%.2f%s an "
           "input, "
           "%d inputs each):\n",
           law.factor, law.exponent, law.is_assumed ? ", assumed" : "",
           XBAR_CANDIDATE_INPUTS);
    printf("%-4s  %9s  %9s  %9s  %19s  %-15s  %9s  %12s  %8s\n", "", "size", "row ohm",
           "col ohm", "cells, S", "inputs", "time, s", "error^2, %", "then, %");
    for (size_t k = 0; k < n && picks[k].n > 0; k++) {
        char cells[32];
        char size[24];
        snprintf(cells, sizeof cells, "%.3g to %.3g", picks[k].min_siemens,
                 picks[k].max_siemens);
        snprintf(size, sizeof size, "%zu x %zu", picks[k].n, picks[k].n);
        printf("%-4zu  %9s  %9.4g  %9.4g  %19s  %-15s  %9.3g  %+12.3g  %8.3g\n", k + 1,
               size, picks[k].row_ohm, picks[k].col_ohm, cells,
               xbar_input_kind_name[picks[k].inputs], picks[k].seconds,
               -100.0 * picks[k].gain, 100.0 * picks[k].error);
    }
    if (picks[n - 1].n == 0)
        puts("no further run is expected to lower the error: what is left is the "
             "model's "
             "own");
    return XBAR_OK;
}

/* ---- files ---------------------------------------------------------------------------- */

/* "MODEL.yaml" gives "MODEL.h5". */
static xbar_status beside(char **out, const char *path, xbar_error *err)
{
    const char *slash = strrchr(path, '/');
    const char *dot = strrchr(slash ? slash : path, '.');
    const size_t stem = dot ? (size_t)(dot - path) : strlen(path);
    void *memory = NULL;
    XBAR_TRY(xbar_array_new(&memory, stem + 4, 1, "name", err));
    *out = memory;
    memcpy(*out, path, stem);
    memcpy(*out + stem, ".h5", 4);
    if (strcmp(*out, path) == 0)
        return xbar_fail(err, XBAR_ERR_INPUT,
                         "-o %.200s: want a name in .yaml, as a file in .h5 is written "
                         "beside it",
                         path);
    return XBAR_OK;
}

/* Can a file of that name be made? Else the fit would be for nothing. */
static xbar_status check_folder(const char *path, xbar_error *err)
{
    const char *slash = strrchr(path, '/');
    char *folder = NULL;
    struct stat what;
    if (stat(path, &what) == 0 && S_ISDIR(what.st_mode))
        return xbar_fail(err, XBAR_ERR_INPUT, "-o %s: is a folder", path);
    XBAR_TRY(xbar_text_copy(&folder, slash ? path : ".", err));
    if (slash)
        folder[slash == path ? 1 : slash - path] = '\0';
    const int number = access(folder, W_OK | X_OK) == 0 ? 0 : errno;
    free(folder);
    if (number == 0)
        return XBAR_OK;
    return xbar_fail(err, XBAR_ERR_MACHINE, "%s: %s", path, strerror(number));
}

static bool is_same_file(const char *a, const char *b)
{
    struct stat one;
    struct stat other;
    return stat(a, &one) == 0 && stat(b, &other) == 0 && one.st_dev == other.st_dev &&
           one.st_ino == other.st_ino;
}

/* Before anything is fitted: no file is given twice, and none that is written is one that
 * is read, or another's result. */
static xbar_status check_files(const xbar_arguments *a, xbar_error *err)
{
    char *hdf5 = NULL;
    xbar_reader *reader = NULL;
    xbar_status status = a->output ? beside(&hdf5, a->output, err) : XBAR_OK;
    if (status == XBAR_OK && a->output)
        status = check_folder(a->output, err);
    if (status == XBAR_OK && a->output)
        status = check_folder(hdf5, err);
    for (size_t k = 0; status == XBAR_OK && k < a->n_operands; k++) {
        const char *one = a->operands[k];
        for (size_t l = 0; l < k && status == XBAR_OK; l++)
            if (is_same_file(one, a->operands[l]))
                status = xbar_fail(err, XBAR_ERR_INPUT, "%s: given twice", one);
        if (status == XBAR_OK && a->output &&
            (is_same_file(one, a->output) || is_same_file(one, hdf5)))
            status = xbar_fail(err, XBAR_ERR_INPUT,
                               "-o %s: it and %s are written, and %s is read: want "
                               "another name",
                               a->output, hdf5, one);
    }
    if (status == XBAR_OK && hdf5 && xbar_reader_open(&reader, hdf5, NULL) == XBAR_OK) {
        xbar_reader_close(reader);
        status =
            xbar_fail(err, XBAR_ERR_INPUT,
                      "-o %s: %s would be written and is the result of a run: want "
                      "another name",
                      a->output, hdf5);
    }
    free(hdf5);
    return status;
}

static xbar_status write_files(const job *j, const xbar_subject *s,
                               const xbar_calibration *c,
                               const xbar_calibration_options *o, xbar_error *err)
{
    const xbar_record r = {.subject = s,
                           .calibration = c,
                           .options = o,
                           .runs = j->runs,
                           .tables = j->tables,
                           .n_tables = j->n_tables,
                           .command_line = j->a->command_line};
    char *hdf5 = NULL;
    if (!j->a->output)
        return XBAR_OK;
    xbar_status status = beside(&hdf5, j->a->output, err);
    if (status == XBAR_OK)
        status = xbar_record_yaml(j->a->output, &r, err);
    if (status == XBAR_OK)
        status = xbar_record_hdf5(hdf5, &r, err);
    free(hdf5);
    return status;
}

/* ---- several models ------------------------------------------------------------------- */

/* What one model made of the data. */
typedef struct verdict {
    const char *model;
    bool has_answer, converged;
    size_t n_free, n_unknown;
    double rms, held_out, worst, criterion, seconds;
    xbar_error why; /* it has no answer */
} verdict;

/* Schwarz's criterion (Ann. Stat. 6:461, 1978): misfit, and a price for each parameter. */
static verdict judge(const xbar_subject *s, const xbar_calibration *c)
{
    verdict v = {.model = s->model,
                 .has_answer = true,
                 .converged = c->n_free == 0 || c->fit.converged,
                 .n_free = c->n_free + c->n_held,
                 .n_unknown = c->n_held,
                 .rms = c->errors[XBAR_ROLE_FIT].rms,
                 .held_out = c->errors[XBAR_ROLE_HELD_OUT].rms,
                 .seconds = c->seconds};
    double square = 0.0;
    size_t n = 0;
    for (size_t k = 0; k < s->n_data; k++)
        if (isfinite(s->noise[k])) {
            double e = c->predicted[k] - s->measured[k];
            square += e * e / (s->noise[k] * s->noise[k]);
            v.worst = fmax(v.worst, fabs(e) / s->scale[k]);
            n++;
        }
    for (size_t k = 0; k < c->n_free; k++)
        v.n_unknown += isinf(c->fit.standard_error[k]) ? 1 : 0;
    double free_and_known = (double)(v.n_free - v.n_unknown);
    v.criterion = (double)n * log(square / (double)n) + free_and_known * log((double)n);
    if (isnan(v.criterion)) {
        v.has_answer = false;
        xbar_fail(&v.why, XBAR_ERR_INPUT,
                  "its currents are no numbers at the estimate");
    }
    return v;
}

static int by_criterion(const void *a, const void *b)
{
    const verdict *x = a;
    const verdict *y = b;
    if (x->has_answer != y->has_answer)
        return x->has_answer ? -1 : 1;
    return (x->criterion > y->criterion) - (x->criterion < y->criterion);
}

static void print_verdicts(const verdict *v, size_t n)
{
    printf("%-10s  %5s  %8s  %10s  %10s  %10s  %10s  %7s\n"
           "%-10s  %5s  %8s  %10s  %10s  %10s  %10s  %7s\n",
           "model", "free", "unknown", "rms", "held out", "worst", "criterion", "time",
           "", "", "", "% of peak", "% of peak", "% of peak", "less: best", "s");
    for (size_t k = 0; k < n; k++) {
        if (!v[k].has_answer) {
            printf("%-10s  no answer: %s\n", v[k].model, v[k].why.text);
            continue;
        }
        printf("%-10s  %5zu  %8zu  %10.3g  %10.3g  %10.3g  %10.1f  %7.1f%s\n",
               v[k].model, v[k].n_free, v[k].n_unknown, 100.0 * v[k].rms,
               100.0 * v[k].held_out, 100.0 * v[k].worst, v[k].criterion, v[k].seconds,
               v[k].converged ? "" : "  not converged");
    }
}

/* ---- the command ---------------------------------------------------------------------- */

/* Several: a table, and the best one's report and files. */
static xbar_status compare_models(const job *j, xbar_error *err)
{
    verdict verdicts[MAX_MODELS] = {{0}};
    xbar_subject s;
    xbar_calibration c;
    xbar_calibration_options o;
    for (size_t k = 0; k < j->n_models; k++) {
        verdicts[k] = (verdict){.model = j->models[k]};
        xbar_status status = run_model(&s, &c, &o, j, j->models[k], &verdicts[k].why);
        if (status == XBAR_OK)
            verdicts[k] = judge(&s, &c);
        xbar_calibration_clear(&c);
        xbar_subject_clear(&s);
        /* a model that has no answer, or not that parameter, does not stop the others */
        if (status != XBAR_OK && status != XBAR_ERR_INPUT)
            return xbar_fail(err, status, "%s", verdicts[k].why.text);
        verdicts[k].model = j->models[k];
    }
    qsort(verdicts, j->n_models, sizeof *verdicts, by_criterion);
    print_verdicts(verdicts, j->n_models);
    if (!verdicts[0].has_answer)
        return xbar_fail(err, XBAR_ERR_INPUT, "none of these models has an answer");
    putchar('\n');
    xbar_status status = run_model(&s, &c, &o, j, verdicts[0].model, err);
    if (status == XBAR_OK) {
        print_report(j, &s, &c);
        status = write_files(j, &s, &c, &o, err);
    }
    xbar_calibration_clear(&c);
    xbar_subject_clear(&s);
    return status;
}

static xbar_status one_model(const job *j, bool *converged, xbar_error *err)
{
    xbar_subject s = {0};
    xbar_calibration c;
    xbar_calibration_options o;
    xbar_status status = run_model(&s, &c, &o, j, j->models[0], err);
    if (status == XBAR_OK) {
        print_report(j, &s, &c);
        *converged = c.n_free == 0 || c.fit.converged;
        status = print_suggestions(j, &s, &c, err);
    }
    if (status == XBAR_OK)
        status = write_files(j, &s, &c, &o, err);
    xbar_calibration_clear(&c);
    xbar_subject_clear(&s);
    return status;
}

static int calibrate(const xbar_arguments *a)
{
    xbar_error err = {0};
    job j = {.a = a};
    bool converged = true;
    xbar_status status = check_files(a, &err);
    if (status == XBAR_OK)
        status = read_data(&j, &err);
    if (status == XBAR_OK)
        status = read_models(&j, &err);
    if (status == XBAR_OK)
        status = check_models(&j, &err);
    if (status == XBAR_OK)
        status =
            j.n_models > 1 ? compare_models(&j, &err) : one_model(&j, &converged, &err);
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
