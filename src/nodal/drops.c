/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "nodal/drops.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/memory.h"

xbar_status xbar_drops_init(xbar_drops *d, const xbar_lines *l, xbar_error *err)
{
    *d = (xbar_drops){0};
    xbar_status status = XBAR_OK;
    for (int f = 0; status == XBAR_OK && f < XBAR_N_FAMILIES; f++) {
        status = xbar_doubles_new(&d->u[f], l->n_rows * l->n_cols, "voltages", err);
        if (status == XBAR_OK)
            status =
                xbar_doubles_new(&d->ref[f], l->family[f].n_pieces, "references", err);
        if (status == XBAR_OK)
            status = xbar_doubles_new(&d->shift[f], l->family[f].n_pieces, "references",
                                      err);
    }
    for (int side = 0; status == XBAR_OK && side < XBAR_N_SIDES; side++)
        status =
            xbar_doubles_new(&d->gap[side], l->family[side / 2].n_lines, "gaps", err);
    if (status != XBAR_OK)
        xbar_drops_clear(d);
    return status;
}

void xbar_drops_clear(xbar_drops *d)
{
    for (int f = 0; f < XBAR_N_FAMILIES; f++) {
        free(d->u[f]);
        free(d->ref[f]);
        free(d->shift[f]);
    }
    for (int side = 0; side < XBAR_N_SIDES; side++)
        free(d->gap[side]);
    *d = (xbar_drops){0};
}

/* The voltages of sources on pieces, NaN where none is: of terminals of 0 ohm, whose node
 * then has no drop at all; and, unless only those are asked for, of the first other one
 * where there is none of 0 ohm. */
static xbar_status find_sources(xbar_drops *d, const xbar_lines *l,
                                const xbar_stimulus *s, bool only_held, xbar_error *err)
{
    for (int f = 0; f < XBAR_N_FAMILIES; f++)
        for (size_t p = 0; p < l->family[f].n_pieces; p++)
            d->shift[f][p] = (double)NAN;
    for (int held = 1; held >= (only_held ? 1 : 0); held--)
        for (int side = 0; side < XBAR_N_SIDES; side++) {
            const xbar_family *f = &l->family[side / 2];
            for (size_t line = 0; line < f->n_lines; line++) {
                if (l->is_open[side][line] || l->is_held[side][line] != held)
                    continue;
                double volt = s->volt[side][line];
                size_t p = xbar_lines_end_piece(l, (xbar_side)side, line);
                double *source = &d->shift[side / 2][p];
                if (isnan(*source))
                    *source = volt;
                else if (held && f->is_ideal && *source != volt)
                    return xbar_fail(
                        err, XBAR_ERR_SHORT,
                        "0 ohm joins terminal %s %zu (%g V) and terminal %s %zu "
                        "(%g V): want a resistance between different sources",
                        xbar_side_name[side - 1], line, *source, xbar_side_name[side],
                        line, volt);
            }
        }
    return XBAR_OK;
}

static double end_voltage(const xbar_drops *d, const xbar_lines *l, xbar_side side,
                          size_t line, double *drop)
{
    *drop = d->u[side / 2][xbar_lines_end(l, side, line)];
    return d->ref[side / 2][xbar_lines_end_piece(l, side, line)];
}

static void find_gaps(xbar_drops *d, const xbar_lines *l, const xbar_stimulus *s)
{
    for (int side = 0; side < XBAR_N_SIDES; side++)
        for (size_t line = 0; line < l->family[side / 2].n_lines; line++) {
            double drop = 0.0;
            double ref = end_voltage(d, l, (xbar_side)side, line, &drop);
            bool resistive = l->siemens[side][line] > 0.0;
            d->gap[side][line] = resistive ? (s->volt[side][line] - ref) - drop : 0.0;
        }
}

static void shift_drops(xbar_drops *d, const xbar_lines *l)
{
    const xbar_family *word = &l->family[XBAR_WORD];
    const xbar_family *bit = &l->family[XBAR_BIT];
    const double *of_cols = d->shift[XBAR_BIT];
    for (size_t i = 0; i < l->n_rows; i++) {
        double *u = d->u[XBAR_WORD] + i * l->n_cols;
        double *w = d->u[XBAR_BIT] + i * l->n_cols;
        for (size_t j = 0; j < l->n_cols; j++)
            u[j] -= d->shift[XBAR_WORD][xbar_lines_piece(word, i, j)];
        for (size_t j = 0; !bit->piece && j < l->n_cols; j++)
            w[j] -= of_cols[j];
        for (size_t j = 0; bit->piece && j < l->n_cols; j++)
            w[j] -= of_cols[xbar_lines_piece(bit, j, i)];
    }
}

/* Held nodes to the voltages of their sources, and the rest of their pieces too where
 * those are one node. */
static void place_held(xbar_drops *d, const xbar_lines *l, const xbar_stimulus *s)
{
    for (int side = 0; side < XBAR_N_SIDES; side++)
        for (size_t line = 0; line < l->family[side / 2].n_lines; line++) {
            if (!l->is_held[side][line])
                continue;
            size_t p = xbar_lines_end_piece(l, (xbar_side)side, line);
            d->u[side / 2][xbar_lines_end(l, (xbar_side)side, line)] =
                s->volt[side][line] - d->ref[side / 2][p];
        }
    for (int f = 0; f < XBAR_N_FAMILIES; f++) {
        const xbar_family *family = &l->family[f];
        for (size_t line = 0; family->is_ideal && line < family->n_lines; line++)
            for (size_t k = 0; k < family->n_nodes; k++)
                if (family->is_held[xbar_lines_piece(family, line, k)])
                    d->u[f][line * family->line_stride + k * family->node_stride] = 0.0;
    }
}

/* @return the lowest and the highest source, V; 0 and 0 when there is none */
static void range_of(const xbar_lines *l, const xbar_stimulus *s, double *low,
                     double *high)
{
    *low = (double)INFINITY;
    *high = -(double)INFINITY;
    for (int side = 0; side < XBAR_N_SIDES; side++)
        for (size_t line = 0; line < l->family[side / 2].n_lines; line++) {
            if (l->is_open[side][line])
                continue;
            *low = fmin(*low, s->volt[side][line]);
            *high = fmax(*high, s->volt[side][line]);
        }
    if (*low > *high)
        *low = *high = 0.0;
}

xbar_status xbar_drops_start(xbar_drops *d, const xbar_lines *l, const xbar_stimulus *s,
                             xbar_error *err)
{
    double low = 0.0;
    double high = 0.0;
    XBAR_TRY(find_sources(d, l, s, false, err));
    for (int f = 0; f < XBAR_N_FAMILIES; f++) {
        for (size_t p = 0; p < l->family[f].n_pieces; p++)
            d->ref[f][p] = isnan(d->shift[f][p]) ? 0.0 : d->shift[f][p];
        memset(d->u[f], 0, l->n_rows * l->n_cols * sizeof *d->u[f]);
    }
    range_of(l, s, &low, &high);
    d->scale = fmax(fabs(low), fabs(high));
    d->reach = 0.0;
    place_held(d, l, s);
    find_gaps(d, l, s);
    return XBAR_OK;
}

void xbar_drops_level(xbar_drops *d, const xbar_lines *l, const xbar_stimulus *s)
{
    double low = 0.0;
    double high = 0.0;
    range_of(l, s, &low, &high);
    double level = 0.5 * low + 0.5 * high;
    for (int f = 0; f < XBAR_N_FAMILIES; f++)
        for (size_t p = 0; p < l->family[f].n_pieces; p++)
            d->shift[f][p] = l->family[f].is_live[p] ? d->ref[f][p] - level : 0.0;
    for (int f = 0; f < XBAR_N_FAMILIES; f++)
        memset(d->u[f], 0, l->n_rows * l->n_cols * sizeof *d->u[f]);
    shift_drops(d, l);
    place_held(d, l, s);
    find_gaps(d, l, s);
}

xbar_status xbar_drops_hold(xbar_drops *d, const xbar_lines *l, const xbar_stimulus *s,
                            xbar_error *err)
{
    XBAR_TRY(find_sources(d, l, s, true, err));
    for (int f = 0; f < XBAR_N_FAMILIES; f++)
        for (size_t p = 0; p < l->family[f].n_pieces; p++) {
            double ref = isnan(d->shift[f][p]) ? d->ref[f][p] : d->shift[f][p];
            d->shift[f][p] = ref - d->ref[f][p];
            d->ref[f][p] = ref;
        }
    shift_drops(d, l);
    place_held(d, l, s);
    find_gaps(d, l,
              s); /* also of a terminal at a node that another one has come to hold */
    return XBAR_OK;
}

xbar_status xbar_drops_resume(xbar_drops *d, const xbar_lines *l,
                              const xbar_stimulus *s, xbar_error *err)
{
    double low = 0.0;
    double high = 0.0;
    XBAR_TRY(xbar_drops_hold(d, l, s, err));
    range_of(l, s, &low, &high);
    d->scale = fmax(d->scale, fmax(fabs(low), fabs(high)));
    d->reach = 0.0;
    return XBAR_OK;
}

void xbar_drops_move(xbar_drops *d, const xbar_lines *l, double share,
                     double *const e[XBAR_N_FAMILIES])
{
    const size_t n = l->n_rows * l->n_cols;
    for (int f = 0; f < XBAR_N_FAMILIES; f++)
        for (size_t k = 0; k < n; k++)
            d->u[f][k] += share * e[f][k];
    for (int side = 0; side < XBAR_N_SIDES; side++)
        for (size_t line = 0; line < l->family[side / 2].n_lines; line++)
            if (l->siemens[side][line] > 0.0)
                d->gap[side][line] -=
                    share * e[side / 2][xbar_lines_end(l, (xbar_side)side, line)];
}

static bool is_piece_end(const xbar_family *f, size_t line, size_t k)
{
    return k + 1 == f->n_nodes ||
           (f->cut && f->cut[line * f->line_stride + k * f->node_stride]);
}

/* The reference of each piece that is not held moves to where its middle node is. */
static void move_references(xbar_drops *d, const xbar_lines *l, int family)
{
    const xbar_family *f = &l->family[family];
    for (size_t line = 0; line < f->n_lines; line++) {
        size_t first = 0;
        for (size_t k = f->cut ? 0 : f->n_nodes - 1; k < f->n_nodes; k++) {
            if (!is_piece_end(f, line, k))
                continue;
            bool is_held =
                (first == 0 && l->is_held[xbar_lines_side(family, 0)][line]) ||
                (k + 1 == f->n_nodes && l->is_held[xbar_lines_side(family, 1)][line]);
            size_t p = xbar_lines_piece(f, line, first);
            size_t middle =
                line * f->line_stride + (first + k + 1) / 2 * f->node_stride;
            double ref = d->ref[family][p] + (is_held ? 0.0 : d->u[family][middle]);
            d->shift[family][p] = ref - d->ref[family][p];
            d->ref[family][p] = ref;
            first = k + 1;
        }
    }
}

/* A terminal's gap and its node's drop say the same in two ways, of which rounding spoils
 * the larger number more: it follows the smaller one. */
static void reconcile(xbar_drops *d, const xbar_lines *l, const xbar_stimulus *s)
{
    for (int side = 0; side < XBAR_N_SIDES; side++)
        for (size_t line = 0; line < l->family[side / 2].n_lines; line++) {
            if (l->siemens[side][line] == 0.0)
                continue;
            double *gap = &d->gap[side][line];
            double *drop = &d->u[side / 2][xbar_lines_end(l, (xbar_side)side, line)];
            double ref =
                d->ref[side / 2][xbar_lines_end_piece(l, (xbar_side)side, line)];
            if (fabs(*drop) <= fabs(*gap) || l->family[side / 2].is_ideal)
                *gap = (s->volt[side][line] - ref) - *drop;
            else
                *drop = (s->volt[side][line] - ref) - *gap;
        }
}

void xbar_drops_settle(xbar_drops *d, const xbar_lines *l, const xbar_stimulus *s,
                       double reach)
{
    if (reach <= 1e-8 * d->reach)
        return;
    if (isfinite(reach))
        d->reach = fmax(d->reach, reach);
    for (int f = 0; f < XBAR_N_FAMILIES; f++)
        move_references(d, l, f);
    shift_drops(d, l);
    reconcile(d, l, s);
}
