/* SPDX-License-Identifier: GPL-3.0-or-later */
/* An input, by blocks of columns: its product with H; from that, where the bit lines stand,
 * and so what the cells carry besides; what that pulls the word lines down by; and the
 * product with H of all that. In single precision but for sums over many rows. */
#include <assert.h>
#include <string.h>

#include "analytical/bend_state.h"
#include "analytical/wide.h"

enum { BLOCK = XBAR_BEND_BLOCK, MODES = XBAR_BLEND_MODES, LANES = XBAR_FLOATS };

/* Of a block, at most. */
enum { SLABS = 2 };

/* Rows whose currents are added up in single precision. */
enum { RUN = 32 };

/* What is left of a column's current at least when its bit line's rise is allowed for:
 * equation C to first order makes no sense beyond. */
static const float least_left = 0.2F;

/* Becomes part of whatever XBAR_WIDE makes of its caller. */
#define ALWAYS __attribute__((always_inline))

static const unsigned sign = 0x80000000U;

typedef double doubles
    __attribute__((vector_size(LANES * sizeof(double)), aligned(8), may_alias));

static inline doubles *doubles_of(double *plane)
{
    return (doubles *)(void *)plane;
}

/* ---- where an input leaves the lines --------------------------------------------------- */

/* Sums of sixteen lanes each, of all functions side by side. */
ALWAYS static inline void add_up(float sum[MODES], const xbar_lanes lanes[MODES])
{
    float by_lane[MODES][LANES];
    memcpy(by_lane, lanes, sizeof by_lane);
    for (size_t n = LANES / 2; n >= 4; n /= 2)
        for (size_t k = 0; k < MODES; k++)
            for (size_t l = 0; l < n; l++)
                by_lane[k][l] += by_lane[k][l + n];
    for (size_t k = 0; k < MODES; k++)
        sum[k] = (by_lane[k][0] + by_lane[k][1]) + (by_lane[k][2] + by_lane[k][3]);
}

/* The functions' shares in an input. */
ALWAYS static inline void find_shares(const xbar_bend *b, float a[MODES])
{
    xbar_lanes sum[MODES] = {{0.0F}};
    for (size_t i = 0; i < b->stride; i += LANES)
        for (size_t k = 0; k < MODES; k++)
            sum[k] += *xbar_lanes_at(b->share + k * b->stride + i) *
                      *xbar_lanes_at(b->drive + i);
    add_up(a, sum);
}

/* What the smooth functions leave of an input; and rho_i V_i. */
ALWAYS static inline void find_rough(xbar_bend *b, const float a[MODES])
{
    const float *drive = b->drive;
    const float *phi = b->phi;
    const size_t stride = b->stride;
    for (size_t i = 0; i < stride; i += LANES) {
        const xbar_lanes v = *xbar_lanes_at(drive + i);
        xbar_lanes rest = v;
        for (size_t k = 0; k < MODES; k++)
            rest -= a[k] * *xbar_lanes_at(phi + k * stride + i);
        *xbar_lanes_of(b->rough + i) = rest;
        *xbar_lanes_of(b->raised + i) = v * *xbar_lanes_at(b->rise + i);
    }
}

/* The columns of n slabs if their cells were ohmic, and where their bit lines stand. Here and
 * in add_excess sums of even and odd rows do not wait for each other, and rows of H are
 * fetched two ahead: beyond the last row of all there is room for it (bend.c), and inputs
 * are 0. */
ALWAYS static inline void ohmic_product(xbar_bend *b, size_t slab, const size_t n)
{
    const float *drive = b->drive;
    const float *raised = b->raised;
    const size_t n_rows = b->c->n_rows;
    const float *h[SLABS];
    doubles out[SLABS] = {{0.0}};
    xbar_lanes stands[SLABS] = {{0.0F}}, even[SLABS], odd[SLABS];
    for (size_t s = 0; s < n; s++) {
        h[s] = b->h + (slab + s) * n_rows * BLOCK;
        even[s] = *xbar_lanes_at(h[s]);
        odd[s] = *xbar_lanes_at(h[s] + BLOCK);
    }
    for (size_t first = 0; first < n_rows; first += RUN) {
        const size_t end = first + RUN < n_rows ? first + RUN : n_rows;
        xbar_lanes sum[SLABS] = {{0.0F}}, odd_sum[SLABS] = {{0.0F}};
        xbar_lanes odd_stands[SLABS] = {{0.0F}};
        for (size_t i = first; i < end; i += 2)
            for (size_t s = 0; s < n; s++) {
                sum[s] += drive[i] * even[s];
                stands[s] += raised[i] * even[s];
                even[s] = *xbar_lanes_at(h[s] + (i + 2) * BLOCK);
                odd_sum[s] += drive[i + 1] * odd[s];
                odd_stands[s] += raised[i + 1] * odd[s];
                odd[s] = *xbar_lanes_at(h[s] + (i + 3) * BLOCK);
            }
        for (size_t s = 0; s < n; s++) {
            out[s] += __builtin_convertvector(sum[s] + odd_sum[s], doubles);
            stands[s] += odd_stands[s];
        }
    }
    for (size_t s = 0; s < n; s++) {
        const size_t at = (slab + s) * BLOCK;
        *doubles_of(b->sums + at) = out[s];
        *xbar_lanes_of(b->stands + at) = stands[s] * *xbar_lanes_at(b->raised_ohm + at);
    }
}

/* m_B */
ALWAYS static inline void find_mean_rise(xbar_bend *b, size_t block)
{
    const float share = 1.0F / (float)(xbar_bend_end(b, block) - block * BLOCK);
    xbar_lanes stands = {0.0F};
    float v[BLOCK];
    for (size_t slab = block; slab < xbar_bend_end_slab(b, block); slab++)
        stands += *xbar_lanes_at(b->stands + slab * BLOCK);
    *xbar_lanes_of(v) = stands;
    for (size_t l = 4; l < BLOCK; l += 4)
        for (size_t q = 0; q < 4; q++)
            v[q] += v[l + q];
    b->mean_rise[block] = share * ((v[0] + v[1]) + (v[2] + v[3]));
}

/* ---- what cells carry over their secants ------------------------------------------------ */

/* Equations A and B of a block, and s with what it multiplies. */
ALWAYS static inline void find_excess(xbar_bend *b, size_t block, const float a[MODES])
{
    const size_t at = block * b->stride;
    const float m = b->mean_rise[block];
    const float largest = b->largest;
    const float *term = b->term;
    for (size_t i = 0; i < b->stride; i += LANES) {
        const xbar_lanes rough = *xbar_lanes_at(b->rough + i);
        const xbar_lanes rise = *xbar_lanes_at(b->rise + i);
        const xbar_lanes per_chi = *xbar_lanes_at(b->per_chi + at + i);
        xbar_lanes u = *xbar_lanes_at(b->beta + at + i) * rough - rise * m;
        for (size_t k = 0; k < MODES; k++)
            u += a[k] * *xbar_lanes_at(b->word[k] + at + i);
        /* between -largest and largest by halves: comparisons would be done one by one */
        const xbar_lanes more = u + largest;
        const xbar_lanes less = u - largest;
        const xbar_lanes y = 0.5F * ((xbar_lanes)((xbar_lane_bits)more & ~sign) -
                                     (xbar_lanes)((xbar_lane_bits)less & ~sign));
        xbar_lanes chi = term[XBAR_CHI_TERMS - 1] - (xbar_lanes){0.0F};
        xbar_lanes derivative = chi; /* of y chi: Horner's scheme for both */
        for (int k = XBAR_CHI_TERMS - 2; k >= 0; k--) {
            chi = term[k] + y * chi;
            derivative = chi + y * derivative;
        }
        const xbar_lanes s = derivative * per_chi - 1.0F;
        *xbar_lanes_of(b->e + at + i) = u * (chi * per_chi - 1.0F);
        xbar_lanes tilt = *xbar_lanes_at(b->beta_tilt + at + i) * rough;
        for (size_t k = 0; k < MODES; k++)
            tilt += a[k] * *xbar_lanes_at(b->word_tilt[k] + at + i);
        *xbar_lanes_of(b->tilt + at + i) = s * tilt;
        *xbar_lanes_of(b->slope + at + i) = s * rise;
    }
}

/* As voltages of the rows' drivers: 1/beta_ij to first order in x_j. e gets e + kappa. */
ALWAYS static inline void refer_to_drivers(xbar_bend *b, size_t block)
{
    const size_t at = block * b->stride;
    for (size_t i = at; i < at + b->stride; i += LANES) {
        const xbar_lanes per_beta = *xbar_lanes_at(b->per_beta + i);
        const xbar_lanes excess =
            (*xbar_lanes_at(b->e + i) + *xbar_lanes_at(b->kappa + i)) * per_beta;
        *xbar_lanes_of(b->e + i) = excess;
        *xbar_lanes_of(b->tilt + i) =
            per_beta *
            (*xbar_lanes_at(b->tilt + i) - excess * *xbar_lanes_at(b->beta_tilt + i));
        *xbar_lanes_of(b->slope + i) = *xbar_lanes_at(b->slope + i) * per_beta;
    }
}

/* Equation C of a slab, from the products with H of e + kappa and what goes with it. */
ALWAYS static inline void add_to(xbar_bend *b, size_t block, size_t slab, float bend,
                                 xbar_lanes excess, xbar_lanes tilted, xbar_lanes risen)
{
    const size_t at = slab * BLOCK;
    const xbar_lanes x = *xbar_lanes_at(b->shape + at);
    const xbar_lanes apart = *xbar_lanes_at(b->stands + at) - b->mean_rise[block];
    const xbar_lanes added = bend * (excess + x * tilted - apart * risen);
    /* 1 + what the current added raises its bit line by, at least least_left */
    const xbar_lanes over =
        bend * risen * *xbar_lanes_at(b->rise_ohm + at) + (1.0F - least_left);
    const xbar_lanes left =
        0.5F * (over + (xbar_lanes)((xbar_lane_bits)over & ~sign)) + least_left;
    *doubles_of(b->sums + at) += __builtin_convertvector(added / left, doubles);
}

/* The product with H for what bends, of n slabs of a block. */
ALWAYS static inline void add_excess(xbar_bend *b, size_t block, size_t slab,
                                     const size_t n, float bend)
{
    static_assert((int)BLOCK == (int)XBAR_FLOATS, "a row of a slab is one vector");
    const size_t n_rows = b->c->n_rows;
    const size_t at = block * b->stride;
    const float *e = b->e + at;
    const float *tilt = b->tilt + at;
    const float *slope = b->slope + at;
    const float *h[SLABS];
    xbar_lanes excess[SLABS] = {{0.0F}}, tilted[SLABS] = {{0.0F}},
               risen[SLABS] = {{0.0F}};
    xbar_lanes odd_excess[SLABS] = {{0.0F}}, odd_tilted[SLABS] = {{0.0F}};
    xbar_lanes odd_risen[SLABS] = {{0.0F}}, even[SLABS], odd[SLABS];
    for (size_t s = 0; s < n; s++) {
        h[s] = b->h + (slab + s) * n_rows * BLOCK;
        even[s] = *xbar_lanes_at(h[s]);
        odd[s] = *xbar_lanes_at(h[s] + BLOCK);
    }
    for (size_t i = 0; i < n_rows; i += 2)
        for (size_t s = 0; s < n; s++) {
            excess[s] += e[i] * even[s];
            tilted[s] += tilt[i] * even[s];
            risen[s] += slope[i] * even[s];
            even[s] = *xbar_lanes_at(h[s] + (i + 2) * BLOCK);
            odd_excess[s] += e[i + 1] * odd[s];
            odd_tilted[s] += tilt[i + 1] * odd[s];
            odd_risen[s] += slope[i + 1] * odd[s];
            odd[s] = *xbar_lanes_at(h[s] + (i + 3) * BLOCK);
        }
    for (size_t s = 0; s < n; s++)
        add_to(b, block, slab + s, bend, excess[s] + odd_excess[s],
               tilted[s] + odd_tilted[s], risen[s] + odd_risen[s]);
}

XBAR_WIDE
static void split(xbar_bend *b, float a[MODES], const double *drive)
{
    float *restrict narrow = b->drive;
    for (size_t i = 0; i < b->c->n_rows; i++)
        narrow[i] = (float)drive[i];
    find_shares(b, a);
    find_rough(b, a);
}

XBAR_WIDE
static void find_all(xbar_bend *b, const float a[MODES])
{
    const size_t n_whole = xbar_bend_whole(b);
    for (size_t block = 0; block < n_whole; block++)
        ohmic_product(b, block, 1);
    if (n_whole < b->n_blocks && b->has_wide)
        ohmic_product(b, n_whole, SLABS);
    else
        for (size_t slab = n_whole; slab < b->n_slabs; slab++)
            ohmic_product(b, slab, 1);
    for (size_t block = 0; block < b->n_blocks; block++)
        find_mean_rise(b, block);
    for (size_t block = 0; block < b->n_blocks; block++)
        find_excess(b, block, a);
}

XBAR_WIDE
static void add_all(xbar_bend *b, float bend)
{
    const size_t n_whole = xbar_bend_whole(b);
    for (size_t block = 0; block < n_whole; block++) {
        refer_to_drivers(b, block);
        add_excess(b, block, block, 1, bend);
    }
    if (n_whole < b->n_blocks) {
        refer_to_drivers(b, n_whole);
        if (b->has_wide)
            add_excess(b, n_whole, n_whole, SLABS, bend);
        else
            for (size_t slab = n_whole; slab < b->n_slabs; slab++)
                add_excess(b, n_whole, slab, 1, bend);
    }
}

void xbar_bend_apply(xbar_bend *b, double *i_out, const double *drive, double bend)
{
    float a[MODES];
    split(b, a, drive);
    find_all(b, a);
    xbar_pull_apply(b->pull, b->kappa, b->e);
    add_all(b, (float)bend);
    memcpy(i_out, b->sums, b->c->n_cols * sizeof *i_out);
}
