/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file
 *  A small run whose every number says where it belongs, so that one that went astray is
 *  seen. tests/store/test_result_file.py knows the same rule.
 */
#ifndef XBAR_TESTS_STORE_SAMPLE_H
#define XBAR_TESTS_STORE_SAMPLE_H

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "store/store.h"

/* Whose number it is, before the point; engine and indices follow behind it. */
enum sample_kind {
    KIND_CONDUCTANCE = 1,
    KIND_STATE,
    KIND_V_IN,
    KIND_V_COL,
    KIND_I_OUT,
    KIND_V_ROW_PLANE,
    KIND_V_COL_PLANE,
    KIND_I_CELL,
    KIND_I_TERMINAL, /* and three more sides */
    KIND_KCL_RESIDUAL = KIND_I_TERMINAL + 4,
    KIND_WALL_TIME,
    KIND_G_EFF,
    KIND_I_OFFSET,
    KIND_I_OUT_STD,
    KIND_HEAT,
    KIND_MOVING, /* the first moving state, and three more */
    KIND_ENERGY = KIND_MOVING + XBAR_MAX_STATES /* and three more sides */
};

static inline double sample_number(int kind, size_t engine, size_t sample, size_t input,
                                   size_t row, size_t col)
{
    return kind + 0.1 * (double)engine + 1e-2 * (double)sample + 1e-4 * (double)input +
           1e-7 * (double)row + 1e-10 * (double)col;
}

static inline void sample_line(double *to, size_t n, bool is_row, int kind,
                               size_t engine, size_t sample, size_t input)
{
    for (size_t k = 0; to && k < n; k++)
        to[k] =
            sample_number(kind, engine, sample, input, is_row ? k : 0, is_row ? 0 : k);
}

static inline void sample_plane(double *to, const xbar_store_header *h, int kind,
                                size_t engine, size_t sample, size_t input)
{
    for (size_t i = 0; to && i < h->n_rows; i++)
        for (size_t j = 0; j < h->n_cols; j++)
            to[i * h->n_cols + j] = sample_number(kind, engine, sample, input, i, j);
}

/* In time: moment t has 100 t more than the first one, whose n numbers are there. */
static inline void sample_moments(double *to, const xbar_store_header *h, size_t n)
{
    for (size_t t = 1; to && t < h->n_times; t++)
        for (size_t k = 0; k < n; k++)
            to[t * n + k] = to[k] + 100.0 * (double)t;
}

static inline void sample_result(xbar_result *r, const xbar_store_header *h, size_t e,
                                 size_t s, size_t i)
{
    const size_t cells = h->n_rows * h->n_cols;
    sample_line(r->i_out, h->n_cols, false, KIND_I_OUT, e, s, i);
    sample_moments(r->i_out, h, h->n_cols);
    sample_line(r->i_out_std, h->n_cols, false, KIND_I_OUT_STD, e, s, i);
    for (int side = 0; side < XBAR_N_SIDES; side++) {
        bool is_row = side == XBAR_LEFT || side == XBAR_RIGHT;
        size_t n = is_row ? h->n_rows : h->n_cols;
        sample_line(r->i_terminal[side], n, is_row, KIND_I_TERMINAL + side, e, s, i);
        sample_line(r->energy[side], n, is_row, KIND_ENERGY + side, e, s, i);
        sample_moments(r->i_terminal[side], h, n);
        sample_moments(r->energy[side], h, n);
    }
    double *const planes[] = {r->v_row, r->v_col, r->i_cell, r->heat};
    static const int kinds[] = {KIND_V_ROW_PLANE, KIND_V_COL_PLANE, KIND_I_CELL,
                                KIND_HEAT};
    for (size_t k = 0; k < 4; k++) {
        sample_plane(planes[k], h, kinds[k], e, s, i);
        sample_moments(planes[k], h, cells);
    }
    for (size_t k = 0; k < XBAR_MAX_STATES; k++) {
        sample_plane(r->state[k], h, KIND_MOVING + (int)k, e, s, i);
        sample_moments(r->state[k], h, cells);
    }
    r->kcl_residual = sample_number(KIND_KCL_RESIDUAL, e, s, i, 0, 0);
    r->wall_time_s = sample_number(KIND_WALL_TIME, e, s, i, 0, 0);
    r->outcome = XBAR_DONE;
}

/* What an engine says of a sample: in the block with its first input. */
static inline void sample_effective(const xbar_part *p, const xbar_store_header *h,
                                    size_t k, size_t s)
{
    for (size_t e = 0; e < h->n_engines && p->block.input == 0; e++) {
        if (!p->g_eff[e])
            continue;
        sample_plane(p->g_eff[e] + k * h->n_rows * h->n_cols, h, KIND_G_EFF, e, s, 0);
        sample_line(p->i_offset[e] + k * h->n_cols, h->n_cols, false, KIND_I_OFFSET, e,
                    s, 0);
    }
}

/** A part of the run with all its numbers; aborts when it cannot. */
static inline xbar_part *sample_part(const xbar_store_header *h, const xbar_block *b)
{
    xbar_crossbar *c;
    xbar_part *p;
    if (xbar_crossbar_new(&c, h->n_rows, h->n_cols, NULL) != XBAR_OK ||
        xbar_part_new(&p, h, b, c, NULL) != XBAR_OK)
        abort();
    xbar_crossbar_free(c);
    for (size_t k = 0; k < b->n_samples; k++) {
        size_t s = b->sample + k, cells = h->n_rows * h->n_cols;
        sample_plane(p->conductance + k * cells, h, KIND_CONDUCTANCE, 0, s, 0);
        if (p->state)
            sample_plane(p->state + k * cells, h, KIND_STATE, 0, s, 0);
        sample_effective(p, h, k, s);
        for (size_t l = 0; l < b->n_inputs; l++) {
            size_t unit = k * b->n_inputs + l, i = b->input + l;
            size_t moments = unit * (h->n_times > 0 ? h->n_times : 1);
            double *v_in = p->v_in + moments * h->n_rows;
            double *v_col = p->v_col + moments * h->n_cols;
            sample_line(v_in, h->n_rows, true, KIND_V_IN, 0, s, i);
            sample_line(v_col, h->n_cols, false, KIND_V_COL, 0, s, i);
            sample_moments(v_in, h, h->n_rows);
            sample_moments(v_col, h, h->n_cols);
            for (size_t e = 0; e < h->n_engines; e++)
                sample_result(&p->results[e][unit], h, e, s, i);
        }
    }
    return p;
}

/** Makes input `unit` of a part one that failed. */
static inline void sample_fail(xbar_part *p, const xbar_store_header *h, size_t engine,
                               size_t unit, xbar_outcome outcome)
{
    xbar_crossbar *c;
    if (xbar_crossbar_new(&c, h->n_rows, h->n_cols, NULL) != XBAR_OK)
        abort();
    xbar_result_blank(&p->results[engine][unit], c);
    p->results[engine][unit].outcome = outcome;
    xbar_crossbar_free(c);
}

#endif
