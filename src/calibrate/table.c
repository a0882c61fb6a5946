/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "calibrate/table.h"

#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "core/memory.h"
#include "core/number.h"
#include "experiment/material.h"

enum { MAX_COLUMNS = 64, T = 0, V, I, N_QUANTITIES };

/* Beyond what xbar takes for a voltage, or any bench for a current. */
static const double most_volt = 1e6;
static const double most_current = 1e6;
/* A peak below this is no current but rounding. */
static const double least_peak = 1e-18;

/* A file that is being read. */
typedef struct parse {
    xbar_table *out;
    size_t line;                 /* of the file, from 1 */
    size_t n_columns;            /* 0: not known yet */
    size_t column[N_QUANTITIES]; /* which is which; MAX_COLUMNS: there is none */
    bool is_named;
    double step_s;
    size_t down;      /* column of trains */
    double *measured; /* downs, until they stand behind the ups */
    size_t n_down;
} parse;

/* ---- one line ------------------------------------------------------------------------- */

typedef struct field {
    const char *text;
    size_t length;
} field;

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r';
}

/* The fields of a line: between commas where there are any, else between blanks. */
static size_t split(field *fields, const char *line, size_t length)
{
    const char *const end = line + length;
    const bool has_commas = memchr(line, ',', length) != NULL;
    size_t n = 0;
    for (const char *at = line; n <= MAX_COLUMNS;) {
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
        if (n < MAX_COLUMNS)
            fields[n] = (field){from, (size_t)(to - from)};
        n++;
        if (at == end)
            break;
        at++;
    }
    return n;
}

static bool is_missing(const field *f)
{
    return f->length == 0 || (f->length == 3 && (memcmp(f->text, "nan", 3) == 0 ||
                                                 memcmp(f->text, "NaN", 3) == 0));
}

/* @param f  what was found instead, as far as a terminal can show it; NULL: nothing */
static xbar_status fail(const parse *p, xbar_error *err, const char *what,
                        const field *f)
{
    char shown[61] = "";
    for (size_t k = 0; f && k < f->length && k + 1 < sizeof shown; k++)
        shown[k] = iscntrl((unsigned char)f->text[k]) ? '?' : f->text[k];
    const char *quote = f ? "\"" : "";
    return xbar_fail(err, XBAR_ERR_INPUT, "%s:%zu: %s%s%s%s%s", p->out->path, p->line,
                     what, f ? " " : "", quote, shown, quote);
}

/* The column whose name begins so, or MAX_COLUMNS. */
static size_t find_name(const field *fields, size_t n, const char *name)
{
    const size_t length = strlen(name);
    for (size_t k = 0; k < n; k++)
        if (fields[k].length >= length &&
            strncasecmp(fields[k].text, name, length) == 0)
            return k;
    return MAX_COLUMNS;
}

/* Are these the names of pulses? */
static bool take_pulses(parse *p, const field *fields, size_t n)
{
    const size_t width = find_name(fields, n, "pulse_width");
    const size_t amplitude = find_name(fields, n, "amplitude");
    const size_t window = find_name(fields, n, "memory_window");
    const size_t up = find_name(fields, n, "g_up");
    p->down = find_name(fields, n, "g_down");
    if (width < MAX_COLUMNS && amplitude < MAX_COLUMNS && window < MAX_COLUMNS) {
        p->out->kind = XBAR_TABLE_WINDOWS;
        p->column[T] = width;
        p->column[V] = amplitude;
        p->column[I] = window;
        return true;
    }
    if (up == MAX_COLUMNS || p->down == MAX_COLUMNS)
        return false;
    p->out->kind = XBAR_TABLE_TRAINS;
    p->out->width_s = p->step_s;
    p->column[I] = up;
    return true;
}

/* The line of names: those of pulses, or the first that begins with each letter. */
static xbar_status take_names(parse *p, const field *fields, size_t n, xbar_error *err)
{
    static const char letters[N_QUANTITIES] = {'t', 'v', 'i'};
    p->is_named = true;
    p->n_columns = n;
    if (take_pulses(p, fields, n))
        return XBAR_OK;
    for (size_t q = 0; q < N_QUANTITIES; q++)
        for (size_t k = n; k-- > 0;)
            if (fields[k].length > 0 &&
                tolower((unsigned char)fields[k].text[0]) == letters[q])
                p->column[q] = k;
    if (p->column[V] < MAX_COLUMNS && p->column[I] < MAX_COLUMNS)
        return XBAR_OK;
    return fail(
        p, err,
        "want names of which one begins with v and one with i (and one with t for "
        "the time), or pulse_width, amplitude, memory_window, or g_up, g_down, not",
        &fields[0]);
}

static xbar_status guess_columns(parse *p, size_t n, xbar_error *err)
{
    p->n_columns = n;
    if (n != 2 && n != 3)
        return fail(
            p, err,
            "want two columns, v and i, or three, t, v and i, or a line of names",
            NULL);
    p->column[V] = n - 2;
    p->column[I] = n - 1;
    if (n == 3)
        p->column[T] = 0;
    return XBAR_OK;
}

static xbar_status take_number(const parse *p, double *value, const field *f,
                               bool may_be_missing, xbar_error *err)
{
    *value = (double)NAN;
    if (may_be_missing && is_missing(f))
        return XBAR_OK;
    if (xbar_number_parse(value, f->text, f->length))
        return XBAR_OK;
    return fail(p, err, "want a number, not", f);
}

/* An up and a down; one of them may have ended. */
static xbar_status take_train_line(parse *p, const field *fields, xbar_error *err)
{
    xbar_table *t = p->out;
    double value = 0.0;
    const size_t at[] = {p->column[I], p->down};
    for (int k = 0; k < 2; k++) {
        XBAR_TRY(take_number(p, &value, &fields[at[k]], true, err));
        if (fabs(value) > most_current)
            return fail(p, err, "want at most 1e6, not", &fields[at[k]]);
        if (k == 0)
            t->i[t->n++] = value;
        else
            p->measured[p->n_down++] = value;
    }
    return XBAR_OK;
}

static xbar_status take_numbers(parse *p, const field *fields, size_t n,
                                xbar_error *err)
{
    xbar_table *t = p->out;
    if (p->n_columns == 0)
        XBAR_TRY(guess_columns(p, n, err));
    if (n != p->n_columns)
        return fail(p, err, "not as many columns as in the lines above", NULL);
    if (t->kind == XBAR_TABLE_TRAINS)
        return take_train_line(p, fields, err);
    const size_t k = t->n;
    const bool is_course = t->kind == XBAR_TABLE_COURSE;
    t->has_time = p->column[T] < MAX_COLUMNS;
    t->t[k] = p->step_s * (double)k;
    if (t->has_time)
        XBAR_TRY(take_number(p, &t->t[k], &fields[p->column[T]], false, err));
    XBAR_TRY(take_number(p, &t->v[k], &fields[p->column[V]], false, err));
    XBAR_TRY(take_number(p, &t->i[k], &fields[p->column[I]], true, err));
    if (is_course && k > 0 && !(t->t[k] > t->t[k - 1]))
        return fail(p, err, "want a time later than that of the line above, not",
                    &fields[p->column[T]]);
    if (!is_course && !(t->t[k] > 0.0))
        return fail(p, err, "want a width above 0, not", &fields[p->column[T]]);
    if (!(fabs(t->v[k]) <= most_volt))
        return fail(p, err, "want at most 1e6 V, not", &fields[p->column[V]]);
    if (fabs(t->i[k]) > most_current)
        return fail(p, err,
                    is_course ? "want at most 1e6 A, not" : "want at most 1e6 V, not",
                    &fields[p->column[I]]);
    t->n_missing += isnan(t->i[k]) ? 1 : 0;
    t->n++;
    return XBAR_OK;
}

static xbar_status take_line(parse *p, const char *line, size_t length, xbar_error *err)
{
    field fields[MAX_COLUMNS] = {{NULL, 0}};
    const char *comment = memchr(line, '#', length);
    if (comment)
        length = (size_t)(comment - line);
    while (length > 0 && is_blank(line[length - 1]))
        length--;
    if (length == 0)
        return XBAR_OK;
    size_t n = split(fields, line, length);
    if (n > MAX_COLUMNS)
        return fail(p, err, "more columns than anyone reads", NULL);
    double number = 0.0;
    bool is_name = !xbar_number_parse(&number, fields[0].text, fields[0].length) &&
                   !is_missing(&fields[0]);
    if (is_name && p->out->n == 0 && !p->is_named)
        return take_names(p, fields, n, err);
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
static void join_trains(parse *p)
{
    xbar_table *t = p->out;
    while (t->n > 0 && isnan(t->i[t->n - 1]))
        t->n--;
    while (p->n_down > 0 && isnan(p->measured[p->n_down - 1]))
        p->n_down--;
    t->n_up = t->n;
    memcpy(t->i + t->n, p->measured, p->n_down * sizeof *t->i);
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

static xbar_status parse_text(parse *p, const char *text, size_t length,
                              xbar_error *err)
{
    const size_t most = 2 * count_lines(text, length); /* of trains two a line */
    XBAR_TRY(xbar_doubles_new(&p->out->t, most, "measured data", err));
    XBAR_TRY(xbar_doubles_new(&p->out->v, most, "measured data", err));
    XBAR_TRY(xbar_doubles_new(&p->out->i, most, "measured data", err));
    XBAR_TRY(xbar_doubles_new(&p->measured, most, "measured data", err));
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
    parse p = {.out = out, .step_s = step_s};
    for (size_t q = 0; q < N_QUANTITIES; q++)
        p.column[q] = MAX_COLUMNS;
    xbar_status status = xbar_text_copy(&out->path, path, err);
    if (status == XBAR_OK)
        status = xbar_material_text(&text, &length, out->sha256, path, err);
    if (status == XBAR_OK)
        status = parse_text(&p, text, length, err);
    free(text);
    free(p.measured);
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
    *t = (xbar_table){0};
}
