/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file
 *  What comes out of each column for a volt on each row, found directly: the array is put
 *  together from its cells, block by block, and each block is known by the conductances
 *  between the ends of the lines that leave it.
 *
 *           top ports
 *            |     |           A cell's word node has half a segment to each side, and
 *      left -+-----+- right    so has its bit node: a block's ports lie in the middle of
 *      ports |     | ports     segments. Two neighbours share the ports between them:
 *           -+-----+-          their conductances add, and each of those nodes goes by
 *            |     |           the star-mesh transform (mesh.c),
 *          bottom ports            c_ij += c_ip c_pj / s_p,   s_p = sum_j c_pj.
 *
 *  At the array's edges ports are terminals, or there are none. At the end those are left,
 *  and the conductances between input and output terminals are the effective ones. This is
 *  George's nested dissection (SIAM J. Numer. Anal. 10, 1973, doi:10.1137/0710032), with
 *  nothing subtracted anywhere: every conductance keeps its digits, however small.
 *
 *  Blocks of 8 x 8 cells are made in the lanes of vectors, so many at a time
 *  (merge_leaf.c); larger ones in tiles of 8 x 8 conductances (merge_tile.c). About 16 n^3
 *  multiplications for n x n cells. Private to nodal.
 */
#ifndef XBAR_NODAL_MERGE_H
#define XBAR_NODAL_MERGE_H

#include "crossbar/crossbar.h"

struct xbar_kernel; /* tiles.h */

enum {
    XBAR_MERGE_SIDE = 8,                    /* cells on a side of the smallest block */
    XBAR_MERGE_TILE = 64,                   /* conductances in a tile */
    XBAR_MERGE_PORTS = 4 * XBAR_MERGE_SIDE, /* of the smallest block */
    XBAR_MERGE_LEVELS = 6                   /* from a cell to there, doubling */
};

/** A node held by a terminal of 0 ohm has this conductance to it, S: no other one counts
 *  beside it, and its square is far from overflow. */
#define XBAR_MERGE_HELD 1e100

/** An array between resistive wires; rows and columns of at least 2 cells. Borrowed. */
typedef struct xbar_merge_array {
    size_t n_rows, n_cols;
    const double *g;                  /* S, [n_rows][n_cols] */
    double row_siemens, col_siemens;  /* of a segment, > 0 */
    const uint8_t *row_cut, *col_cut; /* crossbar.h; or NULL */
    /* S, [lines of that side], XBAR_MERGE_HELD: 0 ohm. Those of inputs (left and right)
     * and outputs (top and bottom); and those of terminals whose voltage is fixed. 0:
     * none. A line's end has one or the other. */
    const double *port[XBAR_N_SIDES], *ground[XBAR_N_SIDES];
} xbar_merge_array;

/** What merging an array takes. */
typedef struct xbar_merge_cost {
    double products; /* multiplications */
    double doubles;  /* of memory, the result not counted */
} xbar_merge_cost;

/** @return XBAR_OK or XBAR_ERR_MEMORY */
xbar_status xbar_merge_foresee(xbar_merge_cost *cost, const xbar_merge_array *a,
                               xbar_error *err);

/** @param[out] g_eff  S, [n_rows][n_cols]: between a row's input terminals, as one, and a
 *                     column's output terminal (bottom and top, if both are, added up)
 *  @param kernel      NULL: the fastest (tiles.h)
 *  @return XBAR_OK or XBAR_ERR_MEMORY */
xbar_status xbar_merge_find(double *g_eff, const xbar_merge_array *a,
                            const struct xbar_kernel *kernel, xbar_error *err);

/* ---- for the kernels ----------------------------------------------------------------- */

/** How two blocks in lanes become one. Conductances of a block with n ports stand in an
 *  n x n matrix, above its diagonal; on the diagonal those to ground; its second row begins
 *  with a 0. The children's matrices stand one behind the other, with their shared ports
 *  first, and places are counted from the first one's beginning. */
typedef struct xbar_merge_shape {
    int n_shared, n_ports, n_child;  /* ports: shared ones, of the block, of a child */
    int16_t pivot[XBAR_MERGE_PORTS]; /* the place of a port and shared port 0 */
    int16_t own[XBAR_MERGE_PORTS];   /* the place of its conductance to ground */
    /* the places of each pair of ports, row by row; or of a 0 */
    int16_t pair[XBAR_MERGE_PORTS * (XBAR_MERGE_PORTS - 1) / 2];
} xbar_merge_shape;

/** From cells to blocks of 8 x 8; the second index says which child it will be. */
typedef struct xbar_merge_shapes {
    xbar_merge_shape level[XBAR_MERGE_LEVELS][2];
    uint8_t row[XBAR_MERGE_TILE], col[XBAR_MERGE_TILE]; /* of the cells, in order */
} xbar_merge_shapes;

/** Where a side's first port stands in a block of h x w cells that is the first or second
 *  (which = 0, 1) of two side by side, or one above the other. */
int xbar_merge_first_port(bool side_by_side, int which, xbar_side side, int h, int w);

void xbar_merge_shapes_init(xbar_merge_shapes *s);

/** Doubles of room for one lane of `leaves`; and how many shares there are in a block of
 *  8 x 8: those that nodes, when they go, have in what is there then (spread.h). Seven for
 *  each cell, then level by level, block by block, of each shared port those among the
 *  shared ones behind it and those among the block's ports. */
enum {
    XBAR_MERGE_LEAF_ROOM = 2304,
    XBAR_MERGE_CELL_SHARES = 7,
    XBAR_MERGE_LEAF_SHARES = 1880
};

/** The loops, compiled once for each vector width (isa.h). All doubles stand at multiples
 *  of 64 bytes. */
typedef struct xbar_merge_kernel {
    size_t lanes;
    /** merge_leaf.c: blocks of 8 x 8 cells, one in each lane.
     *  @param[out] room  [XBAR_MERGE_LEAF_ROOM][lanes]: at its beginning blocks of 32
     *                    ports as above, each the first of two side by side; and
     *                    [XBAR_MERGE_LEAF_SHARES][lanes] more if shares are wanted
     *  @param[out] shares  [lanes][XBAR_MERGE_LEAF_SHARES]; NULL: not wanted
     *  @param at  [n]: tile of rows, tile of columns; n >= 1, lanes beyond it repeat the
     *             last */
    void (*leaves)(double *room, double *shares, const xbar_merge_shapes *s,
                   const xbar_merge_array *a, const size_t (*at)[2], size_t n);
    /** merge_tile.c: of 8 n_shared nodes that go the eight from 8 q on, one after the
     *  other, after those before them.
     *  @param[in,out] v  S^1/2, [n_strips][8 n_shared][8]; of the first n_shared strips
     *                    what is above the diagonal; on it s_p^-1/2
     *  @param[in,out] ground  [8 n_shared], S to S^1/2
     *  @param from  [n_strips - q]: the eight's conductances at first, tiles for the strips
     *               from q on, S */
    void (*eliminate)(double *v, double *ground, const double *const *from, size_t q,
                      size_t n_shared, size_t n_strips);
    /** Two tiles' sum. */
    void (*sum)(double *to, const double *a, const double *b);
    /** A row of tiles, and what they gain through nodes that went: to = from + vi' vj.
     *  @param to_stride, stride  doubles from a tile or strip to the next
     *  @param from  [n_tiles]; NULL: to itself */
    void (*add)(double *to, size_t to_stride, const double *const *from,
                const double *vi, const double *vj, size_t stride, size_t n_tiles,
                size_t n_pivots);
    /** The same for eight conductances to ground. */
    void (*ground)(double *to, const double *from, const double *vi,
                   const double *ground, size_t n_pivots);
} xbar_merge_kernel;

#endif
