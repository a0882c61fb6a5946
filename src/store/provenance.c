/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdlib.h>
#include <string.h>

#include "core/memory.h"
#include "store/hdf.h"
#include "store/reader_file.h"

enum { TEXTS_PER_ENTRY = 3 };

/* Far more than xbar writes. */
static const hsize_t max_entries = 1000;

/* The name of link k, in creation order where the file knows it. */
static xbar_status read_name(char **out, hid_t group, hsize_t k)
{
    H5G_info_t info;
    if (H5Gget_info(group, &info) < 0)
        return XBAR_ERR_INPUT;
    unsigned tracked = 0;
    hid_t gcpl = H5Gget_create_plist(group);
    H5Pget_link_creation_order(gcpl, &tracked);
    H5Pclose(gcpl);
    H5_index_t index =
        (tracked & H5P_CRT_ORDER_TRACKED) != 0 ? H5_INDEX_CRT_ORDER : H5_INDEX_NAME;
    ssize_t length =
        H5Lget_name_by_idx(group, ".", index, H5_ITER_INC, k, NULL, 0, H5P_DEFAULT);
    if (length < 1 || length > 65536)
        return XBAR_ERR_INPUT;
    void *name = NULL;
    XBAR_TRY(xbar_array_new(&name, (size_t)length + 1, 1, "name", NULL));
    *out = name;
    if (H5Lget_name_by_idx(group, ".", index, H5_ITER_INC, k, *out, (size_t)length + 1,
                           H5P_DEFAULT) != length)
        return XBAR_ERR_INPUT;
    return XBAR_OK;
}

static xbar_status read_entry(char *texts[TEXTS_PER_ENTRY], hid_t group, hsize_t k)
{
    XBAR_TRY(read_name(&texts[0], group, k));
    hid_t dataset = xbar_dataset_open_inside(group, texts[0]);
    xbar_status status = xbar_hdf_read_attribute_text(&texts[1], dataset, "long_name");
    if (status == XBAR_OK)
        status = xbar_hdf_read_dataset_text(&texts[2], dataset);
    H5Dclose(dataset);
    return status;
}

static xbar_status read_group(xbar_reader *r, hid_t group, xbar_error *err)
{
    H5G_info_t info;
    if (group < 0 || H5Gget_info(group, &info) < 0 || info.nlinks > max_entries)
        return xbar_fail(err, XBAR_ERR_INPUT, "%s: /provenance is unreadable", r->path);
    size_t n = (size_t)info.nlinks;
    void *memory = NULL;
    XBAR_TRY(xbar_array_new(&memory, n * TEXTS_PER_ENTRY, sizeof(char *), "provenance",
                            err));
    r->texts = memory;
    r->n_texts = n * TEXTS_PER_ENTRY;
    XBAR_TRY(
        xbar_array_new(&memory, n, sizeof *r->header.provenance, "provenance", err));
    r->header.provenance = memory;
    r->header.n_provenance = n;
    for (size_t k = 0; k < n; k++) {
        char **texts = r->texts + k * TEXTS_PER_ENTRY;
        xbar_status status = read_entry(texts, group, k);
        if (status != XBAR_OK)
            return xbar_fail(err, status,
                             "%s: /provenance/%s is no text with a long_name", r->path,
                             texts[0] ? texts[0] : "?");
        r->header.provenance[k] =
            (struct xbar_provenance){texts[0], texts[1], texts[2]};
    }
    return XBAR_OK;
}

xbar_status xbar_reader_provenance(xbar_reader *r, xbar_error *err)
{
    if (H5Lexists(r->input.file, "provenance", H5P_DEFAULT) <= 0)
        return xbar_fail(err, XBAR_ERR_INPUT,
                         "%s: not a result of xbar: no group '/provenance'", r->path);
    hid_t group = xbar_group_open_inside(r->input.file, "provenance");
    xbar_status status = read_group(r, group, err);
    H5Gclose(group);
    return status;
}
