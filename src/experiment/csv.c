/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "experiment/csv.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/memory.h"
#include "core/number.h"

bool xbar_range_holds(const xbar_range *r, double value)
{
    return (value >= r->min && value <= r->max) || (r->or_zero && value == 0.0);
}

const char *xbar_range_text(char text[XBAR_RANGE_SIZE], const xbar_range *r)
{
    snprintf(text, XBAR_RANGE_SIZE, "%s%g to %g (%s)", r->or_zero ? "0 or " : "",
             r->min, r->max, r->unit);
    return text;
}

typedef struct table {
    const xbar_csv_shape *shape;
    const char *name;
    size_t line;    /* of the file, from 1 */
    double *values; /* [room] */
    size_t n, room;
} table;

/* Makes room for one more line of the table. */
static xbar_status grow(table *t, xbar_error *err)
{
    if (t->room - t->n >= t->shape->n_columns)
        return XBAR_OK;
    size_t room = 2 * t->room + t->shape->n_columns;
    double *values = room < PTRDIFF_MAX / sizeof *values
                         ? realloc(t->values, room * sizeof *values)
                         : NULL;
    if (!values) {
        xbar_fail(err, XBAR_ERR_MEMORY, "%s: no memory for %zu numbers", t->name, room);
        return XBAR_ERR_MEMORY;
    }
    t->values = values;
    t->room = room;
    return XBAR_OK;
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r';
}

static const char *skip_blanks(const char *at, const char *end)
{
    while (at < end && is_blank(*at))
        at++;
    return at;
}

static xbar_status parse_field(table *t, size_t column, const char *field,
                               size_t length, xbar_error *err)
{
    double value = 0.0;
    if (xbar_number_parse(&value, field, length) &&
        xbar_range_holds(&t->shape->range, value)) {
        t->values[t->n++] = value;
        return XBAR_OK;
    }
    char want[XBAR_RANGE_SIZE];
    xbar_range_text(want, &t->shape->range);
    if (length == 0)
        return xbar_fail(err, XBAR_ERR_INPUT, "%s:%zu: column %zu is empty: want %s",
                         t->name, t->line, column, want);
    if (memchr(field, '\0', length))
        return xbar_fail(err, XBAR_ERR_INPUT,
                         "%s:%zu: column %zu holds a NUL byte: want %s", t->name,
                         t->line, column, want);
    return xbar_fail(err, XBAR_ERR_INPUT, "%s:%zu: column %zu = %.*s%s: want %s",
                     t->name, t->line, column, length > 60 ? 60 : (int)length, field,
                     length > 60 ? "..." : "", want);
}

static xbar_status parse_line(table *t, const char *at, const char *end,
                              xbar_error *err)
{
    const xbar_csv_shape *shape = t->shape;
    at = skip_blanks(at, end);
    if (at == end)
        return XBAR_OK;
    size_t most = shape->n_lines > 0 ? shape->n_lines : shape->max_lines;
    if (t->n == most * shape->n_columns)
        return xbar_fail(err, XBAR_ERR_INPUT,
                         "%s:%zu: one line too many; want %zu (%s)", t->name, t->line,
                         most, shape->lines);
    XBAR_TRY(grow(t, err));
    size_t column = 0;
    for (bool more = true; more;) {
        const char *field = at;
        while (at < end && !is_blank(*at) && *at != ',')
            at++;
        size_t length = (size_t)(at - field);
        column++;
        if (column > shape->n_columns)
            return xbar_fail(
                err, XBAR_ERR_INPUT, "%s:%zu: more than %zu numbers; want %zu (%s)",
                t->name, t->line, shape->n_columns, shape->n_columns, shape->columns);
        XBAR_TRY(parse_field(t, column, field, length, err));
        at = skip_blanks(at, end);
        more = at < end;
        if (more && *at == ',')
            at = skip_blanks(at + 1, end);
    }
    if (column < shape->n_columns)
        return xbar_fail(err, XBAR_ERR_INPUT, "%s:%zu: %zu numbers; want %zu (%s)",
                         t->name, t->line, column, shape->n_columns, shape->columns);
    return XBAR_OK;
}

xbar_status xbar_csv_parse(double **values, size_t *n_lines,
                           const xbar_csv_shape *shape, const char *name,
                           const char *text, size_t length, xbar_error *err)
{
    *values = NULL;
    table t = {.shape = shape, .name = name};
    xbar_status status = XBAR_OK;
    const char *end = text + length;
    const char *at = text;
    if (length >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0) /* a byte order mark */
        at += 3;
    while (at < end) {
        const char *newline = memchr(at, '\n', (size_t)(end - at));
        const char *stop = newline ? newline : end;
        const char *comment = memchr(at, '#', (size_t)(stop - at));
        t.line++;
        status = parse_line(&t, at, comment ? comment : stop, err);
        if (status != XBAR_OK)
            goto done;
        at = newline ? newline + 1 : end;
    }
    size_t have = t.n / shape->n_columns;
    if (have == 0 || (shape->n_lines > 0 && have != shape->n_lines)) {
        status =
            shape->n_lines > 0
                ? xbar_fail(err, XBAR_ERR_INPUT,
                            "%s: %zu lines of numbers; want %zu (%s)", name, have,
                            shape->n_lines, shape->lines)
                : xbar_fail(err, XBAR_ERR_INPUT, "%s: no numbers; want some", name);
        goto done;
    }
    *values = t.values;
    *n_lines = have;
    t.values = NULL;
done:
    free(t.values);
    return status;
}
