/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "store/variable.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

const char *const xbar_axis_name[XBAR_N_AXES] = {
    [XBAR_AXIS_SAMPLE] = "sample", [XBAR_AXIS_INPUT] = "input",
    [XBAR_AXIS_TIME] = "time",     [XBAR_AXIS_ROW] = "row",
    [XBAR_AXIS_COL] = "col",       [XBAR_AXIS_OPERATION] = "operation",
};

#define S XBAR_AXIS_SAMPLE
#define I XBAR_AXIS_INPUT
#define R XBAR_AXIS_ROW
#define C XBAR_AXIS_COL
#define O XBAR_AXIS_OPERATION

/* In time, what there is once an input has the axis of time behind that of inputs. */
/* clang-format off */
#define PROGRAM XBAR_RECORD_PROGRAM
#define LOGIC XBAR_RECORD_LOGIC
#define CELLS .n_axes = 3, .axes = {S, R, C} /* one plane a sample */
#define ROWS .n_axes = 3, .axes = {S, I, R} /* one number a row */
#define COLS .n_axes = 3, .axes = {S, I, C} /* one number a column */
#define PLANES .n_axes = 4, .axes = {S, I, R, C} /* one plane an input */
#define INPUTS .n_axes = 2, .axes = {S, I} /* one number an input */
#define LINES .n_axes = 2, .axes = {S, C} /* one number a column and sample */

#define NUMBERS .n_axes = 1, .axes = {S} /* one number a sample */
#define LOG .n_axes = 2, .axes = {S, O} /* one number an operation */
#define LOG_COLS .n_axes = 3, .axes = {S, O, C} /* a number a column and operation */
#define STEPS .n_axes = 3, .axes = {S, I, O}, .is_timeless = true

#define NOTED(what) offsetof(xbar_part, noted[XBAR_NOTED_##what]), XBAR_PLACE_ENGINE
#define PART(field) offsetof(xbar_part, field), XBAR_PLACE_PART
#define ENGINE(field) offsetof(xbar_part, field), XBAR_PLACE_ENGINE
#define ARRAY(field) offsetof(xbar_result, field), XBAR_PLACE_ARRAY
#define NUMBER(field) offsetof(xbar_result, field), XBAR_PLACE_NUMBER
#define OUTCOME(field) offsetof(xbar_result, field), XBAR_PLACE_OUTCOME

static const xbar_variable root_variables[] = {
    {"conductance", "S", "cell conductance i/v at the read voltage",
     PART(conductance), 0, CELLS},
    {"state", "1", NULL, PART(state), 0, CELLS, .is_state = true},
    {"conductance_time", "S", "cell conductance i/v at the read voltage, at the moment",
     PART(conductance_time), XBAR_RECORD_RETENTION, .n_axes = 4, .axes = {S, XBAR_AXIS_TIME, R, C}},
    {"v_in", "V", "voltage that drives the row, NaN where open",
     PART(v_in), 0, ROWS},
    {"v_col", "V", "voltage that drives the column, NaN where open",
     PART(v_col), 0, COLS},
};

static const xbar_variable engine_variables[] = {
    {"i_out", "A", "current out of the column",
     ARRAY(i_out), 0, COLS},
    {"i_out_std", "A", "standard deviation of the current out of the column",
     ARRAY(i_out_std), 0, COLS, .engine = "analytical"},
    {"v_row", "V", "voltage of the word node",
     ARRAY(v_row), XBAR_RECORD_V_ROW, PLANES},
    {"v_col", "V", "voltage of the bit node",
     ARRAY(v_col), XBAR_RECORD_V_COL, PLANES},
    {"i_cell", "A", "cell current from word node to bit node",
     ARRAY(i_cell), XBAR_RECORD_I_CELL, PLANES},
    {"state", "1", NULL, ARRAY(state[0]), XBAR_RECORD_STATE, PLANES, .state = 1},
    {"state", "1", NULL, ARRAY(state[1]), XBAR_RECORD_STATE, PLANES, .state = 2},
    {"state", "1", NULL, ARRAY(state[2]), XBAR_RECORD_STATE, PLANES, .state = 3},
    {"state", "1", NULL, ARRAY(state[3]), XBAR_RECORD_STATE, PLANES, .state = 4},
    {"heat", "J", "energy that the cell has taken since the beginning",
     ARRAY(heat), XBAR_RECORD_HEAT, PLANES},
    {"i_left", "A", "current from the left source into the array",
     ARRAY(i_terminal[XBAR_LEFT]), 0, ROWS},
    {"i_right", "A", "current from the right source into the array",
     ARRAY(i_terminal[XBAR_RIGHT]), 0, ROWS},
    {"i_top", "A", "current from the top source into the array",
     ARRAY(i_terminal[XBAR_TOP]), 0, COLS},
    {"i_bottom", "A", "current from the bottom source into the array",
     ARRAY(i_terminal[XBAR_BOTTOM]), 0, COLS},
    {"energy_left", "J", "energy that the left source has given since the beginning",
     ARRAY(energy[XBAR_LEFT]), XBAR_RECORD_ENERGY, ROWS},
    {"energy_right", "J", "energy that the right source has given since the beginning",
     ARRAY(energy[XBAR_RIGHT]), XBAR_RECORD_ENERGY, ROWS},
    {"energy_top", "J", "energy that the top source has given since the beginning",
     ARRAY(energy[XBAR_TOP]), XBAR_RECORD_ENERGY, COLS},
    {"energy_bottom", "J", "energy that the bottom source has given since the beginning",
     ARRAY(energy[XBAR_BOTTOM]), XBAR_RECORD_ENERGY, COLS},
    {"kcl_residual", "A", "largest absolute sum of currents at a node",
     NUMBER(kcl_residual), 0, INPUTS},
    {"wall_time", "s", "time that the engine took",
     NUMBER(wall_time_s), 0, INPUTS},
    {"status", "1", "what became of the solve",
     OUTCOME(outcome), 0, INPUTS},
    {"conductance_effective", "S", "current out of the column per volt of the row's input",
     ENGINE(g_eff), XBAR_RECORD_EFFECTIVE, CELLS},
    {"i_offset", "A", "current out of the column when all inputs are 0 V",
     ENGINE(i_offset), XBAR_RECORD_EFFECTIVE, LINES},

    {"target", "S", "conductance that was wanted", NOTED(TARGET), PROGRAM, CELLS},
    {"pulses", "1", "programming pulses of the cell", NOTED(PULSES), PROGRAM, CELLS},
    {"cycles", "1", "changes of direction of the cell", NOTED(CYCLES), PROGRAM, CELLS},
    {"conductance_measured", "S", "conductance by the cell's last verify",
     NOTED(MEASURED), PROGRAM, CELLS},
    {"conductance_final", "S", "cell conductance i/v at the read voltage, at the end",
     NOTED(FINAL), PROGRAM, CELLS},
    {"disturb", "S", "change of the cell's conductance after its last verify",
     NOTED(DISTURB), PROGRAM, CELLS},
    {"cell_energy", "J", "heat in the cell during all of programming",
     NOTED(HEAT), PROGRAM, CELLS},
    {"fate", "1", "0: no target, 1: arrived, 2: given up", NOTED(FATE), PROGRAM, CELLS},
    {"log_begin", "s", "beginning of the operation", NOTED(LOG_BEGIN), PROGRAM, LOG},
    {"log_kind", "1", "0: read, 1: set pulse, 2: reset pulse",
     NOTED(LOG_KIND), PROGRAM, LOG},
    {"log_row", "1", "row of the cells", NOTED(LOG_ROW), PROGRAM, LOG},
    {"log_col", "1", "column of the cell; 0 when all of a row are written together",
     NOTED(LOG_COL), PROGRAM, LOG},
    {"log_volt", "V", "voltage of the row", NOTED(LOG_VOLT), PROGRAM, LOG},
    {"log_cells", "1", "cells that the pulse is for", NOTED(LOG_CELLS), PROGRAM, LOG},
    {"log_energy", "J", "energy that all sources gave", NOTED(LOG_ENERGY), PROGRAM, LOG},
    {"log_i_out", "A", "current out of the column at the end of the flat top",
     NOTED(LOG_I_OUT), PROGRAM, LOG_COLS},
    {"operations", "1", "operations in all", NOTED(TOTALS), PROGRAM, NUMBERS},
    {"seconds", "s", "time that programming takes the array",
     NOTED(SECONDS), PROGRAM, NUMBERS},
    {"energy", "J", "energy that all sources gave", NOTED(ENERGY), PROGRAM, NUMBERS},

    {"bit", "1", "output of the step: is its level above one half",
     NOTED(BIT), LOGIC, STEPS},
    {"expected", "1", "output by Boolean algebra", NOTED(EXPECTED), LOGIC, STEPS},
    {"level", "1", "output cell's state, 0 and 1 at the states that stand for the bits",
     NOTED(LEVEL), LOGIC, STEPS},
    {"margin", "1", "distance of the level from one half, 1 at the bit, negative if wrong",
     NOTED(MARGIN), LOGIC, STEPS},
    {"step_energy", "J", "energy that all sources gave in the step",
     NOTED(STEP_ENERGY), LOGIC, STEPS},
    {"latency", "s", "until the output's level crosses one half; NaN: it does not",
     NOTED(LATENCY), LOGIC, STEPS},
    {"input_moved", "1", "largest change of an input's level in the step",
     NOTED(MOVED), LOGIC, STEPS},
};
/* clang-format on */

enum {
    N_ROOT = sizeof root_variables / sizeof root_variables[0],
    N_ENGINE = sizeof engine_variables / sizeof engine_variables[0]
};

_Static_assert(N_ROOT <= 8 && N_ENGINE <= 56, "XBAR_MAX_ENTRIES counts them");

/* The outcome is handed to HDF5 as what C makes of the enum. */
_Static_assert(sizeof(xbar_outcome) == sizeof(unsigned), "H5T_NATIVE_UINT below");

xbar_extent xbar_extent_of_file(const xbar_store_header *h)
{
    return (xbar_extent){
        {h->n_samples, h->n_inputs, h->n_times, h->n_rows, h->n_cols, h->n_operations}};
}

xbar_extent xbar_extent_of_block(const xbar_store_header *h, const xbar_block *b)
{
    return (xbar_extent){
        {b->n_samples, b->n_inputs, h->n_times, h->n_rows, h->n_cols, h->n_operations}};
}

static bool is_kept(const xbar_variable *v, const xbar_store_header *h, size_t engine)
{
    if (v->is_state)
        return h->state_name != NULL;
    if (v->state > h->n_states)
        return false;
    if (v->engine && strcmp(v->engine, h->engines[engine]) != 0)
        return false;
    return v->record == 0 || (v->record & h->record) != 0;
}

/* What a variable is in this file. */
static void resolve(xbar_variable *v, const xbar_store_header *h)
{
    const xbar_axis behind = XBAR_AXIS_INPUT;
    if (v->is_state)
        v->long_name = h->state_name;
    if (v->state > 0)
        v->long_name = h->states[v->state - 1].what;
    if (h->n_times == 0 || v->is_timeless || v->n_axes < 3 || v->axes[1] != behind)
        return;
    memmove(v->axes + 3, v->axes + 2, (size_t)(v->n_axes - 2));
    v->axes[2] = XBAR_AXIS_TIME;
    v->n_axes++;
}

/* "conductance", "spice/i_out", "spice/state", "spice/state_t" */
static void name_entry(xbar_entry *e, const xbar_store_header *h, bool at_root)
{
    const xbar_variable *v = &e->variable;
    if (at_root)
        snprintf(e->path, sizeof e->path, "%s", v->name);
    else if (v->state > 1)
        snprintf(e->path, sizeof e->path, "%s/%s_%s", h->engines[e->engine], v->name,
                 h->states[v->state - 1].name);
    else
        snprintf(e->path, sizeof e->path, "%s/%s", h->engines[e->engine], v->name);
}

bool xbar_entry_next(xbar_entry *e, const xbar_store_header *h)
{
    for (; e->next < N_ROOT + N_ENGINE * h->n_engines; e->next++) {
        bool at_root = e->next < N_ROOT;
        size_t k = at_root ? 0 : e->next - N_ROOT;
        const xbar_variable *v =
            at_root ? &root_variables[e->next] : &engine_variables[k % N_ENGINE];
        if (!is_kept(v, h, k / N_ENGINE))
            continue;
        e->variable = *v;
        e->engine = k / N_ENGINE;
        resolve(&e->variable, h);
        name_entry(e, h, at_root);
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
    return v->n_axes > 1 && v->axes[1] == XBAR_AXIS_INPUT ? 2 : 1;
}

const void *xbar_entry_unit(const xbar_entry *e, const xbar_part *p, size_t k,
                            size_t unit_size)
{
    const xbar_variable *v = &e->variable;
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
