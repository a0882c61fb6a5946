/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The linear systems by CHOLMOD: sparse Cholesky factors of K after a fill-reducing
 * (minimum degree) order. The order and the factors' pattern depend on which nodes are
 * unknown alone and are kept until that changes. Where conductances lie too far apart for
 * that, the factors are those of a star-mesh elimination (mesh.c), which is slower.
 *
 * Chen, Davis, Hager, Rajamanickam, ACM TOMS 35(3), 2008, doi:10.1145/1391989.1391995. */
#include "nodal/inner.h"

#include <stdlib.h>

#include "core/memory.h"
#include "nodal/mesh.h"

typedef struct direct {
    xbar_matrix matrix;
    cholmod_factor *factor, *mesh;
    bool is_mesh; /* which of them is K's */
    cholmod_dense *b, *x, *y, *scratch;
} direct;

static void forget(direct *s)
{
    cholmod_common *common = &s->matrix.common;
    cholmod_l_free_factor(&s->factor, common);
    cholmod_l_free_factor(&s->mesh, common);
    cholmod_l_free_dense(&s->b, common);
    cholmod_l_free_dense(&s->x, common);
    cholmod_l_free_dense(&s->y, common);
    cholmod_l_free_dense(&s->scratch, common);
}

static void direct_close(void *self)
{
    direct *s = self;
    if (!s)
        return;
    forget(s);
    xbar_matrix_clear(&s->matrix);
    free(s);
}

static xbar_status direct_open(void **self, const xbar_lines *l, xbar_error *err)
{
    void *memory = NULL;
    *self = NULL;
    XBAR_TRY(xbar_array_new(&memory, 1, sizeof(direct), "CHOLMOD", err));
    direct *s = memory;
    xbar_status status = xbar_matrix_init(&s->matrix, l, err);
    if (status != XBAR_OK) {
        free(s);
        return status;
    }
    *self = s;
    return XBAR_OK;
}

static xbar_status direct_arrange(void *self, xbar_error *err)
{
    direct *s = self;
    bool changed = false;
    XBAR_TRY(xbar_matrix_arrange(&s->matrix, &changed, err));
    if (!changed)
        return XBAR_OK;
    forget(s);
    if (s->matrix.unknowns.n == 0)
        return XBAR_OK;
    s->b = cholmod_l_zeros((size_t)s->matrix.unknowns.n, 1, CHOLMOD_REAL,
                           &s->matrix.common);
    if (s->b)
        return XBAR_OK;
    xbar_matrix_forget(&s->matrix);
    return xbar_matrix_error(&s->matrix, err);
}

/* Below this share of the largest pivot the smallest one has lost more than corrections
 * can bring back quickly. */
static const double least_pivot = 1e-11;

static xbar_status direct_factor(void *self, const double *didv, xbar_error *err)
{
    direct *s = self;
    cholmod_common *common = &s->matrix.common;
    s->is_mesh = false;
    if (s->matrix.unknowns.n == 0)
        return XBAR_OK;
    xbar_matrix_fill(&s->matrix, didv);
    if (!s->factor)
        s->factor = cholmod_l_analyze(s->matrix.k, common);
    if (!s->factor || !cholmod_l_factorize(s->matrix.k, s->factor, common))
        return xbar_matrix_error(&s->matrix, err);
    if (common->status == CHOLMOD_OK &&
        cholmod_l_rcond(s->factor, common) >= least_pivot)
        return XBAR_OK;
    s->is_mesh = true;
    return xbar_mesh_factor(&s->matrix, &s->mesh, err);
}

static xbar_status direct_correct(void *self, double *const e[XBAR_N_FAMILIES],
                                  double *const r[XBAR_N_FAMILIES], double tolerance,
                                  size_t *n_steps, xbar_error *err)
{
    (void)tolerance;
    direct *s = self;
    *n_steps = 1;
    if (s->matrix.unknowns.n == 0) {
        xbar_unknowns_scatter(&s->matrix.unknowns, NULL, e);
        return XBAR_OK;
    }
    xbar_unknowns_gather(&s->matrix.unknowns, r, s->b->x);
    if (!cholmod_l_solve2(CHOLMOD_A, s->is_mesh ? s->mesh : s->factor, s->b, NULL,
                          &s->x, NULL, &s->y, &s->scratch, &s->matrix.common))
        return xbar_matrix_error(&s->matrix, err);
    xbar_unknowns_scatter(&s->matrix.unknowns, s->x->x, e);
    return XBAR_OK;
}

const xbar_inner xbar_inner_direct = {
    .name = "CHOLMOD",
    .open = direct_open,
    .arrange = direct_arrange,
    .factor = direct_factor,
    .correct = direct_correct,
    .close = direct_close,
};
