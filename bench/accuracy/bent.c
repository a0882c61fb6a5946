/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "bent.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analytical/gains.h"
#include "analytical/kernel.h"
#include "analytical/model.h"
#include "core/clock.h"
#include "core/isa.h"
#include "core/memory.h"
#include "core/random.h"
#include "crossbar/draw.h"
#include "engine/engine.h"

enum { SEED = 3 };

/* What is allowed: exact solutions, plain products. */
static const double most_solutions = 10.0, most_products = 1.5;

/* The third shape is the main job's. */
static const struct shape {
    size_t n_rows, n_cols;
    bool is_quick;
} shapes[] = {{32, 32, true},   {48, 64, true},    {64, 20, true},   {64, 64, true},
              {100, 50, false}, {128, 128, false}, {256, 256, false}};

typedef struct work {
    size_t n_rows, n_cols;
    xbar_crossbar *c;
    double *g, *x;    /* S, 1: [n_rows][n_cols] */
    xbar_stimulus in; /* dense, to 0.2 V */
    const xbar_model *model;
    void *self; /* of `model` */
    double constants[XBAR_MAX_CONSTANTS];
    const xbar_engine *nodal;
    void *solver; /* of `nodal` */
    xbar_result exact;
    double *i_out; /* A, [n_cols] */
} work;

static void clear(work *w)
{
    if (w->self)
        w->model->close(w->self);
    if (w->solver)
        w->nodal->close(w->solver);
    free(w->exact.i_out);
    for (int side = 0; side < XBAR_N_SIDES; side++)
        free(w->exact.i_terminal[side]);
    xbar_stimulus_clear(&w->in);
    free(w->i_out);
    free(w->g);
    free(w->x);
    xbar_crossbar_free(w->c);
}

static xbar_status make_array(work *w, xbar_error *err)
{
    const double ohm = 2.5;
    const size_t n = w->n_rows * w->n_cols;
    const xbar_draw random = {.distribution = XBAR_LOGUNIFORM, .a = 1e-5, .b = 1e-3};
    XBAR_TRY(xbar_crossbar_new(&w->c, w->n_rows, w->n_cols, err));
    w->c->row_ohm = w->c->col_ohm = ohm;
    for (size_t i = 0; i < w->n_rows; i++)
        w->c->terminal_ohm[XBAR_LEFT][i] = ohm;
    for (size_t j = 0; j < w->n_cols; j++)
        w->c->terminal_ohm[XBAR_BOTTOM][j] = ohm;
    w->c->cell = xbar_cell_default(xbar_device_find("sinh"));
    XBAR_TRY(xbar_doubles_new(&w->g, n, "cells", err));
    XBAR_TRY(xbar_doubles_new(&w->x, n, "cells", err));
    XBAR_TRY(xbar_doubles_new(&w->i_out, w->n_cols, "currents", err));
    XBAR_TRY(xbar_stimulus_init(&w->in, w->c, err));
    xbar_draw_values(w->g, &random, SEED, XBAR_STREAM_CONDUCTANCE, 0, 0, n);
    for (size_t k = 0; k < n; k++)
        w->x[k] = xbar_cell_state(&w->c->cell, w->g[k]);
    for (size_t i = 0; i < w->n_rows; i++)
        w->in.volt[XBAR_LEFT][i] =
            0.2 * xbar_uniform(SEED, XBAR_STREAM_INPUT, 0, (uint32_t)i);
    memset(w->in.volt[XBAR_BOTTOM], 0, w->n_cols * sizeof(double));
    return XBAR_OK;
}

static xbar_status open_both(work *w, xbar_error *err)
{
    w->model = xbar_model_find("modes");
    w->nodal = xbar_engine_find("nodal");
    for (size_t k = 0; k < w->model->n_constants; k++)
        w->constants[k] = w->model->constants[k].initial;
    XBAR_TRY(xbar_doubles_new(&w->exact.i_out, w->n_cols, "currents", err));
    for (int side = 0; side < XBAR_N_SIDES; side++)
        XBAR_TRY(xbar_doubles_new(&w->exact.i_terminal[side],
                                  xbar_side_lines(w->c, (xbar_side)side), "currents",
                                  err));
    XBAR_TRY(w->model->open(&w->self, w->c, err));
    return w->nodal->open(&w->solver, w->c, NULL, err);
}

/* One of each in turn, the least of many counts. */
static xbar_status time_states(double *ratio, work *w, xbar_error *err)
{
    enum { ROUNDS = 40 };
    double least[2] = {HUGE_VAL, HUGE_VAL};
    for (int k = 0; k < ROUNDS; k++) {
        double start = xbar_clock_s();
        XBAR_TRY(w->model->prepare(w->self, w->x, w->g, w->constants, err));
        XBAR_TRY(w->model->predict(w->self, &w->in, 1, w->i_out, err));
        double half = xbar_clock_s();
        XBAR_TRY(w->nodal->set_state(w->solver, w->x, w->g, err));
        XBAR_TRY(w->nodal->solve(w->solver, &w->in, 1, &w->exact, err));
        least[0] = fmin(least[0], half - start);
        least[1] = fmin(least[1], xbar_clock_s() - half);
    }
    *ratio = least[0] / least[1];
    return XBAR_OK;
}

/* An input in plain products: as the build's flags have them, and as they are with the same
 * vectors that the input has. */
typedef struct products {
    double plain, alike;
} products;

/* The same, some tenth of a millisecond each. */
static xbar_status time_inputs(products *ratio, work *w, xbar_error *err)
{
    enum { ROUNDS = 1000, KINDS = 3 };
    const xbar_analytical_kernel *kernel = xbar_analytical_kernel_here();
    const size_t calls = (size_t)300000 / (w->n_rows * w->n_cols) + 1;
    const double *volt = w->in.volt[XBAR_LEFT];
    double least[KINDS] = {HUGE_VAL, HUGE_VAL, HUGE_VAL};
    for (int k = 0; k < ROUNDS; k++) {
        double at[KINDS + 1];
        at[0] = xbar_clock_s();
        for (size_t n = 0; n < calls; n++)
            XBAR_TRY(w->model->predict(w->self, &w->in, 1, w->i_out, err));
        at[1] = xbar_clock_s();
        for (size_t n = 0; n < calls; n++)
            xbar_weighted_rows(w->i_out, w->n_rows, w->n_cols, w->g, volt);
        at[2] = xbar_clock_s();
        for (size_t n = 0; n < calls; n++)
            kernel->product(w->i_out, w->n_rows, w->n_cols, w->g, volt);
        at[3] = xbar_clock_s();
        for (int kind = 0; kind < KINDS; kind++)
            least[kind] = fmin(least[kind], at[kind + 1] - at[kind]);
    }
    ratio->plain = least[0] / least[1];
    ratio->alike = least[0] / least[2];
    return XBAR_OK;
}

/* The array in the widest vectors that are allowed. */
static xbar_status measure(products *ratio, double *solutions, const struct shape *q,
                           xbar_error *err)
{
    work w = {.n_rows = q->n_rows, .n_cols = q->n_cols};
    xbar_status status = make_array(&w, err);
    if (status == XBAR_OK)
        status = open_both(&w, err);
    if (status == XBAR_OK)
        status = time_states(solutions, &w, err);
    if (status == XBAR_OK)
        status = time_inputs(ratio, &w, err);
    clear(&w);
    return status;
}

/* From the widest vectors to the narrowest. */
static xbar_status print_row(const struct shape *q, xbar_isa widest, xbar_error *err)
{
    bool is_met = true;
    printf("| %zu × %zu ", q->n_rows, q->n_cols);
    for (int isa = (int)widest; isa >= XBAR_ISA_BASE; isa--) {
        products ratio = {NAN, NAN};
        double solutions = NAN;
        xbar_isa_limit((xbar_isa)isa);
        xbar_status status = measure(&ratio, &solutions, q, err);
        xbar_isa_limit(widest);
        XBAR_TRY(status);
        if (isa == (int)widest) {
            is_met = solutions <= most_solutions && ratio.plain <= most_products;
            printf("| %.1f solutions ", solutions);
        }
        printf("| %.2f (%.2f) ", ratio.plain, ratio.alike);
    }
    printf("| %s |\n", is_met ? "yes" : "**no**");
    return XBAR_OK;
}

xbar_status bent_print(bool quick, xbar_error *err)
{
    const xbar_isa widest = xbar_isa_here();
    printf("| sinh cells | a state of modes ");
    for (int isa = (int)widest; isa >= XBAR_ISA_BASE; isa--)
        printf("| an input, %s ", xbar_isa_name((xbar_isa)isa));
    printf("| %s: at most %g and %g |\n|---|---|---|", xbar_isa_name(widest),
           most_solutions, most_products);
    for (int isa = (int)widest; isa >= XBAR_ISA_BASE; isa--)
        printf("---|");
    printf("\n");
    for (size_t k = 0; k < sizeof shapes / sizeof *shapes; k++)
        if (!quick || shapes[k].is_quick)
            XBAR_TRY(print_row(&shapes[k], widest, err));
    return XBAR_OK;
}
