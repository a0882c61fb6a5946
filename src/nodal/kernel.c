/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The table of a vector width's loops (isa.h). */
#include "nodal/isa.h"
#include "nodal/merge.h"
#include "nodal/tiles.h"

static const xbar_merge_kernel merge_kernel = {
    .lanes = XBAR_WIDTH / 2,
    .leaves = XBAR_ISA(xbar_merge_leaves),
    .eliminate = XBAR_ISA(xbar_merge_eliminate),
    .add = XBAR_ISA(xbar_merge_add),
    .ground = XBAR_ISA(xbar_merge_ground),
};

const xbar_kernel XBAR_ISA(xbar_kernel) = {
    .name = XBAR_ISA_NAME,
    .method =
        "line solves in 16 x 16 tiles with a coarse correction, vectors: " XBAR_ISA_NAME
        "; CHOLMOD where they do not reach the tolerance",
    .factor = XBAR_ISA(xbar_tiles_factor),
    .soften = XBAR_ISA(xbar_tiles_soften),
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
    .precondition = XBAR_ISA(xbar_conjugate_precondition),
    .batch_inward = XBAR_ISA(xbar_batch_inward),
    .batch_middle = XBAR_ISA(xbar_batch_middle),
    .batch_outward = XBAR_ISA(xbar_batch_outward),
    .batch_finish = XBAR_ISA(xbar_batch_finish),
    .batch_smooth = XBAR_ISA(xbar_batch_smooth),
    .batch_look = XBAR_ISA(xbar_batch_look),
    .merge = &merge_kernel,
};
