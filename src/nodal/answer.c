/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "nodal/answer.h"

#include <math.h>
#include <string.h>

#include "nodal/plane.h"

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

/* ---- branches ------------------------------------------------------------------------ */

static void note_largest(double *largest, size_t n, const double *current)
{
    *largest = fmax(*largest, xbar_largest(n, current));
}

/* Currents from n nodes to those behind them in a plane. */
static void wire_currents(size_t n, double *restrict current, const double *restrict u,
                          const double *restrict beyond, const uint8_t *cut, double ohm)
{
    for (size_t j = 0; j < n; j++)
        current[j] = (u[j] - beyond[j]) / ohm;
    for (size_t j = 0; cut && j < n; j++)
        current[j] = cut[j] ? 0.0 : current[j];
}

/* @param row  [n_cols], scratch */
static void sum_rows(const xbar_lines *l, double ohm, const double *u, double *sum,
                     double *row, double *largest)
{
    const uint8_t *cut = l->family[XBAR_WORD].cut;
    const size_t n = l->n_cols;
    for (size_t at = 0; at < l->n_rows * n; at += n) {
        double *to = sum + at;
        wire_currents(n - 1, row, u + at, u + at + 1, cut ? cut + at : NULL, ohm);
        note_largest(largest, n - 1, row);
        /* a sum for each node, since a vector cannot add to a node twice */
        row[n - 1] = 0.0;
        to[0] -= row[0];
        for (size_t j = 1; j < n; j++)
            to[j] = (to[j] + row[j - 1]) - row[j];
    }
}

static void sum_cols(const xbar_lines *l, double ohm, const double *u, double *sum,
                     double *row, double *largest)
{
    const uint8_t *cut = l->family[XBAR_BIT].cut;
    const size_t n = l->n_cols;
    for (size_t at = 0; at < (l->n_rows - 1) * n; at += n) {
        double *restrict above = sum + at;
        double *restrict below = sum + at + n;
        wire_currents(n, row, u + at, u + at + n, cut ? cut + at : NULL, ohm);
        note_largest(largest, n, row);
        for (size_t j = 0; j < n; j++) {
            above[j] -= row[j];
            below[j] += row[j];
        }
    }
}

static double voltage(const xbar_drops *d, int family, size_t piece, size_t k)
{
    double v = d->ref[family][piece] + d->u[family][k];
    return fabs(v) <= xbar_drops_least(d) ? 0.0 : v;
}

/* Currents of row i's cells into cells->i: none through open cells, whose lines need not
 * belong together, nor where no source reaches. */
static void cell_currents(const xbar_lines *l, const xbar_drops *d,
                          const xbar_cells *cells, size_t i)
{
    const xbar_family *word = &l->family[XBAR_WORD];
    const double *state = cells->state + i * l->n_cols;
    xbar_kirchhoff_cells(l, d, cells, i);
    for (size_t j = 0; j < l->n_cols; j++)
        cells->v[j] = state[j] > 0.0 ? cells->v[j] : 0.0;
    xbar_cells_current(cells, l->n_cols, i, cells->i, NULL);
    for (size_t j = 0; j < l->n_cols; j++)
        cells->i[j] = state[j] > 0.0 ? cells->i[j] + 0.0 : 0.0;
    for (size_t j = 0; !word->all_live && j < l->n_cols; j++)
        if (!word->is_live[xbar_lines_piece(word, i, j)])
            cells->i[j] = 0.0;
}

static void sum_cells(xbar_nodal_answer *a, const xbar_lines *l, const xbar_drops *d,
                      const xbar_cells *cells, double *const sum[XBAR_N_FAMILIES])
{
    const size_t n = l->n_cols;
    for (size_t i = 0; i < l->n_rows; i++) {
        double *restrict of_word = sum[XBAR_WORD] + i * n;
        double *restrict of_bit = sum[XBAR_BIT] + i * n;
        const double *current = cells->i;
        cell_currents(l, d, cells, i);
        xbar_cells_inject(cells, n, i, of_word, of_bit);
        xbar_kirchhoff_ground(l, d, cells, i, of_word, of_bit);
        for (size_t j = 0; j < n; j++) {
            of_word[j] -= current[j];
            of_bit[j] += current[j];
        }
        note_largest(&a->largest_current, n, current);
        if (a->i_cell)
            memcpy(a->i_cell + i * n, current, n * sizeof *current);
    }
}

/* NaN where no source reaches. @param volt  [n_rows][n_cols]; NULL: not wanted */
static void fill_voltages(double *volt, const xbar_lines *l, const xbar_drops *d,
                          int family)
{
    const xbar_family *f = &l->family[family];
    for (size_t i = 0; volt && i < l->n_rows; i++)
        for (size_t j = 0; j < l->n_cols; j++) {
            const size_t k = i * l->n_cols + j;
            const size_t piece = family == XBAR_WORD ? xbar_lines_piece(f, i, j)
                                                     : xbar_lines_piece(f, j, i);
            volt[k] = f->is_live[piece] ? voltage(d, family, piece, k) : (double)NAN;
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
    const size_t n = l->n_rows * l->n_cols;
    return fmax(xbar_largest(n, sum[XBAR_WORD]), xbar_largest(n, sum[XBAR_BIT]));
}

void xbar_answer_fill(xbar_nodal_answer *a, const xbar_crossbar *c, const xbar_lines *l,
                      const xbar_drops *d, const xbar_cells *cells,
                      double *const sum[XBAR_N_FAMILIES])
{
    double *const row = cells->i;
    a->largest_current = 0.0;
    for (int f = 0; f < XBAR_N_FAMILIES; f++)
        memset(sum[f], 0, l->n_rows * l->n_cols * sizeof *sum[f]);
    sum_cells(a, l, d, cells, sum);
    fill_voltages(a->v_row, l, d, XBAR_WORD);
    fill_voltages(a->v_col, l, d, XBAR_BIT);
    if (!l->family[XBAR_WORD].is_ideal)
        sum_rows(l, c->row_ohm, d->u[XBAR_WORD], sum[XBAR_WORD], row,
                 &a->largest_current);
    if (!l->family[XBAR_BIT].is_ideal)
        sum_cols(l, c->col_ohm, d->u[XBAR_BIT], sum[XBAR_BIT], row,
                 &a->largest_current);
    for (int f = 0; f < XBAR_N_FAMILIES; f++)
        if (l->family[f].is_ideal)
            merge(&l->family[f], sum[f]);
    sum_resistive_terminals(a, c, l, d, sum);
    balance_held(a, l, sum);
    a->kcl_residual = largest_sum(l, sum);
}
