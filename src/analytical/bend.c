/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "analytical/bend.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "analytical/cell_law.h"
#include "analytical/gains.h"
#include "analytical/plain_array.h"
#include "core/memory.h"

enum {
    BLOCK_COLS = 32, /* columns of a block at least */
    MAX_BLOCKS = 8
};

/* Of the largest input that chi is made for, over drive_volt. */
static const double widest = 2.0;

/* A cell that its row hardly reaches is not bent. */
static const double least_beta = 1e-3;

struct xbar_bend {
    const xbar_crossbar *c; /* borrowed */
    size_t n_blocks;
    xbar_stimulus in;
    xbar_nodal_answer answer;
    double drive_volt;
    xbar_chi chi;
    double *gamma;      /* 1, [n_rows][n_cols] */
    double *beta_mean;  /* 1, [n_blocks][n_rows] */
    double *gamma_mean; /* 1, the same */
    double *per_chi;    /* 1, the same: 1/chi(u_ref) */
    double *per_beta;   /* 1, the same: 1/beta, 0 where the row hardly reaches */
    double *weight;     /* 1, [n_rows]: of V_0 */
    double *bent;       /* V, [n_rows] */
    double *block_of_h; /* S, [n_blocks][n_rows][columns of the block] */
    bool is_sorted;
};

void xbar_bend_free(xbar_bend *b)
{
    if (!b)
        return;
    xbar_stimulus_clear(&b->in);
    for (int side = 0; side < XBAR_N_SIDES; side++)
        free(b->answer.i_terminal[side]);
    free(b->answer.v_row);
    free(b->answer.v_col);
    free(b->gamma);
    free(b->beta_mean);
    free(b->gamma_mean);
    free(b->per_chi);
    free(b->per_beta);
    free(b->weight);
    free(b->bent);
    free(b->block_of_h);
    free(b);
}

static xbar_status allocate(xbar_bend *b, xbar_error *err)
{
    const xbar_crossbar *c = b->c;
    const size_t n = c->n_rows * c->n_cols;
    XBAR_TRY(xbar_stimulus_init(&b->in, c, err));
    for (int side = 0; side < XBAR_N_SIDES; side++)
        XBAR_TRY(xbar_doubles_new(&b->answer.i_terminal[side],
                                  xbar_side_lines(c, (xbar_side)side), "currents",
                                  err));
    double **const planes[] = {&b->answer.v_row, &b->answer.v_col, &b->gamma,
                               &b->block_of_h};
    for (size_t p = 0; p < sizeof planes / sizeof *planes; p++)
        XBAR_TRY(xbar_doubles_new(planes[p], n, "voltages", err));
    double **const means[] = {&b->beta_mean, &b->gamma_mean, &b->per_chi, &b->per_beta};
    for (size_t p = 0; p < sizeof means / sizeof *means; p++)
        XBAR_TRY(xbar_doubles_new(means[p], b->n_blocks * c->n_rows, "blocks", err));
    XBAR_TRY(xbar_doubles_new(&b->weight, c->n_rows, "weights", err));
    return xbar_doubles_new(&b->bent, c->n_rows, "inputs", err);
}

xbar_status xbar_bend_new(xbar_bend **out, const xbar_crossbar *c, xbar_error *err)
{
    *out = NULL;
    void *memory = NULL;
    XBAR_TRY(xbar_array_new(&memory, 1, sizeof(xbar_bend), "cells", err));
    xbar_bend *b = memory;
    b->c = c;
    b->n_blocks = c->n_cols / BLOCK_COLS;
    b->n_blocks = b->n_blocks < 1            ? 1
                  : b->n_blocks > MAX_BLOCKS ? MAX_BLOCKS
                                             : b->n_blocks;
    xbar_status status = allocate(b, err);
    if (status != XBAR_OK) {
        xbar_bend_free(b);
        return status;
    }
    *out = b;
    return XBAR_OK;
}

static size_t block_start(const xbar_bend *b, size_t block)
{
    return block * b->c->n_cols / b->n_blocks;
}

static void drive_all(xbar_bend *b, const xbar_arrangement *a)
{
    for (int side = 0; side < XBAR_N_SIDES; side++) {
        bool is_row = side == XBAR_LEFT || side == XBAR_RIGHT;
        for (size_t k = 0; k < xbar_side_lines(b->c, (xbar_side)side); k++)
            b->in.volt[side][k] = !a->closed[side][k] ? (double)NAN
                                  : is_row            ? b->drive_volt
                                                      : 0.0;
    }
}

xbar_status xbar_bend_prepare(xbar_bend *b, double *g, xbar_nodal *solver,
                              const xbar_arrangement *a, const double *state,
                              const double *gate, const double *constants,
                              double drive_volt, xbar_error *err)
{
    const xbar_crossbar *c = b->c;
    const size_t n = c->n_rows * c->n_cols;
    b->drive_volt = drive_volt;
    b->is_sorted = false;
    xbar_cell_volts at = {.gate = gate, .typical = 0.7 * drive_volt};
    xbar_cell_secants(g, c, state, &at);
    xbar_plain_cells(g, n, constants);
    xbar_nodal_set_state(solver, g);
    drive_all(b, a);
    XBAR_TRY(xbar_nodal_solve(solver, &b->in, 1, &b->answer, err));
    if (b->answer.status != XBAR_OK)
        return xbar_fail(err, b->answer.status, "%s", b->answer.error.text);
    for (size_t k = 0; k < n; k++) {
        double u = b->answer.v_row[k] - b->answer.v_col[k];
        b->gamma[k] = isnan(u) ? 0.0 : u / drive_volt;
    }
    at.v_p = b->answer.v_row;
    at.v_n = b->answer.v_col;
    xbar_cell_secants(g, c, state, &at);
    xbar_plain_cells(g, n, constants);
    xbar_nodal_set_state(solver, g);
    b->chi = xbar_chi_of(c, state, gate, widest * drive_volt);
    return XBAR_OK;
}

void xbar_bend_weigh(xbar_bend *b, const double *strength, const double *beta)
{
    const xbar_crossbar *c = b->c;
    double sum = 0.0;
    for (size_t i = 0; i < c->n_rows; i++)
        sum += fabs(strength[i]);
    for (size_t i = 0; i < c->n_rows; i++)
        b->weight[i] = sum > 0.0 ? fabs(strength[i]) / sum : 0.0;
    for (size_t block = 0; block < b->n_blocks; block++) {
        size_t first = block_start(b, block);
        size_t end = block_start(b, block + 1);
        for (size_t i = 0; i < c->n_rows; i++) {
            double beta_sum = 0.0;
            double gamma_sum = 0.0;
            for (size_t j = first; j < end; j++) {
                beta_sum += beta[i * c->n_cols + j];
                gamma_sum += b->gamma[i * c->n_cols + j];
            }
            size_t k = block * c->n_rows + i;
            b->beta_mean[k] = beta_sum / (double)(end - first);
            b->gamma_mean[k] = gamma_sum / (double)(end - first);
            b->per_chi[k] =
                1.0 / xbar_chi_at(&b->chi, b->gamma_mean[k] * b->drive_volt);
            b->per_beta[k] = b->beta_mean[k] > least_beta ? 1.0 / b->beta_mean[k] : 0.0;
        }
    }
}

/* H block by block, so that each block's product goes through memory in one go. */
static void sort_blocks(xbar_bend *b, const double *h)
{
    const xbar_crossbar *c = b->c;
    for (size_t block = 0; block < b->n_blocks; block++) {
        size_t first = block_start(b, block);
        size_t width = block_start(b, block + 1) - first;
        for (size_t i = 0; i < c->n_rows; i++)
            memcpy(b->block_of_h + first * c->n_rows + i * width,
                   h + i * c->n_cols + first, width * sizeof *h);
    }
    b->is_sorted = true;
}

static void bend_inputs(xbar_bend *b, size_t block, const double *drive, double mean,
                        double bend)
{
    const size_t n_rows = b->c->n_rows;
    const double *restrict beta = b->beta_mean + block * n_rows;
    const double *restrict gamma = b->gamma_mean + block * n_rows;
    const double *restrict per_chi = b->per_chi + block * n_rows;
    const double *restrict per_beta = b->per_beta + block * n_rows;
    double *restrict bent = b->bent;
    const xbar_chi chi = b->chi;
    for (size_t i = 0; i < n_rows; i++) {
        double u = beta[i] * drive[i] - (beta[i] - gamma[i]) * mean;
        double excess = xbar_chi_at(&chi, u) * per_chi[i] - 1.0;
        bent[i] = drive[i] + bend * per_beta[i] * u * excess;
    }
}

void xbar_bend_apply(xbar_bend *b, double *i_out, const double *h, const double *drive,
                     double bend)
{
    const size_t n_rows = b->c->n_rows;
    double mean = 0.0;
    if (!b->is_sorted)
        sort_blocks(b, h);
    for (size_t i = 0; i < n_rows; i++)
        mean += b->weight[i] * drive[i];
    for (size_t block = 0; block < b->n_blocks; block++) {
        size_t first = block_start(b, block);
        bend_inputs(b, block, drive, mean, bend);
        xbar_weighted_rows(i_out + first, n_rows, block_start(b, block + 1) - first,
                           b->block_of_h + first * n_rows, b->bent);
    }
}
