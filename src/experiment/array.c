/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The array itself: its size, its wires, what its cells are made of. */
#include <stdio.h>
#include <string.h>

#include "experiment/keys.h"
#include "experiment/sources.h"

/* The parameter of that name, or the device's n_parameters. */
static size_t parameter_index(const xbar_device *device, const xbar_value *name)
{
    size_t k = 0;
    while (k < device->n_parameters && !xbar_value_is(name, device->parameters[k].name))
        k++;
    return k;
}

static const char set_file[] = "file";

/* One device of the cell, and where the file speaks of it: "crossbar.cell". */
typedef struct part {
    const char *path;
    const xbar_device *device;
    double *values; /* of its parameters */
} part;

static const char *part_path(char path[XBAR_PATH_SIZE], const part *d,
                             const char *parameter)
{
    snprintf(path, XBAR_PATH_SIZE, "%s.parameters%s%s", d->path,
             parameter[0] != '\0' ? "." : "", parameter);
    return path;
}

static xbar_status refuse_parameter(const xbar_tree *t, const part *d,
                                    const xbar_value *name, xbar_error *err)
{
    const xbar_device *device = d->device;
    char known[400] = "";
    for (size_t k = 0; k < device->n_parameters; k++) {
        size_t used = strlen(known);
        snprintf(known + used, sizeof known - used, "%s%s", k > 0 ? ", " : "",
                 device->parameters[k].name);
    }
    char place[XBAR_PLACE_SIZE];
    char quote[XBAR_QUOTE_SIZE];
    return xbar_fail(err, XBAR_ERR_INPUT,
                     "%s: %s.parameters.%s: device %s has no such parameter; "
                     "want %s",
                     xbar_tree_place(place, t, name), d->path,
                     xbar_value_quote(quote, name), device->name,
                     known[0] != '\0' ? known : "none");
}

/* {file: SET.yaml} is what the other parameters of the map then differ from. */
static xbar_status read_set_file(const part *d, xbar_plan *p, const xbar_tree *t,
                                 const xbar_value *map, xbar_error *err)
{
    char path[XBAR_PATH_SIZE];
    char place[XBAR_PLACE_SIZE];
    const xbar_value *file = NULL;
    for (size_t k = 0; k < map->n; k++) {
        if (!xbar_value_is(map->items[2 * k], set_file))
            continue;
        if (file)
            return xbar_fail(err, XBAR_ERR_INPUT,
                             "%s: %s: given twice, first in line "
                             "%zu",
                             xbar_tree_place(place, t, map->items[2 * k]),
                             part_path(path, d, set_file), file->line);
        file = map->items[2 * k + 1];
    }
    return file ? xbar_set_read(d->values, p, t, file, part_path(path, d, set_file),
                                d->device, err)
                : XBAR_OK;
}

static xbar_status read_parameters(const part *d, xbar_plan *p, const xbar_tree *t,
                                   const xbar_value *map, xbar_error *err)
{
    const xbar_device *device = d->device;
    const xbar_value *seen[XBAR_MAX_PARAMETERS] = {NULL};
    char path[XBAR_PATH_SIZE];
    char place[XBAR_PLACE_SIZE];
    XBAR_TRY(read_set_file(d, p, t, map, err));
    for (size_t k = 0; k < map->n; k++) {
        const xbar_value *name = map->items[2 * k];
        if (xbar_value_is(name, set_file))
            continue;
        const xbar_value *value = map->items[2 * k + 1];
        size_t index = parameter_index(device, name);
        if (index == device->n_parameters)
            return refuse_parameter(t, d, name, err);
        const xbar_parameter *parameter = &device->parameters[index];
        part_path(path, d, parameter->name);
        if (seen[index])
            return xbar_fail(err, XBAR_ERR_INPUT,
                             "%s: %s: given twice, first in line %zu",
                             xbar_tree_place(place, t, name), path, seen[index]->line);
        seen[index] = name;
        double number = xbar_value_number(value);
        if (!xbar_parameter_allows(parameter, number)) {
            char want[XBAR_PARAMETER_SIZE];
            return xbar_key_fail(t, value, err, path, "%s",
                                 xbar_parameter_want(want, parameter));
        }
        d->values[index] = number;
    }
    xbar_error why;
    if (xbar_device_check(device, d->values, &why) != XBAR_OK)
        return xbar_fail(err, XBAR_ERR_INPUT, "%s: %s.parameters.%s",
                         xbar_tree_place(place, t, map), d->path, why.text);
    return XBAR_OK;
}

/* A parameter set by its name. */
static xbar_status read_set(const part *d, const xbar_tree *t, const xbar_value *name,
                            xbar_error *err)
{
    char known[400] = "";
    for (const xbar_parameter_set *s = d->device->sets; s->name; s++) {
        if (xbar_value_is(name, s->name)) {
            xbar_device_parameters(d->values, d->device, s);
            return XBAR_OK;
        }
        size_t used = strlen(known);
        snprintf(known + used, sizeof known - used, "%s%s", used > 0 ? ", " : "",
                 s->name);
    }
    char path[XBAR_PATH_SIZE];
    return xbar_key_fail(t, name, err, part_path(path, d, ""),
                         "%s, a map or {file: SET.yaml}", known);
}

/* The device's default set, and what `parameters` says beyond it. */
static xbar_status read_part(const part *d, xbar_plan *p, const xbar_tree *t,
                             xbar_error *err)
{
    char path[XBAR_PATH_SIZE];
    xbar_device_parameters(d->values, d->device, &d->device->sets[0]);
    const xbar_value *parameters = xbar_key_find(t, part_path(path, d, ""));
    if (!parameters)
        return XBAR_OK;
    return parameters->kind == XBAR_VALUE_MAP
               ? read_parameters(d, p, t, parameters, err)
               : read_set(d, t, parameters, err);
}

/* A device in series with the cell's own: NAME, or a map with parameters. */
static xbar_status read_series(const xbar_device **device, double *values,
                               const char *path, xbar_plan *p, const xbar_tree *t,
                               xbar_error *err)
{
    const xbar_value *value = xbar_key_find(t, path);
    if (!value || xbar_value_is_null(value))
        return XBAR_OK;
    const xbar_value *name =
        value->kind == XBAR_VALUE_MAP ? xbar_value_get(value, "device", 6) : value;
    *device = xbar_device_find(name->text);
    return read_part(&(part){path, *device, values}, p, t, err);
}

static xbar_status read_cell(xbar_cell *cell, xbar_plan *p, const xbar_tree *t,
                             xbar_error *err)
{
    static const char gate[] = "crossbar.cell.read_gate";
    *cell = (xbar_cell){
        .device = xbar_device_find(xbar_key_text(t, "crossbar.cell.device")),
        .read_volt = xbar_key_number(t, "crossbar.cell.read_volt"),
    };
    XBAR_TRY(
        read_part(&(part){"crossbar.cell", cell->device, cell->parameters}, p, t, err));
    XBAR_TRY(read_series(&cell->selector, cell->selector_parameters,
                         "crossbar.cell.selector", p, t, err));
    XBAR_TRY(read_series(&cell->access, cell->access_parameters, "crossbar.cell.access",
                         p, t, err));
    const xbar_value *read_gate = xbar_key_find(t, gate);
    if (read_gate && !cell->access)
        return xbar_key_fail(t, read_gate, err, gate,
                             "none without crossbar.cell.access");
    if (!read_gate && cell->access)
        return xbar_key_missing(t, gate, err,
                                "the gate's voltage at which a conductance is meant");
    if (read_gate)
        cell->read_gate = xbar_value_number(read_gate);
    return XBAR_OK;
}

/* The number of rows or columns; an iv run may leave out that it is 1. */
static xbar_status read_lines(size_t *n, const xbar_plan *p, const xbar_tree *t,
                              const char *path, xbar_error *err)
{
    if (p->analysis == XBAR_ANALYSIS_IV && !xbar_key_find(t, path))
        return XBAR_OK;
    XBAR_TRY(xbar_key_need(t, path, err));
    *n = xbar_key_integer(t, path);
    return XBAR_OK;
}

xbar_status xbar_array_read(xbar_plan *p, const xbar_tree *t, xbar_error *err)
{
    size_t n_rows = 1;
    size_t n_cols = 1;
    XBAR_TRY(read_lines(&n_rows, p, t, "crossbar.rows", err));
    XBAR_TRY(read_lines(&n_cols, p, t, "crossbar.cols", err));
    if (n_rows * n_cols > XBAR_MAX_CELLS)
        return xbar_key_fail(t, xbar_key_find(t, "crossbar.cols"), err, "crossbar.cols",
                             "at most %zu cells, not %zu (rows x cols)", XBAR_MAX_CELLS,
                             n_rows * n_cols);
    XBAR_TRY(xbar_crossbar_new(&p->crossbar, n_rows, n_cols, err));
    xbar_crossbar *c = p->crossbar;
    c->row_ohm = xbar_key_number(t, "crossbar.wire.row_ohm");
    c->col_ohm = xbar_key_number(t, "crossbar.wire.col_ohm");
    c->row_farad = xbar_key_number(t, "crossbar.wire.row_farad");
    c->col_farad = xbar_key_number(t, "crossbar.wire.col_farad");

    return read_cell(&c->cell, p, t, err);
}
