/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Letters of adjoint.h. Currents along a wire are found by Kirchhoff's law from its
 * terminals' and cells' currents: that loses no digits however small the wire's
 * resistance is, and at 0 ohm it is all there is. */
#include "nodal/gradient.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/memory.h"
#include "nodal/adjoint.h"
#include "nodal/differences.h"
#include "nodal/inside.h"

struct xbar_gradient {
    const xbar_crossbar *c;
    bool is_linear;
    double *state; /* [n_rows][n_cols] */

    xbar_crossbar twin;   /* c with ohmic cells; its arrays are c's */
    xbar_nodal *adjoint;  /* of twin */
    double *didv;         /* S, [n_rows][n_cols]; the state, when that is linear */
    xbar_stimulus drive;  /* the adjoint network's */
    xbar_nodal_answer at; /* lambda, and the adjoint network's currents */
    double *inject[XBAR_N_FAMILIES]; /* w_n, [n_rows][n_cols]; NULL before the first */

    double *v, *i;    /* V, A, a row of cells */
    double *fall;     /* lambda's cell voltages, a row */
    double *work;     /* four rows */
    double *along[2]; /* A, the longest line */
};

/* ---- making one ---------------------------------------------------------------------- */

void xbar_gradient_free(xbar_gradient *g)
{
    if (!g)
        return;
    xbar_nodal_free(g->adjoint);
    xbar_stimulus_clear(&g->drive);
    free(g->at.v_row);
    free(g->at.v_col);
    free(g->at.i_cell);
    for (int side = 0; side < XBAR_N_SIDES; side++)
        free(g->at.i_terminal[side]);
    for (int f = 0; f < XBAR_N_FAMILIES; f++)
        free(g->inject[f]);
    if (!g->is_linear)
        free(g->didv);
    free(g->state);
    free(g->v);
    free(g->i);
    free(g->fall);
    free(g->work);
    free(g->along[0]);
    free(g->along[1]);
    free(g);
}

static xbar_status make_room(xbar_gradient *g, xbar_error *err)
{
    static const char what[] = "gradient";
    const xbar_crossbar *c = g->c;
    const size_t n = c->n_rows * c->n_cols;
    const size_t longest = c->n_rows > c->n_cols ? c->n_rows : c->n_cols;
    XBAR_TRY(xbar_doubles_new(&g->state, n, what, err));
    if (g->is_linear)
        g->didv = g->state;
    else
        XBAR_TRY(xbar_doubles_new(&g->didv, n, what, err));
    XBAR_TRY(xbar_stimulus_init(&g->drive, c, err));
    XBAR_TRY(xbar_doubles_new(&g->at.v_row, n, what, err));
    XBAR_TRY(xbar_doubles_new(&g->at.v_col, n, what, err));
    XBAR_TRY(xbar_doubles_new(&g->at.i_cell, n, what, err));
    for (int side = 0; side < XBAR_N_SIDES; side++)
        XBAR_TRY(xbar_doubles_new(&g->at.i_terminal[side],
                                  xbar_side_lines(c, (xbar_side)side), what, err));
    XBAR_TRY(xbar_doubles_new(&g->v, c->n_cols, what, err));
    XBAR_TRY(xbar_doubles_new(&g->i, c->n_cols, what, err));
    XBAR_TRY(xbar_doubles_new(&g->fall, c->n_cols, what, err));
    XBAR_TRY(xbar_doubles_new(&g->work, 4 * c->n_cols, what, err));
    XBAR_TRY(xbar_doubles_new(&g->along[0], longest, what, err));
    return xbar_doubles_new(&g->along[1], longest, what, err);
}

xbar_status xbar_gradient_new(xbar_gradient **out, const xbar_crossbar *c,
                              const xbar_nodal_options *options, xbar_error *err)
{
    *out = NULL;
    void *memory = NULL;
    if (c->cell.access)
        return xbar_fail(err, XBAR_ERR_INPUT,
                         "gradient: cells with an access transistor (%s): want cells "
                         "of two terminals, whose network is its own adjoint",
                         c->cell.access->name);
    XBAR_TRY(xbar_array_new(&memory, 1, sizeof(xbar_gradient), "gradient", err));
    xbar_gradient *g = memory;
    const xbar_device *linear = xbar_device_find("linear");
    g->c = c;
    g->is_linear = c->cell.device == linear && !c->cell.selector;
    g->twin = *c;
    g->twin.cell = xbar_cell_default(linear);
    xbar_status status = xbar_nodal_new(&g->adjoint, &g->twin, options, err);
    if (status == XBAR_OK)
        status = make_room(g, err);
    if (status != XBAR_OK) {
        xbar_gradient_free(g);
        return status;
    }
    *out = g;
    return XBAR_OK;
}

void xbar_gradient_set_state(xbar_gradient *g, const double *state)
{
    memcpy(g->state, state, g->c->n_rows * g->c->n_cols * sizeof *state);
    if (g->is_linear)
        xbar_nodal_set_state(g->adjoint, state);
}

/* ---- outputs ------------------------------------------------------------------------- */

static void fill(double *values, size_t n, double value)
{
    for (size_t k = 0; values && k < n; k++)
        values[k] = value;
}

static size_t n_selector_parameters(const xbar_crossbar *c)
{
    return c->cell.selector ? c->cell.selector->n_parameters : 0;
}

static void blank(xbar_gradient_answer *out, const xbar_crossbar *c)
{
    const double nan = (double)NAN;
    out->value = out->row_ohm = out->col_ohm = nan;
    fill(out->state, c->n_rows * c->n_cols, nan);
    for (int side = 0; side < XBAR_N_SIDES; side++) {
        fill(out->ohm[side], xbar_side_lines(c, (xbar_side)side), nan);
        fill(out->volt[side], xbar_side_lines(c, (xbar_side)side), nan);
    }
    fill(out->parameters, c->cell.device->n_parameters, nan);
    fill(out->selector_parameters, n_selector_parameters(c), nan);
    out->is_tight = false;
}

/* ---- the function -------------------------------------------------------------------- */

static xbar_status check_lines(const char *name, const double *weight, size_t n,
                               xbar_error *err)
{
    for (size_t k = 0; weight && k < n; k++)
        if (!isfinite(weight[k]))
            return xbar_fail(err, XBAR_ERR_INPUT,
                             "gradient: weight of %s %zu = %g: want a finite number",
                             name, k, weight[k]);
    return XBAR_OK;
}

static xbar_status check_nodes(const char *name, const double *weight,
                               const double *volt, const xbar_crossbar *c,
                               xbar_error *err)
{
    for (size_t k = 0; weight && k < c->n_rows * c->n_cols; k++) {
        if (!isfinite(weight[k]))
            return xbar_fail(err, XBAR_ERR_INPUT,
                             "gradient: weight of %s (%zu,%zu) = %g: want a finite "
                             "number",
                             name, k / c->n_cols, k % c->n_cols, weight[k]);
        if (weight[k] != 0.0 && isnan(volt[k]))
            return xbar_fail(err, XBAR_ERR_INPUT,
                             "gradient: weight of %s (%zu,%zu) = %g: want 0: no source "
                             "reaches that node",
                             name, k / c->n_cols, k % c->n_cols, weight[k]);
    }
    return XBAR_OK;
}

static xbar_status check_weights(const xbar_weights *w, const xbar_nodal_answer *a,
                                 const xbar_crossbar *c, xbar_error *err)
{
    XBAR_TRY(check_lines("i_out", w->i_out, c->n_cols, err));
    for (int side = 0; side < XBAR_N_SIDES; side++)
        XBAR_TRY(check_lines(xbar_side_name[side], w->i_terminal[side],
                             xbar_side_lines(c, (xbar_side)side), err));
    XBAR_TRY(check_nodes("v_row", w->v_row, a->v_row, c, err));
    return check_nodes("v_col", w->v_col, a->v_col, c, err);
}

static double sum_nodes(const double *weight, const double *volt, size_t n)
{
    double sum = 0.0;
    for (size_t k = 0; weight && k < n; k++)
        if (weight[k] != 0.0)
            sum += weight[k] * volt[k];
    return sum;
}

static double value(const xbar_gradient *g, const xbar_stimulus *in,
                    const xbar_nodal_answer *a, const xbar_weights *w)
{
    const size_t n = g->c->n_rows * g->c->n_cols;
    double sum = 0.0;
    for (int side = 0; side < XBAR_N_SIDES; side++)
        for (size_t k = 0; k < xbar_side_lines(g->c, (xbar_side)side); k++)
            sum += xbar_adjoint_weight(g->c, in, w, (xbar_side)side, k) *
                   a->i_terminal[side][k];
    return sum + sum_nodes(w->v_row, a->v_row, n) + sum_nodes(w->v_col, a->v_col, n);
}

/* ---- the adjoint network ------------------------------------------------------------- */

/* The twin's cells: di/dv at the answer. */
static xbar_status set_slopes(xbar_gradient *g, const xbar_nodal_answer *a,
                              xbar_error *err)
{
    const size_t n = g->c->n_cols;
    for (size_t i = 0; i < g->c->n_rows; i++) {
        const double *state = g->state + i * n;
        double *didv = g->didv + i * n;
        for (size_t j = 0; j < n; j++)
            g->v[j] = state[j] > 0.0 ? a->v_row[i * n + j] - a->v_col[i * n + j] : 0.0;
        for (size_t j = 0; j < n; j++)
            if (isnan(g->v[j]))
                g->v[j] = 0.0;
        xbar_cell_current(&g->c->cell, n, g->i, didv, g->v, state);
        for (size_t j = 0; j < n; j++) {
            if (!(didv[j] >= 0.0))
                return xbar_fail(err, XBAR_ERR_CONVERGENCE,
                                 "gradient: cell (%zu,%zu): di/dv = %g S: want 0 or "
                                 "more",
                                 i, j, didv[j]);
            /* as for Newton's steps, a cell that is there joins its lines */
            if (state[j] > 0.0)
                didv[j] = fmax(didv[j], XBAR_MIN_SIEMENS);
        }
    }
    xbar_nodal_set_state(g->adjoint, g->didv);
    return XBAR_OK;
}

static xbar_status set_inject(xbar_gradient *g, const xbar_weights *w, xbar_error *err)
{
    const size_t n = g->c->n_rows * g->c->n_cols;
    const double *from[] = {[XBAR_WORD] = w->v_row, [XBAR_BIT] = w->v_col};
    for (int f = 0; f < XBAR_N_FAMILIES; f++) {
        if (!g->inject[f])
            XBAR_TRY(xbar_doubles_new(&g->inject[f], n, "gradient", err));
        if (from[f])
            memcpy(g->inject[f], from[f], n * sizeof(double));
        else
            fill(g->inject[f], n, 0.0);
    }
    return XBAR_OK;
}

/* @return XBAR_OK, the adjoint network's own status, XBAR_ERR_MEMORY */
static xbar_status solve_adjoint(xbar_gradient *g, const xbar_stimulus *in,
                                 const xbar_weights *w, xbar_error *err)
{
    xbar_adjoint_drive(&g->drive, g->c, in, w);
    if (w->v_row || w->v_col) {
        XBAR_TRY(set_inject(g, w, err));
        XBAR_TRY(
            xbar_nodal_solve_injected(g->adjoint, &g->drive, g->inject, &g->at, err));
    } else {
        XBAR_TRY(xbar_nodal_solve(g->adjoint, &g->drive, 1, &g->at, err));
    }
    if (g->at.status != XBAR_OK)
        return xbar_fail(err, g->at.status, "gradient: %s", g->at.error.text);
    return XBAR_OK;
}

/* ---- derivatives by cells ------------------------------------------------------------ */

/* The voltages of a row's cells: from an ohmic cell's current, which has more digits than
 * the difference of its nodes. 0 where no source reaches. */
static void row_volts(double *v, const xbar_nodal_answer *a, const double *siemens,
                      size_t i, size_t n)
{
    for (size_t k = i * n, j = 0; j < n; j++, k++) {
        bool by_current = siemens && siemens[k] > 0.0;
        v[j] = by_current ? a->i_cell[k] / siemens[k] : a->v_row[k] - a->v_col[k];
        if (isnan(v[j]))
            v[j] = 0.0;
    }
}

static void by_states(xbar_gradient *g, const xbar_nodal_answer *a, double *out)
{
    const size_t n = g->c->n_cols;
    for (size_t i = 0; i < g->c->n_rows; i++) {
        double *d = out + i * n;
        row_volts(g->v, a, g->is_linear ? g->state : NULL, i, n);
        row_volts(g->fall, &g->at, g->didv, i, n);
        if (g->is_linear)
            memcpy(d, g->v, n * sizeof *d);
        else
            xbar_differences_state(&g->c->cell, n, d, g->v, g->state + i * n, g->work);
        for (size_t j = 0; j < n; j++) /* [B]: the fall is lambda_a - lambda_b */
            d[j] = 0.0 - d[j] * g->fall[j];
    }
}

typedef struct of_parameters {
    xbar_gradient *g;
    const xbar_nodal_answer *a;
} of_parameters;

/* The sum over cells of (lambda_b - lambda_a) i(v, p). */
static double weighted_current(const xbar_cell *cell, void *with)
{
    const of_parameters *t = with;
    xbar_gradient *g = t->g;
    const size_t n = g->c->n_cols;
    double sum = 0.0;
    for (size_t i = 0; i < g->c->n_rows; i++) {
        row_volts(g->v, t->a, NULL, i, n);
        row_volts(g->fall, &g->at, g->didv, i, n);
        xbar_cell_current(cell, n, g->i, NULL, g->v, g->state + i * n);
        for (size_t j = 0; j < n; j++)
            sum -= g->fall[j] * g->i[j];
    }
    return sum;
}

static void by_parameters(xbar_gradient *g, const xbar_nodal_answer *a, double *out,
                          bool of_selector)
{
    const xbar_cell *cell = &g->c->cell;
    of_parameters t = {g, a};
    size_t n = of_selector ? n_selector_parameters(g->c) : cell->device->n_parameters;
    for (size_t k = 0; out && k < n; k++)
        out[k] = xbar_differences_parameter(cell, of_selector, k, weighted_current, &t);
}

/* ---- derivatives by wires and terminals ---------------------------------------------- */

/* A line's currents from each node to the next.
 *   along  out, [n - 1];  first  into its first node;  sign  of a cell's current away from
 *   it;  inject  may be NULL */
static void follow(double *along, size_t n, size_t start, size_t stride, double first,
                   double sign, const double *i_cell, const double *inject,
                   const uint8_t *cut)
{
    double sum = first;
    for (size_t k = 0; k + 1 < n; k++) {
        const size_t at = start + k * stride;
        sum += (inject ? inject[at] : 0.0) - sign * i_cell[at];
        if (cut && cut[at])
            sum = 0.0;
        along[k] = sum;
    }
}

/* An ideal wire held from both ends, as the limit of one with equal segments: their drops
 * add up to 0. */
static void share_evenly(double *along, size_t n)
{
    double mean = 0.0;
    for (size_t k = 0; k + 1 < n; k++)
        mean += along[k] / (double)(n - 1);
    for (size_t k = 0; k + 1 < n; k++)
        along[k] -= mean;
}

/* The sum over a family's segments of current times adjoint current: by [B] the change of
 * i = v/r by dr is -i/r, and (lambda_a - lambda_b)/r is the adjoint current. */
static double by_wires(const xbar_gradient *g, const xbar_stimulus *in,
                       const xbar_nodal_answer *a, const xbar_weights *w, int family)
{
    const xbar_crossbar *c = g->c;
    const bool is_row = family == XBAR_WORD;
    const size_t n_lines = is_row ? c->n_rows : c->n_cols;
    const size_t n = is_row ? c->n_cols : c->n_rows;
    const size_t stride = is_row ? 1 : c->n_cols;
    const uint8_t *cut = is_row ? c->row_cut : c->col_cut;
    const double sign = is_row ? 1.0 : -1.0;
    const xbar_side side = is_row ? XBAR_LEFT : XBAR_TOP;
    const xbar_side other = (xbar_side)(side ^ 1);
    const double *inject = (is_row ? w->v_row : w->v_col);
    double sum = 0.0;
    for (size_t line = 0; line < n_lines && n > 1; line++) {
        const size_t start = is_row ? line * c->n_cols : line;
        follow(g->along[0], n, start, stride, a->i_terminal[side][line], sign,
               a->i_cell, NULL, cut);
        follow(g->along[1], n, start, stride, g->at.i_terminal[side][line], sign,
               g->at.i_cell, inject, cut);
        if (xbar_adjoint_is_shared(c, in, side, line)) {
            if (xbar_adjoint_weight(c, in, w, side, line) !=
                xbar_adjoint_weight(c, in, w, other, line))
                return (double)NAN;
            share_evenly(g->along[1], n); /* for the sum below one is enough */
        }
        for (size_t k = 0; k + 1 < n; k++)
            sum += g->along[0][k] * g->along[1][k];
    }
    return sum;
}

static double by_ohm(const xbar_gradient *g, const xbar_stimulus *in,
                     const xbar_nodal_answer *a, const xbar_weights *w, xbar_side side,
                     size_t line)
{
    const xbar_crossbar *c = g->c;
    if (!xbar_adjoint_is_shared(c, in, side, line))
        return a->i_terminal[side][line] * g->at.i_terminal[side][line];
    /* with the first resistance here, the other terminal takes it all */
    return xbar_adjoint_weight(c, in, w, side, line) ==
                   xbar_adjoint_weight(c, in, w, (xbar_side)(side ^ 1), line)
               ? 0.0
               : (double)NAN;
}

static void by_terminals(const xbar_gradient *g, const xbar_stimulus *in,
                         const xbar_nodal_answer *a, const xbar_weights *w,
                         xbar_gradient_answer *out)
{
    for (int k = 0; k < XBAR_N_SIDES; k++) {
        const xbar_side side = (xbar_side)k;
        for (size_t line = 0; line < xbar_side_lines(g->c, side); line++) {
            if (out->ohm[side])
                out->ohm[side][line] = by_ohm(g, in, a, w, side, line) + 0.0;
            if (out->volt[side])
                out->volt[side][line] = 0.0 - g->at.i_terminal[side][line];
        }
    }
}

/* ---- all of them --------------------------------------------------------------------- */

static xbar_status solve_one(xbar_gradient *g, const xbar_stimulus *in,
                             const xbar_nodal_answer *a, const xbar_weights *w,
                             xbar_gradient_answer *out, xbar_error *err)
{
    XBAR_TRY(check_weights(w, a, g->c, err));
    XBAR_TRY(solve_adjoint(g, in, w, err));
    out->value = value(g, in, a, w);
    out->is_tight = g->at.is_tight;
    if (out->state)
        by_states(g, a, out->state);
    out->row_ohm = by_wires(g, in, a, w, XBAR_WORD) + 0.0;
    out->col_ohm = by_wires(g, in, a, w, XBAR_BIT) + 0.0;
    by_terminals(g, in, a, w, out);
    by_parameters(g, a, out->parameters, false);
    by_parameters(g, a, out->selector_parameters, true);
    return XBAR_OK;
}

static xbar_status check_answer(const xbar_nodal_answer *a, xbar_error *err)
{
    bool is_whole = a->v_row && a->v_col && a->i_cell;
    for (int side = 0; side < XBAR_N_SIDES; side++)
        is_whole = is_whole && a->i_terminal[side];
    return is_whole ? XBAR_OK
                    : xbar_fail(err, XBAR_ERR_INPUT,
                                "gradient: want an answer with v_row, v_col, i_cell "
                                "and all four i_terminal");
}

xbar_status xbar_gradient_solve(xbar_gradient *g, const xbar_stimulus *in,
                                const xbar_nodal_answer *a, const xbar_weights *w,
                                size_t n, xbar_gradient_answer *out, xbar_error *err)
{
    xbar_error why = {0};
    XBAR_TRY(check_answer(a, err));
    xbar_status status = a->status;
    if (status != XBAR_OK)
        xbar_fail(&why, status, "gradient: the answer itself: %s", a->error.text);
    else if (!g->is_linear)
        status = set_slopes(g, a, &why);
    for (size_t k = 0; k < n; k++) {
        out[k].error = why;
        out[k].status = status;
        if (status == XBAR_OK)
            out[k].status = solve_one(g, in, a, &w[k], &out[k], &out[k].error);
        if (out[k].status != XBAR_OK)
            blank(&out[k], g->c);
        if (out[k].status == XBAR_ERR_MEMORY)
            return xbar_fail(err, XBAR_ERR_MEMORY, "%s", out[k].error.text);
    }
    return XBAR_OK;
}
