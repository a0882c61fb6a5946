/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a point of a run in time brings: currents, energies, what is recorded. */
#include <math.h>
#include <string.h>

#include "engine/spice_run.h"

/* The cells' currents from their voltages and states. Above a transistor it is the
 * device's own, whose lower end ngspice has told. */
static void find_currents(xbar_spice_engine *e)
{
    const size_t n_cells = xbar_spice_run_cells(e);
    const xbar_response out = {.i = e->i_cell};
    xbar_cell cell = e->c->cell;
    const double *v = e->v_cell;
    if (cell.access) {
        cell.selector = NULL;
        cell.access = NULL;
        for (size_t k = 0; k < n_cells; k++)
            e->v_gate[k] = e->v_cell[k] == 0.0 ? 0.0 : e->v_row[k] - e->run->v_below[k];
        v = e->v_gate;
    }
    xbar_cell_respond(&cell, n_cells, &out, v, e->run->x, e->state);
    for (size_t k = 0; k < n_cells; k++)
        if (e->state[k] <= 0.0 || e->v_cell[k] == 0.0)
            e->i_cell[k] = 0.0;
}

/* The last two steps, s; behind a corner, or at the beginning, the first is 0. */
typedef struct stride {
    double before_s, last_s;
} stride;

/* What a current's bend adds to its charge over the last step, A s: the parabola through
 * three points less its chord. Across a jump it would be none of the current's, so it may
 * not be more than the chord's own rise says. */
static double bend(double i_before, double i_last, double i, const stride *h)
{
    if (h->before_s <= 0.0)
        return 0.0;
    const double second =
        ((i - i_last) / h->last_s - (i_last - i_before) / h->before_s) /
        (h->before_s + h->last_s);
    const double most = 0.125 * fabs(i - i_last) * h->last_s;
    const double charge = -second * h->last_s * h->last_s * h->last_s / 6.0;
    return fmax(-most, fmin(most, charge));
}

/* The integral of v i over the last step, from the last point's values to the present
 * ones, which take their place: both straight in time, and the current's bend. */
static void add(double *sum, double *v_last, double *i_last, double *i_before, double v,
                double i, const stride *h)
{
    if (h->last_s > 0.0) /* else the last values may be none */
        *sum += h->last_s / 6.0 *
                    (*v_last * (2.0 * *i_last + i) + v * (*i_last + 2.0 * i)) +
                0.5 * (*v_last + v) * bend(*i_before, *i_last, i, h);
    *i_before = *i_last;
    *v_last = v;
    *i_last = i;
}

void xbar_spice_run_add_up(xbar_spice_engine *e, bool wants_heat)
{
    xbar_spice_run *r = e->run;
    stride h = {.last_s = r->has_last ? r->t_s - r->last_s : 0.0};
    if (r->has_before && r->schedule->corner(r->before_s, r->schedule->with) >
                             r->last_s + 1e-6 * h.last_s)
        h.before_s = r->last_s - r->before_s;
    xbar_spice_run_volts(r, r->t_s);
    for (int side = 0; side < XBAR_N_SIDES; side++)
        for (size_t k = 0; k < xbar_side_lines(e->c, (xbar_side)side); k++) {
            const double v = r->volts.volt[side][k];
            add(&r->energy[side][k], &r->last.volt[side][k], &r->i_last[side][k],
                &r->i_before[side][k], isnan(v) ? 0.0 : v, r->i_terminal[side][k], &h);
        }
    if (wants_heat) {
        xbar_spice_circuit_spread(e);
        find_currents(e);
        for (size_t k = 0; k < xbar_spice_run_cells(e); k++)
            add(&r->heat[k], &r->v_cell_last[k], &r->i_cell_last[k],
                &r->i_cell_before[k], e->v_cell[k], e->i_cell[k], &h);
    }
    r->has_before = r->has_last && h.last_s > 0.0;
    r->before_s = r->last_s;
    r->last_s = r->t_s;
    r->has_last = true;
}

static void put(double *to, const double *from, size_t moment, size_t n)
{
    if (to)
        memcpy(to + moment * n, from, n * sizeof *from);
}

/* Is there a capacitance at a node, which takes a part of its currents? */
static bool is_charged(const xbar_spice_engine *e, size_t n)
{
    const xbar_crossbar *c = e->c;
    if ((e->net->nodes[n].is_word ? c->row_farad : c->col_farad) > 0.0)
        return true;
    for (int side = 0; side < XBAR_N_SIDES; side++)
        for (size_t k = 0;
             c->terminal_farad[side] && k < xbar_side_lines(c, (xbar_side)side); k++)
            if (c->terminal_farad[side][k] > 0.0 &&
                xbar_network_end(e->net, (xbar_side)side, k) == n)
                return true;
    return false;
}

/* A: the largest sum of currents at a node without capacitance; NaN where all have one. */
static double residual(xbar_spice_engine *e)
{
    double largest = xbar_network_residual(e->net, e->c, e->v_row, e->v_col, e->i_cell,
                                           e->run->i_terminal, NULL, e->work);
    if (!e->run->has_farad)
        return largest;
    largest = (double)NAN;
    for (size_t n = 0; n < e->net->n_nodes; n++)
        if (e->net->nodes[n].live && !is_charged(e, n))
            largest = fmax(largest, fabs(e->work[n]));
    return largest;
}

void xbar_spice_run_record(xbar_spice_engine *e, xbar_result *out, size_t moment)
{
    const xbar_spice_run *r = e->run;
    const size_t n_cells = xbar_spice_run_cells(e);
    xbar_spice_circuit_spread(e);
    find_currents(e);
    out->kcl_residual = fmax(out->kcl_residual, residual(e)); /* neither may be NaN */
    for (int side = 0; side < XBAR_N_SIDES; side++) {
        const size_t lines = xbar_side_lines(e->c, (xbar_side)side);
        put(out->i_terminal[side], r->i_terminal[side], moment, lines);
        put(out->energy[side], r->energy[side], moment, lines);
    }
    xbar_result_outputs(out, moment, e->c, &r->volts);
    put(out->v_row, e->v_row, moment, n_cells);
    put(out->v_col, e->v_col, moment, n_cells);
    put(out->i_cell, e->i_cell, moment, n_cells);
    put(out->heat, r->heat, moment, n_cells);
    for (size_t s = 0; s < xbar_cell_n_states(&e->c->cell); s++) {
        put(out->state[s], r->x + s * n_cells, moment, n_cells);
        for (size_t k = 0; out->state[s] && k < n_cells; k++)
            if (e->state[k] <= 0.0)
                out->state[s][moment * n_cells + k] = (double)NAN;
    }
}
