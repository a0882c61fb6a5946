/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "core/status.h"

#include <stdarg.h>
#include <stdio.h>

const char *xbar_status_text(xbar_status status)
{
    switch (status) {
#define XBAR_STATUS_TEXT(name, exit_status, text)                                      \
    case name:                                                                         \
        return text;
        XBAR_STATUS_LIST(XBAR_STATUS_TEXT)
#undef XBAR_STATUS_TEXT
    }
    return "unknown status";
}

int xbar_status_exit(xbar_status status)
{
    switch (status) {
#define XBAR_STATUS_EXIT(name, exit_status, text)                                      \
    case name:                                                                         \
        return exit_status;
        XBAR_STATUS_LIST(XBAR_STATUS_EXIT)
#undef XBAR_STATUS_EXIT
    }
    return 3;
}

xbar_status xbar_fail(xbar_error *err, xbar_status status, const char *format, ...)
{
    if (!err)
        return status;
    /* Into a buffer of its own: the arguments may point into err->text. */
    char text[sizeof err->text];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);

    err->status = status;
    size_t k = 0;
    for (; text[k] != '\0'; k++) {
        unsigned char byte = (unsigned char)text[k];
        err->text[k] = (byte < 0x20 || byte == 0x7f) ? '?' : text[k];
    }
    err->text[k] = '\0';
    return status;
}
