/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file
 *  Stateful logic: bits are the states of cells of one word line, and gates are voltages on
 *  their bit lines. The word line is the node that the cells share.
 *
 *  MAGIC (Kvatinsky et al., IEEE TCAS-II 61:895, 2014, doi:10.1109/TCSII.2014.2357292).
 *  The word line is left open, the inputs' bit lines stand at V, the output's at 0:
 *
 *      V -- in_1 --+
 *      V -- in_2 --+-- out -- 0        out, 1 beforehand, turns to 0 if any input is 1
 *
 *  A cell's current counts from word to bit line, so inputs see -v and the output +v: the
 *  opposite polarities that the gate needs come by themselves. NOT is a NOR of one input.
 *
 *  IMPLY (Borghetti et al., Nature 464:873, 2010, doi:10.1038/nature08940; Kvatinsky et
 *  al., IEEE TVLSI 22:2054, 2014). The word line ends in a resistance to 0 V, the bit line
 *  of p stands at V_cond, that of q at V_set:
 *
 *      V_cond -- p --+-- q -- V_set    q, if p is 0, turns to 1
 *                    |
 *                   ohm
 *                    0
 *
 *  Bit lines that a step does not use are open. Other word lines are held at a voltage
 *  that keeps their cells out of it; those without a terminal are open and take part in a
 *  MAGIC step, each with its own bits.
 *
 *  1 is the state of low resistance. A level is 0 at the state that stands for 0 and 1 at
 *  that which stands for 1; a bit is whether the level is above a half, its margin how far.
 */
#ifndef XBAR_CONTROL_LOGIC_H
#define XBAR_CONTROL_LOGIC_H

#include "control/control.h"

enum { XBAR_MAX_GATE_INPUTS = 8 };

typedef enum xbar_gate {
    XBAR_GATE_NOR,   /* out = not (in_0 or in_1 ...); one input: NOT */
    XBAR_GATE_IMPLY, /* out = not in_0 or out */
    XBAR_N_GATES
} xbar_gate;

/** "nor", "imply". */
extern const char *const xbar_gate_name[XBAR_N_GATES];

/** A step of a program; columns of the array. */
typedef struct xbar_logic_step {
    xbar_gate gate;
    size_t n_inputs;
    size_t inputs[XBAR_MAX_GATE_INPUTS];
    size_t output;
} xbar_logic_step;

typedef struct xbar_logic_options {
    const xbar_logic_step *steps;
    size_t n_steps;
    size_t row;          /* the word line whose bits are looked at */
    double volt;         /* V, NOR: of the inputs' bit lines */
    double cond_volt;    /* V, IMPLY: of p's bit line */
    double set_volt;     /* V, IMPLY: of q's */
    double isolate_volt; /* V, of other word lines */
    double gate_volt;    /* V, of the row's gates where cells have transistors */
    xbar_pulse pulse;    /* of each step */
    double zero, one;    /* the first states that stand for 0 and 1, not equal */
    size_t points;       /* moments told of each step; at least 2 */
} xbar_logic_options;

/** What came of one step. */
typedef struct xbar_logic_outcome {
    double level;     /* of the output cell at the step's end, 0 ... 1 */
    double margin;    /* |level - 1/2| * 2, negative where the bit is wrong */
    double energy_j;  /* of all sources in this step */
    double latency_s; /* from the step's beginning until the output's level crosses one
                         half; NaN when it does not */
    double
        worst_input; /* how far the level of an input cell has moved in this step, the
                           largest */
    uint8_t bit, expected;
} xbar_logic_outcome;

/** The bits that a row's cells hold after the program, by Boolean algebra alone.
 *  @param bits  [n_cols], before; changed
 *  @param[out] expected  [n_steps]: the output of each step; may be NULL */
void xbar_logic_expect(uint8_t *bits, uint8_t *expected, const xbar_logic_step *steps,
                       size_t n_steps);

/** Runs a program from the states of set_state.
 *  @param[out] outcomes  [n_steps]; those that were not reached NaN
 *  @param      bits      [n_cols]: what the row's cells stand for at the beginning
 *  @param      witness   may be NULL: called with every step's testimony
 *  @return as xbar_control_run; XBAR_ERR_INPUT (a step that cannot be: names it) */
xbar_status xbar_logic_run(xbar_control_report *report, xbar_logic_outcome *outcomes,
                           const xbar_engine *engine, void *self,
                           const xbar_crossbar *c, const uint8_t *bits,
                           const xbar_logic_options *options, const xbar_start *start,
                           unsigned record,
                           void (*witness)(const xbar_testimony *what, void *with),
                           void *with, xbar_error *err);

/** The steps and columns alone. @return XBAR_OK or XBAR_ERR_INPUT */
xbar_status xbar_logic_check(const xbar_logic_options *o, const xbar_crossbar *c,
                             xbar_error *err);

/** A full adder of two-input NORs, nine of them: columns a, b, carry in, then nine cells
 *  that hold 1 at the beginning; the sum is in column XBAR_ADDER_SUM, the carry in column
 *  XBAR_ADDER_CARRY. */
enum {
    XBAR_ADDER_STEPS = 9,
    XBAR_ADDER_COLS = 12,
    XBAR_ADDER_SUM = 10,
    XBAR_ADDER_CARRY = 11
};
extern const xbar_logic_step xbar_logic_adder[XBAR_ADDER_STEPS];

#endif
