/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "analytical/start.h"

#include <stdlib.h>

#include "analytical/sums.h"
#include "core/memory.h"

xbar_status xbar_uniform_start_init(xbar_uniform_start *s, const xbar_crossbar *c,
                                    xbar_error *err)
{
    *s = (xbar_uniform_start){.c = c};
    s->left_ohm = xbar_mean_of(c->terminal_ohm[XBAR_LEFT], c->n_rows);
    XBAR_TRY(xbar_doubles_new(&s->profile, XBAR_START_MODES * c->n_cols, "start", err));
    return xbar_modes_init(&s->modes, c->n_rows, XBAR_START_MODES, c->col_ohm,
                           xbar_mean_of(c->terminal_ohm[XBAR_BOTTOM], c->n_cols), err);
}

void xbar_uniform_start_clear(xbar_uniform_start *s)
{
    free(s->profile);
    xbar_modes_clear(&s->modes);
    *s = (xbar_uniform_start){0};
}

void xbar_uniform_start_prepare(xbar_uniform_start *s, const double *g)
{
    const xbar_crossbar *c = s->c;
    const double g_mean = xbar_mean_of(g, c->n_rows * c->n_cols);
    for (size_t p = 0; p < XBAR_START_MODES; p++) {
        double drop = g_mean * s->modes.ohm[p]; /* of the bit line per volt of a cell */
        xbar_modes_word(s->profile + p, c->n_cols, XBAR_START_MODES,
                        g_mean / (1.0 + drop), c->row_ohm, s->left_ohm);
        for (size_t j = 0; j < c->n_cols; j++)
            s->profile[j * XBAR_START_MODES + p] *= drop / (1.0 + drop);
    }
}
