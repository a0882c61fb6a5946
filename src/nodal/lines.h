/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file
 *  The array as the solver sees it: a family of word lines and a family of bit lines,
 *  each line cut into pieces, with terminals at its two ends; the cells couple the two
 *  families. Everything but the cells' conductances and the sources' voltages is here.
 *  Private to the layer.
 *
 *  Family f is XBAR_WORD or XBAR_BIT. The first end of a word line is its left, of a bit
 *  line its top; so the terminals at end e of family f are those of side 2 f + e. Node k
 *  of line l is at [l * line_stride + k * node_stride] of a row-major plane.
 */
#ifndef XBAR_NODAL_LINES_H
#define XBAR_NODAL_LINES_H

#include "crossbar/crossbar.h"

enum { XBAR_WORD, XBAR_BIT, XBAR_N_FAMILIES };

typedef struct xbar_family {
    size_t n_lines, n_nodes; /* n_nodes on each line */
    size_t line_stride, node_stride;
    bool is_ideal; /* a piece is one node: wires of 0 ohm, or none at all (n_nodes 1) */
    double siemens;     /* of a segment; 0 when is_ideal */
    const uint8_t *cut; /* [n_rows][n_cols], 1: the segment behind this node is cut; or
                           NULL; the crossbar's */

    /* A piece is what lies between two cuts, or a cut and an end. Uncut, piece p is line
     * p; else they are numbered line by line, from the first end. */
    size_t n_pieces;
    uint32_t *piece; /* [n_rows][n_cols]; NULL when nothing is cut: piece = line */
    uint32_t *first_piece; /* [n_lines + 1]; NULL when nothing is cut */
    uint8_t *is_live; /* [n_pieces], some path of wires and cells leads to a source */
    uint8_t *is_held; /* [n_pieces], is_ideal and a terminal of 0 ohm stands on it */
    bool all_live;
} xbar_family;

typedef struct xbar_lines {
    size_t n_rows, n_cols;
    xbar_family family[XBAR_N_FAMILIES];

    bool has_rigid;  /* some terminal that is not open has 0 ohm, soft or not */
    double soft_ohm; /* what terminals of 0 ohm have for a while; 0: they hold */

    /* The terminals, [lines of that side]. */
    uint8_t *is_open[XBAR_N_SIDES]; /* not there, or not connected by this input */
    uint8_t *is_held[XBAR_N_SIDES]; /* of 0 ohm: the outermost node is the source's */
    uint8_t *is_soft[XBAR_N_SIDES]; /* of 0 ohm, but for now of soft_ohm */
    /* S, padded to a multiple of 16, at multiples of 64 bytes: else its conductance; 0 when
     * open or held */
    double *siemens[XBAR_N_SIDES];

    /* S, planes, borrowed: from each node to ground; NULL: none. Capacitances within a
     * step in time */
    const double *ground_siemens[XBAR_N_FAMILIES];

    /* S, plane, borrowed: by how much less current each cell carries when its bit node
     * rises, where that is not its didv; NULL: it is. Cells with a gate */
    const double *cell_back;
} xbar_lines;

/** All terminals open, all pieces live: to be set by the two functions below.
 *  @param[out] l  its arrays are yours: xbar_lines_clear
 *  @param      c  borrowed as long as l lives */
xbar_status xbar_lines_init(xbar_lines *l, const xbar_crossbar *c, xbar_error *err);
void xbar_lines_clear(xbar_lines *l);

/** Is a terminal open in this input? */
bool xbar_lines_opens(const xbar_crossbar *c, const xbar_stimulus *s, xbar_side side,
                      size_t line);

/** Sets which terminals are open.
 *  @param soft_ohm  0; or the resistance of those that have none: a network that is easier
 *                   to start a Newton iteration on
 *  @return were they others before? */
bool xbar_lines_connect(xbar_lines *l, const xbar_crossbar *c, const xbar_stimulus *s,
                        double soft_ohm);

/** The piece that node k of a line is part of. */
static inline size_t xbar_lines_piece(const xbar_family *f, size_t line, size_t k)
{
    return f->piece ? f->piece[line * f->line_stride + k * f->node_stride] : line;
}

/** The side where family f's lines have their first (end 0) or last (end 1) node. */
static inline xbar_side xbar_lines_side(int family, int end)
{
    if (family == XBAR_WORD)
        return end == 0 ? XBAR_LEFT : XBAR_RIGHT;
    return end == 0 ? XBAR_TOP : XBAR_BOTTOM;
}

/** Is node k of a line its source's, through a terminal of 0 ohm? */
static inline bool xbar_lines_is_held(const xbar_lines *l, int family, size_t line,
                                      size_t k)
{
    const xbar_family *f = &l->family[family];
    if (f->is_ideal)
        return f->is_held[xbar_lines_piece(f, line, k)];
    return (k == 0 && l->is_held[xbar_lines_side(family, 0)][line]) ||
           (k + 1 == f->n_nodes && l->is_held[xbar_lines_side(family, 1)][line]);
}

/** The node at the end of a line where the terminals of a side are: its place in a plane. */
static inline size_t xbar_lines_end(const xbar_lines *l, xbar_side side, size_t line)
{
    const xbar_family *f = &l->family[side / 2];
    return line * f->line_stride +
           (side % 2 == 0 ? 0 : f->n_nodes - 1) * f->node_stride;
}

/** The piece there. */
static inline size_t xbar_lines_end_piece(const xbar_lines *l, xbar_side side,
                                          size_t line)
{
    const xbar_family *f = &l->family[side / 2];
    return xbar_lines_piece(f, line, side % 2 == 0 ? 0 : f->n_nodes - 1);
}

#endif
