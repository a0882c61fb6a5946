/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file
 *  Sixteen lines side by side, as ladders: what hangs on each node on either side, and how
 *  a voltage falls off from node to node. Planes are [n][XBAR_STRIP], position along the
 *  line first, so that lines lie in vectors and a strip stays in the nearest cache.
 *
 *  With load_k what node k's cell takes and hang_k what all nodes beyond it take,
 *
 *      y = load_k + hang_k,   ratio_k = 1/(1 + ohm y),   hang_(k-1) = y ratio_k
 *
 *  where ratio_k is what is left at node k of the voltage of the node before it.
 *  Private to the layer.
 */
#ifndef XBAR_ANALYTICAL_STRIP_H
#define XBAR_ANALYTICAL_STRIP_H

#include <stdbool.h>
#include <stddef.h>

#include "core/status.h"

enum { XBAR_STRIP = 16 };
enum { XBAR_FIRST, XBAR_LAST, XBAR_N_ENDS };

typedef struct xbar_strip {
    size_t n;                                /* nodes along a line */
    double ohm;                              /* per segment */
    double siemens[XBAR_N_ENDS][XBAR_STRIP]; /* S: of the terminals, 0 open */
    double drives[XBAR_N_ENDS]
                 [XBAR_STRIP]; /* 1 where a terminal drives or senses, else 0 */
    double *whole; /* 1: 0 where the segment behind a node is cut; NULL: none is */
    double *load;  /* S: given */
    double *hang[XBAR_N_ENDS];  /* S: on the side of that end */
    double *ratio[XBAR_N_ENDS]; /* 1: of the node before, as seen from that end; of its
                                   first node: nothing */
    double *ohm_to_ground;      /* ohm: at a node without its own cell; 1e30: no way */
    double *share;              /* 1: of a voltage of the terminals that drive */
} xbar_strip;

/** @return XBAR_OK, XBAR_ERR_MEMORY; clear it after a failure as well */
xbar_status xbar_strip_init(xbar_strip *s, size_t n, bool has_cuts, xbar_error *err);
void xbar_strip_clear(xbar_strip *s);

/** hang and ratio of the present loads. */
void xbar_strip_look(xbar_strip *s);

/** ohm_to_ground. After xbar_strip_look. */
void xbar_strip_find_ohms(xbar_strip *s);

/** share. After xbar_strip_look. */
void xbar_strip_find_shares(xbar_strip *s);

#endif
