/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "nodal/matrix.h"

#include <stdlib.h>
#include <string.h>

#include "core/memory.h"

_Static_assert(sizeof(SuiteSparse_long) == sizeof(int64_t),
               "CHOLMOD's long integers have 64 bits");

xbar_status xbar_matrix_init(xbar_matrix *m, const xbar_lines *l, xbar_error *err)
{
    *m = (xbar_matrix){0};
    XBAR_TRY(xbar_unknowns_init(&m->unknowns, l, err));
    cholmod_l_start(&m->common);
    m->common.print = 0;
    m->common.nmethods = 1;
    m->common.method[0].ordering = CHOLMOD_AMD;
    m->common.quick_return_if_not_posdef = 1;
    return XBAR_OK;
}

void xbar_matrix_forget(xbar_matrix *m)
{
    cholmod_l_free_sparse(&m->k, &m->common);
    free(m->next);
    free(m->ground);
    m->next = NULL;
    m->ground = NULL;
    m->unknowns.n = -1;
}

void xbar_matrix_clear(xbar_matrix *m)
{
    xbar_matrix_forget(m);
    cholmod_l_finish(&m->common);
    xbar_unknowns_clear(&m->unknowns);
}

xbar_status xbar_matrix_error(const xbar_matrix *m, xbar_error *err)
{
    if (m->common.status == CHOLMOD_OUT_OF_MEMORY ||
        m->common.status == CHOLMOD_TOO_LARGE)
        return xbar_fail(err, XBAR_ERR_MEMORY,
                         "no memory for the factors of %lld nodes",
                         (long long)m->unknowns.n);
    return xbar_fail(err, XBAR_ERR_CONVERGENCE,
                     "the conductances of %lld nodes are not positive definite within "
                     "rounding",
                     (long long)m->unknowns.n);
}

static void count_branch(void *with, int64_t a, int64_t b, double siemens)
{
    xbar_matrix *m = with;
    (void)siemens;
    if (a >= 0 && b >= 0)
        m->next[a < b ? a : b]++;
}

static void add_branch(void *with, int64_t a, int64_t b, double siemens)
{
    xbar_matrix *m = with;
    const SuiteSparse_long *start = m->k->p;
    SuiteSparse_long *row = m->k->i;
    double *value = m->k->x;
    if (a >= 0)
        value[start[a]] += siemens;
    if (b >= 0)
        value[start[b]] += siemens;
    if (a < 0 || b < 0) {
        if (a >= 0 || b >= 0)
            m->ground[a >= 0 ? a : b] += siemens;
        return;
    }
    int64_t place = m->next[a < b ? a : b]++;
    row[place] = a < b ? b : a;
    value[place] = -siemens;
}

static xbar_status allocate(xbar_matrix *m, xbar_error *err)
{
    void *memory = NULL;
    const size_t n = (size_t)m->unknowns.n;
    XBAR_TRY(xbar_array_new(&memory, n, sizeof *m->next, "matrix", err));
    m->next = memory;
    XBAR_TRY(xbar_doubles_new(&m->ground, n, "matrix", err));
    xbar_unknowns_walk(&m->unknowns, NULL, count_branch, m);
    size_t n_entries = n;
    for (size_t k = 0; k < n; k++)
        n_entries += (size_t)m->next[k];
    m->k =
        cholmod_l_allocate_sparse(n, n, n_entries, 0, 1, -1, CHOLMOD_REAL, &m->common);
    if (!m->k)
        return xbar_matrix_error(m, err);
    SuiteSparse_long *start = m->k->p;
    start[0] = 0;
    for (size_t k = 0; k < n; k++)
        start[k + 1] = start[k] + 1 + m->next[k];
    return XBAR_OK;
}

xbar_status xbar_matrix_arrange(xbar_matrix *m, bool *changed, xbar_error *err)
{
    *changed = xbar_unknowns_number(&m->unknowns);
    if (!*changed)
        return XBAR_OK;
    int64_t n = m->unknowns.n;
    xbar_matrix_forget(m);
    m->unknowns.n = n;
    xbar_status status = n > 0 ? allocate(m, err) : XBAR_OK;
    if (status != XBAR_OK)
        xbar_matrix_forget(m);
    return status;
}

void xbar_matrix_fill(xbar_matrix *m, const double *didv)
{
    const SuiteSparse_long *start = m->k->p;
    SuiteSparse_long *row = m->k->i;
    double *value = m->k->x;
    for (int64_t k = 0; k < m->unknowns.n; k++) {
        row[start[k]] = k;
        value[start[k]] = 0.0;
        m->ground[k] = 0.0;
        m->next[k] = start[k] + 1;
    }
    xbar_unknowns_walk(&m->unknowns, didv, add_branch, m);
}
