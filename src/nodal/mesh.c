/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Star-mesh elimination. A node that a nanosiemens ties to the rest of a net of microohm
 * wires is, in K, the sixteenth digit of a diagonal entry; Cholesky's factorisation finds
 * it as the difference of two numbers that agree in fifteen, or not at all.
 *
 * A node k with conductances c_k1 .. c_km to its neighbours and g_k to ground (sources
 * and held nodes), and p_k their sum, is removed by joining each pair of its neighbours,
 * and each of them and ground (Rosen, J. IEE 62, 1924):
 *
 *     c_ij += c_ki c_kj / p_k        g_i += c_ki g_k / p_k
 *
 * The factors are those of K = L D L', L_ik = -c_ik / p_k and D_k = p_k, but pivots are
 * summed up from what is at a node when it goes. Nothing is subtracted anywhere, so every
 * entry keeps all its digits, however far apart conductances lie (O'Cinneide, Numer. Math.
 * 65, 1993, doi:10.1007/BF01385741, for Markov chains).
 *
 * The pattern and the order of elimination are CHOLMOD's, and so is the place where the
 * factors are kept: column k of L lies behind its pivot, rows ascending. */
#include "nodal/mesh.h"

#include <stdlib.h>
#include <string.h>

#include "core/memory.h"

typedef struct mesh {
    int64_t n;
    const SuiteSparse_long *start, *count, *row; /* of the factor's columns */
    double *x;                                   /* its values */
    double *ground;                              /* S, [n], by place in the order */
    double *sum;    /* S, [n]: what earlier nodes bring to the present column */
    int64_t *place; /* [n]: when a node is eliminated */
    /* Columns whose next row is k: a list from first[k] on through next[]; at[] is where
     * in it that row stands. */
    int64_t *first, *next, *at;
} mesh;

/* A factor of the right pattern: that of a matrix about which nothing is difficult. */
static xbar_status new_pattern(xbar_matrix *m, cholmod_factor **factor, xbar_error *err)
{
    const SuiteSparse_long *start = m->k->p;
    double *value = m->k->x;
    const size_t n_entries = (size_t)start[m->unknowns.n];
    double *kept = NULL;
    XBAR_TRY(xbar_doubles_new(&kept, n_entries, "matrix", err));
    memcpy(kept, value, n_entries * sizeof *kept);
    for (int64_t k = 0; k < m->unknowns.n; k++)
        for (int64_t t = start[k]; t < start[k + 1]; t++)
            value[t] = t == start[k] ? 1.0 : 0.0;
    const int supernodal = m->common.supernodal;
    m->common.supernodal = CHOLMOD_SIMPLICIAL;
    *factor = cholmod_l_analyze(m->k, &m->common);
    bool is_made = *factor && cholmod_l_factorize(m->k, *factor, &m->common) &&
                   m->common.status == CHOLMOD_OK;
    m->common.supernodal = supernodal;
    memcpy(value, kept, n_entries * sizeof *kept);
    free(kept);
    if (is_made)
        return XBAR_OK;
    cholmod_l_free_factor(factor, &m->common);
    return xbar_matrix_error(m, err);
}

static xbar_status allocate(mesh *s, xbar_error *err)
{
    int64_t **const lists[] = {&s->place, &s->first, &s->next, &s->at};
    void *memory = NULL;
    for (size_t k = 0; k < sizeof lists / sizeof *lists; k++) {
        XBAR_TRY(xbar_array_new(&memory, (size_t)s->n, sizeof(int64_t),
                                "star-mesh elimination", err));
        *lists[k] = memory;
    }
    XBAR_TRY(xbar_doubles_new(&s->ground, (size_t)s->n, "star-mesh elimination", err));
    return xbar_doubles_new(&s->sum, (size_t)s->n, "star-mesh elimination", err);
}

static void discard(mesh *s)
{
    free(s->ground);
    free(s->sum);
    free(s->place);
    free(s->first);
    free(s->next);
    free(s->at);
}

/* Where row `row` of a column stands: it is there. */
static int64_t find_row(const mesh *s, int64_t column, int64_t row)
{
    int64_t low = s->start[column] + 1;
    int64_t high = s->start[column] + s->count[column] - 1;
    while (low < high) {
        int64_t middle = low + (high - low) / 2;
        if (s->row[middle] < row)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* The network's own conductances, each in the column of the node that goes first. */
static void place_conductances(mesh *s, const xbar_matrix *m,
                               const SuiteSparse_long *order)
{
    const SuiteSparse_long *start = m->k->p;
    const SuiteSparse_long *row = m->k->i;
    const double *value = m->k->x;
    for (int64_t k = 0; k < s->n; k++) {
        s->place[order[k]] = k;
        s->ground[k] = m->ground[order[k]];
        for (int64_t t = s->start[k]; t < s->start[k] + s->count[k]; t++)
            s->x[t] = 0.0;
    }
    for (int64_t k = 0; k < s->n; k++)
        for (int64_t t = start[k] + 1; t < start[k + 1]; t++) {
            int64_t a = s->place[k];
            int64_t b = s->place[row[t]];
            s->x[find_row(s, a < b ? a : b, a < b ? b : a)] -= value[t];
        }
}

/* Puts column k, of which the entries before `at` are done, where it is next needed. */
static void enlist(mesh *s, int64_t k, int64_t at)
{
    if (at == s->start[k] + s->count[k])
        return;
    int64_t row = s->row[at];
    s->at[k] = at;
    s->next[k] = s->first[row];
    s->first[row] = k;
}

static void eliminate(mesh *s)
{
    for (int64_t k = 0; k < s->n; k++)
        s->first[k] = -1;
    for (int64_t j = 0; j < s->n; j++) {
        int64_t next = 0;
        for (int64_t k = s->first[j]; k >= 0; k = next) {
            next = s->next[k];
            const int64_t end = s->start[k] + s->count[k];
            const double share = s->x[s->at[k]] / s->x[s->start[k]];
            s->ground[j] += share * s->ground[k];
            for (int64_t t = s->at[k] + 1; t < end; t++)
                s->sum[s->row[t]] += share * s->x[t];
            enlist(s, k, s->at[k] + 1);
        }
        double p = s->ground[j];
        for (int64_t t = s->start[j] + 1; t < s->start[j] + s->count[j]; t++) {
            s->x[t] += s->sum[s->row[t]];
            s->sum[s->row[t]] = 0.0;
            p += s->x[t];
        }
        s->x[s->start[j]] = p;
        enlist(s, j, s->start[j] + 1);
    }
    for (int64_t j = 0; j < s->n; j++)
        for (int64_t t = s->start[j] + 1; t < s->start[j] + s->count[j]; t++)
            s->x[t] /= -s->x[s->start[j]];
}

xbar_status xbar_mesh_factor(xbar_matrix *m, cholmod_factor **factor, xbar_error *err)
{
    mesh s = {.n = m->unknowns.n};
    xbar_status status = *factor ? XBAR_OK : new_pattern(m, factor, err);
    if (status == XBAR_OK)
        status = allocate(&s, err);
    if (status == XBAR_OK) {
        s.start = (*factor)->p;
        s.count = (*factor)->nz;
        s.row = (*factor)->i;
        s.x = (*factor)->x;
        place_conductances(&s, m, (*factor)->Perm);
        eliminate(&s);
    }
    discard(&s);
    return status;
}
