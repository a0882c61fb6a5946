/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Newton's method on the network's co-content (Millar, Phil. Mag. 42, 1951,
 * doi:10.1080/14786445108561365):
 *
 *   F(x) = sum over cells of the integral of i dv from 0 to v
 *        + sum over wires and terminals of g d^2 / 2
 *
 * Its gradient is minus the residual r of Kirchhoff's law, so what makes F least is the
 * solution. Where no cell's current falls with its voltage F is convex, and strictly so
 * on the live nodes: there is one solution, and the slope along a Newton step e,
 *
 *   F'(share) = -r(x + share e) . e
 *
 * grows along it from a negative value. The line search looks for its zero, roughly: it
 * needs no integral of the cells' law, loses no digits in differences of F, and where it
 * stops below zero, F has fallen. Exponential laws make two kinds of bad steps. Too long:
 * from where cells conduct little, a step drives some of them far up their exponential,
 * and the slope is huge and positive; the zero is then sought in the slope's logarithm.
 * Too short: from far up, each step takes an exponential back by one e-fold; a step that
 * leaves a third of the slope is doubled while that helps.
 *
 * Cells with a gate have no F at all, as K is not symmetric: there the residual's norm is
 * what has to fall. Newton's step always makes it fall at first, so the only place where
 * the search could end but at a solution is one where K is singular; and K is an M-matrix
 * (unsymmetric.c), singular nowhere.
 *
 * A device whose current falls somewhere has no such F; there the cell is given its chord
 * i/v in place of di/dv, so that K stays positive definite, and the search demands that
 * the residual's norm falls. */
#include "nodal/newton.h"

#include <math.h>

#include "nodal/plane.h"

static double largest(const xbar_newton *t, double *const planes[XBAR_N_FAMILIES])
{
    const size_t n = t->lines->n_rows * t->lines->n_cols;
    return fmax(xbar_largest(n, planes[XBAR_WORD]), xbar_largest(n, planes[XBAR_BIT]));
}

/* The falling force r . e, and |r|^2 with it. */
static double force_along(xbar_newton *t, double *const e[XBAR_N_FAMILIES])
{
    const size_t n = t->lines->n_rows * t->lines->n_cols;
    const xbar_sums word = xbar_products(n, t->r[XBAR_WORD], e[XBAR_WORD]);
    const xbar_sums bit = xbar_products(n, t->r[XBAR_BIT], e[XBAR_BIT]);
    t->square = word.xx + bit.xx;
    return word.xy + bit.xy;
}

/* |r|^2 alone. */
static double square_of(xbar_newton *t)
{
    return force_along(t, t->r);
}

static xbar_status correct(xbar_newton *t, double tolerance, xbar_error *err)
{
    size_t n_steps = 0;
    XBAR_TRY(t->inner->correct(t->solver, t->e, t->r, tolerance, &n_steps, err));
    t->n_corrections++;
    t->n_steps += n_steps;
    return XBAR_OK;
}

/* ---- fixed conductances -------------------------------------------------------------- */

/* Corrections with the conductances that the linear solver was given last. Each one is
 * computed from the residual of the present voltages, so an inexact solver, or rounding in
 * a direct one, costs corrections and no digits. Done when neither the residual falls any
 * more nor the corrections have anything left; or when the next, which is smaller than the
 * one before by the same factor, cannot be seen.
 * @param e_before      V, the move before: cells that are not linear have the right
 *                      conductances only where corrections fall quickly; INFINITY for
 *                      linear ones
 * @param is_looked_at  r and current are the present voltages'
 * @param[out] is_good  was that at a solution? Cells that are not linear may need Newton */
static xbar_status refine(xbar_newton *t, const xbar_stimulus *s, double e_before,
                          bool is_looked_at, bool *is_good, xbar_error *err)
{
    enum { MOST = 40 };
    static const double settled = 1e-12; /* a move, as a share of the largest voltage */
    const double tolerance = t->enough > 0.0 ? 1e-3 : 1e-8;
    const bool is_linear = isinf(e_before);
    const double scale = t->drops->scale;
    double r_before = (double)INFINITY;
    double next = (double)INFINITY; /* V, what is expected of another correction */
    bool is_last = false;           /* references are where they should be */
    *is_good = true;
    for (int k = 0; k < MOST; k++) {
        if (k > 0 || !is_looked_at)
            t->current = xbar_kirchhoff(t->lines, t->drops, t->cells, t->r, NULL);
        const double current = t->current;
        double r = largest(t, t->r);
        if (r <= t->nothing)
            return XBAR_OK;
        if (e_before <= t->enough * scale && r <= t->enough * current)
            return XBAR_OK;
        if (next <= 1e-15 * scale && r <= fmin(1e-14, t->tight) * current)
            return XBAR_OK;
        if (r > 0.5 * r_before && e_before <= 1e-15 * scale) {
            if (is_last || r <= 1e-13 * current)
                return XBAR_OK;
            xbar_drops_settle(t->drops, t->lines, s, (double)INFINITY);
            is_last = true;
            r_before = (double)INFINITY;
            continue;
        }
        XBAR_TRY(correct(t, tolerance, err));
        double e = largest(t, t->e);
        if (!isfinite(e))
            return xbar_fail(err, XBAR_ERR_CONVERGENCE, "the linear solver diverged");
        /* Once voltages have their digits currents may still go on to gain some: where
         * nearly nothing flows, and other conductances would not be better ones. */
        const bool is_settled = e_before <= settled * scale;
        const double quickly = is_linear ? 0.5 : is_settled ? 1.0 : 0.1;
        if (e > quickly * e_before && e > fmax(1e-15, t->enough) * scale &&
            (!is_linear || r > 0.5 * r_before))
            break;
        xbar_drops_move(t->drops, t->lines, 1.0, t->e);
        xbar_drops_settle(t->drops, t->lines, s, e);
        r_before = r;
        /* Conductances are the same from the second on, and so is the factor. */
        next = k > 0 ? e * fmax(10.0 * e / e_before, 0.01) : (double)INFINITY;
        e_before = e;
    }
    /* Small currents say nothing: beside large ones they may not even be seen. */
    *is_good = e_before <= settled * scale;
    return XBAR_OK;
}

xbar_status xbar_newton_refine(xbar_newton *t, const xbar_stimulus *s, xbar_error *err)
{
    bool is_good = false;
    return refine(t, s, (double)INFINITY, false, &is_good, err);
}

xbar_status xbar_newton_reuse(xbar_newton *t, const xbar_stimulus *s, bool *is_good,
                              xbar_error *err)
{
    /* the first may be as large as the sources are */
    return refine(t, s, 10.0 * t->drops->scale, false, is_good, err);
}

/* ---- Newton's steps ------------------------------------------------------------------ */

/* A row of cells whose conductances K is to have: none below 0, and none that leaves a
 * cell out which is there. @return did a current fall with its voltage? */
static bool make_positive(xbar_newton *t, size_t i)
{
    const size_t n_cols = t->lines->n_cols;
    const double *state = t->cells->state + i * n_cols;
    double *didv = t->didv + i * n_cols;
    double least = (double)INFINITY;
    for (size_t j = 0; j < n_cols; j++) {
        least = didv[j] < least ? didv[j] : least;
        didv[j] =
            state[j] > 0.0 && didv[j] < XBAR_MIN_SIEMENS ? XBAR_MIN_SIEMENS : didv[j];
    }
    double *back = t->cells->v_n ? t->cells->back + i * n_cols : NULL;
    for (size_t j = 0; back && j < n_cols; j++)
        back[j] =
            state[j] > 0.0 && back[j] < XBAR_MIN_SIEMENS ? XBAR_MIN_SIEMENS : back[j];
    if (back)
        return true; /* no F to fall */
    if (least >= 0.0)
        return false;
    if (t->cells->law)
        return true; /* a step in time that is not too long only just falls */
    xbar_kirchhoff_volts(t->lines, t->drops, i, t->cells->v);
    xbar_cells_current(t->cells, n_cols, i, t->cells->i, NULL);
    for (size_t j = 0; j < n_cols; j++)
        if (didv[j] == XBAR_MIN_SIEMENS && t->cells->v[j] != 0.0)
            didv[j] = fmax(t->cells->i[j] / t->cells->v[j], XBAR_MIN_SIEMENS);
    return true;
}

/* The residual at the present voltages, and the cells' conductances for the next step. */
static void evaluate(xbar_newton *t)
{
    t->is_falling = false;
    t->current = xbar_kirchhoff(t->lines, t->drops, t->cells, t->r, t->didv);
    for (size_t i = 0; i < t->lines->n_rows; i++)
        t->is_falling = make_positive(t, i) || t->is_falling;
}

/* The slope's logarithm, with its sign; `least` is what counts as nothing. */
static double log_slope(double slope, double least)
{
    return copysign(log1p(fmin(fabs(slope) / least, 1e300)), slope);
}

/* Where the falling force r.e (minus the slope of F) is small: between 0.5 of its value
 * at the beginning and as much beyond zero.
 *  @param force0      at share 0, > 0
 *  @param e           V, the step's largest move
 *  @param[out] share  the voltages have been moved by share * e
 *  @return found one? */
static bool search_slope(xbar_newton *t, double force0, double e, double *share)
{
    enum { MOST = 60 };
    /* What the last digits of the largest currents do along e cannot be told from 0. */
    const double rounding = 1e-14 * t->current * e;
    const double enough = fmax(0.5 * force0, rounding);
    const double too_short = fmax(0.2 * force0, rounding);
    double low = 0.0;
    double force_low = force0;
    double high = 0.0; /* 0: not known yet */
    double force_high = 0.0;
    double next = 1.0;
    *share = 0.0;
    for (int k = 0; k < MOST; k++) {
        xbar_drops_move(t->drops, t->lines, next - *share, t->e);
        *share = next;
        evaluate(t);
        double force = force_along(t, t->e);
        if (isnan(force))
            force = -(double)INFINITY;
        if (high == 0.0 && force > too_short) {
            if (low > 0.0 && force > 0.7 * force_low)
                return true; /* doubling no longer helps: some other part is to move */
            low = next;
            force_low = force;
            next *= 2.0;
            continue;
        }
        if (fabs(force) <= enough)
            return true;
        if (force > 0.0) {
            low = next;
            force_low = force;
        } else {
            high = next;
            force_high = force;
        }
        double a = log_slope(force_low, 0.1 * force0);
        double b = log_slope(force_high, 0.1 * force0);
        next = low + (high - low) * fmin(fmax(a / (a - b), 0.1), 0.9);
    }
    return false;
}

/* For cells whose current falls somewhere: halve the step until the residual's norm has
 * fallen. */
static bool search_norm(xbar_newton *t, double square0, double *share)
{
    enum { MOST = 24 };
    double next = 1.0;
    *share = 0.0;
    for (int k = 0; k < MOST; k++) {
        xbar_drops_move(t->drops, t->lines, next - *share, t->e);
        *share = next;
        evaluate(t);
        if (square_of(t) <= (1.0 - 1e-4 * next) * square0)
            return true;
        next *= 0.5;
    }
    return false;
}

static xbar_status give_up(const xbar_newton *t, xbar_error *err)
{
    const size_t n_cols = t->lines->n_cols;
    size_t worst[XBAR_N_FAMILIES] = {0};
    for (int f = 0; f < XBAR_N_FAMILIES; f++)
        for (size_t k = 0; k < t->lines->n_rows * n_cols; k++)
            if (!(fabs(t->r[f][k]) <= fabs(t->r[f][worst[f]])))
                worst[f] = k;
    int f =
        fabs(t->r[XBAR_WORD][worst[XBAR_WORD]]) > fabs(t->r[XBAR_BIT][worst[XBAR_BIT]])
            ? XBAR_WORD
            : XBAR_BIT;
    return xbar_fail(err, XBAR_ERR_CONVERGENCE,
                     "Newton's method stopped after %zu steps with %.2g A left at %s "
                     "node (%zu,%zu)",
                     t->n_newton, fabs(t->r[f][worst[f]]),
                     f == XBAR_WORD ? "word" : "bit", worst[f] / n_cols,
                     worst[f] % n_cols);
}

/* One step with new conductances.
 * @param forcing     how well the linear system is to be solved
 * @param[out] share  of the step that was made; 0: the search found none that is right
 * @param[out] move   V, the largest move of all of it */
static xbar_status step(xbar_newton *t, const xbar_stimulus *s, double forcing,
                        double *share, double *move, xbar_error *err)
{
    t->n_newton++;
    XBAR_TRY(t->inner->factor(t->solver, t->didv, err));
    XBAR_TRY(correct(t, forcing, err));
    double force = force_along(t, t->e);
    if (!isfinite(force))
        return give_up(t, err);
    *move = largest(t, t->e);
    bool found = t->is_falling ? search_norm(t, t->square, share)
                               : search_slope(t, force, *move, share);
    xbar_drops_settle(t->drops, t->lines, s, *share * *move);
    if (!found)
        *share = 0.0;
    return XBAR_OK;
}

/* Will two corrections with the present conductances do? After a step of e, and one of
 * e_before ahead of it, Newton's next would be of about e (e / e_before)^2; one with
 * conductances that are a step old is as large, and leaves over twice its ratio to e.
 * Where new conductances cost as much as some corrections, any number will do. */
static bool is_close(const xbar_newton *t, double e, double e_before)
{
    const double ratio = e / e_before;
    const double next = e * ratio * ratio;
    const double least = fmax(1e-13, 0.1 * t->enough) * t->drops->scale;
    return !t->inner->is_factor_cheap || next * 2.0 * ratio * ratio <= least;
}

xbar_status xbar_newton_solve(xbar_newton *t, const xbar_stimulus *s, xbar_error *err)
{
    enum { MOST = 200, MOST_STALLED = 3 };
    int n_stalled = 0;
    double best = (double)INFINITY;
    /* Once a full step gains three digits its conductances will do for the rest. Where
     * that was not so after all, more digits are wanted the next time. */
    double gain = 1e-3;
    double forcing = 0.1;
    double e_before = t->drops->scale; /* V, the step before */
    evaluate(t);
    double norm = sqrt(square_of(t));
    for (int k = 0; k < MOST && norm > t->nothing; k++) {
        double share = 0.0;
        double move = 0.0;
        double before = norm;
        XBAR_TRY(step(t, s, forcing, &share, &move, err));
        norm = sqrt(t->square);
        /* Eisenstat and Walker, SIAM J. Sci. Comput. 17, 1996, choice 2 */
        forcing = fmin(0.1, 0.9 * (norm / before) * (norm / before));
        /* Steps at the level of rounding, and those that the search made nothing of, are
         * left to refining too. */
        double e = share * move;
        double tiny =
            fmax(norm > 0.7 * before ? 1e-9 : 1e-12, t->enough) * t->drops->scale;
        const bool will_do =
            share == 1.0 && norm <= gain * before && is_close(t, e, e_before);
        e_before = e;
        if (!will_do && e > tiny)
            continue;
        bool is_good = false;
        XBAR_TRY(refine(t, s, e, true, &is_good, err));
        if (is_good)
            return XBAR_OK;
        gain *= 1e-2;
        evaluate(t);
        norm = sqrt(square_of(t));
        /* Rounding may keep a node that hangs on next to nothing moving for ever. */
        n_stalled = norm < 0.5 * best ? 0 : n_stalled + 1;
        best = fmin(best, norm);
        if (n_stalled == MOST_STALLED)
            break;
    }
    return norm > t->nothing ? give_up(t, err) : XBAR_OK;
}

/* ---- starts -------------------------------------------------------------------------- */

/* Does a terminal of 0 ohm stand at this node, if only a soft one?
 * @param[out] gap  V, how far its source is */
static bool is_driven(const xbar_newton *t, int family, size_t line, size_t k,
                      double *gap)
{
    const xbar_lines *l = t->lines;
    const xbar_family *f = &l->family[family];
    *gap = 0.0;
    for (int side = 2 * family; side < 2 * family + 2; side++) {
        bool is_there = f->is_ideal ? xbar_lines_piece(f, line, k) ==
                                          xbar_lines_end_piece(l, (xbar_side)side, line)
                                    : k == (side % 2 == 0 ? 0 : f->n_nodes - 1);
        if (is_there && (l->is_held[side][line] || l->is_soft[side][line])) {
            *gap = t->drops->gap[side][line];
            return true;
        }
    }
    return false;
}

/* The cells of row i that terminals of 0 ohm drive: those with such a terminal on one
 * side. Between two of them nothing can be done, and nothing depends on the cell.
 * @param[out] v     V, as it is when nodes at those terminals are where their sources are
 * @param[out] x     their states
 * @param[out] then  S, their di/dv in `before`, unless that is NULL
 * @return how many */
static size_t find_driven(const xbar_newton *t, size_t i, const double *before,
                          double *v, double *x, double *then)
{
    const size_t n_cols = t->lines->n_cols;
    size_t n = 0;
    xbar_kirchhoff_volts(t->lines, t->drops, i, v);
    for (size_t j = 0; j < n_cols; j++) {
        double word_gap = 0.0;
        double bit_gap = 0.0;
        bool word = is_driven(t, XBAR_WORD, i, j, &word_gap);
        bool bit = is_driven(t, XBAR_BIT, j, i, &bit_gap);
        if (word == bit)
            continue;
        v[n] = v[j] + word_gap - bit_gap;
        x[n] = t->cells->state[i * n_cols + j];
        if (before)
            then[n] = before[i * n_cols + j];
        n++;
    }
    return n;
}

bool xbar_newton_is_overdriven(xbar_newton *t, const double *before)
{
    static const double most = 100.0;
    double *v = t->cells->v;
    double *x = t->r[XBAR_WORD];
    double *now = t->e[XBAR_WORD];
    double *then = t->e[XBAR_BIT];
    double *rest = t->r[XBAR_BIT];
    for (size_t j = 0; j < t->lines->n_cols; j++)
        rest[j] = 0.0;
    for (size_t i = 0; t->lines->has_rigid && i < t->lines->n_rows; i++) {
        size_t n = find_driven(t, i, before, v, x, then);
        if (!before)
            xbar_cell_current(t->cells->cell, n, t->cells->i, then, rest, x);
        xbar_cell_current(t->cells->cell, n, t->cells->i, now, v, x);
        for (size_t k = 0; k < n; k++)
            if (now[k] > most * then[k])
                return true;
    }
    return false;
}
