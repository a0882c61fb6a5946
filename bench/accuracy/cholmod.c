/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One matrix of 2 M N nodes, word nodes first, row-major. Of the symmetric matrix the lower
 * triangle is kept, whose columns are known by heart: the diagonal, the wire to the next
 * node of the line, and for a word node its cell. */
#include "forms.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include <suitesparse/cholmod.h>

#include "core/memory.h"

typedef struct direct {
    const xbar_crossbar *c;
    cholmod_common common;
    cholmod_sparse *matrix;
    cholmod_factor *factor;
    cholmod_dense *right;
    size_t n_cells;
} direct;

const char *bench_cholmod_version(void)
{
    static char text[32];
    snprintf(text, sizeof text, "%d.%d.%d", CHOLMOD_MAIN_VERSION, CHOLMOD_SUB_VERSION,
             CHOLMOD_SUBSUB_VERSION);
    return text;
}

static void close_form(void *self)
{
    direct *s = self;
    if (!s)
        return;
    cholmod_free_dense(&s->right, &s->common);
    cholmod_free_factor(&s->factor, &s->common);
    cholmod_free_sparse(&s->matrix, &s->common);
    cholmod_finish(&s->common);
    free(s);
}

/* Rows of a column below its diagonal: the next node of its line, its cell. */
static size_t below(const direct *s, size_t node, size_t rows[2])
{
    const bool is_word = node < s->n_cells;
    const size_t k = is_word ? node : node - s->n_cells;
    size_t n = 0;
    if (is_word) {
        if ((k + 1) % s->c->n_cols != 0)
            rows[n++] = node + 1;
        rows[n++] = node + s->n_cells;
    } else if (k + s->c->n_cols < s->n_cells) {
        rows[n++] = node + s->c->n_cols;
    }
    return n;
}

static void fill_pattern(direct *s)
{
    int *start = s->matrix->p;
    int *row = s->matrix->i;
    size_t n = 0;
    for (size_t node = 0; node < 2 * s->n_cells; node++) {
        size_t rows[2];
        size_t n_rows = below(s, node, rows);
        start[node] = (int)n;
        row[n++] = (int)node;
        for (size_t k = 0; k < n_rows; k++)
            row[n++] = (int)rows[k];
    }
    start[2 * s->n_cells] = (int)n;
}

/* Each branch stands on both its nodes' diagonals, a terminal on its own node's. */
static void fill_values(direct *s, const double *g)
{
    const xbar_crossbar *c = s->c;
    const int *start = s->matrix->p;
    const int *row = s->matrix->i;
    double *value = s->matrix->x;
    for (size_t node = 0; node < 2 * s->n_cells; node++)
        value[start[node]] = 0.0;
    for (size_t node = 0; node < 2 * s->n_cells; node++)
        for (int k = start[node] + 1; k < start[node + 1]; k++) {
            size_t other = (size_t)row[k];
            bool is_cell = other == node + s->n_cells;
            double ohm = node < s->n_cells ? c->row_ohm : c->col_ohm;
            double branch = is_cell ? g[node] : 1.0 / ohm;
            value[k] = -branch;
            value[start[node]] += branch;
            value[start[other]] += branch;
        }
    for (size_t i = 0; i < c->n_rows; i++)
        value[start[i * c->n_cols]] += 1.0 / c->terminal_ohm[XBAR_LEFT][i];
    for (size_t j = 0; j < c->n_cols; j++)
        value[start[2 * s->n_cells - c->n_cols + j]] +=
            1.0 / c->terminal_ohm[XBAR_BOTTOM][j];
}

static xbar_status allocate(direct *s, xbar_error *err)
{
    const size_t n = 2 * s->n_cells;
    cholmod_common *common = &s->common;
    common->nmethods = 1;
    common->method[0].ordering = CHOLMOD_AMD;
    common->postorder = 1;
    s->matrix = cholmod_allocate_sparse(n, n, 3 * n, 1, 1, -1, CHOLMOD_REAL, common);
    s->right = cholmod_zeros(n, 1, CHOLMOD_REAL, common);
    if (!s->matrix || !s->right)
        return xbar_fail(err, XBAR_ERR_MEMORY, "cholmod: no memory for the matrix");
    fill_pattern(s);
    s->factor = cholmod_analyze(s->matrix, common);
    if (!s->factor)
        return xbar_fail(err, XBAR_ERR_MEMORY, "cholmod: no memory for the factor");
    return XBAR_OK;
}

static xbar_status open_form(void **self, const xbar_crossbar *c, xbar_error *err)
{
    *self = NULL;
    XBAR_TRY(xbar_closed_form_check(c, err));
    void *memory = NULL;
    XBAR_TRY(xbar_array_new(&memory, 1, sizeof(direct), "cholmod", err));
    direct *s = memory;
    s->c = c;
    s->n_cells = c->n_rows * c->n_cols;
    cholmod_start(&s->common);
    xbar_status status = allocate(s, err);
    if (status != XBAR_OK) {
        close_form(s);
        return status;
    }
    *self = s;
    return XBAR_OK;
}

static xbar_status prepare(void *self, const double *g, xbar_error *err)
{
    direct *s = self;
    fill_values(s, g);
    cholmod_factorize(s->matrix, s->factor, &s->common);
    if (s->common.status != CHOLMOD_OK)
        return xbar_fail(err, XBAR_ERR_ENGINE, "cholmod: status %d", s->common.status);
    return XBAR_OK;
}

static void predict(void *self, size_t n, const double *v_in, double *i_out)
{
    direct *s = self;
    const xbar_crossbar *c = s->c;
    double *right = s->right->x;
    for (size_t l = 0; l < n; l++) {
        for (size_t i = 0; i < c->n_rows; i++)
            right[i * c->n_cols] =
                v_in[l * c->n_rows + i] / c->terminal_ohm[XBAR_LEFT][i];
        cholmod_dense *x = cholmod_solve(CHOLMOD_A, s->factor, s->right, &s->common);
        const double *foot =
            x ? (const double *)x->x + 2 * s->n_cells - c->n_cols : NULL;
        for (size_t j = 0; j < c->n_cols; j++)
            i_out[l * c->n_cols + j] =
                foot ? foot[j] / c->terminal_ohm[XBAR_BOTTOM][j] : (double)NAN;
        cholmod_free_dense(&x, &s->common);
    }
}

const xbar_closed_form bench_cholmod = {
    .name = "cholmod",
    .what = "Kirchhoff's equations, a sparse Cholesky factorisation",
    .source = "CHOLMOD",
    .open = open_form,
    .prepare = prepare,
    .predict = predict,
    .close = close_form,
};
