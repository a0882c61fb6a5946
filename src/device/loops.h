/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file
 *  From the two functions of one cell, which a device with one state consists of, to the
 *  vectorised ones of device.h. Private to the layer.
 *
 *      static xbar_slopes NAME_law(double v, double x, const double *p);
 *          current i, di/dv, di/dx
 *      static xbar_slopes NAME_rate(double v, double x, const double *p);
 *          dx/dt, d(dx/dt)/dv, d(dx/dt)/dx
 *
 *  Both are written in the paper's polarity; the loops turn voltage and current round
 *  where the parameter POL is -1.
 */
#ifndef XBAR_DEVICE_LOOPS_H
#define XBAR_DEVICE_LOOPS_H

#include "device/curve.h"
#include "device/models.h"

static inline void xbar_put(double *out, size_t k, double value)
{
    if (out)
        out[k] = value;
}

#define XBAR_STATIC_LOOP(NAME, POL)                                                    \
    static void NAME##_current(size_t n, double *i, double *didv, const double *v,     \
                               const double *x, const double *p)                       \
    {                                                                                  \
        for (size_t k = 0; k < n; k++) {                                               \
            xbar_slopes l = {0.0, 0.0, 0.0};                                           \
            if (x[k] != 0.0)                                                           \
                l = NAME##_law(p[POL] * v[k], x[k], p);                                \
            xbar_put(i, k, p[POL] * l.y);                                              \
            xbar_put(didv, k, l.dv);                                                   \
        }                                                                              \
    }

/* KELVIN: an expression for the temperature at (v, x), in the paper's polarity. */
#define XBAR_DYNAMIC_LOOP(NAME, POL, KELVIN)                                           \
    static void NAME##_respond(size_t n, const xbar_response *out,                     \
                               const double *voltage, const double *state,             \
                               const double *p)                                        \
    {                                                                                  \
        const double pol = p[POL];                                                     \
        bool moves = out->dx_dt || out->drate_dv || out->drate_dx;                     \
        for (size_t k = 0; k < n; k++) {                                               \
            const double v = pol * voltage[k];                                         \
            const double x = state[k];                                                 \
            if (out->i || out->di_dv || out->di_dx) {                                  \
                xbar_slopes l = NAME##_law(v, x, p);                                   \
                xbar_put(out->i, k, pol *l.y);                                         \
                xbar_put(out->di_dv, k, l.dv);                                         \
                xbar_put(out->di_dx, k, pol *l.dx);                                    \
            }                                                                          \
            if (moves) {                                                               \
                xbar_slopes r = NAME##_rate(v, x, p);                                  \
                xbar_put(out->dx_dt, k, r.y);                                          \
                xbar_put(out->drate_dv, k, pol *r.dv);                                 \
                xbar_put(out->drate_dx, k, r.dx);                                      \
            }                                                                          \
            if (out->kelvin)                                                           \
                out->kelvin[k] = (KELVIN);                                             \
        }                                                                              \
    }

#define XBAR_ONE_STATE_LOOPS(NAME, POL)                                                \
    XBAR_STATIC_LOOP(NAME, POL)                                                        \
    XBAR_DYNAMIC_LOOP(NAME, POL, (double)NAN)

#endif
