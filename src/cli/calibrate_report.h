/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file
 *  What a calibration found, as tables on standard output: estimates, what the data cannot
 *  tell, errors by the role of the data, the model's own error and how often intervals
 *  hold.
 */
#ifndef XBAR_CLI_CALIBRATE_REPORT_H
#define XBAR_CLI_CALIBRATE_REPORT_H

#include "calibrate/calibrate.h"

void xbar_print_calibration(const xbar_subject *s, const xbar_calibration *c);

#endif
