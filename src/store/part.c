/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>
#include <stdint.h>
#include <stdlib.h>

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

static xbar_status new_result(xbar_result *r, const xbar_store_header *h,
                              const xbar_crossbar *c, xbar_error *err)
{
    size_t n_cells = h->n_rows * h->n_cols;
    XBAR_TRY(xbar_doubles_new(&r->i_out, h->n_cols, "results", err));
    for (int side = 0; side < XBAR_N_SIDES; side++) {
        bool of_rows = side == XBAR_LEFT || side == XBAR_RIGHT;
        XBAR_TRY(xbar_doubles_new(&r->i_terminal[side], of_rows ? h->n_rows : h->n_cols,
                                  "results", err));
    }
    if ((h->record & XBAR_RECORD_V_ROW) != 0)
        XBAR_TRY(xbar_doubles_new(&r->v_row, n_cells, "node voltages", err));
    if ((h->record & XBAR_RECORD_V_COL) != 0)
        XBAR_TRY(xbar_doubles_new(&r->v_col, n_cells, "node voltages", err));
    if ((h->record & XBAR_RECORD_I_CELL) != 0)
        XBAR_TRY(xbar_doubles_new(&r->i_cell, n_cells, "cell currents", err));
    xbar_result_blank(r, c);
    return XBAR_OK;
}

static void clear_result(xbar_result *r)
{
    free(r->i_cell);
    free(r->v_col);
    free(r->v_row);
    for (int side = 0; side < XBAR_N_SIDES; side++)
        free(r->i_terminal[side]);
    free(r->i_out);
}

static xbar_status new_results(xbar_result **out, const xbar_store_header *h, size_t n,
                               const xbar_crossbar *c, xbar_error *err)
{
    void *results = NULL;
    XBAR_TRY(xbar_array_new(&results, n, sizeof(xbar_result), "results", err));
    *out = results;
    for (size_t k = 0; k < n; k++)
        XBAR_TRY(new_result(&(*out)[k], h, c, err));
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

    xbar_status status = new_numbers(&p->conductance, block->n_samples, n_cells, err);
    if (status == XBAR_OK && h->state_name)
        status = new_numbers(&p->state, block->n_samples, n_cells, err);
    if (status == XBAR_OK)
        status = new_numbers(&p->v_in, n, h->n_rows, err);
    if (status == XBAR_OK)
        status = new_numbers(&p->v_col, n, h->n_cols, err);
    const bool effective = (h->record & XBAR_RECORD_EFFECTIVE) != 0;
    for (size_t e = 0; effective && e < h->n_engines && status == XBAR_OK; e++) {
        status = new_numbers(&p->g_eff[e], block->n_samples, n_cells, err);
        if (status == XBAR_OK)
            status = new_numbers(&p->i_offset[e], block->n_samples, h->n_cols, err);
    }
    for (size_t e = 0; e < h->n_engines && status == XBAR_OK; e++)
        status = new_results(&p->results[e], h, n, c, err);
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
    }
    free(p->v_col);
    free(p->v_in);
    free(p->state);
    free(p->conductance);
    free(p);
}
