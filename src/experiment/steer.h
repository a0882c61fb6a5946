/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file
 *  Plans with a controller in the loop: programming, and stateful logic.
 */
#ifndef XBAR_EXPERIMENT_STEER_H
#define XBAR_EXPERIMENT_STEER_H

#include "control/logic.h"
#include "control/write_verify.h"
#include "experiment/plan.h"

/** analysis: {kind: program}. After it the array is read with the plan's inputs. */
struct xbar_plan_write {
    xbar_write_options options;
    struct xbar_source *targets; /* private */
};

/** analysis: {kind: logic}. Inputs of the plan are the operands' combinations, row after
 *  row: input k is row rows[k / 2^n_operands] with operand o = bit o of k. */
struct xbar_plan_logic {
    xbar_logic_options options; /* but for `row` */
    xbar_logic_step *steps;     /* what options.steps borrows */
    size_t *operands, n_operands;
    uint8_t *ones; /* [n_cols]: cells that are 1 at the beginning, besides operands */
    size_t *rows, n_rows;
    size_t n_moments; /* of a step */
};

enum { XBAR_MAX_OPERANDS = 16 };

/** What the cells of a sample are to be programmed to. @param[out] target  S, [n_rows]
 *  [n_cols] */
xbar_status xbar_plan_targets(const xbar_plan *p, size_t sample, double *target,
                              xbar_error *err);

/** The bits of an input, and the row they are in.
 *  @param[out] bits  [n_cols] */
void xbar_plan_bits(const xbar_plan *p, size_t input, uint8_t *bits, size_t *row);

/** Puts bits into the cells of row o->row; open and stuck cells stay what they are.
 *  @param bits              [n_cols]
 *  @param is_stuck          [n_rows][n_cols]
 *  @param[in,out] state, conductance  likewise */
void xbar_plan_write_bits(const xbar_plan *p, const xbar_logic_options *o,
                          const uint8_t *bits, const uint8_t *is_stuck, double *state,
                          double *conductance);

#endif
