/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file
 *  Every device with every parameter set as test cases, and the integration of one device
 *  in time.
 */
#ifndef XBAR_TESTS_DEVICE_CHECK_H
#define XBAR_TESTS_DEVICE_CHECK_H

#include "check.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include <gsl/gsl_errno.h>
#include <gsl/gsl_odeiv2.h>

#include "core/random.h"
#include "device/device.h"

/** A device with one of its sets. */
typedef struct device_case {
    const xbar_device *device;
    const xbar_parameter_set *set;
    char name[96]; /* "vteam/magic" */
    double p[XBAR_MAX_PARAMETERS];
    size_t d, s; /* which */
} device_case;

/** The next one; start with (device_case){0}. @return false behind the last */
static inline bool device_case_next(device_case *c)
{
    if (c->device && c->device->sets[c->s + 1].name) {
        c->s++;
    } else {
        c->d = c->device ? c->d + 1 : 0;
        c->s = 0;
        c->device = xbar_device_at(c->d);
    }
    if (!c->device)
        return false;
    c->set = &c->device->sets[c->s];
    snprintf(c->name, sizeof c->name, "%s/%s", c->device->name, c->set->name);
    xbar_device_parameters(c->p, c->device, c->set);
    return true;
}

/** The case of a name. */
static inline device_case device_case_of(const char *device, const char *set)
{
    device_case c = {.device = xbar_device_find(device)};
    assert_non_null(c.device);
    c.set = xbar_device_set(c.device, set);
    assert_non_null(c.set);
    snprintf(c.name, sizeof c.name, "%s/%s", device, set);
    xbar_device_parameters(c.p, c.device, c.set);
    return c;
}

/** One of the case's parameters, to read or to set. */
static inline double *device_parameter(device_case *c, const char *name)
{
    for (size_t k = 0; k < c->device->n_parameters; k++)
        if (strcmp(c->device->parameters[k].name, name) == 0)
            return &c->p[k];
    fail_msg("%s has no parameter %s", c->name, name);
    return NULL;
}

/** All a device does at one moment. */
typedef struct device_moment {
    double i, di_dv, kelvin;
    double di_dx[XBAR_MAX_STATES], dx_dt[XBAR_MAX_STATES], drate_dv[XBAR_MAX_STATES];
    double drate_dx[XBAR_MAX_STATES * XBAR_MAX_STATES];
} device_moment;

static inline device_moment device_at(const device_case *c, double v, const double *x)
{
    device_moment m = {0};
    const xbar_response out = {&m.i,       &m.di_dv,   m.di_dx,  m.dx_dt,
                               m.drate_dv, m.drate_dx, &m.kelvin};
    c->device->respond(1, &out, &v, x, c->p);
    return m;
}

/** The current at rest at a first state. */
static inline double device_current(const device_case *c, double v, double x)
{
    double i = 0.0;
    c->device->current(1, &i, NULL, &v, &x, c->p);
    return i;
}

/* ---- time ---------------------------------------------------------------------------- */

/** One device behind a resistor (which may be 0) at a source. */
typedef struct device_circuit {
    const device_case *c;
    double (*volt)(double t, const void *with);
    const void *with;
    double ohm;
} device_circuit;

/** The voltage over the device: v + ohm i(v) = source, by bisection and Newton. */
static inline double device_volt(const device_circuit *z, double t, const double *x)
{
    double source = z->volt(t, z->with);
    if (z->ohm == 0.0)
        return source;
    double low = fmin(source, 0.0);
    double high = fmax(source, 0.0);
    double v = 0.5 * source;
    for (int k = 0; k < 200; k++) {
        device_moment m = device_at(z->c, v, x);
        double f = v + z->ohm * m.i - source;
        if (f < 0.0)
            low = v;
        else
            high = v;
        double next = v - f / (1.0 + z->ohm * m.di_dv);
        if (!(next > low && next < high))
            next = 0.5 * (low + high);
        if (fabs(next - v) <= 1e-15 * fabs(source))
            return next;
        v = next;
    }
    return v;
}

static inline int device_ode(double t, const double *x, double *dx_dt, void *with)
{
    const device_circuit *z = with;
    device_moment m = device_at(z->c, device_volt(z, t, x), x);
    for (size_t s = 0; s < z->c->device->n_states; s++)
        dx_dt[s] = m.dx_dt[s];
    return GSL_SUCCESS;
}

/* The states' Jacobian. The source's change in time is left out: rk4imp does not ask. */
static inline int device_jacobian(double t, const double *x, double *jacobian,
                                  double *df_dt, void *with)
{
    const device_circuit *z = with;
    const size_t n = z->c->device->n_states;
    device_moment m = device_at(z->c, device_volt(z, t, x), x);
    for (size_t s = 0; s < n; s++) {
        df_dt[s] = 0.0;
        for (size_t r = 0; r < n; r++) {
            /* v + ohm i(v, x) stands still */
            double dv = -z->ohm * m.di_dx[r] / (1.0 + z->ohm * m.di_dv);
            jacobian[s * n + r] = m.drate_dx[s * n + r] + m.drate_dv[s] * dv;
        }
    }
    return GSL_SUCCESS;
}

/** Integrates the states from t0 to t1.
 *  @param step  gsl_odeiv2_step_rkck or rk8pd, rk4imp for the stiff (GSL's multistep
 *               methods lose digits each time they are started anew)
 *  @return GSL's status */
static inline int device_integrate(const device_circuit *z, double *x, double t0,
                                   double t1, const gsl_odeiv2_step_type *step,
                                   double tolerance)
{
    gsl_set_error_handler_off();
    gsl_odeiv2_system system = {device_ode, device_jacobian, z->c->device->n_states,
                                (void *)(uintptr_t)z};
    xbar_state_range r[XBAR_MAX_STATES];
    z->c->device->ranges(r, z->c->p);
    double absolute = tolerance * r[0].scale;
    gsl_odeiv2_driver *driver = gsl_odeiv2_driver_alloc_y_new(
        &system, step, (t1 - t0) / 1000, absolute, tolerance);
    assert_non_null(driver);
    gsl_odeiv2_driver_set_nmax(driver, 2000000);
    double t = t0;
    int status = gsl_odeiv2_driver_apply(driver, &t, t1, x);
    gsl_odeiv2_driver_free(driver);
    return status;
}

/** Sources. */
typedef struct device_wave {
    double volt, hertz;
} device_wave;

static inline double device_constant(double t, const void *with)
{
    (void)t;
    return ((const device_wave *)with)->volt;
}

static inline double device_sine(double t, const void *with)
{
    const device_wave *w = with;
    return w->volt * sin(2.0 * 3.14159265358979323846 * w->hertz * t);
}

#endif
