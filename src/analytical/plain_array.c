/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "analytical/plain_array.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/memory.h"

void xbar_plain_array_free(xbar_crossbar *c)
{
    for (int side = 0; c && side < XBAR_N_SIDES; side++)
        free(c->terminal_ohm[side]);
    free(c);
}

xbar_status xbar_plain_array_new(xbar_crossbar **out, const xbar_crossbar *real,
                                 xbar_error *err)
{
    *out = NULL;
    void *memory = NULL;
    XBAR_TRY(xbar_array_new(&memory, 1, sizeof(xbar_crossbar), "array", err));
    xbar_crossbar *c = memory;
    *c = *real;
    c->cell = xbar_cell_default(xbar_device_find("linear"));
    for (int side = 0; side < XBAR_N_SIDES; side++) {
        c->terminal_ohm[side] = NULL;
        c->terminal_farad[side] = NULL;
    }
    for (int side = 0; side < XBAR_N_SIDES; side++) {
        size_t n = xbar_side_lines(real, (xbar_side)side);
        xbar_status status = xbar_doubles_new(&c->terminal_ohm[side], n, "ohm", err);
        if (status != XBAR_OK) {
            xbar_plain_array_free(c);
            return status;
        }
        memcpy(c->terminal_ohm[side], real->terminal_ohm[side], n * sizeof(double));
    }
    *out = c;
    return XBAR_OK;
}

/* 0, and the least that is not; NaN, no terminal, stays. */
static double scaled(double ohm, double scale)
{
    double x = scale * ohm;
    return x > 0.0 && x < XBAR_MIN_OHM ? XBAR_MIN_OHM : x;
}

static bool set(double *x, double value)
{
    bool is_new = *x != value && !(isnan(*x) && isnan(value));
    *x = value;
    return is_new;
}

bool xbar_plain_array_scale(xbar_crossbar *c, const xbar_crossbar *real,
                            const double *constants)
{
    bool is_new = set(&c->row_ohm, scaled(real->row_ohm, constants[XBAR_ROW_SCALE]));
    is_new |= set(&c->col_ohm, scaled(real->col_ohm, constants[XBAR_COL_SCALE]));
    for (int side = 0; side < XBAR_N_SIDES; side++) {
        bool is_row = side == XBAR_LEFT || side == XBAR_RIGHT;
        double scale = constants[is_row ? XBAR_DRIVE_SCALE : XBAR_SENSE_SCALE];
        for (size_t line = 0; line < xbar_side_lines(real, (xbar_side)side); line++)
            is_new |= set(&c->terminal_ohm[side][line],
                          scaled(real->terminal_ohm[side][line], scale));
    }
    return is_new;
}

void xbar_plain_cells(double *g, size_t n, const double *constants)
{
    const double scale = constants[XBAR_CELL_SCALE];
    const double ohm = constants[XBAR_CONTACT_OHM];
    if (ohm == 0.0) {
        for (size_t k = 0; scale != 1.0 && k < n; k++)
            g[k] *= scale;
        return;
    }
    for (size_t k = 0; k < n; k++)
        g[k] = scale * g[k] / fmax(1e-3, 1.0 + ohm * scale * g[k]);
}
