/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file
 *  One part on disk: an HDF5 file of the result file's variables for one block, planes
 *  packed as there (layout.h), all others plain and contiguous, with the block and the
 *  digest as attributes, sealed at its end.
 *  Private to the layer.
 */
#ifndef XBAR_STORE_PART_FILE_H
#define XBAR_STORE_PART_FILE_H

#include <hdf5.h>
#include <stdbool.h>

#include "store/disk.h"
#include "store/store.h"

/** Fills an empty file with a part and its seal.
 *  @return XBAR_OK or XBAR_ERR_MACHINE (the reason alone: "No space left on device") */
xbar_status xbar_part_file_write(int fd, const xbar_store_header *h, const xbar_part *p,
                                 xbar_error *err);

/** Opens a part if it is whole, of this digest, of exactly this block, and of the
 *  header's shape.
 *  @return the HDF5 file, to be closed with H5Fclose; negative: it is none of that */
hid_t xbar_part_file_open(xbar_disk *d, const xbar_store_header *h,
                          const xbar_block *block);

/** Is every result of every engine done? */
bool xbar_part_file_is_done(hid_t file, const xbar_store_header *h);

#endif
