/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "analytical/probe.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>

#include "core/memory.h"

enum { PROBES = XBAR_PROBE_LINES };
static_assert((int)PROBES >= 2 * (int)XBAR_BLEND_MODES, "functions of both sides");

struct xbar_probe {
    const xbar_crossbar *c;
    xbar_stimulus in[PROBES];
    xbar_nodal_answer out[PROBES];
};

void xbar_probe_free(xbar_probe *p)
{
    for (size_t k = 0; p && k < PROBES; k++) {
        xbar_stimulus_clear(&p->in[k]);
        for (int side = 0; side < XBAR_N_SIDES; side++)
            free(p->out[k].i_terminal[side]);
        free(p->out[k].v_row);
        free(p->out[k].v_col);
    }
    free(p);
}

static xbar_status allocate(xbar_probe *p, bool with_drops, xbar_error *err)
{
    const size_t n_cells = p->c->n_rows * p->c->n_cols;
    for (size_t k = 0; k < PROBES; k++) {
        XBAR_TRY(xbar_stimulus_init(&p->in[k], p->c, err));
        for (int side = 0; side < XBAR_N_SIDES; side++)
            XBAR_TRY(xbar_doubles_new(&p->out[k].i_terminal[side],
                                      xbar_side_lines(p->c, (xbar_side)side),
                                      "currents", err));
    }
    for (size_t k = 0; with_drops && k < XBAR_BLEND_MODES; k++) {
        XBAR_TRY(xbar_doubles_new(&p->out[k].v_row, n_cells, "voltages", err));
        XBAR_TRY(xbar_doubles_new(&p->out[k].v_col, n_cells, "voltages", err));
    }
    return XBAR_OK;
}

xbar_status xbar_probe_new(xbar_probe **out, const xbar_crossbar *c, bool with_drops,
                           xbar_error *err)
{
    *out = NULL;
    void *memory = NULL;
    XBAR_TRY(xbar_array_new(&memory, 1, sizeof(xbar_probe), "modes", err));
    xbar_probe *p = memory;
    p->c = c;
    xbar_status status = allocate(p, with_drops, err);
    if (status != XBAR_OK) {
        xbar_probe_free(p);
        return status;
    }
    *out = p;
    return XBAR_OK;
}

/* All terminals that are closed at 0 V. */
static void ground(xbar_stimulus *in, const xbar_crossbar *c, const xbar_arrangement *a)
{
    for (int side = 0; side < XBAR_N_SIDES; side++)
        for (size_t line = 0; line < xbar_side_lines(c, (xbar_side)side); line++)
            in->volt[side][line] = a->closed[side][line] ? 0.0 : (double)NAN;
}

/* Functions of k > 0 change their sign, and so would outputs, of which those near 0 keep
 * the solver busy: 1 is added, and its answer taken off. */
static double lifted(const double *functions, size_t line, size_t k)
{
    const double *at = functions + line * XBAR_BLEND_MODES;
    return k == 0 ? at[0] : at[0] + at[k];
}

static void drive_rows(xbar_stimulus *in, const xbar_crossbar *c,
                       const xbar_arrangement *a, const xbar_blend *f, size_t k)
{
    for (int side = XBAR_LEFT; side <= XBAR_RIGHT; side++)
        for (size_t i = 0; i < c->n_rows; i++)
            if (a->closed[side][i])
                in->volt[side][i] = lifted(f->phi, i, k);
}

static void drive_columns(xbar_stimulus *in, const xbar_crossbar *c,
                          const xbar_arrangement *a, const xbar_blend *f, size_t l)
{
    for (size_t j = 0; j < c->n_cols; j++)
        if (a->sense[j] != XBAR_N_SIDES)
            in->volt[a->sense[j]][j] = lifted(f->psi, j, l);
}

static void take_columns(double *i_out, const xbar_nodal_answer *answer,
                         const xbar_crossbar *c, const xbar_arrangement *a)
{
    for (size_t j = 0; j < c->n_cols; j++)
        i_out[j] =
            a->sense[j] == XBAR_N_SIDES ? 0.0 : -answer->i_terminal[a->sense[j]][j];
}

static void take_rows(double *i_in, const xbar_nodal_answer *answer,
                      const xbar_crossbar *c)
{
    for (size_t i = 0; i < c->n_rows; i++)
        i_in[i] =
            -(answer->i_terminal[XBAR_LEFT][i] + answer->i_terminal[XBAR_RIGHT][i]);
}

/* Answers to functions that were lifted, [n][n_lines]. */
static void lower(double *answers, size_t n, size_t n_lines)
{
    for (size_t k = 1; k < n; k++)
        for (size_t line = 0; line < n_lines; line++)
            answers[k * n_lines + line] -= answers[line];
}

/* 0 where nothing leads. */
static void take_volts(double *out, const double *v, size_t n_cells)
{
    for (size_t k = 0; k < n_cells; k++)
        out[k] = isnan(v[k]) ? 0.0 : v[k];
}

/* The first n probes. */
static xbar_status solve(xbar_probe *p, xbar_nodal *solver, size_t n, xbar_error *err)
{
    XBAR_TRY(xbar_nodal_solve(solver, p->in, n, p->out, err));
    for (size_t k = 0; k < n; k++)
        if (p->out[k].status != XBAR_OK)
            return xbar_fail(err, p->out[k].status, "%s", p->out[k].error.text);
    return XBAR_OK;
}

xbar_status xbar_probe_solve(xbar_probe *p, xbar_nodal *solver,
                             const xbar_arrangement *a, const xbar_blend *f,
                             double *forward, double *adjoint, double *word,
                             double *bit, xbar_error *err)
{
    const xbar_crossbar *c = p->c;
    const size_t n_cells = c->n_rows * c->n_cols;
    const size_t k_n = xbar_blend_modes(c->n_rows);
    const size_t l_n = xbar_blend_modes(c->n_cols);
    for (size_t k = 0; k < k_n + l_n; k++) {
        ground(&p->in[k], c, a);
        if (k < k_n)
            drive_rows(&p->in[k], c, a, f, k);
        else
            drive_columns(&p->in[k], c, a, f, k - k_n);
    }
    XBAR_TRY(solve(p, solver, k_n + l_n, err));
    for (size_t k = 0; k < k_n; k++)
        take_columns(forward + k * c->n_cols, &p->out[k], c, a);
    for (size_t l = 0; l < l_n; l++)
        take_rows(adjoint + l * c->n_rows, &p->out[k_n + l], c);
    lower(forward, k_n, c->n_cols);
    lower(adjoint, l_n, c->n_rows);
    if (!word)
        return XBAR_OK;
    for (size_t k = 0; k < k_n; k++)
        take_volts(word + k * n_cells, p->out[k].v_row, n_cells);
    lower(word, k_n, n_cells);
    take_volts(bit, p->out[0].v_col, n_cells);
    return XBAR_OK;
}

/* By rows where there are fewer of them, else by columns. */
xbar_status xbar_probe_matrix(xbar_probe *p, xbar_nodal *solver,
                              const xbar_arrangement *a, double *h, xbar_error *err)
{
    const xbar_crossbar *c = p->c;
    const bool by_rows = c->n_rows < c->n_cols;
    const size_t n = by_rows ? c->n_rows : c->n_cols;
    double *line = NULL;
    for (size_t k = 0; k < n; k++) {
        ground(&p->in[k], c, a);
        for (int side = XBAR_LEFT; side <= XBAR_RIGHT; side++)
            if (by_rows && a->closed[side][k])
                p->in[k].volt[side][k] = 1.0;
        if (!by_rows && a->sense[k] != XBAR_N_SIDES)
            p->in[k].volt[a->sense[k]][k] = 1.0;
    }
    XBAR_TRY(xbar_doubles_new(&line, c->n_rows, "modes", err));
    xbar_status status = solve(p, solver, n, err);
    for (size_t k = 0; status == XBAR_OK && k < n; k++) {
        if (by_rows) {
            take_columns(h + k * c->n_cols, &p->out[k], c, a);
            continue;
        }
        take_rows(line, &p->out[k], c);
        for (size_t i = 0; i < c->n_rows; i++)
            h[i * c->n_cols + k] = line[i];
    }
    free(line);
    return status;
}

xbar_status xbar_probe_offset(xbar_probe *p, xbar_nodal *solver,
                              const xbar_arrangement *a, const xbar_stimulus *in,
                              double base, double *i_out, xbar_error *err)
{
    const xbar_crossbar *c = p->c;
    ground(&p->in[0], c, a);
    for (int side = XBAR_LEFT; side <= XBAR_RIGHT; side++)
        for (size_t i = 0; i < c->n_rows; i++)
            if (a->closed[side][i])
                p->in[0].volt[side][i] = base;
    for (int side = XBAR_TOP; side <= XBAR_BOTTOM; side++)
        for (size_t j = 0; j < c->n_cols; j++)
            p->in[0].volt[side][j] = in->volt[side][j];
    XBAR_TRY(solve(p, solver, 1, err));
    take_columns(i_out, &p->out[0], c, a);
    return XBAR_OK;
}
