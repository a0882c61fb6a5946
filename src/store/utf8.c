/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "store/utf8.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* What may follow a first byte: how many bytes, and the range of the second. Later ones
 * are 80..BF. Excludes overlong forms, surrogates, and what lies beyond U+10FFFF. */
static const struct lead {
    unsigned char first, last;
    unsigned char length;
    unsigned char second_min, second_max;
} leads[] = {
    {0x01, 0x7f, 1, 0, 0},       {0xc2, 0xdf, 2, 0x80, 0xbf},
    {0xe0, 0xe0, 3, 0xa0, 0xbf}, {0xe1, 0xec, 3, 0x80, 0xbf},
    {0xed, 0xed, 3, 0x80, 0x9f}, {0xee, 0xef, 3, 0x80, 0xbf},
    {0xf0, 0xf0, 4, 0x90, 0xbf}, {0xf1, 0xf3, 4, 0x80, 0xbf},
    {0xf4, 0xf4, 4, 0x80, 0x8f},
};

/* The bytes of the character at `text`, 0 if it is not one. The NUL at the end stops
 * every comparison, so nothing behind it is read. */
static size_t character(const unsigned char *text)
{
    for (size_t k = 0; k < sizeof leads / sizeof leads[0]; k++) {
        const struct lead *l = &leads[k];
        if (text[0] < l->first || text[0] > l->last)
            continue;
        if (l->length > 1 && (text[1] < l->second_min || text[1] > l->second_max))
            return 0;
        for (size_t n = 2; n < l->length; n++) {
            if (text[n] < 0x80 || text[n] > 0xbf)
                return 0;
        }
        return l->length;
    }
    return 0;
}

char *xbar_utf8_clean(const char *text)
{
    static const char replacement[] = "\xef\xbf\xbd";
    size_t size = strlen(text);
    if (size > (SIZE_MAX - 1) / 3)
        return NULL;
    char *clean = malloc(3 * size + 1);
    if (!clean)
        return NULL;
    char *to = clean;
    for (size_t k = 0; k < size;) {
        size_t length = character((const unsigned char *)text + k);
        if (length == 0) {
            memcpy(to, replacement, 3);
            to += 3;
            k++;
        } else {
            memcpy(to, text + k, length);
            to += length;
            k += length;
        }
    }
    *to = '\0';
    return clean;
}
