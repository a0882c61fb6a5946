/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file
 *  xbar, whole: the layers from the lowest to the highest. Each header is the manual of
 *  its layer; a program that links a layer needs only that one's and those before it.
 *
 *      experiment file -> plan -> crossbar and cells -> engine -> result -> store
 */
#ifndef XBAR_H
#define XBAR_H

#include "core/clock.h"
#include "core/constants.h"
#include "core/memory.h"
#include "core/number.h"
#include "core/random.h"
#include "core/status.h"
#include "core/text.h"
#include "core/version.h"

#include "device/device.h"
#include "device/pcm_noise.h"

#include "crossbar/bias.h"
#include "crossbar/crossbar.h"
#include "crossbar/draw.h"
#include "crossbar/network.h"

#include "analytical/alpha_beta.h"
#include "analytical/closed_form.h"
#include "analytical/dmr.h"
#include "analytical/jeong.h"
#include "analytical/ladder.h"
#include "analytical/smooth.h"
#include "analytical/sweep.h"
#include "analytical/uniform.h"

#include "netlist/netlist.h"
#include "netlist/order.h"

#include "spice/session.h"

#include "nodal/effective.h"
#include "nodal/gradient.h"
#include "nodal/nodal.h"

#include "engine/engine.h"

#include "store/reader.h"
#include "store/store.h"

#include "experiment/plan.h"

#include "campaign/campaign.h"

#endif
