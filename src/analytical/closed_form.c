/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "analytical/closed_form.h"

#include <math.h>
#include <string.h>

#include "analytical/alpha_beta.h"
#include "analytical/dmr.h"
#include "analytical/jeong.h"
#include "analytical/ladder.h"
#include "analytical/lean.h"
#include "analytical/smooth.h"
#include "analytical/sweep.h"
#include "analytical/uniform.h"

static const xbar_closed_form *const forms[] = {
    &xbar_closed_form_jeong,      &xbar_closed_form_dmr,
    &xbar_closed_form_alpha_beta, &xbar_closed_form_lean,
    &xbar_closed_form_uniform,    &xbar_closed_form_sweep_1,
    &xbar_closed_form_sweep_2,    &xbar_closed_form_sweep_3,
    &xbar_closed_form_smooth_1,   &xbar_closed_form_smooth_2,
    &xbar_closed_form_smooth_3,
};

const xbar_closed_form *xbar_closed_form_at(size_t k)
{
    return k < sizeof forms / sizeof *forms ? forms[k] : NULL;
}

const xbar_closed_form *xbar_closed_form_find(const char *name)
{
    const xbar_closed_form *form = NULL;
    for (size_t k = 0; (form = xbar_closed_form_at(k)) != NULL; k++)
        if (strcmp(form->name, name) == 0)
            return form;
    return NULL;
}

static xbar_status check_side(const xbar_crossbar *c, xbar_side side, bool wanted,
                              xbar_error *err)
{
    for (size_t line = 0; line < xbar_side_lines(c, side); line++)
        if (isnan(c->terminal_ohm[side][line]) == wanted)
            return xbar_fail(err, XBAR_ERR_INPUT,
                             "a closed form reads from the left to the bottom: line "
                             "%zu has %s terminal on the %s side; want %s",
                             line, wanted ? "no" : "a", xbar_side_name[side],
                             wanted ? "one" : "none");
    return XBAR_OK;
}

static xbar_status check_cuts(const xbar_crossbar *c, const uint8_t *cut,
                              const char *line, xbar_error *err)
{
    for (size_t k = 0; cut && k < c->n_rows * c->n_cols; k++)
        if (cut[k])
            return xbar_fail(err, XBAR_ERR_INPUT,
                             "a closed form knows whole lines only: the %s line is cut "
                             "behind cell (%zu,%zu)",
                             line, k / c->n_cols, k % c->n_cols);
    return XBAR_OK;
}

xbar_status xbar_closed_form_check(const xbar_crossbar *c, xbar_error *err)
{
    for (int side = 0; side < XBAR_N_SIDES; side++)
        XBAR_TRY(check_side(c, (xbar_side)side,
                            side == XBAR_LEFT || side == XBAR_BOTTOM, err));
    XBAR_TRY(check_cuts(c, c->row_cut, "word", err));
    return check_cuts(c, c->col_cut, "bit", err);
}
