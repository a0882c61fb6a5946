/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a programming pulse costs: the same row of the same array is written on ngspice
 * and on the nodal engine, each at the loosest tolerance that leaves the final states as
 * right as is wanted. README.md says more. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "control/operation.h"
#include "core/clock.h"
#include "core/memory.h"
#include "core/random.h"
#include "core/version.h"
#include "engine/engine.h"

/* Of a state's range. */
static const double wanted_error = 1e-3;
static const double tolerances[] = {1e-1, 3e-2, 1e-2, 3e-3, 1e-3,
                                    3e-4, 1e-4, 1e-5, 1e-6};
enum { N_TOLERANCES = sizeof tolerances / sizeof *tolerances };
static const double reference_tolerance = 1e-8;

/* The array, the pulse, the states it begins with. */
typedef struct scene {
    xbar_crossbar *c;
    double *state, *conductance;
    xbar_operation pulse;
} scene;

/* What a run came to. */
typedef struct outcome {
    bool done;
    double first_s, next_s; /* wall time: begin and first pulse; best of further ones */
    double *state;          /* after two pulses */
    char why[1024];
} outcome;

static void scene_free(scene *s)
{
    xbar_operation_clear(&s->pulse);
    xbar_crossbar_free(s->c);
    free(s->state);
    free(s->conductance);
}

static xbar_status scene_new(scene *s, size_t n, xbar_error *err)
{
    *s = (scene){0};
    XBAR_TRY(xbar_crossbar_new(&s->c, n, n, err));
    xbar_crossbar *c = s->c;
    c->row_ohm = c->col_ohm = 2.5;
    for (size_t k = 0; k < n; k++)
        c->terminal_ohm[XBAR_LEFT][k] = c->terminal_ohm[XBAR_BOTTOM][k] = 2.5;
    const xbar_device *vteam = xbar_device_find("vteam");
    c->cell = xbar_cell_default(vteam);
    xbar_device_parameters(c->cell.parameters, vteam, xbar_device_set(vteam, "magic"));
    XBAR_TRY(xbar_doubles_new(&s->state, n * n, "states", err));
    XBAR_TRY(xbar_doubles_new(&s->conductance, n * n, "conductances", err));
    for (size_t k = 0; k < n * n; k++) {
        s->state[k] =
            0.1 + 0.6 * xbar_uniform(1, XBAR_STREAM_CONDUCTANCE, 0, (uint32_t)k);
        s->conductance[k] = xbar_cell_conductance(&c->cell, s->state[k]);
    }
    XBAR_TRY(xbar_operation_init(&s->pulse, c, err));
    xbar_operation_rest(&s->pulse, c);
    const double volt = 0.55;
    for (size_t i = 0; i < n; i++)
        xbar_operation_row(&s->pulse, c, i, i == n / 2 ? volt : 0.5 * volt);
    for (size_t j = 0; j < n; j++)
        xbar_operation_col(&s->pulse, c, j, j % 2 ? 0.5 * volt : 0.0);
    s->pulse.pulse = (xbar_pulse){1e-9, 8e-9, 1e-9, 1e-9};
    return XBAR_OK;
}

static xbar_status result_new(xbar_result *r, const xbar_crossbar *c, xbar_error *err)
{
    *r = (xbar_result){.n_times = 2};
    XBAR_TRY(xbar_doubles_new(&r->i_out, 2 * c->n_cols, "currents", err));
    for (int side = 0; side < XBAR_N_SIDES; side++) {
        size_t lines = 2 * xbar_side_lines(c, (xbar_side)side);
        XBAR_TRY(xbar_doubles_new(&r->i_terminal[side], lines, "currents", err));
        XBAR_TRY(xbar_doubles_new(&r->energy[side], lines, "energies", err));
    }
    return XBAR_OK;
}

static void result_clear(xbar_result *r)
{
    free(r->i_out);
    for (int side = 0; side < XBAR_N_SIDES; side++) {
        free(r->i_terminal[side]);
        free(r->energy[side]);
    }
}

enum { PULSES = 3 };

static xbar_status pulses(const scene *s, const xbar_engine *engine, void *self,
                          double tolerance, xbar_result *r, outcome *o, xbar_error *err)
{
    const xbar_start start = {.tolerance = tolerance};
    double before = xbar_clock_s();
    XBAR_TRY(engine->set_state(self, s->state, s->conductance, err));
    XBAR_TRY(engine->begin(self, &start, err));
    o->next_s = (double)INFINITY;
    for (int k = 0; k < PULSES; k++) {
        const double begin_s = k * xbar_pulse_length(&s->pulse.pulse);
        const xbar_operation_drive drive = {&s->pulse, s->c, begin_s};
        const xbar_schedule schedule = xbar_operation_schedule(&drive);
        const double t_s[2] = {begin_s + 9e-9,
                               begin_s + xbar_pulse_length(&s->pulse.pulse)};
        XBAR_TRY(engine->advance(self, &schedule, t_s, 2, r, 0, err));
        const double now = xbar_clock_s();
        if (r->outcome != XBAR_DONE) {
            snprintf(o->why, sizeof o->why, "%s", r->error.text);
            return XBAR_OK;
        }
        if (k == 0)
            o->first_s = now - before;
        else
            o->next_s = fmin(o->next_s, now - before);
        before = now;
    }
    engine->states(self, o->state);
    o->done = true;
    return XBAR_OK;
}

static xbar_status run(const scene *s, const char *name, double tolerance, outcome *o,
                       xbar_error *err)
{
    const xbar_engine *engine = xbar_engine_find(name);
    void *self = NULL;
    xbar_result r;
    o->done = false;
    o->why[0] = '\0';
    xbar_status status = result_new(&r, s->c, err);
    if (status == XBAR_OK)
        status = engine->open(&self, s->c, NULL, err);
    if (status == XBAR_OK)
        status = pulses(s, engine, self, tolerance, &r, o, err);
    if (self)
        engine->close(self);
    result_clear(&r);
    return status;
}

static double worst(const double *a, const double *b, size_t n)
{
    double most = 0.0;
    for (size_t k = 0; k < n; k++)
        most = fmax(most, fabs(a[k] - b[k]));
    return most;
}

/* The loosest tolerance that will do; others only tell whether they would. */
static xbar_status measure(const scene *s, const char *name, const double *truth,
                           outcome *o, double *tolerance, double *error,
                           xbar_error *err)
{
    const size_t n = s->c->n_rows * s->c->n_cols;
    for (int k = 0; k < N_TOLERANCES; k++) {
        XBAR_TRY(run(s, name, tolerances[k], o, err));
        *tolerance = tolerances[k];
        *error = o->done ? worst(o->state, truth, n) : (double)NAN;
        if (*error <= wanted_error)
            return XBAR_OK;
    }
    return XBAR_OK;
}

static xbar_status compare(size_t n, bool with_spice, xbar_error *err)
{
    scene s;
    double *truth = NULL;
    double *state = NULL;
    outcome nodal = {0};
    outcome spice = {0};
    double tolerance[2] = {0.0, 0.0};
    double error[2] = {0.0, 0.0};
    xbar_status status = scene_new(&s, n, err);
    if (status == XBAR_OK)
        status = xbar_doubles_new(&truth, n * n, "states", err);
    if (status == XBAR_OK)
        status = xbar_doubles_new(&state, n * n, "states", err);
    nodal.state = truth;
    if (status == XBAR_OK)
        status = run(&s, "nodal", reference_tolerance, &nodal, err);
    if (status == XBAR_OK && !nodal.done)
        status = xbar_fail(err, XBAR_ERR_CONVERGENCE, "%zu x %zu: no reference: %s", n,
                           n, nodal.why);
    nodal.state = spice.state = state;
    if (status == XBAR_OK)
        status = measure(&s, "nodal", truth, &nodal, &tolerance[0], &error[0], err);
    if (status == XBAR_OK)
        printf("| %zu | %.3g ms | %g, %.1e |", n, 1e3 * nodal.next_s, tolerance[0],
               error[0]);
    if (status == XBAR_OK && with_spice) {
        status = measure(&s, "spice", truth, &spice, &tolerance[1], &error[1], err);
        if (status == XBAR_OK && spice.done)
            printf(" %.4g ms (first %.4g ms) | %g, %.1e | %.0f |\n", 1e3 * spice.next_s,
                   1e3 * spice.first_s, tolerance[1], error[1],
                   spice.next_s / nodal.next_s);
        else if (status == XBAR_OK)
            printf(" failed: %s | | |\n", spice.why);
    } else if (status == XBAR_OK) {
        printf(" | | |\n");
    }
    fflush(stdout);
    if (status == XBAR_OK && !(error[0] <= wanted_error && error[1] <= wanted_error))
        status = xbar_fail(err, XBAR_ERR_CONVERGENCE,
                           "%zu x %zu: final states are off by more than %g", n, n,
                           wanted_error);
    free(state);
    free(truth);
    scene_free(&s);
    return status;
}

int main(int argc, char **argv)
{
    static const size_t usual[] = {4, 8, 16, 32, 64};
    enum { N_USUAL = sizeof usual / sizeof *usual };
    printf(
        "xbar %s. Final states within %g of their range of a run at tolerance %g.\n\n"
        "| N | nodal, a pulse | tolerance, error | ngspice, a pulse | tolerance, "
        "error | ratio |\n|---|---|---|---|---|---|\n",
        xbar_commit, wanted_error, reference_tolerance);
    const int n_sizes = argc > 1 ? argc - 1 : N_USUAL;
    int exit_status = 0;
    for (int k = 0; k < n_sizes; k++) {
        const size_t n = argc > 1 ? strtoul(argv[k + 1], NULL, 10) : usual[k];
        xbar_error err = {0};
        if (compare(n, n <= 64, &err) != XBAR_OK) {
            fprintf(stderr, "bench_transient: %s\n", err.text);
            exit_status = 1;
        }
    }
    return exit_status;
}
