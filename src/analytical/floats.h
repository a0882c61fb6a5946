/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file
 *  Single precision planes, for what is small beside the answer. Private to the layer.
 */
#ifndef XBAR_ANALYTICAL_FLOATS_H
#define XBAR_ANALYTICAL_FLOATS_H

#include <stdlib.h>
#include <string.h>

#include "core/status.h"

enum { XBAR_FLOATS = 16 };

/** Sixteen of them: the compiler makes of it what the machine has. */
typedef float xbar_lanes
    __attribute__((vector_size(XBAR_FLOATS * sizeof(float)), aligned(4), may_alias));
typedef unsigned xbar_lane_bits
    __attribute__((vector_size(XBAR_FLOATS * sizeof(unsigned)), aligned(4), may_alias));

/** n up to the next whole number of lanes. */
static inline size_t xbar_padded(size_t n)
{
    return (n + XBAR_FLOATS - 1) / XBAR_FLOATS * XBAR_FLOATS;
}

static inline const xbar_lanes *xbar_lanes_at(const float *plane)
{
    return (const xbar_lanes *)(const void *)plane;
}

static inline xbar_lanes *xbar_lanes_of(float *plane)
{
    return (xbar_lanes *)(void *)plane;
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
