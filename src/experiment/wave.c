/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Waveforms: a shape with its own keys, or a file of times and volts. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/memory.h"
#include "experiment/keys.h"
#include "experiment/sources.h"

typedef enum shape { SINE, TRIANGLE, PULSE, LINEAR, FROM_FILE, N_SHAPES } shape;

/* The keys of each shape, in the order of the table's words. */
static const struct {
    const char *name, *must[5], *may[5];
} shapes[N_SHAPES] = {
    [SINE] = {"shape sine", {"volt", "hertz"}, {"cycles", "base_volt"}},
    [TRIANGLE] = {"shape triangle", {"volt", "hertz"}, {"cycles"}},
    [PULSE] = {"shape pulse",
               {"volt", "rise_s", "width_s", "fall_s"},
               {"base_volt", "start_s", "period_s", "count"}},
    [LINEAR] = {"shape linear", {"time_s", "volt"}, {NULL}},
    [FROM_FILE] = {"a file", {"file"}, {NULL}},
};

/* A waveform's map, and what is needed to speak about it. */
typedef struct wave {
    const xbar_tree *t;
    const xbar_value *map;
    const char *path;
    shape shape;
} wave;

static const xbar_value *get(const wave *w, const char *key)
{
    return xbar_value_get(w->map, key, strlen(key));
}

static double number(const wave *w, const char *key, double initial)
{
    const xbar_value *value = get(w, key);
    return value ? xbar_value_number(value) : initial;
}

static const char *path_of(char path[XBAR_PATH_SIZE], const wave *w, const char *key)
{
    snprintf(path, XBAR_PATH_SIZE, "%s.%s", w->path, key);
    return path;
}

/* ---- keys ---- */

static bool is_among(const xbar_value *name, const char *const list[5])
{
    for (size_t k = 0; k < 5 && list[k]; k++)
        if (xbar_value_is(name, list[k]))
            return true;
    return false;
}

static void list_keys(char list[120], shape s)
{
    size_t used = 0;
    for (size_t k = 0; k < 10; k++) {
        const char *key = k < 5 ? shapes[s].must[k] : shapes[s].may[k - 5];
        if (key)
            used += (size_t)snprintf(list + used, 120 - used, "%s%s",
                                     used > 0 ? ", " : "", key);
    }
}

/* Only the keys that this shape uses, and all that it must have. */
static xbar_status check_keys(const wave *w, xbar_error *err)
{
    char path[XBAR_PATH_SIZE];
    char keys[120] = "";
    list_keys(keys, w->shape);
    for (size_t k = 0; k < w->map->n; k++) {
        const xbar_value *name = w->map->items[2 * k];
        if (!xbar_value_is(name, "shape") && !is_among(name, shapes[w->shape].must) &&
            !is_among(name, shapes[w->shape].may))
            return xbar_key_fail(w->t, w->map->items[2 * k + 1], err,
                                 path_of(path, w, name->text), "only what %s has: %s",
                                 shapes[w->shape].name, keys);
    }
    for (size_t k = 0; k < 5 && shapes[w->shape].must[k]; k++) {
        const char *key = shapes[w->shape].must[k];
        char place[XBAR_PLACE_SIZE];
        if (!get(w, key))
            return xbar_fail(err, XBAR_ERR_INPUT,
                             "%s: %s is missing: want it, %s has %s",
                             xbar_tree_place(place, w->t, w->map),
                             path_of(path, w, key), shapes[w->shape].name, keys);
    }
    const xbar_value *volt = get(w, "volt");
    bool is_list = volt && volt->kind == XBAR_VALUE_LIST;
    if (volt && is_list != (w->shape == LINEAR))
        return xbar_key_fail(w->t, volt, err, path_of(path, w, "volt"), "%s with %s",
                             is_list ? "a number" : "a list", shapes[w->shape].name);
    return XBAR_OK;
}

static xbar_status read_shape(wave *w, xbar_error *err)
{
    char path[XBAR_PATH_SIZE];
    char place[XBAR_PLACE_SIZE];
    const xbar_value *word = get(w, "shape");
    const xbar_value *file = get(w, "file");
    if (file && word)
        return xbar_key_fail(w->t, file, err, path_of(path, w, "file"),
                             "either a shape or a file");
    if (!file && !word)
        return xbar_fail(
            err, XBAR_ERR_INPUT, "%s: %s is missing: want a shape or a file",
            xbar_tree_place(place, w->t, w->map), path_of(path, w, "shape"));
    w->shape = FROM_FILE;
    for (size_t s = 0; word && s < FROM_FILE; s++)
        if (xbar_value_is(word, shapes[s].name + strlen("shape ")))
            w->shape = (shape)s;
    return check_keys(w, err);
}

/* ---- knots ---- */

/* Straight lines between knots, which must be in order. */
static xbar_status join_knots(xbar_waveform *out, const wave *w, const double *t_s,
                              const double *volt, size_t n, xbar_error *err)
{
    xbar_error why;
    xbar_status status = xbar_waveform_linear(out, t_s, volt, n, &why);
    if (status == XBAR_ERR_INPUT)
        return xbar_key_fail(w->t, w->map, err, w->path, "times that rise (%s)",
                             why.text);
    return status == XBAR_OK ? XBAR_OK : xbar_fail(err, status, "%s", why.text);
}

static xbar_status make_triangle(xbar_waveform *out, const wave *w, xbar_error *err)
{
    char path[XBAR_PATH_SIZE];
    double cycles = number(w, "cycles", 1.0);
    if (cycles != floor(cycles) || 2.0 * cycles + 2.0 > XBAR_MAX_KNOTS)
        return xbar_key_fail(w->t, get(w, "cycles"), err, path_of(path, w, "cycles"),
                             "a whole number up to %d with shape triangle",
                             XBAR_MAX_KNOTS / 2 - 1);
    const double hertz = number(w, "hertz", NAN);
    const double volt = number(w, "volt", NAN);
    const size_t n = 2 * (size_t)cycles + 2;
    double *knots = NULL;
    XBAR_TRY(xbar_doubles_new(&knots, 2 * n, "waveform", err));
    for (size_t k = 1; k < n - 1; k++) {
        knots[k] = ((double)k / 2.0 - 0.25) / hertz;
        knots[n + k] = k % 2 == 1 ? volt : -volt;
    }
    knots[n - 1] = cycles / hertz;
    xbar_status status = join_knots(out, w, knots, knots + n, n, err);
    free(knots);
    return status;
}

static xbar_status make_pulses(xbar_waveform *out, const wave *w, xbar_error *err)
{
    char path[XBAR_PATH_SIZE];
    const double rise_s = number(w, "rise_s", NAN);
    const double flat_s = rise_s + number(w, "width_s", NAN);
    const double whole_s = flat_s + number(w, "fall_s", NAN);
    const size_t count = get(w, "count") ? xbar_value_integer(get(w, "count")) : 1;
    const double period_s = number(w, "period_s", whole_s);
    if (count > 1 && !get(w, "period_s"))
        return xbar_key_fail(w->t, get(w, "count"), err, path_of(path, w, "count"),
                             "1, or a period_s as well");
    if (period_s < whole_s)
        return xbar_key_fail(
            w->t, get(w, "period_s"), err, path_of(path, w, "period_s"),
            "at least rise_s + width_s + fall_s, %g (second)", whole_s);
    double *knots = NULL;
    const size_t room = 4 * count;
    XBAR_TRY(xbar_doubles_new(&knots, 2 * room, "waveform", err));
    const double from_start[] = {0.0, rise_s, flat_s, whole_s};
    const double start_s = number(w, "start_s", 0.0);
    const double base = number(w, "base_volt", 0.0);
    const double volt = number(w, "volt", NAN);
    size_t n = 0;
    for (size_t k = 0; k < room; k++) {
        const size_t pulse = k / 4;
        double t_s = start_s + (double)pulse * period_s + from_start[k % 4];
        bool is_top = k % 4 == 1 || k % 4 == 2;
        /* a flat top of no width, and a pulse right behind another */
        bool is_same =
            n > 0 && t_s == knots[n - 1] &&
            (k % 4 == 2 ? flat_s == rise_s : k % 4 == 0 && period_s == whole_s);
        if (is_same)
            continue;
        knots[n] = t_s;
        knots[room + n++] = is_top ? volt : base;
    }
    xbar_status status = join_knots(out, w, knots, knots + room, n, err);
    free(knots);
    return status;
}

static xbar_status make_linear(xbar_waveform *out, const wave *w, xbar_error *err)
{
    char path[XBAR_PATH_SIZE];
    const xbar_value *times = get(w, "time_s");
    const xbar_value *volts = get(w, "volt");
    if (times->n > XBAR_MAX_KNOTS)
        return xbar_key_fail(w->t, times, err, path_of(path, w, "time_s"),
                             "at most %d times", XBAR_MAX_KNOTS);
    if (volts->n != times->n)
        return xbar_key_fail(w->t, volts, err, path_of(path, w, "volt"),
                             "a list of %zu, as time_s has", times->n);
    double *knots = NULL;
    XBAR_TRY(xbar_doubles_new(&knots, 2 * times->n, "waveform", err));
    for (size_t k = 0; k < times->n; k++) {
        knots[k] = xbar_value_number(times->items[k]);
        knots[times->n + k] = xbar_value_number(volts->items[k]);
    }
    xbar_status status = join_knots(out, w, knots, knots + times->n, times->n, err);
    free(knots);
    return status;
}

/* Two columns, seconds and volts. */
static xbar_status make_from_file(xbar_waveform *out, const wave *w, xbar_plan *p,
                                  xbar_error *err)
{
    static const xbar_csv_shape two = {
        .n_columns = 2,
        .max_lines = XBAR_MAX_KNOTS,
        .columns = "time in s and volts",
        .lines = "the most knots",
        .range = {-XBAR_MAX_SECOND, XBAR_MAX_SECOND, false, "second, volt"},
    };
    char path[XBAR_PATH_SIZE];
    double *pairs = NULL;
    double *knots = NULL;
    size_t n = 0;
    path_of(path, w, "file");
    XBAR_TRY(xbar_plan_table(&pairs, &n, &two, p, w->t, get(w, "file"), path, err));
    xbar_status status = xbar_doubles_new(&knots, 2 * n, "waveform", err);
    for (size_t k = 0; status == XBAR_OK && k < n; k++) {
        knots[k] = pairs[2 * k];
        knots[n + k] = pairs[2 * k + 1];
        if (fabs(knots[n + k]) > XBAR_MAX_VOLT)
            status = xbar_key_fail(w->t, get(w, "file"), err, path,
                                   "volts from %g to %g, not %g in pair %zu",
                                   -XBAR_MAX_VOLT, XBAR_MAX_VOLT, knots[n + k], k + 1);
    }
    if (status == XBAR_OK)
        status = join_knots(out, w, knots, knots + n, n, err);
    free(knots);
    free(pairs);
    return status;
}

xbar_status xbar_wave_read(xbar_waveform *out, xbar_plan *p, const xbar_tree *t,
                           const xbar_value *map, const char *path, xbar_error *err)
{
    wave w = {.t = t, .map = map, .path = path};
    *out = (xbar_waveform){0};
    XBAR_TRY(read_shape(&w, err));
    switch (w.shape) {
    case TRIANGLE:
        return make_triangle(out, &w, err);
    case PULSE:
        return make_pulses(out, &w, err);
    case LINEAR:
        return make_linear(out, &w, err);
    case FROM_FILE:
        return make_from_file(out, &w, p, err);
    case SINE:
    case N_SHAPES:
        break;
    }
    xbar_waveform_sine(out, number(&w, "base_volt", 0.0), number(&w, "volt", NAN),
                       number(&w, "hertz", NAN), number(&w, "cycles", 1.0));
    return XBAR_OK;
}

double xbar_wave_end(const xbar_waveform *w)
{
    return w->kind == XBAR_WAVE_SINE ? w->cycles / w->hertz : w->t_s[w->n_knots - 1];
}
