/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file
 *  The tiled solver on a plain array (nodal_plain.h), in a vector width of one's choice.
 */
#ifndef XBAR_TESTS_NODAL_TILES_H
#define XBAR_TESTS_NODAL_TILES_H

#include "nodal_plain.h"

#include <string.h>

#include "nodal/coarse.h"
#include "nodal/tiles.h"

enum { MOST_WIDTHS = 3 };

/* The vector widths that this machine has. @return how many */
static inline size_t widths_here(const xbar_kernel *here[MOST_WIDTHS])
{
    static const char *const names[] = {"base", "avx2", "avx512"};
    size_t n = 0;
    for (size_t k = 0; k < MOST_WIDTHS; k++) {
        here[n] = xbar_kernel_find(names[k]);
        n += here[n] != NULL;
    }
    return n;
}

typedef struct solver {
    xbar_tiles *t;
    xbar_pair *pair;
} solver;

static inline solver solver_new(const plain_array *a, const xbar_kernel *kernel,
                                int threads)
{
    solver s = {NULL, NULL};
    const plain_case *q = a->what;
    assert_int_equal(xbar_pair_new(&s.pair, threads, NULL), XBAR_OK);
    assert_int_equal(xbar_tiles_new(&s.t, a->n_rows, a->n_cols, q->row_ohm, q->col_ohm,
                                    kernel, (unsigned)threads, NULL),
                     XBAR_OK);
    s.t->row_cut = a->row_cut;
    s.t->col_cut = a->col_cut;
    assert_int_equal(xbar_tiles_arrange(s.t, (const double *const *)a->end, NULL),
                     XBAR_OK);
    xbar_tiles_factor(s.t, s.pair, a->g);
    return s;
}

static inline void solver_free(solver *s)
{
    xbar_tiles_free(s->t);
    xbar_pair_free(s->pair);
}

static inline size_t place(const xbar_tiles *t, size_t k)
{
    return (size_t)(xbar_tiles_cell(t, t->g, k / t->n_cols, k % t->n_cols / XBAR_TILE) -
                    t->g) +
           k % t->n_cols % XBAR_TILE;
}

static inline void put(const xbar_tiles *t, float *to, const double *from)
{
    memset(to, 0, t->height * t->width * sizeof *to);
    for (size_t k = 0; k < t->n_rows * t->n_cols; k++)
        to[place(t, k)] = (float)from[k];
}

/* The bit nodes' and the word nodes' correction of cycles, V: base and rest. */
static inline void get_correction(const xbar_tiles *t, double *u, double *w)
{
    for (size_t k = 0; k < t->n_rows * t->n_cols; k++) {
        size_t i = k / t->n_cols, j = k % t->n_cols;
        u[k] = (double)t->scale * ((double)t->ru[place(t, k)] +
                                   (double)t->base_u[j / XBAR_BASE * t->height + i]);
        w[k] = (double)t->scale * ((double)t->w[place(t, k)] +
                                   (double)t->base_w[i / XBAR_BASE * t->width + j]);
    }
}

static inline void get(const xbar_tiles *t, double *to, const float *from, double times)
{
    for (size_t k = 0; k < t->n_rows * t->n_cols; k++)
        to[k] = times * (double)from[place(t, k)];
}

#endif
