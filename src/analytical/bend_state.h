/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file
 *  What bend.c finds of a state, and bend_input.c needs of it for an input. Nobody else's.
 *
 *  Columns are taken in blocks, rows in sixteens (floats.h): what is known of sixteen rows
 *  and a block lies together, as [numbers][16], zero beyond the last row. For products
 *  columns lie in slabs of sixteen. A block is a slab; but a last slab of few columns is no
 *  block of its own: they count to the one before.
 */
#ifndef XBAR_ANALYTICAL_BEND_STATE_H
#define XBAR_ANALYTICAL_BEND_STATE_H

#include "analytical/bend.h"
#include "analytical/cell_law.h"
#include "analytical/floats.h"

/* Columns of a slab, and so of a block: as few as the polynomials pay for. The last block may
 * have fewer, or so many more, of a second slab. */
enum { XBAR_BEND_BLOCK = XBAR_FLOATS, XBAR_BEND_MORE = 4 };

/* Of a row. */
enum {
    XBAR_BEND_SHARE,                                    /* 1, [modes]: A of blend.h */
    XBAR_BEND_PHI = XBAR_BEND_SHARE + XBAR_BLEND_MODES, /* 1, [modes] */
    XBAR_BEND_RISE = XBAR_BEND_PHI + XBAR_BLEND_MODES,  /* 1: rho_i */
    XBAR_BEND_OF_ROW
};

/* Of pull.h, from an end; `in` is over beta. */
enum { XBAR_BEND_IN, XBAR_BEND_THROUGH, XBAR_BEND_SOURCE, XBAR_BEND_OF_WAY };

/* Of a row and block; means over the block, tilts along x_j in it. What becomes a voltage of
 * the row's driver is over beta already; 0 where the row hardly reaches. */
enum {
    XBAR_BEND_BETA,                                        /* 1 */
    XBAR_BEND_WORD,                                        /* V, [modes] */
    XBAR_BEND_PER_CHI = XBAR_BEND_WORD + XBAR_BLEND_MODES, /* 1/chi(u_ref) */
    XBAR_BEND_BETA_TILT,                                   /* 1, over beta */
    XBAR_BEND_WORD_TILT,                                   /* V, [modes], over beta */
    XBAR_BEND_RAISED = XBAR_BEND_WORD_TILT + XBAR_BLEND_MODES, /* 1: rho_i over beta */
    XBAR_BEND_KEPT, /* 1, over beta: 1 less `own` of pull.h */
    XBAR_BEND_WAY,  /* 1, [ends][XBAR_BEND_OF_WAY] */
    XBAR_BEND_OF_BLOCK = XBAR_BEND_WAY + XBAR_BEND_OF_WAY * XBAR_N_ENDS
};

/* The same of the present input. */
enum {
    XBAR_BEND_EXCESS, /* V: e + kappa, over beta */
    XBAR_BEND_TILT,   /* V, over beta: what is to be multiplied by x_j */
    XBAR_BEND_SLOPE,  /* 1, over beta: rho_i s */
    XBAR_BEND_E,      /* V */
    XBAR_BEND_BENT
};

struct xbar_bend {
    const xbar_crossbar *c;                      /* borrowed */
    const struct xbar_analytical_kernel *kernel; /* kernel.h: the machine's */
    size_t n_blocks, n_slabs;
    size_t n_sixteens; /* of rows */
    size_t height;     /* of a slab: rows, an even number */
    xbar_stimulus in;
    xbar_nodal_answer answer;
    double drive_volt;
    xbar_chi chi;
    float largest, term[XBAR_CHI_TERMS]; /* its, in single precision */
    bool is_even;                        /* odd terms do not count */
    xbar_dressed rows;
    double *by_row;    /* 1, [n_rows][modes]: A of blend.h */
    double *ohm;       /* 1/A, [n_cols]: scratch */
    float *of_row;     /* [n_sixteens][XBAR_BEND_OF_ROW][16] */
    float *of_block;   /* [n_sixteens][n_blocks][XBAR_BEND_OF_BLOCK][16] */
    float *h;          /* S, [n_slabs][height][16], 0 beyond the last row and column */
    float *rise_ohm;   /* ohm, [n_slabs][16]: R_j */
    float *raised_ohm; /* ohm, the same: Q_j */
    float *shape;      /* 1, the same: x_j */
    /* of the present input */
    float *drive;     /* V, [n_sixteens][16]: it itself */
    float *raised;    /* V, the same: rho_i V_i */
    float *bent;      /* [n_blocks], each [n_sixteens][XBAR_BEND_BENT][16] and a bit */
    double *sums;     /* A, [n_slabs][16] */
    float *stands;    /* V, the same: W_j */
    float *mean_rise; /* V, [n_blocks]: m_B */
};

static inline size_t xbar_bend_end(const xbar_bend *b, size_t block)
{
    return block + 1 < b->n_blocks ? (block + 1) * XBAR_BEND_BLOCK : b->c->n_cols;
}

/* Sixteen rows' numbers; those of row i stand at i % 16 of each. */
static inline float *xbar_bend_of_row(const xbar_bend *b, size_t sixteen)
{
    return b->of_row + sixteen * XBAR_BEND_OF_ROW * XBAR_FLOATS;
}

static inline float *xbar_bend_of_block(const xbar_bend *b, size_t sixteen,
                                        size_t block)
{
    return b->of_block +
           (sixteen * b->n_blocks + block) * XBAR_BEND_OF_BLOCK * XBAR_FLOATS;
}

/* Numbers from a block to the next: a line of the cache more than there are, else blocks of
 * an array of many rows would all lie in the same few places of it. */
static inline size_t xbar_bend_next(const xbar_bend *b)
{
    return (b->n_sixteens * XBAR_BEND_BENT + 1) * XBAR_FLOATS;
}

static inline float *xbar_bend_bent(const xbar_bend *b, size_t sixteen, size_t block)
{
    return b->bent + block * xbar_bend_next(b) + sixteen * XBAR_BEND_BENT * XBAR_FLOATS;
}

#endif
