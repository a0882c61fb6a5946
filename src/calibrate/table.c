/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "calibrate/table.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "calibrate/table_names.h"
#include "core/memory.h"
#include "core/number.h"
#include "experiment/material.h"

enum { T = XBAR_COLUMN_T, V = XBAR_COLUMN_V, I = XBAR_COLUMN_I };

/* Beyond what xbar takes for a voltage, or any bench for a current. */
static const double most_volt = 1e6;
static const double most_current = 1e6;
/* A peak below this is no current but rounding. */
static const double least_peak = 1e-18;

/* ---- one line ------------------------------------------------------------------------- */

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r';
}

/* The fields of a line: between commas where there are any, else between blanks; without
 * the quotes that spreadsheets put around names. */
static size_t split(xbar_field *fields, const char *line, size_t length)
{
    const char *const end = line + length;
    const bool has_commas = memchr(line, ',', length) != NULL;
    size_t n = 0;
    for (const char *at = line; n <= XBAR_MAX_COLUMNS;) {
        while (at < end && is_blank(*at))
            at++;
        if (!has_commas && at == end)
            break;
        const char *from = at;
        while (at < end && (has_commas ? *at != ',' : !is_blank(*at)))
            at++;
        const char *to = at;
        while (to > from && is_blank(to[-1]))
            to--;
        if (to - from >= 2 && *from == '"' && to[-1] == '"') {
            from++;
            to--;
        }
        if (n < XBAR_MAX_COLUMNS)
            fields[n] = (xbar_field){from, (size_t)(to - from)};
        n++;
        if (at == end)
            break;
        at++;
    }
    return n;
}

/* Nothing, or how programs write that there is no number. */
static bool is_missing(const xbar_field *f)
{
    static const char *const words[] = {"nan", "+nan", "-nan", "na"};
    if (f->length == 0)
        return true;
    for (size_t k = 0; k < sizeof words / sizeof *words; k++)
        if (f->length == strlen(words[k]) &&
            strncasecmp(f->text, words[k], f->length) == 0)
            return true;
    return false;
}

static xbar_status guess_columns(xbar_table_parse *p, size_t n, xbar_error *err)
{
    p->n_columns = n;
    if (n != 2 && n != 3)
        return xbar_table_fail(
            p, err,
            "want two columns, v and i, or three, t, v and i, or a line of names",
            NULL);
    p->column[V] = n - 2;
    p->column[I] = n - 1;
    if (n == 3)
        p->column[T] = 0;
    return XBAR_OK;
}

static xbar_status take_number(const xbar_table_parse *p, double *value,
                               const xbar_field *f, bool may_be_missing,
                               xbar_error *err)
{
    *value = (double)NAN;
    if (may_be_missing && is_missing(f))
        return XBAR_OK;
    if (xbar_number_parse(value, f->text, f->length))
        return XBAR_OK;
    return xbar_table_fail(p, err, "want a number, not", f);
}

/* An up and a down; one of them may have ended. */
static xbar_status take_train_line(xbar_table_parse *p, const xbar_field *fields,
                                   xbar_error *err)
{
    xbar_table *t = p->out;
    double value = 0.0;
    const size_t at[] = {p->column[I], p->down};
    for (int k = 0; k < 2; k++) {
        XBAR_TRY(take_number(p, &value, &fields[at[k]], true, err));
        if (fabs(value) > most_current)
            return xbar_table_fail(p, err, "want at most 1e6, not", &fields[at[k]]);
        if (k == 0) {
            t->line[t->n] = p->line;
            t->i[t->n++] = value;
        } else {
            p->measured_line[p->n_down] = p->line;
            p->measured[p->n_down++] = value;
        }
    }
    return XBAR_OK;
}

static xbar_status take_numbers(xbar_table_parse *p, const xbar_field *fields, size_t n,
                                xbar_error *err)
{
    xbar_table *t = p->out;
    if (p->n_columns == 0)
        XBAR_TRY(guess_columns(p, n, err));
    if (n != p->n_columns)
        return xbar_table_fail(p, err, "not as many columns as in the lines above",
                               NULL);
    if (t->kind == XBAR_TABLE_TRAINS)
        return take_train_line(p, fields, err);
    const size_t k = t->n;
    const bool is_course = t->kind == XBAR_TABLE_COURSE;
    t->line[k] = p->line;
    t->has_time = p->column[T] < XBAR_MAX_COLUMNS;
    t->t[k] = p->step_s * (double)k;
    if (t->has_time)
        XBAR_TRY(take_number(p, &t->t[k], &fields[p->column[T]], false, err));
    XBAR_TRY(take_number(p, &t->v[k], &fields[p->column[V]], false, err));
    XBAR_TRY(take_number(p, &t->i[k], &fields[p->column[I]], true, err));
    if (is_course && k > 0 && !(t->t[k] > t->t[k - 1]))
        return xbar_table_fail(p, err,
                               "want a time later than that of the line above, not",
                               &fields[p->column[T]]);
    if (!is_course && !(t->t[k] > 0.0))
        return xbar_table_fail(p, err, "want a width above 0, not",
                               &fields[p->column[T]]);
    if (!(fabs(t->v[k]) <= most_volt))
        return xbar_table_fail(p, err, "want at most 1e6 V, not",
                               &fields[p->column[V]]);
    if (fabs(t->i[k]) > most_current)
        return xbar_table_fail(
            p, err, is_course ? "want at most 1e6 A, not" : "want at most 1e6 V, not",
            &fields[p->column[I]]);
    t->n_missing += isnan(t->i[k]) ? 1 : 0;
    t->n++;
    return XBAR_OK;
}

static xbar_status take_line(xbar_table_parse *p, const char *line, size_t length,
                             xbar_error *err)
{
    xbar_field fields[XBAR_MAX_COLUMNS] = {{NULL, 0}};
    const char *comment = memchr(line, '#', length);
    if (comment)
        length = (size_t)(comment - line);
    while (length > 0 && is_blank(line[length - 1]))
        length--;
    if (length == 0)
        return XBAR_OK;
    if (memchr(line, ';', length))
        return xbar_table_fail(p, err,
                               "want commas or blanks between columns, and points in "
                               "numbers, not semicolons",
                               NULL);
    size_t n = split(fields, line, length);
    if (n > XBAR_MAX_COLUMNS)
        return xbar_table_fail(p, err, "more columns than anyone reads", NULL);
    double number = 0.0;
    bool is_name = !xbar_number_parse(&number, fields[0].text, fields[0].length) &&
                   !is_missing(&fields[0]);
    if (is_name && p->out->n == 0 && !p->is_named)
        return xbar_table_names(p, fields, n, err);
    return take_numbers(p, fields, n, err);
}

/* ---- the file ------------------------------------------------------------------------- */

static size_t count_lines(const char *text, size_t length)
{
    size_t n = 1;
    for (size_t k = 0; k < length; k++)
        n += text[k] == '\n';
    return n;
}

/* Without what is missing at their ends; downs behind ups. */
static void join_trains(xbar_table_parse *p)
{
    xbar_table *t = p->out;
    while (t->n > 0 && isnan(t->i[t->n - 1]))
        t->n--;
    while (p->n_down > 0 && isnan(p->measured[p->n_down - 1]))
        p->n_down--;
    t->n_up = t->n;
    memcpy(t->i + t->n, p->measured, p->n_down * sizeof *t->i);
    memcpy(t->line + t->n, p->measured_line, p->n_down * sizeof *t->line);
    t->n += p->n_down;
    for (size_t k = 0; k < t->n; k++) {
        t->t[k] = t->width_s * (double)(k < t->n_up ? k : k - t->n_up);
        t->v[k] = k < t->n_up ? 1.0 : -1.0;
        t->n_missing += isnan(t->i[k]) ? 1 : 0;
    }
}

static xbar_status check_peak(const xbar_table *t, xbar_error *err)
{
    double peak = 0.0;
    for (size_t k = 0; k < t->n; k++)
        peak = isnan(t->i[k]) ? peak : fmax(peak, fabs(t->i[k]));
    if (peak >= least_peak)
        return XBAR_OK;
    if (t->n_missing == t->n)
        return xbar_fail(err, XBAR_ERR_INPUT, "%s: nothing measured in it", t->path);
    return xbar_fail(err, XBAR_ERR_INPUT, "%s: %s in it but %s", t->path,
                     t->kind == XBAR_TABLE_COURSE ? "no current" : "nothing",
                     peak > 0.0 ? "what is below 1e-18" : "0");
}

static xbar_status parse_text(xbar_table_parse *p, const char *text, size_t length,
                              xbar_error *err)
{
    const size_t most = 2 * count_lines(text, length); /* of trains two a line */
    XBAR_TRY(xbar_doubles_new(&p->out->t, most, "measured data", err));
    XBAR_TRY(xbar_doubles_new(&p->out->v, most, "measured data", err));
    XBAR_TRY(xbar_doubles_new(&p->out->i, most, "measured data", err));
    XBAR_TRY(xbar_doubles_new(&p->measured, most, "measured data", err));
    void *memory = NULL;
    XBAR_TRY(xbar_array_new(&memory, most, sizeof *p->out->line, "lines", err));
    p->out->line = memory;
    XBAR_TRY(xbar_array_new(&memory, most, sizeof *p->measured_line, "lines", err));
    p->measured_line = memory;
    static const char mark[] = "\xef\xbb\xbf"; /* that spreadsheets begin UTF-8 with */
    const size_t marked = sizeof mark - 1;
    const bool has_mark = length >= marked && memcmp(text, mark, marked) == 0;
    for (const char *at = text + (has_mark ? marked : 0), *end = text + length;
         at < end;) {
        const char *stop = memchr(at, '\n', (size_t)(end - at));
        if (!stop)
            stop = end;
        p->line++;
        XBAR_TRY(take_line(p, at, (size_t)(stop - at), err));
        at = stop + 1;
    }
    if (p->out->n < 2)
        return xbar_fail(err, XBAR_ERR_INPUT, "%s: want at least two lines of numbers",
                         p->out->path);
    if (p->out->kind == XBAR_TABLE_TRAINS)
        join_trains(p);
    return check_peak(p->out, err);
}

xbar_status xbar_table_read(xbar_table *out, const char *path, double step_s,
                            xbar_error *err)
{
    char *text = NULL;
    size_t length = 0;
    *out = (xbar_table){0};
    xbar_table_parse p = {.out = out, .step_s = step_s};
    for (size_t q = 0; q < XBAR_N_COLUMNS; q++)
        p.column[q] = XBAR_MAX_COLUMNS;
    xbar_status status = xbar_text_copy(&out->path, path, err);
    if (status == XBAR_OK)
        status = xbar_material_text(&text, &length, out->sha256, path, err);
    if (status == XBAR_OK)
        status = parse_text(&p, text, length, err);
    free(text);
    free(p.measured);
    free(p.measured_line);
    if (status != XBAR_OK)
        xbar_table_clear(out);
    return status;
}

void xbar_table_clear(xbar_table *t)
{
    free(t->path);
    free(t->t);
    free(t->v);
    free(t->i);
    free(t->line);
    *t = (xbar_table){0};
}
