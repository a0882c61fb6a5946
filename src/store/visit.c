/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <hdf5_hl.h>

#include "store/hdf.h"
#include "store/reader_file.h"

enum { NAME_SIZE = 64 };

typedef struct walk {
    void (*visit)(const xbar_variable_info *v, void *with);
    void *with;
} walk;

/* The last component of the scale's path: "input". */
static herr_t keep_name(hid_t dataset, unsigned axis, hid_t scale, void *with)
{
    (void)dataset, (void)axis;
    char *name = with;
    char path[NAME_SIZE];
    ssize_t length = H5Iget_name(scale, path, sizeof path);
    if (length < 1 || length >= NAME_SIZE)
        return -1;
    const char *slash = strrchr(path, '/');
    snprintf(name, NAME_SIZE, "%s", slash ? slash + 1 : path);
    return 1; /* that is enough */
}

/* Without this, the library's own reader of scales trusts the attribute blindly. */
static bool has_scales(hid_t dataset, int rank)
{
    if (rank < 1 || H5Aexists(dataset, "DIMENSION_LIST") <= 0)
        return false;
    hid_t attribute = H5Aopen(dataset, "DIMENSION_LIST", H5P_DEFAULT);
    hid_t type = H5Aget_type(attribute);
    hid_t base = H5Tget_class(type) == H5T_VLEN ? H5Tget_super(type) : -1;
    hid_t space = H5Aget_space(attribute);
    bool valid = base >= 0 && H5Tequal(base, H5T_STD_REF_OBJ) > 0 &&
                 H5Sget_simple_extent_npoints(space) == rank;
    H5Sclose(space);
    if (base >= 0)
        H5Tclose(base);
    H5Tclose(type);
    H5Aclose(attribute);
    return valid;
}

static bool fill_axes(xbar_variable_info *v, char names[XBAR_MAX_RANK][NAME_SIZE],
                      hid_t dataset)
{
    hsize_t dims[XBAR_MAX_RANK] = {0};
    hid_t space = H5Dget_space(dataset);
    int rank = H5Sget_simple_extent_ndims(space);
    if (rank >= 1 && rank <= XBAR_MAX_RANK)
        H5Sget_simple_extent_dims(space, dims, NULL);
    H5Sclose(space);
    if (rank > XBAR_MAX_RANK || !has_scales(dataset, rank))
        return false;
    v->n_dims = (size_t)rank;
    for (unsigned k = 0; k < v->n_dims; k++) {
        v->dims[k] = (size_t)dims[k];
        v->axes[k] = names[k];
        if (H5DSiterate_scales(dataset, k, NULL, keep_name, names[k]) <= 0)
            return false;
    }
    return true;
}

static void visit_dataset(const walk *w, hid_t dataset, const char *path)
{
    char names[XBAR_MAX_RANK][NAME_SIZE] = {{0}};
    char *units = NULL, *long_name = NULL;
    xbar_variable_info v = {.path = path};
    if (fill_axes(&v, names, dataset)) {
        (void)xbar_hdf_read_attribute_text(&units, dataset, "units");
        (void)xbar_hdf_read_attribute_text(&long_name, dataset, "long_name");
        v.units = units ? units : "";
        v.long_name = long_name ? long_name : "";
        w->visit(&v, w->with);
    }
    free(long_name);
    free(units);
}

static herr_t visit_link(hid_t file, const char *name, const H5L_info_t *info,
                         void *with)
{
    if (info->type != H5L_TYPE_HARD)
        return 0;
    hid_t object = H5Oopen(file, name, H5P_DEFAULT);
    if (object < 0)
        return 0;
    size_t size = strlen(name) + 2;
    char *path = H5Iget_type(object) == H5I_DATASET ? malloc(size) : NULL;
    if (path) {
        path[0] = '/';
        memcpy(path + 1, name, size - 1);
        visit_dataset(with, object, path);
    }
    free(path);
    H5Oclose(object);
    return 0;
}

herr_t xbar_reader_walk(const xbar_reader *r,
                        void (*visit)(const xbar_variable_info *v, void *with),
                        void *with)
{
    walk w = {visit, with};
    return H5Lvisit(r->input.file, H5_INDEX_CRT_ORDER, H5_ITER_INC, visit_link, &w);
}

xbar_status xbar_reader_visit(xbar_reader *r,
                              void (*visit)(const xbar_variable_info *v, void *with),
                              void *with, xbar_error *err)
{
    xbar_hdf_begin();
    if (xbar_reader_walk(r, visit, with) < 0)
        return xbar_fail(err, XBAR_ERR_INPUT, "%s: its list of variables: %s", r->path,
                         xbar_hdf_reason());
    return XBAR_OK;
}
