/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/spice_guide.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/memory.h"
#include "netlist/netlist.h"
#include "nodal/nodal.h"

/* A device, or the selector behind it. */
typedef struct part {
    xbar_guides kind;
    double *v, *v_begin; /* V, [cells]: across it, in the answer and before */
    double *q;           /* A, [elements][cells]: what its sources carry in the first
                            iteration */
    size_t n_elements;   /* 1 but for a device with nodes inside */
} part;

enum { DEVICE, SELECTOR, N_PARTS };

struct xbar_spice_guide {
    const xbar_crossbar *c;
    xbar_nodal *solver;
    part parts[N_PARTS];
    size_t n_parts;
    size_t n_sources; /* in the circuit */
    size_t n_calls;   /* since the last aim */
    bool is_aimed;
    bool is_new;   /* the circuit: its first point is the next one */
    bool has_ends; /* the law in the circuit ends at the state's bounds */

    double *x_begin;            /* states */
    double *v_row, *v_col;      /* V, the answer */
    double *i, *slope;          /* at v_begin, A and S */
    double *near, *i_lo, *i_hi; /* states beside x_begin, and the currents there */
    double *i_terminal[XBAR_N_SIDES];
};

/* The arrays of one number a cell. @return how many */
static size_t planes_of(xbar_spice_guide *g, double **planes[])
{
    size_t n = 0;
    for (size_t p = 0; p < g->n_parts; p++) {
        planes[n++] = &g->parts[p].v;
        planes[n++] = &g->parts[p].v_begin;
    }
    double **const others[] = {&g->x_begin, &g->v_row, &g->v_col, &g->i,
                               &g->slope,   &g->near,  &g->i_lo,  &g->i_hi};
    for (size_t k = 0; k < sizeof others / sizeof *others; k++)
        planes[n++] = others[k];
    return n;
}

enum { MAX_PLANES = 2 * N_PARTS + 8 };

static bool can_guide(const xbar_cell *cell)
{
    const xbar_guides device = xbar_netlist_guides(cell->device);
    if (cell->access || device == XBAR_GUIDES_NONE)
        return false;
    return cell->selector ? xbar_netlist_guides(cell->selector) != XBAR_GUIDES_NONE
                          : device != XBAR_GUIDES_NEEDLESS;
}

static xbar_status allocate(xbar_spice_guide *g, xbar_error *err)
{
    double **planes[MAX_PLANES];
    const size_t n = planes_of(g, planes);
    for (size_t k = 0; k < n; k++)
        XBAR_TRY(
            xbar_doubles_new(planes[k], g->c->n_rows * g->c->n_cols, "guide", err));
    for (size_t p = 0; p < g->n_parts; p++)
        XBAR_TRY(xbar_doubles_new(&g->parts[p].q,
                                  g->parts[p].n_elements * g->c->n_rows * g->c->n_cols,
                                  "guide", err));
    for (int side = 0; side < XBAR_N_SIDES; side++)
        XBAR_TRY(xbar_doubles_new(&g->i_terminal[side],
                                  xbar_side_lines(g->c, (xbar_side)side), "guide",
                                  err));
    return xbar_nodal_new(&g->solver, g->c, NULL, err);
}

xbar_status xbar_spice_guide_new(xbar_spice_guide **out, const xbar_crossbar *c,
                                 xbar_error *err)
{
    *out = NULL;
    if (!can_guide(&c->cell))
        return XBAR_OK;
    void *memory = NULL;
    XBAR_TRY(xbar_array_new(&memory, 1, sizeof(xbar_spice_guide), "guide", err));
    xbar_spice_guide *g = memory;
    g->c = c;
    const xbar_insides *insides = c->cell.device->insides;
    g->parts[g->n_parts++] = (part){.kind = xbar_netlist_guides(c->cell.device),
                                    .n_elements = insides ? insides->n_elements : 1};
    if (c->cell.selector)
        g->parts[g->n_parts++] =
            (part){.kind = xbar_netlist_guides(c->cell.selector), .n_elements = 1};
    const xbar_status status = allocate(g, err);
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
    double **planes[MAX_PLANES];
    const size_t n = planes_of(g, planes);
    for (size_t k = 0; k < n; k++)
        free(*planes[k]);
    for (size_t p = 0; p < g->n_parts; p++)
        free(g->parts[p].q);
    for (int side = 0; side < XBAR_N_SIDES; side++)
        free(g->i_terminal[side]);
    xbar_nodal_free(g->solver);
    free(g);
}

void xbar_spice_guide_anew(xbar_spice_guide *g, const xbar_network *net,
                           const double *state, double span)
{
    if (!g)
        return;
    const size_t n_cells = g->c->n_rows * g->c->n_cols;
    size_t n_guided = 0;
    for (size_t p = 0; p < g->n_parts; p++)
        if (g->parts[p].kind != XBAR_GUIDES_NEEDLESS)
            n_guided += g->parts[p].n_elements;
    g->n_sources = 0;
    for (size_t k = 0; k < n_cells; k++) {
        const bool present = state[k] > 0.0 && net->nodes[net->word_node[k]].live;
        g->n_sources += present ? n_guided : 0;
        for (size_t p = 0; p < g->n_parts; p++)
            g->parts[p].v_begin[k] = 0.0;
        g->x_begin[k] = XBAR_LEAST_STATE;
    }
    g->has_ends =
        !xbar_netlist_is_near(g->c->cell.device, g->c->cell.parameters, span, true);
    g->n_calls = 0;
    g->is_aimed = false;
    g->is_new = true;
}

void xbar_spice_guide_from(xbar_spice_guide *g, const double *v_row,
                           const double *v_below, const double *v_col,
                           const double *state)
{
    if (!g)
        return;
    const size_t n_cells = g->c->n_rows * g->c->n_cols;
    const bool alone = g->n_parts == 1;
    g->is_new = false;
    memcpy(g->x_begin, state, n_cells * sizeof *state);
    for (size_t k = 0; k < n_cells; k++)
        g->parts[DEVICE].v_begin[k] = v_row[k] - (alone ? v_col : v_below)[k];
    for (size_t k = 0; !alone && k < n_cells; k++)
        g->parts[SELECTOR].v_begin[k] = v_below[k] - v_col[k];
}

/* ---- the currents -------------------------------------------------------------------- */

/* Where to look for di/dx about x: on both sides, but near a bound on one, and closer,
 * since a difference to one side is right to the first order only. That is the inner side,
 * as a law without ends goes on beyond the bound as before it; at the very bound of one
 * with ends it is the outer one: of min(a, b) and max(a, b), where both are the same,
 * ngspice takes the derivative of b, the bound. */
static void look_about(double at[2], double x, const xbar_state_range *r, bool has_ends)
{
    const double width = r->upper - r->lower;
    const double unit = isfinite(width) ? width : x;
    const double step = 1e-6 * unit;
    const double close = 1e-8 * unit;
    const bool low = x - step < r->lower;
    const bool high = x + step > r->upper;
    const bool outer = has_ends && (x <= r->lower || x >= r->upper);
    at[0] = x - step;
    at[1] = x + step;
    if (low != outer && (low || high)) {
        at[0] = x;
        at[1] = x + close;
    } else if (low || high) {
        at[0] = x - close;
        at[1] = x;
    }
}

/* q, less (x - x0) di/dx. */
static void subtract_states(xbar_spice_guide *g, const double *state)
{
    const size_t n_cells = g->c->n_rows * g->c->n_cols;
    const xbar_cell *cell = &g->c->cell;
    const part *device = &g->parts[DEVICE];
    xbar_state_range r[XBAR_MAX_STATES] = {
        {.lower = -(double)INFINITY, .upper = (double)INFINITY}};
    if (cell->device->ranges)
        cell->device->ranges(r, cell->parameters);
    double at[2];
    double *const i[2] = {g->i_lo, g->i_hi};
    for (int end = 0; end < 2; end++) {
        for (size_t k = 0; k < n_cells; k++) {
            look_about(at, g->x_begin[k], r, g->has_ends);
            g->near[k] = at[end];
        }
        cell->device->current(n_cells, i[end], NULL, device->v_begin, g->near,
                              cell->parameters);
    }
    for (size_t k = 0; k < n_cells; k++) {
        look_about(at, g->x_begin[k], r, g->has_ends);
        if (state[k] != g->x_begin[k])
            device->q[k] -= (state[k] - g->x_begin[k]) * (g->i_hi[k] - g->i_lo[k]) /
                            (at[1] - at[0]);
    }
}

/* Of a device with nodes inside. */
static void find_insides(xbar_spice_guide *g, const double *state)
{
    enum { MOST = 8 };
    const size_t n_cells = g->c->n_rows * g->c->n_cols;
    const xbar_cell *cell = &g->c->cell;
    const part *device = &g->parts[DEVICE];
    double q[MOST];
    for (size_t k = 0; k < n_cells; k++) {
        if (!(state[k] > 0.0) || isnan(device->v[k]))
            continue;
        cell->device->insides->beyond(q, device->v_begin[k], g->x_begin[k],
                                      device->v[k], state[k], cell->parameters);
        for (size_t e = 0; e < device->n_elements; e++)
            device->q[e * n_cells + k] = q[e];
    }
}

/* The tangent is that of the state that ngspice sees: where the state is a voltage of its
 * own that is still the old one. */
static void find_currents(xbar_spice_guide *g, const double *state)
{
    const size_t n_cells = g->c->n_rows * g->c->n_cols;
    const xbar_cell *cell = &g->c->cell;
    for (size_t p = 0; p < g->n_parts; p++) {
        const part *q = &g->parts[p];
        const bool by_state = p == DEVICE && q->kind == XBAR_GUIDES_BY_STATE_TOO;
        if (q->kind == XBAR_GUIDES_INSIDE) {
            find_insides(g, state);
            continue;
        }
        if (p == SELECTOR) {
            xbar_cell_selector(cell, n_cells, q->q, g->slope, q->v);
            xbar_cell_selector(cell, n_cells, g->i, g->slope, q->v_begin);
        } else {
            cell->device->current(n_cells, q->q, NULL, q->v, state, cell->parameters);
            cell->device->current(n_cells, g->i, g->slope, q->v_begin,
                                  by_state ? g->x_begin : state, cell->parameters);
        }
        for (size_t k = 0; k < n_cells; k++)
            q->q[k] -= g->i[k] + (q->v[k] - q->v_begin[k]) * g->slope[k];
        if (by_state)
            subtract_states(g, state);
    }
}

/* The exact answer's voltages. @return is there one? */
static bool find_voltages(xbar_spice_guide *g, const xbar_stimulus *in,
                          const double *state)
{
    const size_t n_cells = g->c->n_rows * g->c->n_cols;
    xbar_error err;
    xbar_nodal_answer a = {.v_row = g->v_row, .v_col = g->v_col};
    for (int side = 0; side < XBAR_N_SIDES; side++)
        a.i_terminal[side] = g->i_terminal[side];
    xbar_nodal_set_state(g->solver, state);
    if (xbar_nodal_solve(g->solver, in, 1, &a, &err) != XBAR_OK || a.status != XBAR_OK)
        return false;
    double *v = g->parts[DEVICE].v;
    for (size_t k = 0; k < n_cells; k++)
        v[k] = g->v_row[k] - g->v_col[k];
    if (g->n_parts == 1)
        return true;
    double *v_selector = g->parts[SELECTOR].v;
    xbar_cell_divide(&g->c->cell, n_cells, v_selector, v, state);
    for (size_t k = 0; k < n_cells; k++)
        v[k] -= v_selector[k];
    return true;
}

/* Cells that are open, or in no source's reach, have no sources. */
static bool are_finite(const xbar_spice_guide *g, const double *state)
{
    const size_t n_cells = g->c->n_rows * g->c->n_cols;
    for (size_t p = 0; p < g->n_parts; p++)
        for (size_t q = 0; q < g->parts[p].n_elements * n_cells; q++) {
            const size_t k = q % n_cells;
            if (state[k] > 0.0 && !isnan(g->v_row[k]) && !isfinite(g->parts[p].q[q]))
                return false;
        }
    return true;
}

/* Where the cells' nodes are held in a circuit's first iteration nothing is missing. */
static void clear_currents(xbar_spice_guide *g)
{
    for (size_t p = 0; p < g->n_parts; p++)
        memset(g->parts[p].q, 0,
               g->parts[p].n_elements * g->c->n_rows * g->c->n_cols * sizeof(double));
}

bool xbar_spice_guide_aim(xbar_spice_guide *g, const xbar_stimulus *in,
                          const double *state)
{
    if (!g)
        return false;
    g->n_calls = 0;
    g->is_aimed = find_voltages(g, in, state);
    if (g->is_new && xbar_netlist_holds(&g->c->cell))
        clear_currents(g);
    else if (g->is_aimed)
        find_currents(g, state);
    g->is_aimed = g->is_aimed && are_finite(g, state);
    return g->is_aimed;
}

bool xbar_spice_guide_holds(const xbar_spice_guide *g, const xbar_network *net,
                            double *v_node)
{
    if (!xbar_spice_guide_is_aimed(g) || !xbar_netlist_holds(&g->c->cell))
        return false;
    for (size_t k = 0; k < g->c->n_rows * g->c->n_cols; k++) {
        v_node[net->word_node[k]] = g->v_row[k];
        v_node[net->bit_node[k]] = g->v_col[k];
    }
    return true;
}

void xbar_spice_guide_let_go(xbar_spice_guide *g)
{
    if (g)
        g->is_aimed = false;
}

bool xbar_spice_guide_is_aimed(const xbar_spice_guide *g)
{
    return g && g->is_aimed;
}

double xbar_spice_guide_current(xbar_spice_guide *g, const char *name)
{
    if (!g)
        return 0.0;
    const bool is_first = g->n_calls++ < g->n_sources;
    if (!is_first || !g->is_aimed)
        return 0.0;
    const xbar_quantity q = xbar_netlist_quantity(name);
    const bool is_guide = q.kind == XBAR_QUANTITY_GUIDE && q.row < g->c->n_rows &&
                          q.col < g->c->n_cols && q.line < g->n_parts &&
                          q.element < g->parts[q.line].n_elements;
    if (!is_guide)
        return 0.0;
    return g->parts[q.line]
        .q[(q.element * g->c->n_rows + q.row) * g->c->n_cols + q.col];
}

size_t xbar_spice_guide_n_iterations(const xbar_spice_guide *g)
{
    return g && g->n_sources > 0 ? g->n_calls / g->n_sources : 0;
}
