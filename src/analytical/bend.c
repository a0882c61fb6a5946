/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "analytical/bend.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "analytical/cell_law.h"
#include "analytical/plain_array.h"
#include "analytical/wide.h"
#include "core/memory.h"

/* Columns of a block: as few as the polynomials pay for. The last may have fewer. */
enum { BLOCK = 16 };

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
    double *gamma;                  /* 1, [n_rows][n_cols] */
    double *beta_mean;              /* 1, [n_blocks][n_rows] */
    double *gamma_mean;             /* 1, the same: at the secants */
    double *rise[XBAR_BLEND_MODES]; /* 1, the same: gamma_k less beta phi_k */
    double *per_chi;                /* 1, the same: 1/chi(u_ref) */
    double *per_beta;   /* 1, the same: 1/beta, 0 where the row hardly reaches */
    double *share;      /* 1, [n_rows][XBAR_BLEND_MODES]: A of blend.h */
    double *bent;       /* V, [n_rows] */
    double *block_of_h; /* S, [n_blocks][n_rows][BLOCK], 0 beyond the last column */
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
    free(b->share);
    for (size_t k = 0; k < XBAR_BLEND_MODES; k++)
        free(b->rise[k]);
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
    double **const planes[] = {&b->answer.v_row, &b->answer.v_col, &b->gamma};
    for (size_t p = 0; p < sizeof planes / sizeof *planes; p++)
        XBAR_TRY(xbar_doubles_new(planes[p], n, "voltages", err));
    double **const means[] = {&b->beta_mean, &b->gamma_mean, &b->per_chi, &b->per_beta};
    for (size_t p = 0; p < sizeof means / sizeof *means; p++)
        XBAR_TRY(xbar_doubles_new(means[p], b->n_blocks * c->n_rows, "blocks", err));
    XBAR_TRY(xbar_doubles_new(&b->block_of_h, b->n_blocks * c->n_rows * BLOCK, "blocks",
                              err));
    for (size_t k = 0; k < XBAR_BLEND_MODES; k++)
        XBAR_TRY(xbar_doubles_new(&b->rise[k], b->n_blocks * c->n_rows, "blocks", err));
    XBAR_TRY(xbar_doubles_new(&b->share, XBAR_BLEND_MODES * c->n_rows, "shares", err));
    return xbar_doubles_new(&b->bent, c->n_rows, "inputs", err);
}

xbar_status xbar_bend_new(xbar_bend **out, const xbar_crossbar *c, xbar_error *err)
{
    *out = NULL;
    void *memory = NULL;
    XBAR_TRY(xbar_array_new(&memory, 1, sizeof(xbar_bend), "cells", err));
    xbar_bend *b = memory;
    b->c = c;
    b->n_blocks = (c->n_cols + BLOCK - 1) / BLOCK;
    xbar_status status = allocate(b, err);
    if (status != XBAR_OK) {
        xbar_bend_free(b);
        return status;
    }
    *out = b;
    return XBAR_OK;
}

static size_t block_end(const xbar_bend *b, size_t block)
{
    size_t end = (block + 1) * BLOCK;
    return end < b->c->n_cols ? end : b->c->n_cols;
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

static double mean_of(const double *row, size_t first, size_t end)
{
    double sum = 0.0;
    for (size_t j = first; j < end; j++)
        sum += row[j];
    return sum / (double)(end - first);
}

void xbar_bend_weigh(xbar_bend *b, const xbar_blend *f, const double *strength,
                     const double *beta, const double *drop)
{
    const xbar_crossbar *c = b->c;
    const size_t n_cells = c->n_rows * c->n_cols;
    xbar_blend_shares(f, b->share, strength);
    for (size_t block = 0; block < b->n_blocks; block++) {
        const size_t first = block * BLOCK;
        const size_t end = block_end(b, block);
        for (size_t i = 0; i < c->n_rows; i++) {
            const size_t at = block * c->n_rows + i;
            const size_t row = i * c->n_cols;
            const double mean = mean_of(beta + row, first, end);
            b->beta_mean[at] = mean;
            b->gamma_mean[at] = mean_of(b->gamma + row, first, end);
            for (size_t k = 0; k < xbar_blend_modes(c->n_rows); k++)
                b->rise[k][at] = mean_of(drop + k * n_cells + row, first, end) -
                                 mean * f->phi[i * XBAR_BLEND_MODES + k];
            b->per_chi[at] =
                1.0 / xbar_chi_at(&b->chi, b->gamma_mean[at] * b->drive_volt);
            b->per_beta[at] = mean > least_beta ? 1.0 / mean : 0.0;
        }
    }
}

/* H block by block, so that each block's product goes through memory in one go. */
static void sort_blocks(xbar_bend *b, const double *h)
{
    const xbar_crossbar *c = b->c;
    for (size_t block = 0; block < b->n_blocks; block++) {
        size_t first = block * BLOCK;
        size_t width = block_end(b, block) - first;
        for (size_t i = 0; i < c->n_rows; i++)
            memcpy(b->block_of_h + (block * c->n_rows + i) * BLOCK,
                   h + i * c->n_cols + first, width * sizeof *h);
    }
    b->is_sorted = true;
}

/* What a block's columns deliver. */
XBAR_WIDE
static void block_product(double *restrict i_out, const double *restrict h,
                          const double *restrict x, size_t n_rows)
{
    size_t i = 0;
    for (size_t l = 0; l < BLOCK; l++)
        i_out[l] = 0.0;
    for (; i + 4 <= n_rows; i += 4) { /* four at once: i_out is written less often */
        const double *restrict h_i = h + i * BLOCK;
        for (size_t l = 0; l < BLOCK; l++)
            i_out[l] += (x[i] * h_i[l] + x[i + 1] * h_i[BLOCK + l]) +
                        (x[i + 2] * h_i[2 * BLOCK + l] + x[i + 3] * h_i[3 * BLOCK + l]);
    }
    for (; i < n_rows; i++)
        for (size_t l = 0; l < BLOCK; l++)
            i_out[l] += x[i] * h[i * BLOCK + l];
}

/* The row's voltages at the cells of a block, then the bent inputs in their place. */
XBAR_WIDE
static void bend_inputs(xbar_bend *b, size_t block, const double *restrict drive,
                        const double *a, double bend)
{
    const size_t n_rows = b->c->n_rows;
    const size_t at = block * n_rows;
    const double *restrict beta = b->beta_mean + at;
    const double *restrict per_chi = b->per_chi + at;
    const double *restrict per_beta = b->per_beta + at;
    const double *restrict rise_0 = b->rise[0] + at;
    const double *restrict rise_1 = b->rise[1] + at;
    const double *restrict rise_2 = b->rise[2] + at;
    const double *restrict rise_3 = b->rise[3] + at;
    double *restrict bent = b->bent;
    const xbar_chi chi = b->chi;
    static_assert((int)XBAR_BLEND_MODES == 4, "as many rises");
    for (size_t i = 0; i < n_rows; i++) {
        double u = beta[i] * drive[i] + (a[0] * rise_0[i] + a[1] * rise_1[i]) +
                   (a[2] * rise_2[i] + a[3] * rise_3[i]);
        double excess = xbar_chi_at(&chi, u) * per_chi[i] - 1.0;
        bent[i] = drive[i] + bend * per_beta[i] * u * excess;
    }
}

void xbar_bend_apply(xbar_bend *b, double *i_out, const double *h, const double *drive,
                     double bend)
{
    const size_t n_rows = b->c->n_rows;
    double a[XBAR_BLEND_MODES] = {0.0};
    if (!b->is_sorted)
        sort_blocks(b, h);
    for (size_t i = 0; i < n_rows; i++)
        for (size_t k = 0; k < XBAR_BLEND_MODES; k++)
            a[k] += b->share[i * XBAR_BLEND_MODES + k] * drive[i];
    for (size_t block = 0; block < b->n_blocks; block++) {
        const size_t first = block * BLOCK;
        double sums[BLOCK];
        bend_inputs(b, block, drive, a, bend);
        block_product(sums, b->block_of_h + first * n_rows, b->bent, n_rows);
        memcpy(i_out + first, sums, (block_end(b, block) - first) * sizeof *sums);
    }
}
