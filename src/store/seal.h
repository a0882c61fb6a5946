/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file
 *  A seal behind the last byte of a part, so that a damaged one is known before HDF5
 *  looks at it: HDF5's own checksums leave much uncovered, and it is not made for
 *  broken files. HDF5 itself ignores what lies behind its end. Private to the layer.
 */
#ifndef XBAR_STORE_SEAL_H
#define XBAR_STORE_SEAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** CRC-64 of ECMA-182, bits reflected, as xz uses it; start with crc = 0. */
uint64_t xbar_crc64(uint64_t crc, const void *bytes, size_t size);

/** Appends the seal. @return 0 or an errno */
int xbar_seal_append(int fd);

/** Is the file whole and unchanged since it was sealed? */
bool xbar_seal_holds(int fd);

#endif
