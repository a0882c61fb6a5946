/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Devices: the course of the current under the measured voltage. Where to begin is found
 * by a coarse search over what a stretch of currents, voltages and times does to the
 * model's own parameter sets. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "calibrate/course.h"
#include "calibrate/family.h"
#include "calibrate/pulses.h"
#include "core/clock.h"
#include "core/memory.h"

enum { MAX_UNITS = 60, LINES_A_UNIT = 3 };

typedef struct device_family {
    const xbar_device *device;
    const xbar_table *t;
    size_t n_tables;
    xbar_bench_settings settings;
    double base[XBAR_MAX_PARAMETERS]; /* of the device, as found */
    double state;                     /* of a device that does not move */
    double deadline_s;                /* of the search for base */
    /* which of the device's parameters a subject's is; `state` and series_ohm stand
     * behind them, as in course.h */
    size_t which[XBAR_MAX_SUBJECT_PARAMETERS];
} device_family;

/* ---- prediction ----------------------------------------------------------------------- */

const xbar_device *xbar_family_device_parameters(double *p, const xbar_subject *s,
                                                 const double *values)
{
    const device_family *f = s->self;
    memcpy(p, f->base, f->device->n_parameters * sizeof *p);
    for (size_t k = 0; k < s->n_parameters; k++)
        if (f->which[k] < f->device->n_parameters)
            p[f->which[k]] = values[k];
    return f->device;
}

/* Two that may be equal, as an initial state and its bound, and were taken past each other:
 * equal. */
static void keep_order(double *p, const xbar_device *d)
{
    for (const xbar_order *o = d->orders; o && (o->low != 0 || o->high != 0); o++)
        if (o->or_equal && p[o->low] > p[o->high])
            p[o->low] = p[o->high];
}

/* A course with its sensitivities, or pulses without. */
static xbar_status run_table(double *y, double *slopes, const xbar_course *c,
                             const xbar_table *t, xbar_error *err)
{
    if (t->kind != XBAR_TABLE_COURSE)
        return xbar_pulses_run(y, c, t, err);
    xbar_course_run(y, slopes, c, t);
    return XBAR_OK;
}

static xbar_status predict(const xbar_subject *s, double *y, double *jacobian,
                           const double *p, const bool *is_free, const bool *is_wanted,
                           xbar_error *err)
{
    (void)is_wanted; /* a course has no parts that can be left out */
    const device_family *f = s->self;
    const size_t m = f->device->n_parameters;
    double parameters[XBAR_MAX_PARAMETERS];
    size_t which[XBAR_MAX_WHICH];
    size_t place[XBAR_MAX_WHICH];
    xbar_course c = {.device = f->device,
                     .parameters = parameters,
                     .state = f->state,
                     .series_ohm = f->settings.series_ohm,
                     .compliance = f->settings.compliance,
                     .tolerance = 1e-3,
                     .which = which};
    (void)xbar_family_device_parameters(parameters, s, p);
    for (size_t n = 0; n < s->n_data; n++)
        y[n] = NAN;
    for (size_t k = 0; k < s->n_parameters; k++) {
        if (f->which[k] == m)
            c.state = p[k];
        if (f->which[k] == m + 1 && is_free[k])
            c.series_ohm = p[k];
        if (is_free[k] && c.n_which < XBAR_MAX_WHICH) {
            which[c.n_which] = f->which[k];
            place[c.n_which++] = k;
        }
    }
    keep_order(parameters, f->device);
    if (xbar_device_check(f->device, parameters, NULL) != XBAR_OK)
        return XBAR_OK; /* no answer there */
    double *slopes = NULL;
    for (size_t k = 0, first = 0; k < f->n_tables; first += f->t[k++].n) {
        const size_t n = f->t[k].n;
        if (jacobian)
            XBAR_TRY(xbar_doubles_new(&slopes, n * c.n_which, "sensitivities", err));
        xbar_status status = run_table(y + first, slopes, &c, &f->t[k], err);
        for (size_t l = 0; jacobian && l < n; l++)
            for (size_t w = 0; w < c.n_which; w++)
                jacobian[(first + l) * s->n_parameters + place[w]] =
                    slopes[l * c.n_which + w];
        free(slopes);
        slopes = NULL;
        XBAR_TRY(status);
    }
    return XBAR_OK;
}

static void close_self(xbar_subject *s)
{
    free(s->self);
}

/* ---- where to begin ------------------------------------------------------------------- */

/* By how much a parameter of that unit goes with currents, voltages and times: exponents
 * of each. */
typedef struct dimension {
    int current, volt, time;
} dimension;

static dimension dimension_of(const char *unit)
{
    static const struct {
        const char *unit;
        dimension d;
    } known[] = {
        {"A", {1, 0, 0}},          {"V", {0, 1, 0}},           {"s", {0, 0, 1}},
        {"ohm", {-1, 1, 0}},       {"S", {1, -1, 0}},          {"1/V", {0, -1, 0}},
        {"1/A", {-1, 0, 0}},       {"1/s", {0, 0, -1}},        {"V/m", {0, 1, 0}},
        {"m/s", {0, 0, -1}},       {"ohm/V", {-1, 0, 0}},      {"1/ohm", {1, -1, 0}},
        {"m2/(V s)", {0, -1, -1}}, {"ohm/(V s)", {-1, 0, -1}}, {"ohm/s", {-1, 1, -1}},
        {"A/V2", {1, -2, 0}},      {"Hz", {0, 0, -1}},
    };
    for (size_t k = 0; k < sizeof known / sizeof *known; k++)
        if (strcmp(known[k].unit, unit) == 0)
            return known[k].d;
    return (dimension){0, 0, 0};
}

static void stretch(double *p, const xbar_device *d, const double *from, double current,
                    double volt, double time)
{
    for (size_t k = 0; k < d->n_parameters; k++) {
        const xbar_parameter *q = &d->parameters[k];
        const dimension e = dimension_of(q->unit);
        p[k] = from[k];
        if (q->number == XBAR_NUMBER_REAL)
            p[k] =
                fmax(q->min, fmin(q->max, from[k] * pow(current, e.current) *
                                              pow(volt, e.volt) * pow(time, e.time)));
    }
}

/* What a course leaves of the data once its current is stretched by the best factor: a
 * share of their squares. */
static double misfit(double *factor, const device_family *f, const double *p,
                     double state, double *y)
{
    double yy = 0.0;
    double yf = 0.0;
    double ff = 0.0;
    const xbar_course c = {.device = f->device,
                           .parameters = p,
                           .state = state,
                           .series_ohm = f->settings.series_ohm,
                           .compliance = f->settings.compliance,
                           .tolerance = 1e-2};
    *factor = 1.0;
    for (size_t k = 0; k < f->n_tables; k++) {
        const xbar_table *t = &f->t[k];
        if (run_table(y, NULL, &c, t, NULL) != XBAR_OK)
            return 2.0;
        for (size_t n = 0; n < t->n; n++) {
            if (isnan(t->i[n]))
                continue;
            if (!isfinite(y[n]))
                return 2.0;
            yy += t->i[n] * t->i[n];
            yf += t->i[n] * y[n];
            ff += y[n] * y[n];
        }
    }
    if (!(yf > 0.0 && ff > 0.0))
        return 1.0;
    *factor = yf / ff;
    return 1.0 - yf / ff * yf / yy;
}

/* The place of `pol`, or n_parameters. */
static size_t polarity_of(const xbar_device *d)
{
    size_t k = 0;
    while (k < d->n_parameters && d->parameters[k].number != XBAR_NUMBER_SIGN)
        k++;
    return k;
}

/* One set in one polarity: voltages by twos, times by tens. */
static void look_around(device_family *f, const double *set, double *least, double *y)
{
    double p[XBAR_MAX_PARAMETERS];
    const bool moves = f->device->n_states > 0;
    for (int v = -3; v <= 3; v++)
        for (int t = moves ? -8 : 0; t <= (moves ? 8 : 0); t++) {
            const double volt = pow(2.0, v);
            const double time = pow(10.0, t);
            double factor = 1.0;
            stretch(p, f->device, set, 1.0, volt, time);
            if (xbar_clock_s() > f->deadline_s && *least < 3.0)
                return;
            double m = misfit(&factor, f, p, f->state, y);
            if (!(m < *least))
                continue;
            *least = m;
            if (f->t[0].kind == XBAR_TABLE_COURSE) {
                stretch(f->base, f->device, set, factor, volt, time);
                continue;
            }
            stretch(f->base, f->device, set, 1.0, volt, time);
            if (f->t[0].kind == XBAR_TABLE_WINDOWS)
                f->base[xbar_pulses_window(f->device)] *= factor;
        }
}

static xbar_status find_base(device_family *f, xbar_error *err)
{
    const xbar_device *d = f->device;
    size_t most = 0;
    double *y = NULL;
    double set[XBAR_MAX_PARAMETERS];
    for (size_t k = 0; k < f->n_tables; k++)
        most = f->t[k].n > most ? f->t[k].n : most;
    XBAR_TRY(xbar_doubles_new(&y, most, "courses", err));
    double least = 3.0;
    f->deadline_s = f->settings.max_seconds > 0.0
                        ? xbar_clock_s() + f->settings.max_seconds
                        : (double)INFINITY;
    const size_t pol = polarity_of(d);
    for (const xbar_parameter_set *named = d->sets; named->name; named++) {
        xbar_device_parameters(set, d, named);
        look_around(f, set, &least, y);
        if (pol == d->n_parameters)
            continue;
        set[pol] = -set[pol];
        look_around(f, set, &least, y);
    }
    free(y);
    return XBAR_OK;
}

/* ---- the subject ---------------------------------------------------------------------- */

/* Limits a factor away on either side, within what is allowed; sign kept. */
static void limit(xbar_subject_parameter *p, const xbar_parameter *q, double factor,
                  double reach)
{
    const double value = p->initial;
    const double far = value * factor;
    const double near = value / factor;
    p->is_log = true;
    p->min = fmax(q->min, fmin(far, near));
    p->max = fmin(q->max, fmax(far, near));
    p->from = fmin(value * reach, value / reach);
    p->to = fmax(value * reach, value / reach);
}

static void add_parameter(xbar_subject *s, device_family *f, size_t k)
{
    const xbar_parameter *q = &f->device->parameters[k];
    const double value = f->base[k];
    const bool is_narrow = q->max - q->min <= 2.0 && strcmp(q->unit, "1") == 0;
    xbar_subject_parameter *p = xbar_subject_add(s, q->name, q->unit, value);
    f->which[s->n_parameters - 1] = k;
    p->is_usual = (value != 0.0 || is_narrow) && strcmp(q->name, "edge") != 0 &&
                  strcmp(q->unit, "K") != 0 && strcmp(q->unit, "m") != 0;
    if (is_narrow) { /* a share, or a state: anything between its bounds */
        p->min = q->min;
        p->max = q->max;
        p->from = q->min + 0.02 * (q->max - q->min);
        p->to = q->max - 0.02 * (q->max - q->min);
    } else if (value == 0.0) {
        p->min = q->min;
        p->max = q->max;
    } else if (strcmp(q->unit, "V") == 0 || strcmp(q->unit, "1") == 0) {
        limit(p, q, 100.0, 2.0);
    } else {
        limit(p, q, 1e6, 10.0);
    }
    if (!p->is_usual)
        return;
    /* a start on a bound goes a little inside */
    const double width = p->max - p->min;
    if (value <= p->min)
        p->initial = p->min + 0.01 * width;
    if (value >= p->max)
        p->initial = p->max - 0.01 * width;
}

static xbar_status add_data(xbar_subject *s, const device_family *f, xbar_error *err)
{
    size_t n_data = 0;
    for (size_t k = 0; k < f->n_tables; k++)
        n_data += f->t[k].n;
    XBAR_TRY(xbar_subject_data(s, n_data, err));
    size_t n_measured = 0;
    for (size_t k = 0, first = 0; k < f->n_tables; first += f->t[k++].n) {
        const xbar_table *t = &f->t[k];
        double peak = 0.0;
        for (size_t n = 0; n < t->n; n++)
            peak = isnan(t->i[n]) ? peak : fmax(peak, fabs(t->i[n]));
        if (!(peak > 0.0))
            return xbar_fail(err, XBAR_ERR_INPUT, "%s: no current in it but 0",
                             t->path);
        /* windows are measured one by one, currents one after the other */
        const size_t stretches =
            t->kind == XBAR_TABLE_WINDOWS ? t->n : t->n / LINES_A_UNIT;
        const size_t units = stretches < 1           ? 1
                             : stretches < MAX_UNITS ? stretches
                                                     : MAX_UNITS;
        for (size_t n = 0; n < t->n; n++) {
            const double i = t->i[n];
            const bool is_measured = !isnan(i);
            s->measured[first + n] = is_measured ? i : 0.0;
            s->scale[first + n] = peak;
            s->noise[first + n] = !is_measured ? (double)INFINITY
                                  : f->settings.is_relative
                                      ? 0.01 * hypot(i, 1e-4 * peak)
                                      : 0.01 * peak;
            s->unit[first + n] = s->n_units + n * units / t->n;
            n_measured += is_measured;
        }
        s->n_units += units;
    }
    return n_measured >= 4 ? XBAR_OK
                           : xbar_fail(err, XBAR_ERR_INPUT,
                                       "%s: want 4 or more measured values, not %zu",
                                       f->t[0].path, n_measured);
}

static xbar_status take_set(device_family *f, const char *name, xbar_error *err)
{
    if (!name)
        return find_base(f, err);
    const xbar_parameter_set *set = xbar_device_set(f->device, name);
    if (!set)
        return xbar_fail(err, XBAR_ERR_INPUT, "%s has no parameter set \"%.60s\"",
                         f->device->name, name);
    xbar_device_parameters(f->base, f->device, set);
    return XBAR_OK;
}

/* A state whose current is about that of the data. */
static double guess_state(const device_family *f)
{
    double g = 0.0;
    size_t n = 0;
    for (size_t k = 0; k < f->t[0].n; k++)
        if (fabs(f->t[0].v[k]) > 0.0 && !isnan(f->t[0].i[k])) {
            g += fabs(f->t[0].i[k] / f->t[0].v[k]);
            n++;
        }
    double p[XBAR_MAX_PARAMETERS];
    xbar_device_parameters(p, f->device, f->device->sets);
    return n > 0 && g > 0.0 ? f->device->state(g / (double)n, 0.0, p) : 1.0;
}

static bool is_name(const char *known, const char *name, size_t length)
{
    return strlen(known) == length && memcmp(known, name, length) == 0;
}

bool xbar_family_device_has(const xbar_device *d, const char *name, size_t length)
{
    for (size_t k = 0; k < d->n_parameters; k++)
        if (d->parameters[k].number == XBAR_NUMBER_REAL &&
            is_name(d->parameters[k].name, name, length))
            return true;
    return is_name("series_ohm", name, length) ||
           (d->n_states == 0 && is_name("state", name, length));
}

xbar_status xbar_family_device(xbar_subject *s, const char *model, const xbar_table *t,
                               size_t n, const xbar_bench_settings *settings,
                               xbar_error *err)
{
    *s = (xbar_subject){.family = "device", .predict = predict, .has_jacobian = true};
    const xbar_device *d = xbar_device_find(model);
    if (!d || d->kind != XBAR_KIND_CELL)
        return xbar_fail(err, XBAR_ERR_INPUT,
                         "no model %.60s of a cell: see xbar models", model);
    void *memory = NULL;
    XBAR_TRY(xbar_array_new(&memory, 1, sizeof(device_family), "device", err));
    device_family *f = memory;
    s->self = f;
    s->close = close_self;
    s->model = d->name;
    *f = (device_family){.device = d, .t = t, .n_tables = n, .settings = *settings};
    for (size_t k = 0; k < n; k++) {
        XBAR_TRY(xbar_pulses_check(d, &t[k], err));
        if (t[k].kind != t[0].kind)
            return xbar_fail(err, XBAR_ERR_INPUT,
                             "%s and %s: want currents alone, or pulses of one kind",
                             t[0].path, t[k].path);
    }
    s->has_jacobian = t[0].kind == XBAR_TABLE_COURSE;
    s->data_unit = t[0].kind == XBAR_TABLE_COURSE    ? "A"
                   : t[0].kind == XBAR_TABLE_WINDOWS ? "V"
                                                     : "1";
    XBAR_TRY(add_data(s, f, err));
    if (d->n_states == 0)
        f->state = guess_state(f);
    XBAR_TRY(take_set(f, settings->set, err));
    for (size_t k = 0; k < d->n_parameters; k++)
        if (d->parameters[k].number == XBAR_NUMBER_REAL)
            add_parameter(s, f, k);
    if (d->n_states == 0) {
        const xbar_parameter any = {.min = 1e-30, .max = 1e30};
        xbar_subject_parameter *p = xbar_subject_add(s, "state", "1", f->state);
        f->which[s->n_parameters - 1] = d->n_parameters;
        limit(p, &any, 1e6, 10.0);
        p->is_usual = true;
    }
    const xbar_parameter ohm = {.min = XBAR_MIN_OHM, .max = 1e9};
    xbar_subject_parameter *p =
        xbar_subject_add(s, "series_ohm", "ohm",
                         settings->series_ohm > 0.0 ? settings->series_ohm : 1.0);
    f->which[s->n_parameters - 1] = d->n_parameters + 1;
    limit(p, &ohm, 1e6, 10.0);
    return XBAR_OK;
}
