/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "analytical/dressed.h"

#include <stdlib.h>

#include "core/memory.h"

xbar_status xbar_dressed_init(xbar_dressed *d, size_t n, xbar_error *err)
{
    *d = (xbar_dressed){0};
    XBAR_TRY(xbar_doubles_new(&d->share, n, "lines", err));
    XBAR_TRY(xbar_doubles_new(&d->load, n, "lines", err));
    XBAR_TRY(xbar_doubles_new(&d->ohm, n, "lines", err));
    for (int end = 0; end < XBAR_N_ENDS; end++)
        XBAR_TRY(xbar_doubles_new(&d->ratio[end], n, "lines", err));
    return XBAR_OK;
}

void xbar_dressed_clear(xbar_dressed *d)
{
    free(d->share);
    free(d->load);
    free(d->ohm);
    for (int end = 0; end < XBAR_N_ENDS; end++)
        free(d->ratio[end]);
    *d = (xbar_dressed){0};
}
