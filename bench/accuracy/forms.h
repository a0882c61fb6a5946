/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file
 *  What is compared besides the library's closed forms, behind the same interface: a
 *  sparse direct solver, the engines, and perfect wires.
 */
#ifndef XBAR_BENCH_FORMS_H
#define XBAR_BENCH_FORMS_H

#include "analytical/closed_form.h"

/** Kirchhoff's equations by CHOLMOD, exact: the reference. Terminals above 0 ohm only. The
 *  order of elimination (AMD) and the symbolic analysis belong to open; a state is one
 *  numerical factorisation.
 *  Chen, Davis, Hager, Rajamanickam, ACM TOMS 35(3), 2008, doi:10.1145/1391989.1391995. */
extern const xbar_closed_form bench_cholmod;

/** "3.0.14" */
const char *bench_cholmod_version(void);

/** I = G' V */
extern const xbar_closed_form bench_ideal;

/** The fast model of that name (analytical/model.h), with its initial constants. */
extern const xbar_closed_form bench_modes;

/** The engines of these names (engine/engine.h). prepare sets the state, whose work some
 *  of them leave to the first input: see measure.h. */
extern const xbar_closed_form bench_nodal, bench_spice;

#endif
