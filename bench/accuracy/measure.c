/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "measure.h"

#include <assert.h>
#include <math.h>
#include <stdint.h>
#include <stdlib.h>

#include "analytical/jeong.h"
#include "core/clock.h"
#include "core/memory.h"
#include "forms.h"

static xbar_status new_list(double ***out, size_t n, size_t size, xbar_error *err)
{
    void *memory = NULL;
    XBAR_TRY(xbar_array_new(&memory, n, sizeof(double *), "states", err));
    *out = memory;
    for (size_t k = 0; k < n; k++)
        XBAR_TRY(xbar_doubles_new(&(*out)[k], size, "states", err));
    return XBAR_OK;
}

static void free_list(double **list, size_t n)
{
    for (size_t k = 0; list && k < n; k++)
        free(list[k]);
    free(list);
}

void bench_data_clear(bench_data *d)
{
    xbar_crossbar_free(d->c);
    free_list(d->g, d->n_states);
    free_list(d->v_in, d->n_states);
    free_list(d->exact, d->n_states);
    *d = (bench_data){0};
}

static double ideal_current(const bench_data *d, size_t state, size_t l, size_t j)
{
    const size_t n = d->q->n;
    double sum = 0.0;
    for (size_t i = 0; i < n; i++)
        sum += d->v_in[state][l * n + i] * d->g[state][i * n + j];
    return sum;
}

static void find_drop(bench_data *d)
{
    const size_t n = d->q->n;
    double sum = 0.0;
    for (size_t k = 0; k < d->n_states; k++)
        for (size_t l = 0; l < BENCH_INPUTS; l++)
            for (size_t j = 0; j < n; j++)
                sum += 1.0 - d->exact[k][l * n + j] / ideal_current(d, k, l, j);
    d->drop = sum / (double)(d->n_states * BENCH_INPUTS * n);
}

xbar_status bench_data_init(bench_data *out, const bench_case *q, size_t n_states,
                            xbar_error *err)
{
    const size_t n = q->n;
    *out = (bench_data){.q = q, .n_states = n_states};
    XBAR_TRY(bench_array(&out->c, q, err));
    XBAR_TRY(new_list(&out->g, n_states, n * n, err));
    XBAR_TRY(new_list(&out->v_in, n_states, BENCH_INPUTS * n, err));
    XBAR_TRY(new_list(&out->exact, n_states, BENCH_INPUTS * n, err));

    void *solver = NULL;
    xbar_status status = bench_cholmod.open(&solver, out->c, err);
    for (size_t k = 0; status == XBAR_OK && k < n_states; k++) {
        bench_draw(out->g[k], out->v_in[k], q, k);
        status = bench_cholmod.prepare(solver, out->g[k], err);
        if (status == XBAR_OK)
            bench_cholmod.predict(solver, BENCH_INPUTS, out->v_in[k], out->exact[k]);
    }
    bench_cholmod.close(solver);
    if (status == XBAR_OK)
        find_drop(out);
    return status;
}

static void add_errors(bench_figures *out, const bench_data *d, size_t state,
                       const double *i_out)
{
    const size_t n = BENCH_INPUTS * d->q->n;
    double sum = 0.0;
    for (size_t k = 0; k < n; k++) {
        double error = fabs(i_out[k] - d->exact[state][k]) / fabs(d->exact[state][k]);
        sum += error;
        out->worst = error <= out->worst ? out->worst : error; /* NaN stays */
    }
    double mean = sum / (double)n;
    out->mean += mean;
    out->mean_low = state == 0 || mean < out->mean_low ? mean : out->mean_low;
    out->mean_high = mean > out->mean_high ? mean : out->mean_high;
}

/* A form under the clock. */
typedef struct trial {
    const xbar_closed_form *form;
    void *self;
    const bench_data *d;
    double *i_out; /* A, [BENCH_INPUTS][n] */
} trial;

typedef struct times {
    double state_s, input_s, single_s;
} times;

/* n: what a call does. 0 prepares the state, FIRST_INPUT does so and predicts one input,
 * else n inputs are predicted on the present state. */
static const size_t FIRST_INPUT = SIZE_MAX;

/* What one call takes: as many calls as fill a time. */
static double time_call(const trial *t, size_t state, size_t n, double enough_s)
{
    for (size_t calls = 1;; calls *= 4) {
        double start = xbar_clock_s();
        for (size_t k = 0; k < calls; k++) {
            if (n == 0 || n == FIRST_INPUT)
                t->form->prepare(t->self, t->d->g[state], NULL);
            if (n != 0)
                t->form->predict(t->self, n == FIRST_INPUT ? 1 : n, t->d->v_in[state],
                                 t->i_out);
        }
        double took = xbar_clock_s() - start;
        if (took > enough_s)
            return took / (double)calls;
    }
}

static times time_state(const trial *t, size_t state)
{
    const double enough_s = 1e-3;
    times x = {0};
    x.state_s = time_call(t, state, 0, enough_s);
    x.input_s = time_call(t, state, BENCH_INPUTS, enough_s) / BENCH_INPUTS;
    x.single_s = time_call(t, state, 1, enough_s);
    return x;
}

/* A lazy one is asked once: the state with its first input (state_s), then the rest. */
static times time_lazy_state(const trial *t, size_t state)
{
    const size_t n = t->d->q->n;
    times x = {0};
    double start = xbar_clock_s();
    t->form->prepare(t->self, t->d->g[state], NULL);
    t->form->predict(t->self, 1, t->d->v_in[state], t->i_out);
    double one = xbar_clock_s();
    t->form->predict(t->self, BENCH_INPUTS - 1, t->d->v_in[state] + n, t->i_out + n);
    x.input_s = x.single_s = (xbar_clock_s() - one) / (BENCH_INPUTS - 1);
    x.state_s = one - start;
    return x;
}

/* Quick ones in several rounds over the states, slow ones in one. */
static void find_times(bench_figures *out, const trial *t, size_t n_states,
                       bool is_lazy)
{
    enum { ROUNDS = 15 };
    assert(n_states > 0);
    const double enough_s = 2.0;
    const double begin = xbar_clock_s();
    times low = {HUGE_VAL, HUGE_VAL, HUGE_VAL};
    for (size_t k = 0; k < ROUNDS || k < n_states; k++) {
        if (k >= n_states && xbar_clock_s() - begin > enough_s)
            break;
        size_t state = k % n_states;
        times x = is_lazy ? time_lazy_state(t, state) : time_state(t, state);
        low.state_s = fmin(low.state_s, x.state_s);
        low.input_s = fmin(low.input_s, x.input_s);
        low.single_s = fmin(low.single_s, x.single_s);
    }
    out->state_s = is_lazy ? fmax(0.0, low.state_s - low.single_s) : low.state_s;
    out->input_s = low.input_s;
    out->single_s = low.single_s;
}

static xbar_status find_errors(bench_figures *out, const trial *t, size_t n_states,
                               xbar_error *err)
{
    for (size_t k = 0; k < n_states; k++) {
        XBAR_TRY(t->form->prepare(t->self, t->d->g[k], err));
        t->form->predict(t->self, BENCH_INPUTS, t->d->v_in[k], t->i_out);
        add_errors(out, t->d, k, t->i_out);
    }
    out->mean /= (double)n_states;
    out->is_valid = true;
    return XBAR_OK;
}

xbar_status bench_measure(bench_figures *out, const xbar_closed_form *form,
                          const bench_data *d, size_t n_states, bool is_lazy,
                          xbar_error *err)
{
    trial t = {.form = form, .d = d};
    *out = (bench_figures){0};
    xbar_status status =
        xbar_doubles_new(&t.i_out, BENCH_INPUTS * d->q->n, "currents", err);
    if (status == XBAR_OK)
        status = form->open(&t.self, d->c, err);
    if (status == XBAR_OK && form == &xbar_closed_form_jeong)
        xbar_jeong_set_range(t.self, 1e3,
                             1e5); /* what cells can be, not what they are */
    if (status == XBAR_OK)
        status = find_errors(out, &t, n_states, err);
    if (status == XBAR_OK)
        find_times(out, &t, n_states, is_lazy);
    if (t.self)
        form->close(t.self);
    free(t.i_out);
    if (status == XBAR_ERR_INPUT) { /* not for this case */
        *out = (bench_figures){0};
        return XBAR_OK;
    }
    return status;
}

/* ---- ratios ---- */

/* The least of many short rounds, in each of which one is timed right behind the other. */
static double time_ratio(const trial *a, const trial *b, size_t n)
{
    enum { ROUNDS = 200 };
    const double enough_s = 1e-4;
    double least[2] = {HUGE_VAL, HUGE_VAL};
    for (size_t k = 0; k < ROUNDS; k++) {
        size_t state = k % a->d->n_states;
        least[0] = fmin(least[0], time_call(a, state, n, enough_s));
        least[1] = fmin(least[1], time_call(b, state, n, enough_s));
    }
    return least[0] / least[1];
}

static xbar_status open_trial(trial *t, xbar_error *err)
{
    XBAR_TRY(xbar_doubles_new(&t->i_out, BENCH_INPUTS * t->d->q->n, "currents", err));
    XBAR_TRY(t->form->open(&t->self, t->d->c, err));
    return t->form->prepare(t->self, t->d->g[0], err);
}

static void close_trial(trial *t)
{
    if (t->self)
        t->form->close(t->self);
    free(t->i_out);
}

xbar_status bench_ratios(double *state, double *input, const xbar_closed_form *form,
                         const xbar_closed_form *unit, bool with_input,
                         const bench_data *d, xbar_error *err)
{
    trial t[] = {
        {.form = form, .d = d}, {.form = unit, .d = d}, {.form = &bench_ideal, .d = d}};
    xbar_status status = XBAR_OK;
    for (size_t k = 0; status == XBAR_OK && k < 3; k++)
        status = open_trial(&t[k], err);
    if (status == XBAR_OK) {
        *state = time_ratio(&t[0], &t[1], with_input ? FIRST_INPUT : 0);
        *input = time_ratio(&t[0], &t[2], 1);
    }
    for (size_t k = 0; k < 3; k++)
        close_trial(&t[k]);
    return status;
}
