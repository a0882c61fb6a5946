/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file
 *  HDF5 on a file descriptor of ours. Private to the layer.
 *
 *  HDF5 does not bear a full disk well: a close that cannot flush leaves the file open
 *  inside the library, which tries again when the process ends. So its writes go through
 *  a file driver that remembers the first failure and from then on only pretends; HDF5
 *  closes in peace, and whoever opened the file asks `failure` whether it is whole.
 *  The descriptor also lets paths hold any bytes and keeps HDF5's file locks out.
 */
#ifndef XBAR_STORE_DISK_H
#define XBAR_STORE_DISK_H

#include <hdf5.h>

#include "core/status.h"

typedef struct xbar_disk {
    int fd;      /* borrowed; must outlive the HDF5 file */
    int failure; /* errno of the first failed write, or 0 */
} xbar_disk;

/** A new HDF5 file on an empty, writable descriptor; link and attribute creation order
 *  tracked. @return its id, to be closed with H5Fclose, or negative */
hid_t xbar_disk_create(xbar_disk *d);

/** The HDF5 file on a descriptor, for reading. @return as above */
hid_t xbar_disk_open(xbar_disk *d);

/** read() until `size` bytes are there or the file ends, and write() likewise; both are
 *  not disturbed by signals. @return 0 or an errno; a file that ends early gives zeros */
int xbar_disk_read(int fd, void *buffer, size_t size, uint64_t offset);
int xbar_disk_write(int fd, const void *buffer, size_t size, uint64_t offset);

#endif
