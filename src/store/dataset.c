/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "store/dataset.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/memory.h"
#include "store/hdf.h"
#include "store/reader.h"
#include "store/trial.h"

/* What is read whole: 4 GiB. Results are read a sample at a time and may be larger. */
static const size_t max_values = (size_t)1 << 29;

/* HDF5 holds a whole chunk in memory to unpack it. */
static const hsize_t max_chunk = (hsize_t)1 << 30;

/* Deflate packs at best 1032 bytes into one. A file may leave chunks out, which then
 * read as the fill value; one that does so for nearly all of a large data set is after
 * our memory. */
static const hsize_t max_packing = 4096;
static const hsize_t harmless = (hsize_t)16 << 20;

xbar_status xbar_input_file_open(xbar_input_file *f, const char *path, xbar_error *err)
{
    struct stat facts;
    *f = (xbar_input_file){.path = path, .disk = {.fd = -1}, .file = -1};
    /* Opening a pipe would wait for its writer. */
    f->disk.fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    if (f->disk.fd < 0)
        return xbar_fail(err, XBAR_ERR_INPUT, "%s: %s", path, strerror(errno));
    xbar_status status = XBAR_OK;
    if (fstat(f->disk.fd, &facts) != 0 || !S_ISREG(facts.st_mode))
        status = xbar_fail(err, XBAR_ERR_INPUT, "%s: not a regular file", path);
    else if ((f->file = xbar_disk_open(&f->disk)) < 0)
        status = xbar_fail(err, XBAR_ERR_INPUT, "%s: not a readable HDF5 file: %s",
                           path, xbar_hdf_reason());
    if (status != XBAR_OK)
        xbar_input_file_close(f);
    return status;
}

void xbar_input_file_close(xbar_input_file *f)
{
    if (f->file >= 0)
        H5Fclose(f->file);
    if (f->disk.fd >= 0)
        close(f->disk.fd);
    f->file = f->disk.fd = -1;
}

/* Called before HDF5 opens the file behind an external link: never. */
static herr_t refuse_link(const char *parent_file, const char *parent_group,
                          const char *file, const char *object, unsigned *flags,
                          hid_t fapl, void *with)
{
    (void)parent_file, (void)parent_group, (void)file, (void)object;
    (void)flags, (void)fapl, (void)with;
    return -1;
}

hid_t xbar_dataset_open_inside(hid_t place, const char *name)
{
    hid_t id = -1;
    hid_t dapl = H5Pcreate(H5P_DATASET_ACCESS);
    if (dapl >= 0 && H5Pset_elink_cb(dapl, refuse_link, NULL) >= 0)
        id = H5Dopen2(place, name, dapl);
    H5Pclose(dapl);
    return id;
}

hid_t xbar_group_open_inside(hid_t place, const char *name)
{
    hid_t id = -1;
    hid_t gapl = H5Pcreate(H5P_GROUP_ACCESS);
    if (gapl >= 0 && H5Pset_elink_cb(gapl, refuse_link, NULL) >= 0)
        id = H5Gopen2(place, name, gapl);
    H5Pclose(gapl);
    return id;
}

static const char *wrong_type(hid_t id)
{
    hid_t type = H5Dget_type(id);
    H5T_class_t class = H5Tget_class(type);
    size_t size = H5Tget_size(type);
    H5Tclose(type);
    if (class != H5T_FLOAT && class != H5T_INTEGER)
        return "it holds no plain numbers";
    return size == 0 || size > 16 ? "its numbers have an odd size" : NULL;
}

static const char *wrong_shape(xbar_dataset *d)
{
    if (H5Sget_simple_extent_type(d->space) != H5S_SIMPLE)
        return "it is no array";
    int rank = H5Sget_simple_extent_ndims(d->space);
    if (rank < 1 || rank > XBAR_MAX_RANK)
        return "it has no axes, or too many";
    d->rank = (size_t)rank;
    if (H5Sget_simple_extent_dims(d->space, d->dims, NULL) < 0)
        return "its shape is unreadable";
    hsize_t size = 1;
    for (size_t k = 0; k < d->rank; k++) {
        if (d->dims[k] == 0)
            return "it is empty";
        if (d->dims[k] > (hsize_t)PTRDIFF_MAX / sizeof(double) / size)
            return "it claims more numbers than there can be";
        size *= d->dims[k];
    }
    d->size = (size_t)size;
    return NULL;
}

static const char *wrong_chunk(hid_t dcpl, hsize_t number_size)
{
    hsize_t chunk[XBAR_MAX_RANK], size = number_size;
    int rank = H5Pget_chunk(dcpl, XBAR_MAX_RANK, chunk);
    if (rank < 0 || rank > XBAR_MAX_RANK)
        return "its chunks are unreadable";
    for (int k = 0; k < rank; k++) {
        if (chunk[k] == 0 || chunk[k] > max_chunk / size)
            return "its chunks are larger than 1 GiB";
        size *= chunk[k];
    }
    return NULL;
}

static const char *wrong_storage(const xbar_dataset *d)
{
    const char *wrong = NULL;
    hid_t dcpl = H5Dget_create_plist(d->id);
    hid_t type = H5Dget_type(d->id);
    H5D_layout_t layout = H5Pget_layout(dcpl);
    if (layout == H5D_VIRTUAL || H5Pget_external_count(dcpl) > 0)
        wrong = "its numbers are in other files";
    else if (layout < 0)
        wrong = "its layout is unreadable";
    else if (layout == H5D_CHUNKED)
        wrong = wrong_chunk(dcpl, H5Tget_size(type));
    hsize_t claimed = (hsize_t)d->size * sizeof(double);
    if (!wrong && claimed > harmless &&
        H5Dget_storage_size(d->id) < claimed / max_packing)
        wrong = "it claims far more numbers than it stores";
    H5Tclose(type);
    H5Pclose(dcpl);
    return wrong;
}

xbar_status xbar_dataset_open(xbar_dataset *d, const xbar_input_file *f,
                              const char *name, xbar_error *err)
{
    *d = (xbar_dataset){.id = -1, .space = -1};
    d->id = xbar_dataset_open_inside(f->file, name);
    if (d->id < 0)
        return xbar_fail(err, XBAR_ERR_INPUT, "%s: data set '%s': %s", f->path, name,
                         xbar_hdf_reason());
    d->space = H5Dget_space(d->id);
    const char *wrong = wrong_type(d->id);
    if (!wrong)
        wrong = wrong_shape(d);
    if (!wrong)
        wrong = wrong_storage(d);
    if (!wrong)
        return XBAR_OK;
    xbar_dataset_close(d);
    return xbar_fail(err, XBAR_ERR_INPUT, "%s: data set '%s': %s", f->path, name,
                     wrong);
}

void xbar_dataset_close(xbar_dataset *d)
{
    if (d->space >= 0)
        H5Sclose(d->space);
    if (d->id >= 0)
        H5Dclose(d->id);
    d->space = d->id = -1;
}

/* One call of xbar_dataset_read. */
typedef struct request {
    const char *path, *dataset;
    double *values;
    size_t rank, dims[3];
} request;

static xbar_status read_request(request *q, xbar_error *err)
{
    xbar_input_file f;
    xbar_dataset d = {.id = -1, .space = -1};
    XBAR_TRY(xbar_input_file_open(&f, q->path, err));
    xbar_status status = xbar_dataset_open(&d, &f, q->dataset, err);
    if (status != XBAR_OK)
        goto done;
    if (d.rank > 3) {
        status = xbar_fail(err, XBAR_ERR_INPUT,
                           "%s: data set '%s': it has %zu axes; want 1 to 3", q->path,
                           q->dataset, d.rank);
        goto done;
    }
    if (d.size > max_values) {
        status =
            xbar_fail(err, XBAR_ERR_INPUT,
                      "%s: data set '%s': it claims more than 2^29 numbers (4 GiB)",
                      q->path, q->dataset);
        goto done;
    }
    status = xbar_doubles_new(&q->values, d.size, q->dataset, err);
    if (status != XBAR_OK)
        goto done;
    if (H5Dread(d.id, H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT, q->values) <
        0) {
        status = xbar_fail(err, XBAR_ERR_INPUT, "%s: data set '%s': %s", q->path,
                           q->dataset, xbar_hdf_reason());
        goto done;
    }
    q->rank = d.rank;
    for (size_t k = 0; k < 3; k++)
        q->dims[k] = k < d.rank ? (size_t)d.dims[k] : 1;
done:
    xbar_dataset_close(&d);
    xbar_input_file_close(&f);
    return status;
}

static void try_request(void *with)
{
    (void)read_request(with, NULL);
}

xbar_status xbar_dataset_read(double **values, size_t *n_dims, size_t dims[3],
                              const char *path, const char *dataset, xbar_error *err)
{
    *values = NULL;
    request q = {.path = path, .dataset = dataset};
    xbar_hdf_begin();
    XBAR_TRY(xbar_trial(try_request, &q, path, err));
    xbar_status status = read_request(&q, err);
    if (status != XBAR_OK) {
        free(q.values);
        return status;
    }
    *n_dims = q.rank;
    memcpy(dims, q.dims, sizeof q.dims);
    *values = q.values;
    return XBAR_OK;
}
