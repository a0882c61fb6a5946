/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "nodal/room.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

enum { ALIGNMENT = 64, HUGE_PAGE = 2 << 20 };

/* Large arrays ask for large pages: a sweep over a slab of 16 rows touches all of its
 * pages, and walking the page tables costs as much as the sums. */
static void *large_room(size_t bytes)
{
    void *room =
        aligned_alloc(HUGE_PAGE, (bytes + HUGE_PAGE - 1) / HUGE_PAGE * HUGE_PAGE);
#ifdef MADV_HUGEPAGE
    if (room)
        (void)madvise(room, bytes,
                      MADV_HUGEPAGE); /* a wish: refused, it costs time only */
#endif
    return room;
}

static xbar_status room_new(void **out, size_t n, size_t size, bool is_zeroed,
                            const char *what, xbar_error *err)
{
    *out = NULL;
    if (n > (SIZE_MAX - HUGE_PAGE) / size)
        return xbar_fail(err, XBAR_ERR_MEMORY, "out of memory for %s", what);
    size_t bytes = (n * size + ALIGNMENT) / ALIGNMENT * ALIGNMENT;
    void *room = bytes < 2 * (size_t)HUGE_PAGE ? aligned_alloc(ALIGNMENT, bytes)
                                               : large_room(bytes);
    if (!room)
        return xbar_fail(err, XBAR_ERR_MEMORY, "out of memory for %s (%zu bytes)", what,
                         bytes);
    if (is_zeroed)
        memset(room, 0, bytes);
    *out = room;
    return XBAR_OK;
}

xbar_status xbar_floats_new(float **out, size_t n, const char *what, xbar_error *err)
{
    void *room = NULL;
    xbar_status status = room_new(&room, n, sizeof **out, true, what, err);
    *out = room;
    return status;
}

static size_t padded(size_t n)
{
    const size_t step = ALIGNMENT / sizeof(float);
    return (n + step - 1) / step * step;
}

xbar_status xbar_floats_share(float **room, const xbar_part *parts, size_t n_parts,
                              const char *what, xbar_error *err)
{
    size_t n = 0;
    for (size_t k = 0; k < n_parts; k++)
        n += padded(parts[k].n);
    XBAR_TRY(xbar_floats_new(room, n, what, err));
    float *at = *room;
    for (size_t k = 0; k < n_parts; k++) {
        *parts[k].to = at;
        at += padded(parts[k].n);
    }
    return XBAR_OK;
}

xbar_status xbar_aligned_doubles_new(double **out, size_t n, const char *what,
                                     xbar_error *err)
{
    void *room = NULL;
    xbar_status status = room_new(&room, n, sizeof **out, true, what, err);
    *out = room;
    return status;
}

xbar_status xbar_raw_doubles_new(double **out, size_t n, const char *what,
                                 xbar_error *err)
{
    void *room = NULL;
    xbar_status status = room_new(&room, n, sizeof **out, false, what, err);
    *out = room;
    return status;
}
