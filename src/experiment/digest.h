/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file
 *  SHA-256 of bytes and of files, and files as bytes. Private to the layer.
 */
#ifndef XBAR_EXPERIMENT_DIGEST_H
#define XBAR_EXPERIMENT_DIGEST_H

#include <stddef.h>

#include <nettle/sha2.h>

#include "core/status.h"

enum { XBAR_SHA256_SIZE = 65 }; /* 64 hexadecimal digits and a NUL */

typedef struct sha256_ctx xbar_digest;

void xbar_digest_start(xbar_digest *d);

/** Adds a field: its length, then its bytes, so that no two lists of fields give the same
 *  stream. */
void xbar_digest_add(xbar_digest *d, const void *bytes, size_t length);
void xbar_digest_end(xbar_digest *d, char hex[XBAR_SHA256_SIZE]);

/** All bytes of a regular file.
 *  @param[out] bytes   yours, to be freed; a NUL stands behind the last
 *  @param[out] length  without that NUL
 *  @param[out] sha256  of the bytes; may be NULL
 *  @param max_bytes    a larger file is refused
 *  @return XBAR_OK; XBAR_ERR_INPUT (cannot be read, not a regular file, too large: the
 *          text is the reason alone); XBAR_ERR_MEMORY */
xbar_status xbar_file_read(char **bytes, size_t *length, char sha256[XBAR_SHA256_SIZE],
                           const char *path, size_t max_bytes, xbar_error *err);

/** The SHA-256 of a regular file, which is not kept in memory. Refuses as above. */
xbar_status xbar_file_digest(char sha256[XBAR_SHA256_SIZE], const char *path,
                             size_t max_bytes, xbar_error *err);

#endif
