/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file
 *  The tiled solver of ordinary arrays from inside: how an answer is begun (fast_start.c),
 *  how voltages are kept (fast_keep.c), when outputs have settled (fast_outputs.c); fast.c
 *  has the rest.
 */
#ifndef XBAR_NODAL_FAST_INSIDE_H
#define XBAR_NODAL_FAST_INSIDE_H

#include "nodal/balance.h"
#include "nodal/fast.h"

struct xbar_fast {
    const xbar_lines *l;
    xbar_tiles *t;
    xbar_pair *pair;
    xbar_balance b;
    double *room; /* what its and b's arrays lie in */
    double *kept; /* what b.kept lies in, but for planes to spare; NULL before any is */
    double scale; /* V, the largest source */
    double nothing;        /* A, less than the rounding of rounding */
    double *i_out, *i_old; /* A, [top, bottom][n_cols]: outputs, to see them settle */
    double *col_siemens;   /* S, [n_cols]: of all cells of a column; what ... */
    bool has_col_siemens;  /* ... only some states need */
};

/** An input's sources into the balance and the tiles: all nodes at their line's
 *  reference. */
void xbar_fast_start(xbar_fast *f, const xbar_stimulus *s);

/** A, from a terminal's source into the array. */
static inline double xbar_fast_terminal(const xbar_balance *b, int side, size_t line)
{
    return b->inject[side][line] - b->end[side][line] * b->drop[side][line];
}

/** A half's part of a look, on its thread. @param with  the balance */
static inline void xbar_fast_take_half(void *with, int half)
{
    xbar_balance *b = (xbar_balance *)with;
    b->t->kernel->take(b, half);
}

/** From the next look on, at the first correction, voltages are kept: half of the word
 *  nodes' in w for as long as that takes, then in p, whose correction is used up.
 *  @return XBAR_OK or XBAR_ERR_MEMORY */
xbar_status xbar_fast_keep_first(xbar_fast *f, xbar_error *err);

/** What two corrections add up to is kept: half of the word nodes' voltages in rw, which
 *  is free until the next look, then in p. That look finds no correction to add.
 *  @return XBAR_OK or XBAR_ERR_MEMORY */
xbar_status xbar_fast_keep_both(xbar_fast *f, xbar_error *err);

/** After a look that kept voltages: the first correction's planes are free. Conjugate
 *  gradients do without p (word). */
void xbar_fast_release(xbar_fast *f);

/** No voltages are kept any more. */
void xbar_fast_reclaim(xbar_fast *f);

/** Takes note of the outputs, those of the columns' tops and then of their bottoms, beside
 *  those before. */
void xbar_fast_note_outputs(xbar_fast *f);

/** Are all outputs right to 1e-10 of the largest and, from a millionth of it on, to 1e-8 of
 *  themselves, as far as their last change tells?
 *  @param left      the share of it that a further correction would change
 *  @param residual  A, the largest before the correction
 *  @param move      V, the largest correction of a voltage */
bool xbar_fast_outputs_settled(xbar_fast *f, double left, double residual, double move);

#endif
