/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "nodal/step.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/memory.h"
#include "nodal/plane.h"

/* ---- memory ------------------------------------------------------------------------------ */

static xbar_status sides_new(double *to[XBAR_N_SIDES], const xbar_crossbar *c,
                             xbar_error *err)
{
    for (int side = 0; side < XBAR_N_SIDES; side++)
        XBAR_TRY(xbar_doubles_new(&to[side], xbar_side_lines(c, (xbar_side)side),
                                  "terminals in time", err));
    return XBAR_OK;
}

static void sides_free(double *of[XBAR_N_SIDES])
{
    for (int side = 0; side < XBAR_N_SIDES; side++)
        free(of[side]);
}

static xbar_status make_room(xbar_step *s, xbar_error *err)
{
    double **const states[] = {&s->x, &s->x_next, &s->change};
    double **const cells[] = {&s->now.heat, &s->next.heat, &s->account.heat,
                              &s->after.heat};
    double **const sides[] = {s->now.power,    s->next.power, s->account.energy,
                              s->after.energy, s->sum,        s->answer.i_terminal};
    XBAR_TRY(xbar_stage_init(&s->stage, s->c, err));
    XBAR_TRY(xbar_storage_init(&s->storage, s->c, err));
    XBAR_TRY(xbar_stimulus_init(&s->in, s->c, err));
    for (size_t k = 0; k < sizeof states / sizeof *states; k++)
        XBAR_TRY(xbar_doubles_new(states[k], s->n_all, "states", err));
    for (int i = 0; i < XBAR_STAGES; i++)
        XBAR_TRY(xbar_doubles_new(&s->k[i], s->n_all, "rates", err));
    for (size_t k = 0; k < sizeof cells / sizeof *cells; k++)
        XBAR_TRY(xbar_doubles_new(cells[k], s->n, "heat", err));
    for (size_t k = 0; k < sizeof sides / sizeof *sides; k++)
        XBAR_TRY(sides_new(sides[k], s->c, err));
    return XBAR_OK;
}

xbar_status xbar_step_init(xbar_step *s, xbar_nodal *solver, const xbar_crossbar *c,
                           xbar_error *err)
{
    *s = (xbar_step){.solver = solver,
                     .c = c,
                     .n = c->n_rows * c->n_cols,
                     .n_states = xbar_cell_n_states(&c->cell)};
    s->n_all = s->n_states * s->n;
    xbar_status status = make_room(s, err);
    if (status == XBAR_OK && !s->storage.is_there)
        status = xbar_still_new(&s->still, c, err);
    if (status != XBAR_OK)
        xbar_step_clear(s);
    return status;
}

void xbar_step_clear(xbar_step *s)
{
    xbar_still_free(s->still);
    xbar_stage_clear(&s->stage);
    xbar_storage_clear(&s->storage);
    xbar_stimulus_clear(&s->in);
    free(s->x);
    free(s->x_next);
    free(s->change);
    for (int i = 0; i < XBAR_STAGES; i++)
        free(s->k[i]);
    free(s->now.heat);
    free(s->next.heat);
    free(s->account.heat);
    free(s->after.heat);
    sides_free(s->now.power);
    sides_free(s->next.power);
    sides_free(s->account.energy);
    sides_free(s->after.energy);
    sides_free(s->sum);
    sides_free(s->answer.i_terminal);
    *s = (xbar_step){0};
}

/* ---- solutions ---------------------------------------------------------------------------- */

void xbar_step_volts(xbar_step *s, const xbar_schedule *schedule, double t_s)
{
    for (int side = 0; side < XBAR_N_SIDES; side++)
        for (size_t k = 0; k < xbar_side_lines(s->c, (xbar_side)side); k++)
            s->in.volt[side][k] = (double)NAN;
    for (size_t i = 0; i < s->c->n_rows; i++)
        s->in.gate[i] = 0.0;
    schedule->volts(&s->in, t_s, schedule->with);
    for (int side = 0; side < XBAR_N_SIDES; side++)
        s->most_volt =
            fmax(s->most_volt, xbar_largest(xbar_side_lines(s->c, (xbar_side)side),
                                            s->in.volt[side]));
    s->stage.near_volt = 1e-9 * s->most_volt;
}

static xbar_nodal_moment moment_of(const xbar_step *s, bool has_storage)
{
    xbar_nodal_moment m = {
        .law = &s->law, .is_warm = s->is_warm, .enough = 1e-3 * s->tolerance};
    for (int f = 0; has_storage && s->storage.is_there && f < XBAR_N_FAMILIES; f++) {
        m.ground_siemens[f] = s->storage.siemens[f];
        m.ground_volt[f] = s->storage.base[f];
    }
    return m;
}

static xbar_status solve(xbar_step *s, bool has_storage, xbar_error *err)
{
    s->law = (xbar_law){xbar_stage_current, xbar_stage_gated, &s->stage};
    s->has_storage = has_storage;
    s->by_still = false;
    xbar_still_forget(s->still); /* the stage's states may move now */
    const xbar_nodal_moment m = moment_of(s, has_storage);
    xbar_status status =
        xbar_nodal_solve_moment(s->solver, &s->in, &m, &s->answer, err);
    s->counts.n_solutions++;
    s->counts.n_newton += s->answer.n_newton;
    if (status == XBAR_OK && xbar_stage_is_lost(&s->stage))
        status = xbar_fail(err, XBAR_ERR_CONVERGENCE,
                           "no states of a cell fit its rates within the step");
    s->is_warm = status == XBAR_OK;
    if (status != XBAR_OK)
        return status;
    s->most_current = fmax(s->most_current, s->answer.largest_current);
    s->kcl_residual = fmax(s->kcl_residual, s->answer.kcl_residual);
    return XBAR_OK;
}

xbar_status xbar_step_still(xbar_step *s, const double *x, xbar_error *err)
{
    if (s->still) {
        s->by_still = true;
        s->counts.n_solutions++;
        XBAR_TRY(xbar_still_solve(s->still, &s->stage, x, &s->in, &s->answer, err));
        s->most_current = fmax(s->most_current, s->answer.largest_current);
        s->kcl_residual = fmax(s->kcl_residual, s->answer.kcl_residual);
        return XBAR_OK;
    }
    if (s->n_all > 0)
        memcpy(s->stage.base, x, s->n_all * sizeof *x);
    xbar_stage_begin(&s->stage, 0.0);
    return solve(s, false, err);
}

void xbar_step_tell(xbar_step *s, xbar_nodal_answer *a)
{
    if (s->by_still) {
        xbar_still_tell(s->still, &s->stage, a);
        return;
    }
    const xbar_nodal_moment m = moment_of(s, s->has_storage);
    xbar_nodal_tell_moment(s->solver, &m, a);
    s->kcl_residual = fmax(s->kcl_residual, a->kcl_residual);
}

void xbar_step_flow(const xbar_step *s, xbar_flow *f)
{
    f->total = 0.0;
    for (int side = 0; side < XBAR_N_SIDES; side++)
        for (size_t k = 0; k < xbar_side_lines(s->c, (xbar_side)side); k++) {
            const double volt = s->in.volt[side][k];
            const double i = s->answer.i_terminal[side][k];
            f->power[side][k] = i == 0.0 ? 0.0 : volt * i;
            f->total += f->power[side][k];
        }
    for (size_t k = 0; k < s->n; k++)
        f->heat[k] = s->stage.fixed[k] == 0.0 ? 0.0 : s->stage.v[k] * s->stage.i[k];
}

/* ---- beginning ------------------------------------------------------------------------------ */

/* Slopes of the sources from the present on, V/s, into s->sum: a difference of second
 * order within the step, so that no corner is crossed. s->in ends at the present. */
static void find_source_slopes(xbar_step *s, const xbar_schedule *schedule, double h)
{
    static const double weight[3] = {-1.5, 2.0, -0.5};
    const double d = 1e-3 * h;
    for (int k = 2; k >= 0; k--) {
        xbar_step_volts(s, schedule, s->t_s + k * d);
        for (int side = 0; side < XBAR_N_SIDES; side++)
            for (size_t m = 0; m < xbar_side_lines(s->c, (xbar_side)side); m++) {
                double *slope = &s->sum[side][m];
                *slope = (k == 2 ? 0.0 : *slope) + weight[k] * s->in.volt[side][m] / d;
            }
    }
}

static bool same_sources(const xbar_step *s, double *const before[XBAR_N_SIDES])
{
    for (int side = 0; side < XBAR_N_SIDES; side++)
        for (size_t k = 0; k < xbar_side_lines(s->c, (xbar_side)side); k++) {
            const double a = s->in.volt[side][k];
            const double b = before[side][k];
            if (isnan(a) != isnan(b) || fabs(a - b) > 1e-12 * s->most_volt)
                return false;
        }
    return true;
}

/* Nodes with capacitances: where they are if the sources are, else a first moment in
 * which the others follow. */
static xbar_status start_storage(xbar_step *s, const xbar_schedule *schedule, double h,
                                 xbar_error *err)
{
    const bool is_first = !s->is_warm;
    for (int side = 0; side < XBAR_N_SIDES; side++)
        memcpy(s->sum[side], s->in.volt[side],
               xbar_side_lines(s->c, (xbar_side)side) * sizeof(double));
    xbar_step_volts(s, schedule, s->t_s);
    if (is_first) {
        XBAR_TRY(xbar_step_still(s, s->x, err));
        xbar_nodal_volts(s->solver, s->storage.volt);
        for (int f = 0; f < XBAR_N_FAMILIES; f++)
            memset(s->storage.slope[0][f], 0, s->n * sizeof(double));
        xbar_stage_rates(&s->stage, s->k[0], s->in.gate);
        xbar_step_flow(s, &s->now);
    } else if (!same_sources(s, s->sum)) {
        const double kick = 1e-6 * h;
        if (s->n_all > 0)
            memcpy(s->stage.base, s->x, s->n_all * sizeof *s->x);
        xbar_stage_begin(&s->stage, 0.0);
        xbar_storage_kick(&s->storage, kick);
        XBAR_TRY(solve(s, true, err));
        xbar_storage_found(&s->storage, 0, s->solver);
        xbar_stage_rates(&s->stage, s->k[0], s->in.gate);
        xbar_step_flow(s, &s->now);
    }
    find_source_slopes(s, schedule, h);
    xbar_storage_drive(&s->storage, s->c, s->sum);
    return XBAR_OK;
}

xbar_status xbar_step_start(xbar_step *s, const xbar_schedule *schedule, double h,
                            xbar_error *err)
{
    if (s->storage.is_there)
        return start_storage(s, schedule, h, err);
    xbar_step_volts(s, schedule, s->t_s);
    XBAR_TRY(xbar_step_still(s, s->x, err));
    xbar_stage_rates(&s->stage, s->k[0], s->in.gate);
    xbar_step_flow(s, &s->now);
    s->most_power = fmax(s->most_power, fabs(s->now.total));
    return XBAR_OK;
}

/* ---- a step ----------------------------------------------------------------------------------- */

/* The error of their mean. Not so strict: what the waveforms do is judged by what they
 * move. */
double xbar_step_source_error(xbar_step *s, const xbar_schedule *schedule, double h)
{
    double largest = 0.0;
    for (int i = 0; i < XBAR_STAGES; i++) {
        xbar_step_volts(s, schedule, s->t_s + xbar_rk_c[i] * h);
        for (int side = 0; side < XBAR_N_SIDES; side++)
            for (size_t k = 0; k < xbar_side_lines(s->c, (xbar_side)side); k++) {
                double *sum = &s->sum[side][k];
                *sum = (i == 0 ? 0.0 : *sum) + xbar_rk_d(i) * s->in.volt[side][k];
                if (i + 1 == XBAR_STAGES && fabs(*sum) > largest)
                    largest = fabs(*sum);
            }
    }
    return s->most_volt > 0.0 ? largest / (1e-4 * s->most_volt) : 0.0;
}

/* Base and guess of the states of stage i. */
static void begin_stage(xbar_step *s, int i, double h)
{
    xbar_stage *g = &s->stage;
    const double h_gamma = xbar_rk_gamma * h;
    if (s->n_all > 0)
        memcpy(g->base, s->x, s->n_all * sizeof *s->x);
    for (int j = 0; j < i; j++) {
        const double a = h * xbar_rk_a[i][j];
        for (size_t m = 0; a != 0.0 && m < s->n_all; m++)
            g->base[m] += a * s->k[j][m];
    }
    for (size_t m = 0; m < s->n_all; m++)
        g->x[m] = g->base[m] + h_gamma * s->k[i - 1][m];
    xbar_stage_begin(g, h_gamma);
    xbar_storage_stage(&s->storage, i, h);
}

/* Adds a stage's weight to what the step has let flow. */
void xbar_step_book(xbar_step *s, const xbar_flow *f, double weight)
{
    for (int side = 0; side < XBAR_N_SIDES; side++)
        for (size_t k = 0; k < xbar_side_lines(s->c, (xbar_side)side); k++)
            s->after.energy[side][k] += weight * f->power[side][k];
    for (size_t k = 0; k < s->n; k++)
        s->after.heat[k] += weight * f->heat[k];
}

void xbar_step_open_books(xbar_step *s)
{
    for (int side = 0; side < XBAR_N_SIDES; side++)
        memcpy(s->after.energy[side], s->account.energy[side],
               xbar_side_lines(s->c, (xbar_side)side) * sizeof(double));
    memcpy(s->after.heat, s->account.heat, s->n * sizeof(double));
}

/* How far the rates are from a straight line over the step. */
static double bend(const xbar_step *s, size_t m)
{
    const double ends = s->k[0][m] - 2.0 * s->k[1][m] + s->k[5][m];
    const double inside = (s->k[3][m] - s->k[2][m]) / (xbar_rk_c[3] - xbar_rk_c[2]) -
                          (s->k[4][m] - s->k[3][m]) / (xbar_rk_c[4] - xbar_rk_c[3]);
    return fmax(fabs(ends), fabs(inside));
}

/* The largest error of a state over its scale; s->change becomes the errors.
 *
 * A threshold that is crossed within the step can hide from the estimate: of many steps
 * that are tried and rejected there one is accepted by luck. So the rates' bend has a say
 * as well. It falls with h^2, h times it with h^3; the power 4/3 makes it fall as the
 * estimate does where all is smooth, and 1/20 keeps it about there. */
static double state_error(xbar_step *s, double h)
{
    double largest = 0.0;
    for (size_t r = 0; r < s->n_states; r++) {
        const double scale = s->stage.range[r].scale;
        double *change = s->change + r * s->n;
        double most = 0.0;
        double most_bend = 0.0;
        for (size_t m = 0; m < s->n; m++) {
            const size_t at = r * s->n + m;
            double sum = 0.0;
            for (int i = 0; i < XBAR_STAGES; i++)
                sum += xbar_rk_d(i) * s->k[i][at];
            change[m] = h * sum;
            most = fabs(change[m]) > most ? fabs(change[m]) : most;
            const double b = bend(s, at);
            most_bend = b > most_bend ? b : most_bend;
        }
        largest = fmax(largest, most / scale);
        largest = fmax(largest, pow(h * most_bend / (20.0 * scale), 4.0 / 3.0));
    }
    return largest;
}

static double over(double part, double whole)
{
    return whole > 0.0 ? part / whole : 0.0;
}

/* @param energy_error  J */
static double step_error(xbar_step *s, double h, double energy_error)
{
    const double so_far = s->t_s + h - s->t_begin_s;
    double error = state_error(s, h);
    error = fmax(error, over(xbar_stage_change(&s->stage, s->change), s->most_current));
    error = fmax(error, over(xbar_storage_error(&s->storage, h), s->most_volt));
    error = fmax(error, over(fabs(energy_error), s->most_power * so_far));
    return isnan(error) ? (double)INFINITY : error / s->tolerance;
}

xbar_status xbar_step_try(xbar_step *s, const xbar_schedule *schedule, double t1_s,
                          double *error, xbar_error *err)
{
    const double h = t1_s - s->t_s;
    *error = xbar_step_source_error(s, schedule, h);
    if (*error > 1.0)
        return XBAR_OK;
    xbar_step_open_books(s);
    xbar_step_book(s, &s->now, h * xbar_rk_b(0));
    double power_error = xbar_rk_d(0) * s->now.total;
    for (int i = 1; i < XBAR_STAGES; i++) {
        const double t = i + 1 < XBAR_STAGES ? s->t_s + xbar_rk_c[i] * h : t1_s;
        xbar_step_volts(s, schedule, t);
        begin_stage(s, i, h);
        xbar_status status = solve(s, true, err);
        if (status == XBAR_ERR_CONVERGENCE) {
            *error = (double)INFINITY;
            return XBAR_OK;
        }
        if (status != XBAR_OK)
            return status;
        for (size_t m = 0; m < s->n_all; m++)
            s->k[i][m] = (s->stage.x[m] - s->stage.base[m]) / (xbar_rk_gamma * h);
        xbar_storage_found(&s->storage, i, s->solver);
        xbar_step_flow(s, &s->next);
        xbar_step_book(s, &s->next, h * xbar_rk_b(i));
        power_error += xbar_rk_d(i) * s->next.total;
        s->most_power = fmax(s->most_power, fabs(s->next.total));
    }
    *error = fmax(*error, step_error(s, h, h * power_error));
    if (s->n_all > 0)
        memcpy(s->x_next, s->stage.x, s->n_all * sizeof *s->x);
    s->t_next_s = t1_s;
    return XBAR_OK;
}

/* A state that the step has put beyond a bound acts like the bound: there it is then, and
 * goes no further. */
static void keep_inside(xbar_step *s)
{
    for (size_t r = 0; r < s->n_states; r++) {
        const xbar_state_range *range = &s->stage.range[r];
        for (size_t m = r * s->n; m < (r + 1) * s->n; m++) {
            const double x = fmin(fmax(s->x_next[m], range->lower), range->upper);
            double *rate = &s->k[XBAR_STAGES - 1][m];
            if ((s->x_next[m] > x && *rate > 0.0) || (s->x_next[m] < x && *rate < 0.0))
                *rate = 0.0;
            s->x_next[m] = x;
        }
    }
}

void xbar_step_accept(xbar_step *s)
{
    keep_inside(s);
    const double t_s = s->t_s;
    double *x = s->x;
    double *k = s->k[0];
    const xbar_flow now = s->now;
    const xbar_account account = s->account;
    s->t_s = s->t_next_s;
    s->x = s->x_next;
    s->k[0] = s->k[XBAR_STAGES - 1];
    s->now = s->next;
    s->account = s->after;
    s->t_next_s = t_s;
    s->x_next = x;
    s->k[XBAR_STAGES - 1] = k;
    s->next = now;
    s->after = account;
    xbar_storage_accept(&s->storage);
}
