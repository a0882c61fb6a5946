/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file
 *  A second solution of the network for tests of the exact solver: nodes as
 *  xbar_network merges them, a dense matrix, and arithmetic of at least 113 bits, so that
 *  it has digits left after the worst of cancellations. Linear cells.
 */
#ifndef XBAR_TESTS_NODAL_REFERENCE_H
#define XBAR_TESTS_NODAL_REFERENCE_H

#include <float.h>
#include <math.h>

#include "arrays.h"
#include "crossbar/network.h"

#if LDBL_MANT_DIG >= 113
typedef long double quad;
#else
__extension__ typedef __float128 quad;
#endif

/* What the reference knows of one input. */
typedef struct reference {
    xbar_network *net;
    quad *v;   /* [n_nodes]; 0 where not live */
    quad *sum; /* [n_nodes], of the branches: what held nodes get from their sources */
    double largest; /* A, of all branches and terminals */
} reference;

static inline quad quad_abs(quad a)
{
    return a < 0 ? -a : a;
}

/* Calls `each` for every branch between two nodes. */
typedef void each_conductance(void *with, uint32_t a, uint32_t b, quad siemens);

static inline void walk_branches(const xbar_crossbar *c, const xbar_network *net,
                                 const double *g, each_conductance *each, void *with)
{
    for (size_t i = 0; i < c->n_rows; i++)
        for (size_t j = 0; j < c->n_cols; j++) {
            size_t k = i * c->n_cols + j;
            each(with, net->word_node[k], net->bit_node[k], g[k]);
            if (xbar_network_row_wire(c, i, j))
                each(with, net->word_node[k], net->word_node[k + 1],
                     1 / (quad)c->row_ohm);
            if (xbar_network_col_wire(c, i, j))
                each(with, net->bit_node[k], net->bit_node[k + c->n_cols],
                     1 / (quad)c->col_ohm);
        }
}

typedef struct dense {
    const xbar_network *net;
    size_t n;   /* nodes */
    quad *k;    /* [n][n] */
    quad *rhs;  /* [n] */
    quad *v;    /* [n] */
    quad *sum;  /* [n] */
    double top; /* A */
} dense;

static inline bool is_unknown(const xbar_node *node)
{
    return node->live && node->n_held == 0;
}

static inline void add_to_matrix(void *with, uint32_t a, uint32_t b, quad siemens)
{
    dense *d = with;
    d->k[a * d->n + a] += siemens;
    d->k[b * d->n + b] += siemens;
    d->k[a * d->n + b] -= siemens;
    d->k[b * d->n + a] -= siemens;
}

static inline void add_to_sums(void *with, uint32_t a, uint32_t b, quad siemens)
{
    dense *d = with;
    if (siemens == 0 || !d->net->nodes[a].live)
        return;
    quad current = siemens * (d->v[a] - d->v[b]);
    d->sum[a] -= current;
    d->sum[b] += current;
    d->top = fmax(d->top, fabs((double)current));
}

/* Gaussian elimination on the unknown nodes; the matrix is positive definite, so no
 * pivots are looked for. */
static inline void eliminate(dense *d)
{
    const size_t n = d->n;
    for (size_t p = 0; p < n; p++) {
        if (!is_unknown(&d->net->nodes[p]))
            continue;
        assert_true(d->k[p * n + p] > 0);
        for (size_t r = p + 1; r < n; r++) {
            if (!is_unknown(&d->net->nodes[r]) || d->k[r * n + p] == 0)
                continue;
            quad factor = d->k[r * n + p] / d->k[p * n + p];
            for (size_t q = p; q < n; q++)
                d->k[r * n + q] -= factor * d->k[p * n + q];
            d->rhs[r] -= factor * d->rhs[p];
        }
    }
    for (size_t p = n; p-- > 0;) {
        if (!is_unknown(&d->net->nodes[p]))
            continue;
        quad value = d->rhs[p];
        for (size_t q = p + 1; q < n; q++)
            if (is_unknown(&d->net->nodes[q]))
                value -= d->k[p * n + q] * d->v[q];
        d->v[p] = value / d->k[p * n + p];
    }
}

static inline void *some(size_t n, size_t size)
{
    void *memory = NULL;
    assert_int_equal(xbar_array_new(&memory, n, size, "test", NULL), XBAR_OK);
    return memory;
}

/* @return XBAR_OK; or what xbar_network_new said, and nothing to free */
static inline xbar_status reference_solve(reference *ref, const xbar_crossbar *c,
                                          const double *g, const xbar_stimulus *s,
                                          xbar_error *err)
{
    *ref = (reference){0};
    XBAR_TRY(xbar_network_new(&ref->net, c, g, s, err));
    const size_t n = ref->net->n_nodes;
    dense d = {ref->net,
               n,
               some(n * n, sizeof(quad)),
               some(n, sizeof(quad)),
               some(n, sizeof(quad)),
               some(n, sizeof(quad)),
               0.0};
    walk_branches(c, ref->net, g, add_to_matrix, &d);
    for (int side = 0; side < XBAR_N_SIDES; side++)
        for (size_t line = 0; line < xbar_side_lines(c, (xbar_side)side); line++) {
            double volt = s->volt[side][line];
            double ohm = c->terminal_ohm[side][line];
            uint32_t node = xbar_network_end(ref->net, (xbar_side)side, line);
            if (isnan(volt))
                continue;
            if (ohm == 0.0) {
                d.v[node] = volt;
            } else {
                d.k[node * n + node] += 1 / (quad)ohm;
                d.rhs[node] += volt / (quad)ohm;
            }
        }
    for (size_t p = 0; p < n; p++) /* held nodes to the right-hand side */
        for (size_t q = 0; q < n; q++)
            if (is_unknown(&ref->net->nodes[p]) && ref->net->nodes[q].n_held > 0)
                d.rhs[p] -= d.k[p * n + q] * d.v[q];
    eliminate(&d);
    walk_branches(c, ref->net, g, add_to_sums, &d);
    free(d.k);
    free(d.rhs);
    ref->v = d.v;
    ref->sum = d.sum;
    ref->largest = d.top;
    return XBAR_OK;
}

static inline void reference_free(reference *ref)
{
    xbar_network_free(ref->net);
    free(ref->v);
    free(ref->sum);
    *ref = (reference){0};
}

/* How far an answer's node voltages are from the solution, V: the largest change of one
 * Newton step of the dense network, whatever the cells are. */
static inline double reference_error(const xbar_crossbar *c, const double *state,
                                     const xbar_stimulus *s, const double *v_row,
                                     const double *v_col)
{
    xbar_network *net = NULL;
    assert_int_equal(xbar_network_new(&net, c, state, s, NULL), XBAR_OK);
    const size_t n = net->n_nodes;
    const size_t n_cells = c->n_rows * c->n_cols;
    dense d = {net,
               n,
               some(n * n, sizeof(quad)),
               some(n, sizeof(quad)),
               some(n, sizeof(quad)),
               some(n, sizeof(quad)),
               0.0};
    double *drop = array_doubles(n_cells);
    double *i = array_doubles(n_cells);
    double *didv = array_doubles(n_cells);
    for (size_t k = 0; k < n_cells; k++) {
        d.v[net->word_node[k]] = isnan(v_row[k]) ? 0.0 : v_row[k];
        d.v[net->bit_node[k]] = isnan(v_col[k]) ? 0.0 : v_col[k];
        drop[k] = state[k] > 0.0 && !isnan(v_row[k]) ? v_row[k] - v_col[k] : 0.0;
    }
    xbar_cell_current(&c->cell, n_cells, i, didv, drop, state);
    walk_branches(c, net, didv, add_to_matrix, &d);
    double *nothing = array_doubles(n_cells); /* the wires' currents alone */
    walk_branches(c, net, nothing, add_to_sums, &d);
    for (size_t k = 0; k < n_cells; k++) {
        d.sum[net->word_node[k]] -= i[k];
        d.sum[net->bit_node[k]] += i[k];
    }
    for (int side = 0; side < XBAR_N_SIDES; side++)
        for (size_t line = 0; line < xbar_side_lines(c, (xbar_side)side); line++) {
            uint32_t node = xbar_network_end(net, (xbar_side)side, line);
            double ohm = c->terminal_ohm[side][line];
            if (isnan(s->volt[side][line]) || ohm == 0.0)
                continue;
            d.k[node * n + node] += 1 / (quad)ohm;
            d.sum[node] += (s->volt[side][line] - d.v[node]) / (quad)ohm;
        }
    for (size_t p = 0; p < n; p++) {
        d.rhs[p] = d.sum[p];
        d.v[p] = 0;
    }
    eliminate(&d);
    double error = 0.0;
    for (size_t p = 0; p < n; p++)
        error = fmax(error, (double)quad_abs(d.v[p]));
    free(d.k);
    free(d.rhs);
    free(d.v);
    free(d.sum);
    free(drop);
    free(i);
    free(didv);
    free(nothing);
    xbar_network_free(net);
    return error;
}

/* The current of a terminal, A, once all that stand on its node have been asked for. */
static inline double reference_terminal(const reference *ref, const xbar_crossbar *c,
                                        const xbar_stimulus *s, xbar_side side,
                                        size_t line)
{
    uint32_t node = xbar_network_end(ref->net, side, line);
    double volt = s->volt[side][line];
    double ohm = c->terminal_ohm[side][line];
    if (isnan(volt))
        return 0.0;
    if (ohm > 0.0)
        return (double)((volt - ref->v[node]) / ohm);
    quad missing = -ref->sum[node];
    xbar_side other = (xbar_side)(side ^ 1);
    if (xbar_network_end(ref->net, other, line) == node &&
        !isnan(s->volt[other][line]) && c->terminal_ohm[other][line] > 0.0)
        missing -= (s->volt[other][line] - ref->v[node]) / c->terminal_ohm[other][line];
    return (double)(missing / ref->net->nodes[node].n_held);
}

#endif
