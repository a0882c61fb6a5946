/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file
 *  The devices themselves, one file each; device.c lists them. Private to the layer.
 */
#ifndef XBAR_DEVICE_MODELS_H
#define XBAR_DEVICE_MODELS_H

#include "device/device.h"

extern const xbar_device xbar_device_linear;
extern const xbar_device xbar_device_sinh;

/** The SPICE text of models/NAME/NAME.cir, put into the program when it is built. */
extern const char xbar_model_sinh[];

#endif
