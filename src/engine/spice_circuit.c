/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/spice_circuit.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/memory.h"

void xbar_spice_circuit_unload(xbar_spice_engine *e)
{
    e->loaded = false;
    e->in_time = false;
    xbar_network_free(e->net);
    e->net = NULL;
    free(e->vectors);
    e->vectors = NULL;
    e->n_vectors = 0;
    e->n_points = 0;
}

bool xbar_spice_circuit_same_shape(const xbar_spice_engine *e, const xbar_stimulus *in)
{
    if (!xbar_stimulus_same_terminals(in, &e->loaded_volts, e->c))
        return false;
    for (size_t k = 0; k < e->c->n_rows * e->c->n_cols; k++)
        if ((e->state[k] > 0.0) != (e->loaded_state[k] > 0.0))
            return false;
    return true;
}

/* @param is_held  at e->v_node, in its first iteration */
static xbar_status write_circuit(const xbar_spice_engine *e, char **text,
                                 const xbar_netlist_options *wanted, bool is_held,
                                 xbar_error *err)
{
    size_t size = 0;
    *text = NULL;
    FILE *out = open_memstream(text, &size);
    if (!out)
        return xbar_fail(err, XBAR_ERR_MEMORY, "no memory for the netlist");
    xbar_netlist_options options = *wanted;
    options.span = e->span;
    options.klu = xbar_spice_has_klu();
    options.v_node = is_held ? e->v_node : wanted->v_node;
    xbar_status status =
        xbar_netlist_write(out, e->c, e->net, e->state, &e->volts, &options, err);
    if (fclose(out) != 0 && status == XBAR_OK)
        status = xbar_fail(err, XBAR_ERR_MEMORY, "no memory for the netlist");
    return status;
}

/* Which vector is what, and that every live node and every source has one. */
static xbar_status learn_vectors(xbar_spice_engine *e, xbar_error *err)
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
        if (q.kind == XBAR_QUANTITY_WORD || q.kind == XBAR_QUANTITY_BIT ||
            q.kind == XBAR_QUANTITY_BELOW) {
            if (q.row >= e->c->n_rows || q.col >= e->c->n_cols)
                return xbar_fail(err, XBAR_ERR_ENGINE, "ngspice tells of a node %s",
                                 name);
            n_voltages += q.kind != XBAR_QUANTITY_BELOW;
        }
        const size_t n_lines =
            q.side == XBAR_N_SIDES ? e->c->n_rows : xbar_side_lines(e->c, q.side);
        if (q.kind == XBAR_QUANTITY_SOURCE && q.line >= n_lines)
            return xbar_fail(err, XBAR_ERR_ENGINE, "ngspice tells of a source %s",
                             name);
        e->vectors[k] = q;
    }
    if (n_voltages != e->net->n_live)
        return xbar_fail(err, XBAR_ERR_ENGINE, "ngspice tells of %zu nodes: want %zu",
                         n_voltages, e->net->n_live);
    return XBAR_OK;
}

xbar_status xbar_spice_circuit_load(xbar_spice_engine *e, const xbar_stimulus *in,
                                    double span, const xbar_netlist_options *options,
                                    xbar_error *err)
{
    xbar_spice_circuit_unload(e);
    xbar_stimulus_copy(&e->loaded_volts, in, e->c);
    e->span = span;
    e->in_time = options->schedule != NULL;
    e->phasors = options->phasors;
    memcpy(e->loaded_state, e->state, e->c->n_rows * e->c->n_cols * sizeof *e->state);
    XBAR_TRY(xbar_network_new(&e->net, e->c, e->state, in, err));
    xbar_spice_guide_anew(e->guide, e->net, e->state, span);
    if (options->guided)
        (void)xbar_spice_guide_aim(e->guide, in, e->state);
    const bool is_held = xbar_spice_guide_holds(e->guide, e->net, e->v_node);
    if (e->net->n_live > 0) {
        const char *const *end = options->schedule  ? xbar_netlist_end_in_time
                                 : options->phasors ? xbar_netlist_end_phasors
                                                    : xbar_netlist_end;
        char *text = NULL;
        xbar_status status = write_circuit(e, &text, options, is_held, err);
        if (status == XBAR_OK)
            status = xbar_spice_load(e->session, text, err);
        if (status == XBAR_OK)
            status = xbar_spice_begin(e->session, end, err);
        if (status == XBAR_OK)
            status = learn_vectors(e, err);
        free(text);
        XBAR_TRY(status);
    }
    e->n_points = 1;
    e->loaded = true;
    return XBAR_OK;
}

/* ---- what comes back ----------------------------------------------------------------- */

static xbar_status read_vectors(xbar_spice_engine *e,
                                double *const i_terminal[XBAR_N_SIDES], xbar_error *err)
{
    const double *values = xbar_spice_values(e->session);
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
        else if (q->kind == XBAR_QUANTITY_BELOW)
            e->v_below[cell] = values[k];
        else if (q->kind == XBAR_QUANTITY_SOURCE && q->side != XBAR_N_SIDES)
            i_terminal[q->side][q->line] = -values[k];
    }
    return XBAR_OK;
}

/* By Ohm's law, where the circuit has no source that would tell. Of a source whose voltage
 * its line has but for rounding nothing can be told: no current. */
static void drive_currents(const xbar_spice_engine *e,
                           double *const i_terminal[XBAR_N_SIDES])
{
    for (int side = 0; side < XBAR_N_SIDES; side++)
        for (size_t line = 0; line < xbar_side_lines(e->c, (xbar_side)side); line++) {
            const double volt = e->volts.volt[side][line];
            const double ohm = e->c->terminal_ohm[side][line];
            const uint32_t end = xbar_network_end(e->net, (xbar_side)side, line);
            const double drop = volt - e->v_node[end];
            const bool is_rounding = fabs(drop) <= 4.0 * DBL_EPSILON * fabs(volt);
            if (!isnan(volt) && ohm > 0.0)
                i_terminal[side][line] = is_rounding ? 0.0 : drop / ohm;
        }
}

/* Two terminals of 0 ohm that hold one node share its source: by symmetry, half each. */
static void share_currents(const xbar_spice_engine *e,
                           double *const i_terminal[XBAR_N_SIDES])
{
    for (size_t n = 0; n < e->net->n_nodes; n++) {
        const xbar_node *node = &e->net->nodes[n];
        if (node->n_held < 2)
            continue;
        size_t line = node->is_word ? node->row : node->col;
        double half = 0.5 * i_terminal[node->held[0]][line];
        i_terminal[node->held[0]][line] = half;
        i_terminal[node->held[1]][line] = half;
    }
}

xbar_status xbar_spice_circuit_read(xbar_spice_engine *e,
                                    double *const i_terminal[XBAR_N_SIDES],
                                    xbar_error *err)
{
    for (int side = 0; side < XBAR_N_SIDES; side++)
        for (size_t line = 0; line < xbar_side_lines(e->c, (xbar_side)side); line++)
            i_terminal[side][line] = 0.0;
    for (size_t n = 0; n < e->net->n_nodes; n++)
        e->v_node[n] = (double)NAN;
    if (e->net->n_live > 0)
        XBAR_TRY(read_vectors(e, i_terminal, err));
    if (e->net->n_live > 0 && e->phasors)
        drive_currents(e, i_terminal);
    share_currents(e, i_terminal);
    return XBAR_OK;
}

void xbar_spice_circuit_spread(xbar_spice_engine *e)
{
    for (size_t k = 0; k < e->c->n_rows * e->c->n_cols; k++) {
        e->v_row[k] = e->v_node[e->net->word_node[k]];
        e->v_col[k] = e->v_node[e->net->bit_node[k]];
        e->v_cell[k] = e->v_row[k] - e->v_col[k];
        if (e->state[k] <= 0.0 || isnan(e->v_cell[k]))
            e->v_cell[k] = 0.0;
    }
}
