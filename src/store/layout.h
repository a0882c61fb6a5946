/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file
 *  The result file before its first number: dimensions, variables, provenance.
 *  Private to the layer.
 *
 *  It follows what netCDF-4 does on top of HDF5, so that netCDF's readers see a netCDF
 *  file: https://docs.unidata.ucar.edu/netcdf-c/current/file_format_specifications.html
 */
#ifndef XBAR_STORE_LAYOUT_H
#define XBAR_STORE_LAYOUT_H

#include <hdf5.h>
#include <stdbool.h>

#include "store/store.h"
#include "store/variable.h"

/** Does each chunk hold numbers of one sample or input alone, as planes of some size do?
 *  Then parts have the same chunks, packed by whoever wrote the part.
 *  @param dims  of the file, or of a part: [v->n_axes] */
bool xbar_layout_is_packed(const xbar_variable *v, const hsize_t dims[XBAR_MAX_AXES]);

/** A chunk's size along each axis. @param[out] chunk  [v->n_axes] */
void xbar_layout_chunk(hsize_t chunk[XBAR_MAX_AXES], const xbar_variable *v,
                       const hsize_t dims[XBAR_MAX_AXES]);

/** What a variable is created with: its chunks, how they are packed, its fill value.
 *  @return to be closed with H5Pclose; negative: HDF5 failed */
hid_t xbar_layout_list(const xbar_variable *v, const hsize_t dims[XBAR_MAX_AXES]);

/** @param file  a new file
 *  @return XBAR_OK or XBAR_ERR_MACHINE (a line that says HDF5's reason) */
xbar_status xbar_layout_write(hid_t file, const xbar_store_header *h, xbar_error *err);

#endif
