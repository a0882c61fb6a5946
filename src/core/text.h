/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file
 *  Texts that come from elsewhere, made harmless for a terminal.
 */
#ifndef XBAR_CORE_TEXT_H
#define XBAR_CORE_TEXT_H

/** Replaces by '?' what steers a terminal or ends a line: the control characters of ASCII
 *  and, in UTF-8, those from U+0080 to U+009F. In place; the text never grows.
 *  @return text */
char *xbar_text_plain(char *text);

#endif
