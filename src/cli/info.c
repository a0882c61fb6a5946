/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"
#include "core/memory.h"
#include "core/text.h"
#include "store/reader.h"

static const char *const outcome_name[] = {"pending", "done", "not converged", "failed",
                                           "outside"};
enum { N_OUTCOMES = sizeof outcome_name / sizeof *outcome_name };

/* The first `length` bytes of a text of a file that anyone may have written. */
static void print_plain(const char *text, size_t length)
{
    char copy[512];
    snprintf(copy, sizeof copy, "%.*s", (int)(length < 500 ? length : 500), text);
    fputs(xbar_text_plain(copy), stdout);
}

static void print_variable(const xbar_variable_info *v, void *with)
{
    (void)with;
    char shape[160] = "";
    size_t length = 0;
    for (size_t d = 0; d < v->n_dims; d++) {
        int n = snprintf(shape + length, sizeof shape - length, "%s%s %zu",
                         d > 0 ? ", " : "", v->axes[d], v->dims[d]);
        length += n > 0 && (size_t)n < sizeof shape - length ? (size_t)n : 0;
    }
    char line[1024];
    snprintf(line, sizeof line, "  %-28s  %-6s  [%s]", v->path, v->units, shape);
    puts(xbar_text_plain(line));
    snprintf(line, sizeof line, "%32s%s", "", v->long_name);
    puts(xbar_text_plain(line));
}

static xbar_status print_outcomes(xbar_reader *r, xbar_error *err)
{
    const xbar_store_header *h = xbar_reader_header(r);
    void *memory = NULL;
    XBAR_TRY(xbar_array_new(&memory, h->n_inputs, sizeof(xbar_outcome), "status", err));
    xbar_outcome *status = memory;
    xbar_status well = XBAR_OK;
    for (size_t e = 0; well == XBAR_OK && e < h->n_engines; e++) {
        size_t count[N_OUTCOMES] = {0};
        for (size_t k = 0; well == XBAR_OK && k < h->n_samples; k++) {
            well = xbar_reader_fates(r, status, NULL, NULL, h->engines[e], k, err);
            for (size_t l = 0; well == XBAR_OK && l < h->n_inputs; l++)
                count[(size_t)status[l] < N_OUTCOMES ? status[l] : XBAR_FAILED]++;
        }
        if (well != XBAR_OK)
            break;
        printf("%-10s", h->engines[e]);
        for (size_t o = 0; o < N_OUTCOMES; o++)
            if (count[o] > 0 || o == XBAR_DONE)
                printf("  %zu %s", count[o], outcome_name[o]);
        putchar('\n');
    }
    free(memory);
    return well;
}

static void print_entry(const char *name, const char *text, size_t length)
{
    printf("  %-16s  ", name);
    print_plain(text, length);
    putchar('\n');
}

/* Texts of one line are shown; of longer ones the size. */
static void print_provenance(const xbar_store_header *h)
{
    for (size_t k = 0; k < h->n_provenance; k++) {
        const char *text = h->provenance[k].text;
        if (*text == '\0') /* no data files */
            continue;
        size_t length = strcspn(text, "\n");
        bool one_line = text[length] == '\0' || text[length + 1] == '\0';
        if (one_line && length <= 200)
            print_entry(h->provenance[k].name, text, length);
        else
            printf("  %-16s  (%zu bytes) %s\n", h->provenance[k].name, strlen(text),
                   h->provenance[k].long_name);
    }
}

static int info(const xbar_arguments *a)
{
    xbar_error err = {0};
    xbar_reader *reader = NULL;
    xbar_status status = xbar_reader_open(&reader, a->operand, &err);
    if (status == XBAR_OK) {
        const xbar_store_header *h = xbar_reader_header(reader);
        if (h->title && *h->title != '\0') {
            print_plain(h->title, strlen(h->title));
            putchar('\n');
        }
        printf("%zu x %zu cells, %zu samples, %zu inputs", h->n_rows, h->n_cols,
               h->n_samples, h->n_inputs);
        if (h->n_times > 0)
            printf(", %zu moments from %g to %g s", h->n_times, h->times_s[0],
                   h->times_s[h->n_times - 1]);
        putchar('\n');
        status = print_outcomes(reader, &err);
    }
    if (status == XBAR_OK) {
        puts("variables");
        status = xbar_reader_visit(reader, print_variable, NULL, &err);
    }
    if (status == XBAR_OK) {
        puts("provenance");
        print_provenance(xbar_reader_header(reader));
    }
    xbar_reader_close(reader);
    return status == XBAR_OK ? xbar_finish_stdout(0) : xbar_report_error(&err);
}

const xbar_command xbar_command_info = {
    .name = "info",
    .usage = "FILE.h5",
    .what = "what a result file holds",
    .help =
        "Sizes, how the samples ended on each engine, the variables with their axes\n"
        "and units, and where the numbers come from.\n",
    .options = "",
    .run = info,
};
