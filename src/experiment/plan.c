/* SPDX-License-Identifier: GPL-3.0-or-later */
/* From the file to the plan: read the text, apply the overrides, hold it against the
 * table of keys, then let each part read what is its own. */
#include "experiment/plan.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/memory.h"
#include "core/version.h"
#include "experiment/digest.h"
#include "experiment/keys.h"
#include "experiment/sources.h"
#include "spice/session.h"

static const size_t max_text_bytes = (size_t)16 << 20;
static const double max_result_bytes = 0x1p40; /* 1 TiB */
static const double max_input_bytes = 0x1p32;  /* one sample's stimuli: 4 GiB */
static const double max_course_bytes = 0x1p30; /* one input in time: 1 GiB */

/* ---- engines and planes ---- */

/* "spice, ideal" */
static void list_engines(char *known, size_t size)
{
    known[0] = '\0';
    for (size_t k = 0; xbar_engine_at(k); k++) {
        size_t used = strlen(known);
        snprintf(known + used, size - used, "%s%s", k > 0 ? " or " : "",
                 xbar_engine_at(k)->name);
    }
}

static xbar_status add_engine(xbar_plan *p, const xbar_engine *engine,
                              const char *place, xbar_error *err)
{
    for (size_t k = 0; k < p->n_engines; k++)
        if (p->engines[k] == engine)
            return xbar_fail(err, XBAR_ERR_INPUT, "%s: engine %s is there twice", place,
                             engine->name);
    p->engines[p->n_engines++] = engine;
    return XBAR_OK;
}

/* -e a,b */
static xbar_status read_engine_option(xbar_plan *p, const char *names, xbar_error *err)
{
    for (const char *at = names; at;) {
        const char *comma = strchr(at, ',');
        size_t length = comma ? (size_t)(comma - at) : strlen(at);
        char name[32] = ""; /* cut short, a longer one is no engine either */
        memcpy(name, at, length < sizeof name ? length : sizeof name - 1);
        char place[120];
        snprintf(place, sizeof place, "-e %.60s: \"%s\"", names, name);
        const xbar_engine *engine = xbar_engine_find(name);
        char known[200];
        list_engines(known, sizeof known);
        if (!engine)
            return xbar_fail(err, XBAR_ERR_INPUT, "%s: no such engine; want %s", place,
                             known);
        XBAR_TRY(add_engine(p, engine, place, err));
        at = comma ? comma + 1 : NULL;
    }
    return XBAR_OK;
}

static xbar_status read_engines(xbar_plan *p, const xbar_tree *t, const char *option,
                                xbar_error *err)
{
    if (option)
        return read_engine_option(p, option, err);
    const xbar_value *list = xbar_key_find(t, "engines");
    if (!list)
        return xbar_key_missing(t, "engines", err, "a list of engines, or -e ENGINE");
    for (size_t k = 0; k < list->n; k++) {
        const xbar_value *value = list->items[k];
        char path[XBAR_PATH_SIZE];
        char place[XBAR_PLACE_SIZE];
        char text[XBAR_PLACE_SIZE + XBAR_PATH_SIZE];
        snprintf(text, sizeof text, "%s: %s", xbar_tree_place(place, t, value),
                 xbar_path_entry(path, "engines", k, ""));
        const xbar_engine *engine = xbar_engine_find(value->text);
        char known[200];
        list_engines(known, sizeof known);
        if (!engine)
            return xbar_key_fail(t, value, err, path, "%s", known);
        XBAR_TRY(add_engine(p, engine, text, err));
    }
    return XBAR_OK;
}

static xbar_status read_record(xbar_plan *p, const xbar_tree *t, xbar_error *err)
{
    static const struct {
        const char *name;
        unsigned plane;
    } planes[] = {
        {"i_out", 0}, /* this and the terminals' currents are always kept */
        {"i_left", 0},
        {"i_right", 0},
        {"i_top", 0},
        {"i_bottom", 0},
        {"v_row", XBAR_RECORD_V_ROW},
        {"v_col", XBAR_RECORD_V_COL},
        {"i_cell", XBAR_RECORD_I_CELL},
        {"state", XBAR_RECORD_STATE},
        {"energy", XBAR_RECORD_ENERGY},
        {"heat", XBAR_RECORD_HEAT},
    };
    enum { N_PLANES = sizeof planes / sizeof *planes };
    const xbar_value *list = xbar_key_find(t, "record");
    bool seen[N_PLANES] = {false};
    for (size_t k = 0; list && k < list->n; k++) {
        size_t n = 0;
        while (n < N_PLANES - 1 && !xbar_value_is(list->items[k], planes[n].name))
            n++;
        if (seen[n]) {
            char path[XBAR_PATH_SIZE];
            return xbar_key_fail(t, list->items[k], err,
                                 xbar_path_entry(path, "record", k, ""), "each once");
        }
        seen[n] = true;
        p->record |= planes[n].plane;
    }
    return XBAR_OK;
}

/* ---- sizes ---- */

/* Numbers that an engine leaves behind for one input and moment. */
static double numbers_a_moment(const xbar_plan *p)
{
    double n_lines = (double)(p->crossbar->n_rows + p->crossbar->n_cols);
    double n_cells = (double)p->crossbar->n_rows * (double)p->crossbar->n_cols;
    double n_planes = 0.0;
    for (unsigned bit = 1; bit <= XBAR_RECORD_I_CELL; bit <<= 1)
        n_planes += (p->record & bit) != 0;
    n_planes += (p->record & XBAR_RECORD_HEAT) != 0;
    if (p->record & XBAR_RECORD_STATE)
        n_planes += (double)xbar_cell_n_states(&p->crossbar->cell);
    double per_line = p->record & XBAR_RECORD_ENERGY ? 4.0 : 2.0;
    return per_line * n_lines + (double)p->crossbar->n_cols + n_planes * n_cells;
}

static xbar_status check_sizes(const xbar_plan *p, const xbar_tree *t, xbar_error *err)
{
    double n_lines = (double)(p->crossbar->n_rows + p->crossbar->n_cols);
    double n_cells = (double)p->crossbar->n_rows * (double)p->crossbar->n_cols;
    double n_inputs = (double)p->n_inputs;
    double n_moments = p->n_times > 0 ? (double)p->n_times : 1.0;
    double n_matrices =
        1.0 + (p->analysis == XBAR_ANALYSIS_EFFECTIVE ? (double)p->n_engines : 0.0);
    double an_input =
        8.0 * n_moments * (n_lines + (double)p->n_engines * numbers_a_moment(p));
    double bytes =
        (double)p->n_samples * (8.0 * n_matrices * n_cells + n_inputs * an_input);
    char place[XBAR_PLACE_SIZE];
    xbar_tree_place(place, t, xbar_tree_root(t));
    if (p->n_times > 0 && an_input > max_course_bytes)
        return xbar_fail(
            err, XBAR_ERR_INPUT,
            "%s: %zu moments of one input of %zu x %zu cells, %zu engines, "
            "would be %.3g GB: want at most %.3g GB, so fewer "
            "analysis.points, or less in record",
            place, p->n_times, p->crossbar->n_rows, p->crossbar->n_cols, p->n_engines,
            an_input / 1e9, max_course_bytes / 1e9);
    if (bytes > max_result_bytes)
        return xbar_fail(
            err, XBAR_ERR_INPUT,
            "%s: the result of %zu samples x %zu inputs of %zu x %zu cells, "
            "%zu engines, would be %.3g GB: want at most %.3g GB",
            place, p->n_samples, p->n_inputs, p->crossbar->n_rows, p->crossbar->n_cols,
            p->n_engines, bytes / 1e9, max_result_bytes / 1e9);
    if (8.0 * n_inputs * n_lines > max_input_bytes)
        return xbar_fail(
            err, XBAR_ERR_INPUT,
            "%s: the voltages of %zu inputs of one sample would be %.3g GB: "
            "want at most %.3g GB",
            place, p->n_inputs, 8e-9 * n_inputs * n_lines, max_input_bytes / 1e9);
    return XBAR_OK;
}

/* ---- the plan ---- */

/* "digits" of "experiments/digits.yaml" */
static xbar_status base_name(char **out, const char *path, xbar_error *err)
{
    const char *slash = strrchr(path, '/');
    XBAR_TRY(xbar_text_copy(out, slash ? slash + 1 : path, err));
    char *dot = strrchr(*out, '.');
    if (dot && dot != *out)
        *dot = '\0';
    return XBAR_OK;
}

static void digest_plan(xbar_plan *p, const xbar_plan_options *options)
{
    xbar_digest d;
    xbar_digest_start(&d);
    xbar_digest_add(&d, xbar_version, strlen(xbar_version));
    xbar_digest_add(&d, p->text, strlen(p->text));
    xbar_digest_add(&d, "overrides", 9);
    for (size_t k = 0; k < options->n_overrides; k++)
        xbar_digest_add(&d, options->overrides[k], strlen(options->overrides[k]));
    xbar_digest_add(&d, "engines", 7); /* no override: it has no '=' */
    for (size_t k = 0; k < p->n_engines; k++)
        xbar_digest_add(&d, p->engines[k]->name, strlen(p->engines[k]->name));
    const xbar_cell *cell = &p->crossbar->cell;
    const xbar_device *const parts[] = {cell->device, cell->selector, cell->access};
    xbar_digest_add(&d, "code", 4);
    xbar_digest_add(&d, xbar_commit, strlen(xbar_commit));
    xbar_digest_add(&d, xbar_spice_version(), strlen(xbar_spice_version()));
    for (size_t k = 0; k < sizeof parts / sizeof *parts; k++)
        if (parts[k] && parts[k]->subcircuit)
            xbar_digest_add(&d, parts[k]->subcircuit, strlen(parts[k]->subcircuit));
    xbar_digest_add(&d, "files", 5);
    for (size_t k = 0; k < p->n_files; k++)
        xbar_digest_add(&d, p->files[k].sha256, strlen(p->files[k].sha256));
    xbar_digest_end(&d, p->digest);
}

static xbar_status read_tree(xbar_plan *p, const xbar_tree *t, const char *engines,
                             xbar_error *err)
{
    XBAR_TRY(xbar_keys_check(t, err));
    XBAR_TRY(xbar_text_copy(&p->title, xbar_key_text(t, "title"), err));
    p->seed = xbar_key_integer(t, "seed");
    XBAR_TRY(read_engines(p, t, engines, err));
    XBAR_TRY(read_record(p, t, err));
    p->analysis = (xbar_analysis)xbar_key_word(t, "analysis.kind");
    XBAR_TRY(xbar_array_read(p, t, err));
    XBAR_TRY(xbar_faults_read(p, t, err));
    XBAR_TRY(xbar_analysis_read(p, t, err));
    XBAR_TRY(xbar_conductance_read(p, t, err));
    if (p->analysis == XBAR_ANALYSIS_PROGRAM)
        XBAR_TRY(xbar_targets_read(p, t, err));
    XBAR_TRY(xbar_drive_read(p, t, err));
    XBAR_TRY(xbar_steer_finish(p, t, err));
    XBAR_TRY(xbar_analytical_read(p, t, err));
    return check_sizes(p, t, err);
}

/* Memory for a plan, and the text of its file. */
static xbar_status plan_new(xbar_plan **out, size_t *length, const char *path,
                            const char *text, xbar_error *err)
{
    void *memory = NULL;
    XBAR_TRY(xbar_array_new(&memory, 1, sizeof(xbar_plan), "plan", err));
    xbar_plan *p = memory;
    *out = p;
    XBAR_TRY(xbar_array_new(&memory, 1, sizeof *p->sources, "plan", err));
    p->sources = memory;
    XBAR_TRY(xbar_text_copy(&p->path, path, err));
    XBAR_TRY(base_name(&p->name, path, err));
    if (text) {
        *length = strlen(text);
        return xbar_text_copy(&p->text, text, err);
    }
    xbar_error why;
    xbar_status status =
        xbar_file_read(&p->text, length, NULL, path, max_text_bytes, &why);
    if (status != XBAR_OK)
        return xbar_fail(err, status, "%s: %s", path, why.text);
    return XBAR_OK;
}

xbar_status xbar_plan_read(xbar_plan **out, const char *path,
                           const xbar_plan_options *options, xbar_error *err)
{
    *out = NULL;
    static const xbar_plan_options none = {0};
    if (!options)
        options = &none;
    xbar_plan *p = NULL;
    xbar_tree *t = NULL;
    size_t length = 0;
    xbar_status status = plan_new(&p, &length, path, options->text, err);
    if (status != XBAR_OK)
        goto done;
    status = xbar_tree_new(&t, path, p->text, length, err);
    for (size_t k = 0; k < options->n_overrides && status == XBAR_OK; k++)
        status = xbar_tree_set(t, options->overrides[k], err);
    if (status != XBAR_OK)
        goto done;
    status = read_tree(p, t, options->engines, err);
    if (status != XBAR_OK)
        goto done;
    digest_plan(p, options);
    *out = p;
    p = NULL;
done:
    xbar_tree_free(t);
    xbar_plan_free(p);
    return status;
}

void xbar_plan_free(xbar_plan *p)
{
    if (!p)
        return;
    if (p->sources) {
        xbar_drive_clear(&p->sources->drive);
        free(p->sources->stuck_cells);
        free(p->sources->inputs.values);
        free(p->sources->conductance.values);
        free(p->sources);
    }
    for (size_t k = 0; k < p->n_files; k++)
        free(p->files[k].path);
    free(p->files);
    free(p->analytical);
    free(p->times_s);
    xbar_steer_clear(p);
    free(p->retention);
    xbar_crossbar_free(p->crossbar);
    free(p->title);
    free(p->text);
    free(p->name);
    free(p->path);
    free(p);
}

/* The device's initial state in every cell. */
static void initial_cells(const xbar_cell *cell, double *conductance, double *state,
                          size_t n_cells)
{
    xbar_state_range r[XBAR_MAX_STATES];
    cell->device->ranges(r, cell->parameters);
    double x = r[0].initial == 0.0 ? XBAR_LEAST_STATE : r[0].initial;
    double g = xbar_cell_conductance(cell, x);
    for (size_t k = 0; k < n_cells; k++) {
        conductance[k] = g;
        if (state)
            state[k] = x;
    }
}

/* The conductances that cells of a sample are stuck at; others keep theirs. */
static xbar_status apply_stuck(const xbar_plan *p, size_t sample, double *conductance,
                               xbar_error *err)
{
    const xbar_crossbar *c = p->crossbar;
    return xbar_stuck_apply(conductance, c->n_rows, c->n_cols, &p->sources->stuck,
                            p->seed, (uint32_t)sample, err);
}

xbar_status xbar_plan_state(const xbar_plan *p, size_t sample, double *conductance,
                            double *state, xbar_error *err)
{
    const xbar_crossbar *c = p->crossbar;
    size_t n_cells = c->n_rows * c->n_cols;
    if (p->sources->is_initial) {
        initial_cells(&c->cell, conductance, state, n_cells);
        if (p->sources->stuck.n_cells == 0 && p->sources->stuck.on_share == 0.0 &&
            p->sources->stuck.off_share == 0.0)
            return XBAR_OK; /* exactly those states */
    } else {
        xbar_source_values(&p->sources->conductance, conductance, p->seed, sample, 0,
                           n_cells);
    }
    XBAR_TRY(apply_stuck(p, sample, conductance, err));
    for (size_t k = 0; state && k < n_cells; k++)
        state[k] = xbar_cell_state(&c->cell, conductance[k]);
    return XBAR_OK;
}

xbar_status xbar_plan_stuck(const xbar_plan *p, size_t sample, uint8_t *is_stuck,
                            xbar_error *err)
{
    size_t n_cells = p->crossbar->n_rows * p->crossbar->n_cols;
    double *marks = NULL;
    XBAR_TRY(xbar_doubles_new(&marks, n_cells, "stuck cells", err));
    for (size_t k = 0; k < n_cells; k++)
        marks[k] = -1.0; /* no conductance */
    xbar_status status = apply_stuck(p, sample, marks, err);
    for (size_t k = 0; k < n_cells; k++)
        is_stuck[k] = marks[k] != -1.0;
    free(marks);
    return status;
}

xbar_status xbar_plan_stimulus(const xbar_plan *p, size_t sample, size_t input,
                               xbar_stimulus *s, xbar_error *err)
{
    const xbar_crossbar *c = p->crossbar;
    const xbar_drive *d = &p->sources->drive;
    if (d->gate)
        memcpy(s->gate, d->gate, c->n_rows * sizeof *d->gate);
    if (d->scheme != XBAR_SCHEME_READ) {
        xbar_bias_apply(s, c, d->scheme, d->selected[input].row, d->selected[input].col,
                        d->selected_volt);
        for (size_t i = 0; d->gate && i < c->n_rows; i++)
            if (i != d->selected[input].row)
                s->gate[i] = d->rest_gate;
        return XBAR_OK;
    }
    for (int side = 0; side < XBAR_N_SIDES; side++)
        memcpy(s->volt[side], d->volt[side],
               xbar_side_lines(c, (xbar_side)side) * sizeof(double));
    if (p->sources->inputs.per_sample == 0)
        return XBAR_OK;
    double *values = NULL;
    XBAR_TRY(xbar_doubles_new(&values, c->n_rows, "inputs", err));
    xbar_source_values(&p->sources->inputs, values, p->seed, sample, input * c->n_rows,
                       c->n_rows);
    for (size_t i = 0; i < c->n_rows; i++) {
        if (d->takes_input[XBAR_LEFT][i])
            s->volt[XBAR_LEFT][i] = values[i];
        if (d->takes_input[XBAR_RIGHT][i])
            s->volt[XBAR_RIGHT][i] = values[i];
    }
    free(values);
    return XBAR_OK;
}

xbar_status xbar_plan_rest(const xbar_plan *p, xbar_stimulus *s,
                           const bool *takes_input[XBAR_N_SIDES], xbar_error *err)
{
    const xbar_drive *d = &p->sources->drive;
    XBAR_TRY(xbar_plan_stimulus(p, 0, 0, s, err));
    for (int side = 0; side < XBAR_N_SIDES; side++) {
        takes_input[side] = d->takes_input[side];
        for (size_t k = 0; k < xbar_side_lines(p->crossbar, (xbar_side)side); k++)
            if (d->takes_input[side][k])
                s->volt[side][k] = 0.0;
    }
    return XBAR_OK;
}
