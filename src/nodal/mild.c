/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A step where nothing is stiff: states are carried on explicitly, and the network is
 * solved for cells that stand still, which is far cheaper than an implicit stage.
 *
 *     k_1 = f(t, x),  k_2 = f(t + h/2, x + h k_1/2),  k_3 = f(t + 3h/4, x + 3h k_2/4),
 *     x' = x + h (2 k_1 + 3 k_2 + 4 k_3)/9,           k_4 = f(t + h, x')
 *
 * of third order, whose last rate is the next step's first; the error is the difference to
 * a second order result, h (-5 k_1 + 6 k_2 + 8 k_3 - 9 k_4)/72. Bogacki and Shampine,
 * Appl. Math. Lett. 2:321, 1989, doi:10.1016/0893-9659(89)90079-7. */
#include <math.h>
#include <string.h>

#include "nodal/plane.h"
#include "nodal/step.h"

enum { STAGES = 4 };
static const double node[STAGES] = {0.0, 0.5, 0.75, 1.0};
static const double weight[STAGES] = {2.0 / 9.0, 3.0 / 9.0, 4.0 / 9.0, 0.0};
static const double differ[STAGES] = {-5.0 / 72.0, 6.0 / 72.0, 8.0 / 72.0, -9.0 / 72.0};

/* Where a stage's rates are kept: the first and the last are those of the step. */
static double *rates_of(const xbar_step *s, int i)
{
    return s->k[i + 1 < STAGES ? i : XBAR_STAGES - 1];
}

static void find_rates(xbar_step *s, double *rate)
{
    const xbar_response out = {.dx_dt = rate};
    xbar_cell_respond(s->stage.cell, s->n, &out, s->stage.v, s->stage.x,
                      s->stage.fixed);
    for (size_t r = 0; r < s->n_states; r++)
        for (size_t k = 0; k < s->n; k++)
            if (s->stage.fixed[k] == 0.0 || s->stage.is_stuck[k])
                rate[r * s->n + k] = 0.0;
}

/* States at the beginning of stage i, into x_next. */
static void move_states(xbar_step *s, int i, double h)
{
    const double *k1 = s->k[0];
    const double *k2 = s->k[1];
    const double *k3 = s->k[2];
    for (size_t m = 0; m < s->n_all; m++)
        s->x_next[m] =
            s->x[m] + (i == 1   ? h * node[1] * k1[m]
                       : i == 2 ? h * node[2] * k2[m]
                                : h * (weight[0] * k1[m] + weight[1] * k2[m] +
                                       weight[2] * k3[m]));
}

static double state_error(xbar_step *s, double h)
{
    double largest = 0.0;
    for (size_t r = 0; r < s->n_states; r++) {
        double most = 0.0;
        for (size_t m = r * s->n; m < (r + 1) * s->n; m++) {
            double sum = 0.0;
            for (int i = 0; i < STAGES; i++)
                sum += differ[i] * rates_of(s, i)[m];
            s->change[m] = h * sum;
            most = fmax(most, fabs(s->change[m]));
        }
        largest = fmax(largest, most / s->stage.range[r].scale);
    }
    return largest;
}

/* What the states' error makes of the currents of cells k ... k+n-1: |di/dx dx|, A, the
 * largest. `slope` is scratch, [n_states][n]. */
static double change_of(const xbar_step *s, double *slope, size_t k, size_t n)
{
    const xbar_response out = {.di_dx = slope};
    double largest = 0.0;
    xbar_cell_respond(s->stage.cell, n, &out, s->stage.v + k, s->stage.x + k,
                      s->stage.fixed + k);
    for (size_t m = 0; m < n; m++) {
        double change = 0.0;
        for (size_t r = 0; r < s->n_states; r++)
            change += slope[r * n + m] * s->change[r * s->n + k + m];
        if (s->stage.fixed[k + m] != 0.0)
            largest = fmax(largest, fabs(change));
    }
    return largest;
}

static bool row_moves(const xbar_step *s, size_t k)
{
    for (size_t m = k; m < k + s->stage.n_cols; m++)
        if (s->change[m] != 0.0)
            return true;
    return false;
}

static double current_error(const xbar_step *s)
{
    double *slope = s->k[3]; /* not a stage's here */
    double largest = 0.0;
    if (s->n_states != 1)
        return change_of(s, slope, 0, s->n);
    for (size_t k = 0; k < s->n; k += s->stage.n_cols)
        if (row_moves(s, k))
            largest = fmax(largest, change_of(s, slope, k, s->stage.n_cols));
    return largest;
}

xbar_status xbar_step_try_mild(xbar_step *s, const xbar_schedule *schedule, double t1_s,
                               double *error, xbar_error *err)
{
    const double h = t1_s - s->t_s;
    double power_error = differ[0] * s->now.total;
    *error = xbar_step_source_error(s, schedule, h);
    if (*error > 1.0)
        return XBAR_OK;
    xbar_step_open_books(s);
    xbar_step_book(s, &s->now, h * weight[0]);
    for (int i = 1; i < STAGES; i++) {
        move_states(s, i, h);
        xbar_step_volts(s, schedule, i + 1 < STAGES ? s->t_s + node[i] * h : t1_s);
        xbar_status status = xbar_step_still(s, s->x_next, err);
        if (status == XBAR_ERR_CONVERGENCE) {
            *error = (double)INFINITY;
            return XBAR_OK;
        }
        if (status != XBAR_OK)
            return status;
        find_rates(s, rates_of(s, i));
        xbar_step_flow(s, &s->next);
        if (weight[i] > 0.0)
            xbar_step_book(s, &s->next, h * weight[i]);
        power_error += differ[i] * s->next.total;
        s->most_power = fmax(s->most_power, fabs(s->next.total));
    }
    const double so_far = s->t_s + h - s->t_begin_s;
    *error = state_error(s, h);
    if (s->most_current > 0.0)
        *error = fmax(*error, current_error(s) / s->most_current);
    if (s->most_power > 0.0)
        *error = fmax(*error, fabs(h * power_error) / (s->most_power * so_far));
    *error = isnan(*error) ? (double)INFINITY : *error / s->tolerance;
    s->t_next_s = t1_s;
    return XBAR_OK;
}
