/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "crossbar/bias.h"

#include <math.h>

const char *const xbar_scheme_name[XBAR_N_SCHEMES] = {"read", "half", "third", "float",
                                                      "ground"};

/* What the lines that are not selected stand at, in units of the selected row's V. */
static const struct {
    double row, col;
} unselected[XBAR_N_SCHEMES] = {
    [XBAR_SCHEME_HALF] = {1.0 / 2.0, 1.0 / 2.0},
    [XBAR_SCHEME_THIRD] = {1.0 / 3.0, 2.0 / 3.0},
    [XBAR_SCHEME_FLOAT] = {(double)NAN, (double)NAN},
    [XBAR_SCHEME_GROUND] = {0.0, 0.0},
};

static void drive_side(xbar_stimulus *s, const xbar_crossbar *c, xbar_side side,
                       size_t selected, double v_selected, double v_others)
{
    for (size_t k = 0; k < xbar_side_lines(c, side); k++) {
        bool connected = !isnan(c->terminal_ohm[side][k]);
        double v = k == selected ? v_selected : v_others;
        s->volt[side][k] = connected ? v : (double)NAN;
    }
}

void xbar_bias_apply(xbar_stimulus *s, const xbar_crossbar *c, xbar_scheme scheme,
                     size_t row, size_t col, double v)
{
    double v_row = unselected[scheme].row * v + 0.0; /* never -0 */
    double v_col = unselected[scheme].col * v + 0.0;
    drive_side(s, c, XBAR_LEFT, row, v, v_row);
    drive_side(s, c, XBAR_RIGHT, row, v, v_row);
    drive_side(s, c, XBAR_TOP, col, 0.0, v_col);
    drive_side(s, c, XBAR_BOTTOM, col, 0.0, v_col);
}
