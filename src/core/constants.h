/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file
 *  Physical constants, SI 2019 (exact where the SI fixes them, else CODATA 2018).
 *
 *  Models and netlists use these: other programs' own values of kT/q differ by 1e-6, which
 *  is 6e-5 in exp(1 V / (kT/q)).
 */
#ifndef XBAR_CORE_CONSTANTS_H
#define XBAR_CORE_CONSTANTS_H

#define XBAR_CHARGE 1.602176634e-19 /* C, elementary charge, exact */
#define XBAR_BOLTZMANN 1.380649e-23 /* J/K, exact */
#define XBAR_BOLTZMANN_EV                                                              \
    (XBAR_BOLTZMANN / XBAR_CHARGE)               /* eV/K: kT/q is this times T */
#define XBAR_PLANCK 6.62607015e-34               /* J s, exact */
#define XBAR_EPSILON_0 8.8541878128e-12          /* F/m */
#define XBAR_MU_0 1.25663706212e-6               /* H/m */
#define XBAR_ELECTRON_MASS 9.1093837015e-31      /* kg */
#define XBAR_GYROMAGNETIC_RATIO 1.76085963023e11 /* rad/(s T), of the electron */

#endif
