/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "store/variable.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

const char *const xbar_axis_name[XBAR_N_AXES] = {
    [XBAR_AXIS_SAMPLE] = "sample",
    [XBAR_AXIS_INPUT] = "input",
    [XBAR_AXIS_ROW] = "row",
    [XBAR_AXIS_COL] = "col",
};

#define S XBAR_AXIS_SAMPLE
#define I XBAR_AXIS_INPUT
#define R XBAR_AXIS_ROW
#define C XBAR_AXIS_COL

/* clang-format off */
#define CELLS 3, {S, R, C}     /* one plane a sample */
#define ROWS 3, {S, I, R}      /* one number a row */
#define COLS 3, {S, I, C}      /* one number a column */
#define PLANES 4, {S, I, R, C} /* one plane an input */
#define INPUTS 2, {S, I}       /* one number an input */
#define LINES 2, {S, C}        /* one number a column and sample */

#define PART(field) offsetof(xbar_part, field), XBAR_PLACE_PART
#define ENGINE(field) offsetof(xbar_part, field), XBAR_PLACE_ENGINE
#define ARRAY(field) offsetof(xbar_result, field), XBAR_PLACE_ARRAY
#define NUMBER(field) offsetof(xbar_result, field), XBAR_PLACE_NUMBER
#define OUTCOME(field) offsetof(xbar_result, field), XBAR_PLACE_OUTCOME

static const xbar_variable root_variables[] = {
    {"conductance", "S", "cell conductance i/v at the read voltage",
     PART(conductance), 0, CELLS, false},
    {"state", "1", NULL, PART(state), 0, CELLS, true},
    {"v_in", "V", "voltage that drives the row, NaN where open",
     PART(v_in), 0, ROWS, false},
    {"v_col", "V", "voltage that drives the column, NaN where open",
     PART(v_col), 0, COLS, false},
};

static const xbar_variable engine_variables[] = {
    {"i_out", "A", "current out of the column",
     ARRAY(i_out), 0, COLS, false},
    {"v_row", "V", "voltage of the word node",
     ARRAY(v_row), XBAR_RECORD_V_ROW, PLANES, false},
    {"v_col", "V", "voltage of the bit node",
     ARRAY(v_col), XBAR_RECORD_V_COL, PLANES, false},
    {"i_cell", "A", "cell current from word node to bit node",
     ARRAY(i_cell), XBAR_RECORD_I_CELL, PLANES, false},
    {"i_left", "A", "current from the left source into the array",
     ARRAY(i_terminal[XBAR_LEFT]), 0, ROWS, false},
    {"i_right", "A", "current from the right source into the array",
     ARRAY(i_terminal[XBAR_RIGHT]), 0, ROWS, false},
    {"i_top", "A", "current from the top source into the array",
     ARRAY(i_terminal[XBAR_TOP]), 0, COLS, false},
    {"i_bottom", "A", "current from the bottom source into the array",
     ARRAY(i_terminal[XBAR_BOTTOM]), 0, COLS, false},
    {"kcl_residual", "A", "largest absolute sum of currents at a node",
     NUMBER(kcl_residual), 0, INPUTS, false},
    {"wall_time", "s", "time that the engine took",
     NUMBER(wall_time_s), 0, INPUTS, false},
    {"status", "1", "what became of the solve",
     OUTCOME(outcome), 0, INPUTS, false},
    {"conductance_effective", "S", "current out of the column per volt of the row's input",
     ENGINE(g_eff), XBAR_RECORD_EFFECTIVE, CELLS, false},
    {"i_offset", "A", "current out of the column when all inputs are 0 V",
     ENGINE(i_offset), XBAR_RECORD_EFFECTIVE, LINES, false},
};
/* clang-format on */

enum {
    N_ROOT = sizeof root_variables / sizeof root_variables[0],
    N_ENGINE = sizeof engine_variables / sizeof engine_variables[0]
};

_Static_assert(N_ROOT <= 8 && N_ENGINE <= 16, "XBAR_MAX_ENTRIES counts them");

/* The outcome is handed to HDF5 as what C makes of the enum. */
_Static_assert(sizeof(xbar_outcome) == sizeof(unsigned), "H5T_NATIVE_UINT below");

xbar_extent xbar_extent_of_file(const xbar_store_header *h)
{
    return (xbar_extent){{h->n_samples, h->n_inputs, h->n_rows, h->n_cols}};
}

xbar_extent xbar_extent_of_block(const xbar_store_header *h, const xbar_block *b)
{
    return (xbar_extent){{b->n_samples, b->n_inputs, h->n_rows, h->n_cols}};
}

static bool is_kept(const xbar_variable *v, const xbar_store_header *h)
{
    if (v->is_state)
        return h->state_name != NULL;
    return v->record == 0 || (v->record & h->record) != 0;
}

bool xbar_entry_next(xbar_entry *e, const xbar_store_header *h)
{
    for (; e->next < N_ROOT + N_ENGINE * h->n_engines; e->next++) {
        bool at_root = e->next < N_ROOT;
        size_t k = at_root ? 0 : e->next - N_ROOT;
        const xbar_variable *v =
            at_root ? &root_variables[e->next] : &engine_variables[k % N_ENGINE];
        if (!is_kept(v, h))
            continue;
        e->variable = v;
        e->engine = k / N_ENGINE;
        if (at_root)
            snprintf(e->path, sizeof e->path, "%s", v->name);
        else
            snprintf(e->path, sizeof e->path, "%s/%s", h->engines[e->engine], v->name);
        e->next++;
        return true;
    }
    return false;
}

bool xbar_variable_is_of_root(const xbar_variable *v)
{
    return v->place == XBAR_PLACE_PART;
}

size_t xbar_variable_unit_axes(const xbar_variable *v)
{
    return v->axes[1] == XBAR_AXIS_INPUT ? 2 : 1;
}

const void *xbar_entry_unit(const xbar_entry *e, const xbar_part *p, size_t k,
                            size_t unit_size)
{
    const xbar_variable *v = e->variable;
    const double *array = NULL;
    if (v->place == XBAR_PLACE_PART) {
        memcpy(&array, (const char *)p + v->offset, sizeof array);
        return array + k * unit_size;
    }
    if (v->place == XBAR_PLACE_ENGINE) {
        memcpy(&array, (const char *)p + v->offset + e->engine * sizeof array,
               sizeof array);
        return array + k * unit_size;
    }
    const char *field = (const char *)&p->results[e->engine][k] + v->offset;
    if (v->place != XBAR_PLACE_ARRAY)
        return field;
    memcpy(&array, field, sizeof array);
    return array;
}

hid_t xbar_variable_memory_type(const xbar_variable *v)
{
    return v->place == XBAR_PLACE_OUTCOME ? H5T_NATIVE_UINT : H5T_NATIVE_DOUBLE;
}

hid_t xbar_variable_file_type(const xbar_variable *v)
{
    return v->place == XBAR_PLACE_OUTCOME ? H5T_STD_U8LE : H5T_IEEE_F64LE;
}

void xbar_variable_dims(hsize_t dims[XBAR_MAX_AXES], const xbar_variable *v,
                        const xbar_extent *extent)
{
    for (size_t k = 0; k < v->n_axes; k++)
        dims[k] = extent->size[v->axes[k]];
}
