/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "nodal/answer.h"

#include <math.h>

static void blank(double *values, size_t n)
{
    for (size_t k = 0; values && k < n; k++)
        values[k] = (double)NAN;
}

void xbar_answer_blank(xbar_nodal_answer *a, const xbar_crossbar *c)
{
    const size_t n = c->n_rows * c->n_cols;
    blank(a->v_row, n);
    blank(a->v_col, n);
    blank(a->i_cell, n);
    for (int side = 0; side < XBAR_N_SIDES; side++)
        blank(a->i_terminal[side], xbar_side_lines(c, (xbar_side)side));
    a->kcl_residual = (double)NAN;
    a->largest_current = (double)NAN;
    a->is_tight = false;
}

/* ---- branches: current from node a to node b ----------------------------------------- */

static void carry(double *a, double *b, double current, double *largest)
{
    *a -= current;
    *b += current;
    if (fabs(current) > *largest)
        *largest = fabs(current);
}

static void sum_wires(const xbar_lines *l, int family, double ohm, const double *u,
                      double *sum, double *largest)
{
    const xbar_family *f = &l->family[family];
    const size_t beyond = f->node_stride;
    const size_t n_rows = family == XBAR_WORD ? l->n_rows : l->n_rows - 1;
    const size_t n_cols = family == XBAR_WORD ? l->n_cols - 1 : l->n_cols;
    for (size_t i = 0; i < n_rows; i++)
        for (size_t j = 0; j < n_cols; j++) {
            size_t k = i * l->n_cols + j;
            if (!(f->cut && f->cut[k]))
                carry(&sum[k], &sum[k + beyond], (u[k] - u[k + beyond]) / ohm, largest);
        }
}

static double voltage(const xbar_drops *d, int family, size_t piece, size_t k)
{
    double v = d->ref[family][piece] + d->u[family][k];
    return fabs(v) <= xbar_drops_least(d) ? 0.0 : v;
}

/* Also the planes of the answer, while the cells' currents are at hand. */
static void sum_cells(xbar_nodal_answer *a, const xbar_lines *l, const xbar_drops *d,
                      const xbar_cells *cells, double *const sum[XBAR_N_FAMILIES])
{
    for (size_t i = 0; i < l->n_rows; i++) {
        const double *state = cells->state + i * l->n_cols;
        xbar_kirchhoff_cells(l, d, cells, i);
        for (size_t j = 0; j < l->n_cols; j++)
            if (state[j] <= 0.0)
                cells->v[j] = 0.0; /* open: its lines need not belong together */
        xbar_cells_current(cells, l->n_cols, i, cells->i, NULL);
        xbar_cells_inject(cells, l->n_cols, i, sum[XBAR_WORD] + i * l->n_cols,
                          sum[XBAR_BIT] + i * l->n_cols);
        xbar_kirchhoff_ground(l, d, cells, i, sum[XBAR_WORD] + i * l->n_cols,
                              sum[XBAR_BIT] + i * l->n_cols);
        for (size_t j = 0; j < l->n_cols; j++) {
            const size_t k = i * l->n_cols + j;
            size_t word = xbar_lines_piece(&l->family[XBAR_WORD], i, j);
            size_t bit = xbar_lines_piece(&l->family[XBAR_BIT], j, i);
            bool word_lives = l->family[XBAR_WORD].is_live[word];
            bool bit_lives = l->family[XBAR_BIT].is_live[bit];
            double current = state[j] > 0.0 && word_lives ? cells->i[j] + 0.0 : 0.0;
            carry(&sum[XBAR_WORD][k], &sum[XBAR_BIT][k], current, &a->largest_current);
            if (a->i_cell)
                a->i_cell[k] = current;
            if (a->v_row)
                a->v_row[k] = word_lives ? voltage(d, XBAR_WORD, word, k) : (double)NAN;
            if (a->v_col)
                a->v_col[k] = bit_lives ? voltage(d, XBAR_BIT, bit, k) : (double)NAN;
        }
    }
}

/* A piece of an ideal line is one node: its sum goes to its first member. */
static void merge(const xbar_family *f, double *sum)
{
    for (size_t line = 0; line < f->n_lines; line++) {
        size_t first = line * f->line_stride;
        for (size_t k = 1; k < f->n_nodes; k++) {
            size_t at = line * f->line_stride + k * f->node_stride;
            if (xbar_lines_piece(f, line, k) != xbar_lines_piece(f, line, k - 1)) {
                first = at;
                continue;
            }
            sum[first] += sum[at];
            sum[at] = 0.0;
        }
    }
}

/* ---- terminals ----------------------------------------------------------------------- */

/* Where the sum of the node at a terminal stands. */
static size_t node_of(const xbar_lines *l, xbar_side side, size_t line)
{
    const xbar_family *f = &l->family[side / 2];
    if (!f->is_ideal)
        return xbar_lines_end(l, side, line);
    size_t k = side % 2 == 0 ? 0 : f->n_nodes - 1;
    while (k > 0 && xbar_lines_piece(f, line, k - 1) == xbar_lines_piece(f, line, k))
        k--;
    return line * f->line_stride + k * f->node_stride;
}

static void sum_resistive_terminals(xbar_nodal_answer *a, const xbar_crossbar *c,
                                    const xbar_lines *l, const xbar_drops *d,
                                    double *const sum[XBAR_N_FAMILIES])
{
    for (int side = 0; side < XBAR_N_SIDES; side++)
        for (size_t line = 0; line < l->family[side / 2].n_lines; line++) {
            double current = 0.0;
            if (!l->is_open[side][line] && !l->is_held[side][line])
                current = d->gap[side][line] / c->terminal_ohm[side][line] + 0.0;
            a->i_terminal[side][line] = current;
            sum[side / 2][node_of(l, (xbar_side)side, line)] += current;
            a->largest_current = fmax(a->largest_current, fabs(current));
        }
}

/* What a held node lacks comes from its source; from both, half each, if it has two. */
static void balance_held(xbar_nodal_answer *a, const xbar_lines *l,
                         double *const sum[XBAR_N_FAMILIES])
{
    for (int side = 0; side < XBAR_N_SIDES; side++)
        for (size_t line = 0; line < l->family[side / 2].n_lines; line++) {
            if (!l->is_held[side][line])
                continue;
            int other = side ^ 1;
            double *node = &sum[side / 2][node_of(l, (xbar_side)side, line)];
            bool is_shared =
                l->is_held[other][line] &&
                node_of(l, (xbar_side)other, line) == node_of(l, (xbar_side)side, line);
            double current = (is_shared ? -0.5 : -1.0) * *node + 0.0;
            if (is_shared && side % 2 == 1)
                continue; /* done with the other one */
            a->i_terminal[side][line] = current;
            if (is_shared)
                a->i_terminal[other][line] = current;
            *node += is_shared ? 2.0 * current : current;
            a->largest_current = fmax(a->largest_current, fabs(current));
        }
}

static double largest_sum(const xbar_lines *l, double *const sum[XBAR_N_FAMILIES])
{
    double largest = 0.0;
    for (int f = 0; f < XBAR_N_FAMILIES; f++)
        for (size_t k = 0; k < l->n_rows * l->n_cols; k++)
            if (fabs(sum[f][k]) > largest)
                largest = fabs(sum[f][k]);
    return largest;
}

void xbar_answer_fill(xbar_nodal_answer *a, const xbar_crossbar *c, const xbar_lines *l,
                      const xbar_drops *d, const xbar_cells *cells,
                      double *const sum[XBAR_N_FAMILIES])
{
    const double ohm[XBAR_N_FAMILIES] = {
        [XBAR_WORD] = c->row_ohm, [XBAR_BIT] = c->col_ohm};
    a->largest_current = 0.0;
    for (int f = 0; f < XBAR_N_FAMILIES; f++)
        for (size_t k = 0; k < l->n_rows * l->n_cols; k++)
            sum[f][k] = 0.0;
    sum_cells(a, l, d, cells, sum);
    for (int f = 0; f < XBAR_N_FAMILIES; f++) {
        if (l->family[f].is_ideal)
            merge(&l->family[f], sum[f]);
        else
            sum_wires(l, f, ohm[f], d->u[f], sum[f], &a->largest_current);
    }
    sum_resistive_terminals(a, c, l, d, sum);
    balance_held(a, l, sum);
    a->kcl_residual = largest_sum(l, sum);
}
