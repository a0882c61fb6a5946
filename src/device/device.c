/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The library, and what all devices share: parameters, sets, states from conductances. */
#include "device/device.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "device/models.h"

const char *const xbar_kind_name[XBAR_N_KINDS] = {"cell", "selector", "access"};

const xbar_device *xbar_device_at(size_t k)
{
    for (size_t n = 0; n < k; n++)
        if (!xbar_library[n])
            return NULL;
    return xbar_library[k];
}

const xbar_device *xbar_device_find(const char *name)
{
    for (size_t k = 0; xbar_library[k]; k++)
        if (strcmp(xbar_library[k]->name, name) == 0)
            return xbar_library[k];
    return NULL;
}

/* ---- parameters ---------------------------------------------------------------------- */

bool xbar_parameter_allows(const xbar_parameter *q, double value)
{
    if (!(value >= q->min && value <= q->max))
        return false;
    switch (q->number) {
    case XBAR_NUMBER_WHOLE:
        return value == floor(value);
    case XBAR_NUMBER_SIGN:
        return fabs(value) == 1.0;
    default:
        return true;
    }
}

const char *xbar_parameter_want(char text[XBAR_PARAMETER_SIZE], const xbar_parameter *q)
{
    if (q->number == XBAR_NUMBER_SIGN)
        snprintf(text, XBAR_PARAMETER_SIZE, "-1 or 1");
    else
        snprintf(text, XBAR_PARAMETER_SIZE, "%s%g to %g (%s)",
                 q->number == XBAR_NUMBER_WHOLE ? "a whole number " : "", q->min,
                 q->max, q->unit);
    return text;
}

const xbar_parameter_set *xbar_device_set(const xbar_device *device, const char *name)
{
    for (const xbar_parameter_set *s = device->sets; s->name; s++)
        if (strcmp(s->name, name) == 0)
            return s;
    return NULL;
}

static void take_values(double *p, const xbar_device *device,
                        const xbar_parameter_set *set)
{
    for (size_t n = 0; n < set->n_values; n++)
        for (size_t k = 0; k < device->n_parameters; k++)
            if (strcmp(device->parameters[k].name, set->values[n].name) == 0)
                p[k] = set->values[n].value;
}

void xbar_device_parameters(double *p, const xbar_device *device,
                            const xbar_parameter_set *set)
{
    for (size_t k = 0; k < device->n_parameters; k++)
        p[k] = (double)NAN;
    take_values(p, device, &device->sets[0]);
    take_values(p, device, set);
}

xbar_status xbar_device_check(const xbar_device *device, const double *p,
                              xbar_error *err)
{
    for (size_t k = 0; k < device->n_parameters; k++) {
        char want[XBAR_PARAMETER_SIZE];
        const xbar_parameter *q = &device->parameters[k];
        if (!xbar_parameter_allows(q, p[k]))
            return xbar_fail(err, XBAR_ERR_INPUT, "%s = %g: want %s", q->name, p[k],
                             xbar_parameter_want(want, q));
    }
    for (const xbar_order *o = device->orders; o && o->low != o->high; o++)
        if (!(p[o->low] < p[o->high] || (o->or_equal && p[o->low] == p[o->high])))
            return xbar_fail(err, XBAR_ERR_INPUT, "%s = %g: want %s %s (%g)",
                             device->parameters[o->high].name, p[o->high],
                             o->or_equal ? "at least" : "more than",
                             device->parameters[o->low].name, p[o->low]);
    return XBAR_OK;
}

/* ---- states and conductances --------------------------------------------------------- */

double xbar_state_within(double x, double lower, double upper)
{
    return fmax(fmin(fmax(x, lower), upper), XBAR_LEAST_STATE);
}

static double conductance(const xbar_device *device, double x, double read_volt,
                          const double *p)
{
    double i = 0.0;
    double slope = 0.0;
    device->current(1, &i, &slope, &read_volt, &x, p);
    return read_volt == 0.0 ? slope : i / read_volt;
}

void xbar_device_conductances(double *min, double *max, const xbar_device *device,
                              double read_volt, const double *p)
{
    *min = 0.0;
    *max = (double)INFINITY;
    if (!device->ranges)
        return;
    xbar_state_range r[XBAR_MAX_STATES];
    device->ranges(r, p);
    double a = conductance(
        device, xbar_state_within(r[0].lower, r[0].lower, r[0].upper), read_volt, p);
    double b = conductance(device, r[0].upper, read_volt, p);
    *min = fmin(a, b);
    *max = fmax(a, b);
}

double xbar_state_search(const xbar_device *device, double g, double read_volt,
                         const double *p)
{
    xbar_state_range r[XBAR_MAX_STATES];
    device->ranges(r, p);
    double low = xbar_state_within(r[0].lower, r[0].lower, r[0].upper);
    double high = r[0].upper;
    if (g == 0.0)
        return 0.0;
    bool rising = conductance(device, high, read_volt, p) >=
                  conductance(device, low, read_volt, p);
    /* Halving [low, high] until no double lies between. */
    for (;;) {
        double middle = low + 0.5 * (high - low);
        if (middle <= low || middle >= high)
            break;
        if ((conductance(device, middle, read_volt, p) < g) == rising)
            low = middle;
        else
            high = middle;
    }
    double below = fabs(conductance(device, low, read_volt, p) - g);
    return below <= fabs(conductance(device, high, read_volt, p) - g) ? low : high;
}
