/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file
 *  The voltages of all nodes for many inputs, found directly: the merging of blocks
 *  (merge.h) undone. When a node p went, it stood at
 *
 *      v_p = sum_j c_pj v_j / s_p,   s_p = sum_j c_pj,
 *
 *  a mean of the nodes that were there still, ground at 0 V among them. From the terminals,
 *  whose voltages are the sources', back to the cells each node gets its own from those
 *  means: nothing is divided, nothing subtracted, and where all sources are of one sign
 *  every voltage has its digits, however small.
 *
 *  The shares c_pj/s_p of an array of n x n cells are some 30 + 7.75 log2(n/8) a cell, and
 *  as many multiplications make an input; so many inputs cost less than by iterations, and
 *  few cost more. Inputs stand in lanes of vectors and know nothing of each other. Private
 *  to nodal.
 */
#ifndef XBAR_NODAL_SPREAD_H
#define XBAR_NODAL_SPREAD_H

#include "nodal/lines.h"
#include "nodal/merge.h"
#include "nodal/nodal.h"

typedef struct xbar_spread xbar_spread;

/** Inputs at a time; and of these, those that stand beside each other. */
enum { XBAR_SPREAD_LANES = 64, XBAR_SPREAD_PANEL = 16 };

/** The sides (1 << XBAR_LEFT, ...) whose terminals are all at 0 V in all of these inputs,
 *  or open. Whole sides, so that inputs that differ in a line or two are alike in this. */
unsigned xbar_spread_at_zero(const xbar_lines *l, const xbar_stimulus *in, size_t n);

/** What it takes: products to begin with, doubles to keep.
 *  @param l  as xbar_spread_new has it
 *  @return XBAR_OK or XBAR_ERR_MEMORY */
xbar_status xbar_spread_foresee(xbar_merge_cost *cost, const xbar_lines *l,
                                unsigned at_zero, xbar_error *err);

/** Can it do these lines? Resistive wires without cuts, a source in reach of all. */
bool xbar_spread_fits(const xbar_lines *l);

/** @param[out] out  yours; to be given a state before it solves
 *  @param      l    that fit; borrowed: terminals must stay as they are
 *  @param  at_zero  sides that are at 0 V in all inputs: these cost less
 *  @param   kernel  NULL: the fastest (tiles.h)
 *  @return XBAR_OK or XBAR_ERR_MEMORY */
xbar_status xbar_spread_new(xbar_spread **out, const xbar_lines *l, unsigned at_zero,
                            const struct xbar_kernel *kernel, xbar_error *err);
void xbar_spread_free(xbar_spread *s);

/** A state: merges its blocks.
 *  @param g  S, [n_rows][n_cols], >= 0; borrowed while it is this one */
void xbar_spread_take(xbar_spread *s, const double *g);

/** Solves. Voltages are kept as such, not as drops from a source's: an input whose
 *  currents those do not hold well enough is left at status XBAR_ERR_CONVERGENCE.
 *  @param in  [n], with the terminals of `l` open and no others, and sides at_zero at 0
 *  @param a   [n]; as xbar_nodal_solve has it, status too */
void xbar_spread_solve(xbar_spread *s, const xbar_stimulus *in, size_t n,
                       double tolerance, xbar_nodal_answer *a);

/* ---- for the kernels ----------------------------------------------------------------- */

/** Kirchhoff's law, block by block, each after those to its left and above it. Numbers
 *  beyond the last input mean nothing. */
typedef struct xbar_spread_look {
    const xbar_lines *l;
    const double *g;
    double *source[XBAR_N_SIDES];   /* V, [lines of that side][lane]; open: any */
    double *terminal[XBAR_N_SIDES]; /* A, likewise, found */
    /* Of each column the lowest node that there was, of each row the last one; and what
     * flows into it but for the wire from there on. V, A, [panel][n_cols or
     * n_rows][XBAR_SPREAD_PANEL] */
    double *above, *above_lack, *before, *before_lack;
    /* [lane] A: the largest sum of currents at a node, the largest current of a branch;
     * and all sums together, to tell what is not a number */
    double *residual, *current, *all;
} xbar_spread_look;

/** What will be read next: it comes to the caches a few lines at a time, so many that it is
 *  there in time and no more, or what is read now would have to wait. */
typedef struct xbar_spread_ahead {
    const double *at, *end;
    size_t lines;
} xbar_spread_ahead;

static inline void xbar_spread_fetch(xbar_spread_ahead *ahead)
{
    enum { LINE = 8 };
    for (size_t k = 0; k < ahead->lines && ahead->at < ahead->end;
         k++, ahead->at += LINE)
        __builtin_prefetch(ahead->at, 0, 2);
}

/** The loops, compiled once for each vector width (isa.h). Voltages of ports stand in
 *  groups of eight, [panel][group][8][XBAR_SPREAD_PANEL], at multiples of 64 bytes; those
 *  of a block's nodes in rows, [column][XBAR_SPREAD_PANEL].
 *  @param n  inputs there: lanes of a panel, or of all panels */
typedef struct xbar_spread_kernel {
    /** spread_tile.c: 8 n_shared ports of two blocks that were joined.
     *  @param panel  doubles from a panel to the next
     *  @param group  [n_strips]: those that went, then those that stayed
     *  @param v      their strips, as `eliminate` left them */
    void (*join)(double *volt, size_t panel, const uint32_t *group, const double *v,
                 size_t n_shared, size_t n_strips, size_t n, xbar_spread_ahead *ahead);
    /** spread_leaf.c: the nodes of a block of 8 x 8.
     *  @param row     doubles from a row to the next
     *  @param shares  of the block, as `leaves` has them
     *  @param side    [8][XBAR_SPREAD_PANEL]: its ports at each side */
    void (*leaf)(double *word, double *bit, size_t row, const double *shares,
                 const double *const side[XBAR_N_SIDES], size_t n,
                 xbar_spread_ahead *ahead);
    /** spread_look.c: block (r, c) of the array, after those to its left and above it. */
    void (*look)(xbar_spread_look *look, size_t panel, size_t r, size_t c,
                 const double *word, const double *bit, size_t row, size_t n);
    /** spread_put.c: part of a row, for each of eight inputs.
     *  @param v_row, v_col, i_cell  [8], planes; NULL: not wanted
     *  @param at  where in those it begins
     *  @param word, bit  rounded up to a whole vector
     *  @param g  S, [n_cols] */
    void (*put)(double *const v_row[8], double *const v_col[8], double *const i_cell[8],
                size_t at, const double *word, const double *bit, const double *g,
                size_t n_cols);
} xbar_spread_kernel;

#endif
