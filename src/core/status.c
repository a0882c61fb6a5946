/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "core/status.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "core/text.h"

static const struct {
    int exit_status;
    const char *text;
} table[] = {
#define XBAR_STATUS_ROW(name, exit_status, text) [name] = {exit_status, text},
    XBAR_STATUS_LIST(XBAR_STATUS_ROW)
#undef XBAR_STATUS_ROW
};

static bool is_known(xbar_status status)
{
    return (size_t)status < sizeof table / sizeof *table;
}

const char *xbar_status_text(xbar_status status)
{
    return is_known(status) ? table[status].text : "unknown status";
}

int xbar_status_exit(xbar_status status)
{
    return is_known(status) ? table[status].exit_status : 3;
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
    memcpy(err->text, xbar_text_plain(text), sizeof text);
    return status;
}
