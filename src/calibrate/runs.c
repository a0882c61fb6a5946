/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "calibrate/runs.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/memory.h"
#include "experiment/material.h"
#include "experiment/plan.h"
#include "store/reader.h"

/* ---- memory --------------------------------------------------------------------------- */

static xbar_status zeroed(void **out, size_t n, size_t size, xbar_error *err)
{
    return xbar_array_new(out, n, size, "runs", err);
}

/* Room for so many files, states, runs and data, which come one after the other. */
static xbar_status runs_new(xbar_runs **out, size_t n_files, size_t n_states,
                            size_t n_runs, size_t n_data, xbar_error *err)
{
    void *memory = NULL;
    XBAR_TRY(zeroed(&memory, 1, sizeof(xbar_runs), err));
    xbar_runs *r = memory;
    *out = r;
    XBAR_TRY(zeroed(&memory, n_files, sizeof *r->files, err));
    r->files = memory;
    XBAR_TRY(zeroed(&memory, n_states, sizeof *r->states, err));
    r->states = memory;
    XBAR_TRY(zeroed(&memory, n_runs, sizeof *r->stimuli, err));
    r->stimuli = memory;
    XBAR_TRY(zeroed(&memory, n_runs, sizeof *r->state_of, err));
    r->state_of = memory;
    XBAR_TRY(zeroed(&memory, n_runs, sizeof *r->input_of, err));
    r->input_of = memory;
    XBAR_TRY(zeroed(&memory, n_runs + 1, sizeof *r->first_datum, err));
    r->first_datum = memory;
    XBAR_TRY(xbar_doubles_new(&r->wall_time_s, n_runs, "runs", err));
    return xbar_doubles_new(&r->current, n_data, "currents", err);
}

void xbar_runs_free(xbar_runs *r)
{
    if (!r)
        return;
    for (size_t k = 0; r->stimuli && k < r->n_runs; k++)
        xbar_stimulus_clear(&r->stimuli[k]);
    for (size_t k = 0; r->states && k < r->n_states; k++) {
        free(r->states[k].conductance);
        free(r->states[k].state);
    }
    for (size_t k = 0; r->files && k < r->n_files; k++) {
        free(r->files[k].path);
        xbar_plan_free(r->files[k].plan);
    }
    free(r->files);
    free(r->states);
    free(r->stimuli);
    free(r->state_of);
    free(r->input_of);
    free(r->first_datum);
    free(r->wall_time_s);
    free(r->current);
    free(r);
}

/* ---- states and runs, one by one ------------------------------------------------------ */

static xbar_status add_state(xbar_runs *r, size_t file, size_t sample, xbar_crossbar *c,
                             const double *conductance, xbar_error *err)
{
    const size_t n_cells = c->n_rows * c->n_cols;
    xbar_runs_state *s = &r->states[r->n_states++];
    *s = (xbar_runs_state){.file = file,
                           .sample = sample,
                           .crossbar = c,
                           .first = r->n_runs,
                           .first_datum = r->n_data};
    XBAR_TRY(xbar_doubles_new(&s->conductance, n_cells, "conductances", err));
    XBAR_TRY(xbar_doubles_new(&s->state, n_cells, "states", err));
    for (size_t k = 0; k < n_cells; k++) {
        s->conductance[k] = conductance[k];
        s->state[k] = xbar_cell_state(&c->cell, conductance[k]);
    }
    return XBAR_OK;
}

/* A run of the last state. @return its stimulus, to be filled, in *s */
static xbar_status add_run(xbar_runs *r, size_t input, xbar_stimulus **s,
                           xbar_error *err)
{
    xbar_runs_state *state = &r->states[r->n_states - 1];
    const size_t k = r->n_runs;
    XBAR_TRY(xbar_stimulus_init(&r->stimuli[k], state->crossbar, err));
    *s = &r->stimuli[k];
    r->state_of[k] = r->n_states - 1;
    r->input_of[k] = input;
    r->n_runs++;
    state->n++;
    r->n_data += state->crossbar->n_cols;
    r->first_datum[r->n_runs] = r->n_data;
    return XBAR_OK;
}

xbar_status xbar_runs_new(xbar_runs **out, xbar_crossbar *c, const double *conductance,
                          size_t n_states, const xbar_stimulus *inputs, size_t n_inputs,
                          xbar_error *err)
{
    *out = NULL;
    xbar_runs *r = NULL;
    xbar_status status = runs_new(&r, 1, n_states, n_states * n_inputs,
                                  n_states * n_inputs * c->n_cols, err);
    if (status == XBAR_OK) {
        r->n_files = 1;
        r->files[0].crossbar = c;
        r->files[0].engine = "";
    }
    for (size_t k = 0; k < n_states && status == XBAR_OK; k++) {
        status = add_state(r, 0, k, c, conductance + k * c->n_rows * c->n_cols, err);
        for (size_t l = 0; l < n_inputs && status == XBAR_OK; l++) {
            xbar_stimulus *s = NULL;
            status = add_run(r, l, &s, err);
            if (status == XBAR_OK)
                xbar_stimulus_copy(s, &inputs[l], c);
        }
    }
    if (status != XBAR_OK) {
        xbar_runs_free(r);
        return status;
    }
    *out = r;
    return XBAR_OK;
}

/* ---- files ---------------------------------------------------------------------------- */

/* A file that is being read. */
typedef struct source {
    const char *path;
    xbar_reader *reader;
    const xbar_store_header *h;
    const char *engine;
    xbar_plan *plan;
    double *conductance, *v_in;  /* all of them */
    double *i_out, *wall_time_s; /* of one sample */
    xbar_outcome *status;
} source;

static void source_close(source *s)
{
    xbar_reader_close(s->reader);
    xbar_plan_free(s->plan);
    free(s->conductance);
    free(s->v_in);
    free(s->i_out);
    free(s->wall_time_s);
    free(s->status);
    *s = (source){0};
}

static bool has_engine(const xbar_store_header *h, const char *name)
{
    for (size_t k = 0; k < h->n_engines; k++)
        if (strcmp(h->engines[k], name) == 0)
            return true;
    return false;
}

static xbar_status choose_engine(source *s, const char *reference, xbar_error *err)
{
    for (size_t k = 0; xbar_engine_at(k); k++) {
        const char *name = xbar_engine_at(k)->name;
        bool is_wanted =
            reference ? strcmp(reference, name) == 0
                      : strcmp(name, "ideal") != 0 && strcmp(name, "analytical") != 0;
        if (is_wanted && has_engine(s->h, name)) {
            s->engine = name;
            return XBAR_OK;
        }
    }
    return xbar_fail(err, XBAR_ERR_INPUT,
                     "%s: no results of %s in it, so nothing to learn from", s->path,
                     reference ? reference : "spice or nodal");
}

static xbar_status read_numbers(double **values, const source *s, const char *dataset,
                                size_t n_second, size_t n_third, xbar_error *err)
{
    size_t n_dims = 0;
    size_t dims[3];
    XBAR_TRY(xbar_dataset_read(values, &n_dims, dims, s->path, dataset, err));
    if (n_dims == 3 && dims[0] == s->h->n_samples && dims[1] == n_second &&
        dims[2] == n_third)
        return XBAR_OK;
    return xbar_fail(err, XBAR_ERR_INPUT, "%s: %s: want %zu x %zu x %zu numbers",
                     s->path, dataset, s->h->n_samples, n_second, n_third);
}

static xbar_status source_open(source *s, const char *path, const char *reference,
                               xbar_error *err)
{
    *s = (source){.path = path};
    XBAR_TRY(xbar_reader_open(&s->reader, path, err));
    s->h = xbar_reader_header(s->reader);
    XBAR_TRY(choose_engine(s, reference, err));
    XBAR_TRY(xbar_material_plan(&s->plan, path, s->h, err));
    if (s->plan->analysis != XBAR_ANALYSIS_DC &&
        s->plan->analysis != XBAR_ANALYSIS_EFFECTIVE)
        return xbar_fail(err, XBAR_ERR_INPUT,
                         "%s: a run in time; want runs at rest (analysis.kind dc)",
                         path);
    const size_t n_inputs = s->h->n_inputs;
    XBAR_TRY(read_numbers(&s->conductance, s, "/conductance", s->h->n_rows,
                          s->h->n_cols, err));
    XBAR_TRY(read_numbers(&s->v_in, s, "/v_in", n_inputs, s->h->n_rows, err));
    XBAR_TRY(xbar_doubles_new(&s->i_out, n_inputs * s->h->n_cols, "currents", err));
    XBAR_TRY(xbar_doubles_new(&s->wall_time_s, n_inputs, "times", err));
    void *memory = NULL;
    XBAR_TRY(xbar_array_new(&memory, n_inputs, sizeof *s->status, "status", err));
    s->status = memory;
    return XBAR_OK;
}

/* The sources' voltages: what the file's inputs were, and what the plan says besides. */
static xbar_status fill_stimulus(xbar_stimulus *to, const source *s, size_t sample,
                                 size_t input, xbar_error *err)
{
    const xbar_crossbar *c = s->plan->crossbar;
    const bool *takes[XBAR_N_SIDES] = {NULL};
    XBAR_TRY(xbar_plan_stimulus(s->plan, sample, input, to, err));
    xbar_stimulus rest;
    XBAR_TRY(xbar_stimulus_init(&rest, c, err));
    xbar_status status = xbar_plan_rest(s->plan, &rest, takes, err);
    xbar_stimulus_clear(&rest);
    XBAR_TRY(status);
    const double *v = s->v_in + (sample * s->h->n_inputs + input) * c->n_rows;
    for (int side = XBAR_LEFT; side <= XBAR_RIGHT; side++)
        for (size_t i = 0; takes[side] && i < c->n_rows; i++)
            if (takes[side][i])
                to->volt[side][i] = v[i];
    return XBAR_OK;
}

/* One sample: its state, if any of its inputs is done, and those inputs. */
static xbar_status take_sample(xbar_runs *r, const source *s, size_t sample,
                               xbar_error *err)
{
    const size_t n_cells = s->h->n_rows * s->h->n_cols;
    const size_t n_cols = s->h->n_cols;
    XBAR_TRY(xbar_reader_outputs(s->reader, s->i_out, s->engine, sample, err));
    XBAR_TRY(xbar_reader_fates(s->reader, s->status, s->wall_time_s, NULL, s->engine,
                               sample, err));
    bool is_there = false;
    for (size_t l = 0; l < s->h->n_inputs; l++) {
        if (s->status[l] != XBAR_DONE) {
            r->files[r->n_files - 1].n_left_out++;
            continue;
        }
        if (!is_there)
            XBAR_TRY(add_state(r, r->n_files - 1, sample, s->plan->crossbar,
                               s->conductance + sample * n_cells, err));
        is_there = true;
        xbar_stimulus *to = NULL;
        XBAR_TRY(add_run(r, l, &to, err));
        XBAR_TRY(fill_stimulus(to, s, sample, l, err));
        const size_t run = r->n_runs - 1;
        r->wall_time_s[run] = s->wall_time_s[l];
        for (size_t j = 0; j < n_cols; j++) {
            double i = s->i_out[l * n_cols + j];
            r->current[r->first_datum[run] + j] = isfinite(i) ? i : 0.0;
        }
    }
    return XBAR_OK;
}

static xbar_status take_file(xbar_runs *r, source *s, xbar_error *err)
{
    xbar_runs_file *f = &r->files[r->n_files++];
    f->engine = s->engine;
    XBAR_TRY(xbar_text_copy(&f->path, s->path, err));
    XBAR_TRY(xbar_material_digest(f->sha256, s->path, err));
    f->plan = s->plan;
    f->crossbar = s->plan->crossbar;
    const size_t before = r->n_runs;
    const size_t first = r->n_data;
    xbar_status status = XBAR_OK;
    for (size_t k = 0; k < s->h->n_samples && status == XBAR_OK; k++)
        status = take_sample(r, s, k, err);
    s->plan = NULL; /* the file's now */
    if (status == XBAR_OK && r->n_runs == before)
        status = xbar_fail(err, XBAR_ERR_INPUT, "%s: %s has done none of its inputs",
                           s->path, s->engine);
    double largest = 0.0;
    for (size_t n = first; n < r->n_data; n++)
        largest = fmax(largest, fabs(r->current[n]));
    if (status == XBAR_OK && !(largest > 0.0))
        status = xbar_fail(err, XBAR_ERR_INPUT,
                           "%s: /%s/i_out is 0 throughout: nothing to learn from",
                           s->path, s->engine);
    return status;
}

/* Opens all files, to count what they may hold, then takes one after the other. */
xbar_status xbar_runs_read(xbar_runs **out, const char *const *paths, size_t n,
                           const char *reference, xbar_error *err)
{
    *out = NULL;
    size_t n_states = 0;
    size_t n_runs = 0;
    size_t n_data = 0;
    xbar_runs *r = NULL;
    void *memory = NULL;
    XBAR_TRY(xbar_array_new(&memory, n, sizeof(source), "files", err));
    source *sources = memory;
    xbar_status status = XBAR_OK;
    for (size_t k = 0; k < n && status == XBAR_OK; k++) {
        status = source_open(&sources[k], paths[k], reference, err);
        if (status != XBAR_OK)
            break;
        n_states += sources[k].h->n_samples;
        n_runs += sources[k].h->n_samples * sources[k].h->n_inputs;
        n_data +=
            sources[k].h->n_samples * sources[k].h->n_inputs * sources[k].h->n_cols;
    }
    if (status == XBAR_OK)
        status = runs_new(&r, n, n_states, n_runs, n_data, err);
    for (size_t k = 0; k < n && status == XBAR_OK; k++)
        status = take_file(r, &sources[k], err);
    for (size_t k = 0; k < n; k++)
        source_close(&sources[k]);
    free(sources);
    if (status != XBAR_OK) {
        xbar_runs_free(r);
        return status;
    }
    *out = r;
    return XBAR_OK;
}
