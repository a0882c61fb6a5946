/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The table of all keys of an experiment. A key that the program gains is a row here. */
#include "experiment/rows.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "analytical/model.h"
#include "control/write_verify.h"
#include "core/number.h"
#include "crossbar/bias.h"
#include "crossbar/draw.h"
#include "experiment/sources.h"

enum { MAX_INDEX = XBAR_MAX_LINES - 1, MAX_DRAWS = 1000000 };

/* The k-th device of a kind. */
static const char *name_of_kind(xbar_kind kind, size_t k)
{
    const xbar_device *device = NULL;
    for (size_t n = 0; (device = xbar_device_at(n)) != NULL; n++)
        if (device->kind == kind && k-- == 0)
            return device->name;
    return NULL;
}

static const char *device_word(size_t k)
{
    return name_of_kind(XBAR_KIND_CELL, k);
}

static const char *selector_word(size_t k)
{
    return name_of_kind(XBAR_KIND_SELECTOR, k);
}

static const char *access_word(size_t k)
{
    return name_of_kind(XBAR_KIND_ACCESS, k);
}

static const char *model_word(size_t k)
{
    const xbar_model *model = xbar_model_at(k);
    return model ? model->name : NULL;
}

static const char *scheme_word(size_t k)
{
    return k < XBAR_N_SCHEMES ? xbar_scheme_name[k] : NULL;
}

static const char *write_scheme_word(size_t k)
{
    return k < XBAR_N_WRITE_SCHEMES ? xbar_write_scheme_name[k] : NULL;
}

static const char *write_order_word(size_t k)
{
    return k < XBAR_N_WRITE_ORDERS ? xbar_write_order_name[k] : NULL;
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
WORDS(kind_word, "dc", "effective", "iv", "transient", "program", "logic", "retention")
WORDS(yes_word, "yes", "no")
WORDS(gate_word, "nor", "not", "imply")
WORDS(program_word, "adder")
WORDS(shape_word, "sine", "triangle", "pulse", "linear")
WORDS(line_word, "row", "col", "column")
WORDS(record_word, "i_out", "v_row", "v_col", "i_cell", "i_left", "i_right", "i_top",
      "i_bottom", "state", "energy", "heat")

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
#define SECOND RANGE(0, XBAR_MAX_SECOND), .unit = "second"
#define PULSE "[pulse]" /* no key: rows of pulses */
#define WAVE "[wave]"   /* no key: rows of waveforms, wherever one stands */
#define TERMINAL(side, input)                                                          \
    KEY("crossbar.terminals." side, MAP),                                              \
        KEY("crossbar.terminals." side ".volt", NUMBER | MAP | LIST | (input), VOLT,   \
            .words = input_word, .below = WAVE),                                       \
        KEY("crossbar.terminals." side ".volt[]", NUMBER | NIL | MAP | (input), VOLT,  \
            .words = input_word, .below = WAVE),                                       \
        KEY("crossbar.terminals." side ".ohm", NUMBER | ZERO | LIST, OHM,              \
            .initial = "0"),                                                           \
        KEY("crossbar.terminals." side ".ohm[]", NUMBER | ZERO, OHM),                  \
        KEY("crossbar.terminals." side ".farad", NUMBER | LIST, FARAD),                \
        KEY("crossbar.terminals." side ".farad[]", NUMBER, FARAD)
#define SERIES(path, names)                                                            \
    KEY(path, WORD | MAP | NIL, .words = (names)),                                     \
        KEY(path ".device", WORD | REQUIRED, .words = (names)),                        \
        KEY(path ".parameters", TEXT | MAP | FREE,                                     \
            .note = "a parameter set's name, or parameters")

static const xbar_row rows[] = {
    KEY("title", TEXT, .initial = ""),
    KEY("seed", INTEGER, RANGE(0, 0x1p63), .initial = "1"),
    KEY("engines", LIST | FILLED),
    KEY("engines[]", TEXT), /* plan.c knows the names, and whether -e replaces them */

    KEY("crossbar", MAP | REQUIRED),
    /* analyses differ in which of these there must be: xbar_key_need */
    KEY("crossbar.rows", INTEGER, RANGE(1, XBAR_MAX_LINES)),
    KEY("crossbar.cols", INTEGER, RANGE(1, XBAR_MAX_LINES)),
    KEY("crossbar.wire", MAP),
    KEY("crossbar.wire.row_ohm", NUMBER | ZERO, OHM, .initial = "0"),
    KEY("crossbar.wire.col_ohm", NUMBER | ZERO, OHM, .initial = "0"),
    KEY("crossbar.wire.row_farad", NUMBER, FARAD, .initial = "0"),
    KEY("crossbar.wire.col_farad", NUMBER, FARAD, .initial = "0"),
    KEY("crossbar.terminals", MAP),
    TERMINAL("left", WORD),
    TERMINAL("right", WORD),
    TERMINAL("top", 0),
    TERMINAL("bottom", 0),

    KEY("crossbar.cell", MAP),
    KEY("crossbar.cell.device", WORD, .words = device_word, .initial = "linear"),
    KEY("crossbar.cell.parameters", TEXT | MAP | FREE, .initial = "default",
        .note = "a parameter set's name, or parameters"), /* array.c knows the sets */
    KEY("crossbar.cell.read_volt", NUMBER, VOLT, .initial = "0"),
    SERIES("crossbar.cell.selector", selector_word),
    SERIES("crossbar.cell.access", access_word),
    KEY("crossbar.cell.read_gate", NUMBER, VOLT),
    KEY("crossbar.gate", MAP),
    KEY("crossbar.gate.volt", NUMBER | LIST | REQUIRED, VOLT),
    KEY("crossbar.gate.volt[]", NUMBER, VOLT),
    KEY("crossbar.gate.rest_volt", NUMBER, VOLT, .initial = "0"),

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

    KEY("conductance", MAP),
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
    KEY("analysis.kind", WORD, .words = kind_word, .initial = "dc"),
    KEY("analysis.waveform", MAP, .below = WAVE),
    KEY("analysis.envelope", MAP, .below = WAVE),
    KEY("analysis.points", INTEGER, RANGE(2, XBAR_MAX_MOMENTS), .initial = "1000"),
    KEY("analysis.end_s", NUMBER, RANGE(XBAR_MIN_SECOND, XBAR_MAX_SECOND),
        .unit = "second"),
    KEY("analysis.times_s", LIST | FILLED),
    KEY("analysis.times_s[]", NUMBER, SECOND),
    KEY("analysis.tolerance", NUMBER, RANGE(1e-9, 0.1), .initial = "1e-4"),
    KEY("analysis.max_step_s", NUMBER, RANGE(XBAR_MIN_SECOND, XBAR_MAX_SECOND),
        .unit = "second"),

    KEY("analysis.scheme", WORD, .words = write_scheme_word, .initial = "half"),
    KEY("analysis.order", WORD, .words = write_order_word, .initial = "row"),
    KEY("analysis.target", MAP, .below = "conductance"),
    KEY("analysis.set", MAP, .below = PULSE),
    KEY("analysis.reset", MAP, .below = PULSE),
    KEY("analysis.read", MAP, .below = PULSE),
    KEY("analysis.verify", MAP),
    KEY("analysis.verify.tolerance", NUMBER, RANGE(0, 1), .initial = "0.05"),
    KEY("analysis.verify.tolerance_siemens", NUMBER, RANGE(0, XBAR_MAX_SIEMENS),
        .unit = "siemens", .initial = "0"),
    KEY("analysis.verify.max_pulses", INTEGER, RANGE(1, 1000000), .initial = "100"),
    KEY("analysis.verify.max_cycles", INTEGER, RANGE(0, 1000000), .initial = "10"),
    KEY("analysis.log", INTEGER, RANGE(1, 1000000), .initial = "1000"),

    KEY("analysis.noise", TEXT, .initial = "mushroom"),
    KEY("analysis.misses", WORD, .words = yes_word, .initial = "yes"),
    KEY("analysis.drifts", WORD, .words = yes_word, .initial = "yes"),
    KEY("analysis.fluctuates", WORD, .words = yes_word, .initial = "yes"),

    KEY("analysis.program", WORD, .words = program_word),
    KEY("analysis.steps", LIST | FILLED),
    KEY("analysis.steps[]", MAP),
    KEY("analysis.steps[].gate", WORD | REQUIRED, .words = gate_word),
    KEY("analysis.steps[].inputs", LIST | FILLED | REQUIRED),
    KEY("analysis.steps[].inputs[]", INTEGER, INDEX),
    KEY("analysis.steps[].output", INTEGER | REQUIRED, INDEX),
    KEY("analysis.operands", LIST),
    KEY("analysis.operands[]", INTEGER, INDEX),
    KEY("analysis.ones", LIST),
    KEY("analysis.ones[]", INTEGER, INDEX),
    KEY("analysis.rows", LIST | FILLED),
    KEY("analysis.rows[]", INTEGER, INDEX),
    KEY("analysis.zero_siemens", NUMBER, SIEMENS),
    KEY("analysis.one_siemens", NUMBER, SIEMENS),
    KEY("analysis.volt", NUMBER, VOLT),
    KEY("analysis.cond_volt", NUMBER, VOLT),
    KEY("analysis.set_volt", NUMBER, VOLT),
    KEY("analysis.isolate_volt", NUMBER, VOLT),
    KEY("analysis.gate_volt", NUMBER, VOLT),
    KEY("analysis.pulse", MAP),
    KEY("analysis.pulse.rise_s", NUMBER | REQUIRED,
        RANGE(XBAR_MIN_SECOND, XBAR_MAX_SECOND), .unit = "second"),
    KEY("analysis.pulse.width_s", NUMBER | REQUIRED, SECOND),
    KEY("analysis.pulse.fall_s", NUMBER | REQUIRED,
        RANGE(XBAR_MIN_SECOND, XBAR_MAX_SECOND), .unit = "second"),
    KEY("analysis.pulse.gap_s", NUMBER, SECOND),

    KEY(PULSE, MAP),
    KEY(PULSE ".volt", NUMBER | REQUIRED, VOLT),
    KEY(PULSE ".step_volt", NUMBER, VOLT),
    KEY(PULSE ".max_volt", NUMBER, VOLT),
    KEY(PULSE ".gate_volt", NUMBER, VOLT),
    KEY(PULSE ".rise_s", NUMBER | REQUIRED, RANGE(XBAR_MIN_SECOND, XBAR_MAX_SECOND),
        .unit = "second"),
    KEY(PULSE ".width_s", NUMBER | REQUIRED, SECOND),
    KEY(PULSE ".fall_s", NUMBER | REQUIRED, RANGE(XBAR_MIN_SECOND, XBAR_MAX_SECOND),
        .unit = "second"),
    KEY(PULSE ".gap_s", NUMBER, SECOND),

    KEY(WAVE, MAP),
    KEY(WAVE ".shape", WORD, .words = shape_word),
    KEY(WAVE ".file", TEXT),
    KEY(WAVE ".volt", NUMBER | LIST | FILLED, VOLT),
    KEY(WAVE ".volt[]", NUMBER, VOLT),
    KEY(WAVE ".base_volt", NUMBER, VOLT),
    KEY(WAVE ".hertz", NUMBER, RANGE(1e-10, 1e15), .unit = "hertz"),
    KEY(WAVE ".cycles", NUMBER, RANGE(1e-3, 1e6)),
    KEY(WAVE ".time_s", LIST | FILLED),
    KEY(WAVE ".time_s[]", NUMBER, RANGE(-XBAR_MAX_SECOND, XBAR_MAX_SECOND),
        .unit = "second"),
    KEY(WAVE ".start_s", NUMBER, SECOND),
    KEY(WAVE ".rise_s", NUMBER, RANGE(XBAR_MIN_SECOND, XBAR_MAX_SECOND),
        .unit = "second"),
    KEY(WAVE ".width_s", NUMBER, SECOND),
    KEY(WAVE ".fall_s", NUMBER, RANGE(XBAR_MIN_SECOND, XBAR_MAX_SECOND),
        .unit = "second"),
    KEY(WAVE ".period_s", NUMBER, RANGE(XBAR_MIN_SECOND, XBAR_MAX_SECOND),
        .unit = "second"),
    KEY(WAVE ".count", INTEGER, RANGE(1, XBAR_MAX_PULSES)),

    KEY("analytical", MAP),
    KEY("analytical.model", WORD, .words = model_word),
    KEY("analytical.file", TEXT),
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

/* The row whose path is `path`, then `more`. */
static const xbar_row *find_joined(const char *path, const char *more)
{
    size_t depth = strlen(path);
    for (size_t k = 0; k < N_ROWS; k++)
        if (strncmp(rows[k].path, path, depth) == 0 &&
            strcmp(rows[k].path + depth, more) == 0)
            return &rows[k];
    return NULL;
}

/* Its own row, or that of a map's keys whose rows stand elsewhere. */
const xbar_row *xbar_row_find(const char *path)
{
    const xbar_row *row = find_joined(path, "");
    for (size_t k = 0; !row && k < N_ROWS; k++) {
        size_t depth = strlen(rows[k].path);
        if (rows[k].below && strncmp(rows[k].path, path, depth) == 0 &&
            path[depth] == '.')
            row = find_joined(rows[k].below, path + depth);
    }
    return row;
}

const xbar_row *xbar_row_keys(const xbar_row *map)
{
    return map && map->below ? xbar_row_find(map->below) : map;
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
    const struct {
        unsigned what;
        const char *text;
    } kinds[] = {
        {TEXT, "a text of one line"},
        {NIL, "null"},
        {MAP, row->below && strcmp(row->below, WAVE) == 0 ? "a waveform" : "a map"},
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
