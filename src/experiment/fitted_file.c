/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "experiment/fitted_file.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "experiment/digest.h"
#include "experiment/keys.h"

static const size_t max_bytes = (size_t)1 << 20;

/* The file, and what is filled from it. */
typedef struct reading {
    const xbar_tree *t;
    xbar_fitted *out;
    xbar_error *err;
} reading;

/* ---- small things that a map must or may hold ------------------------------------------ */

/* "FILE:3: PATH: WHAT" */
static xbar_status refuse(const reading *r, const xbar_value *node, const char *path,
                          const char *what)
{
    char place[XBAR_PLACE_SIZE];
    return xbar_fail(r->err, XBAR_ERR_INPUT, "%s: %s: %s",
                     xbar_tree_place(place, r->t, node), path, what);
}

/* Only these keys, each at most once. @param names  ended by NULL */
static xbar_status check_names(const reading *r, const xbar_value *map,
                               const char *path, const char *const *names)
{
    char known[400] = "";
    for (size_t k = 0; names[k]; k++) {
        size_t used = strlen(known);
        snprintf(known + used, sizeof known - used, "%s%s", k > 0 ? ", " : "",
                 names[k]);
    }
    if (map->kind != XBAR_VALUE_MAP)
        return xbar_key_fail(r->t, map, r->err, path, "a map of %s", known);
    for (size_t n = 0; n < map->n; n++) {
        const xbar_value *name = map->items[2 * n];
        size_t k = 0;
        while (names[k] && !xbar_value_is(name, names[k]))
            k++;
        if (!names[k])
            return xbar_key_fail(r->t, name, r->err, path, "only %s in it", known);
        for (size_t m = 0; m < n; m++)
            if (xbar_value_is(map->items[2 * m], names[k]))
                return xbar_key_fail(r->t, name, r->err, path, "each name once");
    }
    return XBAR_OK;
}

static const xbar_value *get(const xbar_value *map, const char *name)
{
    return xbar_value_get(map, name, strlen(name));
}

static xbar_status take(const reading *r, const xbar_value **value,
                        const xbar_value *map, const char *path, const char *name)
{
    char text[120];
    *value = get(map, name);
    if (*value)
        return XBAR_OK;
    snprintf(text, sizeof text, "%s is missing", name);
    return refuse(r, map, path, text);
}

/* A number inside its limits. */
static xbar_status number(const reading *r, double *out, const xbar_value *node,
                          const char *path, double min, double max)
{
    double value =
        node->kind == XBAR_VALUE_SCALAR ? xbar_value_number(node) : (double)NAN;
    if (!(value >= min && value <= max))
        return xbar_key_fail(r->t, node, r->err, path, "a number, %g to %g", min, max);
    *out = value;
    return XBAR_OK;
}

/* A list of exactly n. */
static xbar_status check_list(const reading *r, const xbar_value *node,
                              const char *path, size_t n)
{
    if (node->kind == XBAR_VALUE_LIST && node->n == n)
        return XBAR_OK;
    return xbar_key_fail(r->t, node, r->err, path, "a list of %zu", n);
}

/* ---- the parts ------------------------------------------------------------------------ */

static xbar_status read_model(const reading *r, const xbar_value *root)
{
    char known[300] = "";
    const xbar_value *name = NULL;
    XBAR_TRY(take(r, &name, root, "the model's file", "model"));
    for (size_t k = 0; xbar_model_at(k); k++) {
        const xbar_model *m = xbar_model_at(k);
        size_t used = strlen(known);
        snprintf(known + used, sizeof known - used, "%s%s", k > 0 ? ", " : "", m->name);
        if (xbar_value_is(name, m->name)) {
            *r->out = xbar_fitted_default(m);
            return XBAR_OK;
        }
    }
    return xbar_key_fail(r->t, name, r->err, "model", "%s", known);
}

static xbar_status read_constant(const reading *r, const xbar_value *map, size_t k)
{
    static const char *const fields[] = {"value", "standard_error", "unit", NULL};
    const xbar_constant *c = &r->out->model->constants[k];
    const xbar_value *node = NULL;
    const xbar_value *value = NULL;
    char path[120];
    XBAR_TRY(take(r, &node, map, "constants", c->name));
    snprintf(path, sizeof path, "constants.%s", c->name);
    XBAR_TRY(check_names(r, node, path, fields));
    XBAR_TRY(take(r, &value, node, path, "value"));
    return number(r, &r->out->constants[k], value, path, c->min, c->max);
}

static xbar_status read_constants(const reading *r, const xbar_value *root)
{
    const xbar_model *m = r->out->model;
    const char *names[XBAR_MAX_CONSTANTS + 1] = {NULL};
    const xbar_value *map = NULL;
    for (size_t k = 0; k < m->n_constants; k++)
        names[k] = m->constants[k].name;
    XBAR_TRY(take(r, &map, root, "the model's file", "constants"));
    XBAR_TRY(check_names(r, map, "constants", names));
    for (size_t k = 0; k < m->n_constants; k++)
        XBAR_TRY(read_constant(r, map, k));
    return XBAR_OK;
}

/* Which constants a list names. */
static xbar_status read_names(const reading *r, size_t *which, const xbar_value *names)
{
    const xbar_model *m = r->out->model;
    if (names->kind != XBAR_VALUE_LIST || names->n > m->n_constants)
        return xbar_key_fail(r->t, names, r->err, "covariance.names",
                             "a list of constants of %s", m->name);
    for (size_t n = 0; n < names->n; n++) {
        size_t k = 0;
        while (k < m->n_constants &&
               !xbar_value_is(names->items[n], m->constants[k].name))
            k++;
        for (size_t l = 0; l < n; l++)
            k = which[l] == k ? m->n_constants : k;
        if (k == m->n_constants)
            return xbar_key_fail(r->t, names->items[n], r->err, "covariance.names",
                                 "a constant of %s, each once", m->name);
        which[n] = k;
    }
    return XBAR_OK;
}

/* No correlation beyond 1, and the same from both sides. */
static xbar_status check_covariance(const reading *r, const xbar_value *values)
{
    const size_t n = r->out->model->n_constants;
    const double *c = r->out->covariance;
    for (size_t k = 0; k < n; k++)
        for (size_t l = 0; l < n; l++) {
            double most = sqrt(c[k * n + k] * c[l * n + l]) * (1.0 + 1e-6);
            if (!(c[k * n + k] >= 0.0) || !(fabs(c[k * n + l]) <= most) ||
                !(fabs(c[k * n + l] - c[l * n + k]) <= 1e-6 * most))
                return xbar_key_fail(
                    r->t, values, r->err, "covariance.values",
                    "a symmetric matrix without correlations beyond 1");
        }
    return XBAR_OK;
}

static xbar_status read_covariance(const reading *r, const xbar_value *root)
{
    static const char *const fields[] = {"names", "values", NULL};
    const size_t stride = r->out->model->n_constants;
    const xbar_value *map = get(root, "covariance");
    const xbar_value *names = NULL;
    const xbar_value *values = NULL;
    size_t which[XBAR_MAX_CONSTANTS] = {0};
    if (!map)
        return XBAR_OK;
    XBAR_TRY(check_names(r, map, "covariance", fields));
    XBAR_TRY(take(r, &names, map, "covariance", "names"));
    XBAR_TRY(take(r, &values, map, "covariance", "values"));
    XBAR_TRY(read_names(r, which, names));
    XBAR_TRY(check_list(r, values, "covariance.values", names->n));
    for (size_t k = 0; k < names->n; k++) {
        XBAR_TRY(check_list(r, values->items[k], "covariance.values", names->n));
        for (size_t l = 0; l < names->n; l++)
            XBAR_TRY(number(r, &r->out->covariance[which[k] * stride + which[l]],
                            values->items[k]->items[l], "covariance.values", -1e300,
                            1e300));
    }
    return check_covariance(r, values);
}

static xbar_status read_discrepancy(const reading *r, const xbar_value *root)
{
    static const char *const fields[] = {"of_largest", "of_output", NULL};
    const xbar_value *map = get(root, "discrepancy");
    if (!map)
        return XBAR_OK;
    XBAR_TRY(check_names(r, map, "discrepancy", fields));
    for (size_t k = 0; k < 2; k++) {
        const xbar_value *value = NULL;
        XBAR_TRY(take(r, &value, map, "discrepancy", fields[k]));
        XBAR_TRY(number(r, &r->out->discrepancy[k], value, "discrepancy", 0.0, 1e6));
    }
    return XBAR_OK;
}

static xbar_status read_swell(const reading *r, const xbar_value *root)
{
    static const char *const fields[] = {"power", "at", "from", "to", NULL};
    const char *names[XBAR_N_SWELL + 1] = {NULL};
    const xbar_value *map = get(root, "swell");
    xbar_swell *s = &r->out->swell;
    if (!map)
        return XBAR_OK;
    for (size_t k = 0; k < XBAR_N_SWELL; k++)
        names[k] = xbar_swell_name[k];
    XBAR_TRY(check_names(r, map, "swell", names));
    for (size_t k = 0; k < XBAR_N_SWELL; k++) {
        double *const to[] = {&s->power[k], &s->at[k], &s->from[k], &s->to[k]};
        const xbar_value *node = NULL;
        char path[120];
        snprintf(path, sizeof path, "swell.%s", names[k]);
        XBAR_TRY(take(r, &node, map, "swell", names[k]));
        XBAR_TRY(check_names(r, node, path, fields));
        for (size_t n = 0; n < sizeof to / sizeof *to; n++) {
            const double least = n == 0 ? -100.0 : n == 3 ? s->from[k] : 1e-13;
            const xbar_value *value = NULL;
            char field[160];
            snprintf(field, sizeof field, "%s.%s", path, fields[n]);
            XBAR_TRY(take(r, &value, node, path, fields[n]));
            XBAR_TRY(number(r, to[n], value, field, least, 1e300));
        }
    }
    return XBAR_OK;
}

static xbar_status read_region(const reading *r, const xbar_value *root)
{
    const char *names[XBAR_N_FEATURES + 1] = {NULL};
    const xbar_value *map = get(root, "region");
    if (!map)
        return XBAR_OK;
    for (size_t k = 0; k < XBAR_N_FEATURES; k++)
        names[k] = xbar_feature_name[k];
    XBAR_TRY(check_names(r, map, "region", names));
    r->out->has_region = true;
    for (size_t k = 0; k < XBAR_N_FEATURES; k++) {
        const xbar_value *pair = NULL;
        char path[120];
        snprintf(path, sizeof path, "region.%s", names[k]);
        XBAR_TRY(take(r, &pair, map, "region", names[k]));
        XBAR_TRY(check_list(r, pair, path, 2));
        XBAR_TRY(
            number(r, &r->out->region_min[k], pair->items[0], path, -1e300, 1e300));
        XBAR_TRY(number(r, &r->out->region_max[k], pair->items[1], path,
                        r->out->region_min[k], 1e300));
    }
    return XBAR_OK;
}

static xbar_status read_all(const reading *r)
{
    static const char *const parts[] = {"model",       "constants", "covariance",
                                        "discrepancy", "swell",     "region",
                                        "report",      NULL};
    const xbar_value *root = xbar_tree_root(r->t);
    XBAR_TRY(check_names(r, root, "the model's file", parts));
    XBAR_TRY(read_model(r, root));
    XBAR_TRY(read_constants(r, root));
    XBAR_TRY(read_covariance(r, root));
    XBAR_TRY(read_discrepancy(r, root));
    XBAR_TRY(read_swell(r, root));
    return read_region(r, root);
}

xbar_status xbar_fitted_read(xbar_fitted *out, const char *path, xbar_error *err)
{
    char *text = NULL;
    size_t length = 0;
    xbar_tree *t = NULL;
    xbar_error why;
    xbar_status status = xbar_file_read(&text, &length, NULL, path, max_bytes, &why);
    if (status != XBAR_OK)
        return xbar_fail(err, status, "%s: %s", path, why.text);
    status = xbar_tree_new(&t, path, text, length, err);
    if (status == XBAR_OK) {
        const reading r = {t, out, err};
        status = read_all(&r);
    }
    xbar_tree_free(t);
    free(text);
    return status;
}
