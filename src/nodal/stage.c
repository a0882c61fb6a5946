/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One state: Newton's method within a bracket, for a row of cells at a time. The function
 *
 *     F(x) = x - base - h_gamma dx/dt(v, x)
 *
 * is <= 0 at the lower and >= 0 at the upper end of the state's range (or at base, where
 * that lies beyond), as motion beyond a bound is only inward, so a root is bracketed from
 * the beginning. Several states: stage_states.c.
 *
 * A cell whose voltage has hardly changed since it was last found in this stage is taken
 * from its tangent: the end of Newton's iteration on the network, and what is computed
 * once it is through, cost next to nothing. */
#include "nodal/stage_pack.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/memory.h"

xbar_status xbar_stage_init(xbar_stage *s, const xbar_crossbar *c, xbar_error *err)
{
    const size_t n = c->n_rows * c->n_cols;
    *s = (xbar_stage){.cell = &c->cell,
                      .n_rows = c->n_rows,
                      .n_cols = c->n_cols,
                      .n = n,
                      .n_states = xbar_cell_n_states(&c->cell)};
    if (s->n_states > 0)
        xbar_cell_ranges(&c->cell, s->range);
    void *stuck = NULL;
    void *fresh = NULL;
    void *lost = NULL;
    double **const planes[] = {&s->fixed, &s->v, &s->i, &s->didv};
    double **const states[] = {&s->base, &s->x, &s->dx_dv, &s->di_dx};
    xbar_status status = xbar_array_new(&stuck, n, 1, "cells in time", err);
    s->is_stuck = stuck;
    if (status == XBAR_OK)
        status = xbar_array_new(&fresh, n, 1, "cells in time", err);
    s->is_fresh = fresh;
    if (status == XBAR_OK)
        status = xbar_array_new(&lost, c->n_rows, 1, "cells in time", err);
    s->is_lost = lost;
    for (size_t k = 0; status == XBAR_OK && k < sizeof planes / sizeof *planes; k++)
        status = xbar_doubles_new(planes[k], n, "cells in time", err);
    for (size_t k = 0; status == XBAR_OK && k < sizeof states / sizeof *states; k++)
        status = xbar_doubles_new(states[k], s->n_states * n, "cells in time", err);
    if (status == XBAR_OK)
        status = xbar_doubles_new(
            &s->room,
            (9 + 7 * XBAR_MAX_STATES + XBAR_MAX_STATES * XBAR_MAX_STATES) * c->n_cols,
            "cells in time", err);
    if (status == XBAR_OK && c->cell.access)
        status = xbar_doubles_new(&s->v_n, n, "cells in time", err);
    if (status == XBAR_OK && c->cell.access)
        status = xbar_doubles_new(&s->back, n, "cells in time", err);
    if (status == XBAR_OK && c->cell.access)
        status = xbar_doubles_new(&s->dx_dn, s->n_states * n, "cells in time", err);
    if (status != XBAR_OK) {
        xbar_stage_clear(s);
        return status;
    }
    for (size_t k = 0; k < n; k++)
        s->fixed[k] = 1.0;
    return XBAR_OK;
}

void xbar_stage_clear(xbar_stage *s)
{
    free(s->fixed);
    free(s->is_stuck);
    free(s->base);
    free(s->x);
    free(s->dx_dv);
    free(s->di_dx);
    free(s->v);
    free(s->i);
    free(s->didv);
    free(s->is_fresh);
    free(s->is_lost);
    free(s->room);
    free(s->v_n);
    free(s->back);
    free(s->dx_dn);
    *s = (xbar_stage){0};
}

void xbar_stage_begin(xbar_stage *s, double h_gamma)
{
    s->h_gamma = h_gamma;
    memset(s->is_fresh, 0, s->n);
}

/* ---- a row of cells, packed ----------------------------------------------------------- */

static xbar_stage_pack open_pack(const xbar_stage *s)
{
    const size_t m = s->n_cols;
    double *room = s->room;
    xbar_stage_pack p = {0};
    double **const rows[] = {&p.v, &p.v_n,   &p.v_p, &p.v_g,  &p.fixed,
                             &p.i, &p.di_dv, &p.at,  &p.di_dn};
    double **const states[] = {&p.x,      &p.di_dx, &p.rate, &p.rate_v,
                               &p.rate_n, &p.low,   &p.high};
    for (size_t k = 0; k < sizeof rows / sizeof *rows; k++, room += m)
        *rows[k] = room;
    for (size_t k = 0; k < sizeof states / sizeof *states;
         k++, room += XBAR_MAX_STATES * m)
        *states[k] = room;
    p.rate_x = room;
    return p;
}

static void respond_gated(const xbar_stage *s, const xbar_stage_pack *p, bool moves)
{
    xbar_gated_response out = {.i = p->i, .di_dp = p->di_dv, .di_dn = p->di_dn};
    if (s->n_states > 0)
        out.di_dx = p->di_dx;
    if (moves) {
        out.dx_dt = p->rate;
        out.drate_dp = p->rate_v;
        out.drate_dn = p->rate_n;
        out.drate_dx = p->rate_x;
    }
    for (size_t k = 0; k < p->n; k++)
        p->v_p[k] = p->v[k] + p->v_n[k];
    xbar_cell_gated_respond(s->cell, p->n, &out, p->v_p, p->v_g, p->v_n, p->x,
                            p->fixed);
}

void xbar_stage_respond(const xbar_stage *s, const xbar_stage_pack *p, bool moves)
{
    if (s->v_n) {
        respond_gated(s, p, moves);
        return;
    }
    xbar_response out = {.i = p->i, .di_dv = p->di_dv};
    if (s->n_states > 0)
        out.di_dx = p->di_dx;
    if (moves) {
        out.dx_dt = p->rate;
        out.drate_dv = p->rate_v;
        out.drate_dx = p->rate_x;
    }
    xbar_cell_respond(s->cell, p->n, &out, p->v, p->x, p->fixed);
}

/* ---- cells that stand still ------------------------------------------------------------ */

static void find_still(xbar_stage *s, size_t row, xbar_stage_pack *p)
{
    if (p->n == 0)
        return;
    for (size_t k = 0; k < p->n; k++)
        for (size_t r = 0; r < s->n_states; r++)
            p->x[r * p->n + k] = s->base[r * s->n + row + (size_t)p->at[k]];
    xbar_stage_respond(s, p, false);
    for (size_t k = 0; k < p->n; k++) {
        const size_t at = row + (size_t)p->at[k];
        for (size_t r = 0; r < s->n_states; r++) {
            s->x[r * s->n + at] = p->x[r * p->n + k];
            s->dx_dv[r * s->n + at] = 0.0;
            s->di_dx[r * s->n + at] = p->di_dx[r * p->n + k];
        }
        xbar_stage_keep(s, at, p->v[k], p->i[k], p->di_dv[k]);
        if (!s->v_n)
            continue;
        for (size_t r = 0; r < s->n_states; r++)
            s->dx_dn[r * s->n + at] = 0.0;
        xbar_stage_keep_back(s, at, p->v_n[k], p->di_dn[k]);
    }
}

/* ---- one state -------------------------------------------------------------------------- */

typedef enum step_end { GOES_ON, FOUND, FAILED } step_end;

/* One step of cell k. @return is it there? Then x, i and the slopes are kept. */
static step_end step_one(xbar_stage *s, size_t row, xbar_stage_pack *p, size_t k,
                         int step)
{
    enum { PATIENCE = 10 }; /* on a steep power Newton creeps */
    const size_t at = row + (size_t)p->at[k];
    const double x = p->x[k];
    const double f = x - s->base[at] - s->h_gamma * p->rate[k];
    const double slope = 1.0 - s->h_gamma * p->rate_x[k];
    if (f < 0.0)
        p->low[k] = x;
    else
        p->high[k] = x;
    double next = slope > 0.0 ? x - f / slope : (double)NAN;
    const double move = next - x;
    const double scale = s->range[0].scale;
    if (fabs(move) <= XBAR_STAGE_SMALL_STEP * scale) {
        const double dx_dv = s->h_gamma * p->rate_v[k] / slope;
        s->x[at] = next;
        s->dx_dv[at] = dx_dv;
        s->di_dx[at] = p->di_dx[k];
        xbar_stage_keep(s, at, p->v[k], p->i[k] + p->di_dx[k] * move,
                        p->di_dv[k] + p->di_dx[k] * dx_dv);
        if (s->v_n) {
            s->dx_dn[at] = s->h_gamma * p->rate_n[k] / slope;
            xbar_stage_keep_back(s, at, p->v_n[k],
                                 p->di_dn[k] + p->di_dx[k] * s->dx_dn[at]);
        }
        return FOUND;
    }
    const bool creeps = step > PATIENCE && step % 2 == 1;
    if (creeps || !(next > p->low[k] && next < p->high[k]))
        next = p->low[k] + 0.5 * (p->high[k] - p->low[k]);
    /* A root where F falls: the step is too long for this cell. */
    if (next == x || p->high[k] - p->low[k] <= 1e-15 * scale)
        return FAILED;
    p->x[k] = next;
    return GOES_ON;
}

/* Cell `from` of the pack to place `to`. */
static void move_up(xbar_stage_pack *p, size_t to, size_t from)
{
    p->v[to] = p->v[from];
    p->v_n[to] = p->v_n[from];
    p->v_g[to] = p->v_g[from];
    p->x[to] = p->x[from];
    p->fixed[to] = p->fixed[from];
    p->low[to] = p->low[from];
    p->high[to] = p->high[from];
    p->at[to] = p->at[from];
}

/* @return were they all found? */
static bool find_one_state(xbar_stage *s, size_t row, xbar_stage_pack *p)
{
    for (size_t k = 0; k < p->n; k++) {
        const size_t at = row + (size_t)p->at[k];
        const double base = s->base[at];
        p->low[k] = fmin(s->range[0].lower, base);
        p->high[k] = fmax(s->range[0].upper, base);
        p->x[k] = fmin(fmax(s->x[at], p->low[k]), p->high[k]);
    }
    for (int step = 0; p->n > 0; step++) {
        if (step == XBAR_STAGE_STEPS)
            return false;
        xbar_stage_respond(s, p, true);
        size_t left = 0;
        for (size_t k = 0; k < p->n; k++) {
            step_end end = step_one(s, row, p, k, step);
            if (end == FAILED)
                return false;
            if (end == GOES_ON)
                move_up(p, left++, k);
        }
        p->n = left;
    }
    return true;
}

/* ---- the law ------------------------------------------------------------------------------ */

/* A row's voltages. */
typedef struct volts {
    const double *v, *v_n; /* V, [n_cols]; v_n NULL without a gate */
    double gate;
} volts;

/* Has the cell's voltage hardly changed, so that its tangent will do? */
static bool is_near(const xbar_stage *s, size_t row, size_t j, const volts *at)
{
    const size_t k = row + j;
    return s->is_fresh[k] && fabs(at->v[j] - s->v[k]) <= s->near_volt &&
           (!at->v_n || fabs(at->v_n[j] - s->v_n[k]) <= s->near_volt);
}

/* Cell j of the row joins a pack, unless it is open or near. */
static void add(xbar_stage_pack *p, const xbar_stage *s, size_t row, size_t j,
                const volts *at)
{
    if (s->fixed[row + j] == 0.0 || is_near(s, row, j, at))
        return;
    p->v[p->n] = at->v[j];
    p->v_n[p->n] = at->v_n ? at->v_n[j] : 0.0;
    p->v_g[p->n] = at->gate;
    p->fixed[p->n] = s->fixed[row + j];
    p->at[p->n++] = (double)j;
}

/* Those cells of a row that have to be found. @return were they? */
static bool find_row(xbar_stage *s, size_t row, const volts *at)
{
    const bool moves = s->n_states > 0 && s->h_gamma > 0.0;
    xbar_stage_pack still = open_pack(s);
    for (size_t j = 0; j < s->n_cols; j++)
        if (!moves || s->is_stuck[row + j])
            add(&still, s, row, j, at);
    find_still(s, row, &still);
    if (!moves)
        return true;
    xbar_stage_pack moving = open_pack(s);
    for (size_t j = 0; j < s->n_cols; j++)
        if (!s->is_stuck[row + j])
            add(&moving, s, row, j, at);
    if (s->n_states == 1)
        return find_one_state(s, row, &moving);
    for (size_t k = 0; k < moving.n; k++)
        if (!xbar_stage_find_states(s, row, &moving, k))
            return false;
    return true;
}

/* A cell moves along its tangent, mostly by nothing. */
static void follow(xbar_stage *s, size_t at, double v, double v_n)
{
    const double by_n = s->v_n ? v_n - s->v_n[at] : 0.0;
    const double by_p = v - s->v[at] + by_n;
    s->v[at] = v;
    s->i[at] += s->didv[at] * by_p - (s->v_n ? s->back[at] * by_n : 0.0);
    for (size_t r = 0; r < s->n_states; r++)
        s->x[r * s->n + at] += s->dx_dv[r * s->n + at] * by_p +
                               (s->v_n ? s->dx_dn[r * s->n + at] * by_n : 0.0);
    if (s->v_n)
        s->v_n[at] = v_n;
}

void xbar_stage_gated(void *with, size_t i, double *current, double *didv, double *back,
                      const double *v, const double *v_n, double gate)
{
    xbar_stage *s = with;
    const size_t row = i * s->n_cols;
    const volts here = {v, v_n, gate};
    const bool is_found = find_row(s, row, &here);
    s->is_lost[i] = !is_found;
    for (size_t j = 0; j < s->n_cols; j++) {
        const size_t at = row + j;
        const bool is_open = s->fixed[at] == 0.0;
        if (is_found && !is_open)
            follow(s, at, v[j], v_n ? v_n[j] : 0.0);
        current[j] = is_open ? 0.0 : is_found ? s->i[at] : (double)NAN;
        if (didv)
            didv[j] = is_open ? 0.0 : s->didv[at];
        if (back)
            back[j] = is_open ? 0.0 : s->back[at];
    }
}

void xbar_stage_current(void *with, size_t i, double *current, double *didv,
                        const double *v)
{
    xbar_stage_gated(with, i, current, didv, NULL, v, NULL, 0.0);
}

bool xbar_stage_is_lost(const xbar_stage *s)
{
    for (size_t i = 0; i < s->n_rows; i++)
        if (s->is_lost[i])
            return true;
    return false;
}

/* ---- what the cells do where they are ------------------------------------------------------ */

/* All cells of a row at their v and x. */
static xbar_stage_pack whole_row(xbar_stage *s, size_t row, double gate)
{
    xbar_stage_pack p = open_pack(s);
    p.n = s->n_cols;
    for (size_t j = 0; j < s->n_cols; j++) {
        const bool is_open = s->fixed[row + j] == 0.0;
        p.v[j] = is_open ? 0.0 : s->v[row + j];
        p.v_n[j] = is_open || !s->v_n ? 0.0 : s->v_n[row + j];
        p.v_g[j] = gate;
        p.fixed[j] = s->fixed[row + j];
        for (size_t r = 0; r < s->n_states; r++)
            p.x[r * p.n + j] = s->x[r * s->n + row + j];
    }
    xbar_stage_respond(s, &p, true);
    return p;
}

static bool stands_still(const xbar_stage *s, size_t at)
{
    return s->fixed[at] == 0.0 || s->is_stuck[at];
}

void xbar_stage_rates(xbar_stage *s, double *rate, const double *gate)
{
    for (size_t i = 0; s->n_states > 0 && i < s->n_rows; i++) {
        const size_t row = i * s->n_cols;
        const xbar_stage_pack p = whole_row(s, row, gate[i]);
        for (size_t j = 0; j < s->n_cols; j++)
            for (size_t r = 0; r < s->n_states; r++)
                rate[r * s->n + row + j] =
                    stands_still(s, row + j) ? 0.0 : p.rate[r * p.n + j];
    }
}

double xbar_stage_change(const xbar_stage *s, const double *dx)
{
    double largest = 0.0;
    for (size_t k = 0; k < s->n; k++) {
        double change = 0.0;
        for (size_t r = 0; r < s->n_states; r++)
            change += s->di_dx[r * s->n + k] * dx[r * s->n + k];
        if (s->fixed[k] != 0.0)
            largest = fmax(largest, fabs(change));
    }
    return largest;
}
