/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The ports that two blocks shared, eight at a time, from those that stayed (spread.h).
 * What was left of them is v_pj = c_pj / sqrt(s_p), and 1/sqrt(s_p) in the diagonal's
 * place, so that v_p = (sum_j v_pj V_j) / sqrt(s_p). */
#include "nodal/isa.h"
#include "nodal/spread.h"

#define SIDE XBAR_MERGE_SIDE
#define TILE XBAR_MERGE_TILE
#define PANEL ((size_t)XBAR_SPREAD_PANEL)

enum { WIDE = XBAR_WIDTH / 2 }; /* doubles in a register */
typedef double vec __attribute__((vector_size(8 * WIDE)));

/* Registers hold so many ports of so many inputs; and the nearest cache so many tiles and
 * the ports that they multiply. */
enum { ROWS = WIDE == 8 ? 8 : 4, STEP = 2 * WIDE, AT_ONCE = 8, LINE = 8 };
enum { PANELS = XBAR_SPREAD_LANES / XBAR_SPREAD_PANEL };

/* Eight ports that go, of all inputs. */
typedef double sums[PANELS][SIDE][XBAR_SPREAD_PANEL];

static inline vec load(const double *p)
{
    return *(const vec *)__builtin_assume_aligned(p, 8 * WIDE);
}

static inline void store(double *p, vec v)
{
    *(vec *)__builtin_assume_aligned(p, 8 * WIDE) = v;
}

static inline size_t fewer(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* What ROWS ports get from n groups, for STEP inputs.
 * @param v  their row in the first of n strips */
static inline void add_groups(double *sum, const double *volt, const uint32_t *group,
                              const double *v, size_t stride, size_t n)
{
    vec s[ROWS][2];
#pragma GCC unroll 8
    for (size_t p = 0; p < ROWS; p++) {
        s[p][0] = load(sum + p * PANEL);
        s[p][1] = load(sum + p * PANEL + WIDE);
    }
    for (size_t j = 0; j < n; j++) {
        const double *x = volt + group[j] * SIDE * PANEL, *share = v + j * stride;
        for (size_t k = 0; k < SIDE; k++) {
            const vec a = load(x + k * PANEL), b = load(x + k * PANEL + WIDE);
#pragma GCC unroll 8
            for (size_t p = 0; p < ROWS; p++) {
                s[p][0] += share[p * SIDE + k] * a;
                s[p][1] += share[p * SIDE + k] * b;
            }
        }
    }
#pragma GCC unroll 8
    for (size_t p = 0; p < ROWS; p++) {
        store(sum + p * PANEL, s[p][0]);
        store(sum + p * PANEL + WIDE, s[p][1]);
    }
}

/* ... and from each other, the last one first. */
static inline void pass_back(double *x, const double *tile, const double *sum)
{
    for (size_t h = 0; h < 2 * WIDE; h += WIDE) {
        vec s[SIDE];
#pragma GCC unroll 8
        for (size_t p = 0; p < SIDE; p++)
            s[p] = load(sum + p * PANEL + h);
#pragma GCC unroll 8
        for (size_t p = SIDE; p-- > 0;) {
            s[p] *= tile[p * SIDE + p];
            store(x + p * PANEL + h, s[p]);
#pragma GCC unroll 8
            for (size_t q = 0; q < p; q++)
                s[q] += tile[q * SIDE + p] * s[p];
        }
    }
}

/* A part of each of n tiles, on its way to the cache. In line: GCC takes a function that
 * does nothing else for one that does nothing. */
static inline __attribute__((always_inline)) void
fetch_tiles(const double *tile, size_t stride, size_t n, size_t part)
{
    for (size_t j = 0; j < n; j++)
        for (size_t k = part; k < part + TILE / PANELS; k += LINE)
            __builtin_prefetch(tile + j * stride + k);
}

void XBAR_ISA(xbar_spread_join)(double *volt, size_t panel, const uint32_t *group,
                                const double *v, size_t n_shared, size_t n_strips,
                                size_t n_inputs, xbar_spread_ahead *ahead)
{
    const size_t stride = n_shared * TILE;
    for (size_t q = n_shared; q-- > 0;) {
        const double *tile = v + q * stride + q * TILE;
        const uint32_t *to = group + q;
        __attribute__((aligned(64))) sums sum = {{{0}}};
        for (size_t j = 1; j < n_strips - q; j += AT_ONCE) {
            const size_t left = n_strips - q - j, n = fewer(left, AT_ONCE);
            for (size_t l = 0; l < n_inputs; l += STEP) {
                const double *x = volt + l / PANEL * panel + l % PANEL;
                for (size_t p = 0; p < SIDE; p += ROWS)
                    add_groups(&sum[l / PANEL][p][l % PANEL], x, to + j,
                               tile + j * stride + p * SIDE, stride, n);
                if (l % PANEL == 0)
                    fetch_tiles(tile + (j + n) * stride, stride,
                                fewer(left - n, AT_ONCE), l / PANEL * (TILE / PANELS));
                xbar_spread_fetch(ahead);
            }
        }
        for (size_t l = 0; l < n_inputs; l += STEP)
            pass_back(volt + l / PANEL * panel + l % PANEL + *to * SIDE * PANEL, tile,
                      &sum[l / PANEL][0][l % PANEL]);
    }
}
