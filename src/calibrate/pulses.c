/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "calibrate/pulses.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/memory.h"

/* A pulse of a train: up in a tenth of its width, and down to the read in another. */
enum { LINES_A_PULSE = 3 };
static const double edge = 0.1;
static const double read_share = 0.1;

size_t xbar_pulses_window(const xbar_device *d)
{
    size_t k = 0;
    while (k < d->n_parameters && strcmp(d->parameters[k].name, "mw") != 0)
        k++;
    return k;
}

xbar_status xbar_pulses_check(const xbar_device *d, const xbar_table *t,
                              xbar_error *err)
{
    if (t->kind == XBAR_TABLE_COURSE)
        return XBAR_OK;
    if (d->n_states == 0)
        return xbar_fail(err, XBAR_ERR_INPUT,
                         "%s: pulses, and %s has no state that moves", t->path,
                         d->name);
    if (t->kind == XBAR_TABLE_WINDOWS && xbar_pulses_window(d) == d->n_parameters)
        return xbar_fail(err, XBAR_ERR_INPUT,
                         "%s: windows of a threshold voltage, and %s has no threshold",
                         t->path, d->name);
    return XBAR_OK;
}

/* ---- one by one ----------------------------------------------------------------------- */

static void run_windows(double *y, const xbar_course *all, const xbar_table *t,
                        const xbar_state_range *range)
{
    double start[XBAR_MAX_STATES];
    double end[XBAR_MAX_STATES];
    const double window = all->parameters[xbar_pulses_window(all->device)];
    xbar_course c = *all;
    for (size_t s = 0; s < c.device->n_states; s++)
        start[s] = s == 0 ? range[s].lower : range[s].initial;
    c.start = start;
    c.end = end;
    for (size_t k = 0; k < t->n; k++) {
        double time[] = {0.0, t->t[k]};
        double volt[] = {t->v[k], t->v[k]};
        double i[2];
        const xbar_table pulse = {.n = 2, .t = time, .v = volt, .i = i};
        xbar_course_run(i, NULL, &c, &pulse);
        const double share = (end[0] - start[0]) / (range[0].upper - range[0].lower);
        y[k] = isnan(i[1]) ? (double)NAN : window * share;
    }
}

/* ---- trains --------------------------------------------------------------------------- */

/* n pulses alike, with a read behind each. */
static xbar_status train_new(xbar_table *out, size_t n, double volt, double width_s,
                             double read_volt, xbar_error *err)
{
    *out = (xbar_table){.n = LINES_A_PULSE * n + 1};
    XBAR_TRY(xbar_doubles_new(&out->t, out->n, "pulses", err));
    XBAR_TRY(xbar_doubles_new(&out->v, out->n, "pulses", err));
    XBAR_TRY(xbar_doubles_new(&out->i, out->n, "pulses", err));
    for (size_t k = 0; k < n; k++) {
        const double t = (double)k;
        double *time = out->t + LINES_A_PULSE * k + 1;
        double *v = out->v + LINES_A_PULSE * k + 1;
        time[0] = width_s * (t + edge);
        time[1] = width_s * (t + 1.0 - edge);
        time[2] = width_s * (t + 1.0);
        v[0] = v[1] = volt;
        v[2] = read_volt;
    }
    return XBAR_OK;
}

/* Conductances behind the pulses first to first + n of the table. */
static xbar_status run_train(double *y, const xbar_course *all, const xbar_table *t,
                             size_t first, size_t n, const xbar_state_range *range,
                             xbar_error *err)
{
    double start[XBAR_MAX_STATES];
    xbar_course c = *all;
    xbar_table train;
    const double volt = t->v[first];
    const double read_volt = read_share * fabs(volt);
    for (size_t s = 0; s < c.device->n_states; s++)
        start[s] = s > 0        ? range[s].initial
                   : first == 0 ? range[s].lower
                                : range[s].upper;
    c.start = start;
    xbar_status status = train_new(&train, n, volt, t->width_s, read_volt, err);
    if (status == XBAR_OK) {
        xbar_course_run(train.i, NULL, &c, &train);
        for (size_t k = 0; k < n; k++)
            y[first + k] = train.i[LINES_A_PULSE * (k + 1)] / read_volt;
    }
    xbar_table_clear(&train);
    return status;
}

/* y becomes a + b y, b >= 0, by least squares to what was measured. */
static void fit_scale(double *y, const xbar_table *t)
{
    double n = 0.0;
    double sums[5] = {0.0}; /* y, m, y y, y m */
    for (size_t k = 0; k < t->n; k++) {
        if (isnan(t->i[k]))
            continue;
        n += 1.0;
        sums[0] += y[k];
        sums[1] += t->i[k];
        sums[2] += y[k] * y[k];
        sums[3] += y[k] * t->i[k];
    }
    const double spread = sums[2] - sums[0] * sums[0] / n;
    const double together = sums[3] - sums[0] * sums[1] / n;
    const double b = spread > 1e-24 * sums[2] ? fmax(0.0, together / spread) : 0.0;
    const double a = (sums[1] - b * sums[0]) / n;
    for (size_t k = 0; k < t->n; k++)
        y[k] = isnan(y[k]) || isnan(a) ? (double)NAN : a + b * y[k];
}

xbar_status xbar_pulses_run(double *y, const xbar_course *c, const xbar_table *t,
                            xbar_error *err)
{
    xbar_state_range range[XBAR_MAX_STATES] = {{.lower = 0.0}};
    c->device->ranges(range, c->parameters);
    if (t->kind == XBAR_TABLE_WINDOWS) {
        run_windows(y, c, t, range);
        return XBAR_OK;
    }
    if (t->n_up > 0)
        XBAR_TRY(run_train(y, c, t, 0, t->n_up, range, err));
    if (t->n > t->n_up)
        XBAR_TRY(run_train(y, c, t, t->n_up, t->n - t->n_up, range, err));
    fit_scale(y, t);
    return XBAR_OK;
}
