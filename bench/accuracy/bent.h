/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file
 *  What the model `modes` takes for cells that are not ohmic.
 */
#ifndef XBAR_BENCH_BENT_H
#define XBAR_BENCH_BENT_H

#include <stdbool.h>

#include "core/status.h"

/** A table to stdout (Markdown): a state with its first input in units of an exact solution
 *  of the same array; an input alone in units of a plain product as the build's flags have
 *  it and, in brackets, of one with the same vectors, in each width that the machine has.
 *  @param quick  up to 64 x 64
 *  @return XBAR_OK; XBAR_ERR_MEMORY; what the model or the engine says */
xbar_status bent_print(bool quick, xbar_error *err);

#endif
