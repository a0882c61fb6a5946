/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file
 *  Arrays whose size comes from a file: counted without overflow.
 */
#ifndef XBAR_CORE_MEMORY_H
#define XBAR_CORE_MEMORY_H

#include <stddef.h>

#include "core/status.h"

/** n zeroed elements of `size` bytes; n = 0 gives a valid pointer as well.
 *  @param[out] out   the array, to be released with free(); NULL on failure
 *  @param      what  what it is for, for the error line ("node voltages")
 *  @return XBAR_OK or XBAR_ERR_MEMORY (n * size overflows or is not to be had) */
xbar_status xbar_array_new(void **out, size_t n, size_t size, const char *what,
                           xbar_error *err);

/** The same for doubles. */
xbar_status xbar_doubles_new(double **out, size_t n, const char *what, xbar_error *err);

/** A copy of a text, to be released with free(). @return XBAR_OK or XBAR_ERR_MEMORY */
xbar_status xbar_text_copy(char **out, const char *text, xbar_error *err);

#endif
