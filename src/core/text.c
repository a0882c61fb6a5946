/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "core/text.h"

char *xbar_text_plain(char *text)
{
    char *to = text;
    for (const char *from = text; *from != '\0'; from++) {
        unsigned char byte = (unsigned char)from[0];
        unsigned char next = (unsigned char)from[1];
        if (byte == 0xc2 && next >= 0x80 && next < 0xa0) {
            *to++ = '?';
            from++;
        } else {
            *to++ = (byte < 0x20 || byte == 0x7f) ? '?' : *from;
        }
    }
    *to = '\0';
    return text;
}
