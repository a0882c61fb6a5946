/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Of the symmetric matrix the lower triangle is kept. Cell k's word node is 2 k, its bit
 * node 2 k + 1; so below the diagonal of a word node's column stand its cell and the next
 * cell's word node, and below that of a bit node the bit node of the next row. */
#include "cholmod.h"

#include <stdio.h>

#include <suitesparse/cholmod.h>

#include "core/clock.h"

const char *bench_cholmod_version(void)
{
    static char text[32];
    snprintf(text, sizeof text, "%d.%d.%d", CHOLMOD_MAIN_VERSION, CHOLMOD_SUB_VERSION,
             CHOLMOD_SUBSUB_VERSION);
    return text;
}

static xbar_status fail(const cholmod_common *common, const char *what, xbar_error *err)
{
    if (common->status == CHOLMOD_OUT_OF_MEMORY)
        return xbar_fail(err, XBAR_ERR_MEMORY, "out of memory for CHOLMOD's %s", what);
    return xbar_fail(err, XBAR_ERR_ENGINE, "CHOLMOD's %s failed, status %d", what,
                     common->status);
}

static void add(cholmod_sparse *k, int *n, size_t row, double value)
{
    ((int *)k->i)[*n] = (int)row;
    ((double *)k->x)[(*n)++] = value;
}

static void fill(cholmod_sparse *m, cholmod_dense *right, const bench_array *a)
{
    const size_t n = a->n;
    const double row = 1.0 / a->wires.row_ohm, col = 1.0 / a->wires.col_ohm;
    int *start = m->p, at = 0;
    for (size_t k = 0; k < n * n; k++) {
        size_t i = k / n, j = k % n;
        start[2 * k] = at; /* on the left a terminal stands where a segment would */
        add(m, &at, 2 * k, a->g[k] + row + (j + 1 < n ? row : 0.0));
        add(m, &at, 2 * k + 1, -a->g[k]);
        if (j + 1 < n)
            add(m, &at, 2 * k + 2, -row);
        start[2 * k + 1] = at; /* and so at the bottom */
        add(m, &at, 2 * k + 1, a->g[k] + col + (i > 0 ? col : 0.0));
        if (i + 1 < n)
            add(m, &at, 2 * (k + n) + 1, -col);
        ((double *)right->x)[2 * k] =
            j == 0 ? row * a->input[0].volt[XBAR_LEFT][i] : 0.0;
        ((double *)right->x)[2 * k + 1] = 0.0;
    }
    start[2 * n * n] = at;
}

static xbar_status solve(bench_cholmod *t, double *i_out, const bench_array *a,
                         cholmod_sparse *m, cholmod_dense *right,
                         cholmod_common *common, xbar_error *err)
{
    cholmod_factor *factor = NULL;
    cholmod_dense *x = NULL;
    xbar_status status = XBAR_OK;
    double start = xbar_clock_s();
    factor = cholmod_analyze(m, common);
    double analysed = xbar_clock_s();
    if (!factor) {
        status = fail(common, "analysis", err);
        goto done;
    }
    if (!cholmod_factorize(m, factor, common) || common->status != CHOLMOD_OK) {
        status = fail(common, "factorisation", err);
        goto done;
    }
    double factored = xbar_clock_s();
    x = cholmod_solve(CHOLMOD_A, factor, right, common);
    if (!x) {
        status = fail(common, "solution", err);
        goto done;
    }
    *t = (bench_cholmod){.analyse_s = analysed - start,
                         .factor_s = factored - analysed,
                         .solve_s = xbar_clock_s() - factored};
    for (size_t j = 0; j < a->n; j++)
        i_out[j] = ((double *)x->x)[2 * ((a->n - 1) * a->n + j) + 1] / a->wires.col_ohm;
done:
    cholmod_free_dense(&x, common);
    cholmod_free_factor(&factor, common);
    return status;
}

xbar_status bench_cholmod_run(bench_cholmod *t, const bench_array *a, double *i_out,
                              xbar_error *err)
{
    const size_t nodes = 2 * a->n * a->n;
    cholmod_common common;
    cholmod_start(&common);
    common.print = 0;
    common.nmethods = 1;
    common.method[0].ordering = CHOLMOD_AMD;
    cholmod_sparse *m = cholmod_allocate_sparse(nodes, nodes, 5 * nodes / 2, 1, 1, -1,
                                                CHOLMOD_REAL, &common);
    cholmod_dense *right = cholmod_zeros(nodes, 1, CHOLMOD_REAL, &common);
    xbar_status status = XBAR_OK;
    if (m && right) {
        fill(m, right, a);
        status = solve(t, i_out, a, m, right, &common, err);
    } else {
        status = fail(&common, "matrix", err);
    }
    cholmod_free_dense(&right, &common);
    cholmod_free_sparse(&m, &common);
    cholmod_finish(&common);
    return status;
}
