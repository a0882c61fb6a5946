/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The general iteration: any network, any cells. */
#include <float.h>
#include <math.h>
#include <stdlib.h>

#include "core/memory.h"
#include "nodal/answer.h"
#include "nodal/plane.h"
#include "nodal/solver.h"

/* An answer that leaves more than this of the largest current at a node is none. */
static const double worst_tolerance = 1e-9;

static const xbar_inner *const inner[XBAR_N_INNER] = {
    &xbar_inner_tiled, &xbar_inner_direct, &xbar_inner_unsymmetric};

/* All planes, so that they can be made anew. */
static void clear_planes(xbar_nodal *s)
{
    xbar_cells *c = &s->cells;
    double **const planes[] = {&s->newton.r[XBAR_WORD],
                               &s->newton.e[XBAR_WORD],
                               &s->newton.r[XBAR_BIT],
                               &s->newton.e[XBAR_BIT],
                               &s->newton.didv,
                               &c->v,
                               &c->i,
                               &c->v_n,
                               &c->back,
                               &c->work};
    xbar_drops_clear(&s->drops);
    for (size_t k = 0; k < sizeof planes / sizeof *planes; k++) {
        free(*planes[k]);
        *planes[k] = NULL;
    }
    s->lines.cell_back = NULL;
    s->has_planes = false;
}

void xbar_general_close(xbar_nodal *s)
{
    for (int k = 0; k < XBAR_N_INNER; k++)
        if (s->solver[k])
            inner[k]->close(s->solver[k]);
    clear_planes(s);
}

static xbar_status fill_planes(xbar_nodal *s, xbar_error *err)
{
    const size_t n = s->c->n_rows * s->c->n_cols;
    XBAR_TRY(xbar_drops_init(&s->drops, &s->lines, err));
    XBAR_TRY(xbar_doubles_new(&s->cells.v, s->c->n_cols, "a row", err));
    XBAR_TRY(xbar_doubles_new(&s->cells.i, s->c->n_cols, "a row", err));
    for (int f = 0; f < XBAR_N_FAMILIES; f++) {
        XBAR_TRY(xbar_doubles_new(&s->newton.r[f], n, "residuals", err));
        XBAR_TRY(xbar_doubles_new(&s->newton.e[f], n, "corrections", err));
    }
    if (s->c->cell.access) {
        XBAR_TRY(xbar_doubles_new(&s->cells.v_n, s->c->n_cols, "a row", err));
        XBAR_TRY(xbar_doubles_new(&s->cells.work, 2 * s->c->n_cols, "a row", err));
        XBAR_TRY(xbar_doubles_new(&s->cells.back, n, "conductances", err));
        s->lines.cell_back = s->cells.back;
    }
    return XBAR_OK;
}

/* Planes for the general iteration. */
static xbar_status make_planes(xbar_nodal *s, xbar_error *err)
{
    if (s->has_planes)
        return XBAR_OK;
    const xbar_status status = fill_planes(s, err);
    if (status != XBAR_OK)
        clear_planes(s);
    else
        s->has_planes = true;
    return status;
}

/* Newton's method wants the cells' di/dv as well. */
static xbar_status make_slopes(xbar_nodal *s, xbar_error *err)
{
    if (s->newton.didv)
        return XBAR_OK;
    return xbar_doubles_new(&s->newton.didv, s->c->n_rows * s->c->n_cols,
                            "conductances", err);
}

static xbar_status make_room(xbar_nodal *s, xbar_error *err)
{
    XBAR_TRY(make_planes(s, err));
    if (!xbar_general_is_fixed(s))
        XBAR_TRY(make_slopes(s, err));
    return XBAR_OK;
}

/* Makes the present linear solver fit the lines and the state. */
static xbar_status prepare(xbar_nodal *s, const xbar_stimulus *in, double soft_ohm,
                           xbar_error *err)
{
    const int k = s->present;
    XBAR_TRY(xbar_nodal_look_at(s, in, soft_ohm, err));
    if (!s->solver[k])
        XBAR_TRY(inner[k]->open(&s->solver[k], &s->lines, err));
    s->newton.inner = inner[k];
    s->newton.solver = s->solver[k];
    if (!s->is_arranged[k]) {
        s->is_factored[k] = s->has_factors[k] = false;
        XBAR_TRY(inner[k]->arrange(s->solver[k], err));
        s->is_arranged[k] = true;
    }
    if (xbar_general_is_fixed(s) && !s->is_factored[k]) {
        XBAR_TRY(inner[k]->factor(s->solver[k], s->state, err));
        s->is_factored[k] = true;
    }
    return XBAR_OK;
}

/* The highest conductance that is not a cell's: what a terminal of 0 ohm is to be small
 * against. */
static double highest_siemens(const xbar_nodal *s)
{
    double top =
        fmax(s->lines.family[XBAR_WORD].siemens, s->lines.family[XBAR_BIT].siemens);
    for (int side = 0; side < XBAR_N_SIDES; side++)
        for (size_t k = 0; k < xbar_side_lines(s->c, (xbar_side)side); k++)
            top = fmax(top, s->lines.siemens[side][k]);
    return top > 0.0 ? top : 1.0;
}

/* Terminals of 0 ohm force cells beside them at once to where their currents may be
 * e-folds beyond all reason, which Newton's method undoes one e-fold a step. So where that
 * is seen they are first given a small resistance, then smaller ones, each time from the
 * solution before, until nothing is forced any more. */
static xbar_status start_softly(xbar_nodal *s, const xbar_stimulus *in, xbar_error *err)
{
    enum { STAGES = 5 };
    double ohm = 1e-3 / highest_siemens(s);
    for (int k = 0; k < STAGES; k++, ohm *= 1e-2) {
        XBAR_TRY(prepare(s, in, ohm, err));
        if (k == 0) {
            XBAR_TRY(xbar_drops_start(&s->drops, &s->lines, in, err));
            xbar_drops_level(&s->drops, &s->lines, in);
        }
        xbar_status status = xbar_newton_solve(&s->newton, in, err);
        if (status != XBAR_OK && status != XBAR_ERR_CONVERGENCE)
            return status;
        if (!xbar_newton_is_overdriven(&s->newton, s->newton.didv))
            break;
    }
    XBAR_TRY(prepare(s, in, 0.0, err));
    return xbar_drops_hold(&s->drops, &s->lines, in, err);
}

/* Everything up to the first iteration that counts. */
static xbar_status start(xbar_nodal *s, const xbar_stimulus *in, xbar_error *err)
{
    XBAR_TRY(prepare(s, in, 0.0, err));
    if (s->is_warm)
        return xbar_drops_resume(&s->drops, &s->lines, in, err);
    XBAR_TRY(xbar_drops_start(&s->drops, &s->lines, in, err));
    /* drops of drops of drops */
    s->newton.nothing = pow(DBL_EPSILON, 4) * s->drops.scale * highest_siemens(s);
    if (xbar_general_is_fixed(s))
        return XBAR_OK;
    xbar_drops_level(&s->drops, &s->lines, in);
    if (s->c->cell.access)
        return XBAR_OK; /* a channel's current has no exponential */
    return xbar_newton_is_overdriven(&s->newton, NULL) ? start_softly(s, in, err)
                                                       : XBAR_OK;
}

/* A, what the last digits of the node voltages are worth in the best conductor among the
 * cells: their voltages are differences of those. (Wires' and terminals' drops have digits
 * of their own.) */
static double rounding(xbar_nodal *s)
{
    double best = 0.0;
    for (size_t i = 0; i < s->c->n_rows; i++) {
        double *didv = s->newton.e[XBAR_WORD];
        xbar_kirchhoff_cells(&s->lines, &s->drops, &s->cells, i);
        xbar_cells_current(&s->cells, s->c->n_cols, i, s->cells.i, didv);
        best = fmax(best, xbar_largest(s->c->n_cols, didv));
    }
    return 4.0 * DBL_EPSILON * s->drops.scale * best;
}

/* From the start to the solution. */
static xbar_status iterate(xbar_nodal *s, const xbar_stimulus *in, xbar_error *err)
{
    const int k = s->present;
    if (xbar_general_is_fixed(s))
        return xbar_newton_refine(&s->newton, in, err);
    /* within steps in time the factors of the moment before mostly serve */
    if (s->is_warm && s->has_factors[k] && k != XBAR_TILED) {
        bool is_good = false;
        XBAR_TRY(xbar_newton_reuse(&s->newton, in, &is_good, err));
        if (is_good)
            return XBAR_OK;
    }
    s->has_factors[k] = s->cells.law != NULL;
    return xbar_newton_solve(&s->newton, in, err);
}

xbar_status xbar_general_solve(xbar_nodal *s, const xbar_stimulus *in,
                               xbar_nodal_answer *a, xbar_error *err)
{
    XBAR_TRY(make_room(s, err));
    XBAR_TRY(start(s, in, err));
    xbar_status status = iterate(s, in, err);
    if (status != XBAR_OK && status != XBAR_ERR_CONVERGENCE)
        return status;
    s->is_settled = status == XBAR_OK;
    /* Kirchhoff's law has the last word, also where the iteration found no end. */
    xbar_answer_fill(a, s->c, &s->lines, &s->drops, &s->cells, s->newton.r);
    /* where nothing flows, what is left is as large as what is found */
    bool is_still =
        a->largest_current <= xbar_drops_least(&s->drops) * highest_siemens(s);
    a->is_tight = is_still || a->kcl_residual <= s->tolerance * a->largest_current;
    double worst = fmax(worst_tolerance, 10.0 * s->newton.enough) * a->largest_current;
    if (a->is_tight || a->kcl_residual <= worst ||
        a->kcl_residual <= worst + rounding(s))
        return XBAR_OK;
    if (status != XBAR_OK)
        return status;
    return xbar_fail(err, XBAR_ERR_CONVERGENCE,
                     "Kirchhoff's law is left with %.2g A at a node, of %.2g A",
                     a->kcl_residual, a->largest_current);
}
