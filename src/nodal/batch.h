/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file
 *  Sixteen inputs of one array at a time: the tiled solver's factors and cycle, with an
 *  input in each vector lane. Private to the layer.
 *
 *  No tile is transposed, and each factor is fetched once for sixteen inputs. Voltages
 *  are the sum of two floats, hi + lo, taken as such in double precision: what a float
 *  correction leaves of hi, lo holds. Every lane goes through the same schedule of cycles
 *  and is frozen when it is done, so no input's answer depends on its neighbours'.
 */
#ifndef XBAR_NODAL_BATCH_H
#define XBAR_NODAL_BATCH_H

#include "nodal/tiles.h"

enum { XBAR_LANES = 16 };

/** Planes are [n_rows][n_cols][lane]. Voltages and conductances are scaled as the tiles'. */
typedef struct xbar_batch {
    const xbar_tiles *t;             /* factors, terminals, coarse nodes */
    const double *g;                 /* S, [n_rows][n_cols] */
    double row_siemens, col_siemens; /* of a segment */
    float *w;           /* correction of the bit nodes; halfway its elimination */
    float *ru, *rw;     /* A, residuals */
    float *u[2], *v[2]; /* word nodes and bit nodes: hi, lo */
    bool fresh, from_zero;
    bool is_first; /* the round that was fresh: not yet looked at */
    /* A correction's last sweeps leave what is beyond one value for each sixteen nodes of
     * a line (slabs.h): of word nodes at hand, of bit nodes here */
    bool is_fine;
    float *base;    /* V, [each half's n_rows / 16 + 1][n_cols][lane] */
    float *rest[2]; /* V, [n_cols][lane]: of a half's present base */

    double *v_row, *v_col;   /* V, [n_rows][lane], [n_cols][lane]: references */
    double *i_first;         /* A, [top, bottom][n_cols][lane]: after the first round */
    double *inject[4];       /* A, [line of that side][lane] */
    double *end[4];          /* S, [line of that side]; borrowed */
    float *ref[2], *into[4]; /* v_row, v_col and inject as the tiles have them */

    float *work[2];  /* [width][lane]: a row's elimination, of each half */
    float *carry[2]; /* [n_cols][lane] */
    float *kept_u;   /* [x nodes][n_rows][lane] */
    float *given[2]; /* A, [y nodes + 1][x nodes][lane], of each half */
    float *node;     /* [y nodes + 1][x nodes + 1][lane]: the smooth correction */
    float *mode[2];  /* the same size: scratch */
    float *hat[2];   /* [2][n_cols][lane] */
    float *slope[2]; /* [x nodes + 1][lane] */
    double *wide[2]; /* V, [3][n_cols][lane / 2]: rows in double precision */
    _Alignas(64) float lives[XBAR_LANES]; /* 1, or 0 for lanes that are done */

    /* [half][lane] A: the largest residual, and the largest current of a branch */
    _Alignas(64) float largest[2][XBAR_LANES];
    _Alignas(64) float current[2][XBAR_LANES];
} xbar_batch;

/** @param[out] out  yours
 *  @param      t    borrowed; arranged
 *  @return XBAR_OK or XBAR_ERR_MEMORY */
xbar_status xbar_batch_new(xbar_batch **out, const xbar_tiles *t, xbar_error *err);
void xbar_batch_free(xbar_batch *b);

/** n cycles from zero and a last solve of the rows, added to u and v. */
void xbar_batch_cycles(xbar_batch *b, xbar_pair *pair, size_t n);

/** Residuals at the present voltages into ru, rw; largest and current. */
void xbar_batch_look(xbar_batch *b, xbar_pair *pair);

#endif
