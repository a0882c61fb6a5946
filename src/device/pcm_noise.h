/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file
 *  What phase change conductances do besides being programmed: they miss their target,
 *  drift, and fluctuate when read. Statistics over many cells, as pure functions of
 *  standard normal deviates z, so that the caller's counters decide which cell gets which.
 *
 *  Nandakumar et al., ICECS 2019; Joshi et al., Nat.
 *  Commun. 11:2473, 2020, doi:10.1038/s41467-020-16108-9; constants as in IBM's aihwkit.
 *  Conductances in siemens; g_t is the target's share of the largest one, 0 to 1.
 */
#ifndef XBAR_DEVICE_PCM_NOISE_H
#define XBAR_DEVICE_PCM_NOISE_H

/** Constants of one kind of cell. */
typedef struct xbar_pcm_noise {
    const char *name;
    double g_max;         /* S */
    double programmed[4]; /* S: standard deviation, polynomial in g_t, lowest first */
    double t_0;           /* s: when drift begins to be counted */
    double nu_mean[4];    /* a ln(g_t) + b, within [c, d]: a, b, c, d */
    double nu_sigma[4];   /* the same for its standard deviation */
    double q[3];          /* read noise: min(a / g_t^b, c): a, b, c */
    double t_read;        /* s: what a read takes */
} xbar_pcm_noise;

/** The kind of that name ("mushroom"), or NULL. Static. */
const xbar_pcm_noise *xbar_pcm_noise_find(const char *name);

/** The standard deviation that programming leaves, S. */
double xbar_pcm_programmed_sigma(const xbar_pcm_noise *m, double g_t);

/** What programming a target leaves, S, never negative. */
double xbar_pcm_programmed(const xbar_pcm_noise *m, double g_t, double z);

/** The drift exponent of a cell, never negative; that of z = 0 is its mean. */
double xbar_pcm_nu(const xbar_pcm_noise *m, double g_t, double z);

/** The conductance t after programming: g ((t + t_0)/t_0)^-nu, S.
 *  @param t  s, >= 0 */
double xbar_pcm_drifted(const xbar_pcm_noise *m, double g, double nu, double t);

/** The standard deviation of reads at time t of a cell whose conductance is g then, S. */
double xbar_pcm_read_sigma(const xbar_pcm_noise *m, double g, double g_t, double t);

/** One SET pulse of many, which accumulate: g + dg (1 - g/g_max)^power, with a spread of
 *  `spread` times the step, S, within 0 and g_max.
 *  @param dg     S: the first pulse's step
 *  @param power  how soon it saturates */
double xbar_pcm_accumulated(const xbar_pcm_noise *m, double g, double dg, double power,
                            double spread, double z);

#endif
