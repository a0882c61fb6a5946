/* SPDX-License-Identifier: GPL-3.0-or-later */
/* An input, by blocks of columns: its product with H; from that, where the bit lines stand,
 * and so what the cells carry besides; what that pulls the word lines down by; and the
 * product with H of all that. In single precision but for sums over many rows. */
#include <assert.h>
#include <string.h>

#include "analytical/bend_state.h"
#include "analytical/wide.h"

enum { BLOCK = XBAR_BEND_BLOCK, MODES = XBAR_BLEND_MODES, LANES = XBAR_LANES };

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

static inline const doubles *doubles_at(const double *plane)
{
    return (const doubles *)(const void *)plane;
}

static inline doubles *doubles_of(double *plane)
{
    return (doubles *)(void *)plane;
}

/* ---- where an input leaves the lines --------------------------------------------------- */

/* Sum over the rows of a function's shares times an input. */
ALWAYS static inline double share_of(const double *share, const double *drive,
                                     size_t n_rows)
{
    doubles products = {0.0};
    double sum[LANES];
    size_t i = 0;
    for (; i + LANES <= n_rows; i += LANES)
        products += *doubles_at(share + i) * *doubles_at(drive + i);
    memcpy(sum, &products, sizeof sum);
    for (; i < n_rows; i++)
        sum[0] += share[i] * drive[i];
    for (size_t l = 4; l < LANES; l += 4)
        for (size_t q = 0; q < 4; q++)
            sum[q] += sum[l + q];
    return (sum[0] + sum[1]) + (sum[2] + sum[3]);
}

/* What the smooth functions leave of an input; and rho_i V_i. */
ALWAYS static inline void find_rough(xbar_bend *b, const float a[MODES],
                                     const double *restrict drive)
{
    const size_t n_rows = b->c->n_rows;
    float *restrict narrow = b->drive;
    for (size_t i = 0; i < n_rows; i++)
        narrow[i] = (float)drive[i];
    for (size_t i = 0; i < b->stride; i += LANES) {
        xbar_lanes rest = *xbar_lanes_at(narrow + i);
        for (size_t k = 0; k < MODES; k++)
            rest -= a[k] * *xbar_lanes_at(b->phi + k * b->stride + i);
        *xbar_lanes_of(b->rough + i) = rest;
        *xbar_lanes_of(b->raised + i) =
            *xbar_lanes_at(narrow + i) * *xbar_lanes_at(b->rise + i);
    }
}

/* A block's columns if its cells were ohmic, where their bit lines stand, and m_B. */
ALWAYS static inline void ohmic_product(xbar_bend *b, size_t block)
{
    const float *drive = b->drive;
    const float *raised = b->raised;
    const size_t n_rows = b->c->n_rows;
    const float *h = b->h + block * n_rows * BLOCK;
    doubles out = {0.0};
    xbar_lanes stands = {0.0F};
    float v[BLOCK];
    for (size_t first = 0; first < n_rows; first += RUN) {
        const size_t end = first + RUN < n_rows ? first + RUN : n_rows;
        xbar_lanes sum = {0.0F}, odd_sum = {0.0F};
        xbar_lanes odd_stands = {0.0F};
        size_t i = first;
        for (; i + 2 <= end; i += 2) { /* neither waits for the other's sums */
            const xbar_lanes even = *xbar_lanes_at(h + i * BLOCK);
            const xbar_lanes odd = *xbar_lanes_at(h + (i + 1) * BLOCK);
            sum += drive[i] * even;
            stands += raised[i] * even;
            odd_sum += drive[i + 1] * odd;
            odd_stands += raised[i + 1] * odd;
        }
        if (i < end) {
            sum += drive[i] * *xbar_lanes_at(h + i * BLOCK);
            stands += raised[i] * *xbar_lanes_at(h + i * BLOCK);
        }
        out += __builtin_convertvector(sum + odd_sum, doubles);
        stands += odd_stands;
    }
    *doubles_of(b->sums + block * BLOCK) = out;
    stands *= *xbar_lanes_at(b->raised_ohm + block * BLOCK);
    *xbar_lanes_of(b->stands + block * BLOCK) = stands;
    *xbar_lanes_of(v) = stands;
    for (size_t l = 4; l < BLOCK; l += 4)
        for (size_t q = 0; q < 4; q++)
            v[q] += v[l + q];
    b->mean_rise[block] = ((v[0] + v[1]) + (v[2] + v[3])) /
                          (float)(xbar_bend_end(b, block) - block * BLOCK);
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
        *xbar_lanes_of(b->tilt + at + i) =
            s * (*xbar_lanes_at(b->beta_tilt + at + i) * rough +
                 a[0] * *xbar_lanes_at(b->word_tilt + at + i));
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

/* The product with H for what bends, and equation C, of a block. */
ALWAYS static inline void add_excess(xbar_bend *b, size_t block, float bend)
{
    const size_t n_rows = b->c->n_rows;
    const size_t at = block * b->stride;
    const float *e = b->e + at;
    const float *tilt = b->tilt + at;
    const float *slope = b->slope + at;
    const float *h = b->h + block * n_rows * BLOCK;
    /* two sums each, of which neither waits for the other */
    xbar_lanes excess = {0.0F}, tilted = {0.0F}, risen = {0.0F};
    xbar_lanes odd_excess = {0.0F}, odd_tilted = {0.0F}, odd_risen = {0.0F};
    static_assert((int)BLOCK == (int)XBAR_LANES, "a row of a block is one vector");
    size_t i = 0;
    for (; i + 2 <= n_rows; i += 2) {
        const xbar_lanes even = *xbar_lanes_at(h + i * BLOCK);
        const xbar_lanes odd = *xbar_lanes_at(h + (i + 1) * BLOCK);
        excess += e[i] * even;
        tilted += tilt[i] * even;
        risen += slope[i] * even;
        odd_excess += e[i + 1] * odd;
        odd_tilted += tilt[i + 1] * odd;
        odd_risen += slope[i + 1] * odd;
    }
    if (i < n_rows) {
        const xbar_lanes even = *xbar_lanes_at(h + i * BLOCK);
        excess += e[i] * even;
        tilted += tilt[i] * even;
        risen += slope[i] * even;
    }
    excess += odd_excess;
    tilted += odd_tilted;
    risen += odd_risen;
    const xbar_lanes x = *xbar_lanes_at(b->shape + block * BLOCK);
    const xbar_lanes apart =
        *xbar_lanes_at(b->stands + block * BLOCK) - b->mean_rise[block];
    const xbar_lanes added = bend * (excess + x * tilted - apart * risen);
    /* 1 + what the current added raises its bit line by, at least least_left */
    const xbar_lanes over = bend * risen * *xbar_lanes_at(b->rise_ohm + block * BLOCK) +
                            (1.0F - least_left);
    const xbar_lanes left =
        0.5F * (over + (xbar_lanes)((xbar_lane_bits)over & ~sign)) + least_left;
    *doubles_of(b->sums + block * BLOCK) +=
        __builtin_convertvector(added / left, doubles);
}

XBAR_WIDE
static void split(xbar_bend *b, float a[MODES], const double *drive)
{
    for (size_t k = 0; k < MODES; k++)
        a[k] = (float)share_of(b->share + k * b->c->n_rows, drive, b->c->n_rows);
    find_rough(b, a, drive);
}

XBAR_WIDE
static void find_all(xbar_bend *b, const float a[MODES])
{
    for (size_t block = 0; block < b->n_blocks; block++) {
        ohmic_product(b, block);
        find_excess(b, block, a);
    }
}

XBAR_WIDE
static void add_all(xbar_bend *b, float bend)
{
    for (size_t block = 0; block < b->n_blocks; block++) {
        refer_to_drivers(b, block);
        add_excess(b, block, bend);
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
