/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The table of a vector width. */
#include "analytical/kernel.h"

const xbar_analytical_kernel XBAR_ISA(xbar_analytical_kernel) = {
    .bend = XBAR_ISA(xbar_bend_apply),
    .product = XBAR_ISA(xbar_product),
    .pass = XBAR_ISA(xbar_detours_pass),
};
