/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file
 *  Arrays of moving cells for tests of controllers. */
#ifndef XBAR_TESTS_CONTROL_ARRAYS_H
#define XBAR_TESTS_CONTROL_ARRAYS_H

#include "arrays.h"

/* Cells of a device's parameter set. */
static inline xbar_cell control_cell(const char *device, const char *set)
{
    const xbar_device *d = xbar_device_find(device);
    assert_non_null(d);
    xbar_cell cell = xbar_cell_default(d);
    xbar_device_parameters(cell.parameters, d, xbar_device_set(d, set));
    return cell;
}

/* An engine on an array whose cells have these first states. */
static inline void *control_engine(const xbar_engine **engine, const char *name,
                                   const xbar_crossbar *c, const double *state)
{
    const size_t n = c->n_rows * c->n_cols;
    double *conductance = array_doubles(n);
    for (size_t k = 0; k < n; k++)
        conductance[k] = xbar_cell_conductance(&c->cell, state[k]);
    void *self = NULL;
    *engine = xbar_engine_find(name);
    assert_non_null(*engine);
    assert_int_equal((*engine)->open(&self, c, NULL, NULL), XBAR_OK);
    assert_int_equal((*engine)->set_state(self, state, conductance, NULL), XBAR_OK);
    free(conductance);
    return self;
}

#endif
