/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the terminals stand at: their own `volt`, the inputs, or a bias scheme. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/memory.h"
#include "experiment/keys.h"
#include "experiment/sources.h"

/* ---- terminals ---- */

static const char *side_path(char path[XBAR_PATH_SIZE], xbar_side side,
                             const char *more)
{
    snprintf(path, XBAR_PATH_SIZE, "crossbar.terminals.%s%s", xbar_side_name[side],
             more);
    return path;
}

/* A list must have an entry for each line. */
static xbar_status check_length(const xbar_tree *t, const xbar_value *list,
                                size_t lines, xbar_side side, const char *path,
                                xbar_error *err)
{
    if (list->kind != XBAR_VALUE_LIST || list->n == lines)
        return XBAR_OK;
    bool is_row = side == XBAR_LEFT || side == XBAR_RIGHT;
    return xbar_key_fail(t, list, err, path, "a list of %zu, one for each %s", lines,
                         is_row ? "row" : "column");
}

/* Line k's own value: the list's entry, or the value for all. */
static const xbar_value *line_value(const xbar_value *value, size_t k)
{
    return value->kind == XBAR_VALUE_LIST ? value->items[k] : value;
}

static xbar_status read_ohms(double *ohm, size_t lines, const xbar_tree *t,
                             xbar_side side, xbar_error *err)
{
    char path[XBAR_PATH_SIZE];
    const xbar_value *value = xbar_key_find(t, side_path(path, side, ".ohm"));
    if (value)
        XBAR_TRY(check_length(t, value, lines, side, path, err));
    for (size_t k = 0; k < lines; k++)
        ohm[k] = value ? xbar_value_number(line_value(value, k)) : 0.0;
    return XBAR_OK;
}

/* Left out, a side has no capacitances. */
static xbar_status read_farads(xbar_plan *p, const xbar_tree *t, xbar_side side,
                               xbar_error *err)
{
    char path[XBAR_PATH_SIZE];
    const xbar_value *value = xbar_key_find(t, side_path(path, side, ".farad"));
    if (!value)
        return XBAR_OK;
    size_t lines = xbar_side_lines(p->crossbar, side);
    XBAR_TRY(check_length(t, value, lines, side, path, err));
    double **farad = &p->crossbar->terminal_farad[side];
    XBAR_TRY(xbar_doubles_new(farad, lines, "terminals", err));
    for (size_t k = 0; k < lines; k++)
        (*farad)[k] = xbar_value_number(line_value(value, k));
    return XBAR_OK;
}

/* Room for one more waveform. */
static xbar_status more_waves(xbar_drive *d, xbar_error *err)
{
    if ((d->n_waves & (d->n_waves - 1)) != 0)
        return XBAR_OK; /* doubled at each power of two */
    size_t room = d->n_waves > 0 ? 2 * d->n_waves : 1;
    xbar_waveform *waves = realloc(d->waves, room * sizeof *waves);
    if (!waves)
        return xbar_fail(err, XBAR_ERR_MEMORY, "no memory for %zu waveforms", room);
    d->waves = waves;
    return XBAR_OK;
}

/* A terminal's waveform; `last` is the one before, which an alias or a single map for
 * all lines repeats. */
static xbar_status read_wave(xbar_plan *p, const xbar_tree *t, const xbar_value *map,
                             const xbar_value **last, xbar_side side, size_t line,
                             const char *path, xbar_error *err)
{
    const size_t max_knots = 10000000; /* of all waveforms: 160 MB */
    xbar_drive *d = &p->sources->drive;
    if (p->n_times == 0)
        return xbar_key_fail(t, map, err, path,
                             "a number, as a waveform needs analysis.kind transient");
    if (!d->wave[side]) {
        void *memory = NULL;
        XBAR_TRY(xbar_array_new(&memory, xbar_side_lines(p->crossbar, side),
                                sizeof *d->wave[side], "waveforms", err));
        d->wave[side] = memory;
    }
    if (map != *last) {
        size_t n_knots = 0;
        XBAR_TRY(more_waves(d, err));
        XBAR_TRY(xbar_wave_read(&d->waves[d->n_waves], p, t, map, path, err));
        d->n_waves++;
        for (size_t k = 0; k < d->n_waves; k++)
            n_knots += d->waves[k].n_knots;
        if (n_knots > max_knots)
            return xbar_key_fail(t, map, err, path,
                                 "at most %zu knots in all waveforms, not %zu",
                                 max_knots, n_knots);
    }
    *last = map;
    d->wave[side][line] = (uint32_t)d->n_waves;
    d->volt[side][line] = xbar_waveform_value(&d->waves[d->n_waves - 1], 0.0);
    return XBAR_OK;
}

/* A side's `volt`: NaN in volt where a line is open or takes an input, NaN in ohm where
 * it is open. */
static xbar_status read_volts(xbar_plan *p, double *ohm, size_t lines,
                              const xbar_tree *t, xbar_side side, xbar_error *err)
{
    xbar_drive *d = &p->sources->drive;
    const xbar_value *last = NULL;
    char path[XBAR_PATH_SIZE];
    char entry[XBAR_PATH_SIZE];
    const xbar_value *value = xbar_key_find(t, side_path(path, side, ".volt"));
    if (!value && d->scheme != XBAR_SCHEME_READ)
        return XBAR_OK;
    if (!value)
        return xbar_key_missing(t, path, err, "what the terminals stand at");
    XBAR_TRY(check_length(t, value, lines, side, path, err));
    for (size_t k = 0; k < lines; k++) {
        const xbar_value *one = line_value(value, k);
        if (one->kind == XBAR_VALUE_MAP) {
            const char *where =
                one == value ? path : xbar_path_entry(entry, path, k, "");
            XBAR_TRY(read_wave(p, t, one, &last, side, k, where, err));
            continue;
        }
        d->volt[side][k] = xbar_value_number(one);
        d->takes_input[side][k] = xbar_value_is(one, "input");
        if (xbar_value_is_null(one))
            ohm[k] = NAN;
    }
    return XBAR_OK;
}

static xbar_status read_side(xbar_plan *p, const xbar_tree *t, xbar_side side,
                             xbar_error *err)
{
    xbar_drive *d = &p->sources->drive;
    size_t lines = xbar_side_lines(p->crossbar, side);
    XBAR_TRY(xbar_doubles_new(&d->volt[side], lines, "terminals", err));
    void *memory = NULL;
    XBAR_TRY(xbar_array_new(&memory, lines, sizeof(bool), "terminals", err));
    d->takes_input[side] = memory;
    for (size_t k = 0; k < lines; k++)
        d->volt[side][k] = NAN;
    char path[XBAR_PATH_SIZE];
    double *ohm = p->crossbar->terminal_ohm[side];
    if (p->analysis == XBAR_ANALYSIS_IV && !xbar_key_find(t, "crossbar.terminals")) {
        /* left: {volt: input}, bottom: {volt: 0} */
        d->takes_input[side][0] = side == XBAR_LEFT;
        if (side == XBAR_BOTTOM)
            d->volt[side][0] = 0.0;
        if (side == XBAR_LEFT || side == XBAR_BOTTOM)
            ohm[0] = 0.0;
        return XBAR_OK;
    }
    if (!xbar_key_find(t, side_path(path, side, "")))
        return XBAR_OK;
    XBAR_TRY(read_ohms(ohm, lines, t, side, err));
    XBAR_TRY(read_farads(p, t, side, err));
    return read_volts(p, ohm, lines, t, side, err);
}

static bool side_takes_input(const xbar_plan *p, xbar_side side)
{
    for (size_t k = 0; k < xbar_side_lines(p->crossbar, side); k++)
        if (p->sources->drive.takes_input[side][k])
            return true;
    return false;
}

/* ---- gates ---- */

static xbar_status read_gates(xbar_plan *p, const xbar_tree *t, xbar_error *err)
{
    static const char path[] = "crossbar.gate";
    static const char rest[] = "crossbar.gate.rest_volt";
    xbar_drive *d = &p->sources->drive;
    size_t n_rows = p->crossbar->n_rows;
    const xbar_value *map = xbar_key_find(t, path);
    if (!p->crossbar->cell.access)
        return map ? xbar_key_fail(t, map, err, path,
                                   "none without crossbar.cell.access")
                   : XBAR_OK;
    if (!map)
        return xbar_key_missing(t, path, err,
                                "{volt: V}, as the cells have access transistors");
    const xbar_value *value = xbar_value_get(map, "volt", 4);
    XBAR_TRY(check_length(t, value, n_rows, XBAR_LEFT, "crossbar.gate.volt", err));
    XBAR_TRY(xbar_doubles_new(&d->gate, n_rows, "gates", err));
    for (size_t i = 0; i < n_rows; i++)
        d->gate[i] = xbar_value_number(line_value(value, i));
    const xbar_value *rest_value = xbar_key_find(t, rest);
    if (rest_value && d->scheme == XBAR_SCHEME_READ)
        return xbar_key_fail(t, rest_value, err, rest,
                             "none with bias.scheme read, where every gate is at "
                             "crossbar.gate.volt");
    d->rest_gate = xbar_key_number(t, rest);
    return XBAR_OK;
}

/* ---- two sources on one wire ---- */

static bool line_is_whole(const xbar_crossbar *c, bool is_row, size_t line)
{
    const uint8_t *cut = is_row ? c->row_cut : c->col_cut;
    size_t cells = is_row ? c->n_cols : c->n_rows;
    if (cells > 1 && (is_row ? c->row_ohm : c->col_ohm) > 0.0)
        return false;
    for (size_t k = 0; cut && k < cells; k++)
        if (cut[is_row ? line * c->n_cols + k : k * c->n_cols + line])
            return false;
    return true;
}

/* "left 3 (0.2 V)" */
static void describe(char text[64], const xbar_drive *d, xbar_side side, size_t line)
{
    if (d->wave[side] && d->wave[side][line])
        snprintf(text, 64, "%s %zu (a waveform)", xbar_side_name[side], line);
    else if (d->takes_input[side][line])
        snprintf(text, 64, "%s %zu (input)", xbar_side_name[side], line);
    else
        snprintf(text, 64, "%s %zu (%g V)", xbar_side_name[side], line,
                 d->volt[side][line]);
}

/* The experiment's own words count: an input beside a number is a mistake even where the
 * two happen to be equal. */
static xbar_status check_short(const xbar_plan *p, const xbar_tree *t, xbar_side a,
                               xbar_side b, size_t line, xbar_error *err)
{
    const xbar_crossbar *c = p->crossbar;
    const xbar_drive *d = &p->sources->drive;
    /* false as well where one is open: NaN */
    if (!(c->terminal_ohm[a][line] == 0.0 && c->terminal_ohm[b][line] == 0.0))
        return XBAR_OK;
    const uint32_t wave_a = d->wave[a] ? d->wave[a][line] : 0;
    const uint32_t wave_b = d->wave[b] ? d->wave[b][line] : 0;
    bool same = d->takes_input[a][line] ? d->takes_input[b][line]
                : wave_a > 0            ? wave_a == wave_b
                                        : d->volt[a][line] == d->volt[b][line];
    if ((same && (wave_b > 0) == (wave_a > 0)) ||
        !line_is_whole(c, a == XBAR_LEFT, line))
        return XBAR_OK;
    char place[XBAR_PLACE_SIZE];
    char one[64];
    char other[64];
    describe(one, d, a, line);
    describe(other, d, b, line);
    return xbar_fail(err, XBAR_ERR_SHORT,
                     "%s: crossbar.terminals: %s and %s are joined by 0 ohm; want a "
                     "resistance between them",
                     xbar_tree_place(place, t, xbar_key_find(t, "crossbar.terminals")),
                     one, other);
}

static xbar_status check_shorts(const xbar_plan *p, const xbar_tree *t, xbar_error *err)
{
    for (size_t i = 0; i < p->crossbar->n_rows; i++)
        XBAR_TRY(check_short(p, t, XBAR_LEFT, XBAR_RIGHT, i, err));
    for (size_t j = 0; j < p->crossbar->n_cols; j++)
        XBAR_TRY(check_short(p, t, XBAR_TOP, XBAR_BOTTOM, j, err));
    return XBAR_OK;
}

/* ---- the schemes ---- */

/* Inputs that all are of one value: the array at rest, or what an envelope makes of 1. */
static void constant_input(xbar_plan *p, double volt)
{
    p->sources->inputs =
        (xbar_source){.draw = {.distribution = XBAR_CONSTANT, .a = volt},
                      .range = {-XBAR_MAX_VOLT, XBAR_MAX_VOLT, true, "volt"},
                      .per_sample = p->crossbar->n_rows};
    p->n_inputs = 1;
}

static xbar_status drive_iv(xbar_plan *p, const xbar_tree *t, bool takes_input,
                            xbar_error *err)
{
    const xbar_value *inputs = xbar_key_find(t, "inputs");
    if (inputs)
        return xbar_key_fail(t, inputs, err, "inputs",
                             "none with analysis.kind iv, whose waveform is the input");
    if (!takes_input)
        return xbar_key_fail(t, xbar_key_find(t, "crossbar.terminals"), err,
                             "crossbar.terminals",
                             "one of `volt: input`, which analysis.waveform drives");
    constant_input(p, 1.0);
    return XBAR_OK;
}

static xbar_status drive_read(xbar_plan *p, const xbar_tree *t, xbar_error *err)
{
    static const char *const others[] = {"bias.selected", "bias.volt"};
    for (size_t k = 0; k < sizeof others / sizeof *others; k++) {
        const xbar_value *value = xbar_key_find(t, others[k]);
        if (value)
            return xbar_key_fail(t, value, err, others[k],
                                 "none with bias.scheme read, only with half, third, "
                                 "float, ground");
    }
    XBAR_TRY(check_shorts(p, t, err));
    bool left = side_takes_input(p, XBAR_LEFT);
    bool right = side_takes_input(p, XBAR_RIGHT);
    const xbar_drive *d = &p->sources->drive;
    for (size_t i = 0; i < p->crossbar->n_rows; i++)
        if (d->takes_input[XBAR_RIGHT][i] && !d->takes_input[XBAR_LEFT][i])
            p->crossbar->row_source[i] = XBAR_RIGHT;
    const xbar_value *inputs = xbar_key_find(t, "inputs");
    if (p->analysis == XBAR_ANALYSIS_EFFECTIVE && !(left || right))
        return xbar_key_fail(t, xbar_key_find(t, "crossbar.terminals"), err,
                             "crossbar.terminals",
                             "one of `volt: input` at least, with analysis.kind "
                             "effective");
    if (p->analysis == XBAR_ANALYSIS_EFFECTIVE && !inputs) {
        constant_input(p, 0.0);
        return XBAR_OK;
    }
    if (p->analysis == XBAR_ANALYSIS_IV)
        return drive_iv(p, t, left || right, err);
    if (left || right)
        return inputs ? xbar_inputs_read(p, t, err)
                      : xbar_key_missing(t, "inputs", err,
                                         "what the terminals of `volt: input` get");
    if (d->has_envelope)
        return xbar_key_fail(t, xbar_key_find(t, "analysis.envelope"), err,
                             "analysis.envelope",
                             "none: nothing takes an input, as no terminal has `volt: "
                             "input`");
    if (inputs)
        return xbar_key_fail(
            t, inputs, err, "inputs",
            "none: nothing takes it, as no terminal has `volt: input`");
    p->n_inputs = 1;
    return XBAR_OK;
}

/* The k-th selected cell, of a list of pairs or of the only pair. */
static xbar_status read_pair(struct xbar_selected *cell, const xbar_plan *p,
                             const xbar_tree *t, const xbar_value *pair,
                             const char *path, xbar_error *err)
{
    const xbar_crossbar *c = p->crossbar;
    if (pair->kind != XBAR_VALUE_LIST)
        return xbar_key_fail(t, pair, err, path, "a pair [row, col]");
    cell->row = xbar_value_integer(pair->items[0]);
    cell->col = xbar_value_integer(pair->items[1]);
    if (cell->row >= c->n_rows || cell->col >= c->n_cols ||
        pair->items[0]->kind == XBAR_VALUE_LIST ||
        pair->items[1]->kind == XBAR_VALUE_LIST)
        return xbar_key_fail(t, pair, err, path,
                             "[row, col] within [0 to %zu, 0 to %zu], not [%zu, %zu]",
                             c->n_rows - 1, c->n_cols - 1, cell->row, cell->col);
    return XBAR_OK;
}

static xbar_status read_selected(xbar_plan *p, const xbar_tree *t, xbar_error *err)
{
    static const char path[] = "bias.selected";
    xbar_drive *d = &p->sources->drive;
    const xbar_value *list = xbar_key_find(t, path);
    if (!list)
        return xbar_key_missing(t, path, err, "[row, col] or a list of such pairs");
    bool is_pair = list->items[0]->kind != XBAR_VALUE_LIST;
    if (is_pair && list->n != 2)
        return xbar_key_fail(t, list, err, path, "[row, col] or a list of such pairs");
    size_t n = is_pair ? 1 : list->n;
    if (n > 1000000)
        return xbar_key_fail(t, list, err, path, "at most 1000000 pairs");
    void *memory = NULL;
    XBAR_TRY(xbar_array_new(&memory, n, sizeof *d->selected, "selected cells", err));
    d->selected = memory;
    p->n_inputs = n;
    for (size_t k = 0; k < n; k++) {
        char entry[XBAR_PATH_SIZE];
        XBAR_TRY(read_pair(&d->selected[k], p, t, is_pair ? list : list->items[k],
                           is_pair ? path : xbar_path_entry(entry, path, k, ""), err));
    }
    return XBAR_OK;
}

static xbar_status drive_select(xbar_plan *p, const xbar_tree *t, xbar_error *err)
{
    xbar_drive *d = &p->sources->drive;
    const xbar_value *inputs = xbar_key_find(t, "inputs");
    if (inputs)
        return xbar_key_fail(t, inputs, err, "inputs",
                             "none with bias.scheme %s, which sets every voltage",
                             xbar_scheme_name[d->scheme]);
    if (!xbar_key_find(t, "bias.volt"))
        return xbar_key_missing(t, "bias.volt", err, "the selected row's voltage");
    d->selected_volt = xbar_key_number(t, "bias.volt");
    return read_selected(p, t, err);
}

xbar_status xbar_drive_read(xbar_plan *p, const xbar_tree *t, xbar_error *err)
{
    xbar_drive *d = &p->sources->drive;
    d->scheme = (xbar_scheme)xbar_key_word(t, "bias.scheme");
    if (d->scheme != XBAR_SCHEME_READ && p->analysis == XBAR_ANALYSIS_EFFECTIVE)
        return xbar_key_fail(t, xbar_key_find(t, "bias.scheme"), err, "bias.scheme",
                             "read, or no bias, with analysis.kind effective");
    if (d->scheme != XBAR_SCHEME_READ && p->analysis == XBAR_ANALYSIS_IV)
        return xbar_key_fail(t, xbar_key_find(t, "bias.scheme"), err, "bias.scheme",
                             "read, or no bias, with analysis.kind iv");
    if (p->analysis != XBAR_ANALYSIS_IV)
        XBAR_TRY(xbar_key_need(t, "crossbar.terminals", err));
    for (int side = 0; side < XBAR_N_SIDES; side++)
        XBAR_TRY(read_side(p, t, (xbar_side)side, err));
    XBAR_TRY(read_gates(p, t, err));
    return d->scheme == XBAR_SCHEME_READ ? drive_read(p, t, err)
                                         : drive_select(p, t, err);
}

void xbar_drive_clear(xbar_drive *d)
{
    for (int side = 0; side < XBAR_N_SIDES; side++) {
        free(d->volt[side]);
        free(d->takes_input[side]);
        free(d->wave[side]);
    }
    for (size_t k = 0; k < d->n_waves; k++)
        xbar_waveform_clear(&d->waves[k]);
    free(d->waves);
    xbar_waveform_clear(&d->envelope);
    free(d->selected);
    free(d->gate);
}
