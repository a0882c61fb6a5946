/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The table of all keys of an experiment. A key that the program gains is a row here. */
#include "experiment/rows.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "core/number.h"
#include "crossbar/bias.h"
#include "crossbar/draw.h"

enum { MAX_INDEX = XBAR_MAX_LINES - 1, MAX_DRAWS = 1000000 };

static const char *device_word(size_t k)
{
    const xbar_device *device = xbar_device_at(k); /* cells stand first */
    return device && device->kind == XBAR_KIND_CELL ? device->name : NULL;
}

static const char *scheme_word(size_t k)
{
    return k < XBAR_N_SCHEMES ? xbar_scheme_name[k] : NULL;
}

static const char *distribution_word(size_t k)
{
    return k < XBAR_N_DISTRIBUTIONS ? xbar_distribution_name[k] : NULL;
}

#define WORDS(name, ...)                                                               \
    static const char *name(size_t k)                                                  \
    {                                                                                  \
        static const char *const words[] = {__VA_ARGS__};                              \
        return k < sizeof words / sizeof *words ? words[k] : NULL;                     \
    }
WORDS(input_word, "input")
WORDS(kind_word, "dc", "effective")
WORDS(line_word, "row", "col", "column")
WORDS(record_word, "i_out", "v_row", "v_col", "i_cell", "i_left", "i_right", "i_top",
      "i_bottom")

#define KEY(name, ...)                                                                 \
    {                                                                                  \
        .path = (name), .what = __VA_ARGS__                                            \
    }
#define RANGE(from, to) .min = (from), .max = (to)
#define VOLT RANGE(-XBAR_MAX_VOLT, XBAR_MAX_VOLT), .unit = "volt"
#define OHM RANGE(XBAR_MIN_OHM, XBAR_MAX_OHM), .unit = "ohm"
#define FARAD RANGE(0, 1), .unit = "farad"
#define SIEMENS RANGE(XBAR_MIN_SIEMENS, XBAR_MAX_SIEMENS), .unit = "siemens"
#define INDEX RANGE(0, MAX_INDEX)
#define TERMINAL(side, input)                                                          \
    KEY("crossbar.terminals." side, MAP),                                              \
        KEY("crossbar.terminals." side ".volt", NUMBER | LIST | (input), VOLT,         \
            .words = input_word),                                                      \
        KEY("crossbar.terminals." side ".volt[]", NUMBER | NIL | (input), VOLT,        \
            .words = input_word),                                                      \
        KEY("crossbar.terminals." side ".ohm", NUMBER | ZERO | LIST, OHM,              \
            .initial = "0"),                                                           \
        KEY("crossbar.terminals." side ".ohm[]", NUMBER | ZERO, OHM)

static const xbar_row rows[] = {
    KEY("title", TEXT, .initial = ""),
    KEY("seed", INTEGER, RANGE(0, 0x1p63), .initial = "1"),
    KEY("engines", LIST | FILLED),
    KEY("engines[]", TEXT), /* plan.c knows the names, and whether -e replaces them */

    KEY("crossbar", MAP | REQUIRED),
    KEY("crossbar.rows", INTEGER | REQUIRED, RANGE(1, XBAR_MAX_LINES)),
    KEY("crossbar.cols", INTEGER | REQUIRED, RANGE(1, XBAR_MAX_LINES)),
    KEY("crossbar.wire", MAP),
    KEY("crossbar.wire.row_ohm", NUMBER | ZERO, OHM, .initial = "0"),
    KEY("crossbar.wire.col_ohm", NUMBER | ZERO, OHM, .initial = "0"),
    KEY("crossbar.wire.row_farad", NUMBER, FARAD, .initial = "0"),
    KEY("crossbar.wire.col_farad", NUMBER, FARAD, .initial = "0"),
    KEY("crossbar.terminals", MAP | REQUIRED),
    TERMINAL("left", WORD),
    TERMINAL("right", WORD),
    TERMINAL("top", 0),
    TERMINAL("bottom", 0),

    KEY("crossbar.cell", MAP),
    KEY("crossbar.cell.device", WORD, .words = device_word, .initial = "linear"),
    KEY("crossbar.cell.parameters", TEXT | MAP | FREE, .initial = "default",
        .note = "a parameter set's name, or parameters"), /* array.c knows the sets */
    KEY("crossbar.cell.read_volt", NUMBER, VOLT, .initial = "0"),
    KEY("crossbar.cell.selector", NIL, .note = "this version has no selectors"),
    KEY("crossbar.cell.access", NIL, .note = "this version has no access devices"),

    KEY("crossbar.faults", MAP),
    KEY("crossbar.faults.stuck", LIST | MAP),
    KEY("crossbar.faults.stuck[]", MAP),
    KEY("crossbar.faults.stuck[].row", INTEGER | REQUIRED, INDEX),
    KEY("crossbar.faults.stuck[].col", INTEGER | REQUIRED, INDEX),
    KEY("crossbar.faults.stuck[].siemens", NUMBER | ZERO | REQUIRED, SIEMENS),
    KEY("crossbar.faults.stuck.on", NUMBER, RANGE(0, 1), .initial = "0"),
    KEY("crossbar.faults.stuck.off", NUMBER, RANGE(0, 1), .initial = "0"),
    KEY("crossbar.faults.stuck.on_siemens", NUMBER | ZERO, SIEMENS, .initial = "0"),
    KEY("crossbar.faults.stuck.off_siemens", NUMBER | ZERO, SIEMENS, .initial = "0"),
    KEY("crossbar.faults.broken", LIST),
    KEY("crossbar.faults.broken[]", MAP),
    KEY("crossbar.faults.broken[].line", WORD | REQUIRED, .words = line_word),
    KEY("crossbar.faults.broken[].index", INTEGER | REQUIRED, INDEX),
    KEY("crossbar.faults.broken[].after", INTEGER | REQUIRED, INDEX),

    KEY("conductance", MAP | REQUIRED),
    KEY("conductance.distribution", WORD, .words = distribution_word),
    KEY("conductance.value", NUMBER | ZERO, SIEMENS),
    KEY("conductance.min", NUMBER | ZERO, SIEMENS),
    KEY("conductance.max", NUMBER | ZERO, SIEMENS),
    KEY("conductance.count", INTEGER, RANGE(1, MAX_DRAWS)),
    KEY("conductance.median", NUMBER, SIEMENS),
    KEY("conductance.sigma", NUMBER, RANGE(0, 10)),
    KEY("conductance.samples", INTEGER, RANGE(1, MAX_DRAWS), .initial = "1"),
    KEY("conductance.file", TEXT),
    KEY("conductance.dataset", TEXT),

    KEY("inputs", MAP),
    KEY("inputs.distribution", WORD, .words = distribution_word),
    KEY("inputs.value", NUMBER, VOLT),
    KEY("inputs.min", NUMBER, VOLT),
    KEY("inputs.max", NUMBER, VOLT),
    KEY("inputs.levels", INTEGER, RANGE(1, MAX_DRAWS)),
    KEY("inputs.median", NUMBER, VOLT),
    KEY("inputs.sigma", NUMBER, RANGE(0, 10)),
    KEY("inputs.count", INTEGER, RANGE(1, MAX_DRAWS), .initial = "1"),
    KEY("inputs.file", TEXT),
    KEY("inputs.dataset", TEXT),

    KEY("bias", MAP),
    KEY("bias.scheme", WORD, .words = scheme_word, .initial = "read"),
    KEY("bias.selected", LIST | FILLED, .note = "[row, col] or a list of such pairs"),
    KEY("bias.selected[]", INTEGER | LIST | PAIR, INDEX),
    KEY("bias.selected[][]", INTEGER, INDEX),
    KEY("bias.volt", NUMBER, VOLT),

    KEY("analysis", MAP),
    KEY("analysis.kind", WORD, .words = kind_word, .initial = "dc",
        .note = "no other kind is available in this version"),
    KEY("record", LIST),
    KEY("record[]", WORD, .words = record_word),
};
enum { N_ROWS = sizeof rows / sizeof *rows };
_Static_assert((size_t)N_ROWS <= (size_t)XBAR_MAX_ROWS,
               "xbar_keys_check counts up to XBAR_MAX_ROWS");

const xbar_row *xbar_row_at(size_t k)
{
    return k < N_ROWS ? &rows[k] : NULL;
}

const char *xbar_row_name(const xbar_row *above, const xbar_row *row)
{
    const char *rest = row->path;
    if (above) {
        size_t depth = strlen(above->path);
        if (strncmp(rest, above->path, depth) != 0 || rest[depth] != '.')
            return NULL;
        rest += depth + 1;
    }
    return strpbrk(rest, ".[") ? NULL : rest;
}

const xbar_row *xbar_row_below(size_t *k, const xbar_row *above, const xbar_value *name)
{
    for (size_t n = 0; n < N_ROWS; n++) {
        const char *known = xbar_row_name(above, &rows[n]);
        if (known && xbar_value_is(name, known)) {
            *k = n;
            return &rows[n];
        }
    }
    return NULL;
}

const xbar_row *xbar_row_find(const char *path)
{
    for (size_t k = 0; k < N_ROWS; k++)
        if (strcmp(rows[k].path, path) == 0)
            return &rows[k];
    return NULL;
}

const xbar_row *xbar_row_entry(const xbar_row *list)
{
    size_t depth = strlen(list->path);
    for (size_t k = 0; k < N_ROWS; k++)
        if (strncmp(rows[k].path, list->path, depth) == 0 &&
            strcmp(rows[k].path + depth, "[]") == 0)
            return &rows[k];
    return NULL;
}

/* ---- what a scalar may be ---- */

static bool is_printable(const xbar_value *node)
{
    for (size_t k = 0; k < node->length; k++) {
        unsigned char byte = (unsigned char)node->text[k];
        if (byte < 0x20 || byte == 0x7f)
            return false;
        if (byte == 0xC2 && (unsigned char)node->text[k + 1] < 0xA0)
            return false; /* U+0080 to U+009F: controls as well */
    }
    return true;
}

static bool is_number(const xbar_row *row, const xbar_value *node)
{
    double value = 0.0;
    if (!node->is_plain || !xbar_number_parse(&value, node->text, node->length))
        return false;
    return (value >= row->min && value <= row->max) ||
           ((row->what & ZERO) && value == 0.0);
}

static bool is_integer(const xbar_row *row, const xbar_value *node)
{
    uint64_t value = 0;
    if (!node->is_plain || !xbar_integer_parse(&value, node->text, node->length))
        return false;
    return value <= INT64_MAX && (double)value >= row->min && (double)value <= row->max;
}

static bool is_word(const xbar_row *row, const xbar_value *node)
{
    for (size_t k = 0; row->words(k); k++)
        if (xbar_value_is(node, row->words(k)))
            return true;
    return false;
}

bool xbar_row_allows(const xbar_row *row, const xbar_value *scalar)
{
    const size_t max_text = 1000; /* bytes of a title or a file's name */
    return ((row->what & NUMBER) && is_number(row, scalar)) ||
           ((row->what & INTEGER) && is_integer(row, scalar)) ||
           ((row->what & WORD) && is_word(row, scalar)) ||
           ((row->what & NIL) && xbar_value_is_null(scalar)) ||
           ((row->what & TEXT) && !xbar_value_is_null(scalar) && is_printable(scalar) &&
            scalar->length <= max_text);
}

/* ---- in words ---- */

typedef struct text {
    char bytes[XBAR_WANT_SIZE];
    size_t used;
} text;

static void append(text *t, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static void append(text *t, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    int n = vsnprintf(t->bytes + t->used, sizeof t->bytes - t->used, format, args);
    va_end(args);
    if (n > 0)
        t->used += (size_t)n;
    if (t->used >= sizeof t->bytes)
        t->used = sizeof t->bytes - 1;
}

static void append_range(text *t, const xbar_row *row)
{
    if (row->what & INTEGER) {
        uint64_t max = row->max < 0x1p63 ? (uint64_t)row->max : INT64_MAX;
        append(t, "a whole number %.0f to %" PRIu64, row->min, max);
        return;
    }
    append(t, "%s%g to %g", row->what & ZERO ? "0 or " : "", row->min, row->max);
    if (row->unit)
        append(t, " (%s)", row->unit);
}

/* What a row allows, in words. */
static void append_want(text *t, const xbar_row *row)
{
    const char * or = "";
    if (row->what & WORD) {
        for (size_t k = 0; row->words(k); k++) {
            append(t, "%s%s", or, row->words(k));
            or = row->words(k + 1) && row->words(k + 2) ? ", " : " or ";
        }
    }
    if (row->what & (NUMBER | INTEGER)) {
        append(t, "%s", or);
        append_range(t, row);
        or = " or ";
    }
    static const struct {
        unsigned what;
        const char *text;
    } kinds[] = {
        {TEXT, "a text of one line"},
        {NIL, "null"},
        {MAP, "a map"},
    };
    for (size_t k = 0; k < sizeof kinds / sizeof *kinds; k++) {
        if (row->what & kinds[k].what) {
            append(t, "%s%s", or, kinds[k].text);
            or = " or ";
        }
    }
    if (row->what & LIST)
        append(t, "%s%s", or,
               row->what & PAIR     ? "a pair"
               : row->what & FILLED ? "a list of at least one"
                                    : "a list");
    if (row->note)
        append(t, " (%s)", row->note);
}

const char *xbar_row_want(char want[XBAR_WANT_SIZE], const xbar_row *row)
{
    text t = {0};
    append_want(&t, row);
    memcpy(want, t.bytes, XBAR_WANT_SIZE);
    return want;
}

const char *xbar_row_names(char want[XBAR_WANT_SIZE], const xbar_row *above)
{
    text t = {0};
    for (size_t k = 0; k < N_ROWS; k++) {
        const char *name = xbar_row_name(above, &rows[k]);
        if (name)
            append(&t, "%s%s", t.used > 0 ? ", " : "", name);
    }
    memcpy(want, t.bytes, XBAR_WANT_SIZE);
    return want;
}
