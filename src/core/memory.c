/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "core/memory.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

xbar_status xbar_array_new(void **out, size_t n, size_t size, const char *what,
                           xbar_error *err)
{
    *out = NULL;
    if (size != 0 && n > PTRDIFF_MAX / size)
        return xbar_fail(err, XBAR_ERR_MEMORY, "%s: %zu x %zu bytes are too many", what,
                         n, size);
    *out = calloc(n > 0 ? n : 1, size > 0 ? size : 1);
    if (!*out)
        return xbar_fail(err, XBAR_ERR_MEMORY, "%s: no memory for %zu x %zu bytes",
                         what, n, size);
    return XBAR_OK;
}

xbar_status xbar_doubles_new(double **out, size_t n, const char *what, xbar_error *err)
{
    void *array = NULL;
    xbar_status status = xbar_array_new(&array, n, sizeof(double), what, err);
    *out = array;
    return status;
}

xbar_status xbar_text_copy(char **out, const char *text, xbar_error *err)
{
    void *copy = NULL;
    size_t size = strlen(text) + 1;
    XBAR_TRY(xbar_array_new(&copy, size, 1, "text", err));
    memcpy(copy, text, size);
    *out = copy;
    return XBAR_OK;
}
