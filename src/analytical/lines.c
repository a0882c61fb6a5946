/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "analytical/lines.h"

#include "core/memory.h"

static inline void factor_rows(double *d, const double *g, const double *left_ohm,
                               size_t n_cols, double ohm, size_t n)
{
    double beyond[XBAR_LINES_ROWS] = {0.0};
    for (size_t j = n_cols; j-- > 1;)
        for (size_t k = 0; k < n; k++) {
            double y = g[k * n_cols + j] + beyond[k];
            double share = 1.0 / (1.0 + ohm * y);
            d[k * n_cols + j] = share;
            beyond[k] = share * y;
        }
    for (size_t k = 0; k < n; k++)
        d[k * n_cols] = 1.0 / (1.0 + left_ohm[k] * (g[k * n_cols] + beyond[k]));
}

void xbar_lines_rows(double *d, const xbar_crossbar *c, const double *g, size_t i,
                     size_t n)
{
    const double *left_ohm = c->terminal_ohm[XBAR_LEFT] + i;
    if (n == XBAR_LINES_ROWS) {
        factor_rows(d, g, left_ohm, c->n_cols, c->row_ohm, XBAR_LINES_ROWS);
        return;
    }
    for (size_t k = 0; k < n; k++)
        factor_rows(d + k * c->n_cols, g + k * c->n_cols, left_ohm + k, c->n_cols,
                    c->row_ohm, 1);
}

void xbar_lines_columns(double *e, double *above, const xbar_crossbar *c,
                        const double *g, size_t i)
{
    if (i + 1 == c->n_rows) {
        const double *bottom_ohm = c->terminal_ohm[XBAR_BOTTOM];
        for (size_t j = 0; j < c->n_cols; j++)
            e[j] = 1.0 / (1.0 + bottom_ohm[j] * (g[j] + above[j]));
        return;
    }
    for (size_t j = 0; j < c->n_cols; j++) {
        double y = g[j] + above[j];
        e[j] = 1.0 / (1.0 + c->col_ohm * y);
        above[j] = e[j] * y;
    }
}

xbar_status xbar_octets_new(xbar_octet **out, size_t n, xbar_error *err)
{
    void *memory = NULL;
    xbar_status status =
        xbar_array_new(&memory, n, sizeof(xbar_octet), "inputs side by side", err);
    *out = memory;
    return status;
}
