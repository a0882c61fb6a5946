/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file
 *  What a model makes of a laboratory's pulses (table.h): programming pulses one by one,
 *  and trains of them. Private to the layer.
 */
#ifndef XBAR_CALIBRATE_PULSES_H
#define XBAR_CALIBRATE_PULSES_H

#include "calibrate/course.h"

/** Can the device have such a table? @return XBAR_OK; XBAR_ERR_INPUT (says why not) */
xbar_status xbar_pulses_check(const xbar_device *d, const xbar_table *t,
                              xbar_error *err);

/** The parameter that a memory window is in proportion to, or n_parameters. */
size_t xbar_pulses_window(const xbar_device *d);

/** A table of windows: line by line, from the lowest state, one pulse; the share of its
 *  range that the state has gone, times the window of all of it.
 *  A table of trains: ups from the lowest state, downs from the highest, each pulse
 *  followed by a read at a tenth of its voltage; conductances, stretched and shifted to
 *  fit what was measured best, as that has no scale of its own.
 *  @param[out] y  [n]; NaN where the model has no answer
 *  @param      c  which, n_which and compliance do not count
 *  @return XBAR_OK or XBAR_ERR_MEMORY */
xbar_status xbar_pulses_run(double *y, const xbar_course *c, const xbar_table *t,
                            xbar_error *err);

#endif
