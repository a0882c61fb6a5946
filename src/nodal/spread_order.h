/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file
 *  In which order merged blocks come apart again (spread.h): a block before its parts, and
 *  of these the left or upper one with all that is in it before the other. So what two
 *  parts shared is needed no longer when both are through, and its place is free for
 *  others: the voltages of the ports at hand stay in the nearer caches. And a block's
 *  neighbours to the left and above are through before it. Private to spread.c.
 */
#ifndef XBAR_NODAL_SPREAD_ORDER_H
#define XBAR_NODAL_SPREAD_ORDER_H

#include "nodal/merge_tree.h"

/** Blocks whose nodes are kept until all are there: what then goes to a plane is more than
 *  a line of a cache at a time. */
enum { XBAR_SPREAD_HIGH = 2, XBAR_SPREAD_WIDE = 4 };

typedef enum spread_kind {
    SPREAD_JOIN,  /* two blocks' shared ports, from those of both */
    SPREAD_BLOCK, /* the nodes of 8 x 8 cells */
    SPREAD_KEPT   /* those that were kept are complete */
} spread_kind;

typedef struct spread_step {
    spread_kind kind;
    size_t at;          /* a join's number, or a block's among the leaves */
    region where, kept; /* of the block; of all whose nodes are kept with its */
    uint32_t side[XBAR_N_SIDES]; /* of a block: where its ports' voltages are */
} spread_step;

typedef struct spread_order {
    spread_step *step;
    size_t n_steps;
    uint32_t *place; /* [groups]: where a group's voltages are while they are there */
    size_t n_places;
} spread_order;

/** @param[out] o  its arrays are yours: xbar_spread_order_clear
 *  @param m  after the first walk
 *  @return XBAR_OK or XBAR_ERR_MEMORY */
xbar_status xbar_spread_order_init(spread_order *o, const merge *m, xbar_error *err);
void xbar_spread_order_clear(spread_order *o);

/** How many groups there are, and places for those that are there at a time. */
size_t xbar_spread_n_groups(const merge *m);
size_t xbar_spread_n_places(const merge *m);

#endif
