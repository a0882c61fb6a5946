/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "calibrate/table_names.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

enum { T = XBAR_COLUMN_T, V = XBAR_COLUMN_V, I = XBAR_COLUMN_I };

xbar_status xbar_table_fail(const xbar_table_parse *p, xbar_error *err,
                            const char *what, const xbar_field *f)
{
    char shown[61] = "";
    for (size_t k = 0; f && k < f->length && k + 1 < sizeof shown; k++)
        shown[k] = iscntrl((unsigned char)f->text[k]) ? '?' : f->text[k];
    const char *quote = f ? "\"" : "";
    return xbar_fail(err, XBAR_ERR_INPUT, "%s:%zu: %s%s%s%s%s", p->out->path, p->line,
                     what, f ? " " : "", quote, shown, quote);
}

/* The column whose name begins so, or XBAR_MAX_COLUMNS. */
static size_t find_name(const xbar_field *fields, size_t n, const char *name)
{
    const size_t length = strlen(name);
    for (size_t k = 0; k < n; k++)
        if (fields[k].length >= length &&
            strncasecmp(fields[k].text, name, length) == 0)
            return k;
    return XBAR_MAX_COLUMNS;
}

/* Is it this word, perhaps with a unit or a remark behind it: t, t_s, t (s), t/s? */
static bool is_word(const xbar_field *f, const char *word)
{
    const size_t length = strlen(word);
    return f->length >= length && strncasecmp(f->text, word, length) == 0 &&
           (f->length == length || strchr("_ /([.", f->text[length]));
}

/* The column of a quantity: the first that is called by its letter or begins with its
 * name, else the only one that begins with the letter. The time is never guessed: what
 * begins with t may be a temperature. */
static size_t find_quantity(const xbar_field *fields, size_t n, const char *letter,
                            const char *name)
{
    size_t only = XBAR_MAX_COLUMNS, begin = 0;
    for (size_t k = 0; k < n; k++)
        if (is_word(&fields[k], letter) ||
            (fields[k].length >= strlen(name) &&
             strncasecmp(fields[k].text, name, strlen(name)) == 0))
            return k;
    for (size_t k = 0; *letter != 't' && k < n; k++)
        if (fields[k].length > 0 && strncasecmp(fields[k].text, letter, 1) == 0) {
            begin++;
            only = k;
        }
    return begin == 1 ? only : XBAR_MAX_COLUMNS;
}

/* ---- units ---------------------------------------------------------------------------- */

/* The end of a name that may be a unit: behind its last "_", "/" or blank, or between
 * brackets. */
static xbar_field unit_of(const xbar_field *name)
{
    const char *end = name->text + name->length;
    while (end > name->text && strchr(")] ", end[-1]))
        end--;
    const char *from = end;
    while (from > name->text && !strchr("_/([ ", from[-1]))
        from--;
    return (xbar_field){from, (size_t)(end - from)};
}

/* Columns are taken in seconds, volts and amperes: a name that says another unit of the
 * same quantity would put them a factor of a thousand wrong, unseen. */
static xbar_status check_unit(const xbar_table_parse *p, const xbar_field *name,
                              const char *wanted, xbar_error *err)
{
    static const char *const prefixes[] = {"f",        "p", "n", "u", "\xc2\xb5",
                                           "\xce\xbc", "m", "k", "M"};
    static const char *const times[] = {"min", "mins", "minute", "minutes",
                                        "h",   "hour", "hours"};
    static const char *const areas[] = {"cm2", "m2", "um2"}; /* of a current density */
    const char *const name_of = wanted[0] == 's'   ? "sec"
                                : wanted[0] == 'V' ? "volt"
                                                   : "amp";
    const xbar_field unit = unit_of(name);
    bool is_other = false;
    for (size_t k = 0; k < sizeof prefixes / sizeof *prefixes; k++) {
        const size_t length = strlen(prefixes[k]);
        if (unit.length <= length || memcmp(unit.text, prefixes[k], length) != 0)
            continue;
        const char *rest = unit.text + length;
        const size_t left = unit.length - length;
        is_other = is_other || (left == 1 && rest[0] == wanted[0]) ||
                   (left >= strlen(name_of) &&
                    strncasecmp(rest, name_of, strlen(name_of)) == 0);
    }
    for (size_t k = 0; wanted[0] == 'A' && k < sizeof areas / sizeof *areas; k++)
        is_other = is_other || (unit.length == strlen(areas[k]) &&
                                memcmp(unit.text, areas[k], unit.length) == 0);
    for (size_t k = 0; wanted[0] == 's' && k < sizeof times / sizeof *times; k++)
        is_other = is_other || (unit.length == strlen(times[k]) &&
                                memcmp(unit.text, times[k], unit.length) == 0);
    char what[40];
    snprintf(what, sizeof what, "want a column in %s, not", wanted);
    return is_other ? xbar_table_fail(p, err, what, name) : XBAR_OK;
}

static xbar_status check_units(const xbar_table_parse *p, const xbar_field *fields,
                               xbar_error *err)
{
    const bool is_course = p->out->kind == XBAR_TABLE_COURSE;
    const char *const wanted[XBAR_N_COLUMNS] = {"s", "V", is_course ? "A" : "V"};
    if (p->out->kind == XBAR_TABLE_TRAINS) /* in any scale */
        return XBAR_OK;
    for (size_t q = 0; q < XBAR_N_COLUMNS; q++)
        if (p->column[q] < XBAR_MAX_COLUMNS)
            XBAR_TRY(check_unit(p, &fields[p->column[q]], wanted[q], err));
    return XBAR_OK;
}

/* ---- names ---------------------------------------------------------------------------- */

/* Are these the names of pulses? */
static bool take_pulses(xbar_table_parse *p, const xbar_field *fields, size_t n)
{
    const size_t width = find_name(fields, n, "pulse_width");
    const size_t amplitude = find_name(fields, n, "amplitude");
    const size_t window = find_name(fields, n, "memory_window");
    const size_t up = find_name(fields, n, "g_up");
    p->down = find_name(fields, n, "g_down");
    if (width < XBAR_MAX_COLUMNS && amplitude < XBAR_MAX_COLUMNS &&
        window < XBAR_MAX_COLUMNS) {
        p->out->kind = XBAR_TABLE_WINDOWS;
        p->column[T] = width;
        p->column[V] = amplitude;
        p->column[I] = window;
        return true;
    }
    if (up == XBAR_MAX_COLUMNS || p->down == XBAR_MAX_COLUMNS)
        return false;
    p->out->kind = XBAR_TABLE_TRAINS;
    p->out->width_s = p->step_s;
    p->column[I] = up;
    return true;
}

xbar_status xbar_table_names(xbar_table_parse *p, const xbar_field *fields, size_t n,
                             xbar_error *err)
{
    p->is_named = true;
    p->n_columns = n;
    if (take_pulses(p, fields, n))
        return check_units(p, fields, err);
    p->column[T] = find_quantity(fields, n, "t", "time");
    p->column[V] = find_quantity(fields, n, "v", "volt");
    p->column[I] = find_quantity(fields, n, "i", "current");
    if (p->column[V] < XBAR_MAX_COLUMNS && p->column[I] < XBAR_MAX_COLUMNS)
        return check_units(p, fields, err);
    return xbar_table_fail(
        p, err,
        "want names of which one begins with v and one with i or current (and t or "
        "time "
        "for the time), or pulse_width, amplitude, memory_window, or g_up, g_down, "
        "not",
        &fields[0]);
}
