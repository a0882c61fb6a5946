/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file
 *  The nodes' capacitances to ground within steps in time. Private to the layer.
 *
 *  In a stage a capacitance is a conductance C/(h gamma) to the voltage that the stages
 *  before say, so that the current into it is C times the stage's slope.
 */
#ifndef XBAR_NODAL_STORAGE_H
#define XBAR_NODAL_STORAGE_H

#include "nodal/inside.h"
#include "nodal/tableau.h"

typedef struct xbar_storage {
    bool is_there; /* some node has a capacitance; else nothing below is used */
    size_t n;      /* nodes of a family */
    double *farad[XBAR_N_FAMILIES];              /* F, planes */
    double *volt[XBAR_N_FAMILIES];               /* V: at the step's beginning */
    double *next[XBAR_N_FAMILIES];               /* V: at the present stage */
    double *slope[XBAR_STAGES][XBAR_N_FAMILIES]; /* V/s */
    double *siemens[XBAR_N_FAMILIES], *base[XBAR_N_FAMILIES]; /* of the present stage */
} xbar_storage;

/** @param[out] s  its arrays are yours: xbar_storage_clear */
xbar_status xbar_storage_init(xbar_storage *s, const xbar_crossbar *c, xbar_error *err);
void xbar_storage_clear(xbar_storage *s);

/** Conductances and base voltages of stage i (1 ...) of a step h. */
void xbar_storage_stage(xbar_storage *s, int i, double h);

/** The same for one implicit step h of first order from the present voltages. */
void xbar_storage_kick(xbar_storage *s, double h);

/** The slopes of stage i from its solution. */
void xbar_storage_found(xbar_storage *s, int i, const xbar_nodal *solver);

/** Slopes of stage 0 at nodes that sources hold, which may have a corner there.
 *  @param slope  V/s, [lines of that side], of the sources; NaN: open */
void xbar_storage_drive(xbar_storage *s, const xbar_crossbar *c,
                        double *const slope[XBAR_N_SIDES]);

/** V: the step's estimated error, the largest of a node with a capacitance. */
double xbar_storage_error(const xbar_storage *s, double h);

/** The step is accepted: what its last stage found is the next one's beginning. */
void xbar_storage_accept(xbar_storage *s);

#endif
