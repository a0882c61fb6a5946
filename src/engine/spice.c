/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The netlist, stepped through libngspice.
 *
 * A circuit is loaded once for each shape: which cells are open, which terminals are
 * connected. New inputs are new values of its EXTERNAL sources, or new gains where it is
 * stepped as small signals (netlist/phasors.c), new states are `alter`s; then the living
 * sweep makes one step, which begins at the exact solver's answer where the cells can be
 * guided there (spice_guide.h). Node voltages and the sources' currents come back as
 * doubles; the cells' currents follow from the device's law, and Kirchhoff's law at each
 * node is checked with them. */
#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/clock.h"
#include "core/memory.h"
#include "engine/adapters.h"
#include "engine/spice_circuit.h"

static double source_volt(const char *name, double t_s, void *with)
{
    const xbar_spice_engine *e = with;
    xbar_quantity q = xbar_netlist_quantity(name);
    const size_t n =
        q.side == XBAR_N_SIDES ? e->c->n_rows : xbar_side_lines(e->c, q.side);
    if (q.kind != XBAR_QUANTITY_SOURCE || q.line >= n)
        return 0.0;
    if (e->in_time)
        return xbar_spice_time_volt(e, &q, t_s);
    return q.side == XBAR_N_SIDES ? e->volts.gate[q.line]
                                  : e->volts.volt[q.side][q.line];
}

static double guide_current(const char *name, double t_s, void *with)
{
    (void)t_s;
    const xbar_spice_engine *e = with;
    return xbar_spice_guide_current(e->guide, name);
}

static void spice_close(void *self)
{
    xbar_spice_engine *e = self;
    if (!e)
        return;
    xbar_spice_time_end(e);
    xbar_spice_circuit_unload(e);
    xbar_spice_stop(e->session);
    xbar_spice_guide_free(e->guide);
    xbar_stimulus_clear(&e->ramp);
    xbar_stimulus_clear(&e->volts);
    xbar_stimulus_clear(&e->loaded_volts);
    free(e->state);
    free(e->loaded_state);
    free(e->v_node);
    free(e->v_row);
    free(e->v_col);
    free(e->v_cell);
    free(e->i_cell);
    free(e->v_gate);
    free(e->v_below);
    free(e->work);
    free(e);
}

static xbar_status allocate(xbar_spice_engine *e, xbar_error *err)
{
    const size_t n_cells = e->c->n_rows * e->c->n_cols;
    XBAR_TRY(xbar_stimulus_init(&e->ramp, e->c, err));
    XBAR_TRY(xbar_stimulus_init(&e->volts, e->c, err));
    XBAR_TRY(xbar_stimulus_init(&e->loaded_volts, e->c, err));
    XBAR_TRY(xbar_doubles_new(&e->v_node, 2 * n_cells, "node voltages", err));
    XBAR_TRY(xbar_doubles_new(&e->work, 2 * n_cells, "node currents", err));
    double **const planes[] = {&e->state,  &e->loaded_state, &e->v_row,  &e->v_col,
                               &e->v_cell, &e->i_cell,       &e->v_gate, &e->v_below};
    for (size_t k = 0; k < sizeof planes / sizeof *planes; k++)
        XBAR_TRY(xbar_doubles_new(planes[k], n_cells, "cells", err));
    return XBAR_OK;
}

static xbar_status spice_open(void **self, const xbar_crossbar *c,
                              const xbar_engine_settings *settings, xbar_error *err)
{
    *self = NULL;
    void *memory = NULL;
    XBAR_TRY(
        xbar_array_new(&memory, 1, sizeof(xbar_spice_engine), "spice engine", err));
    xbar_spice_engine *e = memory;
    e->c = c;
    e->n_alike = settings ? settings->n_alike : 0;
    xbar_status status = allocate(e, err);
    if (status == XBAR_OK)
        status = xbar_spice_guide_new(&e->guide, c, err);
    if (status == XBAR_OK)
        status = xbar_spice_start(&e->session, source_volt, e, err);
    if (status != XBAR_OK) {
        spice_close(e);
        return status;
    }
    xbar_spice_set_currents(e->session, guide_current);
    const bool ohmic = xbar_netlist_is_ohmic(&c->cell);
    snprintf(e->method, sizeof e->method, "libngspice %s, %s%s", xbar_spice_version(),
             xbar_spice_has_klu() ? "KLU"
                                  : "Sparse 1.3 with the elimination order given",
             e->guide                         ? ", begun at the nodal solution"
             : ohmic && !xbar_spice_has_klu() ? ", as small signals where it can"
                                              : "");
    *self = e;
    return XBAR_OK;
}

static const char *spice_method(void *self)
{
    return ((const xbar_spice_engine *)self)->method;
}

static xbar_status spice_set_state(void *self, const double *state,
                                   const double *conductance, xbar_error *err)
{
    (void)conductance;
    (void)err;
    xbar_spice_engine *e = self;
    xbar_spice_time_end(e);
    memcpy(e->state, state, e->c->n_rows * e->c->n_cols * sizeof *state);
    return XBAR_OK;
}

/* ---- the circuit and its changes ----------------------------------------------------- */

/* Small signals are quicker, but may take longer to begin, and pay then from a dozen points
 * on, as measured at 64 x 64. With KLU, which was not there to be measured, they are left
 * alone. */
static bool pays(const xbar_spice_engine *e, const xbar_stimulus *in)
{
    enum { DOZEN = 12 };
    const xbar_phasors kind = xbar_netlist_phasors(e->c, in);
    return !xbar_spice_has_klu() &&
           (kind == XBAR_PHASORS_AT_ONCE ||
            (kind == XBAR_PHASORS_FROM_REST && e->n_alike >= DOZEN));
}

/* A new circuit, fit for inputs up to `span`, and its first point: that of `in`.
 * @param guided  begun at the exact answer, now and later, where the cells can be guided;
 *                else the circuit has laws that help an iteration which begins far away */
static xbar_status load(xbar_spice_engine *e, const xbar_stimulus *in, double span,
                        bool guided, xbar_error *err)
{
    const xbar_netlist_options options = {
        .stepped = true, .phasors = pays(e, in), .guided = guided && e->guide};
    xbar_stimulus_copy(&e->volts, in, e->c);
    return xbar_spice_circuit_load(e, in, span, &options, err);
}

/* To a circuit of phasors a new input is new gains. */
static xbar_status drive(xbar_spice_engine *e, const xbar_stimulus *in, xbar_error *err)
{
    for (int side = 0; side < XBAR_N_SIDES; side++)
        for (size_t line = 0; line < xbar_side_lines(e->c, (xbar_side)side); line++) {
            const double volt = in->volt[side][line];
            const bool same = volt == e->volts.volt[side][line];
            if (isnan(volt) || same ||
                xbar_network_shares_source(e->net, (xbar_side)side, line))
                continue;
            char command[XBAR_COMMAND_SIZE];
            XBAR_TRY(xbar_spice_change(
                e->session,
                xbar_netlist_drive(command, e->c, (xbar_side)side, line, volt), err));
        }
    return XBAR_OK;
}

/* The living circuit's next point, with the cells' and sources' present values. */
static xbar_status step(xbar_spice_engine *e, const xbar_stimulus *in, bool aimed,
                        xbar_error *err)
{
    if (e->phasors && e->net->n_live > 0)
        XBAR_TRY(drive(e, in, err));
    xbar_stimulus_copy(&e->volts, in, e->c);
    if (e->net->n_live == 0)
        return XBAR_OK;
    bool changed = false;
    const double multiplier = xbar_netlist_multiplier(&e->c->cell);
    for (size_t i = 0; i < e->c->n_rows; i++)
        for (size_t j = 0; j < e->c->n_cols; j++) {
            size_t k = i * e->c->n_cols + j;
            const bool present =
                e->state[k] > 0.0 && e->net->nodes[e->net->word_node[k]].live;
            const bool same = e->state[k] == e->loaded_state[k];
            if (same || !present)
                continue;
            char command[XBAR_COMMAND_SIZE];
            XBAR_TRY(xbar_spice_change(
                e->session,
                xbar_netlist_alter(command, &e->c->cell, multiplier, i, j, e->state[k]),
                err));
            e->loaded_state[k] = e->state[k];
            changed = true;
        }
    if (changed && !e->phasors && !e->c->cell.device->subcircuit)
        XBAR_TRY(xbar_spice_change(e->session, xbar_netlist_touch, err));
    if (aimed)
        (void)xbar_spice_guide_aim(e->guide, in, e->state);
    else
        xbar_spice_guide_let_go(e->guide);
    e->n_points++;
    return xbar_spice_step(e->session, err);
}

/* ---- what comes back ----------------------------------------------------------------- */

/* The cells' currents at rest. */
static void find_currents(xbar_spice_engine *e, const xbar_stimulus *in)
{
    const xbar_cell *cell = &e->c->cell;
    const size_t n_cells = e->c->n_rows * e->c->n_cols;
    if (!cell->access) {
        xbar_cell_current(cell, n_cells, e->i_cell, NULL, e->v_cell, e->state);
        return;
    }
    double *v_p = e->work;
    double *v_n = e->work + n_cells;
    for (size_t k = 0; k < n_cells; k++) {
        const bool there = e->v_cell[k] != 0.0; /* else no current either */
        e->v_gate[k] = in->gate[k / e->c->n_cols];
        v_p[k] = there ? e->v_row[k] : 0.0;
        v_n[k] = there ? e->v_col[k] : 0.0;
    }
    xbar_cell_gated(cell, n_cells, &(xbar_channel){.i = e->i_cell}, v_p, e->v_gate, v_n,
                    e->state);
}

/* @param[out] largest  A, the largest branch current; may be NULL */
static xbar_status answer(xbar_spice_engine *e, const xbar_stimulus *in, xbar_result *r,
                          double *largest, xbar_error *err)
{
    XBAR_TRY(xbar_spice_circuit_read(e, r->i_terminal, err));
    xbar_spice_circuit_spread(e);
    find_currents(e, in);
    r->kcl_residual = xbar_network_residual(e->net, e->c, e->v_row, e->v_col, e->i_cell,
                                            r->i_terminal, largest, e->work);
    xbar_result_outputs(r, 0, e->c, in);
    double *const wanted[] = {r->v_row, r->v_col, r->i_cell};
    const double *const found[] = {e->v_row, e->v_col, e->i_cell};
    for (size_t p = 0; p < 3; p++)
        if (wanted[p])
            memcpy(wanted[p], found[p], e->c->n_rows * e->c->n_cols * sizeof(double));
    return XBAR_OK;
}

/* Newton from zero may never arrive where currents grow as a sinh. From a small fraction
 * of the input, raised step by step and each from the last one's solution, it does. */
static xbar_status ramp(xbar_spice_engine *e, const xbar_stimulus *in, xbar_error *err)
{
    enum { STEPS = 32 };
    const double span = xbar_netlist_span(e->c, in);
    xbar_stimulus_copy(&e->ramp, in, e->c); /* gates at once */
    for (int k = 1; k <= STEPS; k++) {
        for (int side = 0; side < XBAR_N_SIDES; side++)
            for (size_t line = 0; line < xbar_side_lines(e->c, (xbar_side)side); line++)
                e->ramp.volt[side][line] = in->volt[side][line] * ((double)k / STEPS);
        XBAR_TRY(k == 1 ? load(e, &e->ramp, span, false, err)
                        : step(e, &e->ramp, false, err));
    }
    return XBAR_OK;
}

/* What ngspice hands out, from which its next iteration begins. */
static xbar_status first_answer(xbar_spice_engine *e, const xbar_stimulus *in,
                                xbar_result *r, double *largest, xbar_error *err)
{
    XBAR_TRY(answer(e, in, r, largest, err));
    xbar_spice_guide_from(e->guide, e->v_row, e->v_below, e->v_col, e->state);
    return XBAR_OK;
}

/* The node's voltage in what was handed out last; NULL: none of a line or below a device. */
static const double *node_of(const xbar_spice_engine *e, const xbar_quantity *q)
{
    const size_t cell = q->row * e->c->n_cols + q->col;
    switch (q->kind) {
    case XBAR_QUANTITY_WORD:
        return &e->v_node[e->net->word_node[cell]];
    case XBAR_QUANTITY_BIT:
        return &e->v_node[e->net->bit_node[cell]];
    case XBAR_QUANTITY_BELOW:
        return &e->v_below[cell];
    default:
        return NULL;
    }
}

/* How far Newton's last iterate, which the session now has, lies from that, as a share of
 * the largest voltage. */
static double last_move(const xbar_spice_engine *e)
{
    const double *values = xbar_spice_values(e->session);
    double largest = 0.0;
    double change = 0.0;
    for (size_t k = 0; k < e->n_vectors; k++) {
        const double *v = node_of(e, &e->vectors[k]);
        if (!v)
            continue;
        if (!isfinite(values[k]))
            return (double)INFINITY;
        largest = fmax(largest, fabs(*v));
        change = fmax(change, fabs(values[k] - *v));
    }
    return change > 0.0 ? change / largest : 0.0;
}

/* What Kirchhoff's law may leave: a share of the largest current with which no output is
 * 1e-9 off. */
static const double enough = 1e-12;

/* A: what the rounding of voltages drives through the least resistance, which no step can
 * make less. It may be more than all there is of currents, so that it says nothing of an
 * iterate of which it is not known that it has arrived. */
static double rounding(const xbar_spice_engine *e, const xbar_stimulus *in)
{
    double volt = 0.0;
    for (int side = 0; side < XBAR_N_SIDES; side++)
        for (size_t k = 0; k < xbar_side_lines(e->c, (xbar_side)side); k++)
            volt = fmax(volt, fabs(in->volt[side][k])); /* not where NaN: open */
    return 4.0 * DBL_EPSILON * volt / xbar_crossbar_least_ohm(e->c);
}

/* A guided point's iterate before the last is the exact solver's answer: however well it
 * obeys the law, it stands only if the last one confirms it, as far as its 15 digits go;
 * else the last one does, by a single step from there.
 * @param[out] r  what stands, if anything does: ngspice may not tell its last iterate
 * @param[out] arrived  what stands has; else it is for the law to say */
static xbar_status look_at_guided(xbar_spice_engine *e, const xbar_stimulus *in,
                                  xbar_result *r, double *largest, bool *stands,
                                  bool *arrived, xbar_error *err)
{
    static const double digits = 1e-14; /* of mrdump */
    static const double near = 1e-9; /* from here a step leaves nothing but rounding */
    *arrived = false;
    *stands = xbar_spice_newest(e->session, NULL) == XBAR_OK;
    if (!*stands)
        return XBAR_OK;
    const double move = last_move(e);
    *arrived = move <= near;
    return move <= digits ? XBAR_OK : answer(e, in, r, largest, err);
}

/* Kirchhoff's law decides when Newton has arrived. What ngspice hands out is the iterate
 * before its last, which will do where cells are ohmic. Else the last one is asked for,
 * and if that will not do either, steps go on from there, each of which squares the error.
 * When they gain no more, what is left is rounding, and all digits of what is handed out
 * are worth more than the 15 of the last iterate.
 * @param[out] share  what the law leaves, of the largest current */
static xbar_status settle(xbar_spice_engine *e, const xbar_stimulus *in, xbar_result *r,
                          double *share, xbar_error *err)
{
    enum { STEPS = 20 };
    const bool ohmic = xbar_netlist_is_ohmic(&e->c->cell);
    const bool is_guided = xbar_spice_guide_is_aimed(e->guide);
    bool gained = !ohmic;
    bool stands = true;
    double before = (double)INFINITY;
    double largest = 0.0;
    XBAR_TRY(first_answer(e, in, r, &largest, err));
    if (gained && is_guided) {
        bool arrived = false;
        XBAR_TRY(look_at_guided(e, in, r, &largest, &stands, &arrived, err));
        gained = !(arrived && r->kcl_residual <= rounding(e, in));
    }
    for (int k = 0; k < STEPS && gained; k++) {
        if (stands && r->kcl_residual <= enough * largest)
            break;
        if ((k > 0 || !is_guided) && xbar_spice_newest(e->session, NULL) == XBAR_OK)
            XBAR_TRY(answer(e, in, r, &largest, err));
        if (stands && r->kcl_residual <= enough * largest)
            break;
        gained = r->kcl_residual < 0.5 * before;
        before = r->kcl_residual;
        XBAR_TRY(step(e, in, false, err));
        XBAR_TRY(first_answer(e, in, r, &largest, err));
        stands = true;
    }
    *share = r->kcl_residual > 0.0 ? r->kcl_residual / largest : 0.0;
    return XBAR_OK;
}

/* A living circuit's pivots are those that were good when it was made. Have they come to
 * be bad ones, when this share of the largest current is left over? */
static bool is_stale(const xbar_spice_engine *e, double share)
{
    return share > 1e-10 && share > 100.0 * e->fresh_share;
}

/* The living circuit first, then a new one, then, for cells that are not ohmic, the
 * longer way. */
static xbar_status solve_one(xbar_spice_engine *e, const xbar_stimulus *in,
                             xbar_result *r, xbar_error *err)
{
    const double span = xbar_netlist_span(e->c, in);
    const bool ohmic = xbar_netlist_is_ohmic(&e->c->cell); /* at any voltage */
    bool living = e->loaded && !e->in_time && e->n_points < XBAR_NETLIST_POINTS &&
                  (ohmic || span <= e->span) && xbar_spice_circuit_same_shape(e, in);
    xbar_status status = living ? step(e, in, true, err) : load(e, in, span, true, err);
    if (living && status != XBAR_OK && !xbar_spice_is_dead(e->session))
        status = load(e, in, span, true, err);
    if (status == XBAR_ERR_CONVERGENCE && !ohmic)
        status = ramp(e, in, err);
    double share = 0.0;
    if (status == XBAR_OK)
        status = settle(e, in, r, &share, err);
    if (status == XBAR_OK && living && is_stale(e, share)) {
        living = false;
        status = load(e, in, span, true, err);
        if (status == XBAR_OK)
            status = settle(e, in, r, &share, err);
    }
    if (status == XBAR_OK && !living)
        e->fresh_share = share;
    if (status != XBAR_OK)
        xbar_spice_circuit_unload(e);
    return status;
}

static xbar_status spice_solve(void *self, const xbar_stimulus *in, size_t n,
                               xbar_result *out, xbar_error *err)
{
    xbar_spice_engine *e = self;
    for (size_t l = 0; l < n; l++) {
        xbar_result *r = &out[l];
        double start = xbar_clock_s();
        xbar_result_blank(r, e->c);
        xbar_error why = {0};
        xbar_status status = solve_one(e, &in[l], r, &why);
        if (status != XBAR_OK)
            xbar_result_blank(r, e->c);
        r->outcome = status == XBAR_OK                ? XBAR_DONE
                     : status == XBAR_ERR_CONVERGENCE ? XBAR_NOT_CONVERGED
                                                      : XBAR_FAILED;
        r->error = why;
        r->wall_time_s = xbar_clock_s() - start;
        if (status == XBAR_ERR_MEMORY || xbar_spice_is_dead(e->session))
            return xbar_fail(err, status, "%s", why.text);
    }
    return XBAR_OK;
}

const xbar_engine xbar_engine_spice = {
    .name = "spice",
    .what = "the netlist, stepped through libngspice",
    .is_slow = 1,
    .open = spice_open,
    .set_state = spice_set_state,
    .solve = spice_solve,
    .begin = xbar_spice_time_begin,
    .advance = xbar_spice_time_advance,
    .states = xbar_spice_time_states,
    .close = spice_close,
    .method = spice_method,
};
