/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "outputs.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/clock.h"
#include "core/memory.h"
#include "nodal/effective.h"

enum { RUNS_IN_A_ROW = 5 };

typedef struct way {
    const bench_array *a;
    xbar_nodal *s;
    xbar_stimulus rest;
    bool *takes_input;                       /* [n]: all do */
    double *g_eff, *i_offset, *volt, *i_out; /* [n][n], [n], [n_inputs][n] twice */
} way;

static xbar_status init(way *w, const bench_array *a, double tolerance, xbar_error *err)
{
    const xbar_nodal_options options = {.tolerance = tolerance};
    void *memory = NULL;
    *w = (way){.a = a};
    XBAR_TRY(xbar_nodal_new(&w->s, a->c, &options, err));
    XBAR_TRY(xbar_stimulus_init(&w->rest, a->c, err));
    XBAR_TRY(xbar_array_new(&memory, a->n, sizeof *w->takes_input, "rows", err));
    w->takes_input = memory;
    XBAR_TRY(xbar_doubles_new(&w->g_eff, a->n * a->n, "conductances", err));
    XBAR_TRY(xbar_doubles_new(&w->i_offset, a->n, "outputs", err));
    XBAR_TRY(xbar_doubles_new(&w->volt, a->n_inputs * a->n, "inputs", err));
    XBAR_TRY(xbar_doubles_new(&w->i_out, a->n_inputs * a->n, "outputs", err));
    xbar_stimulus_copy(&w->rest, &a->input[0], a->c);
    for (size_t i = 0; i < a->n; i++) {
        w->rest.volt[XBAR_LEFT][i] = 0.0;
        w->takes_input[i] = true;
    }
    for (size_t l = 0; l < a->n_inputs; l++)
        memcpy(w->volt + l * a->n, a->input[l].volt[XBAR_LEFT], a->n * sizeof *w->volt);
    return XBAR_OK;
}

static void clear(way *w)
{
    xbar_nodal_free(w->s);
    xbar_stimulus_clear(&w->rest);
    free(w->takes_input);
    free(w->g_eff);
    free(w->i_offset);
    free(w->volt);
    free(w->i_out);
}

/* A run: a new state, its matrix, and perhaps all outputs. */
static xbar_status run(way *w, bool with_outputs, double *seconds, xbar_error *err)
{
    const xbar_effective_drive drive = {.rest = &w->rest,
                                        .takes_input = {w->takes_input}};
    double start = xbar_clock_s();
    xbar_nodal_set_state(w->s, w->a->g);
    XBAR_TRY(xbar_nodal_effective(w->g_eff, w->i_offset, w->s, w->a->c, &drive, err));
    if (with_outputs)
        xbar_effective_outputs(w->i_out, w->g_eff, w->i_offset, w->a->c, w->volt,
                               w->a->n_inputs);
    *seconds = xbar_clock_s() - start;
    return XBAR_OK;
}

/* Against a solution of each input. */
static xbar_status compare(double *error, way *w, double tolerance, xbar_error *err)
{
    const size_t n = w->a->n;
    bench_solver s = {0};
    double seconds = 0.0, most = 0.0, *i_out = NULL;
    xbar_status status = xbar_doubles_new(&i_out, n, "outputs", err);
    if (status == XBAR_OK)
        status = bench_solver_init(
            &s, w->a, tolerance, (bench_way){.threads = 1, .n_inputs = w->a->n_inputs},
            err);
    if (status == XBAR_OK)
        status = run(w, true, &seconds, err);
    *error = 0.0;
    for (size_t l = 0; status == XBAR_OK && l < w->a->n_inputs; l++) {
        bench_solver_outputs(&s, l, i_out);
        for (size_t j = 0; j < n; j++) {
            most = fmax(most, fabs(i_out[j]));
            *error = fmax(*error, fabs(w->i_out[l * n + j] - i_out[j]));
        }
    }
    *error /= most;
    bench_solver_clear(&s);
    free(i_out);
    return status;
}

static xbar_status run_in_turn(bench_outputs *t, bench_solver *one, way *w,
                               double enough_s, xbar_error *err)
{
    double start = xbar_clock_s(), seconds = 0.0;
    do {
        for (int k = 0; k < RUNS_IN_A_ROW; k++) {
            XBAR_TRY(bench_solver_run(one, &seconds, err));
            bench_timing_add(&t->one, seconds);
        }
        for (int k = 0; k < RUNS_IN_A_ROW; k++) {
            XBAR_TRY(run(w, false, &seconds, err));
            bench_timing_add(&t->matrix, seconds);
        }
        for (int k = 0; k < RUNS_IN_A_ROW; k++) {
            XBAR_TRY(run(w, true, &seconds, err));
            bench_timing_add(&t->all, seconds);
        }
    } while (t->one.n + RUNS_IN_A_ROW <= BENCH_MOST_RUNS &&
             xbar_clock_s() - start < enough_s);
    bench_timing_finish(&t->one);
    bench_timing_finish(&t->matrix);
    bench_timing_finish(&t->all);
    return XBAR_OK;
}

xbar_status bench_outputs_time(bench_outputs *t, const bench_array *a, double tolerance,
                               double enough_s, xbar_error *err)
{
    way w;
    bench_solver one = {0};
    *t = (bench_outputs){.error = (double)NAN};
    xbar_status status = init(&w, a, tolerance, err);
    if (status == XBAR_OK)
        status = compare(&t->error, &w, tolerance, err);
    if (status == XBAR_OK)
        status = bench_solver_init(&one, a, tolerance, bench_one, err);
    if (status == XBAR_OK)
        status = run_in_turn(t, &one, &w, enough_s, err);
    bench_solver_clear(&one);
    clear(&w);
    return status;
}
