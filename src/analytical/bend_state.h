/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file
 *  What bend.c finds of a state, and bend_input.c needs of it for an input. Nobody else's.
 *
 *  Columns are taken in blocks, rows in vectors: planes of blocks are
 *  [n_blocks][xbar_padded(n_rows)] (floats.h), zero beyond the last row. For products
 *  columns lie in slabs of a vector each. A block is a slab; but a last slab of few columns
 *  is no block of its own: they count to the one before.
 */
#ifndef XBAR_ANALYTICAL_BEND_STATE_H
#define XBAR_ANALYTICAL_BEND_STATE_H

#include "analytical/bend.h"
#include "analytical/cell_law.h"
#include "analytical/floats.h"
#include "analytical/pull.h"

/* Columns of a slab, and so of a block: as few as the polynomials pay for. The last block may
 * have fewer, or so many more, of a second slab. */
enum { XBAR_BEND_BLOCK = XBAR_FLOATS, XBAR_BEND_MORE = 4 };

struct xbar_bend {
    const xbar_crossbar *c; /* borrowed */
    size_t n_blocks, n_slabs;
    bool has_wide; /* two slabs at once pay (wide.h) */
    size_t stride; /* xbar_padded(n_rows) */
    xbar_stimulus in;
    xbar_nodal_answer answer;
    double drive_volt;
    xbar_chi chi;
    float largest, term[XBAR_CHI_TERMS]; /* its, in single precision */
    xbar_dressed rows;
    xbar_pull *pull;
    double *by_row;    /* 1, [n_rows][modes]: A of blend.h */
    float *share;      /* 1, [modes][stride]: the same */
    float *phi;        /* 1, the same shape */
    float *h;          /* S, [n_slabs][n_rows][slab], 0 beyond the last column */
    float *rise;       /* 1, [stride]: rho_i */
    double *ohm;       /* 1/A, [n_cols]: scratch */
    float *rise_ohm;   /* ohm, [n_slabs][slab]: R_j */
    float *raised_ohm; /* ohm, the same: Q_j */
    float *shape;      /* 1, the same: x_j */
    float *word[XBAR_BLEND_MODES];      /* V, planes of blocks: means */
    float *word_tilt[XBAR_BLEND_MODES]; /* V, from column to column */
    float *beta, *beta_tilt;            /* 1 */
    float *per_beta;                    /* 1, 0 where the row hardly reaches */
    float *per_chi;                     /* 1/chi(u_ref) */
    /* of the present input */
    float *drive;     /* V, [stride]: it itself */
    float *raised;    /* V, [stride]: rho_i V_i */
    float *rough;     /* V, [stride] */
    float *e, *kappa; /* V, planes of blocks */
    float *tilt;      /* V: what is to be multiplied by x_j, at the cells */
    float *slope;     /* 1: rho_i s */
    double *sums;     /* A, [n_slabs][slab] */
    float *stands;    /* V, the same: W_j */
    float *mean_rise; /* V, [n_blocks]: m_B */
};

static inline size_t xbar_bend_end(const xbar_bend *b, size_t block)
{
    return block + 1 < b->n_blocks ? (block + 1) * XBAR_BEND_BLOCK : b->c->n_cols;
}

/* Of a block's slabs, the first is the block's number. */
static inline size_t xbar_bend_end_slab(const xbar_bend *b, size_t block)
{
    return block + 1 < b->n_blocks ? block + 1 : b->n_slabs;
}

/* Blocks of one slab: all, or all but the last. */
static inline size_t xbar_bend_whole(const xbar_bend *b)
{
    return 2 * b->n_blocks - b->n_slabs;
}

#endif
