/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file
 *  A first reading in a process of its own. HDF5 1.10 is not made for damaged files: of
 *  2000 copies of a result with a few bytes changed, 22 made it crash or loop. So what
 *  others may have written is read by a child first, and again here if it survived.
 *  Private to the layer.
 */
#ifndef XBAR_STORE_TRIAL_H
#define XBAR_STORE_TRIAL_H

#include "core/status.h"

/** Runs read(with) in a child whose memory, output and fate are its own.
 *  @param path  the file that is read: for the error, and for how long it may take
 *  @return XBAR_OK when the child came back, whatever it found; XBAR_ERR_INPUT when it
 *          crashed or did not end; XBAR_ERR_MACHINE when there can be no child */
xbar_status xbar_trial(void (*read)(void *with), void *with, const char *path,
                       xbar_error *err);

#endif
