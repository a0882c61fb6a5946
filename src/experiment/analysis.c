/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is asked of each sample: which keys an analysis has, what it needs of engines and
 * cells, and, in time, at which moments. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "core/memory.h"
#include "experiment/keys.h"
#include "experiment/sources.h"

#define KIND(name) (1u << XBAR_ANALYSIS_##name)
static const unsigned in_time = KIND(IV) | KIND(TRANSIENT) | KIND(LOGIC);

static bool is_in_time(const xbar_plan *p)
{
    return (1u << p->analysis & in_time) != 0;
}

/* ---- keys ---- */

/* Keys that not every analysis has. */
#define IN_TIME (KIND(IV) | KIND(TRANSIENT))
#define STEERED (KIND(PROGRAM) | KIND(LOGIC))
static const struct {
    const char *path;
    unsigned kinds;
} keys[] = {
    {"analysis.waveform", KIND(IV)},
    {"analysis.envelope", KIND(TRANSIENT)},
    {"analysis.times_s", KIND(TRANSIENT) | KIND(RETENTION)},
    {"analysis.noise", KIND(RETENTION)},
    {"analysis.misses", KIND(RETENTION)},
    {"analysis.drifts", KIND(RETENTION)},
    {"analysis.fluctuates", KIND(RETENTION)},
    {"analysis.points", IN_TIME | KIND(LOGIC)},
    {"analysis.end_s", IN_TIME},
    {"analysis.tolerance", IN_TIME | STEERED},
    {"analysis.max_step_s", IN_TIME | STEERED},
    {"analysis.scheme", KIND(PROGRAM)},
    {"analysis.order", KIND(PROGRAM)},
    {"analysis.target", KIND(PROGRAM)},
    {"analysis.set", KIND(PROGRAM)},
    {"analysis.reset", KIND(PROGRAM)},
    {"analysis.read", KIND(PROGRAM)},
    {"analysis.verify", KIND(PROGRAM)},
    {"analysis.log", KIND(PROGRAM)},
    {"analysis.program", KIND(LOGIC)},
    {"analysis.steps", KIND(LOGIC)},
    {"analysis.operands", KIND(LOGIC)},
    {"analysis.ones", KIND(LOGIC)},
    {"analysis.rows", KIND(LOGIC)},
    {"analysis.zero_siemens", KIND(LOGIC)},
    {"analysis.one_siemens", KIND(LOGIC)},
    {"analysis.volt", KIND(LOGIC)},
    {"analysis.cond_volt", KIND(LOGIC)},
    {"analysis.set_volt", KIND(LOGIC)},
    {"analysis.isolate_volt", KIND(LOGIC)},
    {"analysis.gate_volt", KIND(LOGIC)},
    {"analysis.pulse", KIND(LOGIC)},
};

static const char *const kind_names[] = {
    [XBAR_ANALYSIS_DC] = "dc",
    [XBAR_ANALYSIS_EFFECTIVE] = "effective",
    [XBAR_ANALYSIS_IV] = "iv",
    [XBAR_ANALYSIS_TRANSIENT] = "transient",
    [XBAR_ANALYSIS_PROGRAM] = "program",
    [XBAR_ANALYSIS_LOGIC] = "logic",
    [XBAR_ANALYSIS_RETENTION] = "retention",
};
enum { N_KINDS = sizeof kind_names / sizeof *kind_names };

/* "iv, transient or logic" */
static const char *list_kinds(char text[80], unsigned kinds)
{
    size_t used = 0;
    text[0] = '\0';
    for (unsigned k = 0; k < N_KINDS; k++) {
        if ((kinds >> k & 1u) == 0)
            continue;
        const bool is_last = kinds >> (k + 1) == 0;
        used += (size_t)snprintf(text + used, 80 - used, "%s%s",
                                 used == 0 ? ""
                                 : is_last ? " or "
                                           : ", ",
                                 kind_names[k]);
    }
    return text;
}

static const char *kind_name(const xbar_plan *p)
{
    return kind_names[p->analysis];
}

static xbar_status check_keys(const xbar_plan *p, const xbar_tree *t, xbar_error *err)
{
    char kinds[80];
    for (size_t k = 0; k < sizeof keys / sizeof *keys; k++) {
        const xbar_value *value = xbar_key_find(t, keys[k].path);
        if (value && (keys[k].kinds & 1u << p->analysis) == 0)
            return xbar_key_fail(t, value, err, keys[k].path,
                                 "none with analysis.kind %s, only with %s",
                                 kind_name(p), list_kinds(kinds, keys[k].kinds));
    }
    return XBAR_OK;
}

static xbar_status check_record(const xbar_plan *p, const xbar_tree *t, xbar_error *err)
{
    static const char *const names[] = {"state", "energy", "heat"};
    const xbar_value *list = xbar_key_find(t, "record");
    char path[XBAR_PATH_SIZE];
    char kinds[80];
    for (size_t k = 0; list && k < list->n; k++) {
        const xbar_value *name = list->items[k];
        bool of_time = false;
        for (size_t n = 0; n < sizeof names / sizeof *names; n++)
            of_time = of_time || xbar_value_is(name, names[n]);
        if (of_time && !is_in_time(p))
            return xbar_key_fail(t, name, err, xbar_path_entry(path, "record", k, ""),
                                 "none with analysis.kind %s, only with %s",
                                 kind_name(p), list_kinds(kinds, in_time));
        if (xbar_value_is(name, "state") && xbar_cell_n_states(&p->crossbar->cell) == 0)
            return xbar_key_fail(t, name, err, xbar_path_entry(path, "record", k, ""),
                                 "none, as the cells (%s) have no state that moves",
                                 p->crossbar->cell.device->name);
    }
    return XBAR_OK;
}

/* ---- effective conductances ---- */

/* What engines can, and what the cells must be. (drive.c sees to the terminals.) */
static xbar_status read_effective(xbar_plan *p, const xbar_tree *t, xbar_error *err)
{
    static const char path[] = "analysis.kind";
    const xbar_value *kind = xbar_key_find(t, path);
    for (size_t k = 0; k < p->n_engines; k++)
        if (!p->engines[k]->effective)
            return xbar_key_fail(t, kind, err, path,
                                 "dc, as engine %s has no effective conductances; or "
                                 "engines: [nodal]",
                                 p->engines[k]->name);
    const xbar_cell *cell = &p->crossbar->cell;
    if (cell->device != xbar_device_find("linear") || cell->selector || cell->access)
        return xbar_key_fail(t, kind, err, path,
                             "dc, as the cells (%s) are not ohmic; or crossbar.cell: "
                             "{device: linear}",
                             cell->device->name);
    p->record |= XBAR_RECORD_EFFECTIVE;
    return XBAR_OK;
}

/* ---- time ---- */

static xbar_status check_engines(const xbar_plan *p, const xbar_tree *t,
                                 xbar_error *err)
{
    static const char path[] = "analysis.kind";
    char known[200] = "";
    for (size_t k = 0; xbar_engine_at(k); k++) {
        size_t used = strlen(known);
        if (xbar_engine_at(k)->begin)
            snprintf(known + used, sizeof known - used, "%s%s", used > 0 ? ", " : "",
                     xbar_engine_at(k)->name);
    }
    for (size_t k = 0; k < p->n_engines; k++)
        if (!p->engines[k]->begin)
            return xbar_key_fail(t, xbar_key_find(t, path), err, path,
                                 "dc, as engine %s knows no time; or engines: [%s]",
                                 p->engines[k]->name, known);
    return XBAR_OK;
}

static xbar_status check_size(const xbar_plan *p, const xbar_tree *t, xbar_error *err)
{
    static const char *const paths[] = {"crossbar.rows", "crossbar.cols"};
    if (p->crossbar->n_rows == 1 && p->crossbar->n_cols == 1)
        return XBAR_OK;
    const char *path = paths[p->crossbar->n_rows == 1];
    return xbar_key_fail(t, xbar_key_find(t, path), err, path,
                         "1, or none, with analysis.kind iv");
}

static xbar_status read_envelope(xbar_plan *p, const xbar_tree *t, const char *path,
                                 xbar_error *err)
{
    xbar_drive *d = &p->sources->drive;
    const xbar_value *map = xbar_key_find(t, path);
    if (!map)
        return XBAR_OK;
    XBAR_TRY(xbar_wave_read(&d->envelope, p, t, map, path, err));
    d->has_envelope = true;
    return XBAR_OK;
}

static xbar_status moments_new(xbar_plan *p, size_t n, xbar_error *err)
{
    XBAR_TRY(xbar_doubles_new(&p->times_s, n, "moments", err));
    p->n_times = n;
    return XBAR_OK;
}

/* `points` moments from 0 to the end, both included. */
static xbar_status spread_moments(xbar_plan *p, const xbar_tree *t, double end_s,
                                  xbar_error *err)
{
    size_t n = xbar_key_integer(t, "analysis.points");
    XBAR_TRY(moments_new(p, n, err));
    for (size_t k = 0; k < n; k++)
        p->times_s[k] = end_s * ((double)k / (double)(n - 1));
    return XBAR_OK;
}

static xbar_status read_moments(xbar_plan *p, const xbar_tree *t,
                                const xbar_value *list, xbar_error *err)
{
    static const char path[] = "analysis.times_s";
    char entry[XBAR_PATH_SIZE];
    const xbar_value *points = xbar_key_find(t, "analysis.points");
    const xbar_value *end = xbar_key_find(t, "analysis.end_s");
    if (points)
        return xbar_key_fail(t, points, err, "analysis.points",
                             "none beside analysis.times_s");
    if (list->n > XBAR_MAX_MOMENTS)
        return xbar_key_fail(t, list, err, path, "at most %d moments",
                             XBAR_MAX_MOMENTS);
    XBAR_TRY(moments_new(p, list->n, err));
    for (size_t k = 0; k < list->n; k++) {
        p->times_s[k] = xbar_value_number(list->items[k]);
        if (k > 0 && p->times_s[k] <= p->times_s[k - 1])
            return xbar_key_fail(
                t, list->items[k], err, xbar_path_entry(entry, path, k, ""),
                "more than the moment before, %g (second)", p->times_s[k - 1]);
    }
    if (end && xbar_value_number(end) < p->times_s[list->n - 1])
        return xbar_key_fail(t, end, err, "analysis.end_s",
                             "at least the last of analysis.times_s, %g (second)",
                             p->times_s[list->n - 1]);
    return XBAR_OK;
}

static xbar_status read_time(xbar_plan *p, const xbar_tree *t, xbar_error *err)
{
    static const char end_path[] = "analysis.end_s";
    bool is_iv = p->analysis == XBAR_ANALYSIS_IV;
    XBAR_TRY(check_engines(p, t, err));
    if (is_iv) {
        XBAR_TRY(check_size(p, t, err));
        XBAR_TRY(xbar_key_need(t, "analysis.waveform", err));
    }
    XBAR_TRY(
        read_envelope(p, t, is_iv ? "analysis.waveform" : "analysis.envelope", err));
    p->tolerance = xbar_key_number(t, "analysis.tolerance");
    if (xbar_key_find(t, "analysis.max_step_s"))
        p->max_step_s = xbar_key_number(t, "analysis.max_step_s");

    const xbar_value *list = xbar_key_find(t, "analysis.times_s");
    if (list)
        return read_moments(p, t, list, err);
    if (xbar_key_find(t, end_path))
        return spread_moments(p, t, xbar_key_number(t, end_path), err);
    double end_s = is_iv ? xbar_wave_end(&p->sources->drive.envelope) : 0.0;
    if (end_s > 0.0)
        return spread_moments(p, t, end_s, err);
    return xbar_key_missing(t, end_path, err,
                            is_iv ? "seconds, as the waveform ends before 0"
                                  : "seconds, or analysis.times_s");
}

xbar_status xbar_analysis_read(xbar_plan *p, const xbar_tree *t, xbar_error *err)
{
    XBAR_TRY(check_keys(p, t, err));
    XBAR_TRY(check_record(p, t, err));
    if (p->analysis == XBAR_ANALYSIS_EFFECTIVE)
        return read_effective(p, t, err);
    if (p->analysis == XBAR_ANALYSIS_PROGRAM || p->analysis == XBAR_ANALYSIS_LOGIC) {
        XBAR_TRY(check_engines(p, t, err));
        return xbar_steer_read(p, t, err);
    }
    if (p->analysis == XBAR_ANALYSIS_RETENTION) {
        XBAR_TRY(xbar_key_need(t, "analysis.times_s", err));
        XBAR_TRY(read_moments(p, t, xbar_key_find(t, "analysis.times_s"), err));
        return xbar_retention_read(p, t, err);
    }
    return is_in_time(p) ? read_time(p, t, err) : XBAR_OK;
}
