/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file
 *  How an array is put together from its blocks (merge.h): the tree of blocks, what is
 *  known of each, and what two become when they are joined. Private to merge.c and
 *  spread.c.
 */
#ifndef XBAR_NODAL_MERGE_TREE_H
#define XBAR_NODAL_MERGE_TREE_H

#include "nodal/merge.h"

/* Eight ports beside each other, by a number of their own: on rows 8 r to 8 r + 7 at the
 * left of tile c of the columns, or likewise on columns. Inputs are on the array's left and
 * right, outputs at its top and bottom; all others will go. */
typedef uint32_t group;

/* A block of cells 8 r0 to 8 r1 - 1, 8 c0 to 8 c1 - 1. */
typedef struct region {
    size_t r0, r1, c0, c1;
} region;

/* What is known of a block. Its groups: those that will go, first those that go next; then
 * inputs, then outputs. Conductances between two inputs, or two outputs, are never asked
 * for and not kept; so tile (i, j), j >= i, stands in one of these rows:
 *
 *      goes x (goes from i on, inputs, outputs)     and    input x outputs            */
typedef struct front {
    size_t n, n_going, n_inputs;
    const group *group; /* [n] */
    double *tile;
    double *ground; /* S, [n][8] */
} front;

/* A join, as spread.c wants it: its nodes' shares of all that was there when they went. */
typedef struct merge_join {
    size_t n_shared, n_strips;
    size_t v; /* where its strips begin: [n_strips][8 n_shared][8], of `eliminate` */
    size_t group; /* where its groups begin: [n_strips], those that go first */
} merge_join;

/* Joins in the order in which they were made, if anybody wants to undo them: of two parts
 * the right or lower one was made first. */
typedef struct merge_record {
    merge_join *join;
    group *group;
    double *v;
    double *leaf; /* [leaves, in the order of `leaf`][XBAR_MERGE_LEAF_SHARES] */
    size_t n_joins, n_groups, n_v;
} merge_record;

typedef struct merge {
    const xbar_merge_array *a;
    const xbar_merge_kernel *kernel;
    size_t n_row_tiles, n_col_tiles;
    uint8_t *has_port[XBAR_N_SIDES]; /* [tiles of lines]: any of the eight */
    bool is_dry;                     /* no arithmetic: what will it take? */
    double products;

    group *groups; /* a stack for all fronts' lists */
    size_t n_groups;
    /* Fronts at even depths are a stack from the room's beginning on, those at odd depths
     * one from its end: so a block may stand beside its parts when those go. Between the
     * two is what a step needs for its pivots. */
    double *room;
    size_t top[2], most;

    size_t most_groups;
    const double **from; /* [2 most_groups] */
    uint8_t *child;      /* [most_groups]: 0, 1 */
    uint32_t *place;     /* [most_groups]: in that child */

    /* The smallest blocks, as many at a time as a vector has lanes. */
    xbar_merge_shapes *shapes;
    size_t (*leaf)[2]; /* [n_leaves]: in the order in which they are asked for */
    size_t n_leaves, next_leaf;
    double *leaf_room;

    merge_record
        *record; /* NULL: nothing is kept. No conductances between terminals are
                             found then */
} merge;

/** Counts what is where. @return XBAR_OK or XBAR_ERR_MEMORY: xbar_merge_clear all the same */
xbar_status xbar_merge_init(merge *m, const xbar_merge_array *a, xbar_error *err);

/** Room for the second walk, and for the record if there is one, after the first. */
xbar_status xbar_merge_make_room(merge *m, xbar_error *err);
void xbar_merge_clear(merge *m);

/** Walks the tree: counts (is_dry), or merges. @param[out] f  with all terminals */
void xbar_merge_walk(merge *m, front *f, bool is_dry);

/** The numbers of groups: at the left of a tile of columns, or at its right, which is the
 *  next one's left; likewise above a tile of rows. */
group xbar_merge_word_group(const merge *m, size_t row_tile, size_t border);
group xbar_merge_bit_group(const merge *m, size_t border, size_t col_tile);

/** A block's two parts: left and right (true), or upper and lower. */
bool xbar_merge_split(const region *r, region part[2]);

/** Which tile of lines a group's ports are on. */
size_t xbar_merge_line_tile(const merge *m, group g);

/** A front's conductances between groups i and j >= i, [8][8]. */
double *xbar_merge_tile_at(const front *f, size_t i, size_t j);

#endif
