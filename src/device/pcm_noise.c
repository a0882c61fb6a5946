/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Fits to a million phase change cells, see the header. The formulas are
 *
 *   programming   sigma = max(c0 + c1 g_t + c2 g_t^2 + c3 g_t^3, 0)
 *   drift         g(t) = g ((t + t_0)/t_0)^-nu,  nu normal, its two moments linear in
 *                 ln(g_t) between limits
 *   reading       sigma = g Q sqrt(ln((t + t_r)/(2 t_r))),  Q = min(a/g_t^b, c): 1/f
 *                 noise over all frequencies between 1/t and 1/t_r
 */
#include "device/pcm_noise.h"

#include <math.h>
#include <stddef.h>
#include <string.h>

static const double least_share = 1e-12; /* of g_max; ln(0) is never asked for */

static const xbar_pcm_noise kinds[] = {
    {
        .name = "mushroom",
        .g_max = 25e-6,
        .programmed = {0.26348e-6, 1.9650e-6, -1.1731e-6, 0.0},
        .t_0 = 20.0,
        .nu_mean = {-0.0155, 0.0244, 0.049, 0.1},
        .nu_sigma = {-0.0125, -0.0059, 0.008, 0.045},
        .q = {0.0088, 0.65, 0.2},
        .t_read = 250e-9,
    },
};

const xbar_pcm_noise *xbar_pcm_noise_find(const char *name)
{
    for (size_t k = 0; k < sizeof kinds / sizeof *kinds; k++)
        if (strcmp(kinds[k].name, name) == 0)
            return &kinds[k];
    return NULL;
}

double xbar_pcm_programmed_sigma(const xbar_pcm_noise *m, double g_t)
{
    const double *c = m->programmed;
    return fmax(c[0] + g_t * (c[1] + g_t * (c[2] + g_t * c[3])), 0.0);
}

double xbar_pcm_programmed(const xbar_pcm_noise *m, double g_t, double z)
{
    return fmax(m->g_max * g_t + xbar_pcm_programmed_sigma(m, g_t) * z, 0.0);
}

static double limited(const double c[4], double g_t)
{
    return fmin(fmax(c[0] * log(fmax(g_t, least_share)) + c[1], c[2]), c[3]);
}

double xbar_pcm_nu(const xbar_pcm_noise *m, double g_t, double z)
{
    return fmax(limited(m->nu_mean, g_t) + limited(m->nu_sigma, g_t) * z, 0.0);
}

double xbar_pcm_drifted(const xbar_pcm_noise *m, double g, double nu, double t)
{
    return g * pow((t + m->t_0) / m->t_0, -nu);
}

double xbar_pcm_read_sigma(const xbar_pcm_noise *m, double g, double g_t, double t)
{
    double q = fmin(m->q[0] / fmax(pow(fmax(g_t, 0.0), m->q[1]), 1e-3), m->q[2]);
    double decades = log((t + m->t_read) / (2.0 * m->t_read));
    return g * q * sqrt(fmax(decades, 0.0));
}

double xbar_pcm_accumulated(const xbar_pcm_noise *m, double g, double dg, double power,
                            double spread, double z)
{
    double step = dg * pow(fmax(1.0 - g / m->g_max, 0.0), power);
    return fmin(fmax(g + step * (1.0 + spread * z), 0.0), m->g_max);
}
