/* SPDX-License-Identifier: GPL-3.0-or-later */
/* An input, by blocks of columns: its product with H; from that, where the bit lines stand,
 * and so what the cells carry besides; what that pulls the word lines down by; and the
 * product with H of all that. In single precision but for sums over many rows. Compiled once
 * for each vector width (kernel.h). */
#include <string.h>

#include "analytical/bend_state.h"
#include "analytical/kernel.h"
#include "analytical/piece.h"

enum {
    SIXTEEN = XBAR_FLOATS,
    MODES = XBAR_BLEND_MODES,
    WIDTH = XBAR_PIECE,
    PIECES = XBAR_PIECES
};

/* Pieces of columns that are multiplied side by side: so many that sums need not wait for
 * each other, and stay in registers. */
enum { TOGETHER = XBAR_WIDTH == 16 ? 4 : 2 };

/* Rows whose currents are added up in single precision. */
enum { RUN = 32 };

/* What is left of a column's current at least when its bit line's rise is allowed for:
 * equation C to first order makes no sense beyond. */
static const float least_left = 0.2F;

/* Number `what` of a piece of rows, whose first number begins at `rows`. */
XBAR_INSIDE xbar_piece number(const float *rows, size_t what)
{
    return xbar_piece_at(rows + what * SIXTEEN);
}

XBAR_INSIDE void put(float *rows, size_t what, xbar_piece v)
{
    xbar_piece_to(rows + what * SIXTEEN, v);
}

XBAR_INSIDE xbar_piece all(float v)
{
    return v - (xbar_piece){0.0F};
}

/* Of sixteen numbers. */
XBAR_INSIDE float total(const float *v)
{
    float by_four[4];
    for (size_t q = 0; q < 4; q++)
        by_four[q] = (v[q] + v[q + 4]) + (v[q + 8] + v[q + 12]);
    return (by_four[0] + by_four[1]) + (by_four[2] + by_four[3]);
}

/* ---- where an input leaves the lines --------------------------------------------------- */

/* Sixteen rows' voltages; rho_i V_i; and the functions' shares in the input, to be added up
 * over all sixteens. */
XBAR_INSIDE void take_rows(xbar_bend *b, size_t sixteen, const double *drive,
                           size_t piece, xbar_piece share[MODES])
{
    const float *of_row = xbar_bend_of_row(b, sixteen) + piece * WIDTH;
    const size_t at = sixteen * SIXTEEN + piece * WIDTH;
    const xbar_piece v = xbar_piece_narrow(drive + piece * WIDTH);
    xbar_piece_to(b->drive + at, v);
    xbar_piece_to(b->raised + at, v * number(of_row, XBAR_BEND_RISE));
    for (size_t k = 0; k < MODES; k++)
        share[k] += v * number(of_row, XBAR_BEND_SHARE + k);
}

XBAR_INSIDE void take_drive(xbar_bend *b, float a[MODES], const double *drive)
{
    const size_t n_whole = b->c->n_rows / SIXTEEN;
    double last[SIXTEEN] = {0.0};
    float by_lane[MODES][SIXTEEN];
    for (size_t l = n_whole * SIXTEEN; l < b->c->n_rows; l++)
        last[l - n_whole * SIXTEEN] = drive[l];
    for (size_t piece = 0; piece < PIECES; piece++) {
        xbar_piece share[MODES] = {{0.0F}};
        for (size_t sixteen = 0; sixteen < n_whole; sixteen++)
            take_rows(b, sixteen, drive + sixteen * SIXTEEN, piece, share);
        if (n_whole < b->n_sixteens)
            take_rows(b, n_whole, last, piece, share);
        for (size_t k = 0; k < MODES; k++)
            xbar_piece_to(by_lane[k] + piece * WIDTH, share[k]);
    }
    for (size_t k = 0; k < MODES; k++)
        a[k] = total(by_lane[k]);
}

/* The first row of a piece of columns. */
XBAR_INSIDE const float *columns(const xbar_bend *b, size_t piece)
{
    return b->h + piece / PIECES * b->height * SIXTEEN + piece % PIECES * WIDTH;
}

/* The columns of n pieces if their cells were ohmic, and where their bit lines stand. Here
 * and in add_excess sums of even and odd rows do not wait for each other. */
XBAR_INSIDE void ohmic_product(xbar_bend *b, size_t piece, const size_t n)
{
    const float *drive = b->drive;
    const float *raised = b->raised;
    double *sums = b->sums + piece * WIDTH;
    const float *h[TOGETHER];
    xbar_piece stands[2][TOGETHER] = {{{0.0F}}};
    for (size_t s = 0; s < n; s++)
        h[s] = columns(b, piece + s);
    memset(sums, 0, n * WIDTH * sizeof *sums);
    for (size_t first = 0; first < b->height; first += RUN) {
        const size_t end = first + RUN < b->height ? first + RUN : b->height;
        xbar_piece sum[2][TOGETHER] = {{{0.0F}}};
        for (size_t i = first; i < end; i += 2)
            for (size_t odd = 0; odd < 2; odd++)
                for (size_t s = 0; s < n; s++) {
                    const xbar_piece row = xbar_piece_kept(h[s] + (i + odd) * SIXTEEN);
                    sum[odd][s] += drive[i + odd] * row;
                    stands[odd][s] += raised[i + odd] * row;
                }
        for (size_t s = 0; s < n; s++)
            xbar_piece_add(sums + s * WIDTH, sum[0][s] + sum[1][s]);
    }
    for (size_t s = 0; s < n; s++) {
        const size_t at = (piece + s) * WIDTH;
        xbar_piece_to(b->stands + at, (stands[0][s] + stands[1][s]) *
                                          xbar_piece_at(b->raised_ohm + at));
    }
}

/* m_B */
XBAR_INSIDE void find_mean_rise(xbar_bend *b, size_t block)
{
    const size_t n = xbar_bend_end(b, block) - block * XBAR_BEND_BLOCK;
    float sum = total(b->stands + block * SIXTEEN);
    for (size_t l = SIXTEEN; l < n; l++)
        sum += b->stands[block * SIXTEEN + l];
    b->mean_rise[block] = sum / (float)n;
}

/* ---- what cells carry over their secants ------------------------------------------------ */

/* What is the same for all cells, spread out: there are not registers enough for it. */
typedef struct common {
    xbar_piece a[MODES], largest;
    xbar_piece term[XBAR_CHI_TERMS], slope[XBAR_CHI_TERMS]; /* of chi, of (y chi)' */
} common;

XBAR_INSIDE xbar_piece polynomial(const xbar_piece term[XBAR_CHI_TERMS], xbar_piece x,
                                  const int step)
{
    xbar_piece sum = term[XBAR_CHI_TERMS - 1];
#pragma GCC unroll 8
    for (int k = XBAR_CHI_TERMS - 1 - step; k >= 0; k -= step)
        sum = term[k] + x * sum;
    return sum;
}

/* Equations A and B of a piece of rows in a block, and s with what it multiplies.
 * @return e */
XBAR_INSIDE xbar_piece find_excess(float *bent, const float *of_block, const common *c,
                                   xbar_piece rough, xbar_piece raised, bool is_even)
{
    xbar_piece u = number(of_block, XBAR_BEND_BETA) * rough - raised;
    xbar_piece tilt = number(of_block, XBAR_BEND_BETA_TILT) * rough;
    for (size_t k = 0; k < MODES; k++) {
        u += c->a[k] * number(of_block, XBAR_BEND_WORD + k);
        tilt += c->a[k] * number(of_block, XBAR_BEND_WORD_TILT + k);
    }
    const int step = is_even ? 2 : 1;
    const xbar_piece y = xbar_piece_within(u, c->largest);
    xbar_piece x = y;
    if (is_even)
        x *= y;
    const xbar_piece per_chi = number(of_block, XBAR_BEND_PER_CHI);
    const xbar_piece s = polynomial(c->slope, x, step) * per_chi - 1.0F;
    put(bent, XBAR_BEND_TILT, s * tilt);
    put(bent, XBAR_BEND_SLOPE, s * number(of_block, XBAR_BEND_RAISED));
    return u * (polynomial(c->term, x, step) * per_chi - 1.0F);
}

/* From the left: e of each block, and what it and those before it pull down. */
XBAR_INSIDE void pass_right(const xbar_bend *b, float *bent, const float *of_block,
                            const float *of_row, const common *c, const float *drive,
                            const bool is_even)
{
    const size_t way = XBAR_BEND_WAY + XBAR_BEND_OF_WAY * XBAR_FIRST;
    const size_t next = xbar_bend_next(b);
    const float *mean_rise = b->mean_rise;
    const size_t n_blocks = b->n_blocks;
    xbar_piece rough[PIECES];
    xbar_piece v[PIECES] = {{0.0F}};
    for (size_t p = 0; p < PIECES; p++) {
        rough[p] = xbar_piece_at(drive + p * WIDTH);
        for (size_t k = 0; k < MODES; k++)
            rough[p] -= c->a[k] * number(of_row + p * WIDTH, XBAR_BEND_PHI + k);
    }
    for (size_t block = 0; block < n_blocks; block++) {
        for (size_t p = 0; p < PIECES; p++) {
            const float *f = of_block + p * WIDTH;
            float *to = bent + p * WIDTH;
            const xbar_piece e = find_excess(
                to, f, c, rough[p],
                number(of_row + p * WIDTH, XBAR_BEND_RISE) * mean_rise[block], is_even);
            put(to, XBAR_BEND_E, e);
            put(to, XBAR_BEND_EXCESS,
                number(f, XBAR_BEND_KEPT) * e - number(f, way + XBAR_BEND_IN) * v[p]);
            v[p] = number(f, way + XBAR_BEND_THROUGH) * v[p] +
                   number(f, way + XBAR_BEND_SOURCE) * e;
        }
        bent += next;
        of_block += XBAR_BEND_OF_BLOCK * SIXTEEN;
    }
}

/* From the right; and 1/beta_ij to first order in x_j. */
XBAR_INSIDE void pass_left(const xbar_bend *b, float *bent, const float *of_block)
{
    const size_t way = XBAR_BEND_WAY + XBAR_BEND_OF_WAY * XBAR_LAST;
    const size_t next = xbar_bend_next(b);
    const size_t n_blocks = b->n_blocks;
    xbar_piece v[PIECES] = {{0.0F}};
    bent += n_blocks * next;
    of_block += n_blocks * XBAR_BEND_OF_BLOCK * SIXTEEN;
    for (size_t left = n_blocks; left > 0; left--) {
        bent -= next;
        of_block -= XBAR_BEND_OF_BLOCK * SIXTEEN;
        for (size_t p = 0; p < PIECES; p++) {
            const float *f = of_block + p * WIDTH;
            float *to = bent + p * WIDTH;
            const xbar_piece excess =
                number(to, XBAR_BEND_EXCESS) - number(f, way + XBAR_BEND_IN) * v[p];
            v[p] = number(f, way + XBAR_BEND_THROUGH) * v[p] +
                   number(f, way + XBAR_BEND_SOURCE) * number(to, XBAR_BEND_E);
            put(to, XBAR_BEND_EXCESS, excess);
            put(to, XBAR_BEND_TILT,
                number(to, XBAR_BEND_TILT) - excess * number(f, XBAR_BEND_BETA_TILT));
        }
    }
}

/* ---- what comes out of the columns ------------------------------------------------------ */

/* Equation C of a piece of columns, from the products with H of e + kappa and what goes with
 * it. */
XBAR_INSIDE void add_to(xbar_bend *b, size_t block, size_t piece, float bend,
                        xbar_piece excess, xbar_piece tilted, xbar_piece risen)
{
    const size_t at = piece * WIDTH;
    const xbar_piece x = xbar_piece_at(b->shape + at);
    const xbar_piece apart = xbar_piece_at(b->stands + at) - b->mean_rise[block];
    const xbar_piece added = bend * (excess + x * tilted - apart * risen);
    /* 1 + what the current added raises its bit line by, at least least_left */
    const xbar_piece over =
        bend * risen * xbar_piece_at(b->rise_ohm + at) + (1.0F - least_left);
    xbar_piece_add(b->sums + at, added / (xbar_piece_positive(over) + least_left));
}

/* The product with H for what bends, of n pieces of a block. */
XBAR_INSIDE void add_excess(xbar_bend *b, size_t block, size_t piece, const size_t n,
                            float bend)
{
    const float *h[2];
    xbar_piece excess[2][2] = {{{0.0F}}}, tilted[2][2] = {{{0.0F}}};
    xbar_piece risen[2][2] = {{{0.0F}}};
    for (size_t s = 0; s < n; s++)
        h[s] = columns(b, piece + s);
    for (size_t first = 0; first < b->height; first += SIXTEEN) {
        const float *bent = xbar_bend_bent(b, first / SIXTEEN, block);
        const size_t end = first + SIXTEEN < b->height ? SIXTEEN : b->height - first;
        for (size_t i = 0; i < end; i += 2)
            for (size_t odd = 0; odd < 2; odd++) {
                const float *at = bent + i + odd;
                xbar_piece row[2];
                for (size_t s = 0; s < n; s++)
                    row[s] = xbar_piece_kept(h[s] + (first + i + odd) * SIXTEEN);
                for (size_t s = 0; s < n; s++)
                    excess[odd][s] += at[XBAR_BEND_EXCESS * SIXTEEN] * row[s];
                for (size_t s = 0; s < n; s++)
                    tilted[odd][s] += at[XBAR_BEND_TILT * SIXTEEN] * row[s];
                for (size_t s = 0; s < n; s++)
                    risen[odd][s] += at[XBAR_BEND_SLOPE * SIXTEEN] * row[s];
            }
    }
    for (size_t s = 0; s < n; s++)
        add_to(b, block, piece + s, bend, excess[0][s] + excess[1][s],
               tilted[0][s] + tilted[1][s], risen[0][s] + risen[1][s]);
}

/* Pieces of columns that have any. */
static size_t pieces_up_to(size_t n_cols)
{
    return (n_cols + WIDTH - 1) / WIDTH;
}

static void multiply(xbar_bend *b)
{
    const size_t end = pieces_up_to(b->c->n_cols);
    size_t piece = 0;
    for (; piece + TOGETHER <= end; piece += TOGETHER)
        ohmic_product(b, piece, TOGETHER);
    if (TOGETHER > 2 && piece + TOGETHER - 1 == end)
        ohmic_product(b, piece, TOGETHER - 1);
    else if (TOGETHER > 2 && piece + 2 == end)
        ohmic_product(b, piece, 2);
    else if (piece < end)
        ohmic_product(b, piece, 1);
}

XBAR_INSIDE void bend_rows(xbar_bend *b, const common *c, const bool is_even)
{
    for (size_t sixteen = 0; sixteen < b->n_sixteens; sixteen++) {
        const float *of_block = xbar_bend_of_block(b, sixteen, 0);
        float *bent = xbar_bend_bent(b, sixteen, 0);
        pass_right(b, bent, of_block, xbar_bend_of_row(b, sixteen), c,
                   b->drive + sixteen * SIXTEEN, is_even);
        pass_left(b, bent, of_block);
    }
}

static void bend_cells(xbar_bend *b, const float a[MODES])
{
    common c = {.largest = all(b->largest)};
    for (size_t k = 0; k < MODES; k++)
        c.a[k] = all(a[k]);
    for (size_t k = 0; k < XBAR_CHI_TERMS; k++) {
        c.term[k] = all(b->term[k]);
        c.slope[k] = all((float)(k + 1) * b->term[k]);
    }
    if (b->is_even)
        bend_rows(b, &c, true);
    else
        bend_rows(b, &c, false);
}

static void multiply_bent(xbar_bend *b, float bend)
{
    size_t piece = 0;
    for (size_t block = 0; block < b->n_blocks; block++) {
        const size_t end = pieces_up_to(xbar_bend_end(b, block));
        for (; piece + 2 <= end; piece += 2)
            add_excess(b, block, piece, 2, bend);
        for (; piece < end; piece++)
            add_excess(b, block, piece, 1, bend);
    }
}

void XBAR_ISA(xbar_bend_apply)(xbar_bend *b, double *i_out, const double *drive,
                               double bend)
{
    float a[MODES];
    take_drive(b, a, drive);
    multiply(b);
    for (size_t block = 0; block < b->n_blocks; block++)
        find_mean_rise(b, block);
    bend_cells(b, a);
    multiply_bent(b, (float)bend);
    memcpy(i_out, b->sums, b->c->n_cols * sizeof *i_out);
}
