/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file
 *  The engines themselves, one file each; engine.c lists them. Private to the layer.
 */
#ifndef XBAR_ENGINE_ADAPTERS_H
#define XBAR_ENGINE_ADAPTERS_H

#include "engine/engine.h"

extern const xbar_engine xbar_engine_spice;
extern const xbar_engine xbar_engine_nodal;
extern const xbar_engine xbar_engine_analytical;
extern const xbar_engine xbar_engine_ideal;

#endif
