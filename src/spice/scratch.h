/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file
 *  A file for ngspice to write its numbers to: in memory, without a name of its own, gone
 *  with the process. A forked process gets one of its own under the same path, which
 *  ngspice remembers.
 */
#ifndef XBAR_SPICE_SCRATCH_H
#define XBAR_SPICE_SCRATCH_H

#include <stddef.h>
#include <sys/types.h>

#include "core/status.h"

typedef struct xbar_scratch {
    int fd;        /* valid when owner is not 0 */
    pid_t owner;   /* the process whose file it is; 0: there is none yet */
    char path[32]; /* opens it, in its owner alone */
} xbar_scratch;

/** Makes the file this process's own if it is not, and empties it.
 *  @param f  all zero before the first call
 *  @return XBAR_OK, XBAR_ERR_MACHINE */
xbar_status xbar_scratch_empty(xbar_scratch *f, xbar_error *err);

/** Its bytes; 0 when that cannot be told. */
size_t xbar_scratch_size(const xbar_scratch *f);

/** Reads exactly `size` bytes from `offset` on.
 *  @return XBAR_OK, XBAR_ERR_MACHINE (there are fewer) */
xbar_status xbar_scratch_read(const xbar_scratch *f, void *out, size_t size,
                              size_t offset, xbar_error *err);

#endif
