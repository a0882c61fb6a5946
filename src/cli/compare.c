/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"
#include "core/memory.h"
#include "store/reader.h"

/* Predictions outside a calibrated region are numbers, flagged. */
static bool has_numbers(xbar_outcome outcome)
{
    return outcome == XBAR_DONE || outcome == XBAR_OUTSIDE;
}

/* What is gathered of one engine over all samples. */
typedef struct tally {
    size_t n_results, n_done;
    double wall_time_s;  /* of those done */
    double kcl_residual; /* A, the largest; NaN when the engine has none */
    size_t n_compared, n_zero;
    double error_sum, error_worst; /* relative, over outputs */
} tally;

/* Buffers for one sample of one engine; in time the outputs of one input of it. */
typedef struct sample_data {
    double *i_out; /* [n_inputs][n_cols], or [n_times][n_cols] */
    xbar_outcome *status;
    double *wall_time_s, *kcl_residual;
} sample_data;

static void sample_data_free(sample_data *d)
{
    free(d->i_out);
    free(d->status);
    free(d->wall_time_s);
    free(d->kcl_residual);
}

static xbar_status sample_data_new(sample_data *d, const xbar_store_header *h,
                                   xbar_error *err)
{
    void *status = NULL;
    size_t n = h->n_times > 0 ? h->n_times : h->n_inputs;
    XBAR_TRY(xbar_doubles_new(&d->i_out, n * h->n_cols, "outputs", err));
    XBAR_TRY(xbar_array_new(&status, h->n_inputs, sizeof *d->status, "status", err));
    d->status = status;
    XBAR_TRY(xbar_doubles_new(&d->wall_time_s, h->n_inputs, "times", err));
    return xbar_doubles_new(&d->kcl_residual, h->n_inputs, "residuals", err);
}

static xbar_status sample_data_read(sample_data *d, xbar_reader *r, const char *engine,
                                    size_t sample, xbar_error *err)
{
    if (xbar_reader_header(r)->n_times == 0)
        XBAR_TRY(xbar_reader_outputs(r, d->i_out, engine, sample, err));
    return xbar_reader_fates(r, d->status, d->wall_time_s, d->kcl_residual, engine,
                             sample, err);
}

/* relative error of an output = |I - I_ref| / |I_ref|; where I_ref is 0 there is none */
static void count_output(tally *t, double i, double i_ref)
{
    if (isnan(i) || isnan(i_ref))
        return;
    if (i_ref == 0.0) {
        t->n_zero++;
        return;
    }
    double error = fabs(i - i_ref) / fabs(i_ref);
    t->n_compared++;
    t->error_sum += error;
    t->error_worst = fmax(t->error_worst, error);
}

/* In time, outputs pass through 0, so their errors are relative to the largest current of
 * the reference over all moments and columns of the input. */
static void count_moments(tally *t, const double *i, const double *i_ref, size_t n)
{
    double largest = 0.0;
    for (size_t k = 0; k < n; k++)
        largest = fmax(largest, fabs(i_ref[k])); /* not NaN */
    for (size_t k = 0; k < n; k++) {
        if (isnan(i[k]) || isnan(i_ref[k]))
            continue;
        if (largest == 0.0) {
            t->n_zero++;
            continue;
        }
        double error = fabs(i[k] - i_ref[k]) / largest;
        t->n_compared++;
        t->error_sum += error;
        t->error_worst = fmax(t->error_worst, error);
    }
}

/* A sample's outputs in time, input after input. */
static xbar_status count_courses(tally *t, xbar_reader *r, size_t sample,
                                 const char *engine, sample_data *d,
                                 const char *reference, sample_data *ref,
                                 xbar_error *err)
{
    const xbar_store_header *h = xbar_reader_header(r);
    for (size_t l = 0; l < h->n_inputs; l++) {
        if (!has_numbers(d->status[l]) || !has_numbers(ref->status[l]))
            continue;
        XBAR_TRY(xbar_reader_course(r, d->i_out, engine, sample, l, err));
        XBAR_TRY(xbar_reader_course(r, ref->i_out, reference, sample, l, err));
        count_moments(t, d->i_out, ref->i_out, h->n_times * h->n_cols);
    }
    return XBAR_OK;
}

static void count_sample(tally *t, const xbar_store_header *h, const sample_data *d,
                         const sample_data *ref)
{
    for (size_t l = 0; l < h->n_inputs; l++) {
        t->n_results++;
        if (!has_numbers(d->status[l]))
            continue;
        t->n_done++;
        t->wall_time_s += d->wall_time_s[l];
        t->kcl_residual = fmax(t->kcl_residual, d->kcl_residual[l]);
        if (!has_numbers(ref->status[l]) || h->n_times > 0)
            continue;
        for (size_t j = 0; j < h->n_cols; j++)
            count_output(t, d->i_out[l * h->n_cols + j], ref->i_out[l * h->n_cols + j]);
    }
}

/* A number in a column of ten, or a dash where there is none. */
static void cell(bool there, int digits, double value)
{
    char text[32] = "-";
    if (there)
        snprintf(text, sizeof text, "%.*g", digits, value);
    printf("  %10s", text);
}

static void print_tally(const char *engine, const tally *t, bool is_reference)
{
    char done[48];
    snprintf(done, sizeof done, "%zu/%zu", t->n_done, t->n_results);
    bool compared = t->n_compared > 0 && !is_reference;
    printf("%-12s  %13s", engine, done);
    cell(t->n_done > 0, 3, t->wall_time_s / (double)t->n_done);
    cell(compared, 3, 100.0 * t->error_sum / (double)t->n_compared);
    cell(compared, 3, 100.0 * t->error_worst);
    cell(!isnan(t->kcl_residual), 2, t->kcl_residual);
    printf("%s\n", is_reference ? "  reference" : "");
}

static xbar_status print_table(xbar_reader *r, const char *reference, xbar_error *err)
{
    const xbar_store_header *h = xbar_reader_header(r);
    sample_data ref = {0};
    sample_data own = {0};
    tally tallies[XBAR_MAX_ENGINES];
    xbar_status status = sample_data_new(&ref, h, err);
    if (status == XBAR_OK)
        status = sample_data_new(&own, h, err);
    for (size_t e = 0; e < h->n_engines; e++)
        tallies[e] = (tally){.kcl_residual = (double)NAN};
    for (size_t k = 0; status == XBAR_OK && k < h->n_samples; k++) {
        status = sample_data_read(&ref, r, reference, k, err);
        for (size_t e = 0; status == XBAR_OK && e < h->n_engines; e++) {
            status = sample_data_read(&own, r, h->engines[e], k, err);
            if (status == XBAR_OK)
                count_sample(&tallies[e], h, &own, &ref);
            if (status == XBAR_OK && h->n_times > 0)
                status = count_courses(&tallies[e], r, k, h->engines[e], &own,
                                       reference, &ref, err);
        }
    }
    sample_data_free(&ref);
    sample_data_free(&own);
    XBAR_TRY(status);

    printf("%-12s  %13s  %10s  %10s  %10s  %10s\n%-12s  %13s  %10s  %10s  %10s  %10s\n",
           "engine", "done", "time", "error mean", "worst", "KCL", "", "samples*inputs",
           "s an input", "%", "%", "A");
    size_t n_zero = 0;
    for (size_t e = 0; e < h->n_engines; e++) {
        print_tally(h->engines[e], &tallies[e], strcmp(h->engines[e], reference) == 0);
        n_zero = tallies[e].n_zero > n_zero ? tallies[e].n_zero : n_zero;
    }
    if (n_zero > 0)
        printf("(%zu outputs whose reference is 0 have no relative error)\n", n_zero);
    return XBAR_OK;
}

/* The engine asked for, or the most trusted one in the file. */
static xbar_status choose_reference(const char **reference, const char *wanted,
                                    const char *path, const xbar_store_header *h,
                                    xbar_error *err)
{
    char names[256] = "";
    size_t length = 0;
    for (size_t e = 0; e < h->n_engines; e++) {
        if (wanted && strcmp(h->engines[e], wanted) == 0) {
            *reference = h->engines[e];
            return XBAR_OK;
        }
        int n = snprintf(names + length, sizeof names - length, "%s%s", e ? ", " : "",
                         h->engines[e]);
        length += n > 0 && (size_t)n < sizeof names - length ? (size_t)n : 0;
    }
    if (wanted || h->n_engines == 0)
        return xbar_fail(err, XBAR_ERR_INPUT,
                         "--reference = %.60s: want an engine in %s: %s",
                         wanted ? wanted : "", path, names);
    *reference = h->engines[0];
    for (size_t trust = 0; xbar_engine_at(trust); trust++)
        for (size_t e = 0; e < h->n_engines; e++)
            if (strcmp(h->engines[e], xbar_engine_at(trust)->name) == 0) {
                *reference = h->engines[e];
                return XBAR_OK;
            }
    return XBAR_OK;
}

static int compare(const xbar_arguments *a)
{
    xbar_error err = {0};
    xbar_reader *reader = NULL;
    const char *reference = "";
    xbar_status status = xbar_reader_open(&reader, a->operand, &err);
    if (status == XBAR_OK)
        status = choose_reference(&reference, a->reference, a->operand,
                                  xbar_reader_header(reader), &err);
    if (status == XBAR_OK)
        status = print_table(reader, reference, &err);
    xbar_reader_close(reader);
    return status == XBAR_OK ? xbar_finish_stdout(0) : xbar_report_error(&err);
}

const xbar_command xbar_command_compare = {
    .name = "compare",
    .usage = "FILE.h5 [--reference ENGINE]",
    .what = "error and time of each engine, a table",
    .help =
        "      --reference ENGINE   whose currents are right; else the most trusted\n"
        "                           engine in the file\n"
        "\n"
        "The relative error of an output is |I - I_ref| / |I_ref|; mean and worst are\n"
        "over all columns, inputs and samples that both engines have done. In time it "
        "is\n"
        "relative to the largest |I_ref| of the input, over all moments as well.\n",
    .options = "reference",
    .run = compare,
};
