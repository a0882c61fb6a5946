/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "store/part_file.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "core/memory.h"
#include "store/hdf.h"
#include "store/layout.h"
#include "store/seal.h"
#include "store/variable.h"

enum { BLOCK_SIZE = 4 };

static void block_numbers(uint64_t numbers[BLOCK_SIZE], const xbar_block *b)
{
    numbers[0] = b->sample;
    numbers[1] = b->n_samples;
    numbers[2] = b->input;
    numbers[3] = b->n_inputs;
}

static herr_t write_attributes(hid_t file, const xbar_store_header *h,
                               const xbar_block *b)
{
    uint64_t numbers[BLOCK_SIZE];
    block_numbers(numbers, b);
    const hsize_t n = BLOCK_SIZE;
    herr_t result = -1;
    hid_t space = H5Screate_simple(1, &n, NULL);
    hid_t attribute = -1;
    if (space >= 0)
        attribute =
            H5Acreate2(file, "block", H5T_STD_U64LE, space, H5P_DEFAULT, H5P_DEFAULT);
    if (attribute >= 0)
        result = H5Awrite(attribute, H5T_NATIVE_UINT64, numbers);
    H5Aclose(attribute);
    H5Sclose(space);
    return result < 0 ? result : xbar_hdf_attribute_text(file, "digest", h->digest);
}

/* Unit by unit: each lies in one piece in the file, and in memory wherever it likes. */
static herr_t write_units(hid_t dataset, hid_t space, const xbar_entry *e,
                          const hsize_t dims[XBAR_MAX_AXES], const xbar_part *p)
{
    const xbar_variable *v = &e->variable;
    size_t lead = xbar_variable_unit_axes(v);
    hsize_t start[XBAR_MAX_AXES] = {0}, count[XBAR_MAX_AXES] = {1, 1, 1, 1, 1};
    hsize_t unit_size = 1, n_inputs = lead > 1 ? dims[1] : 1;
    for (size_t k = lead; k < v->n_axes; k++)
        unit_size *= count[k] = dims[k];

    herr_t result = -1;
    hid_t memory = H5Screate_simple(1, &unit_size, NULL);
    for (hsize_t k = 0; k < dims[0] * n_inputs; k++) {
        start[0] = k / n_inputs;
        if (lead > 1)
            start[1] = k % n_inputs;
        result = H5Sselect_hyperslab(space, H5S_SELECT_SET, start, NULL, count, NULL);
        if (result >= 0)
            result = H5Dwrite(dataset, xbar_variable_memory_type(v), memory, space,
                              H5P_DEFAULT, xbar_entry_unit(e, p, k, unit_size));
        if (result < 0)
            break;
    }
    H5Sclose(memory);
    return result;
}

static herr_t write_variable(hid_t file, const xbar_entry *e,
                             const xbar_store_header *h, const xbar_part *p)
{
    const xbar_variable *v = &e->variable;
    xbar_extent extent = xbar_extent_of_block(h, &p->block);
    hsize_t dims[XBAR_MAX_AXES];
    xbar_variable_dims(dims, v, &extent);
    herr_t result = -1;
    hid_t list = xbar_layout_is_packed(v, dims) ? xbar_layout_list(v, dims)
                                                : xbar_hdf_dataset_list();
    hid_t space = H5Screate_simple(v->n_axes, dims, NULL);
    hid_t dataset = -1;
    if (space >= 0 && list >= 0)
        dataset = H5Dcreate2(file, e->path, xbar_variable_file_type(v), space,
                             H5P_DEFAULT, list, H5P_DEFAULT);
    if (dataset >= 0)
        result = write_units(dataset, space, e, dims, p);
    H5Dclose(dataset);
    H5Sclose(space);
    H5Pclose(list);
    return result;
}

static herr_t write_all(hid_t file, const xbar_store_header *h, const xbar_part *p,
                        const xbar_disk *d)
{
    if (write_attributes(file, h, &p->block) < 0)
        return -1;
    for (size_t k = 0; k < h->n_engines; k++) {
        hid_t group =
            H5Gcreate2(file, h->engines[k], H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
        if (group < 0)
            return -1;
        H5Gclose(group);
    }
    for (xbar_entry e = {0}; xbar_entry_next(&e, h);) {
        if (write_variable(file, &e, h, p) < 0 || d->failure != 0)
            return -1;
    }
    return 0;
}

xbar_status xbar_part_file_write(int fd, const xbar_store_header *h, const xbar_part *p,
                                 xbar_error *err)
{
    xbar_disk disk = {.fd = fd};
    hid_t file = xbar_disk_create(&disk);
    herr_t result = file < 0 ? -1 : write_all(file, h, p, &disk);
    if (H5Fclose(file) < 0)
        result = -1;
    if (disk.failure == 0 && result >= 0)
        disk.failure = xbar_seal_append(fd);
    if (disk.failure != 0)
        return xbar_fail(err, XBAR_ERR_MACHINE, "%s", strerror(disk.failure));
    if (result < 0)
        return xbar_fail(err, XBAR_ERR_MACHINE, "HDF5: %s", xbar_hdf_reason());
    return XBAR_OK;
}

static bool digest_matches(hid_t file, const xbar_store_header *h)
{
    char *digest = NULL;
    bool matches = xbar_hdf_read_attribute_text(&digest, file, "digest") == XBAR_OK &&
                   strcmp(digest, h->digest) == 0;
    free(digest);
    return matches;
}

static bool block_matches(hid_t file, const xbar_block *b)
{
    uint64_t want[BLOCK_SIZE], have[BLOCK_SIZE] = {0};
    block_numbers(want, b);
    if (H5Aexists(file, "block") <= 0)
        return false;
    bool matches = false;
    hid_t attribute = H5Aopen(file, "block", H5P_DEFAULT);
    hid_t space = H5Aget_space(attribute);
    if (space >= 0 && H5Sget_simple_extent_npoints(space) == BLOCK_SIZE &&
        H5Aread(attribute, H5T_NATIVE_UINT64, have) >= 0)
        matches = memcmp(want, have, sizeof want) == 0;
    H5Sclose(space);
    H5Aclose(attribute);
    return matches;
}

/* Are planes in the chunks of the result file? */
static bool chunks_match(hid_t dataset, const xbar_variable *v,
                         const hsize_t dims[XBAR_MAX_AXES])
{
    hsize_t want[XBAR_MAX_AXES], have[XBAR_MAX_AXES];
    if (!xbar_layout_is_packed(v, dims))
        return true;
    xbar_layout_chunk(want, v, dims);
    hid_t list = H5Dget_create_plist(dataset);
    bool match = H5Pget_layout(list) == H5D_CHUNKED &&
                 H5Pget_chunk(list, XBAR_MAX_AXES, have) == v->n_axes &&
                 memcmp(want, have, v->n_axes * sizeof want[0]) == 0;
    H5Pclose(list);
    return match;
}

static bool variable_matches(hid_t file, const xbar_entry *e, const xbar_extent *extent)
{
    const xbar_variable *v = &e->variable;
    hsize_t want[XBAR_MAX_AXES], have[XBAR_MAX_AXES];
    xbar_variable_dims(want, v, extent);
    hid_t dataset = H5Dopen2(file, e->path, H5P_DEFAULT);
    if (dataset < 0)
        return false;
    hid_t type = H5Dget_type(dataset);
    hid_t space = H5Dget_space(dataset);
    bool matches = H5Tequal(type, xbar_variable_file_type(v)) > 0 &&
                   H5Sget_simple_extent_ndims(space) == v->n_axes &&
                   H5Sget_simple_extent_dims(space, have, NULL) >= 0 &&
                   memcmp(want, have, v->n_axes * sizeof want[0]) == 0 &&
                   chunks_match(dataset, v, want);
    H5Sclose(space);
    H5Tclose(type);
    H5Dclose(dataset);
    return matches;
}

hid_t xbar_part_file_open(xbar_disk *d, const xbar_store_header *h,
                          const xbar_block *block)
{
    if (!xbar_seal_holds(d->fd))
        return -1;
    hid_t file = xbar_disk_open(d);
    if (file < 0)
        return -1;
    xbar_extent extent = xbar_extent_of_block(h, block);
    bool matches = digest_matches(file, h) && block_matches(file, block);
    for (xbar_entry e = {0}; matches && xbar_entry_next(&e, h);)
        matches = variable_matches(file, &e, &extent);
    if (matches)
        return file;
    H5Fclose(file);
    return -1;
}

static bool status_is_done(hid_t file, const char *path)
{
    bool done = false;
    void *memory = NULL;
    hid_t dataset = H5Dopen2(file, path, H5P_DEFAULT);
    hid_t space = H5Dget_space(dataset);
    hssize_t n = H5Sget_simple_extent_npoints(space);
    if (n < 0 || xbar_array_new(&memory, (size_t)n, 1, "status", NULL) != XBAR_OK)
        goto done;
    unsigned char *status = memory;
    if (H5Dread(dataset, H5T_NATIVE_UCHAR, H5S_ALL, H5S_ALL, H5P_DEFAULT, status) < 0)
        goto done;
    done = true;
    for (hssize_t k = 0; k < n; k++)
        done = done && (status[k] == XBAR_DONE || status[k] == XBAR_OUTSIDE);
done:
    free(memory);
    H5Sclose(space);
    H5Dclose(dataset);
    return done;
}

bool xbar_part_file_is_done(hid_t file, const xbar_store_header *h)
{
    bool done = true;
    for (xbar_entry e = {0}; done && xbar_entry_next(&e, h);) {
        if (e.variable.place == XBAR_PLACE_OUTCOME)
            done = status_is_done(file, e.path);
    }
    return done;
}
