/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file
 *  The Runge-Kutta method of steps in time: ARK4(3)6L[2]SA's implicit part. Kennedy and
 *  Carpenter, Appl. Numer. Math. 44:139, 2003, doi:10.1016/S0168-9274(02)00138-1.
 *
 *      y_i = y_n + h sum_{j<i} a_ij k_j + h gamma k_i,   k_i = f(t_n + c_i h, y_i)
 *
 *  Six stages, of which the first is the step before's last one and the others each solve
 *  one implicit equation with the same gamma; fourth order; L-stable, and the last stage
 *  is the step's end, so that what is stiff, or an equation without a derivative, holds
 *  there exactly. The embedded third order result differs by h sum (b_i - b^_i) k_i, which
 *  is the error's measure. Private to the layer.
 */
#ifndef XBAR_NODAL_TABLEAU_H
#define XBAR_NODAL_TABLEAU_H

enum { XBAR_STAGES = 6 };

static const double xbar_rk_gamma = 0.25;

static const double xbar_rk_c[XBAR_STAGES] = {0.0,         0.5,         83.0 / 250.0,
                                              31.0 / 50.0, 17.0 / 20.0, 1.0};

/* The last row is b, but for b_6 = gamma. */
static const double xbar_rk_a[XBAR_STAGES][XBAR_STAGES - 1] = {
    {0.0},
    {1.0 / 4.0},
    {8611.0 / 62500.0, -1743.0 / 31250.0},
    {5012029.0 / 34652500.0, -654441.0 / 2922500.0, 174375.0 / 388108.0},
    {15267082809.0 / 155376265600.0, -71443401.0 / 120774400.0,
     730878875.0 / 902184768.0, 2285395.0 / 8070912.0},
    {82889.0 / 524892.0, 0.0, 15625.0 / 83664.0, 69875.0 / 102672.0, -2260.0 / 8211.0},
};

/* b^ */
static const double xbar_rk_embedded[XBAR_STAGES] = {
    4586570599.0 / 29645900160.0, 0.0,
    178811875.0 / 945068544.0,    814220225.0 / 1159782912.0,
    -3700637.0 / 11593932.0,      61727.0 / 225920.0,
};

/** b_i */
static inline double xbar_rk_b(int i)
{
    return i + 1 < XBAR_STAGES ? xbar_rk_a[XBAR_STAGES - 1][i] : xbar_rk_gamma;
}

/** b_i - b^_i */
static inline double xbar_rk_d(int i)
{
    return xbar_rk_b(i) - xbar_rk_embedded[i];
}

#endif
