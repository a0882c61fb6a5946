/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Runs in time on the spice engine: one transient analysis of a living ngspice, stopped
 * at each point that it accepts.
 *
 * Each step's length is chosen here: it ends on the moments that are asked for and on the
 * schedule's corners, and goes no farther than the sources are straight within the
 * tolerance; ngspice's own estimate of the states' error may make it shorter. So what is
 * told at a moment is a point of the integration and no interpolation.
 *
 * ngspice begins with all nodes at 0 V and the states on their capacitors. In its first
 * step, a billionth of the longest one, the sources rise to where they stand; if Newton
 * fails there ngspice shortens the step, so that the sources rise less far, and goes on
 * from there. Nothing is rebuilt from one advance to the next unless other terminals are
 * open, or the time scale is another one by orders: then a new circuit begins where the
 * old one has been. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/clock.h"
#include "core/memory.h"
#include "engine/spice_run.h"

enum { MAX_POINTS = 5000000, SAMPLES = 256 };

static const double default_tolerance = 1e-4;
static const double straightness = 0.3; /* of the tolerance */
static const double steps_an_advance =
    20.0; /* at least: an advance over the longest step */

/* ---- sources ------------------------------------------------------------------------- */

void xbar_spice_run_volts(xbar_spice_run *r, double t_s)
{
    if (t_s == r->volts_s)
        return;
    r->schedule->volts(&r->volts, t_s, r->schedule->with);
    r->volts_s = t_s;
}

double xbar_spice_time_volt(const xbar_spice_engine *e, const xbar_quantity *q,
                            double clock_s)
{
    xbar_spice_run *r = e->run;
    const double share = clock_s < r->rise_s ? clock_s / r->rise_s : 1.0;
    xbar_spice_run_volts(r, clock_s < r->rise_s ? r->zero_s + r->rise_s
                                                : r->zero_s + clock_s);
    double volt = q->side == XBAR_N_SIDES ? r->volts.gate[q->line]
                                          : r->volts.volt[q->side][q->line];
    return isnan(volt) ? 0.0 : share * volt;
}

/* What the sources reach until end_s, and between which of them the span is widest. */
static double survey(const xbar_spice_engine *e, double end_s)
{
    xbar_spice_run *r = e->run;
    double span = 0.0;
    double corner = r->t_s;
    for (size_t k = 0; k <= 2 * SAMPLES; k++) {
        double t = r->t_s + (end_s - r->t_s) * (double)k / SAMPLES;
        if (k > SAMPLES)
            t = corner = r->schedule->corner(corner, r->schedule->with);
        if (t > end_s)
            break;
        xbar_spice_run_volts(r, t);
        span = fmax(span, xbar_netlist_span(e->c, &r->volts));
        r->largest = fmax(r->largest, xbar_ruler_volt(&r->ruler, t));
    }
    r->allowed = straightness * r->tolerance * r->largest;
    return span;
}

/* ---- steps --------------------------------------------------------------------------- */

/* What is as good as no time to ngspice: two of its shortest steps. */
static double no_time(const xbar_spice_run *r, double t_s)
{
    return fmax(2e-11 * r->step_s, 8e-16 * fabs(t_s));
}

static bool has_reached(const xbar_spice_run *r, double t_s)
{
    return r->t_s >= t_s - no_time(r, t_s);
}

/* Looks for the next corner once the last one has been reached. */
static void look_ahead(xbar_spice_run *r, double end_s)
{
    if (!has_reached(r, r->corner_s))
        return;
    double t = r->t_s;
    do
        t = r->schedule->corner(t, r->schedule->with);
    while (has_reached(r, t));
    r->corner_s = t;
    t = fmin(t, end_s);
    r->straight = xbar_ruler_defect(&r->ruler, r->t_s, t - r->t_s) <= 1e-3 * r->allowed;
    if (t < r->corner_s)
        r->corner_s = t; /* to be looked at again from there */
}

/* How long ngspice's next step shall be. */
static double pace(double clock_s, double proposed_s, void *with)
{
    const xbar_spice_engine *e = with;
    xbar_spice_run *r = e->run;
    if (clock_s < r->rise_s)
        return fmin(proposed_s, r->rise_s - clock_s);
    const double t = r->zero_s + clock_s;
    const double left = fmin(r->moment_s, r->corner_s) - t;
    double step = fmin(proposed_s, r->step_s);
    for (int k = 0; k < 40 && !r->straight && left > 0.0; k++) {
        if (xbar_ruler_defect(&r->ruler, t, fmin(step, left)) <= r->allowed)
            break;
        step = 0.5 * fmin(step, left);
    }
    if (left <= no_time(r, t))
        return step;
    if (step >= left * (1.0 - 1e-9))
        return left;
    return step > 0.5 * left ? 0.5 * left : step;
}

/* ---- the circuit --------------------------------------------------------------------- */

static bool has_farad(const xbar_crossbar *c)
{
    bool any = c->row_farad > 0.0 || c->col_farad > 0.0;
    for (int side = 0; side < XBAR_N_SIDES; side++)
        for (size_t k = 0;
             c->terminal_farad[side] && k < xbar_side_lines(c, (xbar_side)side); k++)
            any = any || c->terminal_farad[side][k] > 0.0;
    return any;
}

/* Steps until the sources have risen. */
static xbar_status rise(xbar_spice_engine *e, xbar_error *err)
{
    const size_t patience = 10000;
    for (size_t k = 0; e->net->n_live > 0; k++) {
        if (xbar_spice_values(e->session)[0] >= e->run->rise_s * (1.0 - 1e-9))
            return XBAR_OK;
        if (k == patience)
            return xbar_fail(err, XBAR_ERR_CONVERGENCE,
                             "ngspice finds no beginning at t = %g s", e->run->t_s);
        XBAR_TRY(xbar_spice_step(e->session, err));
    }
    return XBAR_OK;
}

static void read_states(xbar_spice_engine *e)
{
    const double *values = xbar_spice_values(e->session);
    for (size_t k = 0; k < e->n_vectors && e->net->n_live > 0; k++) {
        const xbar_quantity *q = &e->vectors[k];
        const size_t cell = q->row * e->c->n_cols + q->col;
        if (q->kind == XBAR_QUANTITY_STATE && !e->run->is_stuck[cell])
            e->run->x[q->line * xbar_spice_run_cells(e) + cell] = values[k];
        else if (q->kind == XBAR_QUANTITY_BELOW)
            e->run->v_below[cell] = values[k];
    }
}

/* A circuit that begins in the present. @param v_node  what its lines are charged to */
static xbar_status load(xbar_spice_engine *e, double span, const double *v_node,
                        xbar_error *err)
{
    xbar_spice_run *r = e->run;
    r->rise_s = 1e-2 * XBAR_NETLIST_FIRST_STEP * r->step_s;
    r->zero_s = r->t_s - r->rise_s;
    r->charged_s = r->t_s;
    r->has_last = r->has_before = false;
    xbar_spice_run_volts(r, r->t_s);
    xbar_stimulus_copy(&e->volts, &r->volts, e->c);
    xbar_spice_set_pace(e->session, pace);
    const xbar_netlist_options options = {.stepped = true,
                                          .schedule = r->schedule,
                                          .begin_s = r->t_s,
                                          .end_s = r->t_s + 1e9 * r->step_s,
                                          .max_step_s = r->step_s,
                                          .tolerance = r->tolerance,
                                          .state0 = r->x,
                                          .v_node = v_node,
                                          .is_stuck = r->is_stuck};
    XBAR_TRY(xbar_spice_circuit_load(e, &e->volts, span, &options, err));
    XBAR_TRY(rise(e, err));
    XBAR_TRY(xbar_spice_circuit_read(e, r->i_terminal, err));
    read_states(e);
    return XBAR_OK;
}

/* With capacitances: the lines begin as charged as they stay with the sources' present
 * voltages, which a circuit without capacitances tells. */
static xbar_status load_charged(xbar_spice_engine *e, double span, xbar_error *err)
{
    const xbar_crossbar *whole = e->c;
    xbar_crossbar bare = *whole;
    double *v_node = NULL;
    bare.row_farad = 0.0;
    bare.col_farad = 0.0;
    for (int side = 0; side < XBAR_N_SIDES; side++)
        bare.terminal_farad[side] = NULL;
    const bool is_new = !e->in_time;
    if (is_new) {
        e->c = &bare;
        xbar_status status = load(e, span, NULL, err);
        e->c = whole;
        XBAR_TRY(status);
    }
    /* nodes may be others now: each place of the array keeps its own voltage */
    xbar_spice_circuit_spread(e);
    xbar_network *net = NULL;
    xbar_spice_run_volts(e->run, e->run->t_s);
    XBAR_TRY(xbar_network_new(&net, whole, e->state, &e->run->volts, err));
    xbar_status status = xbar_doubles_new(&v_node, net->n_nodes, "charges", err);
    for (size_t k = 0; status == XBAR_OK && k < xbar_spice_run_cells(e); k++) {
        v_node[net->word_node[k]] = e->v_row[k];
        v_node[net->bit_node[k]] = e->v_col[k];
    }
    xbar_network_free(net);
    if (status == XBAR_OK)
        status = load(e, span, v_node, err);
    free(v_node);
    return status;
}

static xbar_status begin_here(xbar_spice_engine *e, double span, xbar_error *err)
{
    e->run->n_long = 0;
    return e->run->has_farad ? load_charged(e, span, err) : load(e, span, NULL, err);
}

/* Does the circuit in ngspice serve for what comes next, until end_s? */
static bool serves(const xbar_spice_engine *e, double span, double end_s)
{
    const xbar_spice_run *r = e->run;
    const double length_s = end_s - r->t_s;
    return e->loaded && e->in_time && span <= e->span &&
           xbar_spice_circuit_same_shape(e, &r->volts) &&
           (length_s == 0.0 ||
            (length_s < 200.0 * r->usual_s && length_s > 1e-5 * r->usual_s));
}

/* The circuit for an advance until end_s. */
static xbar_status prepare(xbar_spice_engine *e, double end_s, xbar_error *err)
{
    xbar_spice_run *r = e->run;
    r->volts_s = (double)NAN;
    r->corner_s = r->t_s;
    r->moment_s = end_s;
    const double span = survey(e, end_s);
    xbar_spice_run_volts(r, r->t_s);
    const bool fits = serves(e, span, end_s);
    if (!fits) {
        const double length_s = end_s - r->t_s;
        if (length_s > 0.0)
            r->usual_s = length_s / steps_an_advance;
        else if (r->usual_s == 0.0)
            r->usual_s = fmax(1e-9, 1e-6 * fabs(r->t_s));
        if (r->max_step_s > 0.0)
            r->usual_s = fmin(r->usual_s, r->max_step_s);
        r->step_s = r->usual_s;
    }
    look_ahead(r, end_s);
    return fits ? XBAR_OK : begin_here(e, span, err);
}

/* ---- advance ------------------------------------------------------------------------- */

/* ngspice gives up where it would need a step below 1e-11 of its longest. A snap may ask
 * for that: then a circuit with shorter steps goes on from the last point. */
static xbar_status try_step(xbar_spice_engine *e, xbar_error *err)
{
    const double shorter = 1e-4;
    const double shortest = 1e-13; /* of the usual longest step */
    xbar_spice_run *r = e->run;
    xbar_status status = xbar_spice_step(e->session, err);
    if (status != XBAR_ERR_CONVERGENCE || shorter * r->step_s < shortest * r->usual_s)
        return status;
    r->step_s *= shorter;
    return begin_here(e, e->span, err);
}

/* And back to longer steps, once the snap is over. */
static xbar_status lengthen(xbar_spice_engine *e, double taken_s, xbar_error *err)
{
    enum { PATIENCE = 20 };
    const double longer = 100.0;
    xbar_spice_run *r = e->run;
    r->n_long = taken_s > 0.9 * r->step_s ? r->n_long + 1 : 0;
    if (r->step_s >= r->usual_s || r->n_long < PATIENCE)
        return XBAR_OK;
    r->step_s = fmin(longer * r->step_s, r->usual_s);
    return begin_here(e, e->span, err);
}

static xbar_status step(xbar_spice_engine *e, bool wants_heat, xbar_error *err)
{
    xbar_spice_run *r = e->run;
    const double before_s = r->t_s;
    if (e->net->n_live == 0) {
        r->t_s = r->moment_s;
        return XBAR_OK;
    }
    if (r->has_farad && r->corner_s > r->charged_s && isfinite(r->corner_s)) {
        XBAR_TRY(xbar_spice_breakpoint(e->session, r->corner_s - r->zero_s, err));
        r->charged_s = r->corner_s;
    }
    XBAR_TRY(try_step(e, err));
    r->t_s = r->zero_s + xbar_spice_values(e->session)[0];
    XBAR_TRY(xbar_spice_circuit_read(e, r->i_terminal, err));
    read_states(e);
    xbar_spice_run_add_up(e, wants_heat);
    return lengthen(e, r->t_s - before_s, err);
}

static xbar_status go_to(xbar_spice_engine *e, double t_s, double end_s,
                         size_t *n_points, bool wants_heat, xbar_error *err)
{
    xbar_spice_run *r = e->run;
    r->moment_s = t_s;
    while (!has_reached(r, t_s)) {
        look_ahead(r, end_s);
        if ((*n_points)++ == MAX_POINTS)
            return xbar_fail(err, XBAR_ERR_CONVERGENCE,
                             "t = %g s: %d steps and no end: the steps are too small",
                             r->t_s, MAX_POINTS);
        XBAR_TRY(step(e, wants_heat, err));
    }
    return XBAR_OK;
}

/* Moments that are not reached hold NaN. */
static void blank(xbar_result *out, size_t first, size_t n, const xbar_crossbar *c)
{
    const size_t n_cells = c->n_rows * c->n_cols;
    double *const planes[] = {out->v_row, out->v_col, out->i_cell, out->heat};
    xbar_result part = {.n_times = n};
    part.i_out = out->i_out + first * c->n_cols;
    part.i_out_std = out->i_out_std ? out->i_out_std + first * c->n_cols : NULL;
    for (int side = 0; side < XBAR_N_SIDES; side++) {
        const size_t at = first * xbar_side_lines(c, (xbar_side)side);
        part.i_terminal[side] =
            out->i_terminal[side] ? out->i_terminal[side] + at : NULL;
        part.energy[side] = out->energy[side] ? out->energy[side] + at : NULL;
    }
    double **const parts[] = {&part.v_row, &part.v_col, &part.i_cell, &part.heat};
    for (size_t p = 0; p < sizeof planes / sizeof *planes; p++)
        *parts[p] = planes[p] ? planes[p] + first * n_cells : NULL;
    for (size_t s = 0; s < XBAR_MAX_STATES; s++)
        part.state[s] = out->state[s] ? out->state[s] + first * n_cells : NULL;
    xbar_result_blank(&part, c);
}

static xbar_status advance(xbar_spice_engine *e, const double *t_s, size_t n,
                           xbar_result *out, size_t first, xbar_error *err)
{
    xbar_spice_run *r = e->run;
    const double end_s = t_s[n - 1];
    size_t n_points = 0;
    XBAR_TRY(prepare(e, end_s, err));
    if (!r->has_last)
        xbar_spice_run_add_up(e, out->heat != NULL);
    for (size_t k = 0; k < n; k++) {
        XBAR_TRY(go_to(e, t_s[k], end_s, &n_points, out->heat != NULL, err));
        r->t_s = fmax(r->t_s, t_s[k]);
        xbar_spice_run_volts(r, r->t_s);
        xbar_spice_run_record(e, out, first + k);
    }
    return XBAR_OK;
}

xbar_status xbar_spice_time_advance(void *self, const xbar_schedule *schedule,
                                    const double *t_s, size_t n, xbar_result *out,
                                    size_t first, xbar_error *err)
{
    xbar_spice_engine *e = self;
    const double start = xbar_clock_s();
    xbar_error why = {0};
    if (first == 0) {
        out->kcl_residual = 0.0;
        out->wall_time_s = 0.0;
    }
    blank(out, first, n, e->c);
    e->run->schedule = schedule;
    e->run->ruler.schedule = schedule;
    xbar_status status = advance(e, t_s, n, out, first, &why);
    e->run->schedule = NULL;
    out->outcome = status == XBAR_OK                ? XBAR_DONE
                   : status == XBAR_ERR_CONVERGENCE ? XBAR_NOT_CONVERGED
                                                    : XBAR_FAILED;
    out->error = why;
    out->wall_time_s += xbar_clock_s() - start;
    if (status != XBAR_OK)
        xbar_spice_circuit_unload(e);
    if (status == XBAR_ERR_MEMORY || xbar_spice_is_dead(e->session))
        return xbar_fail(err, status, "%s", why.text);
    return XBAR_OK;
}

/* ---- begin and end ------------------------------------------------------------------- */

void xbar_spice_time_end(xbar_spice_engine *e)
{
    xbar_spice_run *r = e->run;
    if (!r)
        return;
    e->run = NULL;
    if (e->in_time)
        xbar_spice_circuit_unload(e);
    xbar_ruler_clear(&r->ruler);
    xbar_stimulus_clear(&r->volts);
    xbar_stimulus_clear(&r->last);
    for (int side = 0; side < XBAR_N_SIDES; side++) {
        free(r->i_terminal[side]);
        free(r->i_last[side]);
        free(r->i_before[side]);
        free(r->energy[side]);
    }
    free(r->v_cell_last);
    free(r->i_cell_last);
    free(r->i_cell_before);
    free(r->heat);
    free(r->v_below);
    free(r->is_stuck);
    free(r->x);
    free(r);
}

static xbar_status allocate(xbar_spice_run *r, const xbar_crossbar *c, xbar_error *err)
{
    const size_t n_cells = c->n_rows * c->n_cols;
    void *bytes = NULL;
    XBAR_TRY(xbar_array_new(&bytes, n_cells, 1, "stuck cells", err));
    r->is_stuck = bytes;
    XBAR_TRY(
        xbar_doubles_new(&r->x, n_cells * xbar_cell_n_states(&c->cell), "states", err));
    XBAR_TRY(xbar_doubles_new(&r->v_cell_last, n_cells, "cells", err));
    XBAR_TRY(xbar_doubles_new(&r->i_cell_last, n_cells, "cells", err));
    XBAR_TRY(xbar_doubles_new(&r->i_cell_before, n_cells, "cells", err));
    XBAR_TRY(xbar_doubles_new(&r->heat, n_cells, "cells", err));
    XBAR_TRY(xbar_doubles_new(&r->v_below, n_cells, "cells", err));
    for (int side = 0; side < XBAR_N_SIDES; side++) {
        const size_t lines = xbar_side_lines(c, (xbar_side)side);
        XBAR_TRY(xbar_doubles_new(&r->i_terminal[side], lines, "terminals", err));
        XBAR_TRY(xbar_doubles_new(&r->i_last[side], lines, "terminals", err));
        XBAR_TRY(xbar_doubles_new(&r->i_before[side], lines, "terminals", err));
        XBAR_TRY(xbar_doubles_new(&r->energy[side], lines, "terminals", err));
    }
    XBAR_TRY(xbar_ruler_init(&r->ruler, c, NULL, err));
    XBAR_TRY(xbar_stimulus_init(&r->last, c, err));
    return xbar_stimulus_init(&r->volts, c, err);
}

static void put_states(xbar_spice_run *r, const xbar_spice_engine *e,
                       const double *states)
{
    const xbar_cell *cell = &e->c->cell;
    const size_t n_states = xbar_cell_n_states(cell);
    const size_t n_cells = xbar_spice_run_cells(e);
    xbar_state_range range[XBAR_MAX_STATES];
    xbar_cell_ranges(cell, range);
    for (size_t s = 0; s < n_states; s++)
        for (size_t k = 0; k < n_cells; k++)
            r->x[s * n_cells + k] = states ? states[s * n_cells + k]
                                    : s == 0 && cell->device->n_states > 0
                                        ? e->state[k]
                                        : range[s].initial;
}

xbar_status xbar_spice_time_begin(void *self, const xbar_start *start, xbar_error *err)
{
    xbar_spice_engine *e = self;
    void *memory = NULL;
    xbar_spice_time_end(e);
    XBAR_TRY(xbar_array_new(&memory, 1, sizeof(xbar_spice_run), "run in time", err));
    xbar_spice_run *r = memory;
    e->run = r;
    xbar_status status = allocate(r, e->c, err);
    if (status != XBAR_OK) {
        xbar_spice_time_end(e);
        return status;
    }
    put_states(r, e, start->state);
    if (start->is_stuck)
        memcpy(r->is_stuck, start->is_stuck, xbar_spice_run_cells(e));
    r->tolerance = start->tolerance > 0.0 ? start->tolerance : default_tolerance;
    r->max_step_s = start->max_step_s;
    r->t_s = start->t_s;
    r->has_farad = has_farad(e->c);
    return XBAR_OK;
}

void xbar_spice_time_states(void *self, double *state)
{
    const xbar_spice_engine *e = self;
    memcpy(state, e->run->x,
           xbar_spice_run_cells(e) * xbar_cell_n_states(&e->c->cell) * sizeof *state);
}
