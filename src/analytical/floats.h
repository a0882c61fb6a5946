/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file
 *  Single precision planes, for what is small beside the answer, in sixteens (piece.h).
 *  Private to the layer.
 */
#ifndef XBAR_ANALYTICAL_FLOATS_H
#define XBAR_ANALYTICAL_FLOATS_H

#include <stdlib.h>
#include <string.h>

#include "core/status.h"

enum { XBAR_FLOATS = 16 };

/** n up to the next whole number of sixteens. */
static inline size_t xbar_padded(size_t n)
{
    return (n + XBAR_FLOATS - 1) / XBAR_FLOATS * XBAR_FLOATS;
}

/** n zeros that begin at a cache line. @return XBAR_OK or XBAR_ERR_MEMORY */
static inline xbar_status xbar_floats_new(float **out, size_t n, const char *what,
                                          xbar_error *err)
{
    const size_t line = 64;
    const size_t size = (n * sizeof(float) / line + 1) * line;
    *out = aligned_alloc(line, size);
    if (!*out)
        return xbar_fail(err, XBAR_ERR_MEMORY, "no memory for %s", what);
    memset(*out, 0, size);
    return XBAR_OK;
}

#endif
