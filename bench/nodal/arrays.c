/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "arrays.h"

#include <math.h>
#include <stdlib.h>

#include "core/memory.h"
#include "core/random.h"
#include "crossbar/draw.h"

enum { SEED = 1 };

static const double on = 1e-3, off = 1e-9, shorted = 0.1; /* S */

const char *const bench_cells_name[N_CELLS] = {
    "random 1 k–100 kΩ", "all 1 kΩ",        "on/off 1e6",    "columns half off",
    "rows half off",     "random half off", "scaled rows",   "blocks",
    "squares of 8",      "lone on-cells",   "0.1 % shorted",
};

const char *const bench_cells_key[N_CELLS] = {
    "random", "on",     "on_off",  "half_cols", "half_rows", "half",
    "scaled", "blocks", "squares", "lone",      "shorted",
};

const double bench_volt = 0.2;
const bench_wires bench_wires_of[N_WIRES] = {
    {2.5, 2.5}, {0.1, 0.1}, {20.0, 20.0}, {100.0, 100.0}, {100.0, 0.1}, {0.1, 100.0},
};

/* A number of its own for each cell, and for each row. */
static double lot(const bench_array *a, size_t k)
{
    return xbar_uniform(SEED, XBAR_STREAM_STUCK, (uint32_t)a->n, (uint32_t)k);
}

static void place_cells(bench_array *a)
{
    const size_t n = a->n;
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < n; j++) {
            size_t k = i * n + j;
            double *g = &a->g[k];
            switch (a->cells) {
            case CELLS_ON:
                *g = on;
                break;
            case CELLS_HALF_COLS:
                *g = 2 * j < n ? *g : off;
                break;
            case CELLS_HALF_ROWS:
                *g = 2 * i < n ? *g : off;
                break;
            case CELLS_HALF:
                *g = lot(a, k) < 0.5 ? *g : off;
                break;
            case CELLS_SCALED:
                *g *= pow(1e-3, lot(a, i));
                break;
            case CELLS_BLOCKS:
                *g = (2 * i / n + 2 * j / n) % 2 == 0 ? on : off;
                break;
            case CELLS_SQUARES:
                *g = (i / 8 + j / 8) % 2 == 0 ? on : off;
                break;
            case CELLS_LONE:
                *g = lot(a, k) < 0.01 ? on : off;
                break;
            case CELLS_SHORTED:
                *g = lot(a, k) < 0.001 ? shorted : *g;
                break;
            default:
                break;
            }
        }
}

static void draw_cells(bench_array *a)
{
    const bool wide = a->cells == CELLS_ON_OFF;
    const xbar_draw draw = {
        .distribution = XBAR_LOGUNIFORM, .a = wide ? off : 1e-5, .b = on};
    xbar_draw_values(a->g, &draw, SEED, XBAR_STREAM_CONDUCTANCE, (uint32_t)a->n, 0,
                     a->n * a->n);
    place_cells(a);
}

static xbar_status draw_inputs(bench_array *a, xbar_error *err)
{
    const xbar_draw volts = {.distribution = XBAR_UNIFORM, .a = 0.0, .b = bench_volt};
    void *memory = NULL;
    XBAR_TRY(xbar_array_new(&memory, a->n_inputs, sizeof *a->input, "inputs", err));
    a->input = memory;
    for (size_t l = 0; l < a->n_inputs; l++) {
        xbar_stimulus *s = &a->input[l];
        XBAR_TRY(xbar_stimulus_init(s, a->c, err));
        xbar_draw_values(s->volt[XBAR_LEFT], &volts, SEED, XBAR_STREAM_INPUT,
                         (uint32_t)a->n, (uint32_t)(l * a->n), a->n);
        for (size_t j = 0; j < a->n; j++)
            s->volt[XBAR_BOTTOM][j] = 0.0;
    }
    return XBAR_OK;
}

xbar_status bench_array_init(bench_array *a, size_t n, bench_cells cells,
                             bench_wires wires, size_t n_inputs, xbar_error *err)
{
    *a = (bench_array){.n = n, .cells = cells, .wires = wires, .n_inputs = n_inputs};
    XBAR_TRY(xbar_crossbar_new(&a->c, n, n, err));
    a->c->row_ohm = wires.row_ohm;
    a->c->col_ohm = wires.col_ohm;
    for (size_t k = 0; k < n; k++) {
        a->c->terminal_ohm[XBAR_LEFT][k] = wires.row_ohm;
        a->c->terminal_ohm[XBAR_BOTTOM][k] = wires.col_ohm;
    }
    XBAR_TRY(xbar_doubles_new(&a->g, n * n, "conductances", err));
    draw_cells(a);
    return draw_inputs(a, err);
}

void bench_array_drive_one(bench_array *a)
{
    for (size_t i = 0; i < a->n; i++)
        a->input[0].volt[XBAR_LEFT][i] = i + 16 == a->n ? bench_volt : 0.0;
}

void bench_array_clear(bench_array *a)
{
    for (size_t l = 0; a->input && l < a->n_inputs; l++)
        xbar_stimulus_clear(&a->input[l]);
    free(a->input);
    free(a->g);
    xbar_crossbar_free(a->c);
    *a = (bench_array){0};
}
