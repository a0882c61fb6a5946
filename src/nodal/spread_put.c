/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Nodes' voltages and cells' currents from lanes to planes (spread.h). */
#include <string.h>

#include "nodal/isa.h"
#include "nodal/spread.h"
#include "nodal/transpose.h"

#define SIDE ((size_t)XBAR_MERGE_SIDE)
#define PANEL ((size_t)XBAR_SPREAD_PANEL)

enum { WIDE = XBAR_TRANSPOSE };
typedef xbar_transpose_vec vec;
typedef double loose __attribute__((vector_size(8 * WIDE), aligned(8)));

static inline vec load(const double *p)
{
    return *(const vec *)__builtin_assume_aligned(p, 8 * WIDE);
}

/* WIDE columns of WIDE inputs, or one by one those that are left. */
static inline void put_values(double *const to[8], const vec v[WIDE], size_t lane,
                              size_t at, size_t n)
{
    vec t[WIDE];
    memcpy(t, v, sizeof t);
    xbar_transpose(t);
    for (size_t l = 0; l < WIDE; l++) {
        if (!to[lane + l])
            continue;
        if (n == WIDE)
            *(loose *)(to[lane + l] + at) = t[l];
        for (size_t k = 0; n < WIDE && k < n; k++)
            to[lane + l][at + k] = t[l][k];
    }
}

void XBAR_ISA(xbar_spread_put)(double *const v_row[8], double *const v_col[8],
                               double *const i_cell[8], size_t at, const double *word,
                               const double *bit, const double *g, size_t n_cols)
{
    for (size_t lane = 0; lane < SIDE; lane += WIDE)
        for (size_t j = 0; j < n_cols; j += WIDE) {
            const size_t n = n_cols - j < WIDE ? n_cols - j : WIDE;
            vec u[WIDE], w[WIDE], cell[WIDE];
            for (size_t k = 0; k < WIDE; k++) {
                const size_t node = (j + k) * PANEL + lane;
                u[k] = load(word + node); /* rows are wide enough */
                w[k] = load(bit + node);
                cell[k] = g[j + (k < n ? k : 0)] * (u[k] - w[k]) + 0.0;
            }
            put_values(v_row, u, lane, at + j, n);
            put_values(v_col, w, lane, at + j, n);
            put_values(i_cell, cell, lane, at + j, n);
        }
}
