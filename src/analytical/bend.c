/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "analytical/bend.h"

#include <math.h>
#include <stdlib.h>

#include "analytical/bend_state.h"
#include "analytical/kernel.h"
#include "analytical/plain_array.h"
#include "analytical/pull.h"
#include "core/memory.h"

enum { BLOCK = XBAR_BEND_BLOCK, MORE = XBAR_BEND_MORE, MODES = XBAR_BLEND_MODES };

/* Of the largest input that chi is made for, over drive_volt. */
static const double widest = 3.0;

/* A cell that its row hardly reaches is not bent. */
static const double least_beta = 1e-3;

void xbar_bend_free(xbar_bend *b)
{
    if (!b)
        return;
    xbar_stimulus_clear(&b->in);
    for (int side = 0; side < XBAR_N_SIDES; side++)
        free(b->answer.i_terminal[side]);
    free(b->answer.v_row);
    free(b->answer.v_col);
    xbar_dressed_clear(&b->rows);
    free(b->by_row);
    free(b->ohm);
    free(b->of_row);
    free(b->of_block);
    free(b->h);
    free(b->rise_ohm);
    free(b->raised_ohm);
    free(b->shape);
    free(b->drive);
    free(b->raised);
    free(b->bent);
    free(b->sums);
    free(b->stands);
    free(b->mean_rise);
    free(b);
}

/* Single precision, and sums. */
static xbar_status allocate_blocks(xbar_bend *b, xbar_error *err)
{
    const size_t n_rows = b->n_sixteens * XBAR_FLOATS;
    const size_t n_cols = b->n_slabs * BLOCK;
    const size_t n = b->n_blocks * n_rows;
    XBAR_TRY(xbar_floats_new(&b->of_row, XBAR_BEND_OF_ROW * n_rows, "rows", err));
    XBAR_TRY(xbar_floats_new(&b->of_block, XBAR_BEND_OF_BLOCK * n, "blocks", err));
    XBAR_TRY(xbar_floats_new(&b->bent, b->n_blocks * xbar_bend_next(b), "blocks", err));
    XBAR_TRY(xbar_floats_new(&b->h, n_cols * b->height, "blocks", err));
    XBAR_TRY(xbar_floats_new(&b->drive, n_rows, "rows", err));
    XBAR_TRY(xbar_floats_new(&b->raised, n_rows, "rows", err));
    XBAR_TRY(xbar_floats_new(&b->rise_ohm, n_cols, "columns", err));
    XBAR_TRY(xbar_floats_new(&b->raised_ohm, n_cols, "columns", err));
    XBAR_TRY(xbar_floats_new(&b->stands, n_cols, "columns", err));
    XBAR_TRY(xbar_floats_new(&b->shape, n_cols, "columns", err));
    XBAR_TRY(xbar_floats_new(&b->mean_rise, b->n_blocks, "blocks", err));
    return xbar_doubles_new(&b->sums, n_cols, "columns", err);
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
    XBAR_TRY(xbar_doubles_new(&b->answer.v_row, n, "voltages", err));
    XBAR_TRY(xbar_doubles_new(&b->answer.v_col, n, "voltages", err));
    XBAR_TRY(xbar_dressed_init(&b->rows, n, err));
    XBAR_TRY(xbar_doubles_new(&b->by_row, MODES * c->n_rows, "shares", err));
    XBAR_TRY(xbar_doubles_new(&b->ohm, c->n_cols, "columns", err));
    return allocate_blocks(b, err);
}

xbar_status xbar_bend_new(xbar_bend **out, const xbar_crossbar *c, xbar_error *err)
{
    *out = NULL;
    void *memory = NULL;
    XBAR_TRY(xbar_array_new(&memory, 1, sizeof(xbar_bend), "cells", err));
    xbar_bend *b = memory;
    b->c = c;
    b->kernel = xbar_analytical_kernel_here();
    b->n_sixteens = xbar_padded(c->n_rows) / XBAR_FLOATS;
    b->height = c->n_rows + c->n_rows % 2;
    b->n_slabs = (c->n_cols + BLOCK - 1) / BLOCK;
    b->n_blocks = b->n_slabs;
    if (b->n_slabs > 1 && c->n_cols <= (b->n_slabs - 1) * BLOCK + MORE)
        b->n_blocks--;
    xbar_status status = allocate(b, err);
    if (status != XBAR_OK) {
        xbar_bend_free(b);
        return status;
    }
    *out = b;
    return XBAR_OK;
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

/* Of the values of v that are numbers, in columns first to end; NaN if none is. */
static double mean_of(const double *v, size_t first, size_t end)
{
    double sum = 0.0;
    size_t n = 0;
    for (size_t j = first; j < end; j++)
        if (!isnan(v[j])) {
            sum += v[j];
            n++;
        }
    return n > 0 ? sum / (double)n : (double)NAN;
}

/* A row's place for one of its numbers, and for one in a block. */
static float *of_row(const xbar_bend *b, size_t i, size_t what)
{
    return xbar_bend_of_row(b, i / XBAR_FLOATS) + what * XBAR_FLOATS + i % XBAR_FLOATS;
}

static float *of_block(const xbar_bend *b, size_t i, size_t block, size_t what)
{
    return xbar_bend_of_block(b, i / XBAR_FLOATS, block) + what * XBAR_FLOATS +
           i % XBAR_FLOATS;
}

/* The mean of each row and block in its place. */
static void level(xbar_bend *b, double *v)
{
    for (size_t i = 0; i < b->c->n_rows; i++)
        for (size_t block = 0; block < b->n_blocks; block++) {
            double *row = v + i * b->c->n_cols;
            const double mean = mean_of(row, block * BLOCK, xbar_bend_end(b, block));
            for (size_t j = block * BLOCK; j < xbar_bend_end(b, block); j++)
                row[j] = mean;
        }
}

static void keep_chi(xbar_bend *b)
{
    const double least = 1e-9; /* of chi(0): a float does not show it */
    b->largest = (float)b->chi.largest;
    b->is_even = true;
    for (int k = 0; k < XBAR_CHI_TERMS; k++) {
        const double most = b->chi.term[k] * pow(b->chi.largest, k);
        b->term[k] = (float)b->chi.term[k];
        b->is_even &= k % 2 == 0 || fabs(most) <= least * fabs(b->chi.term[0]);
    }
    for (size_t i = 0; i < b->c->n_rows; i++)
        for (size_t block = 0; block < b->n_blocks; block++) {
            const size_t at = i * b->c->n_cols + block * BLOCK;
            const double u = b->answer.v_row[at] - b->answer.v_col[at];
            *of_block(b, i, block, XBAR_BEND_PER_CHI) =
                (float)(1.0 / xbar_chi_at(&b->chi, isnan(u) ? 0.0 : u));
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
    xbar_cell_volts at = {.gate = gate, .typical = 0.7 * drive_volt};
    xbar_cell_secants(g, c, state, &at);
    xbar_plain_cells(g, n, constants);
    xbar_nodal_set_state(solver, g);
    drive_all(b, a);
    XBAR_TRY(xbar_nodal_solve(solver, &b->in, 1, &b->answer, err));
    if (b->answer.status != XBAR_OK)
        return xbar_fail(err, b->answer.status, "%s", b->answer.error.text);
    level(b, b->answer.v_row);
    level(b, b->answer.v_col);
    at.v_p = b->answer.v_row;
    at.v_n = b->answer.v_col;
    xbar_cell_secants(g, c, state, &at);
    xbar_plain_cells(g, n, constants);
    xbar_nodal_set_state(solver, g);
    b->chi = xbar_chi_of(c, state, gate, widest * drive_volt);
    keep_chi(b);
    return XBAR_OK;
}

xbar_dressed *xbar_bend_rows(xbar_bend *b)
{
    return &b->rows;
}

/* x_j: how word lines fall within a block, the sum over the rows of what word_0 is above
 * its mean; of length 1, or 0 where they do not. */
static void find_shape(xbar_bend *b, const double *word)
{
    const xbar_crossbar *c = b->c;
    for (size_t block = 0; block < b->n_blocks; block++) {
        const size_t first = block * BLOCK;
        const size_t end = xbar_bend_end(b, block);
        double shape[BLOCK + MORE] = {0.0};
        double square = 0.0;
        for (size_t i = 0; i < c->n_rows; i++) {
            const double mean = mean_of(word + i * c->n_cols, first, end);
            for (size_t j = first; j < end; j++)
                shape[j - first] += word[i * c->n_cols + j] - mean;
        }
        for (size_t l = 0; l < end - first; l++)
            square += shape[l] * shape[l];
        for (size_t l = 0; l < end - first; l++)
            b->shape[first + l] = (float)(square > 0.0 ? shape[l] / sqrt(square) : 0.0);
    }
}

/* How much of that shape is in a line's values. */
static double tilt_of(const xbar_bend *b, const double *v, size_t first, size_t end)
{
    double sum = 0.0;
    for (size_t j = first; j < end; j++)
        sum += (double)b->shape[j] * v[j];
    return sum;
}

static double rise_of(const xbar_bend *b, size_t i)
{
    return (double)*of_row(b, i, XBAR_BEND_RISE);
}

/* rho and R: the bit lines' voltages per ampere of their column as a product, for columns
 * that carry something. */
static void find_rise(xbar_bend *b, const xbar_bend_facts *facts)
{
    const xbar_crossbar *c = b->c;
    const double least = 1e-9;
    double strongest = 0.0;
    double square = 0.0;
    size_t n_live = 0;
    for (size_t j = 0; j < c->n_cols; j++)
        strongest = fmax(strongest, fabs(facts->i_out[j]));
    for (size_t j = 0; j < c->n_cols; j++) {
        const bool is_live = fabs(facts->i_out[j]) > least * strongest;
        b->ohm[j] = is_live ? 1.0 / facts->i_out[j] : 0.0;
        n_live += is_live;
    }
    for (size_t i = 0; i < c->n_rows; i++) {
        double sum = 0.0;
        for (size_t j = 0; j < c->n_cols; j++) {
            const double ohm = facts->bit[i * c->n_cols + j] * b->ohm[j];
            sum += ohm * ohm;
        }
        const float rise = (float)(n_live > 0 ? sqrt(sum / (double)n_live) : 0.0);
        *of_row(b, i, XBAR_BEND_RISE) = rise;
        square += (double)rise * (double)rise;
    }
    for (size_t j = 0; j < c->n_cols; j++) {
        double sum = 0.0;
        for (size_t i = 0; i < c->n_rows; i++)
            sum += facts->bit[i * c->n_cols + j] * rise_of(b, i);
        b->rise_ohm[j] = (float)(square > 0.0 ? b->ohm[j] * sum / square : 0.0);
    }
}

/* 0 where the row hardly reaches. */
static double per_beta_of(const xbar_bend *b, size_t i, size_t block)
{
    const double beta = mean_of(b->rows.share + i * b->c->n_cols, block * BLOCK,
                                xbar_bend_end(b, block));
    return beta > least_beta ? 1.0 / beta : 0.0;
}

/* Where a row's voltages are in a block. */
static void weigh_block(xbar_bend *b, const xbar_bend_facts *facts, size_t i,
                        size_t block)
{
    const xbar_crossbar *c = b->c;
    const size_t first = block * BLOCK;
    const size_t end = xbar_bend_end(b, block);
    const double *share = b->rows.share + i * c->n_cols;
    const double per_beta = per_beta_of(b, i, block);
    *of_block(b, i, block, XBAR_BEND_BETA) = (float)mean_of(share, first, end);
    *of_block(b, i, block, XBAR_BEND_RAISED) = (float)(per_beta * rise_of(b, i));
    *of_block(b, i, block, XBAR_BEND_BETA_TILT) =
        (float)(per_beta * tilt_of(b, share, first, end));
    for (size_t k = 0; k < xbar_blend_modes(c->n_rows); k++) {
        const double *word = facts->word + (k * c->n_rows + i) * c->n_cols;
        *of_block(b, i, block, XBAR_BEND_WORD + k) = (float)mean_of(word, first, end);
        *of_block(b, i, block, XBAR_BEND_WORD_TILT + k) =
            (float)(per_beta * tilt_of(b, word, first, end));
    }
}

/* What pulls it down. */
static void pull_block(xbar_bend *b, const double *g, size_t i, size_t block)
{
    const size_t n_cols = b->c->n_cols;
    const size_t first = block * BLOCK;
    const size_t last = xbar_bend_end(b, block);
    const xbar_pull pull =
        xbar_pull_of(g + i * n_cols, &b->rows, i, n_cols, first, last);
    const double per_beta = per_beta_of(b, i, block);
    *of_block(b, i, block, XBAR_BEND_KEPT) = (float)(per_beta * (1.0 - pull.own));
    for (size_t end = 0; end < XBAR_N_ENDS; end++) {
        const size_t way = XBAR_BEND_WAY + XBAR_BEND_OF_WAY * end;
        *of_block(b, i, block, way + XBAR_BEND_IN) =
            (float)(per_beta * pull.way[end].in);
        *of_block(b, i, block, way + XBAR_BEND_THROUGH) = (float)pull.way[end].through;
        *of_block(b, i, block, way + XBAR_BEND_SOURCE) = (float)pull.way[end].source;
    }
}

void xbar_bend_weigh(xbar_bend *b, const double *g, const xbar_bend_facts *facts)
{
    const xbar_crossbar *c = b->c;
    xbar_blend_shares(facts->f, b->by_row, facts->strength);
    for (size_t i = 0; i < c->n_rows; i++)
        for (size_t k = 0; k < MODES; k++) {
            *of_row(b, i, XBAR_BEND_SHARE + k) = (float)b->by_row[i * MODES + k];
            *of_row(b, i, XBAR_BEND_PHI + k) = (float)facts->f->phi[i * MODES + k];
        }
    find_shape(b, facts->word);
    find_rise(b, facts);
    for (size_t i = 0; i < c->n_rows; i++)
        for (size_t block = 0; block < b->n_blocks; block++) {
            weigh_block(b, facts, i, block);
            pull_block(b, g, i, block);
        }
}

/* Q_j, so that W_j is R_j I_j where all rows are driven alike. */
static void find_raised(xbar_bend *b, const double *h)
{
    const xbar_crossbar *c = b->c;
    for (size_t j = 0; j < c->n_cols; j++) {
        double current = 0.0;
        double raised = 0.0;
        for (size_t i = 0; i < c->n_rows; i++) {
            current += h[i * c->n_cols + j];
            raised += h[i * c->n_cols + j] * rise_of(b, i);
        }
        b->raised_ohm[j] =
            (float)(raised > 0.0 ? (double)b->rise_ohm[j] * current / raised : 0.0);
    }
}

/* Slab by slab, so that each slab's products go through memory in one go. */
void xbar_bend_take(xbar_bend *b, const double *h)
{
    const xbar_crossbar *c = b->c;
    for (size_t i = 0; i < c->n_rows; i++)
        for (size_t j = 0; j < c->n_cols; j++)
            b->h[(j / BLOCK * b->height + i) * BLOCK + j % BLOCK] =
                (float)h[i * c->n_cols + j];
    find_raised(b, h);
}

void xbar_bend_apply(xbar_bend *b, double *i_out, const double *drive, double bend)
{
    b->kernel->bend(b, i_out, drive, bend);
}
