/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/spice_guide.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/memory.h"
#include "netlist/netlist.h"
#include "nodal/nodal.h"

struct xbar_spice_guide {
    const xbar_crossbar *c;
    xbar_guides kind;
    xbar_nodal *solver;
    size_t n_sources; /* in the circuit */
    size_t n_calls;   /* since the last aim */
    bool is_aimed;

    double *q;                 /* A, what the sources carry in the first iteration */
    double *v_begin, *x_begin; /* V, and states */
    double *v_row, *v_col;     /* V, the answer; then v_row is that of the cells */
    double *i, *slope;         /* of the cells at v_begin, A and S */
    double *near, *i_near;     /* states beside x_begin, and the currents there */
    double *i_terminal[XBAR_N_SIDES];
};

xbar_status xbar_spice_guide_new(xbar_spice_guide **out, const xbar_crossbar *c,
                                 xbar_error *err)
{
    *out = NULL;
    const xbar_guides kind = xbar_netlist_guides(&c->cell);
    if (kind == XBAR_GUIDES_NONE)
        return XBAR_OK;
    void *memory = NULL;
    XBAR_TRY(xbar_array_new(&memory, 1, sizeof(xbar_spice_guide), "guide", err));
    xbar_spice_guide *g = memory;
    g->c = c;
    g->kind = kind;
    double **const planes[] = {&g->q, &g->v_begin, &g->x_begin, &g->v_row, &g->v_col,
                               &g->i, &g->slope,   &g->near,    &g->i_near};
    xbar_status status = xbar_nodal_new(&g->solver, c, NULL, err);
    for (size_t k = 0; status == XBAR_OK && k < sizeof planes / sizeof *planes; k++)
        status = xbar_doubles_new(planes[k], c->n_rows * c->n_cols, "guide", err);
    for (int side = 0; status == XBAR_OK && side < XBAR_N_SIDES; side++)
        status = xbar_doubles_new(&g->i_terminal[side],
                                  xbar_side_lines(c, (xbar_side)side), "guide", err);
    if (status != XBAR_OK) {
        xbar_spice_guide_free(g);
        return status;
    }
    *out = g;
    return XBAR_OK;
}

void xbar_spice_guide_free(xbar_spice_guide *g)
{
    if (!g)
        return;
    xbar_nodal_free(g->solver);
    double *const planes[] = {g->q, g->v_begin, g->x_begin, g->v_row, g->v_col,
                              g->i, g->slope,   g->near,    g->i_near};
    for (size_t k = 0; k < sizeof planes / sizeof *planes; k++)
        free(planes[k]);
    for (int side = 0; side < XBAR_N_SIDES; side++)
        free(g->i_terminal[side]);
    free(g);
}

void xbar_spice_guide_anew(xbar_spice_guide *g, const xbar_network *net,
                           const double *state)
{
    if (!g)
        return;
    const size_t n_cells = g->c->n_rows * g->c->n_cols;
    g->n_sources = 0;
    for (size_t k = 0; k < n_cells; k++) {
        const bool present = state[k] > 0.0 && net->nodes[net->word_node[k]].live;
        g->n_sources += present ? 1 : 0;
        g->v_begin[k] = 0.0;
        g->x_begin[k] = XBAR_LEAST_STATE;
    }
    g->n_calls = 0;
    g->is_aimed = false;
}

void xbar_spice_guide_from(xbar_spice_guide *g, const double *v_cell,
                           const double *state)
{
    if (!g)
        return;
    const size_t size = g->c->n_rows * g->c->n_cols * sizeof *v_cell;
    memcpy(g->v_begin, v_cell, size);
    memcpy(g->x_begin, state, size);
}

/* ---- the currents -------------------------------------------------------------------- */

/* Where to look for di/dx about x: on both sides, but near a bound on one, and closer,
 * since a difference to one side is right to the first order only. At a bound that is its
 * outer side: of min(a, b) and max(a, b), where both are the same, ngspice takes the
 * derivative of b, the bound. */
static void look_about(double at[2], double x, const xbar_state_range *r)
{
    const double width = r->upper - r->lower;
    const double unit = isfinite(width) ? width : x;
    const double step = 1e-6 * unit;
    const double close = 1e-8 * unit;
    at[0] = x - step;
    at[1] = x + step;
    if (x >= r->upper || (x > r->lower && at[0] < r->lower)) {
        at[0] = x;
        at[1] = x + close;
    } else if (x <= r->lower || at[1] > r->upper) {
        at[0] = x - close;
        at[1] = x;
    }
}

/* q, less (x - x0) di/dx. */
static void subtract_states(xbar_spice_guide *g, const double *state)
{
    const size_t n_cells = g->c->n_rows * g->c->n_cols;
    const xbar_cell *cell = &g->c->cell;
    xbar_state_range r[XBAR_MAX_STATES] = {
        {.lower = -(double)INFINITY, .upper = (double)INFINITY}};
    if (cell->device->ranges)
        cell->device->ranges(r, cell->parameters);
    double at[2];
    double *const i[2] = {g->i, g->i_near};
    for (int end = 0; end < 2; end++) {
        for (size_t k = 0; k < n_cells; k++) {
            look_about(at, g->x_begin[k], r);
            g->near[k] = at[end];
        }
        xbar_cell_current(cell, n_cells, i[end], NULL, g->v_begin, g->near);
    }
    for (size_t k = 0; k < n_cells; k++) {
        look_about(at, g->x_begin[k], r);
        if (state[k] != g->x_begin[k])
            g->q[k] -=
                (state[k] - g->x_begin[k]) * (g->i_near[k] - g->i[k]) / (at[1] - at[0]);
    }
}

/* The tangent is that of the state that ngspice sees: where the state is a voltage of its
 * own that is still the old one. */
static bool find_currents(xbar_spice_guide *g, const double *v, const double *state)
{
    const size_t n_cells = g->c->n_rows * g->c->n_cols;
    const xbar_cell *cell = &g->c->cell;
    const bool by_state = g->kind == XBAR_GUIDES_BY_STATE_TOO;
    xbar_cell_current(cell, n_cells, g->q, NULL, v, state);
    xbar_cell_current(cell, n_cells, g->i, g->slope, g->v_begin,
                      by_state ? g->x_begin : state);
    for (size_t k = 0; k < n_cells; k++)
        g->q[k] -= g->i[k] + (v[k] - g->v_begin[k]) * g->slope[k];
    if (by_state)
        subtract_states(g, state);
    for (size_t k = 0; k < n_cells; k++)
        if (state[k] > 0.0 && !isnan(v[k]) && !isfinite(g->q[k]))
            return false;
    return true;
}

bool xbar_spice_guide_aim(xbar_spice_guide *g, const xbar_stimulus *in,
                          const double *state)
{
    if (!g)
        return false;
    g->n_calls = 0;
    g->is_aimed = false;
    xbar_error err;
    xbar_nodal_answer a = {.v_row = g->v_row, .v_col = g->v_col};
    for (int side = 0; side < XBAR_N_SIDES; side++)
        a.i_terminal[side] = g->i_terminal[side];
    xbar_nodal_set_state(g->solver, state);
    if (xbar_nodal_solve(g->solver, in, 1, &a, &err) != XBAR_OK || a.status != XBAR_OK)
        return false;
    double *v = g->v_row;
    for (size_t k = 0; k < g->c->n_rows * g->c->n_cols; k++)
        v[k] -= g->v_col[k];
    g->is_aimed = find_currents(g, v, state);
    return g->is_aimed;
}

void xbar_spice_guide_let_go(xbar_spice_guide *g)
{
    if (g)
        g->is_aimed = false;
}

double xbar_spice_guide_current(xbar_spice_guide *g, const char *name)
{
    if (!g)
        return 0.0;
    const bool is_first = g->n_calls++ < g->n_sources;
    if (!is_first || !g->is_aimed)
        return 0.0;
    const xbar_quantity q = xbar_netlist_quantity(name);
    const bool is_guide =
        q.kind == XBAR_QUANTITY_GUIDE && q.row < g->c->n_rows && q.col < g->c->n_cols;
    return is_guide ? g->q[q.row * g->c->n_cols + q.col] : 0.0;
}

size_t xbar_spice_guide_n_iterations(const xbar_spice_guide *g)
{
    return g && g->n_sources > 0 ? g->n_calls / g->n_sources : 0;
}
