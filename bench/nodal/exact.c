/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "exact.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>

#include "core/memory.h"
#include "nodal/inner.h"
#include "nodal/islands.h"

#if LDBL_MANT_DIG >= 113
typedef long double quad;
#else
__extension__ typedef __float128 quad;
#endif

enum { MOST_ROUNDS = 20, MOST_DIRECT = 512 };

static const double enough = 1e-15; /* of the largest output */

typedef struct work {
    const bench_array *a;
    quad *v[XBAR_N_FAMILIES];   /* V, [n][n]: a node minus its line's source */
    quad *down;                 /* A, [n]: from the bit nodes of a row to the next */
    double *r[XBAR_N_FAMILIES]; /* A, [n][n] */
    double *e[XBAR_N_FAMILIES]; /* V, [n][n] */
    xbar_lines lines;
    const xbar_inner *inner;
    void *solver;
    quad left_over; /* A: sum of |r| */
} work;

static quad size_of(quad x)
{
    return x < 0 ? -x : x;
}

/* Kirchhoff's law at the nodes of row i, from left to right. */
static void look_at_row(work *w, size_t i)
{
    const size_t n = w->a->n;
    const quad row = 1 / (quad)w->a->wires.row_ohm, col = 1 / (quad)w->a->wires.col_ohm;
    const quad *u = w->v[XBAR_WORD] + i * n, *b = w->v[XBAR_BIT] + i * n;
    const double *volt = w->a->input[0].volt[XBAR_LEFT], *g = w->a->g + i * n;
    const bool is_last = i + 1 == n;
    quad right = -row * u[0]; /* the terminal is one more segment */
    for (size_t j = 0; j < n; j++) {
        quad cell = g[j] * (volt[i] + u[j] - b[j]);
        quad next = j + 1 < n ? row * (u[j] - u[j + 1]) : 0;
        quad below = col * (is_last ? b[j] : b[j] - b[j + n]);
        quad r_word = right - next - cell, r_bit = w->down[j] - below + cell;
        w->r[XBAR_WORD][i * n + j] = (double)r_word;
        w->r[XBAR_BIT][i * n + j] = (double)r_bit;
        w->left_over += size_of(r_word) + size_of(r_bit);
        right = next;
        w->down[j] = below;
    }
}

static void look(work *w)
{
    w->left_over = 0;
    for (size_t j = 0; j < w->a->n; j++)
        w->down[j] = 0;
    for (size_t i = 0; i < w->a->n; i++)
        look_at_row(w, i);
}

static xbar_status make_room(work *w, xbar_error *err)
{
    const size_t n = w->a->n;
    void *memory = NULL;
    for (int f = 0; f < XBAR_N_FAMILIES; f++) {
        XBAR_TRY(xbar_array_new(&memory, n * n, sizeof(quad), "voltages", err));
        w->v[f] = memory;
        XBAR_TRY(xbar_doubles_new(&w->r[f], n * n, "residuals", err));
        XBAR_TRY(xbar_doubles_new(&w->e[f], n * n, "corrections", err));
    }
    XBAR_TRY(xbar_array_new(&memory, n, sizeof(quad), "currents", err));
    w->down = memory;
    return XBAR_OK;
}

static xbar_status open_solver(work *w, const xbar_inner *inner, xbar_error *err)
{
    if (w->solver)
        w->inner->close(w->solver);
    w->solver = NULL;
    w->inner = inner;
    XBAR_TRY(inner->open(&w->solver, &w->lines, err));
    XBAR_TRY(inner->arrange(w->solver, err));
    return inner->factor(w->solver, w->a->g, err);
}

/* Where single precision stops gaining, CHOLMOD goes on, up to where that fits. */
static xbar_status correct(work *w, xbar_error *err)
{
    const size_t n = w->a->n;
    size_t steps = 0;
    xbar_status status = w->inner->correct(w->solver, w->e, w->r, 1e-6, &steps, err);
    if (status != XBAR_OK)
        return status;
    for (int f = 0; f < XBAR_N_FAMILIES; f++)
        for (size_t k = 0; k < n * n; k++)
            w->v[f][k] += w->e[f][k];
    return XBAR_OK;
}

static double largest(const quad *x, size_t n)
{
    double most = 0.0;
    for (size_t j = 0; j < n; j++)
        most = fmax(most, fabs((double)x[j]));
    return most;
}

static xbar_status iterate(work *w, xbar_error *err)
{
    const size_t n = w->a->n;
    XBAR_TRY(open_solver(w, &xbar_inner_tiled, err));
    look(w);
    for (int round = 0; round < MOST_ROUNDS; round++) {
        quad before = w->left_over;
        xbar_status status = correct(w, err);
        if (status != XBAR_OK && status != XBAR_ERR_CONVERGENCE)
            return status;
        look(w);
        if ((double)w->left_over <= enough * largest(w->down, n))
            return XBAR_OK;
        bool gains = status == XBAR_OK && w->left_over < 0.1 * before;
        if (!gains && n <= MOST_DIRECT && w->inner != &xbar_inner_direct)
            XBAR_TRY(open_solver(w, &xbar_inner_direct, err));
    }
    return xbar_fail(
        err, XBAR_ERR_CONVERGENCE,
        "%zu x %zu, %s, %g and %g ohm: Kirchhoff's law is left with %.2g A "
        "in all, outputs are %.2g A",
        n, n, bench_cells_key[w->a->cells], w->a->wires.row_ohm, w->a->wires.col_ohm,
        (double)w->left_over, largest(w->down, n));
}

xbar_status bench_exact_init(bench_exact *e, const bench_array *a, xbar_error *err)
{
    *e = (bench_exact){0};
    work w = {.a = a};
    bool changed = false;
    xbar_status status = xbar_lines_init(&w.lines, a->c, err);
    if (status == XBAR_OK) {
        xbar_lines_connect(&w.lines, a->c, &a->input[0], 0.0);
        status = xbar_islands_find(&w.lines, a->g, &changed, err);
    }
    if (status == XBAR_OK)
        status = make_room(&w, err);
    if (status == XBAR_OK)
        status = xbar_doubles_new(&e->i_out, a->n, "outputs", err);
    if (status == XBAR_OK)
        status = iterate(&w, err);
    if (status == XBAR_OK) {
        for (size_t j = 0; j < a->n; j++)
            e->i_out[j] = (double)w.down[j];
        e->most = largest(w.down, a->n);
        e->bound = (double)w.left_over;
    }
    if (w.solver)
        w.inner->close(w.solver);
    xbar_lines_clear(&w.lines);
    for (int f = 0; f < XBAR_N_FAMILIES; f++) {
        free(w.v[f]);
        free(w.r[f]);
        free(w.e[f]);
    }
    free(w.down);
    return status;
}

void bench_exact_clear(bench_exact *e)
{
    free(e->i_out);
    *e = (bench_exact){0};
}

bench_error bench_exact_compare(const bench_exact *e, size_t n, const double *i_out)
{
    bench_error error = {0.0, 0.0};
    for (size_t j = 0; j < n; j++) {
        double apart = fabs(i_out[j] - e->i_out[j]) + e->bound;
        if (isnan(apart))
            return (bench_error){(double)NAN, (double)NAN};
        error.largest = fmax(error.largest, apart / e->most);
        if (fabs(e->i_out[j]) >= 1e-6 * e->most)
            error.relative = fmax(error.relative, apart / fabs(e->i_out[j]));
    }
    return error;
}

bool bench_is_right(bench_error e)
{
    return e.largest <= 1e-10 && e.relative <= 1e-8;
}
