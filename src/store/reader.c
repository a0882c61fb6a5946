/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "store/reader.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "core/memory.h"
#include "store/dataset.h"
#include "store/hdf.h"
#include "store/reader_file.h"
#include "store/trial.h"
#include "store/variable.h"

static xbar_status read_text(char **out, const xbar_reader *r, const char *name,
                             xbar_error *err)
{
    xbar_status status = xbar_hdf_read_attribute_text(out, r->input.file, name);
    if (status == XBAR_ERR_MEMORY)
        return xbar_fail(err, status, "%s: attribute '%s': no memory", r->path, name);
    if (status != XBAR_OK && H5Lexists(r->input.file, "calibration", H5P_DEFAULT) > 0)
        return xbar_fail(err, status,
                         "%s: a calibrated model, not a result of xbar run", r->path);
    if (status != XBAR_OK)
        return xbar_fail(err, status,
                         "%s: not a result of xbar: no attribute '%s' with a text",
                         r->path, name);
    return XBAR_OK;
}

static xbar_status read_digest(xbar_reader *r, xbar_error *err)
{
    char *digest = NULL;
    XBAR_TRY(read_text(&digest, r, "digest", err));
    size_t length = strlen(digest);
    if (length < XBAR_DIGEST_SIZE)
        memcpy(r->header.digest, digest, length + 1);
    free(digest);
    if (length >= XBAR_DIGEST_SIZE)
        return xbar_fail(err, XBAR_ERR_INPUT, "%s: its digest is too long", r->path);
    return XBAR_OK;
}

/* Names of groups that we made: letters, digits, underscores. */
static bool is_engine_name(const char *name)
{
    size_t length = strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_");
    return length > 0 && length <= 32 && name[length] == '\0';
}

static xbar_status read_engines(xbar_reader *r, xbar_error *err)
{
    xbar_store_header *h = &r->header;
    char *rest = NULL;
    XBAR_TRY(read_text(&r->engines, r, "engines", err));
    for (char *name = strtok_r(r->engines, " ", &rest); name;
         name = strtok_r(NULL, " ", &rest)) {
        if (h->n_engines == XBAR_MAX_ENGINES || !is_engine_name(name))
            return xbar_fail(err, XBAR_ERR_INPUT,
                             "%s: its list of engines is too long, or '%s' is no name",
                             r->path, name);
        h->engines[h->n_engines++] = name;
    }
    return XBAR_OK;
}

static xbar_status read_dimension(size_t *size, const xbar_reader *r, xbar_axis axis,
                                  size_t max, xbar_error *err)
{
    const char *name = xbar_axis_name[axis];
    hsize_t dims[1] = {0};
    if (H5Lexists(r->input.file, name, H5P_DEFAULT) <= 0)
        return xbar_fail(err, XBAR_ERR_INPUT,
                         "%s: not a result of xbar: no dimension '%s'", r->path, name);
    hid_t dataset = xbar_dataset_open_inside(r->input.file, name);
    hid_t space = H5Dget_space(dataset);
    bool is_line = H5Sget_simple_extent_ndims(space) == 1 &&
                   H5Sget_simple_extent_dims(space, dims, NULL) == 1;
    H5Sclose(space);
    H5Dclose(dataset);
    if (!is_line || dims[0] < 1 || dims[0] > max)
        return xbar_fail(err, XBAR_ERR_INPUT,
                         "%s: dimension '%s' has an impossible size", r->path, name);
    *size = (size_t)dims[0];
    return XBAR_OK;
}

/* The axis of time, with its moments. */
static xbar_status read_times(xbar_reader *r, size_t max, xbar_error *err)
{
    xbar_store_header *h = &r->header;
    xbar_dataset d;
    size_t n = 0;
    XBAR_TRY(read_dimension(&n, r, XBAR_AXIS_TIME, max, err));
    XBAR_TRY(xbar_dataset_open(&d, &r->input, xbar_axis_name[XBAR_AXIS_TIME], err));
    xbar_status status = xbar_doubles_new(&r->times_s, n, "moments", err);
    if (status == XBAR_OK &&
        (d.size != n || H5Dread(d.id, H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT,
                                r->times_s) < 0))
        status =
            xbar_fail(err, XBAR_ERR_INPUT, "%s: /time: %s", r->path, xbar_hdf_reason());
    xbar_dataset_close(&d);
    h->n_times = n;
    h->times_s = r->times_s;
    return status;
}

static xbar_status read_dimensions(xbar_reader *r, xbar_error *err)
{
    xbar_store_header *h = &r->header;
    size_t max_count = INT32_MAX;
    XBAR_TRY(read_dimension(&h->n_samples, r, XBAR_AXIS_SAMPLE, max_count, err));
    XBAR_TRY(read_dimension(&h->n_inputs, r, XBAR_AXIS_INPUT, max_count, err));
    if (H5Lexists(r->input.file, xbar_axis_name[XBAR_AXIS_TIME], H5P_DEFAULT) > 0)
        XBAR_TRY(read_times(r, max_count, err));
    XBAR_TRY(read_dimension(&h->n_rows, r, XBAR_AXIS_ROW, XBAR_MAX_LINES, err));
    XBAR_TRY(read_dimension(&h->n_cols, r, XBAR_AXIS_COL, XBAR_MAX_LINES, err));
    if (H5Lexists(r->input.file, xbar_axis_name[XBAR_AXIS_OPERATION], H5P_DEFAULT) > 0)
        XBAR_TRY(
            read_dimension(&h->n_operations, r, XBAR_AXIS_OPERATION, max_count, err));
    return XBAR_OK;
}

/* Names that we made: letters, digits, underscores. */
static bool is_name(const char *name)
{
    size_t length = strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_"
                                 "ABCDEFGHIJKLMNOPQRSTUVWXYZ");
    return length > 0 && length <= 32 && name[length] == '\0';
}

/* "state" is the first state, "state_t" one called t; anything else is none. */
static herr_t keep_state(hid_t group, const char *name, const H5L_info_t *info,
                         void *with)
{
    static const char first[] = "state";
    xbar_reader *r = with;
    size_t n = r->header.n_states;
    bool is_first = strcmp(name, first) == 0;
    if (info->type != H5L_TYPE_HARD || strncmp(name, first, strlen(first)) != 0 ||
        (!is_first &&
         (name[strlen(first)] != '_' || n == 0 || !is_name(name + strlen(first) + 1))))
        return 0;
    if (n == XBAR_MAX_STATES || (is_first && n > 0))
        return -1;
    hid_t dataset = xbar_dataset_open_inside(group, name);
    xbar_status status =
        xbar_text_copy(&r->states[2 * n], is_first ? first : name + sizeof first, NULL);
    if (status == XBAR_OK)
        status =
            xbar_hdf_read_attribute_text(&r->states[2 * n + 1], dataset, "long_name");
    H5Dclose(dataset);
    if (status != XBAR_OK)
        return -1;
    r->header.states[n] =
        (struct xbar_store_state){r->states[2 * n], r->states[2 * n + 1]};
    r->header.n_states++;
    return 0;
}

/* What was recorded shows in what there is. */
static xbar_status read_group(xbar_reader *r, hid_t group, xbar_error *err)
{
    static const struct {
        const char *name;
        unsigned flag;
    } planes[] = {
        {"v_row", XBAR_RECORD_V_ROW},
        {"v_col", XBAR_RECORD_V_COL},
        {"i_cell", XBAR_RECORD_I_CELL},
        {"conductance_effective", XBAR_RECORD_EFFECTIVE},
        {"state", XBAR_RECORD_STATE},
        {"energy_left", XBAR_RECORD_ENERGY},
        {"heat", XBAR_RECORD_HEAT},
        {"pulses", XBAR_RECORD_PROGRAM},
        {"margin", XBAR_RECORD_LOGIC},
    };
    xbar_store_header *h = &r->header;
    for (size_t k = 0; k < sizeof planes / sizeof planes[0]; k++) {
        if (H5Lexists(group, planes[k].name, H5P_DEFAULT) > 0)
            h->record |= planes[k].flag;
    }
    hsize_t at = 0;
    if ((h->record & XBAR_RECORD_STATE) != 0 &&
        H5Literate(group, H5_INDEX_CRT_ORDER, H5_ITER_INC, &at, keep_state, r) < 0)
        return xbar_fail(err, XBAR_ERR_INPUT, "%s: /%s: its states are unreadable",
                         r->path, h->engines[0]);
    return XBAR_OK;
}

static xbar_status read_record(xbar_reader *r, xbar_error *err)
{
    xbar_store_header *h = &r->header;
    hid_t file = r->input.file;
    if (H5Lexists(file, "conductance_time", H5P_DEFAULT) > 0)
        h->record |= XBAR_RECORD_RETENTION;
    if (h->n_engines > 0 && H5Lexists(file, h->engines[0], H5P_DEFAULT) > 0) {
        hid_t group = xbar_group_open_inside(file, h->engines[0]);
        xbar_status status = read_group(r, group, err);
        H5Gclose(group);
        XBAR_TRY(status);
    }
    if (H5Lexists(file, "state", H5P_DEFAULT) <= 0)
        return XBAR_OK;
    hid_t state = xbar_dataset_open_inside(file, "state");
    xbar_status status =
        xbar_hdf_read_attribute_text(&r->state_name, state, "long_name");
    H5Dclose(state);
    h->state_name = r->state_name;
    if (status != XBAR_OK)
        return xbar_fail(err, status, "%s: /state has no long_name", r->path);
    return XBAR_OK;
}

static xbar_status check_variables(const xbar_reader *r, xbar_error *err)
{
    xbar_extent extent = xbar_extent_of_file(&r->header);
    for (xbar_entry e = {0}; xbar_entry_next(&e, &r->header);) {
        hsize_t dims[XBAR_MAX_AXES];
        xbar_dataset d;
        xbar_variable_dims(dims, &e.variable, &extent);
        XBAR_TRY(xbar_dataset_open(&d, &r->input, e.path, err));
        bool matches = d.rank == e.variable.n_axes &&
                       memcmp(dims, d.dims, d.rank * sizeof dims[0]) == 0;
        xbar_dataset_close(&d);
        if (!matches)
            return xbar_fail(err, XBAR_ERR_INPUT,
                             "%s: /%s does not have the shape of its dimensions",
                             r->path, e.path);
    }
    return XBAR_OK;
}

static xbar_status read_all(xbar_reader *r, xbar_error *err)
{
    XBAR_TRY(read_digest(r, err));
    XBAR_TRY(read_text(&r->title, r, "title", err));
    r->header.title = r->title;
    XBAR_TRY(read_engines(r, err));
    XBAR_TRY(read_dimensions(r, err));
    XBAR_TRY(read_record(r, err));
    XBAR_TRY(check_variables(r, err));
    return xbar_reader_provenance(r, err);
}

static xbar_status open_untried(xbar_reader **out, const char *path, xbar_error *err)
{
    *out = NULL;
    void *memory = NULL;
    XBAR_TRY(xbar_array_new(&memory, 1, sizeof(xbar_reader), "reader", err));
    xbar_reader *r = memory;
    r->input = (xbar_input_file){.disk = {.fd = -1}, .file = -1};
    xbar_status status = xbar_text_copy(&r->path, path, err);
    if (status == XBAR_OK)
        status = xbar_input_file_open(&r->input, r->path, err);
    if (status == XBAR_OK)
        status = read_all(r, err);
    if (status != XBAR_OK) {
        xbar_reader_close(r);
        return status;
    }
    *out = r;
    return XBAR_OK;
}

static void ignore(const xbar_variable_info *v, void *with)
{
    (void)v, (void)with;
}

/* What opening reads, and listing the variables as well. */
static void try_open(void *with)
{
    xbar_reader *r;
    if (open_untried(&r, with, NULL) == XBAR_OK)
        (void)xbar_reader_walk(r, ignore, NULL);
}

xbar_status xbar_reader_open(xbar_reader **out, const char *path, xbar_error *err)
{
    *out = NULL;
    char *name = NULL;
    xbar_hdf_begin();
    XBAR_TRY(xbar_text_copy(&name, path, err));
    xbar_status status = xbar_trial(try_open, name, path, err);
    if (status == XBAR_OK)
        status = open_untried(out, path, err);
    free(name);
    return status;
}

void xbar_reader_close(xbar_reader *r)
{
    if (!r)
        return;
    xbar_input_file_close(&r->input);
    for (size_t k = 0; k < r->n_texts; k++)
        free(r->texts[k]);
    free(r->texts);
    free(r->header.provenance);
    for (size_t k = 0; k < 2 * XBAR_MAX_STATES; k++)
        free(r->states[k]);
    free(r->times_s);
    free(r->state_name);
    free(r->engines);
    free(r->title);
    free(r->path);
    free(r);
}

const xbar_store_header *xbar_reader_header(const xbar_reader *r)
{
    return &r->header;
}

/* One sample of one variable of an engine: an input of it, or all. */
static const size_t all_inputs = SIZE_MAX;

static xbar_status read_sample(void *values, const xbar_reader *r, const char *engine,
                               const char *name, size_t sample, size_t input,
                               xbar_error *err)
{
    xbar_entry e = {0};
    do {
        if (!xbar_entry_next(&e, &r->header))
            return xbar_fail(err, XBAR_ERR_INPUT, "%s: no /%s/%s in it", r->path,
                             engine, name);
    } while (strcmp(e.variable.name, name) != 0 ||
             xbar_variable_is_of_root(&e.variable) ||
             strcmp(r->header.engines[e.engine], engine) != 0);
    if (sample >= r->header.n_samples)
        return xbar_fail(err, XBAR_ERR_INPUT, "%s: no sample %zu; want < %zu", r->path,
                         sample, r->header.n_samples);
    if (input != all_inputs && input >= r->header.n_inputs)
        return xbar_fail(err, XBAR_ERR_INPUT, "%s: no input %zu; want < %zu", r->path,
                         input, r->header.n_inputs);

    xbar_dataset d;
    XBAR_TRY(xbar_dataset_open(&d, &r->input, e.path, err));
    hsize_t start[XBAR_MAX_RANK] = {sample, input != all_inputs ? input : 0};
    hsize_t count[XBAR_MAX_RANK];
    memcpy(count, d.dims, sizeof count);
    count[0] = 1;
    if (input != all_inputs)
        count[1] = 1;
    hsize_t size = 1;
    for (size_t k = 0; k < d.rank; k++)
        size *= count[k];
    hid_t memory = H5Screate_simple(1, &size, NULL);
    xbar_status status = XBAR_OK;
    if (memory < 0 ||
        H5Sselect_hyperslab(d.space, H5S_SELECT_SET, start, NULL, count, NULL) < 0 ||
        H5Dread(d.id, xbar_variable_memory_type(&e.variable), memory, d.space,
                H5P_DEFAULT, values) < 0)
        status = xbar_fail(err, XBAR_ERR_INPUT, "%s: /%s: %s", r->path, e.path,
                           xbar_hdf_reason());
    H5Sclose(memory);
    xbar_dataset_close(&d);
    return status;
}

/* Everything that may be asked of one engine. */
typedef struct engine_trial {
    const xbar_reader *reader;
    const char *engine;
} engine_trial;

static void try_engine(void *with)
{
    static const char *const names[] = {"wall_time", "kcl_residual", "status"};
    const engine_trial *t = with;
    const xbar_store_header *h = &t->reader->header;
    double *values;
    double *outputs;
    size_t n = h->n_times > 0 ? h->n_times : h->n_inputs;
    if (xbar_doubles_new(&values, h->n_inputs, "trial", NULL) != XBAR_OK ||
        xbar_doubles_new(&outputs, n * h->n_cols, "trial", NULL) != XBAR_OK)
        return;
    for (size_t sample = 0; sample < h->n_samples; sample++) {
        for (size_t k = 0; k < sizeof names / sizeof names[0]; k++)
            (void)read_sample(values, t->reader, t->engine, names[k], sample,
                              all_inputs, NULL);
        if (h->n_times == 0)
            (void)read_sample(outputs, t->reader, t->engine, "i_out", sample,
                              all_inputs, NULL);
        for (size_t input = 0; h->n_times > 0 && input < h->n_inputs; input++)
            (void)read_sample(outputs, t->reader, t->engine, "i_out", sample, input,
                              NULL);
    }
}

static xbar_status be_tried(xbar_reader *r, const char *engine, xbar_error *err)
{
    for (size_t k = 0; k < r->header.n_engines; k++) {
        if (r->tried[k] || strcmp(r->header.engines[k], engine) != 0)
            continue;
        engine_trial t = {r, engine};
        XBAR_TRY(xbar_trial(try_engine, &t, r->path, err));
        r->tried[k] = true;
    }
    return XBAR_OK;
}

xbar_status xbar_reader_outputs(xbar_reader *r, double *i_out, const char *engine,
                                size_t sample, xbar_error *err)
{
    xbar_hdf_begin();
    if (r->header.n_times > 0)
        return xbar_fail(err, XBAR_ERR_INPUT,
                         "%s: a result in time; want one at rest (analysis.kind dc)",
                         r->path);
    XBAR_TRY(be_tried(r, engine, err));
    return read_sample(i_out, r, engine, "i_out", sample, all_inputs, err);
}

xbar_status xbar_reader_course(xbar_reader *r, double *i_out, const char *engine,
                               size_t sample, size_t input, xbar_error *err)
{
    xbar_hdf_begin();
    XBAR_TRY(be_tried(r, engine, err));
    return read_sample(i_out, r, engine, "i_out", sample, input, err);
}

xbar_status xbar_reader_fates(xbar_reader *r, xbar_outcome *status, double *wall_time_s,
                              double *kcl_residual, const char *engine, size_t sample,
                              xbar_error *err)
{
    xbar_hdf_begin();
    XBAR_TRY(be_tried(r, engine, err));
    if (wall_time_s)
        XBAR_TRY(
            read_sample(wall_time_s, r, engine, "wall_time", sample, all_inputs, err));
    if (kcl_residual)
        XBAR_TRY(read_sample(kcl_residual, r, engine, "kcl_residual", sample,
                             all_inputs, err));
    if (!status)
        return XBAR_OK;
    XBAR_TRY(read_sample(status, r, engine, "status", sample, all_inputs, err));
    for (size_t k = 0; k < r->header.n_inputs; k++) {
        if (status[k] > XBAR_OUTSIDE)
            return xbar_fail(err, XBAR_ERR_INPUT,
                             "%s: /%s/status[%zu][%zu] = %u; want 0 to %d", r->path,
                             engine, sample, k, (unsigned)status[k], XBAR_OUTSIDE);
    }
    return XBAR_OK;
}
