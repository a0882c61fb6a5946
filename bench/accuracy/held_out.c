/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "held_out.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "analytical/model.h"
#include "calibrate/calibrate.h"
#include "calibrate/runs.h"
#include "core/memory.h"
#include "core/random.h"
#include "crossbar/draw.h"
#include "engine/engine.h"

/* What is fitted, and what is held out: states, and inputs of each. A fit sees every kind
 * of input. */
enum { FIT_STATES = 4, HELD_STATES = 2, STATES = FIT_STATES + HELD_STATES };
enum { FIT_INPUTS = 6, HELD_INPUTS = 12, MOST_INPUTS = HELD_INPUTS };
enum { SEED = 2 };

#define GATE_VOLT 3.0 /* V */

#define SPICE "spice"
#define NODAL "nodal"
const held_case held_cases[] = {
    {"32 × 32", 32, 32, 5, 5, 5, 5, CELLS_RANDOM, "linear", NULL, .2, SPICE},
    {"48 × 32, wires 2 and 4 Ω, drive 50 Ω, sense 20 Ω", 48, 32, 2, 4, 50, 20,
     CELLS_RANDOM, "linear", NULL, .2, SPICE},
    {"32 × 32, 10 Ω", 32, 32, 10, 10, 10, 10, CELLS_RANDOM, "linear", NULL, .2, NODAL},
    {"40 × 72, wires 3 and 1 Ω", 40, 72, 3, 1, 3, 1, CELLS_RANDOM, "linear", NULL, .2,
     NODAL},
    {"64 × 64, 2.5 Ω", 64, 64, 2.5, 2.5, 2.5, 2.5, CELLS_RANDOM, "linear", NULL, .2,
     NODAL},
    {"64 × 64, 2.5 Ω, all on", 64, 64, 2.5, 2.5, 2.5, 2.5, CELLS_ON, "linear", NULL, .2,
     NODAL},
    {"64 × 64, 2.5 Ω, on or off", 64, 64, 2.5, 2.5, 2.5, 2.5, CELLS_BINARY, "linear",
     NULL, .2, NODAL},
    {"128 × 128, 2.5 Ω", 128, 128, 2.5, 2.5, 2.5, 2.5, CELLS_RANDOM, "linear", NULL, .2,
     NODAL},
    {"256 × 256, 2.5 Ω", 256, 256, 2.5, 2.5, 2.5, 2.5, CELLS_RANDOM, "linear", NULL, .2,
     NODAL},
    {"32 × 32, sinh", 32, 32, 5, 5, 5, 5, CELLS_RANDOM, "sinh", NULL, .2, SPICE},
    {"48 × 64, sinh", 48, 64, 2.5, 2.5, 2.5, 2.5, CELLS_RANDOM, "sinh", NULL, .2,
     NODAL},
    {"64 × 20, sinh", 64, 20, 1, 1, 1, 1, CELLS_RANDOM, "sinh", NULL, .2, NODAL},
    {"48 × 64, sinh, inputs to 0.5 V", 48, 64, 2.5, 2.5, 2.5, 2.5, CELLS_RANDOM, "sinh",
     NULL, .5, NODAL},
    {"32 × 32, 1T1R", 32, 32, 5, 5, 5, 5, CELLS_RANDOM, "linear", "access_nmos", .2,
     SPICE},
    {"48 × 64, 1T1R", 48, 64, 2.5, 2.5, 2.5, 2.5, CELLS_RANDOM, "linear", "access_nmos",
     .2, NODAL},
    {"48 × 64, 1T1R, on or off", 48, 64, 2.5, 2.5, 2.5, 2.5, CELLS_BINARY, "linear",
     "access_nmos", .2, NODAL},
};
const size_t held_n_cases = sizeof held_cases / sizeof *held_cases;

const char *const held_models[HELD_MODELS] = {"modes", "lean", "alpha_beta", "dmr",
                                              "jeong"};
const char *const held_drives[HELD_DRIVES] = {"every row", "one row in ten", "one row"};

typedef struct work {
    const held_case *q;
    xbar_crossbar *c;
    double *g[STATES]; /* S, [n_rows][n_cols] */
    double *x[STATES]; /* states */
    xbar_stimulus in[STATES][MOST_INPUTS];
    double *truth[STATES]; /* A, [inputs][n_cols] */
} work;

static size_t n_inputs(size_t state)
{
    return state < FIT_STATES ? FIT_INPUTS : HELD_INPUTS;
}

static void clear(work *w)
{
    for (size_t k = 0; k < STATES; k++) {
        free(w->g[k]);
        free(w->x[k]);
        free(w->truth[k]);
        for (size_t l = 0; l < MOST_INPUTS; l++)
            xbar_stimulus_clear(&w->in[k][l]);
    }
    xbar_crossbar_free(w->c);
}

static xbar_status make_array(work *w, xbar_error *err)
{
    const held_case *q = w->q;
    XBAR_TRY(xbar_crossbar_new(&w->c, q->n_rows, q->n_cols, err));
    xbar_crossbar *c = w->c;
    c->row_ohm = q->row_ohm;
    c->col_ohm = q->col_ohm;
    for (size_t i = 0; i < q->n_rows; i++)
        c->terminal_ohm[XBAR_LEFT][i] = q->left_ohm;
    for (size_t j = 0; j < q->n_cols; j++)
        c->terminal_ohm[XBAR_BOTTOM][j] = q->bottom_ohm;
    c->cell = xbar_cell_default(xbar_device_find(q->device));
    if (!q->access)
        return XBAR_OK;
    c->cell.access = xbar_device_find(q->access);
    xbar_device_parameters(c->cell.access_parameters, c->cell.access,
                           &c->cell.access->sets[0]);
    c->cell.read_volt = 0.1;
    c->cell.read_gate = GATE_VOLT;
    return XBAR_OK;
}

/* ---- states and inputs ---------------------------------------------------------------- */

static void draw_cells(work *w, size_t state)
{
    const size_t n = w->q->n_rows * w->q->n_cols;
    const xbar_draw random = {.distribution = XBAR_LOGUNIFORM, .a = 1e-5, .b = 1e-3};
    double *g = w->g[state];
    xbar_draw_values(g, &random, SEED, XBAR_STREAM_CONDUCTANCE, (uint32_t)state, 0, n);
    for (size_t k = 0; k < n; k++) {
        if (w->q->cells == CELLS_ON)
            g[k] = 1e-3;
        else if (w->q->cells == CELLS_BINARY)
            g[k] = g[k] < 1e-4 ? 1e-6 : 1e-3;
        w->x[state][k] = xbar_cell_state(&w->c->cell, g[k]);
    }
}

static double lot(size_t state, size_t input, size_t number)
{
    return xbar_uniform(SEED, XBAR_STREAM_INPUT,
                        (uint32_t)(state * MOST_INPUTS + input), (uint32_t)number);
}

/* Kinds take turns. */
static void draw_input(work *w, size_t state, size_t l)
{
    const size_t n = w->q->n_rows;
    const size_t kind = l % HELD_DRIVES;
    const size_t chosen = (size_t)(lot(state, l, 2 * n) * (double)n);
    xbar_stimulus *in = &w->in[state][l];
    for (size_t i = 0; i < n; i++) {
        bool is_on =
            kind == 0 || i == chosen || (kind == 1 && lot(state, l, n + i) < 0.1);
        double v = kind == 2 ? w->q->volt : w->q->volt * lot(state, l, i);
        in->volt[XBAR_LEFT][i] = is_on ? v : 0.0;
        in->gate[i] = w->q->access ? GATE_VOLT : 0.0;
    }
    memset(in->volt[XBAR_BOTTOM], 0, w->q->n_cols * sizeof(double));
}

static xbar_status draw(work *w, xbar_error *err)
{
    const size_t n = w->q->n_rows * w->q->n_cols;
    for (size_t k = 0; k < STATES; k++) {
        XBAR_TRY(xbar_doubles_new(&w->g[k], n, "cells", err));
        XBAR_TRY(xbar_doubles_new(&w->x[k], n, "cells", err));
        XBAR_TRY(xbar_doubles_new(&w->truth[k], MOST_INPUTS * w->q->n_cols, "currents",
                                  err));
        draw_cells(w, k);
        for (size_t l = 0; l < n_inputs(k); l++) {
            XBAR_TRY(xbar_stimulus_init(&w->in[k][l], w->c, err));
            draw_input(w, k, l);
        }
    }
    return XBAR_OK;
}

/* ---- the truth ------------------------------------------------------------------------ */

static xbar_status room_for(xbar_result *r, const xbar_crossbar *c, xbar_error *err)
{
    XBAR_TRY(xbar_doubles_new(&r->i_out, c->n_cols, "currents", err));
    for (int side = 0; side < XBAR_N_SIDES; side++)
        XBAR_TRY(xbar_doubles_new(&r->i_terminal[side],
                                  xbar_side_lines(c, (xbar_side)side), "currents",
                                  err));
    return XBAR_OK;
}

static xbar_status solve_all(work *w, const xbar_engine *engine, void *self,
                             xbar_result *r, xbar_error *err)
{
    const size_t n_cols = w->q->n_cols;
    for (size_t k = 0; k < STATES; k++) {
        XBAR_TRY(engine->set_state(self, w->x[k], w->g[k], err));
        for (size_t l = 0; l < n_inputs(k); l++) {
            XBAR_TRY(engine->solve(self, &w->in[k][l], 1, r, err));
            if (r->outcome != XBAR_DONE)
                return xbar_fail(err, XBAR_ERR_ENGINE, "%s: %s", engine->name,
                                 r->error.text);
            memcpy(w->truth[k] + l * n_cols, r->i_out, n_cols * sizeof(double));
        }
    }
    return XBAR_OK;
}

static xbar_status find_truth(work *w, xbar_error *err)
{
    const xbar_engine *engine = xbar_engine_find(w->q->truth);
    xbar_result r = {0};
    void *self = NULL;
    xbar_status status = room_for(&r, w->c, err);
    if (status == XBAR_OK)
        status = engine->open(&self, w->c, NULL, err);
    if (status == XBAR_OK)
        status = solve_all(w, engine, self, &r, err);
    if (self)
        engine->close(self);
    free(r.i_out);
    for (int side = 0; side < XBAR_N_SIDES; side++)
        free(r.i_terminal[side]);
    return status;
}

static double ideal(const work *w, size_t state, size_t l, size_t j)
{
    double sum = 0.0;
    for (size_t i = 0; i < w->q->n_rows; i++)
        sum += w->in[state][l].volt[XBAR_LEFT][i] * w->g[state][i * w->q->n_cols + j];
    return sum;
}

/* Of all outputs together: columns whose cells are off may get more than their own. */
static void find_drops(held_result *out, const work *w)
{
    double whole[HELD_DRIVES] = {0.0};
    double left[HELD_DRIVES] = {0.0};
    for (size_t k = FIT_STATES; k < STATES; k++)
        for (size_t l = 0; l < HELD_INPUTS; l++)
            for (size_t j = 0; j < w->q->n_cols; j++) {
                left[l % HELD_DRIVES] += w->truth[k][l * w->q->n_cols + j];
                whole[l % HELD_DRIVES] += ideal(w, k, l, j);
            }
    for (size_t d = 0; d < HELD_DRIVES; d++)
        out->drop[d] = 1.0 - left[d] / whole[d];
}

/* ---- fits and errors ------------------------------------------------------------------ */

/* What is not known of an array: for ohmic cells its wires and a common factor; cells that
 * are not ohmic are linearised and bent besides. Closed forms: all their constants. */
static const char *free_constants(const work *w, const char *model)
{
    const bool is_ohmic = strcmp(w->q->device, "linear") == 0 && !w->q->access;
    if (strcmp(model, "modes") != 0)
        return NULL;
    return is_ohmic ? "row_scale,col_scale,cell_scale"
                    : "cell_scale,contact_ohm,drive_volt,bend";
}

/* All states' runs behind each other: the same inputs for each of them. */
static xbar_status make_runs(xbar_runs **out, const work *w, xbar_error *err)
{
    const size_t n = w->q->n_rows * w->q->n_cols;
    double *g = NULL;
    XBAR_TRY(xbar_doubles_new(&g, FIT_STATES * n, "cells", err));
    for (size_t k = 0; k < FIT_STATES; k++)
        memcpy(g + k * n, w->g[k], n * sizeof *g);
    xbar_status status =
        xbar_runs_new(out, w->c, g, FIT_STATES, w->in[0], FIT_INPUTS, err);
    free(g);
    XBAR_TRY(status);
    for (size_t k = 0; k < FIT_STATES; k++)
        for (size_t l = 0; l < FIT_INPUTS; l++) {
            xbar_runs *r = *out;
            size_t run = r->states[k].first + l;
            xbar_stimulus_copy(&r->stimuli[run], &w->in[k][l], w->c);
            memcpy(r->current + r->first_datum[run], w->truth[k] + l * w->q->n_cols,
                   w->q->n_cols * sizeof(double));
        }
    return XBAR_OK;
}

static xbar_status fit(double *constants, const work *w, const char *model,
                       const xbar_runs *runs, xbar_error *err)
{
    const xbar_calibration_options options = {
        .free = free_constants(w, model),
        .seed = SEED,
        .fit = {.cost_tolerance = 1e-4, .max_iterations = 30},
    };
    xbar_subject subject = {0};
    xbar_calibration c = {0};
    xbar_status status = xbar_family_closed_form(&subject, model, runs, err);
    if (status == XBAR_OK)
        status = xbar_calibrate(&c, &subject, &options, err);
    if (status == XBAR_OK)
        memcpy(constants, c.value, c.n_parameters * sizeof *constants);
    xbar_calibration_clear(&c);
    xbar_subject_clear(&subject);
    return status;
}

static void add_errors(held_errors *e, const work *w, size_t state, size_t l,
                       const double *i_out)
{
    const size_t n_cols = w->q->n_cols;
    const size_t n_runs = HELD_STATES * (HELD_INPUTS / HELD_DRIVES); /* of a kind */
    const double count = (double)(n_runs * n_cols);
    const double *truth = w->truth[state] + l * n_cols;
    for (size_t j = 0; j < n_cols; j++) {
        double error = fabs(i_out[j] - truth[j]) / fabs(truth[j]);
        e->mean += error / count;
        e->worst = error <= e->worst ? e->worst : error; /* NaN stays */
    }
}

static xbar_status find_errors(held_errors out[][HELD_MODELS], const work *w,
                               const xbar_model *model, const double *constants,
                               size_t column, xbar_error *err)
{
    void *self = NULL;
    double *i_out = NULL;
    xbar_status status = xbar_doubles_new(&i_out, w->q->n_cols, "currents", err);
    if (status == XBAR_OK)
        status = model->open(&self, w->c, err);
    for (size_t k = FIT_STATES; k < STATES && status == XBAR_OK; k++) {
        status = model->prepare(self, w->x[k], w->g[k], constants, err);
        for (size_t l = 0; l < HELD_INPUTS && status == XBAR_OK; l++) {
            status = model->predict(self, &w->in[k][l], 1, i_out, err);
            if (status == XBAR_OK)
                add_errors(&out[l % HELD_DRIVES][column], w, k, l, i_out);
        }
    }
    if (self)
        model->close(self);
    free(i_out);
    return status;
}

static xbar_status compare(held_result *out, const work *w, xbar_error *err)
{
    xbar_runs *runs = NULL;
    xbar_status status = make_runs(&runs, w, err);
    for (size_t m = 0; m < HELD_MODELS && status == XBAR_OK; m++) {
        const xbar_model *model = xbar_model_find(held_models[m]);
        double constants[XBAR_MAX_CONSTANTS];
        for (size_t k = 0; k < model->n_constants; k++)
            constants[k] = model->constants[k].initial;
        status = find_errors(out->as_is, w, model, constants, m, err);
        if (status == XBAR_OK)
            status = fit(constants, w, held_models[m], runs, err);
        if (status == XBAR_OK)
            status = find_errors(out->calibrated, w, model, constants, m, err);
    }
    xbar_runs_free(runs);
    return status;
}

xbar_status held_measure(held_result *out, const held_case *q, xbar_error *err)
{
    work w = {.q = q};
    *out = (held_result){0};
    xbar_status status = make_array(&w, err);
    if (status == XBAR_OK)
        status = draw(&w, err);
    if (status == XBAR_OK)
        status = find_truth(&w, err);
    if (status == XBAR_OK) {
        find_drops(out, &w);
        status = compare(out, &w, err);
    }
    clear(&w);
    return status;
}
