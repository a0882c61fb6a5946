/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Conductances and inputs: a distribution with its own keys, or a file. */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/memory.h"
#include "experiment/digest.h"
#include "experiment/keys.h"
#include "experiment/sources.h"
#include "experiment/steer.h"
#include "store/reader.h"

static const size_t max_hdf5_bytes = (size_t)4 << 30;
static const size_t max_planes = 1000000; /* samples; inputs of one sample */

/* What `conductance` and `inputs` differ in. */
typedef struct block {
    const char *name;
    const char *number; /* the key that says how many are drawn */
    const char *levels; /* the key of the number of levels */
    const char *axes[2];
    xbar_stream stream;
    xbar_range range;
} block;

static const block conductance_block = {
    .name = "conductance",
    .number = "samples",
    .levels = "count",
    .axes = {"[row][col]", "[sample][row][col]"},
    .stream = XBAR_STREAM_CONDUCTANCE,
    .range = {XBAR_MIN_SIEMENS, XBAR_MAX_SIEMENS, true, "siemens"},
};

static const block target_block = {
    .name = "analysis.target",
    .number = "samples",
    .levels = "count",
    .axes = {"[row][col]", "[sample][row][col]"},
    .stream = XBAR_STREAM_TARGET,
    .range = {XBAR_MIN_SIEMENS, XBAR_MAX_SIEMENS, false, "siemens"},
};

static const block inputs_block = {
    .name = "inputs",
    .number = "count",
    .levels = "levels",
    .axes = {"[input][row]", "[sample][input][row]"},
    .stream = XBAR_STREAM_INPUT,
    .range = {-XBAR_MAX_VOLT, XBAR_MAX_VOLT, false, "volt"},
};

/* The path of one key of a block. */
static const char *path_of(char path[XBAR_PATH_SIZE], const block *b, const char *key)
{
    snprintf(path, XBAR_PATH_SIZE, "%s.%s", b->name, key);
    return path;
}

static const xbar_value *find(const xbar_tree *t, const block *b, const char *key)
{
    char path[XBAR_PATH_SIZE];
    return xbar_key_find(t, path_of(path, b, key));
}

/* ---- distributions ---- */

/* The two constants each distribution needs. */
static const struct {
    const char *a, *b;
} constants[XBAR_N_DISTRIBUTIONS] = {
    [XBAR_CONSTANT] = {"value", NULL},      [XBAR_UNIFORM] = {"min", "max"},
    [XBAR_LOGUNIFORM] = {"min", "max"},     [XBAR_LEVELS] = {"min", "max"},
    [XBAR_LOGNORMAL] = {"median", "sigma"},
};

static const char *levels_key(const block *b, xbar_distribution d)
{
    return d == XBAR_LEVELS ? b->levels : NULL;
}

/* Only the keys that this distribution uses, and all of them. */
static xbar_status check_keys(const xbar_tree *t, const block *b, xbar_distribution d,
                              xbar_error *err)
{
    const char *used[] = {constants[d].a, constants[d].b, levels_key(b, d)};
    enum { N_USED = sizeof used / sizeof *used };
    char list[100] = "";
    for (size_t k = 0; k < N_USED; k++) {
        size_t length = strlen(list);
        if (used[k])
            snprintf(list + length, sizeof list - length, "%s, ", used[k]);
    }
    const xbar_value *map = xbar_key_find(t, b->name);
    char path[XBAR_PATH_SIZE];
    for (size_t k = 0; k < map->n; k++) {
        const xbar_value *name = map->items[2 * k];
        bool known =
            xbar_value_is(name, "distribution") || xbar_value_is(name, b->number);
        for (size_t n = 0; n < N_USED; n++)
            known = known || (used[n] && xbar_value_is(name, used[n]));
        if (!known)
            return xbar_key_fail(t, map->items[2 * k + 1], err,
                                 path_of(path, b, name->text),
                                 "only what distribution %s has: %s%s",
                                 xbar_distribution_name[d], list, b->number);
    }
    for (size_t k = 0; k < N_USED; k++) {
        char want[192];
        snprintf(want, sizeof want, "it, distribution %s has %s%s",
                 xbar_distribution_name[d], list, b->number);
        if (used[k] && !find(t, b, used[k]))
            return xbar_key_missing(t, path_of(path, b, used[k]), err, want);
    }
    return XBAR_OK;
}

static xbar_status check_constants(const xbar_draw *draw, const xbar_tree *t,
                                   const block *b, xbar_error *err)
{
    const double least = 1e-30; /* V; keeps max/min from overflowing */
    xbar_distribution d = draw->distribution;
    char path[XBAR_PATH_SIZE];
    if (d == XBAR_LOGNORMAL && !(draw->a > 0.0))
        return xbar_key_fail(t, find(t, b, "median"), err, path_of(path, b, "median"),
                             "more than 0 for distribution lognormal");
    if (d == XBAR_LOGUNIFORM && !(draw->a >= least))
        return xbar_key_fail(t, find(t, b, "min"), err, path_of(path, b, "min"),
                             "more than 0 (at least %g) for distribution loguniform",
                             fmax(least, b->range.or_zero ? b->range.min : 0.0));
    bool has_bounds = d == XBAR_UNIFORM || d == XBAR_LOGUNIFORM || d == XBAR_LEVELS;
    const double ends[] = {draw->a, draw->b};
    for (int k = 0; k < (has_bounds ? 2 : d == XBAR_CONSTANT ? 1 : 0); k++) {
        const char *key = k == 0 ? constants[d].a : constants[d].b;
        char want[XBAR_RANGE_SIZE];
        if (!xbar_range_holds(&b->range, ends[k]))
            return xbar_key_fail(t, find(t, b, key), err, path_of(path, b, key),
                                 "%s: what the cell can hold",
                                 xbar_range_text(want, &b->range));
    }
    if (has_bounds && draw->b < draw->a)
        return xbar_key_fail(t, find(t, b, "max"), err, path_of(path, b, "max"),
                             "%s.min (%g) or more", b->name, draw->a);
    if (d == XBAR_LEVELS && draw->levels < 2 && draw->b > draw->a)
        return xbar_key_fail(t, find(t, b, b->levels), err, path_of(path, b, b->levels),
                             "2 or more levels from %g to %g", draw->a, draw->b);
    return XBAR_OK;
}

static xbar_status read_draw(xbar_draw *draw, const xbar_tree *t, const block *b,
                             xbar_error *err)
{
    char path[XBAR_PATH_SIZE];
    xbar_distribution d =
        (xbar_distribution)xbar_key_word(t, path_of(path, b, "distribution"));
    XBAR_TRY(check_keys(t, b, d, err));
    const char *levels = levels_key(b, d);
    *draw = (xbar_draw){
        .distribution = d,
        .a = xbar_key_number(t, path_of(path, b, constants[d].a)),
    };
    if (constants[d].b)
        draw->b = xbar_key_number(t, path_of(path, b, constants[d].b));
    if (levels)
        draw->levels = (uint32_t)xbar_key_integer(t, path_of(path, b, levels));
    return check_constants(draw, t, b, err);
}

/* ---- files ---- */

/* What a file must hold, and what it held. */
typedef struct table {
    xbar_csv_shape shape;
    double *values;
    size_t n_lines;
    size_t n_samples; /* 0: no sample axis */
} table;

static bool ends_with(const char *text, const char *end)
{
    size_t length = strlen(text);
    size_t n = strlen(end);
    return length >= n && strcmp(text + length - n, end) == 0;
}

static bool is_hdf5(const char *file)
{
    static const char *const endings[] = {".h5", ".hdf5", ".hdf", ".nc"};
    for (size_t k = 0; k < sizeof endings / sizeof *endings; k++)
        if (ends_with(file, endings[k]))
            return true;
    return false;
}

static xbar_status check_values(const table *tab, const char *name, const char *dataset,
                                size_t n_values, xbar_error *err)
{
    for (size_t k = 0; k < n_values; k++) {
        if (xbar_range_holds(&tab->shape.range, tab->values[k]))
            continue;
        size_t n_columns = tab->shape.n_columns;
        size_t line = k / n_columns;
        char sample[32] = "";
        char want[XBAR_RANGE_SIZE];
        if (tab->n_samples > 0)
            snprintf(sample, sizeof sample, "%zu, ", line / tab->n_lines);
        return xbar_fail(err, XBAR_ERR_INPUT, "%s: %s[%s%zu, %zu] = %g: want %s", name,
                         dataset, sample, line % tab->n_lines, k % n_columns,
                         tab->values[k], xbar_range_text(want, &tab->shape.range));
    }
    return XBAR_OK;
}

static xbar_status refuse_axes(const block *b, const xbar_csv_shape *shape,
                               const char *name, const char *dataset, size_t n_dims,
                               const size_t dims[3], xbar_error *err)
{
    char have[96] = "";
    for (size_t k = 0; k < n_dims; k++) {
        size_t used = strlen(have);
        snprintf(have + used, sizeof have - used, "%s%zu", k > 0 ? " x " : "", dims[k]);
    }
    char lines[64] = "";
    if (shape->n_lines > 0)
        snprintf(lines, sizeof lines, "%s = %zu, ", shape->lines, shape->n_lines);
    return xbar_fail(
        err, XBAR_ERR_INPUT, "%s: %s is %s numbers; want %s or %s, %s%s = %zu", name,
        dataset, have, b->axes[0], b->axes[1], lines, shape->columns, shape->n_columns);
}

static xbar_status read_hdf5(table *tab, const block *b, const char *path,
                             const char *name, const char *dataset, xbar_error *err)
{
    size_t n_dims = 0;
    size_t dims[3] = {1, 1, 1};
    xbar_error why;
    xbar_status status =
        xbar_dataset_read(&tab->values, &n_dims, dims, path, dataset, &why);
    if (status != XBAR_OK)
        return xbar_fail(err, status, "%s", why.text);
    const size_t *plane = n_dims == 3 ? dims + 1 : dims;
    const xbar_csv_shape *shape = &tab->shape;
    if (n_dims < 2 || plane[1] != shape->n_columns || plane[0] == 0 ||
        (shape->n_lines > 0 && plane[0] != shape->n_lines) || plane[0] > max_planes ||
        (n_dims == 3 && (dims[0] == 0 || dims[0] > max_planes)))
        return refuse_axes(b, shape, name, dataset, n_dims, dims, err);
    tab->n_lines = plane[0];
    tab->n_samples = n_dims == 3 ? dims[0] : 0;
    return check_values(tab, name, dataset, dims[0] * dims[1] * dims[2], err);
}

/* A block with `file` has `dataset` if the file is HDF5, and nothing else. */
static xbar_status check_file_keys(const xbar_tree *t, const block *b, const char *file,
                                   xbar_error *err)
{
    const xbar_value *map = xbar_key_find(t, b->name);
    char path[XBAR_PATH_SIZE];
    for (size_t k = 0; k < map->n; k++) {
        const xbar_value *name = map->items[2 * k];
        if (!xbar_value_is(name, "file") && !xbar_value_is(name, "dataset"))
            return xbar_key_fail(t, map->items[2 * k + 1], err,
                                 path_of(path, b, name->text),
                                 "none beside file, which has only dataset");
    }
    const xbar_value *dataset = find(t, b, "dataset");
    if (!dataset && is_hdf5(file))
        return xbar_key_missing(t, path_of(path, b, "dataset"), err,
                                "the path of a data set in the HDF5 file");
    if (dataset && !is_hdf5(file))
        return xbar_key_fail(t, dataset, err, path_of(path, b, "dataset"),
                             "none: only a file named .h5, .hdf5, .hdf or .nc has data "
                             "sets");
    return XBAR_OK;
}

static xbar_status read_hdf5_file(xbar_plan *p, table *tab, const xbar_tree *t,
                                  const block *b, const xbar_value *file,
                                  xbar_error *err)
{
    const size_t shown = 200; /* bytes of a name in messages */
    const char *name = file->text + (file->length > shown ? file->length - shown : 0);
    const xbar_value *dataset = find(t, b, "dataset");
    char *path = NULL;
    char sha256[XBAR_SHA256_SIZE] = "";
    char key[XBAR_PATH_SIZE];
    xbar_error why;
    XBAR_TRY(xbar_plan_resolve(&path, p, file->text, err));

    xbar_status status = xbar_file_digest(sha256, path, max_hdf5_bytes, &why);
    if (status == XBAR_ERR_INPUT) {
        xbar_key_fail(t, file, err, path_of(key, b, "file"), "a file to read (%s)",
                      why.text);
        goto done;
    }
    if (status == XBAR_OK)
        status = read_hdf5(tab, b, path, name, dataset->text, &why);
    if (status == XBAR_ERR_INPUT)
        xbar_key_fail(t, dataset, err, path_of(key, b, "dataset"),
                      "numbers that fit (%s)", why.text);
    else if (status != XBAR_OK)
        xbar_fail(err, status, "%s", why.text);
    else
        status = xbar_plan_note(p, file->text, sha256, err);
done:
    free(path);
    return status;
}

static xbar_status read_file(xbar_plan *p, table *tab, const xbar_tree *t,
                             const block *b, xbar_error *err)
{
    char path[XBAR_PATH_SIZE];
    const xbar_value *file = find(t, b, "file");
    XBAR_TRY(check_file_keys(t, b, file->text, err));
    if (is_hdf5(file->text))
        return read_hdf5_file(p, tab, t, b, file, err);
    return xbar_plan_table(&tab->values, &tab->n_lines, &tab->shape, p, t, file,
                           path_of(path, b, "file"), err);
}

/* ---- the two blocks ---- */

/* Reads a block: a distribution (then *n_drawn > 0), or a file's table. */
static xbar_status read_block(xbar_plan *p, xbar_source *s, table *tab, size_t *n_drawn,
                              const xbar_tree *t, const block *b, xbar_error *err)
{
    s->range = b->range;
    s->stream = b->stream;
    tab->shape.range = b->range;
    const xbar_value *file = find(t, b, "file");
    const xbar_value *distribution = find(t, b, "distribution");
    char path[XBAR_PATH_SIZE];
    if (!file && !distribution)
        return xbar_key_missing(t, path_of(path, b, "distribution"), err,
                                "a distribution or a file");
    if (file && distribution)
        return xbar_key_fail(t, file, err, path_of(path, b, "file"),
                             "either a distribution or a file");
    if (file) {
        xbar_status status = read_file(p, tab, t, b, err);
        s->values = tab->values;
        return status;
    }
    *n_drawn = xbar_key_integer(t, path_of(path, b, b->number));
    return read_draw(&s->draw, t, b, err);
}

/* Cells at their device's initial state: one sample. */
static xbar_status read_initial(xbar_plan *p, const xbar_tree *t, xbar_error *err)
{
    const xbar_device *device = p->crossbar->cell.device;
    if (!device->ranges)
        return xbar_key_missing(t, "conductance", err,
                                "a map, as the device has no initial state");
    p->sources->is_initial = true;
    p->n_samples = 1;
    return XBAR_OK;
}

/* Conductances of cells: what a device can hold.
 * @param[out] n_samples  as many as the block says; 0: it says nothing */
static xbar_status read_cells(xbar_plan *p, xbar_source *s, const block *kind,
                              size_t *n_samples, const xbar_tree *t, xbar_error *err)
{
    const xbar_crossbar *c = p->crossbar;
    table tab = {.shape = {.n_columns = c->n_cols,
                           .n_lines = c->n_rows,
                           .columns = "crossbar.cols",
                           .lines = "crossbar.rows"}};
    size_t n_drawn = 0;
    block b = *kind;
    double min = 0.0;
    double max = 0.0;
    const double slack =
        1e-9; /* 0.02 is within the range of 1/50 ohm, rounded or not */
    xbar_cell_conductances(&min, &max, &c->cell);
    b.range.min = fmax(b.range.min, min * (1.0 - slack));
    b.range.max = fmin(b.range.max, max * (1.0 + slack));
    XBAR_TRY(read_block(p, s, &tab, &n_drawn, t, &b, err));
    s->per_sample = c->n_rows * c->n_cols;
    s->has_sample_axis = tab.n_samples > 0;
    *n_samples = n_drawn > 0 ? n_drawn : tab.n_samples;
    return XBAR_OK;
}

xbar_status xbar_conductance_read(xbar_plan *p, const xbar_tree *t, xbar_error *err)
{
    const bool moves =
        (p->n_times > 0 && !p->retention) || p->analysis == XBAR_ANALYSIS_PROGRAM;
    if (moves && !xbar_key_find(t, "conductance"))
        return read_initial(p, t, err);
    XBAR_TRY(xbar_key_need(t, "conductance", err));
    XBAR_TRY(read_cells(p, &p->sources->conductance, &conductance_block, &p->n_samples,
                        t, err));
    p->n_samples += p->n_samples == 0;
    return XBAR_OK;
}

xbar_status xbar_targets_read(xbar_plan *p, const xbar_tree *t, xbar_error *err)
{
    const xbar_source *cells = &p->sources->conductance;
    void *memory = NULL;
    size_t n = 0;
    XBAR_TRY(xbar_array_new(&memory, 1, sizeof(xbar_source), "targets", err));
    xbar_source *targets = p->write->targets = memory;
    XBAR_TRY(read_cells(p, targets, &target_block, &n, t, err));
    /* draws serve as many samples as wanted, files as many as they have */
    const size_t n_all = n > p->n_samples ? n : p->n_samples;
    if ((cells->has_sample_axis && p->n_samples != n_all) ||
        (targets->has_sample_axis && n != n_all))
        return xbar_key_fail(
            t, xbar_key_find(t, "analysis.target"), err, "analysis.target",
            "%zu samples, as conductance has, not %zu", p->n_samples, n);
    p->n_samples = n_all;
    return XBAR_OK;
}

xbar_status xbar_inputs_read(xbar_plan *p, const xbar_tree *t, xbar_error *err)
{
    xbar_source *s = &p->sources->inputs;
    const xbar_crossbar *c = p->crossbar;
    table tab = {.shape = {.n_columns = c->n_rows,
                           .max_lines = max_planes,
                           .columns = "crossbar.rows",
                           .lines = "the most inputs"}};
    size_t n_drawn = 0;
    XBAR_TRY(read_block(p, s, &tab, &n_drawn, t, &inputs_block, err));
    p->n_inputs = n_drawn > 0 ? n_drawn : tab.n_lines;
    s->per_sample = p->n_inputs * c->n_rows;
    s->has_sample_axis = tab.n_samples > 0;
    if (n_drawn > 0 && s->per_sample > UINT32_MAX) /* the counter of core/random.h */
        return xbar_key_fail(t, xbar_key_find(t, "inputs"), err, "inputs",
                             "at most %" PRIu32 " numbers a sample, not %zu",
                             UINT32_MAX, s->per_sample);
    if (tab.n_samples > 0 && tab.n_samples != p->n_samples)
        return xbar_key_fail(
            t, xbar_key_find(t, "inputs.dataset"), err, "inputs.dataset",
            "%zu samples, as conductance has, not %zu", p->n_samples, tab.n_samples);
    return XBAR_OK;
}

/* A draw brought into what a value may be: nothing overflows, nothing is so small that
 * no engine could tell it from 0. */
static double into_range(double value, const xbar_range *r)
{
    if (r->or_zero && value == 0.0)
        return value;
    return fmin(r->max, fmax(r->min, value));
}

void xbar_source_values(const xbar_source *s, double *values, uint64_t seed,
                        size_t sample, size_t first, size_t count)
{
    if (s->values) {
        size_t start = s->has_sample_axis ? sample * s->per_sample : 0;
        memcpy(values, s->values + start + first, count * sizeof *values);
        return;
    }
    xbar_draw_values(values, &s->draw, seed, s->stream, (uint32_t)sample,
                     (uint32_t)first, count);
    for (size_t k = 0; k < count; k++)
        values[k] = into_range(values[k], &s->range);
}
