/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file
 *  The few HDF5 idioms that the layer repeats. Private to the layer.
 */
#ifndef XBAR_STORE_HDF_H
#define XBAR_STORE_HDF_H

#include <hdf5.h>
#include <stddef.h>

#include "core/status.h"

/** Forgets earlier failures and keeps HDF5 from printing its error stack: to be called
 *  first by every public function. */
void xbar_hdf_begin(void);

/** The innermost reason of the first HDF5 call that failed since xbar_hdf_begin, or
 *  "no reason given". Static; the library is used by one thread at a time. */
const char *xbar_hdf_reason(void);

/** A new group that tracks and indexes creation order. @return its id, or negative */
hid_t xbar_hdf_group_new(hid_t parent, const char *name);

/** A list of creation properties (H5P_DATASET_CREATE) that does the same for attributes. */
hid_t xbar_hdf_dataset_list(void);

/** A dimension without coordinates: netCDF writes a scale without data and a name that says
 *  so. @return negative on failure */
herr_t xbar_hdf_dimension(hid_t group, const char *name, hsize_t size);

/** The type of texts of any length, UTF-8. @return an id to be closed, or negative */
hid_t xbar_hdf_text_type(void);

/** A scalar text as attribute or as data set: UTF-8 of variable length, which h5py and
 *  netCDF4 both hand out as str. Bytes that are not UTF-8 become U+FFFD.
 *  @return negative on failure */
herr_t xbar_hdf_attribute_text(hid_t object, const char *name, const char *text);
herr_t xbar_hdf_dataset_text(hid_t parent, const char *name, const char *long_name,
                             const char *text);

/** The text of a scalar string attribute or data set, of fixed or variable length.
 *  @param[out] out  yours; NULL on failure
 *  @return XBAR_OK, XBAR_ERR_INPUT (none there, or not a text; without a line),
 *          XBAR_ERR_MEMORY */
xbar_status xbar_hdf_read_attribute_text(char **out, hid_t object, const char *name);
xbar_status xbar_hdf_read_dataset_text(char **out, hid_t dataset);

#endif
