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

static xbar_status refuse_parameter(const xbar_tree *t, const xbar_device *device,
                                    const xbar_value *name, xbar_error *err)
{
    char known[400] = "";
    for (size_t k = 0; k < device->n_parameters; k++) {
        size_t used = strlen(known);
        snprintf(known + used, sizeof known - used, "%s%s", k > 0 ? ", " : "",
                 device->parameters[k].name);
    }
    char place[XBAR_PLACE_SIZE];
    char quote[XBAR_QUOTE_SIZE];
    return xbar_fail(
        err, XBAR_ERR_INPUT,
        "%s: crossbar.cell.parameters.%s: device %s has no such parameter; "
        "want %s",
        xbar_tree_place(place, t, name), xbar_value_quote(quote, name), device->name,
        known[0] != '\0' ? known : "none");
}

static xbar_status read_parameters(xbar_cell *cell, const xbar_tree *t,
                                   const xbar_value *map, xbar_error *err)
{
    const xbar_device *device = cell->device;
    const xbar_value *seen[XBAR_MAX_PARAMETERS] = {NULL};
    for (size_t k = 0; k < map->n; k++) {
        const xbar_value *name = map->items[2 * k];
        const xbar_value *value = map->items[2 * k + 1];
        size_t index = parameter_index(device, name);
        if (index == device->n_parameters)
            return refuse_parameter(t, device, name, err);
        const xbar_parameter *parameter = &device->parameters[index];
        if (seen[index]) {
            char place[XBAR_PLACE_SIZE];
            return xbar_fail(
                err, XBAR_ERR_INPUT,
                "%s: crossbar.cell.parameters.%s: given twice, first in line %zu",
                xbar_tree_place(place, t, name), parameter->name, seen[index]->line);
        }
        seen[index] = name;
        double number = xbar_value_number(value);
        if (!xbar_parameter_allows(parameter, number)) {
            char path[XBAR_PATH_SIZE];
            char want[XBAR_PARAMETER_SIZE];
            snprintf(path, sizeof path, "crossbar.cell.parameters.%s", parameter->name);
            return xbar_key_fail(t, value, err, path, "%s",
                                 xbar_parameter_want(want, parameter));
        }
        cell->parameters[index] = number;
    }
    xbar_error why;
    if (xbar_device_check(device, cell->parameters, &why) != XBAR_OK) {
        char place[XBAR_PLACE_SIZE];
        return xbar_fail(err, XBAR_ERR_INPUT, "%s: crossbar.cell.parameters.%s",
                         xbar_tree_place(place, t, map), why.text);
    }
    return XBAR_OK;
}

/* A parameter set by its name. */
static xbar_status read_set(xbar_cell *cell, const xbar_tree *t, const xbar_value *name,
                            xbar_error *err)
{
    char known[400] = "";
    for (const xbar_parameter_set *s = cell->device->sets; s->name; s++) {
        if (xbar_value_is(name, s->name)) {
            xbar_device_parameters(cell->parameters, cell->device, s);
            return XBAR_OK;
        }
        size_t used = strlen(known);
        snprintf(known + used, sizeof known - used, "%s%s", used > 0 ? ", " : "",
                 s->name);
    }
    return xbar_key_fail(t, name, err, "crossbar.cell.parameters", "%s or a map",
                         known);
}

xbar_status xbar_array_read(xbar_plan *p, const xbar_tree *t, xbar_error *err)
{
    size_t n_rows = xbar_key_integer(t, "crossbar.rows");
    size_t n_cols = xbar_key_integer(t, "crossbar.cols");
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

    const char *device = xbar_key_text(t, "crossbar.cell.device");
    c->cell = xbar_cell_default(xbar_device_find(device));
    c->cell.read_volt = xbar_key_number(t, "crossbar.cell.read_volt");
    const xbar_value *parameters = xbar_key_find(t, "crossbar.cell.parameters");
    if (!parameters)
        return XBAR_OK;
    return parameters->kind == XBAR_VALUE_MAP
               ? read_parameters(&c->cell, t, parameters, err)
               : read_set(&c->cell, t, parameters, err);
}
