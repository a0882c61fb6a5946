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

/** Inputs at a time. */
enum { XBAR_SPREAD_LANES = 32 };

/** What it takes: products to begin with, doubles to keep.
 *  @param l  as xbar_spread_new has it
 *  @return XBAR_OK or XBAR_ERR_MEMORY */
xbar_status xbar_spread_foresee(xbar_merge_cost *cost, const xbar_lines *l,
                                xbar_error *err);

/** Can it do these lines? Resistive wires without cuts, a source in reach of all. */
bool xbar_spread_fits(const xbar_lines *l);

/** @param[out] out  yours; to be given a state before it solves
 *  @param      l    that fit; borrowed: terminals must stay as they are
 *  @param   kernel  NULL: the fastest (tiles.h)
 *  @return XBAR_OK or XBAR_ERR_MEMORY */
xbar_status xbar_spread_new(xbar_spread **out, const xbar_lines *l,
                            const struct xbar_kernel *kernel, xbar_error *err);
void xbar_spread_free(xbar_spread *s);

/** A state: merges its blocks.
 *  @param g  S, [n_rows][n_cols], >= 0; borrowed while it is this one */
void xbar_spread_take(xbar_spread *s, const double *g);

/** Solves. Voltages are kept as such, not as drops from a source's: an input whose
 *  currents those do not hold well enough is left at status XBAR_ERR_CONVERGENCE.
 *  @param in  [n], with the terminals of `l` open and no others
 *  @param a   [n]; as xbar_nodal_solve has it, status too */
void xbar_spread_solve(xbar_spread *s, const xbar_stimulus *in, size_t n,
                       double tolerance, xbar_nodal_answer *a);

/* ---- for the kernels ----------------------------------------------------------------- */

enum {
    XBAR_SPREAD_NODES = 144, /* ports in a block of 8 x 8 cells, its own first */
    XBAR_SPREAD_NAMES = 928
};

/** Which ports take part where in a block of 8 x 8, from the whole block to its cells:
 *  block by block its shared ones, then its ports; at last left, right, top and bottom of
 *  each cell. The block's own ports are 0 to 31, as merge.h orders those of the first of
 *  two side by side. */
typedef struct xbar_spread_paths {
    uint8_t name[XBAR_SPREAD_NAMES];
    int n_shared[XBAR_MERGE_LEVELS],
        n_ports[XBAR_MERGE_LEVELS];                     /* of a level's blocks */
    uint8_t row[XBAR_MERGE_TILE], col[XBAR_MERGE_TILE]; /* of the cells */
} xbar_spread_paths;

/** Eight rows of the array, for all inputs at hand. */
typedef struct xbar_spread_strip {
    double *volt[XBAR_N_FAMILIES]; /* V, [8][width][XBAR_SPREAD_LANES] */
    size_t width;                  /* n_cols, rounded up to 8 */
    size_t n;                      /* inputs, <= XBAR_SPREAD_LANES */
} xbar_spread_strip;

/** Kirchhoff's law, row by row. Numbers beyond the last input mean nothing. */
typedef struct xbar_spread_look {
    const xbar_lines *l;
    const double *g;
    double *source[XBAR_N_SIDES];   /* V, [lines of that side][lane]; open: any */
    double *terminal[XBAR_N_SIDES]; /* A, likewise, found */
    double *above;                  /* V, [n_cols][lane]: the row's above */
    double *lack; /* A, [n_cols][lane]: what flows into its bit nodes */
    /* [lane] A: the largest sum of currents at a node, the largest current of a branch;
     * and the sum of all sizes of sums, to tell what is not a number */
    double *residual, *current, *all;
} xbar_spread_look;

/** The loops, compiled once for each vector width (isa.h). Voltages of ports stand in
 *  groups of eight, [group][8][XBAR_SPREAD_LANES], at multiples of 64 bytes. */
typedef struct xbar_spread_kernel {
    /** spread_tile.c: 8 n_shared ports of two blocks that were joined.
     *  @param group  [n_strips]: those that went, then those that stayed
     *  @param v      their strips, as `eliminate` left them */
    void (*join)(double *volt, const uint32_t *group, const double *v, size_t n_shared,
                 size_t n_strips, size_t n_inputs);
    /** spread_leaf.c: the nodes of a block.
     *  @param block   which one of its strip
     *  @param shares  of the block, as `leaves` has them
     *  @param side    [8][XBAR_SPREAD_LANES]: its ports at each side */
    void (*leaf)(const xbar_spread_strip *to, size_t block,
                 const xbar_spread_paths *paths, const double *shares,
                 const double *const side[XBAR_N_SIDES]);
    /** spread_look.c: row i of the array, after all those above it.
     *  @param u, w  V, [n_cols][lane] */
    void (*look)(xbar_spread_look *look, size_t i, const double *u, const double *w,
                 size_t n);
    /** A row for each of eight inputs from lane `from` on; NULL: not wanted.
     *  @param v_row, v_col, i_cell  [8]
     *  @param g  S, [n_cols] */
    void (*put)(double *const v_row[8], double *const v_col[8], double *const i_cell[8],
                const double *u, const double *w, const double *g, size_t n_cols,
                size_t from);
} xbar_spread_kernel;

#endif
