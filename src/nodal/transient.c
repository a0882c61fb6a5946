/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Steps one behind the other: as long as the tolerance allows, up to every corner of the
 * sources, and what the wanted moments between two steps see.
 *
 * Moments need no steps of their own: between the ends of a step states follow the cubic
 * that has their values and rates there, energies likewise, and the network is solved
 * anew for them. Only capacitances, whose currents are slopes, and switches want a step's
 * end. */
#include "nodal/transient.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/memory.h"
#include "nodal/single.h"
#include "nodal/step.h"

/* A step's own error is to be this share of the tolerance: errors add up. */
static const double share_of_step = 0.02;

struct xbar_transient {
    xbar_step step;
    double max_step_s;
    double h;      /* s: what the next step is to be; 0: not known */
    size_t n_mild; /* explicit steps since the last corner */
    size_t
        n_held; /* further steps that are not to grow: an explicit one was rejected */
    bool has_ended;      /* nothing but begin may follow */
    double *x;           /* [n_states][n]: at a moment within a step */
    xbar_single *single; /* NULL: not one cell, or not so simple a one */
    bool is_plain;
};

xbar_status xbar_transient_new(xbar_transient **out, xbar_nodal *solver,
                               const xbar_crossbar *c, xbar_error *err)
{
    *out = NULL;
    void *memory = NULL;
    XBAR_TRY(xbar_array_new(&memory, 1, sizeof(xbar_transient), "time", err));
    xbar_transient *t = memory;
    t->has_ended = true;
    const bool is_single = c->n_rows == 1 && c->n_cols == 1 && !c->cell.access;
    xbar_status status = xbar_step_init(&t->step, solver, c, err);
    if (status == XBAR_OK)
        status = xbar_doubles_new(&t->x, t->step.n_all, "states", err);
    if (status == XBAR_OK && is_single && !t->step.storage.is_there)
        status = xbar_single_new(&t->single, c, err);
    if (status != XBAR_OK) {
        xbar_transient_free(t);
        return status;
    }
    *out = t;
    return XBAR_OK;
}

void xbar_transient_free(xbar_transient *t)
{
    if (!t)
        return;
    xbar_step_clear(&t->step);
    xbar_single_free(t->single);
    free(t->x);
    free(t);
}

/* ---- begin ------------------------------------------------------------------------------ */

static void set_states(xbar_step *s, const double *state)
{
    if (state && s->n_all > 0) {
        memcpy(s->x, state, s->n_all * sizeof *state);
        return;
    }
    const size_t n_own = s->c->cell.device->n_states;
    for (size_t r = 0; r < s->n_states; r++)
        for (size_t k = 0; k < s->n; k++)
            s->x[r * s->n + k] =
                r == 0 && n_own > 0 ? s->stage.fixed[k] : s->stage.range[r].initial;
}

xbar_status xbar_transient_begin(xbar_transient *t, const xbar_transient_start *start,
                                 xbar_error *err)
{
    xbar_step *s = &t->step;
    const double tolerance = start->tolerance == 0.0 ? 1e-4 : start->tolerance;
    t->has_ended = true;
    if (!(tolerance >= 1e-9 && tolerance <= 0.1))
        return xbar_fail(err, XBAR_ERR_INPUT,
                         "time: tolerance = %g: want 0 (default) or 1e-9 to 0.1",
                         tolerance);
    if (!(start->max_step_s >= 0.0) || !isfinite(start->t_s))
        return xbar_fail(err, XBAR_ERR_INPUT,
                         "time: max_step_s = %g, t_s = %g: want a longest step of 0 "
                         "(none) or more, and a finite time",
                         start->max_step_s, start->t_s);
    s->tolerance = share_of_step * tolerance;
    t->max_step_s = start->max_step_s;
    t->h = 0.0;
    t->n_mild = t->n_held = 0;
    s->t_s = s->t_begin_s = start->t_s;
    memcpy(s->stage.fixed, xbar_nodal_state(s->solver), s->n * sizeof(double));
    if (start->is_stuck)
        memcpy(s->stage.is_stuck, start->is_stuck, s->n);
    else
        memset(s->stage.is_stuck, 0, s->n);
    set_states(s, start->state);
    xbar_still_forget(s->still);
    for (int side = 0; side < XBAR_N_SIDES; side++)
        memset(s->account.energy[side], 0,
               xbar_side_lines(s->c, (xbar_side)side) * sizeof(double));
    memset(s->account.heat, 0, s->n * sizeof(double));
    s->most_volt = s->most_current = s->most_power = 0.0;
    s->kcl_residual = 0.0;
    s->is_warm = false;
    s->counts = (xbar_transient_counts){0};
    t->is_plain = start->is_plain;
    if (t->single)
        xbar_single_begin(t->single, tolerance, start->max_step_s, s->stage.fixed[0],
                          s->stage.is_stuck[0]);
    t->has_ended = false;
    return XBAR_OK;
}

/* ---- what a moment sees -------------------------------------------------------------------- */

/* The cubic with values a, b and slopes p, q at the ends of a step h, at a share of it. */
static double cubic(double a, double p, double b, double q, double h, double share)
{
    const double rest = 1.0 - share;
    return a + share * share * (3.0 - 2.0 * share) * (b - a) +
           h * share * rest * (rest * p - share * q);
}

static void tell_network(xbar_step *s, const xbar_moments *out, size_t k)
{
    const size_t at = k * s->n;
    xbar_nodal_answer a = {.v_row = out->v_row ? out->v_row + at : NULL,
                           .v_col = out->v_col ? out->v_col + at : NULL,
                           .i_cell = out->i_cell ? out->i_cell + at : NULL};
    for (int side = 0; side < XBAR_N_SIDES; side++)
        a.i_terminal[side] = s->answer.i_terminal[side];
    xbar_step_tell(s, &a);
    for (int side = 0; side < XBAR_N_SIDES; side++) {
        const size_t lines = xbar_side_lines(s->c, (xbar_side)side);
        if (out->i_terminal[side])
            memcpy(out->i_terminal[side] + k * lines, a.i_terminal[side],
                   lines * sizeof(double));
    }
}

static void tell_states(const xbar_step *s, const xbar_moments *out, size_t k,
                        const double *x)
{
    for (size_t r = 0; r < s->n_states; r++)
        for (size_t m = 0; out->state[r] && m < s->n; m++)
            out->state[r][k * s->n + m] =
                s->stage.fixed[m] == 0.0 ? (double)NAN : x[r * s->n + m];
}

/* At the step's end (share 1) or before: the past is in `after` and `next`. */
static void tell_account(const xbar_step *s, const xbar_moments *out, size_t k,
                         double share)
{
    const double h = s->t_s - s->t_next_s;
    for (int side = 0; side < XBAR_N_SIDES; side++) {
        const size_t lines = xbar_side_lines(s->c, (xbar_side)side);
        for (size_t m = 0; out->energy[side] && m < lines; m++) {
            const double end = s->account.energy[side][m];
            out->energy[side][k * lines + m] =
                share == 1.0 ? end
                             : cubic(s->after.energy[side][m], s->next.power[side][m],
                                     end, s->now.power[side][m], h, share);
        }
    }
    for (size_t m = 0; out->heat && m < s->n; m++)
        out->heat[k * s->n + m] =
            share == 1.0 ? s->account.heat[m]
                         : cubic(s->after.heat[m], s->next.heat[m], s->account.heat[m],
                                 s->now.heat[m], h, share);
}

/* The present. @param is_there  the network's last solution is that of the present */
static xbar_status tell_present(xbar_transient *t, const xbar_schedule *schedule,
                                bool is_there, xbar_moments *out, xbar_error *err)
{
    xbar_step *s = &t->step;
    if (!is_there) {
        xbar_step_volts(s, schedule, s->t_s);
        XBAR_TRY(xbar_step_still(s, s->x, err));
    }
    tell_network(s, out, out->n_done);
    tell_states(s, out, out->n_done, s->x);
    tell_account(s, out, out->n_done, 1.0);
    out->n_done++;
    return XBAR_OK;
}

/* A moment within the step that has just been made. */
static xbar_status tell_between(xbar_transient *t, const xbar_schedule *schedule,
                                double t_s, xbar_moments *out, xbar_error *err)
{
    xbar_step *s = &t->step;
    const double h = s->t_s - s->t_next_s;
    const double share = (t_s - s->t_next_s) / h;
    for (size_t r = 0; r < s->n_states; r++)
        for (size_t k = r * s->n; k < (r + 1) * s->n; k++) {
            const double x = cubic(s->x_next[k], s->k[XBAR_STAGES - 1][k], s->x[k],
                                   s->k[0][k], h, share);
            const xbar_state_range *range = &s->stage.range[r];
            t->x[k] = fmin(fmax(x, range->lower), range->upper);
        }
    xbar_step_volts(s, schedule, t_s);
    XBAR_TRY(xbar_step_still(s, t->x, err));
    tell_network(s, out, out->n_done);
    tell_states(s, out, out->n_done, t->x);
    tell_account(s, out, out->n_done, share);
    out->n_done++;
    return XBAR_OK;
}

/* ---- steps ---------------------------------------------------------------------------------- */

/* A first step after which the fastest state has moved by a tenth of what matters. */
static double first_step(const xbar_step *s, double room)
{
    double fastest = 0.0;
    for (size_t r = 0; r < s->n_states; r++)
        for (size_t k = 0; k < s->n; k++)
            fastest =
                fmax(fastest, fabs(s->k[0][r * s->n + k]) / s->stage.range[r].scale);
    return fmin(0.25 * room, fastest > 0.0 ? 0.1 / fastest : (double)INFINITY);
}

/* Where a step from the present ends, no later than `end`. */
static double step_end(const xbar_transient *t, double end)
{
    const double now = t->step.t_s;
    double h = t->h;
    if (t->max_step_s > 0.0)
        h = fmin(h, t->max_step_s);
    if (now + 1.001 * h >= end)
        return end;
    /* two steps rather than one and a scrap */
    return now + 2.0 * h > end ? now + 0.5 * (end - now) : now + h;
}

/* So many explicit steps between two corners say that something is stiff, or that more is
 * wanted than a third order gives. */
enum { MOST_MILD = 100 };

/* What rejects an explicit step is often its limit of stability, at which it stays. */
enum { HELD = 4 };

/* The shortest step that the present can be told from: a few of its last digits. */
static double shortest_step(const xbar_step *s, double t1)
{
    return 8.0 * DBL_EPSILON * fmax(fabs(t1), fabs(s->t_s));
}

/* Does no state move at the present? Then none may until the next corner. */
static bool stands_still(const xbar_step *s)
{
    for (size_t m = 0; m < s->n_all; m++)
        if (s->k[0][m] != 0.0)
            return false;
    return true;
}

/* One accepted step, no further than `end`. A state that snaps in less time than the
 * present's last digits tell jumps: the shortest implicit step is accepted whatever its
 * error, as its end is on the far side. */
static xbar_status make_step(xbar_transient *t, const xbar_schedule *schedule,
                             double end, xbar_error *err)
{
    xbar_step *s = &t->step;
    if (s->still && stands_still(s))
        t->h = end - s->t_s;
    for (;;) {
        const double t1 = step_end(t, end);
        const double h = t1 - s->t_s;
        double error = 0.0;
        const double least = shortest_step(s, t1);
        if (!(h > least))
            return xbar_fail(err, XBAR_ERR_CONVERGENCE,
                             "at t = %.9g s: no step is short enough for an error of "
                             "%.2g; the last one was %.3g s",
                             s->t_s, s->tolerance / share_of_step, h);
        const bool is_short = h <= 4.0 * least;
        const bool is_mild = s->still && t->n_mild < MOST_MILD && !is_short;
        const double power = is_mild ? -1.0 / 3.0 : -0.25;
        if (is_mild)
            XBAR_TRY(xbar_step_try_mild(s, schedule, t1, &error, err));
        else
            XBAR_TRY(xbar_step_try(s, schedule, t1, &error, err));
        t->n_mild += is_mild;
        if (error <= 1.0 || (is_short && isfinite(error))) {
            s->counts.n_steps++;
            /* error ~ h^4 of the embedded result, or h^3 */
            const double most = t->n_held > 0 ? 1.0 : is_mild ? 3.0 : 6.0;
            const double grow = fmin(0.9 * pow(fmax(error, 1e-10), power), most);
            t->n_held -= t->n_held > 0;
            t->h = fmax(fmax(grow, 0.2) * h, 2.0 * least);
            xbar_step_accept(s);
            return XBAR_OK;
        }
        s->counts.n_rejected++;
        t->n_held = is_mild ? HELD : 0;
        const double shrink =
            isfinite(error) ? fmax(0.9 * pow(error, power), 0.1) : 0.2;
        t->h = is_short ? shrink * h : fmax(shrink * h, 2.0 * least);
    }
}

/* One cell, to t1. */
static xbar_status go_single(xbar_transient *t, const xbar_schedule *schedule,
                             double t1, xbar_error *err)
{
    xbar_step *s = &t->step;
    double *energy[XBAR_N_FAMILIES] = {NULL, NULL};
    for (int side = 0; side < XBAR_N_SIDES; side++)
        if (!isnan(s->in.volt[side][0]) && !isnan(s->c->terminal_ohm[side][0]))
            energy[side / 2] = s->account.energy[side];
    xbar_single_state at = {.t_s = s->t_s,
                            .x = s->x,
                            .heat = s->account.heat[0],
                            .energy_word = *energy[XBAR_WORD],
                            .energy_bit = *energy[XBAR_BIT]};
    xbar_status status = xbar_single_go(t->single, schedule, &s->in, &at, t1, err);
    s->t_s = at.t_s;
    s->account.heat[0] = at.heat;
    *energy[XBAR_WORD] = at.energy_word;
    *energy[XBAR_BIT] = at.energy_bit;
    s->counts.n_steps += at.n_steps;
    s->counts.n_rejected += at.n_rejected;
    return status;
}

/* One cell, over the moments of an advance; up to those that its own way does not reach. */
static xbar_status run_single(xbar_transient *t, const xbar_schedule *schedule,
                              const double *t_s, size_t n, xbar_moments *out,
                              xbar_error *err)
{
    while (out->n_done < n) {
        xbar_status status = go_single(t, schedule, t_s[out->n_done], err);
        if (status == XBAR_ERR_CONVERGENCE)
            return XBAR_OK;
        if (status != XBAR_OK)
            return status;
        XBAR_TRY(tell_present(t, schedule, false, out, err));
    }
    return XBAR_OK;
}

/* Is a cubic between a step's ends as good as they are? Not for currents into
 * capacitances, nor for a switch, whose small state follows exponentials and carries the
 * whole current. */
static bool has_dense_output(const xbar_step *s)
{
    const xbar_device *selector = s->c->cell.selector;
    return !s->storage.is_there && !(selector && selector->n_states > 0);
}

/* From the present to the end of this advance. */
static xbar_status run(xbar_transient *t, const xbar_schedule *schedule,
                       const double *t_s, size_t n, xbar_moments *out, xbar_error *err)
{
    xbar_step *s = &t->step;
    xbar_step_volts(s, schedule, s->t_s);
    if (t->single && !t->is_plain && xbar_single_fits(t->single, &s->in))
        XBAR_TRY(run_single(t, schedule, t_s, n, out, err));
    if (out->n_done == n)
        return XBAR_OK;
    double corner = schedule->corner(s->t_s, schedule->with);
    double end = fmin(corner, t_s[n - 1]);
    XBAR_TRY(xbar_step_start(s, schedule, end > s->t_s ? end - s->t_s : 1.0, err));
    if (t_s[out->n_done] == s->t_s)
        XBAR_TRY(tell_present(t, schedule, true, out, err));
    if (t->h == 0.0)
        t->h = first_step(s, end - s->t_s);
    while (out->n_done < n) {
        if (s->t_s >= corner)
            t->n_mild = t->n_held = 0;
        if (s->t_s >= corner)
            corner = schedule->corner(s->t_s, schedule->with);
        end = fmin(corner, has_dense_output(s) ? t_s[n - 1] : t_s[out->n_done]);
        /* a moment and a corner that differ in their last digits alone are one */
        if (end - s->t_s <= shortest_step(s, end))
            s->t_s = end;
        else
            XBAR_TRY(make_step(t, schedule, end, err));
        bool is_there = true;
        while (out->n_done < n && t_s[out->n_done] < s->t_s) {
            XBAR_TRY(tell_between(t, schedule, t_s[out->n_done], out, err));
            is_there = false;
        }
        if (out->n_done < n && t_s[out->n_done] == s->t_s)
            XBAR_TRY(tell_present(t, schedule, is_there, out, err));
    }
    return XBAR_OK;
}

static xbar_status check_times(const xbar_transient *t, const double *t_s, size_t n,
                               xbar_error *err)
{
    if (t->has_ended)
        return xbar_fail(err, XBAR_ERR_INPUT, "time: no run has begun");
    for (size_t k = 0; k < n; k++)
        if (!isfinite(t_s[k]) || t_s[k] < t->step.t_s ||
            (k > 0 && t_s[k] <= t_s[k - 1]))
            return xbar_fail(
                err, XBAR_ERR_INPUT,
                "time: moment %zu is %.9g s: want rising moments from %.9g "
                "s on",
                k, t_s[k], t->step.t_s);
    return XBAR_OK;
}

xbar_status xbar_transient_advance(xbar_transient *t, const xbar_schedule *schedule,
                                   const double *t_s, size_t n, xbar_moments *out,
                                   xbar_error *err)
{
    out->n_done = 0;
    XBAR_TRY(check_times(t, t_s, n, err));
    xbar_status status = n > 0 ? run(t, schedule, t_s, n, out, err) : XBAR_OK;
    out->kcl_residual = fmax(out->kcl_residual, t->step.kcl_residual);
    t->has_ended = status != XBAR_OK;
    return status;
}

void xbar_transient_states(const xbar_transient *t, double *state)
{
    if (t->step.n_all > 0)
        memcpy(state, t->step.x, t->step.n_all * sizeof *state);
}

xbar_transient_counts xbar_transient_count(const xbar_transient *t)
{
    return t->step.counts;
}
