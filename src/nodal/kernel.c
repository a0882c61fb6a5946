/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The table of a vector width's loops (isa.h). */
#include "nodal/isa.h"
#include "nodal/merge.h"
#include "nodal/spread.h"
#include "nodal/tiles.h"

static const xbar_merge_kernel merge_kernel = {
    .lanes = XBAR_WIDTH / 2,
    .leaves = XBAR_ISA(xbar_merge_leaves),
    .eliminate = XBAR_ISA(xbar_merge_eliminate),
    .sum = XBAR_ISA(xbar_merge_sum),
    .add = XBAR_ISA(xbar_merge_add),
    .ground = XBAR_ISA(xbar_merge_ground),
};

static const xbar_spread_kernel spread_kernel = {
    .join = XBAR_ISA(xbar_spread_join),
    .leaf = XBAR_ISA(xbar_spread_leaf),
    .look = XBAR_ISA(xbar_spread_look),
    .put = XBAR_ISA(xbar_spread_put),
};

const xbar_kernel XBAR_ISA(xbar_kernel) = {
    .name = XBAR_ISA_NAME,
    .method =
        "line solves in 16 x 16 tiles with a coarse correction, vectors: " XBAR_ISA_NAME
        "; CHOLMOD where they do not reach the tolerance",
    .factor = XBAR_ISA(xbar_tiles_factor),
    .columns = XBAR_ISA(xbar_tiles_columns),
    .parts = XBAR_ISA(xbar_tiles_parts),
    .inward = XBAR_ISA(xbar_tiles_inward),
    .middle = XBAR_ISA(xbar_tiles_middle),
    .outward = XBAR_ISA(xbar_tiles_outward),
    .finish = XBAR_ISA(xbar_tiles_finish),
    .smooth = XBAR_ISA(xbar_smooth_solve),
    .smooth_add = XBAR_ISA(xbar_smooth_add),
    .take = XBAR_ISA(xbar_balance_take),
    .meet = XBAR_ISA(xbar_balance_meet),
    .reduce = XBAR_ISA(xbar_conjugate_reduce),
    .direct = XBAR_ISA(xbar_conjugate_direct),
    .move = XBAR_ISA(xbar_conjugate_move),
    .across = XBAR_ISA(xbar_conjugate_across),
    .gather = XBAR_ISA(xbar_knots_gather),
    .lay = XBAR_ISA(xbar_knots_lay),
    .merge = &merge_kernel,
    .spread = &spread_kernel,
};
