/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Compiled once for each vector width (kernel.h). */
#include "analytical/kernel.h"
#include "analytical/piece.h"

/* A lane's voltage along the line, one way, and what leaves at node b. */
XBAR_INSIDE xbar_piece go_on(float *out, const float *v, xbar_piece x, float leaves,
                             float on, float from)
{
    xbar_piece_to(out, xbar_piece_at(out) + leaves * x);
    return x * on + xbar_piece_at(v) * from;
}

/* Both ways along the line at once: neither waits for the other. */
void XBAR_ISA(xbar_detours_pass)(float *v, float *out, size_t n_b,
                                 const xbar_pass *line)
{
    const xbar_pass f = *line;
    xbar_piece x[XBAR_PIECES] = {{0.0F}};
    xbar_piece y[XBAR_PIECES] = {{0.0F}};
    for (size_t b = 0; b < n_b; b++)
        for (size_t p = 0; p < XBAR_FLOATS; p += XBAR_PIECE) {
            float *at = v + b * XBAR_FLOATS + p;
            xbar_piece_to(at, f.ratio[b] * xbar_piece_at(at));
        }
    for (size_t b = 0; b < n_b; b++) {
        const size_t e = n_b - 1 - b;
        for (size_t p = 0; p < XBAR_PIECES; p++) {
            const size_t here = b * XBAR_FLOATS + p * XBAR_PIECE;
            const size_t there = e * XBAR_FLOATS + p * XBAR_PIECE;
            x[p] = go_on(out + here, v + here, x[p], f.leaves[b], f.right[b],
                         f.from_left[b]);
            y[p] = go_on(out + there, v + there, y[p], f.leaves[e], f.left[e],
                         f.from_right[e]);
        }
    }
}
