/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A device's parameter set out of a file of its own: what `xbar calibrate` writes for a
 * measured device, and what models/NAME/SET.yaml of the library look like.
 *
 *     about: "..."
 *     parameters:
 *       r_on: {value: 50, unit: ohm, source: "..."}    # or r_on: 50
 *     report: {model: vteam, ...}                      # the device's name is looked at
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "experiment/digest.h"
#include "experiment/keys.h"
#include "experiment/sources.h"

static const size_t max_bytes = (size_t)1 << 20;

static const xbar_value *get(const xbar_value *map, const char *name)
{
    return map && map->kind == XBAR_VALUE_MAP ? xbar_value_get(map, name, strlen(name))
                                              : NULL;
}

/* A key that is given twice would hide one of its values. */
static const xbar_value *given_twice(const xbar_value *map)
{
    for (size_t k = 0; map->kind == XBAR_VALUE_MAP && k < map->n; k++)
        for (size_t other = 0; other < k; other++)
            if (map->items[2 * other]->kind == XBAR_VALUE_SCALAR &&
                xbar_value_is(map->items[2 * k], map->items[2 * other]->text))
                return map->items[2 * k];
    return NULL;
}

static xbar_status refuse(const xbar_tree *t, const xbar_value *node, xbar_error *err,
                          const char *what, const char *want)
{
    char place[XBAR_PLACE_SIZE];
    return xbar_fail(err, XBAR_ERR_INPUT, "%s: %s: want %s",
                     xbar_tree_place(place, t, node), what, want);
}

/* One parameter. @param[in,out] seen  [n_parameters] */
static xbar_status take(double *values, bool *seen, const xbar_tree *t,
                        const xbar_value *name, const xbar_value *entry,
                        const xbar_device *device, xbar_error *err)
{
    char path[XBAR_PATH_SIZE];
    char want[XBAR_PARAMETER_SIZE];
    char quote[XBAR_QUOTE_SIZE];
    size_t k = 0;
    while (k < device->n_parameters && !xbar_value_is(name, device->parameters[k].name))
        k++;
    snprintf(path, sizeof path, "parameters.%s", xbar_value_quote(quote, name));
    if (k == device->n_parameters) {
        char known[80];
        snprintf(known, sizeof known, "parameters of %s, as xbar models %s lists them",
                 device->name, device->name);
        return refuse(t, name, err, path, known);
    }
    if (seen[k])
        return refuse(t, name, err, path, "each once");
    seen[k] = true;
    const xbar_parameter *parameter = &device->parameters[k];
    const xbar_value *unit = get(entry, "unit");
    if (unit && !xbar_value_is(unit, parameter->unit))
        return xbar_key_fail(t, unit, err, path, "unit: %s", parameter->unit);
    if (given_twice(entry))
        return refuse(t, given_twice(entry), err, path, "each key once");
    const xbar_value *value =
        entry->kind == XBAR_VALUE_MAP ? get(entry, "value") : entry;
    if (!value)
        return refuse(t, entry, err, path, "{value: NUMBER, ...}");
    values[k] = xbar_value_number(value);
    return xbar_parameter_allows(parameter, values[k])
               ? XBAR_OK
               : xbar_key_fail(t, value, err, path, "%s",
                               xbar_parameter_want(want, parameter));
}

static xbar_status take_all(double *values, const xbar_tree *t,
                            const xbar_device *device, xbar_error *err)
{
    bool seen[XBAR_MAX_PARAMETERS] = {false};
    const xbar_value *root = xbar_tree_root(t);
    const xbar_value *map = get(root, "parameters");
    const xbar_value *model = get(get(root, "report"), "model");
    if (given_twice(root))
        return refuse(t, given_twice(root), err, "a key", "each once");
    if (model && !xbar_value_is(model, device->name))
        return xbar_key_fail(t, model, err, "report.model", "%s", device->name);
    if (!map || map->kind != XBAR_VALUE_MAP)
        return refuse(t, map ? map : root, err, "no map `parameters`",
                      "a device's parameter set");
    for (size_t k = 0; k < map->n; k++)
        XBAR_TRY(take(values, seen, t, map->items[2 * k], map->items[2 * k + 1], device,
                      err));
    return XBAR_OK;
}

xbar_status xbar_set_read(double *values, xbar_plan *p, const xbar_tree *t,
                          const xbar_value *file, const char *path,
                          const xbar_device *device, xbar_error *err)
{
    char *resolved = NULL;
    char *text = NULL;
    size_t length = 0;
    char sha256[XBAR_SHA256_SIZE] = "";
    xbar_tree *set = NULL;
    xbar_error why;
    if (file->kind != XBAR_VALUE_SCALAR || xbar_value_is_null(file))
        return xbar_key_fail(t, file, err, path, "a file's name");
    XBAR_TRY(xbar_plan_resolve(&resolved, p, file->text, err));
    xbar_status status =
        xbar_file_read(&text, &length, sha256, resolved, max_bytes, &why);
    if (status == XBAR_ERR_INPUT) {
        xbar_key_fail(t, file, err, path, "a file to read (%s)", why.text);
        goto done;
    }
    if (status == XBAR_OK)
        status = xbar_tree_new(&set, file->text, text, length, &why);
    if (status == XBAR_OK)
        status = take_all(values, set, device, &why);
    if (status == XBAR_ERR_INPUT)
        xbar_key_fail(t, file, err, path, "a parameter set (%.400s)", why.text);
    else if (status != XBAR_OK)
        xbar_fail(err, status, "%s", why.text);
    else
        status = xbar_plan_note(p, file->text, sha256, err);
done:
    xbar_tree_free(set);
    free(text);
    free(resolved);
    return status;
}
