/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "measure.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/clock.h"
#include "core/memory.h"
#include "machine.h"

/* In a row, so that each finds the caches as it left them; but few of what lasts seconds. */
enum { RUNS_IN_A_ROW = 5, LEAST_RUNS = 2 };
static const double long_s = 4.0;

const bench_way bench_one = {.threads = 1, .n_inputs = 1};

static xbar_status make_answers(bench_solver *s, bool has_all_volts, xbar_error *err)
{
    void *memory = NULL;
    XBAR_TRY(xbar_array_new(&memory, s->n_inputs, sizeof *s->out, "answers", err));
    s->out = memory;
    for (size_t l = 0; l < s->n_inputs; l++) {
        const size_t n_cells = s->a->n * s->a->n;
        for (int side = 0; side < XBAR_N_SIDES; side++)
            XBAR_TRY(xbar_doubles_new(&s->out[l].i_terminal[side], s->a->n, "currents",
                                      err));
        if (!has_all_volts)
            continue;
        XBAR_TRY(xbar_doubles_new(&s->out[l].v_row, n_cells, "voltages", err));
        XBAR_TRY(xbar_doubles_new(&s->out[l].v_col, n_cells, "voltages", err));
    }
    return XBAR_OK;
}

xbar_status bench_solver_init(bench_solver *s, const bench_array *a, double tolerance,
                              bench_way way, xbar_error *err)
{
    const xbar_nodal_options options = {.tolerance = tolerance,
                                        .threads = way.threads,
                                        .is_plain = way.is_plain,
                                        .is_together = way.is_together};
    *s = (bench_solver){.a = a, .n_inputs = way.n_inputs};
    XBAR_TRY(make_answers(s, way.has_all_volts, err));
    s->allocated = bench_bytes_allocated();
    double start = xbar_clock_s();
    XBAR_TRY(xbar_nodal_new(&s->s, a->c, &options, err));
    s->new_s = xbar_clock_s() - start;
    return bench_solver_run(s, &s->first_s, err);
}

void bench_solver_clear(bench_solver *s)
{
    xbar_nodal_free(s->s);
    for (size_t l = 0; s->out && l < s->n_inputs; l++) {
        for (int side = 0; side < XBAR_N_SIDES; side++)
            free(s->out[l].i_terminal[side]);
        free(s->out[l].v_row);
        free(s->out[l].v_col);
    }
    free(s->out);
    *s = (bench_solver){0};
}

xbar_status bench_solver_run(bench_solver *s, double *seconds, xbar_error *err)
{
    double start = xbar_clock_s();
    xbar_nodal_set_state(s->s, s->a->g);
    xbar_status status = xbar_nodal_solve(s->s, s->a->input, s->n_inputs, s->out, err);
    if (seconds)
        *seconds = xbar_clock_s() - start;
    for (size_t l = 0; status == XBAR_OK && l < s->n_inputs; l++)
        if (s->out[l].status != XBAR_OK)
            return xbar_fail(err, s->out[l].status, "%s", s->out[l].error.text);
    return status;
}

void bench_solver_outputs(const bench_solver *s, size_t input, double *i_out)
{
    for (size_t j = 0; j < s->a->n; j++)
        i_out[j] = -s->out[input].i_terminal[XBAR_BOTTOM][j];
}

double bench_solver_apart(const bench_solver *a, const bench_solver *b)
{
    double most = 0.0, apart = 0.0;
    for (size_t l = 0; l < a->n_inputs && l < b->n_inputs; l++)
        for (size_t j = 0; j < a->a->n; j++) {
            const double one = a->out[l].i_terminal[XBAR_BOTTOM][j];
            const double other = b->out[l].i_terminal[XBAR_BOTTOM][j];
            most = fmax(most, fabs(one));
            if (isnan(one) || isnan(other))
                return (double)NAN; /* which maxima overlook */
            apart = fmax(apart, fabs(one - other));
        }
    return apart / most;
}

bool bench_solver_same(const bench_solver *a, const bench_solver *b)
{
    for (size_t l = 0; l < a->n_inputs; l++)
        for (int side = 0; side < XBAR_N_SIDES; side++)
            if (memcmp(a->out[l].i_terminal[side], b->out[l].i_terminal[side],
                       a->a->n * sizeof(double)) != 0)
                return false;
    return true;
}

static int by_size(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

void bench_timing_add(bench_timing *t, double seconds)
{
    if (t->n < BENCH_MOST_RUNS)
        t->run_s[t->n++] = seconds;
}

void bench_timing_finish(bench_timing *t)
{
    qsort(t->run_s, t->n, sizeof *t->run_s, by_size);
    t->best_s = t->run_s[0];
    t->median_s = t->n % 2 ? t->run_s[t->n / 2]
                           : 0.5 * (t->run_s[t->n / 2 - 1] + t->run_s[t->n / 2]);
}

/* A few runs of one solver. */
static xbar_status run_some(bench_timing *t, bench_solver *s, xbar_error *err)
{
    double start = xbar_clock_s();
    for (int k = 0; k < RUNS_IN_A_ROW; k++) {
        double seconds = 0.0;
        if (t->n >= LEAST_RUNS && xbar_clock_s() - start > long_s)
            break;
        XBAR_TRY(bench_solver_run(s, &seconds, err));
        bench_timing_add(t, seconds);
    }
    return XBAR_OK;
}

xbar_status bench_time(bench_timing *t, bench_solver *const *s, size_t n_solvers,
                       double enough_s, xbar_error *err)
{
    double start = xbar_clock_s();
    for (size_t k = 0; k < n_solvers; k++)
        t[k] = (bench_timing){0};
    do {
        for (size_t k = 0; k < n_solvers; k++)
            XBAR_TRY(run_some(&t[k], s[k], err));
    } while (t[0].n + RUNS_IN_A_ROW <= BENCH_MOST_RUNS &&
             xbar_clock_s() - start < enough_s);
    for (size_t k = 0; k < n_solvers; k++)
        bench_timing_finish(&t[k]);
    return XBAR_OK;
}
