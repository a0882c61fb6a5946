/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Linear systems of networks whose cells have a gate, by UMFPACK: a transistor's current
 * answers to its source otherwise than to its drain, so that
 *
 *     word node:   ... + g_p e_p - g_n e_n
 *     bit node:    ... - g_p e_p + g_n e_n
 *
 * with g_p by the word node's voltage (didv) and g_n by the bit node's (lines' cell_back).
 * A cell's column sums to 0, those of wires and terminals to what leads to sources, and
 * nothing off the diagonal is positive: an M-matrix, regular wherever every node has a way
 * to a source, and one that needs no pivoting off the diagonal.
 *
 * Davis, ACM TOMS 30(2):196, 2004, doi:10.1145/992200.992206. */
#include "nodal/inner.h"

#include <stdlib.h>

#include <suitesparse/umfpack.h>

#include "core/memory.h"
#include "nodal/unknowns.h"

/* Branches come always in the same order; where each puts its share stands in `place`. */
typedef struct unsymmetric {
    xbar_unknowns unknowns;
    SuiteSparse_long *start, *row,
        *place; /* columns' starts, rows; 4 a branch, -1 none */
    double *value, *b, *x;
    SuiteSparse_long *diagonal; /* [n]: its place in each column */
    size_t n_entries;
    size_t n_branches; /* without those to ground */
    size_t next;       /* branch, while they are walked */
    size_t n_wires;    /* branches before the first cell, and cells */
    void *symbolic, *numeric;
} unsymmetric;

static void forget(unsymmetric *s)
{
    umfpack_dl_free_symbolic(&s->symbolic);
    umfpack_dl_free_numeric(&s->numeric);
    free(s->start);
    free(s->row);
    free(s->place);
    free(s->diagonal);
    free(s->value);
    free(s->b);
    free(s->x);
    s->start = s->row = s->place = s->diagonal = NULL;
    s->value = s->b = s->x = NULL;
    s->symbolic = s->numeric = NULL;
}

static void unsymmetric_close(void *self)
{
    unsymmetric *s = self;
    if (!s)
        return;
    forget(s);
    xbar_unknowns_clear(&s->unknowns);
    free(s);
}

static xbar_status unsymmetric_open(void **self, const xbar_lines *l, xbar_error *err)
{
    void *memory = NULL;
    *self = NULL;
    XBAR_TRY(xbar_array_new(&memory, 1, sizeof(unsymmetric), "UMFPACK", err));
    unsymmetric *s = memory;
    xbar_status status = xbar_unknowns_init(&s->unknowns, l, err);
    if (status != XBAR_OK) {
        free(s);
        return status;
    }
    *self = s;
    return XBAR_OK;
}

/* ---- pattern ----------------------------------------------------------------------------- */

/* The four places of a branch as entries (row, column) of a list. */
typedef struct triplets {
    SuiteSparse_long *row, *col, *place;
    size_t n, branch, n_branches;
} triplets;

static void add_entry(triplets *t, size_t which, int64_t row, int64_t col)
{
    SuiteSparse_long *place = &t->place[4 * t->branch + which];
    *place = -1;
    if (row < 0 || col < 0)
        return;
    t->row[t->n] = row;
    t->col[t->n] = col;
    *place = (SuiteSparse_long)t->n++;
}

static void list_branch(void *with, int64_t a, int64_t b, double siemens)
{
    (void)siemens;
    triplets *t = with;
    if (t->branch == t->n_branches)
        return; /* to ground: on the diagonal */
    add_entry(t, 0, a, a);
    add_entry(t, 1, b, a);
    add_entry(t, 2, a, b);
    add_entry(t, 3, b, b);
    t->branch++;
}

static xbar_status longs_new(SuiteSparse_long **out, size_t n, xbar_error *err)
{
    void *memory = NULL;
    XBAR_TRY(xbar_array_new(&memory, n, sizeof **out, "UMFPACK", err));
    *out = memory;
    return XBAR_OK;
}

static xbar_status failed(SuiteSparse_long status, const unsymmetric *s,
                          xbar_error *err)
{
    if (status == UMFPACK_ERROR_out_of_memory)
        return xbar_fail(err, XBAR_ERR_MEMORY,
                         "no memory for the factors of %lld nodes",
                         (long long)s->unknowns.n);
    return xbar_fail(err, XBAR_ERR_CONVERGENCE,
                     "the slopes of %lld nodes are singular within rounding",
                     (long long)s->unknowns.n);
}

/* The list, summed up into columns. `place` leads from a branch to its entries. */
static xbar_status compress(unsymmetric *s, triplets *t, SuiteSparse_long *map,
                            xbar_error *err)
{
    const size_t n = (size_t)s->unknowns.n;
    XBAR_TRY(longs_new(&s->start, n + 1, err));
    XBAR_TRY(longs_new(&s->row, t->n, err));
    XBAR_TRY(xbar_doubles_new(&s->value, t->n, "UMFPACK", err));
    XBAR_TRY(xbar_doubles_new(&s->b, n, "UMFPACK", err));
    XBAR_TRY(xbar_doubles_new(&s->x, n, "UMFPACK", err));
    SuiteSparse_long status =
        umfpack_dl_triplet_to_col(s->unknowns.n, s->unknowns.n, (SuiteSparse_long)t->n,
                                  t->row, t->col, NULL, s->start, s->row, NULL, map);
    if (status != UMFPACK_OK)
        return failed(status, s, err);
    for (size_t k = 0; k < 4 * s->n_branches; k++)
        s->place[k] = s->place[k] < 0 ? -1 : map[s->place[k]];
    s->n_entries = (size_t)s->start[n];
    XBAR_TRY(longs_new(&s->diagonal, n, err));
    for (size_t k = 0; k < n; k++)
        for (SuiteSparse_long at = s->start[k]; at < s->start[k + 1]; at++)
            if (s->row[at] == (SuiteSparse_long)k)
                s->diagonal[k] = at;
    return XBAR_OK;
}

/* Wires come before cells in a walk. */
static size_t count_wires(const xbar_lines *l)
{
    size_t n = 0;
    for (int f = 0; f < XBAR_N_FAMILIES; f++) {
        const xbar_family *family = &l->family[f];
        for (size_t line = 0; !family->is_ideal && line < family->n_lines; line++)
            for (size_t k = 0; k + 1 < family->n_nodes; k++)
                if (!(family->cut && family->cut[line * family->line_stride +
                                                 k * family->node_stride]))
                    n++;
    }
    return n;
}

static size_t count_branches(const unsymmetric *s)
{
    const xbar_lines *l = s->unknowns.lines;
    size_t n = s->n_wires + l->n_rows * l->n_cols;
    for (int side = 0; side < XBAR_N_SIDES; side++)
        n += l->family[side / 2].n_lines;
    return n;
}

static xbar_status make_pattern(unsymmetric *s, xbar_error *err)
{
    triplets t = {0};
    SuiteSparse_long *map = NULL;
    s->n_branches = count_branches(s);
    xbar_status status = longs_new(&t.row, 4 * s->n_branches, err);
    if (status == XBAR_OK)
        status = longs_new(&t.col, 4 * s->n_branches, err);
    if (status == XBAR_OK)
        status = longs_new(&map, 4 * s->n_branches, err);
    if (status == XBAR_OK)
        status = longs_new(&s->place, 4 * s->n_branches, err);
    if (status == XBAR_OK) {
        t.place = s->place;
        t.n_branches = s->n_branches;
        xbar_unknowns_walk(&s->unknowns, NULL, list_branch, &t);
        status = compress(s, &t, map, err);
    }
    free(t.row);
    free(t.col);
    free(map);
    return status;
}

static xbar_status unsymmetric_arrange(void *self, xbar_error *err)
{
    unsymmetric *s = self;
    if (!xbar_unknowns_number(&s->unknowns))
        return XBAR_OK;
    forget(s);
    s->n_wires = count_wires(s->unknowns.lines);
    if (s->unknowns.n == 0)
        return XBAR_OK;
    xbar_status status = make_pattern(s, err);
    if (status != XBAR_OK) {
        forget(s);
        s->unknowns.n = -1;
    }
    return status;
}

/* ---- values -------------------------------------------------------------------------------- */

static void add_branch(void *with, int64_t a, int64_t b, double siemens)
{
    (void)b;
    unsymmetric *s = with;
    const xbar_lines *l = s->unknowns.lines;
    if (s->next == s->n_branches) {
        if (a >= 0)
            s->value[s->diagonal[a]] += siemens;
        return;
    }
    const SuiteSparse_long *place = &s->place[4 * s->next];
    const size_t cell = s->next - s->n_wires;
    const bool is_cell = s->next >= s->n_wires && cell < l->n_rows * l->n_cols;
    const double back = is_cell && l->cell_back ? l->cell_back[cell] : siemens;
    const double share[4] = {siemens, -siemens, -back, back};
    for (int k = 0; k < 4; k++)
        if (place[k] >= 0)
            s->value[place[k]] += share[k];
    s->next++;
}

static xbar_status unsymmetric_factor(void *self, const double *didv, xbar_error *err)
{
    unsymmetric *s = self;
    double control[UMFPACK_CONTROL];
    if (s->unknowns.n == 0)
        return XBAR_OK;
    for (size_t k = 0; k < s->n_entries; k++)
        s->value[k] = 0.0;
    s->next = 0;
    xbar_unknowns_walk(&s->unknowns, didv, add_branch, s);
    umfpack_dl_defaults(control);
    control[UMFPACK_STRATEGY] = UMFPACK_STRATEGY_SYMMETRIC;
    SuiteSparse_long status = UMFPACK_OK;
    if (!s->symbolic)
        status = umfpack_dl_symbolic(s->unknowns.n, s->unknowns.n, s->start, s->row,
                                     s->value, &s->symbolic, control, NULL);
    if (status != UMFPACK_OK)
        return failed(status, s, err);
    umfpack_dl_free_numeric(&s->numeric);
    status = umfpack_dl_numeric(s->start, s->row, s->value, s->symbolic, &s->numeric,
                                control, NULL);
    return status == UMFPACK_OK ? XBAR_OK : failed(status, s, err);
}

static xbar_status unsymmetric_correct(void *self, double *const e[XBAR_N_FAMILIES],
                                       double *const r[XBAR_N_FAMILIES],
                                       double tolerance, size_t *n_steps,
                                       xbar_error *err)
{
    (void)tolerance;
    unsymmetric *s = self;
    double control[UMFPACK_CONTROL];
    *n_steps = 1;
    if (s->unknowns.n == 0) {
        xbar_unknowns_scatter(&s->unknowns, NULL, e);
        return XBAR_OK;
    }
    xbar_unknowns_gather(&s->unknowns, r, s->b);
    umfpack_dl_defaults(control);
    control[UMFPACK_IRSTEP] = 0; /* the caller refines */
    SuiteSparse_long status = umfpack_dl_solve(UMFPACK_A, s->start, s->row, s->value,
                                               s->x, s->b, s->numeric, control, NULL);
    if (status != UMFPACK_OK)
        return failed(status, s, err);
    xbar_unknowns_scatter(&s->unknowns, s->x, e);
    return XBAR_OK;
}

const xbar_inner xbar_inner_unsymmetric = {
    .name = "UMFPACK",
    .open = unsymmetric_open,
    .arrange = unsymmetric_arrange,
    .factor = unsymmetric_factor,
    .correct = unsymmetric_correct,
    .close = unsymmetric_close,
};
