/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "store/calibration.h"

#include <errno.h>
#include <fcntl.h>
#include <hdf5.h>
#include <hdf5_hl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/memory.h"
#include "core/version.h"
#include "store/disk.h"
#include "store/hdf.h"

static herr_t attach_scales(hid_t group, hid_t dataset, const xbar_calibration_file *f,
                            const xbar_calibration_variable *v)
{
    for (unsigned k = 0; k < v->n_axes; k++) {
        hid_t scale = H5Dopen2(group, f->dimensions[v->axes[k]].name, H5P_DEFAULT);
        herr_t result = scale < 0 ? -1 : H5DSattach_scale(dataset, scale, k);
        H5Dclose(scale);
        if (result < 0)
            return -1;
    }
    return 0;
}

static herr_t write_variable(hid_t group, const xbar_calibration_file *f,
                             const xbar_calibration_variable *v)
{
    hsize_t dims[XBAR_MAX_CALIBRATION_AXES];
    for (size_t k = 0; k < v->n_axes; k++)
        dims[k] = f->dimensions[v->axes[k]].size;
    herr_t result = -1;
    hid_t dcpl = xbar_hdf_dataset_list();
    hid_t space = v->n_axes > 0 ? H5Screate_simple((int)v->n_axes, dims, NULL)
                                : H5Screate(H5S_SCALAR);
    hid_t text = v->texts ? xbar_hdf_text_type() : -1;
    hid_t dataset = -1;
    if (dcpl >= 0 && space >= 0)
        dataset = H5Dcreate2(group, v->name, v->texts ? text : H5T_IEEE_F64LE, space,
                             H5P_DEFAULT, dcpl, H5P_DEFAULT);
    if (dataset >= 0 && xbar_hdf_attribute_text(dataset, "units", v->units) >= 0 &&
        xbar_hdf_attribute_text(dataset, "long_name", v->long_name) >= 0 &&
        H5Dwrite(dataset, v->texts ? text : H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL,
                 H5P_DEFAULT, v->texts ? (const void *)v->texts : v->values) >= 0)
        result = attach_scales(group, dataset, f, v);
    H5Dclose(dataset);
    if (text >= 0)
        H5Tclose(text);
    H5Sclose(space);
    H5Pclose(dcpl);
    return result;
}

static herr_t write_group(hid_t group, const xbar_calibration_file *f)
{
    for (size_t k = 0; k < f->n_dimensions; k++)
        if (xbar_hdf_dimension(group, f->dimensions[k].name, f->dimensions[k].size) < 0)
            return -1;
    for (size_t k = 0; k < f->n_variables; k++)
        if (write_variable(group, f, &f->variables[k]) < 0)
            return -1;
    for (size_t k = 0; k < f->n_notes; k++)
        if (xbar_hdf_dataset_text(group, f->notes[k].name, f->notes[k].long_name,
                                  f->notes[k].text) < 0)
            return -1;
    return 0;
}

static herr_t write_file(hid_t file, const xbar_calibration_file *f)
{
    herr_t result = -1;
    if (xbar_hdf_attribute_text(file, "source", "xbar") < 0 ||
        xbar_hdf_attribute_text(file, "xbar_version", xbar_version) < 0 ||
        xbar_hdf_attribute_text(file, "xbar_commit", xbar_commit) < 0)
        return -1;
    hid_t outer = xbar_hdf_group_new(file, "calibration");
    hid_t group = outer >= 0 ? xbar_hdf_group_new(outer, f->name) : -1;
    if (group >= 0)
        result = write_group(group, f);
    H5Gclose(group);
    H5Gclose(outer);
    return result;
}

static xbar_status fail(const char *path, const char *why, xbar_error *err)
{
    return xbar_fail(err, XBAR_ERR_MACHINE, "%s: %s", path, why);
}

/* All of it into an open descriptor, synced. */
static xbar_status fill(int fd, const char *path, const xbar_calibration_file *f,
                        xbar_error *err)
{
    xbar_disk disk = {.fd = fd};
    hid_t file = xbar_disk_create(&disk);
    if (file < 0)
        return fail(path, xbar_hdf_reason(), err);
    herr_t result = write_file(file, f);
    char why[160];
    snprintf(why, sizeof why, "%s", xbar_hdf_reason());
    if (H5Fclose(file) < 0 && result >= 0)
        result = -1;
    if (disk.failure != 0)
        return fail(path, strerror(disk.failure), err);
    if (result < 0)
        return fail(path, why, err);
    return fsync(fd) == 0 ? XBAR_OK : fail(path, strerror(errno), err);
}

xbar_status xbar_calibration_write(const char *path, const xbar_calibration_file *f,
                                   xbar_error *err)
{
    static const char ending[] = ".tmp";
    void *memory = NULL;
    xbar_hdf_begin();
    XBAR_TRY(xbar_array_new(&memory, strlen(path) + sizeof ending, 1, "name", err));
    char *temporary = memory;
    snprintf(temporary, strlen(path) + sizeof ending, "%s%s", path, ending);
    int fd = open(temporary, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    xbar_status status =
        fd < 0 ? fail(path, strerror(errno), err) : fill(fd, path, f, err);
    if (fd >= 0)
        close(fd);
    if (status == XBAR_OK && rename(temporary, path) != 0)
        status = fail(path, strerror(errno), err);
    if (status != XBAR_OK && fd >= 0)
        unlink(temporary);
    free(temporary);
    return status;
}
