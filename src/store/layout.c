/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "store/layout.h"

#include <hdf5_hl.h>
#include <math.h>
#include <stdio.h>
#include <time.h>

#include "core/version.h"
#include "store/hdf.h"
#include "store/variable.h"

/* A plane of one input and moment is one chunk, up to 4 MiB. Where an input has only some
 * numbers, a chunk takes several moments, then inputs, and then samples: 64 KiB compress
 * well and are quickly read. */
static const hsize_t max_chunk = (hsize_t)4 << 20;
static const hsize_t line_chunk = (hsize_t)64 << 10;

static const int deflate_level = 4;

/* The dimension of time has its moments: a coordinate variable of its own name. */
static herr_t write_times(hid_t file, const xbar_store_header *h)
{
    const char *name = xbar_axis_name[XBAR_AXIS_TIME];
    const hsize_t size = h->n_times;
    herr_t result = -1;
    hid_t dcpl = xbar_hdf_dataset_list();
    hid_t space = H5Screate_simple(1, &size, NULL);
    hid_t scale = -1;
    if (dcpl >= 0 && space >= 0)
        scale = H5Dcreate2(file, name, H5T_IEEE_F64LE, space, H5P_DEFAULT, dcpl,
                           H5P_DEFAULT);
    if (scale >= 0 &&
        H5Dwrite(scale, H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT, h->times_s) >=
            0 &&
        xbar_hdf_attribute_text(scale, "units", "s") >= 0 &&
        xbar_hdf_attribute_text(scale, "long_name", "time since the beginning") >= 0)
        result = H5DSset_scale(scale, name);
    H5Dclose(scale);
    H5Sclose(space);
    H5Pclose(dcpl);
    return result;
}

static herr_t write_dimensions(hid_t file, const xbar_store_header *h)
{
    xbar_extent extent = xbar_extent_of_file(h);
    for (size_t k = 0; k < XBAR_N_AXES; k++) {
        herr_t result = 0;
        if (k == XBAR_AXIS_OPERATION && h->n_operations == 0)
            continue;
        if (k != XBAR_AXIS_TIME)
            result = xbar_hdf_dimension(file, xbar_axis_name[k], extent.size[k]);
        else if (h->n_times > 0)
            result = write_times(file, h);
        if (result < 0)
            return result;
    }
    return 0;
}

static hsize_t smaller(hsize_t a, hsize_t b)
{
    return a < b ? a : b;
}

static hsize_t at_least_one(hsize_t a)
{
    return a > 0 ? a : 1;
}

/* Planes: one a chunk, small ones of several moments together. */
static void choose_planes(hsize_t chunk[XBAR_MAX_AXES], const xbar_variable *v,
                          const hsize_t dims[XBAR_MAX_AXES])
{
    const size_t col = v->n_axes - (size_t)1;
    const size_t row = col - 1;
    const hsize_t line = at_least_one(sizeof(double) * dims[col]);
    for (size_t k = 0; k < row; k++)
        chunk[k] = 1;
    chunk[col] = dims[col];
    chunk[row] = smaller(dims[row], at_least_one(max_chunk / line));
    if (v->axes[row - 1] == XBAR_AXIS_TIME)
        chunk[row - 1] =
            smaller(dims[row - 1], at_least_one(line_chunk / (line * dims[row])));
}

static bool is_of_planes(const xbar_variable *v)
{
    return v->n_axes >= 3 && v->axes[v->n_axes - 2] == XBAR_AXIS_ROW;
}

bool xbar_layout_is_packed(const xbar_variable *v, const hsize_t dims[XBAR_MAX_AXES])
{
    /* smaller ones, of which there may be thousands, take longer to find than to pack */
    static const hsize_t least_plane = 512;
    return is_of_planes(v) && dims[v->n_axes - 2] >= least_plane / dims[v->n_axes - 1];
}

void xbar_layout_chunk(hsize_t chunk[XBAR_MAX_AXES], const xbar_variable *v,
                       const hsize_t dims[XBAR_MAX_AXES])
{
    hsize_t bytes = v->place == XBAR_PLACE_OUTCOME ? 1 : sizeof(double);
    size_t last = v->n_axes - (size_t)1;
    if (is_of_planes(v)) {
        choose_planes(chunk, v, dims);
        return;
    }
    for (size_t k = v->n_axes; k-- > 0;) {
        bool is_line = k == last && k >= 2;
        hsize_t most = is_line ? dims[k] : smaller(dims[k], line_chunk / bytes);
        chunk[k] = at_least_one(most);
        bytes *= chunk[k];
    }
}

hid_t xbar_layout_list(const xbar_variable *v, const hsize_t dims[XBAR_MAX_AXES])
{
    hsize_t chunk[XBAR_MAX_AXES];
    xbar_layout_chunk(chunk, v, dims);
    hid_t dcpl = xbar_hdf_dataset_list();
    double nan_fill = (double)NAN;
    if (dcpl < 0 || H5Pset_chunk(dcpl, v->n_axes, chunk) < 0 ||
        H5Pset_shuffle(dcpl) < 0 || H5Pset_deflate(dcpl, (unsigned)deflate_level) < 0 ||
        H5Pset_fletcher32(dcpl) < 0 ||
        (v->place != XBAR_PLACE_OUTCOME &&
         H5Pset_fill_value(dcpl, H5T_NATIVE_DOUBLE, &nan_fill) < 0)) {
        H5Pclose(dcpl);
        dcpl = -1;
    }
    return dcpl;
}

static herr_t write_numbers(hid_t object, const char *name, hid_t file_type,
                            hid_t memory_type, hsize_t n, const void *values)
{
    herr_t result = -1;
    hid_t space = H5Screate_simple(1, &n, NULL);
    hid_t attribute = -1;
    if (space >= 0)
        attribute =
            H5Acreate2(object, name, file_type, space, H5P_DEFAULT, H5P_DEFAULT);
    if (attribute >= 0)
        result = H5Awrite(attribute, memory_type, values);
    H5Aclose(attribute);
    H5Sclose(space);
    return result;
}

static herr_t write_attributes(hid_t dataset, const xbar_variable *v)
{
    if (xbar_hdf_attribute_text(dataset, "units", v->units) < 0 ||
        xbar_hdf_attribute_text(dataset, "long_name", v->long_name) < 0)
        return -1;
    if (v->place != XBAR_PLACE_OUTCOME) {
        double nan_fill = (double)NAN;
        return write_numbers(dataset, "_FillValue", H5T_IEEE_F64LE, H5T_NATIVE_DOUBLE,
                             1, &nan_fill);
    }
    static const unsigned char values[] = {XBAR_PENDING, XBAR_DONE, XBAR_NOT_CONVERGED,
                                           XBAR_FAILED, XBAR_OUTSIDE};
    if (write_numbers(dataset, "flag_values", H5T_STD_U8LE, H5T_NATIVE_UCHAR,
                      sizeof values, values) < 0)
        return -1;
    return xbar_hdf_attribute_text(
        dataset, "flag_meanings",
        "pending done not_converged engine_failed outside_calibrated_region");
}

static herr_t attach_scales(hid_t file, hid_t dataset, const xbar_variable *v)
{
    for (unsigned k = 0; k < v->n_axes; k++) {
        hid_t scale = H5Dopen2(file, xbar_axis_name[v->axes[k]], H5P_DEFAULT);
        herr_t result = scale < 0 ? -1 : H5DSattach_scale(dataset, scale, k);
        H5Dclose(scale);
        if (result < 0)
            return -1;
    }
    return 0;
}

static herr_t write_variable(hid_t file, const xbar_entry *e,
                             const xbar_store_header *h)
{
    const xbar_variable *v = &e->variable;
    xbar_extent extent = xbar_extent_of_file(h);
    hsize_t dims[XBAR_MAX_AXES];
    xbar_variable_dims(dims, v, &extent);
    herr_t result = -1;
    hid_t dcpl = xbar_layout_list(v, dims);
    hid_t space = H5Screate_simple(v->n_axes, dims, NULL);
    hid_t dataset = -1;
    if (dcpl >= 0 && space >= 0)
        dataset = H5Dcreate2(file, e->path, xbar_variable_file_type(v), space,
                             H5P_DEFAULT, dcpl, H5P_DEFAULT);
    if (dataset >= 0 && write_attributes(dataset, v) >= 0)
        result = attach_scales(file, dataset, v);
    H5Dclose(dataset);
    H5Sclose(space);
    H5Pclose(dcpl);
    return result;
}

static herr_t write_root(hid_t file, const xbar_store_header *h)
{
    char engines[1024] = "";
    size_t length = 0;
    for (size_t k = 0; k < h->n_engines && length < sizeof engines; k++)
        length += (size_t)snprintf(engines + length, sizeof engines - length, "%s%s",
                                   k > 0 ? " " : "", h->engines[k]);
    char created[32] = "";
    time_t now = time(NULL);
    struct tm utc;
    if (gmtime_r(&now, &utc))
        strftime(created, sizeof created, "%Y-%m-%dT%H:%M:%SZ", &utc);

    const struct {
        const char *name, *text;
    } attributes[] = {
        {"title", h->title ? h->title : ""},
        {"source", "xbar"},
        {"xbar_version", xbar_version},
        {"created", created},
        {"digest", h->digest},
        {"engines", engines},
    };
    for (size_t k = 0; k < sizeof attributes / sizeof attributes[0]; k++) {
        if (xbar_hdf_attribute_text(file, attributes[k].name, attributes[k].text) < 0)
            return -1;
    }
    const struct {
        const char *name;
        double value;
    } numbers[] = {{"row_ohm", h->row_ohm}, {"col_ohm", h->col_ohm}};
    for (size_t k = 0; k < sizeof numbers / sizeof numbers[0]; k++) {
        if (write_numbers(file, numbers[k].name, H5T_IEEE_F64LE, H5T_NATIVE_DOUBLE, 1,
                          &numbers[k].value) < 0)
            return -1;
    }
    return 0;
}

static herr_t write_groups(hid_t file, const xbar_store_header *h)
{
    for (size_t k = 0; k < h->n_engines; k++) {
        hid_t group = xbar_hdf_group_new(file, h->engines[k]);
        if (group < 0)
            return -1;
        H5Gclose(group);
    }
    return 0;
}

static herr_t write_provenance(hid_t file, const xbar_store_header *h)
{
    herr_t result = 0;
    hid_t group = xbar_hdf_group_new(file, "provenance");
    if (group < 0)
        return -1;
    for (size_t k = 0; k < h->n_provenance && result >= 0; k++)
        result =
            xbar_hdf_dataset_text(group, h->provenance[k].name,
                                  h->provenance[k].long_name, h->provenance[k].text);
    H5Gclose(group);
    return result;
}

xbar_status xbar_layout_write(hid_t file, const xbar_store_header *h, xbar_error *err)
{
    if (write_root(file, h) < 0)
        return xbar_fail(err, XBAR_ERR_MACHINE, "HDF5: %s", xbar_hdf_reason());
    if (write_dimensions(file, h) < 0)
        return xbar_fail(err, XBAR_ERR_MACHINE, "HDF5: dimensions: %s",
                         xbar_hdf_reason());
    if (write_groups(file, h) < 0)
        return xbar_fail(err, XBAR_ERR_MACHINE, "HDF5: %s", xbar_hdf_reason());
    for (xbar_entry e = {0}; xbar_entry_next(&e, h);) {
        if (write_variable(file, &e, h) < 0)
            return xbar_fail(err, XBAR_ERR_MACHINE, "HDF5: /%s: %s", e.path,
                             xbar_hdf_reason());
    }
    if (write_provenance(file, h) < 0)
        return xbar_fail(err, XBAR_ERR_MACHINE, "HDF5: /provenance: %s",
                         xbar_hdf_reason());
    return XBAR_OK;
}
