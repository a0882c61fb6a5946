/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file
 *  The tiled solver's data: one linear network, cut into slabs of 16 rows and tiles of
 *  16 x 16 cells, in single precision. Private to nodal.
 *
 *  Word nodes u and bit nodes w obey, with D = diag(g),
 *
 *      A u - D w = r_u        A: one tridiagonal block for each row
 *      B w - D u = r_w        B: one for each column                               [A]
 *
 *  A cycle solves the rows for u, then the columns for w, then corrects both by one
 *  smooth function (coarse.h). Corrections are single precision; the residuals they are
 *  made for are double (balance.h), so nothing of the answer's precision is lost.
 *
 *  Vector lanes are the 16 columns of a tile in a column solve and the 16 rows of a slab
 *  in a row solve; tiles are transposed in registers between the two.
 *
 *  Single precision bears cells up to some hundred times better conductors than a wire's
 *  segment; beyond that, and where a line hangs on its sources by hardly anything, its
 *  corrections gain too little and inner.h's direct solver takes over (nodal.c).
 *
 *  Columns are eliminated from both ends towards the middle (a twisted factorisation:
 *  Burden and Faires call it "burn at both ends"): the upper half of the slabs goes
 *  down, the lower goes up, so two threads share a column, and any number of threads
 *  does the same arithmetic.
 */
#ifndef XBAR_NODAL_TILES_H
#define XBAR_NODAL_TILES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/status.h"
#include "nodal/pair.h"

enum { XBAR_TILE = 16, XBAR_UPPER = 0, XBAR_LOWER = 1 };

/** As many nodes of a line as a finished correction has one base for. */
enum { XBAR_BASE = 8 };

/** A node held by a 0 ohm terminal behaves as one with this conductance to it, S: so
 *  large that its voltage's correction is lost in the last digit, far from overflow. */
#define XBAR_TILES_HELD 1e30f

typedef struct xbar_coarse xbar_coarse;
typedef struct xbar_kernel xbar_kernel;
struct xbar_balance; /* balance.h */
struct xbar_knots;   /* knots.h */
struct xbar_merge_kernel;
struct xbar_spread_kernel;

typedef struct xbar_tiles xbar_tiles;
struct xbar_tiles {
    const xbar_kernel *kernel;
    size_t n_rows, n_cols;
    size_t n_slabs, n_tiles; /* slabs of 16 rows; tiles of 16 columns in a slab */
    size_t n_upper;          /* slabs of the upper half, the rest is the lower */
    size_t width;            /* 16 n_tiles: columns with padding */
    size_t height;           /* 16 n_slabs */
    /* Voltages are counted in amperes through a row's segment (in volts where that has
     * 0 ohm): conductances below are `scale` times those in siemens, voltages 1/scale
     * times those in volts, row_ohm is 1 or 0, and a product is saved in each cell. */
    float scale;
    float row_ohm, col_ohm; /* per segment */
    float *end[4];          /* S, conductance of each line's terminals (xbar_side order:
                                 left, right, top, bottom), padded with 0 */
    const uint8_t *row_cut, *col_cut; /* [n_rows][n_cols] or NULL; borrowed */

    float *room; /* what all arrays of these lie in */
    /* [slab][tile][row in slab][col in tile] */
    float *g;  /* S, cells */
    float *nb; /* column factors (slabs.h), towards the middle */
    float *w;  /* V, correction of the bit nodes; halfway of a solve its forward part */
    float *ru; /* A, residual of the word nodes; then the word nodes' correction, V */
    float *rw; /* A, residual of the bit nodes */
    /* [slab][col][row in slab] */
    float *na; /* row factors, left to right */

    /* A finished correction is that of ru and w and one value for each XBAR_BASE nodes of
     * a line (slabs.h): [col / XBAR_BASE][height], [row / XBAR_BASE][width]. */
    float *base_u, *base_w; /* V */
    bool is_fine;   /* the sweep is the last of a correction, and leaves those */
    bool has_bases; /* the present correction has; or they are 0 */
    float moved
        [2]; /* V: how far a half's bit nodes on coarse rows went in the last cycle */

    double g_sum[2];   /* S, all cells of a half */
    float g_peak[2];   /* the largest of them */
    float n_peak[2];   /* the largest n (slabs.h) */
    bool is_steep;     /* too large to keep */
    float *row_last;   /* 1/S, [height]: 1/s at each row's right end */
    float *col_mid[2]; /* S, [width]: s of each half's innermost row */
    float *carry[2];   /* A or V, [width]: what a half hands from slab to slab */
    float *real;       /* [width]: 1, 0 beyond the last column */
    /* [width][16]: one slab's row solve; of both halves the same if one thread does both */
    float *lane_work[2];
    xbar_coarse *coarse;

    /* The first correction's residual follows from these alone (fresh = true):
     * r_u = -g (v_row - v_col) + what the ends inject, r_w = the opposite. */
    bool fresh;
    float *v_row, *v_col; /* V, [height], [width]: voltages of the references */
    float *inject[4];     /* A, per line of a side */
    bool from_zero;       /* the correction starts at 0: nothing to load */

    /* Cycles that are relaxed (tiles.c): where the present sweep reads the bit nodes, w
     * or, one cycle in between, `old`; and how far beyond w, away from old, it is to
     * begin. */
    const float *from;
    float *old; /* spare or z, whichever is free */
    float relax;
    bool is_early; /* the sweep before began at 0, which is then `old` */

    /* Restricted residuals of each half, like coarse->given, and room for rows times hat
     * functions, [2][width]: the second is `carry`, which nobody needs then. */
    float *given[2]; /* in the coarse correction's scratch */
    float *hat[2];

    /* A correction that was put aside; or conjugate gradients' direction and
     * preconditioned residual. Then their step lengths, and each half's sum. */
    float *p, *z;
    float *first_base_u, *first_base_w;
    bool is_aside; /* the former */
    float *
        spare; /* cycles' `old`, or a look's rows (balance.h): nobody's for long; but once
                     voltages are kept, half of the word nodes', as p is (fast_keep.c) */

    /* The column factors and the smooth correction's weights are conjugate gradients',
     * and those of the cells as columns see them (factor.c). */
    bool is_for_steps, is_soft;
    double soft_sum[2];       /* S, those cells of a half */
    float *part;              /* [width]: what tells the array's parts apart */
    bool knows_parts;         /* looked for them in the present cells */
    bool has_parts;           /* it falls into such */
    struct xbar_knots *knots; /* good cells among bad ones, if there ever were such */
    /* Lines resist less than their ends: an error that is one voltage on all of a line
     * hardly shows in Kirchhoff's law, nor in how cycles come to rest. */
    bool hangs;
    float unit; /* residuals and corrections stand in the tiles times this */
    /* V, [height][width], the first `split` rows and the others; or NULL. Where conjugate
     * gradients put at once, in double precision, what the word nodes' residual makes of
     * them, so that ru is theirs; and V, of each half, the largest of that. */
    double *word[2];
    size_t split;
    float at_once[2];
    double alpha;
    float beta; /* 0: the first step */
    double dot[2];
};

/** The loops over cells, compiled once for each vector width (kernel.c). `half` is
 *  XBAR_UPPER or XBAR_LOWER; each half may run on its own thread. */
struct xbar_kernel {
    const char *name;
    const char *method; /* a line for the provenance */
    /** g (double, [n_rows][n_cols]) -> tiles of g, row and column factors. */
    void (*factor)(xbar_tiles *t, int half, const double *g);
    /** Column factors anew, as factor left them; if is_soft those of conjugate gradients,
     *  not for cut or ideal rows, and rough ones (lanes.h) if lines are not special. */
    void (*columns)(xbar_tiles *t, int half);
    /** Does the array fall into parts that hardly touch?
     *  @param[out] part   [width]: a value for each column, root mean square 1, that
     *                     tells the parts apart
     *  @param next, weight  [width], scratch
     *  @return 1 if nothing at all joins them, less the more does */
    double (*parts)(const xbar_tiles *t, float *part, float *next, float *weight);
    /** Row solves, and the column solves' elimination towards the middle, into w. */
    void (*inward)(xbar_tiles *t, int half);
    /** The innermost rows of both halves from an elimination y (w or z). */
    void (*middle)(xbar_tiles *t, const float *y);
    /** The column solves' way back, from the middle to the ends. */
    void (*outward)(xbar_tiles *t, int half);
    /** Row solves for the final w: leaves the word nodes' correction in ru and the bit
     *  nodes', coarse part included, in w. */
    void (*finish)(xbar_tiles *t, int half);
    /** The coarse correction (coarse.h) for what the last two sweeps left over. */
    void (*smooth)(xbar_tiles *t);
    /** The part of the solution of `given` that one column solve lacks.
     *  @return its product with `given` */
    double (*smooth_add)(xbar_tiles *t);
    /** balance.c: the double precision voltages take up the tiles' correction, and what
     *  is then left over at the nodes, but for the rows where the halves meet. */
    void (*take)(struct xbar_balance *b, int half);
    /** Those rows, when both halves are through. */
    void (*meet)(struct xbar_balance *b, int half);
    /** conjugate.c: rw + D A^-1 ru, into rw; A^-1 ru to word, if that is there. */
    void (*reduce)(xbar_tiles *t, int half);
    /** The way back from an elimination, a new direction p, and its row solves; dot:
     *  p' S p, but for the middle segments. */
    void (*direct)(xbar_tiles *t, int half);
    /** The step along p, and the elimination of the new residual; when from_zero only
     *  that. dot: r' B^-1 r, but for what the halves take from each other. */
    void (*move)(xbar_tiles *t, int half);
    /** That. */
    double (*across)(const xbar_tiles *t);
    /** knots_plane.c: P' rw of a half's stretches, to the knots. */
    void (*gather)(xbar_tiles *t, int half);
    /** P times the knots' voltages + beta p, into p. */
    void (*lay)(xbar_tiles *t, int half);
    const struct xbar_merge_kernel *merge;   /* merge.h */
    const struct xbar_spread_kernel *spread; /* spread.h */
};

/** The fastest that this machine runs, or the one named; NULL: none of that name here. */
const xbar_kernel *xbar_kernel_find(const char *name);

/** @param[out] out     yours
 *  @param      kernel  NULL: the fastest
 *  @param      threads that will work on it: with more than one the halves share no room
 *  @return XBAR_OK or XBAR_ERR_MEMORY */
xbar_status xbar_tiles_new(xbar_tiles **out, size_t n_rows, size_t n_cols,
                           double row_ohm, double col_ohm, const xbar_kernel *kernel,
                           unsigned threads, xbar_error *err);
void xbar_tiles_free(xbar_tiles *t);

/** The terminals. @param end  S, [lines of that side], 0 open, infinite held */
xbar_status xbar_tiles_arrange(xbar_tiles *t, const double *const end[4],
                               xbar_error *err);

/** New cells, and factors for cycles. @param g  S, [n_rows][n_cols] */
void xbar_tiles_factor(xbar_tiles *t, xbar_pair *pair, const double *g);

/** A row of a tile in one of the planes. */
static inline const float *xbar_tiles_cell(const xbar_tiles *t, const float *plane,
                                           size_t row, size_t tile)
{
    return plane + (row / XBAR_TILE * t->n_tiles + tile) * XBAR_TILE * XBAR_TILE +
           row % XBAR_TILE * XBAR_TILE;
}

/** given[0] + given[1] -> the coarse correction's. */
void xbar_tiles_merge(xbar_tiles *t);

/** A cycle that leaves more of the error than this is not worth its time. */
#define XBAR_TILES_SLOW 0.4

typedef struct xbar_cycling {
    size_t most, n; /* cycles: at most, and how many were taken */
    double aim; /* the share of the correction that may be left over; 0: never mind, and
                    each cycle is a plain one */
    double law; /* likewise, where Kirchhoff's law asks for more than that ... */
    double calm; /* ... or A through a row's segment (V without one): a last move of the
                    bit nodes that it would not show; 0 and 0: it does not ask */
    double smooth; /* the last cycle does without its smooth correction if no more than
                      this is left over before it; 0: never */
    double rate;  /* what a plain cycle leaves over of an error: 0 if not known; as seen
                    from how the bit nodes come to rest. Above XBAR_TILES_SLOW it stops */
    double root;  /* the rate that the last relaxed cycle was meant for; 0: none was */
    bool late;    /* no need to begin early with relaxed ones */
    bool follows; /* another correction will, so swift cycles are taken on trust ... */
    bool swift;   /* ... and were */
    double left;  /* the share of the correction that will be left over, as foreseen */
} xbar_cycling;

/** Factors for cycles, if conjugate gradients have left theirs. */
void xbar_tiles_for_cycles(xbar_tiles *t, xbar_pair *pair);

/** Cycles from zero, and a last solve of the rows: corrections in ru (word nodes) and w
 *  (bit nodes), V, beyond base_u and base_w, for the residual in ru, rw, or the fresh one.
 *  @param[in,out] c  rate is taken over from the last correction */
void xbar_tiles_cycles(xbar_tiles *t, xbar_pair *pair, xbar_cycling *c);

/** Corrections without bases. */
void xbar_tiles_clear_bases(xbar_tiles *t);

/** A correction's last solve of the rows (finish, of both halves). */
void xbar_tiles_finish(xbar_tiles *t, xbar_pair *pair);

/** What the cycles left, to p, z, first_base_u and first_base_w. */
void xbar_tiles_set_aside(xbar_tiles *t);

/** The same by conjugate gradients, for the residual in ru, rw, until its energy norm has
 *  fallen to `tolerance` of the first. A part of the word nodes' correction goes to word,
 *  if that is there; p is not touched then.
 *  @param largest  A, the largest residual, > 0
 *  @param[in,out] n  at most; how many were taken
 *  @return XBAR_OK or XBAR_ERR_MEMORY, with nothing done */
xbar_status xbar_tiles_conjugate(xbar_tiles *t, xbar_pair *pair, double largest,
                                 double tolerance, size_t *n, xbar_error *err);

#endif
