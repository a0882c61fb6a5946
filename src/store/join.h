/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file
 *  Parts into one result file. Private to the layer.
 */
#ifndef XBAR_STORE_JOIN_H
#define XBAR_STORE_JOIN_H

#include "store/folder.h"
#include "store/store.h"

/** Fills an empty file with the header's layout and the numbers of all parts that are
 *  there and whole; the rest stays NaN and "pending". Takes a few MiB whatever the size.
 *  @param fd  of an empty file, for reading and writing; stays open
 *  @return XBAR_OK, XBAR_ERR_MACHINE (the reason alone), XBAR_ERR_MEMORY */
xbar_status xbar_join_write(int fd, const xbar_folder *folder,
                            const xbar_store_header *h, const xbar_block *blocks,
                            size_t n, xbar_error *err);

#endif
