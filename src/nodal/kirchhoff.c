/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Kirchhoff's current law, row by row, so that every plane is read once:
 *
 *   word node (i,j):  g_r (u_i,j-1 - u_ij) + g_r (u_i,j+1 - u_ij) - i(v_ij) = r
 *   bit node (i,j):   g_c (w_i-1,j - w_ij) + g_c (w_i+1,j - w_ij) + i(v_ij) = r
 *
 * and at an end, in place of the neighbour, the terminal's conductance times its gap. */
#include "nodal/kirchhoff.h"

#include <math.h>

#include "nodal/plane.h"

void xbar_kirchhoff_volts(const xbar_lines *l, const xbar_drops *d, size_t i, double *v)
{
    const xbar_family *word = &l->family[XBAR_WORD];
    const xbar_family *bit = &l->family[XBAR_BIT];
    const double *u = d->u[XBAR_WORD] + i * l->n_cols;
    const double *w = d->u[XBAR_BIT] + i * l->n_cols;
    const double *ref_u = d->ref[XBAR_WORD];
    const double *ref_w = d->ref[XBAR_BIT];
    if (!word->piece && !bit->piece) {
        for (size_t j = 0; j < l->n_cols; j++)
            v[j] = (ref_u[i] - ref_w[j]) + (u[j] - w[j]);
        return;
    }
    for (size_t j = 0; j < l->n_cols; j++)
        v[j] =
            (ref_u[xbar_lines_piece(word, i, j)] - ref_w[xbar_lines_piece(bit, j, i)]) +
            (u[j] - w[j]);
}

void xbar_kirchhoff_cells(const xbar_lines *l, const xbar_drops *d,
                          const xbar_cells *cells, size_t i)
{
    xbar_kirchhoff_volts(l, d, i, cells->v);
    for (size_t j = 0; cells->v_n && j < l->n_cols; j++)
        cells->v_n[j] = d->ref[XBAR_BIT][xbar_lines_piece(&l->family[XBAR_BIT], j, i)] +
                        d->u[XBAR_BIT][i * l->n_cols + j];
}

void xbar_cells_gated(const xbar_cells *cells, size_t n_cols, size_t i, double *current,
                      double *didv)
{
    double *back = didv ? cells->back + i * n_cols : NULL;
    if (cells->law) {
        cells->law->gated(cells->law->with, i, current, didv, back, cells->v,
                          cells->v_n, cells->gate[i]);
        return;
    }
    double *v_p = cells->work;
    double *v_g = cells->work + n_cols;
    for (size_t j = 0; j < n_cols; j++) {
        v_p[j] = cells->v_n[j] + cells->v[j];
        v_g[j] = cells->gate[i];
    }
    xbar_cell_gated(cells->cell, n_cols,
                    &(xbar_channel){.i = current, .di_dd = didv, .di_ds = back}, v_p,
                    v_g, cells->v_n, cells->state + i * n_cols);
    for (size_t j = 0; back && j < n_cols; j++)
        back[j] = -back[j];
}

void xbar_kirchhoff_ground(const xbar_lines *l, const xbar_drops *d,
                           const xbar_cells *cells, size_t i, double *r_u, double *r_w)
{
    const size_t at = i * l->n_cols;
    if (!l->ground_siemens[XBAR_WORD])
        return;
    for (size_t j = 0; j < l->n_cols; j++) {
        const size_t word = xbar_lines_piece(&l->family[XBAR_WORD], i, j);
        const size_t bit = xbar_lines_piece(&l->family[XBAR_BIT], j, i);
        r_u[j] -= l->ground_siemens[XBAR_WORD][at + j] *
                  ((d->ref[XBAR_WORD][word] - cells->ground_volt[XBAR_WORD][at + j]) +
                   d->u[XBAR_WORD][at + j]);
        r_w[j] -= l->ground_siemens[XBAR_BIT][at + j] *
                  ((d->ref[XBAR_BIT][bit] - cells->ground_volt[XBAR_BIT][at + j]) +
                   d->u[XBAR_BIT][at + j]);
    }
}

/* Currents along the wires between the n nodes of a word line, into r: without cuts in
 * the form of a sum for each node, since a vector cannot add to a node twice. */
static void flow_along(size_t n, double siemens, const uint8_t *cut,
                       const double *restrict u, double *restrict r)
{
    if (cut) {
        for (size_t k = 0; k + 1 < n; k++) {
            double current = cut[k] ? 0.0 : siemens * (u[k] - u[k + 1]);
            r[k] -= current;
            r[k + 1] += current;
        }
        return;
    }
    if (n < 2)
        return;
    r[0] -= siemens * (u[0] - u[1]);
    for (size_t k = 1; k + 1 < n; k++)
        r[k] = (r[k] + siemens * (u[k - 1] - u[k])) - siemens * (u[k] - u[k + 1]);
    r[n - 1] += siemens * (u[n - 2] - u[n - 1]);
}

/* The same along the bit lines, between a row's nodes and those of the row below. */
static void flow_down(size_t n, double siemens, const uint8_t *cut,
                      const double *restrict above, const double *restrict below,
                      double *restrict r_above, double *restrict r_below)
{
    for (size_t k = 0; !cut && k < n; k++) {
        double current = siemens * (above[k] - below[k]);
        r_above[k] -= current;
        r_below[k] += current;
    }
    for (size_t k = 0; cut && k < n; k++) {
        double current = cut[k] ? 0.0 : siemens * (above[k] - below[k]);
        r_above[k] -= current;
        r_below[k] += current;
    }
}

/* @return the largest current of one */
static double add_terminals(const xbar_lines *l, const xbar_drops *d,
                            double *const r[XBAR_N_FAMILIES])
{
    double largest = 0.0;
    for (int side = 0; side < XBAR_N_SIDES; side++)
        for (size_t line = 0; line < l->family[side / 2].n_lines; line++) {
            double *end = &r[side / 2][xbar_lines_end(l, (xbar_side)side, line)];
            double current = l->siemens[side][line] * d->gap[side][line];
            largest = fmax(largest, fabs(current));
            *end += current;
            if (l->is_held[side][line])
                *end = 0.0;
        }
    return largest;
}

/* One node: its sum goes to its first member. */
static void gather_ideal(const xbar_family *f, double *r)
{
    for (size_t line = 0; line < f->n_lines; line++) {
        double *first = r + line * f->line_stride;
        size_t present = xbar_lines_piece(f, line, 0);
        for (size_t k = 1; k < f->n_nodes; k++) {
            double *node = r + line * f->line_stride + k * f->node_stride;
            size_t p = xbar_lines_piece(f, line, k);
            if (p != present) {
                if (f->is_held[present])
                    *first = 0.0;
                first = node;
                present = p;
                continue;
            }
            *first += *node;
            *node = 0.0;
        }
        if (f->is_held[present])
            *first = 0.0;
    }
}

static void clear_dead(const xbar_family *f, double *r)
{
    for (size_t line = 0; line < f->n_lines; line++)
        for (size_t k = 0; k < f->n_nodes; k++)
            if (!f->is_live[xbar_lines_piece(f, line, k)])
                r[line * f->line_stride + k * f->node_stride] = 0.0;
}

double xbar_kirchhoff(const xbar_lines *l, const xbar_drops *d, const xbar_cells *cells,
                      double *const r[XBAR_N_FAMILIES], double *didv)
{
    const size_t n = l->n_cols;
    const xbar_family *word = &l->family[XBAR_WORD];
    const xbar_family *bit = &l->family[XBAR_BIT];
    double largest = 0.0;
    for (size_t i = 0; i < l->n_rows; i++) {
        const double *u = d->u[XBAR_WORD] + i * n;
        const double *w = d->u[XBAR_BIT] + i * n;
        double *r_u = r[XBAR_WORD] + i * n;
        double *r_w = r[XBAR_BIT] + i * n;
        xbar_kirchhoff_cells(l, d, cells, i);
        xbar_cells_current(cells, n, i, cells->i, didv ? didv + i * n : NULL);
        largest = fmax(largest, xbar_largest(n, cells->i));
        for (size_t j = 0; j < n; j++) {
            r_u[j] = -cells->i[j];
            r_w[j] = cells->i[j];
        }
        xbar_cells_inject(cells, n, i, r_u, r_w);
        xbar_kirchhoff_ground(l, d, cells, i, r_u, r_w);
        if (!word->is_ideal)
            flow_along(n, word->siemens, word->cut ? word->cut + i * n : NULL, u, r_u);
        if (!bit->is_ideal && i > 0)
            flow_down(n, bit->siemens, bit->cut ? bit->cut + (i - 1) * n : NULL, w - n,
                      w, r_w - n, r_w);
    }
    largest = fmax(largest, add_terminals(l, d, r));
    for (int f = 0; f < XBAR_N_FAMILIES; f++) {
        if (l->family[f].is_ideal)
            gather_ideal(&l->family[f], r[f]);
        if (!l->family[f].all_live)
            clear_dead(&l->family[f], r[f]);
    }
    return largest;
}
