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

#include "store/store.h"

/** @param file  a new file
 *  @return XBAR_OK or XBAR_ERR_MACHINE (a line that says HDF5's reason) */
xbar_status xbar_layout_write(hid_t file, const xbar_store_header *h, xbar_error *err);

#endif
