/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "nodal/storage.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/memory.h"

static bool has_farads(const xbar_crossbar *c)
{
    if (c->row_farad > 0.0 || c->col_farad > 0.0)
        return true;
    for (int side = 0; side < XBAR_N_SIDES; side++)
        for (size_t k = 0;
             c->terminal_farad[side] && k < xbar_side_lines(c, (xbar_side)side); k++)
            if (c->terminal_farad[side][k] > 0.0)
                return true;
    return false;
}

static size_t end_of(const xbar_crossbar *c, xbar_side side, size_t line)
{
    switch (side) {
    case XBAR_LEFT:
        return line * c->n_cols;
    case XBAR_RIGHT:
        return line * c->n_cols + c->n_cols - 1;
    case XBAR_TOP:
        return line;
    default:
        return (c->n_rows - 1) * c->n_cols + line;
    }
}

xbar_status xbar_storage_init(xbar_storage *s, const xbar_crossbar *c, xbar_error *err)
{
    *s = (xbar_storage){.is_there = has_farads(c), .n = c->n_rows * c->n_cols};
    if (!s->is_there)
        return XBAR_OK;
    xbar_status status = XBAR_OK;
    for (int f = 0; f < XBAR_N_FAMILIES; f++) {
        double **const planes[] = {&s->farad[f], &s->volt[f], &s->next[f],
                                   &s->siemens[f], &s->base[f]};
        for (size_t k = 0; status == XBAR_OK && k < sizeof planes / sizeof *planes; k++)
            status = xbar_doubles_new(planes[k], s->n, "capacitances", err);
        for (int i = 0; status == XBAR_OK && i < XBAR_STAGES; i++)
            status = xbar_doubles_new(&s->slope[i][f], s->n, "capacitances", err);
    }
    if (status != XBAR_OK) {
        xbar_storage_clear(s);
        return status;
    }
    for (size_t k = 0; k < s->n; k++) {
        s->farad[XBAR_WORD][k] = c->row_farad;
        s->farad[XBAR_BIT][k] = c->col_farad;
    }
    for (int side = 0; side < XBAR_N_SIDES; side++)
        for (size_t k = 0;
             c->terminal_farad[side] && k < xbar_side_lines(c, (xbar_side)side); k++)
            s->farad[side / 2][end_of(c, (xbar_side)side, k)] +=
                c->terminal_farad[side][k];
    return XBAR_OK;
}

void xbar_storage_clear(xbar_storage *s)
{
    for (int f = 0; f < XBAR_N_FAMILIES; f++) {
        free(s->farad[f]);
        free(s->volt[f]);
        free(s->next[f]);
        free(s->siemens[f]);
        free(s->base[f]);
        for (int i = 0; i < XBAR_STAGES; i++)
            free(s->slope[i][f]);
    }
    *s = (xbar_storage){0};
}

/* Where slopes of stages before i lead. */
static void lead(xbar_storage *s, int i, double h, double *const to[XBAR_N_FAMILIES])
{
    for (int f = 0; f < XBAR_N_FAMILIES; f++) {
        memcpy(to[f], s->volt[f], s->n * sizeof *to[f]);
        for (int j = 0; j < i; j++) {
            const double a = h * xbar_rk_a[i][j];
            for (size_t k = 0; a != 0.0 && k < s->n; k++)
                to[f][k] += a * s->slope[j][f][k];
        }
    }
}

static void conduct(xbar_storage *s, double h_gamma)
{
    for (int f = 0; f < XBAR_N_FAMILIES; f++)
        for (size_t k = 0; k < s->n; k++)
            s->siemens[f][k] = s->farad[f][k] / h_gamma;
}

void xbar_storage_stage(xbar_storage *s, int i, double h)
{
    if (!s->is_there)
        return;
    lead(s, i, h, s->base);
    conduct(s, xbar_rk_gamma * h);
}

void xbar_storage_kick(xbar_storage *s, double h)
{
    for (int f = 0; f < XBAR_N_FAMILIES; f++)
        memcpy(s->base[f], s->volt[f], s->n * sizeof *s->base[f]);
    conduct(s, h);
}

void xbar_storage_found(xbar_storage *s, int i, const xbar_nodal *solver)
{
    if (!s->is_there)
        return;
    xbar_nodal_volts(solver, s->next);
    for (int f = 0; f < XBAR_N_FAMILIES; f++)
        for (size_t k = 0; k < s->n; k++)
            s->slope[i][f][k] = s->farad[f][k] > 0.0
                                    ? (s->next[f][k] - s->base[f][k]) *
                                          (s->siemens[f][k] / s->farad[f][k])
                                    : 0.0;
}

/* The nodes that a terminal of 0 ohm holds: the outermost one, and on an ideal wire those
 * up to the first cut. */
static void hold(const xbar_crossbar *c, xbar_side side, size_t line, double slope,
                 double *at)
{
    const bool is_row = side / 2 == XBAR_WORD;
    const uint8_t *cut = is_row ? c->row_cut : c->col_cut;
    const bool is_ideal = (is_row ? c->row_ohm : c->col_ohm) == 0.0;
    const size_t n = is_row ? c->n_cols : c->n_rows;
    const size_t stride = is_row ? 1 : c->n_cols;
    size_t node = end_of(c, side, line);
    at[node] = slope;
    for (size_t k = 1; is_ideal && k < n; k++) {
        const size_t next = side % 2 == 0 ? node + stride : node - stride;
        if (cut && cut[side % 2 == 0 ? node : next])
            return;
        at[next] = slope;
        node = next;
    }
}

void xbar_storage_drive(xbar_storage *s, const xbar_crossbar *c,
                        double *const slope[XBAR_N_SIDES])
{
    for (int side = 0; s->is_there && side < XBAR_N_SIDES; side++)
        for (size_t k = 0; k < xbar_side_lines(c, (xbar_side)side); k++)
            if (c->terminal_ohm[side][k] == 0.0 && !isnan(slope[side][k]))
                hold(c, (xbar_side)side, k, slope[side][k], s->slope[0][side / 2]);
}

double xbar_storage_error(const xbar_storage *s, double h)
{
    double largest = 0.0;
    for (int f = 0; s->is_there && f < XBAR_N_FAMILIES; f++)
        for (size_t k = 0; k < s->n; k++) {
            double error = 0.0;
            for (int i = 0; i < XBAR_STAGES; i++)
                error += xbar_rk_d(i) * s->slope[i][f][k];
            largest = fmax(largest, fabs(error));
        }
    return h * largest;
}

void xbar_storage_accept(xbar_storage *s)
{
    for (int f = 0; s->is_there && f < XBAR_N_FAMILIES; f++) {
        double *slope = s->slope[0][f];
        s->slope[0][f] = s->slope[XBAR_STAGES - 1][f];
        s->slope[XBAR_STAGES - 1][f] = slope;
        double *volt = s->volt[f];
        s->volt[f] = s->next[f];
        s->next[f] = volt;
    }
}
