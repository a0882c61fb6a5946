/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "store/join.h"

#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/memory.h"
#include "store/disk.h"
#include "store/hdf.h"
#include "store/layout.h"
#include "store/part_file.h"
#include "store/variable.h"

/* Numbers are carried over in boxes of at most so many; also the largest chunk. */
static const hsize_t max_box = ((hsize_t)4 << 20) / sizeof(double);

/* The most bytes of a packed chunk: its sum of check is one number more. */
static const hsize_t max_packed = ((hsize_t)4 << 20) + sizeof(double);

typedef struct join {
    const xbar_store_header *header;
    hid_t file;
    /* Data sets stay open to the end, in the order of entries: closing one would write
     * its half-full chunks, to be read again for the next block. */
    hid_t datasets[XBAR_MAX_ENTRIES];
    double *buffer;       /* [max_box + 1] */
    unsigned char *known; /* [n_samples]: its cells are written */
} join;

/* A box that walks through a data set, in steps of at most max_box numbers: one index of
 * the leading axes, a stretch of the next, all of the rest. */
typedef struct box {
    int rank;
    const hsize_t *dims;
    int split; /* the axis with the stretch */
    hsize_t step;
    hsize_t start[XBAR_MAX_AXES], count[XBAR_MAX_AXES];
} box;

static box box_first(const hsize_t *dims, int rank)
{
    box b = {.rank = rank, .dims = dims};
    hsize_t inner = 1;
    b.split = rank - 1;
    while (b.split > 0 && inner * dims[b.split] <= max_box)
        inner *= dims[b.split--];
    b.step = max_box / inner;
    for (int k = 0; k < rank; k++)
        b.count[k] = k < b.split ? 1 : dims[k];
    if (b.count[b.split] > b.step)
        b.count[b.split] = b.step;
    return b;
}

static bool box_next(box *b)
{
    hsize_t left = b->dims[b->split] - b->start[b->split] - b->count[b->split];
    if (left > 0) {
        b->start[b->split] += b->count[b->split];
        b->count[b->split] = left < b->step ? left : b->step;
        return true;
    }
    b->start[b->split] = 0;
    b->count[b->split] = b->dims[b->split] < b->step ? b->dims[b->split] : b->step;
    for (int k = b->split; k-- > 0;) {
        if (++b->start[k] < b->dims[k])
            return true;
        b->start[k] = 0;
    }
    return false;
}

static hsize_t box_size(const box *b)
{
    hsize_t size = 1;
    for (int k = 0; k < b->rank; k++)
        size *= b->count[k];
    return size;
}

static herr_t copy_box(const join *j, const box *b, hid_t type, hid_t from,
                       hid_t from_space, hid_t to, hid_t to_space,
                       const hsize_t shift[XBAR_MAX_AXES])
{
    hsize_t start[XBAR_MAX_AXES], size = box_size(b);
    for (int k = 0; k < b->rank; k++)
        start[k] = b->start[k] + shift[k];
    herr_t result = -1;
    hid_t memory = H5Screate_simple(1, &size, NULL);
    if (memory >= 0 &&
        H5Sselect_hyperslab(from_space, H5S_SELECT_SET, b->start, NULL, b->count,
                            NULL) >= 0 &&
        H5Sselect_hyperslab(to_space, H5S_SELECT_SET, start, NULL, b->count, NULL) >=
            0 &&
        H5Dread(from, type, memory, from_space, H5P_DEFAULT, j->buffer) >= 0)
        result = H5Dwrite(to, type, memory, to_space, H5P_DEFAULT, j->buffer);
    H5Sclose(memory);
    return result;
}

/* Chunks that are the result's own go over as they are, packed. */
static herr_t copy_chunks(const join *j, const xbar_variable *v,
                          const hsize_t dims[XBAR_MAX_AXES], hid_t from, hid_t to,
                          const hsize_t shift[XBAR_MAX_AXES])
{
    hsize_t chunk[XBAR_MAX_AXES], at[XBAR_MAX_AXES] = {0}, there[XBAR_MAX_AXES];
    xbar_layout_chunk(chunk, v, dims);
    for (;;) {
        hsize_t size = 0;
        uint32_t not_applied = 0; /* of the steps of packing */
        for (int k = 0; k < v->n_axes; k++)
            there[k] = at[k] + shift[k];
        if (H5Dget_chunk_storage_size(from, at, &size) < 0 || size > max_packed)
            return -1;
        if (size > 0 &&
            (H5Dread_chunk(from, H5P_DEFAULT, at, &not_applied, j->buffer) < 0 ||
             H5Dwrite_chunk(to, H5P_DEFAULT, not_applied, there, (size_t)size,
                            j->buffer) < 0))
            return -1;
        int k = v->n_axes - 1;
        while (k >= 0 && (at[k] += chunk[k]) >= dims[k])
            at[k--] = 0;
        if (k < 0)
            return 0;
    }
}

static herr_t copy_boxes(const join *j, const xbar_variable *v,
                         const hsize_t dims[XBAR_MAX_AXES], hid_t from, hid_t to,
                         const hsize_t shift[XBAR_MAX_AXES])
{
    hid_t from_space = H5Dget_space(from);
    hid_t to_space = H5Dget_space(to);
    herr_t result = -1;
    box b = box_first(dims, v->n_axes);
    do {
        result = copy_box(j, &b, xbar_variable_memory_type(v), from, from_space, to,
                          to_space, shift);
    } while (result >= 0 && box_next(&b));
    H5Sclose(to_space);
    H5Sclose(from_space);
    return result;
}

static herr_t copy_entry(const join *j, const xbar_entry *e, hid_t part, hid_t to,
                         const xbar_block *block)
{
    const xbar_variable *v = &e->variable;
    xbar_extent extent = xbar_extent_of_block(j->header, block);
    hsize_t dims[XBAR_MAX_AXES];
    xbar_variable_dims(dims, v, &extent);
    const hsize_t shift[XBAR_MAX_AXES] = {
        block->sample, xbar_variable_unit_axes(v) > 1 ? block->input : 0};

    hid_t from = H5Dopen2(part, e->path, H5P_DEFAULT);
    const herr_t result = xbar_layout_is_packed(v, dims)
                              ? copy_chunks(j, v, dims, from, to, shift)
                              : copy_boxes(j, v, dims, from, to, shift);
    H5Dclose(from);
    return result;
}

static herr_t copy_part(join *j, hid_t part, const xbar_block *block,
                        const xbar_disk *disk)
{
    size_t k = 0;
    bool cells_known = j->known[block->sample] != 0;
    for (xbar_entry e = {0}; xbar_entry_next(&e, j->header); k++) {
        /* what a sample has once: cells with any of its parts, an engine's with one */
        bool of_sample = xbar_variable_unit_axes(&e.variable) == 1;
        bool of_engine = !xbar_variable_is_of_root(&e.variable);
        if (of_sample && (of_engine ? block->input > 0 : cells_known))
            continue;
        if (copy_entry(j, &e, part, j->datasets[k], block) < 0 || disk->failure != 0)
            return -1;
    }
    memset(j->known + block->sample, 1, block->n_samples);
    return 0;
}

static herr_t copy_block(join *j, const xbar_folder *folder, const xbar_block *block,
                         const xbar_disk *disk)
{
    char name[XBAR_PART_NAME_SIZE];
    xbar_part_name(name, j->header->digest, block);
    xbar_disk part_disk = {
        .fd =
            openat(folder->here, name, O_RDONLY | O_NONBLOCK | O_NOFOLLOW | O_CLOEXEC)};
    if (part_disk.fd < 0)
        return 0;
    herr_t result = 0;
    hid_t part = xbar_part_file_open(&part_disk, j->header, block);
    if (part >= 0) {
        result = copy_part(j, part, block, disk);
        H5Fclose(part);
    }
    close(part_disk.fd);
    return result;
}

static herr_t open_datasets(join *j)
{
    size_t k = 0;
    for (xbar_entry e = {0}; xbar_entry_next(&e, j->header); k++) {
        j->datasets[k] = H5Dopen2(j->file, e.path, H5P_DEFAULT);
        if (j->datasets[k] < 0)
            return -1;
    }
    return 0;
}

static herr_t close_datasets(join *j)
{
    herr_t result = 0;
    for (size_t k = 0; k < XBAR_MAX_ENTRIES; k++) {
        if (j->datasets[k] > 0 && H5Dclose(j->datasets[k]) < 0)
            result = -1;
        j->datasets[k] = 0;
    }
    return result;
}

xbar_status xbar_join_write(int fd, const xbar_folder *folder,
                            const xbar_store_header *h, const xbar_block *blocks,
                            size_t n, xbar_error *err)
{
    join j = {.header = h, .file = -1};
    xbar_disk disk = {.fd = fd};
    void *known = NULL;
    herr_t result = -1;
    xbar_status status =
        xbar_doubles_new(&j.buffer, max_box + 1, "numbers to join", err);
    if (status == XBAR_OK)
        status = xbar_array_new(&known, h->n_samples, 1, "samples to join", err);
    if (status != XBAR_OK)
        goto done;
    j.known = known;

    j.file = xbar_disk_create(&disk);
    if (j.file < 0)
        status = xbar_fail(err, XBAR_ERR_MACHINE, "HDF5: %s", xbar_hdf_reason());
    else
        status = xbar_layout_write(j.file, h, err);
    if (status != XBAR_OK)
        goto done;
    result = open_datasets(&j);
    for (size_t k = 0; k < n && result >= 0; k++)
        result = copy_block(&j, folder, &blocks[k], &disk);
done:
    if (close_datasets(&j) < 0)
        result = -1;
    if (j.file >= 0 && H5Fclose(j.file) < 0)
        result = -1;
    free(known);
    free(j.buffer);
    if (disk.failure != 0)
        return xbar_fail(err, XBAR_ERR_MACHINE, "%s", strerror(disk.failure));
    if (status == XBAR_OK && result < 0)
        return xbar_fail(err, XBAR_ERR_MACHINE, "HDF5: %s", xbar_hdf_reason());
    return status;
}
