/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "store/hdf.h"

#include <hdf5_hl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/memory.h"
#include "store/utf8.h"

/* Each call into HDF5 clears its error stack, so a reason must be picked up when the
 * failing call returns, not after the ids were closed. */
static char reason[128];

/* Walking upward the first entry is the innermost. */
static herr_t keep_innermost(unsigned n, const H5E_error2_t *entry, void *with)
{
    (void)with;
    if (n == 0 && entry->desc)
        snprintf(reason, sizeof reason, "%s", entry->desc);
    return 0;
}

/* Called by HDF5 in place of its printing, when one of its functions fails. */
static herr_t on_failure(hid_t stack, void *with)
{
    if (reason[0] == '\0')
        H5Ewalk2(stack, H5E_WALK_UPWARD, keep_innermost, with);
    return 0;
}

void xbar_hdf_begin(void)
{
    reason[0] = '\0';
    /* Every file is closed by who opened it; at the end of a process the library could
     * only stumble over what a damaged file left in it, and say so on stderr. */
    static bool first = true;
    if (first)
        H5dont_atexit();
    first = false;
    H5Eset_auto2(H5E_DEFAULT, on_failure, NULL);
}

const char *xbar_hdf_reason(void)
{
    return reason[0] != '\0' ? reason : "no reason given";
}

hid_t xbar_hdf_group_new(hid_t parent, const char *name)
{
    hid_t group = -1;
    hid_t gcpl = H5Pcreate(H5P_GROUP_CREATE);
    unsigned order = H5P_CRT_ORDER_TRACKED | H5P_CRT_ORDER_INDEXED;
    if (gcpl >= 0 && H5Pset_link_creation_order(gcpl, order) >= 0 &&
        H5Pset_attr_creation_order(gcpl, order) >= 0)
        group = H5Gcreate2(parent, name, H5P_DEFAULT, gcpl, H5P_DEFAULT);
    H5Pclose(gcpl);
    return group;
}

hid_t xbar_hdf_dataset_list(void)
{
    hid_t dcpl = H5Pcreate(H5P_DATASET_CREATE);
    if (dcpl >= 0 && H5Pset_attr_creation_order(dcpl, H5P_CRT_ORDER_TRACKED |
                                                          H5P_CRT_ORDER_INDEXED) < 0) {
        H5Pclose(dcpl);
        dcpl = -1;
    }
    return dcpl;
}

herr_t xbar_hdf_dimension(hid_t group, const char *name, hsize_t size)
{
    char scale_name[80];
    snprintf(scale_name, sizeof scale_name,
             "This is a netCDF dimension but not a netCDF variable. %9llu",
             (unsigned long long)size);
    herr_t result = -1;
    hid_t dcpl = xbar_hdf_dataset_list();
    hid_t space = H5Screate_simple(1, &size, NULL);
    hid_t scale = -1;
    if (dcpl >= 0 && space >= 0)
        scale = H5Dcreate2(group, name, H5T_IEEE_F32BE, space, H5P_DEFAULT, dcpl,
                           H5P_DEFAULT);
    if (scale >= 0)
        result = H5DSset_scale(scale, scale_name);
    H5Dclose(scale);
    H5Sclose(space);
    H5Pclose(dcpl);
    return result;
}

hid_t xbar_hdf_text_type(void)
{
    hid_t type = H5Tcopy(H5T_C_S1);
    if (type >= 0 &&
        (H5Tset_size(type, H5T_VARIABLE) < 0 || H5Tset_cset(type, H5T_CSET_UTF8) < 0)) {
        H5Tclose(type);
        type = -1;
    }
    return type;
}

herr_t xbar_hdf_attribute_text(hid_t object, const char *name, const char *text)
{
    herr_t result = -1;
    char *clean = xbar_utf8_clean(text);
    hid_t type = xbar_hdf_text_type();
    hid_t space = H5Screate(H5S_SCALAR);
    hid_t attribute = -1;
    if (clean && type >= 0 && space >= 0)
        attribute = H5Acreate2(object, name, type, space, H5P_DEFAULT, H5P_DEFAULT);
    if (attribute >= 0)
        result = H5Awrite(attribute, type, &clean);
    H5Aclose(attribute);
    H5Sclose(space);
    H5Tclose(type);
    free(clean);
    return result;
}

herr_t xbar_hdf_dataset_text(hid_t parent, const char *name, const char *long_name,
                             const char *text)
{
    herr_t result = -1;
    char *clean = xbar_utf8_clean(text);
    hid_t type = xbar_hdf_text_type();
    hid_t space = H5Screate(H5S_SCALAR);
    hid_t dcpl = xbar_hdf_dataset_list();
    hid_t dataset = -1;
    if (clean && type >= 0 && space >= 0 && dcpl >= 0)
        dataset = H5Dcreate2(parent, name, type, space, H5P_DEFAULT, dcpl, H5P_DEFAULT);
    if (dataset >= 0 && xbar_hdf_attribute_text(dataset, "units", "1") >= 0 &&
        xbar_hdf_attribute_text(dataset, "long_name", long_name) >= 0)
        result = H5Dwrite(dataset, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, &clean);
    H5Dclose(dataset);
    H5Pclose(dcpl);
    H5Sclose(space);
    H5Tclose(type);
    free(clean);
    return result;
}

/* Reads one string into memory of HDF5's (variable length) or ours (fixed). */
typedef herr_t (*text_read)(hid_t id, hid_t type, void *to);

static herr_t read_attribute(hid_t id, hid_t type, void *to)
{
    return H5Aread(id, type, to);
}

static herr_t read_dataset(hid_t id, hid_t type, void *to)
{
    return H5Dread(id, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, to);
}

static xbar_status read_variable(char **out, hid_t id, text_read read, H5T_cset_t set)
{
    xbar_status status = XBAR_ERR_INPUT;
    char *text = NULL;
    hid_t type = H5Tcopy(H5T_C_S1);
    if (type < 0 || H5Tset_size(type, H5T_VARIABLE) < 0 || H5Tset_cset(type, set) < 0 ||
        read(id, type, &text) < 0)
        goto done;
    status = xbar_text_copy(out, text ? text : "", NULL);
done:
    H5free_memory(text);
    H5Tclose(type);
    return status;
}

/* More is no text of ours, and a claimed length is not to be trusted. */
static const size_t max_fixed_text = (size_t)1 << 30;

static xbar_status read_fixed(char **out, hid_t id, text_read read, hid_t file_type)
{
    size_t size = H5Tget_size(file_type);
    hid_t type = -1;
    void *text = NULL;
    xbar_status status = XBAR_ERR_INPUT;
    if (size == 0 || size > max_fixed_text)
        goto done;
    status = xbar_array_new(&text, size + 1, 1, "text", NULL);
    if (status != XBAR_OK)
        goto done;
    status = XBAR_ERR_INPUT;
    type = H5Tcopy(file_type);
    if (type < 0 || read(id, type, text) < 0)
        goto done;
    *out = text;
    text = NULL;
    status = XBAR_OK;
done:
    free(text);
    H5Tclose(type);
    return status;
}

static xbar_status read_text(char **out, hid_t id, hid_t type, hid_t space,
                             text_read read)
{
    *out = NULL;
    if (type < 0 || H5Tget_class(type) != H5T_STRING || space < 0 ||
        H5Sget_simple_extent_npoints(space) != 1)
        return XBAR_ERR_INPUT;
    return H5Tis_variable_str(type) > 0
               ? read_variable(out, id, read, H5Tget_cset(type))
               : read_fixed(out, id, read, type);
}

xbar_status xbar_hdf_read_attribute_text(char **out, hid_t object, const char *name)
{
    *out = NULL;
    if (H5Aexists(object, name) <= 0)
        return XBAR_ERR_INPUT;
    hid_t id = H5Aopen(object, name, H5P_DEFAULT);
    hid_t type = H5Aget_type(id);
    hid_t space = H5Aget_space(id);
    xbar_status status = read_text(out, id, type, space, read_attribute);
    H5Sclose(space);
    H5Tclose(type);
    H5Aclose(id);
    return status;
}

xbar_status xbar_hdf_read_dataset_text(char **out, hid_t dataset)
{
    hid_t type = H5Dget_type(dataset);
    hid_t space = H5Dget_space(dataset);
    xbar_status status = read_text(out, dataset, type, space, read_dataset);
    H5Sclose(space);
    H5Tclose(type);
    return status;
}
