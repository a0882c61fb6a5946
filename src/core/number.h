/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file
 *  Numbers to text and back, with nothing lost and nothing guessed.
 */
#ifndef XBAR_CORE_NUMBER_H
#define XBAR_CORE_NUMBER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** Reads a decimal number that fills the whole text of `length` bytes (it need not end
 *  in NUL): optional sign, digits with at most one point, optional exponent. No tail
 *  (2.5x), no blank, no hexadecimal, no inf, no NaN, no value that overflows a double;
 *  what underflows becomes 0 only if all its digits are 0, else it is refused.
 *  Independent of the locale.
 *  @param[out] value  untouched when the text is refused
 *  @return true when the text is such a number */
bool xbar_number_parse(double *value, const char *text, size_t length);

/** Reads an unsigned decimal integer that fills the whole text: digits only, at most
 *  UINT64_MAX.  @return true when it is one; else value is untouched */
bool xbar_integer_parse(uint64_t *value, const char *text, size_t length);

enum { XBAR_NUMBER_SIZE = 32 };

/** The shortest of %.15g, %.16g and %.17g that reads back as the same double, always
 *  with a decimal point as '.'. @return text */
const char *xbar_number_format(char text[XBAR_NUMBER_SIZE], double value);

#endif
