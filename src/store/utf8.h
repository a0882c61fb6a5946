/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file
 *  Texts for files that others read as UTF-8. Private to the layer.
 */
#ifndef XBAR_STORE_UTF8_H
#define XBAR_STORE_UTF8_H

/** A copy in which each byte that is not part of well-formed UTF-8 (Unicode 15, table
 *  3-7) is replaced by U+FFFD: one stray byte of a command line must not keep Python
 *  from opening a result. @return to be released with free(); NULL without memory */
char *xbar_utf8_clean(const char *text);

#endif
