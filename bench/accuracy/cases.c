/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cases.h"

#include "core/random.h"
#include "crossbar/draw.h"

enum { SEED = 1 };

const bench_case bench_cases[] = {
    {16, 2.5, CELLS_RANDOM, DRIVE_DENSE, "", 10, {.15, .46}, {1.3, 4}, {9.6, 15}},
    {64, 0.1, CELLS_RANDOM, DRIVE_DENSE, "", 6, {.04, .1}, {.4, 1.5}, {6.7, 8.6}},
    {64, 1, CELLS_RANDOM, DRIVE_DENSE, "", 37, {2, 5.4}, {3, 11}, {33, 40}},
    {64, 2.5, CELLS_RANDOM, DRIVE_DENSE, "", 58, {5.6, 16}, {6.3, 20}, {45, 57}},
    {128, 1, CELLS_RANDOM, DRIVE_DENSE, "", 68, {8.8, 23}, {9.5, 29}, {49, 61}},
    {128, 2.5, CELLS_RANDOM, DRIVE_DENSE, "", 83, {24, 57}, {25, 66}, {54, 74}},
    {256, 1, CELLS_RANDOM, DRIVE_DENSE, "", 88, {41, 85}, {41, 95}, {57, 78}},
    {256, 2.5, CELLS_RANDOM, DRIVE_DENSE, "", 94, {121, 252}, {122, 273}, {58, 86}},
    {64, 2.5, CELLS_ON, DRIVE_DENSE, "all on", 85, {28, 48}, {28, 48}, {17, 36}},
    {128, 2.5, CELLS_ON, DRIVE_DENSE, "all on", 95, {145, 241}, {145, 241}, {30, 62}},
    {64, 2.5, CELLS_BINARY, DRIVE_DENSE, "on or off", 0, {0}, {0}, {0}},
    {64, 2.5, CELLS_BLOCKS, DRIVE_DENSE, "blocks", 0, {0}, {0}, {0}},
    {64, 2.5, CELLS_HALF, DRIVE_DENSE, "half faint", 0, {0}, {0}, {0}},
    {128, 2.5, CELLS_RANDOM, DRIVE_TENTH, "one row in ten", 0, {0}, {0}, {0}},
    {128, 2.5, CELLS_RANDOM, DRIVE_ONE_ROW, "one row", 0, {0}, {0}, {0}},
};
const size_t bench_n_cases = sizeof bench_cases / sizeof *bench_cases;

xbar_status bench_array(xbar_crossbar **out, const bench_case *q, xbar_error *err)
{
    XBAR_TRY(xbar_crossbar_new(out, q->n, q->n, err));
    xbar_crossbar *c = *out;
    c->row_ohm = c->col_ohm = q->ohm;
    for (size_t k = 0; k < q->n; k++)
        c->terminal_ohm[XBAR_LEFT][k] = c->terminal_ohm[XBAR_BOTTOM][k] = q->ohm;
    return XBAR_OK;
}

static void draw_cells(double *g, const bench_case *q, uint32_t sample)
{
    const xbar_draw random = {.distribution = XBAR_LOGUNIFORM, .a = 1e-5, .b = 1e-3};
    xbar_draw_values(g, &random, SEED, XBAR_STREAM_CONDUCTANCE, sample, 0, q->n * q->n);
    for (size_t k = 0; k < q->n * q->n; k++) {
        size_t i = k / q->n;
        size_t j = k % q->n;
        bool is_even = (4 * i / q->n + 4 * j / q->n) % 2 == 0;
        switch (q->cells) {
        case CELLS_RANDOM:
            break;
        case CELLS_ON:
            g[k] = 1e-3;
            break;
        case CELLS_BINARY:
            g[k] = g[k] < 1e-4 ? 1e-6 : 1e-3;
            break;
        case CELLS_BLOCKS:
            g[k] = is_even ? 1e-5 : 1e-3;
            break;
        case CELLS_HALF:
            g[k] *= 2 * j < q->n ? 1.0 : 0.01;
            break;
        }
    }
}

static void thin_out(double *v, const bench_case *q, uint32_t sample, uint32_t l)
{
    const size_t n = q->n;
    const uint32_t behind =
        (uint32_t)(BENCH_INPUTS * n); /* the voltages' own numbers */
    double lot = xbar_uniform(SEED, XBAR_STREAM_INPUT, sample, behind + l);
    size_t chosen = (size_t)(lot * (double)n);
    for (size_t i = 0; i < n; i++) {
        uint32_t number = behind + BENCH_INPUTS + l * (uint32_t)n + (uint32_t)i;
        if (q->drive == DRIVE_ONE_ROW)
            v[i] = i == chosen ? 0.2 : 0.0;
        else if (xbar_uniform(SEED, XBAR_STREAM_INPUT, sample, number) > 0.1 &&
                 i != chosen)
            v[i] = 0.0;
    }
}

void bench_draw(double *g, double *v_in, const bench_case *q, size_t sample)
{
    const xbar_draw volts = {.distribution = XBAR_UNIFORM, .a = 0.0, .b = 0.2};
    draw_cells(g, q, (uint32_t)sample);
    xbar_draw_values(v_in, &volts, SEED, XBAR_STREAM_INPUT, (uint32_t)sample, 0,
                     BENCH_INPUTS * q->n);
    for (uint32_t l = 0; q->drive != DRIVE_DENSE && l < BENCH_INPUTS; l++)
        thin_out(v_in + l * q->n, q, (uint32_t)sample, l);
}
