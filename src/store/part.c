/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "core/memory.h"
#include "store/store.h"

static size_t n_units(const xbar_block *b)
{
    return b->n_samples * b->n_inputs;
}

static xbar_status new_numbers(double **out, size_t n, size_t size, xbar_error *err)
{
    if (size != 0 && n > SIZE_MAX / size)
        return xbar_fail(err, XBAR_ERR_MEMORY,
                         "results: %zu x %zu numbers are too many", n, size);
    XBAR_TRY(xbar_doubles_new(out, n * size, "results", err));
    for (size_t k = 0; k < n * size; k++)
        (*out)[k] = (double)NAN;
    return XBAR_OK;
}

/* Numbers of one input: `size` for each of its moments. */
static xbar_status new_array(double **out, const xbar_store_header *h, size_t size,
                             bool is_wanted, xbar_error *err)
{
    size_t n_times = h->n_times > 0 ? h->n_times : 1;
    if (!is_wanted)
        return XBAR_OK;
    if (size > SIZE_MAX / n_times)
        return xbar_fail(err, XBAR_ERR_MEMORY,
                         "results: %zu x %zu numbers are too many", n_times, size);
    return xbar_doubles_new(out, n_times * size, "results", err);
}

static xbar_status new_planes(xbar_result *r, const xbar_store_header *h,
                              xbar_error *err)
{
    const size_t n = h->n_rows * h->n_cols;
    const struct {
        double **plane;
        unsigned record;
    } planes[] = {
        {&r->v_row, XBAR_RECORD_V_ROW},
        {&r->v_col, XBAR_RECORD_V_COL},
        {&r->i_cell, XBAR_RECORD_I_CELL},
        {&r->heat, XBAR_RECORD_HEAT},
    };
    for (size_t k = 0; k < sizeof planes / sizeof *planes; k++)
        XBAR_TRY(
            new_array(planes[k].plane, h, n, (h->record & planes[k].record) != 0, err));
    for (size_t s = 0; s < h->n_states; s++)
        XBAR_TRY(
            new_array(&r->state[s], h, n, (h->record & XBAR_RECORD_STATE) != 0, err));
    return XBAR_OK;
}

static xbar_status new_result(xbar_result *r, const xbar_store_header *h, size_t engine,
                              const xbar_crossbar *c, xbar_error *err)
{
    const bool energy = (h->record & XBAR_RECORD_ENERGY) != 0;
    r->n_times = h->n_times;
    XBAR_TRY(new_array(&r->i_out, h, h->n_cols, true, err));
    XBAR_TRY(new_array(&r->i_out_std, h, h->n_cols,
                       strcmp(h->engines[engine], "analytical") == 0, err));
    for (int side = 0; side < XBAR_N_SIDES; side++) {
        bool of_rows = side == XBAR_LEFT || side == XBAR_RIGHT;
        size_t lines = of_rows ? h->n_rows : h->n_cols;
        XBAR_TRY(new_array(&r->i_terminal[side], h, lines, true, err));
        XBAR_TRY(new_array(&r->energy[side], h, lines, energy, err));
    }
    XBAR_TRY(new_planes(r, h, err));
    xbar_result_blank(r, c);
    return XBAR_OK;
}

static void clear_result(xbar_result *r)
{
    for (size_t s = 0; s < XBAR_MAX_STATES; s++)
        free(r->state[s]);
    free(r->heat);
    free(r->i_cell);
    free(r->v_col);
    free(r->v_row);
    for (int side = 0; side < XBAR_N_SIDES; side++) {
        free(r->energy[side]);
        free(r->i_terminal[side]);
    }
    free(r->i_out_std);
    free(r->i_out);
}

static xbar_status new_results(xbar_result **out, const xbar_store_header *h,
                               size_t engine, size_t n, const xbar_crossbar *c,
                               xbar_error *err)
{
    void *results = NULL;
    XBAR_TRY(xbar_array_new(&results, n, sizeof(xbar_result), "results", err));
    *out = results;
    for (size_t k = 0; k < n; k++)
        XBAR_TRY(new_result(&(*out)[k], h, engine, c, err));
    return XBAR_OK;
}

/* What a controller notes: how many numbers of each kind, for one unit. */
static size_t noted_size(const xbar_store_header *h, size_t what)
{
    if (h->record & XBAR_RECORD_LOGIC)
        return what < XBAR_N_NOTED_LOGIC ? h->n_operations : 0;
    if ((h->record & XBAR_RECORD_PROGRAM) == 0)
        return 0;
    return what < XBAR_NOTED_LOG_BEGIN    ? h->n_rows * h->n_cols
           : what < XBAR_NOTED_LOG_I_OUT  ? h->n_operations
           : what == XBAR_NOTED_LOG_I_OUT ? h->n_operations * h->n_cols
                                          : 1;
}

static xbar_status new_noted(xbar_part *p, const xbar_store_header *h, xbar_error *err)
{
    const bool of_inputs = (h->record & XBAR_RECORD_LOGIC) != 0;
    const size_t n = of_inputs ? n_units(&p->block) : p->block.n_samples;
    for (size_t what = 0; what < XBAR_MAX_NOTED; what++)
        for (size_t e = 0; e < h->n_engines && noted_size(h, what) > 0; e++)
            XBAR_TRY(new_numbers(&p->noted[what][e], n, noted_size(h, what), err));
    return XBAR_OK;
}

xbar_status xbar_part_new(xbar_part **out, const xbar_store_header *h,
                          const xbar_block *block, const xbar_crossbar *c,
                          xbar_error *err)
{
    *out = NULL;
    void *memory = NULL;
    XBAR_TRY(xbar_array_new(&memory, 1, sizeof(xbar_part), "part", err));
    xbar_part *p = memory;
    p->block = *block;
    size_t n = n_units(block);
    size_t n_cells = h->n_rows * h->n_cols;
    size_t n_times = h->n_times > 0 ? h->n_times : 1;

    xbar_status status = new_numbers(&p->conductance, block->n_samples, n_cells, err);
    if (status == XBAR_OK && h->state_name)
        status = new_numbers(&p->state, block->n_samples, n_cells, err);
    if (status == XBAR_OK && (h->record & XBAR_RECORD_RETENTION) != 0)
        status =
            new_numbers(&p->conductance_time, block->n_samples * n_times, n_cells, err);
    if (status == XBAR_OK)
        status = new_numbers(&p->v_in, n * n_times, h->n_rows, err);
    if (status == XBAR_OK)
        status = new_numbers(&p->v_col, n * n_times, h->n_cols, err);
    const bool effective = (h->record & XBAR_RECORD_EFFECTIVE) != 0;
    for (size_t e = 0; effective && e < h->n_engines && status == XBAR_OK; e++) {
        status = new_numbers(&p->g_eff[e], block->n_samples, n_cells, err);
        if (status == XBAR_OK)
            status = new_numbers(&p->i_offset[e], block->n_samples, h->n_cols, err);
    }
    if (status == XBAR_OK)
        status = new_noted(p, h, err);
    for (size_t e = 0; e < h->n_engines && status == XBAR_OK; e++)
        status = new_results(&p->results[e], h, e, n, c, err);
    if (status != XBAR_OK) {
        xbar_part_free(p);
        return status;
    }
    *out = p;
    return XBAR_OK;
}

void xbar_part_free(xbar_part *p)
{
    if (!p)
        return;
    for (size_t e = 0; e < XBAR_MAX_ENGINES; e++) {
        for (size_t k = 0; p->results[e] && k < n_units(&p->block); k++)
            clear_result(&p->results[e][k]);
        free(p->results[e]);
        free(p->i_offset[e]);
        free(p->g_eff[e]);
        for (size_t what = 0; what < XBAR_MAX_NOTED; what++)
            free(p->noted[what][e]);
    }
    free(p->v_col);
    free(p->v_in);
    free(p->conductance_time);
    free(p->state);
    free(p->conductance);
    free(p);
}
