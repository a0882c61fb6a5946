/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "analytical/arrangement.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/memory.h"

xbar_status xbar_arrangement_init(xbar_arrangement *a, const xbar_crossbar *c,
                                  xbar_error *err)
{
    *a = (xbar_arrangement){0};
    for (int side = 0; side < XBAR_N_SIDES; side++) {
        void *memory = NULL;
        XBAR_TRY(xbar_array_new(&memory, xbar_side_lines(c, (xbar_side)side),
                                sizeof(bool), "terminals", err));
        a->closed[side] = memory;
    }
    void *memory = NULL;
    XBAR_TRY(xbar_array_new(&memory, c->n_cols, 1, "terminals", err));
    a->sense = memory;
    memset(a->sense, XBAR_N_SIDES, c->n_cols);
    return XBAR_OK;
}

void xbar_arrangement_clear(xbar_arrangement *a)
{
    for (int side = 0; side < XBAR_N_SIDES; side++)
        free(a->closed[side]);
    free(a->sense);
    *a = (xbar_arrangement){0};
}

bool xbar_arrangement_take(xbar_arrangement *a, const xbar_crossbar *c,
                           const xbar_stimulus *in)
{
    bool is_other = false;
    for (int side = 0; side < XBAR_N_SIDES; side++)
        for (size_t k = 0; k < xbar_side_lines(c, (xbar_side)side); k++) {
            bool closed = !isnan(in->volt[side][k]);
            is_other |= a->closed[side][k] != closed;
            a->closed[side][k] = closed;
        }
    for (size_t j = 0; j < c->n_cols; j++)
        a->sense[j] = a->closed[XBAR_BOTTOM][j] ? XBAR_BOTTOM
                      : a->closed[XBAR_TOP][j]  ? XBAR_TOP
                                                : XBAR_N_SIDES;
    return is_other;
}
