/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file
 *  What a device's file shares with the library. Private to the layer.
 */
#ifndef XBAR_DEVICE_MODELS_H
#define XBAR_DEVICE_MODELS_H

#include "device/device.h"

/** The devices, in the order of src/meson.build's list, ended by NULL; the build writes
 *  this. Each is called xbar_device_NAME. */
extern const xbar_device *const xbar_library[];

/** What the build has made of models/NAME/NAME.cir and models/NAME/SET.yaml. */
#define XBAR_MODEL_DATA(NAME)                                                          \
    extern const xbar_device xbar_device_##NAME;                                       \
    extern const char xbar_model_##NAME[];                                             \
    extern const xbar_parameter_set xbar_sets_##NAME[];

#define XBAR_PARAMETER_TABLE(table)                                                    \
    .parameters = (table), .n_parameters = sizeof(table) / sizeof *(table)

/* Rows that most tables have. */
#define XBAR_ROW_EDGE                                                                  \
    {                                                                                  \
        .name = "edge", .unit = "1", .min = 1e-6, .max = 0.25,                         \
        .what = "width of the ramp in which motion dies out towards a bound"           \
    }
#define XBAR_ROW_POL                                                                   \
    {                                                                                  \
        .name = "pol", .unit = "1", .min = -1, .max = 1, .number = XBAR_NUMBER_SIGN,   \
        .what = "1: as the paper has it; -1: the device turned round"                  \
    }

/** The first state by bisection, for laws that cannot be solved for it: any state range
 *  in which the conductance is monotone. As `state` of device.h. */
double xbar_state_search(const xbar_device *device, double g, double read_volt,
                         const double *p);

/** A value within [lower, upper] as the state of a cell in an array: not 0. */
double xbar_state_within(double x, double lower, double upper);

#endif
