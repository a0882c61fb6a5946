/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file
 *  Arrays for vector registers. Private to nodal.
 */
#ifndef XBAR_NODAL_ROOM_H
#define XBAR_NODAL_ROOM_H

#include <stddef.h>

#include "core/status.h"

/** n zeroed floats (doubles), aligned to 64 bytes, to be released with free().
 *  @param what  what it is for, for the error line
 *  @return XBAR_OK or XBAR_ERR_MEMORY */
xbar_status xbar_floats_new(float **out, size_t n, const char *what, xbar_error *err);
xbar_status xbar_aligned_doubles_new(double **out, size_t n, const char *what,
                                     xbar_error *err);

/** An array among others in one room. */
typedef struct xbar_part {
    float **to;
    size_t n;
} xbar_part;

/** Zeroed floats for all parts, one behind the other, each aligned to 64 bytes.
 *  @param[out] room  to be released with free(): all of them */
xbar_status xbar_floats_share(float **room, const xbar_part *parts, size_t n_parts,
                              const char *what, xbar_error *err);

/** n doubles like those above, whatever stood there before. */
xbar_status xbar_raw_doubles_new(double **out, size_t n, const char *what,
                                 xbar_error *err);

#endif
