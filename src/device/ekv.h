/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file
 *  A transistor's channel from weak to strong inversion in one formula, for cells that are
 *  one. Private to the layer.
 *
 *      i = i0 (F(u_f) - F(u_r)),  F(u) = ln^2(1 + e^(u/2))
 *      u_f = (v_g - v_t)/(n U_T),  u_r = (v_g - v_t - n v)/(n U_T),  U_T = kT/q
 *
 *  Enz, Krummenacher, Vittoz, Analog Integr. Circuits Signal Process. 8:83, 1995,
 *  doi:10.1007/BF01239381. Voltages are counted from the source, v is the drain's.
 */
#ifndef XBAR_DEVICE_EKV_H
#define XBAR_DEVICE_EKV_H

#include "device/curve.h"

/** F(u) */
static inline xbar_curve xbar_ekv(double u)
{
    xbar_curve f = xbar_softplus(0.5 * u);
    return (xbar_curve){f.y * f.y, f.y * f.dy};
}

/** i/i0 and its slopes.
 *  @param over  v_g - v_t; dx is by this
 *  @param n_ut  n U_T */
static inline xbar_slopes xbar_ekv_channel(double v, double over, double n, double n_ut)
{
    xbar_curve f = xbar_ekv(over / n_ut);
    xbar_curve r = xbar_ekv((over - n * v) / n_ut);
    return (xbar_slopes){f.y - r.y, r.dy * n / n_ut, (f.dy - r.dy) / n_ut};
}

#endif
