/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "nodal/adjoint.h"

#include <math.h>

#include "nodal/lines.h"

static bool is_whole(const xbar_crossbar *c, bool is_row, size_t line)
{
    const uint8_t *cut = is_row ? c->row_cut : c->col_cut;
    const size_t n = is_row ? c->n_cols : c->n_rows;
    if (n > 1 && (is_row ? c->row_ohm : c->col_ohm) > 0.0)
        return false;
    for (size_t k = 0; cut && k + 1 < n; k++)
        if (cut[is_row ? line * c->n_cols + k : k * c->n_cols + line])
            return false;
    return true;
}

bool xbar_adjoint_is_shared(const xbar_crossbar *c, const xbar_stimulus *in,
                            xbar_side side, size_t line)
{
    const xbar_side ends[] = {side, (xbar_side)(side ^ 1)};
    for (int k = 0; k < 2; k++)
        if (xbar_lines_opens(c, in, ends[k], line) ||
            c->terminal_ohm[ends[k]][line] != 0.0)
            return false;
    return is_whole(c, side / 2 == XBAR_WORD, line);
}

double xbar_adjoint_weight(const xbar_crossbar *c, const xbar_stimulus *in,
                           const xbar_weights *w, xbar_side side, size_t line)
{
    if (xbar_lines_opens(c, in, side, line))
        return 0.0;
    double sum = w->i_terminal[side] ? w->i_terminal[side][line] : 0.0;
    if (side / 2 == XBAR_BIT && w->i_out && xbar_col_source(c, in, line) == side)
        sum -= w->i_out[line];
    return sum;
}

void xbar_adjoint_drive(xbar_stimulus *s, const xbar_crossbar *c,
                        const xbar_stimulus *in, const xbar_weights *w)
{
    for (int k = 0; k < XBAR_N_SIDES; k++) {
        const xbar_side side = (xbar_side)k;
        for (size_t line = 0; line < xbar_side_lines(c, side); line++) {
            double weight = xbar_adjoint_weight(c, in, w, side, line);
            if (xbar_adjoint_is_shared(c, in, side, line))
                weight =
                    0.5 * weight +
                    0.5 * xbar_adjoint_weight(c, in, w, (xbar_side)(side ^ 1), line);
            s->volt[side][line] =
                xbar_lines_opens(c, in, side, line) ? (double)NAN : 0.0 - weight;
        }
    }
}
