/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Networks within a step in time. */
#include "nodal/answer.h"
#include "nodal/solver.h"

/* The network of a moment, or that at rest (NULL). */
static void enter(xbar_nodal *s, const xbar_nodal_moment *moment)
{
    s->cells.law = moment ? moment->law : NULL;
    s->newton.enough = moment ? moment->enough : 0.0;
    for (int f = 0; f < XBAR_N_FAMILIES; f++) {
        s->lines.ground_siemens[f] = moment ? moment->ground_siemens[f] : NULL;
        s->cells.ground_volt[f] = moment ? moment->ground_volt[f] : NULL;
    }
}

/* The linear solvers that are worth trying, the first one first. */
static xbar_status solve_moment(xbar_nodal *s, const xbar_stimulus *in, bool is_warm,
                                xbar_nodal_answer *a, xbar_error *err)
{
    const bool is_small = xbar_nodal_is_small(s);
    XBAR_TRY(xbar_nodal_look_at(s, in, 0.0, err));
    s->is_warm = is_warm && s->has_planes;
    s->cells.gate = in->gate;
    if (s->c->cell.access) {
        s->present = XBAR_UNSYMMETRIC;
        return xbar_general_solve(s, in, a, err);
    }
    s->present = XBAR_DIRECT;
    if (!s->is_plain && !s->lines.ground_siemens[XBAR_WORD] &&
        !xbar_nodal_is_hanging(s)) {
        s->present = XBAR_TILED;
        xbar_status status = xbar_general_solve(s, in, a, err);
        if (status != XBAR_ERR_CONVERGENCE || !is_small)
            return status;
        s->present = XBAR_DIRECT;
        s->is_warm = false;
    }
    return xbar_general_solve(s, in, a, err);
}

xbar_status xbar_nodal_solve_moment(xbar_nodal *s, const xbar_stimulus *in,
                                    const xbar_nodal_moment *moment,
                                    xbar_nodal_answer *a, xbar_error *err)
{
    a->n_newton = a->n_corrections = a->n_steps = 0;
    a->error = (xbar_error){0};
    s->newton.n_newton = s->newton.n_corrections = s->newton.n_steps = 0;
    enter(s, moment);
    a->status = solve_moment(s, in, moment->is_warm, a, &a->error);
    enter(s, NULL);
    s->is_warm = false;
    for (int k = 0; k < XBAR_N_INNER; k++)
        s->is_factored[k] = false;
    a->n_newton = s->newton.n_newton;
    a->n_corrections = s->newton.n_corrections;
    a->n_steps = s->newton.n_steps;
    if (a->status != XBAR_OK)
        return xbar_fail(err, a->status, "%s", a->error.text);
    a->error = (xbar_error){0}; /* of a way that did not get there */
    return XBAR_OK;
}

void xbar_nodal_tell_moment(xbar_nodal *s, const xbar_nodal_moment *moment,
                            xbar_nodal_answer *a)
{
    enter(s, moment);
    xbar_answer_fill(a, s->c, &s->lines, &s->drops, &s->cells, s->newton.r);
    enter(s, NULL);
}

void xbar_nodal_volts(const xbar_nodal *s, double *const v[XBAR_N_FAMILIES])
{
    for (size_t i = 0; i < s->c->n_rows; i++)
        for (size_t j = 0; j < s->c->n_cols; j++) {
            const size_t k = i * s->c->n_cols + j;
            size_t word = xbar_lines_piece(&s->lines.family[XBAR_WORD], i, j);
            size_t bit = xbar_lines_piece(&s->lines.family[XBAR_BIT], j, i);
            v[XBAR_WORD][k] = s->drops.ref[XBAR_WORD][word] + s->drops.u[XBAR_WORD][k];
            v[XBAR_BIT][k] = s->drops.ref[XBAR_BIT][bit] + s->drops.u[XBAR_BIT][k];
        }
}
