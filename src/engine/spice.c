/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The netlist, stepped through libngspice.
 *
 * A circuit is loaded once for each shape: which cells are open, which terminals are
 * connected. New inputs are new values of its EXTERNAL sources, new states are `alter`s;
 * then the living sweep makes one step. Node voltages and the sources' currents come back
 * as doubles; the cells' currents follow from the device's law, and Kirchhoff's law at
 * each node is checked with them. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/clock.h"
#include "core/memory.h"
#include "engine/adapters.h"
#include "netlist/netlist.h"
#include "spice/session.h"

typedef struct spice {
    const xbar_crossbar *c;
    xbar_spice *session;
    double *state;       /* wanted, [n_rows][n_cols] */
    xbar_stimulus ramp;  /* a fraction of an input, on the way to it */
    xbar_stimulus volts; /* of the present input: what the sources read */

    /* the circuit in ngspice, when `loaded` */
    bool loaded;
    size_t n_points; /* made by its sweep */
    xbar_network *net;
    double *loaded_state;       /* what its cells stand at */
    xbar_stimulus loaded_volts; /* NaN: that terminal is not in it */
    double span;                /* V: beyond that its cells' law may be another */
    xbar_quantity *vectors;     /* what ngspice's vector k is */
    size_t n_vectors;

    double *v_node;                          /* V, [n_nodes] */
    double *v_row, *v_col, *v_cell, *i_cell; /* [n_rows][n_cols] */
    double *work;                            /* [n_nodes] */

    char method[128];
} spice;

static double source_volt(const char *name, void *with)
{
    const spice *e = with;
    xbar_quantity q = xbar_netlist_quantity(name);
    if (q.kind != XBAR_QUANTITY_SOURCE || q.line >= xbar_side_lines(e->c, q.side))
        return 0.0;
    return e->volts.volt[q.side][q.line];
}

static void unload(spice *e)
{
    e->loaded = false;
    xbar_network_free(e->net);
    e->net = NULL;
    free(e->vectors);
    e->vectors = NULL;
    e->n_vectors = 0;
    e->n_points = 0;
}

static void spice_close(void *self)
{
    spice *e = self;
    if (!e)
        return;
    unload(e);
    xbar_spice_stop(e->session);
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
    free(e->work);
    free(e);
}

static xbar_status allocate(spice *e, xbar_error *err)
{
    const size_t n_cells = e->c->n_rows * e->c->n_cols;
    XBAR_TRY(xbar_stimulus_init(&e->ramp, e->c, err));
    XBAR_TRY(xbar_stimulus_init(&e->volts, e->c, err));
    XBAR_TRY(xbar_stimulus_init(&e->loaded_volts, e->c, err));
    XBAR_TRY(xbar_doubles_new(&e->v_node, 2 * n_cells, "node voltages", err));
    XBAR_TRY(xbar_doubles_new(&e->work, 2 * n_cells, "node currents", err));
    double **const planes[] = {&e->state, &e->loaded_state, &e->v_row,
                               &e->v_col, &e->v_cell,       &e->i_cell};
    for (size_t k = 0; k < sizeof planes / sizeof *planes; k++)
        XBAR_TRY(xbar_doubles_new(planes[k], n_cells, "cells", err));
    return XBAR_OK;
}

static xbar_status spice_open(void **self, const xbar_crossbar *c,
                              const xbar_engine_settings *settings, xbar_error *err)
{
    (void)settings;
    *self = NULL;
    void *memory = NULL;
    XBAR_TRY(xbar_array_new(&memory, 1, sizeof(spice), "spice engine", err));
    spice *e = memory;
    e->c = c;
    xbar_status status = allocate(e, err);
    if (status == XBAR_OK)
        status = xbar_spice_start(&e->session, source_volt, e, err);
    if (status != XBAR_OK) {
        spice_close(e);
        return status;
    }
    snprintf(e->method, sizeof e->method, "libngspice %s, %s", xbar_spice_version(),
             xbar_spice_has_klu() ? "KLU"
                                  : "Sparse 1.3 with the elimination order given");
    *self = e;
    return XBAR_OK;
}

static const char *spice_method(void *self)
{
    return ((const spice *)self)->method;
}

static xbar_status spice_set_state(void *self, const double *state,
                                   const double *conductance, xbar_error *err)
{
    (void)conductance;
    (void)err;
    spice *e = self;
    memcpy(e->state, state, e->c->n_rows * e->c->n_cols * sizeof *state);
    return XBAR_OK;
}

/* ---- the circuit and its changes ----------------------------------------------------- */

static bool same_shape(const spice *e, const xbar_stimulus *in)
{
    if (xbar_netlist_span(e->c, in) > e->span)
        return false;
    for (int side = 0; side < XBAR_N_SIDES; side++)
        for (size_t line = 0; line < xbar_side_lines(e->c, (xbar_side)side); line++)
            if (isnan(in->volt[side][line]) != isnan(e->loaded_volts.volt[side][line]))
                return false;
    for (size_t k = 0; k < e->c->n_rows * e->c->n_cols; k++)
        if ((e->state[k] > 0.0) != (e->loaded_state[k] > 0.0))
            return false;
    return true;
}

static xbar_status write_circuit(const spice *e, char **text, xbar_error *err)
{
    size_t size = 0;
    *text = NULL;
    FILE *out = open_memstream(text, &size);
    if (!out)
        return xbar_fail(err, XBAR_ERR_MEMORY, "no memory for the netlist");
    const xbar_netlist_options options = {
        .stepped = true, .span = e->span, .klu = xbar_spice_has_klu()};
    xbar_status status =
        xbar_netlist_write(out, e->c, e->net, e->state, &e->volts, &options, err);
    if (fclose(out) != 0 && status == XBAR_OK)
        status = xbar_fail(err, XBAR_ERR_MEMORY, "no memory for the netlist");
    return status;
}

/* Which vector is what, and that every live node and every source has one. */
static xbar_status learn_vectors(spice *e, xbar_error *err)
{
    void *memory = NULL;
    size_t n = xbar_spice_n_vectors(e->session);
    XBAR_TRY(xbar_array_new(&memory, n, sizeof *e->vectors, "vectors", err));
    e->vectors = memory;
    e->n_vectors = n;
    size_t n_voltages = 0;
    for (size_t k = 0; k < n; k++) {
        const char *name = xbar_spice_vector_name(e->session, k);
        xbar_quantity q = xbar_netlist_quantity(name);
        if (q.kind == XBAR_QUANTITY_WORD || q.kind == XBAR_QUANTITY_BIT) {
            if (q.row >= e->c->n_rows || q.col >= e->c->n_cols)
                return xbar_fail(err, XBAR_ERR_ENGINE, "ngspice tells of a node %s",
                                 name);
            n_voltages++;
        }
        if (q.kind == XBAR_QUANTITY_SOURCE && q.line >= xbar_side_lines(e->c, q.side))
            return xbar_fail(err, XBAR_ERR_ENGINE, "ngspice tells of a source %s",
                             name);
        e->vectors[k] = q;
    }
    if (n_voltages != e->net->n_live)
        return xbar_fail(err, XBAR_ERR_ENGINE, "ngspice tells of %zu nodes: want %zu",
                         n_voltages, e->net->n_live);
    return XBAR_OK;
}

/* A new circuit, fit for inputs up to `span`, and its first point: that of `in`. */
static xbar_status load(spice *e, const xbar_stimulus *in, double span, xbar_error *err)
{
    unload(e);
    xbar_stimulus_copy(&e->volts, in, e->c);
    xbar_stimulus_copy(&e->loaded_volts, in, e->c);
    e->span = span;
    memcpy(e->loaded_state, e->state, e->c->n_rows * e->c->n_cols * sizeof *e->state);
    XBAR_TRY(xbar_network_new(&e->net, e->c, e->state, in, err));
    if (e->net->n_live > 0) {
        char *text = NULL;
        xbar_status status = write_circuit(e, &text, err);
        if (status == XBAR_OK)
            status = xbar_spice_load(e->session, text, err);
        if (status == XBAR_OK)
            status = xbar_spice_begin(e->session, xbar_netlist_end, err);
        if (status == XBAR_OK)
            status = learn_vectors(e, err);
        free(text);
        XBAR_TRY(status);
    }
    e->n_points = 1;
    e->loaded = true;
    return XBAR_OK;
}

/* The living circuit's next point, with the cells' and sources' present values. */
static xbar_status step(spice *e, const xbar_stimulus *in, xbar_error *err)
{
    xbar_stimulus_copy(&e->volts, in, e->c);
    if (e->net->n_live == 0)
        return XBAR_OK;
    bool changed = false;
    for (size_t i = 0; i < e->c->n_rows; i++)
        for (size_t j = 0; j < e->c->n_cols; j++) {
            size_t k = i * e->c->n_cols + j;
            bool present = e->net->nodes[e->net->word_node[k]].live;
            if (e->state[k] == e->loaded_state[k] || !present)
                continue;
            char command[XBAR_COMMAND_SIZE];
            XBAR_TRY(xbar_spice_change(
                e->session, xbar_netlist_alter(command, &e->c->cell, i, j, e->state[k]),
                err));
            e->loaded_state[k] = e->state[k];
            changed = true;
        }
    if (changed && !e->c->cell.device->subcircuit)
        XBAR_TRY(xbar_spice_change(e->session, xbar_netlist_touch, err));
    e->n_points++;
    return xbar_spice_step(e->session, err);
}

/* ---- what comes back ----------------------------------------------------------------- */

static xbar_status read_vectors(spice *e, xbar_result *r, xbar_error *err)
{
    const double *values = xbar_spice_values(e->session);
    for (size_t n = 0; n < e->net->n_nodes; n++)
        e->v_node[n] = (double)NAN;
    for (size_t k = 0; k < e->n_vectors; k++) {
        const xbar_quantity *q = &e->vectors[k];
        if (q->kind != XBAR_QUANTITY_OTHER && !isfinite(values[k]))
            return xbar_fail(err, XBAR_ERR_ENGINE, "ngspice returned %g for %s",
                             values[k], xbar_spice_vector_name(e->session, k));
        size_t cell = q->row * e->c->n_cols + q->col;
        if (q->kind == XBAR_QUANTITY_WORD)
            e->v_node[e->net->word_node[cell]] = values[k];
        else if (q->kind == XBAR_QUANTITY_BIT)
            e->v_node[e->net->bit_node[cell]] = values[k];
        else if (q->kind == XBAR_QUANTITY_SOURCE)
            r->i_terminal[q->side][q->line] = -values[k];
    }
    return XBAR_OK;
}

/* Two terminals of 0 ohm that hold one node share its source: by symmetry, half each. */
static void share_currents(const spice *e, xbar_result *r)
{
    for (size_t n = 0; n < e->net->n_nodes; n++) {
        const xbar_node *node = &e->net->nodes[n];
        if (node->n_held < 2)
            continue;
        size_t line = node->is_word ? node->row : node->col;
        double half = 0.5 * r->i_terminal[node->held[0]][line];
        r->i_terminal[node->held[0]][line] = half;
        r->i_terminal[node->held[1]][line] = half;
    }
}

/* @param[out] largest  A, the largest branch current; may be NULL */
static void expand(const spice *e, const xbar_stimulus *in, xbar_result *r,
                   double *largest)
{
    const size_t n_cells = e->c->n_rows * e->c->n_cols;
    for (size_t k = 0; k < n_cells; k++) {
        e->v_row[k] = e->v_node[e->net->word_node[k]];
        e->v_col[k] = e->v_node[e->net->bit_node[k]];
        e->v_cell[k] = e->v_row[k] - e->v_col[k];
        if (e->state[k] <= 0.0 || isnan(e->v_cell[k]))
            e->v_cell[k] = 0.0; /* open, or on a part that no source reaches */
    }
    e->c->cell.device->current(n_cells, e->i_cell, NULL, e->v_cell, e->state,
                               e->c->cell.parameters);
    r->kcl_residual = xbar_network_residual(e->net, e->c, e->v_row, e->v_col, e->i_cell,
                                            r->i_terminal, largest, e->work);
    xbar_result_outputs(r, 0, e->c, in);
    double *const wanted[] = {r->v_row, r->v_col, r->i_cell};
    const double *const found[] = {e->v_row, e->v_col, e->i_cell};
    for (size_t p = 0; p < 3; p++)
        if (wanted[p])
            memcpy(wanted[p], found[p], n_cells * sizeof(double));
}

static xbar_status answer(spice *e, const xbar_stimulus *in, xbar_result *r,
                          double *largest, xbar_error *err)
{
    for (int side = 0; side < XBAR_N_SIDES; side++)
        for (size_t line = 0; line < xbar_side_lines(e->c, (xbar_side)side); line++)
            r->i_terminal[side][line] = 0.0;
    if (e->net->n_live > 0)
        XBAR_TRY(read_vectors(e, r, err));
    else
        for (size_t n = 0; n < e->net->n_nodes; n++)
            e->v_node[n] = (double)NAN;
    share_currents(e, r);
    expand(e, in, r, largest);
    return XBAR_OK;
}

/* Newton from zero may never arrive where currents grow as a sinh. From a small fraction
 * of the input, raised step by step and each from the last one's solution, it does. */
static xbar_status ramp(spice *e, const xbar_stimulus *in, xbar_error *err)
{
    enum { STEPS = 32 };
    const double span = xbar_netlist_span(e->c, in);
    for (int k = 1; k <= STEPS; k++) {
        for (int side = 0; side < XBAR_N_SIDES; side++)
            for (size_t line = 0; line < xbar_side_lines(e->c, (xbar_side)side); line++)
                e->ramp.volt[side][line] = in->volt[side][line] * ((double)k / STEPS);
        XBAR_TRY(k == 1 ? load(e, &e->ramp, span, err) : step(e, &e->ramp, err));
    }
    return XBAR_OK;
}

/* Kirchhoff's law decides when Newton has arrived. What ngspice hands out is the iterate
 * before its last, which will do where cells are ohmic. Else the last one is asked for,
 * and if that will not do either, steps go on from there, each of which squares the error.
 * When they gain no more, what is left is rounding, and all digits of what is handed out
 * are worth more than the 15 of the last iterate. */
static xbar_status settle(spice *e, const xbar_stimulus *in, xbar_result *r,
                          xbar_error *err)
{
    enum { STEPS = 20 };
    const double enough =
        1e-12; /* of the largest current: no output is 1e-9 off then */
    const bool ohmic = e->c->cell.device->subcircuit == NULL;
    bool gained = true;
    double before = (double)INFINITY;
    double largest = 0.0;
    XBAR_TRY(answer(e, in, r, &largest, err));
    for (int k = 0; k < STEPS && gained && !ohmic; k++) {
        if (r->kcl_residual <= enough * largest)
            break;
        if (xbar_spice_newest(e->session, NULL) == XBAR_OK)
            XBAR_TRY(answer(e, in, r, &largest, err));
        if (r->kcl_residual <= enough * largest)
            break;
        gained = r->kcl_residual < 0.5 * before;
        before = r->kcl_residual;
        XBAR_TRY(step(e, in, err));
        XBAR_TRY(answer(e, in, r, &largest, err));
    }
    return XBAR_OK;
}

/* The living circuit first, then a new one, then, for cells that are not ohmic, the
 * longer way. */
static xbar_status solve_one(spice *e, const xbar_stimulus *in, xbar_result *r,
                             xbar_error *err)
{
    const double span = xbar_netlist_span(e->c, in);
    bool living = e->loaded && e->n_points < XBAR_NETLIST_POINTS && same_shape(e, in);
    bool ohmic = e->c->cell.device->subcircuit == NULL;
    xbar_status status = living ? step(e, in, err) : load(e, in, span, err);
    if (living && status != XBAR_OK && !xbar_spice_is_dead(e->session))
        status = load(e, in, span, err);
    if (status == XBAR_ERR_CONVERGENCE && !ohmic)
        status = ramp(e, in, err);
    if (status == XBAR_OK)
        status = settle(e, in, r, err);
    if (status != XBAR_OK)
        unload(e);
    return status;
}

static xbar_status spice_solve(void *self, const xbar_stimulus *in, size_t n,
                               xbar_result *out, xbar_error *err)
{
    spice *e = self;
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
    .close = spice_close,
    .method = spice_method,
};
