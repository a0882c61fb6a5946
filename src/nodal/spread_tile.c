/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The ports that two blocks shared, eight at a time, from those that stayed (spread.h).
 * What was left of them is v_pj = c_pj / sqrt(s_p), and 1/sqrt(s_p) in the diagonal's
 * place, so that v_p = (sum_j v_pj V_j) / sqrt(s_p). */
#include "nodal/isa.h"
#include "nodal/spread.h"

#define SIDE XBAR_MERGE_SIDE
#define TILE XBAR_MERGE_TILE
#define LANES ((size_t)XBAR_SPREAD_LANES)

enum { WIDE = XBAR_WIDTH / 2 }; /* doubles in a register */
typedef double vec __attribute__((vector_size(8 * WIDE)));

/* Registers hold so many ports of so many inputs. */
enum { ROWS = WIDE == 8 ? 8 : 4, STEP = 2 * WIDE };

static inline vec load(const double *p)
{
    return *(const vec *)__builtin_assume_aligned(p, 8 * WIDE);
}

static inline void store(double *p, vec v)
{
    *(vec *)__builtin_assume_aligned(p, 8 * WIDE) = v;
}

/* What ROWS ports of an octet get from the groups behind it.
 * @param v  their row in the first of n strips */
static inline void sum_groups(vec sum[ROWS][2], const double *volt,
                              const uint32_t *group, const double *v, size_t stride,
                              size_t n)
{
#pragma GCC unroll 8
    for (int p = 0; p < ROWS; p++)
        sum[p][0] = sum[p][1] = (vec){0};
    for (size_t j = 0; j < n; j++) {
        const double *x = volt + group[j] * SIDE * LANES, *share = v + j * stride;
        for (size_t k = 0; k < SIDE; k++) {
            const vec a = load(x + k * LANES), b = load(x + k * LANES + WIDE);
#pragma GCC unroll 8
            for (size_t p = 0; p < ROWS; p++) {
                sum[p][0] += share[p * SIDE + k] * a;
                sum[p][1] += share[p * SIDE + k] * b;
            }
        }
    }
}

/* ... and these from each other, the last one first; p0: the first of them. */
static inline void pass_back(double *x, const double *tile, vec sum[ROWS][2], size_t p0)
{
    for (size_t p = p0 + ROWS; p-- > p0;) {
        vec *own = sum[p - p0];
        for (size_t q = p + 1; q < SIDE; q++)
            for (size_t h = 0; h < 2; h++)
                own[h] += tile[p * SIDE + q] * load(x + q * LANES + h * WIDE);
        for (size_t h = 0; h < 2; h++)
            store(x + p * LANES + h * WIDE, own[h] * tile[p * SIDE + p]);
    }
}

void XBAR_ISA(xbar_spread_join)(double *volt, const uint32_t *group, const double *v,
                                size_t n_shared, size_t n_strips, size_t n_inputs)
{
    const size_t stride = n_shared * TILE;
    for (size_t q = n_shared; q-- > 0;) {
        const double *tile = v + q * stride + q * TILE;
        for (size_t from = 0; from < n_inputs; from += STEP)
            for (size_t p0 = SIDE; p0 > 0;) {
                vec sum[ROWS][2];
                p0 -= ROWS;
                sum_groups(sum, volt + from, group + q + 1, tile + stride + p0 * SIDE,
                           stride, n_strips - q - 1);
                pass_back(volt + from + group[q] * SIDE * LANES, tile, sum, p0);
            }
    }
}
